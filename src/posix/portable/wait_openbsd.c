/* wait_openbsd.c - OpenBSD: futex, without the private flag. layer: system
 *
 * Compiled and linked where this was written, never run.
 */
#include <sys/types.h>

#include <time.h>

#include <sys/futex.h>
#include <sys/time.h>

#include <errno.h>
#include <limits.h>

#include "posix/portable/wait.h"

int strait_portable_sleep(const strait_u32 *word, uint32_t expected, uint64_t nanoseconds)
{
    volatile uint32_t *at = (volatile uint32_t *)(uintptr_t)word;
    struct timespec most = {.tv_sec = (time_t)(nanoseconds / UINT64_C(1000000000)),
                            .tv_nsec = (long)(nanoseconds % UINT64_C(1000000000))};
    if (futex(at, FUTEX_WAIT, (int)expected, &most, NULL) == 0 || errno == EAGAIN) {
        return STRAIT_OK;
    }
    switch (errno) {
    case ETIMEDOUT:
        return STRAIT_TIMED_OUT;
    case EINTR:
    case ECANCELED:
        return STRAIT_INTERRUPTED;
    default:
        return STRAIT_PORTABLE_NO_WAIT;
    }
}

int strait_portable_awaken(const strait_u32 *word, uint32_t count)
{
    volatile uint32_t *at = (volatile uint32_t *)(uintptr_t)word;
    int woken = futex(at, FUTEX_WAKE, count > INT_MAX ? INT_MAX : (int)count, NULL, NULL);
    return woken < 0 ? 0 : woken;
}
