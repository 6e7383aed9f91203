/* peer_unix.c - verbs that only Unix knows: ways to die, to stop, to lose descriptors or the first
 * thread, to become somebody else. Those that make further processes or name spaces stand in peer_fork.c. */
#define _GNU_SOURCE 1
#include "peer_unix.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/prctl.h>
#endif

/* A test that fails leaves no peer behind, not even a stopped one. */
void peer_die_with_parent(void)
{
#ifdef PR_SET_PDEATHSIG
    prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
}

void peer_system_begin(void)
{
    signal(SIGPIPE, SIG_IGN);
    peer_die_with_parent();
}

void peer_no_errno(peer *self, const char *call)
{
    int code = errno;
    peer_no_because(self, "ERRNO", "%s: %s", call, strerror(code));
}

long peer_integer(const peer_command *command, int n, long otherwise)
{
    const char *text = peer_argument(command, n);
    return text == NULL ? otherwise : strtol(text, NULL, 0);
}

void peer_await_hangup(void)
{
    struct pollfd input = {.fd = STDIN_FILENO, .events = 0};
    while (poll(&input, 1, -1) < 0 && errno == EINTR) {
    }
}

static void die(peer *self, const peer_command *command)
{
    (void)self;
    (void)command;
    kill(getpid(), SIGKILL);
}

static void stop(peer *self, const peer_command *command)
{
    (void)self;
    (void)command;
    peer_ok("%s", "");
    raise(SIGSTOP);
}

static void catch_it(int number)
{
    (void)number;
}

/* catch SIGNAL: has a handler for it that does nothing and restarts nothing. */
static void catch_signal(peer *self, const peer_command *command)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = catch_it;
    if (sigaction((int)peer_integer(command, 0, SIGUSR1), &action, NULL) != 0) {
        peer_no_errno(self, "sigaction");
    } else {
        peer_ok("%s", "");
    }
}

/* closefrom N: closes every descriptor from N on, as daemons do; says how many were open. */
static void close_from(peer *self, const peer_command *command)
{
    (void)self;
    int closed = 0;
    for (int fd = (int)peer_integer(command, 0, 3); fd < 4096; fd++) {
        closed += close(fd) == 0;
    }
    peer_ok("%d", closed);
}

static void *converse_in_thread(void *context)
{
    peer *self = context;
    peer_ok("%s", "");
    peer_converse(self);
    for (int i = 0; i < PEER_HANDLES; i++) {
        strait_segment_close(self->handles[i]);
    }
    exit(0);
}

/* The first thread ends; another one goes on with the conversation. */
static void leader_exit(peer *self, const peer_command *command)
{
    (void)command;
    pthread_t thread;
    if (pthread_create(&thread, NULL, converse_in_thread, self) != 0) {
        peer_no_errno(self, "pthread_create");
        return;
    }
    pthread_exit(NULL);
}

static void set_umask(peer *self, const peer_command *command)
{
    (void)self;
    const char *text = peer_argument(command, 0);
    peer_ok("%04o", (unsigned)umask((mode_t)strtoul(text == NULL ? "022" : text, NULL, 8)));
}

/* become UID: for good, all of it. Linux forgets the parent-death signal then, so it is asked for anew. */
static void become(peer *self, const peer_command *command)
{
    long user = peer_integer(command, 0, 65534);
    if (setgroups(0, NULL) != 0 || setgid((gid_t)user) != 0 || setuid((uid_t)user) != 0) {
        peer_no_errno(self, "setuid");
        return;
    }
    peer_die_with_parent();
    peer_ok("%ld", (long)getuid());
}

/* receive-descriptor SOCKET -> the descriptor that arrives there. */
static void receive_descriptor(peer *self, const peer_command *command)
{
    char byte;
    struct iovec piece = {.iov_base = &byte, .iov_len = 1};
    union {
        struct cmsghdr head;
        char room[CMSG_SPACE(sizeof(int))];
    } control;
    memset(&control, 0, sizeof control);
    struct msghdr message = {
        .msg_iov = &piece, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    if (recvmsg((int)peer_integer(command, 0, 3), &message, 0) != 1) {
        peer_no_errno(self, "recvmsg");
        return;
    }
    struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    if (head == NULL || head->cmsg_type != SCM_RIGHTS) {
        peer_no_because(self, "NO_RIGHTS", "no descriptor came with the message");
        return;
    }
    int fd;
    memcpy(&fd, CMSG_DATA(head), sizeof fd);
    peer_ok("descriptor=%d", fd);
}

/* try-write DESCRIPTOR: what a peer that was handed this descriptor can do to it behind Strait's back. */
static void try_write(peer *self, const peer_command *command)
{
    int fd = (int)peer_integer(command, 0, -1);
    void *mapping = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    bool mapped = mapping != MAP_FAILED;
    if (mapped) {
        munmap(mapping, 4096);
    }
    struct stat status;
    bool cut = fstat(fd, &status) == 0 && ftruncate(fd, status.st_size / 2) == 0;
    bool grown = ftruncate(fd, status.st_size * 2) == 0;
    (void)self;
    peer_ok("mapped=%d cut=%d grown=%d", mapped, cut, grown);
}

/* spawn-thread-open NAME bytes=: opens and closes a segment many times in another thread, as attachments
 * go on while somebody forks. Ends with the process. */
static void *open_and_close(void *context)
{
    char *name = context;
    for (;;) {
        strait_segment *segment = NULL;
        if (strait_segment_open(name, &(strait_segment_options){.bytes = 64}, &segment) == 0) {
            strait_segment_close(segment);
        }
    }
    return NULL;
}

static void attach_in_thread(peer *self, const peer_command *command)
{
    const char *name = peer_argument(command, 0);
    pthread_t thread;
    char *copy = strdup(name == NULL ? "" : name);
    if (copy == NULL || pthread_create(&thread, NULL, open_and_close, copy) != 0) {
        free(copy);
        peer_no_errno(self, "pthread_create");
        return;
    }
    pthread_detach(thread);
    peer_ok("%s", "");
}

const peer_verb peer_system_verbs[] = {
    {"die", "kills itself with SIGKILL; no answer", die},
    {"stop", "answers, then stops itself with SIGSTOP", stop},
    {"catch", "SIGNAL: with a handler that does nothing", catch_signal},
    {"closefrom", "N -> how many descriptors were open", close_from},
    {"leader-exit", "ends its first thread and goes on in another", leader_exit},
    {"umask", "OCTAL -> what it was", set_umask},
    {"become", "UID", become},
    {"receive-descriptor", "SOCKET -> descriptor=", receive_descriptor},
    {"try-write", "DESCRIPTOR -> mapped= cut= grown=", try_write},
    {"attach-in-thread", "NAME: opens and closes it in another thread, on and on", attach_in_thread},
    {"fork-check", "forks; the child tries the parent's handle, then opens NAME anew -> what it saw",
     peer_fork_check},
    {"fork-and-hold", "forks a child that keeps all it inherited and lives until the input ends -> its pid",
     peer_fork_and_hold},
    {"fork-many", "COUNT NAME: forks children that each open NAME anew -> how many got in", peer_fork_many},
    {"race", "COUNT NAME bytes=N: so many children open NAME all at once -> opened=", peer_race},
    {"vfork-and-hold", "PROGRAM ARGUMENT...: the same by posix_spawn -> its pid", peer_spawn_and_hold},
    {"zombie",
     "forks a child that opens NAME and kills itself, and does not reap it -> life of that child's record",
     peer_zombie},
    {"exec", "PROGRAM ARGUMENT...: becomes that program; no answer", peer_exec},
    {"await-hangup", "waits for the end of its input without reading it", peer_await_hangup_verb},
    {"enter-pid-namespace", "goes on in a new pid name space -> inner=PID seen from outside",
     peer_enter_pid_namespace},
    {"small-shm", "BYTES: sees a private /dev/shm of that size", peer_small_shm},
    {NULL, NULL, NULL},
};
