/* status.c - what the system knows of a map, its access rights; handing over, which System V cannot.
 * layer: system */
#include <errno.h>
#include <fcntl.h>

#include "sysv/sysv.h"

int strait_os_map_open_descriptor(int descriptor, bool writable, uint64_t least_bytes, uint64_t most_bytes,
                                  strait_os_map *map, strait_os_cause *cause)
{
    (void)writable;
    (void)least_bytes;
    (void)most_bytes;
    (void)map;
    if (fcntl(descriptor, F_GETFD) < 0) {
        return strait_unix_failed(cause, "fcntl");
    }
    return strait_sysv_check_place(&(strait_os_place){.kind = STRAIT_OS_ANONYMOUS}, cause);
}

int strait_os_map_descriptor(const strait_os_map *map, const strait_os_place *place, bool writable,
                             int *descriptor, strait_os_cause *cause)
{
    (void)map;
    (void)place;
    (void)writable;
    (void)descriptor;
    return strait_sysv_check_place(&(strait_os_place){.kind = STRAIT_OS_ANONYMOUS}, cause);
}

/* True if it was removed, perhaps by hand: then no key leads to it, whatever its front says. */
static bool removed(const struct shmid_ds *about)
{
    return about->shm_perm.STRAIT_SYSV_KEY_FIELD == IPC_PRIVATE;
}

int strait_os_map_stat(const strait_os_map *map, const strait_os_place *place, strait_os_map_status *status,
                       strait_os_cause *cause)
{
    const strait_sysv_hand *hand = strait_sysv_hand_of(map);
    const strait_sysv_front *front = hand->view.at;
    struct shmid_ds about;
    (void)place;
    if (hand->view.id < 0) {
        *status = (strait_os_map_status){.bytes = map->bytes, .mode = hand->mode};
        return STRAIT_OK;
    }
    if (shmctl(hand->view.id, IPC_STAT, &about) != 0) {
        return strait_unix_failed(cause, "shmctl(IPC_STAT)");
    }
    /* [sysv.state] acquire: as in find. */
    bool named = hand->bare || strait_u32_load_acquire(&front->state) == STRAIT_SYSV_PUBLISHED;
    *status = (strait_os_map_status){.bytes = map->bytes,
                                     .mode = (uint32_t)about.shm_perm.mode & 0777,
                                     .user = about.shm_perm.uid,
                                     .group = about.shm_perm.gid,
                                     .linked = named && !removed(&about)};
    return STRAIT_OK;
}

int strait_os_map_set_mode(const strait_os_map *map, const strait_os_place *place, uint32_t mode,
                           strait_os_cause *cause)
{
    strait_sysv_hand *hand = strait_sysv_hand_of(map);
    struct shmid_ds about;
    (void)place;
    if (hand->view.id < 0) {
        hand->mode = mode;
        return STRAIT_OK;
    }
    if (shmctl(hand->view.id, IPC_STAT, &about) != 0) {
        return strait_unix_failed(cause, "shmctl(IPC_STAT)");
    }
    about.shm_perm.mode = (unsigned short)mode;
    if (shmctl(hand->view.id, IPC_SET, &about) != 0) {
        return strait_unix_failed(cause, "shmctl(IPC_SET)");
    }
    if (!hand->bare) {
        strait_sysv_sets_follow(&hand->view);
    }
    return STRAIT_OK;
}
