/* life.c - the directories in which tokens lie, and the locks in them. layer: system
 *
 * Files come and go with their directory. Who locks one makes sure that it is still there afterwards, and who
 * removes one holds its lock; so nobody is left holding something that others cannot find. If somebody removes
 * them from outside, pid and start time answer alone (token.c).
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "posix/portable/portable.h"

/* --- the directory -------------------------------------------------------------------------------------- */

void strait_portable_life_of(strait_os_place_kind kind, uint64_t device, uint64_t file,
                             char life[STRAIT_PORTABLE_LIFE_MAX])
{
    if (kind == STRAIT_OS_NAMED) {
        snprintf(life, STRAIT_PORTABLE_LIFE_MAX, "life.%016" PRIx64, file);
    } else {
        snprintf(life, STRAIT_PORTABLE_LIFE_MAX, "life.%" PRIx64 "-%" PRIx64, device, file);
    }
}

int strait_portable_life_path(const char *life, const char *file, bool make, char *path, size_t room,
                              strait_os_cause *cause)
{
    char side[STRAIT_PORTABLE_SIDE_MAX];
    int rc = strait_portable_side(side, sizeof side, make, cause);
    snprintf(path, room, "%s/%s%s%s", side, life, file == NULL ? "" : "/", file == NULL ? "" : file);
    return rc;
}

/* Who may read or write the object may enter; who may write it may make files. If it is another user's, rights
 * that would fit it cannot be given: then everybody may, and can do no worse than delay verdicts. */
static mode_t rights_of(const struct stat *object)
{
    mode_t mode = object->st_mode & 0666;
    return object->st_uid != geteuid() ? 0777 : mode | ((mode & 0444) >> 2) | ((mode & 0222) >> 1);
}

int strait_portable_life_make(const char *life, const struct stat *object, strait_os_cause *cause)
{
    char path[STRAIT_PORTABLE_PATH_MAX];
    struct stat about;
    int rc = strait_portable_life_path(life, NULL, true, path, sizeof path, cause);
    if (rc < 0) {
        return rc;
    }
    if (mkdir(path, 0700) != 0 && errno != EEXIST) {
        return strait_unix_failed(cause, "mkdir");
    }
    /* Also if it was there: its maker may have been killed before it came to this. */
    if (stat(path, &about) == 0 && about.st_uid == geteuid() && (about.st_mode & 0777) != rights_of(object)) {
        bool given = object->st_gid == about.st_gid || chown(path, (uid_t)-1, object->st_gid) == 0;
        if (chmod(path, given ? rights_of(object) : rights_of(object) & ~(mode_t)070) != 0) {
            return strait_unix_failed(cause, "chmod");
        }
    }
    return STRAIT_OK;
}

static int open_file(const char *life, const char *file, const struct stat *object)
{
    char path[STRAIT_PORTABLE_PATH_MAX];
    strait_os_cause cause = {0};
    for (int tries = 0; tries < 100; tries++) {
        if (strait_portable_life_path(life, file, true, path, sizeof path, &cause) < 0) {
            errno = (int)cause.code;
            return -1;
        }
        int descriptor = strait_portable_open(path, O_RDWR | O_CREAT | O_NOFOLLOW, 0666, true);
        if (descriptor >= 0) {
            (void)fchmod(descriptor, 0666); /* the directory says who gets here; not ours: it was done */
            return descriptor;
        }
        if (errno != ENOENT) {
            return -1;
        }
        if (strait_portable_life_make(life, object, &cause) < 0) { /* somebody removed it just now */
            errno = (int)cause.code;
            return -1;
        }
    }
    errno = EAGAIN;
    return -1;
}

/* --- locking -------------------------------------------------------------------------------------------- */

#define ASKERS_TRIES 100
#define ASKERS_NAP_NS UINT64_C(50000)

/* True if it is ours alone now. Who only asks about a token shares its lock for a moment; we wait for that, but
 * not long. */
bool strait_portable_lock_alone(int descriptor)
{
    for (int tries = 0; tries < ASKERS_TRIES; tries++) {
        if (flock(descriptor, LOCK_EX | LOCK_NB) == 0) {
            return true;
        }
        if (errno != EWOULDBLOCK || flock(descriptor, LOCK_SH | LOCK_NB) != 0) {
            return false;
        }
        flock(descriptor, LOCK_UN);
        strait_os_nap(ASKERS_NAP_NS);
    }
    errno = EWOULDBLOCK;
    return false;
}

int strait_portable_life_lock(const char *life, const char *file, const struct stat *object)
{
    struct stat about;
    for (int tries = 0; tries < 100; tries++) {
        int descriptor = open_file(life, file, object);
        if (descriptor < 0) {
            return descriptor;
        }
        if (!strait_portable_lock_alone(descriptor)) {
            int saved = errno;
            strait_unix_guard_close(descriptor);
            errno = saved;
            return -1;
        }
        if (fstat(descriptor, &about) == 0 && about.st_nlink > 0) {
            return descriptor;
        }
        strait_unix_guard_close(descriptor); /* it was removed before we had the lock */
    }
    errno = EAGAIN;
    return -1;
}

/* --- the end -------------------------------------------------------------------------------------------- */

/* Removes one file if nobody holds it. */
static bool remove_idle(const char *path)
{
    struct stat about;
    int descriptor = strait_portable_open(path, O_RDWR | O_NOFOLLOW, 0, true);
    if (descriptor < 0) {
        return errno == ENOENT;
    }
    bool idle = fstat(descriptor, &about) == 0 && S_ISREG(about.st_mode) &&
                strait_portable_lock_alone(descriptor) && !strait_portable_held_without_lock(descriptor);
    bool gone = idle && (unlink(path) == 0 || errno == ENOENT);
    strait_unix_guard_close(descriptor);
    return gone;
}

bool strait_portable_life_remove_if_idle(const char *life)
{
    char path[STRAIT_PORTABLE_PATH_MAX], file[STRAIT_PORTABLE_PATH_MAX];
    strait_os_cause cause = {0};
    if (strait_portable_life_path(life, NULL, false, path, sizeof path, &cause) < 0) {
        return false;
    }
    DIR *directory = opendir(path);
    if (directory == NULL) {
        return false;
    }
    bool idle = true;
    const struct dirent *entry;
    while (idle && (entry = readdir(directory)) != NULL) {
        if (entry->d_name[0] != '.') {
            int length = snprintf(file, sizeof file, "%s/%s", path, entry->d_name);
            idle = length > 0 && (size_t)length < sizeof file && remove_idle(file);
        }
    }
    closedir(directory);
    return idle && rmdir(path) == 0;
}
