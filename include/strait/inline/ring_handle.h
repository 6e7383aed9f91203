/* ring_handle.h - the part of a ring's handle that inlined code knows, and the calls' hot paths. Include
 * strait/ring.h, never this.
 *
 * The idea: one word, `form`, says what may be done here and now; what is out of the ordinary in any way (another
 * role, a span that is open, items that a dead reader may have seen) has its bit off and goes to the library. So the
 * ordinary case asks two questions, is the bit on and is this still the process that opened it, and then does the few
 * loads and stores of ring_one_one.h or ring_many.h.
 *
 * After publishing, one plain load tells whether anybody sleeps. The sleeper has paid for the order between that
 * load and the store before it: it made us pass a barrier; where that cannot be, FENCED stands in the word that we
 * load, and the library orders our memory (ring_wait.c).
 */
#ifndef STRAIT_INLINE_RING_HANDLE_H
#define STRAIT_INLINE_RING_HANDLE_H

#include <string.h>

#include <strait/inline/ring_many.h>
#include <strait/inline/ring_one_one.h>
#include <strait/segment.h>

#define STRAIT_RING_MANY_WRITERS_ 1u
#define STRAIT_RING_MANY_READERS_ 2u
#define STRAIT_RING_WRITING_ 4u  /* may write, and no span is reserved */
#define STRAIT_RING_READING_ 8u  /* may read, and no span is shown */
#define STRAIT_RING_FLAGGED_ 16u /* what comes next may have been seen by a dead reader */

/* What inlined code knows of a handle; frozen with STRAIT_ABI. The rest is the library's. */
typedef struct strait_ring {
    strait_ring_view view;
    const strait_u64
        *process; /* says epoch in the process that opened the ring, and never in a forked child */
    uint64_t epoch;
    uint32_t form; /* STRAIT_RING_*_ */
    uint32_t reserved_;
    uint64_t claim_at, claim_count; /* what reserve gave and neither commit nor cancel took back */
    uint64_t shown_at, shown_count; /* what peek gave and release did not take back */
    uint64_t told_skipped, told_overrun;
    uint64_t sent, received;
} strait_ring;

/* Items in place: `count` of them from position `first` on; strait_ring_at gives each. */
typedef struct strait_ring_span {
    uint64_t first;
    uint64_t count;
} strait_ring_span;

#ifdef __cplusplus
extern "C" {
#endif

/* The library's part of the calls: all that is out of the ordinary, tries that give nothing included. */
STRAIT_API int strait_ring_room_slowly_(strait_ring *ring, uint64_t want, strait_ring_span *span);
STRAIT_API int strait_ring_items_slowly_(strait_ring *ring, uint64_t want, strait_ring_span *span);
STRAIT_API int strait_ring_await_(strait_ring *ring, bool reading, uint64_t want, uint64_t deadline_ns,
                                  strait_ring_span *span);
STRAIT_API int strait_ring_remark_(strait_ring *ring);
STRAIT_API int strait_ring_refuse_(const strait_ring *ring, bool reading);
STRAIT_API void strait_ring_wake_(strait_ring *ring, bool readers);

#ifdef __cplusplus
}
#endif

static inline bool strait_ring_here_(const strait_ring *ring)
{
    return strait_u64_load_relaxed(ring->process) == ring->epoch;
}

/* Whether the library must see to sleepers, or to our memory's order, after we have published. */
static inline bool strait_ring_heeds_(const strait_u32 *asleep)
{
    return (strait_u32_load_relaxed(asleep) & (STRAIT_FORMAT_ASLEEP | STRAIT_FORMAT_FENCED)) != 0;
}

/* --- writing ---------------------------------------------------------------------------------------------- */

static inline uint64_t strait_ring_room_now_(strait_ring *ring, uint64_t want, uint64_t *first)
{
    *first = ring->view.next_write;
    if ((ring->form & (STRAIT_RING_MANY_WRITERS_ | STRAIT_RING_MANY_READERS_)) == 0) {
        return strait_ring_one_one_claim(&ring->view, want);
    }
    return (ring->form & STRAIT_RING_MANY_WRITERS_) != 0 ? strait_ring_many_claim(&ring->view, want, first)
                                                         : strait_ring_many_room(&ring->view, want);
}

static inline int strait_ring_room_(strait_ring *ring, uint64_t want, strait_ring_span *span)
{
    if ((ring->form & STRAIT_RING_WRITING_) != 0 && want != 0 && strait_ring_here_(ring)) {
        span->count = strait_ring_room_now_(ring, want, &span->first);
        if (span->count != 0) {
            return STRAIT_OK;
        }
    }
    return strait_ring_room_slowly_(ring, want, span);
}

static inline int strait_ring_room_until_(strait_ring *ring, uint64_t want, uint64_t deadline_ns,
                                          strait_ring_span *span)
{
    int rc = strait_ring_room_(ring, want, span);
    return rc == STRAIT_FULL ? strait_ring_await_(ring, false, want, deadline_ns, span) : rc;
}

static inline int strait_ring_opened_claim_(strait_ring *ring, int rc, const strait_ring_span *span)
{
    if (rc >= 0) {
        ring->form &= ~STRAIT_RING_WRITING_;
        ring->claim_at = span->first;
        ring->claim_count = span->count;
    }
    return rc;
}

/* Commits `count` of `claimed` items from `first` on, and wakes who sleeps. */
static inline void strait_ring_publish_(strait_ring *ring, uint64_t first, uint64_t count, uint64_t claimed)
{
    if ((ring->form & (STRAIT_RING_MANY_WRITERS_ | STRAIT_RING_MANY_READERS_)) == 0) {
        strait_ring_one_one_publish(&ring->view, count);
    } else if ((ring->form & STRAIT_RING_MANY_WRITERS_) != 0) {
        strait_ring_many_publish(&ring->view, first, count);
        if (count != claimed) {
            strait_ring_many_cancel(&ring->view, first + count, claimed - count);
        }
    } else {
        strait_ring_many_publish_one(&ring->view, count);
    }
    ring->sent += count;
    strait_fence_compiler();
    if (strait_ring_heeds_(&ring->view.shared->readers_asleep)) {
        strait_ring_wake_(ring, true);
    }
}

/* --- reading ---------------------------------------------------------------------------------------------- */

static inline uint64_t strait_ring_items_now_(strait_ring *ring, uint64_t want, uint64_t *first)
{
    if ((ring->form & (STRAIT_RING_MANY_WRITERS_ | STRAIT_RING_MANY_READERS_)) == 0) {
        *first = ring->view.next_read;
        return strait_ring_one_one_take(&ring->view, want);
    }
    if ((ring->form & STRAIT_RING_MANY_READERS_) != 0) {
        return strait_ring_many_take(&ring->view, want, first);
    }
    uint64_t count = strait_ring_many_ready(&ring->view, want);
    *first = ring->view.next_read;
    return count;
}

/* Whether there is something to tell about what we just took. */
static inline bool strait_ring_remarkable_(const strait_ring *ring)
{
    return ring->view.skipped != ring->told_skipped ||
           ((ring->form & STRAIT_RING_MANY_READERS_) != 0 &&
            strait_u64_load_relaxed(&ring->view.shared->overrun) != ring->told_overrun);
}

static inline int strait_ring_items_(strait_ring *ring, uint64_t want, strait_ring_span *span)
{
    if ((ring->form & (STRAIT_RING_READING_ | STRAIT_RING_FLAGGED_)) == STRAIT_RING_READING_ && want != 0 &&
        strait_ring_here_(ring)) {
        span->count = strait_ring_items_now_(ring, want, &span->first);
        if (span->count != 0) {
            bool plain = (ring->form & (STRAIT_RING_MANY_WRITERS_ | STRAIT_RING_MANY_READERS_)) == 0 ||
                         !strait_ring_remarkable_(ring);
            return plain ? STRAIT_OK : strait_ring_remark_(ring);
        }
    }
    return strait_ring_items_slowly_(ring, want, span);
}

static inline int strait_ring_items_until_(strait_ring *ring, uint64_t want, uint64_t deadline_ns,
                                           strait_ring_span *span)
{
    int rc = strait_ring_items_(ring, want, span);
    return rc == STRAIT_EMPTY ? strait_ring_await_(ring, true, want, deadline_ns, span) : rc;
}

static inline int strait_ring_opened_look_(strait_ring *ring, int rc, const strait_ring_span *span)
{
    if (rc >= 0) {
        /* Who reads them after us, should we die now, is told that we may have looked. */
        if ((ring->form & STRAIT_RING_MANY_READERS_) != 0) {
            strait_u64_store_relaxed(&ring->view.port->handed_at, span->first);
        } else {
            strait_u64_store_relaxed(&ring->view.shared->handed, span->first + span->count);
        }
        strait_fence_compiler();
        ring->form &= ~STRAIT_RING_READING_;
        ring->shown_at = span->first;
        ring->shown_count = span->count;
    }
    return rc;
}

/* Gives back `count` items from `first` on, and wakes who waits for room. */
static inline void strait_ring_give_back_(strait_ring *ring, uint64_t first, uint64_t count)
{
    if ((ring->form & (STRAIT_RING_MANY_WRITERS_ | STRAIT_RING_MANY_READERS_)) == 0) {
        strait_ring_one_one_release(&ring->view, count);
    } else if ((ring->form & STRAIT_RING_MANY_READERS_) != 0) {
        strait_ring_many_release(&ring->view, first, count);
    } else {
        strait_ring_many_release_one(&ring->view, count);
    }
    ring->received += count;
    strait_fence_compiler();
    if (strait_ring_heeds_(&ring->view.shared->writers_asleep)) {
        strait_ring_wake_(ring, false);
    }
}

/* --- copying ---------------------------------------------------------------------------------------------- */

/* Items of a span to and from `bytes` each, close together. */
static inline void strait_ring_copy_in_(strait_ring *ring, const strait_ring_span *span, const void *items,
                                        size_t bytes)
{
    const unsigned char *from = STRAIT_CAST_(const unsigned char *, items);
    for (uint64_t i = 0; i < span->count; i++) {
        memcpy(strait_ring_item(&ring->view, span->first + i), from + i * bytes, bytes);
    }
    strait_ring_publish_(ring, span->first, span->count, span->count);
}

static inline void strait_ring_copy_out_(strait_ring *ring, const strait_ring_span *span, void *items,
                                         size_t bytes)
{
    unsigned char *to = STRAIT_CAST_(unsigned char *, items);
    for (uint64_t i = 0; i < span->count; i++) {
        memcpy(to + i * bytes, strait_ring_item(&ring->view, span->first + i), bytes);
    }
    strait_ring_give_back_(ring, span->first, span->count);
}

static inline int strait_ring_send_bytes_(strait_ring *ring, const void *item, size_t bytes)
{
    strait_ring_span span;
    int rc = strait_ring_room_(ring, 1, &span);
    if (rc >= 0) {
        memcpy(strait_ring_item(&ring->view, span.first), item, bytes);
        strait_ring_publish_(ring, span.first, 1, 1);
    }
    return rc;
}

static inline int strait_ring_send_bytes_until_(strait_ring *ring, const void *item, size_t bytes,
                                                uint64_t deadline_ns)
{
    strait_ring_span span;
    int rc = strait_ring_room_until_(ring, 1, deadline_ns, &span);
    if (rc >= 0) {
        memcpy(strait_ring_item(&ring->view, span.first), item, bytes);
        strait_ring_publish_(ring, span.first, 1, 1);
    }
    return rc;
}

static inline int strait_ring_received_(strait_ring *ring, int rc, const strait_ring_span *span, void *item,
                                        size_t bytes)
{
    if (rc >= 0) {
        memcpy(item, strait_ring_item(&ring->view, span->first), bytes);
        strait_ring_give_back_(ring, span->first, 1);
    }
    return rc;
}

static inline int strait_ring_recv_bytes_(strait_ring *ring, void *item, size_t bytes)
{
    strait_ring_span span;
    int rc = strait_ring_items_(ring, 1, &span);
    return strait_ring_received_(ring, rc, &span, item, bytes);
}

static inline int strait_ring_recv_bytes_until_(strait_ring *ring, void *item, size_t bytes,
                                                uint64_t deadline_ns)
{
    strait_ring_span span;
    int rc = strait_ring_items_until_(ring, 1, deadline_ns, &span);
    return strait_ring_received_(ring, rc, &span, item, bytes);
}

static inline int strait_ring_send_batch_(strait_ring *ring, const void *items, size_t bytes, uint64_t count,
                                          uint64_t *sent)
{
    strait_ring_span span;
    int rc = strait_ring_room_(ring, count, &span);
    *sent = 0;
    if (rc >= 0) {
        strait_ring_copy_in_(ring, &span, items, bytes);
        *sent = span.count;
    }
    return rc;
}

static inline int strait_ring_send_batch_until_(strait_ring *ring, const void *items, size_t bytes,
                                                uint64_t count, uint64_t deadline_ns, uint64_t *sent)
{
    const unsigned char *from = STRAIT_CAST_(const unsigned char *, items);
    strait_ring_span span;
    *sent = 0;
    int rc;
    do {
        rc = strait_ring_room_until_(ring, count - *sent, deadline_ns, &span);
        if (rc >= 0) {
            strait_ring_copy_in_(ring, &span, from + *sent * bytes, bytes);
            *sent += span.count;
        }
    } while (rc >= 0 && *sent < count);
    return rc;
}

static inline int strait_ring_recv_batch_(strait_ring *ring, void *items, size_t bytes, uint64_t room,
                                          uint64_t *received)
{
    strait_ring_span span;
    int rc = strait_ring_items_(ring, room, &span);
    *received = 0;
    if (rc >= 0) {
        strait_ring_copy_out_(ring, &span, items, bytes);
        *received = span.count;
    }
    return rc;
}

static inline int strait_ring_recv_batch_until_(strait_ring *ring, void *items, size_t bytes, uint64_t room,
                                                uint64_t deadline_ns, uint64_t *received)
{
    strait_ring_span span;
    int rc = strait_ring_items_until_(ring, room, deadline_ns, &span);
    *received = 0;
    if (rc >= 0) {
        strait_ring_copy_out_(ring, &span, items, bytes);
        *received = span.count;
    }
    return rc;
}

#endif
