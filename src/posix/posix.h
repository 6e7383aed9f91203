/* posix.h - what the files of this back end share. layer: system */
#ifndef STRAIT_POSIX_POSIX_H
#define STRAIT_POSIX_POSIX_H

#include <stdio.h>
#include <sys/stat.h>

#include "core/os.h"
#include "unix/errors.h"
#include "unix/fork.h"

#define STRAIT_POSIX_DIRECTORY "/dev/shm"
#define STRAIT_POSIX_PREFIX "strait."
#define STRAIT_POSIX_NEW_PREFIX ".strait-new."
#define STRAIT_POSIX_PATH_MAX 4352

/* Bytes far behind the end of any segment, to hang locks on. */
#define STRAIT_POSIX_TOKEN_BYTE ((off_t)1 << 62)
#define STRAIT_POSIX_EVICT_BYTE (STRAIT_POSIX_TOKEN_BYTE - 1)

/* strait_os_map.spare: the description that the mapping pins, until it carries its token and is closed;
 * and the number in the name of a file that could not be made without one. */
enum { STRAIT_POSIX_BODY = 0, STRAIT_POSIX_NONCE = 1 };

/* --- path.c: where a place is */

/* The path of a place; false if it is too long (ENAMETOOLONG). */
bool strait_posix_path(const strait_os_place *place, char *path, size_t room);

/* The directory a place lies in, and what its unfinished files are called there but for the number. */
void strait_posix_directory(const strait_os_place *place, char *directory, size_t room);
void strait_posix_unfinished(const strait_os_place *place, char *name, size_t room);

/* --- map.c */

/* True if the descriptor still refers to the very object that the map has: a program may close
 * descriptors that it did not open, and the number may be somebody else's by now. */
bool strait_posix_is_ours(int descriptor, const strait_os_map *map);

/* open with O_CLOEXEC, never as standard input, output or error. Guarded: see unix/fork.h. */
int strait_posix_open(const char *path, int flags, unsigned mode, bool guarded);

/* A new description of what the descriptor refers to; -1 with errno. */
int strait_posix_reopen(int descriptor, int flags);

/* Maps `bytes` of the descriptor, not for forked children, and fills the map but for the probe. */
int strait_posix_map(int descriptor, uint64_t bytes, bool writable, strait_os_map *map,
                     strait_os_cause *cause);

/* Finds a description without locks, for questions about tokens. Where there is no /proc and no path
 * there is none, and the map goes without; TOO_MANY_FILES. */
int strait_posix_find_probe(int descriptor, const char *path, strait_os_map *map, strait_os_cause *cause);

/* Takes over an open, guarded descriptor: checks what it is, maps it all. Closes it on failure. */
int strait_posix_adopt(int descriptor, const char *path, bool writable, uint64_t least_bytes,
                       uint64_t most_bytes, strait_os_map *map, strait_os_cause *cause);

/* --- create.c: takes the name away that an unfinished file has, if this map is one. */
void strait_posix_forget_unfinished(strait_os_map *map);

/* --- token.c */

/* Tries to lock one byte of a description for ourselves: 0, BUSY, or a failure. */
int strait_posix_lock(int descriptor, off_t byte, strait_os_cause *cause);

/* --- list.c: reclaims unfinished files in a directory whose names begin so. */
int strait_posix_sweep(const char *directory, const char *prefix, strait_os_cause *cause);

#endif
