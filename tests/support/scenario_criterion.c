/* scenario_criterion.c - runs the scenarios under Criterion, with a main that counts: Criterion itself is
 * content when a filter matches nothing and when every test was skipped. */
#include "scenario.h"

#include <criterion/criterion.h>
#include <criterion/hooks.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct {
    unsigned passed, failed, skipped;
} tally;

void scenario_fail(const char *file, int line, const char *format, ...)
{
    char text[4096];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    scenario_end(); /* nothing after this is sure to run */
    cr_assert(0, "%s:%d: %s", file, line, text);
    abort();
}

void scenario_skip(const char *format, ...)
{
    char text[240];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    scenario_end();
    cr_skip("%s", text);
    abort();
}

/* A test that the filter leaves out is "disabled" and counts as nothing; a timed-out or crashed one has
 * failed. */
ReportHook(POST_ALL)(struct criterion_global_stats *stats)
{
    for (struct criterion_suite_stats *suite = stats->suites; suite != NULL; suite = suite->next) {
        for (struct criterion_test_stats *test = suite->tests; test != NULL; test = test->next) {
            if (test->test->data->disabled) {
                continue;
            }
            if (test->test_status == CR_STATUS_SKIPPED) {
                printf("  skip %s.%s%s%s\n", suite->suite->name, test->test->name,
                       test->message == NULL ? "" : ": ", test->message == NULL ? "" : test->message);
                tally.skipped++;
            } else if (test->test_status == CR_STATUS_PASSED && !test->timed_out && !test->crashed) {
                tally.passed++;
            } else {
                tally.failed++;
            }
        }
    }
}

int main(int argc, char **argv)
{
    struct criterion_test_set *tests = criterion_initialize();
    bool allow_skip = false;
    int kept = 0;
    for (int i = 0; i < argc; i++) {
        if (strcmp(argv[i], "--allow-skip") == 0) {
            allow_skip = true;
        } else {
            argv[kept++] = argv[i];
        }
    }
    argv[kept] = NULL;
    int code = 0;
    if (criterion_handle_args(kept, argv, true)) {
        bool good = criterion_run_all_tests(tests) != 0;
        unsigned ran = tally.passed + tally.failed;
        if (ran == 0 && !(allow_skip && tally.skipped != 0)) {
            puts("behaviour: nothing ran");
            good = false;
        }
        printf("suite behaviour: %u passed, %u failed, %u skipped\n", tally.passed, tally.failed,
               tally.skipped);
        printf("%u passed, %u failed, %u skipped\n", tally.passed, tally.failed, tally.skipped);
        code = good && tally.failed == 0 ? 0 : 1;
    }
    criterion_finalize(tests);
    return code;
}
