/* set.c - the sets of semaphores that belong to a map: whose they are, and taking them away. layer: system
 *
 * A set says in its own semaphores which segment it belongs to, so that it can be found when the segment is
 * gone. Its key stands in the segment before the set is made, so that it can be found when its maker was
 * killed before it said so (set_make.c). All semaphores begin at 0, as every known system makes them; 0
 * means free, so nothing depends on who sets them up.
 */
#include "sysv/set.h"

#include <errno.h>
#include <string.h>

/* --- whose a set is ------------------------------------------------------------------------------------- */

void strait_sysv_set_signature(int segment, unsigned short marks[STRAIT_SYSV_SIGNATURES])
{
    marks[0] = 0x5354;
    marks[1] = 0x5241;
    for (unsigned i = 0; i < 3; i++) { /* a semaphore holds up to 32767 */
        marks[2 + i] = (unsigned short)((unsigned)segment >> 15 * i & 0x7fff);
    }
}

bool strait_sysv_set_key(key_t key)
{
    return ((uint32_t)key & 0xf0000000u) == STRAIT_SYSV_SET_KEYS;
}

bool strait_sysv_set_shape(int set, struct semid_ds *about)
{
    return semctl(set, 0, IPC_STAT, (union argument){.about = about}) == 0 &&
           about->sem_nsems == STRAIT_SYSV_SEMAPHORES &&
           strait_sysv_set_key(about->sem_perm.STRAIT_SYSV_KEY_FIELD);
}

/* The segment that the set belongs to; -1 if it is no (finished) set of ours. */
int strait_sysv_set_segment(int set)
{
    unsigned short all[STRAIT_SYSV_SEMAPHORES];
    unsigned segment = 0;
    struct semid_ds about;
    if (!strait_sysv_set_shape(set, &about)) {
        return -1;
    }
    if (semctl(set, 0, GETALL, (union argument){.all = all}) != 0) {
        return -1;
    }
    const unsigned short *found = all + STRAIT_SYSV_SIGNATURE;
    for (unsigned i = 0; i < 3; i++) {
        segment |= (unsigned)found[2 + i] << 15 * i;
    }
    unsigned short marks[STRAIT_SYSV_SIGNATURES];
    strait_sysv_set_signature((int)segment, marks);
    return memcmp(marks, found, sizeof marks) == 0 ? (int)segment : -1;
}

bool strait_sysv_set_zero(int set)
{
    static const unsigned short zero[STRAIT_SYSV_SEMAPHORES];
    unsigned short all[STRAIT_SYSV_SEMAPHORES];
    return semctl(set, 0, GETALL, (union argument){.all = all}) == 0 && memcmp(all, zero, sizeof all) == 0;
}

bool strait_sysv_set_is_unsigned(int set, key_t *key)
{
    struct semid_ds about;
    if (!strait_sysv_set_shape(set, &about) || about.sem_otime != 0) {
        return false;
    }
    *key = about.sem_perm.STRAIT_SYSV_KEY_FIELD;
    return strait_sysv_set_zero(set);
}

static bool nobody_holds_a_token(int set)
{
    for (int i = 0; i < STRAIT_SYSV_TOKENS; i++) {
        int value = strait_sysv_value(set, i);
        if (value != 0 && value != STRAIT_SYSV_GIVEN_BACK) {
            return false;
        }
    }
    return true;
}

static bool segment_gone(int segment)
{
    struct shmid_ds about;
    return shmctl(segment, IPC_STAT, &about) != 0 && (errno == EINVAL || errno == EIDRM);
}

/* --- which are known ------------------------------------------------------------------------------------ */

/* The set belongs to the segment's owner, whoever made it. True if it does now. */
bool strait_sysv_set_hand_over(int set, const strait_sysv_view *view)
{
    struct shmid_ds segment;
    struct semid_ds about;
    if (shmctl(view->id, IPC_STAT, &segment) != 0) {
        return true; /* some systems do not tell any more once its name is gone */
    }
    if (semctl(set, 0, IPC_STAT, (union argument){.about = &about}) != 0) {
        return false;
    }
    unsigned mode = (unsigned)segment.shm_perm.mode & 0777;
    if (about.sem_perm.uid == segment.shm_perm.uid && about.sem_perm.gid == segment.shm_perm.gid &&
        ((unsigned)about.sem_perm.mode & 0777) == mode) {
        return true;
    }
    about.sem_perm.uid = segment.shm_perm.uid;
    about.sem_perm.gid = segment.shm_perm.gid;
    about.sem_perm.mode = (unsigned short)mode;
    return semctl(set, 0, IPC_SET, (union argument){.about = &about}) == 0;
}

int strait_sysv_set_known(const strait_sysv_view *view, unsigned number)
{
    const strait_sysv_front *front = view->at;
    /* [sysv.set] acquire: the set is signed. */
    uint32_t id = strait_u32_load_acquire(&front->ids[number]);
    return (int)id - 1;
}

int strait_sysv_set_proven(const strait_sysv_view *view, unsigned number)
{
    int set = strait_sysv_set_known(view, number);
    return set >= 0 && strait_sysv_set_segment(set) == view->id ? set : -1;
}

void strait_sysv_sets_follow(const strait_sysv_view *view)
{
    for (unsigned i = 0; i < STRAIT_SYSV_SETS; i++) {
        int set = strait_sysv_set_known(view, i);
        if (set >= 0 && strait_sysv_set_segment(set) == view->id) {
            (void)strait_sysv_set_hand_over(set, view);
        }
    }
}

/* --- removing ------------------------------------------------------------------------------------------- */

void strait_sysv_sets_note(const strait_sysv_view *view, strait_sysv_sets *sets)
{
    const strait_sysv_front *front = view->at;
    sets->segment = view->id;
    sets->owner = view->owner;
    sets->count = 0;
    for (unsigned i = 0; i < STRAIT_SYSV_SETS; i++) {
        key_t key = (key_t)strait_u32_load_relaxed(&front->keys[i]);
        if (strait_sysv_set_key(key)) {
            sets->key[sets->count] = key;
            sets->id[sets->count++] = strait_sysv_set_known(view, i);
        }
    }
}

/* The set that was noted, if it is that segment's: it says so itself; or it says nothing yet, lies under the
 * key that the segment says, and belongs to the same user. -1 if it is not. The segment's word alone counts
 * for nothing: whoever may write there could name a set of somebody else's. */
static int noted_set(const strait_sysv_sets *sets, unsigned i)
{
    struct semid_ds about;
    int set = sets->id[i] >= 0 ? sets->id[i] : semget(sets->key[i], 0, 0);
    if (set < 0 || !strait_sysv_set_shape(set, &about)) {
        return -1;
    }
    bool silent = sets->id[i] < 0 && about.sem_perm.uid == sets->owner && strait_sysv_set_zero(set);
    return silent || strait_sysv_set_segment(set) == sets->segment ? set : -1;
}

void strait_sysv_sets_remove(const strait_sysv_sets *sets)
{
    for (unsigned i = 0; i < sets->count; i++) {
        int set = noted_set(sets, i);
        if (set >= 0) {
            (void)semctl(set, 0, IPC_RMID);
        }
    }
}

void strait_sysv_sets_remove_if_over(const strait_sysv_sets *sets)
{
    if (sets->count == 0 || !segment_gone(sets->segment)) {
        return;
    }
    for (unsigned i = 0; i < sets->count; i++) {
        int set = noted_set(sets, i);
        if (set >= 0 && nobody_holds_a_token(set)) {
            (void)semctl(set, 0, IPC_RMID);
        }
    }
}

void strait_sysv_set_remove(int set)
{
    (void)semctl(set, 0, IPC_RMID);
}

void strait_sysv_set_remove_orphan(int set)
{
    int segment = strait_sysv_set_segment(set);
    if (segment >= 0 && segment_gone(segment) && nobody_holds_a_token(set)) {
        (void)semctl(set, 0, IPC_RMID);
    }
}
