/* wait_none.c - a system without a call to sleep on a word of shared memory. layer: system */
#include "posix/portable/wait.h"

int strait_portable_sleep(const strait_u32 *word, uint32_t expected, uint64_t nanoseconds)
{
    (void)word;
    (void)expected;
    (void)nanoseconds;
    return STRAIT_PORTABLE_NO_WAIT;
}

int strait_portable_awaken(const strait_u32 *word, uint32_t count)
{
    (void)word;
    (void)count;
    return 0;
}
