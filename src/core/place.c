/* place.c - making an object in a segment that others use already. layer: object
 *
 * Entries are a log: entry n + 1 is claimed only after entry n is READY, so the place of an object follows
 * from the entries before it and nothing has to be allocated. A claim is one CAS that carries index and
 * generation of the claimant: while that incarnation lives, others wait; once it is proven dead, anyone
 * frees the entry by a CAS from that very word, and what the dead one wrote behind it was never visible.
 */
#include <stdio.h>
#include <string.h>

#include "core/directory.h"
#include "core/life.h"
#include "core/options.h"
#include "core/schema.h"

static uint64_t round_up(uint64_t value)
{
    return (value + STRAIT_OBJECT_ALIGN - 1) / STRAIT_OBJECT_ALIGN * STRAIT_OBJECT_ALIGN;
}

typedef struct placing {
    strait_segment *segment;
    const char *prefix;
    const char *name;
    const strait_object_options *options;
    uint64_t bytes;
    uint32_t kind;
    char schema[STRAIT_SCHEMA_MAX];
    size_t schema_bytes;
    bool of_items; /* the record is that of the object's items; its bytes may be others */
    uint64_t end;  /* of the last READY object and its schema */
} placing;

static int prepare(placing *p)
{
    const strait_record *record = p->options->record;
    p->bytes = p->options->bytes;
    p->kind = p->options->kind;
    if (record != NULL) {
        p->schema_bytes = strait_schema_write(record, p->schema, sizeof p->schema);
        if (p->schema_bytes == 0 || p->schema_bytes >= sizeof p->schema) {
            return strait_fail_record(p->prefix, record);
        }
        if (p->bytes == 0) {
            p->bytes = record->bytes;
        }
    }
    if (p->kind == 0) {
        p->kind = record != NULL ? STRAIT_FORMAT_KIND_RECORD : STRAIT_FORMAT_KIND_BYTES;
    }
    if (p->bytes == 0) {
        return strait_fail(OBJECT_SIZE_RULE, p->prefix, p->bytes, "give bytes or a record");
    }
    if (p->bytes > STRAIT_FORMAT_TOTAL_MAX) {
        return strait_fail(OBJECT_SIZE_RULE, p->prefix, p->bytes, "it is larger than any segment");
    }
    if (record != NULL && !p->of_items && p->bytes % record->bytes != 0) {
        return strait_fail(OBJECT_SIZE_RULE, p->prefix, p->bytes, "it is no whole number of records");
    }
    return STRAIT_OK;
}

/* Fills the entry that we claimed, and its bytes; only READY, the last store, shows any of it. */
static int fill(placing *p, uint32_t index, uint64_t claim, strait_object *object)
{
    strait_segment *segment = p->segment;
    strait_entry_format *there = strait_layout_entry(segment->map.base, &segment->geometry, index);
    strait_entry entry = {.kind = p->kind, .bytes = p->bytes};
    uint64_t at = round_up(p->end);
    if (p->schema_bytes != 0) {
        entry.schema_offset = at;
        entry.schema_bytes = (uint32_t)p->schema_bytes;
        entry.fingerprint = strait_schema_fingerprint(p->schema, p->schema_bytes);
        snprintf(entry.record_name, sizeof entry.record_name, "%s", p->options->record->name);
        at = round_up(at + p->schema_bytes);
    }
    entry.offset = at;
    snprintf(entry.name, sizeof entry.name, "%s", p->name);
    uint64_t total = segment->geometry.total_bytes;
    if (at > total || p->bytes > total - at) {
        (void)strait_directory_free_claim(segment, index, claim);
        uint64_t left = round_up(p->end) < total ? total - round_up(p->end) : 0;
        return strait_fail(NO_ROOM, p->prefix, p->bytes, left);
    }
    void *data = (char *)segment->map.base + at;
    memset(data, 0, (size_t)p->bytes);
    if (p->schema_bytes != 0) {
        memcpy((char *)segment->map.base + entry.schema_offset, p->schema, p->schema_bytes);
    }
    int rc = p->options->initialise == NULL ? 0 : p->options->initialise(data, p->bytes, p->options->context);
    if (rc < 0) {
        (void)strait_directory_free_claim(segment, index, claim);
        return strait_fail_initialise(rc, p->prefix);
    }
    there->kind = entry.kind;
    there->name_bytes = (uint32_t)strlen(entry.name);
    there->offset = entry.offset;
    there->bytes = entry.bytes;
    there->schema_offset = entry.schema_offset;
    there->schema_bytes = entry.schema_bytes;
    there->fingerprint = entry.fingerprint;
    memcpy(there->name, entry.name, sizeof there->name);
    memcpy(there->record_name, entry.record_name, sizeof there->record_name);
    /* [directory.entry] release: the entry and its bytes are complete for whoever sees READY. */
    strait_u64_store_release(
        &there->state, strait_entry_word(segment->generation, segment->index, STRAIT_FORMAT_ENTRY_READY));
    strait_directory_tell(segment, index, &entry, true, object);
    return STRAIT_CREATED;
}

/* Waits for a living claimant, or frees a dead one's claim: 0 to look again. */
static int settle(placing *p, uint32_t index, uint64_t claim, strait_patience *patience)
{
    uint32_t claimant = strait_entry_claimant(claim);
    if (claimant >= p->segment->geometry.participants_count ||
        strait_entry_phase(claim) != STRAIT_FORMAT_ENTRY_CLAIMED) {
        return strait_fail(BAD_ENTRY, p->prefix, index, "its state is none of the three");
    }
    if (strait_life_verdict(p->segment, claimant, strait_owner_generation(claim)) == STRAIT_DEAD) {
        (void)strait_directory_free_claim(p->segment, index, claim);
        return STRAIT_OK;
    }
    if (!strait_patience_nap(patience)) {
        const strait_participant_format *who =
            strait_layout_participant(p->segment->map.base, &p->segment->geometry, claimant);
        return strait_fail(PLACING, p->prefix, strait_u32_load_relaxed(&who->pid), claimant);
    }
    return STRAIT_OK;
}

static int place(placing *p, strait_object *object)
{
    strait_segment *segment = p->segment;
    strait_patience patience = {.end_ns = p->options->deadline_ns, .nap_ns = 0};
    p->end = segment->geometry.user_offset;
    for (uint32_t i = 0; i < segment->geometry.directory_count;) {
        strait_entry entry;
        int rc = strait_directory_read(segment, i, &entry);
        if (rc == STRAIT_CORRUPT) {
            return strait_fail(BAD_ENTRY, p->prefix, i, "it lies outside the segment");
        }
        if (rc == STRAIT_OK) {
            if (strcmp(entry.name, p->name) == 0) {
                rc = strait_directory_match(segment, &entry, p->prefix, p->options->record,
                                            p->of_items ? 0 : p->bytes, p->kind);
                strait_directory_tell(segment, i, &entry, false, object);
                return rc;
            }
            p->end = entry.offset + entry.bytes;
            i++;
            continue;
        }
        /* [directory.entry] acquire: what the last claimant wrote comes before what we write. */
        uint64_t word =
            strait_u64_load_acquire(&strait_layout_entry(segment->map.base, &segment->geometry, i)->state);
        if (strait_entry_phase(word) == STRAIT_FORMAT_ENTRY_FREE) {
            uint64_t claim =
                strait_entry_word(segment->generation, segment->index, STRAIT_FORMAT_ENTRY_CLAIMED);
            /* [directory.entry] acq_rel: the entry is ours alone from here to READY. */
            if (strait_u64_cas_acq_rel(&strait_layout_entry(segment->map.base, &segment->geometry, i)->state,
                                       &word, claim)) {
                return fill(p, i, claim, object);
            }
        } else if (strait_entry_phase(word) != STRAIT_FORMAT_ENTRY_READY) {
            rc = settle(p, i, word, &patience);
            if (rc < 0) {
                return rc;
            }
        }
    }
    return strait_fail(NO_ENTRY, p->prefix, segment->geometry.directory_count);
}

static int checked_call(strait_segment *segment, const char *name, const strait_object_options *options,
                        strait_object *object, strait_prefix *prefix)
{
    int rc = strait_directory_check_call(segment, name, object, "place an object in", prefix);
    if (rc < 0) {
        return rc;
    }
    if (name == NULL || options == NULL) {
        return strait_fail(NULL_ARGUMENT, prefix->text, name == NULL ? "name" : "options");
    }
    char verb[STRAIT_OBJECT_NAME_MAX + 24];
    snprintf(verb, sizeof verb, "place object \"%s\" in", name);
    strait_prefix_make(prefix, verb, segment->where);
    return STRAIT_OK;
}

static int checked_place(strait_segment *segment, const char *name, const strait_object_options *options,
                         bool of_items, const strait_prefix *prefix, strait_object *object)
{
    if (segment->index == STRAIT_NOBODY) {
        return strait_fail(ONLY_LOOKING, prefix->text);
    }
    placing p = {
        .segment = segment, .prefix = prefix->text, .name = name, .options = options, .of_items = of_items};
    int rc = prepare(&p);
    return rc < 0 ? rc : place(&p, object);
}

int strait_directory_place(strait_segment *segment, const char *name, const strait_object_options *options,
                           strait_object *object)
{
    strait_prefix prefix;
    int rc = checked_call(segment, name, options, object, &prefix);
    return rc < 0 ? rc : checked_place(segment, name, options, true, &prefix, object);
}

int strait_segment_place_abi(strait_segment *segment, const char *name, const strait_object_options *options,
                             size_t options_bytes, uint32_t abi, strait_object *object)
{
    strait_prefix prefix;
    strait_object_options ours;
    int rc = checked_call(segment, name, options, object, &prefix);
    if (rc < 0) {
        return rc;
    }
    if (abi != STRAIT_ABI || !strait_options_take(&ours, sizeof ours, options, options_bytes)) {
        return strait_fail(OTHER_ABI, prefix.text, abi, options_bytes, STRAIT_VERSION_TEXT, STRAIT_ABI,
                           sizeof ours);
    }
    return checked_place(segment, name, &ours, false, &prefix, object);
}
