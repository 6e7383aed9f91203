/* test_sysv_doubt.c - what stands in shared memory, or cannot be seen, is never taken for more than it is: a
 * segment that cannot be mapped is not nothing, and bytes that somebody wrote over lead nobody astray. In an
 * IPC name space of its own.
 */
#define _GNU_SOURCE 1
#include "actor.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sysv/sysv.h"

static strait_os_cause cause;
static strait_os_place place = {STRAIT_OS_NAMED, "doubt"};

static void alone(void)
{
    if (unshare(CLONE_NEWIPC) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWIPC) != 0) {
        suite_skip("no IPC name space may be had here: %s", strerror(errno));
    }
}

static int segments(void)
{
    struct shm_info now;
    assert_true(shmctl(0, SHM_INFO, (struct shmid_ds *)(void *)&now) >= 0);
    return (int)now.used_ids;
}

static int sets(void)
{
    struct seminfo now;
    union {
        int value;
        struct seminfo *info;
    } argument = {.info = &now};
    assert_true(semctl(0, 0, SEM_INFO, argument) >= 0);
    return now.semusz;
}

static strait_sysv_front *front_of(const strait_os_map *map)
{
    return strait_sysv_hand_of(map)->view.at;
}

/* What a child that does so ends with. */
static int in_a_child(int (*act)(void))
{
    int status = 0;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        _exit(act());
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static void take_away(strait_os_map *map)
{
    assert_int_equal(strait_os_map_evict(map, &place, &cause), STRAIT_OK);
    strait_os_map_close(map);
}

/* --- what cannot be seen -------------------------------------------------------------------------------- */

/* 1: what has the name was not taken for nothing. */
static int look_with_little_room(void)
{
    unsigned long pages = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    bool known = file != NULL && fscanf(file, "%lu", &pages) == 1;
    rlim_t most = (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE) + (16u << 20);
    struct rlimit limit = {most, most};
    strait_os_map map;
    if (!known || setrlimit(RLIMIT_AS, &limit) != 0) {
        return 2;
    }
    if (strait_os_map_open(&place, true, 1, 0, &map, &cause) != STRAIT_NO_MEMORY ||
        strait_os_map_open(&place, false, 1, 0, &map, &cause) != STRAIT_NO_MEMORY) {
        return 3;
    }
    if (strait_os_map_create(&place, 500, 0600, 0, &map, &cause) != STRAIT_OK) {
        return 4;
    }
    int rc = strait_os_map_publish(&map, &place, &cause);
    strait_os_map_close(&map);
    return rc == STRAIT_NO_MEMORY ? 1 : 5;
}

static void what_cannot_be_mapped_is_not_taken_for_nothing(void)
{
    alone();
    strait_os_map map = made_map(&place, 64u << 20, 0);
    assert_int_equal(in_a_child(look_with_little_room), 1);
    strait_os_map found = opened_map(&place, true);
    assert_true(found.file == map.file);
    strait_os_map_close(&found);
    take_away(&map);
    assert_true(segments() == 0 && sets() == 0);
}

/* --- what is somebody else's ---------------------------------------------------------------------------- */

static int make_and_die(void)
{
    strait_os_map map;
    if (setgid(12345) != 0 || setuid(12345) != 0 ||
        strait_os_map_create(&place, 700, 0644, 0, &map, &cause) != STRAIT_OK) {
        return 1;
    }
    strait_sysv_front *front = front_of(&map);
    strait_u32_store_release(&front->state, STRAIT_SYSV_ANNOUNCED);
    return kill(getpid(), SIGKILL);
}

static int make_as_another(void)
{
    strait_os_map map, found;
    if (setgid(23456) != 0 || setuid(23456) != 0) {
        return 1;
    }
    if (strait_os_map_open(&place, true, 1, 0, &map, &cause) != STRAIT_NOT_FOUND ||
        strait_os_map_create(&place, 500, 0600, 0, &map, &cause) != STRAIT_OK) {
        return 2;
    }
    if (strait_os_map_publish(&map, &place, &cause) != STRAIT_OK ||
        strait_os_map_open(&place, true, 1, 0, &found, &cause) != STRAIT_OK) {
        return 3;
    }
    strait_os_map_close(&found);
    return strait_os_map_evict(&map, &place, &cause) == STRAIT_OK ? 0 : 4;
}

static void what_another_user_could_not_finish_keeps_nobody_from_the_name(void)
{
    if (geteuid() != 0) {
        suite_skip("only root can become two other users");
    }
    alone();
    assert_int_equal(in_a_child(make_and_die), -SIGKILL);
    assert_int_equal(segments(), 1);
    assert_int_equal(in_a_child(make_as_another), 0);
    assert_int_equal(strait_os_sweep(&cause), 1);
    assert_true(segments() == 0 && sets() == 0);
}

static void a_set_of_somebody_elses_is_not_removed_because_a_segment_names_it(void)
{
    alone();
    int foreign = semget(0x11234567, STRAIT_SYSV_SEMAPHORES, IPC_CREAT | 0600);
    int others = semget(0x61234567, STRAIT_SYSV_SEMAPHORES, IPC_CREAT | 0600);
    struct semid_ds about;
    union {
        int value;
        struct semid_ds *about;
    } argument = {.about = &about};
    assert_true(foreign >= 0 && others >= 0 && semctl(others, 0, IPC_STAT, argument) == 0);
    about.sem_perm.uid = 12345;
    if (geteuid() == 0) {
        assert_int_equal(semctl(others, 0, IPC_SET, argument), 0);
    }
    strait_os_map map = made_map(&place, 500, 0);
    strait_u32_store_relaxed(&front_of(&map)->keys[1], 0x11234567u);
    strait_u32_store_relaxed(&front_of(&map)->keys[2], 0x61234567u);
    take_away(&map);
    assert_int_equal(sets(), geteuid() == 0 ? 2 : 1);
    assert_true(semctl(foreign, 0, GETVAL) == 0);
}

/* --- what somebody wrote over --------------------------------------------------------------------------- */

static void a_name_without_an_end_in_shared_memory_is_not_read_to_its_end(void)
{
    alone();
    strait_os_map map;
    assert_int_equal(strait_os_map_create(&place, 500, 0600, 0, &map, &cause), STRAIT_OK);
    strait_sysv_front *front = front_of(&map);
    size_t whole = (size_t)strait_sysv_hand_of(&map)->view.whole_bytes;
    memset(front->name, 'x', (whole + 4095) / 4096 * 4096 - offsetof(strait_sysv_front, name));
    assert_int_equal(strait_os_map_publish(&map, &place, &cause), STRAIT_OK);
    strait_os_map found;
    assert_int_equal(strait_os_map_open(&place, true, 1, 0, &found, &cause), STRAIT_NOT_FOUND);
    take_away(&map);
}

static void of_two_that_say_they_have_the_name_none_is_believed(void)
{
    alone();
    strait_os_map first, second, found;
    assert_int_equal(strait_os_map_create(&place, 500, 0600, 0, &first, &cause), STRAIT_OK);
    second = made_map(&place, 600, 0);
    found = opened_map(&place, true);
    assert_true(found.file == second.file);
    strait_os_map_close(&found);
    strait_u32_store_release(&front_of(&first)->state, STRAIT_SYSV_PUBLISHED);
    assert_int_equal(strait_os_map_open(&place, true, 1, 0, &found, &cause), STRAIT_DENIED);
    assert_non_null(strstr(cause.call, "two segments"));
    assert_int_equal(strait_os_map_open(&place, false, 1, 0, &found, &cause), STRAIT_DENIED);
    take_away(&first);
    found = opened_map(&place, true);
    assert_true(found.file == second.file);
    strait_os_map_close(&found);
    take_away(&second);
}

static void a_state_that_there_is_not_is_said_to_be_corrupt_and_can_be_taken_away(void)
{
    alone();
    strait_os_map map = made_map(&place, 500, 0), other, judged;
    strait_u32_store_release(&front_of(&map)->state, 77);
    assert_int_equal(strait_os_map_open(&place, true, 1, 0, &other, &cause), STRAIT_CORRUPT);
    assert_int_equal(strait_os_map_create(&place, 500, 0600, 0, &other, &cause), STRAIT_OK);
    assert_int_equal(strait_os_map_publish(&other, &place, &cause), STRAIT_EXISTS);
    strait_os_map_close(&other);
    strait_os_map_close(&map);
    assert_int_equal(strait_os_sweep(&cause), 0); /* whatever it is, it was finished */
    strait_os_map_identify(&place, &judged);
    assert_int_equal(strait_os_map_evict(&judged, &place, &cause), STRAIT_OK);
    assert_int_equal(strait_os_map_open(&place, true, 1, 0, &other, &cause), STRAIT_NOT_FOUND);
    assert_true(segments() == 0 && sets() == 0);
}

static void who_merely_looked_and_goes_last_takes_the_sets_along(void)
{
    alone();
    strait_os_map map = made_map(&place, 500, 0);
    strait_sysv_view view;
    assert_int_equal(strait_sysv_find(place.name, false, &view, &cause), STRAIT_OK);
    take_away(&map);
    assert_true(segments() == 1 && sets() == 1);
    strait_sysv_leave(&view);
    assert_true(segments() == 0 && sets() == 0);
}

CONFORMANCE(sysv_doubt, TEST(what_cannot_be_mapped_is_not_taken_for_nothing),
            TEST(what_another_user_could_not_finish_keeps_nobody_from_the_name),
            TEST(a_set_of_somebody_elses_is_not_removed_because_a_segment_names_it),
            TEST(a_name_without_an_end_in_shared_memory_is_not_read_to_its_end),
            TEST(of_two_that_say_they_have_the_name_none_is_believed),
            TEST(a_state_that_there_is_not_is_said_to_be_corrupt_and_can_be_taken_away),
            TEST(who_merely_looked_and_goes_last_takes_the_sets_along))
