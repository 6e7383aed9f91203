/* test_sysv_token.c - what makes a token say more, or less, than that its holder has ended: other name spaces,
 * undoing at the holder's own wish, other programs in the same process, two copies of the library in one
 * program. Never is a living one called dead for it. In an IPC name space of its own.
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
static strait_os_place place = {STRAIT_OS_NAMED, "token"};

static void alone(void)
{
    if (unshare(CLONE_NEWIPC) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWIPC) != 0) {
        suite_skip("no IPC name space may be had here: %s", strerror(errno));
    }
}

static void take_away(strait_os_map *map)
{
    assert_int_equal(strait_os_map_evict(map, &place, &cause), STRAIT_OK);
    strait_os_map_close(map);
}

/* --- other name spaces ---------------------------------------------------------------------------------- */

static void who_went_to_another_ipc_name_space_judges_nobody_by_what_it_finds_there(void)
{
    alone();
    strait_os_map map = made_map(&place, 500, STRAIT_OS_NO_TOKEN);
    actor *a = actor_start();
    assert_int_equal(ask(a, "open 0 named %s rw", place.name), STRAIT_OK);
    assert_int_equal(ask(a, "hold 0 1"), STRAIT_OK);
    assert_int_equal(strait_os_token_test(&map, &place, 1, NULL), STRAIT_OS_TOKEN_HELD);
    alone();
    strait_os_map other = made_map(&place, 500, 1); /* with the same ids, most probably */
    assert_int_equal(other.device, map.device);
    assert_int_equal(strait_os_token_test(&map, &place, 1, NULL), STRAIT_OS_TOKEN_UNKNOWN);
    assert_int_equal(strait_os_token_test(&map, &place, 2, NULL), STRAIT_OS_TOKEN_UNKNOWN);
    assert_true(strait_os_map_evict(&map, &place, &cause) < 0);
    strait_os_map_close(&map); /* which takes nothing from the namesake */
    strait_os_map found = opened_map(&place, true);
    assert_true(found.file == other.file);
    assert_int_equal(strait_os_token_test(&found, &place, 1, NULL), STRAIT_OS_TOKEN_HELD);
    strait_os_map_close(&found);
    take_away(&other);
}

static void next_pid(long pid)
{
    char text[32];
    int file = open("/proc/sys/kernel/ns_last_pid", O_WRONLY | O_CLOEXEC);
    int length = snprintf(text, sizeof text, "%ld", pid - 1);
    if (file < 0 || write(file, text, (size_t)length) != length) {
        _exit(9);
    }
    close(file);
}

/* /proc is the outer one's. There, the number that the judge has here is the test's own, which has the segment
 * too; and the holder's number is that of a bystander, which has not. */
static pid_t fork_as(pid_t pid)
{
    next_pid(pid);
    pid_t child = fork();
    if (child != 0 && child != pid) {
        _exit(9); /* somebody was faster */
    }
    return child;
}

static void hold_for_ever(int told)
{
    strait_os_map map;
    bool held = strait_os_map_open(&place, true, 1, 0, &map, &cause) == STRAIT_OK &&
                strait_os_token_hold(&map, &place, 1, &cause) == STRAIT_OK;
    (void)!write(told, held ? "1" : "0", 1);
    for (;;) {
        pause();
    }
}

/* The end of this first process ends the others of its name space. */
static void be_the_first_process(pid_t judges, pid_t holders)
{
    int ends[2], status = 0;
    char word = '0';
    if (pipe(ends) != 0) {
        _exit(2);
    }
    if (fork_as(holders) == 0) {
        hold_for_ever(ends[1]);
    }
    if (read(ends[0], &word, 1) != 1 || word != '1') {
        _exit(3);
    }
    pid_t judge = fork_as(judges);
    if (judge == 0) {
        strait_os_map map;
        int rc = strait_os_map_open(&place, true, 1, 0, &map, &cause);
        _exit(rc == STRAIT_OK && strait_os_token_test(&map, &place, 1, NULL) == STRAIT_OS_TOKEN_HELD ? 0 : 1);
    }
    (void)waitpid(judge, &status, 0);
    _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 4);
}

/* Not the test's own process: it could start no others afterwards. */
static void begin_another(pid_t judges, pid_t holders)
{
    int status = 0;
    if (unshare(CLONE_NEWPID) != 0) {
        _exit(9);
    }
    pid_t child = fork();
    if (child == 0) {
        be_the_first_process(judges, holders);
    }
    (void)waitpid(child, &status, 0);
    _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 5);
}

static void a_pid_of_another_name_space_is_not_looked_up_in_ours(void)
{
    alone();
    pid_t self = getpid(), bystander = fork();
    if (bystander == 0) {
        for (;;) {
            pause();
        }
    }
    strait_os_map map = made_map(&place, 500, 0);
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        begin_another(self, bystander);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    kill(bystander, SIGKILL);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == 9) {
        suite_skip("no pid name space of chosen numbers may be had here");
    }
    assert_int_equal(WEXITSTATUS(status), 0);
    take_away(&map);
}

/* --- undone by the living ------------------------------------------------------------------------------- */

static void who_had_its_tokens_undone_and_goes_on_is_alive(void)
{
    alone();
    strait_os_map map = made_map(&place, 500, 0);
    strait_os_identity *who = map.base; /* the child's */
    int ends[2], status;
    char word = '0';
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        strait_os_map own;
        bool held = strait_os_map_open(&place, true, 1, 0, &own, &cause) == STRAIT_OK &&
                    strait_os_token_hold(&own, &place, 1, &cause) == STRAIT_OK;
        strait_os_self(own.base);
        (void)!write(ends[1], held && unshare(CLONE_SYSVSEM) == 0 ? "1" : "0", 1);
        for (;;) {
            pause();
        }
    }
    assert_int_equal(read(ends[0], &word, 1), 1);
    assert_int_equal(word, '1');
    assert_int_equal(strait_os_token_test(&map, &place, 1, who), STRAIT_OS_TOKEN_HELD);
    assert_int_equal(strait_os_token_test(&map, &place, 2, who),
                     STRAIT_OS_TOKEN_FREE); /* it never had that */
    assert_int_equal(kill(child, SIGKILL), 0);
    siginfo_t ended;
    assert_int_equal(waitid(P_PID, (id_t)child, &ended, WEXITED | WNOWAIT), 0);
    assert_int_equal(strait_os_token_test(&map, &place, 1, who), STRAIT_OS_TOKEN_FREE); /* a zombie */
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(strait_os_token_test(&map, &place, 1, who), STRAIT_OS_TOKEN_FREE);
    take_away(&map);
}

/* --- programs ------------------------------------------------------------------------------------------- */

static void a_token_of_another_copy_of_the_library_in_this_program_is_not_taken_for_left_over(void)
{
    alone();
    strait_os_map map = made_map(&place, 500, 0);
    strait_sysv_hand theirs = {.token = -1}, ours = {.token = -1}; /* no copy knows another's hands */
    int set = strait_sysv_set_need(&strait_sysv_hand_of(&map)->view, 0, &cause);
    assert_true(set >= 0);
    assert_int_equal(strait_sysv_take_token(&theirs, set, 5, &cause), STRAIT_OK);
    assert_int_equal(strait_sysv_take_token(&ours, set, 5, &cause), STRAIT_BUSY);
    strait_os_map found = opened_map(&place, true); /* nor is it given back by opening */
    assert_int_equal(strait_os_token_test(&map, &place, 5, NULL), STRAIT_OS_TOKEN_HELD);
    strait_os_map_close(&found);
    take_away(&map);
}

static void a_program_that_opens_again_after_exec_gives_back_what_the_former_one_held(void)
{
    alone();
    strait_os_map map = made_map(&place, 65536, 0);
    actor *a = actor_start(), *b = actor_start();
    assert_int_equal(ask(a, "open 0 named %s rw", place.name), STRAIT_OK);
    assert_int_equal(ask(a, "hold 0 40"), STRAIT_OK); /* in a set of its own */
    assert_int_equal(ask(a, "execute"), 0);
    tell(a, "epoch");
    if (!actor_answers_within(a, 10000)) {
        suite_skip("this program cannot execute itself here");
    }
    assert_int_equal(ask(a, "open 0 named %s rw", place.name), STRAIT_OK);
    assert_int_equal(strait_os_token_test(&map, &place, 40, NULL), STRAIT_OS_TOKEN_FREE);
    assert_int_equal(ask(b, "open 0 named %s rw", place.name), STRAIT_OK);
    assert_int_equal(ask(b, "hold 0 40"), STRAIT_OK); /* and another may have it */
    assert_int_equal(ask(a, "hold 0 41"), STRAIT_OK);
    assert_int_equal(strait_os_token_test(&map, &place, 40, NULL), STRAIT_OS_TOKEN_HELD);
    actor_kill(a); /* what it gave back is not undone a second time */
    actor_bury(a);
    assert_int_equal(strait_os_token_test(&map, &place, 40, NULL), STRAIT_OS_TOKEN_HELD);
    assert_int_equal(strait_os_token_test(&map, &place, 41, NULL), STRAIT_OS_TOKEN_FREE);
    actor_kill(b);
    actor_bury(b);
    assert_int_equal(strait_os_token_test(&map, &place, 40, NULL), STRAIT_OS_TOKEN_FREE);
    take_away(&map);
}

CONFORMANCE(sysv_token, TEST(who_went_to_another_ipc_name_space_judges_nobody_by_what_it_finds_there),
            TEST(a_pid_of_another_name_space_is_not_looked_up_in_ours),
            TEST(who_had_its_tokens_undone_and_goes_on_is_alive),
            TEST(a_token_of_another_copy_of_the_library_in_this_program_is_not_taken_for_left_over),
            TEST(a_program_that_opens_again_after_exec_gives_back_what_the_former_one_held))
