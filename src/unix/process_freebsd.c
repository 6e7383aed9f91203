/* process_freebsd.c - what FreeBSD shows of processes. Compiled and linked where this was written, never run.
 * layer: system
 *
 * The kernel notes when a process started on a clock that nobody sets, and adds the time of boot when asked; that
 * time moves when somebody sets the clock. So it is subtracted again.
 */
#include <sys/types.h>

#include <sys/sysctl.h>
#include <sys/time.h>
#include <sys/user.h>

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

static bool ask(uint32_t pid, struct kinfo_proc *process, struct timeval *boot, int *error)
{
    int question[] = {CTL_KERN, KERN_PROC, KERN_PROC_PID, (int)pid};
    struct timeval before;
    for (int tries = 0; tries < 8; tries++) {
        size_t bytes = sizeof *process;
        bool known = boot_time(&before);
        int rc = sysctl(question, 4, process, &bytes, NULL, 0);
        *error = rc != 0 ? errno : bytes < sizeof *process ? ESRCH : 0;
        if (*error != 0) {
            return false;
        }
        if (known && boot_time(boot) && memcmp(&before, boot, sizeof before) == 0) {
            return true; /* nobody set the clock between */
        }
    }
    *error = EAGAIN;
    return false;
}

strait_unix_sight strait_unix_look_at(uint32_t pid, uint64_t *start)
{
    struct kinfo_proc process;
    struct timeval boot;
    int error;
    if (!ask(pid, &process, &boot, &error)) {
        return error == ESRCH ? STRAIT_UNIX_GONE : STRAIT_UNIX_NOT_SHOWN;
    }
    if (process.ki_stat == SZOMB) {
        return STRAIT_UNIX_GONE;
    }
    int64_t since = ((int64_t)process.ki_start.tv_sec - (int64_t)boot.tv_sec) * 1000000 +
                    (int64_t)process.ki_start.tv_usec - (int64_t)boot.tv_usec;
    *start = (uint64_t)(since < 0 ? 0 : since) + 1; /* 0 means unknown */
    return STRAIT_UNIX_THERE;
}

/* Jails: outside of all of them every process is shown, inside only those of the same jail. */
uint64_t strait_unix_pid_space(void)
{
    struct kinfo_proc process;
    struct timeval boot;
    int error;
    return ask((uint32_t)getpid(), &process, &boot, &error) ? (uint64_t)(uint32_t)process.ki_jid + 1 : 0;
}

bool strait_unix_shows(uint64_t pid_space)
{
    uint64_t own = strait_unix_pid_space();
    return own == 1 || (own != 0 && own == pid_space);
}

/* kern.boot_id, where the system has it: 16 bytes drawn at each boot. */
void strait_unix_boot(uint8_t boot[16])
{
    size_t bytes = 16;
    memset(boot, 0, 16);
    if (sysctlbyname("kern.boot_id", boot, &bytes, NULL, 0) != 0 || bytes != 16) {
        strait_unix_boot_by_file(boot);
    }
}

bool strait_unix_proc_is_ours(void)
{
    return false; /* there is no /proc to ask */
}
