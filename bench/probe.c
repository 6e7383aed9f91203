/* probe.c - how far apart the two cores are at this moment. On virtual machines that changes within seconds, by a
 * factor of ten, so every figure is bracketed by two of these. */
#include <string.h>

#include "crew.h"

extern const struct bench_contestant bench_two_lines;

double crew_probe(const struct crew_rules *rules)
{
    struct bench_shape shape = {
        .task = BENCH_PROBE, .item_bytes = 8, .slots = 1, .batch = 1, .writers = 1, .readers = 1};
    struct crew_rules brief = *rules;
    brief.span_ns = 1000000;
    struct crew_figure figure;
    crew_play(&bench_two_lines, &shape, &brief, &figure);
    return figure.verdict == CREW_PLAYED ? figure.value : -1;
}
