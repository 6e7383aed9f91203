/* world_posix.h - what the two halves of the posix back end keep in different places. */
#ifndef STRAIT_CRASH_WORLD_POSIX_H
#define STRAIT_CRASH_WORLD_POSIX_H

#include "world.h"

#define WORLD_POSIX_DIRECTORY "/dev/shm"

/* Whether a name in it is of this run. */
bool world_posix_ours(const char *name, const char *mark);

/* What else must be of our own, once the directory is. */
bool world_posix_isolate(void);

/* What a maker leaves that was killed half-way, where there are no unnamed files: a descriptor of its bytes. */
int world_posix_unfinished(void);

#endif
