/* scenes.c - the operations of core over segments, each with a state of the world before it. */
#include "stage.h"

#include <stdlib.h>
#include <string.h>

/* --- before --------------------------------------------------------------------------------------------- */

static void nothing(stage *s)
{
    (void)s;
}

static void nothing_and_litter(stage *s)
{
    (void)s;
    fake_os_set_litter(true);
}

static void somebody_has_it(stage *s)
{
    s->witness = stage_open(2, STAGE_NAME, STRAIT_CREATE, s->lifetime);
}

static void both_have_it(stage *s)
{
    somebody_has_it(s);
    s->mine = stage_open(1, STAGE_NAME, STRAIT_ATTACH, s->lifetime);
}

static void i_made_it(stage *s)
{
    s->mine = stage_open(1, STAGE_NAME, STRAIT_CREATE, s->lifetime);
}

static void i_made_it_for_both(stage *s)
{
    i_made_it(s);
    s->witness = stage_open(2, STAGE_NAME, STRAIT_ATTACH, s->lifetime);
}

static void end_process_9(void *context)
{
    (void)context;
    fake_os_exit();
}

static void kill_9(void)
{
    fake_os_run(9, end_process_9, NULL);
    stage_bury_handles(9);
}

/* Process 9 made it and was killed. */
static void the_dead_left_it(stage *s)
{
    (void)stage_open(9, STAGE_NAME, STRAIT_CREATE, s->lifetime);
    kill_9();
}

static void the_dead_is_among_us(stage *s)
{
    both_have_it(s);
    (void)stage_open(9, STAGE_NAME, STRAIT_ATTACH, s->lifetime);
    kill_9();
}

static void remove_body(void *context)
{
    (void)context;
    (void)strait_segment_remove(STAGE_NAME, NULL, false);
}

/* Process 9 said RETIRED and was killed before it took the name away. */
static void a_remover_died(stage *s)
{
    stage_close(2, stage_open(2, STAGE_NAME, STRAIT_CREATE, s->lifetime));
    fake_os_count();
    fake_os_run(8, remove_body, NULL);
    unsigned calls = fake_os_counted();
    assert_int_equal(fake_os_names(), 0);
    stage_close(2, stage_open(2, STAGE_NAME, STRAIT_CREATE, s->lifetime));
    for (unsigned n = 1; n <= calls; n++) {
        if (fake_os_logged(n) == FAKE_OS_EVICT) {
            fake_os_count();
            fake_os_die(n, FAKE_OS_BEFORE);
            assert_false(fake_os_run(9, remove_body, NULL));
            break;
        }
    }
    assert_int_equal(fake_os_names(), 1);
    fake_os_count();
}

static int never_finishes(void *data, uint64_t bytes, void *context)
{
    (void)context;
    memset(data, 0xee, (size_t)bytes);
    fake_os_exit();
}

static void place_body(void *context)
{
    strait_segment *segment = context;
    strait_object object;
    strait_object_options options = {.bytes = 300, .initialise = never_finishes};
    (void)strait_segment_place(segment, "thing", &options, &object);
}

/* Process 9 died while it placed an object. */
static void a_placer_died(stage *s)
{
    both_have_it(s);
    strait_segment *theirs = stage_open(9, STAGE_NAME, STRAIT_ATTACH, s->lifetime);
    assert_false(fake_os_run(9, place_body, theirs));
    stage_bury_handles(9);
}

static int mark_object(void *data, uint64_t bytes, void *context)
{
    (void)context;
    memset(data, 0x77, (size_t)bytes);
    return 0;
}

static strait_object_options object_options(void)
{
    return (strait_object_options){.bytes = 300, .initialise = mark_object};
}

static void the_object_is_there(stage *s)
{
    both_have_it(s);
    fake_os_become(2);
    strait_object_options options = object_options();
    assert_int_equal(strait_segment_place(s->witness, "thing", &options, &s->object), STRAIT_CREATED);
}

static void litter_lies_about(stage *s)
{
    the_dead_is_among_us(s);
    fake_os_set_litter(true);
    fake_os_become(8);
    strait_os_map map;
    strait_os_cause cause = {0};
    strait_os_place place = {STRAIT_OS_NAMED, "other"};
    assert_int_equal(strait_os_map_create(&place, 5000, 0600, 0, &map, &cause), STRAIT_OK);
    fake_os_kill(8);
    assert_int_equal(fake_os_litter(), 1);
}

static void a_descriptor_is_handed_over(stage *s)
{
    somebody_has_it(s);
    fake_os_become(2);
    int theirs;
    assert_int_equal(strait_segment_descriptor(s->witness, STRAIT_BOTH, &theirs), STRAIT_OK);
    s->descriptor = fake_os_hand_over(theirs, 1);
    fake_os_close_descriptor(theirs);
}

/* --- the operations ------------------------------------------------------------------------------------- */

static int open_with(stage *s, strait_how how, strait_role role)
{
    strait_segment_options options = stage_options(how, s->lifetime);
    options.role = role;
    return strait_segment_open(STAGE_NAME, &options, &s->opened);
}

static int create(stage *s)
{
    return open_with(s, STRAIT_CREATE, STRAIT_BOTH);
}

static int open_or_create(stage *s)
{
    return open_with(s, STRAIT_OPEN_OR_CREATE, STRAIT_BOTH);
}

static int attach(stage *s)
{
    return open_with(s, STRAIT_ATTACH, STRAIT_BOTH);
}

static int observe(stage *s)
{
    return open_with(s, STRAIT_ATTACH, STRAIT_OBSERVER);
}

static int open_descriptor(stage *s)
{
    strait_segment_options options = stage_options(STRAIT_ATTACH, s->lifetime);
    options.backing = STRAIT_DESCRIPTOR;
    options.descriptor = s->descriptor;
    return strait_segment_open(NULL, &options, &s->opened);
}

static int close_mine(stage *s)
{
    strait_segment *mine = s->mine;
    s->mine = NULL;
    return strait_segment_close(mine);
}

static int remove_it(stage *s)
{
    (void)s;
    return strait_segment_remove(STAGE_NAME, NULL, false);
}

static int reap(stage *s)
{
    return strait_segment_reap(s->mine);
}

static int gc(stage *s)
{
    (void)s;
    return strait_segment_gc();
}

static int see(void *context, const strait_finding *finding)
{
    stage *s = context;
    s->seen += finding->result == STRAIT_OK;
    return 0;
}

static int list(stage *s)
{
    return strait_segment_list(see, s);
}

static int place(stage *s)
{
    strait_object_options options = object_options();
    int rc = strait_segment_place(s->mine, "thing", &options, &s->object);
    if (rc >= 0) { /* exists means complete */
        assert_int_equal(s->object.bytes, 300);
        assert_int_equal(((unsigned char *)s->object.data)[0], 0x77);
        assert_int_equal(((unsigned char *)s->object.data)[299], 0x77);
    }
    return rc;
}

static int stat_it(stage *s)
{
    strait_segment_info info;
    return strait_segment_stat(s->mine, &info);
}

static int set_mode(stage *s)
{
    return strait_segment_set_mode(s->mine, 0640);
}

static int hand_over(stage *s)
{
    return strait_segment_descriptor(s->mine, STRAIT_OBSERVER, &s->descriptor);
}

static int peers(stage *s)
{
    strait_peer some[8];
    return strait_segment_peers(s->mine, some, 8);
}

const stage_scene stage_scenes[] = {
    {"create, nothing there", nothing, create, false, STRAIT_UNTIL_REMOVED},
    {"create where killed creators leave litter", nothing_and_litter, create, false, STRAIT_UNTIL_REMOVED},
    {"create what is there", somebody_has_it, create, false, STRAIT_UNTIL_REMOVED},
    {"open or create, nothing there", nothing, open_or_create, false, STRAIT_UNTIL_LAST_LEAVES},
    {"open or create what is there", somebody_has_it, open_or_create, false, STRAIT_UNTIL_LAST_LEAVES},
    {"open or create where a remover died", a_remover_died, open_or_create, false, STRAIT_UNTIL_REMOVED},
    {"create where a remover died", a_remover_died, create, false, STRAIT_UNTIL_REMOVED},
    {"attach where a remover died", a_remover_died, attach, false, STRAIT_UNTIL_REMOVED},
    {"open or create where the last died", the_dead_left_it, open_or_create, false, STRAIT_UNTIL_LAST_LEAVES},
    {"open or create where the creator died", the_dead_left_it, open_or_create, false,
     STRAIT_UNTIL_CREATOR_LEAVES},
    {"attach where the last died", the_dead_left_it, attach, false, STRAIT_UNTIL_LAST_LEAVES},
    {"open or create what the dead left for good", the_dead_left_it, open_or_create, false,
     STRAIT_UNTIL_REMOVED},
    {"attach", somebody_has_it, attach, false, STRAIT_UNTIL_REMOVED},
    {"attach where one of three is dead", the_dead_is_among_us, attach, false, STRAIT_UNTIL_LAST_LEAVES},
    {"attach to nothing", nothing, attach, false, STRAIT_UNTIL_REMOVED},
    {"observe", somebody_has_it, observe, false, STRAIT_UNTIL_LAST_LEAVES},
    {"observe where a remover died", a_remover_died, observe, false, STRAIT_UNTIL_REMOVED},
    {"open a descriptor", a_descriptor_is_handed_over, open_descriptor, false, STRAIT_UNTIL_REMOVED},
    {"close, others stay", both_have_it, close_mine, false, STRAIT_UNTIL_LAST_LEAVES},
    {"close as the last", i_made_it, close_mine, true, STRAIT_UNTIL_LAST_LEAVES},
    {"close as the creator", i_made_it_for_both, close_mine, true, STRAIT_UNTIL_CREATOR_LEAVES},
    {"close what lives until removed", i_made_it, close_mine, false, STRAIT_UNTIL_REMOVED},
    {"close among the dead", the_dead_is_among_us, close_mine, false, STRAIT_UNTIL_LAST_LEAVES},
    {"remove what others have", both_have_it, remove_it, true, STRAIT_UNTIL_REMOVED},
    {"remove what nobody has", the_dead_left_it, remove_it, true, STRAIT_UNTIL_REMOVED},
    {"remove what a remover left", a_remover_died, remove_it, true, STRAIT_UNTIL_REMOVED},
    {"reap", the_dead_is_among_us, reap, false, STRAIT_UNTIL_REMOVED},
    {"reap a dead placer", a_placer_died, reap, false, STRAIT_UNTIL_REMOVED},
    {"collect among litter and the dead", litter_lies_about, gc, false, STRAIT_UNTIL_LAST_LEAVES},
    {"collect what the last left", the_dead_left_it, gc, true, STRAIT_UNTIL_LAST_LEAVES},
    {"collect what a remover left", a_remover_died, gc, true, STRAIT_UNTIL_REMOVED},
    {"list", the_dead_is_among_us, list, false, STRAIT_UNTIL_LAST_LEAVES},
    {"place an object", both_have_it, place, false, STRAIT_UNTIL_REMOVED},
    {"place an object that is there", the_object_is_there, place, false, STRAIT_UNTIL_REMOVED},
    {"place an object where a placer died", a_placer_died, place, false, STRAIT_UNTIL_REMOVED},
    {"stat", both_have_it, stat_it, false, STRAIT_UNTIL_REMOVED},
    {"change the mode", i_made_it, set_mode, false, STRAIT_UNTIL_REMOVED},
    {"hand over a descriptor", both_have_it, hand_over, false, STRAIT_UNTIL_REMOVED},
    {"list the peers", the_dead_is_among_us, peers, false, STRAIT_UNTIL_REMOVED},
};

const unsigned stage_scene_count = sizeof stage_scenes / sizeof stage_scenes[0];
