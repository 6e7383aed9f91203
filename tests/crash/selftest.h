/* selftest.h - is stepping possible here, and does the stepper stop where it says? */
#ifndef STRAIT_CRASH_SELFTEST_H
#define STRAIT_CRASH_SELFTEST_H

/* Says why nothing can be swept on this system, or NULL. */
const char *selftest_possible(void);

#endif
