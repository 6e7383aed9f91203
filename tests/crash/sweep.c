/* sweep.c - one operation: recorded once, instruction by instruction, then killed at each chosen point,
 * each time from the same beginning, and the aftermath after each.
 */
#include "sweep.h"

#include <stdio.h>

#include "drive.h"
#include "points.h"

static void kill_at(const operation *it, const stepper_point *point, const sweep_plan *plan, tally *t)
{
    char text[128];
    char where[160];
    if (!drive_scene(it, NULL, t)) {
        return;
    }
    if (drive_start(FIRST)) {
        (void)drive_to(FIRST, point, t);
        drive_kill(FIRST);
    }
    (void)snprintf(where, sizeof where, "killed at %s", drive_describe(point, text, sizeof text));
    drive_conclude(plan, t, where);
}

bool sweep_enough(const sweep_plan *plan, const tally *t)
{
    return plan->stop != NULL && (*plan->stop != 0 || tally_violations(t) != 0);
}

void sweep_single(const operation *it, const sweep_plan *plan, tally *t)
{
    stepper_recording recording = {0};
    uint64_t seed = plan->seed;
    if (!drive_scene(it, NULL, t)) {
        return;
    }
    if (!drive_record(FIRST, false, &recording)) {
        stage_fault(FAULT_STUCK, "no recording");
    }
    drive_conclude(plan, t, "left alone");
    points chosen = points_choose(&recording, plan->every_below, plan->sample, &seed);
    t->instructions = recording.instructions;
    t->states = points_states(&recording);
    t->points = chosen.count;
    for (size_t i = 0; i < chosen.count && !sweep_enough(plan, t); i++) {
        kill_at(it, &recording.points[chosen.at[i]], plan, t);
    }
    points_clear(&chosen);
    stepper_recording_clear(&recording);
}
