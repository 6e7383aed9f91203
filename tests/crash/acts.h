/* acts.h - what parts do, in their own process: the calls of the library that scenes, operations and the
 * aftermath are made of. Each act writes what it finds into its part; anything that must not be is noted
 * as a fault there.
 */
#ifndef STRAIT_CRASH_ACTS_H
#define STRAIT_CRASH_ACTS_H

#include "stage.h"

#define SCENE_BYTES 256u
#define SCENE_OBJECT_BYTES 128u
#define SCENE_OBJECTS 4u      /* entries of the directory, the segment's own first object included */
#define SCENE_PARTICIPANTS 6u /* records */
#define SCENE_CROWD 30u       /* as many as one System V set of semaphores has tokens for */
#define SCENE_CROWD_PARTICIPANTS 36u
#define SCENE_PARTICIPANTS_MAX SCENE_CROWD_PARTICIPANTS

/* The options of the scene's segment: small, and used up exactly by SCENE_OBJECTS objects. */
strait_segment_options act_options(strait_how how);
strait_object_options act_object_options(void);

/* Opens the scene's segment into p->segment; p->rc is the result. */
void act_open(part *p, strait_how how, strait_role role);
void act_create(part *p);       /* ... and must make it */
void act_attach(part *p);       /* ... and must find it */
void act_attach_twice(part *p); /* another handle besides, which is forgotten */
void act_attach_all(part *p);   /* every record that is left */
void act_attach_crowd(part *p); /* until SCENE_CROWD are in use, the witness's included */
void act_leave(part *p);        /* closes it, if it is attached */

/* Leftovers of the dead: the part is to be killed afterwards. */
void act_mark_retired(part *p); /* the state says RETIRED, the name stays */
void act_die_placing(part *p);  /* dies by its own hand in the midst of placing an object */

/* Writes down what the part holds after its operation. */
void act_settle(part *p);

/* Looks around: its bytes are whole, itself is alive, nobody living is called dead, and (once everything
 * is quiet) nobody dead is called living. */
void act_look(part *p);

/* True if the bytes are as initialise wrote them, all of one maker. */
bool act_is_whole(const void *bytes, uint64_t count);

/* The first thing of a newcomer: open-or-create. */
void act_newcomer_open(part *p);
/* Reaps; then exactly the living have records, and all other records and entries can be used. */
void act_newcomer_capacity(part *p);
/* The last participant leaves, and the name goes when its lifetime says so, or when it is removed. */
void act_newcomer_last(part *p);

/* The nursery does everything once, so that first-time work of the C library is not in every recording. */
void act_warm_up(void);

#endif
