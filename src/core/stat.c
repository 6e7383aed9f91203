/* stat.c - telling all about an open segment, and changing its access rights. layer: object */
#include <string.h>

#include "core/directory.h"
#include "core/retire.h"
#include "core/segment.h"

static void copy_name(strait_segment_info *info, const strait_segment *segment)
{
    if (segment->raw) {
        const char *slash = segment->place.name == NULL ? NULL : strrchr(segment->place.name, '/');
        const char *last = slash == NULL ? segment->place.name : slash + 1;
        if (last != NULL) {
            strncat(info->name, last, sizeof info->name - 1);
        }
        return;
    }
    memcpy(info->name, segment->header->name,
           sizeof info->name - 1); /* the header's 256 bytes hold more than a name */
}

static uint32_t attached(const strait_segment *segment)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < segment->geometry.participants_count; i++) {
        const strait_participant_format *record =
            strait_layout_participant(segment->map.base, &segment->geometry, i);
        uint64_t owner = strait_u64_load_relaxed(&record->owner);
        count += strait_owner_phase(owner) == STRAIT_FORMAT_ATTACHED;
    }
    return count;
}

static void tell_creator(const strait_segment *segment, strait_segment_info *info)
{
    const strait_header_format *h = segment->header;
    info->creator_pid = h->creator_pid;
    const strait_geometry *g = &segment->geometry;
    const strait_participant_format *record =
        strait_layout_participant(segment->map.base, g, g->creator_index);
    /* [participant.owner] acquire: the program is that of the generation. */
    if (strait_owner_generation(strait_u64_load_acquire(&record->owner)) != g->creator_generation) {
        return; /* the record has been used again since: who made it is known by number only */
    }
    for (size_t i = 0; i < 8; i++) {
        uint64_t piece = strait_u64_load_relaxed(&record->program[i]);
        memcpy(info->creator_program + i * 8, &piece, 8);
    }
    info->creator_program[sizeof info->creator_program - 1] = '\0';
}

static void tell_format(const strait_segment *segment, strait_segment_info *info)
{
    const strait_header_format *h = segment->header;
    const strait_geometry *g = &segment->geometry;
    memcpy(info->uuid, h->uuid, sizeof info->uuid);
    memcpy(info->boot, h->boot, sizeof info->boot);
    info->total_bytes = g->total_bytes;
    info->created_ns = h->created_ns;
    info->lifetime = (strait_lifetime)g->lifetime;
    info->format_version = h->format_version;
    info->participants_max = g->participants_count;
    info->participants_attached = attached(segment);
    info->objects_max = g->directory_count;
    info->objects = strait_directory_count(segment);
    info->retired = strait_retired(segment);
    strait_entry first;
    if (strait_directory_read(segment, 0, &first) == STRAIT_OK) {
        info->kind = first.kind;
        info->fingerprint = first.fingerprint;
        memcpy(info->record_name, first.record_name, sizeof info->record_name);
    }
    uint64_t used =
        (segment->data_bytes + STRAIT_OBJECT_ALIGN - 1) / STRAIT_OBJECT_ALIGN * STRAIT_OBJECT_ALIGN;
    info->room_bytes = g->user_bytes > used ? g->user_bytes - used : 0;
    tell_creator(segment, info);
}

int strait_segment_stat(const strait_segment *segment, strait_segment_info *info)
{
    int rc = strait_segment_usable(segment, "stat");
    if (rc < 0) {
        return rc;
    }
    strait_prefix prefix;
    if (info == NULL) {
        return strait_fail(NULL_ARGUMENT, strait_prefix_make(&prefix, "stat", segment->where), "info");
    }
    memset(info, 0, sizeof *info);
    strait_os_map_status status;
    strait_os_cause cause = {0};
    rc = strait_os_map_stat(&segment->map, &segment->place, &status, &cause);
    if (rc < 0) {
        return strait_fail_os(rc, "stat", segment->where, &cause);
    }
    copy_name(info, segment);
    info->bytes = segment->data_bytes;
    info->changed_ns = status.changed_ns;
    info->mode = status.mode;
    info->user = status.user;
    info->group = status.group;
    info->linked = status.linked;
    info->raw = segment->raw;
    info->total_bytes = segment->map.bytes;
    if (!segment->raw) {
        tell_format(segment, info);
    }
    return STRAIT_OK;
}

int strait_segment_schema(const strait_segment *segment, char *text, size_t room)
{
    int rc = strait_segment_usable(segment, "read the schema of");
    if (rc < 0) {
        return rc;
    }
    strait_prefix prefix;
    strait_prefix_make(&prefix, "read the schema of", segment->where);
    if (text == NULL && room != 0) {
        return strait_fail(NULL_ARGUMENT, prefix.text, "text");
    }
    strait_entry first = {0};
    if (!segment->raw && strait_directory_read(segment, 0, &first) != STRAIT_OK) {
        return strait_fail(BAD_ENTRY, prefix.text, (uint32_t)0, "it lies outside the segment");
    }
    if (room != 0) {
        size_t length = first.schema_bytes < room - 1 ? first.schema_bytes : room - 1;
        memcpy(text, (const char *)segment->map.base + first.schema_offset, length);
        text[length] = '\0';
    }
    return (int)first.schema_bytes;
}

int strait_segment_set_mode(strait_segment *segment, uint32_t mode)
{
    int rc = strait_segment_usable(segment, "change the mode of");
    if (rc < 0) {
        return rc;
    }
    strait_prefix prefix;
    strait_prefix_make(&prefix, "change the mode of", segment->where);
    if ((mode & ~UINT32_C(0777)) != 0) {
        return strait_fail(BAD_OPTION, prefix.text, "mode", (uint64_t)mode, "only the bits 0777 can be set");
    }
    if (!segment->raw && (mode & 0600) != 0600) {
        return strait_fail(BAD_OPTION, prefix.text, "mode", (uint64_t)mode,
                           "the owner must be able to read and write, or nobody could clear up");
    }
    if (segment->role == STRAIT_OBSERVER) {
        return strait_fail(ONLY_LOOKING, prefix.text);
    }
    strait_os_cause cause = {0};
    rc = strait_os_map_set_mode(&segment->map, &segment->place, mode, &cause);
    return rc < 0 ? strait_fail_os(rc, "change the mode of", segment->where, &cause) : STRAIT_OK;
}

int strait_segment_descriptor(const strait_segment *segment, strait_role role, int *descriptor)
{
    int rc = strait_segment_usable(segment, "hand over");
    if (rc < 0) {
        return rc;
    }
    strait_prefix prefix;
    strait_prefix_make(&prefix, "hand over", segment->where);
    if (descriptor == NULL) {
        return strait_fail(NULL_ARGUMENT, prefix.text, "descriptor");
    }
    *descriptor = -1;
    if (role != STRAIT_OBSERVER && segment->role == STRAIT_OBSERVER) {
        return strait_fail(ONLY_LOOKING, prefix.text);
    }
    strait_os_cause cause = {0};
    rc =
        strait_os_map_descriptor(&segment->map, &segment->place, role != STRAIT_OBSERVER, descriptor, &cause);
    return rc < 0 ? strait_fail_os(rc, "hand over", segment->where, &cause) : STRAIT_OK;
}
