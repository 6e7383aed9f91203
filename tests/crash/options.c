/* options.c - reading the command line. */
#include "options.h"

#include <stdlib.h>
#include <string.h>

int settings_usage(FILE *to)
{
    (void)fputs(
        "usage: strait-crash [WORD] [--short] [--operation PATTERN] [--pairs | --singles] [--every] "
        "[--sample N]\n"
        "                    [--seconds N] [--seed S] [--jobs N] [--until-first] [--list] [--allow-skip]\n"
        "  --short        a sample, in about a minute\n"
        "  WORD           only operations and pairs whose name contains it, e.g. ring\n"
        "  --operation P  only operations and pairs (\"first + second\") whose name matches the shell "
        "pattern\n"
        "  --pairs        only pairs; --singles: only single operations\n"
        "  --every        every instruction, however long\n"
        "  --sample N     single operations: N more points at random\n"
        "  --seconds N    time for all; pairs stop early to keep to it, single operations never do\n"
        "  --jobs N       so many at once, each on a processor of its own (2)\n"
        "  --until-first  stop at the first violation\n"
        "  --list         only say what would be done\n"
        "  --allow-skip   where no process can be traced: say so, and do not fail\n",
        to);
    return to == stdout ? 0 : 2;
}

static bool number_after(char **argument, const char *name, uint64_t *value)
{
    char *end;
    if (strcmp(argument[0], name) != 0 || argument[1] == NULL) {
        return false;
    }
    *value = strtoull(argument[1], &end, 0);
    return *end == '\0';
}

bool settings_read(settings *s, char **argument)
{
    uint64_t value;
    for (; *argument != NULL; argument++) {
        if (strcmp(*argument, "--short") == 0) {
            s->short_form = true;
        } else if (strcmp(*argument, "--pairs") == 0) {
            s->singles = false;
        } else if (strcmp(*argument, "--singles") == 0) {
            s->pairs = false;
        } else if (strcmp(*argument, "--every") == 0) {
            s->every = true;
        } else if (strcmp(*argument, "--list") == 0) {
            s->list = true;
        } else if (strcmp(*argument, "--allow-skip") == 0) {
            s->allow_skip = true;
        } else if (strcmp(*argument, "--until-first") == 0) {
            s->until_first = true;
        } else if (strcmp(*argument, "--help") == 0) {
            s->help = true;
        } else if (strcmp(*argument, "--operation") == 0 && argument[1] != NULL) {
            s->pattern = *++argument;
        } else if (**argument != '-' && **argument != '\0') {
            static char about[64];
            (void)snprintf(about, sizeof about, "*%s*", *argument);
            s->pattern = about;
        } else if (number_after(argument, "--sample", &value)) {
            s->sample = (uint32_t)value;
            argument++;
        } else if (number_after(argument, "--seconds", &s->seconds) ||
                   number_after(argument, "--seed", &s->seed)) {
            argument++;
        } else if (number_after(argument, "--jobs", &value) && value > 0) {
            s->jobs = (unsigned)value;
            argument++;
        } else {
            return false;
        }
    }
    return true;
}
