/* sandbox.c - the surroundings of a sweep. Nothing here needs root: a user namespace gives the right to
 * mount, where the system permits user namespaces; where not, the sweep shares /dev/shm with everybody and
 * says so.
 */
#define _GNU_SOURCE
#include "sandbox.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

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
static bool new_user_namespace(void)
{
    char map[64];
    uid_t user = geteuid();
    gid_t group = getegid();
    if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) {
        return false;
    }
    write_line("/proc/self/setgroups", "deny");
    (void)snprintf(map, sizeof map, "%u %u 1\n", (unsigned)user, (unsigned)user);
    write_line("/proc/self/uid_map", map);
    (void)snprintf(map, sizeof map, "%u %u 1\n", (unsigned)group, (unsigned)group);
    write_line("/proc/self/gid_map", map);
    return true;
}

bool sandbox_private_directory(void)
{
    if (unshare(CLONE_NEWNS) != 0 && !new_user_namespace()) {
        return false;
    }
    return mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
           mount("strait-crash", SANDBOX_DIRECTORY, "tmpfs", MS_NOSUID | MS_NODEV, "size=64m,mode=1777") ==
               0 &&
           (SANDBOX_SIDE == NULL ||
            mount("strait-crash", SANDBOX_SIDE, "tmpfs", MS_NOSUID | MS_NODEV, "size=16m,mode=1777") == 0);
}

bool sandbox_may_be_private(void)
{
    int status = 0;
    pid_t pid = fork();
    if (pid == 0) {
        _exit(sandbox_private_directory() ? 0 : 1);
    }
    return pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

#define MARK "crash-run"

void sandbox_mark(char *mark, size_t room, unsigned run, unsigned job)
{
    (void)snprintf(mark, room, MARK "%u-%u", run, job);
}

void sandbox_sweep_leftovers(void)
{
    DIR *d = opendir(SANDBOX_DIRECTORY);
    const struct dirent *e;
    while (d != NULL && (e = readdir(d)) != NULL) {
        const char *mark = strstr(e->d_name, MARK);
        long run = mark == NULL ? 0 : strtol(mark + strlen(MARK), NULL, 10);
        if (run > 0 && kill((pid_t)run, 0) != 0 && errno == ESRCH) {
            (void)unlinkat(dirfd(d), e->d_name, 0);
        }
    }
    if (d != NULL) {
        (void)closedir(d);
    }
}

uint64_t sandbox_bytes_used(void)
{
    struct statvfs v;
    if (statvfs(SANDBOX_DIRECTORY, &v) != 0) {
        return 0;
    }
    return (uint64_t)(v.f_blocks - v.f_bfree) * v.f_frsize;
}

void sandbox_die_with_parent(void)
{
    pid_t parent = getppid();
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) {
        _exit(1);
    }
}
