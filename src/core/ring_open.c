/* ring_open.c - from a name, or a segment and a name in it, to a handle. layer: object
 *
 * A ring lies in a segment of its own or at a place in somebody's; either way its bytes are formatted before anybody
 * else sees them, and the segment tells who is alive. What is there is verified and compared with what was asked for
 * before anything of it is used.
 */
#include <stdio.h>
#include <string.h>

#include "core/directory.h"
#include "core/options.h"
#include "core/request.h"
#include "core/ring.h"

#define PARTICIPANTS_SPARE 16u /* records for those who only look: tools */

static int format_ring(void *data, uint64_t bytes, void *context)
{
    (void)bytes;
    strait_ring_format_at(data, context, 0);
    return STRAIT_OK;
}

/* Bytes that somebody else may have written over, and another shape than was asked for, are refused. */
static int attach(strait_segment *segment, void *bytes, uint64_t count, const strait_ring_options *options,
                  const char *where, const strait_prefix *prefix, strait_ring **ring)
{
    strait_ring_geometry geometry;
    const char *field = NULL;
    if (!strait_ring_verify(bytes, count, &geometry, &field)) {
        return strait_fail(BAD_RING, prefix->text, field);
    }
    int rc = strait_ring_match(&geometry, options, prefix->text);
    return rc < 0 ? rc : strait_ring_make(segment, bytes, &geometry, options, where, prefix, ring);
}

static int take_options(strait_ring_options *ours, const strait_ring_options *options, size_t options_bytes,
                        uint32_t abi, const char *prefix, strait_ring **ring)
{
    if (ring == NULL) {
        return strait_fail(NULL_ARGUMENT, prefix, "the place for the handle");
    }
    *ring = NULL;
    if (abi != STRAIT_ABI || !strait_options_take(ours, sizeof *ours, options, options_bytes)) {
        return strait_fail(OTHER_ABI, prefix, abi, options_bytes, STRAIT_VERSION_TEXT, STRAIT_ABI,
                           sizeof *ours);
    }
    if (options == NULL) {
        ours->how = STRAIT_ATTACH;
    }
    return STRAIT_OK;
}

static uint32_t participants_for(uint32_t ports)
{
    uint32_t wanted = ports + PARTICIPANTS_SPARE;
    return wanted < STRAIT_PARTICIPANTS_DEFAULT ? STRAIT_PARTICIPANTS_DEFAULT
           : wanted < STRAIT_PARTICIPANTS_MAX   ? wanted
                                                : STRAIT_PARTICIPANTS_MAX;
}

int strait_ring_open_abi(const char *name, const strait_ring_options *options, size_t options_bytes,
                         uint32_t abi, strait_ring **ring)
{
    strait_prefix prefix = {"open a ring"};
    strait_ring_options ours;
    int rc = take_options(&ours, options, options_bytes, abi, prefix.text, ring);
    if (rc < 0) {
        return rc;
    }
    char where[STRAIT_WHERE_MAX];
    snprintf(where, sizeof where, "ring \"%.*s\"", (int)STRAIT_NAME_MAX + 1, name == NULL ? "" : name);
    strait_prefix_make(&prefix, "open", where);
    strait_ring_geometry geometry = {.total_bytes = 0};
    rc = strait_ring_check_options(&ours, prefix.text, &geometry);
    if (rc < 0) {
        return rc;
    }
    strait_segment_options segment_options = {.bytes = geometry.total_bytes,
                                              .record = ours.record,
                                              .how = ours.how,
                                              .role = ours.role,
                                              .lifetime = ours.lifetime,
                                              .deadline_ns = ours.deadline_ns,
                                              .max_bytes = ours.max_bytes,
                                              .mode = ours.mode,
                                              .participants = participants_for(geometry.shape.ports),
                                              .kind = STRAIT_FORMAT_KIND_RING,
                                              .interruptible = ours.interruptible,
                                              .initialise = format_ring,
                                              .context = &geometry,
                                              .allocator = ours.allocator};
    strait_segment *segment = NULL;
    rc = strait_segment_open_object(name, "ring", &segment_options, &segment);
    if (rc < 0) {
        return rc;
    }
    rc = attach(segment, segment->data, segment->data_bytes, &ours, segment->where, &prefix, ring);
    if (rc < 0) {
        strait_failure failure;
        strait_failure_save(&failure);
        (void)strait_segment_close(segment);
        strait_failure_restore(&failure);
    }
    return rc;
}

int strait_ring_place_abi(strait_segment *segment, const char *name, const strait_ring_options *options,
                          size_t options_bytes, uint32_t abi, strait_ring **ring)
{
    strait_prefix prefix = {"place a ring"};
    strait_ring_options ours;
    int rc = take_options(&ours, options, options_bytes, abi, prefix.text, ring);
    rc = rc < 0 ? rc : strait_segment_usable(segment, "place a ring in");
    if (rc < 0) {
        return rc;
    }
    char where[STRAIT_WHERE_MAX];
    snprintf(where, sizeof where, "ring \"%.*s\" in %.280s", (int)STRAIT_OBJECT_NAME_MAX,
             name == NULL ? "" : name, segment->where);
    strait_prefix_make(&prefix, "place", where);
    strait_ring_geometry geometry = {.total_bytes = 0};
    rc = strait_ring_check_options(&ours, prefix.text, &geometry);
    if (rc < 0) {
        return rc;
    }
    strait_object object;
    if (ours.role == STRAIT_OBSERVER || ours.how == STRAIT_ATTACH) {
        rc = strait_segment_find(segment, name, &object);
        if (rc == STRAIT_OK && object.kind != STRAIT_FORMAT_KIND_RING) {
            char kind[32];
            return strait_fail(OTHER_KIND, prefix.text, strait_kind_name(object.kind, kind, sizeof kind),
                               "ring");
        }
    } else {
        strait_object_options object_options = {.bytes = geometry.total_bytes,
                                                .record = ours.record,
                                                .kind = STRAIT_FORMAT_KIND_RING,
                                                .deadline_ns = ours.deadline_ns,
                                                .initialise = format_ring,
                                                .context = &geometry};
        rc = strait_directory_place(segment, name, &object_options, &object);
    }
    if (rc >= 0) {
        rc = attach(segment, object.data, object.bytes, &ours, where, &prefix, ring);
    }
    if (rc >= 0) {
        strait_segment_share(segment);
    }
    return rc;
}

int strait_ring_remove(const char *name)
{
    return strait_segment_remove(name, NULL, false);
}
