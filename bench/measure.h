/* measure.h - a work, measured: who took part, and every figure with the state the machine was in. */
#ifndef STRAIT_BENCH_MEASURE_H
#define STRAIT_BENCH_MEASURE_H

#include "crew.h"
#include "works.h"

enum { BENCH_CONTESTANTS_MAX = 64, BENCH_TROUBLE = 128 };

/* How far apart the cores were. NEAR and FAR are never mixed; UNSETTLED is what never came out alike before and
 * after; ALONE needs no second core. */
enum bench_state { BENCH_NEAR, BENCH_FAR, BENCH_UNSETTLED, BENCH_ALONE, BENCH_STATES };

extern const char *const bench_state_name[BENCH_STATES];

struct bench_sample {
    bool there;
    enum bench_state state;
    double value, p99, p999, probe;
};

struct bench_entry {
    const struct bench_contestant *contestant;
    struct bench_sample sample[BENCH_ROUNDS_MAX]; /* by round */
    enum crew_verdict verdict;                    /* the worst */
    char trouble[BENCH_TROUBLE];
};

struct bench_result {
    const struct bench_work *work;
    unsigned rounds, count;
    struct bench_entry entry[BENCH_CONTESTANTS_MAX];
};

struct measure_rules {
    struct crew_rules crew;
    unsigned rounds, least_rounds;
    double near_ns;      /* 0: no probes, so nothing is settled; for tests, which want no figures */
    double work_seconds; /* further rounds are left out once a work has taken so long */
    void (*progress)(const struct bench_work *work, const char *contestant, unsigned round, unsigned rounds);
};

/* Plays the work; the contestants that can play it are found among those given. */
void bench_measure(const struct bench_work *work, const struct bench_contestant *const *contestants,
                   unsigned count, const struct measure_rules *rules, struct bench_result *result);

double bench_seconds(void);

#endif
