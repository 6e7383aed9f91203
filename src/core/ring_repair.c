/* ring_repair.c - what the dead leave in a ring, and who finishes it. layer: layout
 *
 * The idea: a dead holder's port tells which positions it may have claimed. Such a claim is finished by
 * one compare-and-swap from exactly the state that a claim leaves behind, and only if nobody living says
 * that the position is its own: a port that the dead one held may have a new holder by now, who claimed
 * just that position, so nobody is excluded by number, only by verdict.
 *
 *   order of looking:  owner - verdict: dead - intents - owner again - cursor - slot - everybody's intents - CAS
 *
 *   a writer's claim   FREE(p) and tail > p    ->  SKIP(p): readers step over it
 *   a reader's claim   FULL(p) and head > p    ->  TAKEN(p, nobody): readers adopt it; or FREE if it is to be dropped
 *                      SKIP(p) and head > p    ->  FREE(p + slots)
 *                      TAKEN(p, the dead one)  ->  TAKEN(p, nobody)
 *
 * Only when nothing of the dead one is left does its port become vacant; so whoever dies repairing leaves the
 * same work to the next, and repairing what is repaired changes nothing.
 */
#include "core/ring_layout.h"

typedef struct repair {
    const strait_ring_view *view;
    const strait_ring_geometry *geometry;
    const strait_ring_judge *judge;
    uint32_t dead;  /* index of the port whose holder died */
    uint64_t owner; /* the word that was judged */
    bool showed;    /* it was shown the items of its claim, in place */
    bool seen;      /* somebody dead may have looked at the position in question */
    uint32_t changed;
    bool busy;
} repair;

static strait_port_format *port_of(const repair *r, uint32_t index)
{
    return (strait_port_format *)((char *)r->view->shared + r->geometry->ports_offset) + index;
}

static bool covers(uint64_t at, uint64_t count, uint64_t position)
{
    return at != STRAIT_FORMAT_NOWHERE && position - at < count;
}

/* Whether somebody living may have claimed the position; if not, r->seen tells whether somebody dead may have looked
 * at it. The cursor was seen past it before, so whoever
 * claimed it has shown us owner and intent. */
static bool claimed_by_living(repair *r, uint64_t position, bool reading)
{
    r->seen = false;
    for (uint32_t i = 0; i < r->geometry->shape.ports; i++) {
        strait_port_format *port = port_of(r, i);
        /* [ring.port] acquire: the intents below are of this holder or of a later one. */
        uint64_t owner = strait_u64_load_acquire(&port->owner);
        if (owner == STRAIT_FORMAT_PORT_VACANT) {
            continue;
        }
        uint64_t at = strait_u64_load_relaxed(reading ? &port->read_at : &port->write_at);
        uint64_t count = strait_u64_load_relaxed(reading ? &port->read_count : &port->write_count);
        if (!covers(at, count, position)) {
            continue;
        }
        if (!strait_ring_holder_dead(r->judge, owner)) {
            r->busy = true;
            return true;
        }
        /* Of several dead that intended it one had claimed it, and may have looked. */
        r->seen = r->seen || (reading && strait_u64_load_relaxed(&port->handed_at) == at);
    }
    return false;
}

static bool change(repair *r, uint64_t position, uint64_t from, uint64_t to)
{
    /* [ring.repair] acq_rel: what the dead one stored comes before what the next owner of the slot does. */
    bool done = strait_u64_cas_acq_rel(strait_ring_state(r->view, position), &from, to);
    r->changed += done;
    return done;
}

static void count(strait_u64 *counter)
{
    (void)strait_u64_add_relaxed(counter, 1);
}

static void say_orphan(repair *r)
{
    /* [ring.orphans] release: who sees the change finds the slot. */
    (void)strait_u64_add_release(&r->view->shared->orphans, 1);
}

static void finish_write(repair *r, uint64_t position)
{
    uint64_t free = strait_slot_free(position);
    /* [ring.free] acquire: the state that we judge. */
    if (strait_u64_load_acquire(strait_ring_state(r->view, position)) == free &&
        !claimed_by_living(r, position, false) && change(r, position, free, strait_slot_skip(position))) {
        count(&r->view->shared->skipped);
    }
}

static void orphan(repair *r, uint64_t position, uint64_t from)
{
    if (r->seen && r->geometry->shape.drop_seen) {
        if (change(r, position, from, strait_slot_free(position + r->view->mask + 1))) {
            count(&r->view->shared->dropped);
        }
        return;
    }
    uint32_t nobody = r->seen ? STRAIT_FORMAT_PORT_NOBODY_SEEN : STRAIT_FORMAT_PORT_NOBODY;
    (void)change(r, position, from, strait_slot_taken(position, nobody));
    say_orphan(r); /* even if another repairer was faster: it may die before it can say so */
}

static void finish_read(repair *r, uint64_t position)
{
    /* [ring.publish] acquire: the state that we judge. */
    uint64_t state = strait_u64_load_acquire(strait_ring_state(r->view, position));
    if (state == strait_slot_full(position) || state == strait_slot_skip(position)) {
        if (claimed_by_living(r, position, true)) {
            return;
        }
        if (state == strait_slot_skip(position)) {
            (void)change(r, position, state, strait_slot_free(position + r->view->mask + 1));
        } else {
            orphan(r, position, state);
        }
    } else if (state == strait_slot_taken(position, r->dead)) {
        /* [ring.port] acquire: a new holder of this port may have adopted it. */
        if (strait_u64_load_acquire(&port_of(r, r->dead)->owner) == r->owner) {
            r->seen = r->showed;
            orphan(r, position, state);
        }
    } else if (state == strait_slot_taken(position, STRAIT_FORMAT_PORT_NOBODY) ||
               state == strait_slot_taken(position, STRAIT_FORMAT_PORT_NOBODY_SEEN)) {
        say_orphan(r); /* an earlier repairer may have died before it could */
    }
}

/* The positions of one intent that the cursor has passed. */
static void finish(repair *r, uint64_t at, uint64_t count_of, strait_u64 *cursor, bool reading)
{
    /* [ring.claim] acquire, [ring.take] acquire: who moved the cursor past `at` has shown us its intent. */
    uint64_t passed = strait_u64_load_acquire(cursor);
    uint64_t slots = r->view->mask + 1;
    if (at == STRAIT_FORMAT_NOWHERE || count_of > slots || passed - at > STRAIT_RING_POSITION_END) {
        return; /* nothing intended, or the cursor has not come there */
    }
    for (uint64_t i = 0; i < count_of && i < passed - at; i++) {
        if (reading) {
            finish_read(r, at + i);
        } else {
            finish_write(r, at + i);
        }
    }
}

static void repair_port(repair *r)
{
    strait_port_format *port = port_of(r, r->dead);
    uint64_t write_at = strait_u64_load_relaxed(&port->write_at);
    uint64_t write_count = strait_u64_load_relaxed(&port->write_count);
    uint64_t read_at = strait_u64_load_relaxed(&port->read_at);
    uint64_t read_count = strait_u64_load_relaxed(&port->read_count);
    r->showed = strait_u64_load_relaxed(&port->handed_at) == read_at;
    /* [ring.port] acquire: the intents were read before we look at the owner again. */
    strait_fence_acquire();
    /* [ring.port] acquire: still the dead one's, so these are its last intents. */
    if (strait_u64_load_acquire(&port->owner) != r->owner) {
        return; /* who has it now repaired it before taking it */
    }
    r->busy = false;
    finish(r, write_at, write_count, &r->view->shared->tail, false);
    finish(r, read_at, read_count, &r->view->shared->head, true);
    if (!r->busy) {
        /* [ring.port] release: the repair is done for whoever finds the port vacant. */
        (void)strait_u64_cas_release(&port->owner, &r->owner, STRAIT_FORMAT_PORT_VACANT);
    }
}

uint32_t strait_ring_repair(const strait_ring_view *view, const strait_ring_geometry *geometry,
                            const strait_ring_judge *judge, bool *busy)
{
    repair r = {.view = view, .geometry = geometry, .judge = judge};
    for (uint32_t i = 0; i < geometry->shape.ports; i++) {
        r.dead = i;
        /* [ring.port] acquire: the intents read later are of this holder or of a later one. */
        r.owner = strait_u64_load_acquire(&port_of(&r, i)->owner);
        if (r.owner != STRAIT_FORMAT_PORT_VACANT && strait_ring_holder_dead(judge, r.owner)) {
            repair_port(&r);
            *busy = *busy || r.busy;
        }
    }
    return r.changed;
}

void strait_ring_abandon(const strait_ring_view *view, const strait_ring_geometry *geometry, uint64_t first,
                         uint64_t count_of)
{
    repair r = {.view = view, .geometry = geometry, .seen = true};
    for (uint64_t position = first; position != first + count_of; position++) {
        /* [ring.publish] acquire: nobody but us changes it. */
        orphan(&r, position, strait_u64_load_acquire(strait_ring_state(view, position)));
    }
}

/* --- is there anything to do? ----------------------------------------------------------------------------- */

static bool stands(const strait_ring_view *view, uint32_t index, uint64_t position, bool reading)
{
    /* [ring.publish] acquire, [ring.free] acquire: as whoever finishes it. */
    uint64_t state = strait_u64_load_acquire(strait_ring_state(view, position));
    if (!reading) {
        return state == strait_slot_free(position);
    }
    /* That it is nobody's may not have been said yet. */
    return state == strait_slot_full(position) || state == strait_slot_skip(position) ||
           state == strait_slot_taken(position, index) ||
           state == strait_slot_taken(position, STRAIT_FORMAT_PORT_NOBODY) ||
           state == strait_slot_taken(position, STRAIT_FORMAT_PORT_NOBODY_SEEN);
}

static bool any_stands(const strait_ring_view *view, uint32_t index, uint64_t at, uint64_t count_of,
                       strait_u64 *cursor, bool reading)
{
    /* [ring.claim] acquire, [ring.take] acquire: the slots are as their claimants left them. */
    uint64_t passed = strait_u64_load_acquire(cursor);
    if (at == STRAIT_FORMAT_NOWHERE || count_of > view->mask + 1 || passed - at > STRAIT_RING_POSITION_END) {
        return false;
    }
    for (uint64_t i = 0; i < count_of && i < passed - at; i++) {
        if (stands(view, index, at + i, reading)) {
            return true;
        }
    }
    return false;
}

bool strait_ring_suspects(const strait_ring_view *view, const strait_ring_geometry *geometry)
{
    repair r = {.view = view, .geometry = geometry};
    for (uint32_t i = 0; i < geometry->shape.ports; i++) {
        strait_port_format *port = port_of(&r, i);
        /* [ring.port] acquire: the intents below are of this holder or of a later one. */
        if (i == view->port_index || strait_u64_load_acquire(&port->owner) == STRAIT_FORMAT_PORT_VACANT) {
            continue;
        }
        if (any_stands(view, i, strait_u64_load_relaxed(&port->write_at),
                       strait_u64_load_relaxed(&port->write_count), &view->shared->tail, false) ||
            any_stands(view, i, strait_u64_load_relaxed(&port->read_at),
                       strait_u64_load_relaxed(&port->read_count), &view->shared->head, true)) {
            return true;
        }
    }
    return false;
}

/* --- ports ---------------------------------------------------------------------------------------------- */

static int64_t take_vacant(void *bytes, const strait_ring_geometry *geometry, uint64_t holder)
{
    strait_port_format *ports = (strait_port_format *)((char *)bytes + geometry->ports_offset);
    for (uint32_t i = 0; i < geometry->shape.ports; i++) {
        uint64_t vacant = STRAIT_FORMAT_PORT_VACANT;
        /* [ring.port] acq_rel: the last holder's repair is done. */
        if (strait_u64_cas_acq_rel(&ports[i].owner, &vacant, holder)) {
            strait_u64_store_relaxed(&ports[i].write_at, STRAIT_FORMAT_NOWHERE);
            strait_u64_store_relaxed(&ports[i].read_at, STRAIT_FORMAT_NOWHERE);
            strait_u64_store_relaxed(&ports[i].handed_at, STRAIT_FORMAT_NOWHERE);
            strait_u32_store_relaxed(&ports[i].stream, STRAIT_FORMAT_STREAM_NONE);
            strait_u64_store_relaxed(&ports[i].sent, 0);
            strait_u64_store_relaxed(&ports[i].received, 0);
            strait_u64_store_relaxed(&ports[i].waits, 0);
            return i;
        }
    }
    return STRAIT_CROWDED;
}

int64_t strait_ring_port_take(void *bytes, const strait_ring_geometry *geometry, uint64_t holder,
                              const strait_ring_judge *judge)
{
    int64_t index = take_vacant(bytes, geometry, holder);
    if (index < 0) {
        strait_ring_view view;
        bool busy = false;
        strait_ring_view_make(&view, bytes, geometry, UINT32_MAX);
        (void)strait_ring_repair(&view, geometry, judge, &busy);
        index = take_vacant(bytes, geometry, holder);
    }
    return index;
}

uint32_t strait_ring_ports_held(const strait_ring_view *view, const strait_ring_geometry *geometry)
{
    repair r = {.view = view, .geometry = geometry};
    uint32_t held = 0;
    for (uint32_t i = 0; i < geometry->shape.ports; i++) {
        held += strait_u64_load_relaxed(&port_of(&r, i)->owner) != STRAIT_FORMAT_PORT_VACANT;
    }
    return held;
}

void strait_ring_port_leave(strait_ring_view *view, uint64_t holder)
{
    strait_ring_intend_no_write(view);
    strait_ring_intend_no_read(view);
    /* [ring.port] release: our claims are finished for whoever finds the port vacant. */
    (void)strait_u64_cas_release(&view->port->owner, &holder, STRAIT_FORMAT_PORT_VACANT);
}

/* --- adopting ------------------------------------------------------------------------------------------- */

/* Tries to make one orphan ours. That somebody may have seen it is kept, should we die too. */
static bool adopt_at(strait_ring_view *view, uint64_t position, bool seen)
{
    uint32_t nobody = seen ? STRAIT_FORMAT_PORT_NOBODY_SEEN : STRAIT_FORMAT_PORT_NOBODY;
    uint64_t state = strait_slot_taken(position, nobody);
    strait_u64_store_relaxed(&view->port->handed_at, seen ? position : STRAIT_FORMAT_NOWHERE);
    strait_u64_store_relaxed(&view->port->read_count, 1);
    strait_u64_store_relaxed(&view->port->read_at, position);
    /* [ring.repair] acq_rel: we see the item; who sees us as its adopter sees our intent. */
    return strait_u64_cas_acq_rel(strait_ring_state(view, position), &state,
                                  strait_slot_taken(position, view->port_index));
}

bool strait_ring_adopt(strait_ring_view *view, uint64_t *position, bool *seen)
{
    /* [ring.orphans] acquire: the slots that it counts are there. */
    uint64_t orphans = strait_u64_load_acquire(&view->shared->orphans);
    if (orphans == view->orphans_seen) {
        return false;
    }
    /* [ring.take] acquire: every orphan lies within a lap behind the head. */
    uint64_t head = strait_u64_load_acquire(&view->shared->head);
    for (uint64_t at = head - view->mask - 1; at != head; at++) {
        /* [ring.repair] acquire: the state that we take it from. */
        uint64_t state = strait_u64_load_acquire(strait_ring_state(view, at));
        bool unseen = state == strait_slot_taken(at, STRAIT_FORMAT_PORT_NOBODY);
        *seen = state == strait_slot_taken(at, STRAIT_FORMAT_PORT_NOBODY_SEEN);
        if ((unseen || *seen) && adopt_at(view, at, *seen)) {
            (void)strait_u64_add_relaxed(&view->shared->redelivered, 1);
            *position = at;
            return true;
        }
    }
    strait_ring_intend_no_read(view);
    view->orphans_seen = orphans;
    return false;
}
