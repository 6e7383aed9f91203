/* segment.h - what this process believes about one segment. layer: object
 *
 * What all processes see is in strait/format.h. Here are private copies of the geometry, the map, who we are
 * in it, and the words for messages.
 */
#ifndef STRAIT_CORE_SEGMENT_H
#define STRAIT_CORE_SEGMENT_H

#include <strait/segment.h>

#include "core/fail.h"
#include "core/layout.h"
#include "core/os.h"

#define STRAIT_NOBODY UINT32_MAX
#define STRAIT_WHERE_MAX 384u

struct strait_segment {
    strait_os_map map;
    strait_os_place place;        /* its name points into this same allocation */
    strait_geometry geometry;     /* all 0 if raw */
    strait_header_format *header; /* NULL if raw */
    void *data;
    uint64_t data_bytes;
    uint64_t epoch;             /* of the process that opened it */
    uint32_t index, generation; /* our participant record; STRAIT_NOBODY for observers and raw */
    strait_role role;
    bool raw, created;
    strait_u32 sharers; /* objects of ours that keep it open, besides the one who opened it */
    strait_allocator allocator;
    size_t allocated_bytes;
    char where[STRAIT_WHERE_MAX]; /* `segment "orders"`, for messages */
};

/* Checks that a handle may be used here and now: BAD_ARGUMENT for NULL, FORKED in a child. */
int strait_segment_usable(const strait_segment *segment, const char *verb);

/* Keeps it open until one more strait_segment_close. */
void strait_segment_share(strait_segment *segment);

/* The sentence for a failed primitive: `verb where: what the system said`. */
int strait_fail_os(int result, const char *verb, const char *where, const strait_os_cause *cause);

/* `segment "orders"`, `file "/x"`, ... */
void strait_where_describe(char *where, size_t room, const strait_os_place *place, bool raw);

/* What a layout fault means, as a sentence. */
int strait_fail_layout(int result, const char *verb_where, const strait_layout_fault *fault);

/* `verb where` in one buffer, for the sentences that begin with it. */
typedef struct strait_prefix {
    char text[STRAIT_WHERE_MAX + 32];
} strait_prefix;

const char *strait_prefix_make(strait_prefix *prefix, const char *verb, const char *where);

/* A bounded, growing pause for moments in which a living process must finish first. False when patience
 * (or the deadline) is over. It never judges: the caller then says "not now". */
typedef struct strait_patience {
    uint64_t end_ns;
    uint64_t nap_ns;
} strait_patience;

#define STRAIT_PATIENCE_SECONDS 10u

strait_patience strait_patience_begin(uint64_t deadline_ns);
bool strait_patience_nap(strait_patience *patience);

#endif
