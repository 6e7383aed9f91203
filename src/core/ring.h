/* ring.h - what this process believes about one ring. layer: object
 *
 * Its front is what inlined code knows (strait/inline/ring_handle.h); the rest is here.
 */
#ifndef STRAIT_CORE_RING_H
#define STRAIT_CORE_RING_H

#include <strait/ring.h>

#include "core/ring_layout.h"
#include "core/segment.h"

/* Tries in a row that gave nothing, on one side, while its cursor stood at `at`. */
typedef struct strait_ring_tries {
    uint64_t at;
    uint32_t count;
} strait_ring_tries;

typedef struct strait_ring_handle {
    strait_ring front; /* the first member: a strait_ring is the beginning of a handle */
    strait_ring_geometry geometry;
    strait_ring_judge judge;
    strait_segment *segment;
    uint64_t holder;             /* our word in ports and roles */
    strait_ring_options options; /* role, strategy, full, interruptible; the rest is not looked at again */
    bool is_writer, is_reader;   /* we hold the role of the one writer, of the one reader */
    bool finished;
    strait_ring_tries tries[2]; /* writing, reading */
    uint64_t waits;
    char where[STRAIT_WHERE_MAX];
} strait_ring_handle;

static inline strait_ring_handle *strait_ring_handle_of(strait_ring *ring)
{
    return (strait_ring_handle *)ring;
}

static inline const strait_ring_handle *strait_ring_handle_of_const(const strait_ring *ring)
{
    return (const strait_ring_handle *)ring;
}

static inline bool strait_ring_writes(const strait_ring_handle *h)
{
    return h->options.role == STRAIT_WRITER || h->options.role == STRAIT_BOTH;
}

static inline bool strait_ring_reads(const strait_ring_handle *h)
{
    return h->options.role == STRAIT_READER || h->options.role == STRAIT_BOTH;
}

/* A handle on the verified ring in these bytes of a segment that is open. On failure the caller closes the segment. */
/* A handle on the ring in these bytes of a segment that is open. On failure the caller closes the segment. */
int strait_ring_make(strait_segment *segment, void *bytes, const strait_ring_geometry *geometry,
                     const strait_ring_options *options, const char *where, const strait_prefix *prefix,
                     strait_ring **ring);

/* Checks the options and fills in the defaults; the geometry that a maker would give the ring. */
int strait_ring_check_options(strait_ring_options *options, const char *prefix,
                              strait_ring_geometry *geometry);

/* Whether the ring that is there is what the options ask for: 0, or SHAPE_MISMATCH with both sides named. `asked`
 * are the options before the defaults. */
int strait_ring_match(const strait_ring_geometry *there, const strait_ring_options *asked,
                      const char *prefix);

/* Finishes what the dead left, if there is any sign of it; true if it is worth trying again. */
bool strait_ring_look_for_the_dead(strait_ring_handle *h);

/* The sentence for a handle that may not be used for this. */
int strait_ring_refuse(const strait_ring_handle *h, bool reading, const char *why);

#endif
