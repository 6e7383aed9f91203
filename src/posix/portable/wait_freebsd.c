/* wait_freebsd.c - FreeBSD: _umtx_op, the kind that crosses processes. layer: system
 *
 * Compiled and linked where this was written, never run. The kernel wants to write where it waits: on a read-only
 * map it says EFAULT, and we nap.
 */
#include <sys/types.h>

#include <sys/umtx.h>

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <time.h>

#include "posix/portable/wait.h"

int strait_portable_sleep(const strait_u32 *word, uint32_t expected, uint64_t nanoseconds)
{
    void *at = (void *)(uintptr_t)word;
    struct _umtx_time most;
    memset(&most, 0, sizeof most);
    most._timeout.tv_sec = (time_t)(nanoseconds / UINT64_C(1000000000));
    most._timeout.tv_nsec = (long)(nanoseconds % UINT64_C(1000000000));
    most._clockid = CLOCK_MONOTONIC;
    void *size = (void *)(uintptr_t)sizeof most;
    if (_umtx_op(at, UMTX_OP_WAIT_UINT, expected, size, &most) == 0) {
        return STRAIT_OK;
    }
    switch (errno) {
    case ETIMEDOUT:
        return STRAIT_TIMED_OUT;
    case EINTR:
        return STRAIT_INTERRUPTED;
    default:
        return STRAIT_PORTABLE_NO_WAIT;
    }
}

int strait_portable_awaken(const strait_u32 *word, uint32_t count)
{
    void *at = (void *)(uintptr_t)word;
    (void)_umtx_op(at, UMTX_OP_WAKE, count > INT_MAX ? INT_MAX : (unsigned long)count, NULL, NULL);
    return 0; /* nobody counts them */
}
