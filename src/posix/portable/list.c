/* list.c - which names there are, and reclaiming what was left half-way. layer: system */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "posix/portable/portable.h"

static bool begins_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

int strait_os_map_list(int (*see)(void *context, const char *name), void *context, strait_os_cause *cause)
{
    char side[STRAIT_PORTABLE_SIDE_MAX];
    int rc = strait_portable_side(side, sizeof side, false, cause);
    if (rc < 0) {
        return rc == STRAIT_NOT_FOUND ? 0 : rc;
    }
    DIR *directory = opendir(side);
    if (directory == NULL) {
        return strait_unix_failed(cause, "opendir");
    }
    const struct dirent *entry;
    while (rc == 0 && (entry = readdir(directory)) != NULL) {
        if (begins_with(entry->d_name, "n.") && entry->d_name[2] != '\0') {
            rc = see(context, entry->d_name + 2);
        }
    }
    closedir(directory);
    return rc;
}

/* --- makers and removers killed half-way ---------------------------------------------------------------- */

/* The object whose number ends the file's name: removed if it belongs to who made the file. */
static void remove_object(const char *path, uid_t owner)
{
    struct stat about;
    const char *dot = strrchr(path, '.');
    uint64_t number = dot == NULL ? 0 : strtoull(dot + 1, NULL, 16);
    char life[STRAIT_PORTABLE_LIFE_MAX];
    int object = number == 0 ? -1 : strait_portable_open_object(number, O_RDONLY, 0);
    if (object >= 0) {
        if (fstat(object, &about) == 0 && about.st_uid == owner) {
            strait_portable_unlink_object(number);
        }
        close(object);
    }
    strait_portable_life_of(STRAIT_OS_NAMED, 0, number, life);
    (void)strait_portable_life_remove_if_idle(life);
}

bool strait_portable_left_behind(int descriptor, const char *path)
{
    struct stat about;
    /* The lock first: it is its maker's as long as that lives and has not finished. The path last: a maker that
     * finished meanwhile gave its file another name before it let go of the lock, and the file itself does not
     * tell that from one which never had another. */
    return flock(descriptor, LOCK_EX | LOCK_NB) == 0 && fstat(descriptor, &about) == 0 &&
           about.st_nlink == 1 && strait_portable_is_file(path, about.st_dev, about.st_ino);
}

/* True if its maker or remover is gone, and now it is too. `memory`: it speaks of a shared memory object. */
static bool reclaim(const char *path, bool memory)
{
    struct stat about;
    int descriptor = strait_portable_open(path, O_RDWR | O_NOFOLLOW, 0, true);
    if (descriptor < 0) {
        return false;
    }
    bool plain = fstat(descriptor, &about) == 0 && S_ISREG(about.st_mode);
    /* A second name means that it was finished and only this name was left over. */
    bool second = plain && about.st_nlink > 1;
    bool over = second || (plain && strait_portable_left_behind(descriptor, path));
    if (over && !second && memory) {
        remove_object(path, about.st_uid);
    }
    bool gone = over && unlink(path) == 0;
    strait_unix_guard_close(descriptor);
    return gone;
}

int strait_portable_sweep(const char *directory, const char *prefix, strait_os_cause *cause)
{
    char path[2 * STRAIT_PORTABLE_PATH_MAX];
    DIR *entries = opendir(directory);
    if (entries == NULL) {
        return strait_unix_failed(cause, "opendir");
    }
    bool memory = prefix[1] == 'n' || prefix[1] == 'o'; /* ".new.", ".old." */
    int reclaimed = 0;
    const struct dirent *entry;
    while ((entry = readdir(entries)) != NULL) {
        if (begins_with(entry->d_name, prefix)) {
            snprintf(path, sizeof path, "%s/%s", directory, entry->d_name);
            reclaimed += reclaim(path, memory);
        }
    }
    closedir(entries);
    return reclaimed;
}

/* --- what nobody refers to ------------------------------------------------------------------------------ */

/* Whether a directory of tokens belongs to a memory object that is still there. */
static bool has_object(const char *life)
{
    const char *digits = life + strlen("life.");
    if (strchr(digits, '-') != NULL) {
        return false; /* a file's: made anew by the next who needs it */
    }
    int object = strait_portable_open_object(strtoull(digits, NULL, 16), O_RDONLY, 0);
    if (object >= 0) {
        close(object);
    }
    return object >= 0 || errno != ENOENT;
}

static void sweep_lives(const char *side)
{
    DIR *entries = opendir(side);
    const struct dirent *entry;
    while (entries != NULL && (entry = readdir(entries)) != NULL) {
        if (begins_with(entry->d_name, "life.") && !has_object(entry->d_name)) {
            (void)strait_portable_life_remove_if_idle(entry->d_name);
        }
    }
    if (entries != NULL) {
        closedir(entries);
    }
}

/* A tree two deep, whatever of it is ours to remove. */
static void remove_tree(const char *path, int depth)
{
    char inner[STRAIT_PORTABLE_PATH_MAX];
    DIR *entries = depth > 2 ? NULL : opendir(path);
    const struct dirent *entry;
    while (entries != NULL && (entry = readdir(entries)) != NULL) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) {
            continue;
        }
        int length = snprintf(inner, sizeof inner, "%s/%s", path, entry->d_name);
        if (length > 0 && (size_t)length < sizeof inner && unlink(inner) != 0) {
            remove_tree(inner, depth + 1);
        }
    }
    if (entries != NULL) {
        closedir(entries);
    }
    rmdir(path);
}

/* Directories of earlier boots, in which nothing lives, and of makers killed half-way. */
static void sweep_boots(const char *side)
{
    char path[STRAIT_PORTABLE_PATH_MAX];
    const char *own = strrchr(side, '/') + 1;
    DIR *entries = opendir(STRAIT_POSIX_SIDE_DIRECTORY);
    const struct dirent *entry;
    while (entries != NULL && (entry = readdir(entries)) != NULL) {
        size_t digits = strspn(entry->d_name, "0123456789abcdef");
        if (digits == 32 && strncmp(entry->d_name, own, 32) != 0) {
            snprintf(path, sizeof path, "%s/%s", STRAIT_POSIX_SIDE_DIRECTORY, entry->d_name);
            remove_tree(path, 0);
        } else if (digits == 32 && entry->d_name[32] != '\0') {
            snprintf(path, sizeof path, "%s/%s", STRAIT_POSIX_SIDE_DIRECTORY, entry->d_name);
            rmdir(path);
        }
    }
    if (entries != NULL) {
        closedir(entries);
    }
}

int strait_os_sweep(strait_os_cause *cause)
{
    char side[STRAIT_PORTABLE_SIDE_MAX];
    int rc = strait_portable_side(side, sizeof side, false, cause);
    if (rc < 0) {
        return rc == STRAIT_NOT_FOUND ? 0 : rc;
    }
    int made = strait_portable_sweep(side, ".new.", cause);
    int removed = made < 0 ? made : strait_portable_sweep(side, ".old.", cause);
    sweep_lives(side);
    sweep_boots(side);
    return removed < 0 ? removed : made + removed;
}
