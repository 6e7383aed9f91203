/* process_darwin.c - what macOS shows of processes. layer: system
 *
 * Compiled and linked where this was written, never run. By sysctl and not by proc_pidinfo, which says when a
 * process started of one's own processes only.
 */
#include "unix/process.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysctl.h>
#include <sys/types.h>
#include <unistd.h>

/* The system tells microseconds since 1970, noted once when the process was made. Two processes that had the same
 * number within a second are taken for one: that can delay a verdict, and forges none. */
#define SLACK_US UINT64_C(1000000)

bool strait_unix_same_start(uint64_t a, uint64_t b)
{
    return (a > b ? a - b : b - a) < SLACK_US;
}

strait_unix_sight strait_unix_look_at(uint32_t pid, uint64_t *start)
{
    int question[] = {CTL_KERN, KERN_PROC, KERN_PROC_PID, (int)pid};
    struct kinfo_proc process;
    size_t bytes = sizeof process;
    memset(&process, 0, sizeof process);
    if (sysctl(question, 4, &process, &bytes, NULL, 0) != 0) {
        return STRAIT_UNIX_NOT_SHOWN; /* a sandbox forbids it */
    }
    if (bytes < sizeof process || process.kp_proc.p_pid != (pid_t)pid || process.kp_proc.p_stat == SZOMB) {
        return STRAIT_UNIX_GONE;
    }
    struct timeval since = process.kp_proc.p_starttime;
    *start = (uint64_t)since.tv_sec * 1000000 + (uint64_t)since.tv_usec;
    return STRAIT_UNIX_THERE;
}

uint64_t strait_unix_own_start(void)
{
    uint64_t start = 0;
    return strait_unix_look_at((uint32_t)getpid(), &start) == STRAIT_UNIX_THERE ? start : 0;
}

uint64_t strait_unix_pid_space(void)
{
    return 1; /* there is one */
}

bool strait_unix_shows(uint64_t pid_space)
{
    return pid_space == 1;
}

/* kern.bootsessionuuid: 36 characters, drawn at each boot. */
void strait_unix_boot(uint8_t boot[16])
{
    char text[64] = "";
    size_t bytes = sizeof text - 1, digits = 0;
    memset(boot, 0, 16);
    if (sysctlbyname("kern.bootsessionuuid", text, &bytes, NULL, 0) != 0) {
        return;
    }
    for (const char *at = text; *at != '\0' && digits < 32; at++) {
        char digit[2] = {*at, '\0'}, *end;
        unsigned long value = strtoul(digit, &end, 16);
        if (*end == '\0') {
            boot[digits / 2] = (uint8_t)(boot[digits / 2] << 4 | (uint8_t)value);
            digits++;
        }
    }
}

void strait_unix_program(char *name, size_t room)
{
    const char *own = getprogname();
    snprintf(name, room, "%s", own == NULL ? "" : own);
}

bool strait_unix_proc_is_ours(void)
{
    return false; /* there is no /proc to ask */
}
