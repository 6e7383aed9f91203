/* world_posix.c - the world of the posix back end: objects in /dev/shm. They are read, never mapped, so
 * that watching pins no mapping and holds no lock. Where no private /dev/shm may be mounted, names of ours
 * carry the pid of their run. What its two halves do differently stands in world_posix_linux.c and
 * world_posix_portable.c.
 */
#define _GNU_SOURCE
#include "world.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sandbox.h"
#include "stage.h"
#include "world_posix.h"

#define DIRECTORY WORLD_POSIX_DIRECTORY

/* Calls `see` for each name of ours. */
static void each_name(const char *mark, void (*see)(void *, int, const char *), void *context)
{
    DIR *d = opendir(DIRECTORY);
    if (d == NULL) {
        return;
    }
    const struct dirent *e;
    while ((e = readdir(d)) != NULL) {
        if (world_posix_ours(e->d_name, mark)) {
            see(context, dirfd(d), e->d_name);
        }
    }
    (void)closedir(d);
}

typedef struct looking {
    void (*see)(void *, const world_object *);
    void *context;
} looking;

static void note_file(void *context, int directory, const char *name)
{
    const looking *l = context;
    world_object it = {.at = 0};
    struct stat about;
    if (fstatat(directory, name, &about, AT_SYMLINK_NOFOLLOW) != 0) {
        return;
    }
    (void)snprintf(it.name, sizeof it.name, "%s", name);
    it.facts = world_mix(1, &about.st_ino, sizeof about.st_ino);
    it.facts = world_mix(it.facts, &about.st_nlink, sizeof about.st_nlink);
    it.facts = world_mix(it.facts, &about.st_size, sizeof about.st_size);
    it.handle = openat(directory, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
    l->see(l->context, &it);
}

void world_each(const char *mark, pid_t victim, void (*see)(void *, const world_object *), void *context)
{
    looking l = {see, context};
    (void)victim;
    each_name(mark, note_file, &l);
}

ssize_t world_read(const world_object *it, void *bytes, size_t room)
{
    ssize_t got = it->handle < 0 ? 0 : pread((int)it->handle, bytes, room, 0);
    return got < 0 ? 0 : got;
}

void world_release(const world_object *it)
{
    (void)close((int)it->handle);
}

bool world_isolate(void)
{
    return sandbox_unshare(CLONE_NEWNS) && mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
           mount("strait-crash", DIRECTORY, "tmpfs", MS_NOSUID | MS_NODEV, "size=64m,mode=1777") == 0 &&
           world_posix_isolate();
}

void world_clear_leftovers(void)
{
    DIR *d = opendir(DIRECTORY);
    const struct dirent *e;
    while (d != NULL && (e = readdir(d)) != NULL) {
        const char *mark = strstr(e->d_name, SANDBOX_MARK);
        long run = mark == NULL ? 0 : strtol(mark + strlen(SANDBOX_MARK), NULL, 10);
        if (run > 0 && kill((pid_t)run, 0) != 0 && errno == ESRCH) {
            (void)unlinkat(dirfd(d), e->d_name, 0);
        }
    }
    if (d != NULL) {
        (void)closedir(d);
    }
}

typedef struct names {
    size_t count;
    char *first;
    size_t room;
} names;

static void count_name(void *context, int directory, const char *name)
{
    names *n = context;
    (void)directory;
    if (n->count++ == 0 && n->room > 0) {
        (void)snprintf(n->first, n->room, "%s", name);
    }
}

size_t world_left(const char *mark, bool all, char *first, size_t room)
{
    names n = {.first = first, .room = room};
    (void)all; /* what has no name shows in the bytes */
    each_name(mark, count_name, &n);
    return n.count;
}

static void take_away(void *context, int directory, const char *name)
{
    (void)context;
    (void)unlinkat(directory, name, 0);
}

void world_sweep(const char *mark)
{
    each_name(mark, take_away, NULL);
}

uint64_t world_bytes(void)
{
    struct statvfs v;
    if (statvfs(DIRECTORY, &v) != 0) {
        return 0;
    }
    return (uint64_t)(v.f_blocks - v.f_bfree) * v.f_frsize;
}

/* --- scenes ----------------------------------------------------------------------------------------- */

void world_leave_unfinished(part *p)
{
    int d = world_posix_unfinished();
    if (d < 0 || ftruncate(d, 20000) != 0) {
        part_fault(p, FAULT_STUCK, "the scene cannot be set: what is unfinished: %s", strerror(errno));
    }
}

void world_leave_unmarked(part *p)
{
    part_fault(p, FAULT_STUCK, "the scene cannot be set: there are no keys here");
}

/* Makes open(O_TMPFILE) fail as on file systems that do not know it. */
void world_refuse_unnamed_files(part *p)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[2])),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, (O_TMPFILE & ~O_DIRECTORY), 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EOPNOTSUPP),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {.len = sizeof code / sizeof code[0], .filter = code};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
        part_fault(p, FAULT_STUCK, "the scene cannot be set: seccomp");
    }
}
