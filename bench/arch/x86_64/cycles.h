/* cycles.h - the cheapest clock of the machine, and its hint for spinning. x86-64: the time stamp counter, which
 * counts evenly and alike on all cores where the processor says constant_tsc and nonstop_tsc; the bench checks the
 * flags and, with an exchange of stamps between cores, the alikeness. */
#ifndef STRAIT_BENCH_CYCLES_H
#define STRAIT_BENCH_CYCLES_H

#include <stdint.h>

#include <x86intrin.h>

#define BENCH_CYCLES_FLAGS "constant_tsc nonstop_tsc"

static inline uint64_t bench_cycles(void)
{
    return __rdtsc();
}

static inline void bench_pause(void)
{
    _mm_pause();
}

#endif
