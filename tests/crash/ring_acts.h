/* ring_acts.h - rings in the sweep: a ring lies beside the scene's other objects, and every item that is sent or
 * received is entered into a book that lies outside of the library's memory. At the end the book must balance: what
 * was sent was received once, unless somebody died in the midst of receiving it; no item is torn; all slots and all
 * ports can be used again.
 */
#ifndef STRAIT_CRASH_RING_ACTS_H
#define STRAIT_CRASH_RING_ACTS_H

#include "stage.h"

#define RING_SLOTS 2u
#define RING_PORTS 6u

/* Bytes and entries that the ring of the scene takes; 0 if it has none. */
uint64_t ring_room(void);
uint32_t ring_objects(void);

/* Finds or makes the ring in the part's segment. */
int ring_open_as(part *p, strait_role role, strait_full full);

/* Director: the ring of this trial, and how many items the witness puts into it. */
void ring_scene(strait_sides writers, strait_sides readers, unsigned fill);

/* Parts: attach and take a port, as writer, reader or both; who is refused a role has none. */
void act_ring_both(part *p);
void act_ring_writer(part *p);
void act_ring_reader(part *p);
void act_ring_overwriter(part *p);

/* ... and have taken something in hand, not yet given back. */
void act_ring_reserving(part *p);
void act_ring_looking(part *p);

void act_ring_make(part *p);           /* the witness: makes and fills it, and lets go of it */
void act_ring_plant_sleepers(part *p); /* tickets on both sides, as of somebody who died asleep */
void act_ring_leave(part *p);
void act_newcomer_ring(part *p); /* balances the book */
void ring_warm_up(void);         /* the nursery: everything once */

/* The calls that are swept. */
void run_ring_send(part *p);
void run_ring_send_two(part *p);
void run_ring_send_patiently(part *p);
void run_ring_reserve_and_cancel(part *p);
void run_ring_receive(part *p);
void run_ring_receive_two(part *p);
void run_ring_receive_patiently(part *p);
void run_ring_look(part *p);
void run_ring_wait(part *p);
void run_ring_finish(part *p);
void run_ring_close(part *p);
void run_ring_open_both(part *p);
void run_ring_open_writer(part *p);
void run_ring_open_reader(part *p);

bool ring_fine(const part *p); /* done, or "not now", or another has the role */

#endif
