/* peer_fork.c - verbs that make further processes: fork, posix_spawn, exec, and new name spaces. A child
 * that is to outlive its parent waits for the end of the input that it inherited, so it ends with the
 * test whatever happens. */
#define _GNU_SOURCE 1
#include "peer_unix.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* What a child may do with a handle of its parent's: nothing, and it is told so. Each letter is one call
 * that did not answer as promised. */
static void try_inherited(strait_segment *segment, char *wrong)
{
    strait_segment_info info;
    strait_peer seen;
    strait_object object;
    int fd = -1;
    const strait_object_options eight = {.bytes = 8};
    struct {
        char letter;
        bool right;
    } calls[] = {
        {'s', strait_segment_status(segment) == STRAIT_FORKED},
        {'i', strait_segment_stat(segment, &info) == STRAIT_FORKED},
        {'p', strait_segment_peers(segment, &seen, 1) == STRAIT_FORKED},
        {'r', strait_segment_reap(segment) == STRAIT_FORKED},
        {'m', strait_segment_set_mode(segment, 0600) == STRAIT_FORKED},
        {'f', strait_segment_descriptor(segment, STRAIT_BOTH, &fd) == STRAIT_FORKED},
        {'o', strait_segment_place(segment, "x", &eight, &object) == STRAIT_FORKED},
        {'n', strait_segment_find(segment, "x", &object) == STRAIT_FORKED},
        {'d', strait_segment_data(segment) == NULL},
        {'b', strait_segment_bytes(segment) == 0},
    };
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        if (!calls[i].right) {
            *wrong++ = calls[i].letter;
        }
    }
    *wrong = '\0';
}

/* fork-check NAME -> what the child saw: the calls that did not say FORKED (none: "-"), whether it could
 * close its copy, whether it could open anew. */
void peer_fork_check(peer *self, const peer_command *command)
{
    strait_segment *segment = peer_segment(self);
    if (segment == NULL) {
        return;
    }
    int channel[2];
    pid_t child = pipe(channel) == 0 ? fork() : -1;
    if (child < 0) {
        peer_no_errno(self, "fork");
        return;
    }
    if (child == 0) {
        char wrong[16], text[200];
        try_inherited(segment, wrong);
        int closed = strait_segment_close(segment);
        strait_segment *anew = NULL;
        int rc = strait_segment_open(peer_argument(command, 0), NULL, &anew);
        int count = rc == 0 ? strait_segment_peers(anew, NULL, 0) : -1;
        snprintf(text, sizeof text, "wrong=%s closed=%s anew=%s peers=%d", *wrong == '\0' ? "-" : wrong,
                 strait_result_name(closed), strait_result_name(rc), count);
        strait_segment_close(anew);
        ssize_t written = write(channel[1], text, strlen(text));
        _exit(written > 0 ? 0 : 1);
    }
    close(channel[1]);
    char text[200];
    ssize_t length = read(channel[0], text, sizeof text - 1);
    close(channel[0]);
    int status = 0;
    waitpid(child, &status, 0);
    if (length <= 0 || status != 0) {
        peer_no_because(self, "CHILD", "it ended with status %d", status);
        return;
    }
    text[length] = '\0';
    peer_ok("%s", text);
}

void peer_fork_and_hold(peer *self, const peer_command *command)
{
    (void)command;
    pid_t child = fork();
    if (child < 0) {
        peer_no_errno(self, "fork");
    } else if (child == 0) {
        close(STDOUT_FILENO);
        peer_await_hangup();
        _exit(0);
    } else {
        peer_ok("%ld", (long)child);
    }
}

/* fork-many COUNT NAME: each child opens the segment anew while other threads of the parent may be in the
 * midst of opening; a lock left locked by fork would hang here. */
void peer_fork_many(peer *self, const peer_command *command)
{
    long count = peer_integer(command, 0, 1), good = 0;
    for (long i = 0; i < count; i++) {
        pid_t child = fork();
        if (child < 0) {
            peer_no_errno(self, "fork");
            return;
        }
        if (child == 0) {
            strait_segment *anew = NULL;
            const strait_segment_options options = {.bytes = 64};
            int rc = strait_segment_open(peer_argument(command, 1), &options, &anew);
            int closed = strait_segment_close(anew);
            if (rc != 0 || closed != 0) {
                fprintf(stderr, "%s\n", strait_last_error());
            }
            _exit(rc == 0 && closed == 0 ? 0 : 1);
        }
        int status = -1;
        waitpid(child, &status, 0);
        good += status == 0;
    }
    peer_ok("%ld", good);
}

/* One of those that race: waits at the gate, opens, closes. */
static int racer(const peer_command *command, int gate)
{
    char byte;
    strait_segment *segment = NULL;
    const strait_segment_options options = {.bytes = peer_number(command, "bytes", 64)};
    while (read(gate, &byte, 1) < 0) {
    }
    int rc = strait_segment_open(peer_argument(command, 1), &options, &segment);
    if (rc != 0) {
        fprintf(stderr, "%s\n", strait_last_error());
    }
    int closed = strait_segment_close(segment);
    return rc == 0 && closed == 0 ? 0 : 1;
}

void peer_race(peer *self, const peer_command *command)
{
    long count = peer_integer(command, 0, 2), good = 0;
    int gate[2];
    if (pipe(gate) != 0) {
        peer_no_errno(self, "pipe");
        return;
    }
    for (long i = 0; i < count; i++) {
        pid_t child = fork();
        if (child == 0) {
            close(gate[1]);
            _exit(racer(command, gate[0]));
        }
    }
    close(gate[0]);
    close(gate[1]); /* the gate opens for all at once */
    for (long i = 0; i < count; i++) {
        int status = -1;
        while (wait(&status) < 0 && errno == EINTR) {
        }
        good += status == 0;
    }
    peer_ok("opened=%ld", good);
}

void peer_spawn_and_hold(peer *self, const peer_command *command)
{
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    char *arguments[PEER_WORDS_MAX + 1] = {NULL};
    for (int i = 1; i < command->count; i++) {
        arguments[i - 1] = command->word[i];
    }
    pid_t child = 0;
    int code = posix_spawn(&child, arguments[0], &actions, NULL, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (code != 0) {
        errno = code;
        peer_no_errno(self, "posix_spawn");
    } else {
        peer_ok("%ld", (long)child);
    }
}

/* The child of this peer dies attached and stays a zombie, since nobody waits for it. waitid looks
 * without reaping. */
void peer_zombie(peer *self, const peer_command *command)
{
    strait_segment *segment = peer_segment(self);
    if (segment == NULL) {
        return;
    }
    pid_t child = fork();
    if (child < 0) {
        peer_no_errno(self, "fork");
        return;
    }
    if (child == 0) {
        strait_segment *anew = NULL;
        int rc = strait_segment_open(peer_argument(command, 0), NULL, &anew);
        if (rc != 0) {
            _exit(1);
        }
        kill(getpid(), SIGKILL);
    }
    siginfo_t end;
    if (waitid(P_PID, (id_t)child, &end, WEXITED | WNOWAIT) != 0 || end.si_code != CLD_KILLED) {
        peer_no_because(self, "CHILD", "it did not die attached");
        return;
    }
    static strait_peer seen[STRAIT_PARTICIPANTS_DEFAULT];
    int count = strait_segment_peers(segment, seen, STRAIT_PARTICIPANTS_DEFAULT);
    for (int i = 0; i < count; i++) {
        if (seen[i].pid == (uint32_t)child) {
            peer_ok("%s exists=%d", seen[i].life == STRAIT_DEAD ? "DEAD" : "ALIVE", kill(child, 0) == 0);
            return;
        }
    }
    peer_no_because(self, "ABSENT", "no record of process %ld", (long)child);
}

void peer_exec(peer *self, const peer_command *command)
{
    char *arguments[PEER_WORDS_MAX + 1] = {NULL};
    for (int i = 1; i < command->count; i++) {
        arguments[i - 1] = command->word[i];
    }
    execv(arguments[0] == NULL ? "" : arguments[0], arguments);
    peer_no_errno(self, "exec");
}

void peer_await_hangup_verb(peer *self, const peer_command *command)
{
    (void)command;
    peer_await_hangup();
    self->over = true;
}

#ifdef __linux__

static bool put(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    bool done = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
    if (fd >= 0) {
        close(fd);
    }
    return done;
}

/* Root makes the name spaces as it is; others become root of a user name space first. */
static bool unshare_as_root(int spaces)
{
    uid_t user = geteuid();
    gid_t group = getegid();
    if (user == 0 && unshare(spaces) == 0) {
        return true;
    }
    char map[64];
    if (unshare(CLONE_NEWUSER | spaces) != 0) {
        return false;
    }
    put("/proc/self/setgroups", "deny");
    snprintf(map, sizeof map, "0 %lu 1", (unsigned long)group);
    put("/proc/self/gid_map", map);
    snprintf(map, sizeof map, "0 %lu 1", (unsigned long)user);
    return put("/proc/self/uid_map", map);
}

void peer_enter_pid_namespace(peer *self, const peer_command *command)
{
    (void)command;
    if (!unshare_as_root(CLONE_NEWPID)) {
        peer_no_errno(self, "unshare");
        return;
    }
    pid_t child = fork();
    if (child < 0) {
        peer_no_errno(self, "fork");
    } else if (child == 0) {
        peer_die_with_parent();
        memset(self->handles, 0, sizeof self->handles);
        peer_converse(self);
        self->over = true;
    } else {
        peer_ok("inner=%ld", (long)child);
        int status = 0;
        waitpid(child, &status, 0);
        _exit(0);
    }
}

void peer_small_shm(peer *self, const peer_command *command)
{
    const char *bytes = peer_argument(command, 0);
    char options[64];
    snprintf(options, sizeof options, "size=%s,mode=1777", bytes == NULL ? "1m" : bytes);
    if (!unshare_as_root(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("tmpfs", "/dev/shm", "tmpfs", 0, options) != 0) {
        peer_no_errno(self, "mount");
        return;
    }
    peer_ok("%s", "");
}

#else

void peer_enter_pid_namespace(peer *self, const peer_command *command)
{
    (void)command;
    peer_no_because(self, "UNSUPPORTED", "this system has no pid name spaces");
}

void peer_small_shm(peer *self, const peer_command *command)
{
    (void)command;
    peer_no_because(self, "UNSUPPORTED", "this system has no mount name spaces");
}

#endif
