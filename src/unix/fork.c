/* fork.c - telling a forked child from its parent, and keeping tokens out of it. layer: system
 *
 * A page that the kernel wipes in a child (or, where it cannot, a handler that runs in it) tells that we are
 * somewhere else now: that costs a load where asking for the pid costs a system call, and sees every kind of
 * fork.
 *
 * The few descriptors that are about to carry a token are listed; a handler closes them in the child. A
 * child made without handlers (vfork, posix_spawn, a bare clone) closes them when it executes another
 * program; until then it can only delay a verdict, never forge one.
 */
#include "unix/fork.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct guarded_descriptor {
    int descriptor; /* + 1; 0 = free */
    dev_t device;
    ino_t file;
} guarded_descriptor;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static guarded_descriptor *guarded;
static size_t guarded_room;
static strait_u64 *mark; /* holds the epoch; wiped to 0 in a child */
static strait_u64 mark_without_page;
static strait_u64 last_epoch; /* inherited by children, so that theirs differ */

/* What the thread that holds the lock had before: of no thread's interest but its own. */
static sigset_t signals_before;
static int cancellation_before;

/* While the lock is held this thread takes no signal (a handler might fork, and wait for the lock that we
 * hold) and cannot be cancelled (nobody would unlock). */
void strait_unix_guard_begin(void)
{
    sigset_t all, before;
    int cancellation;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancellation);
    pthread_mutex_lock(&lock);
    signals_before = before;
    cancellation_before = cancellation;
}

void strait_unix_guard_end(void)
{
    sigset_t before = signals_before;
    int cancellation = cancellation_before;
    int saved = errno;
    pthread_mutex_unlock(&lock);
    pthread_setcancelstate(cancellation, NULL);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = saved;
}

static void after_fork_in_child(void)
{
    for (size_t i = 0; i < guarded_room; i++) {
        struct stat about;
        int descriptor = guarded[i].descriptor - 1;
        /* The program may have closed it, and the number may be its own file's by now. */
        if (descriptor >= 0 && fstat(descriptor, &about) == 0 && about.st_dev == guarded[i].device &&
            about.st_ino == guarded[i].file) {
            close(descriptor);
        }
        guarded[i].descriptor = 0;
    }
    strait_u64_store_relaxed(mark, 0);
    strait_unix_guard_end();
}

/* Before main, or before the first use if another constructor comes first: no other thread may be forking
 * then. A pthread_once would do harm: a child that is forked while another thread is inside of it waits
 * there for ever (musl). */
__attribute__((constructor(101))) static void prepare(void)
{
    if (mark != NULL) {
        return;
    }
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
    pthread_atfork(strait_unix_guard_begin, strait_unix_guard_end, after_fork_in_child);
}

uint64_t strait_os_process_epoch(void)
{
    if (mark == NULL) {
        prepare();
    }
    uint64_t epoch = strait_u64_load_relaxed(mark);
    if (epoch == 0) {
        uint64_t next = strait_u64_add_relaxed(&last_epoch, 1) + 1;
        epoch = strait_u64_cas_relaxed(mark, &epoch, next) ? next : epoch;
    }
    return epoch;
}

const strait_u64 *strait_os_process_mark(void)
{
    (void)strait_os_process_epoch();
    return mark;
}

bool strait_unix_guard_add(int descriptor)
{
    struct stat about;
    if (fstat(descriptor, &about) != 0) {
        return false;
    }
    size_t at = 0;
    while (at < guarded_room && guarded[at].descriptor != 0) {
        at++;
    }
    if (at == guarded_room) {
        size_t room = guarded_room == 0 ? 16 : guarded_room * 2;
        guarded_descriptor *larger = realloc(guarded, room * sizeof *larger);
        if (larger == NULL) {
            return false;
        }
        memset(larger + guarded_room, 0, (room - guarded_room) * sizeof *larger);
        guarded = larger;
        guarded_room = room;
    }
    guarded[at] = (guarded_descriptor){descriptor + 1, about.st_dev, about.st_ino};
    return true;
}

void strait_unix_guard_close(int descriptor)
{
    strait_unix_guard_begin();
    for (size_t i = 0; i < guarded_room; i++) {
        if (guarded[i].descriptor == descriptor + 1) {
            guarded[i].descriptor = 0;
        }
    }
    close(descriptor);
    strait_unix_guard_end();
}
