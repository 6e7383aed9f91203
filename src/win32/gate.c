/* gate.c - the events that sleepers sleep at, and which map an address lies in. layer: system
 *
 * Sleepers and wakers bring an address only, so this process's maps are in a list. The events of a map are named
 * after its file's identity; they are made by the first that sleeps, with the rights of the file, and go with the last
 * handle. In Global\, since the users of a file need not be in one session (making an event there needs no
 * privilege). Who cannot have them polls.
 */
#include <stdio.h>
#include <wchar.h>

#include "win32/win32.h"

static SRWLOCK lock = SRWLOCK_INIT;
static strait_win32_hand *hands; /* under the lock */

void strait_win32_hands_add(strait_win32_hand *hand)
{
    AcquireSRWLockExclusive(&lock);
    hand->next = hands;
    hands = hand;
    ReleaseSRWLockExclusive(&lock);
}

void strait_win32_hands_remove(strait_win32_hand *hand)
{
    AcquireSRWLockExclusive(&lock);
    for (strait_win32_hand **at = &hands; *at != NULL; at = &(*at)->next) {
        if (*at == hand) {
            *at = hand->next;
            break;
        }
    }
    ReleaseSRWLockExclusive(&lock);
}

static strait_win32_hand *hand_at(const void *address)
{
    uintptr_t wanted = (uintptr_t)address;
    strait_win32_hand *hand = hands;
    while (hand != NULL &&
           (wanted < (uintptr_t)hand->base || wanted - (uintptr_t)hand->base >= hand->bytes)) {
        hand = hand->next;
    }
    return hand;
}

/* One that is there, or (if asked) a new one; gate 0 begins closed, the others open. */
static HANDLE one_gate(const wchar_t *name, unsigned number, PSECURITY_DESCRIPTOR rights, bool make,
                       DWORD access)
{
    SECURITY_ATTRIBUTES attributes = {.nLength = sizeof attributes, .lpSecurityDescriptor = rights};
    DWORD begin = CREATE_EVENT_MANUAL_RESET | (number == 0 ? 0u : CREATE_EVENT_INITIAL_SET);
    return make ? CreateEventExW(&attributes, name, begin, access) : OpenEventW(access, FALSE, name);
}

static bool open_all(const strait_win32_hand *hand, unsigned group, bool make, DWORD access,
                     strait_win32_gates *gates)
{
    uint32_t mode = 0;
    PSECURITY_DESCRIPTOR rights = NULL;
    if (make) {
        (void)strait_win32_mode(hand->probe, STRAIT_WIN32_FILE, &mode);
        rights = strait_win32_rights(STRAIT_WIN32_EVENT, mode | 0600);
        if (rights == NULL) {
            return false;
        }
    }
    bool all = true;
    for (unsigned i = 0; i < STRAIT_WIN32_GATES_EACH && all; i++) {
        wchar_t name[100];
        all = swprintf(name, 100, L"Global\\strait.gate.%08lx.%016llx.%u.%u", (unsigned long)hand->device,
                       (unsigned long long)hand->file, group, i) > 0;
        gates->gate[i] = all ? one_gate(name, i, rights, make, access) : NULL;
        all = gates->gate[i] != NULL;
    }
    LocalFree(rights);
    for (unsigned i = 0; i < STRAIT_WIN32_GATES_EACH && !all; i++) {
        strait_win32_close(gates->gate[i]);
        gates->gate[i] = NULL;
    }
    gates->modifiable = all && (access & EVENT_MODIFY_STATE) != 0;
    return all;
}

strait_win32_seat strait_win32_seat_at(const strait_u32 *word, bool make)
{
    strait_win32_seat seat = {.known = false};
    AcquireSRWLockShared(&lock);
    strait_win32_hand *hand = hand_at(word);
    uintptr_t offset = hand == NULL ? 0 : (uintptr_t)word - (uintptr_t)hand->base;
    unsigned group = (unsigned)(offset / sizeof *word % STRAIT_WIN32_GATE_GROUPS);
    if (hand != NULL && !hand->bare) {
        seat.known = true;
        seat.gates = hand->gates[group];
    }
    ReleaseSRWLockShared(&lock);
    if (!seat.known || seat.gates.gate[0] != NULL) {
        return seat;
    }
    AcquireSRWLockExclusive(&lock);
    hand = hand_at(word);
    if (hand != NULL && !hand->bare) {
        strait_win32_gates *gates = &hand->gates[group];
        if (gates->gate[0] == NULL && !open_all(hand, group, make, SYNCHRONIZE | EVENT_MODIFY_STATE, gates) &&
            make) {
            (void)open_all(hand, group, false, SYNCHRONIZE, gates); /* who may only read sleeps there too */
        }
        seat.gates = *gates;
    }
    ReleaseSRWLockExclusive(&lock);
    return seat;
}
