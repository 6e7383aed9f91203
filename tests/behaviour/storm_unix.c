/* storm_unix.c - the processes of a storm on Unix: forked, with the table in a mapping that they inherit. A gate is
 * a pipe: all poll its reading end, one byte opens it for everybody at the same moment, and it is emptied
 * while nobody waits at it. The bell is a pipe too: a byte for every report.
 */
#define _GNU_SOURCE 1
#include "storm.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t pids[STORM_PROCESSES_MAX];
static pid_t parent;

static bool make_pipe(intptr_t ends[2], bool both_without_waiting)
{
    int made[2];
    if (pipe(made) != 0) {
        return false;
    }
    fcntl(made[0], F_SETFL, O_NONBLOCK);
    if (both_without_waiting) {
        fcntl(made[1], F_SETFL, O_NONBLOCK); /* a full pipe has rung already */
    }
    ends[0] = made[0];
    ends[1] = made[1];
    return true;
}

bool storm_begin(storm *all)
{
    all->table = mmap(NULL, sizeof *all->table, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    bool made = all->table != MAP_FAILED && make_pipe(all->bell, true);
    for (int i = 0; i < STORM_GATES && made; i++) {
        made = make_pipe(all->gates[i], false);
    }
    return made;
}

bool storm_start(storm *all, unsigned place, uint64_t round)
{
    parent = getpid();
    pid_t pid = fork();
    if (pid == 0) {
        for (int i = 0; i < STORM_GATES; i++) {
            close((int)all->gates[i][1]);
        }
        if (all->table->torture) {
            torture_process(all, place, round);
        }
        storm_process(all, place, round);
    }
    pids[place] = pid;
    return pid > 0;
}

bool storm_orphaned(void)
{
    return getppid() != parent;
}

void storm_process_if_asked(int argc, char **argv)
{
    (void)argc;
    (void)argv;
}

void storm_kill(unsigned place)
{
    int status;
    kill(pids[place], SIGKILL);
    waitpid(pids[place], &status, 0);
}

bool storm_open_gate(const storm *all, uint64_t round, bool closing)
{
    int opening = storm_gate(round, closing);
    int last = closing ? storm_gate(round, false) : storm_gate(round - 1, true);
    char byte;
    while (read((int)all->gates[last][0], &byte, 1) >
           0) { /* nobody waits there any more: all have reported */
    }
    return write((int)all->gates[opening][1], "o", 1) == 1;
}

void storm_await_bell(const storm *all, unsigned milliseconds)
{
    struct pollfd bell = {.fd = (int)all->bell[0], .events = POLLIN};
    char bytes[256];
    poll(&bell, 1, (int)milliseconds);
    while (read((int)all->bell[0], bytes, sizeof bytes) > 0) {
    }
}

void storm_wait_at(const storm *all, uint64_t round, bool closing)
{
    struct pollfd gate = {.fd = (int)all->gates[storm_gate(round, closing)][0], .events = POLLIN};
    while (poll(&gate, 1, -1) < 0 && errno == EINTR) {
    }
    if ((gate.revents & POLLIN) == 0) {
        _exit(1); /* the storm is over: whoever opens the gates is gone */
    }
}

void storm_ring_bell(const storm *all)
{
    while (write((int)all->bell[1], "x", 1) < 0 && errno == EINTR) {
    }
}

uint32_t storm_own_pid(void)
{
    return (uint32_t)getpid();
}

bool storm_nothing_left(const char *name, char *what, size_t room)
{
    size_t length = strlen(name);
    bool nothing = true;
    DIR *directory = opendir("/dev/shm");
    if (directory == NULL) {
        return true; /* a system without such a directory: the list and gc are all there is to ask */
    }
    for (struct dirent *entry = readdir(directory); entry != NULL; entry = readdir(directory)) {
        const char *at = strstr(entry->d_name, name);
        if (at != NULL && (at[length] == '\0' || at[length] == '.')) {
            snprintf(what, room, "%s", entry->d_name);
            nothing = false;
        }
    }
    closedir(directory);
    return nothing;
}
