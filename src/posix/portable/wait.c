/* wait.c - sleeping on a word in shared memory. layer: system
 *
 * The system's own call where there is one (wait.h), for a bounded while each time: where it does not wake across
 * processes after all, a change is found by looking again. Where there is none we nap between looks, ever longer
 * up to two milliseconds. Who naps hears no wake that comes without a change of the word, so now and then it says
 * that it was woken, and its caller looks for itself.
 */
#include "posix/portable/wait.h"

#include <errno.h>
#include <time.h>

#define LOOK_AGAIN_NS UINT64_C(50000000)
#define FALSE_ALARM_NS UINT64_C(100000000)
#define FIRST_NAP_NS UINT64_C(50000)
#define LONGEST_NAP_NS UINT64_C(2000000)

static int nap(uint64_t nanoseconds)
{
    struct timespec pause = {.tv_sec = (time_t)(nanoseconds / UINT64_C(1000000000)),
                             .tv_nsec = (long)(nanoseconds % UINT64_C(1000000000))};
    return nanosleep(&pause, NULL) != 0 && errno == EINTR ? STRAIT_INTERRUPTED : STRAIT_OK;
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

int strait_os_wait(const strait_u32 *word, uint32_t expected, uint64_t deadline_ns)
{
    uint64_t nap_ns = FIRST_NAP_NS, begun_ns = strait_os_now_ns();
    while (strait_u32_load_relaxed(word) ==
           expected) { /* what it says to the caller, the caller reads anew */
        uint64_t now_ns = strait_os_now_ns();
        if (now_ns >= deadline_ns) {
            return STRAIT_TIMED_OUT;
        }
        uint64_t left_ns = deadline_ns - now_ns;
        int rc = strait_portable_sleep(word, expected, least(left_ns, LOOK_AGAIN_NS));
        if (rc == STRAIT_OK || rc == STRAIT_INTERRUPTED) {
            return rc;
        }
        if (rc == STRAIT_PORTABLE_NO_WAIT) {
            rc = nap(least(nap_ns, left_ns));
            if (rc < 0) {
                return rc;
            }
            nap_ns = least(nap_ns * 2, LONGEST_NAP_NS);
            if (strait_os_now_ns() - begun_ns >= FALSE_ALARM_NS) {
                return STRAIT_OK;
            }
        }
    }
    return STRAIT_OK;
}

int strait_os_wake(const strait_u32 *word, uint32_t count)
{
    return count == 0 ? 0 : strait_portable_awaken(word, count);
}

/* No such barrier is used here: publishers exchange instead, which the format knows. */
bool strait_os_barrier_join(void)
{
    return false;
}

bool strait_os_barrier(void)
{
    return false;
}
