/* open.h - how a name becomes a handle. layer: object */
#ifndef STRAIT_CORE_OPEN_H
#define STRAIT_CORE_OPEN_H

#include "core/request.h"
#include "core/segment.h"

/* Turns (backing, raw, name) into a place for the system layer, checking the name. The place points into
 * `name`. */
int strait_place_make(strait_os_place *place, const char *prefix, const char *name, strait_backing backing,
                      bool raw);

/* Lets the program initialise the bytes that it is making. A refusal is final: request->refused. */
int strait_open_initialise(strait_request *request, void *data, uint64_t bytes);

/* The sentence for a primitive that failed while making something: there NOT_FOUND is about the directory. */
int strait_open_fail_create(int result, const char *where, const strait_os_cause *cause);

/* Maps and checks what is at the place: geometry, header, data; joins nobody. `prefix` begins the
 * sentences. The map is closed again on failure. NOT_FOUND comes without a sentence: for open it may be
 * no failure. */
int strait_open_look(strait_segment *segment, const char *prefix, bool writable, uint64_t max_bytes);

/* Takes the name of a RETIRED segment away, waiting for another living process that is doing so. */
int strait_open_evict(strait_segment *segment, const char *prefix, uint64_t deadline_ns);

#endif
