/* options.c - options of callers compiled against older or newer headers. layer: layout */
#include "core/options.h"

#include <string.h>

bool strait_options_take(void *ours, size_t our_bytes, const void *theirs, size_t their_bytes)
{
    memset(ours, 0, our_bytes);
    if (theirs == NULL) {
        return true;
    }
    memcpy(ours, theirs, their_bytes < our_bytes ? their_bytes : our_bytes);
    for (size_t i = our_bytes; i < their_bytes; i++) {
        if (((const unsigned char *)theirs)[i] != 0) {
            return false;
        }
    }
    return true;
}
