/* create.c - making a map that nobody can find until it is finished. layer: system
 *
 * The file has no name while it is made (O_TMPFILE), so a process killed half-way leaves nothing: the kernel
 * frees the bytes with the last description. Its name is given by linkat, which fails if the name is taken.
 * Where a file system has no unnamed files, the file gets a name of its own that says that it is unfinished;
 * its token tells the sweep whether its maker is alive.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "posix/posix.h"

static int no_space(const strait_os_place *place, int descriptor, uint64_t bytes, const char *call,
                    strait_os_cause *cause)
{
    int rc = strait_unix_failed(cause, call);
    struct statvfs about;
    cause->asked = bytes;
    cause->where = place->kind == STRAIT_OS_FILE        ? "its file system"
                   : place->kind == STRAIT_OS_ANONYMOUS ? "the system (memory)"
                                                        : STRAIT_POSIX_DIRECTORY;
    const char *path =
        place->kind == STRAIT_OS_ANONYMOUS || place->kind == STRAIT_OS_FILE ? NULL : STRAIT_POSIX_DIRECTORY;
    if ((path != NULL ? statvfs(path, &about) : fstatvfs(descriptor, &about)) == 0) {
        cause->available = (uint64_t)about.f_bavail * about.f_frsize;
    }
    return rc;
}

/* Writes zeros where the file system cannot allocate: the bytes are there for real all the same. */
static int allocate_by_writing(int descriptor, uint64_t bytes)
{
    static const char zeros[65536];
    for (uint64_t at = 0; at < bytes;) {
        uint64_t piece = bytes - at < sizeof zeros ? bytes - at : sizeof zeros;
        ssize_t done = pwrite(descriptor, zeros, (size_t)piece, (off_t)at);
        if (done < 0 && errno != EINTR) {
            return -1;
        }
        at += done > 0 ? (uint64_t)done : 0;
    }
    return 0;
}

/* Bytes that can never be had here, whatever is freed; UINT64_MAX if no bound is known. Asked before the
 * memory is taken, since taking all there is invites the kernel to kill somebody. */
static uint64_t bound(const strait_os_place *place, int descriptor, strait_os_cause *cause)
{
    struct rlimit limit;
    uint64_t most = UINT64_MAX;
    if (getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY) {
        most = (uint64_t)limit.rlim_cur; /* beyond it the kernel sends a signal that kills */
        cause->where = "the file size limit (ulimit -f)";
    }
    uint64_t there = UINT64_MAX;
    struct statvfs about;
    struct sysinfo memory;
    if (place->kind == STRAIT_OS_ANONYMOUS) {
        there =
            sysinfo(&memory) == 0 ? ((uint64_t)memory.totalram + memory.totalswap) * memory.mem_unit : there;
    } else if (fstatvfs(descriptor, &about) == 0 && about.f_blocks != 0) {
        there = (uint64_t)about.f_blocks * about.f_frsize;
    }
    if (there < most) {
        cause->where = NULL;
        most = there;
    }
    return most;
}

/* In pieces: a kernel that gives up at a signal has then undone one piece only, and we get on. */
static int allocate_in_pieces(int descriptor, uint64_t bytes)
{
    const uint64_t piece_bytes = UINT64_C(16) << 20;
    for (uint64_t at = 0; at < bytes;) {
        uint64_t piece = bytes - at < piece_bytes ? bytes - at : piece_bytes;
        if (fallocate(descriptor, 0, (off_t)at, (off_t)piece) == 0) {
            at += piece;
        } else if (errno != EINTR) {
            return -1;
        }
    }
    return 0;
}

static int allocate(const strait_os_place *place, int descriptor, uint64_t bytes, strait_os_cause *cause)
{
    if (bytes > SIZE_MAX / 2) { /* it could not be mapped here, so do not take the memory first */
        cause->asked = bytes;
        return strait_unix_failed_with(cause, "mmap", ENOMEM);
    }
    uint64_t most = bound(place, descriptor, cause);
    if (bytes > most || bytes > INT64_MAX) {
        cause->never = true;
        if (cause->where != NULL) {
            cause->asked = bytes;
            cause->available = most;
            return strait_unix_failed_with(cause, "fallocate", EFBIG);
        }
        errno = ENOSPC;
        return no_space(place, descriptor, bytes, "fallocate", cause);
    }
    cause->where = NULL;
    int rc = allocate_in_pieces(descriptor, bytes);
    if (rc != 0 && (errno == EOPNOTSUPP || errno == ENOSYS)) {
        rc = allocate_by_writing(descriptor, bytes);
    }
    return rc == 0 ? STRAIT_OK : no_space(place, descriptor, bytes, "fallocate", cause);
}

/* --- the file ------------------------------------------------------------------------------------------- */

static int new_anonymous(uint32_t mode)
{
#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif
    strait_unix_guard_begin();
    unsigned no_exec = (mode & 0111) == 0 ? MFD_NOEXEC_SEAL : 0; /* the seal freezes these bits */
    int descriptor = memfd_create("strait", MFD_CLOEXEC | MFD_ALLOW_SEALING | no_exec);
    if (descriptor < 0 && errno == EINVAL) { /* Linux before 6.3 */
        descriptor = memfd_create("strait", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    }
    if (descriptor >= 0 && descriptor <= 2) {
        int higher = fcntl(descriptor, F_DUPFD_CLOEXEC, 3);
        close(descriptor);
        descriptor = higher;
    }
    if (descriptor >= 0 && !strait_unix_guard_add(descriptor)) {
        close(descriptor);
        descriptor = -1;
        errno = EMFILE;
    }
    strait_unix_guard_end();
    return descriptor;
}

static int new_unnamed(const char *directory)
{
    int descriptor = strait_posix_open(directory, O_TMPFILE | O_RDWR, 0600, true);
    if (descriptor < 0) {
        return descriptor;
    }
    int again = strait_posix_reopen(descriptor, O_RDONLY); /* without /proc it could never be named */
    if (again < 0) {
        strait_unix_guard_close(descriptor);
        errno = EOPNOTSUPP;
        return -1;
    }
    close(again);
    return descriptor;
}

static bool unfinished_path(const strait_os_place *place, int64_t nonce, char *path, size_t room)
{
    char directory[STRAIT_POSIX_PATH_MAX];
    char name[256];
    strait_posix_directory(place, directory, sizeof directory);
    strait_posix_unfinished(place, name, sizeof name);
    int length = snprintf(path, room, "%s/%s%016" PRIx64, directory, name, (uint64_t)nonce);
    return length > 0 && (size_t)length < room;
}

/* One try: -1 with errno, EAGAIN if a sweep took the new file for a dead maker's before we could lock it. */
static int try_own_name(const strait_os_place *place, int64_t *nonce, strait_os_cause *cause)
{
    char path[STRAIT_POSIX_PATH_MAX];
    if (strait_os_random(nonce, sizeof *nonce, cause) < 0) {
        return -1;
    }
    *nonce &= INT64_MAX;
    if (!unfinished_path(place, *nonce, path, sizeof path)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    int descriptor = strait_posix_open(path, O_CREAT | O_EXCL | O_RDWR | O_NOFOLLOW, 0600, true);
    if (descriptor < 0) {
        return -1;
    }
    /* From here on the sweep sees that we live; the mapping will pin the lock when the descriptor is
     * closed. */
    int rc = strait_posix_lock(descriptor, STRAIT_POSIX_TOKEN_BYTE, cause);
    int saved = rc == STRAIT_BUSY ? EAGAIN : errno;
    struct stat about;
    if (rc == STRAIT_OK && fstat(descriptor, &about) == 0 && about.st_nlink > 0) {
        return descriptor;
    }
    strait_unix_guard_close(descriptor);
    unlink(path);
    errno = rc == STRAIT_OK ? EAGAIN : saved;
    return -1;
}

static int new_with_own_name(const strait_os_place *place, const char *directory, int64_t *nonce,
                             strait_os_cause *cause)
{
    char prefix[256];
    strait_posix_unfinished(place, prefix, sizeof prefix);
    (void)strait_posix_sweep(directory, prefix,
                             cause); /* what makers of the same name left, killed half-way */
    int descriptor;
    do {
        descriptor = try_own_name(place, nonce, cause);
    } while (descriptor < 0 && errno == EAGAIN);
    return descriptor;
}

static int new_file(const strait_os_place *place, uint32_t mode, int64_t *nonce, strait_os_cause *cause)
{
    if (place->kind == STRAIT_OS_ANONYMOUS) {
        return new_anonymous(mode);
    }
    char directory[STRAIT_POSIX_PATH_MAX];
    strait_posix_directory(place, directory, sizeof directory);
    int descriptor = new_unnamed(directory);
    /* EISDIR comes from kernels that do not know unnamed files at all, the others from file systems. */
    if (descriptor < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL)) {
        descriptor = new_with_own_name(place, directory, nonce, cause);
    }
    return descriptor;
}

/* --- the map -------------------------------------------------------------------------------------------- */

static int hold(strait_os_map *map, const strait_os_place *place, int body, uint32_t token,
                strait_os_cause *cause)
{
    if (token == STRAIT_OS_NO_TOKEN) {
        strait_unix_guard_close(body);
        return STRAIT_OK;
    }
    map->spare[STRAIT_POSIX_BODY] = body;
    return strait_os_token_hold(map, place, token, cause);
}

static int finish(const strait_os_place *place, int body, uint64_t bytes, uint32_t mode, uint32_t token,
                  int64_t nonce, strait_os_map *map, strait_os_cause *cause)
{
    int rc = allocate(place, body, bytes, cause);
    if (rc == STRAIT_OK && place->kind == STRAIT_OS_ANONYMOUS &&
        fcntl(body, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) {
        rc = strait_unix_failed(cause, "fcntl(F_ADD_SEALS)");
    }
    rc = rc < 0 ? rc : strait_posix_map(body, bytes, true, map, cause);
    if (rc < 0) {
        strait_unix_guard_close(body);
        return rc;
    }
    map->made_here = true;
    map->spare[STRAIT_POSIX_NONCE] = nonce;
    rc = strait_posix_find_probe(body, NULL, map, cause);
    if (rc == STRAIT_OK &&
        fchmod(body, (mode_t)mode) != 0) { /* after the probe: the mode may forbid even us to read */
        rc = strait_unix_failed(cause, "fchmod");
    }
    if (rc < 0) {
        strait_unix_guard_close(body);
    } else {
        rc = hold(map, place, body, token, cause);
    }
    if (rc < 0) {
        strait_os_map_close(map);
    }
    return rc;
}

int strait_os_map_create(const strait_os_place *place, uint64_t bytes, uint32_t mode, uint32_t token,
                         strait_os_map *map, strait_os_cause *cause)
{
    int64_t nonce = -1;
    int body = new_file(place, mode, &nonce, cause);
    if (body < 0) {
        return strait_unix_failed(cause,
                                  place->kind == STRAIT_OS_ANONYMOUS ? "memfd_create" : "open(O_TMPFILE)");
    }
    int rc = finish(place, body, bytes, mode, token, nonce, map, cause);
    if (rc < 0 && nonce >= 0) {
        char path[STRAIT_POSIX_PATH_MAX];
        if (unfinished_path(place, nonce, path, sizeof path)) {
            unlink(path);
        }
    }
    return rc;
}

int strait_os_map_publish(strait_os_map *map, const strait_os_place *place, strait_os_cause *cause)
{
    char path[STRAIT_POSIX_PATH_MAX];
    char from[STRAIT_POSIX_PATH_MAX];
    if (!strait_posix_path(place, path, sizeof path)) {
        return strait_unix_failed_with(cause, "linkat", ENAMETOOLONG);
    }
    int64_t nonce = map->spare[STRAIT_POSIX_NONCE];
    if (nonce < 0 && !strait_posix_is_ours((int)map->probe, map)) {
        return strait_unix_failed_with(cause, "linkat", EBADF); /* the program closed it under us */
    }
    if (nonce < 0) {
        snprintf(from, sizeof from, "/proc/self/fd/%d", (int)map->probe);
        return linkat(AT_FDCWD, from, AT_FDCWD, path, AT_SYMLINK_FOLLOW) == 0
                   ? STRAIT_OK
                   : strait_unix_failed(cause, "linkat");
    }
    if (!unfinished_path(place, nonce, from, sizeof from)) {
        return strait_unix_failed_with(cause, "linkat", ENAMETOOLONG);
    }
    int rc = linkat(AT_FDCWD, from, AT_FDCWD, path, 0) == 0 ? STRAIT_OK : strait_unix_failed(cause, "linkat");
    unlink(from);
    map->spare[STRAIT_POSIX_NONCE] = -1;
    return rc;
}

void strait_posix_forget_unfinished(strait_os_map *map)
{
    /* The name is not known here; the kernel knows it. If it cannot be asked, the sweep will find the
     * file. */
    char link[64];
    char path[STRAIT_POSIX_PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", (int)map->probe);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0) {
        return;
    }
    path[length] = '\0';
    const char *last = strrchr(path, '/');
    if (last != NULL && strncmp(last + 1, STRAIT_POSIX_NEW_PREFIX, strlen(STRAIT_POSIX_NEW_PREFIX)) == 0) {
        unlink(path);
    }
}
