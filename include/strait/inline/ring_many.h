/* ring_many.h - several writers, several readers, or both: positions are claimed, and no claim is anonymous.
 *
 * The idea: write your intent into your own port; take with one compare-and-swap; publish with one release
 * store. Whoever sees the cursor moved over p, while the slot of p is not what it should have become, also
 * sees the intent of whom the claim belongs to: if that one is dead (a fact from the kernel), and nobody
 * living intends p, then anyone may finish the claim by a compare-and-swap from exactly that state
 * (ring_repair.c). A slow one is never robbed.
 *
 * A side that has one member only needs no claim: its cursor is its own, and a successor finds the place.
 *
 * Progress: each call is lock-free (somebody else's claim made us try again), with one writer or reader
 * wait-free; it never enters the kernel.
 */
#ifndef STRAIT_INLINE_RING_MANY_H
#define STRAIT_INLINE_RING_MANY_H

#include <strait/inline/ring_view.h>

/* --- writing -------------------------------------------------------------------------------------------- */

/* How many slots in a row, up to `want`, may be written from `position` on. */
static inline uint64_t strait_ring_many_free(const strait_ring_view *view, uint64_t position, uint64_t want)
{
    uint64_t count = 0;
    for (; count < want && count <= view->mask; count++) {
        /* [ring.free] acquire: the reader's copying out comes before our writing over it. */
        if (strait_u64_load_acquire(strait_ring_state(view, position + count)) !=
            strait_slot_free(position + count)) {
            break;
        }
    }
    return count;
}

/* Claims up to `want` slots for one of several writers, from *first on: how many. 0 = full. */
static inline uint64_t strait_ring_many_claim(strait_ring_view *view, uint64_t want, uint64_t *first)
{
    strait_ring_format *ring = view->shared;
    uint64_t at = strait_u64_load_relaxed(&ring->tail);
    for (;;) {
        uint64_t count = strait_ring_many_free(view, at, want);
        if (count == 0) {
            uint64_t now = strait_u64_load_relaxed(&ring->tail);
            if (now == at) {
                strait_ring_intend_no_write(view);
                return 0;
            }
            at = now;
            continue;
        }
        strait_u64_store_relaxed(&view->port->write_count, count);
        strait_u64_store_relaxed(&view->port->write_at, at);
        /* [ring.claim] release: who sees the tail past `at` sees who intended that. */
        if (strait_u64_cas_release(&ring->tail, &at, at + count)) {
            *first = at;
            return count;
        }
    }
}

/* The one writer of several readers: room for up to `want` items from view->next_write on. 0 = full. */
static inline uint64_t strait_ring_many_room(const strait_ring_view *view, uint64_t want)
{
    return strait_ring_many_free(view, view->next_write, want);
}

/* Commits `count` claimed items from `first` on, in order. */
static inline void strait_ring_many_publish(const strait_ring_view *view, uint64_t first, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        /* [ring.publish] release: who sees FULL sees the item. */
        strait_u64_store_release(strait_ring_state(view, first + i), strait_slot_full(first + i));
    }
}

/* Gives up `count` claimed slots from `first` on: readers step over them. */
static inline void strait_ring_many_cancel(const strait_ring_view *view, uint64_t first, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        /* [ring.publish] release: what we wrote there comes before anyone writes there again. */
        strait_u64_store_release(strait_ring_state(view, first + i), strait_slot_skip(first + i));
    }
}

/* Commits as the one writer of several readers. */
static inline void strait_ring_many_publish_one(strait_ring_view *view, uint64_t count)
{
    strait_ring_many_publish(view, view->next_write, count);
    view->next_write += count;
    strait_u64_store_relaxed(&view->shared->tail, view->next_write); /* for a successor */
}

/* --- reading -------------------------------------------------------------------------------------------- */

/* How many items in a row, up to `want`, are committed from `position` on. */
static inline uint64_t strait_ring_many_full(const strait_ring_view *view, uint64_t position, uint64_t want)
{
    uint64_t count = 0;
    for (; count < want && count <= view->mask; count++) {
        /* [ring.publish] acquire: we see the item that FULL announces. */
        if (strait_u64_load_acquire(strait_ring_state(view, position + count)) !=
            strait_slot_full(position + count)) {
            break;
        }
    }
    return count;
}

/* Gives back `count` slots from `first` on. */
static inline void strait_ring_many_release(const strait_ring_view *view, uint64_t first, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        /* [ring.free] release: we have copied out; from here on the item is delivered. */
        strait_u64_store_release(strait_ring_state(view, first + i),
                                 strait_slot_free(first + i + view->mask + 1));
    }
}

/* Takes `count` slots from *at on for one of several readers: true, or *at tells where the head is now. */
static inline bool strait_ring_many_grab(const strait_ring_view *view, uint64_t *at, uint64_t count)
{
    strait_u64_store_relaxed(&view->port->read_count, count);
    strait_u64_store_relaxed(&view->port->read_at, *at);
    /* [ring.take] release: who sees the head past *at sees who intended that. */
    return strait_u64_cas_release(&view->shared->head, at, *at + count);
}

/* Takes up to `want` items for one of several readers, from *first on: how many. 0 = none to be seen: the ring is
 * empty, or a claim before them is not finished. */
static inline uint64_t strait_ring_many_take(strait_ring_view *view, uint64_t want, uint64_t *first)
{
    strait_ring_format *ring = view->shared;
    uint64_t at = strait_u64_load_relaxed(&ring->head);
    for (;;) {
        uint64_t count = strait_ring_many_full(view, at, want);
        if (count > 0) {
            if (strait_ring_many_grab(view, &at, count)) {
                *first = at;
                return count;
            }
            continue;
        }
        /* [ring.publish] acquire: who made it a SKIP is done with the slot. */
        if (strait_u64_load_acquire(strait_ring_state(view, at)) == strait_slot_skip(at)) {
            if (strait_ring_many_grab(view, &at, 1)) {
                strait_ring_many_release(view, at, 1);
                view->skipped++;
                at++;
            }
            continue;
        }
        uint64_t now = strait_u64_load_relaxed(&ring->head);
        if (now == at) {
            strait_ring_intend_no_read(view);
            return 0;
        }
        at = now;
    }
}

/* The one reader of several writers: items to read, up to `want`, from view->next_read on. 0 = none to be
 * seen. */
static inline uint64_t strait_ring_many_ready(strait_ring_view *view, uint64_t want)
{
    for (;;) {
        uint64_t count = strait_ring_many_full(view, view->next_read, want);
        uint64_t at = view->next_read;
        /* [ring.publish] acquire: who made it a SKIP is done with the slot. */
        if (count > 0 || strait_u64_load_acquire(strait_ring_state(view, at)) != strait_slot_skip(at)) {
            return count;
        }
        strait_ring_many_release(view, at, 1);
        view->next_read = at + 1;
        strait_u64_store_relaxed(&view->shared->head, view->next_read);
        view->skipped++;
    }
}

/* The one writer of several readers makes room by taking the oldest item, as a reader would: true if the slot that it
 * writes next is free now. It never takes what a reader holds. */
static inline bool strait_ring_many_overwrite(strait_ring_view *view)
{
    uint64_t at = view->next_write - view->mask - 1;
    uint64_t oldest = at;
    /* [ring.publish] acquire: as in reading. */
    if (strait_u64_load_acquire(strait_ring_state(view, at)) != strait_slot_full(at)) {
        return false;
    }
    if (!strait_ring_many_grab(view, &oldest, 1)) {
        strait_ring_intend_no_read(view);
        return false;
    }
    strait_u64_store_relaxed(&view->shared->overrun, strait_u64_load_relaxed(&view->shared->overrun) + 1);
    strait_ring_many_release(view, at, 1);
    return true;
}

/* Gives back as the one reader of several writers. */
static inline void strait_ring_many_release_one(strait_ring_view *view, uint64_t count)
{
    strait_ring_many_release(view, view->next_read, count);
    view->next_read += count;
    strait_u64_store_relaxed(&view->shared->head, view->next_read); /* for a successor */
}

#endif
