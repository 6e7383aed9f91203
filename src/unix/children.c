/* children.c - keeping a mapping out of forked children, which each system calls otherwise. layer: system */
#include "unix/children.h"

#include <sys/mman.h>

bool strait_unix_keep_from_children(void *base, size_t bytes)
{
#if defined MADV_DONTFORK
    return madvise(base, bytes, MADV_DONTFORK) == 0;
#elif defined INHERIT_NONE
    return minherit(base, bytes, INHERIT_NONE) == 0;
#elif defined MAP_INHERIT_NONE
    return minherit(base, bytes, MAP_INHERIT_NONE) == 0;
#elif defined VM_INHERIT_NONE
    return minherit(base, bytes, VM_INHERIT_NONE) == 0;
#else
    (void)base;
    (void)bytes;
    return false;
#endif
}
