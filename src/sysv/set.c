/* set.c - the semaphores that belong to a map. layer: system
 *
 * A set says in its own semaphores which segment it belongs to, so that it can be found when the segment is
 * gone. Its key stands in the segment before the set is made, so that it can be found when its maker was
 * killed before it said so. All semaphores begin at 0, as every known system makes them; 0 means free, so
 * nothing depends on who sets them up.
 *
 * Further sets are made when a token of theirs is first wanted, under a lock (a semaphore of the first set)
 * that the kernel drops with its holder.
 */
#include <errno.h>
#include <string.h>
#include <sys/sem.h>
#include <unistd.h>

#include "sysv/sysv.h"

#define SET_KEYS 0x60000000u /* the first four bits of their keys */

union argument { /* semctl's fourth; no header declares it */
    int value;
    struct semid_ds *about;
    unsigned short *all;
};

static strait_sysv_front *front_of(const strait_sysv_view *view)
{
    return view->at;
}

/* --- one semaphore -------------------------------------------------------------------------------------- */

int strait_sysv_value(int set, int semaphore)
{
    return semctl(set, semaphore, GETVAL);
}

int strait_sysv_holder(int set, int semaphore)
{
    return semctl(set, semaphore, GETPID);
}

int strait_sysv_take(int set, int semaphore, strait_os_cause *cause)
{
    struct sembuf steps[] = {
        {.sem_num = (unsigned short)semaphore, .sem_op = 0, .sem_flg = IPC_NOWAIT}, /* only if it is 0 */
        {.sem_num = (unsigned short)semaphore, .sem_op = 1, .sem_flg = IPC_NOWAIT | SEM_UNDO}};
    while (semop(set, steps, 2) != 0) {
        if (errno == EAGAIN) {
            return STRAIT_BUSY;
        }
        if (errno == ENOSPC) {
            int rc = strait_unix_failed(cause, "semop(SEM_UNDO)");
            cause->where = "the table of operations to undo (SEMMNU and SEMUME)";
            return rc;
        }
        if (errno != EINTR) {
            return strait_unix_failed(cause, "semop(SEM_UNDO)");
        }
    }
    return STRAIT_OK;
}

void strait_sysv_give(int set, int semaphore)
{
    struct sembuf step = {
        .sem_num = (unsigned short)semaphore, .sem_op = -1, .sem_flg = IPC_NOWAIT | SEM_UNDO};
    while (semop(set, &step, 1) != 0 && errno == EINTR) {
    }
}

/* What this process took before it executed this program is still undone only at its end, so it is its
 * own still. */
static bool left_by_former_program(int set, int semaphore)
{
    return strait_sysv_value(set, semaphore) == 1 && strait_sysv_holder(set, semaphore) == (int)getpid() &&
           !strait_sysv_holds(set, semaphore);
}

int strait_sysv_take_token(strait_sysv_hand *hand, int set, int token, strait_os_cause *cause)
{
    strait_unix_guard_begin(); /* between taking and noting, no other thread may think that it is left over */
    int rc = strait_sysv_take(set, token, cause);
    if (rc == STRAIT_BUSY && left_by_former_program(set, token)) {
        rc = STRAIT_OK;
    }
    if (rc == STRAIT_OK) {
        hand->token_set = set;
        hand->token = token;
    }
    strait_unix_guard_end();
    return rc;
}

/* --- whose a set is ------------------------------------------------------------------------------------- */

static void signature(int segment, unsigned short marks[STRAIT_SYSV_SIGNATURES])
{
    marks[0] = 0x5354;
    marks[1] = 0x5241;
    for (unsigned i = 0; i < 3; i++) { /* a semaphore holds up to 32767 */
        marks[2 + i] = (unsigned short)((unsigned)segment >> 15 * i & 0x7fff);
    }
}

static bool has_our_shape(int set)
{
    struct semid_ds about;
    return semctl(set, 0, IPC_STAT, (union argument){.about = &about}) == 0 &&
           about.sem_nsems == STRAIT_SYSV_SEMAPHORES;
}

/* The segment that the set belongs to; -1 if it is no (finished) set of ours. */
static int segment_of(int set)
{
    unsigned short expected[STRAIT_SYSV_SIGNATURES];
    unsigned segment = 0;
    if (!has_our_shape(set)) {
        return -1;
    }
    for (int i = 0; i < STRAIT_SYSV_SIGNATURES; i++) {
        int value = strait_sysv_value(set, STRAIT_SYSV_SIGNATURE + i);
        if (value < 0) {
            return -1;
        }
        expected[i] = (unsigned short)value;
        if (i >= 2) {
            segment |= (unsigned)value << 15 * (i - 2);
        }
    }
    unsigned short marks[STRAIT_SYSV_SIGNATURES];
    signature((int)segment, marks);
    return memcmp(marks, expected, sizeof marks) == 0 ? (int)segment : -1;
}

static bool all_zero(int set)
{
    for (int i = 0; i < STRAIT_SYSV_SEMAPHORES; i++) {
        if (strait_sysv_value(set, i) != 0) {
            return false;
        }
    }
    return true;
}

/* True if a maker of sets for this segment was killed before it could sign it, or before it could say
 * that it did. */
static bool is_unclaimed_of(int set, int segment)
{
    if (!has_our_shape(set) || segment_of(set) == segment) {
        return has_our_shape(set);
    }
    return all_zero(set);
}

bool strait_sysv_set_is_unsigned(int set, key_t *key)
{
    struct semid_ds about;
    if (semctl(set, 0, IPC_STAT, (union argument){.about = &about}) != 0 ||
        about.sem_nsems != STRAIT_SYSV_SEMAPHORES || about.sem_otime != 0) {
        return false;
    }
    *key = about.sem_perm.STRAIT_SYSV_KEY_FIELD;
    return ((uint32_t)*key & 0xf0000000u) == SET_KEYS && all_zero(set);
}

static bool nobody_holds_a_token(int set)
{
    for (int i = 0; i < STRAIT_SYSV_TOKENS; i++) {
        if (strait_sysv_value(set, i) != 0) {
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

/* --- making --------------------------------------------------------------------------------------------- */

static bool sign(int set, const strait_sysv_view *view)
{
    unsigned short all[STRAIT_SYSV_SEMAPHORES] = {0};
    signature(view->id, all + STRAIT_SYSV_SIGNATURE);
    for (int group = 0; group < STRAIT_SYSV_GATE_GROUPS; group++) {
        all[STRAIT_SYSV_GATES + group * STRAIT_SYSV_GATES_EACH] = 1; /* of each group one gate is closed */
    }
    return semctl(set, 0, SETALL, (union argument){.all = all}) == 0;
}

/* The set belongs to the segment's owner, whoever made it. */
static void hand_to_owner(int set, const strait_sysv_view *view)
{
    struct shmid_ds segment;
    struct semid_ds about;
    if (shmctl(view->id, IPC_STAT, &segment) == 0 &&
        semctl(set, 0, IPC_STAT, (union argument){.about = &about}) == 0) {
        about.sem_perm.uid = segment.shm_perm.uid;
        about.sem_perm.gid = segment.shm_perm.gid;
        about.sem_perm.mode = (unsigned short)(segment.shm_perm.mode & 0777);
        (void)semctl(set, 0, IPC_SET, (union argument){.about = &about});
    }
}

static uint32_t new_key(strait_os_cause *cause)
{
    uint32_t chance = 0;
    (void)strait_os_random(&chance, sizeof chance, cause);
    return SET_KEYS | (chance & 0x0fffffffu);
}

/* A set under the key in the front, unsigned; -1 with errno. */
static int make_bare(const strait_sysv_view *view, strait_u32 *key, uint32_t mode, strait_os_cause *cause)
{
    for (;;) {
        if (strait_u32_load_relaxed(key) == 0) {
            strait_u32_store_relaxed(key, new_key(cause));
        }
        key_t wanted = (key_t)strait_u32_load_relaxed(key);
        int set = semget(wanted, STRAIT_SYSV_SEMAPHORES, (int)(IPC_CREAT | IPC_EXCL | mode));
        if (set >= 0 || errno != EEXIST) {
            return set;
        }
        set = semget(wanted, 0, 0);
        if (set >= 0 && is_unclaimed_of(set, view->id)) {
            return set; /* one who was killed at this very place made it */
        }
        strait_u32_store_relaxed(key, 0); /* somebody else's */
    }
}

static int make(const strait_sysv_view *view, unsigned number, uint32_t mode, strait_os_cause *cause)
{
    strait_sysv_front *front = front_of(view);
    int set = make_bare(view, &front->keys[number], mode, cause);
    if (set < 0 && errno == ENOSPC) {
        strait_os_cause unused = {0};
        (void)strait_os_sweep(&unused); /* sets that the killed left */
        set = make_bare(view, &front->keys[number], mode, cause);
    }
    if (set < 0) {
        return errno == ENOSPC ? strait_sysv_no_set(cause) : strait_unix_failed(cause, "semget");
    }
    hand_to_owner(set, view);
    if (!sign(set, view)) {
        return strait_unix_failed(cause, "semctl(SETALL)");
    }
    /* [sysv.set] release: who sees the id sees a signed set. */
    strait_u32_store_release(&front->ids[number], (uint32_t)set + 1);
    return set;
}

int strait_sysv_set_first(const strait_sysv_view *view, uint32_t mode, strait_os_cause *cause)
{
    return make(view, 0, mode, cause);
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
    return set >= 0 && segment_of(set) == view->id ? set : -1;
}

#define LOCK_PATIENCE_NS UINT64_C(2000000000)

int strait_sysv_set_need(const strait_sysv_view *view, unsigned number, strait_os_cause *cause)
{
    int set = strait_sysv_set_known(view, number);
    int first = strait_sysv_set_proven(view, 0);
    uint64_t end_ns = strait_os_now_ns() + LOCK_PATIENCE_NS;
    while (set < 0) {
        int rc = strait_sysv_take(first, STRAIT_SYSV_CHANGE, cause);
        if (rc == STRAIT_OK) {
            set = strait_sysv_set_known(view, number);
            set = set >= 0 ? set : make(view, number, 0600, cause);
            strait_sysv_give(first, STRAIT_SYSV_CHANGE);
            return set;
        }
        if (rc != STRAIT_BUSY || strait_os_now_ns() > end_ns) {
            return rc; /* who adds it is stopped */
        }
        strait_os_nap(100000);
        set = strait_sysv_set_known(view, number);
    }
    set = strait_sysv_set_proven(view, number);
    return set >= 0 ? set : strait_unix_failed_with(cause, "semctl(GETVAL)", EINVAL);
}

void strait_sysv_sets_follow(const strait_sysv_view *view)
{
    for (unsigned i = 0; i < STRAIT_SYSV_SETS; i++) {
        int set = strait_sysv_set_known(view, i);
        if (set >= 0 && segment_of(set) == view->id) {
            hand_to_owner(set, view);
        }
    }
}

/* --- removing ------------------------------------------------------------------------------------------- */

void strait_sysv_sets_note(const strait_sysv_view *view, strait_sysv_sets *sets)
{
    const strait_sysv_front *front = view->at;
    *sets = (strait_sysv_sets){.segment = view->id};
    for (unsigned i = 0; i < STRAIT_SYSV_SETS; i++) {
        key_t key = (key_t)strait_u32_load_relaxed(&front->keys[i]);
        int set = strait_sysv_set_known(view, i);
        if (key == 0) {
            continue;
        }
        if (set < 0) {
            set = semget(key, 0, 0);
            if (set >= 0 && !is_unclaimed_of(set, view->id)) {
                set = -1;
            }
        } else if (segment_of(set) != view->id) {
            set = -1;
        }
        if (set >= 0) {
            sets->id[sets->count++] = set;
        }
    }
}

void strait_sysv_sets_remove(const strait_sysv_sets *sets)
{
    for (unsigned i = 0; i < sets->count; i++) {
        (void)semctl(sets->id[i], 0, IPC_RMID);
    }
}

void strait_sysv_sets_remove_if_over(const strait_sysv_sets *sets)
{
    if (sets->count == 0 || !segment_gone(sets->segment)) {
        return;
    }
    for (unsigned i = 0; i < sets->count; i++) {
        if (nobody_holds_a_token(sets->id[i])) {
            (void)semctl(sets->id[i], 0, IPC_RMID);
        }
    }
}

void strait_sysv_set_remove_orphan(int set)
{
    int segment = segment_of(set);
    if (segment >= 0 && segment_gone(segment) && nobody_holds_a_token(set)) {
        (void)semctl(set, 0, IPC_RMID);
    }
}
