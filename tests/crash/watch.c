/* watch.c - the shared state, cheaply: what there is is listed only after system calls, bytes are compared
 * with those of the last look and hashed only when they differ.
 */
#define _GNU_SOURCE
#include "watch.h"

#include <stdlib.h>
#include <string.h>

uint64_t world_mix(uint64_t hash, const void *bytes, size_t count)
{
    const unsigned char *p = bytes;
    uint64_t word;
    for (; count >= sizeof word; p += sizeof word, count -= sizeof word) {
        memcpy(&word, p, sizeof word);
        hash = (hash ^ word) * UINT64_C(0x9E3779B97F4A7C15);
        hash ^= hash >> 29;
    }
    for (; count > 0; p++, count--) {
        hash = (hash ^ *p) * UINT64_C(0x100000001B3);
    }
    return hash;
}

bool watch_open(watch *w, const char *mark)
{
    memset(w, 0, sizeof *w);
    w->mark = mark;
    w->before = calloc(WATCH_OBJECTS, sizeof *w->before);
    return w->before != NULL;
}

void watch_restart(watch *w, pid_t victim)
{
    for (size_t i = 0; i < w->count; i++) {
        world_release(&w->objects[i]);
    }
    w->victim = victim;
    w->count = 0;
    w->names = 0;
    w->state = 0;
}

void watch_close(watch *w)
{
    watch_restart(w, 0);
    free(w->before);
}

static void note(void *context, const world_object *it)
{
    watch *w = context;
    if (w->count == WATCH_OBJECTS) {
        world_release(it);
    } else {
        w->objects[w->count++] = *it;
    }
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const world_object *)a)->name, ((const world_object *)b)->name);
}

/* Lists anew; true if the listing differs from the last. */
static bool list(watch *w)
{
    uint64_t before = w->names;
    watch_restart(w, w->victim);
    world_each(w->mark, w->victim, note, w);
    qsort(w->objects, w->count, sizeof w->objects[0], by_name);
    w->names = UINT64_C(0xCBF29CE484222325);
    for (size_t i = 0; i < w->count; i++) {
        const world_object *it = &w->objects[i];
        w->names = world_mix(w->names, it->name, strlen(it->name));
        w->names = world_mix(w->names, &it->facts, sizeof it->facts);
    }
    return w->names != before;
}

/* Reads one object's bytes; true if they differ from the last look. */
static bool read_bytes(watch *w, size_t i)
{
    static unsigned char now[WATCH_BYTES];
    ssize_t got = world_read(&w->objects[i], now, sizeof now);
    if (got < 0) { /* out of sight: as it was */
        return false;
    }
    size_t count = (size_t)got;
    if (memcmp(w->before[i], now, count) == 0 && w->bytes[i] != 0) {
        return false;
    }
    memcpy(w->before[i], now, count);
    w->bytes[i] = world_mix(UINT64_C(0x84222325CBF29CE4), now, count) | 1u;
    return true;
}

bool watch_look(void *context, bool after_call, uint64_t *state)
{
    watch *w = context;
    bool first = w->names == 0;
    bool changed = (after_call || first) && list(w);
    if (changed) {
        memset(w->bytes, 0, sizeof w->bytes);
    }
    for (size_t i = 0; i < w->count; i++) {
        changed = read_bytes(w, i) || changed;
    }
    if (changed) {
        uint64_t hash = w->names;
        for (size_t i = 0; i < w->count; i++) {
            hash = world_mix(hash, &w->bytes[i], sizeof w->bytes[i]);
        }
        w->state = hash;
    }
    *state = w->state;
    return changed && !first;
}
