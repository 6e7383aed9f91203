/* recorder.h - what the recorder needs of the engine beyond stepper.h. For stepper.c and recorder.c only.
 */
#ifndef STRAIT_CRASH_RECORDER_H
#define STRAIT_CRASH_RECORDER_H

#include "arch.h"
#include "stepper.h"

bool stepper_registers(const stepper *s, arch_registers *r);
uintptr_t stepper_pc(const stepper *s);
bool stepper_is_nap(const stepper *s, long number);

/* Number of the system call at whose entry it stands. */
long stepper_entered(const stepper *s);

/* Whether the next instruction enters the system, and which call. */
bool stepper_at_call(const stepper *s, long *number);

/* One instruction further. A system call is one instruction. */
stepper_stop stepper_single(stepper *s);

/* To the next stop of any kind at full speed; tells whether it is the entry or the exit of a system call. */
stepper_stop stepper_next(stepper *s, bool *entry, bool *leave, uint32_t *naps);

#endif
