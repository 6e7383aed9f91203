/* works.h - the works: names, units and shapes. */
#ifndef STRAIT_BENCH_WORKS_H
#define STRAIT_BENCH_WORKS_H

#include "bench.h"

enum { BENCH_WORKS_MAX = 96 };

struct bench_work {
    char name[48];
    const char *unit; /* "ns": less is better; else more is */
    struct bench_shape shape;
};

/* Fills in all of them, in the order in which they are played; returns how many. */
unsigned bench_works(struct bench_work *works, bool clocks_agree);

#endif
