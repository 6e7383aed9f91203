/* directory.c - the objects of a segment: reading entries that somebody else may have scribbled over,
 * finding one by name, and freeing the claims of the dead. layer: object
 *
 * Every entry is copied and checked against the geometry each time; only the copy is used.
 */
#include "core/directory.h"

#include <stdio.h>
#include <string.h>

#include "core/name.h"
#include "core/schema.h"

static strait_entry_format *entry_of(const strait_segment *segment, uint32_t index)
{
    return strait_layout_entry(segment->map.base, &segment->geometry, index);
}

const char *strait_kind_name(uint32_t kind, char *room, size_t room_bytes)
{
    static const char *const names[] = {"nothing", "bytes",     "record",  "cell",   "ring",
                                        "stream",  "feed",      "mutex",   "rwlock", "semaphore",
                                        "event",   "condition", "barrier", "pool"};
    if (kind < sizeof names / sizeof names[0]) {
        return names[kind];
    }
    snprintf(room, room_bytes, "kind %" PRIu32, kind);
    return room;
}

/* --- reading -------------------------------------------------------------------------------------------- */

static bool entry_possible(const strait_geometry *g, const strait_entry *entry)
{
    if (entry->offset % STRAIT_OBJECT_ALIGN != 0 || entry->offset < g->user_offset ||
        entry->offset > g->total_bytes || entry->bytes == 0 ||
        entry->bytes > g->total_bytes - entry->offset) {
        return false;
    }
    if (entry->schema_bytes == 0) {
        return entry->schema_offset == 0;
    }
    return entry->schema_bytes <= STRAIT_SCHEMA_MAX && entry->schema_offset >= g->directory_offset &&
           entry->schema_offset <= g->total_bytes &&
           entry->schema_bytes <= g->total_bytes - entry->schema_offset;
}

int strait_directory_read(const strait_segment *segment, uint32_t index, strait_entry *entry)
{
    const strait_entry_format *there = entry_of(segment, index);
    /* [directory.entry] acquire: READY shows the entry, its schema and its initialised bytes. */
    if (strait_entry_phase(strait_u64_load_acquire(&there->state)) != STRAIT_FORMAT_ENTRY_READY) {
        return STRAIT_NOT_FOUND;
    }
    *entry = (strait_entry){.kind = there->kind,
                            .offset = there->offset,
                            .bytes = there->bytes,
                            .schema_offset = there->schema_offset,
                            .schema_bytes = there->schema_bytes,
                            .fingerprint = there->fingerprint};
    memcpy(entry->name, there->name, sizeof entry->name - 1);
    memcpy(entry->record_name, there->record_name, sizeof entry->record_name - 1);
    return entry_possible(&segment->geometry, entry) ? STRAIT_OK : STRAIT_CORRUPT;
}

uint32_t strait_directory_count(const strait_segment *segment)
{
    uint32_t count = 0;
    strait_entry entry;
    while (count < segment->geometry.directory_count &&
           strait_directory_read(segment, count, &entry) != STRAIT_NOT_FOUND) {
        count++;
    }
    return count;
}

/* --- does it fit what the user asks for? ---------------------------------------------------------------- */

static const char *record_called(const char *name)
{
    return name[0] == '\0' ? "(none)" : name;
}

static int match_record(const strait_segment *segment, const strait_entry *entry, const char *prefix,
                        const strait_record *record)
{
    char wanted[STRAIT_SCHEMA_MAX];
    size_t wanted_bytes = strait_schema_write(record, wanted, sizeof wanted);
    if (wanted_bytes == 0 || wanted_bytes >= sizeof wanted) {
        return strait_fail_record(prefix, record);
    }
    uint64_t fingerprint = strait_schema_fingerprint(wanted, wanted_bytes);
    if (entry->schema_bytes == 0) {
        return strait_fail(NO_SCHEMA, prefix, record->name, fingerprint);
    }
    char found[STRAIT_SCHEMA_MAX];
    memcpy(found, (const char *)segment->map.base + entry->schema_offset, entry->schema_bytes);
    bool whole = strait_schema_verify(found, entry->schema_bytes);
    if (whole && entry->schema_bytes == wanted_bytes && memcmp(found, wanted, wanted_bytes) == 0) {
        return STRAIT_OK;
    }
    char difference[256] = "its schema text is damaged";
    if (whole) {
        strait_schema_difference(wanted, wanted_bytes, found, entry->schema_bytes, difference,
                                 sizeof difference);
    }
    return strait_fail(OTHER_SCHEMA, prefix, record_called(entry->record_name), entry->fingerprint,
                       record->name, fingerprint, difference);
}

int strait_directory_match(const strait_segment *segment, const strait_entry *entry, const char *prefix,
                           const strait_record *record, uint64_t bytes, uint32_t kind)
{
    char here[32];
    char there[32];
    if (kind != 0 && kind != entry->kind) {
        return strait_fail(OTHER_KIND, prefix, strait_kind_name(entry->kind, there, sizeof there),
                           strait_kind_name(kind, here, sizeof here));
    }
    if (record != NULL) {
        int rc = match_record(segment, entry, prefix, record);
        if (rc < 0) {
            return rc;
        }
    }
    if (bytes != 0 && bytes != entry->bytes) {
        return strait_fail(OTHER_SIZE, prefix, entry->bytes, bytes);
    }
    return STRAIT_OK;
}

/* --- claims --------------------------------------------------------------------------------------------- */

bool strait_directory_free_claim(const strait_segment *segment, uint32_t entry_index, uint64_t claim)
{
    /* [directory.entry] release: what the dead one wrote is over before anyone claims the entry anew. */
    return strait_u64_cas_release(&entry_of(segment, entry_index)->state, &claim,
                                  strait_entry_word(0, 0, STRAIT_FORMAT_ENTRY_FREE));
}

void strait_directory_release(const strait_segment *segment, uint32_t index, uint32_t generation)
{
    uint64_t claim = strait_entry_word(generation, index, STRAIT_FORMAT_ENTRY_CLAIMED);
    for (uint32_t i = 0; i < segment->geometry.directory_count; i++) {
        /* [directory.entry] acquire: the claim we judge is the one that is there. */
        if (strait_u64_load_acquire(&entry_of(segment, i)->state) == claim) {
            (void)strait_directory_free_claim(segment, i, claim);
        }
    }
}

void strait_directory_tell(const strait_segment *segment, uint32_t index, const strait_entry *entry,
                           bool created, strait_object *object)
{
    *object = (strait_object){.index = index,
                              .kind = entry->kind,
                              .offset = entry->offset,
                              .bytes = entry->bytes,
                              .fingerprint = entry->fingerprint,
                              .data = (char *)segment->map.base + entry->offset,
                              .created = created};
    memcpy(object->name, entry->name, sizeof object->name);
    memcpy(object->record_name, entry->record_name, sizeof object->record_name);
}

/* --- the public calls ----------------------------------------------------------------------------------- */

int strait_directory_check_call(const strait_segment *segment, const char *name, const strait_object *object,
                                const char *verb, strait_prefix *prefix)
{
    int rc = strait_segment_usable(segment, verb);
    if (rc < 0) {
        return rc;
    }
    strait_prefix_make(prefix, verb, segment->where);
    if (object == NULL) {
        return strait_fail(NULL_ARGUMENT, prefix->text, "object");
    }
    if (segment->raw) {
        return strait_fail(CANNOT, prefix->text, "a raw segment has no directory");
    }
    size_t at;
    const char *fault = name == NULL ? NULL : strait_name_fault(name, STRAIT_OBJECT_NAME_MAX, &at);
    return fault == NULL ? STRAIT_OK : strait_fail(NAME_RULE, prefix->text, name, at, fault);
}

int strait_segment_find(const strait_segment *segment, const char *name, strait_object *object)
{
    strait_prefix prefix;
    int rc = strait_directory_check_call(segment, name, object, "find an object in", &prefix);
    if (rc < 0) {
        return rc;
    }
    if (name == NULL) {
        return strait_fail(NULL_ARGUMENT, prefix.text, "name");
    }
    strait_entry entry;
    for (uint32_t i = 0; i < segment->geometry.directory_count; i++) {
        rc = strait_directory_read(segment, i, &entry);
        if (rc == STRAIT_CORRUPT) {
            return strait_fail(BAD_ENTRY, prefix.text, i, "it lies outside the segment");
        }
        if (rc == STRAIT_OK && strcmp(entry.name, name) == 0) {
            strait_directory_tell(segment, i, &entry, false, object);
            return STRAIT_OK;
        }
    }
    return strait_fail(NO_OBJECT, prefix.text, name);
}

int strait_segment_object(const strait_segment *segment, uint32_t n, strait_object *object)
{
    strait_prefix prefix;
    int rc = strait_directory_check_call(segment, NULL, object, "look at an object of", &prefix);
    if (rc < 0) {
        return rc;
    }
    strait_entry entry;
    rc = n < segment->geometry.directory_count ? strait_directory_read(segment, n, &entry) : STRAIT_NOT_FOUND;
    if (rc == STRAIT_NOT_FOUND) {
        return strait_fail(NO_NTH_OBJECT, prefix.text, strait_directory_count(segment), n);
    }
    if (rc < 0) {
        return strait_fail(BAD_ENTRY, prefix.text, n, "it lies outside the segment");
    }
    strait_directory_tell(segment, n, &entry, false, object);
    return STRAIT_OK;
}
