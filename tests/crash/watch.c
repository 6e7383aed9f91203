/* watch.c - the shared state, cheaply: the directory is listed only after system calls, bytes are compared
 * with those of the last look and hashed only when they differ. The files are read, never mapped, so that
 * watching pins no mapping and holds no lock.
 */
#define _GNU_SOURCE
#include "watch.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static uint64_t mix(uint64_t hash, const void *bytes, size_t count)
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

bool watch_open(watch *w, const char *directory, const char *mark)
{
    memset(w, 0, sizeof *w);
    w->directory = directory;
    w->mark = mark;
    w->before = calloc(WATCH_FILES, sizeof *w->before);
    return w->before != NULL;
}

void watch_restart(watch *w)
{
    for (size_t i = 0; i < w->count; i++) {
        (void)close(w->files[i].descriptor);
    }
    w->count = 0;
    w->names = 0;
    w->state = 0;
}

void watch_close(watch *w)
{
    watch_restart(w);
    free(w->before);
}

/* Calls `see` for each name of ours. */
static void each_name(const char *directory, const char *mark, void (*see)(void *, int, const char *),
                      void *context)
{
    DIR *d = opendir(directory);
    if (d == NULL) {
        return;
    }
    const struct dirent *e;
    while ((e = readdir(d)) != NULL) {
        if (strstr(e->d_name, mark) != NULL) {
            see(context, dirfd(d), e->d_name);
        }
    }
    (void)closedir(d);
}

static void note_file(void *context, int directory, const char *name)
{
    watch *w = context;
    struct stat about;
    if (w->count == WATCH_FILES || fstatat(directory, name, &about, AT_SYMLINK_NOFOLLOW) != 0) {
        return;
    }
    watch_file *f = &w->files[w->count++];
    memset(f, 0, sizeof *f);
    (void)snprintf(f->name, sizeof f->name, "%s", name);
    f->inode = about.st_ino;
    f->links = about.st_nlink;
    f->size = about.st_size;
    f->descriptor = openat(directory, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const watch_file *)a)->name, ((const watch_file *)b)->name);
}

/* Lists anew; true if the listing differs from the last. */
static bool list(watch *w)
{
    uint64_t before = w->names;
    watch_restart(w);
    each_name(w->directory, w->mark, note_file, w);
    qsort(w->files, w->count, sizeof w->files[0], by_name);
    w->names = UINT64_C(0xCBF29CE484222325);
    for (size_t i = 0; i < w->count; i++) {
        const watch_file *f = &w->files[i];
        w->names = mix(w->names, f->name, strlen(f->name));
        w->names = mix(w->names, &f->inode, sizeof f->inode);
        w->names = mix(w->names, &f->links, sizeof f->links);
        w->names = mix(w->names, &f->size, sizeof f->size);
    }
    return w->names != before;
}

/* Reads one file's bytes; true if they differ from the last look. */
static bool read_bytes(watch *w, size_t i)
{
    static unsigned char now[WATCH_BYTES];
    ssize_t got = w->files[i].descriptor < 0 ? 0 : pread(w->files[i].descriptor, now, sizeof now, 0);
    size_t count = got < 0 ? 0 : (size_t)got;
    if (memcmp(w->before[i], now, count) == 0 && w->bytes[i] != 0) {
        return false;
    }
    memcpy(w->before[i], now, count);
    w->bytes[i] = mix(UINT64_C(0x84222325CBF29CE4), now, count) | 1u;
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
            hash = mix(hash, &w->bytes[i], sizeof w->bytes[i]);
        }
        w->state = hash;
    }
    *state = w->state;
    return changed && !first;
}

typedef struct names {
    size_t count;
    char *first;
    size_t room;
} names;

static void count_name(void *context, int directory, const char *name)
{
    names *n = context;
    (void)directory;
    if (n->count++ == 0 && n->room > 0) {
        (void)snprintf(n->first, n->room, "%s", name);
    }
}

size_t watch_names(const char *directory, const char *mark, char *first, size_t room)
{
    names n = {.first = first, .room = room};
    each_name(directory, mark, count_name, &n);
    return n.count;
}

static void take_away(void *context, int directory, const char *name)
{
    (void)context;
    (void)unlinkat(directory, name, 0);
}

void watch_sweep(const char *directory, const char *mark)
{
    each_name(directory, mark, take_away, NULL);
}
