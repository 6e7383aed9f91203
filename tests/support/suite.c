/* suite.c - what runs, and what it came to: options, filter, counting, the closing lines, and the handing of
 * one test to CMocka. How a test is kept apart from the others is suite_unix.c's or suite_win32.c's business.
 */
#include "suite_run.h"

#include "system.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILTERS_MAX 16

struct request {
    const char *filters[FILTERS_MAX];
    size_t filter_count;
    bool list, allow_skip, loud, here;
};

struct tally {
    unsigned passed, failed, skipped;
};

/* --- one test, under CMocka ----------------------------------------------------------------------------- */

static const struct suite_test *running;
static volatile struct suite_verdict *running_note;
static bool running_skipped;

static void run_with_fixture(void **state)
{
    if (running->setup != NULL) {
        running->setup();
    }
    if (running->plain != NULL) {
        running->plain();
    } else {
        running->with_state(state);
    }
}

static int tear_down(void **state)
{
    (void)state;
    if (running->teardown != NULL) {
        running->teardown();
    }
    return 0;
}

void suite_run_here(const struct suite_test *test, volatile struct suite_verdict *note)
{
    running = test;
    running_note = note;
    running_skipped = false;
    const struct CMUnitTest one = {test->name, run_with_fixture, NULL, tear_down, NULL};
    int failures = _cmocka_run_group_tests(test->name, &one, 1, NULL, NULL);
    if (failures != 0) {
        note->outcome = SUITE_FAILED;
    } else {
        note->outcome = running_skipped ? SUITE_SKIPPED : SUITE_PASSED;
    }
}

void suite_skip(const char *reason, ...)
{
    char text[SUITE_REASON_BYTES];
    va_list arguments;
    va_start(arguments, reason);
    vsnprintf(text, sizeof text, reason, arguments);
    va_end(arguments);
    for (size_t i = 0; i < sizeof text; i++) {
        running_note->reason[i] = text[i];
        if (text[i] == '\0') {
            break;
        }
    }
    running_skipped = true;
    _skip(__FILE__, __LINE__);
    abort(); /* CMocka has jumped away */
}

unsigned suite_patience(void)
{
    const char *text = getenv("STRAIT_TEST_PATIENCE");
    unsigned long times = text == NULL ? 1 : strtoul(text, NULL, 10);
    return times < 1 ? 1u : times > 100 ? 100u : (unsigned)times;
}

/* --- options -------------------------------------------------------------------------------------------- */

/* A pattern without a star matches anywhere in the name; with one, it must match the whole of it. */
static bool glob(const char *pattern, const char *text)
{
    if (*pattern == '\0') {
        return *text == '\0';
    }
    if (*pattern == '*') {
        return glob(pattern + 1, text) || (*text != '\0' && glob(pattern, text + 1));
    }
    return *pattern == *text && glob(pattern + 1, text + 1);
}

static bool wanted(const struct request *request, const char *name)
{
    if (request->filter_count == 0) {
        return true;
    }
    for (size_t i = 0; i < request->filter_count; i++) {
        const char *pattern = request->filters[i];
        if (strchr(pattern, '*') != NULL ? glob(pattern, name) : strstr(name, pattern) != NULL) {
            return true;
        }
    }
    return false;
}

static int usage(FILE *to, const char *program, int code)
{
    fprintf(
        to,
        "usage: %s [--list] [--filter PATTERN]... [--allow-skip] [--verbose] [--here]\n"
        "  --filter PATTERN  only tests whose name contains PATTERN (or, with a *, matches it as a whole)\n"
        "  --list            print the names and run nothing\n"
        "  --allow-skip      a run in which every test was skipped is no failure\n"
        "  --verbose         show what tests print, also of those that pass\n"
        "  --here            run in this process, without time limits: for a debugger\n",
        program);
    return code;
}

/* Returns -1 to go on, or the exit code. */
static int understand(int argc, char **argv, struct request *request)
{
    for (int i = 1; i < argc; i++) {
        const char *argument = argv[i];
        if (strcmp(argument, "--list") == 0) {
            request->list = true;
        } else if (strcmp(argument, "--allow-skip") == 0) {
            request->allow_skip = true;
        } else if (strcmp(argument, "--verbose") == 0) {
            request->loud = true;
        } else if (strcmp(argument, "--here") == 0) {
            request->here = true;
        } else if (strcmp(argument, "--help") == 0) {
            return usage(stdout, argv[0], 0);
        } else if (strcmp(argument, "--filter") == 0 && i + 1 < argc && request->filter_count < FILTERS_MAX) {
            request->filters[request->filter_count++] = argv[++i];
        } else if (strncmp(argument, "--filter=", 9) == 0 && request->filter_count < FILTERS_MAX) {
            request->filters[request->filter_count++] = argument + 9;
        } else {
            fprintf(stderr, "%s: cannot make sense of \"%s\"\n", argv[0], argument);
            return usage(stderr, argv[0], 2);
        }
    }
    return -1;
}

/* --- running and counting ------------------------------------------------------------------------------- */

static void run_one(const struct suite_test *test, size_t number, const struct request *request,
                    struct tally *tally)
{
    static const char *const words[] = {"FAIL", "ok  ", "FAIL", "skip"};
    struct suite_verdict verdict = {SUITE_UNFINISHED, "", 0};
    if (request->here) {
        suite_run_here(test, &verdict);
    } else {
        unsigned seconds = test->seconds != 0 ? test->seconds : SUITE_SECONDS_DEFAULT;
        verdict = suite_isolate(test, number, seconds * suite_patience(), request->loud);
    }
    printf("  %s %s", words[verdict.outcome], test->name);
    if (verdict.seconds >= 1) {
        printf(" (%.1f s)", verdict.seconds);
    }
    printf("%s%s\n", verdict.reason[0] != '\0' ? ": " : "", verdict.reason);
    fflush(stdout);
    if (verdict.outcome == SUITE_PASSED) {
        tally->passed++;
    } else if (verdict.outcome == SUITE_SKIPPED) {
        tally->skipped++;
    } else {
        tally->failed++;
    }
}

static int conclude(const char *name, const struct tally *tally, const struct request *request)
{
    unsigned ran = tally->passed + tally->failed;
    if (ran + tally->skipped == 0) {
        printf("suite %s: nothing ran%s\n", name,
               request->filter_count != 0 ? ", the filter matches no test" : "");
    } else if (ran == 0 && !request->allow_skip) {
        printf("suite %s: every test was skipped, which counts as a failure without --allow-skip\n", name);
    }
    printf("suite %s: %u passed, %u failed, %u skipped\n", name, tally->passed, tally->failed,
           tally->skipped);
    printf("%u passed, %u failed, %u skipped\n", tally->passed, tally->failed, tally->skipped);
    if (fflush(stdout) != 0 || tally->failed != 0) {
        return 1;
    }
    return ran != 0 || (tally->skipped != 0 && request->allow_skip) ? 0 : 1;
}

int suite_main(int argc, char **argv, const char *name, const struct suite_test *tests, size_t count)
{
    struct request request = {.list = false};
    system_plain_output();
    int code = suite_play_if_asked(tests, count);
    if (code < 0) {
        code = understand(argc, argv, &request);
    }
    if (code >= 0) {
        return code;
    }
    struct tally tally = {0, 0, 0};
    for (size_t i = 0; i < count; i++) {
        if (!wanted(&request, tests[i].name)) {
            continue;
        }
        if (request.list) {
            printf("%s\n", tests[i].name);
        } else {
            run_one(&tests[i], i, &request, &tally);
        }
    }
    return request.list ? 0 : conclude(name, &tally, &request);
}
