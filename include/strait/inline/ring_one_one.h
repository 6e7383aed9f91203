/* ring_one_one.h - one writer, one reader: a message crosses in the line that carries it.
 *
 * The idea: the state word lies in the item's own first line, so the reader learns of an item and gets it
 * with one line moved. Each side has two cursors: the *exact* one, in a line that only its owner writes, which
 * says what is done for good, and the *credit* that the reader shows the writer seldom, so that this line
 * rarely moves. Before it says "full" a writer looks at the reader's exact cursor, or a seldom credit would
 * keep it waiting for ever.
 *
 *   commit   = the release store of FULL(p) into the slot; the writer's cursor follows
 *   delivery = the release store of the reader's cursor
 *
 * A dead writer's successor starts at its cursor and steps over slots that are FULL at their position already;
 * a dead reader's starts at its cursor. What a returned call promised is neither lost nor repeated.
 *
 * Progress: each call is wait-free, a few instructions for each item; it never enters the kernel.
 */
#ifndef STRAIT_INLINE_RING_ONE_ONE_H
#define STRAIT_INLINE_RING_ONE_ONE_H

#include <strait/inline/ring_view.h>

/* Looks how far the reader is: true if `want` items have room now. */
static inline bool strait_ring_one_one_look(strait_ring_view *view, uint64_t want)
{
    uint64_t slots = view->mask + 1;
    uint64_t needed = view->next_write + want - slots; /* the reader must have come so far */
    /* [ring.credit] acquire: the reader's copying out comes before our writing over it. */
    uint64_t read = strait_u64_load_acquire(&view->shared->credit);
    if (STRAIT_CAST_(int64_t, read - needed) < 0) {
        /* [ring.exact] acquire: the same; and the credit may be old. */
        read = strait_u64_load_acquire(&view->shared->head);
    }
    view->write_limit = read + slots;
    return view->write_limit - view->next_write >= want;
}

/* Room for up to `want` items from view->next_write on: how many. 0 = full. */
static inline uint64_t strait_ring_one_one_claim(strait_ring_view *view, uint64_t want)
{
    uint64_t room = view->write_limit - view->next_write;
    if (room >= want) {
        return want;
    }
    if (want > view->mask + 1) {
        want = view->mask + 1;
    }
    if (strait_ring_one_one_look(view, want)) {
        return want;
    }
    room = view->write_limit - view->next_write;
    return room <= view->mask + 1 ? room : 0; /* else somebody spoiled the cursor */
}

/* Commits `count` items of a claim, in order. The others are simply not committed. */
static inline void strait_ring_one_one_publish(strait_ring_view *view, uint64_t count)
{
    uint64_t position = view->next_write;
    for (uint64_t end = position + count; position != end; position++) {
        /* [ring.publish] release: who sees FULL sees the item. */
        strait_u64_store_release(strait_ring_state(view, position), strait_slot_full(position));
    }
    view->next_write = position;
    strait_u64_store_relaxed(&view->shared->tail, position); /* for a successor, who has a verdict first */
}

/* Shows the writer how far we are. */
static inline void strait_ring_one_one_credit(strait_ring_view *view)
{
    view->credited = view->next_read;
    /* [ring.credit] release: we have copied out what we give back. */
    strait_u64_store_release(&view->shared->credit, view->next_read);
}

/* Items to read, up to `want`, from view->next_read on: how many. 0 = empty. */
static inline uint64_t strait_ring_one_one_take(strait_ring_view *view, uint64_t want)
{
    uint64_t count = 0;
    for (; count < want; count++) {
        uint64_t position = view->next_read + count;
        /* [ring.publish] acquire: we see the item that FULL announces. */
        if (strait_u64_load_acquire(strait_ring_state(view, position)) != strait_slot_full(position)) {
            break;
        }
    }
    if (count == 0 && view->credited != view->next_read) {
        strait_ring_one_one_credit(view); /* whenever idle */
    }
    return count;
}

/* Gives back the `count` oldest items that were taken. */
static inline void strait_ring_one_one_release(strait_ring_view *view, uint64_t count)
{
    view->next_read += count;
    /* [ring.exact] release: we have copied out; from here on the items are delivered. */
    strait_u64_store_release(&view->shared->head, view->next_read);
    if (view->next_read - view->credited >= view->credit_step) {
        strait_ring_one_one_credit(view);
    }
}

#endif
