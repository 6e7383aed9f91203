/* attach.c - segments in our address space, and what this process keeps of the maps it has open.
 * layer: system
 *
 * An attached segment is not for forked children: they would keep it in being after our death. No fork comes
 * between shmat and the call that says so. Hands are in a list, since a sleeper brings only an address; a
 * forked child finds the list, but nothing in it is its own.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "sysv/sysv.h"

static strait_sysv_hand *hands; /* only between strait_unix_guard_begin and _end */

static bool keep_from_children(void *at, size_t bytes)
{
#if defined MADV_DONTFORK
    return madvise(at, bytes, MADV_DONTFORK) == 0;
#elif defined INHERIT_NONE
    return minherit(at, bytes, INHERIT_NONE) == 0;
#else
    (void)
        at; /* a child can then see the bytes; its handles answer FORKED and it holds no token all the same */
    (void)bytes;
    return true;
#endif
}

bool strait_sysv_attach(int id, bool writable, strait_sysv_view *view)
{
    struct shmid_ds about;
    strait_unix_guard_begin();
    void *at = shmat(id, NULL, writable ? 0 : SHM_RDONLY);
    bool there = at != (void *)-1; // NOLINT(performance-no-int-to-ptr): what shmat says
    if (there && (shmctl(id, IPC_STAT, &about) != 0 || !keep_from_children(at, about.shm_segsz))) {
        int saved = errno;
        shmdt(at);
        errno = saved;
        there = false;
    }
    strait_unix_guard_end();
    if (there) {
        *view = (strait_sysv_view){id, at, (uint64_t)about.shm_segsz, about.shm_perm.uid, writable};
    }
    return there;
}

void strait_sysv_detach(strait_sysv_view *view)
{
    if (view->at != NULL) {
        shmdt(view->at);
        view->at = NULL;
    }
}

void strait_sysv_leave(strait_sysv_view *view)
{
    strait_sysv_sets sets;
    strait_sysv_sets_note(view, &sets);
    strait_sysv_detach(view);
    strait_sysv_sets_remove_if_over(&sets);
}

strait_sysv_hand *strait_sysv_hand_new(const strait_sysv_view *view, bool bare)
{
    strait_sysv_hand *hand = calloc(1, sizeof *hand);
    if (hand == NULL) {
        return NULL;
    }
    hand->epoch = strait_os_process_epoch();
    hand->view = *view;
    hand->bare = bare;
    hand->set = bare ? -1 : strait_sysv_set_proven(view, 0);
    hand->token_set = hand->token = -1;
    hand->space = bare ? 0 : strait_sysv_space();
    strait_unix_guard_begin();
    hand->next = hands;
    hands = hand;
    strait_unix_guard_end();
    return hand;
}

void strait_sysv_hand_free(strait_sysv_hand *hand)
{
    strait_unix_guard_begin();
    for (strait_sysv_hand **at = &hands; *at != NULL; at = &(*at)->next) {
        if (*at == hand) {
            *at = hand->next;
            break;
        }
    }
    strait_unix_guard_end();
    free(hand);
}

bool strait_sysv_hand_at(const void *address, strait_sysv_hand *copy)
{
    bool found = false;
    uint64_t epoch = strait_os_process_epoch();
    uintptr_t wanted = (uintptr_t)address;
    strait_unix_guard_begin();
    for (const strait_sysv_hand *hand = hands; hand != NULL && !found; hand = hand->next) {
        uintptr_t begin = (uintptr_t)hand->view.at;
        if (hand->epoch == epoch && wanted >= begin && wanted - begin < hand->view.whole_bytes) {
            *copy = *hand;
            found = true;
        }
    }
    strait_unix_guard_end();
    return found;
}

void strait_sysv_map_fill(strait_sysv_hand *hand, uint64_t bytes, strait_os_map *map)
{
    const strait_sysv_front *front = hand->view.at;
    *map = (strait_os_map){.base = (char *)hand->view.at + (hand->bare ? 0 : STRAIT_SYSV_FRONT_BYTES),
                           .bytes = bytes,
                           .writable = hand->view.writable,
                           .probe = -1,
                           .device = (uint64_t)hand->view.id,
                           .file = hand->bare ? (uint64_t)hand->view.id : front->nonce,
                           .epoch = hand->epoch,
                           .spare = {hand->view.id, (int64_t)(intptr_t)hand}};
}
