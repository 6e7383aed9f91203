/* clock.c - time as every Unix tells it. layer: system */
#include <errno.h>
#include <sched.h>
#include <time.h>

#include "core/os.h"

static uint64_t read_clock(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

uint64_t strait_os_now_ns(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

uint64_t strait_os_wall_ns(void)
{
    return read_clock(CLOCK_REALTIME);
}

void strait_os_nap(uint64_t nanoseconds)
{
    struct timespec pause = {.tv_sec = (time_t)(nanoseconds / UINT64_C(1000000000)),
                             .tv_nsec = (long)(nanoseconds % UINT64_C(1000000000))};
    nanosleep(&pause, NULL); /* a signal only makes the nap shorter */
}

void strait_os_yield(void)
{
    sched_yield();
}
