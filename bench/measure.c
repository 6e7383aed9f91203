/* measure.c - rounds. In each round every contestant plays once, in an order that changes from round to round, so
 * that a machine that gets slower is unfair to nobody. Each play stands between two probes; if they disagree about
 * how far apart the cores are, the machine has changed meanwhile, and the play is repeated. */
#include <stdio.h>
#include <string.h>

#include <time.h>

#include "measure.h"

enum { TRIES = 3 };

const char *const bench_state_name[BENCH_STATES] = {"near", "far", "unsettled", "alone"};

double bench_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static enum bench_state state_of(double before, double after, double near_ns)
{
    if (before <= 0 || after <= 0 || before > after * 2 || after > before * 2) {
        return BENCH_UNSETTLED;
    }
    if ((before < near_ns) != (after < near_ns)) {
        return BENCH_UNSETTLED;
    }
    return before < near_ns ? BENCH_NEAR : BENCH_FAR;
}

static bool needs_two_cores(const struct bench_shape *shape)
{
    return !shape->one_core && shape->writers + shape->readers > 1;
}

/* One play between its probes. The probe after one is the probe before the next. */
static void sample(struct bench_entry *entry, const struct bench_shape *shape, unsigned round,
                   const struct measure_rules *rules, double *probe)
{
    bool two = needs_two_cores(shape), bracket = two && rules->near_ns > 0;
    struct bench_sample *into = &entry->sample[round];
    for (int i = 0; i < TRIES; i++) {
        double before = !bracket ? 0 : *probe > 0 ? *probe : crew_probe(&rules->crew);
        struct crew_figure figure;
        crew_play(entry->contestant, shape, &rules->crew, &figure);
        double after = bracket ? crew_probe(&rules->crew) : 0;
        *probe = after;
        if (figure.verdict != CREW_PLAYED) {
            entry->verdict = figure.verdict;
            snprintf(entry->trouble, sizeof entry->trouble, "%s", figure.trouble);
            return;
        }
        *into = (struct bench_sample){.there = true,
                                      .state = two ? state_of(before, after, rules->near_ns) : BENCH_ALONE,
                                      .value = figure.value,
                                      .p99 = figure.p99,
                                      .p999 = figure.p999,
                                      .probe = bracket ? (before + after) / 2 : 0};
        if (into->state != BENCH_UNSETTLED || !bracket) {
            return;
        }
    }
}

void bench_measure(const struct bench_work *work, const struct bench_contestant *const *contestants,
                   unsigned count, const struct measure_rules *rules, struct bench_result *result)
{
    memset(result, 0, sizeof *result);
    result->work = work;
    for (unsigned i = 0; i < count; i++) {
        if (contestants[i]->footprint(&work->shape) > 0) {
            result->entry[result->count++].contestant = contestants[i];
        }
    }
    double began = bench_seconds(), probe = 0;
    for (unsigned round = 0; round < rules->rounds; round++) {
        if (round >= rules->least_rounds && bench_seconds() - began > rules->work_seconds) {
            break;
        }
        for (unsigned i = 0; i < result->count; i++) {
            unsigned turn = round % 2 == 0 ? i : result->count - 1 - i;
            struct bench_entry *entry = &result->entry[(turn + round) % result->count];
            if (entry->verdict == CREW_PLAYED) {
                rules->progress(work, entry->contestant->name, round, rules->rounds);
                sample(entry, &work->shape, round, rules, &probe);
            }
        }
        result->rounds = round + 1;
    }
}
