/* clear.c - taking away what is over, and sweeping up after the killed. layer: system
 *
 * A segment is removed by its id while we have it attached: then the id cannot be given to another
 * meanwhile. IPC_RMID takes the key at once and the bytes when the last detaches. The sets stay as long as
 * anybody may ask about a token: whoever detaches last removes them; if it was killed, the sweep finds them,
 * since each set says which segment it belongs to; or, if it could not say so yet, because no segment says
 * that it has it.
 *
 * What a maker leaves that was killed, in the order of its steps:
 *   shmget done, attached    nobody is attached, its creator is gone, size and key bear our signature, and where
 *                            the front would be all bytes are zero
 *   magic stored             nobody is attached but who looks: a maker stays attached until it gives up
 *   sets made, unfinished    the same; or: the maker's semaphore is free
 *   published                nothing to clear: it is a whole map
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "sysv/sysv.h"

static bool may_remove(const struct shmid_ds *about)
{
    uid_t user = geteuid();
    return user == 0 || user == about->shm_perm.uid || user == about->shm_perm.cuid;
}

int strait_sysv_remove(const strait_sysv_view *view, strait_os_cause *cause)
{
    struct shmid_ds about;
    if (shmctl(view->id, IPC_STAT, &about) == 0 && !may_remove(&about)) {
        (void)strait_unix_failed_with(cause, "shmctl(IPC_RMID)", EPERM);
        cause->owned = true;
        cause->owner = about.shm_perm.uid;
        cause->mode = about.shm_perm.mode & 0777;
        return STRAIT_DENIED;
    }
    if (shmctl(view->id, IPC_RMID, NULL) == 0 || errno == EINVAL || errno == EIDRM) {
        return STRAIT_OK;
    }
    return strait_unix_failed(cause, "shmctl(IPC_RMID)");
}

static bool alone(int id)
{
    struct shmid_ds about;
    return shmctl(id, IPC_STAT, &about) == 0 && about.shm_nattch == 1;
}

bool strait_sysv_maker_gone(const strait_sysv_view *view)
{
    const strait_sysv_front *front = view->at;
    if (alone(view->id)) {
        return true;
    }
    /* [sysv.front] acquire: the first set is complete. */
    if (strait_u32_load_acquire(&front->state) == STRAIT_SYSV_FORMING) {
        return false;
    }
    int set = strait_sysv_set_proven(view, 0);
    return set >= 0 && strait_sysv_value(set, STRAIT_SYSV_MAKER) == 0;
}

bool strait_sysv_clear(const strait_sysv_view *view)
{
    strait_sysv_front *front = view->at;
    strait_os_cause cause = {0};
    /* [sysv.state] acquire: as in find. */
    uint32_t state = strait_u32_load_acquire(&front->state);
    if (state == STRAIT_SYSV_EVICTED) {
        return strait_sysv_remove(view, &cause) == STRAIT_OK; /* its users may still ask about tokens */
    }
    if (state == STRAIT_SYSV_PUBLISHED || state > STRAIT_SYSV_EVICTED || !view->writable ||
        !strait_sysv_maker_gone(view)) {
        return false;
    }
    /* [sysv.state] acq_rel: from the very state that was judged. It may have been given its name before its
     * maker died, and be in use, or even evicted again; from here on it cannot. */
    if (state != STRAIT_SYSV_LOST && !strait_u32_cas_acq_rel(&front->state, &state, STRAIT_SYSV_LOST)) {
        return false;
    }
    strait_sysv_sets sets;
    strait_sysv_sets_note(view, &sets);
    strait_sysv_sets_remove(&sets); /* first: one that is not signed can be found through the segment only */
    return strait_sysv_remove(view, &cause) == STRAIT_OK;
}

static bool all_zero(const void *bytes, size_t count)
{
    const unsigned char *at = bytes;
    return at[0] == 0 && memcmp(at, at + 1, count - 1) == 0;
}

static bool process_gone(pid_t pid)
{
    return pid > 0 && kill(pid, 0) != 0 && errno == ESRCH;
}

bool strait_sysv_clear_unmarked(int id, key_t key)
{
    struct shmid_ds before;
    strait_sysv_view view;
    strait_os_cause cause = {0};
    if (!strait_sysv_key_is_ours(key) || shmctl(id, IPC_STAT, &before) != 0 || before.shm_nattch != 0 ||
        !strait_sysv_is_signed(key, before.shm_segsz) || !process_gone(before.shm_cpid) ||
        !strait_sysv_attach(id, false, &view)) {
        return false;
    }
    bool gone = alone(id) && all_zero(view.at, STRAIT_SYSV_FRONT_BYTES) &&
                strait_sysv_remove(&view, &cause) == STRAIT_OK;
    strait_sysv_detach(&view);
    return gone;
}

/* --- the sweep ------------------------------------------------------------------------------------------ */

static int sweep_segment(void *context, int id, const struct shmid_ds *about)
{
    int *reclaimed = context;
    strait_sysv_view view;
    key_t key = about->shm_perm.STRAIT_SYSV_KEY_FIELD;
    if (!strait_sysv_key_is_ours(key) || !strait_sysv_is_signed(key, about->shm_segsz)) {
        return 0;
    }
    if (strait_sysv_clear_unmarked(id, key)) {
        ++*reclaimed;
    } else if (strait_sysv_attach(id, true, &view)) {
        const strait_sysv_front *front = view.at;
        if (strait_u64_load_relaxed(&front->magic) == STRAIT_SYSV_MAGIC) {
            *reclaimed += strait_sysv_clear(&view);
        }
        strait_sysv_leave(&view);
    }
    return 0;
}

/* Sets that bear no segment's id yet. Whose they are stands in the front of a segment only: so first they are
 * noted, and then every segment is asked. A maker who lives has its segment attached, and stored the key
 * before it made the set. */
#define UNSIGNED_MAX 32

typedef struct unsigned_sets {
    unsigned count;
    int id[UNSIGNED_MAX];
    key_t key[UNSIGNED_MAX];
} unsigned_sets;

static int note_unsigned(void *context, int id)
{
    unsigned_sets *found = context;
    if (found->count < UNSIGNED_MAX && strait_sysv_set_is_unsigned(id, &found->key[found->count])) {
        found->id[found->count++] = id;
    }
    return 0;
}

static void keep_those_of(unsigned_sets *found, const strait_sysv_front *front)
{
    for (unsigned number = 0; number < STRAIT_SYSV_SETS; number++) {
        key_t key = (key_t)strait_u32_load_relaxed(&front->keys[number]);
        for (unsigned i = 0; i < found->count; i++) {
            if (found->key[i] == key) {
                found->id[i] = -1;
            }
        }
    }
}

static int ask_segment(void *context, int id, const struct shmid_ds *about)
{
    unsigned_sets *found = context;
    strait_sysv_view view;
    key_t key = about->shm_perm.STRAIT_SYSV_KEY_FIELD;
    bool may_be_ours = key == IPC_PRIVATE
                           ? about->shm_segsz > STRAIT_SYSV_FRONT_BYTES /* its name was taken away */
                           : strait_sysv_key_is_ours(key) && strait_sysv_is_signed(key, about->shm_segsz);
    if (!may_be_ours) {
        return 0;
    }
    if (!strait_sysv_attach(id, false, &view)) {
        return errno == EINVAL || errno == EIDRM ? 0 : 1; /* in doubt all are kept */
    }
    const strait_sysv_front *front = view.at;
    if (strait_u64_load_relaxed(&front->magic) == STRAIT_SYSV_MAGIC) {
        keep_those_of(found, front);
        strait_sysv_leave(&view);
        return 0;
    }
    strait_sysv_detach(&view);
    return 0;
}

static void sweep_unsigned(void)
{
    unsigned_sets found = {0};
    strait_os_cause unused = {0};
    (void)strait_sysv_each_set(note_unsigned, &found, &unused);
    if (found.count == 0 || strait_sysv_each_segment(ask_segment, &found, &unused) != 0) {
        return;
    }
    for (unsigned i = 0; i < found.count; i++) {
        key_t key;
        if (found.id[i] >= 0 && strait_sysv_set_is_unsigned(found.id[i], &key)) {
            strait_sysv_set_remove(found.id[i]);
        }
    }
}

static int sweep_set(void *context, int id)
{
    (void)context;
    strait_sysv_set_remove_orphan(id);
    return 0;
}

int strait_os_sweep(strait_os_cause *cause)
{
    int reclaimed = 0;
    int rc = strait_sysv_each_segment(sweep_segment, &reclaimed, cause);
    if (rc == STRAIT_OK) {
        sweep_unsigned();
        rc = strait_sysv_each_set(sweep_set, NULL, cause);
    }
    return rc == STRAIT_UNSUPPORTED ? 0 : rc < 0 ? rc : reclaimed; /* what cannot be seen is not swept */
}
