/* segment.c - the handle: may it be used, what does it hold, how does it end. layer: object */
#include "core/segment.h"

#include <stdio.h>
#include <string.h>

#include "core/directory.h"
#include "core/life.h"
#include "core/open.h"
#include "core/retire.h"

/* --- messages ------------------------------------------------------------------------------------------- */

void strait_where_describe(char *where, size_t room, const strait_os_place *place, bool raw)
{
    switch (place->kind) {
    case STRAIT_OS_NAMED:
        snprintf(where, room, "segment \"%s\"", place->name);
        break;
    case STRAIT_OS_FILE:
        snprintf(where, room, "%sfile \"%s\"", raw ? "raw " : "", place->name);
        break;
    case STRAIT_OS_RAW:
        snprintf(where, room, "raw segment \"%s\"", place->name);
        break;
    default:
        snprintf(where, room, "an anonymous segment");
        break;
    }
}

const char *strait_prefix_make(strait_prefix *prefix, const char *verb, const char *where)
{
    snprintf(prefix->text, sizeof prefix->text, "%s %s", verb, where);
    return prefix->text;
}

int strait_fail_os(int result, const char *verb, const char *where, const strait_os_cause *cause)
{
    strait_prefix prefix;
    strait_prefix_make(&prefix, verb, where);
    char said[256];
    strait_os_cause_text(cause, said, sizeof said);
    switch (result) {
    case STRAIT_NOT_FOUND:
        return strait_fail(NOT_THERE, prefix.text);
    case STRAIT_INTERRUPTED:
        return strait_fail(SIGNAL, prefix.text);
    case STRAIT_BUSY:
        return strait_fail(NOT_FREED, prefix.text, (uint64_t)STRAIT_PATIENCE_SECONDS);
    case STRAIT_EXISTS:
        return strait_fail(FILE_THERE, prefix.text);
    case STRAIT_DENIED:
        return strait_fail(NOT_PERMITTED, prefix.text, said);
    case STRAIT_BAD_ARGUMENT:
        return strait_fail(SYSTEM_BAD_ARGUMENT, prefix.text, said);
    case STRAIT_BAD_NAME:
        return strait_fail(SYSTEM_BAD_NAME, prefix.text, said);
    case STRAIT_OVER_QUOTA:
        return strait_fail(TOO_LARGE, prefix.text, cause->asked, cause->available);
    case STRAIT_UNSUPPORTED:
        return strait_fail(CANNOT, prefix.text, said);
    case STRAIT_FOREIGN:
        return strait_fail(NO_REGULAR_FILE, prefix.text, said);
    case STRAIT_TRUNCATED:
        return strait_fail(CUT_SHORT, prefix.text, cause->available, cause->asked);
    case STRAIT_NO_MEMORY:
        return strait_fail(NO_MAPPING, prefix.text, said);
    case STRAIT_CORRUPT:
        return strait_fail(WRITTEN_OVER, prefix.text, said);
    case STRAIT_NO_SPACE:
        if (cause->asked == 0 && cause->where != NULL) { /* not bytes are lacking, but entries of a table */
            return strait_fail(SHORT_OF_ENTRIES, prefix.text, cause->where, said);
        }
        return strait_fail(SHORT_OF_SHARED, prefix.text, cause->asked, cause->available,
                           cause->where == NULL ? "the file system" : cause->where);
    case STRAIT_TOO_MANY_FILES:
        return strait_fail(NO_DESCRIPTOR, prefix.text, said);
    default:
        return strait_fail(SYSTEM_SAID, prefix.text, said);
    }
}

int strait_fail_layout(int result, const char *verb_where, const strait_layout_fault *fault)
{
    switch (result) {
    case STRAIT_FOREIGN:
        return strait_fail(NOT_OURS, verb_where, fault->why);
    case STRAIT_TRUNCATED:
        return strait_fail(CUT_SHORT, verb_where, fault->found, fault->expected);
    case STRAIT_BYTE_ORDER_MISMATCH:
        return strait_fail(OTHER_BYTE_ORDER, verb_where, (uint32_t)fault->found, (uint32_t)fault->expected);
    case STRAIT_VERSION_MISMATCH:
        if (strcmp(fault->field, "format_version") == 0) {
            return strait_fail(OTHER_VERSION, verb_where, (uint32_t)fault->found, (uint32_t)fault->expected);
        }
        return strait_fail(OTHER_FEATURES, verb_where, fault->field + strlen("features_"), fault->found,
                           fault->expected);
    default:
        return strait_fail(CONTRADICTION, verb_where, fault->field, fault->found, fault->why);
    }
}

/* --- patience ------------------------------------------------------------------------------------------- */

strait_patience strait_patience_begin(uint64_t deadline_ns)
{
    uint64_t least = strait_deadline_ns(STRAIT_PATIENCE_SECONDS * UINT64_C(1000000000));
    return (strait_patience){.end_ns = deadline_ns > least ? deadline_ns : least, .nap_ns = 0};
}

bool strait_patience_nap(strait_patience *patience)
{
    if (strait_os_now_ns() >= patience->end_ns) {
        return false;
    }
    patience->nap_ns = patience->nap_ns == 0 ? 20000 : patience->nap_ns * 2;
    if (patience->nap_ns > 2000000) {
        patience->nap_ns = 2000000;
    }
    strait_os_nap(patience->nap_ns);
    return true;
}

/* --- the handle ----------------------------------------------------------------------------------------- */

int strait_segment_usable(const strait_segment *segment, const char *verb)
{
    strait_prefix prefix;
    if (segment == NULL) {
        return strait_fail(NULL_ARGUMENT, strait_prefix_make(&prefix, verb, "a segment"), "the segment");
    }
    if (segment->epoch != strait_os_process_epoch()) {
        return strait_fail(IN_CHILD, strait_prefix_make(&prefix, verb, segment->where));
    }
    return STRAIT_OK;
}

void *strait_segment_data(const strait_segment *segment)
{
    return segment != NULL && segment->epoch == strait_os_process_epoch() ? segment->data : NULL;
}

uint64_t strait_segment_bytes(const strait_segment *segment)
{
    return segment != NULL && segment->epoch == strait_os_process_epoch() ? segment->data_bytes : 0;
}

bool strait_segment_created(const strait_segment *segment)
{
    return segment != NULL && segment->created;
}

int strait_segment_status(const strait_segment *segment)
{
    int rc = strait_segment_usable(segment, "look at");
    if (rc < 0 || segment->raw) {
        return rc;
    }
    strait_prefix prefix;
    return strait_retired(segment)
               ? strait_fail(IS_RETIRED, strait_prefix_make(&prefix, "look at", segment->where))
               : STRAIT_OK;
}

/* Whether our going ends the name's life; if so the state says so afterwards. */
static bool our_leaving_ends_it(strait_segment *segment)
{
    bool creator = segment->index == segment->geometry.creator_index &&
                   segment->generation == segment->geometry.creator_generation;
    if (segment->index == STRAIT_NOBODY) {
        return false;
    }
    if (segment->geometry.lifetime == STRAIT_FORMAT_UNTIL_CREATOR && creator) {
        strait_retire_now(segment);
        strait_life_leave(segment);
        return true;
    }
    strait_life_leave(segment);
    return segment->geometry.lifetime == STRAIT_FORMAT_UNTIL_LAST && strait_retire_if_due(segment);
}

static void free_handle(strait_segment *segment)
{
    strait_allocator allocator = segment->allocator;
    allocator.free(allocator.context, segment, segment->allocated_bytes);
}

void strait_segment_share(strait_segment *segment)
{
    (void)strait_u32_add_relaxed(&segment->sharers, 1);
}

int strait_segment_close(strait_segment *segment)
{
    if (segment == NULL) {
        return STRAIT_OK;
    }
    /* [handle.sharers] acq_rel: what the others did with it comes before the last one's freeing it. */
    if (strait_u32_add_acq_rel(&segment->sharers, UINT32_MAX) != 0) {
        return STRAIT_OK;
    }
    int rc = STRAIT_OK;
    bool in_child = segment->epoch != strait_os_process_epoch();
    if (!in_child && !segment->raw && our_leaving_ends_it(segment)) {
        strait_prefix prefix;
        rc = strait_open_evict(segment, strait_prefix_make(&prefix, "close", segment->where), STRAIT_NO_WAIT);
    }
    strait_os_map_close(&segment->map);
    free_handle(segment);
    return rc;
}
