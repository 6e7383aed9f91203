/* options.h - what strait-crash is asked to do. */
#ifndef STRAIT_CRASH_OPTIONS_H
#define STRAIT_CRASH_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

typedef struct settings {
    bool short_form, pairs, singles, every, list, allow_skip, until_first, help;
    const char *pattern;
    uint32_t sample;
    uint64_t seed;
    uint64_t seconds;
    unsigned jobs;
} settings;

/* Prints what may be asked; the exit code. */
int settings_usage(FILE *to);

/* Reads the arguments, up to NULL. False if one is not known. */
bool settings_read(settings *s, char **argument);

#endif
