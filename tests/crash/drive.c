/* drive.c - moving the parts of a trial. Every move ends in one of four ways: there, through, waiting for
 * somebody, or broken; the last is a fault of the trial at once.
 */
#define _GNU_SOURCE
#include "drive.h"

#include <stdio.h>
#include <string.h>

#include "acts.h"
#include "invariants.h"
#include "sandbox.h"
#include "watch.h"

static watch the_watch;

bool drive_open(void)
{
    return watch_open(&the_watch, the_stage->mark);
}

uint64_t tally_violations(const tally *t)
{
    uint64_t sum = 0;
    for (int i = FAULT_NONE + 1; i < FAULT_COUNT; i++) {
        sum += t->faults[i];
    }
    return sum;
}

static void count_fault(tally *t, const char *where)
{
    if (the_stage->fault == FAULT_NONE) {
        return;
    }
    t->faults[the_stage->fault]++;
    if (t->texts < TALLY_TEXTS) {
        (void)snprintf(t->text[t->texts++], sizeof t->text[0], "%s: %s: %s", fault_names[the_stage->fault],
                       where, the_stage->text);
    }
}

const char *drive_describe(const stepper_point *p, char *text, size_t room)
{
    if (p == NULL) {
        (void)snprintf(text, room, "its end");
    } else if (p->occurrence == STEPPER_ENTRY) {
        (void)snprintf(text, room, "the entry of system call %u (number %d)", p->calls + 1, p->call);
    } else {
        (void)snprintf(text, room, "instruction %u (%#lx, after %u system calls)", p->instruction,
                       (unsigned long)p->pc, p->calls);
    }
    return text;
}

static void note_stop(part_id id, stepper_stop stop)
{
    const char *name = part_name(&the_stage->parts[id]);
    if (stop == STEPPER_DIED) {
        stage_fault(FAULT_STUCK, "%s crashed (wait status %#x)", name, (unsigned)stage_stepper(id)->status);
        stage_kill(id);
    } else if (stop == STEPPER_LATE) {
        stage_fault(FAULT_STUCK, "%s hangs in the midst of its operation", name);
        stage_kill(id);
    }
}

bool drive_in_midst(part_id id)
{
    return stage_alive(id) && the_stage->parts[id].unsettled;
}

bool drive_scene(const operation *first, const operation *second, tally *t)
{
    if (scene_set(first, second)) {
        return true;
    }
    stage_fault(FAULT_STUCK, "the scene cannot be set");
    count_fault(t, first->name);
    return false;
}

bool drive_start(part_id id)
{
    stage_post(id, act_perform);
    the_stage->parts[id].unsettled = true;
    stepper_stop stop = stepper_to_begin(stage_stepper(id));
    note_stop(id, stop);
    return stop == STEPPER_THERE;
}

/* It is through: lets it write down what it holds, and obey commands again. */
static void settle(part_id id)
{
    stepper_release(stage_stepper(id));
    the_stage->parts[id].unsettled = false;
    (void)stage_wait(id);
}

stepper_stop drive_to(part_id id, const stepper_point *point, tally *t)
{
    stepper *s = stage_stepper(id);
    s->deadline_ns = stepper_now_ns() + STAGE_PATIENCE_NS;
    stepper_stop stop = point == NULL ? stepper_run_to_end(s) : stepper_run_to(s, point);
    note_stop(id, stop);
    t->drifted += point != NULL && (stop == STEPPER_DRIFTED || stop == STEPPER_DONE);
    t->waited += stop == STEPPER_WAITS;
    if (stop == STEPPER_DONE) {
        settle(id);
    }
    return stop;
}

void drive_one_change(part_id id)
{
    stepper *s = stage_stepper(id);
    if (!drive_in_midst(id)) {
        return;
    }
    s->deadline_ns = stepper_now_ns() + STAGE_PATIENCE_NS;
    watch_restart(&the_watch, s->pid);
    stepper_stop stop = stepper_run_to_change(s, 3000, watch_look, &the_watch);
    watch_restart(&the_watch, 0);
    note_stop(id, stop);
    if (stop == STEPPER_DONE) {
        settle(id);
    }
}

bool drive_record(part_id id, bool coarse, stepper_recording *recording)
{
    stepper *s = stage_stepper(id);
    if (!drive_start(id)) {
        return false;
    }
    watch_restart(&the_watch, s->pid);
    s->deadline_ns = stepper_now_ns() + 6 * STAGE_PATIENCE_NS;
    stepper_stop stop = stepper_record(s, coarse, watch_look, &the_watch, recording);
    watch_restart(&the_watch, 0);
    note_stop(id, stop);
    if (stop == STEPPER_DONE) {
        settle(id);
    }
    return stop == STEPPER_DONE || stop == STEPPER_WAITS;
}

void drive_kill(part_id id)
{
    stage_kill(id);
    the_stage->parts[id].unsettled = false;
}

void drive_finish(tally *t)
{
    static const part_id order[] = {FIRST, SECOND, THIRD};
    uint64_t end = stepper_now_ns() + STAGE_PATIENCE_NS;
    for (bool more = true; more;) {
        more = false;
        for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
            if (drive_in_midst(order[i])) {
                more = drive_to(order[i], NULL, t) == STEPPER_WAITS || more;
            }
        }
        if (more && stepper_now_ns() > end) {
            stage_fault(FAULT_STUCK, "somebody waits for ever");
            return;
        }
    }
}

void drive_conclude(const sweep_plan *plan, tally *t, const char *where)
{
    if (the_stage->fault == FAULT_NONE) {
        invariants_check(plan->private_world, plan->bytes_before);
    }
    t->trials++;
    count_fault(t, where);
}
