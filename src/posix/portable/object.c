/* object.c - descriptors and shared memory objects: opened, sized, allocated, mapped. layer: system
 *
 * An object is sized once: some systems allow no second time. Its bytes are made real before anybody sees it,
 * by posix_fallocate where there is one and it works here, else by writing to each page.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "posix/portable/portable.h"
#include "unix/children.h"

/* --- descriptors ---------------------------------------------------------------------------------------- */

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

int strait_portable_open(const char *path, int flags, unsigned mode, bool guarded)
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

int strait_portable_open_raw_object(const char *name, int flags, unsigned mode)
{
    return away_from_standard(shm_open(name, flags, (mode_t)mode)); /* closed on exec, as POSIX has it */
}

int strait_portable_open_object(uint64_t number, int flags, unsigned mode)
{
    char name[32];
    snprintf(name, sizeof name, "/strait-%016" PRIx64, number);
    return strait_portable_open_raw_object(name, flags, mode);
}

int strait_portable_unlink_object(uint64_t number)
{
    char name[32];
    snprintf(name, sizeof name, "/strait-%016" PRIx64, number);
    return shm_unlink(name);
}

bool strait_portable_same_file(int descriptor, dev_t device, ino_t file)
{
    struct stat about;
    return descriptor >= 0 && fstat(descriptor, &about) == 0 && about.st_dev == device &&
           about.st_ino == file;
}

bool strait_portable_is_file(const char *path, dev_t device, ino_t file)
{
    struct stat about;
    return lstat(path, &about) == 0 && about.st_dev == device && about.st_ino == file;
}

void strait_portable_note_probe(strait_os_map *map, int descriptor)
{
    strait_portable_hand *hand = strait_portable_hand_of(map);
    struct stat about;
    map->probe = descriptor;
    if (fstat(descriptor, &about) == 0) {
        hand->probe_device = about.st_dev;
        hand->probe_file = about.st_ino;
        hand->probe_bytes = (uint64_t)about.st_size;
    }
}

bool strait_portable_probe_is_ours(const strait_os_map *map)
{
    const strait_portable_hand *hand = strait_portable_hand_of(map);
    struct stat about;
    if (hand == NULL || map->probe < 0 || fstat((int)map->probe, &about) != 0) {
        return false;
    }
    /* Where objects have no identity (macOS) their size is all that there is to compare. */
    bool no_identity = hand->probe_device == 0 && hand->probe_file == 0;
    return about.st_dev == hand->probe_device && about.st_ino == hand->probe_file &&
           (!no_identity || (uint64_t)about.st_size == hand->probe_bytes);
}

/* --- room ----------------------------------------------------------------------------------------------- */

static const char *where(const strait_os_place *place)
{
    return place->kind == STRAIT_OS_FILE ? "its file system" : STRAIT_POSIX_SHARED_MEMORY;
}

/* Bytes that could be had at most, and now; 0 if that is not known. */
static void room_there(int descriptor, uint64_t *most, uint64_t *now)
{
    struct statvfs about;
    *most = *now = 0;
    if (descriptor >= 0 && fstatvfs(descriptor, &about) == 0 && about.f_blocks != 0) {
        *most = (uint64_t)about.f_blocks * about.f_frsize;
        *now = (uint64_t)about.f_bavail * about.f_frsize;
        return;
    }
    long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    if (pages > 0 && page > 0) { /* with swap it may be more than there is memory, but hardly twice as much */
        *most = 2 * (uint64_t)pages * (uint64_t)page;
        *now = (uint64_t)pages * (uint64_t)page;
    }
}

int strait_portable_check_room(const strait_os_place *place, int descriptor, uint64_t bytes,
                               strait_os_cause *cause)
{
    struct rlimit limit;
    uint64_t most, now;
    cause->asked = bytes;
    if (bytes > SIZE_MAX / 2) { /* it could not be mapped here */
        return strait_unix_failed_with(cause, "mmap", ENOMEM);
    }
    room_there(descriptor, &most, &now);
    /* Beyond the file size limit the kernel sends a signal that kills. */
    if (getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY &&
        bytes > (uint64_t)limit.rlim_cur) {
        cause->where = "the file size limit (ulimit -f)";
        cause->available = (uint64_t)limit.rlim_cur;
        cause->never = true;
        return strait_unix_failed_with(cause, "ftruncate", EFBIG);
    }
    if (bytes > INT64_MAX || (most != 0 && bytes > most)) {
        cause->where = where(place);
        cause->available = now;
        cause->never = true;
        return strait_unix_failed_with(cause, "ftruncate", ENOSPC);
    }
    cause->asked = 0;
    return STRAIT_OK;
}

static int no_space(const strait_os_place *place, int descriptor, uint64_t bytes, const char *call, int error,
                    strait_os_cause *cause)
{
    uint64_t most;
    room_there(descriptor, &most, &cause->available);
    cause->asked = bytes;
    cause->where = where(place);
    return strait_unix_failed_with(cause, call, error);
}

static int write_zeros(int descriptor, uint64_t bytes)
{
    static const char zeros[65536];
    for (uint64_t at = 0; at < bytes;) {
        uint64_t piece = bytes - at < sizeof zeros ? bytes - at : sizeof zeros;
        ssize_t done = pwrite(descriptor, zeros, (size_t)piece, (off_t)at);
        if (done < 0 && errno != EINTR) {
            return errno;
        }
        at += done > 0 ? (uint64_t)done : 0;
    }
    return 0;
}

/* In pieces, so that a signal undoes one piece only. An error number. */
static int allocate_in_pieces(int descriptor, uint64_t bytes)
{
#ifdef STRAIT_POSIX_HAVE_FALLOCATE
    const uint64_t piece_bytes = UINT64_C(16) << 20;
    for (uint64_t at = 0; at < bytes;) {
        uint64_t piece = bytes - at < piece_bytes ? bytes - at : piece_bytes;
        int error = posix_fallocate(descriptor, (off_t)at, (off_t)piece);
        if (error == 0) {
            at += piece;
        } else if (error != EINTR) {
            return error;
        }
    }
    return 0;
#else
    (void)descriptor;
    (void)bytes;
    return EOPNOTSUPP;
#endif
}

/* There is nothing left to try but to store to each page. Where memory has no size of its own, check_room has
 * refused what there cannot be. */
static int touch_pages(int descriptor, uint64_t bytes)
{
    long page = sysconf(_SC_PAGESIZE);
    volatile char *at = mmap(NULL, (size_t)bytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    if (at == MAP_FAILED) {
        return errno;
    }
    for (uint64_t i = 0; i < bytes; i += page > 0 ? (uint64_t)page : 4096) {
        at[i] = 0;
    }
    munmap((void *)(uintptr_t)at, (size_t)bytes);
    return 0;
}

int strait_portable_allocate(const strait_os_place *place, int descriptor, uint64_t bytes,
                             strait_os_cause *cause)
{
    const char *call = "ftruncate";
    int error = ftruncate(descriptor, (off_t)bytes) == 0 ? 0 : errno;
    if (error == 0) {
        call = "posix_fallocate";
        error = allocate_in_pieces(descriptor, bytes);
    }
    if (error == EOPNOTSUPP || error == ENOSYS || error == EINVAL || error == ENODEV) {
        call = place->kind == STRAIT_OS_FILE ? "pwrite" : "mmap";
        error =
            place->kind == STRAIT_OS_FILE ? write_zeros(descriptor, bytes) : touch_pages(descriptor, bytes);
    }
    return error == 0 ? STRAIT_OK : no_space(place, descriptor, bytes, call, error, cause);
}

/* --- rights and mapping --------------------------------------------------------------------------------- */

int strait_portable_set_rights(int descriptor, uint32_t mode, strait_os_cause *cause)
{
    struct stat about;
    if (fchmod(descriptor, (mode_t)mode) == 0) {
        return STRAIT_OK;
    }
    int error = errno;
    /* macOS cannot change the rights of shared memory; those that it was made with, less the umask, may do. */
    if (fstat(descriptor, &about) == 0 && (about.st_mode & 0777) == mode) {
        return STRAIT_OK;
    }
    return strait_unix_failed_with(cause, "fchmod", error == EINVAL ? EOPNOTSUPP : error);
}

void *strait_portable_map(void *at, int descriptor, uint64_t bytes, bool writable, strait_os_cause *cause)
{
    int access = writable ? PROT_READ | PROT_WRITE : PROT_READ;
    void *base = mmap(at, (size_t)bytes, access, MAP_SHARED | (at != NULL ? MAP_FIXED : 0), descriptor, 0);
    if (base == MAP_FAILED) {
        cause->asked = bytes;
        (void)strait_unix_failed(cause, "mmap");
        return NULL;
    }
    strait_unix_keep_from_children(base, (size_t)bytes);
    return base;
}

/* --- the hand ------------------------------------------------------------------------------------------- */

strait_portable_hand *strait_portable_hand_of(const strait_os_map *map)
{
    return map->base == NULL ? NULL : (strait_portable_hand *)(intptr_t)map->spare[0];
}

strait_portable_hand *strait_portable_hand_new(strait_os_place_kind kind, const char *unfinished)
{
    size_t room = unfinished == NULL ? 1 : strlen(unfinished) + 1;
    strait_portable_hand *hand = calloc(1, sizeof *hand + room);
    if (hand != NULL) {
        hand->kind = kind;
        hand->maker = hand->token = -1;
        memcpy(hand->unfinished, unfinished == NULL ? "" : unfinished, room);
    }
    return hand;
}
