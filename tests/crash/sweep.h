/* sweep.h - trials: which points of an operation are tried, alone and against a second operation, and how
 * they end.
 */
#ifndef STRAIT_CRASH_SWEEP_H
#define STRAIT_CRASH_SWEEP_H

#include "operations.h"

typedef struct sweep_plan {
    bool private_world;
    uint64_t bytes_before;
    uint32_t every_below;    /* operations of fewer instructions: every one of them */
    uint32_t sample;         /* further points at random */
    uint32_t firsts;         /* pairs: points of the first tried at most, 0 = all */
    uint32_t seconds;        /* pairs: points of the second for each of the first, 0 = all */
    const _Atomic int *stop; /* not NULL: stop at the first violation, here or in another job */
    uint64_t seed;
    uint64_t end_ns; /* pairs: stop here */
} sweep_plan;

#define TALLY_TEXTS 4

typedef struct tally {
    uint64_t instructions, points, states, trials, drifted, waited;
    uint64_t faults[FAULT_COUNT];
    uint32_t texts;
    char text[TALLY_TEXTS][900]; /* the first violations */
    bool finished;
} tally;

uint64_t tally_violations(const tally *t);

/* Whether the sweep may stop early: somebody found what it was to find. */
bool sweep_enough(const sweep_plan *plan, const tally *t);

/* Every chosen point of one operation: killed there. */
void sweep_single(const operation *it, const sweep_plan *plan, tally *t);

/* The first stopped at each of its points, the second run to each of its own, and then one of the endings. */
void sweep_pair(const operation *first, const operation *second, const sweep_plan *plan, tally *t);

/* Whether the second can be made ready in the first's scene. */
bool sweep_fits(const operation *first, const operation *second);

#endif
