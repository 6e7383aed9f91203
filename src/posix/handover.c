/* handover.c - maps handed over by descriptor, and what the system knows about a map. layer: system
 *
 * A descriptor that crosses to another process still refers to the same description, and a token hangs on
 * the description: two processes would share one token. So whoever receives one opens the object behind it
 * anew.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "posix/posix.h"

int strait_os_map_open_descriptor(int descriptor, bool writable, uint64_t least_bytes, uint64_t most_bytes,
                                  strait_os_map *map, strait_os_cause *cause)
{
    if (fcntl(descriptor, F_GETFD) < 0) {
        return strait_unix_failed(cause, "fcntl");
    }
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
    int own = strait_posix_open(path, writable ? O_RDWR : O_RDONLY, 0, true);
    if (own < 0) {
        bool no_proc = errno == ENOENT;
        return strait_unix_failed_with(cause, "open(/proc/self/fd)", no_proc ? EOPNOTSUPP : errno);
    }
    return strait_posix_adopt(own, NULL, writable, least_bytes, most_bytes, map, cause);
}

int strait_os_map_descriptor(const strait_os_map *map, const strait_os_place *place, bool writable,
                             int *descriptor, strait_os_cause *cause)
{
    int flags = writable ? O_RDWR : O_RDONLY;
    char path[STRAIT_POSIX_PATH_MAX];
    int fresh = -1;
    if (strait_posix_is_ours((int)map->probe, map)) {
        fresh = strait_posix_reopen((int)map->probe, flags);
    } else if (place->kind == STRAIT_OS_ANONYMOUS) {
        return strait_unix_failed_with(cause, "open(/proc/self/fd)", EOPNOTSUPP);
    } else if (strait_posix_path(place, path, sizeof path)) { /* the program closed our probe */
        fresh = strait_posix_open(path, flags, 0, false);
    }
    if (fresh < 0) {
        return strait_unix_failed_with(cause, "open(/proc/self/fd)", errno == ENOENT ? EOPNOTSUPP : errno);
    }
    if (!strait_posix_is_ours(fresh, map)) {
        close(fresh);
        return strait_unix_failed_with(cause, "open", EOPNOTSUPP);
    }
    *descriptor = fresh;
    return STRAIT_OK;
}

/* A descriptor to ask about the map: the probe, or another; *borrowed tells whether to close it. */
static int any_descriptor(const strait_os_map *map, const strait_os_place *place, bool *borrowed)
{
    *borrowed = strait_posix_is_ours((int)map->probe, map);
    if (*borrowed) {
        return (int)map->probe;
    }
    char path[STRAIT_POSIX_PATH_MAX];
    int fresh = -1;
    if (place->kind != STRAIT_OS_ANONYMOUS && strait_posix_path(place, path, sizeof path)) {
        fresh = strait_posix_open(path, O_RDONLY, 0, false);
    }
    if (fresh >= 0 && !strait_posix_is_ours(fresh, map)) {
        close(fresh);
        fresh = -1;
    }
    if (fresh < 0) {
        errno = EBADF;
    }
    return fresh;
}

int strait_os_map_stat(const strait_os_map *map, const strait_os_place *place, strait_os_map_status *status,
                       strait_os_cause *cause)
{
    bool borrowed;
    int descriptor = any_descriptor(map, place, &borrowed);
    struct stat about;
    if (descriptor < 0 || fstat(descriptor, &about) != 0) {
        return strait_unix_failed_with(cause, "fstat", EOPNOTSUPP);
    }
    if (!borrowed) {
        close(descriptor);
    }
    *status = (strait_os_map_status){.bytes = (uint64_t)about.st_size,
                                     .mode = (uint32_t)about.st_mode & 0777,
                                     .user = about.st_uid,
                                     .group = about.st_gid,
                                     .changed_ns = (uint64_t)about.st_mtim.tv_sec * UINT64_C(1000000000) +
                                                   (uint64_t)about.st_mtim.tv_nsec,
                                     .linked = about.st_nlink > 0 && place->kind != STRAIT_OS_ANONYMOUS};
    return STRAIT_OK;
}

int strait_os_map_set_mode(const strait_os_map *map, const strait_os_place *place, uint32_t mode,
                           strait_os_cause *cause)
{
    bool borrowed;
    int descriptor = any_descriptor(map, place, &borrowed);
    if (descriptor < 0) {
        return strait_unix_failed_with(cause, "fchmod", EOPNOTSUPP);
    }
    int rc = fchmod(descriptor, (mode_t)mode) == 0 ? STRAIT_OK : strait_unix_failed(cause, "fchmod");
    if (!borrowed) {
        close(descriptor);
    }
    return rc;
}
