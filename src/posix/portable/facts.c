/* facts.c - what kind of system this is, as data; chance. layer: system */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "posix/portable/portable.h"

const strait_os_facts *strait_os_facts_get(void)
{
    static const strait_os_facts facts = {
        .backend = "posix",
        .system = STRAIT_POSIX_SYSTEM,
        .names_persist = true,
        .size_is_exact = STRAIT_POSIX_SIZE_IS_EXACT,
        .publish_is_atomic = true,
        .token_is_proof = false,
        .wait_is_native = false, /* at best it sleeps for a while, and looks again */
        .has_anonymous_maps = false,
        .name_bytes_max = 230, /* a name, what is put around it, and a file system's 255 */
    };
    return &facts;
}

int strait_os_random(void *bytes, size_t count, strait_os_cause *cause)
{
    char *at = bytes;
    int file = strait_portable_open("/dev/urandom", O_RDONLY, 0, false);
    if (file < 0) {
        return strait_unix_failed(cause, "open(/dev/urandom)");
    }
    int rc = STRAIT_OK;
    while (count > 0 && rc == STRAIT_OK) {
        ssize_t got = read(file, at, count);
        if (got > 0) {
            at += got;
            count -= (size_t)got;
        } else if (got == 0 || errno != EINTR) {
            rc = strait_unix_failed(cause, "read(/dev/urandom)");
        }
    }
    close(file);
    return rc;
}
