/* tell.h - numbers and times for people */
#ifndef STRAIT_TOOLS_TELL_H
#define STRAIT_TOOLS_TELL_H

#include <stddef.h>
#include <stdint.h>
#include <strait/strait.h>

typedef struct words {
    char text[96];
} words;

words tell_bytes(uint64_t bytes);        /* "48.0 KiB" */
words tell_time(uint64_t wall_ns);       /* "2026-01-31 12:00:00 (3 min ago)" */
words tell_uuid(const uint8_t uuid[16]); /* "01234567-..." */
const char *tell_lifetime(strait_lifetime lifetime);
const char *tell_life(strait_life life);
const char *tell_role(strait_role role);
const char *tell_kind(uint32_t kind, words *room);

/* Text that came out of shared memory: what a terminal might obey is replaced. */
words tell_safely(const char *text);

#endif
