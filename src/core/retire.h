/* retire.h - when a name ends: the state word and the three lifetimes. layer: object */
#ifndef STRAIT_CORE_RETIRE_H
#define STRAIT_CORE_RETIRE_H

#include "core/segment.h"

/* True if the name counts as absent: it is RETIRED, or its lifetime has ended. Looks only. */
bool strait_retire_due(const strait_segment *segment);

/* Makes sure of it: true if the segment is RETIRED now, by us or another; false if somebody alive needs
 * it. Needs a writable map. */
bool strait_retire_if_due(strait_segment *segment);

/* Retires it whoever needs it. */
void strait_retire_now(strait_segment *segment);

/* For a newcomer whose participant record is out: true if it may stay, false if the segment is RETIRED. */
bool strait_retire_stay(strait_segment *segment);

/* True if the state word says RETIRED. */
bool strait_retired(const strait_segment *segment);

#endif
