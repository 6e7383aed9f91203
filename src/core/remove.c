/* remove.c - taking a name away. layer: object
 *
 * First the state says RETIRED, then the name goes. A process killed between the two leaves a name that counts as absent:
 * the next open of it, or gc, takes it away.
 */
#include <string.h>

#include "core/open.h"
#include "core/options.h"
#include "core/retire.h"

static int remove_segment(strait_segment *segment, const char *prefix)
{
    int rc = strait_open_look(segment, prefix, true, 0);
    if (rc < 0) {
        return rc == STRAIT_NOT_FOUND ? strait_fail(NOT_THERE, prefix) : rc;
    }
    bool was_there = !strait_retire_due(segment);
    strait_retire_now(segment);
    rc = strait_open_evict(segment, prefix, STRAIT_NO_WAIT);
    strait_os_map_close(&segment->map);
    if (rc == STRAIT_OK && !was_there) {
        return strait_fail(NOT_NEEDED, prefix);
    }
    return rc;
}

static int unlink_bytes(const strait_segment *segment)
{
    strait_os_cause cause = {0};
    int rc = strait_os_map_unlink(&segment->place, &cause);
    return rc < 0 ? strait_fail_os(rc, "remove", segment->where, &cause) : rc;
}

int strait_segment_remove(const char *name, const strait_segment_options *options, bool force)
{
    strait_prefix prefix = {"remove a segment"};
    strait_backing backing = options == NULL ? STRAIT_NAMED : options->backing;
    bool raw = options != NULL && options->raw;
    if (backing == STRAIT_ANONYMOUS || backing == STRAIT_DESCRIPTOR) {
        return strait_fail(BAD_TOGETHER, prefix.text, "an anonymous segment has no name to remove");
    }
    strait_segment segment = {.map = {.probe = -1}, .index = STRAIT_NOBODY, .raw = raw};
    int rc = strait_place_make(&segment.place, prefix.text, name, backing, raw);
    if (rc < 0) {
        return rc;
    }
    strait_where_describe(segment.where, sizeof segment.where, &segment.place, raw);
    strait_prefix_make(&prefix, "remove", segment.where);
    if (raw) {
        return unlink_bytes(&segment);
    }
    rc = remove_segment(&segment, prefix.text);
    bool whole = rc == STRAIT_OK || strait_not_now(rc);
    return force && !whole ? unlink_bytes(&segment) : rc;
}
