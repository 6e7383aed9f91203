/* inspect.c - which segments there are, and giving back what nobody alive needs. layer: object
 *
 * Looking is done as an observer would: mapped read-only, in no participant record. What can go is decided
 * by the same facts and taken by the same steps as in open, so gc may run at any time, any number of times
 * at once, and be killed.
 */
#include <strait/inspect.h>

#include <string.h>

#include "core/life.h"
#include "core/name.h"
#include "core/open.h"
#include "core/retire.h"

typedef struct listing {
    int (*see)(void *context, const strait_finding *finding);
    void *context;
} listing;

static void begin(strait_segment *segment, const char *name)
{
    memset(segment, 0, sizeof *segment);
    segment->map.probe = -1;
    segment->epoch = strait_os_process_epoch();
    segment->index = STRAIT_NOBODY;
    segment->role = STRAIT_OBSERVER;
    segment->place = (strait_os_place){.kind = STRAIT_OS_NAMED, .name = name};
    strait_where_describe(segment->where, sizeof segment->where, &segment->place, false);
}

static void count_lives(const strait_segment *segment, strait_finding *finding)
{
    for (uint32_t i = 0; i < segment->geometry.participants_count; i++) {
        const strait_participant_format *record =
            strait_layout_participant(segment->map.base, &segment->geometry, i);
        /* [participant.owner] acquire: the identity belongs to this incarnation. */
        uint64_t owner = strait_u64_load_acquire(&record->owner);
        if (strait_owner_phase(owner) == STRAIT_FORMAT_ATTACHED) {
            bool dead = strait_life_verdict(segment, i, strait_owner_generation(owner)) == STRAIT_DEAD;
            finding->dead += dead;
            finding->alive += !dead;
        }
    }
}

static int see_one(void *context, const char *name)
{
    const listing *l = context;
    strait_segment segment;
    strait_prefix prefix;
    begin(&segment, name);
    strait_finding finding = {.result = STRAIT_OK};
    strncat(finding.name, name, sizeof finding.name - 1);
    size_t at;
    if (strait_name_fault(name, STRAIT_NAME_MAX, &at) != NULL) {
        finding.result = STRAIT_FOREIGN; /* no name of ours */
        finding.needed = true;
        return l->see(l->context, &finding);
    }
    finding.result =
        strait_open_look(&segment, strait_prefix_make(&prefix, "look at", segment.where), false, 0);
    if (finding.result == STRAIT_NOT_FOUND) {
        return 0; /* it went meanwhile */
    }
    if (finding.result == STRAIT_OK) {
        finding.result = strait_segment_stat(&segment, &finding.info);
        finding.needed = !strait_retire_due(&segment);
        count_lives(&segment, &finding);
        strait_os_map_close(&segment.map);
    } else {
        finding.needed = true; /* what cannot be judged is left alone */
    }
    return l->see(l->context, &finding);
}

int strait_segment_list(int (*see)(void *context, const strait_finding *finding), void *context)
{
    if (see == NULL) {
        return strait_fail(NULL_ARGUMENT, "list segments", "see");
    }
    listing l = {see, context};
    strait_os_cause cause = {0};
    strait_failure before;
    strait_failure_save(&before);
    int rc = strait_os_map_list(see_one, &l, &cause);
    strait_failure_restore(&before);
    return rc < 0 && cause.call != NULL ? strait_fail_os(rc, "list", "segments", &cause) : rc;
}

/* --- gc ------------------------------------------------------------------------------------------------- */

static int collect_one(void *context, const char *name)
{
    int *freed = context;
    size_t at;
    if (strait_name_fault(name, STRAIT_NAME_MAX, &at) != NULL) {
        return 0; /* no name of ours */
    }
    strait_segment segment;
    strait_prefix prefix;
    begin(&segment, name);
    strait_prefix_make(&prefix, "collect", segment.where);
    if (strait_open_look(&segment, prefix.text, true, 0) < 0) {
        return 0; /* foreign, damaged or not ours: never touched */
    }
    strait_os_token_forgo(&segment.map);
    segment.role = STRAIT_BOTH;
    if (strait_retire_if_due(&segment)) {
        *freed += strait_open_evict(&segment, prefix.text, STRAIT_NO_WAIT) == STRAIT_OK;
    } else {
        (void)strait_segment_reap(&segment);
    }
    strait_os_map_close(&segment.map);
    return 0;
}

int strait_segment_gc(void)
{
    int freed = 0;
    strait_os_cause cause = {0};
    strait_failure before;
    strait_failure_save(&before);
    int rc = strait_os_map_list(collect_one, &freed, &cause);
    strait_failure_restore(&before);
    if (rc < 0) {
        return strait_fail_os(rc, "list", "segments", &cause);
    }
    int swept = strait_os_sweep(&cause);
    if (swept < 0) {
        return strait_fail_os(swept, "sweep", "unfinished segments", &cause);
    }
    return freed + swept;
}

int strait_segment_verify(const void *bytes, uint64_t count)
{
    if (bytes == NULL || (uintptr_t)bytes % 8 != 0) {
        return strait_fail(NULL_ARGUMENT, "verify bytes", "`bytes` (or it is not aligned to 8, which)");
    }
    strait_geometry geometry;
    strait_layout_fault fault;
    int rc = strait_layout_verify(bytes, count, false, true, &geometry, &fault);
    return rc < 0 ? strait_fail_layout(rc, "verify bytes", &fault) : rc;
}
