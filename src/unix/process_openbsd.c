/* process_openbsd.c - what OpenBSD shows of processes. Compiled and linked where this was written, never run.
 * layer: system
 *
 * As on FreeBSD, the time of boot is in what the system says of a start, and moves with the clock: it is
 * subtracted.
 */
#include <sys/types.h>

#include <signal.h>

#include <sys/proc.h>
#include <sys/sysctl.h>
#include <sys/time.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "unix/bsd.h"
#include "unix/process.h"

static bool boot_time(struct timeval *when)
{
    int question[] = {CTL_KERN, KERN_BOOTTIME};
    size_t bytes = sizeof *when;
    return sysctl(question, 2, when, &bytes, NULL, 0) == 0 && bytes == sizeof *when;
}

strait_unix_sight strait_unix_look_at(uint32_t pid, uint64_t *start)
{
    struct kinfo_proc process;
    struct timeval before, after;
    int question[] = {CTL_KERN, KERN_PROC, KERN_PROC_PID, (int)pid, (int)sizeof process, 1};
    for (int tries = 0; tries < 8; tries++) {
        size_t bytes = sizeof process;
        bool known = boot_time(&before);
        memset(&process, 0, sizeof process);
        if (sysctl(question, 6, &process, &bytes, NULL, 0) != 0) {
            return errno == ESRCH ? STRAIT_UNIX_GONE : STRAIT_UNIX_NOT_SHOWN;
        }
        if (bytes < sizeof process || process.p_pid != (int32_t)pid || process.p_stat == SDEAD ||
            process.p_stat == SZOMB) {
            return STRAIT_UNIX_GONE;
        }
        if (known && boot_time(&after) && memcmp(&before, &after, sizeof before) == 0) {
            int64_t since = ((int64_t)process.p_ustart_sec - (int64_t)after.tv_sec) * 1000000 +
                            (int64_t)process.p_ustart_usec - (int64_t)after.tv_usec;
            *start = (uint64_t)(since < 0 ? 0 : since) + 1; /* 0 means unknown */
            return STRAIT_UNIX_THERE;
        }
    }
    return STRAIT_UNIX_NOT_SHOWN;
}

uint64_t strait_unix_pid_space(void)
{
    return 1; /* there is one */
}

bool strait_unix_shows(uint64_t pid_space)
{
    return pid_space == 1;
}

void strait_unix_boot(uint8_t boot[16])
{
    strait_unix_boot_by_file(boot);
}

bool strait_unix_proc_is_ours(void)
{
    return false; /* there is no /proc to ask */
}
