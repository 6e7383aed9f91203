/* sweep.c - trials. One operation: killed at a point, then the aftermath. Two: the first is stopped at a point, the
 * second runs to a point of its own (found by a recording made while the first stands there), and then one of
 * the endings below. A third may come in between, so that what the dead held has a new owner when a stopped one goes on.
 */
#define _GNU_SOURCE
#include "sweep.h"

#include <stdio.h>
#include <string.h>

#include "acts.h"
#include "invariants.h"
#include "points.h"
#include "sandbox.h"
#include "watch.h"

typedef enum ending {
    BOTH_GO_ON,
    SECOND_DIES,
    FIRST_DIES,
    BOTH_DIE,
    FIRST_DIES_THIRD_COMES,
    SECOND_DIES_THIRD_COMES,
    THIRD_COMES_SECOND_MARKS,
    FIRST_ADVANCES,
    FIRST_ADVANCES_AND_DIES,
    ENDINGS
} ending;

static const char *const ending_names[ENDINGS] = {
    "both go on",
    "the second dies",
    "the first dies",
    "both die",
    "the first dies, a third comes",
    "the second dies, a third comes",
    "a third comes, the second makes one change, then the first goes on",
    "the first goes on a piece, then the second, then the first",
    "the first goes on a piece and dies"};

static watch the_watch;

bool sweep_open(void) { return watch_open(&the_watch, SANDBOX_DIRECTORY, the_stage->mark); }

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
        (void)snprintf(t->text[t->texts++], sizeof t->text[0], "%s: %s: %s", fault_names[the_stage->fault], where,
                       the_stage->text);
    }
}

/* --- driving -------------------------------------------------------------------------------------------------------- */

static const char *describe(const stepper_point *p, char *text, size_t room)
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

static bool start(part_id id)
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

static stepper_stop drive(part_id id, const stepper_point *point, tally *t)
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

/* All who are in the midst of something go on, in turn where one waits for another, until they are through. */
static void finish(const part_id *order, size_t count, tally *t)
{
    uint64_t end = stepper_now_ns() + STAGE_PATIENCE_NS;
    for (bool more = true; more;) {
        more = false;
        for (size_t i = 0; i < count; i++) {
            const part *p = &the_stage->parts[order[i]];
            if (p->alive && p->unsettled) {
                more = drive(order[i], NULL, t) == STEPPER_WAITS || more;
            }
        }
        if (more && stepper_now_ns() > end) {
            stage_fault(FAULT_STUCK, "somebody waits for ever");
            return;
        }
    }
}

static void kill_part(part_id id)
{
    stage_kill(id);
    the_stage->parts[id].unsettled = false;
}

static void conclude(const sweep_plan *plan, tally *t, const char *where)
{
    if (the_stage->fault == FAULT_NONE) {
        invariants_check(plan->private_directory, plan->bytes_before);
    }
    t->trials++;
    count_fault(t, where);
}

static bool enough(const sweep_plan *plan, const tally *t) { return plan->until_first && tally_violations(t) != 0; }

/* --- one ----------------------------------------------------------------------------------------------------------- */

static bool scene_failed(const operation *first, const operation *second, tally *t)
{
    if (scene_set(first, second)) {
        return false;
    }
    stage_fault(FAULT_STUCK, "the scene cannot be set");
    count_fault(t, first->name);
    return true;
}

static bool record(part_id id, bool coarse, stepper_recording *recording)
{
    stepper *s = stage_stepper(id);
    if (!start(id)) {
        return false;
    }
    watch_restart(&the_watch);
    s->deadline_ns = stepper_now_ns() + 6 * STAGE_PATIENCE_NS;
    stepper_stop stop = stepper_record(s, coarse, watch_look, &the_watch, recording);
    watch_restart(&the_watch);
    note_stop(id, stop);
    if (stop == STEPPER_DONE) {
        settle(id);
    }
    return stop == STEPPER_DONE || stop == STEPPER_WAITS;
}

void sweep_single(const operation *it, const sweep_plan *plan, tally *t)
{
    stepper_recording recording = {0};
    uint64_t seed = plan->seed;
    if (scene_failed(it, NULL, t)) {
        return;
    }
    if (!record(FIRST, false, &recording)) {
        stage_fault(FAULT_STUCK, "no recording");
    }
    conclude(plan, t, "left alone");
    points chosen = points_choose(&recording, plan->every_below, plan->sample, &seed);
    t->instructions = recording.instructions;
    t->states = points_states(&recording);
    t->points = chosen.count;
    for (size_t i = 0; i < chosen.count && !enough(plan, t); i++) {
        const stepper_point *point = &recording.points[chosen.at[i]];
        char text[128];
        char where[160];
        (void)snprintf(where, sizeof where, "killed at %s", describe(point, text, sizeof text));
        if (scene_failed(it, NULL, t)) {
            break;
        }
        if (start(FIRST)) {
            (void)drive(FIRST, point, t);
            kill_part(FIRST);
        }
        conclude(plan, t, where);
    }
    points_clear(&chosen);
    stepper_recording_clear(&recording);
}

/* --- two ----------------------------------------------------------------------------------------------------------- */

bool sweep_fits(const operation *first, const operation *second)
{
    return (second->traits & TRAIT_SECOND) != 0 && (first->traits & TRAIT_SOLO) == 0 &&
           ((second->traits & TRAIT_NEEDS) == 0 || (first->traits & TRAIT_FOUND) != 0);
}

static const operation *third_operation(uint64_t *seed)
{
    const operation *chosen = NULL;
    uint64_t seen = 0;
    for (size_t i = 0; i < operation_count; i++) {
        if ((operations[i].traits & TRAIT_THIRD) != 0 && points_random(seed) % ++seen == 0) {
            chosen = &operations[i];
        }
    }
    return chosen;
}

static void bring_third(const operation *it, tally *t)
{
    if (stage_cast(THIRD)) {
        the_stage->parts[THIRD].operation = it;
        the_stage->removal = the_stage->removal || (it->traits & TRAIT_REMOVES) != 0;
        if (start(THIRD)) {
            (void)drive(THIRD, NULL, t);
        }
    }
}

/* The second makes its next mark on what all see, and is stopped again right after it. */
static void one_change(part_id id)
{
    stepper *s = stage_stepper(id);
    if (!stage_alive(id) || !the_stage->parts[id].unsettled) {
        return;
    }
    s->deadline_ns = stepper_now_ns() + STAGE_PATIENCE_NS;
    watch_restart(&the_watch);
    stepper_stop stop = stepper_run_to_change(s, 3000, watch_look, &the_watch);
    watch_restart(&the_watch);
    note_stop(id, stop);
    if (stop == STEPPER_DONE) {
        settle(id);
    }
}

typedef struct meeting {
    const operation *first, *second;
    const sweep_plan *plan;
    tally *t;
    uint64_t seed;
    stepper_recording recording; /* of the first */
    points chosen;               /* of it */
} meeting;

/* One trial. */
typedef struct encounter {
    uint32_t at_first;               /* where the first stops: index into its recording */
    const stepper_point *at_second;  /* NULL = at its end */
    ending how;
    const operation *third;
    uint32_t later;                  /* where the first stops again */
} encounter;

/* A later point of the first, as it is reached from the earlier one. */
static stepper_point reached_from(const meeting *m, uint32_t from, uint32_t to)
{
    stepper_point point = m->recording.points[to];
    bool counted = point.occurrence != STEPPER_EXIT && point.occurrence != STEPPER_ENTRY;
    if (counted && point.calls == m->recording.points[from].calls) {
        point.occurrence = 0;
        for (uint32_t i = from + 1; i <= to; i++) {
            const stepper_point *p = &m->recording.points[i];
            point.occurrence += p->pc == point.pc;
        }
    }
    return point;
}

static void end_it(const meeting *m, const encounter *e)
{
    static const part_id second_goes_first[] = {SECOND, THIRD, FIRST};
    static const part_id first_goes_first[] = {FIRST, THIRD, SECOND};
    ending how = e->how;
    bool first_dies = how == FIRST_DIES || how == BOTH_DIE || how == FIRST_DIES_THIRD_COMES;
    bool second_dies = how == SECOND_DIES || how == BOTH_DIE || how == SECOND_DIES_THIRD_COMES;
    if (first_dies) {
        kill_part(FIRST);
    }
    if (second_dies) {
        kill_part(SECOND);
    }
    if (how == FIRST_DIES_THIRD_COMES || how == SECOND_DIES_THIRD_COMES || how == THIRD_COMES_SECOND_MARKS) {
        bring_third(e->third, m->t);
    }
    if (how == THIRD_COMES_SECOND_MARKS) {
        one_change(SECOND);
    }
    if (how >= FIRST_ADVANCES && stage_alive(FIRST) && the_stage->parts[FIRST].unsettled) {
        stepper_point point = reached_from(m, e->at_first, e->later);
        uint64_t drifted = m->t->drifted; /* of course it may drift: the second did something meanwhile */
        (void)drive(FIRST, &point, m->t);
        m->t->drifted = drifted;
        if (how == FIRST_ADVANCES_AND_DIES) {
            kill_part(FIRST);
        }
    }
    finish(first_dies || how >= FIRST_ADVANCES ? second_goes_first : first_goes_first, 3, m->t);
}

static void describe_encounter(const meeting *m, const encounter *e, char *text, size_t room)
{
    char one[128];
    char two[128];
    char more[160] = "";
    if (e->how >= FIRST_ADVANCES) {
        (void)describe(&m->recording.points[e->later], more, sizeof more);
    } else if (e->how >= FIRST_DIES_THIRD_COMES) {
        (void)snprintf(more, sizeof more, "%s", e->third->name);
    }
    (void)snprintf(text, room, "the first at %s, the second at %s, %s%s%s%s",
                   describe(&m->recording.points[e->at_first], one, sizeof one),
                   describe(e->at_second, two, sizeof two), ending_names[e->how], more[0] == '\0' ? "" : " (", more,
                   more[0] == '\0' ? "" : ")");
}

static void meet(meeting *m, uint32_t at_first, const stepper_point *at_second, ending how)
{
    char where[600];
    encounter e = {.at_first = at_first, .at_second = at_second, .how = how};
    e.third = third_operation(&m->seed);
    bool later = points_later(&m->chosen, &m->recording, at_first, &m->seed, &e.later);
    if (how >= FIRST_ADVANCES && !later) {
        e.how = BOTH_GO_ON;
    }
    describe_encounter(m, &e, where, sizeof where);
    if (scene_failed(m->first, m->second, m->t)) {
        return;
    }
    if (start(FIRST) && drive(FIRST, &m->recording.points[at_first], m->t) <= STEPPER_WAITS && start(SECOND)) {
        (void)drive(SECOND, at_second, m->t);
        end_it(m, &e);
    }
    conclude(m->plan, m->t, where);
}

/* What the second does while the first stands at the point. */
static bool record_second(const meeting *m, uint32_t index, stepper_recording *recording)
{
    const stepper_point *at_first = &m->recording.points[index];
    char one[128];
    char where[200];
    (void)snprintf(where, sizeof where, "the first at %s, the second goes first", describe(at_first, one, sizeof one));
    if (scene_failed(m->first, m->second, m->t)) {
        return false;
    }
    bool good = start(FIRST) && drive(FIRST, at_first, m->t) <= STEPPER_WAITS && record(SECOND, true, recording);
    static const part_id order[] = {SECOND, FIRST};
    finish(order, 2, m->t);
    conclude(m->plan, m->t, where);
    return good;
}

static bool time_is_up(const meeting *m)
{
    return stepper_now_ns() > m->plan->end_ns || enough(m->plan, m->t);
}

/* All endings at one point of the first; each time another point of the second. */
static void sweep_second(meeting *m, uint32_t at_first)
{
    stepper_recording recording = {0};
    if (!record_second(m, at_first, &recording)) {
        stepper_recording_clear(&recording);
        return;
    }
    points chosen = points_choose(&recording, m->plan->every_below, 8, &m->seed);
    points_shuffle(&chosen, &recording, &m->seed);
    size_t count = m->plan->seconds == 0 || m->plan->seconds > chosen.count ? chosen.count : m->plan->seconds;
    for (size_t j = 0; j < count && !time_is_up(m); j++) {
        const stepper_point *at_second = &recording.points[chosen.at[j]];
        m->t->points++;
        if (m->plan->seconds == 0) {
            for (ending how = 0; how < ENDINGS; how++) {
                meet(m, at_first, at_second, how);
            }
        } else {
            meet(m, at_first, at_second, (ending)(points_random(&m->seed) % ENDINGS));
        }
    }
    meet(m, at_first, NULL, BOTH_GO_ON);
    meet(m, at_first, NULL, FIRST_DIES);
    points_clear(&chosen);
    stepper_recording_clear(&recording);
}

void sweep_pair(const operation *first, const operation *second, const sweep_plan *plan, tally *t)
{
    meeting m = {.first = first, .second = second, .plan = plan, .t = t, .seed = plan->seed};
    if (scene_failed(first, second, t)) {
        return;
    }
    if (!record(FIRST, true, &m.recording)) {
        stage_fault(FAULT_STUCK, "no recording");
    }
    conclude(plan, t, "one after the other");
    m.chosen = points_choose(&m.recording, 0, 16, &m.seed);
    points_shuffle(&m.chosen, &m.recording, &m.seed);
    t->instructions = m.recording.instructions;
    t->states = points_states(&m.recording);
    size_t count = plan->firsts == 0 || plan->firsts > m.chosen.count ? m.chosen.count : plan->firsts;
    for (size_t i = 0; i < count && (i == 0 || !time_is_up(&m)) && !enough(plan, t); i++) {
        sweep_second(&m, m.chosen.at[i]);
    }
    points_clear(&m.chosen);
    stepper_recording_clear(&m.recording);
}
