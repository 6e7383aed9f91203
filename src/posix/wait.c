/* wait.c - sleeping on a word in shared memory. layer: system
 *
 * Futexes, never the private kind: the sleepers are in other processes. The deadline is absolute on the
 * monotonic clock, so neither a signal nor a changed wall clock makes a wait end early or late.
 */
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "posix/posix.h"

/* What SYS_futex takes, also on 32-bit machines whose libc has a wider timespec. */
struct kernel_timespec {
    long seconds, nanoseconds;
};

int strait_os_wait(const strait_u32 *word, uint32_t expected, uint64_t deadline_ns)
{
    uint64_t seconds = deadline_ns / UINT64_C(1000000000);
    struct kernel_timespec until = {.seconds = (long)seconds,
                                    .nanoseconds = (long)(deadline_ns % UINT64_C(1000000000))};
    bool forever = seconds > (uint64_t)LONG_MAX;
    long rc = syscall(SYS_futex, word, FUTEX_WAIT_BITSET, expected, forever ? NULL : &until, NULL,
                      FUTEX_BITSET_MATCH_ANY);
    if (rc == 0 || errno == EAGAIN) {
        return STRAIT_OK;
    }
    return errno == ETIMEDOUT ? STRAIT_TIMED_OUT : errno == EINTR ? STRAIT_INTERRUPTED : STRAIT_SYSTEM;
}

int strait_os_wake(const strait_u32 *word, uint32_t count)
{
    long woken = syscall(SYS_futex, word, FUTEX_WAKE, count > INT_MAX ? INT_MAX : (int)count, NULL, NULL, 0);
    return woken < 0 ? STRAIT_SYSTEM : (int)woken;
}

bool strait_os_barrier_join(void)
{
    return syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED, 0, 0) == 0;
}

bool strait_os_barrier(void)
{
    return syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL_EXPEDITED, 0, 0) == 0;
}
