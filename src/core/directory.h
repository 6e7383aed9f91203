/* directory.h - several objects in one segment. layer: object */
#ifndef STRAIT_CORE_DIRECTORY_H
#define STRAIT_CORE_DIRECTORY_H

#include "core/segment.h"

/* A checked private copy of one READY entry. */
typedef struct strait_entry {
    uint32_t kind;
    uint64_t offset, bytes;
    uint64_t schema_offset;
    uint32_t schema_bytes;
    uint64_t fingerprint;
    char name[STRAIT_OBJECT_NAME_MAX + 1];
    char record_name[STRAIT_OBJECT_NAME_MAX + 1];
} strait_entry;

/* Reads entry `index`: 0; NOT_FOUND if it is not READY; CORRUPT if it contradicts the geometry. Says no
 * sentence. */
int strait_directory_read(const strait_segment *segment, uint32_t index, strait_entry *entry);

/* How many entries are READY. */
uint32_t strait_directory_count(const strait_segment *segment);

/* Checks a record that the user asks for against an entry: 0, or the mismatch, with a sentence. `record`
 * may be NULL. */
int strait_directory_match(const strait_segment *segment, const strait_entry *entry, const char *prefix,
                           const strait_record *record, uint64_t bytes, uint32_t kind);

/* Frees entries that a participant proven dead had claimed and not finished. */
void strait_directory_release(const strait_segment *segment, uint32_t index, uint32_t generation);

/* Frees one claim, if the entry still has exactly that word. */
bool strait_directory_free_claim(const strait_segment *segment, uint32_t entry_index, uint64_t claim);

/* Tells a user about an entry. */
void strait_directory_tell(const strait_segment *segment, uint32_t index, const strait_entry *entry,
                           bool created, strait_object *object);

/* strait_segment_place of an object other than bytes: `bytes` are what to make it with, whatever is there, and the
 * record is that of its items. */
int strait_directory_place(strait_segment *segment, const char *name, const strait_object_options *options,
                           strait_object *object);

/* What every call on the directory checks first; fills the prefix. `name` may be NULL. */
int strait_directory_check_call(const strait_segment *segment, const char *name, const strait_object *object,
                                const char *verb, strait_prefix *prefix);

/* The text of a kind: "ring", "kind 65537". */
const char *strait_kind_name(uint32_t kind, char *room, size_t room_bytes);

#endif
