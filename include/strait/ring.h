/* ring.h - queues of fixed-size items between processes.
 *
 *     STRAIT_RING_OF(order_ring, struct order)
 *
 *     order_ring *ring;
 *     int rc = order_ring_open("orders", &(strait_ring_options){.role = STRAIT_WRITER, .slots = 4096}, &ring);
 *     rc = order_ring_send(ring, &order, strait_deadline_ms(50));
 *
 * One or many writers, one or many readers; each item goes to one reader. Any process may be killed at any
 * instruction: what a send that returned has committed is delivered, what a receive that returned has
 * delivered does not come again, and nobody else stops. Items of one writer come in its order, but for those
 * whose reader died: another reader gets them when it finds nothing else.
 *
 * A handle belongs to one thread at a time; strait_ring_clone gives another thread its own. In a forked child every
 * call answers FORKED (but close, which frees the child's copy): it opens anew. That costs one load and one compare
 * in each call, of a word that the system wipes in a child; no call of the system.
 *
 * FULL, EMPTY, CLOSED and TIMED_OUT are no failures and leave strait_last_error as it is.
 *
 * Progress: the try forms are wait-free for the one writer and the one reader and lock-free for several. They
 * enter the kernel only to wake somebody who sleeps and, now and then while a claim of another stands in the way, to
 * ask whether the claimant is dead.
 */
#ifndef STRAIT_RING_H
#define STRAIT_RING_H

#include <string.h>

#include <strait/inline/ring_handle.h>

typedef enum strait_sides {
    STRAIT_ONE = 1, /* a second living one is refused; a dead one's place passes on */
    STRAIT_MANY = 2
} strait_sides;

typedef enum strait_strategy {
    STRAIT_ADAPTIVE = 0, /* spins a little, yields, then sleeps */
    STRAIT_SPIN = 1,     /* never leaves the processor: on purpose */
    STRAIT_YIELD = 2,    /* lets others run between looks, never sleeps */
    STRAIT_SLEEP = 3     /* sleeps at once */
} strait_strategy;

/* What a writer does when the ring is full. Each handle chooses for itself. */
typedef enum strait_full {
    STRAIT_FULL_WAITS = 0,   /* the try forms say FULL, the others wait */
    STRAIT_FULL_REFUSES = 1, /* all say FULL at once */
    STRAIT_FULL_OVERWRITES =
        2 /* the one writer of a ring for STRAIT_MANY readers takes the oldest item that no reader
                                  holds; readers get the remark OVERRUN. FULL (and waiting) only while the oldest
                                  one is held */
} strait_full;

/* Leave out what you do not need. What says "made" is compared if the ring is there already; 0 is content with
 * what there is. */
typedef struct strait_ring_options {
    strait_role role;
    strait_how how;
    uint32_t slots;       /* made: capacity, rounded up to a power of two, at most 2^31; 0 = 4096 */
    strait_sides writers; /* made: 0 = STRAIT_ONE */
    strait_sides readers; /* made: 0 = STRAIT_ONE, or STRAIT_MANY if the maker overwrites */
    uint32_t item_bytes;  /* made: 1 byte to 1 GiB; 0 = those of the record */
    uint32_t item_align;  /* made: a power of two up to 64; 0 = 8, and less counts as 8 */
    uint32_t ports;       /* at creation: how many handles at once, observers apart; 0 = 64 */
    bool drop_seen;     /* at creation: an item that a dead reader may have looked at in place is dropped and
                             counted; else another reader gets it, with the remark REDELIVERED */
    bool interruptible; /* a signal ends sleeping with INTERRUPTED; else waiting goes on */
    strait_strategy strategy;
    strait_full full;
    const strait_record *record; /* made: layout of an item; NULL = compare its size only */
    uint64_t deadline_ns;        /* attach: how long to wait for the name to appear */
    uint64_t max_bytes;          /* refuse to create or map more than this in all; 0 = no quota */
    strait_lifetime lifetime;    /* at creation */
    uint32_t mode;               /* at creation: access rights; 0 = 0600 */
    const strait_allocator *allocator;
} strait_ring_options;

typedef struct strait_ring_info {
    uint64_t items; /* a moment ago; claims under way included */
    uint64_t capacity;
    uint64_t sent, received; /* by this handle */
    uint64_t waits;          /* how often this handle slept */
    uint64_t claimed, taken; /* positions, by anyone since the ring was made */
    uint64_t skipped;        /* claims of dead writers */
    uint64_t redelivered;    /* items whose reader died and that another one got */
    uint64_t dropped;        /* items that a dead reader may have looked at and nobody got (drop_seen) */
    uint64_t overrun;        /* items that were overwritten */
    uint32_t item_bytes, item_align;
    uint32_t ports, ports_held;
    strait_sides writers, readers;
    bool drop_seen;
    bool finished; /* some writer has finished, and no new one came since */
} strait_ring_info;

#ifdef __cplusplus
extern "C" {
#endif

STRAIT_API int strait_ring_open_abi(const char *name, const strait_ring_options *options,
                                    size_t options_bytes, uint32_t abi, strait_ring **ring);

/* Opens a ring in a segment of its own; *ring is NULL unless it succeeds. Anyone may call it, in any order and at
 * once. An observer attaches only, sees the figures, and needs no right to write. Results are those of
 * strait_segment_open, and
 * ROLE_TAKEN      the one writer (or reader) is another living handle: the sentence says whose
 * CROWDED         every port is held by a living handle
 * SHAPE_MISMATCH  made with other slots, writers, readers or items: the sentence names both sides
 * BAD_SIZE        such a ring cannot be */
static inline int strait_ring_open(const char *name, const strait_ring_options *options, strait_ring **ring)
{
    return strait_ring_open_abi(name, options, sizeof(strait_ring_options), STRAIT_ABI, ring);
}

STRAIT_API int strait_ring_place_abi(strait_segment *segment, const char *name,
                                     const strait_ring_options *options, size_t options_bytes, uint32_t abi,
                                     strait_ring **ring);

/* The same in a segment that is open already: finds the ring of that name in it, or makes it in the room that is
 * left (strait_segment_place). Of the options, `how`, `lifetime`, `mode`, `max_bytes` and `allocator` are
 * the segment's. The bytes stay until both ring and segment are closed. */
static inline int strait_ring_place(strait_segment *segment, const char *name,
                                    const strait_ring_options *options, strait_ring **ring)
{
    return strait_ring_place_abi(segment, name, options, sizeof(strait_ring_options), STRAIT_ABI, ring);
}

/* Leaves. What was reserved and not committed is cancelled; what was shown and not released goes to the next
 * reader. NULL is fine. Results are those of strait_segment_close. */
STRAIT_API int strait_ring_close(strait_ring *ring);

/* Removes the ring's name, as strait_segment_remove does. */
STRAIT_API int strait_ring_remove(const char *name);

/* Another handle on the same ring, for another thread, with the same options but for its role. CROWDED; ROLE_TAKEN
 * for the side that takes one only; FORKED; BAD_ARGUMENT; READ_ONLY for an observer's; NO_MEMORY. */
STRAIT_API int strait_ring_clone(const strait_ring *ring, strait_role role, strait_ring **clone);

/* Says that this writer sends no more (its sends answer CLOSED). Readers get CLOSED after the last item, once some
 * writer has finished and no living writer is left that has not; a new writer opens the stream again. 0;
 * WRONG_ROLE; BAD_ARGUMENT while a span is reserved; FORKED. */
STRAIT_API int strait_ring_finish(strait_ring *ring);

/* How the ring stands. Anyone may call it, observers too. 0; BAD_ARGUMENT; FORKED. Wait-free. */
STRAIT_API int strait_ring_stat(const strait_ring *ring, strait_ring_info *info);

#ifdef __cplusplus
}
#endif

/* --- how much -------------------------------------------------------------------------------------------- */

static inline uint64_t strait_ring_capacity(const strait_ring *ring)
{
    return ring->view.mask + 1;
}

/* Items in the ring, a moment ago; claims under way included. 0 in a forked child. */
static inline uint64_t strait_ring_size(const strait_ring *ring)
{
    if (!strait_ring_here_(ring)) {
        return 0;
    }
    uint64_t head = strait_u64_load_relaxed(&ring->view.shared->head);
    uint64_t count = strait_u64_load_relaxed(&ring->view.shared->tail) - head;
    return count <= ring->view.mask + 1 ? count : count >> 63 != 0 ? 0 : ring->view.mask + 1;
}

static inline bool strait_ring_empty(const strait_ring *ring)
{
    return strait_ring_size(ring) == 0;
}

/* --- in place -------------------------------------------------------------------------------------------- */

/* The bytes of an item of a span, by position (span.first + i): a span may go round the end of the ring. */
static inline void *strait_ring_at(const strait_ring *ring, uint64_t position)
{
    return strait_ring_item(&ring->view, position);
}

/* Room for up to `want` items (at least one), to be written in place and then committed or cancelled; one span
 * at a time. 0; FULL; CLOSED after finish; WRONG_ROLE; BAD_ARGUMENT (want is 0, or a span is open); FORKED. */
static inline int strait_ring_try_reserve(strait_ring *ring, uint64_t want, strait_ring_span *span)
{
    return strait_ring_opened_claim_(ring, strait_ring_room_(ring, want, span), span);
}

/* The same, and waits for room: also TIMED_OUT, INTERRUPTED. */
static inline int strait_ring_reserve(strait_ring *ring, uint64_t want, uint64_t deadline_ns,
                                      strait_ring_span *span)
{
    return strait_ring_opened_claim_(ring, strait_ring_room_until_(ring, want, deadline_ns, span), span);
}

/* Commits the first `count` items of the span and cancels the others. 0; BAD_ARGUMENT if no span is open or
 * it is shorter; FORKED. Wait-free. */
static inline int strait_ring_commit(strait_ring *ring, uint64_t count)
{
    if (ring->claim_count == 0 || count > ring->claim_count || !strait_ring_here_(ring)) {
        return strait_ring_refuse_(ring, false);
    }
    uint64_t claimed = ring->claim_count;
    ring->claim_count = 0;
    ring->form |= STRAIT_RING_WRITING_;
    strait_ring_publish_(ring, ring->claim_at, count, claimed);
    return STRAIT_OK;
}

/* Gives the whole span back. */
static inline int strait_ring_cancel(strait_ring *ring)
{
    return strait_ring_commit(ring, 0);
}

/* Up to `want` items (at least one), to be read in place and then released; one span at a time. 0; SKIPPED,
 * REDELIVERED, OVERRUN: you have them, and know this; EMPTY; CLOSED; WRONG_ROLE; BAD_ARGUMENT (want is 0, or a span
 * is open); FORKED. */
static inline int strait_ring_try_peek(strait_ring *ring, uint64_t want, strait_ring_span *span)
{
    return strait_ring_opened_look_(ring, strait_ring_items_(ring, want, span), span);
}

/* The same, and waits for an item: also TIMED_OUT, INTERRUPTED. */
static inline int strait_ring_peek(strait_ring *ring, uint64_t want, uint64_t deadline_ns,
                                   strait_ring_span *span)
{
    return strait_ring_opened_look_(ring, strait_ring_items_until_(ring, want, deadline_ns, span), span);
}

/* Gives back the first `count` items of the span: they are delivered. The others stay shown. 0; BAD_ARGUMENT if no
 * span is open or it is shorter; FORKED. Wait-free. */
static inline int strait_ring_release(strait_ring *ring, uint64_t count)
{
    if (ring->shown_count == 0 || count > ring->shown_count || !strait_ring_here_(ring)) {
        return strait_ring_refuse_(ring, true);
    }
    uint64_t first = ring->shown_at;
    ring->shown_at += count;
    ring->shown_count -= count;
    strait_ring_give_back_(ring, first, count);
    if (ring->shown_count == 0) {
        ring->form |= STRAIT_RING_READING_;
    }
    return STRAIT_OK;
}

/* --- copying --------------------------------------------------------------------------------------------- */

/* Sends one item. 0; FULL; CLOSED after finish; WRONG_ROLE; BAD_ARGUMENT while a span is reserved; FORKED. */
static inline int strait_ring_try_send(strait_ring *ring, const void *item)
{
    return strait_ring_send_bytes_(ring, item, ring->view.item_bytes);
}

/* The same, and waits for room: also TIMED_OUT, INTERRUPTED. */
static inline int strait_ring_send(strait_ring *ring, const void *item, uint64_t deadline_ns)
{
    return strait_ring_send_bytes_until_(ring, item, ring->view.item_bytes, deadline_ns);
}

/* Receives one item. 0; SKIPPED, REDELIVERED, OVERRUN: you have it, and know this; EMPTY; CLOSED; WRONG_ROLE;
 * BAD_ARGUMENT while a span is shown; FORKED. */
static inline int strait_ring_try_recv(strait_ring *ring, void *item)
{
    return strait_ring_recv_bytes_(ring, item, ring->view.item_bytes);
}

/* The same, and waits for an item: also TIMED_OUT, INTERRUPTED. */
static inline int strait_ring_recv(strait_ring *ring, void *item, uint64_t deadline_ns)
{
    return strait_ring_recv_bytes_until_(ring, item, ring->view.item_bytes, deadline_ns);
}

/* Batches: as many of the `count` items, which lie close together, as there is room for (at least one; *sent tells);
 * up to `room` items (at least one; *received tells). Results as for one item. */
static inline int strait_ring_try_send_many(strait_ring *ring, const void *items, uint64_t count,
                                            uint64_t *sent)
{
    return strait_ring_send_batch_(ring, items, ring->view.item_bytes, count, sent);
}

/* All of them, by the deadline: else TIMED_OUT or INTERRUPTED or FULL, and *sent tells how many went. */
static inline int strait_ring_send_many(strait_ring *ring, const void *items, uint64_t count,
                                        uint64_t deadline_ns, uint64_t *sent)
{
    return strait_ring_send_batch_until_(ring, items, ring->view.item_bytes, count, deadline_ns, sent);
}

static inline int strait_ring_try_recv_many(strait_ring *ring, void *items, uint64_t room, uint64_t *received)
{
    return strait_ring_recv_batch_(ring, items, ring->view.item_bytes, room, received);
}

/* Waits for the first one only. */
static inline int strait_ring_recv_many(strait_ring *ring, void *items, uint64_t room, uint64_t deadline_ns,
                                        uint64_t *received)
{
    return strait_ring_recv_batch_until_(ring, items, ring->view.item_bytes, room, deadline_ns, received);
}

/* --- typed ------------------------------------------------------------------------------------------------ */

#include <strait/inline/ring_typed.h>

#endif
