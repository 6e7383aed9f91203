/* points.h - choosing points of a recording. */
#ifndef STRAIT_CRASH_POINTS_H
#define STRAIT_CRASH_POINTS_H

#include "stepper.h"

typedef struct points {
    uint32_t *at; /* indices into the recording */
    size_t count;
} points;

/* Chance, the same for the same seed. */
uint64_t points_random(uint64_t *state);

/* Where something is decided: before and after each change of the shared state, before and after each
 * system call; and `sample` more at random. All if the recording has fewer than `all_below` instructions. */
points points_choose(const stepper_recording *recording, uint32_t all_below, uint32_t sample, uint64_t *seed);

/* Right before a change of the shared state: the moments that matter most to others. */
bool points_is_eve(const stepper_recording *recording, uint32_t index);

/* In an order of chance in which every other one is an eve, as long as there are eves. */
void points_shuffle(points *p, const stepper_recording *recording, uint64_t *seed);

/* One of them behind `after`, right before or after a change more often than not; false if chance gave
 * none. */
bool points_later(const points *p, const stepper_recording *recording, uint32_t after, uint64_t *seed,
                  uint32_t *later);
void points_clear(points *p);

/* How many different states the watcher saw. */
size_t points_states(const stepper_recording *recording);

#endif
