/* drive.h - moving the parts of a trial: start, to a point, on, through; and what is told when one of them
 * breaks.
 */
#ifndef STRAIT_CRASH_DRIVE_H
#define STRAIT_CRASH_DRIVE_H

#include "sweep.h"

bool drive_open(void);

/* Sets the scene; false, and counted, if that does not go. */
bool drive_scene(const operation *first, const operation *second, tally *t);

/* Brings a part to the beginning of its operation. */
bool drive_start(part_id id);

/* On to the point, or to the end if that is NULL; a part that is through obeys commands again. */
stepper_stop drive_to(part_id id, const stepper_point *point, tally *t);

/* On until it has changed what all see, and not an instruction further. */
void drive_one_change(part_id id);

/* From its beginning to its end, writing down every instruction. */
bool drive_record(part_id id, bool coarse, stepper_recording *recording);

void drive_kill(part_id id);

/* All who are in the midst of something go on, in turn where one waits for another, until they are
 * through. */
void drive_finish(tally *t);

/* The aftermath; counts the trial and what was wrong. */
void drive_conclude(const sweep_plan *plan, tally *t, const char *where);

/* A point in words; NULL is the end. */
const char *drive_describe(const stepper_point *p, char *text, size_t room);

bool drive_in_midst(part_id id);

#endif
