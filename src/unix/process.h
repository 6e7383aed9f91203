/* process.h - what a system shows of its processes: one small file for each (process_linux.c, process_darwin.c
 * ...), so that what could not be run where this was written is easy to see. layer: system
 */
#ifndef STRAIT_UNIX_PROCESS_H
#define STRAIT_UNIX_PROCESS_H

#include "core/os.h"

typedef enum strait_unix_sight {
    STRAIT_UNIX_THERE,    /* it lives, and *start says since when */
    STRAIT_UNIX_GONE,     /* no process has that number, or only the remains of one (a zombie) */
    STRAIT_UNIX_NOT_SHOWN /* there may be one; more is not shown to us */
} strait_unix_sight;

/* What can be seen of process `pid`, whose number is one of ours (strait_unix_shows). */
strait_unix_sight strait_unix_look_at(uint32_t pid, uint64_t *start);

/* When this process started, in the system's own unit; 0 if unknown. */
uint64_t strait_unix_own_start(void);

/* The same start, but for how exactly the system tells it. */
bool strait_unix_same_start(uint64_t a, uint64_t b);

/* The space in which our process numbers mean something (a pid namespace, a jail); 0 if unknown. And whether
 * numbers of another such space mean to us what they mean there. */
uint64_t strait_unix_pid_space(void);
bool strait_unix_shows(uint64_t pid_space);

/* True if /proc shows our own pid namespace: in a container it may be that of the world outside. False where there is no
 * such thing. */
bool strait_unix_proc_is_ours(void);

/* What tells this boot from every other; all 0 if unknown. It must never change while the system is up. */
void strait_unix_boot(uint8_t boot[16]);

/* What this program is called. */
void strait_unix_program(char *name, size_t room);

#endif
