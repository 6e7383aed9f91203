/* test_portable_side.c - the side directory of the portable half of the posix back end: what is left there by those
 * who were killed half-way, removed by hand or put there by somebody else. */
#include "actor.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "posix/portable/portable.h"

static strait_os_cause cause;

static const char *side(void)
{
    static char path[STRAIT_PORTABLE_SIDE_MAX];
    assert_int_equal(strait_portable_side(path, sizeof path, true, &cause), STRAIT_OK);
    return path;
}

static const char *record_of(const strait_os_place *place)
{
    static char path[STRAIT_PORTABLE_PATH_MAX];
    assert_int_equal(strait_portable_path(place, true, path, sizeof path, &cause), STRAIT_OK);
    return path;
}

static bool object_is_there(uint64_t number)
{
    int object = strait_portable_open_object(number, O_RDONLY, 0);
    if (object >= 0) {
        close(object);
    }
    return object >= 0;
}

/* Entries of the side directory in whose name this stands. */
static unsigned entries_with(const char *text)
{
    unsigned count = 0;
    DIR *directory = opendir(side());
    assert_non_null(directory);
    const struct dirent *entry;
    while ((entry = readdir(directory)) != NULL) {
        count += strstr(entry->d_name, text) != NULL;
    }
    closedir(directory);
    return count;
}

static unsigned entries_of(uint64_t number)
{
    char digits[17];
    snprintf(digits, sizeof digits, "%016" PRIx64, number);
    return entries_with(digits);
}

/* The number in the name of the one unfinished file of this name. */
static uint64_t unfinished_number(const char *name)
{
    char prefix[256];
    uint64_t number = 0;
    snprintf(prefix, sizeof prefix, ".new.%s.", name);
    DIR *directory = opendir(side());
    assert_non_null(directory);
    const struct dirent *entry;
    while ((entry = readdir(directory)) != NULL) {
        if (strncmp(entry->d_name, prefix, strlen(prefix)) == 0) {
            number = strtoull(entry->d_name + strlen(prefix), NULL, 16);
        }
    }
    closedir(directory);
    return number;
}

static void a_killed_makers_object_is_found_by_what_it_wrote_first(void)
{
    const char *name = own_name("maker");
    actor *a = actor_start();
    assert_int_equal(ask(a, "create 0 named %s 100000 0600 0", name), STRAIT_OK);
    uint64_t number = unfinished_number(name);
    assert_true(number != 0 && object_is_there(number));
    assert_true(strait_os_sweep(&cause) >= 0); /* while it lives, nothing of it is touched */
    assert_true(object_is_there(number) && unfinished_number(name) == number);
    actor_kill(a);
    actor_bury(a);
    assert_true(strait_os_sweep(&cause) >= 1);
    assert_false(object_is_there(number));
    assert_int_equal(entries_of(number), 0);
}

static void the_next_maker_of_the_name_clears_up_after_a_killed_one(void)
{
    const char *name = own_name("next");
    strait_os_place place = named(name);
    actor *a = actor_start();
    assert_int_equal(ask(a, "create 0 named %s 5000 0600 0", name), STRAIT_OK);
    uint64_t number = unfinished_number(name);
    actor_kill(a);
    actor_bury(a);
    strait_os_map map = made_map(&place, 4096, 0);
    assert_false(object_is_there(number));
    assert_int_equal(entries_of(number), 0);
    strait_os_map_close(&map);
}

static void who_finishes_while_a_sweep_looks_keeps_what_it_made(void)
{
    const char *name = own_name("swept");
    strait_os_place place = named(name);
    strait_os_map map;
    char path[STRAIT_PORTABLE_PATH_MAX];
    assert_int_equal(strait_os_map_create(&place, 4096, 0600, 0, &map, &cause), STRAIT_OK);
    snprintf(path, sizeof path, "%s/.new.%s.%016" PRIx64, side(), name, unfinished_number(name));
    int seen = open(path, O_RDWR); /* by a sweep, just before the maker finishes */
    assert_true(seen >= 0);
    assert_false(strait_portable_left_behind(seen, path));
    assert_int_equal(strait_os_map_publish(&map, &place, &cause), STRAIT_OK);
    /* Now the lock is free, and the file has one name, as what was left behind has: but it is another name. */
    assert_false(strait_portable_left_behind(seen, path));
    close(seen);
    assert_true(object_is_there(map.file));
    strait_os_map_close(&map);
}

static void a_removal_that_was_cut_off_is_finished_by_the_sweep(void)
{
    const char *name = own_name("cut");
    strait_os_place place = named(name);
    strait_os_map map = made_map(&place, 4096, 0);
    uint64_t number = map.file;
    char old[STRAIT_PORTABLE_PATH_MAX];
    snprintf(old, sizeof old, "%s/.old.%s.%016" PRIx64, side(), name, number);
    assert_int_equal(rename(record_of(&place), old),
                     0);                            /* the remover's first step, and then it was killed */
    strait_os_map next = made_map(&place, 4096, 0); /* the name is free already */
    assert_true(object_is_there(number));
    assert_true(strait_os_sweep(&cause) >= 1);
    assert_false(object_is_there(number));
    assert_int_equal(strait_os_token_test(&map, &place, 0, NULL), STRAIT_OS_TOKEN_HELD); /* ours, still */
    strait_os_map_close(&map);
    assert_int_equal(entries_of(number), 0); /* the last to leave took the tokens' directory along */
    strait_os_map_close(&next);
}

static void a_name_whose_object_is_gone_counts_as_absent_and_can_be_given_anew(void)
{
    strait_os_place place = named(own_name("dangling"));
    strait_os_map map = made_map(&place, 4096, STRAIT_OS_NO_TOKEN), other;
    strait_portable_unlink_object(map.file);
    assert_int_equal(strait_os_map_open(&place, true, 1, 0, &other, &cause), STRAIT_NOT_FOUND);
    assert_int_equal(access(record_of(&place), F_OK), -1);
    other = made_map(&place, 100, 0);
    strait_os_map_close(&other);
    strait_os_map_close(&map);
}

static void what_is_no_record_is_foreign_and_goes_only_when_told_so(void)
{
    strait_os_place place = named(own_name("junk"));
    strait_os_map map, judged;
    static const char *const texts[] = {"",
                                        "strait name 1\n",
                                        "not a record at all, but as long as one should be..",
                                        "strait name 1\n0000000000000000\n0000000000001000\n",
                                        "strait name 1\n8000000000000001\n0000000000001000\n",
                                        "strait name 1\n00000000000000G1\n0000000000001000\n"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        int file = open(record_of(&place), O_CREAT | O_EXCL | O_WRONLY, 0644);
        assert_true(file >= 0);
        assert_int_equal(write(file, texts[i], strlen(texts[i])), (ssize_t)strlen(texts[i]));
        close(file);
        assert_int_equal(strait_os_map_open(&place, true, 1, 0, &map, &cause), STRAIT_FOREIGN);
        assert_true(strait_os_sweep(&cause) >= 0);
        assert_int_equal(access(record_of(&place), F_OK), 0);
        strait_os_map_identify(&place, &judged);
        assert_int_equal(strait_os_map_evict(&judged, &place, &cause), STRAIT_OK);
        assert_int_equal(access(record_of(&place), F_OK), -1);
    }
}

static void a_record_that_says_more_than_the_object_has_gives_no_more(void)
{
    strait_os_place place = named(own_name("more"));
    strait_os_map map = made_map(&place, 4096, STRAIT_OS_NO_TOKEN), other;
    char text[STRAIT_PORTABLE_RECORD_BYTES + 1];
    strait_portable_record_write(text, map.file, UINT64_C(1) << 40);
    int file = open(record_of(&place), O_WRONLY);
    assert_int_equal(write(file, text, STRAIT_PORTABLE_RECORD_BYTES), STRAIT_PORTABLE_RECORD_BYTES);
    close(file);
    assert_int_equal(strait_os_map_open(&place, true, 1, 0, &other, &cause), STRAIT_OK);
    assert_true(other.bytes == 4096);
    strait_os_map_close(&other);
    strait_os_map_close(&map);
}

static void tokens_that_somebody_removed_by_hand_leave_the_verdict_to_the_process(void)
{
    strait_os_place place = named(own_name("rm"));
    strait_os_map map = made_map(&place, 4096, 0);
    actor *a = actor_start();
    assert_int_equal(ask(a, "open 0 named %s rw", place.name), STRAIT_OK);
    assert_int_equal(ask(a, "hold 0 1"), STRAIT_OK);
    char path[STRAIT_PORTABLE_PATH_MAX];
    snprintf(path, sizeof path, "%s/life.%016" PRIx64 "/1", side(), map.file);
    assert_int_equal(unlink(path), 0);
    strait_os_identity who;
    strait_os_self(&who);
    (void)ask(a, "self");
    who.pid = (uint32_t)a->value[0];
    who.start = (uint64_t)a->value[1];
    assert_int_equal(strait_os_token_test(&map, &place, 1, &who), STRAIT_OS_TOKEN_HELD);
    strait_os_identity elsewhere = who;
    elsewhere.pid_namespace ^= 1;
    assert_int_equal(strait_os_token_test(&map, &place, 1, &elsewhere), STRAIT_OS_TOKEN_UNKNOWN);
    actor_kill(a);
    actor_bury(a);
    assert_int_equal(strait_os_token_test(&map, &place, 1, &who), STRAIT_OS_TOKEN_FREE);
    assert_int_equal(strait_os_token_test(&map, &place, 1, &elsewhere), STRAIT_OS_TOKEN_UNKNOWN);
    strait_os_map_close(&map);
}

static void nobody_gets_the_token_of_a_living_process_that_lost_its_lock(void)
{
    strait_os_place place = named(own_name("lost"));
    strait_os_map map = made_map(&place, 4096, 0), other = opened_map(&place, true);
    actor *a = actor_start();
    assert_int_equal(ask(a, "open 0 named %s rw", place.name), STRAIT_OK);
    assert_int_equal(ask(a, "hold 0 1"), STRAIT_OK);
    assert_int_equal(ask(a, "close-all"), 0);
    assert_int_equal(strait_os_token_hold(&other, &place, 1, &cause), STRAIT_BUSY);
    assert_int_equal(strait_os_token_test(&map, &place, 1, NULL), STRAIT_OS_TOKEN_HELD);
    assert_int_equal(ask(a, "close 0"), 0); /* an orderly end gives it back all the same */
    assert_int_equal(strait_os_token_test(&map, &place, 1, NULL), STRAIT_OS_TOKEN_FREE);
    assert_int_equal(strait_os_token_hold(&other, &place, 1, &cause), STRAIT_OK);
    strait_os_map_close(&other);
    strait_os_map_close(&map);
}

static void who_only_asks_makes_no_token_look_held_or_taken(void)
{
    strait_os_place place = named(own_name("askers"));
    strait_os_map map = made_map(&place, 4096, 0), other = opened_map(&place, true);
    actor *a = actor_start();
    assert_int_equal(ask(a, "open 0 named %s ro", place.name), STRAIT_OK);
    for (unsigned i = 0; i < 300; i++) {
        tell(a, "test 0 1");
        assert_int_equal(strait_os_token_test(&map, &place, 1, NULL), STRAIT_OS_TOKEN_FREE);
        assert_int_equal(answer(a), STRAIT_OS_TOKEN_FREE);
    }
    for (unsigned i = 0; i < 300; i++) {
        tell(a, "test 0 1");
        assert_int_equal(strait_os_token_hold(&other, &place, 1, &cause), STRAIT_OK);
        (void)answer(a);
        strait_os_map_close(&other);
        other = opened_map(&place, true);
    }
    strait_os_map_close(&other);
    strait_os_map_close(&map);
}

CONFORMANCE(portable_side, CLEAN(a_killed_makers_object_is_found_by_what_it_wrote_first),
            CLEAN(the_next_maker_of_the_name_clears_up_after_a_killed_one),
            CLEAN(who_finishes_while_a_sweep_looks_keeps_what_it_made),
            CLEAN(a_removal_that_was_cut_off_is_finished_by_the_sweep),
            CLEAN(a_name_whose_object_is_gone_counts_as_absent_and_can_be_given_anew),
            CLEAN(what_is_no_record_is_foreign_and_goes_only_when_told_so),
            CLEAN(a_record_that_says_more_than_the_object_has_gives_no_more),
            CLEAN(tokens_that_somebody_removed_by_hand_leave_the_verdict_to_the_process),
            CLEAN(nobody_gets_the_token_of_a_living_process_that_lost_its_lock),
            CLEAN(who_only_asks_makes_no_token_look_held_or_taken))
