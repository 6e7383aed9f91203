/* world.h - where the back end under test keeps what others can see: which objects there are, what bytes they
 * have, how a job gets a world of its own, and how much is left in it. One file for each back end
 * (world_posix.c, world_sysv.c) answers; nothing else of the sweep knows which it is.
 */
#ifndef STRAIT_CRASH_WORLD_H
#define STRAIT_CRASH_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct part;

typedef struct world_facts {
    const char *backend;
    const char *place;  /* where the objects lie, for people */
    bool can_be_shared; /* without a world of its own a job can still tell its objects from others' */
    bool has_files;     /* objects are files: scenes about the ways to make one make sense */
    bool has_keys;      /* objects lie under keys beside each other: scenes about taken keys make sense */
    bool killed_leave;  /* what the killed held may be there until the next gc */
} world_facts;

extern const world_facts the_world;

/* An object as it is now. */
typedef struct world_object {
    char name[256];
    uint64_t facts;     /* hash of all that the system says of it, but its bytes */
    int64_t handle, at; /* the world's own: how to read it */
    uint64_t bytes;     /* so many of them */
} world_object;

/* Calls `see` for each of our objects. `victim` is the process whose operation is watched. */
void world_each(const char *mark, pid_t victim, void (*see)(void *context, const world_object *it),
                void *context);

/* Reads the bytes without pinning them or showing up in any count; -1 if they cannot be seen at present (and
 * then nobody who runs can change them). */
ssize_t world_read(const world_object *it, void *bytes, size_t room);
void world_release(const world_object *it);

/* Gives the calling process and its children a world of their own, which vanishes with them, and in which
 * nobody else's gc interferes. False where that is not permitted. */
bool world_isolate(void);

/* In a shared world: takes away what runs that were killed left there. */
void world_clear_leftovers(void);

/* Our objects that somebody may still find (`all`: or that merely take up room): how many; the first one's
 * name is copied. */
size_t world_left(const char *mark, bool all, char *first, size_t room);

/* Takes away all of ours. */
void world_sweep(const char *mark);

/* Bytes held; only telling in a world of its own. */
uint64_t world_bytes(void);

/* --- scenes that look different in each world; each runs in a part that is killed afterwards */

/* What a maker leaves that was killed before its object had a name. */
void world_leave_unfinished(struct part *p);

/* The same at its other stages; only where there are keys. */
void world_leave_unmarked(struct part *p);

/* Makes the victim's system refuse unnamed files, so that creation takes its other way; only with files. */
void world_refuse_unnamed_files(struct part *p);

/* Mixes bytes into a hash. */
uint64_t world_mix(uint64_t hash, const void *bytes, size_t count);

#endif
