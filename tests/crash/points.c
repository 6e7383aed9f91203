/* points.c - choosing points. A kill between two changes of what others can see is as good as any other
 * between them, so for kills the changes and the system calls are all there is; a process that is stopped
 * and goes on has also read something, which is why the point right before each change is there, and
 * chance adds the rest.
 */
#include "points.h"

#include <stdlib.h>
#include <string.h>

uint64_t points_random(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9E3779B97F4A7C15));
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

bool points_is_eve(const stepper_recording *recording, uint32_t index)
{
    return index + 1 < recording->count && recording->points[index + 1].changed;
}

static bool decisive(const stepper_recording *r, size_t i)
{
    const stepper_point *p = &r->points[i];
    return p->changed || points_is_eve(r, (uint32_t)i) || p->occurrence == STEPPER_EXIT ||
           p->occurrence == STEPPER_ENTRY;
}

points points_choose(const stepper_recording *recording, uint32_t all_below, uint32_t sample, uint64_t *seed)
{
    points chosen = {.at = calloc(recording->count + 1, sizeof *chosen.at)};
    bool all = recording->instructions < all_below;
    size_t others = 0;
    if (chosen.at == NULL) {
        abort();
    }
    for (size_t i = 0; i < recording->count; i++) {
        others += !decisive(recording, i);
    }
    for (size_t i = 0; i < recording->count; i++) {
        bool take = all || decisive(recording, i);
        if (!take) { /* each of the others with the same chance, and exactly `sample` of them */
            take = sample > 0 && points_random(seed) % others < sample;
            sample -= take;
            others--;
        }
        if (take) {
            chosen.at[chosen.count++] = (uint32_t)i;
        }
    }
    return chosen;
}

static void swap(points *p, size_t a, size_t b)
{
    uint32_t kept = p->at[a];
    p->at[a] = p->at[b];
    p->at[b] = kept;
}

void points_shuffle(points *p, const stepper_recording *recording, uint64_t *seed)
{
    for (size_t i = p->count; i > 1; i--) {
        swap(p, i - 1, (size_t)(points_random(seed) % i));
    }
    size_t next = 0;
    for (size_t i = 0; i < p->count; i++) {
        if (next <= i && points_is_eve(recording, p->at[i])) {
            swap(p, next, i);
            next += 2;
        }
    }
}

bool points_later(const points *p, const stepper_recording *recording, uint32_t after, uint64_t *seed,
                  uint32_t *later)
{
    bool near = points_random(seed) % 4 != 0;
    uint64_t seen = 0;
    for (size_t i = 0; i < p->count; i++) {
        bool at_change = recording->points[p->at[i]].changed || points_is_eve(recording, p->at[i]);
        bool fits = p->at[i] > after && (!near || at_change);
        if (fits && points_random(seed) % ++seen == 0) {
            *later = p->at[i];
        }
    }
    return seen > 0;
}

void points_clear(points *p)
{
    free(p->at);
    memset(p, 0, sizeof *p);
}

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

size_t points_states(const stepper_recording *recording)
{
    uint64_t *seen = calloc(recording->count + 1, sizeof *seen);
    size_t count = 0;
    if (seen == NULL) {
        abort();
    }
    for (size_t i = 0; i < recording->count; i++) {
        seen[i] = recording->points[i].state;
    }
    qsort(seen, recording->count, sizeof *seen, by_value);
    for (size_t i = 0; i < recording->count; i++) {
        count += i == 0 || seen[i] != seen[i - 1];
    }
    free(seen);
    return count;
}
