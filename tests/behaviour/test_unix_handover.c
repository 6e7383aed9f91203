/* test_unix_handover.c - segments without a name: handed over by descriptor, sealed against resizing, and
 * read-only for those who were given no more than eyes. */
#define _GNU_SOURCE 1
#include "behaviour.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* Sends a descriptor over a socket, as one process gives it to another. */
static void hand_over(int socket, int descriptor)
{
    char byte = 'd';
    struct iovec piece = {.iov_base = &byte, .iov_len = 1};
    union {
        struct cmsghdr head;
        char room[CMSG_SPACE(sizeof(int))];
    } control;
    memset(&control, 0, sizeof control);
    struct msghdr message = {
        .msg_iov = &piece, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(sizeof descriptor);
    memcpy(CMSG_DATA(head), &descriptor, sizeof descriptor);
    CHECK_SAME(sendmsg(socket, &message, 0), 1);
}

/* A peer with a socket to this process as its descriptor 3. */
static child *connected_peer(int *socket)
{
    int ends[2];
    CHECK_SAME(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    child *one = peer_start_with(ends[1]);
    close(ends[1]);
    *socket = ends[0];
    return one;
}

static strait_segment *anonymous(uint64_t bytes)
{
    strait_segment *segment = NULL;
    const strait_segment_options options = {.bytes = bytes, .backing = STRAIT_ANONYMOUS};
    if (strait_segment_open(NULL, &options, &segment) == STRAIT_UNSUPPORTED) {
        SKIP("%s", strait_last_error());
    }
    strait_segment_close(segment);
    return opened(NULL, &options);
}

static const char *received(child *one)
{
    const char *answer = child_ask(one, "receive-descriptor 3");
    CHECK_TEXT(answer, "ok descriptor=");
    return field(answer, "descriptor");
}

SCENARIO(handover, a_segment_without_a_name_is_shared_with_whom_its_descriptor_is_sent)
{
    strait_segment *mine = anonymous(100);
    int socket, descriptor = -1;
    child *other = connected_peer(&socket);
    CHECK_RESULT(strait_segment_descriptor(mine, STRAIT_BOTH, &descriptor), OK);
    hand_over(socket, descriptor);
    close(descriptor);
    CHECK_TEXT(child_ask(other, "open - backing=descriptor descriptor=%s", received(other)),
               "ok created=0 bytes=100");
    memcpy(strait_segment_data(mine), "passed on", 9);
    CHECK_TEXT(child_ask(other, "read 0 9"), "ok passed.on");
    CHECK_TEXT(child_ask(other, "write 50 back"), "ok 4");
    CHECK_SAME(memcmp((char *)strait_segment_data(mine) + 50, "back", 4), 0);
    CHECK_SAME(strait_segment_peers(mine, NULL, 0), 2);
    stays_alive(mine, child_pid(other), 100);
    CHECK(killed_is_dead_us(mine, other) != UINT64_MAX);
    CHECK_SAME(strait_segment_reap(mine), 1);
    CHECK_SAME(life_of(mine, (int)getpid()), STRAIT_ALIVE);
}

SCENARIO(handover, the_receiver_goes_on_when_the_maker_is_gone)
{
    int socket, second;
    child *maker = connected_peer(&socket), *other = connected_peer(&second);
    strait_segment *mine = anonymous(64);
    int descriptor = -1;
    CHECK_RESULT(strait_segment_descriptor(mine, STRAIT_BOTH, &descriptor), OK);
    hand_over(socket, descriptor);
    hand_over(second, descriptor);
    close(descriptor);
    CHECK_TEXT(child_ask(maker, "open - backing=descriptor descriptor=%s", received(maker)), "ok");
    CHECK_TEXT(child_ask(other, "open - backing=descriptor descriptor=%s", received(other)), "ok");
    CHECK_RESULT(strait_segment_close(mine), OK);
    CHECK_TEXT(child_ask(maker, "write 0 on"), "ok 2");
    CHECK_TEXT(ask_if_here(maker, "closefrom 3"), "ok");
    CHECK_TEXT(child_ask(other, "read 0 2"), "ok on");
    CHECK_NO_TEXT(child_ask(other, "peers"), "DEAD");
    child_kill(maker);
    child_await(maker);
    CHECK_TEXT(child_ask(other, "peers"), ":DEAD:");
    CHECK_TEXT(child_ask(other, "reap"), "ok 1");
}

SCENARIO(handover, a_child_program_inherits_a_descriptor_and_opens_it)
{
    strait_segment *mine = anonymous(64);
    int descriptor = -1;
    CHECK_RESULT(strait_segment_descriptor(mine, STRAIT_BOTH, &descriptor), OK);
    child *heir = peer_start_with(descriptor);
    close(descriptor);
    CHECK_TEXT(child_ask(heir, "open - backing=descriptor descriptor=3 bytes=64"), "ok created=0 bytes=64");
    CHECK_TEXT(child_ask(heir, "@1 open - backing=descriptor descriptor=3 bytes=65"), "no SIZE_MISMATCH");
    CHECK_TEXT(child_ask(heir, "write 0 heir"), "ok 4");
    CHECK_SAME(memcmp(strait_segment_data(mine), "heir", 4), 0);
}

SCENARIO(handover, an_anonymous_segment_is_sealed_so_that_nobody_cuts_it_off_under_the_others)
{
    strait_segment *mine = anonymous(64);
    int descriptor = -1;
    CHECK_RESULT(strait_segment_descriptor(mine, STRAIT_BOTH, &descriptor), OK);
    struct stat status;
    CHECK_SAME(fstat(descriptor, &status), 0);
    CHECK_SAME(ftruncate(descriptor, 0), -1);
    CHECK_SAME(errno, EPERM);
    CHECK_SAME(ftruncate(descriptor, status.st_size * 2), -1);
    int socket;
    child *other = connected_peer(&socket);
    hand_over(socket, descriptor);
    CHECK_TEXT(child_ask(other, "try-write %s", received(other)), "mapped=1 cut=0 grown=0");
    close(descriptor);
}

SCENARIO(handover, an_observers_descriptor_gives_eyes_and_no_hands)
{
    strait_segment *mine = anonymous(64);
    memcpy(strait_segment_data(mine), "look", 4);
    int descriptor = -1, socket;
    CHECK_RESULT(strait_segment_descriptor(mine, STRAIT_OBSERVER, &descriptor), OK);
    CHECK_SAME(fcntl(descriptor, F_GETFL) & O_ACCMODE, O_RDONLY);
    CHECK(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0) == MAP_FAILED);
    child *eye = connected_peer(&socket);
    hand_over(socket, descriptor);
    const char *given = received(eye);
    CHECK_TEXT(child_ask(eye, "try-write %s", given), "mapped=0 cut=0 grown=0");
    CHECK_TEXT(child_ask(eye, "open - backing=descriptor how=attach role=observer descriptor=%s", given),
               "ok created=0 bytes=64");
    CHECK_TEXT(child_ask(eye, "read 0 4"), "ok look");
    CHECK_SAME(strait_segment_peers(mine, NULL, 0), 1);
    CHECK_TEXT(child_ask(eye, "place x bytes=8"), "no READ_ONLY");
    CHECK_TEXT(child_ask(eye, "set-mode 0666"), "no READ_ONLY");
    close(descriptor);
}

SCENARIO(handover, a_named_segment_is_handed_over_too_until_it_is_removed)
{
    const char *name = scenario_name(0);
    strait_segment *mine = opened(name, &(strait_segment_options){.bytes = 64});
    int descriptor = -1;
    if (strait_segment_descriptor(mine, STRAIT_BOTH, &descriptor) == STRAIT_UNSUPPORTED) {
        SKIP("%s", strait_last_error());
    }
    CHECK(descriptor >= 0);
    child *heir = peer_start_with(descriptor);
    CHECK_TEXT(child_ask(heir, "open - backing=descriptor descriptor=3"), "ok created=0 bytes=64");
    CHECK_TEXT(child_ask(heir, "stat"), name);
    CHECK_SAME(strait_segment_peers(mine, NULL, 0), 2);
    CHECK_TEXT(child_ask(heir, "close"), "ok");
    CHECK_RESULT(strait_segment_remove(name, NULL, false), OK);
    CHECK_TEXT(child_ask(heir, "open - backing=descriptor descriptor=3"), "no RETIRED");
    close(descriptor);
}

SCENARIO(handover, a_descriptor_of_something_else_is_refused)
{
    strait_segment *segment = NULL;
    const strait_segment_options closed = {.backing = STRAIT_DESCRIPTOR, .descriptor = 999};
    CHECK(strait_segment_open(NULL, &closed, &segment) < 0);
    CHECK(segment == NULL && strait_last_error()[0] != '\0');
    FILE *other = tmpfile();
    CHECK(other != NULL);
    static const char text[70000] = "no segment at all";
    CHECK(fwrite(text, sizeof text, 1, other) == 1 && fflush(other) == 0);
    const strait_segment_options foreign = {.backing = STRAIT_DESCRIPTOR, .descriptor = fileno(other)};
    int rc = strait_segment_open(NULL, &foreign, &segment);
    if (rc == STRAIT_UNSUPPORTED) {
        SKIP("%s", strait_last_error());
    }
    CHECK_SAY(rc == STRAIT_FOREIGN, "%s", strait_last_error());
    int ends[2];
    CHECK_SAME(pipe(ends), 0);
    const strait_segment_options tube = {.backing = STRAIT_DESCRIPTOR, .descriptor = ends[0]};
    CHECK(strait_segment_open(NULL, &tube, &segment) < 0);
    CHECK(segment == NULL);
}
