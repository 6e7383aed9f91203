/* path.c - where a place is. layer: system
 *
 * A Strait name is an ordinary shm_open name with a prefix: segment "orders" is shm_open("/strait.orders"),
 * which on Linux is the file /dev/shm/strait.orders. A raw name is taken as it is.
 */
#include <string.h>
#include <unistd.h>

#include "posix/posix.h"

bool strait_posix_path(const strait_os_place *place, char *path, size_t room)
{
    const char *directory = place->kind == STRAIT_OS_FILE ? "" : STRAIT_POSIX_DIRECTORY "/";
    const char *prefix = place->kind == STRAIT_OS_NAMED ? STRAIT_POSIX_PREFIX : "";
    int length = snprintf(path, room, "%s%s%s", directory, prefix, place->name == NULL ? "" : place->name);
    return length > 0 && (size_t)length < room;
}

bool strait_os_whole_path(const char *path, char *whole, size_t room)
{
    char here[STRAIT_POSIX_PATH_MAX];
    if (path[0] == '/') {
        return (size_t)snprintf(whole, room, "%s", path) < room;
    }
    return getcwd(here, sizeof here) != NULL && (size_t)snprintf(whole, room, "%s/%s", here, path) < room;
}

static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

void strait_posix_directory(const strait_os_place *place, char *directory, size_t room)
{
    if (place->kind != STRAIT_OS_FILE) {
        snprintf(directory, room, "%s", STRAIT_POSIX_DIRECTORY);
        return;
    }
    int length = (int)(last_part(place->name) - place->name);
    snprintf(directory, room, "%.*s", length == 0 ? 1 : length, length == 0 ? "." : place->name);
}

void strait_posix_unfinished(const strait_os_place *place, char *name, size_t room)
{
    /* At most 200 bytes of the name, so that the whole stays below the 255 that file systems allow. */
    snprintf(name, room, "%s%.200s.", STRAIT_POSIX_NEW_PREFIX,
             place->name == NULL ? "" : last_part(place->name));
}
