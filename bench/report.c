/* report.c - medians, ratios and how they are shown. Figures are summed up by state: what was measured near is one
 * row, what was measured far another. A ratio is taken round by round, between figures of the same round and state,
 * and the median of those is told; so it does not suffer from rounds that one of the two did not share. */
#include <stdlib.h>
#include <string.h>

#include <unistd.h>

#include "report.h"

struct summary {
    unsigned rounds;
    double value, min, max, p99, p999, probe;
};

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values, unsigned count)
{
    if (count == 0) {
        return 0;
    }
    qsort(values, count, sizeof values[0], by_size);
    return count % 2 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

static const struct bench_sample *at(const struct bench_entry *entry, unsigned round, enum bench_state state)
{
    const struct bench_sample *sample = &entry->sample[round];
    return sample->there && sample->state == state ? sample : NULL;
}

static struct summary sum_up(const struct bench_result *result, const struct bench_entry *entry,
                             enum bench_state state)
{
    double value[BENCH_ROUNDS_MAX], p99[BENCH_ROUNDS_MAX], p999[BENCH_ROUNDS_MAX], probe[BENCH_ROUNDS_MAX];
    struct summary sum = {0};
    for (unsigned round = 0; round < result->rounds; round++) {
        const struct bench_sample *sample = at(entry, round, state);
        if (sample) {
            value[sum.rounds] = sample->value;
            p99[sum.rounds] = sample->p99;
            p999[sum.rounds] = sample->p999;
            probe[sum.rounds++] = sample->probe;
        }
    }
    sum.value = median(value, sum.rounds);
    sum.p99 = median(p99, sum.rounds);
    sum.p999 = median(p999, sum.rounds);
    sum.probe = median(probe, sum.rounds);
    if (sum.rounds > 0) {
        sum.min = value[0]; /* median() has sorted them */
        sum.max = value[sum.rounds - 1];
    }
    return sum;
}

/* How many times `a` is better than `b`, by rounds that both have; 0 if there is none. */
static double ahead(const struct bench_result *result, const struct bench_entry *a,
                    const struct bench_entry *b, enum bench_state state)
{
    bool less_is_better = bench_tells_latency(&result->work->shape);
    double ratio[BENCH_ROUNDS_MAX];
    unsigned count = 0;
    for (unsigned round = 0; a && b && round < result->rounds; round++) {
        const struct bench_sample *x = at(a, round, state), *y = at(b, round, state);
        if (x && y && x->value > 0 && y->value > 0) {
            ratio[count++] = less_is_better ? y->value / x->value : x->value / y->value;
        }
    }
    return median(ratio, count);
}

static const struct bench_entry *first_of(const struct bench_result *result, enum bench_kind kind,
                                          enum bench_state state)
{
    for (unsigned i = 0; i < result->count; i++) {
        if (result->entry[i].contestant->kind == kind &&
            sum_up(result, &result->entry[i], state).rounds > 0) {
            return &result->entry[i];
        }
    }
    return NULL;
}

/* --- JSON ----------------------------------------------------------------------------------------------- */

static void number(FILE *json, const char *key, double value, bool there)
{
    if (there) {
        fprintf(json, ",\"%s\":%.6g", key, value);
    } else {
        fprintf(json, ",\"%s\":null", key);
    }
}

static const char *const kind_name[] = {"strait", "floor", "peer"};

static void write_json(FILE *json, const struct bench_result *result, const struct bench_entry *entry,
                       enum bench_state state, const struct summary *sum)
{
    const struct bench_shape *shape = &result->work->shape;
    const struct bench_entry *strait = first_of(result, BENCH_STRAIT, state);
    const struct bench_entry *floor = first_of(result, BENCH_FLOOR, state);
    double ratio = ahead(result, strait, entry, state), cost = ahead(result, floor, entry, state);
    fprintf(json, "{\"work\":\"%s\",\"unit\":\"%s\",\"state\":\"%s\"", result->work->name, result->work->unit,
            bench_state_name[state]);
    number(json, "strait", strait ? sum_up(result, strait, state).value : 0, strait != NULL);
    number(json, "floor", floor ? sum_up(result, floor, state).value : 0, floor != NULL);
    fprintf(json, ",\"peer\":\"%s\",\"kind\":\"%s\"", entry->contestant->name,
            kind_name[entry->contestant->kind]);
    number(json, "value", sum->value, true);
    number(json, "ratio", ratio, ratio > 0);
    number(json, "of_floor", cost, cost > 0);
    fprintf(json, ",\"rounds\":%u,\"min\":%.6g,\"max\":%.6g", sum->rounds, sum->min, sum->max);
    if (bench_tells_latency(shape)) {
        fprintf(json, ",\"p99\":%.6g,\"p999\":%.6g", sum->p99, sum->p999);
    }
    number(json, "probe", sum->probe, state != BENCH_ALONE);
    fprintf(json, ",\"slots\":%u,\"item\":%u,\"batch\":%u,\"writers\":%u,\"readers\":%u%s}\n", shape->slots,
            shape->item_bytes, shape->batch, shape->writers, shape->readers,
            shape->halved ? ",\"method\":\"half of the round trip\"" : "");
}

/* --- table ---------------------------------------------------------------------------------------------- */

static void show(const char *unit, double value, char *text, size_t bytes)
{
    if (strcmp(unit, "ns") == 0) {
        snprintf(text, bytes, value < 10000 ? "%.1f ns" : "%.0f ns", value);
    } else if (value >= 1e9) {
        snprintf(text, bytes, "%.2f G%s", value / 1e9, unit);
    } else if (value >= 1e6) {
        snprintf(text, bytes, "%.2f M%s", value / 1e6, unit);
    } else if (value >= 1e3) {
        snprintf(text, bytes, "%.2f k%s", value / 1e3, unit);
    } else {
        snprintf(text, bytes, "%.2f %s", value, unit);
    }
}

static void ratio_text(double ratio, char *text, size_t bytes)
{
    snprintf(text, bytes, ratio > 0 ? "%.2f" : "-", ratio);
}

static void print_row(const struct bench_result *result, const struct bench_entry *entry,
                      enum bench_state state, const struct summary *sum)
{
    const char *unit = result->work->unit;
    char value[32], min[32], max[32], ratio[16], cost[16];
    show(unit, sum->value, value, sizeof value);
    show(unit, sum->min, min, sizeof min);
    show(unit, sum->max, max, sizeof max);
    ratio_text(ahead(result, first_of(result, BENCH_STRAIT, state), entry, state), ratio, sizeof ratio);
    ratio_text(ahead(result, first_of(result, BENCH_FLOOR, state), entry, state), cost, sizeof cost);
    printf("  %-6s %-34s %13s  %13s %13s %8s %8s", kind_name[entry->contestant->kind],
           entry->contestant->name, value, min, max, cost, ratio);
    if (bench_tells_latency(&result->work->shape)) {
        printf("  p99 %.0f, p99.9 %.0f", sum->p99, sum->p999);
    }
    printf("\n");
}

unsigned bench_report(const struct bench_result *result, FILE *json)
{
    unsigned figures = 0;
    for (enum bench_state state = 0; state < BENCH_STATES; state++) {
        bool headed = false;
        for (unsigned i = 0; i < result->count; i++) {
            const struct bench_entry *entry = &result->entry[i];
            struct summary sum = sum_up(result, entry, state);
            if (sum.rounds == 0) {
                continue;
            }
            if (!headed) {
                printf("\n%s, %s%s, %u rounds\n", result->work->name, bench_state_name[state],
                       result->work->shape.halved ? ", half of the round trip" : "", result->rounds);
                printf("  %-6s %-34s %13s  %13s %13s %8s %8s\n", "", "", "median", "min", "max", "x floor",
                       "x strait");
                headed = true;
            }
            print_row(result, entry, state, &sum);
            if (json) {
                write_json(json, result, entry, state, &sum);
            }
            figures++;
        }
    }
    fflush(stdout);
    return figures;
}

/* --- bar ------------------------------------------------------------------------------------------------ */

void bench_bar(double part, double seconds, const char *work, const char *contestant)
{
    static double shown;
    double now = bench_seconds();
    if (!isatty(STDERR_FILENO) || now - shown < 0.1) {
        return;
    }
    shown = now;
    char bar[31];
    for (unsigned i = 0; i < 30; i++) {
        bar[i] = i < (unsigned)(part * 30) ? '#' : '.';
    }
    bar[30] = '\0';
    double left = part > 0.02 ? seconds / part - seconds : 0;
    fprintf(stderr, "\r\033[K[%s] %3.0f %%  %.0f s left  %s: %s", bar, part * 100, left, work, contestant);
    fflush(stderr);
}

void bench_bar_clear(void)
{
    if (isatty(STDERR_FILENO)) {
        fprintf(stderr, "\r\033[K");
        fflush(stderr);
    }
}
