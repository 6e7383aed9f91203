/* process_other.c - a system of whose processes nothing is known but their numbers. What cannot be known is 0,
 * and no verdict rests on it. layer: system
 */
#include "unix/process.h"

#include <string.h>

strait_unix_sight strait_unix_look_at(uint32_t pid, uint64_t *start)
{
    (void)pid;
    (void)start;
    return STRAIT_UNIX_NOT_SHOWN;
}

uint64_t strait_unix_own_start(void)
{
    return 0;
}

bool strait_unix_same_start(uint64_t a, uint64_t b)
{
    return a == b;
}

uint64_t strait_unix_pid_space(void)
{
    return 0;
}

bool strait_unix_shows(uint64_t pid_space)
{
    (void)pid_space;
    return false;
}

void strait_unix_boot(uint8_t boot[16])
{
    memset(boot, 0, 16);
}

void strait_unix_program(char *name, size_t room)
{
    memset(name, 0, room);
}

bool strait_unix_proc_is_ours(void)
{
    return false; /* there is no /proc to ask */
}
