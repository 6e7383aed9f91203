/* facts.c - what kind of system this is, as data. layer: system */
#include <errno.h>
#include <sys/random.h>

#include "posix/posix.h"

const strait_os_facts *strait_os_facts_get(void)
{
    static const strait_os_facts facts = {
        .backend = "posix",
        .system = "Linux",
        .names_persist = true,
        .size_is_exact = true,
        .publish_is_atomic = true,
        .token_is_proof = true,
        .wait_is_native = true,
        .has_anonymous_maps = true,
        .name_bytes_max = 255 - (sizeof STRAIT_POSIX_PREFIX - 1),
    };
    return &facts;
}

int strait_os_random(void *bytes, size_t count, strait_os_cause *cause)
{
    char *at = bytes;
    while (count > 0) {
        ssize_t got = getrandom(at, count, 0);
        if (got < 0 && errno != EINTR) {
            return strait_unix_failed(cause, "getrandom");
        }
        if (got > 0) {
            at += got;
            count -= (size_t)got;
        }
    }
    return STRAIT_OK;
}
