/* publish.c - giving a map its name, to one of several makers, without a lock. layer: system
 *
 * Each maker's segment has a state word of its own, and all lie under keys of the name in a fixed order.
 * Publishing:
 *
 *   1. our state: UNFINISHED -> ANNOUNCED                                          then a full fence
 *   2. look at every other: PUBLISHED: it has the name, we give up.
 *                           ANNOUNCED, behind us: its state -> LOST.
 *                           ANNOUNCED, before us: wait a little for it; if it is too slow or gone, -> LOST.
 *   3. our state: ANNOUNCED -> PUBLISHED; if that fails, somebody has put us out.
 *
 * Never two: say A and B both came to be published. The one that announced second looked at the other after
 * that, saw ANNOUNCED or PUBLISHED, and so put it out or gave up. Nobody waits for one that is stopped for
 * longer than the patience below: putting it out is no verdict on its life, it has merely lost a race. That
 * two put each other out needs the patience to run out in the very instant in which the other goes on; then
 * nobody has the name and both try again.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "sysv/sysv.h"

#define PATIENCE_NS UINT64_C(20000000)
#define NAP_NS UINT64_C(50000)

static strait_sysv_front *front_of(const strait_sysv_view *view)
{
    return view->at;
}

static bool change(strait_sysv_front *front, uint32_t from, uint32_t to)
{
    /* [sysv.state] acq_rel: a published map is complete; who changes a state has seen what led to it. */
    return strait_u32_cas_acq_rel(&front->state, &from, to);
}

/* True if the other one leaves the name to us. */
static bool settle(strait_sysv_front *ours, const strait_sysv_view *other, bool before_us)
{
    uint64_t end_ns = strait_os_now_ns() + PATIENCE_NS;
    for (;;) {
        /* [sysv.state] acquire: as in find. */
        uint32_t state = strait_u32_load_acquire(&front_of(other)->state);
        if (state != STRAIT_SYSV_ANNOUNCED) {
            return state != STRAIT_SYSV_PUBLISHED && state <= STRAIT_SYSV_EVICTED; /* else: wrote over */
        }
        if (!before_us || strait_os_now_ns() > end_ns || strait_sysv_maker_gone(other)) {
            if (change(front_of(other), STRAIT_SYSV_ANNOUNCED, STRAIT_SYSV_LOST)) {
                return true;
            }
            continue;
        }
        /* [sysv.state] acquire: as in find. */
        if (strait_u32_load_acquire(&ours->state) != STRAIT_SYSV_ANNOUNCED) {
            return false; /* it, or another, has put us out */
        }
        strait_os_nap(NAP_NS);
    }
}

/* 0 if so; EXISTS; or why we cannot know. */
static int all_leave_it_to_us(const strait_sysv_hand *hand, const char *name, strait_os_cause *cause)
{
    strait_sysv_front *ours = front_of(&hand->view);
    int taken = strait_unix_failed_with(cause, "shmget", EEXIST);
    for (unsigned room = 0; room < STRAIT_SYSV_ROOMS; room++) {
        strait_sysv_view other;
        strait_os_cause seen = {0};
        strait_sysv_finding finding =
            room == hand->room ? STRAIT_SYSV_EMPTY : strait_sysv_look(name, room, true, &other, &seen);
        if (finding == STRAIT_SYSV_REFUSED) {
            return taken; /* somebody else's, perhaps under this very name */
        }
        if (finding == STRAIT_SYSV_UNSEEN) {
            return strait_unix_failed(cause, "shmat"); /* it may have the name */
        }
        if (finding == STRAIT_SYSV_FOUND) {
            bool ok = settle(ours, &other, room < hand->room);
            strait_sysv_leave(&other);
            if (!ok) {
                return taken;
            }
        }
    }
    return STRAIT_OK;
}

static int publish_named(strait_sysv_hand *hand, const char *name, strait_os_cause *cause)
{
    strait_sysv_front *front = front_of(&hand->view);
    if (change(front, STRAIT_SYSV_UNFINISHED, STRAIT_SYSV_ANNOUNCED)) {
        strait_fence_seq_cst(); /* [sysv.announce] seq_cst: of two, the second to announce sees the first. */
        int rc = all_leave_it_to_us(hand, name, cause);
        if (rc < 0) {
            (void)change(front, STRAIT_SYSV_ANNOUNCED, STRAIT_SYSV_UNFINISHED);
            return rc;
        }
        if (change(front, STRAIT_SYSV_ANNOUNCED, STRAIT_SYSV_PUBLISHED)) {
            hand->unpublished = false;
            if (hand->set >= 0) {
                strait_sysv_give(hand->set, STRAIT_SYSV_MAKER);
            }
            return STRAIT_OK;
        }
    }
    *cause = (strait_os_cause){0};
    return strait_unix_failed_with(cause, "shmget", EEXIST);
}

/* From our own memory into a new segment. Until its mode is set only our own user can see it half-filled. */
static int publish_raw(strait_os_map *map, strait_sysv_hand *hand, const strait_os_place *place,
                       strait_os_cause *cause)
{
    key_t key;
    strait_sysv_view view;
    struct shmid_ds about;
    int rc = strait_sysv_raw_key(place, &key, cause);
    if (rc < 0) {
        return rc;
    }
    int id = shmget(key, (size_t)map->bytes, IPC_CREAT | IPC_EXCL | 0600);
    if (id < 0) {
        return errno == EEXIST ? strait_unix_failed(cause, "shmget")
                               : strait_sysv_no_segment(map->bytes, map->bytes, cause);
    }
    if (!strait_sysv_attach(id, true, &view) || shmctl(id, IPC_STAT, &about) != 0) {
        rc = strait_unix_failed(cause, "shmat");
        (void)shmctl(id, IPC_RMID, NULL);
        return rc;
    }
    memcpy(view.at, map->base, (size_t)map->bytes);
    about.shm_perm.mode = (unsigned short)hand->mode;
    (void)shmctl(id, IPC_SET, &about);
    munmap(map->base, (size_t)map->bytes);
    strait_unix_guard_begin();
    hand->view = view;
    hand->unpublished = false;
    strait_unix_guard_end();
    bool made_here = map->made_here;
    strait_sysv_map_fill(hand, map->bytes, map);
    map->made_here = made_here;
    return STRAIT_OK;
}

int strait_os_map_publish(strait_os_map *map, const strait_os_place *place, strait_os_cause *cause)
{
    strait_sysv_hand *hand = strait_sysv_hand_of(map);
    return hand->bare ? publish_raw(map, hand, place, cause) : publish_named(hand, place->name, cause);
}
