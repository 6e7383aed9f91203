/* raw.c - bare bytes of foreign programs: no header, no participants, no promises but an exact view.
 * layer: object
 *
 * A foreign program makes its segment in two steps (a name, then a size), so a name may be there for a
 * moment with too few bytes. With a deadline we look again until they are there.
 */
#include "core/open.h"

static int attach(strait_request *request, strait_os_cause *cause)
{
    strait_segment *segment = request->segment;
    const strait_segment_options *o = &request->options;
    uint64_t least = o->bytes == 0 ? 1 : o->bytes;
    return strait_os_map_open(&segment->place, segment->role != STRAIT_OBSERVER, least, o->max_bytes,
                              &segment->map, cause);
}

/* 0; EXISTS without a sentence; or a failure with one. */
static int create(strait_request *request)
{
    strait_segment *segment = request->segment;
    const strait_segment_options *o = &request->options;
    strait_os_cause cause = {0};
    int rc =
        strait_os_map_create(&segment->place, o->bytes, o->mode, STRAIT_OS_NO_TOKEN, &segment->map, &cause);
    if (rc < 0) {
        return strait_open_fail_create(rc, segment->where, &cause);
    }
    rc = strait_open_initialise(request, segment->map.base, o->bytes);
    if (rc == STRAIT_OK) {
        rc = strait_os_map_publish(&segment->map, &segment->place, &cause);
        if (rc < 0 && rc != STRAIT_EXISTS) {
            (void)strait_open_fail_create(rc, segment->where, &cause);
        }
    }
    segment->created = rc == STRAIT_OK;
    if (rc < 0) {
        strait_os_map_close(&segment->map);
    }
    return rc;
}

/* Waits until another look at the name is worth while: true. False at the deadline, or when a signal may
 * end it. */
static bool wait_for_more(strait_request *request, int *rc, strait_patience *patience, strait_os_cause *cause)
{
    uint64_t deadline = request->options.deadline_ns;
    if (strait_os_now_ns() >= deadline) {
        return false;
    }
    if (*rc == STRAIT_TRUNCATED) {
        return strait_patience_nap(patience);
    }
    int waited = strait_os_name_wait(&request->segment->place, NULL, deadline, cause);
    if (waited == STRAIT_OK || (waited == STRAIT_INTERRUPTED && !request->options.interruptible)) {
        return true;
    }
    *rc = waited == STRAIT_TIMED_OUT ? *rc : waited;
    return false;
}

static int attach_or_wait(strait_request *request)
{
    strait_patience sizing = {.end_ns = request->options.deadline_ns, .nap_ns = 0};
    for (;;) {
        strait_os_cause cause = {0};
        int rc = attach(request, &cause);
        bool later =
            rc == STRAIT_TRUNCATED || (rc == STRAIT_NOT_FOUND && request->options.how == STRAIT_ATTACH);
        if (rc == STRAIT_NOT_FOUND && !later) {
            return rc; /* to be made */
        }
        if (rc == STRAIT_OK || !later || !wait_for_more(request, &rc, &sizing, &cause)) {
            return rc < 0 ? strait_fail_os(rc, "open", request->segment->where, &cause) : rc;
        }
    }
}

static int attach_or_create(strait_request *request)
{
    strait_patience racing = strait_patience_begin(request->options.deadline_ns);
    for (;;) {
        int rc = attach_or_wait(request);
        if (rc != STRAIT_NOT_FOUND || request->options.how == STRAIT_ATTACH) {
            return rc;
        }
        rc = create(request);
        if (rc != STRAIT_EXISTS || request->refused) {
            return rc;
        }
        if (!strait_patience_nap(&racing)) { /* what has the name can be neither opened nor replaced */
            return strait_fail(FILE_THERE, request->prefix);
        }
    }
}

int strait_open_raw(strait_request *request)
{
    strait_segment *segment = request->segment;
    int rc;
    if (request->options.how == STRAIT_CREATE) {
        rc = create(request);
        rc = rc == STRAIT_EXISTS && !request->refused ? strait_fail(FILE_THERE, request->prefix) : rc;
    } else {
        rc = attach_or_create(request);
    }
    if (rc == STRAIT_OK) {
        strait_os_token_forgo(&segment->map);
        segment->data = segment->map.base;
        segment->data_bytes = request->options.bytes != 0 ? request->options.bytes : segment->map.bytes;
    }
    return rc;
}
