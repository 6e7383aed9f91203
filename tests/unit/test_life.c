/* test_life.c - who is attached, who is dead, and what the dead leave: records, tokens, verdicts,
 * generations. */
#include "core/life.h"

#include <string.h>

#include "stage.h"

static strait_participant_format *record_of(const strait_segment *segment, uint32_t index)
{
    return strait_layout_participant(segment->map.base, &segment->geometry, index);
}

static uint64_t owner_of(const strait_segment *segment, uint32_t index)
{
    return strait_u64_load_relaxed(&record_of(segment, index)->owner);
}

static strait_segment *made(void)
{
    stage_begin();
    return stage_open(1, "orders", STRAIT_CREATE, STRAIT_UNTIL_REMOVED);
}

static strait_segment *joined(unsigned process)
{
    return stage_open(process, "orders", STRAIT_ATTACH, STRAIT_UNTIL_REMOVED);
}

static void kill_process(unsigned process)
{
    fake_os_kill(process);
    stage_bury_handles(process);
}

static void everybody_has_a_record_and_a_token_of_their_own(void)
{
    strait_segment *one = made();
    strait_segment *two = joined(2);
    strait_segment *three = joined(3);
    assert_int_equal(one->index, 0);
    assert_int_equal(two->index, 1);
    assert_int_equal(three->index, 2);
    assert_int_equal(fake_os_tokens(), 3);
    strait_peer peers[4];
    assert_int_equal(strait_segment_peers(one, peers, 4), 3);
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(peers[i].index, i);
        assert_int_equal(peers[i].generation, 1);
        assert_int_equal(peers[i].life, STRAIT_ALIVE);
        assert_int_equal(peers[i].pid, fake_os_pid(i + 1));
        assert_int_equal(peers[i].self, i == 0);
        assert_true(peers[i].joined_ns > UINT64_C(1700000000000000000));
    }
    assert_string_equal(peers[1].program, "fake-2");
    stage_close(3, three);
    stage_close(2, two);
    stage_close(1, one);
    stage_check();
}

static void peers_are_counted_even_where_there_is_no_room_for_them(void)
{
    strait_segment *one = made();
    strait_segment *two = joined(2);
    strait_peer peers[2] = {{.index = 77}, {.index = 77}};
    assert_int_equal(strait_segment_peers(one, NULL, 0), 2);
    assert_int_equal(strait_segment_peers(one, peers, 1), 2);
    assert_int_equal(peers[1].index, 77);
    assert_int_equal(strait_segment_peers(one, NULL, 1), STRAIT_BAD_ARGUMENT);
    stage_said("peers is NULL");
    stage_close(2, two);
    stage_close(1, one);
    stage_check();
}

static void a_killed_process_is_dead_and_a_living_one_never_is(void)
{
    strait_segment *one = made();
    (void)joined(2);
    strait_segment *three = joined(3);
    assert_int_equal(strait_segment_life(one, 1, 1), STRAIT_ALIVE);
    kill_process(2);
    assert_int_equal(strait_segment_life(one, 1, 1), STRAIT_DEAD);
    assert_int_equal(strait_segment_life(one, 2, 1), STRAIT_ALIVE);
    assert_int_equal(strait_segment_life(one, 0, 1), STRAIT_ALIVE);
    strait_peer peers[4];
    assert_int_equal(strait_segment_peers(one, peers, 4), 3);
    assert_int_equal(peers[1].life, STRAIT_DEAD);
    assert_int_equal(peers[2].life, STRAIT_ALIVE);
    stage_close(3, three);
    stage_close(1, one);
    stage_check();
}

static void who_left_is_dead_and_a_successor_in_the_same_record_is_somebody_else(void)
{
    strait_segment *one = made();
    strait_segment *two = joined(2);
    stage_close(2, two);
    assert_int_equal(strait_segment_life(one, 1, 1), STRAIT_DEAD);
    strait_segment *three = joined(3);
    assert_int_equal(three->index, 1);
    assert_int_equal(three->generation, 2);
    assert_int_equal(strait_segment_life(one, 1, 1), STRAIT_DEAD);
    assert_int_equal(strait_segment_life(one, 1, 2), STRAIT_ALIVE);
    assert_int_equal(strait_segment_life(one, 1, 3), STRAIT_DEAD);
    stage_close(3, three);
    stage_close(1, one);
    stage_check();
}

static strait_segment *successor;

static void bury_and_succeed(void *context)
{
    (void)context;
    assert_true(strait_segment_gc() >= 0);
    successor = joined(4);
}

static void when_its_token_is_asked(void *context, unsigned n, fake_os_call call)
{
    (void)context;
    (void)n;
    if (call == FAKE_OS_TOKEN_TEST && successor == NULL) {
        assert_true(fake_os_run(4, bury_and_succeed, NULL));
    }
}

/* Between the look at its record and the look at its token it is buried, and a newcomer holds both. */
static void a_successors_token_does_not_make_the_dead_look_alive(void)
{
    strait_segment *one = made();
    (void)joined(2);
    kill_process(2);
    successor = NULL;
    fake_os_between(when_its_token_is_asked, NULL);
    strait_life life = strait_segment_life(one, 1, 1);
    fake_os_between(NULL, NULL);
    assert_non_null(successor);
    assert_int_equal(life, STRAIT_DEAD);
    assert_int_equal(strait_segment_life(one, 1, 2), STRAIT_ALIVE);
    stage_close(4, successor);
    stage_close(1, one);
    stage_check();
}

static void pid_and_start_time_play_no_part_where_the_token_can_be_asked(void)
{
    strait_segment *one = made();
    strait_segment *two = joined(2);
    strait_u32_store_relaxed(&record_of(one, 1)->pid, 1); /* scribbled over: no such process */
    strait_u64_store_relaxed(&record_of(one, 1)->start, 1);
    assert_int_equal(strait_segment_life(one, 1, 1), STRAIT_ALIVE);
    fake_os_become(2);
    strait_u32_store_relaxed(&record_of(one, 1)->pid, fake_os_pid(1)); /* a reused pid: of a living process */
    fake_os_become(1);
    (void)two;
    kill_process(2);
    assert_int_equal(strait_segment_life(one, 1, 1), STRAIT_DEAD);
    stage_close(1, one);
    stage_check();
}

static void another_pid_namespace_makes_no_difference(void)
{
    strait_segment *one = made();
    fake_os_set_namespace(2, 5);
    strait_segment *two = joined(2);
    strait_peer peers[4];
    assert_int_equal(strait_segment_peers(one, peers, 4), 2);
    assert_int_equal(peers[1].pid_namespace, 5);
    assert_int_equal(peers[1].life, STRAIT_ALIVE);
    (void)two;
    kill_process(2);
    assert_int_equal(strait_segment_life(one, 1, 1), STRAIT_DEAD);
    stage_close(1, one);
    stage_check();
}

static void where_the_token_cannot_be_asked_nobody_is_declared_dead_in_doubt(void)
{
    strait_segment *one = made();
    fake_os_set_namespace(2, 5);
    (void)joined(2);
    strait_segment *three = joined(3);
    fake_os_set_blind(true);
    kill_process(2);
    assert_int_equal(strait_segment_life(one, 1, 1), STRAIT_UNKNOWN); /* its pid means nothing here */
    assert_int_equal(strait_segment_life(one, 2, 1), STRAIT_ALIVE);
    assert_int_equal(strait_segment_reap(one), 0);
    strait_peer peers[4];
    assert_int_equal(strait_segment_peers(one, peers, 4), 3);
    assert_int_equal(peers[1].life, STRAIT_UNKNOWN);
    fake_os_set_blind(false);
    assert_int_equal(strait_segment_reap(one), 1);
    stage_close(3, three);
    stage_close(1, one);
    stage_check();
}

static void a_record_is_reaped_once_and_only_if_its_holder_is_dead(void)
{
    strait_segment *one = made();
    (void)joined(2);
    strait_segment *three = joined(3);
    assert_int_equal(strait_segment_reap(one), 0);
    kill_process(2);
    assert_int_equal(strait_segment_reap(one), 1);
    assert_int_equal(strait_segment_reap(one), 0);
    assert_int_equal(strait_owner_phase(owner_of(one, 1)), STRAIT_FORMAT_VACANT);
    assert_int_equal(strait_owner_generation(owner_of(one, 1)), 1);
    assert_int_equal(strait_segment_peers(one, NULL, 0), 2);
    stage_close(3, three);
    stage_close(1, one);
    stage_check();
}

static void burying_an_earlier_incarnation_does_not_touch_its_successor(void)
{
    strait_segment *one = made();
    (void)joined(2);
    kill_process(2);
    strait_segment *three = joined(3); /* takes record 2: vacant ones come before the dead */
    strait_segment *four = joined(4);  /* takes record 3 */
    strait_segment *five = joined(5);  /* none is vacant: buries process 2 and takes its record */
    assert_int_equal(five->index, 1);
    assert_int_equal(five->generation, 2);
    assert_false(strait_life_bury(one, 1, 1));
    assert_true(owner_of(one, 1) == strait_owner_word(2, STRAIT_FORMAT_ATTACHED));
    stage_close(5, five);
    stage_close(4, four);
    stage_close(3, three);
    stage_close(1, one);
    stage_check();
}

static void a_crowded_segment_says_so_and_the_dead_make_room(void)
{
    strait_segment *one = made();
    strait_segment *others[3] = {joined(2), joined(3), joined(4)};
    strait_segment_options options = stage_options(STRAIT_ATTACH, STRAIT_UNTIL_REMOVED);
    strait_segment *late = NULL;
    fake_os_become(5);
    assert_int_equal(strait_segment_open("orders", &options, &late), STRAIT_CROWDED);
    assert_null(late);
    stage_said("all 4 participant records are held by living processes");
    kill_process(3);
    assert_int_equal(strait_segment_open("orders", &options, &late), STRAIT_OK);
    assert_int_equal(late->index, 2);
    stage_close(5, late);
    stage_close(2, others[0]);
    stage_close(4, others[2]);
    stage_close(1, one);
    stage_check();
}

static void an_observer_is_nobody_and_there_is_room_for_any_number(void)
{
    strait_segment *one = made();
    strait_segment_options options = stage_options(STRAIT_ATTACH, STRAIT_UNTIL_REMOVED);
    options.role = STRAIT_OBSERVER;
    strait_segment *watchers[10];
    fake_os_become(2);
    for (unsigned i = 0; i < 10; i++) {
        assert_int_equal(strait_segment_open("orders", &options, &watchers[i]), STRAIT_OK);
    }
    assert_int_equal(fake_os_tokens(), 1);
    assert_int_equal(strait_segment_peers(watchers[0], NULL, 0), 1);
    assert_int_equal(strait_segment_life(watchers[0], 0, 1), STRAIT_ALIVE);
    assert_int_equal(strait_segment_reap(watchers[0]), STRAIT_READ_ONLY);
    for (unsigned i = 0; i < 10; i++) {
        stage_close(2, watchers[i]);
    }
    stage_close(1, one);
    stage_check();
}

static void one_process_may_be_attached_twice_as_two_participants(void)
{
    strait_segment *one = made();
    strait_segment *again = joined(1);
    assert_int_equal(again->index, 1);
    assert_int_equal(strait_segment_life(one, 1, 1), STRAIT_ALIVE);
    stage_close(1, one);
    assert_int_equal(strait_segment_life(again, 0, 1), STRAIT_DEAD);
    stage_close(1, again);
    stage_check();
}

static void generations_go_on_across_the_end_of_their_32_bits(void)
{
    strait_segment *one = made();
    strait_u64_store_relaxed(&record_of(one, 1)->owner,
                             strait_owner_word(UINT32_MAX - 1, STRAIT_FORMAT_VACANT));
    uint32_t before = UINT32_MAX - 1;
    for (unsigned i = 0; i < 4; i++) {
        strait_segment *two = joined(2);
        assert_int_equal(two->index, 1);
        assert_true(two->generation != before);
        assert_int_equal(strait_segment_life(one, 1, two->generation), STRAIT_ALIVE);
        assert_int_equal(strait_segment_life(one, 1, before), STRAIT_DEAD);
        before = two->generation;
        if (i % 2 == 0) {
            stage_close(2, two);
        } else {
            kill_process(2);
            assert_int_equal(strait_segment_life(one, 1, before), STRAIT_DEAD);
            assert_int_equal(strait_segment_reap(one), 1);
        }
    }
    stage_close(1, one);
    stage_check();
}

static void garbage_in_a_record_is_a_dead_participant_and_goes(void)
{
    strait_segment *one = made();
    memset(record_of(one, 2), 0xff, sizeof(strait_participant_format)); /* no phase that there is */
    assert_int_equal(strait_segment_peers(one, NULL, 0), 1);
    strait_u64_store_relaxed(&record_of(one, 2)->owner, strait_owner_word(9, STRAIT_FORMAT_ATTACHED));
    strait_peer peers[4];
    assert_int_equal(strait_segment_peers(one, peers, 4), 2);
    assert_int_equal(peers[1].life, STRAIT_DEAD);
    assert_int_equal(peers[1].program[63], '\0');
    assert_int_equal(strait_segment_reap(one), 1);
    strait_u64_store_relaxed(&record_of(one, 3)->owner, UINT64_MAX);
    strait_segment *two = joined(2), *three = joined(3), *four = joined(4); /* all three records can be had */
    stage_close(2, two);
    stage_close(3, three);
    stage_close(4, four);
    stage_close(1, one);
    stage_check();
}

static void nonsense_is_answered_with_unknown(void)
{
    strait_segment *one = made();
    assert_int_equal(strait_segment_life(NULL, 0, 1), STRAIT_UNKNOWN);
    assert_int_equal(strait_segment_life(one, 4, 1), STRAIT_UNKNOWN);
    assert_int_equal(strait_segment_life(one, UINT32_MAX, 1), STRAIT_UNKNOWN);
    assert_int_equal(strait_segment_peers(NULL, NULL, 0), STRAIT_BAD_ARGUMENT);
    assert_int_equal(strait_segment_reap(NULL), STRAIT_BAD_ARGUMENT);
    stage_close(1, one);
    stage_check();
}

static void a_forked_child_has_no_handle_and_takes_nothing_from_its_parent(void)
{
    strait_segment *one = made();
    fake_os_fork_into(20);
    strait_peer peer;
    strait_object object;
    strait_segment_info info;
    int descriptor;
    char text[8];
    assert_null(strait_segment_data(one));
    assert_int_equal(strait_segment_bytes(one), 0);
    assert_int_equal(strait_segment_status(one), STRAIT_FORKED);
    assert_int_equal(strait_segment_stat(one, &info), STRAIT_FORKED);
    assert_int_equal(strait_segment_peers(one, &peer, 1), STRAIT_FORKED);
    assert_int_equal(strait_segment_reap(one), STRAIT_FORKED);
    assert_int_equal(strait_segment_find(one, "x", &object), STRAIT_FORKED);
    assert_int_equal(strait_segment_object(one, 0, &object), STRAIT_FORKED);
    assert_int_equal(strait_segment_place(one, "x", &(strait_object_options){.bytes = 1}, &object),
                     STRAIT_FORKED);
    assert_int_equal(strait_segment_set_mode(one, 0600), STRAIT_FORKED);
    assert_int_equal(strait_segment_descriptor(one, STRAIT_BOTH, &descriptor), STRAIT_FORKED);
    assert_int_equal(strait_segment_schema(one, text, sizeof text), STRAIT_FORKED);
    assert_int_equal(strait_segment_life(one, 0, 1), STRAIT_UNKNOWN);
    stage_said("the handle belongs to the parent process");
    strait_segment *own = joined(20);
    assert_int_equal(strait_segment_life(own, 0, 1), STRAIT_ALIVE);
    stage_close(20, own);
    fake_os_become(1);
    assert_int_equal(strait_segment_status(one), STRAIT_OK);
    stage_close(1, one);
    stage_check();
}

static void a_childs_close_frees_its_copy_and_leaves_the_parent_attached(void)
{
    strait_segment *one = made();
    strait_segment *two = joined(2);
    fake_os_become(1);
    fake_os_fork_into(20);
    assert_int_equal(strait_segment_close(one), STRAIT_OK); /* in a real child this is a copy of the handle */
    assert_int_equal(fake_os_tokens(), 2);
    fake_os_become(2);
    assert_int_equal(strait_segment_life(two, 0, 1), STRAIT_ALIVE);
    fake_os_kill(1); /* the parent dies while its child lives */
    assert_int_equal(strait_segment_life(two, 0, 1), STRAIT_DEAD);
    stage_close(2, two);
    stage_check();
}

SUITE(life, TEST(everybody_has_a_record_and_a_token_of_their_own),
      TEST(peers_are_counted_even_where_there_is_no_room_for_them),
      TEST(a_killed_process_is_dead_and_a_living_one_never_is),
      TEST(who_left_is_dead_and_a_successor_in_the_same_record_is_somebody_else),
      TEST(a_successors_token_does_not_make_the_dead_look_alive),
      TEST(pid_and_start_time_play_no_part_where_the_token_can_be_asked),
      TEST(another_pid_namespace_makes_no_difference),
      TEST(where_the_token_cannot_be_asked_nobody_is_declared_dead_in_doubt),
      TEST(a_record_is_reaped_once_and_only_if_its_holder_is_dead),
      TEST(burying_an_earlier_incarnation_does_not_touch_its_successor),
      TEST(a_crowded_segment_says_so_and_the_dead_make_room),
      TEST(an_observer_is_nobody_and_there_is_room_for_any_number),
      TEST(one_process_may_be_attached_twice_as_two_participants),
      TEST(generations_go_on_across_the_end_of_their_32_bits),
      TEST(garbage_in_a_record_is_a_dead_participant_and_goes), TEST(nonsense_is_answered_with_unknown),
      TEST(a_forked_child_has_no_handle_and_takes_nothing_from_its_parent),
      TEST(a_childs_close_frees_its_copy_and_leaves_the_parent_attached))
