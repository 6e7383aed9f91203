/* remove.c - taking a name away. layer: object
 *
 * First the state says RETIRED, then the name goes. A process killed between the two leaves a name that
 * counts as absent: the next open of it, or gc, takes it away.
 */
#include "core/open.h"
#include "core/retire.h"

static int remove_segment(strait_segment *segment, const char *prefix)
{
    int rc = strait_open_look(segment, prefix, true, 0);
    if (rc < 0) {
        return rc == STRAIT_NOT_FOUND ? strait_fail(NOT_THERE, prefix) : rc;
    }
    strait_os_token_forgo(&segment->map);
    bool was_there = !strait_retire_due(segment);
    strait_retire_now(segment);
    rc = strait_open_evict(segment, prefix, STRAIT_NO_WAIT);
    strait_os_map_close(&segment->map);
    if (rc == STRAIT_OK && !was_there) {
        return strait_fail(NOT_NEEDED, prefix);
    }
    return rc;
}

/* True for what only force may remove: it is there, and no (whole) segment of ours. */
static bool beyond_repair(int rc)
{
    return rc == STRAIT_FOREIGN || rc == STRAIT_TRUNCATED || rc == STRAIT_CORRUPT ||
           rc == STRAIT_VERSION_MISMATCH || rc == STRAIT_BYTE_ORDER_MISMATCH;
}

static int unlink_bytes(const strait_segment *segment)
{
    strait_os_cause cause = {0};
    int rc = strait_os_map_unlink(&segment->place, &cause);
    return rc < 0 ? strait_fail_os(rc, "remove", segment->where, &cause) : rc;
}

/* Removes the very object that was judged, and not what may have come after it. What cannot be opened for
 * that (a link, a pipe) has no successor that Strait would make. */
static int force_away(strait_segment *segment, const strait_os_map *judged)
{
    strait_os_cause cause = {0};
    int rc = strait_os_map_evict(judged, &segment->place, &cause);
    if (rc == STRAIT_FOREIGN) {
        return unlink_bytes(segment);
    }
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
    strait_os_map judged;
    strait_os_map_identify(&segment.place, &judged);
    rc = remove_segment(&segment, prefix.text);
    return force && beyond_repair(rc) ? force_away(&segment, &judged) : rc;
}
