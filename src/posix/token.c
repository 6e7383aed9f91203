/* token.c - the facts that the kernel drops with their holder. layer: system
 *
 * A token is a write lock on one byte, far behind the end, taken on the open file description that the
 * mapping was made from. Such a lock belongs to the description, not to a process or a descriptor. The
 * mapping pins the description, and the mapping ends exactly when the process can no longer touch the bytes:
 * not when it closes descriptors, is stopped, forks (MADV_DONTFORK) or loses its first thread; at once when
 * it is killed or executes another program.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "posix/posix.h"
#include "unix/identity.h"

static struct flock byte_lock(off_t byte)
{
    return (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1};
}

int strait_posix_lock(int descriptor, off_t byte, strait_os_cause *cause)
{
    struct flock lock = byte_lock(byte);
    if (fcntl(descriptor, F_OFD_SETLK, &lock) == 0) {
        return STRAIT_OK;
    }
    if (errno == EAGAIN || errno == EACCES) {
        return STRAIT_BUSY;
    }
    if (errno == EINVAL) {
        return strait_unix_failed_with(cause, "fcntl(F_OFD_SETLK)", EOPNOTSUPP);
    }
    return strait_unix_failed(cause, "fcntl(F_OFD_SETLK)");
}

int strait_os_token_hold(strait_os_map *map, const strait_os_place *place, uint32_t index,
                         strait_os_cause *cause)
{
    (void)place;
    int body = (int)map->spare[STRAIT_POSIX_BODY];
    if (!strait_posix_is_ours(body, map)) {
        return strait_unix_failed_with(cause, "fcntl(F_OFD_SETLK)", EBADF);
    }
    int rc = strait_posix_lock(body, STRAIT_POSIX_TOKEN_BYTE + (off_t)index, cause);
    if (rc == STRAIT_OK &&
        !strait_posix_is_ours(body, map)) { /* another thread closed it and opened something else */
        rc = strait_unix_failed_with(cause, "fcntl(F_OFD_SETLK)", EBADF);
    }
    if (rc == STRAIT_OK) {
        map->spare[STRAIT_POSIX_BODY] = -1;
        strait_unix_guard_close(body); /* from here on only the mapping holds the description */
    }
    return rc;
}

static strait_os_token_state ask(int descriptor, uint32_t index)
{
    struct flock lock = byte_lock(STRAIT_POSIX_TOKEN_BYTE + (off_t)index);
    if (fcntl(descriptor, F_OFD_GETLK, &lock) != 0) {
        return STRAIT_OS_TOKEN_UNKNOWN;
    }
    return lock.l_type == F_UNLCK ? STRAIT_OS_TOKEN_FREE : STRAIT_OS_TOKEN_HELD;
}

/* Asks through a descriptor only if it is ours before and after: else the answer may be about another
 * file. */
static strait_os_token_state ask_if_ours(int descriptor, const strait_os_map *map, uint32_t index)
{
    if (!strait_posix_is_ours(descriptor, map)) {
        return STRAIT_OS_TOKEN_UNKNOWN;
    }
    strait_os_token_state state = ask(descriptor, index);
    return strait_posix_is_ours(descriptor, map) ? state : STRAIT_OS_TOKEN_UNKNOWN;
}

strait_os_token_state strait_os_token_test(const strait_os_map *map, const strait_os_place *place,
                                           uint32_t index, const strait_os_identity *who)
{
    strait_os_token_state state = ask_if_ours((int)map->probe, map, index);
    if (state != STRAIT_OS_TOKEN_UNKNOWN) {
        return state;
    }
    /* The program closed our probe. The name may still lead to the same object. */
    char path[STRAIT_POSIX_PATH_MAX];
    if (place->kind != STRAIT_OS_ANONYMOUS && strait_posix_path(place, path, sizeof path)) {
        int probe = strait_posix_open(path, O_RDONLY, 0, false);
        if (probe >= 0) {
            state = ask_if_ours(probe, map, index);
            close(probe);
        }
    }
    if (state == STRAIT_OS_TOKEN_UNKNOWN && who != NULL) {
        state = strait_unix_ask_process(who);
    }
    return state;
}
