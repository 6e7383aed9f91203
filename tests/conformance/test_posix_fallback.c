/* test_posix_fallback.c - systems that lack something, played by refusing system calls (seccomp) to the
 * test's own process and its actors: the promises of os.h hold all the same, or the refusal is said.
 */
#define _GNU_SOURCE 1
#include "actor.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define UNNAMED_FLAG 020000000u /* O_TMPFILE without O_DIRECTORY */

static strait_os_cause cause;

/* From here on a system call answers with an error: always, or only if an argument is a value (or has its
 * bits). */
static void refuse(long call, int argument, uint32_t value, bool bits, int error)
{
    uint16_t test = bits ? BPF_JMP | BPF_JSET | BPF_K : BPF_JMP | BPF_JEQ | BPF_K;
    uint32_t where =
        (uint32_t)offsetof(struct seccomp_data, args) + (uint32_t)(argument < 0 ? 0 : argument) * 8;
    struct sock_filter steps[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)call, 0, (uint8_t)(argument < 0 ? 1 : 3)),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, where),
        BPF_JUMP(test, value, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (uint32_t)error),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    if (argument < 0) { /* the number alone decides */
        steps[2] = steps[4];
        steps[3] = steps[5];
    }
    struct sock_fprog program = {.len = sizeof steps / sizeof steps[0], .filter = steps};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) != 0) {
        suite_skip("system calls cannot be refused here: %s", strerror(errno));
    }
}

static void refuse_unnamed_files(int error)
{
#ifdef SYS_open
    refuse(SYS_open, 1, UNNAMED_FLAG, true, error);
#endif
    refuse(SYS_openat, 2, UNNAMED_FLAG, true, error);
    int direct = open("/dev/shm", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (direct >= 0) {
        close(direct);
        suite_skip("system calls are not refused here");
    }
}

/* How many unfinished files of this name there are; the first one's path. */
static unsigned unfinished(const char *name, char *path, size_t room)
{
    char prefix[200];
    snprintf(prefix, sizeof prefix, ".strait-new.%s.", name);
    DIR *directory = opendir("/dev/shm");
    assert_non_null(directory);
    unsigned count = 0;
    for (const struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        if (strncmp(entry->d_name, prefix, strlen(prefix)) == 0) {
            if (count == 0 && path != NULL) {
                snprintf(path, room, "/dev/shm/%s", entry->d_name);
            }
            count++;
        }
    }
    closedir(directory);
    return count;
}

static void make_and_publish(const char *name)
{
    strait_os_place place = named(name);
    strait_os_map map, other;
    assert_int_equal(strait_os_map_create(&place, 5000, 0640, 0, &map, &cause), STRAIT_OK);
    assert_int_equal(unfinished(name, NULL, 0), 1);
    assert_int_equal(strait_os_token_test(&map, &place, 0, NULL), STRAIT_OS_TOKEN_HELD);
    assert_int_equal(strait_os_map_open(&place, true, 1, 0, &other, &cause), STRAIT_NOT_FOUND);
    assert_true(strait_os_sweep(&cause) >= 0); /* its maker lives */
    assert_int_equal(unfinished(name, NULL, 0), 1);
    assert_int_equal(strait_os_map_publish(&map, &place, &cause), STRAIT_OK);
    assert_int_equal(unfinished(name, NULL, 0), 0);
    strait_os_map_status status;
    assert_int_equal(strait_os_map_stat(&map, &place, &status, &cause), STRAIT_OK);
    assert_true(status.bytes == 5000 && status.mode == 0640 && status.linked);
    other = opened_map(&place, true);
    assert_true(other.file == map.file);
    assert_int_equal(strait_os_token_test(&other, &place, 0, NULL), STRAIT_OS_TOKEN_HELD);
    strait_os_map_close(&other);
    assert_int_equal(strait_os_map_create(&place, 5000, 0600, 0, &other, &cause), STRAIT_OK);
    assert_int_equal(strait_os_map_publish(&other, &place, &cause), STRAIT_EXISTS);
    strait_os_map_close(&other); /* the loser leaves nothing */
    assert_int_equal(unfinished(name, NULL, 0), 0);
    assert_int_equal(strait_os_map_evict(&map, &place, &cause), STRAIT_OK);
    strait_os_map_close(&map);
}

static void without_unnamed_files_a_map_is_made_all_the_same(void)
{
    refuse_unnamed_files(EOPNOTSUPP);
    make_and_publish(own_name("fallback"));
}

static void kernels_that_do_not_know_unnamed_files_say_so_in_their_own_ways(void)
{
    refuse_unnamed_files(EISDIR);
    make_and_publish(own_name("eisdir"));
}

static void a_sweep_where_nobody_died_takes_nothing(void)
{
    const char *name = own_name("alive");
    actor *a = actor_start();
    assert_int_equal(ask(a, "create 0 named %s 5000 0600 0", name), STRAIT_OK);
    assert_true(strait_os_sweep(&cause) >= 0);
    assert_int_equal(ask(a, "publish 0"), STRAIT_OK);
    assert_true(strait_os_sweep(&cause) >= 0);
    strait_os_place place = named(name);
    strait_os_map map = opened_map(&place, true);
    assert_int_equal(strait_os_token_test(&map, &place, 0, NULL), STRAIT_OS_TOKEN_HELD);
    strait_os_map_close(&map);
}

static void a_map_that_is_given_up_takes_its_unfinished_name_along(void)
{
    refuse_unnamed_files(EOPNOTSUPP);
    const char *name = own_name("given-up");
    strait_os_place place = named(name);
    strait_os_map map;
    unsigned descriptors = open_descriptors();
    assert_int_equal(strait_os_map_create(&place, 5000, 0600, 0, &map, &cause), STRAIT_OK);
    strait_os_map_close(&map);
    assert_int_equal(strait_os_map_create(&place, UINT64_C(1) << 46, 0600, 0, &map, &cause),
                     sizeof(size_t) == 8 ? STRAIT_NO_SPACE : STRAIT_NO_MEMORY);
    assert_int_equal(unfinished(name, NULL, 0), 0);
    assert_int_equal(open_descriptors(), descriptors);
}

static void what_a_killed_maker_leaves_is_swept_and_a_living_ones_work_is_not(void)
{
    refuse_unnamed_files(EOPNOTSUPP);
    const char *dead_name = own_name("dead"), *living_name = own_name("living"),
               *stopped_name = own_name("stopped");
    actor *dead = actor_start(), *living = actor_start(), *stopped = actor_start();
    assert_int_equal(ask(dead, "create 0 named %s 5000 0600 0", dead_name), STRAIT_OK);
    assert_int_equal(ask(living, "create 0 named %s 5000 0600 0", living_name), STRAIT_OK);
    assert_int_equal(ask(stopped, "create 0 named %s 5000 0600 0", stopped_name), STRAIT_OK);
    actor_stop(stopped);
    actor_kill(dead);
    actor_bury(dead);
    assert_true(strait_os_sweep(&cause) >= 0); /* or somebody else on this machine was faster */
    assert_int_equal(unfinished(dead_name, NULL, 0), 0);
    assert_int_equal(unfinished(living_name, NULL, 0), 1);
    assert_int_equal(unfinished(stopped_name, NULL, 0), 1);
    actor_continue(stopped);
    assert_int_equal(ask(stopped, "publish 0"), STRAIT_OK);
    assert_int_equal(ask(living, "publish 0"), STRAIT_OK);
    strait_os_place place = named(living_name);
    strait_os_map map = opened_map(&place, true);
    strait_os_map_close(&map);
}

static void a_name_left_over_between_two_steps_goes_and_the_finished_map_stays(void)
{
    refuse_unnamed_files(EOPNOTSUPP);
    const char *name = own_name("two-names");
    char from[400], to[400];
    actor *a = actor_start();
    assert_int_equal(ask(a, "create 0 named %s 5000 0600 0", name), STRAIT_OK);
    assert_int_equal(unfinished(name, from, sizeof from), 1);
    snprintf(to, sizeof to, "/dev/shm/strait.%s", name);
    assert_int_equal(link(from, to), 0); /* where a maker stands that is killed between link and unlink */
    actor_kill(a);
    actor_bury(a);
    assert_true(strait_os_sweep(&cause) >= 0);
    assert_int_equal(unfinished(name, NULL, 0), 0);
    strait_os_place place = named(name);
    strait_os_map map = opened_map(&place, true);
    assert_int_equal(map.bytes, 5000);
    strait_os_map_close(&map);
}

static void a_sweep_never_disturbs_a_maker_at_any_moment_of_its_work(void)
{
    refuse_unnamed_files(EOPNOTSUPP);
    actor *makers[3];
    for (unsigned i = 0; i < 3; i++) {
        char tag[16];
        snprintf(tag, sizeof tag, "busy-%u", i);
        makers[i] = actor_start();
        tell(makers[i], "make 0 named %s 2000", own_name(tag));
    }
    for (unsigned working = 3; working > 0;) {
        assert_true(strait_os_sweep(&cause) >= 0);
        for (unsigned i = 0; i < 3; i++) {
            if (makers[i] != NULL && actor_answers_within(makers[i], 0)) {
                if (makers[i]->value[0] != 0) {
                    fail_msg("a living maker was disturbed: %s",
                             strait_result_name((int)makers[i]->value[0]));
                }
                makers[i] = NULL;
                working--;
            }
        }
    }
}

static void without_a_watch_on_the_directory_a_name_is_still_waited_for(void)
{
    refuse(SYS_inotify_init1, -1, 0, false, EMFILE);
    strait_os_place place = named(own_name("polled"));
    actor *a = actor_start();
    tell(a, "await named %s 10000", place.name);
    assert_false(actor_answers_within(a, 30));
    strait_os_map map = made_map(&place, 4096, 0);
    assert_int_equal(answer(a), 0);
    uint64_t deadline = strait_os_now_ns() + 20000000;
    int rc = 0;
    while (rc == 0) {
        rc = strait_os_name_wait(&place, &map, deadline, &cause);
    }
    assert_int_equal(rc, STRAIT_TIMED_OUT);
    assert_true(strait_os_now_ns() >= deadline);
    strait_os_map_close(&map);
}

static void where_barriers_are_forbidden_joining_says_so(void)
{
    refuse(SYS_membarrier, -1, 0, false, ENOSYS);
    assert_false(strait_os_barrier_join());
    assert_false(strait_os_barrier());
    actor *a = actor_start();
    assert_int_equal(ask(a, "barrier"), 0);
}

static void a_file_system_without_locks_on_descriptions_is_refused_and_nothing_is_left(void)
{
#ifdef SYS_fcntl64
    refuse(SYS_fcntl64, 1, F_OFD_SETLK, false, EINVAL);
#else
    refuse(SYS_fcntl, 1, F_OFD_SETLK, false, EINVAL);
#endif
    strait_os_place place = named(own_name("lockless"));
    strait_os_map map;
    unsigned descriptors = open_descriptors();
    assert_int_equal(strait_os_map_create(&place, 4096, 0600, 0, &map, &cause), STRAIT_UNSUPPORTED);
    assert_int_equal(open_descriptors(), descriptors);
    assert_int_equal(strait_os_map_create(&place, 4096, 0600, STRAIT_OS_NO_TOKEN, &map, &cause), STRAIT_OK);
    assert_int_equal(strait_os_map_publish(&map, &place, &cause), STRAIT_OK);
    strait_os_map other = opened_map(&place, true);
    assert_int_equal(strait_os_token_hold(&other, &place, 1, &cause), STRAIT_UNSUPPORTED);
    strait_os_map_close(&other);
    strait_os_map_close(&map);
    assert_int_equal(open_descriptors(), descriptors);
}

static void where_tokens_cannot_be_asked_only_facts_about_the_process_count(void)
{
    strait_os_place place = named(own_name("unasked"));
    strait_os_map map = made_map(&place, 4096, 0);
#ifdef SYS_fcntl64
    refuse(SYS_fcntl64, 1, F_OFD_GETLK, false, EINVAL);
#else
    refuse(SYS_fcntl, 1, F_OFD_GETLK, false, EINVAL);
#endif
    actor *a = actor_start();
    strait_os_identity who;
    strait_os_self(&who);
    (void)ask(a, "self");
    who.pid = (uint32_t)a->value[0];
    who.start = (uint64_t)a->value[1];
    assert_int_equal(strait_os_token_test(&map, &place, 1, NULL), STRAIT_OS_TOKEN_UNKNOWN);
    assert_int_equal(strait_os_token_test(&map, &place, 1, &who), STRAIT_OS_TOKEN_HELD);
    actor_stop(a);
    assert_int_equal(strait_os_token_test(&map, &place, 1, &who), STRAIT_OS_TOKEN_HELD);
    actor_continue(a);
    strait_os_identity stranger = who;
    stranger.pid_namespace++;
    assert_int_equal(strait_os_token_test(&map, &place, 1, &stranger), STRAIT_OS_TOKEN_UNKNOWN);
    stranger = who;
    stranger.start += 1000000; /* the number is somebody else's by now */
    assert_int_equal(strait_os_token_test(&map, &place, 1, &stranger), STRAIT_OS_TOKEN_FREE);
    stranger.start = 0;
    assert_int_equal(strait_os_token_test(&map, &place, 1, &stranger), STRAIT_OS_TOKEN_UNKNOWN);
    actor_kill(a);
    while (!actor_ended(a)) {
    }
    assert_int_equal(strait_os_token_test(&map, &place, 1, &who),
                     STRAIT_OS_TOKEN_FREE); /* a zombie is dead */
    actor_bury(a);
    assert_int_equal(strait_os_token_test(&map, &place, 1, &who), STRAIT_OS_TOKEN_FREE);
    strait_os_map_close(&map);
}

CONFORMANCE(posix_fallback, CLEAN(without_unnamed_files_a_map_is_made_all_the_same),
            CLEAN(kernels_that_do_not_know_unnamed_files_say_so_in_their_own_ways),
            CLEAN(a_sweep_where_nobody_died_takes_nothing),
            CLEAN(a_map_that_is_given_up_takes_its_unfinished_name_along),
            CLEAN(what_a_killed_maker_leaves_is_swept_and_a_living_ones_work_is_not),
            CLEAN(a_name_left_over_between_two_steps_goes_and_the_finished_map_stays),
            CLEAN_WITHIN(90, a_sweep_never_disturbs_a_maker_at_any_moment_of_its_work),
            CLEAN(without_a_watch_on_the_directory_a_name_is_still_waited_for),
            CLEAN(where_barriers_are_forbidden_joining_says_so),
            CLEAN(a_file_system_without_locks_on_descriptions_is_refused_and_nothing_is_left),
            CLEAN(where_tokens_cannot_be_asked_only_facts_about_the_process_count))
