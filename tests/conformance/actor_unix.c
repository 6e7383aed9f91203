/* actor_unix.c - actors as Unix processes: the same program executed again (or, under an emulator that
 * cannot do that, forked), with one end of a socket pair as its descriptor 3.
 */
#define _GNU_SOURCE 1
#include "actor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef MSG_CMSG_CLOEXEC
#define MSG_CMSG_CLOEXEC 0
#endif
#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0
#endif

#define ANSWER_MS 20000u
#define ACTORS_MAX 32

static actor actors[ACTORS_MAX];
static unsigned actor_count;
char actor_path[1024] = "/proc/self/exe";

/* --- the playing side ----------------------------------------------------------------------------------- */

/* One line from the channel, with a descriptor if one came along; false at its end. */
static bool hear_line(char *line, size_t room)
{
    size_t used = 0;
    for (;;) {
        union {
            char bytes[CMSG_SPACE(sizeof(int))];
            struct cmsghdr align;
        } control;
        struct iovec one = {line + used, 1};
        struct msghdr message = {.msg_iov = &one,
                                 .msg_iovlen = 1,
                                 .msg_control = control.bytes,
                                 .msg_controllen = sizeof control.bytes};
        ssize_t got = recvmsg(ACTOR_CHANNEL, &message, MSG_CMSG_CLOEXEC);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0 || used + 2 > room) {
            return false;
        }
        const struct cmsghdr *head = CMSG_FIRSTHDR(&message);
        if (head != NULL && head->cmsg_type == SCM_RIGHTS) {
            memcpy(&actor_given, CMSG_DATA(head), sizeof actor_given);
        }
        if (line[used] == '\n') {
            line[used] = '\0';
            return true;
        }
        used += line[used] != '\1'; /* a byte that only carries a descriptor */
    }
}

void *actor_play(void *unused)
{
    (void)unused;
    char line[2048], reply[256];
    signal(SIGSEGV, SIG_DFL); /* an actor that is told to do wrong ends at once, whoever watches it */
    signal(SIGBUS, SIG_DFL);
    while (hear_line(line, sizeof line)) {
        actor_obey(line, reply, sizeof reply);
        if (send(ACTOR_CHANNEL, reply, strlen(reply), MSG_NOSIGNAL) < 0) {
            break;
        }
    }
    _exit(0);
}

void actor_play_if_asked(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--play-actor") == 0) {
        actor_play(NULL);
    }
    if (argc > 0 &&
        access(actor_path, F_OK) != 0) { /* a system without /proc: ctest starts us by our whole path */
        (void)snprintf(actor_path, sizeof actor_path, "%s", argv[0]);
    }
}

/* --- the asking side ------------------------------------------------------------------------------------ */

static _Noreturn void begin_to_play(int end)
{
    dup2(end, ACTOR_CHANNEL);
    for (int i = ACTOR_CHANNEL + 1; i < 256; i++) {
        close(i);
    }
    fcntl(ACTOR_CHANNEL, F_SETFD, 0);
    execl(actor_path, actor_path, "--play-actor", (char *)NULL);
    actor_play(NULL); /* an emulated program cannot be executed: play here, in a plain child */
    _exit(127);
}

actor *actor_start(void)
{
    int ends[2];
    ssize_t length = readlink("/proc/self/exe", actor_path, sizeof actor_path - 1);
    if (length > 0) {
        actor_path[length] = '\0';
    }
    assert_true(actor_count < ACTORS_MAX);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    (void)fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    (void)fcntl(ends[1], F_SETFD, FD_CLOEXEC);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        begin_to_play(ends[1]);
    }
    close(ends[1]);
    actor *a = &actors[actor_count++];
    *a = (actor){.pid = child, .channel = ends[0]};
    (void)ask(a, "epoch"); /* it stands and listens */
    return a;
}

void tell(actor *a, const char *format, ...)
{
    char line[2048];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(line, sizeof line - 1, format, arguments);
    va_end(arguments);
    line[length++] = '\n';
    assert_int_equal(send(a->channel, line, (size_t)length, MSG_NOSIGNAL), length);
}

static bool hear_answer(actor *a, unsigned milliseconds)
{
    char text[256];
    size_t used = 0;
    uint64_t end = within_ms(milliseconds);
    while (used < sizeof text - 1) {
        struct pollfd waiting = {.fd = a->channel, .events = POLLIN};
        uint64_t now = strait_os_now_ns();
        int left = now >= end ? 0 : (int)((end - now) / 1000000 + 1);
        int ready = poll(&waiting, 1, left);
        if (ready < 0 && errno == EINTR) {
            continue;
        }
        if (ready <= 0 || read(a->channel, text + used, 1) != 1) {
            return false;
        }
        if (text[used++] == '\n') {
            break;
        }
    }
    text[used] = '\0';
    a->values = 0;
    char *at = text, *next;
    for (long long value = strtoll(at, &next, 10); next != at && a->values < ACTOR_VALUES;
         value = strtoll(at, &next, 10)) {
        a->value[a->values++] = value;
        at = next;
    }
    return a->values > 0;
}

bool actor_answers_within(actor *a, unsigned milliseconds)
{
    return hear_answer(a, milliseconds);
}

long long answer(actor *a)
{
    if (!hear_answer(a, ANSWER_MS)) {
        fail_msg("process %ld gives no answer", a->pid);
    }
    if (a->value[0] == -9999) {
        fail_msg("process %ld does not know that word", a->pid);
    }
    return a->value[0];
}

long long ask(actor *a, const char *format, ...)
{
    char line[2000];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    tell(a, "%s", line);
    return answer(a);
}

void actor_give(actor *a, int descriptor)
{
    union {
        char bytes[CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
    } control;
    memset(&control, 0, sizeof control);
    char carrier = '\1';
    struct iovec one = {&carrier, 1};
    struct msghdr message = {.msg_iov = &one,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof control.bytes};
    struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(head), &descriptor, sizeof descriptor);
    assert_int_equal(sendmsg(a->channel, &message, MSG_NOSIGNAL), 1);
}

void actor_kill(actor *a)
{
    assert_true(a->pid > 1);
    assert_int_equal(kill((pid_t)a->pid, SIGKILL), 0);
}

bool actors_are_emulated(void)
{
    const char *emulator = getenv("STRAIT_TEST_EMULATOR");
    return emulator != NULL && emulator[0] != '\0';
}

void actor_stop(actor *a)
{
    int status;
    assert_int_equal(kill((pid_t)a->pid, SIGSTOP), 0);
    assert_int_equal(waitpid((pid_t)a->pid, &status, WUNTRACED), a->pid);
    assert_true(WIFSTOPPED(status));
}

void actor_continue(actor *a)
{
    assert_int_equal(kill((pid_t)a->pid, SIGCONT), 0);
}

bool actor_ended(actor *a)
{
    siginfo_t about;
    memset(&about, 0, sizeof about);
    return waitid(P_PID, (id_t)a->pid, &about, WEXITED | WNOHANG | WNOWAIT) == 0 &&
           about.si_pid == (pid_t)a->pid;
}

int actor_bury(actor *a)
{
    int status = 0;
    assert_int_equal(waitpid((pid_t)a->pid, &status, 0), a->pid);
    close(a->channel);
    return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

unsigned open_descriptors(void)
{
    unsigned count = 0;
    for (int i = 0; i < 1024; i++) {
        count += fcntl(i, F_GETFD) >= 0;
    }
    return count;
}
