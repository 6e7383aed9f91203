/* ring_layout.c - the bytes of a ring: footprint, format, verify, and the one writer and one reader.
 * layer: layout
 *
 *      0 +---------------+
 *        | head          |  896 bytes: geometry, cursors, roles, counters, words to sleep on
 *        +---------------+  ports_offset
 *        | ports         |  128 bytes each, written by their holders alone
 *        +---------------+  slots_offset
 *        | slots         |  state word and item, a power of two of them
 *        +---------------+  total_bytes
 *
 * Verify computes the whole geometry from what was asked for and compares: nothing that contradicts itself
 * gets through, and there is one place that knows how it is computed.
 */
#include "core/ring_layout.h"

#include <string.h>

static bool power_of_two(uint64_t value)
{
    return value != 0 && (value & (value - 1)) == 0;
}

static uint64_t round_up(uint64_t value, uint64_t step)
{
    return (value + step - 1) / step * step;
}

static uint64_t round_up_to_power(uint64_t value)
{
    uint64_t power = 1;
    while (power < value) {
        power *= 2;
    }
    return power;
}

static bool one_or_many(uint32_t value)
{
    return value == STRAIT_FORMAT_ONE || value == STRAIT_FORMAT_MANY;
}

uint64_t strait_ring_footprint(const strait_ring_shape *shape, strait_ring_geometry *geometry)
{
    strait_ring_geometry g = {.shape = *shape};
    if (g.shape.item_align == 0) {
        g.shape.item_align = 8;
    }
    if (shape->item_bytes == 0 || shape->item_bytes > STRAIT_RING_ITEM_MAX ||
        !power_of_two(g.shape.item_align) || g.shape.item_align > 64 || shape->slots == 0 ||
        shape->slots > STRAIT_RING_SLOTS_MAX || shape->ports == 0 || shape->ports > STRAIT_FORMAT_PORTS_MAX ||
        !one_or_many(shape->writers) || !one_or_many(shape->readers)) {
        return 0;
    }
    g.shape.slots = (uint32_t)round_up_to_power(shape->slots);
    g.item_at = g.shape.item_align < 8 ? 8 : g.shape.item_align;
    uint64_t slot = (uint64_t)g.item_at + shape->item_bytes;
    g.slot_bytes = (uint32_t)(slot <= 16 ? 16 : slot <= 32 ? 32 : round_up(slot, 64));
    g.ports_offset = sizeof(strait_ring_format);
    g.slots_offset = g.ports_offset + (uint64_t)shape->ports * sizeof(strait_port_format);
    g.total_bytes = g.slots_offset + (uint64_t)g.shape.slots * g.slot_bytes;
    if (g.total_bytes > STRAIT_FORMAT_TOTAL_MAX) {
        return 0;
    }
    *geometry = g;
    return g.total_bytes;
}

static strait_port_format *port_at(void *bytes, const strait_ring_geometry *geometry, uint32_t index)
{
    return (strait_port_format *)((char *)bytes + geometry->ports_offset) + index;
}

void strait_ring_format_at(void *bytes, const strait_ring_geometry *geometry, uint64_t start)
{
    strait_ring_format *ring = bytes;
    memset(bytes, 0, (size_t)geometry->slots_offset);
    ring->item_bytes = geometry->shape.item_bytes;
    ring->item_align = geometry->shape.item_align;
    ring->slot_bytes = geometry->slot_bytes;
    ring->item_at = geometry->item_at;
    ring->slots = geometry->shape.slots;
    ring->ports = geometry->shape.ports;
    ring->writers = geometry->shape.writers;
    ring->readers = geometry->shape.readers;
    ring->drop_seen = geometry->shape.drop_seen;
    ring->ports_offset = geometry->ports_offset;
    ring->slots_offset = geometry->slots_offset;
    ring->total_bytes = geometry->total_bytes;
    strait_u64_init(&ring->tail, start);
    strait_u64_init(&ring->head, start);
    strait_u64_init(&ring->credit, start);
    strait_u64_init(&ring->handed, start);
    for (uint32_t i = 0; i < geometry->shape.ports; i++) {
        strait_u64_init(&port_at(bytes, geometry, i)->write_at, STRAIT_FORMAT_NOWHERE);
        strait_u64_init(&port_at(bytes, geometry, i)->read_at, STRAIT_FORMAT_NOWHERE);
        strait_u64_init(&port_at(bytes, geometry, i)->handed_at, STRAIT_FORMAT_NOWHERE);
    }
    strait_ring_view view;
    strait_ring_view_make(&view, bytes, geometry, 0);
    for (uint64_t i = 0; i < geometry->shape.slots; i++) {
        strait_u64_init(strait_ring_state(&view, start + i), strait_slot_free(start + i));
    }
}

/* Names the first field in which a geometry and the one computed anew differ. */
static const char *contradiction(const strait_ring_geometry *g, const strait_ring_geometry *again)
{
    const char *field = NULL;
    field = g->total_bytes != again->total_bytes ? "total_bytes" : field;
    field = g->slots_offset != again->slots_offset ? "slots_offset" : field;
    field = g->ports_offset != again->ports_offset ? "ports_offset" : field;
    field = g->shape.slots != again->shape.slots ? "slots" : field;
    field = g->item_at != again->item_at ? "item_at" : field;
    field = g->slot_bytes != again->slot_bytes ? "slot_bytes" : field;
    field = g->shape.item_align != again->shape.item_align ? "item_align" : field;
    return field;
}

/* Somebody may be writing there: each field is read once, as a word of its own. */
static uint32_t once_32(const uint32_t *field)
{
    return *(const volatile uint32_t *)field;
}

static uint64_t once_64(const uint64_t *field)
{
    return *(const volatile uint64_t *)field;
}

bool strait_ring_verify(const void *bytes, uint64_t count, strait_ring_geometry *geometry, const char **field)
{
    const strait_ring_format *ring = bytes;
    *field = "total_bytes";
    if (count < sizeof *ring) {
        return false;
    }
    strait_ring_geometry g = {
        .shape = {.item_bytes = once_32(&ring->item_bytes),
                  .item_align = once_32(&ring->item_align),
                  .slots = once_32(&ring->slots),
                  .ports = once_32(&ring->ports),
                  .writers = once_32(&ring->writers),
                  .readers = once_32(&ring->readers),
                  .drop_seen = once_32(&ring->drop_seen) == 1},
        .slot_bytes = once_32(&ring->slot_bytes),
        .item_at = once_32(&ring->item_at),
        .ports_offset = once_64(&ring->ports_offset),
        .slots_offset = once_64(&ring->slots_offset),
        .total_bytes = once_64(&ring->total_bytes),
    };
    strait_ring_geometry again;
    *field = "shape";
    if (strait_ring_footprint(&g.shape, &again) == 0) {
        return false;
    }
    *field = contradiction(&g, &again);
    if (*field == NULL && again.total_bytes > count) {
        *field = "total_bytes";
    }
    if (*field != NULL) {
        return false;
    }
    *geometry = again;
    return true;
}

void strait_ring_view_make(strait_ring_view *view, void *bytes, const strait_ring_geometry *geometry,
                           uint32_t index)
{
    memset(view, 0, sizeof *view);
    view->slots = (unsigned char *)bytes + geometry->slots_offset;
    view->mask = geometry->shape.slots - 1;
    view->slot_bytes = geometry->slot_bytes;
    view->item_at = geometry->item_at;
    view->item_bytes = geometry->shape.item_bytes;
    view->shared = bytes;
    view->port_index = index;
    view->port = index < geometry->shape.ports ? port_at(bytes, geometry, index) : NULL;
    view->credit_step = geometry->shape.slots / 16 + 1;
}

/* --- the one writer, the one reader --------------------------------------------------------------------- */

static bool take_role(strait_u64 *role, uint64_t holder, const strait_ring_judge *judge, uint64_t *other)
{
    /* [ring.role] acquire: what the last one did comes before what we do. */
    uint64_t word = strait_u64_load_acquire(role);
    for (;;) {
        if (word != STRAIT_FORMAT_PORT_VACANT && !strait_ring_holder_dead(judge, word)) {
            *other = word;
            return false;
        }
        /* [ring.role] acq_rel: from the very one that we judged. */
        if (strait_u64_cas_acq_rel(role, &word, holder)) {
            return true;
        }
    }
}

void strait_ring_resign(strait_u64 *role, uint64_t holder)
{
    /* [ring.role] release: all that we did comes before the next one begins. */
    (void)strait_u64_cas_release(role, &holder, STRAIT_FORMAT_PORT_VACANT);
}

/* Whether the slot of `position` was committed at that position, whatever became of it since. */
static bool written(uint64_t state, uint64_t position, uint64_t slots)
{
    switch (state & 3) {
    case STRAIT_FORMAT_SLOT_FREE:
        return state == strait_slot_free(position + slots);
    case STRAIT_FORMAT_SLOT_TAKEN:
        return state >> 18 == (position & STRAIT_RING_TAKEN_MASK);
    default:
        return state >> 2 == position;
    }
}

bool strait_ring_become_writer(strait_ring_view *view, uint64_t holder, const strait_ring_judge *judge,
                               uint64_t *other)
{
    strait_ring_format *ring = view->shared;
    if (!take_role(&ring->writer, holder, judge, other)) {
        return false;
    }
    uint64_t at = strait_u64_load_relaxed(&ring->tail); /* taking the role has ordered it */
    for (uint64_t i = 0; i <= view->mask; i++, at++) {
        /* [ring.free] acquire: we write where a reader has copied out. */
        if (!written(strait_u64_load_acquire(strait_ring_state(view, at)), at, view->mask + 1)) {
            break;
        }
    }
    view->next_write = at;
    strait_u64_store_relaxed(&ring->tail, at);
    /* [ring.exact] acquire: the reader's copying out comes before our writing over it. */
    view->write_limit = strait_u64_load_acquire(&ring->head) + view->mask + 1;
    return true;
}

/* What a dead reader may have looked at in place is dropped, or told to whoever reads it again. */
static void settle_seen(strait_ring_view *view, const strait_ring_geometry *geometry)
{
    strait_ring_format *ring = view->shared;
    uint64_t handed = strait_u64_load_relaxed(&ring->handed); /* taking the role has ordered it */
    uint64_t count = handed - view->next_read;
    if (count == 0 || count > view->mask + 1) {
        return; /* it had given all of it back */
    }
    if (!geometry->shape.drop_seen) {
        view->seen_below = handed;
        return;
    }
    (void)strait_u64_add_relaxed(&ring->dropped, count);
    if (geometry->shape.writers == STRAIT_FORMAT_MANY) {
        strait_ring_many_release_one(view, count);
    } else {
        strait_ring_one_one_release(view, count);
    }
}

bool strait_ring_become_reader(strait_ring_view *view, const strait_ring_geometry *geometry, uint64_t holder,
                               const strait_ring_judge *judge, uint64_t *other)
{
    strait_ring_format *ring = view->shared;
    if (!take_role(&ring->reader, holder, judge, other)) {
        return false;
    }
    uint64_t at = strait_u64_load_relaxed(&ring->head); /* taking the role has ordered it */
    if (geometry->shape.writers == STRAIT_FORMAT_MANY) {
        /* What the last one gave back before it could say so. */
        for (uint64_t i = 0; i <= view->mask; i++, at++) {
            /* [ring.publish] acquire: as in reading. */
            uint64_t state = strait_u64_load_acquire(strait_ring_state(view, at));
            if (state == strait_slot_free(at) || state == strait_slot_full(at) ||
                state == strait_slot_skip(at)) {
                break;
            }
        }
        strait_u64_store_relaxed(&ring->head, at);
    }
    view->next_read = at;
    view->credited = strait_u64_load_relaxed(&ring->credit);
    settle_seen(view, geometry);
    return true;
}

/* --- the end of the stream ------------------------------------------------------------------------------ */

void strait_ring_begin_stream(strait_ring_view *view)
{
    strait_u32_store_relaxed(&view->port->stream, STRAIT_FORMAT_STREAM_OPEN);
    /* [ring.finish] release: who sees that nobody has finished sees that we write. */
    strait_u64_store_release(&view->shared->finished, 0);
}

void strait_ring_end_stream(strait_ring_view *view)
{
    /* [ring.finish] release: who sees us finished sees all that we sent. */
    strait_u32_store_release(&view->port->stream, STRAIT_FORMAT_STREAM_FINISHED);
    /* [ring.finish] release: the same. */
    strait_u64_store_release(&view->shared->finished, 1);
}

bool strait_ring_ended(const strait_ring_view *view, const strait_ring_geometry *geometry,
                       const strait_ring_judge *judge)
{
    /* [ring.finish] acquire: the items of who finished are there. */
    if (strait_u64_load_acquire(&view->shared->finished) == 0) {
        return false;
    }
    for (uint32_t i = 0; i < geometry->shape.ports; i++) {
        const strait_port_format *port = port_at(view->shared, geometry, i);
        /* [ring.port] acquire: the items of a writer that left are there. */
        uint64_t owner = strait_u64_load_acquire(&port->owner);
        /* [ring.finish] acquire: the items of a writer that finished are there. */
        if (owner != STRAIT_FORMAT_PORT_VACANT &&
            strait_u32_load_acquire(&port->stream) == STRAIT_FORMAT_STREAM_OPEN &&
            !strait_ring_holder_dead(judge, owner)) {
            return false;
        }
    }
    return true;
}
