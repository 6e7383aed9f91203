/* cycles.h - the cheapest clock of the machine, and its hint for spinning. Where nothing better is known: the
 * system's monotonic clock in nanoseconds, the same on all cores. */
#ifndef STRAIT_BENCH_CYCLES_H
#define STRAIT_BENCH_CYCLES_H

#include <stdint.h>

#include <time.h>

#define BENCH_CYCLES_FLAGS ""

static inline uint64_t bench_cycles(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static inline void bench_pause(void)
{
    __asm__ volatile("" ::: "memory");
}

#endif
