/* name.h - the rule for names. layer: layout */
#ifndef STRAIT_CORE_NAME_H
#define STRAIT_CORE_NAME_H

#include <stddef.h>

/* What breaks the rule: NULL if nothing. *at is the byte that does. */
const char *strait_name_fault(const char *name, size_t most_bytes, size_t *at);

/* The name without the leading slash that is forgiven. */
const char *strait_name_clean(const char *name);

#endif
