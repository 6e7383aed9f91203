/* list.c - which names there are, and reclaiming what makers killed half-way left. layer: system */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "posix/posix.h"

static bool begins_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

int strait_os_map_list(int (*see)(void *context, const char *name), void *context, strait_os_cause *cause)
{
    DIR *directory = opendir(STRAIT_POSIX_DIRECTORY);
    if (directory == NULL) {
        return strait_unix_failed(cause, "opendir");
    }
    int rc = 0;
    const struct dirent *entry;
    while (rc == 0 && (entry = readdir(directory)) != NULL) {
        if (begins_with(entry->d_name, STRAIT_POSIX_PREFIX) &&
            entry->d_name[strlen(STRAIT_POSIX_PREFIX)] != '\0') {
            rc = see(context, entry->d_name + strlen(STRAIT_POSIX_PREFIX));
        }
    }
    closedir(directory);
    return rc;
}

/* True if the file was unfinished and its maker is gone: then it is unlinked. */
static bool reclaim(const char *path)
{
    int descriptor = strait_posix_open(path, O_RDWR | O_NOFOLLOW, 0, true);
    if (descriptor < 0) {
        return false;
    }
    struct stat about;
    strait_os_cause cause = {0};
    bool plain = fstat(descriptor, &about) == 0 && S_ISREG(about.st_mode);
    /* A second name means that it was finished and only this name was left over. */
    bool over =
        plain && (about.st_nlink > 1 || strait_posix_lock(descriptor, STRAIT_POSIX_TOKEN_BYTE, &cause) == 0);
    bool gone = over && unlink(path) == 0;
    strait_unix_guard_close(descriptor);
    return gone;
}

int strait_posix_sweep(const char *directory, const char *prefix, strait_os_cause *cause)
{
    DIR *entries = opendir(directory);
    if (entries == NULL) {
        return strait_unix_failed(cause, "opendir");
    }
    int reclaimed = 0;
    const struct dirent *entry;
    while ((entry = readdir(entries)) != NULL) {
        char path[STRAIT_POSIX_PATH_MAX];
        int length = snprintf(path, sizeof path, "%s/%s", directory, entry->d_name);
        if (begins_with(entry->d_name, prefix) && length > 0 && (size_t)length < sizeof path) {
            reclaimed += reclaim(path);
        }
    }
    closedir(entries);
    return reclaimed;
}

int strait_os_sweep(strait_os_cause *cause)
{
    return strait_posix_sweep(STRAIT_POSIX_DIRECTORY, STRAIT_POSIX_NEW_PREFIX, cause);
}
