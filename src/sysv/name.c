/* name.c - taking a name away. layer: system
 *
 * A name belongs to the segment whose front says PUBLISHED, so it is taken away by one CAS in that very
 * segment: a successor has a state word of its own and cannot be hit. Nobody is ever in anybody's way, so
 * BUSY does not happen.
 */
#include <errno.h>
#include <unistd.h>

#include "sysv/sysv.h"

static int evict(const strait_sysv_view *view, strait_os_cause *cause)
{
    strait_sysv_front *front = view->at;
    struct shmid_ds about;
    if (shmctl(view->id, IPC_STAT, &about) == 0 && geteuid() != 0 && geteuid() != about.shm_perm.uid &&
        geteuid() != about.shm_perm.cuid) {
        return strait_sysv_remove(view, cause); /* which says why not: first, so that nothing is half done */
    }
    uint32_t expected = STRAIT_SYSV_PUBLISHED;
    /* [sysv.state] acq_rel: from here on nobody new finds it. */
    (void)strait_u32_cas_acq_rel(&front->state, &expected, STRAIT_SYSV_EVICTED);
    return strait_sysv_remove(view, cause);
}

int strait_os_map_evict(const strait_os_map *map, const strait_os_place *place, strait_os_cause *cause)
{
    const strait_sysv_hand *hand = map->base == NULL ? NULL : strait_sysv_hand_of(map);
    if (place->kind != STRAIT_OS_NAMED || (map->base == NULL && map->file == 0)) {
        return STRAIT_OK;
    }
    if (hand != NULL && !strait_sysv_at_home(hand)) {
        return strait_unix_failed_with(cause, "shmctl(IPC_RMID) in another IPC name space", EIDRM);
    }
    if (hand != NULL && hand->view.writable) {
        const strait_sysv_front *front = hand->view.at;
        /* [sysv.state] acquire: as in find. */
        uint32_t state = strait_u32_load_acquire(&front->state);
        bool named = state == STRAIT_SYSV_PUBLISHED || state == STRAIT_SYSV_EVICTED;
        return named ? evict(&hand->view, cause) : STRAIT_OK;
    }
    strait_sysv_view view;
    if (!strait_sysv_attach((int)map->device, true, &view)) {
        bool gone = errno == EINVAL || errno == EIDRM;
        return gone ? STRAIT_OK : strait_unix_failed(cause, "shmat");
    }
    const strait_sysv_front *front = view.at;
    int rc = view.whole_bytes > STRAIT_SYSV_FRONT_BYTES && front->nonce == map->file ? evict(&view, cause)
                                                                                     : STRAIT_OK;
    strait_sysv_leave(&view);
    return rc;
}

static int unlink_raw(const strait_os_place *place, strait_os_cause *cause)
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
    if (shmctl(id, IPC_RMID, NULL) == 0) {
        return STRAIT_OK;
    }
    return strait_unix_failed_with(cause, "shmctl(IPC_RMID)",
                                   errno == EINVAL || errno == EIDRM ? ENOENT : errno);
}

int strait_os_map_unlink(const strait_os_place *place, strait_os_cause *cause)
{
    strait_sysv_view view;
    if (place->kind != STRAIT_OS_NAMED) {
        return unlink_raw(place, cause);
    }
    int rc = strait_sysv_find(place->name, true, &view, cause);
    if (rc < 0) {
        return rc;
    }
    rc = evict(&view, cause);
    strait_sysv_leave(&view);
    return rc;
}
