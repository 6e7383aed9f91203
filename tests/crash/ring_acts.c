/* ring_acts.c - the calls on rings that are swept, and the book of items. */
#define _GNU_SOURCE
#include "ring_acts.h"

#include <stdio.h>
#include <string.h>

#include "acts.h"

typedef struct ring_item {
    uint64_t id, check;
} ring_item;

/* --- the ring ----------------------------------------------------------------------------------------- */

uint64_t ring_room(void)
{
    uint64_t bytes = sizeof(strait_ring_format) + RING_PORTS * sizeof(strait_port_format) + RING_SLOTS * 32;
    return the_stage->book.on ? (bytes + STRAIT_OBJECT_ALIGN - 1) / STRAIT_OBJECT_ALIGN * STRAIT_OBJECT_ALIGN
                              : 0;
}

uint32_t ring_objects(void)
{
    return the_stage->book.on ? 1 : 0;
}

void ring_scene(strait_sides writers, strait_sides readers, unsigned fill)
{
    the_stage->book = (ring_book){.on = true, .writers = writers, .readers = readers, .fill = fill};
}

int ring_open_as(part *p, strait_role role, strait_full full)
{
    strait_ring_options options = {.role = role,
                                   .slots = RING_SLOTS,
                                   .ports = RING_PORTS,
                                   .item_bytes = sizeof(ring_item),
                                   .writers = the_stage->book.writers,
                                   .readers = the_stage->book.readers,
                                   .strategy = STRAIT_SLEEP,
                                   .full = full,
                                   .deadline_ns = STRAIT_FOREVER};
    return strait_ring_place(p->segment, "ring", &options, &p->ring);
}

/* --- the book ----------------------------------------------------------------------------------------- */

static uint64_t next_id(part *p)
{
    return (uint64_t)(p - the_stage->parts) * RING_IDS + p->ring_sent + 1;
}

static void write_item(part *p, uint64_t position, uint64_t ahead)
{
    ring_item *item = strait_ring_at(p->ring, position);
    uint64_t id = next_id(p) + ahead;
    item->id = id;
    item->check = ~id;
}

static void note_sent(part *p, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        the_stage->book.sent[next_id(p)] = 1;
        p->ring_sent++;
    }
}

static void note_received(part *p, const ring_item *item)
{
    if (item->check != ~item->id || item->id == 0 || item->id >= RING_BOOK) {
        part_fault(p, FAULT_HALF_MADE, "it received a torn item");
        return;
    }
    if (++the_stage->book.received[item->id] > 1) {
        part_fault(p, FAULT_LOST, "item %llu came twice", (unsigned long long)item->id);
    }
}

/* --- swept: writing ----------------------------------------------------------------------------------- */

static void send_some(part *p, uint64_t want)
{
    strait_ring_span span;
    p->rc = strait_ring_try_reserve(p->ring, want, &span);
    if (p->rc < 0) {
        return;
    }
    for (uint64_t i = 0; i < span.count; i++) {
        write_item(p, span.first + i, i);
    }
    (void)strait_ring_commit(p->ring, span.count);
    note_sent(p, span.count);
}

void run_ring_send(part *p)
{
    p->rc = 0;
    if (p->ring != NULL) {
        uint64_t id = next_id(p);
        ring_item item = {.id = id, .check = ~id};
        p->rc = strait_ring_try_send(p->ring, &item);
        note_sent(p, p->rc >= 0);
    }
}

void run_ring_send_two(part *p)
{
    p->rc = 0;
    if (p->ring != NULL) {
        send_some(p, 2);
    }
}

void run_ring_send_patiently(part *p)
{
    run_ring_send(p);
    for (int i = 0; i < 4 && p->rc == STRAIT_FULL; i++) {
        run_ring_send(p);
    }
}

void run_ring_reserve_and_cancel(part *p)
{
    strait_ring_span span;
    p->rc = p->ring == NULL ? 0 : strait_ring_try_reserve(p->ring, 2, &span);
    if (p->ring != NULL && p->rc >= 0) {
        p->rc = strait_ring_cancel(p->ring);
    }
}

/* --- swept: reading ----------------------------------------------------------------------------------- */

void run_ring_receive(part *p)
{
    p->rc = 0;
    if (p->ring != NULL) {
        ring_item item;
        p->ring_receiving = 1;
        p->rc = strait_ring_try_recv(p->ring, &item);
        if (p->rc >= 0) {
            note_received(p, &item);
        }
        p->ring_receiving = 0;
    }
}

void run_ring_receive_two(part *p)
{
    p->rc = 0;
    if (p->ring != NULL) {
        ring_item items[2];
        uint64_t count = 0;
        p->ring_receiving = 2;
        p->rc = strait_ring_try_recv_many(p->ring, items, 2, &count);
        for (uint64_t i = 0; i < count; i++) {
            note_received(p, &items[i]);
        }
        p->ring_receiving = 0;
    }
}

void run_ring_receive_patiently(part *p)
{
    run_ring_receive(p);
    for (int i = 0; i < 4 && p->rc == STRAIT_EMPTY; i++) {
        run_ring_receive(p);
    }
}

/* In place: as long as it has not begun to give back, nothing may be lost. */
void run_ring_look(part *p)
{
    strait_ring_span span;
    p->rc = p->ring == NULL ? 0 : strait_ring_try_peek(p->ring, 2, &span);
    if (p->ring == NULL || p->rc < 0) {
        return;
    }
    ring_item items[2];
    for (uint64_t i = 0; i < span.count; i++) {
        items[i] = *(const ring_item *)strait_ring_at(p->ring, span.first + i);
    }
    p->ring_receiving = (uint32_t)span.count;
    (void)strait_ring_release(p->ring, span.count);
    for (uint64_t i = 0; i < span.count; i++) {
        note_received(p, &items[i]);
    }
    p->ring_receiving = 0;
}

/* All of going to sleep but the sleep itself: the deadline has passed long since. */
void run_ring_wait(part *p)
{
    ring_item item;
    p->ring_receiving = 1;
    p->rc = p->ring == NULL ? 0 : strait_ring_recv(p->ring, &item, 1);
    if (p->ring != NULL && p->rc >= 0) {
        note_received(p, &item);
    }
    p->ring_receiving = 0;
}

/* --- swept: coming and going -------------------------------------------------------------------------- */

void run_ring_finish(part *p)
{
    p->rc = p->ring == NULL ? 0 : strait_ring_finish(p->ring);
}

void run_ring_close(part *p)
{
    strait_ring *ring = p->ring;
    p->ring = NULL;
    p->rc = strait_ring_close(ring);
}

void run_ring_open_both(part *p)
{
    p->rc = ring_open_as(p, STRAIT_BOTH, STRAIT_FULL_WAITS);
}

void run_ring_open_writer(part *p)
{
    p->rc = ring_open_as(p, STRAIT_WRITER, STRAIT_FULL_WAITS);
}

void run_ring_open_reader(part *p)
{
    p->rc = ring_open_as(p, STRAIT_READER, STRAIT_FULL_WAITS);
}

bool ring_fine(const part *p)
{
    return p->rc >= 0 || strait_not_now(p->rc) || (p->rc == STRAIT_ROLE_TAKEN && the_stage->company);
}

/* --- making ready ------------------------------------------------------------------------------------- */

static void enter(part *p, strait_role role, strait_full full)
{
    act_attach(p);
    if (p->segment != NULL) {
        int rc = ring_open_as(p, role, full);
        if (rc < 0 && rc != STRAIT_ROLE_TAKEN) {
            part_fault(p, FAULT_STUCK, "the scene cannot be set: %s", strait_last_error());
        }
    }
}

void act_ring_both(part *p)
{
    enter(p, STRAIT_BOTH, STRAIT_FULL_WAITS);
}

void act_ring_writer(part *p)
{
    enter(p, STRAIT_WRITER, STRAIT_FULL_WAITS);
}

void act_ring_reader(part *p)
{
    enter(p, STRAIT_READER, STRAIT_FULL_WAITS);
}

void act_ring_overwriter(part *p)
{
    enter(p, STRAIT_WRITER, STRAIT_FULL_OVERWRITES);
}

void act_ring_reserving(part *p)
{
    strait_ring_span span;
    enter(p, the_stage->book.writers == STRAIT_MANY ? STRAIT_BOTH : STRAIT_WRITER, STRAIT_FULL_WAITS);
    if (p->ring != NULL && strait_ring_try_reserve(p->ring, 1, &span) != 0) {
        part_fault(p, FAULT_STUCK, "the scene cannot be set: nothing can be reserved");
    }
}

void act_ring_looking(part *p)
{
    strait_ring_span span;
    enter(p, the_stage->book.readers == STRAIT_MANY ? STRAIT_BOTH : STRAIT_READER, STRAIT_FULL_WAITS);
    if (p->ring != NULL && strait_ring_try_peek(p->ring, 1, &span) != 0) {
        part_fault(p, FAULT_STUCK, "the scene cannot be set: there is nothing to look at");
    }
}

void act_ring_leave(part *p)
{
    int rc = strait_ring_close(p->ring);
    p->ring = NULL;
    if (rc != 0) {
        part_fault(p, FAULT_STUCK, "closing the ring says %s: %s", strait_result_name(rc),
                   strait_last_error());
    }
}

void act_ring_make(part *p)
{
    if (ring_open_as(p, STRAIT_WRITER, STRAIT_FULL_WAITS) != 0) {
        part_fault(p, FAULT_STUCK, "the scene cannot be set: %s", strait_last_error());
        return;
    }
    for (unsigned i = 0; i < the_stage->book.fill; i++) {
        send_some(p, 1);
    }
    act_ring_leave(p);
}

void act_ring_plant_sleepers(part *p)
{
    strait_ring_format *shared = p->ring->view.shared;
    (void)strait_u32_or_relaxed(&shared->readers_asleep, STRAIT_FORMAT_ASLEEP);
    (void)strait_u32_or_relaxed(&shared->writers_asleep, STRAIT_FORMAT_ASLEEP);
}

void ring_warm_up(void)
{
    part *p = &the_stage->parts[NEWCOMER];
    ring_scene(STRAIT_MANY, STRAIT_MANY, 1);
    act_open(p, STRAIT_CREATE, STRAIT_BOTH);
    if (p->segment != NULL) {
        act_ring_make(p);
        (void)ring_open_as(p, STRAIT_BOTH, STRAIT_FULL_WAITS);
        run_ring_wait(p);
        run_ring_wait(p);
        act_leave(p);
        (void)strait_segment_remove(the_stage->name, NULL, false);
    }
    memset(p, 0, sizeof *p);
    memset(&the_stage->book, 0, sizeof the_stage->book);
}
