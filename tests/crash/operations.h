/* operations.h - the operations that are swept. A row says how the scene is set, what the victim must hold
 * before, and the call itself; the aftermath (invariants.h) is the same for all.
 */
#ifndef STRAIT_CRASH_OPERATIONS_H
#define STRAIT_CRASH_OPERATIONS_H

#include "stage.h"

typedef struct operation {
    const char *name;           /* what/in which scene */
    void (*scene)(void);        /* in the director: the state before */
    void (*ready)(part *);      /* in the victim: what it must hold; NULL = nothing */
    void (*run)(part *);        /* in the victim: the call; its result into p->rc */
    bool (*fine)(const part *); /* in the director: whether the result may be */
    strait_lifetime lifetime;
    unsigned traits;
} operation;

#define TRAIT_SECOND 1u   /* also runs against every other operation */
#define TRAIT_REMOVES 2u  /* may end any segment */
#define TRAIT_LEAVES 4u   /* may end one by leaving */
#define TRAIT_NEEDS 8u    /* `ready` needs a segment that is there */
#define TRAIT_FOUND 16u   /* a segment is there when the second gets ready */
#define TRAIT_THIRD 64u   /* may come in between two others */
#define TRAIT_SOLO 32u    /* not the first of a pair: another row has all of it */
#define TRAIT_FILES 128u  /* only where objects are files */
#define TRAIT_KEYS 256u   /* only where objects lie under keys */
#define TRAIT_RING 512u   /* of a ring: pairs with its like only, */
#define TRAIT_SIDES 3072u /* ... for as many writers and readers: TRAIT_WRITERS, TRAIT_READERS */
#define TRAIT_WRITERS 1024u
#define TRAIT_READERS 2048u

const operation *operation_at(size_t i);
size_t operation_count(void);

/* The rows of ring_operations.c. */
extern const operation ring_operations[];
extern const size_t ring_operation_count;

/* A scene that others build on: a long-time participant made the segment, and stays. */
void scene_witnessed(void);

/* Whether the scene can be set with the back end under test. */
bool operation_is_of_this_world(const operation *it);

/* Sets the scene of `first` and makes it, and `second` if there is one, ready. False if that does not go. */
bool scene_set(const operation *first, const operation *second);

/* The command that runs a victim's operation between the stepper's marks. */
void act_perform(part *p);

#endif
