/* wait.c - sleeping on a word, in whichever process. layer: system
 *
 * WaitOnAddress knows only its own process. So a map has five groups of three gates (gate.c); the word's place in the
 * map chooses the group. A gate is an event that stays as it is set: open or closed. Of a group one is closed.
 *
 *   sleeper: which gate is closed?  ->  does the word still say what it said?  ->  wait until that gate is open
 *   waker:   (the word was changed before)  ->  close the next gate, then open the closed one
 *
 * A change after the sleeper's look is followed by an opening of the very gate that it waits for. Missed it can be only
 * if a waker was killed between its two steps, or the group went all the way round between the sleeper's first and last
 * step; then, and where no gates are to be had, the sleeper's own look every few milliseconds finds the change.
 * Words that share a group wake each other's sleepers: a false alarm, which every caller must expect.
 */
#include "win32/win32.h"

#define LOOK_AGAIN_MS 20u
#define LONGEST_NAP_MS 4u

/* The number of the gate that is closed; -1 if none is, or it changed while we looked. */
static int closed_gate(const strait_win32_gates *gates)
{
    for (unsigned i = 0; i < STRAIT_WIN32_GATES_EACH; i++) {
        if (WaitForSingleObject(gates->gate[i], 0) == WAIT_TIMEOUT) {
            return (int)i;
        }
    }
    return -1;
}

static bool still(const strait_u32 *word, uint32_t expected)
{
    return strait_u32_load_relaxed(word) == expected; /* what it says to the caller, the caller reads anew */
}

/* Sleeps for at most so long: 0 awake or a false alarm, TIMED_OUT, INTERRUPTED. */
static int sleep_once(const strait_win32_gates *gates, const strait_u32 *word, uint32_t expected,
                      uint64_t deadline_ns, DWORD *nap_ms)
{
    int gate = gates->gate[0] == NULL ? -1 : closed_gate(gates);
    if (!still(word, expected)) {
        return STRAIT_OK;
    }
    DWORD most = strait_win32_milliseconds(deadline_ns, gate < 0 ? *nap_ms : LOOK_AGAIN_MS);
    DWORD said = gate < 0 ? SleepEx(most, TRUE) : WaitForSingleObjectEx(gates->gate[gate], most, TRUE);
    *nap_ms = *nap_ms * 2 < LONGEST_NAP_MS ? *nap_ms * 2 : LONGEST_NAP_MS;
    if (said == WAIT_IO_COMPLETION) {
        return STRAIT_INTERRUPTED; /* Windows' form of a signal: a call was queued to this thread */
    }
    return gate >= 0 && said == WAIT_OBJECT_0 ? STRAIT_OK : STRAIT_TIMED_OUT;
}

int strait_os_wait(const strait_u32 *word, uint32_t expected, uint64_t deadline_ns)
{
    DWORD nap_ms = 1;
    bool seated = false;
    strait_win32_seat seat = {.known = false};
    while (still(word, expected)) {
        if (strait_os_now_ns() >= deadline_ns) {
            return STRAIT_TIMED_OUT;
        }
        if (!seated) {
            seat = strait_win32_seat_at(word, true);
            seated = true;
        }
        int rc = sleep_once(&seat.gates, word, expected, deadline_ns, &nap_ms);
        if (rc != STRAIT_TIMED_OUT) {
            return rc;
        }
    }
    return STRAIT_OK;
}

int strait_os_wake(const strait_u32 *word, uint32_t count)
{
    if (count == 0) {
        return 0;
    }
    /* Nobody ever slept there if there are no gates: who comes to make them looks at the word after that. */
    strait_win32_seat seat = strait_win32_seat_at(word, false);
    if (!seat.known || seat.gates.gate[0] == NULL || !seat.gates.modifiable) {
        return 0;
    }
    int gate = closed_gate(&seat.gates);
    unsigned next = gate < 0 ? 0 : ((unsigned)gate + 1) % STRAIT_WIN32_GATES_EACH;
    ResetEvent(seat.gates.gate[next]);
    if (gate >= 0) {
        SetEvent(seat.gates.gate[gate]);
    }
    return 0; /* nobody counts them */
}

/* FlushProcessWriteBuffers reaches the calling process only. */
bool strait_os_barrier_join(void)
{
    return false;
}

bool strait_os_barrier(void)
{
    return false;
}
