/* watch.h - what the shared state is at this moment: the directory's names of ours (with inode and links,
 * in the order of their appearance) and the bytes behind them. The stepper asks after each instruction;
 * names can change only in a system call, so the directory is read anew only after one.
 */
#ifndef STRAIT_CRASH_WATCH_H
#define STRAIT_CRASH_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define WATCH_FILES 12
#define WATCH_BYTES 65536

typedef struct watch_file {
    char name[256];
    ino_t inode;
    nlink_t links;
    off_t size;
    int descriptor;
} watch_file;

typedef struct watch {
    const char *directory;
    const char *mark; /* names that contain it are ours */
    watch_file files[WATCH_FILES];
    size_t count;
    uint64_t names;                       /* hash of the listing */
    uint64_t bytes[WATCH_FILES];          /* hash of each file's bytes */
    unsigned char (*before)[WATCH_BYTES]; /* the bytes at the last look */
    uint64_t state;
} watch;

bool watch_open(watch *w, const char *directory, const char *mark);
void watch_close(watch *w);

/* Forgets what was seen. */
void watch_restart(watch *w);

/* A stepper_watcher. */
bool watch_look(void *context, bool after_call, uint64_t *state);

/* Lists our names: how many there are; the first of them is copied. */
size_t watch_names(const char *directory, const char *mark, char *first, size_t room);

/* Takes away all our names. */
void watch_sweep(const char *directory, const char *mark);

#endif
