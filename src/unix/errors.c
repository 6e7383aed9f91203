/* errors.c - errno as results, and the system's words for a cause. layer: system
 *
 * One table. What is not in it is SYSTEM: refused for a reason that Strait does not expect.
 */
/* strerror_r has two forms; we want the one of POSIX, which writes into our own room. */
#undef _GNU_SOURCE
#define _POSIX_C_SOURCE 200809L

#include "unix/errors.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const struct {
    int number, result;
} table[] = {
    {ENOENT, STRAIT_NOT_FOUND},      {EEXIST, STRAIT_EXISTS},          {EACCES, STRAIT_DENIED},
    {EPERM, STRAIT_DENIED},          {EROFS, STRAIT_DENIED},           {ENOSPC, STRAIT_NO_SPACE},
    {EDQUOT, STRAIT_NO_SPACE},       {EFBIG, STRAIT_NO_SPACE},         {ENOMEM, STRAIT_NO_MEMORY},
    {EMFILE, STRAIT_TOO_MANY_FILES}, {ENFILE, STRAIT_TOO_MANY_FILES},  {EINTR, STRAIT_INTERRUPTED},
    {ENAMETOOLONG, STRAIT_BAD_NAME}, {ENOTDIR, STRAIT_NOT_FOUND},      {EISDIR, STRAIT_FOREIGN},
    {ELOOP, STRAIT_FOREIGN},         {ENXIO, STRAIT_FOREIGN},          {ENODEV, STRAIT_FOREIGN},
    {ENOSYS, STRAIT_UNSUPPORTED},    {EOPNOTSUPP, STRAIT_UNSUPPORTED}, {EBADF, STRAIT_BAD_ARGUMENT},
};

int strait_unix_failed_with(strait_os_cause *cause, const char *call, int number)
{
    cause->call = call;
    cause->code = number;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (table[i].number == number) {
            return table[i].result;
        }
    }
    return STRAIT_SYSTEM;
}

int strait_unix_failed(strait_os_cause *cause, const char *call)
{
    return strait_unix_failed_with(cause, call, errno);
}

void strait_os_cause_text(const strait_os_cause *cause, char *text, size_t room)
{
    if (cause->call == NULL) {
        snprintf(text, room, "the system gave no reason");
        return;
    }
    char words[128] = "";
    if (cause->code == 0 || strerror_r((int)cause->code, words, sizeof words) != 0) {
        snprintf(text, room, "%s", cause->call);
        return;
    }
    int used = snprintf(text, room, "%s said: %s (errno %d)", cause->call, words, (int)cause->code);
    if (cause->owned && used > 0 && (size_t)used < room) {
        snprintf(text + used, room - (size_t)used, "; it belongs to user %u, mode %04o",
                 (unsigned)cause->owner, (unsigned)cause->mode);
    }
}
