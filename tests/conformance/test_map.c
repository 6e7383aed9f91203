/* test_map.c - maps: made whole, exact and real, found by name, looked at, handed over, let go of. */
#include "actor.h"

#include <string.h>
#include <support/system.h>

static strait_os_cause cause;

static bool all_zero(const strait_os_map *map)
{
    const unsigned char *bytes = map->base;
    for (uint64_t i = 0; i < map->bytes; i++) {
        if (bytes[i] != 0) {
            return false;
        }
    }
    return true;
}

/* A system may have no way to take a native name away: then it says so, and the name goes with its last holder. */
static void unlink_raw(const strait_os_place *place)
{
    int rc = strait_os_map_unlink(place, &cause);
    assert_true(rc == STRAIT_OK || rc == STRAIT_UNSUPPORTED);
}

static void a_map_has_the_size_that_was_asked_for_and_is_zero_all_over(void)
{
    static const uint64_t sizes[] = {1, 7, 1023, 4095, 4096, 4097, 16384, 65537, 1000003};
    const char *name = own_name("size");
    strait_os_place place = named(name);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        strait_os_map map = made_map(&place, sizes[i], STRAIT_OS_NO_TOKEN);
        assert_true(map.writable && map.made_here && map.base != NULL);
        assert_true(strait_os_facts_get()->size_is_exact ? map.bytes == sizes[i] : map.bytes >= sizes[i]);
        assert_true(all_zero(&map));
        memset(map.base, 0xff, (size_t)sizes[i]); /* so that the next one meets used memory */
        strait_os_map other = opened_map(&place, false);
        assert_true(other.bytes == map.bytes && !other.writable && !other.made_here);
        assert_memory_equal(other.base, map.base, (size_t)sizes[i]);
        assert_true(other.device == map.device && other.file == map.file);
        assert_int_equal(strait_os_map_evict(&map, &place, &cause), STRAIT_OK);
        strait_os_map_close(&other);
        strait_os_map_close(&map);
    }
}

static void what_one_process_writes_another_reads(void)
{
    const char *name = own_name("shared");
    strait_os_place place = named(name);
    strait_os_map map = made_map(&place, 8192, STRAIT_OS_NO_TOKEN);
    actor *a = actor_start();
    assert_int_equal(ask(a, "open 0 named %s rw", name), STRAIT_OK);
    strait_u32 *word = (strait_u32 *)(void *)((char *)map.base + 4096);
    strait_u32_store_release(word, 4711);
    assert_int_equal(ask(a, "peek 0 4096"), 4711);
    assert_int_equal(ask(a, "poke 0 4096 815"), 0);
    assert_int_equal(strait_u32_load_acquire(word), 815);
    strait_os_map_close(&map);
}

static void a_read_only_map_cannot_be_written(void)
{
    const char *name = own_name("ro");
    strait_os_place place = named(name);
    strait_os_map map = made_map(&place, 4096, STRAIT_OS_NO_TOKEN);
    actor *a = actor_start();
    assert_int_equal(ask(a, "open 0 named %s ro", name), STRAIT_OK);
    assert_int_equal(ask(a, "peek 0 0"), 0);
    tell(a, "poke 0 0 1");
    assert_true(actor_bury(a) != 0); /* its processor stopped it */
    assert_true(all_zero(&map));
    strait_os_map_close(&map);
}

static void nobody_finds_a_map_before_it_is_published(void)
{
    const char *name = own_name("secret");
    strait_os_place place = named(name);
    strait_os_map map, other;
    assert_int_equal(strait_os_map_create(&place, 4096, 0600, 0, &map, &cause), STRAIT_OK);
    actor *a = actor_start();
    assert_int_equal(ask(a, "open 0 named %s rw", name), STRAIT_NOT_FOUND);
    assert_int_equal(strait_os_map_publish(&map, &place, &cause), STRAIT_OK);
    assert_int_equal(ask(a, "open 0 named %s rw", name), STRAIT_OK);
    assert_int_equal(strait_os_map_create(&place, 100, 0600, 0, &other, &cause), STRAIT_OK);
    assert_int_equal(strait_os_map_publish(&other, &place, &cause), STRAIT_EXISTS);
    memset(other.base, 1, 100); /* it stays, private */
    strait_os_map_close(&other);
    assert_true(all_zero(&map));
    strait_os_map_close(&map);
}

static void a_maker_that_is_killed_before_it_publishes_leaves_nothing(void)
{
    const char *name = own_name("killed");
    strait_os_place place = named(name);
    strait_os_map map;
    actor *a = actor_start();
    assert_int_equal(ask(a, "create 0 named %s 100000 0600 0", name), STRAIT_OK);
    actor_kill(a);
    actor_bury(a);
    assert_true(strait_os_sweep(&cause) >= 0);
    assert_int_equal(strait_os_map_open(&place, true, 1, 0, &map, &cause), STRAIT_NOT_FOUND);
    map = made_map(&place, 100000, 0);
    strait_os_map_close(&map);
}

static void of_eight_makers_of_one_name_exactly_one_wins(void)
{
    const char *name = own_name("race");
    strait_os_place gun_place = named(own_name("gun"));
    strait_os_place place = named(name);
    strait_os_map gun = made_map(&gun_place, 4096, STRAIT_OS_NO_TOKEN);
    actor *all[8];
    for (unsigned i = 0; i < 8; i++) {
        all[i] = actor_start();
        assert_int_equal(ask(all[i], "open 1 named %s rw", gun_place.name), STRAIT_OK);
    }
    for (unsigned round = 1; round <= 100; round++) {
        for (unsigned i = 0; i < 8; i++) {
            assert_int_equal(ask(all[i], "create 0 named %s 5000 0600 0", name), STRAIT_OK);
            assert_int_equal(ask(all[i], "poke 0 0 %u", i + 1), 0);
            tell(all[i], "gun 1 0 %u", round);
            tell(all[i], "publish 0");
        }
        strait_u32_store_release(gun.base, round);
        strait_os_wake(gun.base, UINT32_MAX);
        unsigned winners = 0, winner = 0;
        for (unsigned i = 0; i < 8; i++) {
            assert_int_equal(answer(all[i]), 0);
            long long rc = answer(all[i]);
            assert_true(rc == STRAIT_OK || rc == STRAIT_EXISTS);
            winners += rc == STRAIT_OK;
            winner = rc == STRAIT_OK ? i + 1 : winner;
        }
        assert_int_equal(winners, 1);
        strait_os_map map = opened_map(&place, true);
        assert_int_equal(strait_u32_load_acquire(map.base), winner);
        assert_int_equal(strait_os_map_evict(&map, &place, &cause), STRAIT_OK);
        strait_os_map_close(&map);
        for (unsigned i = 0; i < 8; i++) {
            assert_int_equal(ask(all[i], "close 0"), 0);
        }
    }
    strait_os_map_close(&gun);
}

static void what_does_not_fit_is_refused_with_both_numbers_and_leaves_nothing(void)
{
    static const uint64_t sizes[] = {UINT64_C(1) << 45, UINT64_C(1) << 46, UINT64_C(1) << 62, INT64_MAX,
                                     UINT64_MAX};
    strait_os_place place = named(own_name("huge"));
    unsigned descriptors = open_descriptors();
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        strait_os_map map;
        cause = (strait_os_cause){0};
        int rc = strait_os_map_create(&place, sizes[i], 0600, 0, &map, &cause);
        bool mappable = sizes[i] <= SIZE_MAX / 2; /* else this process could not even address it */
        assert_true(rc == STRAIT_NO_SPACE || (!mappable && rc == STRAIT_NO_MEMORY));
        assert_true(cause.asked == sizes[i]);
        assert_true(rc != STRAIT_NO_SPACE || (cause.available > 0 && cause.available < sizes[i]));
        assert_true(rc != STRAIT_NO_SPACE || cause.where != NULL);
        assert_int_equal(open_descriptors(), descriptors);
        assert_int_equal(strait_os_map_open(&place, true, 1, 0, &map, &cause), STRAIT_NOT_FOUND);
    }
    strait_os_map map = made_map(&place, 4096, 0);
    strait_os_map_close(&map);
}

static void opening_says_why_it_cannot(void)
{
    strait_os_place place = named(own_name("why"));
    strait_os_map map, other;
    assert_int_equal(strait_os_map_open(&place, true, 1, 0, &map, &cause), STRAIT_NOT_FOUND);
    map = made_map(&place, 65536, STRAIT_OS_NO_TOKEN);
    unsigned descriptors = open_descriptors();
    cause = (strait_os_cause){0};
    assert_int_equal(strait_os_map_open(&place, true, map.bytes + 1, 0, &other, &cause), STRAIT_TRUNCATED);
    assert_true(cause.asked == map.bytes + 1 && cause.available == map.bytes);
    cause = (strait_os_cause){0};
    assert_int_equal(strait_os_map_open(&place, true, 1, map.bytes - 1, &other, &cause), STRAIT_OVER_QUOTA);
    assert_true(cause.asked == map.bytes && cause.available == map.bytes - 1);
    assert_int_equal(open_descriptors(), descriptors);
    assert_int_equal(strait_os_map_open(&place, true, map.bytes, map.bytes, &other, &cause), STRAIT_OK);
    strait_os_map_close(&other);
    strait_os_map_close(&map);
}

static void closing_gives_everything_back_and_leaves_the_name(void)
{
    strait_os_place place = named(own_name("close"));
    strait_os_map first = made_map(&place, 4096, 0);
    unsigned descriptors = open_descriptors();
    for (unsigned i = 0; i < 2000; i++) {
        strait_os_map map = opened_map(&place, i % 2 == 0);
        if (i % 4 == 0) {
            assert_int_equal(strait_os_token_hold(&map, &place, 1, &cause), STRAIT_OK);
        }
        strait_os_map_close(&map);
        strait_os_map_close(&map); /* nothing is left to close */
    }
    assert_int_equal(open_descriptors(), descriptors);
    strait_os_map_close(&first);
    assert_true(open_descriptors() <= descriptors); /* a back end may need none for a map */
    first = opened_map(&place, true);
    strait_os_map_close(&first);
}

static void the_status_tells_size_mode_owner_and_whether_there_is_a_name(void)
{
    strait_os_place place = named(own_name("stat"));
    strait_os_map map;
    strait_os_map_status status;
    assert_int_equal(strait_os_map_create(&place, 5000, 0640, 0, &map, &cause), STRAIT_OK);
    assert_int_equal(strait_os_map_publish(&map, &place, &cause), STRAIT_OK);
    assert_int_equal(strait_os_map_stat(&map, &place, &status, &cause), STRAIT_OK);
    assert_true(status.bytes == map.bytes && status.linked);
    assert_true(status.mode == 0640 || !system_keeps_modes()); /* Wine loses the group's part */
    uint64_t now = strait_os_wall_ns();
    assert_true(status.changed_ns == 0 ||
                (status.changed_ns < now + 2000000000u && status.changed_ns > now - UINT64_C(60000000000)));
    assert_int_equal(strait_os_map_set_mode(&map, &place, 0604, &cause), STRAIT_OK);
    assert_int_equal(strait_os_map_stat(&map, &place, &status, &cause), STRAIT_OK);
    assert_true(status.mode == 0604 || !system_keeps_modes());
    assert_int_equal(strait_os_map_evict(&map, &place, &cause), STRAIT_OK);
    assert_int_equal(strait_os_map_stat(&map, &place, &status, &cause), STRAIT_OK);
    assert_false(status.linked);
    strait_os_map_close(&map);
}

typedef struct seeing {
    const char *one, *two;
    unsigned ones, twos, others, calls;
    int answer;
} seeing;

static int see(void *context, const char *name)
{
    seeing *s = context;
    s->calls++;
    s->ones += strcmp(name, s->one) == 0;
    s->twos += strcmp(name, s->two) == 0;
    s->others += strncmp(name, "conformance", 11) != 0;
    return s->answer;
}

static void a_list_names_each_published_map_once_and_stops_when_told(void)
{
    strait_os_place one = named(own_name("list-1")), two = named(own_name("list-2"));
    strait_os_place foreign = {STRAIT_OS_RAW, own_name("raw")};
    strait_os_map maps[4];
    maps[0] = made_map(&one, 4096, STRAIT_OS_NO_TOKEN);
    maps[1] = made_map(&two, 4096, STRAIT_OS_NO_TOKEN);
    maps[2] = made_map(&foreign, 4096, STRAIT_OS_NO_TOKEN);
    assert_int_equal(strait_os_map_create(&one, 4096, 0600, 0, &maps[3], &cause), STRAIT_OK);
    seeing s = {.one = one.name, .two = two.name};
    assert_int_equal(strait_os_map_list(see, &s, &cause), 0);
    assert_true(s.ones == 1 && s.twos == 1 && s.calls >= 2);
    s = (seeing){.one = one.name, .two = foreign.name, .answer = 77};
    assert_int_equal(strait_os_map_list(see, &s, &cause), 77);
    assert_int_equal(s.calls, 1);
    s.answer = 0;
    assert_int_equal(strait_os_map_list(see, &s, &cause), 0);
    assert_int_equal(s.twos, 0); /* a foreign program's name is not a Strait name */
    unlink_raw(&foreign);
    for (unsigned i = 0; i < 4; i++) {
        strait_os_map_close(&maps[i]);
    }
}

static void the_longest_name_that_the_system_takes_works(void)
{
    char name[STRAIT_NAME_MAX + 1];
    uint32_t most = strait_os_facts_get()->name_bytes_max;
    memset(name, 'n', sizeof name);
    snprintf(name, 40, "%s", own_name("long"));
    name[strlen(name)] = '-';
    name[most < STRAIT_NAME_MAX ? most : STRAIT_NAME_MAX] = '\0';
    strait_os_place place = named(name);
    strait_os_map map = made_map(&place, 4096, 0);
    strait_os_map other = opened_map(&place, true);
    assert_int_equal(strait_os_map_unlink(&place, &cause), STRAIT_OK);
    strait_os_map_close(&other);
    strait_os_map_close(&map);
}

static void a_foreign_programs_bytes_are_found_by_their_native_name(void)
{
    const char *name = own_name("native");
    strait_os_place place = {STRAIT_OS_RAW, name};
    strait_os_map map = made_map(&place, 24, STRAIT_OS_NO_TOKEN);
    memcpy(map.base, "twenty-four bytes, bare", 24);
    actor *a = actor_start();
    assert_int_equal(ask(a, "open 0 raw %s rw", name), STRAIT_OK);
    assert_int_equal(ask(a, "poke 0 20 1"), 0);
    assert_memory_equal(map.base, "twenty-four bytes, b", 20);
    assert_int_equal(((char *)map.base)[20], 1);
    unlink_raw(&place);
    strait_os_map_close(&map);
}

static void a_map_without_a_name_crosses_by_descriptor_and_tokens_stay_apart(void)
{
    if (!strait_os_facts_get()->has_anonymous_maps) {
        suite_skip("there are no maps without a name here");
    }
    strait_os_place place = {STRAIT_OS_ANONYMOUS, NULL};
    strait_os_map map = made_map(&place, 70000, 0);
    int descriptor;
    assert_int_equal(strait_os_map_descriptor(&map, &place, true, &descriptor, &cause), STRAIT_OK);
    actor *a = actor_start(), *b = actor_start();
    actor_give(a, descriptor);
    actor_give(b, descriptor);
    assert_int_equal(ask(a, "opend 0 rw"), STRAIT_OK);
    assert_int_equal(ask(b, "opend 0 rw"), STRAIT_OK);
    assert_int_equal(ask(a, "poke 0 65536 5"), 0);
    assert_int_equal(ask(b, "peek 0 65536"), 5);
    assert_int_equal(ask(a, "hold 0 0"), STRAIT_BUSY);
    assert_int_equal(ask(a, "hold 0 1"), STRAIT_OK);
    assert_int_equal(ask(b, "hold 0 1"), STRAIT_BUSY);
    assert_int_equal(ask(b, "hold 0 2"), STRAIT_OK);
    actor_kill(a);
    (void)free_after_death(a, &map, &place, 1);
    assert_int_equal(strait_os_token_test(&map, &place, 2, NULL), STRAIT_OS_TOKEN_HELD);
    assert_int_equal(strait_os_token_test(&map, &place, 0, NULL), STRAIT_OS_TOKEN_HELD);
    strait_os_map_status status;
    assert_int_equal(strait_os_map_stat(&map, &place, &status, &cause), STRAIT_OK);
    assert_false(status.linked);
    assert_int_equal(strait_os_map_evict(&map, &place, &cause), STRAIT_OK);
    strait_os_map_close(&map);
    assert_int_equal(ask(b, "peek 0 65536"), 5); /* it lives as long as somebody has it */
}

static void a_named_maps_descriptor_is_as_good_as_its_name(void)
{
    const char *name = own_name("handed");
    strait_os_place place = named(name);
    strait_os_map map = made_map(&place, 4096, 0);
    int descriptor;
    if (strait_os_map_descriptor(&map, &place, true, &descriptor, &cause) == STRAIT_UNSUPPORTED) {
        suite_skip("named maps cannot be handed over here");
    }
    assert_int_equal(strait_os_map_unlink(&place, &cause), STRAIT_OK);
    actor *a = actor_start();
    actor_give(a, descriptor);
    assert_int_equal(ask(a, "opend 0 rw"), STRAIT_OK);
    assert_int_equal(ask(a, "hold 0 5"), STRAIT_OK);
    assert_int_equal(strait_os_token_test(&map, &place, 5, NULL), STRAIT_OS_TOKEN_HELD);
    assert_int_equal(ask(a, "close 0"), 0);
    assert_int_equal(strait_os_token_test(&map, &place, 5, NULL), STRAIT_OS_TOKEN_FREE);
    strait_os_map_close(&map);
}

CONFORMANCE(map, CLEAN(a_map_has_the_size_that_was_asked_for_and_is_zero_all_over),
            CLEAN(what_one_process_writes_another_reads), CLEAN(a_read_only_map_cannot_be_written),
            CLEAN(nobody_finds_a_map_before_it_is_published),
            CLEAN(a_maker_that_is_killed_before_it_publishes_leaves_nothing),
            CLEAN_WITHIN(60, of_eight_makers_of_one_name_exactly_one_wins),
            CLEAN(what_does_not_fit_is_refused_with_both_numbers_and_leaves_nothing),
            CLEAN(opening_says_why_it_cannot), CLEAN(closing_gives_everything_back_and_leaves_the_name),
            CLEAN(the_status_tells_size_mode_owner_and_whether_there_is_a_name),
            CLEAN(a_list_names_each_published_map_once_and_stops_when_told),
            CLEAN(the_longest_name_that_the_system_takes_works),
            CLEAN(a_foreign_programs_bytes_are_found_by_their_native_name),
            CLEAN(a_map_without_a_name_crosses_by_descriptor_and_tokens_stay_apart),
            CLEAN(a_named_maps_descriptor_is_as_good_as_its_name))
