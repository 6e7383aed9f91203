/* map.c - mapping what is there, and letting go of it. layer: system
 *
 * Two descriptions of the object are opened. The one that the mapping is made from ("body") will carry the
 * token: the mapping pins it, the mapping is not inherited by forked children, and its descriptor is closed
 * as soon as it carries the token. The other ("probe") never carries a lock, so it may be inherited or
 * closed by anybody; questions about tokens are asked through it, since a description cannot see its own
 * locks.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "posix/posix.h"

void strait_os_map_identify(const strait_os_place *place, strait_os_map *map)
{
    char path[STRAIT_POSIX_PATH_MAX];
    struct stat about;
    *map = (strait_os_map){.probe = -1};
    if (strait_posix_path(place, path, sizeof path) && stat(path, &about) == 0) {
        map->device = (uint64_t)about.st_dev;
        map->file = (uint64_t)about.st_ino;
    }
}

bool strait_posix_is_ours(int descriptor, const strait_os_map *map)
{
    struct stat about;
    return descriptor >= 0 && fstat(descriptor, &about) == 0 && (uint64_t)about.st_dev == map->device &&
           (uint64_t)about.st_ino == map->file;
}

/* Programs close and reopen 0, 1 and 2; a descriptor of ours there would get their output. */
static int away_from_standard(int descriptor)
{
    if (descriptor < 0 || descriptor > 2) {
        return descriptor;
    }
    int higher = fcntl(descriptor, F_DUPFD_CLOEXEC, 3);
    int saved = errno;
    close(descriptor);
    errno = saved;
    return higher;
}

int strait_posix_open(const char *path, int flags, unsigned mode, bool guarded)
{
    /* O_NONBLOCK: a pipe that somebody put there must not make us wait. It means nothing to a plain file. */
    flags |= O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
    if (!guarded) {
        return away_from_standard(open(path, flags, mode));
    }
    strait_unix_guard_begin();
    int descriptor = away_from_standard(open(path, flags, mode));
    if (descriptor >= 0 && !strait_unix_guard_add(descriptor)) {
        close(descriptor);
        descriptor = -1;
        errno = EMFILE;
    }
    strait_unix_guard_end();
    return descriptor;
}

int strait_posix_reopen(int descriptor, int flags)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
    return strait_posix_open(path, flags, 0, false);
}

/* The mapping pins the description, so no child may have it: no fork comes between mmap and madvise. NULL
 * with the cause. */
static void *map_for_us_alone(int descriptor, size_t bytes, bool writable, strait_os_cause *cause)
{
    int access = writable ? PROT_READ | PROT_WRITE : PROT_READ;
    strait_unix_guard_begin();
    void *base = mmap(NULL, bytes, access, MAP_SHARED, descriptor, 0);
    if (base == MAP_FAILED) {
        (void)strait_unix_failed(cause, "mmap");
        base = NULL;
    } else if (madvise(base, bytes, MADV_DONTFORK) != 0) {
        (void)strait_unix_failed(cause, "madvise(MADV_DONTFORK)");
        munmap(base, bytes);
        base = NULL;
    }
    strait_unix_guard_end();
    return base;
}

int strait_posix_map(int descriptor, uint64_t bytes, bool writable, strait_os_map *map,
                     strait_os_cause *cause)
{
    struct stat about;
    if (fstat(descriptor, &about) != 0) {
        return strait_unix_failed(cause, "fstat");
    }
    if (bytes > SIZE_MAX / 2) {
        cause->asked = bytes;
        return strait_unix_failed_with(cause, "mmap", ENOMEM);
    }
    void *base = map_for_us_alone(descriptor, (size_t)bytes, writable, cause);
    if (base == NULL) {
        cause->asked = bytes;
        return strait_unix_failed_with(cause, cause->call, (int)cause->code);
    }
    *map = (strait_os_map){.base = base,
                           .bytes = bytes,
                           .writable = writable,
                           .probe = -1,
                           .device = (uint64_t)about.st_dev,
                           .file = (uint64_t)about.st_ino,
                           .epoch = strait_os_process_epoch(),
                           .spare = {-1, -1}};
    return STRAIT_OK;
}

int strait_posix_find_probe(int descriptor, const char *path, strait_os_map *map, strait_os_cause *cause)
{
    int probe = strait_posix_reopen(descriptor, O_RDONLY);
    if (probe < 0 && (errno == EMFILE || errno == ENFILE)) {
        return strait_unix_failed(cause, "open(/proc/self/fd)");
    }
    if (probe < 0 && path != NULL) { /* no /proc here: by name, if that still leads to the same object */
        probe = strait_posix_open(path, O_RDONLY, 0, false);
        if (probe >= 0 && !strait_posix_is_ours(probe, map)) {
            close(probe);
            probe = -1;
        }
    }
    map->probe = probe;
    return STRAIT_OK;
}

int strait_posix_adopt(int descriptor, const char *path, bool writable, uint64_t least_bytes,
                       uint64_t most_bytes, strait_os_map *map, strait_os_cause *cause)
{
    struct stat about;
    int rc = STRAIT_OK;
    if (fstat(descriptor, &about) != 0) {
        rc = strait_unix_failed(cause, "fstat");
    } else if (!S_ISREG(about.st_mode)) {
        cause->call = "it is a directory, a device or a pipe";
        rc = STRAIT_FOREIGN;
    } else if ((uint64_t)about.st_size < least_bytes || about.st_size == 0) {
        cause->asked = least_bytes;
        cause->available = (uint64_t)about.st_size;
        rc = STRAIT_TRUNCATED;
    } else if (most_bytes != 0 && (uint64_t)about.st_size > most_bytes) {
        cause->asked = (uint64_t)about.st_size;
        cause->available = most_bytes;
        rc = STRAIT_OVER_QUOTA;
    } else {
        rc = strait_posix_map(descriptor, (uint64_t)about.st_size, writable, map, cause);
    }
    if (rc < 0) {
        strait_unix_guard_close(descriptor);
        return rc;
    }
    rc = strait_posix_find_probe(descriptor, path, map, cause);
    if (rc == STRAIT_OK && writable) {
        map->spare[STRAIT_POSIX_BODY] = descriptor;
    } else {
        strait_unix_guard_close(descriptor);
    }
    if (rc < 0) {
        strait_os_map_close(map);
    }
    return rc;
}

int strait_os_map_open(const strait_os_place *place, bool writable, uint64_t least_bytes, uint64_t most_bytes,
                       strait_os_map *map, strait_os_cause *cause)
{
    char path[STRAIT_POSIX_PATH_MAX];
    if (!strait_posix_path(place, path, sizeof path)) {
        return strait_unix_failed_with(cause, "open", ENAMETOOLONG);
    }
    /* In a directory that everybody writes to, a link may be somebody's trap. */
    int follow = place->kind == STRAIT_OS_FILE ? 0 : O_NOFOLLOW;
    int descriptor = strait_posix_open(path, (writable ? O_RDWR : O_RDONLY) | follow, 0, true);
    if (descriptor < 0) {
        int rc = strait_unix_failed(cause, "open");
        struct stat about;
        if (rc == STRAIT_DENIED && stat(path, &about) == 0) {
            cause->owned = true;
            cause->owner = about.st_uid;
            cause->mode = (uint32_t)about.st_mode & 07777;
        }
        return rc;
    }
    return strait_posix_adopt(descriptor, path, writable, least_bytes, most_bytes, map, cause);
}

/* Closes a descriptor of ours, unless the program has closed it already and the number is somebody else's. */
static void close_if_ours(int64_t descriptor, const strait_os_map *map)
{
    if (descriptor >= 0 && strait_posix_is_ours((int)descriptor, map)) {
        strait_unix_guard_close((int)descriptor);
    }
}

void strait_os_token_forgo(strait_os_map *map)
{
    close_if_ours(map->spare[STRAIT_POSIX_BODY], map);
    map->spare[STRAIT_POSIX_BODY] = -1;
}

void strait_os_map_close(strait_os_map *map)
{
    if (map->base == NULL) {
        return;
    }
    bool in_child = map->epoch != strait_os_process_epoch();
    close_if_ours(map->probe, map);
    if (!in_child) {
        if (map->spare[STRAIT_POSIX_NONCE] >= 0) {
            strait_posix_forget_unfinished(map);
        }
        strait_os_token_forgo(map);
        munmap(map->base, (size_t)map->bytes); /* in a child the addresses may be something else's by now */
    }
    *map = (strait_os_map){.probe = -1};
}
