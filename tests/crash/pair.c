/* pair.c - two operations: the first is stopped at a point, the second runs to a point of its own (found
 * by a recording made while the first stands there), and then comes an ending: who goes on, who dies, and
 * whether a third comes in between, so that what was judged, or what a dead one held, has changed hands
 * when a stopped one goes on.
 */
#include <stdio.h>
#include <string.h>

#include "drive.h"
#include "points.h"

/* An ending is a row of moves: a, b: the first, the second goes on to its end. A, B: it dies. c: a third
 * process comes and does all of its operation. f: the first goes on to a later point. m: the second goes
 * on until it has changed something. Whoever is left in the midst goes on at the end. */
typedef struct ending {
    const char *moves;
    const char *text;
} ending;

static const ending endings[] = {
    {"ab", "the first goes on, then the second"},
    {"ba", "the second goes on, then the first"},
    {"Ba", "the second dies"},
    {"Ab", "the first dies"},
    {"AB", "both die"},
    {"Acb", "the first dies, a third comes"},
    {"Bca", "the second dies, a third comes"},
    {"cmab", "a third comes, the second makes one change, the first goes on"},
    {"fba", "the first goes on a piece, then the second"},
    {"fbca", "the first goes on a piece, then the second, a third comes"},
    {"fAb", "the first goes on a piece and dies"},
    {"fAcb", "the first goes on a piece and dies, a third comes"},
};
#define THIRDS 4 /* times that one of the possible thirds is chosen, where it matters who it is */
#define ENDINGS (sizeof endings / sizeof endings[0])

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
    uint32_t at_first;              /* where the first stops: index into its recording */
    const stepper_point *at_second; /* NULL = at its end */
    const ending *ending;
    uint32_t later; /* f: where the first stops again */
    const operation *third;
} encounter;

bool sweep_fits(const operation *first, const operation *second)
{
    const unsigned same = TRAIT_RING | TRAIT_SIDES;
    return operation_is_of_this_world(first) && operation_is_of_this_world(second) &&
           (first->traits & same) == (second->traits & same) && (second->traits & TRAIT_SECOND) != 0 &&
           (first->traits & TRAIT_SOLO) == 0 &&
           ((second->traits & TRAIT_NEEDS) == 0 || (first->traits & TRAIT_FOUND) != 0);
}

static const operation *third_operation(uint64_t *seed)
{
    const operation *chosen = NULL;
    uint64_t seen = 0;
    for (size_t i = 0; i < operation_count(); i++) {
        if ((operation_at(i)->traits & TRAIT_THIRD) != 0 && points_random(seed) % ++seen == 0) {
            chosen = operation_at(i);
        }
    }
    return chosen;
}

static bool has_move(const encounter *e, char move)
{
    return strchr(e->ending->moves, move) != NULL;
}

/* --- moves ------------------------------------------------------------------------------------------ */

static void bring_third(const operation *it, tally *t)
{
    if (stage_cast(THIRD)) {
        the_stage->parts[THIRD].operation = it;
        the_stage->removal = the_stage->removal || (it->traits & TRAIT_REMOVES) != 0;
        if (drive_start(THIRD)) {
            (void)drive_to(THIRD, NULL, t);
        }
    }
}

/* A later point of the first, as it is reached from the earlier one. */
static stepper_point reached_from(const meeting *m, uint32_t from, uint32_t to)
{
    stepper_point point = m->recording.points[to];
    bool counted = point.occurrence != STEPPER_EXIT && point.occurrence != STEPPER_ENTRY;
    if (counted && point.calls == m->recording.points[from].calls) {
        point.occurrence = 0;
        for (uint32_t i = from + 1; i <= to; i++) {
            point.occurrence += m->recording.points[i].pc == point.pc;
        }
    }
    return point;
}

/* It may well drift: the second did something meanwhile. */
static void first_advances(const meeting *m, const encounter *e)
{
    tally unheeded = {0};
    stepper_point point = reached_from(m, e->at_first, e->later);
    if (drive_in_midst(FIRST)) {
        (void)drive_to(FIRST, &point, &unheeded);
    }
}

static void go_on(part_id id, tally *t)
{
    if (drive_in_midst(id)) {
        (void)drive_to(id, NULL, t);
    }
}

static void make_moves(const meeting *m, const encounter *e)
{
    for (const char *move = e->ending->moves; *move != '\0'; move++) {
        switch (*move) {
        case 'a':
            go_on(FIRST, m->t);
            break;
        case 'b':
            go_on(SECOND, m->t);
            break;
        case 'A':
            drive_kill(FIRST);
            break;
        case 'B':
            drive_kill(SECOND);
            break;
        case 'c':
            bring_third(e->third, m->t);
            break;
        case 'f':
            first_advances(m, e);
            break;
        default:
            drive_one_change(SECOND);
            break;
        }
    }
    drive_finish(m->t);
}

/* --- trials ----------------------------------------------------------------------------------------- */

static void describe(const meeting *m, const encounter *e, char *text, size_t room)
{
    char one[128];
    char two[128];
    char later[128];
    (void)snprintf(
        text, room, "the first at %s, the second at %s, %s%s%s%s%s",
        drive_describe(&m->recording.points[e->at_first], one, sizeof one),
        drive_describe(e->at_second, two, sizeof two), e->ending->text, has_move(e, 'c') ? "; third: " : "",
        has_move(e, 'c') ? e->third->name : "", has_move(e, 'f') ? "; piece: up to " : "",
        has_move(e, 'f') ? drive_describe(&m->recording.points[e->later], later, sizeof later) : "");
}

static void meet(meeting *m, uint32_t at_first, const stepper_point *at_second, const ending *how)
{
    char where[600];
    encounter e = {.at_first = at_first, .at_second = at_second, .ending = how, .later = at_first};
    e.third = third_operation(&m->seed);
    if (has_move(&e, 'f') && !points_later(&m->chosen, &m->recording, at_first, &m->seed, &e.later)) {
        e.ending = &endings[0];
    }
    if (!drive_scene(m->first, m->second, m->t)) {
        return;
    }
    if (drive_start(FIRST) && drive_to(FIRST, &m->recording.points[at_first], m->t) <= STEPPER_WAITS &&
        drive_start(SECOND)) {
        (void)drive_to(SECOND, at_second, m->t);
        make_moves(m, &e);
    }
    describe(m, &e, where, sizeof where);
    drive_conclude(m->plan, m->t, where);
}

/* What the second does while the first stands at the point. */
static bool record_second(const meeting *m, uint32_t at_first, stepper_recording *recording)
{
    const stepper_point *point = &m->recording.points[at_first];
    char one[128];
    char where[200];
    if (!drive_scene(m->first, m->second, m->t)) {
        return false;
    }
    bool good = drive_start(FIRST) && drive_to(FIRST, point, m->t) <= STEPPER_WAITS &&
                drive_record(SECOND, true, recording);
    drive_finish(m->t);
    (void)snprintf(where, sizeof where, "the first at %s, the second goes first",
                   drive_describe(point, one, sizeof one));
    drive_conclude(m->plan, m->t, where);
    return good;
}

static bool enough(const meeting *m)
{
    return sweep_enough(m->plan, m->t);
}

static bool time_is_up(const meeting *m)
{
    return stepper_now_ns() > m->plan->end_ns || enough(m);
}

static const ending *ending_of(const char *moves)
{
    const ending *it = endings;
    while (strcmp(it->moves, moves) != 0) {
        it++;
    }
    return it;
}

static void all_endings(meeting *m, uint32_t at_first, const stepper_point *at_second)
{
    for (size_t i = 0; i < ENDINGS && !enough(m); i++) {
        meet(m, at_first, at_second, &endings[i]);
    }
}

/* One point of the first, points of the second. */
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
            all_endings(m, at_first, at_second);
        } else {
            meet(m, at_first, at_second, &endings[points_random(&m->seed) % ENDINGS]);
        }
    }
    meet(m, at_first, NULL, ending_of("ab")); /* the second is through, the first goes on */
    meet(m, at_first, NULL, ending_of("Ab")); /* ... or dies */
    for (int i = 0; i < THIRDS && !time_is_up(m); i++) {
        meet(m, at_first, NULL, ending_of("fbca")); /* ... or goes on a piece, and what it saw then is over */
    }
    points_clear(&chosen);
    stepper_recording_clear(&recording);
}

void sweep_pair(const operation *first, const operation *second, const sweep_plan *plan, tally *t)
{
    meeting m = {.first = first, .second = second, .plan = plan, .t = t, .seed = plan->seed};
    if (!drive_scene(first, second, t)) {
        return;
    }
    if (!drive_record(FIRST, true, &m.recording)) {
        stage_fault(FAULT_STUCK, "no recording");
    }
    drive_conclude(plan, t, "one after the other");
    t->instructions = m.recording.instructions;
    t->states = points_states(&m.recording);
    do { /* again, with other chances, for as long as there is time; only the short form goes through once */
        m.chosen = points_choose(&m.recording, 0, 16, &m.seed);
        points_shuffle(&m.chosen, &m.recording, &m.seed);
        size_t count = plan->firsts == 0 || plan->firsts > m.chosen.count ? m.chosen.count : plan->firsts;
        for (size_t i = 0; i < count && (i == 0 || !time_is_up(&m)) && !enough(&m); i++) {
            sweep_second(&m, m.chosen.at[i]);
        }
        points_clear(&m.chosen);
    } while (plan->firsts == 0 && m.recording.count > 0 && !time_is_up(&m));
    stepper_recording_clear(&m.recording);
}
