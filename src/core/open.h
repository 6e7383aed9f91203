/* open.h - how a name becomes a handle. layer: object */
#ifndef STRAIT_CORE_OPEN_H
#define STRAIT_CORE_OPEN_H

#include "core/segment.h"

/* Turns (backing, raw, name) into a place for the system layer, checking the name. The place points into `name`. */
int strait_place_make(strait_os_place *place, const char *prefix, const char *name, strait_backing backing,
                      bool raw);

/* Maps and checks what is at the place: geometry, header, data; joins nobody. `prefix` begins the sentences. The map is closed
 * again on failure. NOT_FOUND comes without a sentence: for open it may be no failure. */
int strait_open_look(strait_segment *segment, const char *prefix, bool writable, uint64_t max_bytes);

/* Takes the name of a RETIRED segment away, waiting for another living process that is doing so. */
int strait_open_evict(strait_segment *segment, const char *prefix, uint64_t deadline_ns);

#endif
