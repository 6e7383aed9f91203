/* open.c - opening what find.c found, or foreign bytes; waiting for something to be found. layer: system */
#include <errno.h>

#include "sysv/sysv.h"

static const strait_sysv_front *front_of(const strait_sysv_view *view)
{
    return view->at;
}

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
        bare ? strait_sysv_detach(view) : strait_sysv_leave(view);
        return strait_unix_failed_with(cause, "malloc", ENOMEM);
    }
    strait_sysv_map_fill(hand, bytes, map);
    if (!bare) {
        strait_sysv_give_back(&hand->view);
    }
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
        bare ? strait_sysv_detach(&view) : strait_sysv_leave(&view);
        return rc;
    }
    return adopt(&view, bare, bytes, map, cause);
}

/* --- waiting for another -------------------------------------------------------------------------------- */

static bool news(const strait_os_place *place, const strait_os_map *stale)
{
    strait_os_map now;
    strait_sysv_view view;
    strait_os_cause cause = {0};
    if (place->kind == STRAIT_OS_NAMED) {
        int rc = strait_sysv_find(place->name, false, &view, &cause);
        if (rc < 0) {
            return rc != STRAIT_NOT_FOUND; /* something is there; the next look says what */
        }
        bool other = stale == NULL || front_of(&view)->nonce != stale->file;
        strait_sysv_leave(&view);
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
