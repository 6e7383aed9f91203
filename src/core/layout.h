/* layout.h - a segment as bytes: how large, how formatted, and whether bytes found somewhere can be one.
 * layer: layout
 *
 * No system, no allocation, no object: unit tests run it on an array, fuzzers on noise, tools on a core file.
 */
#ifndef STRAIT_CORE_LAYOUT_H
#define STRAIT_CORE_LAYOUT_H

#include <strait/format.h>
#include <strait/result.h>

/* Where things are. Read from the header once, checked once, and used from this private copy ever after. */
typedef struct strait_geometry {
    uint64_t total_bytes;
    uint64_t user_offset;
    uint64_t user_bytes;
    uint64_t participants_offset;
    uint32_t participants_count;
    uint32_t directory_count;
    uint64_t directory_offset;
    uint64_t schema_offset;
    uint32_t schema_bytes;
    uint32_t lifetime;
    uint32_t creator_index;
    uint32_t creator_generation;
} strait_geometry;

/* What a creator asks for. */
typedef struct strait_layout_request {
    uint64_t bytes;      /* of the first object */
    uint64_t room_bytes; /* behind it */
    uint32_t participants;
    uint32_t objects;
    uint32_t schema_bytes;
    uint32_t lifetime;
} strait_layout_request;

/* What a creator writes down about itself and the first object. */
typedef struct strait_layout_birth {
    const char *name;
    const uint8_t *uuid; /* 16 bytes */
    const uint8_t *boot; /* 16 bytes */
    uint64_t created_ns;
    uint32_t waiting;
    uint32_t role;
    uint32_t pid;
    uint64_t start;
    uint64_t pid_namespace;
    const char *program; /* 64 bytes, zero-filled */
    uint32_t kind;
    const char *record_name; /* NULL = none */
    const char *schema;      /* schema_bytes of it */
    uint64_t fingerprint;
} strait_layout_birth;

/* Which field contradicts what. */
typedef struct strait_layout_fault {
    const char *field;
    uint64_t found;
    uint64_t expected; /* for sizes, versions and features */
    const char *why;
} strait_layout_fault;

/* Total bytes, with the geometry; 0 if the request cannot be. */
uint64_t strait_layout_footprint(const strait_layout_request *request, strait_geometry *geometry);

/* Writes header, the creator's participant record (index 0, generation 1, attached) and the first
 * directory entry into zeroed bytes that nobody else sees yet. */
void strait_layout_format(void *bytes, const strait_geometry *geometry, const strait_layout_request *request,
                          const strait_layout_birth *birth);

/* 0 with the geometry; else FOREIGN, BYTE_ORDER_MISMATCH, VERSION_MISMATCH, TRUNCATED or CORRUPT with the fault.
 * `count` bytes are there; `exact` if the system does not round sizes up. `only_reading` tolerates
 * features that observers may not know. Reads each byte of the header once. */
int strait_layout_verify(const void *bytes, uint64_t count, bool exact, bool only_reading,
                         strait_geometry *geometry, strait_layout_fault *fault);

/* Accessors over checked geometry. */
static inline strait_header_format *strait_layout_header(void *base)
{
    return (strait_header_format *)base;
}

static inline strait_participant_format *
strait_layout_participant(void *base, const strait_geometry *geometry, uint32_t index)
{
    return (strait_participant_format *)((char *)base + geometry->participants_offset) + index;
}

static inline strait_entry_format *strait_layout_entry(void *base, const strait_geometry *geometry,
                                                       uint32_t index)
{
    return (strait_entry_format *)((char *)base + geometry->directory_offset) + index;
}

/* Words that carry a count and a phase. */
static inline uint64_t strait_owner_word(uint32_t generation, uint32_t phase)
{
    return (uint64_t)generation << 32 | phase;
}

static inline uint32_t strait_owner_generation(uint64_t owner)
{
    return (uint32_t)(owner >> 32);
}

static inline uint32_t strait_owner_phase(uint64_t owner)
{
    return (uint32_t)owner;
}

static inline uint64_t strait_state_word(uint64_t count, uint32_t phase)
{
    return count << 8 | phase;
}

static inline uint64_t strait_state_count(uint64_t state)
{
    return state >> 8;
}

static inline uint32_t strait_state_phase(uint64_t state)
{
    return (uint32_t)(state & 0xff);
}

static inline uint64_t strait_entry_word(uint32_t generation, uint32_t index, uint32_t phase)
{
    return (uint64_t)generation << 32 | (uint64_t)index << 8 | phase;
}

static inline uint32_t strait_entry_phase(uint64_t word)
{
    return (uint32_t)(word & 0xff);
}

static inline uint32_t strait_entry_claimant(uint64_t word)
{
    return (uint32_t)(word >> 8 & 0xffffff);
}

#endif
