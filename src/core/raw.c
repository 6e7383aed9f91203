/* raw.c - bare bytes of foreign programs: no header, no participants, no promises but an exact view. layer: object
 *
 * A foreign program makes its segment in two steps (a name, then a size), so a name may be there for a moment with too
 * few bytes. With a deadline we look again until they are there.
 */
#include "core/open.h"
#include "core/request.h"

static int attach(strait_request *request, strait_os_cause *cause)
{
    strait_segment *segment = request->segment;
    const strait_segment_options *o = &request->options;
    uint64_t least = o->bytes == 0 ? 1 : o->bytes;
    return strait_os_map_open(&segment->place, segment->role != STRAIT_OBSERVER, least, o->max_bytes,
                              &segment->map, cause);
}

static int create(strait_request *request, strait_os_cause *cause)
{
    strait_segment *segment = request->segment;
    const strait_segment_options *o = &request->options;
    int rc =
        strait_os_map_create(&segment->place, o->bytes, o->mode, STRAIT_OS_NO_TOKEN, &segment->map, cause);
    if (rc < 0) {
        return rc;
    }
    rc = o->initialise == NULL ? STRAIT_OK : o->initialise(segment->map.base, o->bytes, o->context);
    rc = rc < 0 ? rc : strait_os_map_publish(&segment->map, &segment->place, cause);
    if (rc < 0) {
        strait_os_map_close(&segment->map);
        return rc;
    }
    segment->created = true;
    return STRAIT_OK;
}

/* One round: 0, NOT_FOUND or TRUNCATED (may be waited for), EXISTS (look again), or final. */
static int one_round(strait_request *request, strait_os_cause *cause)
{
    bool make = request->options.how != STRAIT_ATTACH;
    if (request->options.how == STRAIT_CREATE) {
        return create(request, cause);
    }
    int rc = attach(request, cause);
    return rc == STRAIT_NOT_FOUND && make ? create(request, cause) : rc;
}

static int wait_for_more(strait_request *request, int rc, strait_patience *patience, strait_os_cause *cause)
{
    if (strait_os_now_ns() >= request->options.deadline_ns) {
        return rc;
    }
    if (rc == STRAIT_NOT_FOUND) {
        int waited = strait_os_name_wait(&request->segment->place, NULL, request->options.deadline_ns, cause);
        if (waited == STRAIT_INTERRUPTED && !request->options.interruptible) {
            return STRAIT_OK;
        }
        return waited == STRAIT_TIMED_OUT ? rc : waited;
    }
    return strait_patience_nap(patience) ? STRAIT_OK : rc;
}

int strait_open_raw(strait_request *request)
{
    strait_segment *segment = request->segment;
    strait_patience sizing = {.end_ns = request->options.deadline_ns, .nap_ns = 0};
    strait_patience racing = strait_patience_begin(request->options.deadline_ns);
    for (;;) {
        strait_os_cause cause = {0};
        int rc = one_round(request, &cause);
        if (rc == STRAIT_OK) {
            segment->data = segment->map.base;
            segment->data_bytes = request->options.bytes != 0 ? request->options.bytes : segment->map.bytes;
            return rc;
        }
        int again = rc;
        if (rc == STRAIT_NOT_FOUND || rc == STRAIT_TRUNCATED) {
            again = wait_for_more(request, rc, &sizing, &cause);
        } else if (rc == STRAIT_EXISTS && request->options.how == STRAIT_OPEN_OR_CREATE &&
                   strait_patience_nap(&racing)) {
            again = STRAIT_OK;
        }
        if (again < 0) {
            return strait_fail_os(again, "open", segment->where, &cause);
        }
    }
}
