/* name.c - taking a name away, and waiting for one to appear. layer: system
 *
 * unlink removes whatever has the name at that moment, which might be a successor. So: who wants to take the
 * name from an object locks a byte of that very object, sees that the name still leads to it, and unlinks.
 * While the lock is held the name cannot change hands: nobody takes it from this object without the lock,
 * and linkat never replaces. The kernel drops the lock of a process that dies in between.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "posix/posix.h"

static bool leads_to(const char *path, const strait_os_map *map)
{
    struct stat about;
    return stat(path, &about) == 0 && (uint64_t)about.st_dev == map->device &&
           (uint64_t)about.st_ino == map->file;
}

int strait_os_map_evict(const strait_os_map *map, const strait_os_place *place, strait_os_cause *cause)
{
    char path[STRAIT_POSIX_PATH_MAX];
    if (place->kind == STRAIT_OS_ANONYMOUS) {
        return STRAIT_OK;
    }
    if (!strait_posix_path(place, path, sizeof path)) {
        return strait_unix_failed_with(cause, "open", ENAMETOOLONG);
    }
    if (!leads_to(path, map)) {
        return STRAIT_OK;
    }
    int descriptor = strait_posix_open(path, O_RDWR, 0, true);
    if (descriptor < 0) {
        return errno == ENOENT ? STRAIT_OK : strait_unix_failed(cause, "open");
    }
    int rc = STRAIT_OK;
    if (strait_posix_is_ours(descriptor, map)) {
        rc = strait_posix_lock(descriptor, STRAIT_POSIX_EVICT_BYTE, cause);
        if (rc == STRAIT_OK && leads_to(path, map) && unlink(path) != 0 && errno != ENOENT) {
            rc = strait_unix_failed(cause, "unlink");
        }
    }
    strait_unix_guard_close(descriptor); /* and with it the lock */
    return rc;
}

int strait_os_map_unlink(const strait_os_place *place, strait_os_cause *cause)
{
    char path[STRAIT_POSIX_PATH_MAX];
    if (!strait_posix_path(place, path, sizeof path)) {
        return strait_unix_failed_with(cause, "unlink", ENAMETOOLONG);
    }
    return unlink(path) == 0 ? STRAIT_OK : strait_unix_failed(cause, "unlink");
}

/* --- waiting for a name --------------------------------------------------------------------------------- */

static bool news(const char *path, const strait_os_map *stale)
{
    struct stat about;
    return stat(path, &about) == 0 && (stale == NULL || (uint64_t)about.st_dev != stale->device ||
                                       (uint64_t)about.st_ino != stale->file);
}

/* Milliseconds until the deadline, rounded up so that we never look too early, at most `most`. */
static int milliseconds_until(uint64_t deadline_ns, int most)
{
    uint64_t now = strait_os_now_ns();
    if (now >= deadline_ns) {
        return 0;
    }
    uint64_t left = (deadline_ns - now + 999999) / 1000000;
    return left < (uint64_t)most ? (int)left : most;
}

/* Sleeps until something happens in the directory: 0, TIMED_OUT or INTERRUPTED. */
static int one_sleep(int watch, uint64_t deadline_ns, strait_os_cause *cause)
{
    struct pollfd waiting = {.fd = watch, .events = POLLIN};
    int most =
        watch >= 0 ? 1000 : 5; /* without a watch we look again soon; with one a second is a backstop */
    int left = milliseconds_until(deadline_ns, most);
    if (left == 0) {
        return STRAIT_TIMED_OUT;
    }
    int ready = poll(&waiting, watch >= 0 ? 1 : 0, left);
    if (ready < 0) {
        return strait_unix_failed(cause, "poll");
    }
    char events[4096];
    if (ready > 0 && read(watch, events, sizeof events) < 0 && errno != EAGAIN && errno != EINTR) {
        return strait_unix_failed(cause, "read");
    }
    return STRAIT_OK; /* one read a look: names that keep appearing cannot keep us from looking at the deadline */
}

int strait_os_name_wait(const strait_os_place *place, const strait_os_map *stale, uint64_t deadline_ns,
                        strait_os_cause *cause)
{
    char path[STRAIT_POSIX_PATH_MAX];
    char directory[STRAIT_POSIX_PATH_MAX];
    if (!strait_posix_path(place, path, sizeof path)) {
        return strait_unix_failed_with(cause, "poll", ENAMETOOLONG);
    }
    strait_posix_directory(place, directory, sizeof directory);
    int watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (watch >= 0 && inotify_add_watch(watch, directory, IN_CREATE | IN_MOVED_TO) < 0) {
        close(watch);
        watch = -1;
    }
    int rc = STRAIT_OK;
    while (rc == STRAIT_OK && !news(path, stale)) {
        rc = one_sleep(watch, deadline_ns, cause);
    }
    if (watch >= 0) {
        close(watch);
    }
    return rc;
}
