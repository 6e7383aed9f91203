/* suite.h - a small front for CMocka: a test file is a list of sentences.
 *
 *     static void a_full_ring_says_so(void) { assert_int_equal(...); }
 *     SUITE(ring, TEST(a_full_ring_says_so), TEST_WITHIN(120, a_storm_passes),
 *           TEST_WITH(opened, closed, it_reads))
 *
 * Each test runs in a process and a process group of its own, with a time limit. So a crash fails that one
 * test, a hang is ended together with everything the test had started, and the next test begins in a clean
 * process. The outcome travels through shared memory: a test that ends its process early, or a forked child
 * that runs on into the suite, cannot be taken for one that passed.
 *
 * The last two lines of every run are "suite NAME: N passed, N failed, N skipped" and the same without the
 * name. A run in which no test ran is a failure: an empty list, a filter without match, and (unless
 * --allow-skip) a run that skipped everything.
 *
 * A test may also have CMocka's own signature, void (void **state). Options: see `--help`.
 */
#ifndef STRAIT_TESTS_SUITE_H
#define STRAIT_TESTS_SUITE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "printf.h"

#ifdef __cplusplus
extern "C" {
#endif

#include <cmocka.h>

/* Time limit of a test that names none, in seconds. STRAIT_TEST_PATIENCE=N in the environment multiplies
 * every limit, for emulators and sanitizers. */
#define SUITE_SECONDS_DEFAULT 30u

typedef void suite_plain_test(void);
typedef void suite_state_test(void **state);

struct suite_test {
    const char *name;
    suite_plain_test *plain; /* one of these two is set */
    suite_state_test *with_state;
    suite_plain_test *setup; /* run before and after, in the same process; NULL if there is none */
    suite_plain_test *teardown;
    unsigned seconds; /* 0: SUITE_SECONDS_DEFAULT */
};

/* Runs what the arguments ask for and returns the exit code. SUITE writes a main that calls this; a file
 * that needs a main of its own (to play another role when re-executed) calls it itself. */
int suite_main(int argc, char **argv, const char *name, const struct suite_test *tests, size_t count);

/* How many times longer than usual things may take here; at least 1. For tests that set limits of their
 * own. */
unsigned suite_patience(void);

/* Ends the test as skipped; the sentence says what is missing. */
TEST_PRINTF_NORETURN(1, 2) void suite_skip(const char *reason, ...);

#ifdef __cplusplus
}

static inline struct suite_test suite_make(unsigned seconds, suite_plain_test *setup,
                                           suite_plain_test *teardown, suite_plain_test *run,
                                           const char *name)
{
    struct suite_test test = {name, run, nullptr, setup, teardown, seconds};
    return test;
}
#define SUITE_ENTRY_(seconds_, setup_, teardown_, run_) suite_make(seconds_, setup_, teardown_, run_, #run_)
#else
#define SUITE_ENTRY_(seconds_, setup_, teardown_, run_)                                                      \
    {.name = #run_,                                                                                          \
     .plain = _Generic((run_), suite_plain_test *: (run_), default: NULL),                                   \
     .with_state = _Generic((run_), suite_state_test *: (run_), default: NULL),                              \
     .setup = (setup_),                                                                                      \
     .teardown = (teardown_),                                                                                \
     .seconds = (seconds_)}
#endif

/* CMocka's own skip() gives no reason and is counted by nobody. */
#undef skip
#define skip() suite_skip("no reason given at %s:%d", __FILE__, __LINE__)

#define TEST(run) SUITE_ENTRY_(0u, NULL, NULL, run)
#define TEST_WITHIN(seconds, run) SUITE_ENTRY_(seconds, NULL, NULL, run)
#define TEST_WITH(setup, teardown, run) SUITE_ENTRY_(0u, setup, teardown, run)
#define TEST_WITH_WITHIN(setup, teardown, seconds, run) SUITE_ENTRY_(seconds, setup, teardown, run)

#define SUITE(suite, ...)                                                                                    \
    int main(int argc, char **argv)                                                                          \
    {                                                                                                        \
        const struct suite_test tests[] = {__VA_ARGS__};                                                     \
        return suite_main(argc, argv, #suite, tests, sizeof tests / sizeof tests[0]);                        \
    }

#endif
