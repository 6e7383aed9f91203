/* map.c - mapping what is there, and letting go of it. layer: system */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "posix/portable/portable.h"

typedef struct opening {
    const strait_os_place *place;
    bool writable;
    uint64_t least_bytes, most_bytes;
} opening;

static int check_size(const opening *o, uint64_t bytes, strait_os_cause *cause)
{
    if (bytes < o->least_bytes || bytes == 0) {
        cause->asked = o->least_bytes;
        cause->available = bytes;
        return STRAIT_TRUNCATED;
    }
    if (o->most_bytes != 0 && bytes > o->most_bytes) {
        cause->asked = bytes;
        cause->available = o->most_bytes;
        return STRAIT_OVER_QUOTA;
    }
    if (bytes > SIZE_MAX / 2) {
        cause->asked = bytes;
        return strait_unix_failed_with(cause, "mmap", ENOMEM);
    }
    return STRAIT_OK;
}

/* Takes over the descriptor: it becomes the probe, or is closed. */
static int adopt(const opening *o, int descriptor, uint64_t bytes, uint64_t device, uint64_t file,
                 strait_os_map *map, strait_os_cause *cause)
{
    int rc = check_size(o, bytes, cause);
    strait_portable_hand *hand = rc < 0 ? NULL : strait_portable_hand_new(o->place->kind, NULL);
    if (rc == STRAIT_OK && hand == NULL) {
        rc = strait_unix_failed_with(cause, "malloc", ENOMEM);
    }
    void *base = rc < 0 ? NULL : strait_portable_map(NULL, descriptor, bytes, o->writable, cause);
    if (base == NULL) {
        free(hand);
        close(descriptor);
        return rc < 0 ? rc : strait_unix_failed_with(cause, cause->call, (int)cause->code);
    }
    *map = (strait_os_map){.base = base,
                           .bytes = bytes,
                           .writable = o->writable,
                           .probe = -1,
                           .device = device,
                           .file = file,
                           .epoch = strait_os_process_epoch(),
                           .spare = {(int64_t)(intptr_t)hand, 0}};
    strait_portable_note_probe(map, descriptor);
    if (o->place->kind != STRAIT_OS_RAW) {
        strait_portable_life_of(o->place->kind, device, file, hand->life);
    }
    return STRAIT_OK;
}

static int refused(const char *call, const struct stat *about, strait_os_cause *cause)
{
    int rc = strait_unix_failed(cause, call);
    if (rc == STRAIT_DENIED && about != NULL) {
        cause->owned = true;
        cause->owner = about->st_uid;
        cause->mode = (uint32_t)about->st_mode & 07777;
    }
    return rc;
}

static int adopt_file(const opening *o, int descriptor, strait_os_map *map, strait_os_cause *cause)
{
    struct stat about;
    int rc = STRAIT_OK;
    if (fstat(descriptor, &about) != 0) {
        rc = strait_unix_failed(cause, "fstat");
    } else if (!S_ISREG(about.st_mode)) {
        cause->call = "it is a directory, a device or a pipe";
        rc = STRAIT_FOREIGN;
    }
    if (rc < 0) {
        close(descriptor);
        return rc;
    }
    return adopt(o, descriptor, (uint64_t)about.st_size, (uint64_t)about.st_dev, (uint64_t)about.st_ino, map,
                 cause);
}

static int open_file(const opening *o, strait_os_map *map, strait_os_cause *cause)
{
    struct stat about;
    const char *path = o->place->name;
    int descriptor = strait_portable_open(path, o->writable ? O_RDWR : O_RDONLY, 0, false);
    if (descriptor < 0) {
        int error = errno;
        bool known = stat(path, &about) == 0;
        errno = error;
        return refused("open", known ? &about : NULL, cause);
    }
    return adopt_file(o, descriptor, map, cause);
}

static int open_raw(const opening *o, strait_os_map *map, strait_os_cause *cause)
{
    char name[STRAIT_PORTABLE_PATH_MAX];
    struct stat about;
    if (!strait_portable_raw_name(o->place, name, sizeof name)) {
        return strait_unix_failed_with(cause, "shm_open", ENAMETOOLONG);
    }
    int descriptor = strait_portable_open_raw_object(name, o->writable ? O_RDWR : O_RDONLY, 0);
    if (descriptor < 0) {
        return strait_unix_failed(cause, "shm_open");
    }
    if (fstat(descriptor, &about) != 0) {
        int rc = strait_unix_failed(cause, "fstat");
        close(descriptor);
        return rc;
    }
    return adopt(o, descriptor, (uint64_t)about.st_size, (uint64_t)about.st_dev, (uint64_t)about.st_ino, map,
                 cause);
}

/* The object that a record speaks of; NOT_FOUND also if it is gone and the record is all that is left. */
static int open_object(const opening *o, const char *path, const strait_portable_record *record,
                       strait_os_map *map, strait_os_cause *cause)
{
    struct stat about;
    int descriptor = strait_portable_open_object(record->number, o->writable ? O_RDWR : O_RDONLY, 0);
    if (descriptor < 0 && errno == ENOENT) {
        strait_os_map_identify(o->place, map);
        if (map->file == record->number) {
            (void)strait_os_map_evict(map, o->place, cause);
        }
        *map = (strait_os_map){.probe = -1};
        return strait_unix_failed_with(cause, "shm_open", ENOENT);
    }
    if (descriptor < 0) {
        int error = errno;
        bool known = stat(path, &about) == 0;
        about.st_mode = 0600; /* the record's are other rights; the object's cannot be seen from outside */
        errno = error;
        return refused("shm_open", known ? &about : NULL, cause);
    }
    if (fstat(descriptor, &about) != 0 || about.st_uid != record->owner) {
        close(descriptor);
        cause->call = "its record was made by another user";
        return STRAIT_FOREIGN;
    }
    struct stat of_record;
    uint64_t device = lstat(path, &of_record) == 0 ? (uint64_t)of_record.st_dev : 0;
    uint64_t there = (uint64_t)about.st_size; /* may be rounded up; less means that somebody cut it */
    return adopt(o, descriptor, there < record->bytes ? there : record->bytes, device, record->number, map,
                 cause);
}

int strait_os_map_open(const strait_os_place *place, bool writable, uint64_t least_bytes, uint64_t most_bytes,
                       strait_os_map *map, strait_os_cause *cause)
{
    char path[STRAIT_PORTABLE_PATH_MAX];
    strait_portable_record record;
    opening o = {place, writable, least_bytes, most_bytes};
    if (place->kind == STRAIT_OS_ANONYMOUS) {
        return strait_unix_failed_with(cause, "a segment without a name", EOPNOTSUPP);
    }
    if (place->kind == STRAIT_OS_FILE) {
        return open_file(&o, map, cause);
    }
    if (place->kind == STRAIT_OS_RAW) {
        return open_raw(&o, map, cause);
    }
    int rc = strait_portable_path(place, false, path, sizeof path, cause);
    rc = rc < 0 ? rc : strait_portable_record_read(path, &record, cause);
    return rc < 0 ? rc : open_object(&o, path, &record, map, cause);
}

/* A file's descriptor tells which file it is, and its tokens are found by that. Of shared memory it tells
 * nothing on some systems, so that is not handed over. */
int strait_os_map_open_descriptor(int descriptor, bool writable, uint64_t least_bytes, uint64_t most_bytes,
                                  strait_os_map *map, strait_os_cause *cause)
{
    strait_os_place place = {STRAIT_OS_FILE, NULL};
    opening o = {&place, writable, least_bytes, most_bytes};
    int own = fcntl(descriptor, F_DUPFD_CLOEXEC, 3);
    if (own < 0) {
        return strait_unix_failed(cause, "fcntl");
    }
    return adopt_file(&o, own, map, cause);
}

/* True if nobody will look for this object's tokens any more, once those who have it are gone. */
static bool nameless(const strait_portable_hand *hand, const strait_os_map *map, const struct stat *probed)
{
    if (hand->kind != STRAIT_OS_NAMED) {
        return probed->st_nlink == 0;
    }
    int still = strait_portable_open_object(map->file, O_RDONLY, 0);
    bool gone = still < 0 && errno == ENOENT;
    if (still >= 0) {
        close(still);
    }
    return gone;
}

void strait_os_map_close(strait_os_map *map)
{
    strait_portable_hand *hand = strait_portable_hand_of(map);
    struct stat probed = {.st_nlink = 1};
    if (hand == NULL) {
        return;
    }
    bool in_child = map->epoch != strait_os_process_epoch();
    if (!in_child) { /* in a child the addresses may be something else's, and locks are the parent's */
        munmap(map->base, (size_t)map->bytes);
        strait_portable_abandon(hand);
        strait_portable_token_release(hand);
    }
    if (strait_portable_probe_is_ours(map)) {
        (void)fstat((int)map->probe, &probed);
        close((int)map->probe);
    }
    /* The last to leave what has no name any more clears up after all. */
    if (!in_child && hand->life[0] != '\0' && nameless(hand, map, &probed)) {
        (void)strait_portable_life_remove_if_idle(hand->life);
    }
    free(hand);
    *map = (strait_os_map){.probe = -1};
}
