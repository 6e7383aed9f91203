/* suite_run.h - what the two halves of the suite runner share: suite.c decides what runs and counts it;
 * suite_unix.c or suite_win32.c runs one test in a process of its own and says how it went.
 */
#ifndef STRAIT_TESTS_SUITE_RUN_H
#define STRAIT_TESTS_SUITE_RUN_H

#include "suite.h"

#include <stdbool.h>

typedef enum suite_outcome {
    SUITE_UNFINISHED = 0, /* the process ended before the test did */
    SUITE_PASSED,
    SUITE_FAILED,
    SUITE_SKIPPED
} suite_outcome;

#define SUITE_REASON_BYTES 240

struct suite_verdict {
    suite_outcome outcome;
    char reason[SUITE_REASON_BYTES]; /* why it failed or was skipped; empty if it passed */
    double seconds;
};

/* Runs the test, which has that number in its list, to its end or its limit. Its output is shown only if it
 * fails, or always if `loud`. */
struct suite_verdict suite_isolate(const struct suite_test *test, size_t number, unsigned limit_seconds,
                                   bool loud);

/* Where a process cannot be forked, the one that suite_isolate started plays its test here and gets the code to end
 * with; -1 for everybody else. */
int suite_play_if_asked(const struct suite_test *tests, size_t count);

/* Runs the test in the calling process, under CMocka; fills `note` as it goes. For a debugger, and for
 * isolate. */
void suite_run_here(const struct suite_test *test, volatile struct suite_verdict *note);

#endif
