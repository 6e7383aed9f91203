/* find.c - what lies under a name; opening it. layer: system
 *
 * Each of a name's keys is asked for, whatever the others say. Published is at most one (publish.c), so the
 * first that says so is the one. What is over and was not cleared away (somebody died in between) is cleared
 * away by whoever comes past.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "sysv/sysv.h"

static const strait_sysv_front *front_of(const strait_sysv_view *view)
{
    return view->at;
}

static bool is_of_name(const strait_sysv_view *view, key_t key, const char *name)
{
    const strait_sysv_front *front = front_of(view);
    /* [sysv.front] acquire: the rest of the front was stored before state left FORMING. */
    return strait_sysv_is_signed(key, view->whole_bytes) &&
           strait_u64_load_relaxed(&front->magic) == STRAIT_SYSV_MAGIC &&
           strait_u32_load_acquire(&front->state) != STRAIT_SYSV_FORMING &&
           strncmp(front->name, name, sizeof front->name) == 0;
}

/* We may not write it. If we may read it and it bears another name, it does not concern us. */
static strait_sysv_finding refused(int id, key_t key, const char *name, bool writable, strait_os_cause *cause)
{
    strait_sysv_view view;
    if (writable && strait_sysv_attach(id, false, &view)) {
        bool ours = is_of_name(&view, key, name);
        strait_sysv_detach(&view);
        if (!ours) {
            return STRAIT_SYSV_EMPTY;
        }
    }
    (void)strait_unix_failed_with(cause, "shmat", EACCES);
    strait_sysv_tell_owner(id, cause);
    return STRAIT_SYSV_REFUSED;
}

strait_sysv_finding strait_sysv_look(const char *name, unsigned room, bool writable, strait_sysv_view *view,
                                     strait_os_cause *cause)
{
    key_t key = strait_sysv_key(name, room);
    int id = shmget(key, 0, 0);
    if (id < 0) {
        return STRAIT_SYSV_EMPTY;
    }
    if (!strait_sysv_attach(id, writable, view)) {
        return errno == EACCES ? refused(id, key, name, writable, cause) : STRAIT_SYSV_EMPTY;
    }
    if (is_of_name(view, key, name)) {
        return STRAIT_SYSV_FOUND;
    }
    strait_sysv_detach(view);
    return STRAIT_SYSV_EMPTY;
}

int strait_sysv_find(const char *name, bool writable, strait_sysv_view *view, strait_os_cause *cause)
{
    bool refusal = false;
    for (unsigned room = 0; room < STRAIT_SYSV_ROOMS; room++) {
        strait_sysv_finding finding = strait_sysv_look(name, room, writable, view, cause);
        refusal = refusal || finding == STRAIT_SYSV_REFUSED;
        if (finding != STRAIT_SYSV_FOUND) {
            continue;
        }
        /* [sysv.state] acquire: what is published is complete. */
        uint32_t state = strait_u32_load_acquire(&((strait_sysv_front *)view->at)->state);
        if (state == STRAIT_SYSV_PUBLISHED) {
            return STRAIT_OK;
        }
        if (state == STRAIT_SYSV_EVICTED) {
            (void)strait_sysv_clear(view);
        }
        strait_sysv_detach(view);
    }
    if (refusal) {
        return STRAIT_DENIED;
    }
    *cause = (strait_os_cause){0};
    return strait_unix_failed_with(cause, "shmget", ENOENT);
}

/* --- maps ----------------------------------------------------------------------------------------------- */

static int check_size(uint64_t bytes, uint64_t least_bytes, uint64_t most_bytes, strait_os_cause *cause)
{
    if (bytes < least_bytes || bytes == 0) {
        cause->asked = least_bytes;
        cause->available = bytes;
        return STRAIT_TRUNCATED;
    }
    if (most_bytes != 0 && bytes > most_bytes) {
        cause->asked = bytes;
        cause->available = most_bytes;
        return STRAIT_OVER_QUOTA;
    }
    return STRAIT_OK;
}

static int adopt(strait_sysv_view *view, bool bare, uint64_t bytes, strait_os_map *map,
                 strait_os_cause *cause)
{
    strait_sysv_hand *hand = strait_sysv_hand_new(view, bare);
    if (hand == NULL) {
        strait_sysv_detach(view);
        return strait_unix_failed_with(cause, "malloc", ENOMEM);
    }
    strait_sysv_map_fill(hand, bytes, map);
    return STRAIT_OK;
}

static int open_raw(const strait_os_place *place, bool writable, strait_sysv_view *view,
                    strait_os_cause *cause)
{
    key_t key;
    int rc = strait_sysv_raw_key(place, &key, cause);
    if (rc < 0) {
        return rc;
    }
    int id = shmget(key, 0, 0);
    if (id < 0) {
        return strait_unix_failed(cause, "shmget");
    }
    if (!strait_sysv_attach(id, writable, view)) {
        bool vanished = errno == EINVAL || errno == EIDRM;
        rc = strait_unix_failed_with(cause, "shmat", vanished ? ENOENT : errno);
        if (rc == STRAIT_DENIED) {
            strait_sysv_tell_owner(id, cause);
        }
        return rc;
    }
    return STRAIT_OK;
}

int strait_os_map_open(const strait_os_place *place, bool writable, uint64_t least_bytes, uint64_t most_bytes,
                       strait_os_map *map, strait_os_cause *cause)
{
    strait_sysv_view view;
    bool bare = place->kind != STRAIT_OS_NAMED;
    int rc = bare ? open_raw(place, writable, &view, cause)
                  : strait_sysv_find(place->name, writable, &view, cause);
    if (rc < 0) {
        return rc;
    }
    uint64_t bytes = view.whole_bytes;
    if (!bare) {
        bytes = front_of(&view)->bytes; /* read once; then checked */
        if (bytes > view.whole_bytes - STRAIT_SYSV_FRONT_BYTES) {
            bytes =
                view.whole_bytes - STRAIT_SYSV_FRONT_BYTES; /* somebody wrote over it: core will see that */
        }
    }
    rc = check_size(bytes, least_bytes, most_bytes, cause);
    if (rc < 0) {
        strait_sysv_detach(&view);
        return rc;
    }
    return adopt(&view, bare, bytes, map, cause);
}

/* --- which it is, and waiting for another --------------------------------------------------------------- */

void strait_os_map_identify(const strait_os_place *place, strait_os_map *map)
{
    strait_sysv_view view;
    strait_os_cause cause = {0};
    key_t key;
    *map = (strait_os_map){.probe = -1, .spare = {-1, 0}};
    if (place->kind == STRAIT_OS_NAMED) {
        if (strait_sysv_find(place->name, false, &view, &cause) == STRAIT_OK) {
            map->device = (uint64_t)view.id;
            map->file = front_of(&view)->nonce;
            strait_sysv_detach(&view);
        }
    } else if (place->kind != STRAIT_OS_ANONYMOUS && strait_sysv_raw_key(place, &key, &cause) == STRAIT_OK) {
        int id = shmget(key, 0, 0);
        map->device = map->file = id < 0 ? 0 : (uint64_t)id;
    }
}

static bool news(const strait_os_place *place, const strait_os_map *stale)
{
    strait_os_map now;
    strait_sysv_view view;
    strait_os_cause cause = {0};
    if (place->kind == STRAIT_OS_NAMED) {
        int rc = strait_sysv_find(place->name, false, &view, &cause);
        if (rc < 0) {
            return rc == STRAIT_DENIED; /* something is there; the next look says what */
        }
        bool other = stale == NULL || front_of(&view)->nonce != stale->file;
        strait_sysv_detach(&view);
        return other;
    }
    key_t key;
    strait_os_map_identify(place, &now);
    bool there = strait_sysv_raw_key(place, &key, &cause) == STRAIT_OK && shmget(key, 0, 0) >= 0;
    return there && (stale == NULL || now.file != stale->file);
}

#define FIRST_NAP_NS UINT64_C(500000)
#define LONGEST_NAP_NS UINT64_C(8000000)

int strait_os_name_wait(const strait_os_place *place, const strait_os_map *stale, uint64_t deadline_ns,
                        strait_os_cause *cause)
{
    uint64_t nap_ns = FIRST_NAP_NS;
    while (!news(place, stale)) {
        uint64_t now_ns = strait_os_now_ns();
        if (now_ns >= deadline_ns) {
            return STRAIT_TIMED_OUT;
        }
        uint64_t left_ns = deadline_ns - now_ns;
        int rc = strait_sysv_nap(nap_ns < left_ns ? nap_ns : left_ns);
        if (rc < 0) {
            return strait_unix_failed_with(cause, "nanosleep", EINTR);
        }
        nap_ns = nap_ns * 2 < LONGEST_NAP_NS ? nap_ns * 2 : LONGEST_NAP_NS;
    }
    return STRAIT_OK;
}
