/* name.c - taking a name away, and waiting for one to appear. layer: system
 *
 * Who wants to take the name from an object locks a file that belongs to that very object, sees that the name
 * still leads to it, and takes it: link never replaces, and nobody else takes it from this object meanwhile. A record
 * is first renamed to something that says that its object is being removed, so the sweep can finish it.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "posix/portable/portable.h"

/* Renames the record, removes the object, removes the record. */
static int take_record(const strait_os_map *map, const strait_os_place *place, const char *path,
                       strait_os_cause *cause)
{
    char side[STRAIT_PORTABLE_SIDE_MAX], old[STRAIT_PORTABLE_PATH_MAX];
    int rc = strait_portable_side(side, sizeof side, false, cause);
    if (rc < 0) {
        return rc;
    }
    if (map->file > INT64_MAX) { /* no record of ours: there is nothing behind it */
        return unlink(path) == 0 || errno == ENOENT ? STRAIT_OK : strait_unix_failed(cause, "unlink");
    }
    snprintf(old, sizeof old, "%s/.old.%.200s.%016" PRIx64, side, place->name, map->file);
    if (rename(path, old) != 0) {
        return errno == ENOENT ? STRAIT_OK : strait_unix_failed(cause, "rename");
    }
    strait_portable_unlink_object(map->file);
    unlink(old);
    return STRAIT_OK;
}

static int take_locked(const strait_os_map *map, const strait_os_place *place, const char *path, int lock,
                       strait_os_cause *cause)
{
    int rc = STRAIT_OK;
    if (strait_portable_leads_to(place, path, map)) {
        if (place->kind == STRAIT_OS_NAMED) {
            rc = take_record(map, place, path, cause);
        } else if (unlink(path) != 0 && errno != ENOENT) {
            rc = strait_unix_failed(cause, "unlink");
        }
    }
    strait_unix_guard_close(lock);
    return rc;
}

int strait_os_map_evict(const strait_os_map *map, const strait_os_place *place, strait_os_cause *cause)
{
    char path[STRAIT_PORTABLE_PATH_MAX], life[STRAIT_PORTABLE_LIFE_MAX];
    struct stat object;
    if (place->kind == STRAIT_OS_ANONYMOUS || place->kind == STRAIT_OS_RAW) {
        return STRAIT_OK;
    }
    int rc = strait_portable_path(place, false, path, sizeof path, cause);
    if (rc < 0) {
        return rc == STRAIT_NOT_FOUND ? STRAIT_OK : rc;
    }
    if (!strait_portable_leads_to(place, path, map)) {
        return STRAIT_OK;
    }
    if (lstat(path, &object) != 0) {
        return errno == ENOENT ? STRAIT_OK : strait_unix_failed(cause, "lstat");
    }
    if (!S_ISREG(object.st_mode)) {
        cause->call = "it is a directory, a device, a link or a pipe";
        return STRAIT_FOREIGN;
    }
    strait_portable_life_of(place->kind, map->device, map->file, life);
    int lock = strait_portable_life_lock(life, "name", &object);
    if (lock < 0) {
        return errno == EWOULDBLOCK ? STRAIT_BUSY : strait_unix_failed(cause, "flock");
    }
    rc = take_locked(map, place, path, lock, cause);
    (void)strait_portable_life_remove_if_idle(life);
    return rc;
}

int strait_os_map_unlink(const strait_os_place *place, strait_os_cause *cause)
{
    char path[STRAIT_PORTABLE_PATH_MAX];
    strait_os_map map;
    if (place->kind == STRAIT_OS_RAW) {
        if (!strait_portable_raw_name(place, path, sizeof path)) {
            return strait_unix_failed_with(cause, "shm_unlink", ENAMETOOLONG);
        }
        return shm_unlink(path) == 0 ? STRAIT_OK : strait_unix_failed(cause, "shm_unlink");
    }
    int rc = strait_portable_path(place, false, path, sizeof path, cause);
    if (rc < 0) {
        return rc;
    }
    if (place->kind == STRAIT_OS_FILE) {
        return unlink(path) == 0 ? STRAIT_OK : strait_unix_failed(cause, "unlink");
    }
    strait_os_map_identify(place, &map);
    if (map.device == 0 && map.file == 0) {
        return strait_unix_failed_with(cause, "unlink", ENOENT);
    }
    rc = strait_os_map_evict(&map, place, cause);
    if (rc == STRAIT_FOREIGN) {
        rc = unlink(path) == 0 ? STRAIT_OK : strait_unix_failed(cause, "unlink");
    }
    return rc;
}

/* --- waiting for a name --------------------------------------------------------------------------------- */

#define FIRST_NAP_NS UINT64_C(500000)
#define LONGEST_NAP_NS UINT64_C(8000000)

static bool news(const strait_os_place *place, const strait_os_map *stale)
{
    char name[STRAIT_PORTABLE_PATH_MAX];
    strait_os_map now;
    if (place->kind == STRAIT_OS_RAW) {
        int there = strait_portable_raw_name(place, name, sizeof name)
                        ? strait_portable_open_raw_object(name, O_RDONLY, 0)
                        : -1;
        bool found = there >= 0 || errno == EACCES;
        if (there >= 0) {
            close(there);
        }
        return found;
    }
    strait_os_map_identify(place, &now);
    return (now.device != 0 || now.file != 0) &&
           (stale == NULL || now.device != stale->device || now.file != stale->file);
}

int strait_os_name_wait(const strait_os_place *place, const strait_os_map *stale, uint64_t deadline_ns,
                        strait_os_cause *cause)
{
    uint64_t nap_ns = FIRST_NAP_NS;
    while (!news(place, stale)) {
        uint64_t now_ns = strait_os_now_ns();
        if (now_ns >= deadline_ns) {
            return STRAIT_TIMED_OUT;
        }
        uint64_t left_ns = deadline_ns - now_ns;
        uint64_t length_ns = nap_ns < left_ns ? nap_ns : left_ns;
        struct timespec pause = {.tv_sec = (time_t)(length_ns / UINT64_C(1000000000)),
                                 .tv_nsec = (long)(length_ns % UINT64_C(1000000000))};
        if (nanosleep(&pause, NULL) != 0 && errno == EINTR) {
            return strait_unix_failed(cause, "nanosleep");
        }
        nap_ns = nap_ns * 2 < LONGEST_NAP_NS ? nap_ns * 2 : LONGEST_NAP_NS;
    }
    return STRAIT_OK;
}
