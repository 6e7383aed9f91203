/* create.c - making a map that nobody can find until it is finished. layer: system
 *
 * shmget shows a segment at once, but a segment is found by name only when its front says that it is
 * published. So each maker makes its own under the first of the name's keys that is free, and publish.c
 * decides between them. A maker that is killed leaves an unfinished segment; who comes past next clears it
 * away (clear.c tells how that is known).
 *
 * A raw map has no front, so it cannot lie there and not be found: until it is published its bytes are our
 * own memory.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "sysv/sysv.h"

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

/* Every page is there from now on: the first touch may not fail later. */
static int populate(const strait_sysv_view *view, uint64_t bytes, strait_os_cause *cause)
{
    uint64_t front = STRAIT_SYSV_FRONT_BYTES;
    if (madvise((char *)view->at + front, (size_t)bytes, MADV_POPULATE_WRITE) == 0) {
        return STRAIT_OK;
    }
    if (errno != EINVAL && errno != ENOSYS) {
        (void)strait_unix_failed(cause, "madvise(MADV_POPULATE_WRITE)");
        cause->asked = bytes;
        cause->where = "the system (memory)";
        return STRAIT_NO_SPACE;
    }
    volatile char *at = (volatile char *)view->at + front;
    for (uint64_t i = 0; i < bytes; i += 4096) {
        at[i] = 0;
    }
    return STRAIT_OK;
}

/* What an unfinished segment of somebody's takes up may be free: its maker is gone. */
static void clear_room(int id, key_t key)
{
    strait_sysv_view view;
    if (strait_sysv_clear_unmarked(id, key) || !strait_sysv_attach(id, true, &view)) {
        return;
    }
    const strait_sysv_front *front = view.at;
    if (strait_sysv_is_signed(key, view.whole_bytes) &&
        strait_u64_load_relaxed(&front->magic) == STRAIT_SYSV_MAGIC) {
        (void)strait_sysv_clear(&view);
        strait_sysv_leave(&view);
        return;
    }
    strait_sysv_detach(&view);
}

/* A segment under one of the name's keys. EXISTS if others have them all. */
static int new_segment(const char *name, uint64_t bytes, uint32_t mode, unsigned *room,
                       strait_os_cause *cause)
{
    bool swept = false;
    for (*room = 0; *room < STRAIT_SYSV_ROOMS; ++*room) {
        key_t key = strait_sysv_key(name, *room);
        uint64_t whole = strait_sysv_whole_bytes(key, bytes);
        for (int attempt = 0; attempt < 2; attempt++) {
            int id = shmget(key, (size_t)whole, (int)(IPC_CREAT | IPC_EXCL | mode));
            if (id < 0 && errno == ENOSPC && !swept) {
                strait_os_cause unused = {0};
                (void)strait_os_sweep(&unused); /* what killed makers of other names left */
                swept = true;
                id = shmget(key, (size_t)whole, (int)(IPC_CREAT | IPC_EXCL | mode));
            }
            if (id >= 0) {
                return id;
            }
            if (errno != EEXIST) {
                return strait_sysv_no_segment(whole, bytes, cause);
            }
            id = shmget(key, 0, 0);
            if (id >= 0 && attempt == 0) {
                clear_room(id, key);
            }
        }
    }
    return strait_unix_failed_with(cause, "shmget", EEXIST);
}

/* Fills the front; the state word last. */
static int form(strait_sysv_view *view, const char *name, uint64_t bytes, strait_os_cause *cause)
{
    strait_sysv_front *front = view->at;
    strait_u64_store_relaxed(&front->magic, STRAIT_SYSV_MAGIC);
    int rc = strait_os_random(&front->nonce, sizeof front->nonce, cause);
    if (rc < 0) {
        return rc;
    }
    front->bytes = bytes;
    memcpy(front->name, name, strlen(name) + 1);
    int set = strait_sysv_set_first(view, cause);
    rc = set < 0 ? set : strait_sysv_take(set, STRAIT_SYSV_MAKER, cause);
    if (rc == STRAIT_OK) {
        rc = populate(view, bytes, cause);
        /* [sysv.front] release: whoever sees UNFINISHED sees the front. */
        strait_u32_store_release(&front->state, STRAIT_SYSV_UNFINISHED);
    }
    return rc;
}

static int give_up(strait_sysv_view *view, int rc)
{
    strait_os_cause unused = {0};
    strait_sysv_sets sets;
    strait_sysv_sets_note(view, &sets);
    strait_sysv_sets_remove(&sets);
    (void)strait_sysv_remove(view, &unused);
    strait_sysv_detach(view);
    return rc;
}

static int create_named(const char *name, uint64_t bytes, uint32_t mode, strait_os_map *map,
                        strait_os_cause *cause)
{
    unsigned room;
    strait_sysv_view view;
    int id = new_segment(name, bytes, mode, &room, cause);
    if (id < 0) {
        return id;
    }
    if (!strait_sysv_attach(id, true, &view)) {
        int rc = strait_unix_failed(cause, "shmat");
        (void)shmctl(id, IPC_RMID, NULL);
        return rc;
    }
    int rc = form(&view, name, bytes, cause);
    if (rc < 0) {
        return give_up(&view, rc);
    }
    strait_sysv_hand *hand = strait_sysv_hand_new(&view, false);
    if (hand == NULL) {
        return give_up(&view, strait_unix_failed_with(cause, "malloc", ENOMEM));
    }
    hand->unpublished = true;
    hand->room = room;
    strait_sysv_map_fill(hand, bytes, map);
    map->made_here = true;
    return STRAIT_OK;
}

static int create_raw(const strait_os_place *place, uint64_t bytes, uint32_t mode, strait_os_map *map,
                      strait_os_cause *cause)
{
    key_t key;
    int rc = strait_sysv_raw_key(place, &key, cause);
    if (rc < 0) {
        return rc;
    }
    void *at = mmap(NULL, (size_t)bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0);
    if (at == MAP_FAILED) {
        return strait_unix_failed(cause, "mmap");
    }
    strait_sysv_view view = {.id = -1, .at = at, .whole_bytes = bytes, .writable = true};
    strait_sysv_hand *hand = strait_sysv_hand_new(&view, true);
    if (hand == NULL) {
        munmap(at, (size_t)bytes);
        return strait_unix_failed_with(cause, "malloc", ENOMEM);
    }
    hand->unpublished = true;
    hand->mode = mode;
    strait_sysv_map_fill(hand, bytes, map);
    map->made_here = true;
    return STRAIT_OK;
}

int strait_os_map_create(const strait_os_place *place, uint64_t bytes, uint32_t mode, uint32_t token,
                         strait_os_map *map, strait_os_cause *cause)
{
    int rc = strait_sysv_enough(bytes, cause);
    if (rc < 0) {
        return rc;
    }
    bool bare =
        place->kind == STRAIT_OS_RAW || (place->kind == STRAIT_OS_FILE && token == STRAIT_OS_NO_TOKEN);
    if (bare) {
        return create_raw(place, bytes, mode, map, cause);
    }
    rc = strait_sysv_check_place(place, cause);
    rc = rc < 0 ? rc : create_named(place->name, bytes, mode, map, cause);
    if (rc == STRAIT_OK && token != STRAIT_OS_NO_TOKEN) {
        rc = strait_os_token_hold(map, place, token, cause);
        if (rc < 0) {
            strait_os_map_close(map);
        }
    }
    return rc;
}
