/* test_sysv_names.c - names as keys: foreign segments under our keys, makers that stand still, limits of the
 * system. In an IPC name space of its own, so that keys and limits are the test's to play with.
 */
#define _GNU_SOURCE 1
#include "actor.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sysv/sysv.h"

static strait_os_cause cause;
static strait_os_place place = {STRAIT_OS_NAMED, "door"};

static void alone(void)
{
    if (unshare(CLONE_NEWIPC) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWIPC) != 0) {
        suite_skip("no IPC name space may be had here: %s", strerror(errno));
    }
}

static void set_limit(const char *name, const char *value)
{
    char path[80];
    snprintf(path, sizeof path, "/proc/sys/kernel/%s", name);
    int file = open(path, O_WRONLY | O_CLOEXEC);
    bool written = file >= 0 && write(file, value, strlen(value)) == (ssize_t)strlen(value);
    if (file >= 0) {
        close(file);
    }
    if (!written) {
        suite_skip("%s may not be set here: %s", path, strerror(errno));
    }
}

static int foreign(unsigned room, size_t bytes)
{
    int id = shmget(strait_sysv_key(place.name, room), bytes, IPC_CREAT | IPC_EXCL | 0600);
    assert_true(id >= 0);
    return id;
}

static void foreign_segments_under_our_keys_are_walked_past_and_left_alone(void)
{
    alone();
    int others[STRAIT_SYSV_ROOMS];
    for (unsigned room = 0; room + 1 < STRAIT_SYSV_ROOMS; room++) {
        others[room] = foreign(room, room % 2 == 0 ? 24 : 70000);
    }
    strait_os_map map = made_map(&place, 5000, 0);
    strait_os_map found = opened_map(&place, true);
    assert_true(found.file == map.file);
    strait_os_map_close(&found);
    assert_int_equal(shmctl(others[3], IPC_RMID, NULL), 0); /* a gap hides nothing */
    found = opened_map(&place, true);
    assert_true(found.file == map.file);
    strait_os_map_close(&found);
    assert_int_equal(strait_os_sweep(&cause), 0);
    struct shmid_ds about;
    for (unsigned room = 0; room + 1 < STRAIT_SYSV_ROOMS; room++) {
        assert_true(room == 3 || shmctl(others[room], IPC_STAT, &about) == 0);
    }
    assert_int_equal(strait_os_map_evict(&map, &place, &cause), STRAIT_OK);
    strait_os_map_close(&map);
}

static void a_name_without_a_free_key_says_that_something_is_there(void)
{
    alone();
    for (unsigned room = 0; room < STRAIT_SYSV_ROOMS; room++) {
        (void)foreign(room, 100);
    }
    strait_os_map map;
    assert_int_equal(strait_os_map_open(&place, true, 1, 0, &map, &cause), STRAIT_NOT_FOUND);
    assert_int_equal(strait_os_map_create(&place, 100, 0600, 0, &map, &cause), STRAIT_EXISTS);
}

static void another_name_under_the_same_key_is_not_taken_for_ours(void)
{
    alone();
    strait_os_map map = made_map(&place, 5000, 0);
    strait_sysv_hand *hand = strait_sysv_hand_of(&map);
    strait_sysv_front *front = hand->view.at;
    strcpy(front->name, "other"); /* as if that name had the same key */
    strait_os_map found;
    assert_int_equal(strait_os_map_open(&place, true, 1, 0, &found, &cause), STRAIT_NOT_FOUND);
    strait_os_map second = made_map(&place, 600, 0);
    found = opened_map(&place, true);
    assert_true(found.file == second.file && found.bytes == 600);
    strait_os_map_close(&found);
    assert_int_equal(strait_os_map_evict(&second, &place, &cause), STRAIT_OK);
    strait_os_map_close(&second);
    assert_int_equal(strait_os_map_evict(&map, &place, &cause), STRAIT_OK);
    strait_os_map_close(&map);
}

/* A process that has said that it wants the name, in the first room, and gets no further. */
static pid_t half_way_publisher(void)
{
    int ends[2];
    char word = '0';
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        strait_os_map map;
        bool made = strait_os_map_create(&place, 700, 0600, 0, &map, &cause) == STRAIT_OK;
        if (made) {
            strait_sysv_front *front = strait_sysv_hand_of(&map)->view.at;
            strait_u32_store_release(&front->state, STRAIT_SYSV_ANNOUNCED);
        }
        (void)!write(ends[1], made ? "1" : "0", 1);
        for (;;) {
            pause();
        }
    }
    assert_int_equal(read(ends[0], &word, 1), 1);
    assert_int_equal(word, '1');
    close(ends[0]);
    close(ends[1]);
    return child;
}

static void a_publisher_that_stands_still_keeps_nobody_from_the_name(void)
{
    alone();
    pid_t child = half_way_publisher();
    assert_int_equal(kill(child, SIGSTOP), 0);
    uint64_t begun = strait_os_now_ns();
    strait_os_map map = made_map(&place, 5000, 0);
    assert_true(strait_os_now_ns() - begun < UINT64_C(2000000000) * suite_patience());
    strait_os_map found = opened_map(&place, true);
    assert_true(found.file == map.file);
    strait_os_map_close(&found);
    assert_int_equal(strait_os_sweep(&cause), 0); /* it is alive */
    assert_int_equal(kill(child, SIGKILL), 0);
    waitpid(child, NULL, 0);
    assert_int_equal(strait_os_sweep(&cause), 1);
    assert_int_equal(strait_os_map_evict(&map, &place, &cause), STRAIT_OK);
    strait_os_map_close(&map);
}

static void a_raw_place_may_be_a_number_or_what_ftok_says_of_a_path(void)
{
    alone();
    char path[64];
    snprintf(path, sizeof path, "/tmp:%c", 'S');
    strait_os_place by_path = {STRAIT_OS_FILE, path}, by_number = {STRAIT_OS_RAW, "0x1234abcd"};
    key_t keys[] = {ftok("/tmp", 'S'), 0x1234abcd};
    const strait_os_place *places[] = {&by_path, &by_number};
    for (unsigned i = 0; i < 2; i++) {
        strait_os_map map = made_map(places[i], 24, STRAIT_OS_NO_TOKEN);
        assert_int_equal(shmget(keys[i], 24, 0), (int)map.device);
        assert_true(map.bytes == 24);
        assert_int_equal(strait_os_map_unlink(places[i], &cause), STRAIT_OK);
        strait_os_map_close(&map);
        assert_int_equal(strait_os_map_open(places[i], true, 1, 0, &map, &cause), STRAIT_NOT_FOUND);
    }
    strait_os_map map;
    strait_os_place file = {STRAIT_OS_FILE, "/tmp/orders.seg"};
    assert_int_equal(strait_os_map_open(&file, true, 1, 0, &map, &cause), STRAIT_UNSUPPORTED);
    assert_non_null(strstr(cause.call, "PATH:P"));
}

static void demand_refused(uint64_t bytes, const char *because)
{
    strait_os_map map;
    cause = (strait_os_cause){0};
    assert_int_equal(strait_os_map_create(&place, bytes, 0600, 0, &map, &cause), STRAIT_NO_SPACE);
    assert_non_null(cause.where);
    if (strstr(cause.where, because) == NULL) {
        fail_msg("\"%s\" does not name %s", cause.where, because);
    }
    assert_int_equal(strait_os_map_open(&place, true, 1, 0, &map, &cause), STRAIT_NOT_FOUND);
}

static void the_limit_that_stands_in_the_way_is_named(void)
{
    alone();
    set_limit("shmmax", "1000000");
    demand_refused(2000000, "SHMMAX");
    assert_true(cause.call != NULL);
    set_limit("shmmax", "100000000");
    set_limit("shmall", "10");
    demand_refused(2000000, "SHMALL");
    set_limit("shmall", "100000000");
    set_limit("shmmni", "1");
    (void)foreign(9, 10);
    demand_refused(5000, "SHMMNI");
    set_limit("shmmni", "4096");
    set_limit("sem", "32000 1024000 500 0");
    demand_refused(5000, "SEMMNI");
    set_limit("sem", "50 1024000 500 100");
    demand_refused(5000, "SEMMSL");
    set_limit("sem", "32000 1024000 1 100");
    demand_refused(5000, "SEMOPM");
    set_limit("sem", "32000 1024000 500 3");
    strait_os_map map = made_map(&place, 5000, 0);
    assert_int_equal(strait_os_map_evict(&map, &place, &cause), STRAIT_OK);
    strait_os_map_close(&map);
}

static void what_killed_makers_of_other_names_left_does_not_fill_the_table(void)
{
    alone();
    pid_t child = fork();
    if (child == 0) {
        strait_os_map map;
        strait_os_place other = {STRAIT_OS_NAMED, "other"};
        bool made = strait_os_map_create(&other, 700, 0600, 0, &map, &cause) == STRAIT_OK;
        (void)made;
        kill(getpid(), SIGKILL);
    }
    waitpid(child, NULL, 0);
    set_limit("shmmni", "1");
    strait_os_map map = made_map(&place, 5000, 0);
    assert_int_equal(strait_os_map_evict(&map, &place, &cause), STRAIT_OK);
    strait_os_map_close(&map);
}

static void a_segment_removed_by_hand_has_lost_its_name_and_works_on(void)
{
    alone();
    strait_os_map map = made_map(&place, 5000, 0), found;
    strait_os_map_status status;
    assert_int_equal(shmctl((int)map.device, IPC_RMID, NULL), 0); /* ipcrm */
    assert_int_equal(strait_os_map_open(&place, true, 1, 0, &found, &cause), STRAIT_NOT_FOUND);
    assert_int_equal(strait_os_map_stat(&map, &place, &status, &cause), STRAIT_OK);
    assert_false(status.linked);
    memset(map.base, 1, 5000);
    assert_int_equal(strait_os_token_test(&map, &place, 0, NULL), STRAIT_OS_TOKEN_HELD);
    assert_int_equal(strait_os_map_evict(&map, &place, &cause), STRAIT_OK);
    strait_os_map_close(&map);
    map = made_map(&place, 100, 0);
    assert_int_equal(strait_os_map_evict(&map, &place, &cause), STRAIT_OK);
    strait_os_map_close(&map);
}

CONFORMANCE(sysv_names, TEST(foreign_segments_under_our_keys_are_walked_past_and_left_alone),
            TEST(a_name_without_a_free_key_says_that_something_is_there),
            TEST(another_name_under_the_same_key_is_not_taken_for_ours),
            TEST(a_publisher_that_stands_still_keeps_nobody_from_the_name),
            TEST(a_raw_place_may_be_a_number_or_what_ftok_says_of_a_path),
            TEST(the_limit_that_stands_in_the_way_is_named),
            TEST(what_killed_makers_of_other_names_left_does_not_fill_the_table),
            TEST(a_segment_removed_by_hand_has_lost_its_name_and_works_on))
