/* facts.c - what kind of system this is, as data; chance. layer: system */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "sysv/sysv.h"

#ifdef STRAIT_SYSV_HAVE_GETRANDOM
#include <sys/random.h>
#endif

const strait_os_facts *strait_os_facts_get(void)
{
    static const strait_os_facts facts = {
        .backend = "sysv",
        .system = STRAIT_SYSV_SYSTEM,
        .names_persist = true,
        .size_is_exact = true,
        .publish_is_atomic = true,
        .token_is_proof = true,
        .wait_is_native = false,
        .has_anonymous_maps = false,
        .name_bytes_max = STRAIT_SYSV_NAME_BYTES - 1,
    };
    return &facts;
}

#ifdef STRAIT_SYSV_HAVE_GETRANDOM

static ssize_t some(char *bytes, size_t count)
{
    return getrandom(bytes, count, 0);
}

#else

static ssize_t some(char *bytes, size_t count)
{
    int file = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return -1;
    }
    ssize_t got = read(file, bytes, count);
    int saved = errno;
    close(file);
    errno = saved;
    return got;
}

#endif

int strait_os_random(void *bytes, size_t count, strait_os_cause *cause)
{
    char *at = bytes;
    while (count > 0) {
        ssize_t got = some(at, count);
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
