/* wait.c - sleeping on a word where there is no futex. layer: system
 *
 * A map's first set has five groups of three gates; the word's place in the map chooses the group. A gate is
 * a semaphore:
 * 1 is closed, 0 is open, and sleeping is waiting for 0, which needs no right to change anything. Of each group one gate is closed.
 *
 *   sleeper: which gate is closed?  ->  does the word still say what it said?  ->  wait until that gate is open
 *   waker:   (the word was changed before)  ->  open the closed gate and close the next, in one step
 *
 * A change after the sleeper's look is followed by an opening of the very gate that it waits for, so none is
 * missed. Only if the group went all the way round between the sleeper's first and last step is the gate
 * closed again; then, and where there is no semtimedop or no set, the sleeper's own look every few
 * milliseconds finds the change. Words that share a group wake each other's sleepers: a false alarm, which
 * every caller of wait must expect.
 */
#include <errno.h>
#include <sys/sem.h>
#include <time.h>

#include "sysv/sysv.h"

#ifdef STRAIT_SYSV_HAVE_MEMBARRIER
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

#define LOOK_AGAIN_NS UINT64_C(20000000)
#define FIRST_NAP_NS UINT64_C(50000)
#define LONGEST_NAP_NS UINT64_C(2000000)

static struct timespec span(uint64_t nanoseconds)
{
    return (struct timespec){.tv_sec = (time_t)(nanoseconds / UINT64_C(1000000000)),
                             .tv_nsec = (long)(nanoseconds % UINT64_C(1000000000))};
}

int strait_sysv_nap(uint64_t nanoseconds)
{
    struct timespec pause = span(nanoseconds);
    return nanosleep(&pause, NULL) != 0 && errno == EINTR ? STRAIT_INTERRUPTED : STRAIT_OK;
}

static int first_gate(const strait_sysv_hand *hand, const strait_u32 *word)
{
    uint64_t place = (uint64_t)((uintptr_t)word - (uintptr_t)hand->view.at) / sizeof *word;
    return STRAIT_SYSV_GATES + (int)(place % STRAIT_SYSV_GATE_GROUPS) * STRAIT_SYSV_GATES_EACH;
}

/* The number in its group of the gate that is closed; -1 if it changed while we looked, or the set is
 * gone. */
static int closed_gate(int set, int first)
{
    for (int i = 0; i < STRAIT_SYSV_GATES_EACH; i++) {
        if (strait_sysv_value(set, first + i) == 1) {
            return i;
        }
    }
    return -1;
}

static bool still(const strait_u32 *word, uint32_t expected)
{
    return strait_u32_load_relaxed(word) == expected; /* what it says to the caller, the caller reads anew */
}

/* Sleeps for at most so long: 0 awake or a false alarm, TIMED_OUT, INTERRUPTED, SYSTEM if there is no
 * gate. */
static int sleep_at_gate(const strait_sysv_hand *hand, const strait_u32 *word, uint32_t expected,
                         uint64_t nanoseconds)
{
#ifdef STRAIT_SYSV_HAVE_SEMTIMEDOP
    if (hand->set < 0) {
        return STRAIT_SYSTEM;
    }
    int first = first_gate(hand, word);
    int gate = closed_gate(hand->set, first);
    if (gate < 0) {
        return strait_sysv_value(hand->set, first) < 0 ? STRAIT_SYSTEM : STRAIT_OK;
    }
    if (!still(word, expected)) {
        return STRAIT_OK;
    }
    struct sembuf step = {.sem_num = (unsigned short)(first + gate), .sem_op = 0};
    struct timespec most = span(nanoseconds);
    if (semtimedop(hand->set, &step, 1, &most) == 0) {
        return STRAIT_OK;
    }
    return errno == EAGAIN ? STRAIT_TIMED_OUT : errno == EINTR ? STRAIT_INTERRUPTED : STRAIT_SYSTEM;
#else
    (void)hand;
    (void)word;
    (void)expected;
    (void)nanoseconds;
    return STRAIT_SYSTEM;
#endif
}

int strait_os_wait(const strait_u32 *word, uint32_t expected, uint64_t deadline_ns)
{
    strait_sysv_hand hand = {.set = -1};
    (void)strait_sysv_hand_at(word, &hand);
    uint64_t nap_ns = FIRST_NAP_NS;
    while (still(word, expected)) {
        uint64_t now_ns = strait_os_now_ns();
        if (now_ns >= deadline_ns) {
            return STRAIT_TIMED_OUT;
        }
        uint64_t left_ns = deadline_ns - now_ns;
        int rc = sleep_at_gate(&hand, word, expected, left_ns < LOOK_AGAIN_NS ? left_ns : LOOK_AGAIN_NS);
        if (rc == STRAIT_OK || rc == STRAIT_INTERRUPTED) {
            return rc;
        }
        if (rc == STRAIT_SYSTEM) { /* no gate: look, nap, look */
            rc = strait_sysv_nap(nap_ns < left_ns ? nap_ns : left_ns);
            if (rc < 0) {
                return rc;
            }
            nap_ns = nap_ns * 2 < LONGEST_NAP_NS ? nap_ns * 2 : LONGEST_NAP_NS;
        }
    }
    return STRAIT_OK;
}

int strait_os_wake(const strait_u32 *word, uint32_t count)
{
    strait_sysv_hand hand;
    if (count == 0 || !strait_sysv_hand_at(word, &hand) || hand.set < 0) {
        return 0;
    }
    int first = first_gate(&hand, word);
    int gate = closed_gate(hand.set, first);
    if (gate >= 0) {
        int next = (gate + 1) % STRAIT_SYSV_GATES_EACH;
        struct sembuf steps[] = {
            {.sem_num = (unsigned short)(first + gate), .sem_op = -1, .sem_flg = IPC_NOWAIT},
            {.sem_num = (unsigned short)(first + next), .sem_op = 1, .sem_flg = IPC_NOWAIT}};
        (void)semop(hand.set, steps,
                    2); /* EAGAIN: another opened it just now, after we had changed our word */
    }
    return 0; /* nobody counts them */
}

bool strait_os_barrier_join(void)
{
#ifdef STRAIT_SYSV_HAVE_MEMBARRIER
    return syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED, 0, 0) == 0;
#else
    return false;
#endif
}

bool strait_os_barrier(void)
{
#ifdef STRAIT_SYSV_HAVE_MEMBARRIER
    return syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL_EXPEDITED, 0, 0) == 0;
#else
    return false;
#endif
}
