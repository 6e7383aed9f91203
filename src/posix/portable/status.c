/* status.c - what the system knows of a map, its access rights, and handing it over. layer: system */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "posix/portable/portable.h"

/* A descriptor to ask about the map: the probe, or another; *borrowed tells whether to close it. */
static int any_descriptor(const strait_os_map *map, const strait_os_place *place, int flags, bool *borrowed)
{
    char name[STRAIT_PORTABLE_PATH_MAX];
    const strait_portable_hand *hand = strait_portable_hand_of(map);
    *borrowed = strait_portable_probe_is_ours(map);
    if (*borrowed) {
        return (int)map->probe;
    }
    int fresh = -1;
    if (place->kind == STRAIT_OS_NAMED) {
        fresh = strait_portable_open_object(map->file, flags, 0);
    } else if (place->kind == STRAIT_OS_RAW && strait_portable_raw_name(place, name, sizeof name)) {
        fresh = strait_portable_open_raw_object(name, flags, 0);
    } else if (place->kind == STRAIT_OS_FILE && place->name != NULL) {
        fresh = strait_portable_open(place->name, flags, 0, false);
    }
    if (fresh >= 0 && !strait_portable_same_file(fresh, hand->probe_device, hand->probe_file)) {
        close(fresh);
        fresh = -1;
    }
    return fresh;
}

static bool linked(const strait_os_map *map, const strait_os_place *place, const struct stat *about)
{
    char path[STRAIT_PORTABLE_PATH_MAX];
    strait_os_cause cause = {0};
    if (place->kind == STRAIT_OS_NAMED) {
        return strait_portable_path(place, false, path, sizeof path, &cause) == STRAIT_OK &&
               strait_portable_leads_to(place, path, map);
    }
    return about->st_nlink >
           0; /* of shared memory some systems count no names: then as good as none is known */
}

int strait_os_map_stat(const strait_os_map *map, const strait_os_place *place, strait_os_map_status *status,
                       strait_os_cause *cause)
{
    bool borrowed;
    struct stat about;
    if (map->probe < 0 && place->kind == STRAIT_OS_RAW) { /* made and not published yet */
        *status = (strait_os_map_status){.bytes = map->bytes};
        return STRAIT_OK;
    }
    int descriptor = any_descriptor(map, place, O_RDONLY, &borrowed);
    if (descriptor < 0 || fstat(descriptor, &about) != 0) {
        return strait_unix_failed_with(cause, "fstat", EOPNOTSUPP);
    }
    if (!borrowed) {
        close(descriptor);
    }
    *status = (strait_os_map_status){.bytes = map->bytes,
                                     .mode = (uint32_t)about.st_mode & 0777,
                                     .user = about.st_uid,
                                     .group = about.st_gid,
                                     .changed_ns = (uint64_t)about.st_mtime * UINT64_C(1000000000),
                                     .linked = linked(map, place, &about)};
    return STRAIT_OK;
}

int strait_os_map_set_mode(const strait_os_map *map, const strait_os_place *place, uint32_t mode,
                           strait_os_cause *cause)
{
    bool borrowed;
    struct stat about;
    const strait_portable_hand *hand = strait_portable_hand_of(map);
    int descriptor = any_descriptor(map, place, O_RDWR, &borrowed);
    if (descriptor < 0) {
        return strait_unix_failed_with(cause, "fchmod", EOPNOTSUPP);
    }
    int rc = strait_portable_set_rights(descriptor, mode, cause);
    if (rc == STRAIT_OK && hand->life[0] != '\0' && fstat(descriptor, &about) == 0) {
        rc = strait_portable_life_make(hand->life, &about, cause); /* which sets its rights */
    }
    if (!borrowed) {
        close(descriptor);
    }
    return rc;
}

int strait_os_map_descriptor(const strait_os_map *map, const strait_os_place *place, bool writable,
                             int *descriptor, strait_os_cause *cause)
{
    const strait_portable_hand *hand = strait_portable_hand_of(map);
    if (place->kind != STRAIT_OS_FILE || hand == NULL) {
        return strait_unix_failed_with(cause, "handing over shared memory", EOPNOTSUPP);
    }
    int fresh =
        place->name == NULL ? -1 : strait_portable_open(place->name, writable ? O_RDWR : O_RDONLY, 0, false);
    if (fresh >= 0 && !strait_portable_same_file(fresh, hand->probe_device, hand->probe_file)) {
        close(fresh);
        fresh = -1;
    }
    if (fresh < 0 && writable == map->writable && strait_portable_probe_is_ours(map)) {
        fresh = fcntl((int)map->probe, F_DUPFD_CLOEXEC, 3); /* the name leads elsewhere by now */
    }
    if (fresh < 0) {
        return strait_unix_failed_with(cause, "open", EOPNOTSUPP);
    }
    *descriptor = fresh;
    return STRAIT_OK;
}
