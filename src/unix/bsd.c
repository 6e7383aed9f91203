/* bsd.c - what is the same for processes of all BSDs. Compiled and linked where this was written, never run.
 * layer: system
 */
#include "unix/bsd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unix/process.h"

/* Microseconds. Two processes that had the same number within a second are taken for one: that can delay a
 * verdict, and forges none. */
#define SLACK_US UINT64_C(1000000)

bool strait_unix_same_start(uint64_t a, uint64_t b)
{
    return (a > b ? a - b : b - a) < SLACK_US;
}

uint64_t strait_unix_own_start(void)
{
    uint64_t start = 0;
    return strait_unix_look_at((uint32_t)getpid(), &start) == STRAIT_UNIX_THERE ? start : 0;
}

void strait_unix_boot_by_file(uint8_t boot[16])
{
    struct stat about;
    memset(boot, 0, 16);
    if (stat("/var/run/dmesg.boot", &about) == 0) {
        uint64_t seconds = (uint64_t)about.st_mtim.tv_sec, rest = (uint64_t)about.st_mtim.tv_nsec;
        memcpy(boot, &seconds, 8);
        memcpy(boot + 8, &rest, 8);
    }
}

void strait_unix_program(char *name, size_t room)
{
    const char *own = getprogname();
    snprintf(name, room, "%s", own == NULL ? "" : own);
}
