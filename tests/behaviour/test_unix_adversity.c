/* test_unix_adversity.c - what a hostile surrounding can do to a program that only opens and closes: signal
 * handlers that fork, cancelled threads, no descriptors left, several makers that together ask for more
 * than there is, another pid namespace, descriptors closed under us and used for other files. */
#define _GNU_SOURCE 1
#include "behaviour.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOT_HERE 77 /* what the scenario is about does not exist on this back end, or is not permitted */

/* Runs in a child of its own, since it changes what cannot be changed back; true if it returned 0 in time. */
static bool in_a_child(int (*run)(const char *name), const char *name)
{
    pid_t pid = fork();
    if (pid == 0) {
        alarm(60 * patience()); /* a deadlock ends here, and by a signal */
        _exit(run(name));
    }
    int status = -1;
    while (waitpid(pid, &status, 0) < 0) {
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_HERE) {
        SKIP("it has no meaning here, or is not permitted");
    }
    return status == 0;
}

/* --- signal handlers and cancellation ------------------------------------------------------------------- */

static volatile sig_atomic_t forks_made;
static int handled; /* a byte goes in for each signal that was handled */

static void fork_in_handler(int signal)
{
    (void)signal;
    pid_t pid = fork();
    if (pid == 0) {
        _exit(0);
    }
    while (pid > 0 && waitpid(pid, NULL, 0) < 0) {
    }
    forks_made++;
    (void)!write(handled, "", 1);
}

/* Another process sends the next signal when the last one is dealt with, so it can never outrun the
 * handler. */
static pid_t start_needling(pid_t whom)
{
    int answers[2];
    if (pipe(answers) != 0) {
        return -1;
    }
    handled = answers[1]; /* before the first signal can come */
    pid_t pid = fork();
    if (pid == 0) {
        char byte;
        close(answers[1]);
        do {
            if (kill(whom, SIGUSR1) != 0) {
                _exit(0);
            }
        } while (read(answers[0], &byte, 1) == 1); /* ends with the other process */
        _exit(0);
    }
    close(answers[0]);
    return pid;
}

static int open_while_a_handler_forks(const char *name)
{
    struct sigaction action = {.sa_handler = fork_in_handler, .sa_flags = SA_RESTART};
    sigaction(SIGUSR1, &action, NULL);
    if (start_needling(getpid()) < 0) {
        return 1;
    }
    for (int opens = 0; opens < 100 || forks_made < 100; opens++) {
        strait_segment *segment;
        if (strait_segment_open(name, &(strait_segment_options){.bytes = 64}, &segment) < 0) {
            return 1;
        }
        strait_segment_close(segment);
    }
    return 0;
}

SCENARIO(adversity, a_signal_handler_may_fork_in_the_midst_of_an_open)
{
    CHECK(in_a_child(open_while_a_handler_forks, scenario_name(0)));
}

static void *open_for_ever(void *name)
{
    for (;;) {
        strait_segment *segment;
        if (strait_segment_open(name, &(strait_segment_options){.bytes = 64}, &segment) == 0) {
            strait_segment_close(segment);
        }
        pthread_testcancel();
    }
    return NULL;
}

static int cancel_and_fork(const char *name)
{
    for (int i = 0; i < 50; i++) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, open_for_ever, (void *)(uintptr_t)name) != 0) {
            return 1;
        }
        sched_yield();
        pthread_cancel(thread);
        pthread_join(thread, NULL);
        pid_t pid = fork(); /* hangs if the cancelled thread left the guard locked */
        if (pid == 0) {
            _exit(0);
        }
        waitpid(pid, NULL, 0);
    }
    return 0;
}

SCENARIO(adversity, a_cancelled_thread_leaves_nothing_locked_for_fork)
{
    CHECK(in_a_child(cancel_and_fork, scenario_name(0)));
}

/* --- shortage ------------------------------------------------------------------------------------------- */

static int force_without_descriptors(const char *name)
{
    strait_segment *segment, *again;
    if (strait_segment_open(name, &(strait_segment_options){.bytes = 64}, &segment) < 0) {
        return 1;
    }
    int spare = open("/dev/null", O_RDONLY);
    close(spare);
    struct rlimit none = {.rlim_cur = (rlim_t)spare, .rlim_max = (rlim_t)spare};
    struct rlimit before;
    getrlimit(RLIMIT_NOFILE, &before);
    none.rlim_max = before.rlim_max;
    setrlimit(RLIMIT_NOFILE, &none);
    int opened = strait_segment_open(name, NULL, &again);
    int removed = strait_segment_remove(name, NULL, true);
    setrlimit(RLIMIT_NOFILE, &before);
    if (opened == 0) {
        return NOT_HERE; /* this back end needs no descriptors */
    }
    bool refused = opened == STRAIT_TOO_MANY_FILES && again == NULL && removed == STRAIT_TOO_MANY_FILES;
    if (!refused || strait_segment_status(segment) != 0) {
        return 2;
    }
    if (strait_segment_open(name, NULL, &again) < 0 || strait_segment_peers(again, NULL, 0) != 2) {
        return 3; /* it is not the same segment any more */
    }
    return 0;
}

SCENARIO(adversity, without_descriptors_nothing_is_opened_and_force_removes_nothing_that_lives)
{
    CHECK(in_a_child(force_without_descriptors, scenario_name(0)));
}

SCENARIO(adversity, of_many_makers_for_which_there_is_not_enough_together_one_gets_it_and_the_others_attach)
{
    child *first = peer_start();
    const char *answer = child_ask(first, "small-shm 8m");
    if (strncmp(answer, "ok", 2) != 0) {
        SKIP("%s", answer);
    }
    for (unsigned round = 0; round < 10; round++) {
        answer = child_ask(first, "race 4 %s bytes=5000000", scenario_name(round));
        CHECK_TEXT(answer, "ok opened=4");
        CHECK_TEXT(child_ask(first, "remove %s", scenario_name(round)), "ok");
    }
}

/* --- somewhere else ------------------------------------------------------------------------------------- */

/* In a new pid namespace that still sees the old /proc, with every descriptor gone and no name to reopen:
 * pids there mean something else, so nothing may be concluded from them. */
static int judge_from_another_namespace(const char *name)
{
    (void)name;
    strait_segment *mine, *theirs;
    int handed;
    const strait_segment_options unnamed = {.bytes = 64, .backing = STRAIT_ANONYMOUS};
    int rc = strait_segment_open(NULL, &unnamed, &mine);
    if (rc == STRAIT_UNSUPPORTED) {
        return NOT_HERE;
    }
    if (rc < 0 || strait_segment_descriptor(mine, STRAIT_BOTH, &handed) < 0) {
        return 1;
    }
#ifdef CLONE_NEWPID
    if (unshare(CLONE_NEWUSER | CLONE_NEWPID) != 0 && unshare(CLONE_NEWPID) != 0) {
        return NOT_HERE;
    }
#else
    return NOT_HERE;
#endif
    pid_t pid = fork();
    if (pid == 0) {
        const strait_segment_options taken = {.backing = STRAIT_DESCRIPTOR, .descriptor = handed};
        if (strait_segment_open(NULL, &taken, &theirs) < 0) {
            _exit(2);
        }
        for (int i = 3; i < 64; i++) {
            close(i);
        }
        strait_peer peers[4];
        int count = strait_segment_peers(theirs, peers, 4);
        for (int i = 0; i < count; i++) {
            if (peers[i].life == STRAIT_DEAD) {
                _exit(3);
            }
        }
        _exit(count == 2 && strait_segment_reap(theirs) == 0 ? 0 : 4);
    }
    int status = 1;
    waitpid(pid, &status, 0);
    return status == 0 && strait_segment_peers(mine, NULL, 0) == 2 ? 0 : 5;
}

SCENARIO(adversity, a_pid_that_means_something_else_here_proves_nothing)
{
    CHECK(in_a_child(judge_from_another_namespace, scenario_name(0)));
}

static int reuse_our_descriptors(const char *name)
{
    strait_segment *segment;
    const strait_segment_options options = {.bytes = 64, .lifetime = STRAIT_UNTIL_LAST_LEAVES};
    if (strait_segment_open(name, &options, &segment) < 0) {
        return 1;
    }
    for (int i = 3; i < 64; i++) {
        close(i);
    }
    int files[61];
    for (int i = 0; i < 61; i++) {
        files[i] = open("/dev/null", O_RDONLY);
    }
    strait_peer peer;
    if (strait_segment_peers(segment, &peer, 1) != 1 || peer.life != STRAIT_ALIVE) {
        return 2;
    }
    pid_t pid = fork();
    if (pid == 0) {
        int lost = 0;
        for (int i = 0; i < 61; i++) {
            lost += files[i] >= 0 && fcntl(files[i], F_GETFD) < 0;
        }
        strait_segment_close(segment);
        for (int i = 0; i < 61; i++) {
            lost += files[i] >= 0 && fcntl(files[i], F_GETFD) < 0;
        }
        _exit(lost);
    }
    int status = 1;
    waitpid(pid, &status, 0);
    if (status != 0 || strait_segment_close(segment) != 0) {
        return 3;
    }
    for (int i = 0; i < 61; i++) {
        if (files[i] >= 0 && fcntl(files[i], F_GETFD) < 0) {
            return 4;
        }
    }
    return strait_segment_open(name, NULL, &segment) == STRAIT_NOT_FOUND ? 0 : 5;
}

SCENARIO(adversity, descriptors_that_became_the_programs_own_are_left_alone)
{
    CHECK(in_a_child(reuse_our_descriptors, scenario_name(0)));
}
