/* set_make.c - making sets of semaphores. layer: system
 *
 * The first set of a map is made with it, by its maker alone. Further sets are made when a token of theirs is
 * first wanted, by as many at once as want one, without a lock: they agree on a key by CAS, so they get the
 * same set; the kernel lets one of them sign it; and its id is stored by CAS. Whoever is stopped or killed on
 * the way is in nobody's way. Where one may not touch what another has begun, it begins anew, and who
 * comes second in the end takes its own away.
 */
#include <errno.h>

#include "sysv/set.h"

/* The first set has one maker, so nobody can be using it yet. */
static bool sign_first(int set, int segment)
{
    unsigned short all[STRAIT_SYSV_SEMAPHORES] = {0};
    strait_sysv_set_signature(segment, all + STRAIT_SYSV_SIGNATURE);
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
    strait_sysv_set_signature(segment, marks);
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

static uint32_t mode_of(const strait_sysv_view *view)
{
    struct shmid_ds about;
    return shmctl(view->id, IPC_STAT, &about) == 0 ? (uint32_t)about.shm_perm.mode & 0777 : 0600;
}

/* The key that all who want set `number` make it under: whoever wins the CAS has chosen it. Its front says it
 * before there is a set, so that whoever clears up finds that. 0 if there is no chance to be had. */
static key_t agreed_key(strait_u32 *key, uint32_t refused, strait_os_cause *cause)
{
    uint32_t now = strait_u32_load_relaxed(key), chance;
    while (now == refused || !strait_sysv_set_key((key_t)now)) {
        if (strait_os_random(&chance, sizeof chance, cause) < 0) {
            return 0;
        }
        uint32_t wanted = STRAIT_SYSV_SET_KEYS | (chance & 0x0fffffffu);
        if (strait_u32_cas_relaxed(key, &now, wanted)) {
            return (key_t)wanted;
        }
    }
    return (key_t)now;
}

/* A set under a key is one that we may go on with: made just now, by us or by one who is slow or dead; or
 * signed for this segment already. */
static bool is_usable(int set, const strait_sysv_view *view)
{
    struct semid_ds about;
    return strait_sysv_set_shape(set, &about) &&
           (strait_sysv_set_segment(set) == view->id || strait_sysv_set_zero(set)) &&
           strait_sysv_set_hand_over(set, view);
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
    if (strait_sysv_set_segment(set) == view->id) {
        (void)semctl(set, 0, IPC_RMID);
    }
}

static int make(const strait_sysv_view *view, unsigned number, strait_os_cause *cause)
{
    strait_sysv_front *front = view->at;
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
    (void)strait_sysv_set_hand_over(
        set, view); /* the rights may have been changed since, by one who did not see the id */
    return set;
}

int strait_sysv_set_first(const strait_sysv_view *view, strait_os_cause *cause)
{
    return make(view, 0, cause);
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
