/* scenario.c - what scenarios need whoever runs them: names of their own, checks that say what was found,
 * and tidying up. */
#define _GNU_SOURCE 1
#include "scenario.h"

#include "spawn.h"
#include "system.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <strait/strait.h>

#define NAMES_MAX 16

static char names[NAMES_MAX][48];

const char *scenario_name(unsigned n)
{
    if (n >= NAMES_MAX) {
        scenario_fail(__FILE__, __LINE__, "a scenario has at most %d names", NAMES_MAX);
    }
    if (names[n][0] == '\0') {
        snprintf(names[n], sizeof names[n], "behaviour-%ld-%u", system_pid(), n);
    }
    return names[n];
}

void scenario_begin(void)
{
    memset(names, 0, sizeof names);
}

void scenario_end(void)
{
    children_clear();
    for (unsigned n = 0; n < NAMES_MAX; n++) {
        if (names[n][0] != '\0') {
            strait_segment_remove(names[n], NULL, true);
        }
    }
}

void scenario_tell(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("    ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
}

void scenario_check_same(const char *file, int line, const char *what, int64_t found, int64_t expected)
{
    if (found != expected) {
        scenario_fail(file, line, "%s is %" PRId64 ", not %" PRId64, what, found, expected);
    }
}

void scenario_check_text(const char *file, int line, const char *text, const char *part)
{
    if (strstr(text, part) == NULL) {
        scenario_fail(file, line, "\"%s\" does not say \"%s\"", text, part);
    }
}

void scenario_check_no_text(const char *file, int line, const char *text, const char *part)
{
    if (strstr(text, part) != NULL) {
        scenario_fail(file, line, "\"%s\" says \"%s\"", text, part);
    }
}

void scenario_check_result(const char *file, int line, const char *what, int found, int expected)
{
    if (found != expected) {
        scenario_fail(file, line, "%s gave %s, not %s (last failure: %s)", what, strait_result_name(found),
                      strait_result_name(expected), strait_last_error());
    }
}
