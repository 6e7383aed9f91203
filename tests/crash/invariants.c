/* invariants.c - the aftermath. The order matters: first the living look at what they hold, then a
 * newcomer opens the name and uses up all that is free, then the living look again (were they split from
 * the newcomer?), then they leave one by one, and at the end the directory must be as empty, and the
 * memory as free, as before the trial.
 */
#include "invariants.h"

#include <string.h>

#include "acts.h"
#include "operations.h"
#include "ring_acts.h"
#include "world.h"

static const part_id holders[] = {FIRST, SECOND, THIRD, WITNESS};
#define HOLDERS (sizeof holders / sizeof holders[0])

static part *part_at(part_id id)
{
    return &the_stage->parts[id];
}

static void check_results(void)
{
    for (size_t i = 0; i < HOLDERS; i++) {
        const part *p = part_at(holders[i]);
        if (p->alive && p->operation != NULL && !p->operation->fine(p)) {
            stage_fault(FAULT_STUCK, "%s: its %s says %s", part_name(p), p->operation->name,
                        strait_result_name(p->rc));
        }
    }
}

static bool same(const uint8_t *a, const uint8_t *b)
{
    return memcmp(a, b, 16) == 0;
}

/* One object of one name has one maker. */
static void check_makers(void)
{
    const part *a = part_at(FIRST);
    const part *b = part_at(SECOND);
    if (a->alive && b->alive && a->object.created && b->object.created && same(a->uuid, b->uuid)) {
        stage_fault(FAULT_HALF_MADE, "the first and the second both made the object '%s'", a->object.name);
    }
}

static void everybody_looks(void)
{
    for (size_t i = 0; i < HOLDERS; i++) {
        if (part_at(holders[i])->attached) {
            (void)stage_tell(holders[i], act_look);
        }
    }
}

/* Whether somebody alive keeps the segment of this uuid from counting as absent. */
static bool needed(const uint8_t *uuid)
{
    if (the_stage->lifetime == STRAIT_UNTIL_REMOVED) {
        return true;
    }
    for (size_t i = 0; i < HOLDERS; i++) {
        const part *p = part_at(holders[i]);
        bool counts =
            the_stage->lifetime == STRAIT_UNTIL_LAST_LEAVES ? p->role != STRAIT_OBSERVER : p->created;
        if (p->alive && p->attached && counts && memcmp(p->uuid, uuid, sizeof p->uuid) == 0) {
            return true;
        }
    }
    return false;
}

static void ask_status(part *p)
{
    p->rc = strait_segment_status(p->segment);
}

/* The newcomer and all who live must have met in one segment, unless theirs was rightly retired. */
static void check_meeting(void)
{
    const part *newcomer = part_at(NEWCOMER);
    bool kept = the_stage->existed && !the_stage->removal && needed(the_stage->uuid);
    if (kept && !same(newcomer->uuid, the_stage->uuid)) {
        stage_fault(FAULT_LOST, "the segment that was there before is gone; the newcomer %s another",
                    newcomer->created ? "made" : "found");
    }
    for (size_t i = 0; i < HOLDERS; i++) {
        part *p = part_at(holders[i]);
        int rc = p->rc;
        if (!p->attached || !stage_tell(holders[i], ask_status)) {
            continue;
        }
        int status = p->rc;
        p->rc = rc;
        if (status == 0 && !same(p->uuid, newcomer->uuid)) {
            stage_fault(FAULT_LOST, "%s and the newcomer hold different segments of one name", part_name(p));
        } else if (status != 0 && !the_stage->removal && needed(p->uuid)) {
            stage_fault(FAULT_LOST, "%s holds a segment that is %s, though it is needed", part_name(p),
                        strait_result_name(status));
        }
    }
    if (!newcomer->created && !needed(newcomer->uuid)) {
        stage_fault(FAULT_STALE, "the newcomer found a segment that nobody alive needs");
    }
}

static void everybody_leaves(void)
{
    for (size_t i = 0; i < HOLDERS; i++) {
        if (part_at(holders[i])->attached) {
            (void)stage_tell(holders[i], act_leave);
        }
    }
}

static void sweep_up(part *p)
{
    p->rc = strait_segment_gc();
    if (p->rc < 0) {
        part_fault(p, FAULT_STUCK, "gc says %s: %s", strait_result_name(p->rc), strait_last_error());
    }
}

/* Where a killed holder may leave things until the next gc: one who held more than its part knows of. */
static bool somebody_was_left(void)
{
    bool left = false;
    for (part_id id = 0; id < PARTS; id++) {
        left = left || part_at(id)->records != 0;
    }
    return left && the_world.killed_leave;
}

static void check_nothing_is_left(bool private_world, uint64_t bytes_before)
{
    char first[256];
    bool late = somebody_was_left();
    size_t left = world_left(the_stage->mark, false, first, sizeof first);
    if (left != 0) {
        stage_fault(FAULT_LEAKED, "%zu names are left in %s, the first is %s", left, the_world.place, first);
    }
    for (part_id id = 0; id < PARTS; id++) {
        stage_kill(id);
    }
    if (late && stage_cast(NEWCOMER) && stage_tell(NEWCOMER, sweep_up)) {
        stage_kill(NEWCOMER);
    }
    uint64_t bytes = world_bytes();
    if (private_world && left == 0 && bytes != bytes_before) {
        stage_fault(FAULT_LEAKED, "%lld bytes of shared memory are still held by nobody",
                    (long long)bytes - (long long)bytes_before);
    }
    left = left == 0 ? world_left(the_stage->mark, true, first, sizeof first) : 0;
    if (left != 0) {
        stage_fault(FAULT_LEAKED, "%zu objects are left in %s, the first is %s", left, the_world.place,
                    first);
    }
}

void invariants_check(bool private_world, uint64_t bytes_before)
{
    check_results();
    check_makers();
    everybody_looks();
    if (stage_cast(NEWCOMER) && stage_tell(NEWCOMER, act_newcomer_open) && part_at(NEWCOMER)->attached) {
        check_meeting();
        (void)stage_tell(NEWCOMER, act_newcomer_capacity);
        everybody_looks();
        everybody_leaves();
        if (the_stage->book.on) {
            (void)stage_tell(NEWCOMER, act_newcomer_ring);
        }
        (void)stage_tell(NEWCOMER, act_newcomer_last);
    }
    if (the_stage->fault == FAULT_NONE) {
        check_nothing_is_left(private_world, bytes_before);
    }
}
