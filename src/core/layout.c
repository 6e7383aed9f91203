/* layout.c - a segment as bytes: footprint, format, verify. layer: layout
 *
 * footprint is the validator of what a creator asks; verify is the validator of what others left behind.
 * Verify copies the header first and judges only the copy, so that a peer that scribbles while we look can
 * make it fail but cannot make it believe one thing and use another.
 */
#include "core/layout.h"

#include <string.h>

#define HEADER_BYTES ((uint64_t)sizeof(strait_header_format))
#define RECORD_BYTES ((uint64_t)sizeof(strait_participant_format))
#define ENTRY_BYTES ((uint64_t)sizeof(strait_entry_format))

static uint64_t round_up(uint64_t value, uint64_t step)
{
    return (value + step - 1) / step * step;
}

uint64_t strait_layout_footprint(const strait_layout_request *request, strait_geometry *geometry)
{
    const strait_layout_request *r = request;
    if (r->bytes == 0 || r->bytes > STRAIT_FORMAT_TOTAL_MAX || r->room_bytes > STRAIT_FORMAT_TOTAL_MAX) {
        return 0;
    }
    if (r->participants == 0 || r->participants > STRAIT_PARTICIPANTS_MAX || r->objects == 0 ||
        r->objects > STRAIT_OBJECTS_MAX || r->schema_bytes > STRAIT_SCHEMA_MAX ||
        r->lifetime > STRAIT_FORMAT_UNTIL_LAST) {
        return 0;
    }
    memset(geometry, 0, sizeof *geometry);
    geometry->participants_offset = HEADER_BYTES;
    geometry->participants_count = r->participants;
    geometry->directory_offset = geometry->participants_offset + r->participants * RECORD_BYTES;
    geometry->directory_count = r->objects;
    uint64_t end = geometry->directory_offset + r->objects * ENTRY_BYTES;
    if (r->schema_bytes != 0) {
        geometry->schema_offset = end;
        geometry->schema_bytes = r->schema_bytes;
        end += r->schema_bytes;
    }
    geometry->user_offset = round_up(end, STRAIT_FORMAT_USER_ALIGN);
    geometry->user_bytes = r->bytes;
    if (r->room_bytes != 0) {
        geometry->user_bytes = round_up(r->bytes, STRAIT_OBJECT_ALIGN) + r->room_bytes;
    }
    geometry->total_bytes = geometry->user_offset + geometry->user_bytes;
    geometry->lifetime = r->lifetime;
    geometry->creator_index = 0;
    geometry->creator_generation = 1;
    return geometry->total_bytes <= STRAIT_FORMAT_TOTAL_MAX ? geometry->total_bytes : 0;
}

static void copy_text(char *room, size_t room_bytes, const char *text)
{
    size_t length = strlen(text);
    memcpy(room, text, length < room_bytes ? length : room_bytes - 1);
}

static void format_creator(strait_participant_format *p, const strait_layout_birth *birth)
{
    strait_u32_init(&p->pid, birth->pid);
    strait_u32_init(&p->role, birth->role);
    strait_u64_init(&p->start, birth->start);
    strait_u64_init(&p->pid_namespace, birth->pid_namespace);
    strait_u64_init(&p->joined_ns, birth->created_ns);
    for (size_t i = 0; i < 8; i++) {
        uint64_t piece;
        memcpy(&piece, birth->program + i * 8, 8);
        strait_u64_init(&p->program[i], piece);
    }
    strait_u64_init(&p->owner, strait_owner_word(1, STRAIT_FORMAT_ATTACHED));
}

static void format_first_entry(strait_entry_format *entry, const strait_geometry *g,
                               const strait_layout_request *request, const strait_layout_birth *birth)
{
    entry->kind = birth->kind;
    entry->offset = g->user_offset;
    entry->bytes = request->bytes;
    entry->schema_offset = g->schema_offset;
    entry->schema_bytes = g->schema_bytes;
    entry->fingerprint = birth->fingerprint;
    if (birth->record_name != NULL) {
        copy_text(entry->record_name, sizeof entry->record_name, birth->record_name);
    }
    strait_u64_init(&entry->state, strait_owner_word(1, STRAIT_FORMAT_ENTRY_READY));
}

void strait_layout_format(void *bytes, const strait_geometry *geometry, const strait_layout_request *request,
                          const strait_layout_birth *birth)
{
    strait_header_format *h = strait_layout_header(bytes);
    const strait_geometry *g = geometry;
    h->byte_order = STRAIT_FORMAT_BYTE_ORDER;
    h->format_version = STRAIT_FORMAT_VERSION;
    h->header_bytes = (uint32_t)HEADER_BYTES;
    h->line_bytes = STRAIT_FORMAT_LINE_BYTES;
    h->features_compatible = STRAIT_FEATURES_COMPATIBLE;
    h->features_readable = STRAIT_FEATURES_READABLE;
    h->features_incompatible = STRAIT_FEATURES_INCOMPATIBLE;
    h->total_bytes = g->total_bytes;
    h->user_offset = g->user_offset;
    h->user_bytes = g->user_bytes;
    h->participants_offset = g->participants_offset;
    h->participants_stride = (uint32_t)RECORD_BYTES;
    h->participants_count = g->participants_count;
    h->directory_offset = g->directory_offset;
    h->directory_stride = (uint32_t)ENTRY_BYTES;
    h->directory_count = g->directory_count;
    h->schema_offset = g->schema_offset;
    h->schema_bytes = g->schema_bytes;
    h->lifetime = g->lifetime;
    h->creator_index = g->creator_index;
    h->creator_generation = g->creator_generation;
    memcpy(h->uuid, birth->uuid, sizeof h->uuid);
    memcpy(h->boot, birth->boot, sizeof h->boot);
    h->created_ns = birth->created_ns;
    h->created_clock = STRAIT_FORMAT_CLOCK_UNIX;
    h->creator_pid = birth->pid;
    h->name_bytes = (uint32_t)strlen(birth->name);
    copy_text(h->name, sizeof h->name, birth->name);
    strait_u64_init(&h->state, strait_state_word(0, STRAIT_FORMAT_LIVE));
    strait_u32_init(&h->waiting, birth->waiting);
    if (g->schema_bytes != 0) {
        memcpy((char *)bytes + g->schema_offset, birth->schema, g->schema_bytes);
    }
    format_creator(strait_layout_participant(bytes, g, 0), birth);
    format_first_entry(strait_layout_entry(bytes, g, 0), g, request, birth);
    /* [segment.magic] release: whoever sees the magic sees everything above; it matters where a segment
     * can be seen while it is being made. */
    strait_u64_store_release(&h->magic, STRAIT_FORMAT_MAGIC);
}

/* --- verify --------------------------------------------------------------------------------------------- */

static int fault_of(strait_layout_fault *fault, int result, const char *field, uint64_t found,
                    uint64_t expected, const char *why)
{
    *fault = (strait_layout_fault){.field = field, .found = found, .expected = expected, .why = why};
    return result;
}

static uint64_t swapped(uint64_t value)
{
    uint64_t other = 0;
    for (int i = 0; i < 8; i++) {
        other = other << 8 | (value >> (8 * i) & 0xff);
    }
    return other;
}

static int verify_identity(const strait_header_format *h, uint64_t magic, bool only_reading,
                           strait_layout_fault *fault)
{
    if (magic == swapped(STRAIT_FORMAT_MAGIC)) {
        return fault_of(fault, STRAIT_BYTE_ORDER_MISMATCH, "byte_order", h->byte_order,
                        STRAIT_FORMAT_BYTE_ORDER, "it was made on a machine of the other byte order");
    }
    if (magic != STRAIT_FORMAT_MAGIC) {
        return fault_of(fault, STRAIT_FOREIGN, "magic", magic, STRAIT_FORMAT_MAGIC,
                        "the mark at the start is missing");
    }
    if (h->byte_order != STRAIT_FORMAT_BYTE_ORDER) {
        return fault_of(fault, STRAIT_CORRUPT, "byte_order", h->byte_order, STRAIT_FORMAT_BYTE_ORDER,
                        "it contradicts the magic");
    }
    if (h->format_version != STRAIT_FORMAT_VERSION) {
        return fault_of(fault, STRAIT_VERSION_MISMATCH, "format_version", h->format_version,
                        STRAIT_FORMAT_VERSION, "");
    }
    if ((h->features_incompatible & ~STRAIT_FEATURES_INCOMPATIBLE) != 0) {
        return fault_of(fault, STRAIT_VERSION_MISMATCH, "features_incompatible", h->features_incompatible,
                        STRAIT_FEATURES_INCOMPATIBLE, "");
    }
    if (!only_reading && (h->features_readable & ~STRAIT_FEATURES_READABLE) != 0) {
        return fault_of(fault, STRAIT_VERSION_MISMATCH, "features_readable", h->features_readable,
                        STRAIT_FEATURES_READABLE, "");
    }
    return STRAIT_OK;
}

/* True if `count` pieces of `stride` bytes at `offset` lie inside [from, to). No sum here can wrap: the
 * counts are 32-bit and the strides constants. */
static bool inside(uint64_t offset, uint64_t bytes, uint64_t from, uint64_t to)
{
    return offset >= from && offset <= to && bytes <= to - offset;
}

static int verify_tables(const strait_header_format *h, strait_layout_fault *fault)
{
    if (h->participants_count == 0 || h->participants_count > STRAIT_PARTICIPANTS_MAX) {
        return fault_of(fault, STRAIT_CORRUPT, "participants_count", h->participants_count, 0,
                        "it is out of range");
    }
    if (h->participants_stride != RECORD_BYTES) {
        return fault_of(fault, STRAIT_CORRUPT, "participants_stride", h->participants_stride, 0,
                        "a record has 128 bytes");
    }
    if (h->participants_offset != HEADER_BYTES) {
        return fault_of(fault, STRAIT_CORRUPT, "participants_offset", h->participants_offset, 0,
                        "the records follow the header");
    }
    if (h->directory_count == 0 || h->directory_count > STRAIT_OBJECTS_MAX) {
        return fault_of(fault, STRAIT_CORRUPT, "directory_count", h->directory_count, 0,
                        "it is out of range");
    }
    if (h->directory_stride != ENTRY_BYTES) {
        return fault_of(fault, STRAIT_CORRUPT, "directory_stride", h->directory_stride, 0,
                        "an entry has 256 bytes");
    }
    uint64_t records_end = h->participants_offset + h->participants_count * RECORD_BYTES;
    if (h->directory_offset != records_end) {
        return fault_of(fault, STRAIT_CORRUPT, "directory_offset", h->directory_offset, 0,
                        "the directory follows the participants");
    }
    uint64_t directory_end = records_end + h->directory_count * ENTRY_BYTES;
    if (!inside(directory_end, 0, 0, h->user_offset)) {
        return fault_of(fault, STRAIT_CORRUPT, "user_offset", h->user_offset, 0,
                        "the directory ends behind it");
    }
    if (h->schema_bytes > STRAIT_SCHEMA_MAX) {
        return fault_of(fault, STRAIT_CORRUPT, "schema_bytes", h->schema_bytes, 0, "it is too large");
    }
    if ((h->schema_offset == 0) != (h->schema_bytes == 0) ||
        (h->schema_offset != 0 &&
         !inside(h->schema_offset, h->schema_bytes, directory_end, h->user_offset))) {
        return fault_of(fault, STRAIT_CORRUPT, "schema_offset", h->schema_offset, 0,
                        "the schema lies between directory and user area");
    }
    return STRAIT_OK;
}

static int verify_sizes(const strait_header_format *h, uint64_t count, bool exact, strait_layout_fault *fault)
{
    if (h->header_bytes != HEADER_BYTES) {
        return fault_of(fault, STRAIT_CORRUPT, "header_bytes", h->header_bytes, 0, "a header has 1024 bytes");
    }
    if (h->line_bytes != STRAIT_FORMAT_LINE_BYTES) {
        return fault_of(fault, STRAIT_CORRUPT, "line_bytes", h->line_bytes, 0, "lines are 128 bytes apart");
    }
    if (h->total_bytes > STRAIT_FORMAT_TOTAL_MAX || h->total_bytes < HEADER_BYTES) {
        return fault_of(fault, STRAIT_CORRUPT, "total_bytes", h->total_bytes, 0, "it is out of range");
    }
    if (h->user_offset % STRAIT_FORMAT_USER_ALIGN != 0 || h->user_offset > h->total_bytes) {
        return fault_of(fault, STRAIT_CORRUPT, "user_offset", h->user_offset, 0,
                        "it is a multiple of 16384 inside");
    }
    if (h->user_bytes == 0 || h->user_bytes != h->total_bytes - h->user_offset) {
        return fault_of(fault, STRAIT_CORRUPT, "user_bytes", h->user_bytes, 0,
                        "it is the rest of the segment");
    }
    if (count < h->total_bytes) {
        return fault_of(fault, STRAIT_TRUNCATED, "total_bytes", count, h->total_bytes,
                        "the file is too short");
    }
    if (exact && count > h->total_bytes) {
        return fault_of(fault, STRAIT_CORRUPT, "total_bytes", h->total_bytes, count, "the file is longer");
    }
    return STRAIT_OK;
}

static int verify_rest(const strait_header_format *h, uint64_t state, strait_layout_fault *fault)
{
    if (h->lifetime > STRAIT_FORMAT_UNTIL_LAST) {
        return fault_of(fault, STRAIT_CORRUPT, "lifetime", h->lifetime, 0, "it is none of the three");
    }
    if (h->creator_index >= h->participants_count) {
        return fault_of(fault, STRAIT_CORRUPT, "creator_index", h->creator_index, 0,
                        "there is no such record");
    }
    if (h->name_bytes >= sizeof h->name || h->name[h->name_bytes] != '\0' ||
        memchr(h->name, '\0', h->name_bytes) != NULL) {
        return fault_of(fault, STRAIT_CORRUPT, "name_bytes", h->name_bytes, 0, "the name is not so long");
    }
    uint32_t phase = strait_state_phase(state);
    if (phase < STRAIT_FORMAT_LIVE || phase > STRAIT_FORMAT_RETIRED) {
        return fault_of(fault, STRAIT_CORRUPT, "state", state, 0, "its phase is none of the three");
    }
    return STRAIT_OK;
}

int strait_layout_verify(const void *bytes, uint64_t count, bool exact, bool only_reading,
                         strait_geometry *geometry, strait_layout_fault *fault)
{
    if (count < HEADER_BYTES) {
        return fault_of(fault, STRAIT_TRUNCATED, "total_bytes", count, HEADER_BYTES,
                        "it has no room for a header");
    }
    const strait_header_format *there = bytes;
    /* [segment.magic] acquire: what is read below is what was written before the magic. */
    uint64_t magic = strait_u64_load_acquire(&there->magic);
    /* The state line is the only part that changes; its word is read by itself, the rest as plain bytes. */
    uint64_t state = strait_u64_load_relaxed(&there->state);
    strait_header_format header = {0};
    memcpy(&header, there, offsetof(strait_header_format, state));
    int rc = verify_identity(&header, magic, only_reading, fault);
    rc = rc < 0 ? rc : verify_sizes(&header, count, exact, fault);
    rc = rc < 0 ? rc : verify_tables(&header, fault);
    rc = rc < 0 ? rc : verify_rest(&header, state, fault);
    if (rc < 0) {
        return rc;
    }
    *geometry = (strait_geometry){
        .total_bytes = header.total_bytes,
        .user_offset = header.user_offset,
        .user_bytes = header.user_bytes,
        .participants_offset = header.participants_offset,
        .participants_count = header.participants_count,
        .directory_count = header.directory_count,
        .directory_offset = header.directory_offset,
        .schema_offset = header.schema_offset,
        .schema_bytes = header.schema_bytes,
        .lifetime = header.lifetime,
        .creator_index = header.creator_index,
        .creator_generation = header.creator_generation,
    };
    return STRAIT_OK;
}
