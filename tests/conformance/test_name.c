/* test_name.c - taking names away and waiting for them: only this object's name, never its successor's; and
 * a wait that is neither early nor late.
 */
#include "actor.h"

#include <string.h>

/* No time of ours: how long a crowded machine may keep a process from running. */
#define TOO_LATE_NS UINT64_C(5000000000)

static strait_os_cause cause;

static void evicting_takes_the_name_and_leaves_the_bytes(void)
{
    strait_os_place place = named(own_name("evict"));
    strait_os_map map = made_map(&place, 4096, 0), other;
    memset(map.base, 7, 4096);
    assert_int_equal(strait_os_map_evict(&map, &place, &cause), STRAIT_OK);
    assert_int_equal(strait_os_map_open(&place, true, 1, 0, &other, &cause), STRAIT_NOT_FOUND);
    assert_int_equal(((char *)map.base)[4095], 7);
    assert_int_equal(strait_os_map_evict(&map, &place, &cause), STRAIT_OK); /* it is gone already */
    strait_os_map_close(&map);
}

static void a_successor_of_the_same_name_is_left_alone(void)
{
    strait_os_place place = named(own_name("successor"));
    strait_os_map old = made_map(&place, 4096, 0);
    strait_os_map also_old = opened_map(&place, true);
    assert_int_equal(strait_os_map_evict(&old, &place, &cause), STRAIT_OK);
    strait_os_map next = made_map(&place, 4096, 0);
    assert_int_equal(strait_os_map_evict(&old, &place, &cause), STRAIT_OK);
    assert_int_equal(strait_os_map_evict(&also_old, &place, &cause), STRAIT_OK);
    strait_os_map found = opened_map(&place, true);
    assert_true(found.file == next.file && found.file != old.file);
    strait_os_map_close(&found);
    strait_os_map_close(&next);
    strait_os_map_close(&also_old);
    strait_os_map_close(&old);
}

static void whoever_has_it_mapped_may_take_the_name_away(void)
{
    strait_os_place place = named(own_name("others"));
    strait_os_map map = made_map(&place, 4096, 0), other;
    actor *a = actor_start();
    assert_int_equal(ask(a, "open 0 named %s rw", place.name), STRAIT_OK);
    assert_int_equal(ask(a, "evict 0"), STRAIT_OK);
    assert_int_equal(strait_os_map_open(&place, true, 1, 0, &other, &cause), STRAIT_NOT_FOUND);
    strait_os_map_close(&map);
}

/* Four processes insist on taking the name from an object while this one does it once and gives the name
 * to a successor: whatever comes between what, the successor keeps it. */
static void a_crowd_of_evictors_never_takes_the_successors_name(void)
{
    strait_os_place place = named(own_name("crowd"));
    strait_os_place gun_place = named(own_name("gun"));
    strait_os_map gun = made_map(&gun_place, 4096, STRAIT_OS_NO_TOKEN);
    actor *crowd[4];
    for (unsigned i = 0; i < 4; i++) {
        crowd[i] = actor_start();
        assert_int_equal(ask(crowd[i], "open 1 named %s rw", gun_place.name), STRAIT_OK);
    }
    for (unsigned round = 1; round <= 150; round++) {
        strait_os_map old = made_map(&place, 4096, 0), next, found;
        for (unsigned i = 0; i < 4; i++) {
            assert_int_equal(ask(crowd[i], "open 0 named %s rw", place.name), STRAIT_OK);
            tell(crowd[i], "gun 1 0 %u", round);
            tell(crowd[i], "insist 0 30");
            tell(crowd[i], "close 0");
        }
        assert_int_equal(strait_os_map_create(&place, 4096, 0600, 0, &next, &cause), STRAIT_OK);
        strait_u32_store_release(gun.base, round);
        strait_os_wake(gun.base, UINT32_MAX);
        int rc;
        do {
            rc = strait_os_map_evict(&old, &place, &cause);
        } while (rc == STRAIT_BUSY);
        assert_int_equal(rc, STRAIT_OK);
        assert_int_equal(strait_os_map_publish(&next, &place, &cause), STRAIT_OK);
        for (unsigned i = 0; i < 4; i++) {
            assert_int_equal(answer(crowd[i]), 0);
            assert_int_equal(answer(crowd[i]), 0);
            assert_int_equal(answer(crowd[i]), 0);
        }
        assert_int_equal(strait_os_map_open(&place, true, 1, 0, &found, &cause), STRAIT_OK);
        assert_true(found.file == next.file);
        assert_int_equal(strait_os_map_evict(&next, &place, &cause), STRAIT_OK);
        strait_os_map_close(&found);
        strait_os_map_close(&next);
        strait_os_map_close(&old);
    }
    strait_os_map_close(&gun);
}

static void unlinking_takes_whatever_has_the_name(void)
{
    strait_os_place place = named(own_name("unlink"));
    assert_int_equal(strait_os_map_unlink(&place, &cause), STRAIT_NOT_FOUND);
    strait_os_map map = made_map(&place, 4096, 0);
    assert_int_equal(strait_os_map_unlink(&place, &cause), STRAIT_OK);
    assert_int_equal(strait_os_map_unlink(&place, &cause), STRAIT_NOT_FOUND);
    strait_os_map_close(&map);
}

static void a_wait_for_a_name_ends_when_it_appears(void)
{
    strait_os_place place = named(own_name("appears"));
    actor *a = actor_start();
    tell(a, "await named %s 10000", place.name);
    assert_false(actor_answers_within(a, 30)); /* it sleeps */
    uint64_t begun = strait_os_now_ns();
    strait_os_map map = made_map(&place, 4096, 0);
    assert_int_equal(answer(a), 0);
    assert_true(strait_os_now_ns() - begun < TOO_LATE_NS * suite_patience());
    assert_int_equal(ask(a, "open 0 named %s rw", place.name), STRAIT_OK);
    assert_int_equal(strait_os_name_wait(&place, NULL, within_ms(10000), &cause),
                     0); /* it is there already */
    strait_os_map_close(&map);
}

static void a_wait_for_a_name_ends_at_the_deadline_and_never_early(void)
{
    static const uint64_t waits[] = {0, 1000, 300000, 1000000, 7000000, 40000000};
    strait_os_place place = named(own_name("never"));
    for (size_t i = 0; i < sizeof waits / sizeof waits[0]; i++) {
        uint64_t deadline = strait_os_now_ns() + waits[i];
        int rc = 0;
        while (rc == 0) { /* a false alarm is allowed */
            rc = strait_os_name_wait(&place, NULL, deadline, &cause);
        }
        assert_int_equal(rc, STRAIT_TIMED_OUT);
        assert_true(strait_os_now_ns() >= deadline);
        assert_true(strait_os_now_ns() < deadline + TOO_LATE_NS * suite_patience());
    }
}

/* Names come and go all the time, none of them ours: every one may be a false alarm, but the deadline
 * stands. */
static void a_busy_directory_keeps_no_wait_from_its_deadline(void)
{
    strait_os_place place = named(own_name("calm"));
    actor *busy[3];
    for (unsigned i = 0; i < 3; i++) {
        char tag[16];
        snprintf(tag, sizeof tag, "busy-%u", i);
        busy[i] = actor_start();
        tell(busy[i], "make 0 named %s 1000000", own_name(tag));
    }
    uint64_t worst = 0;
    for (unsigned i = 0; i < 20; i++) {
        uint64_t deadline = strait_os_now_ns() + 10000000;
        int rc = 0;
        while (rc == 0) {
            rc = strait_os_name_wait(&place, NULL, deadline, &cause);
        }
        assert_int_equal(rc, STRAIT_TIMED_OUT);
        uint64_t late = strait_os_now_ns() - deadline;
        worst = late > worst ? late : worst;
    }
    printf("at most %llu us late\n", (unsigned long long)(worst / 1000));
    for (unsigned i = 0; i < 3; i++) {
        actor_kill(busy[i]);
        actor_bury(busy[i]);
    }
    assert_true(worst < TOO_LATE_NS * suite_patience());
}

static void a_wait_for_a_successor_is_not_content_with_what_is_stale(void)
{
    strait_os_place place = named(own_name("stale"));
    strait_os_map stale = made_map(&place, 4096, 0);
    uint64_t deadline = within_ms(30);
    int rc = 0;
    while (rc == 0 && strait_os_now_ns() < deadline) {
        rc = strait_os_name_wait(&place, &stale, deadline, &cause);
    }
    assert_int_equal(rc, STRAIT_TIMED_OUT);
    actor *a = actor_start();
    assert_int_equal(ask(a, "unlink named %s", place.name), STRAIT_OK);
    assert_int_equal(ask(a, "create 0 named %s 4096 0600 0", place.name), STRAIT_OK);
    assert_int_equal(ask(a, "publish 0"), STRAIT_OK);
    assert_int_equal(strait_os_name_wait(&place, &stale, within_ms(5000), &cause), 0);
    strait_os_map_close(&stale);
}

static void a_file_has_its_path_for_a_name_and_keeps_the_bytes(void)
{
    char path[128];
    snprintf(path, sizeof path, "%s.bytes", own_name("file")); /* in the directory that the test runs in */
    strait_os_place place = {STRAIT_OS_FILE, path};
    actor *a = actor_start();
    long long made = ask(a, "create 0 file %s 5000 0600 0", path);
    if (made == STRAIT_UNSUPPORTED) {
        suite_skip("shared memory does not lie in files here");
    }
    assert_int_equal(made, STRAIT_OK);
    assert_int_equal(ask(a, "poke 0 4096 99"), 0);
    assert_int_equal(ask(a, "publish 0"), STRAIT_OK);
    actor_kill(a);
    actor_bury(a);
    strait_os_map map = opened_map(&place, true);
    assert_int_equal(strait_u32_load_relaxed((strait_u32 *)(void *)((char *)map.base + 4096)), 99);
    assert_int_equal(strait_os_token_test(&map, &place, 0, NULL), STRAIT_OS_TOKEN_FREE);
    strait_os_map other;
    assert_int_equal(strait_os_map_create(&place, 100, 0600, 0, &other, &cause), STRAIT_OK);
    assert_int_equal(strait_os_map_publish(&other, &place, &cause), STRAIT_EXISTS);
    strait_os_map_close(&other);
    assert_int_equal(strait_os_map_evict(&map, &place, &cause), STRAIT_OK);
    assert_int_equal(strait_os_map_open(&place, true, 1, 0, &other, &cause), STRAIT_NOT_FOUND);
    strait_os_map_close(&map);
}

CONFORMANCE(name, CLEAN(evicting_takes_the_name_and_leaves_the_bytes),
            CLEAN(a_successor_of_the_same_name_is_left_alone),
            CLEAN(whoever_has_it_mapped_may_take_the_name_away),
            CLEAN_WITHIN(60, a_crowd_of_evictors_never_takes_the_successors_name),
            CLEAN(unlinking_takes_whatever_has_the_name), CLEAN(a_wait_for_a_name_ends_when_it_appears),
            CLEAN(a_wait_for_a_name_ends_at_the_deadline_and_never_early),
            CLEAN_WITHIN(60, a_busy_directory_keeps_no_wait_from_its_deadline),
            CLEAN(a_wait_for_a_successor_is_not_content_with_what_is_stale),
            CLEAN(a_file_has_its_path_for_a_name_and_keeps_the_bytes))
