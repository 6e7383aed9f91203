/* ring.c - the handle of a ring: coming, going, cloning, finishing, stat. layer: object
 *
 * A handle takes a port of the ring (where it announces what it claims) and, where a side takes one only, that role:
 * from nobody, or from a dead one.
 *
 *   coming   port - roles - the bits of `form`
 *   going    what is reserved or shown is given up - roles - port - the handle - the segment
 *
 * A process that dies between any two of these leaves a port or a role that the next one takes over.
 */
#include "core/ring.h"

#include <stdio.h>
#include <string.h>

#include "core/life.h"

static strait_life life_of(void *context, uint32_t index, uint32_t generation)
{
    const strait_segment *segment = context;
    if (index >= segment->geometry.participants_count) {
        return STRAIT_UNKNOWN; /* somebody wrote over the word */
    }
    return strait_life_verdict(segment, index, generation);
}

/* --- coming ---------------------------------------------------------------------------------------------- */

static int fail_role(const strait_ring_handle *h, const char *prefix, const char *role, uint64_t other)
{
    uint32_t index = (uint32_t)(other >> 8 & 0xffffff);
    strait_os_identity who = {.pid = 0};
    if (index < h->segment->geometry.participants_count) {
        strait_life_identity(h->segment, index, &who);
    }
    return strait_fail(ONE_ONLY, prefix, role, who.pid, who.program, index);
}

static void give_up_roles(strait_ring_handle *h)
{
    strait_ring_format *shared = h->front.view.shared;
    if (h->is_reader) {
        strait_ring_resign(&shared->reader, h->holder);
    }
    if (h->is_writer) {
        strait_ring_resign(&shared->writer, h->holder);
    }
    h->is_reader = h->is_writer = false;
}

static int take_roles(strait_ring_handle *h, const char *prefix)
{
    strait_ring_view *view = &h->front.view;
    uint64_t other = 0;
    if (strait_ring_writes(h) && h->geometry.shape.writers == STRAIT_FORMAT_ONE) {
        h->is_writer = strait_ring_become_writer(view, h->holder, &h->judge, &other);
        if (!h->is_writer) {
            return fail_role(h, prefix, "writer", other);
        }
    }
    if (strait_ring_reads(h) && h->geometry.shape.readers == STRAIT_FORMAT_ONE) {
        h->is_reader = strait_ring_become_reader(view, &h->geometry, h->holder, &h->judge, &other);
        if (!h->is_reader) {
            give_up_roles(h);
            return fail_role(h, prefix, "reader", other);
        }
    }
    return STRAIT_OK;
}

/* Who cannot be reached by barriers says so before it publishes anything here, and before it sleeps. */
static void order_our_memory(const strait_ring_handle *h)
{
    strait_ring_format *shared = h->front.view.shared;
    if (strait_u32_load_relaxed(&h->segment->header->waiting) != STRAIT_FORMAT_WAITING_BARRIER) {
        (void)strait_u32_or_relaxed(&shared->readers_asleep, STRAIT_FORMAT_FENCED);
        (void)strait_u32_or_relaxed(&shared->writers_asleep, STRAIT_FORMAT_FENCED);
    }
}

static uint32_t form_of(const strait_ring_handle *h)
{
    const strait_ring_shape *shape = &h->geometry.shape;
    uint32_t form = 0;
    form |= shape->writers == STRAIT_FORMAT_MANY ? STRAIT_RING_MANY_WRITERS_ : 0;
    form |= shape->readers == STRAIT_FORMAT_MANY ? STRAIT_RING_MANY_READERS_ : 0;
    form |= strait_ring_writes(h) ? STRAIT_RING_WRITING_ : 0;
    form |= strait_ring_reads(h) ? STRAIT_RING_READING_ : 0;
    form |= h->front.view.seen_below > h->front.view.next_read ? STRAIT_RING_FLAGGED_ : 0;
    return form;
}

static int enter(strait_ring_handle *h, void *bytes, const char *prefix)
{
    strait_ring_view *view = &h->front.view;
    strait_ring_view_make(view, bytes, &h->geometry, UINT32_MAX);
    h->judge = (strait_ring_judge){.life = life_of, .context = h->segment};
    h->front.process = strait_os_process_mark();
    h->front.epoch = strait_os_process_epoch();
    if (h->options.role == STRAIT_OBSERVER) {
        return STRAIT_OK;
    }
    if (h->segment->index == STRAIT_NOBODY) {
        return strait_fail(ONLY_LOOKING, prefix);
    }
    h->holder = strait_ring_holder(h->segment->generation, h->segment->index);
    int64_t port = strait_ring_port_take(bytes, &h->geometry, h->holder, &h->judge);
    if (port < 0) {
        return strait_fail(ALL_PORTS_TAKEN, prefix, h->geometry.shape.ports);
    }
    strait_ring_view_make(view, bytes, &h->geometry, (uint32_t)port);
    int rc = take_roles(h, prefix);
    if (rc < 0) {
        strait_ring_port_leave(view, h->holder);
        return rc;
    }
    order_our_memory(h);
    if (strait_ring_writes(h)) {
        strait_ring_begin_stream(view);
    }
    strait_ring_wake_(&h->front, false); /* what a dead reader had seen may have been dropped */
    h->front.told_overrun = strait_u64_load_relaxed(&view->shared->overrun);
    h->front.form = form_of(h);
    return STRAIT_OK;
}

/* --- going ----------------------------------------------------------------------------------------------- */

static void leave(strait_ring_handle *h)
{
    strait_ring *ring = &h->front;
    if (ring->view.port == NULL) {
        return;
    }
    if (ring->claim_count != 0) {
        (void)strait_ring_cancel(ring);
    }
    if (ring->shown_count != 0 && h->geometry.shape.readers == STRAIT_FORMAT_MANY) {
        strait_ring_abandon(&ring->view, &h->geometry, ring->shown_at, ring->shown_count);
    }
    ring->form = 0;
    give_up_roles(h);
    strait_ring_port_leave(&ring->view, h->holder);
    strait_ring_wake_(ring, true); /* an item may have come back, or the stream may have ended */
}

static void free_handle(strait_ring_handle *h)
{
    strait_allocator allocator = h->segment->allocator;
    allocator.free(allocator.context, h, sizeof *h);
}

int strait_ring_close(strait_ring *ring)
{
    if (ring == NULL) {
        return STRAIT_OK;
    }
    strait_ring_handle *h = strait_ring_handle_of(ring);
    strait_segment *segment = h->segment;
    if (strait_ring_here_(ring)) {
        leave(h);
    }
    free_handle(h);
    return strait_segment_close(segment);
}

/* --- the handle ------------------------------------------------------------------------------------------ */

int strait_ring_make(strait_segment *segment, void *bytes, const strait_ring_geometry *geometry,
                     const strait_ring_options *options, const char *where, const strait_prefix *prefix,
                     strait_ring **ring)
{
    strait_allocator allocator = segment->allocator;
    strait_ring_handle *h = allocator.allocate(allocator.context, sizeof *h);
    if (h == NULL) {
        return strait_fail(NO_HEAP, prefix->text, sizeof *h);
    }
    memset(h, 0, sizeof *h);
    h->geometry = *geometry;
    h->segment = segment;
    h->options = *options;
    memcpy(h->where, where, sizeof h->where);
    int rc = enter(h, bytes, prefix->text);
    if (rc < 0) {
        free_handle(h);
        return rc;
    }
    *ring = &h->front;
    return STRAIT_OK;
}

static int usable(const strait_ring *ring, const char *verb)
{
    strait_prefix prefix;
    if (ring == NULL) {
        return strait_fail(NULL_ARGUMENT, strait_prefix_make(&prefix, verb, "a ring"), "the ring");
    }
    if (!strait_ring_here_(ring)) {
        return strait_fail(IN_CHILD,
                           strait_prefix_make(&prefix, verb, strait_ring_handle_of_const(ring)->where));
    }
    return STRAIT_OK;
}

int strait_ring_clone(const strait_ring *ring, strait_role role, strait_ring **clone)
{
    int rc = usable(ring, "clone");
    if (rc < 0) {
        return rc;
    }
    const strait_ring_handle *h = strait_ring_handle_of_const(ring);
    strait_prefix prefix;
    strait_prefix_make(&prefix, "clone", h->where);
    if (clone == NULL) {
        return strait_fail(NULL_ARGUMENT, prefix.text, "the place for the handle");
    }
    *clone = NULL;
    if ((unsigned)role > STRAIT_OBSERVER) {
        return strait_fail(BAD_OPTION, prefix.text, "role", (uint64_t)(unsigned)role, "it is out of range");
    }
    strait_ring_options options = h->options;
    options.role = role;
    rc = strait_ring_make(h->segment, h->front.view.shared, &h->geometry, &options, h->where, &prefix, clone);
    if (rc == STRAIT_OK) {
        strait_segment_share(h->segment);
    }
    return rc;
}

int strait_ring_finish(strait_ring *ring)
{
    int rc = usable(ring, "finish");
    if (rc < 0) {
        return rc;
    }
    strait_ring_handle *h = strait_ring_handle_of(ring);
    if (!strait_ring_writes(h)) {
        return strait_ring_refuse(h, false, "");
    }
    if (ring->claim_count != 0) {
        return strait_ring_refuse(h, false, "a span is reserved: commit or cancel it first");
    }
    if (!h->finished) {
        h->finished = true;
        ring->form &= ~STRAIT_RING_WRITING_;
        strait_ring_end_stream(&ring->view);
        strait_ring_wake_(ring, true);
    }
    return STRAIT_OK;
}

int strait_ring_stat(const strait_ring *ring, strait_ring_info *info)
{
    int rc = usable(ring, "look at");
    if (rc < 0) {
        return rc;
    }
    const strait_ring_handle *h = strait_ring_handle_of_const(ring);
    const strait_ring_format *shared = ring->view.shared;
    const strait_ring_shape *shape = &h->geometry.shape;
    strait_prefix prefix;
    if (info == NULL) {
        return strait_fail(NULL_ARGUMENT, strait_prefix_make(&prefix, "look at", h->where), "info");
    }
    *info = (strait_ring_info){.items = strait_ring_size(ring),
                               .capacity = strait_ring_capacity(ring),
                               .sent = ring->sent,
                               .received = ring->received,
                               .waits = h->waits,
                               .claimed = strait_u64_load_relaxed(&shared->tail),
                               .taken = strait_u64_load_relaxed(&shared->head),
                               .skipped = strait_u64_load_relaxed(&shared->skipped),
                               .redelivered = strait_u64_load_relaxed(&shared->redelivered),
                               .dropped = strait_u64_load_relaxed(&shared->dropped),
                               .overrun = strait_u64_load_relaxed(&shared->overrun),
                               .item_bytes = shape->item_bytes,
                               .item_align = shape->item_align,
                               .ports = shape->ports,
                               .writers = (strait_sides)shape->writers,
                               .readers = (strait_sides)shape->readers,
                               .drop_seen = shape->drop_seen,
                               .finished = strait_u64_load_relaxed(&shared->finished) != 0};
    info->ports_held = strait_ring_ports_held(&ring->view, &h->geometry);
    return STRAIT_OK;
}
