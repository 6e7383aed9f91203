/* actor_unix_words.c - the words of an actor that only Unix has: closing, forking, executing, losing the
 * first thread, becoming somebody else.
 */
#define _GNU_SOURCE 1
#include "actor.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#ifdef __linux__
#include <sys/syscall.h>
#endif
#include <sys/wait.h>
#include <unistd.h>

static int close_all(char **w)
{
    (void)w;
    for (int i = 0; i < 1024; i++) {
        if (i != ACTOR_CHANNEL) {
            close(i);
        }
    }
    return 0;
}

/* True once the first thread is no more: its entry says so as long as others run. */
static bool leader_has_ended(void)
{
    char path[64], line[512];
    snprintf(path, sizeof path, "/proc/self/task/%ld/stat", (long)getpid());
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = file < 0 ? 0 : read(file, line, sizeof line - 1);
    close(file);
    if (length <= 0) {
        return true;
    }
    line[length] = '\0';
    const char *end = strrchr(line, ')');
    return end != NULL && end[1] == ' ' && (end[2] == 'Z' || end[2] == 'X');
}

static void *go_on_alone(void *unused)
{
    while (!leader_has_ended()) {
        sched_yield();
    }
    (void)!write(ACTOR_CHANNEL, "0\n", 2);
    return actor_play(unused);
}

/* The system call, not pthread_exit, where that is known: sanitizers would wait for the thread. */
static int end_leader(char **w)
{
    (void)w;
    pthread_t other;
    int rc = pthread_create(&other, NULL, go_on_alone, NULL);
    if (rc == 0) {
#ifdef __linux__
        syscall(SYS_exit, 0);
#else
        pthread_exit(NULL);
#endif
    }
    return rc;
}

/* The child does nothing but live; it goes with its test's process group. */
static int fork_idle(char **w)
{
    (void)w;
    pid_t child = fork();
    if (child == 0) {
        for (;;) {
            pause();
        }
    }
    return (int)child;
}

/* 1 if a forked child has an epoch of its own, and ours stays as it is. */
static int fork_epoch(char **w)
{
    (void)w;
    uint64_t before = strait_os_process_epoch();
    int ends[2];
    if (pipe(ends) != 0) {
        return -1;
    }
    pid_t child = fork();
    if (child == 0) {
        uint64_t mine = strait_os_process_epoch();
        (void)!write(ends[1], &mine, sizeof mine);
        _exit(0);
    }
    uint64_t theirs = 0;
    bool heard = read(ends[0], &theirs, sizeof theirs) == (ssize_t)sizeof theirs;
    close(ends[0]);
    close(ends[1]);
    waitpid(child, NULL, 0);
    return heard && theirs != 0 && theirs != before && before == strait_os_process_epoch();
}

/* fork-close SLOT: a forked child closes its copy of the map; 0 if it lived through that */
static int fork_close(char **w)
{
    pid_t child = fork();
    if (child == 0) {
        strait_os_map_close(&actor_slots[atoi(w[1]) % ACTOR_SLOTS].map);
        _exit(7);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 7 ? 0 : -1;
}

static int execute_again(char **w)
{
    (void)w;
    fcntl(ACTOR_CHANNEL, F_SETFD, 0);
    (void)!write(ACTOR_CHANNEL, "0\n", 2);
    execl(actor_path, actor_path, "--play-actor", (char *)NULL);
    _exit(127);
}

static int become_user(char **w)
{
    return setgid((gid_t)atoi(w[1])) == 0 && setuid((uid_t)atoi(w[1])) == 0 ? 0 : -errno;
}

static int set_umask(char **w)
{
    return (int)umask((mode_t)strtoul(w[1], NULL, 8));
}

static int limit_files(char **w)
{
    struct rlimit limit = {(rlim_t)atoi(w[1]), (rlim_t)atoi(w[1])};
    return setrlimit(RLIMIT_NOFILE, &limit);
}

static bool same(const char *word, const char *other)
{
    return strcmp(word, other) == 0;
}

bool actor_obey_system(char **words, int count, char *reply, size_t room)
{
    static const struct {
        const char *word;
        int words;
        int (*obey)(char **w);
    } known[] = {
        {"close-all", 1, close_all},   {"end-leader", 1, end_leader}, {"fork-idle", 1, fork_idle},
        {"fork-epoch", 1, fork_epoch}, {"fork-close", 2, fork_close}, {"execute", 1, execute_again},
        {"user", 2, become_user},      {"umask", 2, set_umask},       {"limit-files", 2, limit_files}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (same(words[0], known[i].word) && count == known[i].words) {
            snprintf(reply, room, "%d\n", known[i].obey(words));
            return true;
        }
    }
    return false;
}
