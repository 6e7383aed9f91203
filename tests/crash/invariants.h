/* invariants.h - what must hold after every trial, whatever happened in it. */
#ifndef STRAIT_CRASH_INVARIANTS_H
#define STRAIT_CRASH_INVARIANTS_H

#include "stage.h"

/* Director: survivors and a newcomer work, everybody leaves, nothing is left. Faults are noted on the
 * stage. Nobody may be held by the stepper any more. */
void invariants_check(bool private_world, uint64_t bytes_before);

#endif
