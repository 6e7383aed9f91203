/* scenario_cmocka.c - runs the scenarios as one CMocka suite: each has entered itself into the list
 * before main. */
#include "scenario.h"

#include "suite.h"

#include <stdio.h>
#include <stdlib.h>

static scenario_entry *first, **last = &first;

void scenario_register(scenario_entry *entry)
{
    *last = entry;
    last = &entry->next;
}

void scenario_fail(const char *file, int line, const char *format, ...)
{
    char text[4096];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    scenario_end(); /* nothing after this is sure to run */
    print_error("%s:%d: %s\n", file, line, text);
    _fail(file, line);
    abort(); /* CMocka has jumped away */
}

void scenario_skip(const char *format, ...)
{
    char text[240];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    scenario_end();
    suite_skip("%s", text);
}

int main(int argc, char **argv)
{
    size_t count = 0, i = 0;
    for (const scenario_entry *entry = first; entry != NULL; entry = entry->next) {
        count++;
    }
    struct suite_test *tests = calloc(count + 1, sizeof tests[0]);
    if (tests == NULL) {
        return 1;
    }
    for (const scenario_entry *entry = first; entry != NULL; entry = entry->next, i++) {
        tests[i].name = entry->name;
        tests[i].plain = entry->run;
        tests[i].setup = scenario_begin;
        tests[i].teardown = scenario_end;
        tests[i].seconds = SCENARIO_SECONDS;
    }
    int code = suite_main(argc, argv, "behaviour", tests, count);
    free(tests);
    return code;
}
