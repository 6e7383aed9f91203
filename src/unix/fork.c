/* fork.c - telling a forked child from its parent, and keeping tokens out of it. layer: system
 *
 * A page that the kernel wipes in a child (or, where it cannot, a handler that runs in it) tells that we are somewhere
 * else now: that costs a load where asking for the pid costs a system call, and sees every kind of fork.
 *
 * The few descriptors that are about to carry a token are listed; a handler closes them in the child. A child made without
 * handlers (vfork, posix_spawn, a bare clone) closes them when it executes another program; until then it can only
 * delay a verdict, never forge one.
 */
#include "unix/fork.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static int *guarded; /* descriptor + 1; 0 = free */
static size_t guarded_room;
static strait_u64 *mark; /* holds the epoch; wiped to 0 in a child */
static strait_u64 mark_without_page;
static strait_u64 last_epoch; /* inherited by children, so that theirs differ */

static void before_fork(void)
{
    pthread_mutex_lock(&lock);
}

static void after_fork_in_parent(void)
{
    pthread_mutex_unlock(&lock);
}

static void after_fork_in_child(void)
{
    for (size_t i = 0; i < guarded_room; i++) {
        if (guarded[i] != 0) {
            close(guarded[i] - 1);
            guarded[i] = 0;
        }
    }
    strait_u64_store_relaxed(mark, 0);
    pthread_mutex_unlock(&lock);
}

static void prepare(void)
{
    mark = &mark_without_page;
#ifdef MADV_WIPEONFORK
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    void *memory = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory != MAP_FAILED) {
        if (madvise(memory, page, MADV_WIPEONFORK) == 0) {
            mark = memory;
        } else {
            munmap(memory, page);
        }
    }
#endif
    pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
}

uint64_t strait_os_process_epoch(void)
{
    pthread_once(&once, prepare);
    uint64_t epoch = strait_u64_load_relaxed(mark);
    if (epoch == 0) {
        uint64_t next = strait_u64_add_relaxed(&last_epoch, 1) + 1;
        epoch = strait_u64_cas_relaxed(mark, &epoch, next) ? next : epoch;
    }
    return epoch;
}

void strait_unix_guard_begin(void)
{
    pthread_once(&once, prepare);
    pthread_mutex_lock(&lock);
}

void strait_unix_guard_end(void)
{
    pthread_mutex_unlock(&lock);
}

bool strait_unix_guard_add(int descriptor)
{
    for (size_t i = 0; i < guarded_room; i++) {
        if (guarded[i] == 0) {
            guarded[i] = descriptor + 1;
            return true;
        }
    }
    size_t room = guarded_room == 0 ? 16 : guarded_room * 2;
    int *larger = realloc(guarded, room * sizeof *larger);
    if (larger == NULL) {
        return false;
    }
    memset(larger + guarded_room, 0, (room - guarded_room) * sizeof *larger);
    larger[guarded_room] = descriptor + 1;
    guarded = larger;
    guarded_room = room;
    return true;
}

void strait_unix_guard_close(int descriptor)
{
    strait_unix_guard_begin();
    for (size_t i = 0; i < guarded_room; i++) {
        if (guarded[i] == descriptor + 1) {
            guarded[i] = 0;
        }
    }
    close(descriptor);
    strait_unix_guard_end();
}
