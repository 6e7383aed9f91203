/* set.c - the semaphores that belong to a map. layer: system
 *
 * A set says in its own semaphores which segment it belongs to, so that it can be found when the segment is
 * gone. Its key stands in the segment before the set is made, so that it can be found when its maker was
 * killed before it said so. All semaphores begin at 0, as every known system makes them; 0 means free, so
 * nothing depends on who sets them up.
 *
 * Further sets are made when a token of theirs is first wanted, by as many at once as want one, without a lock:
 * they agree on a key by CAS, so they get the same set; the kernel lets one of them sign it; and its id is
 * stored by CAS. Whoever is stopped or killed on the way is in nobody's way.
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

static struct sembuf step(int semaphore, int change, int flags)
{
    return (struct sembuf){.sem_num = (unsigned short)semaphore,
                           .sem_op = (short)change,
                           .sem_flg = (short)(IPC_NOWAIT | flags)};
}

/* All at once: 0, BUSY if one of them cannot be done now, or a failure. */
static int steps_at_once(int set, struct sembuf *steps, size_t count, strait_os_cause *cause)
{
    while (semop(set, steps, count) != 0) {
        if (errno == EAGAIN) {
            return STRAIT_BUSY;
        }
        if (errno == ENOSPC) {
            int rc = strait_unix_failed(cause, "semop(SEM_UNDO)");
            cause->where = "the table of operations to undo (SEMMNU and SEMUME)";
            return rc;
        }
        if (errno == E2BIG) {
            return strait_sysv_no_set("semop(SEM_UNDO)", cause);
        }
        if (errno != EINTR) {
            return strait_unix_failed(cause, "semop(SEM_UNDO)");
        }
    }
    return STRAIT_OK;
}

static int raise_from_0(int set, int semaphore, int by, strait_os_cause *cause)
{
    struct sembuf steps[] = {step(semaphore, 0, 0), step(semaphore, by, SEM_UNDO)};
    return steps_at_once(set, steps, 2, cause);
}

int strait_sysv_take(int set, int semaphore, strait_os_cause *cause)
{
    return raise_from_0(set, semaphore, 1, cause);
}

void strait_sysv_give(int set, int semaphore)
{
    struct sembuf down = step(semaphore, -1, SEM_UNDO);
    strait_os_cause unused = {0};
    (void)steps_at_once(set, &down, 1, &unused);
}

/* --- tokens --------------------------------------------------------------------------------------------- */

/* What this process took before it executed this program is still undone only at its end. A copy of this
 * library elsewhere in this program has the same mark as we. */
static bool left_by_former_program(int set, int token, int value)
{
    return value > 0 && value < STRAIT_SYSV_GIVEN_BACK && value != strait_sysv_program_mark() &&
           strait_sysv_holder(set, token) == (int)getpid();
}

/* From exactly that value. */
static int change_token(int set, int token, int from, int from_flags, int to, int to_flags,
                        strait_os_cause *cause)
{
    struct sembuf steps[] = {step(token, -from, from_flags), step(token, 0, 0), step(token, to, to_flags)};
    return steps_at_once(set, steps, 3, cause);
}

int strait_sysv_take_token(strait_sysv_hand *hand, int set, int token, strait_os_cause *cause)
{
    int mark = strait_sysv_program_mark();
    int rc = raise_from_0(set, token, mark, cause);
    if (rc == STRAIT_BUSY) {
        int value = strait_sysv_value(set, token);
        if (value == STRAIT_SYSV_GIVEN_BACK) {
            rc = change_token(set, token, value, 0, mark, SEM_UNDO, cause);
        } else if (left_by_former_program(set, token, value)) {
            rc = change_token(set, token, value, SEM_UNDO, mark, SEM_UNDO, cause);
        }
    }
    if (rc == STRAIT_OK) {
        hand->token_set = set;
        hand->token = token;
    }
    return rc;
}

void strait_sysv_give_token(strait_sysv_hand *hand)
{
    if (hand->token >= 0) {
        struct sembuf down = step(hand->token, -strait_sysv_program_mark(), SEM_UNDO);
        strait_os_cause unused = {0};
        (void)steps_at_once(hand->token_set, &down, 1, &unused);
        hand->token = -1;
    }
}

void strait_sysv_give_back(const strait_sysv_view *view)
{
    for (unsigned number = 0; number < STRAIT_SYSV_SETS; number++) {
        unsigned short all[STRAIT_SYSV_SEMAPHORES];
        strait_os_cause unused = {0};
        int set = strait_sysv_set_known(view, number) < 0 ? -1 : strait_sysv_set_proven(view, number);
        if (set < 0 || semctl(set, 0, GETALL, (union argument){.all = all}) != 0) {
            continue;
        }
        for (int token = 0; token < STRAIT_SYSV_TOKENS; token++) {
            if (left_by_former_program(set, token, all[token])) {
                (void)change_token(set, token, all[token], SEM_UNDO, STRAIT_SYSV_GIVEN_BACK, 0, &unused);
            }
        }
    }
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

static bool is_our_key(key_t key)
{
    return ((uint32_t)key & 0xf0000000u) == SET_KEYS;
}

static bool has_our_shape(int set, struct semid_ds *about)
{
    return semctl(set, 0, IPC_STAT, (union argument){.about = about}) == 0 &&
           about->sem_nsems == STRAIT_SYSV_SEMAPHORES && is_our_key(about->sem_perm.STRAIT_SYSV_KEY_FIELD);
}

/* The segment that the set belongs to; -1 if it is no (finished) set of ours. */
static int segment_of(int set)
{
    unsigned short expected[STRAIT_SYSV_SIGNATURES];
    unsigned segment = 0;
    struct semid_ds about;
    if (!has_our_shape(set, &about)) {
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

bool strait_sysv_set_is_unsigned(int set, key_t *key)
{
    struct semid_ds about;
    if (!has_our_shape(set, &about) || about.sem_otime != 0) {
        return false;
    }
    *key = about.sem_perm.STRAIT_SYSV_KEY_FIELD;
    return all_zero(set);
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

/* --- making --------------------------------------------------------------------------------------------- */

/* The first set has one maker, so nobody can be using it yet. */
static bool sign_first(int set, int segment)
{
    unsigned short all[STRAIT_SYSV_SEMAPHORES] = {0};
    signature(segment, all + STRAIT_SYSV_SIGNATURE);
    for (int group = 0; group < STRAIT_SYSV_GATE_GROUPS; group++) {
        all[STRAIT_SYSV_GATES + group * STRAIT_SYSV_GATES_EACH] = 1; /* of each group one gate is closed */
    }
    return semctl(set, 0, SETALL, (union argument){.all = all}) == 0;
}

/* Of several that sign one set the first does, in one step; the others change nothing, however late. */
static bool sign_further(int set, int segment)
{
    unsigned short marks[STRAIT_SYSV_SIGNATURES];
    struct sembuf steps[1 + STRAIT_SYSV_SIGNATURES] = {
        {.sem_num = STRAIT_SYSV_SIGNATURE, .sem_op = 0, .sem_flg = IPC_NOWAIT}};
    size_t count = 1;
    signature(segment, marks);
    for (unsigned i = 0; i < STRAIT_SYSV_SIGNATURES; i++) {
        if (marks[i] != 0) { /* macOS takes five steps at once */
            steps[count++] = (struct sembuf){.sem_num = (unsigned short)(STRAIT_SYSV_SIGNATURE + i),
                                             .sem_op = (short)marks[i],
                                             .sem_flg = IPC_NOWAIT};
        }
    }
    while (semop(set, steps, count) != 0) {
        if (errno != EINTR) {
            return errno == EAGAIN;
        }
    }
    return true;
}

/* The set belongs to the segment's owner, whoever made it. True if it does now. */
static bool hand_to_owner(int set, const strait_sysv_view *view)
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

static uint32_t mode_of(const strait_sysv_view *view)
{
    struct shmid_ds about;
    return shmctl(view->id, IPC_STAT, &about) == 0 ? (uint32_t)about.shm_perm.mode & 0777 : 0600;
}

/* The key that all who want set `number` make it under: whoever wins the CAS has chosen it. Its front says it
 * before there is a set, so that whoever clears up finds that. 0 if there is no chance to be had. */
static key_t agreed_key(strait_u32 *key, uint32_t refused, strait_os_cause *cause)
{
    uint32_t now = strait_u32_load_relaxed(key);
    if (now != refused && is_our_key((key_t)now)) {
        return (key_t)now;
    }
    uint32_t chance;
    if (strait_os_random(&chance, sizeof chance, cause) < 0) {
        return 0;
    }
    uint32_t wanted = SET_KEYS | (chance & 0x0fffffffu);
    return (key_t)(strait_u32_cas_relaxed(key, &now, wanted) ? wanted : now);
}

/* A set under a key is one that we may go on with: made just now, by us or by one who is slow or dead; or
 * signed for this segment already. */
static bool is_usable(int set, const strait_sysv_view *view)
{
    struct semid_ds about;
    return has_our_shape(set, &about) && (segment_of(set) == view->id || all_zero(set)) &&
           hand_to_owner(set, view);
}

#define KEYS_TRIED 100

/* A set for `number` with its owner and mode, unsigned or signed; -1 with errno, or with a cause if errno
 * is 0. */
static int make_bare(const strait_sysv_view *view, unsigned number, strait_os_cause *cause)
{
    strait_u32 *word = &((strait_sysv_front *)view->at)->keys[number];
    uint32_t mode = mode_of(view), refused = 0;
    int alone = number == 0 ? IPC_EXCL : 0; /* the first set has one maker */
    for (int tries = 0; tries < KEYS_TRIED; tries++) {
        key_t key = agreed_key(word, refused, cause);
        if (key == 0) {
            errno = 0;
            return -1;
        }
        int set = semget(key, STRAIT_SYSV_SEMAPHORES, (int)(IPC_CREAT | mode) | alone);
        if (set < 0 && errno != EEXIST && errno != EACCES && errno != EINVAL && errno != EIDRM) {
            return -1;
        }
        if (set < 0 && errno == EINVAL && semget(key, 0, 0) < 0) {
            errno = EINVAL; /* there is none: so many semaphores cannot be had */
            return -1;
        }
        if (set >= 0 && is_usable(set, view)) {
            return set;
        }
        refused = (uint32_t)key; /* somebody else's */
    }
    errno = EEXIST;
    return -1;
}

/* Ours is not the one that counts. Nobody uses it: who came to it as we did lost as we did. */
static void discard(int set, const strait_sysv_view *view)
{
    if (segment_of(set) == view->id) {
        (void)semctl(set, 0, IPC_RMID);
    }
}

static int make(const strait_sysv_view *view, unsigned number, strait_os_cause *cause)
{
    strait_sysv_front *front = front_of(view);
    int set = make_bare(view, number, cause);
    if (set < 0 && errno == ENOSPC) {
        strait_os_cause unused = {0};
        (void)strait_os_sweep(&unused); /* sets that the killed left */
        set = make_bare(view, number, cause);
    }
    if (set < 0) {
        return errno == 0 ? STRAIT_SYSTEM : strait_sysv_no_set("semget", cause);
    }
    if (!(number == 0 ? sign_first(set, view->id) : sign_further(set, view->id))) {
        return strait_sysv_no_set(number == 0 ? "semctl(SETALL)" : "semop", cause);
    }
    uint32_t none = 0;
    /* [sysv.set] acq_rel: who sees the id sees a signed set, whoever stored it. */
    bool ours = strait_u32_cas_acq_rel(&front->ids[number], &none, (uint32_t)set + 1);
    if (!ours && none != (uint32_t)set + 1) {
        discard(set, view);
        return (int)none - 1;
    }
    (void)hand_to_owner(set,
                        view); /* the rights may have been changed since, by one who did not see the id */
    return set;
}

int strait_sysv_set_first(const strait_sysv_view *view, strait_os_cause *cause)
{
    return make(view, 0, cause);
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

int strait_sysv_set_need(const strait_sysv_view *view, unsigned number, strait_os_cause *cause)
{
    for (int attempt = 0; attempt < 2 && strait_sysv_set_known(view, number) < 0; attempt++) {
        int set = make(view, number, cause);
        if (set < 0 && (cause->code == EINVAL || cause->code == EIDRM)) {
            continue; /* one who was faster took ours away with its own */
        }
        if (set < 0) {
            return set;
        }
    }
    int set = strait_sysv_set_proven(view, number);
    return set >= 0 ? set : strait_unix_failed_with(cause, "semctl(GETVAL)", EINVAL);
}

void strait_sysv_sets_follow(const strait_sysv_view *view)
{
    for (unsigned i = 0; i < STRAIT_SYSV_SETS; i++) {
        int set = strait_sysv_set_known(view, i);
        if (set >= 0 && segment_of(set) == view->id) {
            (void)hand_to_owner(set, view);
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
        if (is_our_key(key)) {
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
    if (set < 0 || !has_our_shape(set, &about)) {
        return -1;
    }
    bool silent = sets->id[i] < 0 && about.sem_perm.uid == sets->owner && all_zero(set);
    return silent || segment_of(set) == sets->segment ? set : -1;
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
    int segment = segment_of(set);
    if (segment >= 0 && segment_gone(segment) && nobody_holds_a_token(set)) {
        (void)semctl(set, 0, IPC_RMID);
    }
}
