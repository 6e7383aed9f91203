/* identity.c - who this process is, for people to read and for the fallback when a token cannot be asked.
 * layer: system
 */
#include "unix/identity.h"

#include <string.h>
#include <unistd.h>

#include "unix/process.h"

void strait_os_self(strait_os_identity *self)
{
    memset(self, 0, sizeof *self);
    self->pid = (uint32_t)getpid();
    self->start = strait_unix_own_start();
    self->pid_namespace = strait_unix_pid_space();
    strait_unix_boot(self->boot);
    strait_unix_program(self->program, sizeof self->program);
}

strait_os_token_state strait_unix_ask_process(const strait_os_identity *who)
{
    uint8_t boot[16];
    strait_unix_boot(boot);
    if (who->pid == 0 || who->start == 0 || who->pid_namespace == 0 ||
        !strait_unix_shows(who->pid_namespace) || memcmp(boot, who->boot, sizeof boot) != 0) {
        return STRAIT_OS_TOKEN_UNKNOWN; /* its pid means nothing to us */
    }
    uint64_t start = 0;
    switch (strait_unix_look_at(who->pid, &start)) {
    case STRAIT_UNIX_GONE:
        return STRAIT_OS_TOKEN_FREE;
    case STRAIT_UNIX_THERE: /* with another start the number is somebody else's by now */
        return strait_unix_same_start(start, who->start) ? STRAIT_OS_TOKEN_HELD : STRAIT_OS_TOKEN_FREE;
    default:
        return STRAIT_OS_TOKEN_UNKNOWN;
    }
}
