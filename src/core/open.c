/* open.c - how a name becomes a handle: look, make, or wait. layer: object
 *
 * One loop. Each round looks at what has the name now:
 *
 *   nothing             make it (whole, unseen, then named by one system call that fails if the name is taken), or wait
 *   nobody needs it     retire it, take the name from it, next round
 *   somebody else's     a sentence that names both sides; nothing is changed
 *   ours                take a participant record, then make sure that it was not retired meanwhile; else next round
 *
 * No round waits for another process but in two places: for a name to appear, as long as the deadline says,
 * and while a living process is between two system calls of taking the very same name away.
 */
#include "core/open.h"

#include <stdlib.h>
#include <string.h>

#include "core/directory.h"
#include "core/life.h"
#include "core/name.h"
#include "core/retire.h"

/* --- looking at what is there --------------------------------------------------------------------------- */

static int adopt_bytes(strait_segment *segment, const char *prefix)
{
    segment->header = strait_layout_header(segment->map.base);
    strait_entry first;
    if (strait_directory_read(segment, 0, &first) != STRAIT_OK) {
        return strait_fail(BAD_ENTRY, prefix, (uint32_t)0,
                           "the first object is missing or lies outside the segment");
    }
    segment->data = (char *)segment->map.base + first.offset;
    segment->data_bytes = first.bytes;
    return STRAIT_OK;
}

static int check_bytes(strait_segment *segment, const char *prefix)
{
    strait_layout_fault fault;
    bool exact = strait_os_facts_get()->size_is_exact;
    int rc = strait_layout_verify(segment->map.base, segment->map.bytes, exact, !segment->map.writable,
                                  &segment->geometry, &fault);
    if (rc < 0) {
        return strait_fail_layout(rc, prefix, &fault);
    }
    rc = adopt_bytes(segment, prefix);
    if (rc == STRAIT_OK && segment->place.kind == STRAIT_OS_NAMED) {
        char name[sizeof segment->header->name];
        memcpy(name, segment->header->name, sizeof name);
        name[sizeof name - 1] = '\0';
        if (strcmp(name, segment->place.name) != 0) {
            return strait_fail(OTHER_NAME, prefix, name);
        }
    }
    return rc;
}

static void let_go(strait_segment *segment)
{
    strait_os_map_close(&segment->map);
    segment->header = NULL;
    segment->data = NULL;
    segment->data_bytes = 0;
}

int strait_open_look(strait_segment *segment, const char *prefix, bool writable, uint64_t max_bytes)
{
    strait_os_cause cause = {0};
    int rc = strait_os_map_open(&segment->place, writable, sizeof(strait_header_format), max_bytes,
                                &segment->map, &cause);
    if (rc < 0) {
        return rc == STRAIT_NOT_FOUND ? rc : strait_fail_os(rc, "open", segment->where, &cause);
    }
    rc = check_bytes(segment, prefix);
    if (rc < 0) {
        let_go(segment);
    }
    return rc;
}

int strait_open_fail_create(int result, const char *where, const strait_os_cause *cause)
{
    if (result != STRAIT_NOT_FOUND) {
        return strait_fail_os(result, "create", where, cause);
    }
    strait_prefix prefix;
    char said[256];
    strait_os_cause_text(cause, said, sizeof said);
    return strait_fail(SYSTEM_NO_DIRECTORY, strait_prefix_make(&prefix, "create", where), said);
}

int strait_open_evict(strait_segment *segment, const char *prefix, uint64_t deadline_ns)
{
    strait_patience patience = strait_patience_begin(deadline_ns);
    for (;;) {
        strait_os_cause cause = {0};
        int rc = strait_os_map_evict(&segment->map, &segment->place, &cause);
        if (rc == STRAIT_OK) {
            return rc;
        }
        if (rc == STRAIT_BUSY) {
            if (strait_patience_nap(&patience)) {
                continue;
            }
            return strait_fail(NOT_FREED, prefix, (uint64_t)STRAIT_PATIENCE_SECONDS);
        }
        if (rc != STRAIT_DENIED) {
            return strait_fail_os(rc, "clear away", segment->where, &cause);
        }
        char said[256];
        strait_os_cause_text(&cause, said, sizeof said);
        return strait_fail(NOT_YOURS_TO_CLEAR, prefix, said);
    }
}

/* --- making --------------------------------------------------------------------------------------------- */

static void format_bytes(strait_request *request, const strait_geometry *geometry)
{
    strait_os_identity self;
    strait_os_self(&self);
    const char *name = request->segment->place.name;
    const char *slash = name == NULL ? NULL : strrchr(name, '/');
    char short_name[STRAIT_NAME_MAX + 1] = "";
    strncat(short_name, name == NULL ? "" : slash == NULL ? name : slash + 1, STRAIT_NAME_MAX);
    strait_layout_birth birth = {
        .name = short_name,
        .uuid = request->uuid,
        .boot = self.boot,
        .created_ns = strait_os_wall_ns(),
        .waiting = strait_os_barrier_join() ? STRAIT_FORMAT_WAITING_BARRIER : STRAIT_FORMAT_WAITING_EXCHANGE,
        .role = (uint32_t)request->segment->role,
        .pid = self.pid,
        .start = self.start,
        .pid_namespace = self.pid_namespace,
        .program = self.program,
        .kind = request->kind,
        .record_name = request->options.record == NULL ? NULL : request->options.record->name,
        .schema = request->schema,
        .fingerprint = request->fingerprint,
    };
    strait_layout_format(request->segment->map.base, geometry, &request->layout, &birth);
}

int strait_open_initialise(strait_request *request, void *data, uint64_t bytes)
{
    const strait_segment_options *options = &request->options;
    int rc = options->initialise == NULL ? STRAIT_OK : options->initialise(data, bytes, options->context);
    request->refused = rc < 0;
    return rc < 0 ? strait_fail_initialise(rc, request->prefix) : STRAIT_OK;
}

/* Gives the map its name; EXISTS, without a sentence, if somebody was faster. */
static int publish(strait_request *request)
{
    strait_segment *segment = request->segment;
    if (segment->place.kind == STRAIT_OS_ANONYMOUS) {
        return STRAIT_OK;
    }
    strait_os_cause cause = {0};
    int rc = strait_os_map_publish(&segment->map, &segment->place, &cause);
    return rc < 0 && rc != STRAIT_EXISTS ? strait_open_fail_create(rc, segment->where, &cause) : rc;
}

static int create(strait_request *request)
{
    strait_segment *segment = request->segment;
    strait_geometry geometry;
    uint64_t total = strait_layout_footprint(&request->layout, &geometry);
    strait_os_cause cause = {0};
    int rc = strait_os_random(request->uuid, sizeof request->uuid, &cause);
    if (rc == STRAIT_OK) {
        rc = strait_os_map_create(&segment->place, total, request->options.mode, 0, &segment->map, &cause);
    }
    if (rc < 0) {
        request->hopeless = cause.never;
        return strait_open_fail_create(rc, segment->where, &cause);
    }
    format_bytes(request, &geometry);
    segment->geometry = geometry;
    segment->index = geometry.creator_index;
    segment->generation = geometry.creator_generation;
    rc = adopt_bytes(segment, request->prefix);
    rc = rc < 0 ? rc : strait_open_initialise(request, segment->data, segment->data_bytes);
    rc = rc < 0 ? rc : publish(request);
    if (rc < 0) {
        segment->index = STRAIT_NOBODY;
        let_go(segment);
        return rc;
    }
    segment->created = true;
    return STRAIT_OK;
}

/* --- attaching ------------------------------------------------------------------------------------------ */

#define SHORTAGES_MAX 12u
#define LOOK_AGAIN 1 /* not a result: another round */
#define ABSENT 2     /* not a result: nothing is there that counts */

static int mismatch(strait_request *request)
{
    strait_segment *segment = request->segment;
    const strait_segment_options *options = &request->options;
    strait_entry first;
    if (strait_directory_read(segment, 0, &first) != STRAIT_OK) {
        return strait_fail(BAD_ENTRY, request->prefix, (uint32_t)0, "it lies outside the segment");
    }
    if (options->max_bytes != 0 && segment->geometry.total_bytes > options->max_bytes) {
        return strait_fail(TOO_LARGE, request->prefix, segment->geometry.total_bytes, options->max_bytes);
    }
    return strait_directory_match(segment, &first, request->prefix, options->record,
                                  request->noun == NULL ? options->bytes : 0, options->kind);
}

/* What has the name is over: frees the name. LOOK_AGAIN; ABSENT if it is not ours to clear and we only
 * wanted to attach. */
static int clear_away(strait_request *request)
{
    strait_segment *segment = request->segment;
    if (segment->place.kind == STRAIT_OS_ANONYMOUS) {
        return strait_fail(IS_RETIRED, request->prefix);
    }
    if (!segment->map.writable) {
        return ABSENT;
    }
    int rc = strait_open_evict(segment, request->prefix, request->options.deadline_ns);
    if (rc == STRAIT_OK) {
        return LOOK_AGAIN;
    }
    return rc == STRAIT_DENIED && request->options.how == STRAIT_ATTACH ? ABSENT : rc;
}

static int join(strait_request *request)
{
    strait_segment *segment = request->segment;
    if (segment->role == STRAIT_OBSERVER) {
        return STRAIT_OK;
    }
    strait_os_cause cause = {0};
    int rc = strait_life_join(segment, &cause);
    if (rc == STRAIT_CROWDED) {
        return strait_fail(ALL_TAKEN, request->prefix, segment->geometry.participants_count);
    }
    if (rc < 0) {
        return strait_fail_os(rc, "open", segment->where, &cause);
    }
    if (!strait_retire_stay(segment)) {
        strait_life_leave(segment);
        return clear_away(request);
    }
    if (!strait_os_barrier_join()) {
        strait_u32_store_relaxed(&segment->header->waiting, STRAIT_FORMAT_WAITING_EXCHANGE);
    }
    return STRAIT_OK;
}

/* Something whole has the name and is mapped: 0 if it is ours now, LOOK_AGAIN, ABSENT, or a failure. */
static int admit(strait_request *request)
{
    strait_segment *segment = request->segment;
    if (strait_retire_due(segment)) {
        bool over = !segment->map.writable || strait_retire_if_due(segment);
        return over ? clear_away(request) : LOOK_AGAIN;
    }
    if (request->options.how == STRAIT_CREATE) {
        return strait_fail(THERE_ALREADY, request->prefix, segment->header->creator_pid, "see `strait info`");
    }
    int rc = mismatch(request);
    return rc < 0 ? rc : join(request);
}

static int attach(strait_request *request)
{
    strait_segment *segment = request->segment;
    bool writable = segment->role != STRAIT_OBSERVER;
    /* Where the system rounds sizes up, only the header can tell whether it is too large. */
    uint64_t most = strait_os_facts_get()->size_is_exact ? request->options.max_bytes : 0;
    int rc = strait_open_look(segment, request->prefix, writable, most);
    if (rc == STRAIT_NOT_FOUND) {
        return ABSENT;
    }
    if (rc < 0) {
        return rc;
    }
    rc = admit(request);
    if (rc == ABSENT) {
        return ABSENT; /* the map stays, so that we can wait for the name to lead elsewhere */
    }
    if (rc != STRAIT_OK) {
        let_go(segment);
    }
    return rc;
}

/* --- the loop ------------------------------------------------------------------------------------------- */

#define LOOK_AGAIN_MS 50

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* Waits for the name to lead to something new. `segment->map` is what has it now, or is not open. */
static int wait_for_name(strait_request *request)
{
    strait_segment *segment = request->segment;
    bool stale = segment->map.base != NULL;
    uint64_t until = request->options.deadline_ns;
    if (stale) {
        strait_os_token_forgo(&segment->map);
        /* What nobody needs now may be needed again: somebody was about to join it. Only RETIRED is final. */
        until = strait_retired(segment) ? until : earlier(until, strait_deadline_ms(LOOK_AGAIN_MS));
    }
    strait_os_cause cause = {0};
    int rc = STRAIT_TIMED_OUT;
    if (strait_os_now_ns() < until) {
        rc = strait_os_name_wait(&segment->place, stale ? &segment->map : NULL, until, &cause);
    }
    if (stale) {
        let_go(segment);
    }
    if (rc == STRAIT_TIMED_OUT && until < request->options.deadline_ns) {
        return LOOK_AGAIN;
    }
    if (rc == STRAIT_TIMED_OUT) {
        return stale ? strait_fail(NOT_NEEDED, request->prefix) : strait_fail(NOT_THERE, request->prefix);
    }
    if (rc == STRAIT_INTERRUPTED && !request->options.interruptible) {
        return LOOK_AGAIN;
    }
    return rc < 0 ? strait_fail_os(rc, "open", segment->where, &cause) : LOOK_AGAIN;
}

/* Several makers of one large segment may each hold a part of the memory that only one of them needs. All
 * give theirs back; after a pause of random length one comes first. Some tries, then it really is too
 * little. */
static bool worth_another_try(strait_request *request)
{
    if (request->hopeless || request->shortages == SHORTAGES_MAX) {
        return false;
    }
    strait_os_cause cause = {0};
    uint8_t chance = 0;
    (void)strait_os_random(&chance, sizeof chance, &cause);
    strait_os_nap((UINT64_C(200000) << request->shortages) * (1 + chance % 16) / 8);
    request->shortages++;
    return true;
}

static int nobody_has_it(strait_request *request, strait_patience *patience)
{
    if (request->options.how == STRAIT_ATTACH) {
        return wait_for_name(request);
    }
    if (request->segment->map.base != NULL) {
        let_go(request->segment);
    }
    int rc = create(request);
    if (rc == STRAIT_NO_SPACE && !request->refused && worth_another_try(request)) {
        return LOOK_AGAIN;
    }
    if (rc != STRAIT_EXISTS || request->refused) {
        return rc;
    }
    /* Somebody was faster. That ends, unless what has the name can be neither opened nor replaced. */
    request->races++;
    if (request->races > 100 && !strait_patience_nap(patience)) {
        return strait_fail(FILE_THERE, request->prefix);
    }
    return LOOK_AGAIN;
}

int strait_open_by_name(strait_request *request)
{
    strait_patience patience = strait_patience_begin(request->options.deadline_ns);
    int rc = LOOK_AGAIN;
    while (rc == LOOK_AGAIN) {
        rc = attach(request);
        if (rc == ABSENT) {
            rc = nobody_has_it(request, &patience);
        }
    }
    return rc;
}

int strait_open_anonymous(strait_request *request)
{
    return create(request);
}

int strait_open_handed_over(strait_request *request)
{
    strait_segment *segment = request->segment;
    strait_os_cause cause = {0};
    int rc = strait_os_map_open_descriptor(request->options.descriptor, segment->role != STRAIT_OBSERVER,
                                           sizeof(strait_header_format), 0, &segment->map, &cause);
    if (rc < 0) {
        return strait_fail_os(rc, "open", segment->where, &cause);
    }
    rc = check_bytes(segment, request->prefix);
    if (rc == STRAIT_OK) {
        do {
            rc = admit(request);
        } while (rc == LOOK_AGAIN);
    }
    if (rc == ABSENT) {
        rc = strait_fail(IS_RETIRED, request->prefix);
    }
    if (rc < 0) {
        let_go(segment);
    }
    return rc;
}
