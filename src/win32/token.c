/* token.c - tokens of life. layer: system
 *
 * Token `index` is a lock on one byte far beyond the end of the map's file, exclusive, on the body handle. The system
 * drops it when that handle is closed, and that handle is closed by us after the view is gone, or by the system after
 * the last thread of the process has ended; CloseHandle by anybody else leaves it alone. Locks belong to the
 * very file, so neither names nor sessions matter to them.
 *
 * A question is a shared lock on the same byte, for a moment, through the probe. Questions do not keep each other
 * from the true answer, so nobody dead looks alive however many ask. They can keep somebody from taking a
 * token; who is refused asks, and if nobody holds it tries again.
 */
#include "win32/win32.h"

#define TOKEN_HIGH 0x40000000u /* byte 2^62 + index */
#define TRIES_MAX 400
#define TRIES_BEFORE_NAP 40

static OVERLAPPED byte_of(uint32_t index)
{
    return (OVERLAPPED){.Offset = index, .OffsetHigh = TOKEN_HIGH};
}

static bool lock(HANDLE file, uint32_t index, DWORD kind)
{
    OVERLAPPED byte = byte_of(index);
    return LockFileEx(file, kind | LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &byte) != 0;
}

static bool refused(void)
{
    return GetLastError() == ERROR_LOCK_VIOLATION || GetLastError() == ERROR_IO_PENDING;
}

static strait_os_token_state ask(HANDLE probe, uint32_t index)
{
    if (!lock(probe, index, 0)) {
        return refused() ? STRAIT_OS_TOKEN_HELD : STRAIT_OS_TOKEN_UNKNOWN;
    }
    OVERLAPPED byte = byte_of(index);
    (void)UnlockFileEx(probe, 0, 1, 0, &byte);
    return STRAIT_OS_TOKEN_FREE;
}

strait_os_token_state strait_os_token_test(const strait_os_map *map, const strait_os_place *place,
                                           uint32_t index, const strait_os_identity *who)
{
    (void)place;
    (void)who; /* the lock answers, or nobody does */
    if (map->probe == -1 || index >= STRAIT_PARTICIPANTS_MAX) {
        return STRAIT_OS_TOKEN_UNKNOWN;
    }
    return ask(strait_win32_probe(map), index); /* nobody else can have closed it */
}

int strait_os_token_hold(strait_os_map *map, const strait_os_place *place, uint32_t index,
                         strait_os_cause *cause)
{
    (void)place;
    strait_win32_hand *hand = strait_win32_hand_of(map);
    if (hand->body == NULL || !map->writable) {
        return strait_win32_failed_with(cause, "LockFileEx", ERROR_INVALID_HANDLE);
    }
    strait_win32_protect(hand->body);
    for (int tries = 0; tries < TRIES_MAX; tries++) {
        if (lock(hand->body, index, LOCKFILE_EXCLUSIVE_LOCK)) {
            return STRAIT_OK;
        }
        if (!refused()) {
            return strait_win32_failed(cause, "LockFileEx");
        }
        if (ask(hand->probe, index) != STRAIT_OS_TOKEN_FREE) {
            return STRAIT_BUSY;
        }
        strait_os_nap(tries < TRIES_BEFORE_NAP ? 1000 : 1000000);
    }
    return STRAIT_BUSY; /* somebody keeps asking: nobody holds it, and nobody can take it */
}

void strait_os_token_forgo(strait_os_map *map)
{
    if (map->base == NULL) {
        return;
    }
    strait_win32_hand *hand = strait_win32_hand_of(map);
    strait_win32_close(hand->body); /* the view does not need it */
    hand->body = NULL;
}
