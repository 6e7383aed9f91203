/* test_sysv_death.c - killed at every system call: a process is traced, stopped before and after each system
 * call of what it does, and killed at the n-th stop, for every n. Whatever it was doing, the next one finds
 * a whole map or none, goes on at once, and in the end nothing is left: neither a segment nor a set of
 * semaphores. In an IPC name space of its own, so that what is left can be counted.
 */
#define _GNU_SOURCE 1
#include "actor.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/sem.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sysv/sysv.h"

static strait_os_cause cause;
static strait_os_place place = {STRAIT_OS_NAMED, "victim"};

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

static void demand_nothing_left(void)
{
    assert_true(strait_os_sweep(&cause) >= 0);
    assert_int_equal(segments(), 0);
    assert_int_equal(sets(), 0);
}

/* Runs `act` in a child and kills it at stop number `when`; true if it ended by itself before. */
static bool killed_at(unsigned when, void (*act)(void))
{
    int status;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        ptrace(PTRACE_TRACEME, 0, NULL, NULL);
        raise(SIGSTOP);
        act();
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    if (!WIFSTOPPED(status)) {
        suite_skip("processes cannot be traced here");
    }
    for (unsigned stop = 0; stop < when && WIFSTOPPED(status); stop++) {
        assert_int_equal(ptrace(PTRACE_SYSCALL, child, NULL, NULL), 0);
        assert_int_equal(waitpid(child, &status, 0), child);
    }
    if (!WIFSTOPPED(status)) {
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
        return true;
    }
    kill(child, SIGKILL);
    assert_int_equal(waitpid(child, &status, 0), child);
    return false;
}

static void need(int rc)
{
    if (rc < 0) {
        _exit(1);
    }
}

/* --- making --------------------------------------------------------------------------------------------- */

static void make(void)
{
    strait_os_map map;
    need(strait_os_map_create(&place, 5000, 0600, 0, &map, &cause));
    memset(map.base, 7, 5000);
    need(strait_os_map_publish(&map, &place, &cause));
    strait_os_map_close(&map);
}

static void a_maker_killed_at_any_system_call_leaves_a_whole_map_or_none(void)
{
    alone();
    unsigned whole = 0, none = 0;
    bool ended = false;
    for (unsigned when = 0; !ended; when++) {
        strait_os_map map;
        ended = killed_at(when, make);
        int rc = strait_os_map_open(&place, true, 1, 0, &map, &cause);
        if (rc == STRAIT_OK) {
            whole++;
            assert_true(map.bytes == 5000 && ((char *)map.base)[0] == 7 && ((char *)map.base)[4999] == 7);
            assert_int_equal(strait_os_token_test(&map, &place, 0, NULL), STRAIT_OS_TOKEN_FREE);
            assert_int_equal(strait_os_map_evict(&map, &place, &cause), STRAIT_OK);
            strait_os_map_close(&map);
        } else {
            none++;
            assert_int_equal(rc, STRAIT_NOT_FOUND);
        }
        demand_nothing_left();
    }
    printf("%u kills: %u left nothing, %u a whole map\n", whole + none - 1, none, whole);
    assert_true(none > 10 && whole > 1);
}

static void what_a_killed_maker_left_is_in_no_ones_way_and_goes_with_the_next_making(void)
{
    alone();
    bool ended = false;
    for (unsigned when = 0; !ended; when++) {
        ended = killed_at(when, make);
        (void)strait_os_map_unlink(&place, &cause);
        strait_os_map map = made_map(&place, 300, 0);
        assert_int_equal(segments(), 1); /* without any sweep */
        assert_int_equal(strait_os_map_evict(&map, &place, &cause), STRAIT_OK);
        strait_os_map_close(&map);
        demand_nothing_left();
    }
}

/* --- taking part, taking away --------------------------------------------------------------------------- */

static void take_part(void)
{
    strait_os_map map;
    need(strait_os_map_open(&place, true, 1, 0, &map, &cause));
    need(strait_os_token_hold(&map, &place, 65, &cause)); /* of a set that has to be added first */
    strait_os_map_close(&map);
}

static void who_is_killed_while_it_adds_a_set_or_takes_a_token_holds_nothing(void)
{
    alone();
    bool ended = false;
    for (unsigned when = 0; !ended; when++) {
        strait_os_map map = made_map(&place, 300, 0), other;
        ended = killed_at(when, take_part);
        assert_int_equal(strait_os_token_test(&map, &place, 65, NULL), STRAIT_OS_TOKEN_FREE);
        assert_int_equal(strait_os_token_test(&map, &place, 0, NULL), STRAIT_OS_TOKEN_HELD);
        other = opened_map(&place, true);
        assert_int_equal(strait_os_token_hold(&other, &place, 65, &cause), STRAIT_OK);
        assert_int_equal(strait_os_token_test(&map, &place, 65, NULL), STRAIT_OS_TOKEN_HELD);
        assert_int_equal(strait_os_map_evict(&map, &place, &cause), STRAIT_OK);
        strait_os_map_close(&map);
        assert_int_equal(segments(), 1);
        strait_os_map_close(&other);
        assert_int_equal(segments(), 0); /* the last one out clears up, without any sweep */
        assert_int_equal(sets(), 0);
    }
}

/* Runs `act` in a child and stops it at stop number `when`; 0 if it ended by itself before. */
static pid_t stopped_at(unsigned when, void (*act)(void))
{
    int status;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        ptrace(PTRACE_TRACEME, 0, NULL, NULL);
        raise(SIGSTOP);
        act();
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    if (!WIFSTOPPED(status)) {
        suite_skip("processes cannot be traced here");
    }
    for (unsigned stop = 0; stop < when && WIFSTOPPED(status); stop++) {
        assert_int_equal(ptrace(PTRACE_SYSCALL, child, NULL, NULL), 0);
        assert_int_equal(waitpid(child, &status, 0), child);
    }
    return WIFSTOPPED(status) ? child : 0;
}

static void who_is_stopped_while_it_adds_a_set_keeps_nobody_from_a_token_of_it(void)
{
    alone();
    for (unsigned when = 0;; when++) {
        strait_os_map map = made_map(&place, 300, 0), other = opened_map(&place, true);
        int status = 0;
        pid_t child = stopped_at(when, take_part);
        uint64_t begun = strait_os_now_ns();
        assert_int_equal(strait_os_token_hold(&other, &place, 66, &cause), STRAIT_OK);
        assert_true(strait_os_now_ns() - begun < UINT64_C(500000000) * suite_patience());
        if (child != 0) {
            assert_int_equal(ptrace(PTRACE_DETACH, child, NULL, NULL), 0);
            assert_int_equal(waitpid(child, &status, 0), child);
            assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0); /* it got its own */
        }
        assert_int_equal(strait_os_token_test(&map, &place, 66, NULL), STRAIT_OS_TOKEN_HELD);
        assert_int_equal(sets(), 2);
        assert_int_equal(strait_os_map_evict(&map, &place, &cause), STRAIT_OK);
        strait_os_map_close(&map);
        strait_os_map_close(&other);
        assert_true(segments() == 0 && sets() == 0);
        if (child == 0) {
            assert_true(when > 20);
            break;
        }
    }
}

static void sweep(void)
{
    need(strait_os_sweep(&cause));
}

/* While it is stopped, what it looks at as unfinished is named, joined, and has its name taken away. */
static void who_clears_away_what_was_unfinished_a_moment_ago_takes_nothing_that_is_used(void)
{
    for (unsigned when = 0;; when++) {
        strait_os_map map;
        int status;
        alone(); /* again, or the sweep takes more and more steps to get to the segment */
        assert_int_equal(strait_os_map_create(&place, 300, 0600, 0, &map, &cause), STRAIT_OK);
        pid_t child = stopped_at(when, sweep);
        assert_int_equal(strait_os_map_publish(&map, &place, &cause), STRAIT_OK);
        strait_os_map other = opened_map(&place, true);
        assert_int_equal(strait_os_token_hold(&other, &place, 1, &cause), STRAIT_OK);
        assert_int_equal(strait_os_map_evict(&map, &place, &cause), STRAIT_OK);
        if (child != 0) {
            assert_int_equal(ptrace(PTRACE_DETACH, child, NULL, NULL), 0);
            assert_int_equal(waitpid(child, &status, 0), child);
        }
        assert_int_equal(strait_os_token_test(&map, &place, 1, NULL), STRAIT_OS_TOKEN_HELD);
        strait_os_map_close(&map);
        assert_int_equal(strait_os_token_test(&other, &place, 1, NULL), STRAIT_OS_TOKEN_HELD);
        strait_os_map_close(&other);
        assert_true(segments() == 0 && sets() == 0);
        if (child == 0) {
            assert_true(when > 10);
            break;
        }
    }
}

static void take_away(void)
{
    strait_os_map map;
    need(strait_os_map_open(&place, true, 1, 0, &map, &cause));
    need(strait_os_token_hold(&map, &place, 1, &cause));
    need(strait_os_map_evict(&map, &place, &cause));
    strait_os_map_close(&map);
}

static void who_is_killed_while_it_takes_a_name_away_has_taken_it_or_not(void)
{
    alone();
    unsigned taken = 0, left = 0;
    bool ended = false;
    for (unsigned when = 0; !ended; when++) {
        strait_os_map map = made_map(&place, 300, 0), other;
        ended = killed_at(when, take_away);
        int rc = strait_os_map_open(&place, true, 1, 0, &other, &cause);
        if (rc == STRAIT_OK) {
            left++;
            strait_os_map_close(&other);
        } else {
            taken++;
            assert_int_equal(rc, STRAIT_NOT_FOUND);
        }
        assert_int_equal(strait_os_token_test(&map, &place, 0, NULL), STRAIT_OS_TOKEN_HELD);
        assert_int_equal(strait_os_token_test(&map, &place, 1, NULL), STRAIT_OS_TOKEN_FREE);
        assert_int_equal(strait_os_map_evict(&map, &place, &cause), STRAIT_OK);
        strait_os_map next = made_map(&place, 400, 0);
        assert_int_equal(strait_os_map_evict(&map, &place, &cause), STRAIT_OK);
        other = opened_map(&place, true);
        assert_true(other.file == next.file);
        assert_int_equal(strait_os_map_evict(&other, &place, &cause), STRAIT_OK);
        strait_os_map_close(&other);
        strait_os_map_close(&next);
        strait_os_map_close(&map);
        demand_nothing_left();
    }
    printf("%u kills: %u had taken it, %u not\n", taken + left - 1, taken, left);
    assert_true(taken > 1 && left > 10);
}

/* Adds a set to a segment whose name is gone already, with nobody else attached. */
static void add_a_set_alone(void)
{
    strait_os_map map;
    need(strait_os_map_create(&place, 300, 0600, STRAIT_OS_NO_TOKEN, &map, &cause));
    need(strait_os_map_publish(&map, &place, &cause));
    need(strait_os_map_evict(&map, &place, &cause));
    need(strait_os_token_hold(&map, &place, 65, &cause));
    strait_os_map_close(&map);
}

static void a_set_that_its_maker_could_not_sign_goes_when_no_segment_has_it(void)
{
    alone();
    unsigned left = 0;
    bool ended = false;
    for (unsigned when = 0; !ended; when++) {
        ended = killed_at(when, add_a_set_alone);
        left += segments() == 0 && sets() > 0;
        strait_os_map map;
        if (strait_os_map_open(&place, true, 1, 0, &map, &cause) == STRAIT_OK) { /* it has its name still */
            assert_int_equal(strait_os_map_evict(&map, &place, &cause), STRAIT_OK);
            strait_os_map_close(&map);
        }
        demand_nothing_left();
    }
    assert_true(left > 2);
    strait_os_map map = made_map(&place, 300, 0);
    strait_u32 *key = &((strait_sysv_front *)strait_sysv_hand_of(&map)->view.at)->keys[1];
    strait_u32_store_relaxed(key, 0x61234567u);
    assert_true(semget(0x61234567, STRAIT_SYSV_SEMAPHORES, IPC_CREAT | 0600) >= 0);     /* the map's */
    assert_true(semget(0x11234567, STRAIT_SYSV_SEMAPHORES, IPC_CREAT | 0600) >= 0);     /* a foreign key */
    assert_true(semget(0x61234568, STRAIT_SYSV_SEMAPHORES - 1, IPC_CREAT | 0600) >= 0); /* a foreign shape */
    assert_true(strait_os_sweep(&cause) == 0 && sets() == 4);
    assert_int_equal(strait_os_map_evict(&map, &place, &cause), STRAIT_OK);
    assert_true(strait_os_sweep(&cause) == 0 && sets() == 4); /* it has no name, but it is in use */
    strait_os_map_close(&map);
    assert_true(strait_os_sweep(&cause) == 0 && sets() == 2);
}

static void the_last_one_killed_leaves_only_what_the_sweep_finds(void)
{
    alone();
    strait_os_map map = made_map(&place, 300, 0);
    actor *a = actor_start();
    assert_int_equal(ask(a, "open 0 named %s rw", place.name), STRAIT_OK);
    assert_int_equal(ask(a, "hold 0 100"), STRAIT_OK);
    assert_int_equal(strait_os_map_evict(&map, &place, &cause), STRAIT_OK);
    strait_os_map_close(&map);
    assert_true(sets() > 0 && segments() == 1);
    assert_int_equal(strait_os_sweep(&cause), 0); /* it is still in use */
    assert_true(sets() > 0);
    assert_int_equal(ask(a, "test 0 100"), STRAIT_OS_TOKEN_HELD);
    actor_kill(a);
    actor_bury(a);
    assert_int_equal(segments(), 0);
    demand_nothing_left();
}

CONFORMANCE(sysv_death, TEST_WITHIN(120, a_maker_killed_at_any_system_call_leaves_a_whole_map_or_none),
            TEST_WITHIN(120, what_a_killed_maker_left_is_in_no_ones_way_and_goes_with_the_next_making),
            TEST_WITHIN(120, who_is_killed_while_it_adds_a_set_or_takes_a_token_holds_nothing),
            TEST_WITHIN(120, who_is_stopped_while_it_adds_a_set_keeps_nobody_from_a_token_of_it),
            TEST_WITHIN(120, who_clears_away_what_was_unfinished_a_moment_ago_takes_nothing_that_is_used),
            TEST_WITHIN(120, who_is_killed_while_it_takes_a_name_away_has_taken_it_or_not),
            TEST_WITHIN(120, a_set_that_its_maker_could_not_sign_goes_when_no_segment_has_it),
            TEST(the_last_one_killed_leaves_only_what_the_sweep_finds))
