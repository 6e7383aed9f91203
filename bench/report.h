/* report.h - figures for people and for programs. */
#ifndef STRAIT_BENCH_REPORT_H
#define STRAIT_BENCH_REPORT_H

#include <stdio.h>

#include "measure.h"

/* A block of the table on stdout, and one JSON object a line into `json`, if there is one. Returns how many
 * figures there were. */
unsigned bench_report(const struct bench_result *result, FILE *json);

/* A bar on a terminal (stderr); nothing elsewhere. part: 0 to 1. */
void bench_bar(double part, double seconds, const char *work, const char *contestant);
void bench_bar_clear(void);

#endif
