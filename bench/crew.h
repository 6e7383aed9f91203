/* crew.h - one sample: a contestant plays one shape with fresh processes in fresh memory. */
#ifndef STRAIT_BENCH_CREW_H
#define STRAIT_BENCH_CREW_H

#include "bench.h"

struct crew_rules {
    unsigned cpus[BENCH_CPUS_MAX];
    unsigned cpu_count;
    double cycles_per_ns;
    uint64_t span_ns;
    double grace_ns; /* how long nothing may come before it is taken for lost; the machine may be busy */
    bool whole;
};

enum crew_verdict {
    CREW_PLAYED,
    CREW_AWAY,  /* could not play: see trouble */
    CREW_STUCK, /* no end in sight: its processes were killed */
    CREW_WRONG  /* items lost, doubled, torn or out of order */
};

struct crew_figure {
    enum crew_verdict verdict;
    double value, p99, p999; /* items or bytes a second; nanoseconds */
    char trouble[128];
};

/* How latency and rate are told apart: percentiles for the first, value alone for the second. */
bool bench_tells_latency(const struct bench_shape *shape);

void crew_play(const struct bench_contestant *contestant, const struct bench_shape *shape,
               const struct crew_rules *rules, struct crew_figure *figure);

/* A cache line there and back, in nanoseconds: the median. Negative if it could not be measured. */
double crew_probe(const struct crew_rules *rules);

/* --- the machine (machine.c) ---------------------------------------------------------------------------- */

/* Which cores to use: those allowed, siblings of one core last. With a list "0,3" those. */
bool machine_cpus(struct crew_rules *rules, const char *list);

/* How fast bench_cycles counts, against the system's clock. */
double machine_cycles_per_ns(void);

/* Whether stamps of two cores may be compared; `words` says what was found. */
bool machine_clocks_agree(const struct crew_rules *rules, char *words, size_t bytes);

#endif
