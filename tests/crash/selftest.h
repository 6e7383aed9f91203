/* selftest.h - is stepping possible here, and does the stepper stop where it says? Asked before every
 * sweep.
 */
#ifndef STRAIT_CRASH_SELFTEST_H
#define STRAIT_CRASH_SELFTEST_H

typedef enum selftest {
    SELFTEST_GOOD,
    SELFTEST_IMPOSSIBLE, /* nothing can be traced on this system */
    SELFTEST_BROKEN      /* what a replay finds is not what the recording saw */
} selftest;

/* In a child process, so that nothing of it stays; `why` says what was wrong. */
selftest selftest_run(const char **why);

#endif
