/* identity.h - the fallback when a token cannot be asked. layer: system */
#ifndef STRAIT_UNIX_IDENTITY_H
#define STRAIT_UNIX_IDENTITY_H

#include "core/os.h"

/* Whether that very process is still there, by pid and start time. UNKNOWN from another pid namespace or
 * boot. */
strait_os_token_state strait_unix_ask_process(const strait_os_identity *who);

/* True if /proc shows our own pid namespace: in a container it may be that of the world outside. */
bool strait_unix_proc_is_ours(void);

#endif
