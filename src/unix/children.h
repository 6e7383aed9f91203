/* children.h - what forked children do not get. layer: system */
#ifndef STRAIT_UNIX_CHILDREN_H
#define STRAIT_UNIX_CHILDREN_H

#include "core/os.h"

/* Keeps the mapping out of children that are forked from now on; false where the system cannot. */
bool strait_unix_keep_from_children(void *base, size_t bytes);

#endif
