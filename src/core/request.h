/* request.h - one call of open, checked. layer: object */
#ifndef STRAIT_CORE_REQUEST_H
#define STRAIT_CORE_REQUEST_H

#include "core/segment.h"

typedef struct strait_request {
    strait_segment_options options; /* our copy, with the defaults filled in */
    strait_segment *segment;
    const char *prefix;
    strait_layout_request layout; /* for creation */
    uint32_t kind;
    uint64_t fingerprint;
    const char
        *noun; /* NULL, or what lies in the segment ("ring"): then bytes are what to make it with, whatever is
                         there, and the record is that of its items */
    char schema[STRAIT_SCHEMA_MAX];
    uint8_t uuid[16];
    bool refused;       /* the program's initialise said no: its result is final, whatever it means to us */
    unsigned races;     /* how often somebody was faster */
    bool hopeless;      /* there will never be enough space */
    unsigned shortages; /* how often there was no space, perhaps only because others were making the same */
} strait_request;

/* Opens the segment of a named object (`noun`, of options->kind). Sentences speak of the object. */
int strait_segment_open_object(const char *name, const char *noun, const strait_segment_options *options,
                               strait_segment **segment);

/* The ways to open; each leaves nothing behind when it fails. */
int strait_open_by_name(strait_request *request);
int strait_open_anonymous(strait_request *request);
int strait_open_handed_over(strait_request *request);
int strait_open_raw(strait_request *request);

#endif
