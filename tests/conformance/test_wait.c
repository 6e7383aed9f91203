/* test_wait.c - sleeping on a word in a map and waking whoever sleeps there, across processes; and
 * barriers. */
#include "actor.h"

#include <string.h>

static strait_os_place place;
static strait_os_map map;

static strait_u32 *word_at(size_t offset)
{
    return (strait_u32 *)(void *)((char *)map.base + offset);
}

static void begin(const char *tag)
{
    place = named(own_name(tag));
    map = made_map(&place, 65536, STRAIT_OS_NO_TOKEN);
}

static actor *sleeper(const char *access, unsigned offset)
{
    actor *a = actor_start();
    assert_int_equal(ask(a, "open 0 named %s %s", place.name, access), STRAIT_OK);
    tell(a, "wait 0 %u 0 0", offset);
    return a;
}

/* Wakes until so many were woken: a sleeper may not have lain down yet. Where the system does not know
 * how many it woke, until the sleepers answer. */
static void wake_all(size_t offset, actor **all, unsigned count)
{
    unsigned answers = 0;
    bool awake[8] = {false};
    uint64_t end = within_ms(20000);
    while (answers < count) {
        assert_true(strait_os_wake(word_at(offset), UINT32_MAX) >= 0);
        for (unsigned i = 0; i < count; i++) {
            if (!awake[i] && actor_answers_within(all[i], 0)) {
                assert_int_equal(all[i]->value[0], 0);
                awake[i] = true;
                answers++;
            }
        }
        assert_true(strait_os_now_ns() < end);
    }
}

static void a_word_that_has_changed_already_is_not_waited_for(void)
{
    begin("changed");
    strait_u32_store_release(word_at(0), 5);
    uint64_t begun = strait_os_now_ns();
    assert_int_equal(strait_os_wait(word_at(0), 4, STRAIT_FOREVER), STRAIT_OK);
    assert_int_equal(strait_os_wait(word_at(0), 4, strait_os_now_ns() + UINT64_C(3600000000000)), STRAIT_OK);
    assert_true(strait_os_now_ns() - begun < UINT64_C(5000000000) * suite_patience());
    strait_os_map_close(&map);
}

static void a_wait_ends_at_the_deadline_and_never_early(void)
{
    static const uint64_t waits[] = {0, 1, 999, 100000, 1000001, 20000000, 50000000};
    begin("deadline");
    for (size_t i = 0; i < sizeof waits / sizeof waits[0]; i++) {
        uint64_t deadline = strait_os_now_ns() + waits[i];
        int rc = 0;
        while (rc == 0) {
            rc = strait_os_wait(word_at(64), 0, deadline);
        }
        assert_int_equal(rc, STRAIT_TIMED_OUT);
        assert_true(strait_os_now_ns() >= deadline);
        assert_true(strait_os_now_ns() < deadline + UINT64_C(5000000000) * suite_patience());
    }
    int rc = strait_os_wait(word_at(64), 0, 0); /* a deadline long past */
    assert_int_equal(rc, STRAIT_TIMED_OUT);
    strait_os_map_close(&map);
}

static void a_sleeper_in_another_process_is_woken(void)
{
    begin("woken");
    actor *a = sleeper("rw", 4096);
    assert_false(actor_answers_within(a, 30));
    wake_all(4096, &a, 1);
    strait_os_map_close(&map);
}

static void a_sleeper_on_a_read_only_map_is_woken_too(void)
{
    begin("ro");
    actor *a = sleeper("ro", 128);
    assert_false(actor_answers_within(a, 30));
    wake_all(128, &a, 1);
    strait_os_map_close(&map);
}

static void all_sleepers_are_woken_wherever_they_are(void)
{
    begin("all");
    actor *all[5];
    for (unsigned i = 0; i < 5; i++) {
        all[i] = sleeper(i % 2 == 0 ? "rw" : "ro", 256);
    }
    wake_all(256, all, 5);
    strait_os_map_close(&map);
}

static void no_more_are_woken_than_was_said(void)
{
    begin("count");
    if (!strait_os_facts_get()->wait_is_native) {
        suite_skip("sleepers look again by themselves here");
    }
    actor *all[3];
    for (unsigned i = 0; i < 3; i++) {
        all[i] = sleeper("rw", 512);
    }
    uint64_t end = within_ms(20000);
    int woken = 0;
    while (woken == 0 && strait_os_now_ns() < end) {
        woken = strait_os_wake(word_at(512), 1);
    }
    assert_int_equal(woken, 1);
    unsigned answers = 0;
    while (answers == 0) {
        for (unsigned i = 0; i < 3; i++) {
            answers += actor_answers_within(all[i], 5);
        }
        assert_true(strait_os_now_ns() < end);
    }
    assert_int_equal(answers, 1);
    for (unsigned i = 0; i < 3; i++) {
        answers += actor_answers_within(all[i], 20);
    }
    assert_int_equal(answers, 1); /* the others sleep on */
    strait_os_map_close(&map);
}

static void waking_nobody_is_fine_and_wakes_nobody_elsewhere(void)
{
    begin("nobody");
    actor *a = sleeper("rw", 640);
    assert_true(strait_os_wake(word_at(644), UINT32_MAX) >= 0);
    assert_true(strait_os_wake(word_at(704), 1) >= 0);
    assert_false(actor_answers_within(a, 30));
    wake_all(640, &a, 1);
    strait_os_map_close(&map);
}

static void a_change_and_a_wake_are_never_missed(void)
{
    begin("ping");
    actor *a = actor_start();
    assert_int_equal(ask(a, "open 0 named %s rw", place.name), STRAIT_OK);
    for (unsigned round = 1; round <= 500; round++) {
        tell(a, "wait 0 0 %u 20000", round - 1);
        strait_u32_store_release(word_at(0), round);
        strait_os_wake(word_at(0), 1);
        assert_int_equal(answer(a), 0);
    }
    strait_os_map_close(&map);
}

static void a_sleeper_may_be_killed_and_the_rest_are_still_woken(void)
{
    begin("killed");
    actor *all[3];
    for (unsigned i = 0; i < 3; i++) {
        all[i] = sleeper("rw", 768);
    }
    actor_kill(all[0]);
    actor_bury(all[0]);
    wake_all(768, all + 1, 2);
    strait_os_map_close(&map);
}

static void barriers_work_for_all_who_joined_or_say_that_they_do_not(void)
{
    bool joined = strait_os_barrier_join();
    assert_int_equal(strait_os_barrier_join(), joined); /* idempotent */
    actor *a = actor_start();
    assert_int_equal(ask(a, "barrier"), joined);
    if (!joined) {
        suite_skip("there are no barriers between processes here");
    }
    for (unsigned i = 0; i < 100; i++) {
        assert_true(strait_os_barrier());
    }
    actor_kill(a);
    assert_true(strait_os_barrier());
}

CONFORMANCE(wait, CLEAN(a_word_that_has_changed_already_is_not_waited_for),
            CLEAN(a_wait_ends_at_the_deadline_and_never_early), CLEAN(a_sleeper_in_another_process_is_woken),
            CLEAN(a_sleeper_on_a_read_only_map_is_woken_too), CLEAN(all_sleepers_are_woken_wherever_they_are),
            CLEAN(no_more_are_woken_than_was_said), CLEAN(waking_nobody_is_fine_and_wakes_nobody_elsewhere),
            CLEAN_WITHIN(60, a_change_and_a_wake_are_never_missed),
            CLEAN(a_sleeper_may_be_killed_and_the_rest_are_still_woken),
            CLEAN(barriers_work_for_all_who_joined_or_say_that_they_do_not))
