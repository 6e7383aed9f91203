/* errors.h - errno as results, for every back end on a Unix. layer: system */
#ifndef STRAIT_UNIX_ERRORS_H
#define STRAIT_UNIX_ERRORS_H

#include "core/os.h"

/* Notes errno as what `call` said and returns the result that it means. */
int strait_unix_failed(strait_os_cause *cause, const char *call);

/* The same with an error number of the caller's. */
int strait_unix_failed_with(strait_os_cause *cause, const char *call, int number);

#endif
