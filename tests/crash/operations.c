/* operations.c - the table. A new operation is a function of one line and a row of four; a new object
 * brings its own scenes besides.
 */
#include "operations.h"

#include <string.h>

#include "acts.h"
#include "world.h"

/* --- scenes, in the director ------------------------------------------------------------------------ */

static void nothing_there(void) {}

static void must_exist(part_id id)
{
    the_stage->existed = true;
    memcpy(the_stage->uuid, the_stage->parts[id].uuid, sizeof the_stage->uuid);
}

/* A long-time participant made it, and stays. */
void scene_witnessed(void)
{
    if (stage_cast(WITNESS) && stage_tell(WITNESS, act_create)) {
        must_exist(WITNESS);
    }
}

/* It is there, with nobody attached. */
static void unattended(void)
{
    scene_witnessed();
    (void)stage_tell(WITNESS, act_leave);
}

/* Its maker died. */
static void maker_dead(void)
{
    if (stage_cast(GHOST) && stage_tell(GHOST, act_create)) {
        stage_kill(GHOST);
    }
}

/* Somebody died between marking it RETIRED and taking its name away. */
static void retired_leftover(void)
{
    if (stage_cast(GHOST) && stage_tell(GHOST, act_create) && stage_tell(GHOST, act_mark_retired)) {
        stage_kill(GHOST);
    }
}

/* The same, and the unfinished file of a dead creator. */
static void debris(void)
{
    maker_dead();
    if (stage_cast(GHOST) && stage_tell(GHOST, world_leave_unfinished)) {
        stage_kill(GHOST);
    }
}

static void with_ghost(void (*act)(part *))
{
    scene_witnessed();
    if (stage_cast(GHOST) && stage_tell(GHOST, act)) {
        stage_kill(GHOST);
    }
}

static void peer_dead(void)
{
    with_ghost(act_attach_twice);
}

static void crowd_dead(void)
{
    with_ghost(act_attach_all);
}

static void placer_dead(void)
{
    scene_witnessed();
    if (stage_cast(GHOST) && stage_tell(GHOST, act_attach)) {
        (void)stage_tell_to_die(GHOST, act_die_placing);
    }
}

/* Dead makers hold keys of the name, each stopped at another stage. */
static void keys_taken(void)
{
    static void (*const left[])(part *) = {world_leave_unmarked, world_leave_unfinished};
    for (size_t i = 0; i < sizeof left / sizeof left[0]; i++) {
        if (stage_cast(GHOST) && stage_tell(GHOST, left[i])) {
            stage_kill(GHOST);
        }
    }
}

/* The records of the first set of tokens are taken by the living: the next one needs another set. */
static void crowd_alive(void)
{
    the_stage->participants = SCENE_CROWD_PARTICIPANTS;
    scene_witnessed();
    if (stage_cast(GHOST)) {
        (void)stage_tell(GHOST, act_attach_crowd);
    }
}

/* The same, but they are dead. */
static void big_crowd_dead(void)
{
    crowd_alive();
    stage_kill(GHOST);
}

/* The victim made it; the witness came later. */
static void victim_is_creator(void)
{
    if (stage_cast(FIRST) && stage_tell(FIRST, act_create) && stage_cast(WITNESS)) {
        (void)stage_tell(WITNESS, act_attach);
    }
}

/* --- calls, in the victim --------------------------------------------------------------------------- */

static void run_create(part *p)
{
    act_open(p, STRAIT_CREATE, STRAIT_BOTH);
}

static void run_open(part *p)
{
    act_open(p, STRAIT_OPEN_OR_CREATE, STRAIT_BOTH);
}

static void run_attach(part *p)
{
    act_open(p, STRAIT_ATTACH, STRAIT_BOTH);
}

static void run_observe(part *p)
{
    act_open(p, STRAIT_ATTACH, STRAIT_OBSERVER);
}

static void run_close(part *p)
{
    strait_segment *segment = p->segment;
    p->segment = NULL;
    p->rc = strait_segment_close(segment);
}

static void run_remove(part *p)
{
    p->rc = strait_segment_remove(the_stage->name, NULL, false);
}

static void run_reap(part *p)
{
    p->rc = strait_segment_reap(p->segment);
}

static void run_gc(part *p)
{
    p->rc = strait_segment_gc();
}

static void run_place(part *p)
{
    strait_object_options options = act_object_options();
    p->rc = strait_segment_place(p->segment, "object", &options, &p->object);
}

/* Comes anew into what a dead one left, so that it gets the very record that the dead one had. */
static void run_come_and_place(part *p)
{
    (void)strait_segment_gc();
    run_attach(p);
    if (p->rc == 0) {
        run_place(p);
    }
}

static void run_look(part *p)
{
    act_look(p);
    p->rc = 0;
}

/* --- results that may be ---------------------------------------------------------------------------- */

static bool done(const part *p)
{
    return p->rc == 0;
}

static bool counted(const part *p)
{
    return p->rc >= 0;
}

static bool placed(const part *p)
{
    return p->rc == 0 || p->rc == STRAIT_CREATED;
}

static bool may_be_absent(void)
{
    return !the_stage->existed || the_stage->removal || (the_stage->company && the_stage->scattered);
}

static bool came_and_placed(const part *p)
{
    return placed(p) || (p->rc == STRAIT_NOT_FOUND && may_be_absent());
}

static bool made(const part *p)
{
    return p->rc == 0 || (p->rc == STRAIT_EXISTS && (the_stage->existed || the_stage->company));
}

static bool found(const part *p)
{
    return p->rc == 0 || (p->rc == STRAIT_NOT_FOUND && may_be_absent());
}

static bool removed(const part *p)
{
    return p->rc == 0 || (p->rc == STRAIT_NOT_FOUND && (may_be_absent() || the_stage->company));
}

/* --- the table -------------------------------------------------------------------------------------- */

#define KEPT STRAIT_UNTIL_REMOVED
#define CREATORS STRAIT_UNTIL_CREATOR_LEAVES
#define LAST STRAIT_UNTIL_LAST_LEAVES
#define FOUND TRAIT_FOUND
#define SECOND_TOO TRAIT_SECOND

static const operation operations[] = {
    /* Making */
    {"create/absent", nothing_there, NULL, run_create, made, KEPT, 0},
    {"create/absent-until-last", nothing_there, NULL, run_create, made, LAST, 0},
    {"create/absent-until-creator", nothing_there, NULL, run_create, made, CREATORS, 0},
    {"create/no-unnamed-files", nothing_there, world_refuse_unnamed_files, run_create, made, KEPT,
     TRAIT_FILES},
    {"create/present", scene_witnessed, NULL, run_create, made, KEPT, FOUND | TRAIT_SOLO},
    {"open/absent", nothing_there, NULL, run_open, done, KEPT, SECOND_TOO | TRAIT_THIRD},
    {"open/keys-taken", keys_taken, NULL, run_open, done, KEPT, TRAIT_KEYS},
    {"open/present", scene_witnessed, NULL, run_open, done, KEPT, FOUND},
    {"open/unattended", unattended, NULL, run_open, done, KEPT, FOUND | TRAIT_SOLO},
    {"open/retired-leftover", retired_leftover, NULL, run_open, done, KEPT, 0},
    {"open/all-dead-until-last", maker_dead, NULL, run_open, done, LAST, 0},
    {"open/creator-dead", maker_dead, NULL, run_open, done, CREATORS, 0},
    {"open/no-unnamed-files", maker_dead, world_refuse_unnamed_files, run_open, done, LAST, TRAIT_FILES},
    /* Coming */
    {"attach/present", scene_witnessed, NULL, run_attach, found, KEPT, FOUND | SECOND_TOO},
    {"attach/present-until-last", scene_witnessed, NULL, run_attach, found, LAST, FOUND},
    {"attach/all-dead-until-last", maker_dead, NULL, run_attach, found, LAST, 0},
    {"attach/crowded-with-dead", crowd_dead, NULL, run_attach, found, KEPT, FOUND},
    {"attach/placer-dead", placer_dead, NULL, run_attach, found, KEPT, FOUND | TRAIT_SOLO},
    {"attach/another-set", crowd_alive, NULL, run_attach, found, KEPT, FOUND | TRAIT_KEYS},
    {"attach/another-set-unattended", big_crowd_dead, NULL, run_attach, found, KEPT,
     FOUND | TRAIT_KEYS | TRAIT_SOLO},
    {"observe/present", scene_witnessed, NULL, run_observe, found, KEPT, FOUND | TRAIT_SOLO},
    /* Going */
    {"close/one-of-several", scene_witnessed, act_attach, run_close, done, KEPT,
     FOUND | SECOND_TOO | TRAIT_NEEDS | TRAIT_LEAVES},
    {"close/alone", nothing_there, act_create, run_close, done, KEPT, FOUND | TRAIT_LEAVES | TRAIT_SOLO},
    {"close/last", nothing_there, act_create, run_close, done, LAST, FOUND | TRAIT_LEAVES},
    {"close/not-last", scene_witnessed, act_attach, run_close, done, LAST, FOUND | TRAIT_LEAVES},
    {"close/last-but-dead", peer_dead, act_attach, run_close, done, LAST, FOUND | TRAIT_LEAVES | TRAIT_SOLO},
    {"close/creator", victim_is_creator, NULL, run_close, done, CREATORS, FOUND | TRAIT_LEAVES},
    /* Removing, repairing */
    {"remove/present", scene_witnessed, NULL, run_remove, removed, KEPT,
     FOUND | SECOND_TOO | TRAIT_THIRD | TRAIT_REMOVES},
    {"remove/unattended", unattended, NULL, run_remove, removed, KEPT, FOUND | TRAIT_REMOVES},
    {"remove/retired-leftover", retired_leftover, NULL, run_remove, removed, KEPT, TRAIT_REMOVES},
    {"reap/peer-dead", peer_dead, act_attach, run_reap, counted, KEPT, FOUND | SECOND_TOO | TRAIT_NEEDS},
    {"reap/placer-dead", placer_dead, act_attach, run_reap, counted, KEPT, FOUND},
    {"gc/retired-leftover", retired_leftover, NULL, run_gc, counted, KEPT, SECOND_TOO | TRAIT_THIRD},
    {"gc/all-dead-and-unfinished", debris, NULL, run_gc, counted, LAST, 0},
    {"gc/keys-taken", keys_taken, NULL, run_gc, counted, KEPT, TRAIT_KEYS},
    {"gc/peer-dead", peer_dead, NULL, run_gc, counted, KEPT, FOUND | TRAIT_SOLO},
    /* The directory */
    {"place/new", scene_witnessed, act_attach, run_place, placed, KEPT, FOUND | SECOND_TOO | TRAIT_NEEDS},
    {"place/placer-dead", placer_dead, act_attach, run_place, placed, KEPT, FOUND},
    {"come-and-place/placer-dead", placer_dead, NULL, run_come_and_place, came_and_placed, KEPT,
     FOUND | SECOND_TOO | TRAIT_SOLO},
    /* Looking on */
    {"look/peer-dead", peer_dead, act_attach, run_look, done, KEPT,
     FOUND | SECOND_TOO | TRAIT_NEEDS | TRAIT_SOLO},
};

#define OWN (sizeof operations / sizeof operations[0])

size_t operation_count(void)
{
    return OWN + ring_operation_count;
}

const operation *operation_at(size_t i)
{
    return i < OWN ? &operations[i] : &ring_operations[i - OWN];
}

bool operation_is_of_this_world(const operation *it)
{
    return ((it->traits & TRAIT_FILES) == 0 || the_world.has_files) &&
           ((it->traits & TRAIT_KEYS) == 0 || the_world.has_keys);
}

/* --- setting the scene ------------------------------------------------------------------------------ */

static bool make_ready(part_id id, const operation *it)
{
    if (!stage_alive(id) && !stage_cast(id)) {
        return false;
    }
    the_stage->parts[id].operation = it;
    return it->ready == NULL || stage_tell(id, it->ready);
}

bool scene_set(const operation *first, const operation *second)
{
    stage_clear();
    the_stage->lifetime = first->lifetime;
    the_stage->participants = SCENE_PARTICIPANTS;
    the_stage->company = second != NULL;
    the_stage->removal = ((first->traits | (second == NULL ? 0 : second->traits)) & TRAIT_REMOVES) != 0;
    the_stage->scattered = first->lifetime != STRAIT_UNTIL_REMOVED;
    first->scene();
    bool ready = make_ready(FIRST, first) && (second == NULL || make_ready(SECOND, second));
    if (ready && !the_stage->existed && the_stage->parts[FIRST].attached && !the_stage->scattered) {
        must_exist(FIRST);
    }
    return ready && the_stage->fault == FAULT_NONE;
}

void act_perform(part *p)
{
    stepper_begin();
    p->operation->run(p);
    stepper_end();
    act_settle(p);
}
