/* side.c - where things lie. layer: system
 *
 * The side directory is for all users of the machine, since segments may be: everybody may put files there, only
 * their owners may take them away (the sticky bit). It has one directory for each boot, so that nothing of an
 * earlier one is ever taken for something that lives. It is made under another name and renamed into place: nobody
 * finds it without its rights. Whoever made it could take away what others put there; an administrator who minds
 * makes it beforehand.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "posix/portable/portable.h"
#include "unix/process.h"

#define NAME_PREFIX "n."
#define NEW_PREFIX ".new."
#define NEW_FILE_PREFIX ".strait-unfinished."

static void boot_directory(char *path, size_t room)
{
    static char known[33];
    static strait_u32 is_known;
    /* [portable.boot] acquire: the text is whole. */
    if (strait_u32_load_acquire(&is_known) == 0) {
        uint8_t boot[16];
        strait_unix_boot(boot);
        strait_unix_guard_begin();
        for (size_t i = 0; i < sizeof boot; i++) {
            snprintf(known + 2 * i, 3, "%02x", (unsigned)boot[i]);
        }
        /* [portable.boot] release: see above. */
        strait_u32_store_release(&is_known, 1);
        strait_unix_guard_end();
    }
    snprintf(path, room, "%s/%s", STRAIT_POSIX_SIDE_DIRECTORY, known);
}

/* A directory of its own, in which nobody can exchange what somebody else put there. */
static int trusted(const char *path, strait_os_cause *cause)
{
    struct stat about;
    if (lstat(path, &about) != 0) {
        return strait_unix_failed(cause, "lstat");
    }
    bool guarded = (about.st_mode & S_ISVTX) != 0 || (about.st_mode & 022) == 0;
    if (!S_ISDIR(about.st_mode) || !guarded) {
        cause->owned = true;
        cause->owner = about.st_uid;
        cause->mode = (uint32_t)about.st_mode & 07777;
        return strait_unix_failed_with(cause, "the side directory (" STRAIT_POSIX_SIDE_DIRECTORY ")", EPERM);
    }
    return STRAIT_OK;
}

int strait_portable_make_open_directory(const char *path, strait_os_cause *cause)
{
    char fresh[STRAIT_PORTABLE_SIDE_MAX];
    uint64_t chance;
    int rc = strait_os_random(&chance, sizeof chance, cause);
    if (rc < 0) {
        return rc;
    }
    snprintf(fresh, sizeof fresh, "%s.~%016" PRIx64, path, chance);
    if (mkdir(fresh, 0700) != 0) {
        return strait_unix_failed(cause, "mkdir");
    }
    if (chmod(fresh, 01777) != 0) {
        rc = strait_unix_failed(cause, "chmod");
    } else if (rename(fresh, path) != 0 && errno != ENOTEMPTY && errno != EEXIST && errno != EPERM &&
               errno != EACCES) {
        rc = strait_unix_failed(cause, "rename"); /* the others mean that somebody else was faster */
    }
    rmdir(fresh);
    return rc;
}

static int side_with(const char *path, bool make, strait_os_cause *cause)
{
    int rc = trusted(path, cause);
    if (rc == STRAIT_NOT_FOUND && make) {
        *cause = (strait_os_cause){0};
        rc = strait_portable_make_open_directory(path, cause);
        rc = rc < 0 ? rc : trusted(path, cause);
    }
    return rc;
}

int strait_portable_side(char *path, size_t room, bool make, strait_os_cause *cause)
{
    int rc = side_with(STRAIT_POSIX_SIDE_DIRECTORY, make, cause);
    if (rc < 0) {
        return rc;
    }
    boot_directory(path, room);
    return side_with(path, make, cause);
}

int strait_portable_path(const strait_os_place *place, bool make, char *path, size_t room,
                         strait_os_cause *cause)
{
    char side[STRAIT_PORTABLE_SIDE_MAX] = "";
    bool named = place->kind == STRAIT_OS_NAMED;
    int rc = named ? strait_portable_side(side, sizeof side, make, cause) : STRAIT_OK;
    if (rc < 0) {
        return rc;
    }
    int length = snprintf(path, room, "%s%s%s", side, named ? "/" NAME_PREFIX : "", place->name);
    return length > 0 && (size_t)length < room ? STRAIT_OK
                                               : strait_unix_failed_with(cause, "open", ENAMETOOLONG);
}

bool strait_os_whole_path(const char *path, char *whole, size_t room)
{
    char here[STRAIT_PORTABLE_PATH_MAX];
    if (path[0] == '/') {
        return (size_t)snprintf(whole, room, "%s", path) < room;
    }
    return getcwd(here, sizeof here) != NULL && (size_t)snprintf(whole, room, "%s/%s", here, path) < room;
}

int strait_portable_unfinished(const strait_os_place *place, char *directory, size_t directory_room,
                               char *prefix, size_t prefix_room, strait_os_cause *cause)
{
    if (place->kind == STRAIT_OS_NAMED) {
        snprintf(prefix, prefix_room, NEW_PREFIX "%.200s.", place->name);
        return strait_portable_side(directory, directory_room, true, cause);
    }
    const char *slash = strrchr(place->name, '/');
    const char *last = slash == NULL ? place->name : slash + 1;
    int length = (int)(last - place->name);
    snprintf(directory, directory_room, "%.*s", length == 0 ? 1 : length, length == 0 ? "." : place->name);
    snprintf(prefix, prefix_room, NEW_FILE_PREFIX "%.200s.", last);
    return STRAIT_OK;
}

bool strait_portable_raw_name(const strait_os_place *place, char *name, size_t room)
{
    const char *own = place->name[0] == '/' ? place->name + 1 : place->name;
    int length = snprintf(name, room, "/%s", own);
    return length > 1 && (size_t)length < room;
}
