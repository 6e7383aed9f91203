/* limits.c - why there is no more: the system's limits, read and named. layer: system
 *
 * System V memory has no directory that is full; it has limits for one segment, for all together and for how
 * many there may be, each of which the kernel reports as the same error. So they are read, and the one that
 * stands in the way is named.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sem.h>
#include <unistd.h>

#include "sysv/sysv.h"

static _Thread_local char where_text[160]; /* what cause->where points to, until the thread's next failure */

static int short_of(strait_os_cause *cause, uint64_t asked, uint64_t available, const char *call, int number)
{
    cause->call = call;
    cause->code = number;
    cause->asked = asked;
    cause->available = available;
    cause->where = where_text;
    return STRAIT_NO_SPACE;
}

#ifdef SHM_INFO

typedef struct limits {
    uint64_t one_bytes, all_bytes, count; /* SHMMAX, SHMALL, SHMMNI */
    uint64_t used_bytes, used_count;
} limits;

static bool read_limits(limits *found)
{
    struct shminfo most;
    struct shm_info now;
    uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
    if (shmctl(0, IPC_INFO, (struct shmid_ds *)(void *)&most) < 0 ||
        shmctl(0, SHM_INFO, (struct shmid_ds *)(void *)&now) < 0) {
        return false;
    }
    uint64_t pages = (uint64_t)most.shmall;
    *found = (limits){.one_bytes = (uint64_t)most.shmmax,
                      .all_bytes = pages > UINT64_MAX / page ? UINT64_MAX : pages * page,
                      .count = (uint64_t)most.shmmni,
                      .used_bytes = (uint64_t)now.shm_tot * page,
                      .used_count = (uint64_t)now.used_ids};
    return true;
}

static uint64_t beyond(uint64_t most, uint64_t used)
{
    return most > used ? most - used : 0;
}

static int say_which(uint64_t whole_bytes, uint64_t bytes, int number, strait_os_cause *cause)
{
    limits found;
    if (!read_limits(&found)) {
        snprintf(where_text, sizeof where_text, "System V shared memory (SHMMAX, SHMALL or SHMMNI)");
        return short_of(cause, bytes, 0, "shmget", number);
    }
    if (whole_bytes > found.one_bytes) {
        snprintf(where_text, sizeof where_text, "one segment (SHMMAX; sysctl kernel.shmmax)");
        return short_of(cause, bytes, beyond(found.one_bytes, STRAIT_SYSV_FRONT_BYTES), "shmget", number);
    }
    if (found.used_count >= found.count) {
        snprintf(where_text, sizeof where_text, "the table of %llu segments (SHMMNI; sysctl kernel.shmmni)",
                 (unsigned long long)found.count);
        return short_of(cause, bytes, 0, "shmget", number);
    }
    snprintf(where_text, sizeof where_text, "all segments together (SHMALL; sysctl kernel.shmall)");
    return short_of(cause, bytes, beyond(found.all_bytes, found.used_bytes), "shmget", number);
}

#else

static int say_which(uint64_t whole_bytes, uint64_t bytes, int number, strait_os_cause *cause)
{
    (void)whole_bytes;
    snprintf(where_text, sizeof where_text, "System V shared memory (SHMMAX, SHMALL or SHMMNI)");
    return short_of(cause, bytes, 0, "shmget", number);
}

#endif

/* Memory and swap, all there is and what is free, in bytes; false if nobody says. */
static bool read_memory(uint64_t *all, uint64_t *available)
{
    FILE *file = fopen("/proc/meminfo", "re");
    char line[128];
    unsigned found = 0;
    *all = *available = 0;
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        const char *colon = strchr(line, ':');
        uint64_t kilobytes = colon == NULL ? 0 : strtoull(colon + 1, NULL, 10);
        bool total = strncmp(line, "MemTotal:", 9) == 0 || strncmp(line, "SwapTotal:", 10) == 0;
        bool free_now = strncmp(line, "MemAvailable:", 13) == 0 || strncmp(line, "SwapFree:", 9) == 0;
        *all += total ? kilobytes * 1024 : 0;
        *available += free_now ? kilobytes * 1024 : 0;
        found += total || free_now;
    }
    if (file != NULL) {
        fclose(file);
    }
    return found == 4;
}

int strait_sysv_enough(uint64_t bytes, strait_os_cause *cause)
{
    uint64_t all, available;
    if (bytes > SIZE_MAX / 2) { /* it could not be mapped here, so do not take the memory first */
        cause->asked = bytes;
        return strait_unix_failed_with(cause, "shmat", ENOMEM);
    }
    if (bytes >= UINT64_C(1) << 20 && read_memory(&all, &available) && bytes > available) {
        snprintf(where_text, sizeof where_text, "the system (memory)");
        cause->never = bytes > all;
        return short_of(cause, bytes, available == 0 ? 1 : available, "shmget", ENOMEM);
    }
    return STRAIT_OK;
}

int strait_sysv_no_segment(uint64_t whole_bytes, uint64_t bytes, strait_os_cause *cause)
{
    int number = errno;
    uint64_t all, available;
    if (number == ENOMEM) {
        snprintf(where_text, sizeof where_text, "the system (memory)");
        return short_of(cause, bytes, read_memory(&all, &available) ? available : 0, "shmget", number);
    }
    if (number == ENOSPC || number == EINVAL) {
        return say_which(whole_bytes, bytes, number, cause);
    }
    return strait_unix_failed_with(cause, "shmget", number);
}

static int short_of_set(strait_os_cause *cause, const char *call, int number)
{
    return short_of(cause, 0, 0, call, number); /* how many bytes are wanted is not the trouble */
}

int strait_sysv_no_set(const char *call, strait_os_cause *cause)
{
    int number = errno;
    if (number != ENOSPC && number != EINVAL && number != E2BIG) {
        return strait_unix_failed_with(cause, call, number);
    }
    snprintf(where_text, sizeof where_text, "the tables of semaphores (SEMMNI sets, SEMMNS semaphores)");
#ifdef SEM_INFO
    union {
        int value;
        struct semid_ds *about;
        unsigned short *all;
        struct seminfo *info;
    } argument;
    struct seminfo most, now;
    argument.info = &most;
    bool known = semctl(0, 0, IPC_INFO, argument) >= 0;
    argument.info = &now;
    if (number == ENOSPC && known && semctl(0, 0, SEM_INFO, argument) >= 0) {
        snprintf(where_text, sizeof where_text,
                 "the tables of semaphores (%d of %d sets, SEMMNI; %d of %d semaphores, SEMMNS; sysctl "
                 "kernel.sem)",
                 now.semusz, most.semmni, now.semaem, most.semmns);
        return short_of_set(cause, call, number);
    }
    if (number == EINVAL && known && most.semmsl >= STRAIT_SYSV_SEMAPHORES) {
        return strait_unix_failed_with(cause, call, number); /* the set is gone */
    }
#endif
    if (number != ENOSPC) {
        bool in_a_set = number == EINVAL;
        snprintf(where_text, sizeof where_text, "%s (%s; %d are needed; sysctl kernel.sem on Linux)",
                 in_a_set ? "the semaphores of one set" : "the operations of one semop",
                 in_a_set ? "SEMMSL" : "SEMOPM", in_a_set ? STRAIT_SYSV_SEMAPHORES : STRAIT_SYSV_SEMOPM);
    }
    return short_of_set(cause, call, number);
}
