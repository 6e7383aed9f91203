/* list.c - which segments and sets there are. layer: system
 *
 * Linux tells by position: SHM_STAT and SEM_STAT take an index into the kernel's table. Other systems have
 * no call for it that they share; there nothing is listed, and says so.
 */
#include <errno.h>
#include <string.h>
#include <sys/sem.h>

#include "sysv/sysv.h"

#ifdef SHM_INFO

int strait_sysv_each_segment(int (*see)(void *context, int id, const struct shmid_ds *about), void *context,
                             strait_os_cause *cause)
{
    struct shm_info now;
    int last = shmctl(0, SHM_INFO, (struct shmid_ds *)(void *)&now);
    if (last < 0) {
        return strait_unix_failed(cause, "shmctl(SHM_INFO)");
    }
    for (int i = 0; i <= last; i++) {
        struct shmid_ds about;
        int id = shmctl(i, SHM_STAT, &about); /* fails for gaps, and for what we may not see */
        int rc = id < 0 ? 0 : see(context, id, &about);
        if (rc != 0) {
            return rc;
        }
    }
    return 0;
}

#ifdef SHM_STAT_ANY
#define TELL SHM_STAT_ANY /* Linux 4.17: also about what we may not see */
#else
#define TELL 15
#endif

void strait_sysv_tell_owner(int id, strait_os_cause *cause)
{
    struct shm_info now;
    int last = shmctl(0, SHM_INFO, (struct shmid_ds *)(void *)&now);
    for (int i = 0; i <= last; i++) {
        struct shmid_ds about;
        if (shmctl(i, TELL, &about) == id) {
            cause->owned = true;
            cause->owner = about.shm_perm.uid;
            cause->mode = about.shm_perm.mode & 0777;
            return;
        }
    }
}

#else

int strait_sysv_each_segment(int (*see)(void *context, int id, const struct shmid_ds *about), void *context,
                             strait_os_cause *cause)
{
    (void)see;
    (void)context;
    *cause = (strait_os_cause){.call = "this system does not tell which System V segments there are"};
    return STRAIT_UNSUPPORTED;
}

void strait_sysv_tell_owner(int id, strait_os_cause *cause)
{
    (void)id;
    (void)cause;
}

#endif

#ifdef SEM_INFO

union argument {
    int value;
    struct semid_ds *about;
    unsigned short *all;
    struct seminfo *info;
};

int strait_sysv_each_set(int (*see)(void *context, int id), void *context, strait_os_cause *cause)
{
    struct seminfo now;
    struct semid_ds about;
    int last = semctl(0, 0, SEM_INFO, (union argument){.info = &now});
    if (last < 0) {
        return strait_unix_failed(cause, "semctl(SEM_INFO)");
    }
    for (int i = 0; i <= last; i++) {
        int id = semctl(i, 0, SEM_STAT, (union argument){.about = &about});
        int rc = id < 0 || about.sem_nsems != STRAIT_SYSV_SEMAPHORES ? 0 : see(context, id);
        if (rc != 0) {
            return rc;
        }
    }
    return 0;
}

#else

int strait_sysv_each_set(int (*see)(void *context, int id), void *context, strait_os_cause *cause)
{
    (void)see;
    (void)context;
    *cause = (strait_os_cause){.call = "this system does not tell which System V semaphores there are"};
    return STRAIT_UNSUPPORTED;
}

#endif

typedef struct listing {
    int (*see)(void *context, const char *name);
    void *context;
} listing;

static int see_segment(void *context, int id, const struct shmid_ds *about)
{
    const listing *l = context;
    strait_sysv_view view;
    key_t key = about->shm_perm.STRAIT_SYSV_KEY_FIELD;
    if (!strait_sysv_key_is_ours(key) || !strait_sysv_is_signed(key, about->shm_segsz) ||
        !strait_sysv_attach(id, false, &view)) {
        return 0;
    }
    char name[STRAIT_SYSV_NAME_BYTES + 1] = "";
    const strait_sysv_front *front = view.at;
    /* [sysv.state] acquire: as in find. */
    if (strait_u64_load_relaxed(&front->magic) == STRAIT_SYSV_MAGIC &&
        strait_u32_load_acquire(&front->state) == STRAIT_SYSV_PUBLISHED) {
        memcpy(name, front->name, sizeof front->name);
    }
    if (strait_u64_load_relaxed(&front->magic) == STRAIT_SYSV_MAGIC) {
        strait_sysv_leave(&view); /* before anybody removes it in answer */
    } else {
        strait_sysv_detach(&view);
    }
    return name[0] == '\0' ? 0 : l->see(l->context, name);
}

int strait_os_map_list(int (*see)(void *context, const char *name), void *context, strait_os_cause *cause)
{
    listing l = {see, context};
    return strait_sysv_each_segment(see_segment, &l, cause);
}
