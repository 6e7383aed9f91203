/* set.h - what the files about sets of semaphores share. layer: system */
#ifndef STRAIT_SYSV_SET_H
#define STRAIT_SYSV_SET_H

#include <sys/sem.h>

#include "sysv/sysv.h"

#define STRAIT_SYSV_SET_KEYS 0x60000000u /* the first four bits of their keys */

union argument { /* semctl's fourth; no header declares it */
    int value;
    struct semid_ds *about;
    unsigned short *all;
};

/* True if a set of ours can have that key; if it has the number of semaphores too, and says about itself. */
bool strait_sysv_set_key(key_t key);
bool strait_sysv_set_shape(int set, struct semid_ds *about);

/* What a set says that belongs to a segment; the segment that it belongs to, -1 if it is no (signed) set of ours. */
void strait_sysv_set_signature(int segment, unsigned short marks[STRAIT_SYSV_SIGNATURES]);
int strait_sysv_set_segment(int set);

/* True if nothing was ever done to it. */
bool strait_sysv_set_zero(int set);

/* The set belongs to the segment's owner, whoever made it. True if it does now. */
bool strait_sysv_set_hand_over(int set, const strait_sysv_view *view);

#endif
