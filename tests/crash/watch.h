/* watch.h - what the shared state is at this moment: which objects of ours there are, what the system says of
 * each, and the bytes in them. The stepper asks after each instruction; what there is can change only in a
 * system call, so it is listed anew only after one.
 */
#ifndef STRAIT_CRASH_WATCH_H
#define STRAIT_CRASH_WATCH_H

#include "world.h"

#define WATCH_OBJECTS 48
#define WATCH_BYTES 65536

typedef struct watch {
    const char *mark; /* names that contain it are ours */
    pid_t victim;
    world_object objects[WATCH_OBJECTS];
    size_t count;
    uint64_t names;                       /* hash of the listing */
    uint64_t bytes[WATCH_OBJECTS];        /* hash of each object's bytes */
    unsigned char (*before)[WATCH_BYTES]; /* the bytes at the last look */
    uint64_t state;
} watch;

bool watch_open(watch *w, const char *mark);
void watch_close(watch *w);

/* Forgets what was seen; from now on the victim is this process. */
void watch_restart(watch *w, pid_t victim);

/* A stepper_watcher. */
bool watch_look(void *context, bool after_call, uint64_t *state);

#endif
