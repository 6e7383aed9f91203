/* life.h - who is attached, who is dead. layer: object */
#ifndef STRAIT_CORE_LIFE_H
#define STRAIT_CORE_LIFE_H

#include "core/segment.h"

/* Takes a participant record and the token that goes with it. CROWDED, or what the system refused with. */
int strait_life_join(strait_segment *segment, strait_os_cause *cause);

/* Gives the record back; the token goes with the map. */
void strait_life_leave(strait_segment *segment);

/* Who a participant says it is. */
void strait_life_identity(const strait_segment *segment, uint32_t index, strait_os_identity *who);

/* The verdict on one incarnation of a record. */
strait_life strait_life_verdict(const strait_segment *segment, uint32_t index, uint32_t generation);

/* True if any participant other than ourselves may be alive. */
bool strait_life_any(const strait_segment *segment);

/* Frees the record of a participant that is proven dead, and first what it held. True if this call freed
 * it. */
bool strait_life_bury(const strait_segment *segment, uint32_t index, uint32_t generation);

#endif
