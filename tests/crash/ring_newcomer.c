/* ring_newcomer.c - what a fresh process finds in the ring after a trial: everything that was sent and not received, and
 * all slots and ports.
 */
#include <string.h>

#include "acts.h"
#include "ring_acts.h"

/* Until nothing came ten times in a row: some of the tries look for the dead. */
static uint64_t drain(part *p)
{
    uint64_t count = 0;
    for (int idle = 0; idle < 10 && p->fault == FAULT_NONE;) {
        run_ring_receive(p);
        if (p->rc >= 0) {
            count++;
            idle = 0;
        } else if (p->rc == STRAIT_EMPTY) {
            idle++;
        } else {
            part_fault(p, FAULT_STUCK, "draining the ring says %s", strait_result_name(p->rc));
        }
    }
    return count;
}

static void balance(part *p)
{
    const ring_book *book = &the_stage->book;
    strait_ring_info info;
    uint64_t lost = 0;
    uint64_t excused = strait_ring_stat(p->ring, &info) == 0 ? info.overrun : 0;
    for (unsigned i = 0; i < RING_BOOK; i++) {
        lost += book->sent[i] != 0 && book->received[i] == 0;
    }
    for (part_id id = 0; id < PARTS; id++) {
        excused += the_stage->parts[id].alive ? 0 : the_stage->parts[id].ring_receiving;
    }
    if (lost > excused) {
        part_fault(p, FAULT_LOST, "%llu items are lost, %llu may be", (unsigned long long)lost,
                   (unsigned long long)excused);
    }
}

static void use_all_slots(part *p)
{
    for (unsigned lap = 0; lap < 2; lap++) {
        p->ring_sent = 0; /* a book of its own */
        memset(&the_stage->book.received, 0, sizeof the_stage->book.received);
        unsigned sent = 0;
        for (int tries = 0; tries < 12 && sent <= RING_SLOTS; tries++) {
            run_ring_send(p);
            sent += p->rc >= 0;
        }
        uint64_t got = drain(p);
        if (sent != RING_SLOTS || got != sent) {
            part_fault(p, FAULT_LEAKED, "of %u slots %u can be written, %llu read", RING_SLOTS, sent,
                       (unsigned long long)got);
        }
    }
}

static void use_all_ports(part *p)
{
    strait_ring *clones[RING_PORTS] = {NULL};
    unsigned got = 0;
    while (got < RING_PORTS && strait_ring_clone(p->ring, STRAIT_BOTH, &clones[got]) == 0) {
        got++;
    }
    if (got != RING_PORTS - 1) {
        part_fault(p, FAULT_LEAKED, "of %u ports %u can be used", RING_PORTS, got + 1);
    }
    while (got > 0) {
        (void)strait_ring_close(clones[--got]);
    }
}

void act_newcomer_ring(part *p)
{
    strait_object object;
    if (p->segment == NULL || p->fault != FAULT_NONE ||
        memcmp(p->uuid, the_stage->uuid, sizeof p->uuid) != 0) {
        return; /* another segment: the one with the ring was removed */
    }
    if (strait_segment_find(p->segment, "ring", &object) != 0 ||
        ring_open_as(p, STRAIT_BOTH, STRAIT_FULL_WAITS) != 0) {
        part_fault(p, FAULT_LEAKED, "nobody uses the ring, but it says: %s", strait_last_error());
        return;
    }
    (void)drain(p);
    balance(p);
    use_all_slots(p);
    if (the_stage->book.writers == STRAIT_MANY && the_stage->book.readers == STRAIT_MANY) {
        use_all_ports(p);
    }
    act_ring_leave(p);
}
