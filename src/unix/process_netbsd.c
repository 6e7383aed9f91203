/* process_netbsd.c - what NetBSD shows of processes. Compiled and linked where this was written, never run.
 * layer: system
 */
#include <sys/param.h>

#include <sys/sysctl.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "unix/bsd.h"
#include "unix/process.h"

strait_unix_sight strait_unix_look_at(uint32_t pid, uint64_t *start)
{
    struct kinfo_proc2 process;
    size_t bytes = sizeof process;
    int question[] = {CTL_KERN, KERN_PROC2, KERN_PROC_PID, (int)pid, (int)sizeof process, 1};
    memset(&process, 0, sizeof process);
    if (sysctl(question, 6, &process, &bytes, NULL, 0) != 0) {
        return errno == ESRCH ? STRAIT_UNIX_GONE : STRAIT_UNIX_NOT_SHOWN;
    }
    if (bytes < sizeof process || process.p_pid != (int32_t)pid || process.p_realstat == SZOMB) {
        return STRAIT_UNIX_GONE;
    }
    *start = (uint64_t)process.p_ustart_sec * 1000000 + process.p_ustart_usec;
    return STRAIT_UNIX_THERE;
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
