/* create.c - making a map that nobody can find until it is finished. layer: system
 *
 * First a file that says that something is being made, with a lock on it that says that its maker lives; then
 * the object, whose number stands in that file's name and text. Publishing links the file to the name, which fails if
 * the name is taken. Whatever instruction the maker is killed at, the file is there before the object and goes after
 * it, so the sweep finds both.
 *
 * A foreign program's name cannot be given like that. Its bytes are made in memory of our own and put in the place
 * of the object when the name is given: for that moment the object is there, and not yet filled, as it is with every
 * program that makes one in two steps.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <unistd.h>

#include "posix/portable/portable.h"

/* --- the unfinished file -------------------------------------------------------------------------------- */

/* Opens and locks it: -1 with errno, EAGAIN if a sweep took it for a dead maker's before we could lock it. */
static int open_unfinished(const char *path)
{
    struct stat about;
    int descriptor = strait_portable_open(path, O_CREAT | O_EXCL | O_RDWR | O_NOFOLLOW, 0600, true);
    if (descriptor < 0) {
        return -1;
    }
    bool locked = flock(descriptor, LOCK_EX | LOCK_NB) == 0;
    int saved = locked || errno == EWOULDBLOCK ? EAGAIN : errno;
    if (locked && fstat(descriptor, &about) == 0 && about.st_nlink > 0) {
        return descriptor;
    }
    strait_unix_guard_close(descriptor);
    unlink(path);
    errno = saved;
    return -1;
}

/* A hand with `maker`, `number` and `unfinished`; NULL with the cause. */
static strait_portable_hand *begin(const strait_os_place *place, int *result, strait_os_cause *cause)
{
    char directory[STRAIT_PORTABLE_PATH_MAX], prefix[256], path[2 * STRAIT_PORTABLE_PATH_MAX];
    *result = strait_portable_unfinished(place, directory, sizeof directory, prefix, sizeof prefix, cause);
    if (*result < 0) {
        return NULL;
    }
    (void)strait_portable_sweep(directory, prefix, cause); /* makers of the same name, killed half-way */
    *cause = (strait_os_cause){0};
    uint64_t number;
    int maker;
    do {
        *result = strait_os_random(&number, sizeof number, cause);
        if (*result < 0) {
            return NULL;
        }
        number = (number & INT64_MAX) | 1;
        snprintf(path, sizeof path, "%s/%s%016" PRIx64, directory, prefix, number);
        maker = open_unfinished(path);
    } while (maker < 0 && errno == EAGAIN);
    if (maker < 0) {
        *result = strait_unix_failed(cause, "open");
        return NULL;
    }
    strait_portable_hand *hand = strait_portable_hand_new(place->kind, path);
    if (hand == NULL) {
        strait_unix_guard_close(maker);
        unlink(path);
        *result = strait_unix_failed_with(cause, "malloc", ENOMEM);
        return NULL;
    }
    hand->maker = maker;
    hand->number = number;
    return hand;
}

void strait_portable_abandon(strait_portable_hand *hand)
{
    if (hand->maker < 0) {
        return;
    }
    if (hand->kind == STRAIT_OS_NAMED) {
        strait_portable_unlink_object(hand->number);
    }
    unlink(hand->unfinished);
    strait_unix_guard_close(
        hand->maker); /* the program may have closed it: then this one fails, and harms nobody */
    hand->maker = -1;
}

/* --- the object ----------------------------------------------------------------------------------------- */

/* The descriptor of the bytes; -1 with the cause. */
static int open_body(strait_portable_hand *hand, uint64_t bytes, uint32_t mode, int *result,
                     strait_os_cause *cause)
{
    if (hand->kind == STRAIT_OS_FILE) { /* the unfinished file itself, by a description without the lock */
        int body = strait_portable_open(hand->unfinished, O_RDWR | O_NOFOLLOW, 0, false);
        *result = body < 0 ? strait_unix_failed(cause, "open") : STRAIT_OK;
        return body;
    }
    char text[STRAIT_PORTABLE_RECORD_BYTES + 1];
    strait_portable_record_write(text, hand->number, bytes);
    ssize_t done = pwrite(hand->maker, text, STRAIT_PORTABLE_RECORD_BYTES, 0);
    if (done != STRAIT_PORTABLE_RECORD_BYTES) {
        *result = strait_unix_failed_with(cause, "pwrite", done < 0 ? errno : ENOSPC);
        return -1;
    }
    int body = strait_portable_open_object(hand->number, O_RDWR | O_CREAT | O_EXCL, mode);
    *result = body < 0 ? strait_unix_failed(cause, "shm_open") : STRAIT_OK;
    return body;
}

static int identify_new(strait_os_map *map, strait_portable_hand *hand, strait_os_cause *cause)
{
    struct stat about;
    if (hand->maker < 0 || fstat(hand->maker, &about) != 0) {
        return strait_unix_failed(cause, "fstat");
    }
    map->device = (uint64_t)about.st_dev;
    map->file = hand->kind == STRAIT_OS_NAMED ? hand->number : (uint64_t)about.st_ino;
    strait_portable_life_of(hand->kind, map->device, map->file, hand->life);
    return STRAIT_OK;
}

/* Body is open; map and hand become whole, or the body is closed. */
static int finish(const strait_os_place *place, int body, uint64_t bytes, uint32_t mode,
                  strait_portable_hand *hand, strait_os_map *map, strait_os_cause *cause)
{
    int rc = strait_portable_check_room(place, body, bytes, cause);
    rc = rc < 0 ? rc : strait_portable_allocate(place, body, bytes, cause);
    rc = rc < 0 ? rc : strait_portable_set_rights(body, mode, cause);
    void *base = rc < 0 ? NULL : strait_portable_map(NULL, body, bytes, true, cause);
    if (base == NULL) {
        close(body);
        return rc < 0 ? rc : strait_unix_failed_with(cause, cause->call, (int)cause->code);
    }
    *map = (strait_os_map){.base = base,
                           .bytes = bytes,
                           .writable = true,
                           .made_here = true,
                           .probe = -1,
                           .epoch = strait_os_process_epoch(),
                           .spare = {(int64_t)(intptr_t)hand, 0}};
    strait_portable_note_probe(map, body);
    return identify_new(map, hand, cause);
}

static int take_token(strait_os_map *map, const strait_os_place *place, strait_portable_hand *hand,
                      uint32_t token, strait_os_cause *cause)
{
    struct stat object;
    if (token == STRAIT_OS_NO_TOKEN) {
        return STRAIT_OK;
    }
    if (map->probe < 0 || fstat((int)map->probe, &object) != 0) {
        return strait_unix_failed(cause, "fstat");
    }
    int rc = strait_portable_life_make(hand->life, &object, cause);
    return rc < 0 ? rc : strait_os_token_hold(map, place, token, cause);
}

/* --- raw ------------------------------------------------------------------------------------------------ */

static int create_raw(const strait_os_place *place, uint64_t bytes, uint32_t mode, strait_os_map *map,
                      strait_os_cause *cause)
{
    int rc = strait_portable_check_room(place, -1, bytes, cause);
    if (rc < 0) {
        return rc;
    }
    strait_portable_hand *hand = strait_portable_hand_new(place->kind, NULL);
    void *base = hand == NULL
                     ? MAP_FAILED
                     : mmap(NULL, (size_t)bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0);
    if (base == MAP_FAILED) {
        free(hand);
        cause->asked = bytes;
        return strait_unix_failed_with(cause, "mmap", ENOMEM);
    }
    hand->number = mode; /* until it is published */
    *map = (strait_os_map){.base = base,
                           .bytes = bytes,
                           .writable = true,
                           .made_here = true,
                           .probe = -1,
                           .epoch = strait_os_process_epoch(),
                           .spare = {(int64_t)(intptr_t)hand, 0}};
    return STRAIT_OK;
}

static int fill_raw(strait_os_map *map, const strait_os_place *place, int body, uint32_t mode,
                    strait_os_cause *cause)
{
    int rc = strait_portable_allocate(place, body, map->bytes, cause);
    rc = rc < 0 ? rc : strait_portable_set_rights(body, mode, cause);
    void *other = rc < 0 ? NULL : strait_portable_map(NULL, body, map->bytes, true, cause);
    if (other == NULL) {
        return rc < 0 ? rc : strait_unix_failed_with(cause, cause->call, (int)cause->code);
    }
    memcpy(other, map->base, (size_t)map->bytes);
    munmap(other, (size_t)map->bytes);
    /* In the very place of our own memory, which is what the user has. */
    return strait_portable_map(map->base, body, map->bytes, true, cause) != NULL
               ? STRAIT_OK
               : strait_unix_failed_with(cause, cause->call, (int)cause->code);
}

static int publish_raw(strait_os_map *map, const strait_os_place *place, strait_os_cause *cause)
{
    char name[STRAIT_PORTABLE_PATH_MAX];
    uint32_t mode = (uint32_t)strait_portable_hand_of(map)->number;
    if (!strait_portable_raw_name(place, name, sizeof name)) {
        return strait_unix_failed_with(cause, "shm_open", ENAMETOOLONG);
    }
    int body = strait_portable_open_raw_object(name, O_RDWR | O_CREAT | O_EXCL, mode | 0600);
    if (body < 0) {
        return strait_unix_failed(cause, "shm_open");
    }
    int rc = fill_raw(map, place, body, mode, cause);
    if (rc < 0) {
        shm_unlink(name);
        close(body);
        return rc;
    }
    struct stat about;
    strait_portable_note_probe(map, body);
    if (fstat(body, &about) == 0) {
        map->device = (uint64_t)about.st_dev;
        map->file = (uint64_t)about.st_ino;
    }
    return STRAIT_OK;
}

/* --- the two primitives --------------------------------------------------------------------------------- */

int strait_os_map_create(const strait_os_place *place, uint64_t bytes, uint32_t mode, uint32_t token,
                         strait_os_map *map, strait_os_cause *cause)
{
    int rc;
    if (place->kind == STRAIT_OS_ANONYMOUS) {
        return strait_unix_failed_with(cause, "a segment without a name", EOPNOTSUPP);
    }
    if (place->kind == STRAIT_OS_RAW) {
        return create_raw(place, bytes, mode, map, cause);
    }
    strait_portable_hand *hand = begin(place, &rc, cause);
    if (hand == NULL) {
        return rc;
    }
    int body = open_body(hand, bytes, mode, &rc, cause);
    *map = (strait_os_map){.probe = -1};
    rc = rc < 0 ? rc : finish(place, body, bytes, mode, hand, map, cause);
    rc = rc < 0 ? rc : take_token(map, place, hand, token, cause);
    if (rc < 0 && map->base != NULL) {
        strait_os_map_close(map);
    } else if (rc < 0) {
        strait_portable_abandon(hand);
        free(hand);
    }
    return rc;
}

int strait_os_map_publish(strait_os_map *map, const strait_os_place *place, strait_os_cause *cause)
{
    char path[STRAIT_PORTABLE_PATH_MAX];
    strait_portable_hand *hand = strait_portable_hand_of(map);
    if (place->kind == STRAIT_OS_RAW) {
        return publish_raw(map, place, cause);
    }
    int rc = strait_portable_path(place, true, path, sizeof path, cause);
    if (rc < 0) {
        return rc;
    }
    /* Everybody may read a record; until now only its maker could, so nobody else could hold its lock. */
    bool named = hand->kind == STRAIT_OS_NAMED;
    if (named && chmod(hand->unfinished, 0644) != 0) {
        return strait_unix_failed(cause, "chmod");
    }
    if (link(hand->unfinished, path) != 0) {
        return strait_unix_failed(cause, "link");
    }
    unlink(hand->unfinished);
    strait_unix_guard_close(hand->maker);
    hand->maker = -1;
    return STRAIT_OK;
}
