/* sandbox.c - the surroundings of a sweep. Nothing here needs root: a user namespace gives the right to
 * one of its own, where the system permits user namespaces; where not, the sweep shares its world with
 * everybody, if that can be done, and says so.
 */
#define _GNU_SOURCE
#include "sandbox.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "world.h"

void sandbox_fix_addresses(char **argv)
{
    int now = personality(0xFFFFFFFFu);
    if (now == -1 || ((unsigned)now & ADDR_NO_RANDOMIZE) != 0 || getenv("STRAIT_CRASH_AGAIN") != NULL) {
        return;
    }
    if (personality((unsigned long)now | ADDR_NO_RANDOMIZE) != -1 &&
        setenv("STRAIT_CRASH_AGAIN", "1", 1) == 0) {
        (void)execv("/proc/self/exe",
                    argv); /* else as it is: addresses differ between runs, not within one */
    }
}

void sandbox_pin(unsigned job)
{
    cpu_set_t allowed;
    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) {
        return;
    }
    unsigned count = (unsigned)CPU_COUNT(&allowed);
    unsigned wanted = count == 0 ? 0 : job % count;
    for (size_t i = 0; i < CPU_SETSIZE; i++) {
        if (CPU_ISSET(i, &allowed) && wanted-- == 0) {
            cpu_set_t one;
            CPU_ZERO(&one);
            CPU_SET(i, &one);
            (void)sched_setaffinity(0, sizeof one, &one);
            return;
        }
    }
}

static void write_line(const char *path, const char *text)
{
    int d = open(path, O_WRONLY | O_CLOEXEC);
    if (d >= 0) {
        (void)!write(d, text, strlen(text));
        (void)close(d);
    }
}

/* Maps this user to itself in a new user namespace, so that files keep their owner. */
static bool new_user_namespace(int flags)
{
    char map[64];
    uid_t user = geteuid();
    gid_t group = getegid();
    if (unshare(CLONE_NEWUSER | flags) != 0) {
        return false;
    }
    write_line("/proc/self/setgroups", "deny");
    (void)snprintf(map, sizeof map, "%u %u 1\n", (unsigned)user, (unsigned)user);
    write_line("/proc/self/uid_map", map);
    (void)snprintf(map, sizeof map, "%u %u 1\n", (unsigned)group, (unsigned)group);
    write_line("/proc/self/gid_map", map);
    return true;
}

bool sandbox_unshare(int flags)
{
    return unshare(flags) == 0 || new_user_namespace(flags);
}

bool sandbox_may_be_private(void)
{
    int status = 0;
    pid_t pid = fork();
    if (pid == 0) {
        _exit(world_isolate() ? 0 : 1);
    }
    return pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

void sandbox_mark(char *mark, size_t room, unsigned run, unsigned job)
{
    (void)snprintf(mark, room, SANDBOX_MARK "%u-%u", run, job);
}

void sandbox_die_with_parent(void)
{
    pid_t parent = getppid();
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) {
        _exit(1);
    }
}
