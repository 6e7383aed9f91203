/* wait_darwin.c - macOS: os_sync_wait_on_address, there since 14.4. layer: system
 *
 * Compiled and linked where this was written, never run. The calls are weakly linked: on an older system their
 * addresses are null, and we nap. They are declared here, with the numbers of the interface, because the
 * header came with 14.4 too.
 */
#include <errno.h>
#include <stddef.h>

#include "posix/portable/wait.h"

#define SHARED 1u              /* OS_SYNC_WAIT_ON_ADDRESS_SHARED, OS_SYNC_WAKE_BY_ADDRESS_SHARED */
#define MACH_ABSOLUTE_TIME 32u /* OS_CLOCK_MACH_ABSOLUTE_TIME */

extern int os_sync_wait_on_address_with_timeout(void *at, uint64_t value, size_t size, uint32_t flags,
                                                uint32_t clock, uint64_t nanoseconds)
    __attribute__((weak_import));
extern int os_sync_wake_by_address_all(void *at, size_t size, uint32_t flags) __attribute__((weak_import));
extern int os_sync_wake_by_address_any(void *at, size_t size, uint32_t flags) __attribute__((weak_import));

int strait_portable_sleep(const strait_u32 *word, uint32_t expected, uint64_t nanoseconds)
{
    if (os_sync_wait_on_address_with_timeout == NULL || nanoseconds == 0) {
        return STRAIT_PORTABLE_NO_WAIT;
    }
    void *at = (void *)(uintptr_t)word;
    if (os_sync_wait_on_address_with_timeout(at, expected, sizeof *word, SHARED, MACH_ABSOLUTE_TIME,
                                             nanoseconds) >= 0) {
        return STRAIT_OK;
    }
    switch (errno) {
    case ETIMEDOUT:
        return STRAIT_TIMED_OUT;
    case EINTR:
        return STRAIT_INTERRUPTED;
    default:
        return STRAIT_PORTABLE_NO_WAIT;
    }
}

int strait_portable_awaken(const strait_u32 *word, uint32_t count)
{
    void *at = (void *)(uintptr_t)word;
    if (os_sync_wake_by_address_all == NULL || os_sync_wake_by_address_any == NULL) {
        return 0;
    }
    if (count > 8) {
        return os_sync_wake_by_address_all(at, sizeof *word, SHARED) == 0 ? 0 : 0;
    }
    int woken = 0;
    while ((uint32_t)woken < count && os_sync_wake_by_address_any(at, sizeof *word, SHARED) == 0) {
        woken++;
    }
    return woken;
}
