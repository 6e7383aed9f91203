/* options.h - options of callers compiled against older or newer headers. layer: layout */
#ifndef STRAIT_CORE_OPTIONS_H
#define STRAIT_CORE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

/* Copies a caller's options into ours: what an older caller does not know is 0; a newer caller's extra
 * part must be 0, for we do not know what it asks for. NULL options are all 0. False if it asks for what
 * we do not know. */
bool strait_options_take(void *ours, size_t our_bytes, const void *theirs, size_t their_bytes);

#endif
