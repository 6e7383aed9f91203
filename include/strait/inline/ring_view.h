/* ring_view.h - what this process believes of one ring, and the small arithmetic that all rings share.
 *
 * Geometry is read once from the shared bytes, checked (strait_ring_verify), and used from here ever after:
 * positions that a corrupt peer writes are masked into the ring, so they can spoil items, never memory.
 *
 * A position counts items from the birth of the ring and never repeats (it has 62 bits); the slot of a
 * position is its low bits. A slot's state word carries the whole position, so a state from an earlier lap is
 * never taken for one of this lap:
 *
 *        FREE(p) --write--> FULL(p) --read--> FREE(p + slots)          one reader of one writer: FULL(p) stays,
 *           \                  \                                       the reader's cursor frees it
 *            +--> SKIP(p) -->   +--> TAKEN(p) --> FREE(p + slots)
 *          cancelled, or      its reader died;
 *          its writer died    somebody adopts it
 *
 * A view belongs to one thread. Freestanding: needs no library.
 */
#ifndef STRAIT_INLINE_RING_VIEW_H
#define STRAIT_INLINE_RING_VIEW_H

#include <strait/format.h>

typedef struct strait_ring_view {
    unsigned char *slots;
    uint64_t mask; /* slots - 1 */
    uint32_t slot_bytes;
    uint32_t item_at;
    uint32_t item_bytes;
    uint32_t port_index;
    strait_ring_format *shared;
    strait_port_format *port; /* ours */
    uint64_t next_write;      /* the one writer's: positions below are written */
    uint64_t write_limit;     /* one to one: positions below may be written */
    uint64_t next_read;       /* the one reader's: positions below are read */
    uint64_t credited;        /* one to one: the credit that we last showed */
    uint64_t credit_step;     /* ... and how much we may have read before we show it again */
    uint64_t orphans_seen;    /* many readers: strait_ring_format.orphans when we last looked for some */
    uint64_t skipped;         /* claims that came to nothing and that we stepped over */
    uint64_t seen_below;      /* the one reader's: a dead one before us may have looked at what lies below */
} strait_ring_view;

static inline uint64_t strait_slot_free(uint64_t position)
{
    return position << 2 | STRAIT_FORMAT_SLOT_FREE;
}

static inline uint64_t strait_slot_full(uint64_t position)
{
    return position << 2 | STRAIT_FORMAT_SLOT_FULL;
}

static inline uint64_t strait_slot_skip(uint64_t position)
{
    return position << 2 | STRAIT_FORMAT_SLOT_SKIP;
}

/* Keeps the low 46 bits of the position: an orphan is always within one lap of the head. */
static inline uint64_t strait_slot_taken(uint64_t position, uint32_t port)
{
    return position << 18 | STRAIT_CAST_(uint64_t, port & 0xffff) << 2 | STRAIT_FORMAT_SLOT_TAKEN;
}

static inline void *strait_ring_slot(const strait_ring_view *view, uint64_t position)
{
    return view->slots + STRAIT_CAST_(size_t, position & view->mask) * view->slot_bytes;
}

static inline strait_u64 *strait_ring_state(const strait_ring_view *view, uint64_t position)
{
    return STRAIT_CAST_(strait_u64 *, strait_ring_slot(view, position));
}

/* The bytes of the item at a position. */
static inline void *strait_ring_item(const strait_ring_view *view, uint64_t position)
{
    return STRAIT_CAST_(unsigned char *, strait_ring_slot(view, position)) + view->item_at;
}

/* Says that we make no claim: a failed operation leaves no intent behind that somebody could mistake for a
 * claim of the same position by another. */
static inline void strait_ring_intend_no_write(const strait_ring_view *view)
{
    strait_u64_store_relaxed(&view->port->write_at, STRAIT_FORMAT_NOWHERE);
}

static inline void strait_ring_intend_no_read(const strait_ring_view *view)
{
    strait_u64_store_relaxed(&view->port->read_at, STRAIT_FORMAT_NOWHERE);
}

#endif
