/* test_token.c - tokens of life: held as long as the holder can touch the memory, free the moment it cannot,
 * and never a verdict without a fact. Death is asked for in a loop; the dead stay unreaped meanwhile.
 */
#include "actor.h"

#include <string.h>

#define STILL_MS 30u /* how long a living one must stay alive in our eyes */

static strait_os_cause cause;
static strait_os_place place;
static strait_os_map map;

static void begin(const char *tag)
{
    place = named(own_name(tag));
    map = made_map(&place, 65536, 0);
}

static actor *holder(uint32_t index)
{
    actor *a = actor_start();
    assert_int_equal(ask(a, "open 0 named %s rw", place.name), STRAIT_OK);
    assert_int_equal(ask(a, "hold 0 %u", index), STRAIT_OK);
    return a;
}

static strait_os_token_state token(uint32_t index)
{
    return strait_os_token_test(&map, &place, index, NULL);
}

static void demand_held_for_a_while(uint32_t index)
{
    for (uint64_t end = strait_os_now_ns() + STILL_MS * UINT64_C(1000000); strait_os_now_ns() < end;) {
        assert_int_equal(token(index), STRAIT_OS_TOKEN_HELD);
    }
}

static void a_token_is_held_from_hold_to_close(void)
{
    begin("close");
    assert_int_equal(token(0), STRAIT_OS_TOKEN_HELD); /* our own, taken at creation */
    assert_int_equal(token(7), STRAIT_OS_TOKEN_FREE);
    actor *a = holder(7);
    assert_int_equal(token(7), STRAIT_OS_TOKEN_HELD);
    assert_int_equal(ask(a, "test 0 7"), STRAIT_OS_TOKEN_HELD);
    assert_int_equal(ask(a, "test 0 0"), STRAIT_OS_TOKEN_HELD);
    assert_int_equal(ask(a, "test 0 8"), STRAIT_OS_TOKEN_FREE);
    assert_int_equal(ask(a, "close 0"), 0);
    assert_int_equal(token(7), STRAIT_OS_TOKEN_FREE);
    strait_os_map_close(&map);
}

static void each_index_is_a_token_of_its_own(void)
{
    static const uint32_t indices[] = {1, 2, 63, 64, 255, 256, 4094, STRAIT_PARTICIPANTS_MAX - 1};
    enum { COUNT = sizeof indices / sizeof indices[0] };
    begin("indices");
    actor *all[COUNT];
    for (unsigned i = 0; i < COUNT; i++) {
        all[i] = holder(indices[i]);
    }
    for (unsigned i = 0; i < COUNT; i += 2) {
        actor_kill(all[i]);
    }
    for (unsigned i = 0; i < COUNT; i++) {
        if (i % 2 == 0) {
            (void)free_after_death(all[i], &map, &place, indices[i]);
        } else {
            assert_int_equal(token(indices[i]), STRAIT_OS_TOKEN_HELD);
        }
    }
    assert_int_equal(token(3), STRAIT_OS_TOKEN_FREE);
    strait_os_map_close(&map);
}

static void a_token_that_is_held_is_busy_for_everybody_else(void)
{
    begin("busy");
    actor *a = holder(1), *b = actor_start();
    assert_int_equal(ask(b, "open 0 named %s rw", place.name), STRAIT_OK);
    assert_int_equal(ask(b, "hold 0 1"), STRAIT_BUSY);
    assert_int_equal(ask(b, "hold 0 0"), STRAIT_BUSY);
    assert_int_equal(ask(b, "hold 0 2"), STRAIT_OK); /* a refusal costs nothing */
    assert_int_equal(ask(a, "close 0"), 0);
    assert_int_equal(token(2), STRAIT_OS_TOKEN_HELD);
    strait_os_map_close(&map);
}

static void two_maps_in_one_process_are_two_holders(void)
{
    begin("two");
    strait_os_map second = opened_map(&place, true), third = opened_map(&place, true);
    assert_int_equal(strait_os_token_hold(&second, &place, 0, &cause), STRAIT_BUSY);
    assert_int_equal(strait_os_token_hold(&second, &place, 1, &cause), STRAIT_OK);
    assert_int_equal(strait_os_token_hold(&third, &place, 1, &cause), STRAIT_BUSY);
    assert_int_equal(strait_os_token_test(&third, &place, 1, NULL), STRAIT_OS_TOKEN_HELD);
    assert_int_equal(token(1), STRAIT_OS_TOKEN_HELD);
    strait_os_map_close(&second); /* and closing one does not disturb the other */
    assert_int_equal(token(1), STRAIT_OS_TOKEN_FREE);
    assert_int_equal(token(0), STRAIT_OS_TOKEN_HELD);
    strait_os_map_close(&third);
    assert_int_equal(token(0), STRAIT_OS_TOKEN_HELD);
    strait_os_map_close(&map);
}

static void of_eight_that_want_one_token_exactly_one_gets_it(void)
{
    begin("race");
    strait_u32 *gun = map.base;
    actor *all[8];
    for (unsigned i = 0; i < 8; i++) {
        all[i] = actor_start();
        assert_int_equal(ask(all[i], "open 1 named %s rw", place.name), STRAIT_OK);
    }
    for (unsigned round = 1; round <= 100; round++) {
        for (unsigned i = 0; i < 8; i++) {
            assert_int_equal(ask(all[i], "open 0 named %s rw", place.name), STRAIT_OK);
            tell(all[i], "gun 1 0 %u", round);
            tell(all[i], "hold 0 3");
        }
        strait_u32_store_release(gun, round);
        strait_os_wake(gun, UINT32_MAX);
        unsigned winners = 0;
        for (unsigned i = 0; i < 8; i++) {
            assert_int_equal(answer(all[i]), 0);
            long long rc = answer(all[i]);
            assert_true(rc == STRAIT_OK || rc == STRAIT_BUSY);
            winners += rc == STRAIT_OK;
        }
        assert_int_equal(winners, 1);
        for (unsigned i = 0; i < 8; i++) {
            assert_int_equal(ask(all[i], "close 0"), 0);
        }
        assert_int_equal(token(3), STRAIT_OS_TOKEN_FREE);
    }
    strait_os_map_close(&map);
}

static void a_killed_holder_is_seen_within_a_tenth_of_a_second_also_unreaped(void)
{
    begin("killed");
    uint64_t worst = 0, best = UINT64_MAX;
    for (uint32_t round = 0; round < 20; round++) {
        actor *a = holder(1);
        actor_kill(a);
        uint64_t took = free_after_death(a, &map, &place, 1);
        worst = took > worst ? took : worst;
        best = took < best ? took : best;
        assert_true(actor_bury(a) < 0); /* only now is the zombie gone */
    }
    printf("20 deaths, seen after %llu to %llu us\n", (unsigned long long)(best / 1000),
           (unsigned long long)(worst / 1000));
    assert_true(best < UINT64_C(100000000) * suite_patience());
    strait_os_map_close(&map);
}

static void a_stopped_holder_is_alive(void)
{
    begin("stopped");
    actor *a = holder(1);
    actor_stop(a);
    demand_held_for_a_while(1);
    actor_continue(a);
    assert_int_equal(ask(a, "peek 0 0"), 0);
    actor_stop(a);
    actor_kill(a);
    (void)free_after_death(a, &map, &place, 1);
    strait_os_map_close(&map);
}

static void a_holder_that_closed_every_descriptor_is_alive_and_then_dies(void)
{
    begin("closed");
    actor *a = holder(1);
    assert_int_equal(ask(a, "close-all"), 0);
    demand_held_for_a_while(1);
    assert_int_equal(ask(a, "poke 0 0 1"), 0);                  /* it can still touch the memory */
    assert_int_equal(ask(a, "test 0 0"), STRAIT_OS_TOKEN_HELD); /* and ask about others, by name */
    assert_int_equal(ask(a, "test 0 5"), STRAIT_OS_TOKEN_FREE);
    actor_kill(a);
    (void)free_after_death(a, &map, &place, 1);
    strait_os_map_close(&map);
}

static void without_descriptors_and_without_a_name_nothing_is_forged(void)
{
    begin("forged");
    actor *a = holder(1), *b = holder(2);
    assert_int_equal(ask(a, "close-all"), 0);
    assert_int_equal(strait_os_map_evict(&map, &place, &cause), STRAIT_OK);
    long long state = ask(a, "test 0 2");
    assert_true(state == STRAIT_OS_TOKEN_UNKNOWN || state == STRAIT_OS_TOKEN_HELD);
    strait_os_map next =
        made_map(&place, 65536, STRAIT_OS_NO_TOKEN); /* a successor, where nobody holds anything */
    state = ask(a, "test 0 2");
    assert_true(state == STRAIT_OS_TOKEN_UNKNOWN || state == STRAIT_OS_TOKEN_HELD);
    actor_kill(b);
    (void)free_after_death(b, &map, &place, 2);
    state = ask(a, "test 0 2");
    assert_true(state == STRAIT_OS_TOKEN_UNKNOWN || state == STRAIT_OS_TOKEN_FREE);
    strait_os_map_close(&next);
    strait_os_map_close(&map);
}

static void a_holder_whose_first_thread_ended_is_alive(void)
{
    begin("leader");
    actor *a = holder(1);
    assert_int_equal(ask(a, "end-leader"), 0);
    assert_int_equal(ask(a, "poke 0 0 1"), 0);
    demand_held_for_a_while(1);
    actor_kill(a);
    (void)free_after_death(a, &map, &place, 1);
    strait_os_map_close(&map);
}

static void a_holders_death_shows_though_its_forked_child_lives_on(void)
{
    if (actors_are_emulated()) {
        suite_skip("the emulator ignores MADV_DONTFORK, so the child keeps the mapping");
    }
    begin("forked");
    actor *a = holder(1);
    assert_true(ask(a, "fork-idle") > 0);
    demand_held_for_a_while(1);
    actor_kill(a);
    (void)free_after_death(a, &map, &place, 1);
    strait_os_map_close(&map);
}

static void a_forked_childs_close_takes_nothing_from_its_parent(void)
{
    begin("child-close");
    actor *a = holder(1);
    assert_int_equal(ask(a, "fork-close 0"), 0);
    assert_int_equal(token(1), STRAIT_OS_TOKEN_HELD);
    assert_int_equal(ask(a, "poke 0 0 9"), 0);
    assert_int_equal(ask(a, "test 0 0"), STRAIT_OS_TOKEN_HELD);
    strait_os_map_close(&map);
}

static void executing_another_program_drops_the_token_and_its_successor_may_take_it(void)
{
    begin("exec");
    actor *a = holder(1);
    assert_int_equal(ask(a, "execute"), 0);
    tell(a, "epoch");
    if (!actor_answers_within(a, 10000)) {
        suite_skip("this program cannot execute itself here");
    }
    /* It is another program by now. Where pid and start time judge together with the token, the process counts. */
    bool process_counts = !strait_os_facts_get()->token_is_proof;
    assert_int_equal(token(1), process_counts ? STRAIT_OS_TOKEN_HELD : STRAIT_OS_TOKEN_FREE);
    assert_int_equal(ask(a, "open 0 named %s rw", place.name), STRAIT_OK);
    assert_int_equal(ask(a, "hold 0 1"), STRAIT_OK);
    assert_int_equal(token(1), STRAIT_OS_TOKEN_HELD);
    strait_os_map_close(&map);
}

static void who_may_only_read_can_ask_too(void)
{
    begin("readonly");
    actor *a = holder(1), *b = actor_start();
    assert_int_equal(ask(b, "open 0 named %s ro", place.name), STRAIT_OK);
    assert_int_equal(ask(b, "test 0 0"), STRAIT_OS_TOKEN_HELD);
    assert_int_equal(ask(b, "test 0 1"), STRAIT_OS_TOKEN_HELD);
    assert_int_equal(ask(b, "test 0 2"), STRAIT_OS_TOKEN_FREE);
    actor_kill(a);
    (void)free_after_death(a, &map, &place, 1);
    assert_int_equal(ask(b, "test 0 1"), STRAIT_OS_TOKEN_FREE);
    strait_os_map_close(&map);
}

static void a_token_outlives_the_name(void)
{
    begin("nameless");
    actor *a = holder(1);
    assert_int_equal(strait_os_map_evict(&map, &place, &cause), STRAIT_OK);
    assert_int_equal(token(1), STRAIT_OS_TOKEN_HELD);
    actor_kill(a);
    (void)free_after_death(a, &map, &place, 1);
    assert_int_equal(token(0), STRAIT_OS_TOKEN_HELD);
    strait_os_map_close(&map);
}

static void a_successor_of_the_name_has_tokens_of_its_own(void)
{
    begin("apart");
    actor *a = holder(1);
    assert_int_equal(strait_os_map_evict(&map, &place, &cause), STRAIT_OK);
    strait_os_map next = made_map(&place, 65536, 0);
    assert_int_equal(strait_os_token_test(&next, &place, 1, NULL), STRAIT_OS_TOKEN_FREE);
    assert_int_equal(token(1), STRAIT_OS_TOKEN_HELD);
    actor_kill(a);
    (void)free_after_death(a, &map, &place, 1);
    strait_os_map_close(&next);
    strait_os_map_close(&map);
}

CONFORMANCE(token, CLEAN(a_token_is_held_from_hold_to_close), CLEAN(each_index_is_a_token_of_its_own),
            CLEAN(a_token_that_is_held_is_busy_for_everybody_else),
            CLEAN(two_maps_in_one_process_are_two_holders),
            CLEAN_WITHIN(60, of_eight_that_want_one_token_exactly_one_gets_it),
            CLEAN(a_killed_holder_is_seen_within_a_tenth_of_a_second_also_unreaped),
            CLEAN(a_stopped_holder_is_alive),
            CLEAN(a_holder_that_closed_every_descriptor_is_alive_and_then_dies),
            CLEAN(without_descriptors_and_without_a_name_nothing_is_forged),
            CLEAN(a_holder_whose_first_thread_ended_is_alive),
            CLEAN(a_holders_death_shows_though_its_forked_child_lives_on),
            CLEAN(a_forked_childs_close_takes_nothing_from_its_parent),
            CLEAN(executing_another_program_drops_the_token_and_its_successor_may_take_it),
            CLEAN(who_may_only_read_can_ask_too), CLEAN(a_token_outlives_the_name),
            CLEAN(a_successor_of_the_name_has_tokens_of_its_own))
