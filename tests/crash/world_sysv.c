/* world_sysv.c - the world of the System V back end: an IPC name space of the job's own, so that everything
 * in it is ours. Segments are never attached to be watched, for how many have a segment attached is something
 * that the back end goes by: their bytes are read through the victim's own mapping. Where the victim has
 * none, nobody who runs can change them.
 */
#define _GNU_SOURCE
#include "world.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/uio.h>
#include <unistd.h>

#include "acts.h"
#include "core/os.h"
#include "sandbox.h"
#include "sysv/sysv.h"

const world_facts the_world = {
    .backend = "sysv", .place = "an IPC name space", .has_keys = true, .killed_leave = true};

union argument { /* semctl's fourth; no header declares it */
    int value;
    struct semid_ds *about;
    unsigned short *all;
    struct seminfo *info;
};

/* --- which there are -------------------------------------------------------------------------------- */

static void each_segment(void (*see)(void *, int, const struct shmid_ds *), void *context)
{
    struct shm_info now;
    int last = shmctl(0, SHM_INFO, (struct shmid_ds *)(void *)&now);
    for (int i = 0; i <= last && now.used_ids > 0; i++) {
        struct shmid_ds about;
        int id = shmctl(i, SHM_STAT, &about);
        if (id >= 0) {
            see(context, id, &about);
        }
    }
}

static void each_set(void (*see)(void *, int, const struct semid_ds *), void *context)
{
    struct seminfo now;
    int last = semctl(0, 0, SEM_INFO, (union argument){.info = &now});
    for (int i = 0; i <= last && now.semusz > 0; i++) {
        struct semid_ds about;
        int id = semctl(i, 0, SEM_STAT, (union argument){.about = &about});
        if (id >= 0) {
            see(context, id, &about);
        }
    }
}

#define MAPPINGS 64u

typedef struct looking {
    void (*see)(void *, const world_object *);
    void *context;
    pid_t victim;
    size_t count; /* the victim's mappings of segments */
    int id[MAPPINGS];
    uintptr_t at[MAPPINGS];
} looking;

static void note_mappings(looking *l)
{
    char line[512];
    (void)snprintf(line, sizeof line, "/proc/%d/maps", (int)l->victim);
    FILE *f = l->victim > 0 ? fopen(line, "re") : NULL;
    while (f != NULL && l->count < MAPPINGS && fgets(line, sizeof line, f) != NULL) {
        unsigned long begin, end, offset, inode;
        char rights[8], device[16], path[64] = "";
        if (strstr(line, "/SYSV") != NULL && sscanf(line, "%lx-%lx %7s %lx %15s %lu %63s", &begin, &end,
                                                    rights, &offset, device, &inode, path) == 7) {
            l->id[l->count] = (int)inode;
            l->at[l->count++] = (uintptr_t)begin - (uintptr_t)offset;
        }
    }
    if (f != NULL) {
        (void)fclose(f);
    }
}

static void note_segment(void *context, int id, const struct shmid_ds *about)
{
    const looking *l = context;
    world_object it = {.handle = -1, .bytes = about->shm_segsz};
    uint64_t said[] = {(uint64_t)(unsigned)about->shm_perm.__key, about->shm_segsz, about->shm_nattch,
                       about->shm_perm.mode, about->shm_perm.uid};
    (void)snprintf(it.name, sizeof it.name, "segment %d (key 0x%08x)", id, (unsigned)said[0]);
    it.facts = world_mix(1, said, sizeof said);
    for (size_t i = 0; i < l->count; i++) {
        if (l->id[i] == id) {
            it.handle = l->victim;
            it.at = (int64_t)l->at[i];
        }
    }
    l->see(l->context, &it);
}

static void note_set(void *context, int id, const struct semid_ds *about)
{
    const looking *l = context;
    world_object it = {.handle = -1};
    unsigned short values[STRAIT_SYSV_SEMAPHORES] = {0};
    (void)snprintf(it.name, sizeof it.name, "set %d", id);
    if (about->sem_nsems <= STRAIT_SYSV_SEMAPHORES) {
        (void)semctl(id, 0, GETALL, (union argument){.all = values});
        for (int i = 0; i < STRAIT_SYSV_TOKENS; i++) { /* each program has a mark of its own */
            values[i] = values[i] > 0 && values[i] <= STRAIT_SYSV_MARKS ? 1 : values[i];
        }
    }
    it.facts = world_mix(about->sem_nsems, values, sizeof values);
    it.facts = world_mix(it.facts, &about->sem_perm.mode, sizeof about->sem_perm.mode);
    l->see(l->context, &it);
}

void world_each(const char *mark, pid_t victim, void (*see)(void *, const world_object *), void *context)
{
    looking l = {.see = see, .context = context, .victim = victim};
    (void)mark;
    note_mappings(&l);
    each_segment(note_segment, &l);
    each_set(note_set, &l);
}

ssize_t world_read(const world_object *it, void *bytes, size_t room)
{
    size_t count = it->bytes < room ? (size_t)it->bytes : room;
    struct iovec here = {bytes, count};
    struct iovec there = {(char *)(intptr_t)it->at, count}; // NOLINT(performance-no-int-to-ptr): of another
    return it->handle < 0 ? -1 : process_vm_readv((pid_t)it->handle, &here, 1, &there, 1, 0);
}

void world_release(const world_object *it)
{
    (void)it;
}

/* --- one's own -------------------------------------------------------------------------------------- */

bool world_isolate(void)
{
    return sandbox_unshare(CLONE_NEWIPC);
}

void world_clear_leftovers(void) {} /* a name space goes with its last process */

typedef struct count {
    size_t count;
    bool all;
    char *first;
    size_t room;
} count;

static void count_one(void *context, const world_object *it)
{
    count *c = context;
    bool findable = strstr(it->name, "(key 0x00000000)") == NULL && strncmp(it->name, "set", 3) != 0;
    if ((c->all || findable) && c->count++ == 0 && c->room > 0) {
        (void)snprintf(c->first, c->room, "%s", it->name);
    }
}

size_t world_left(const char *mark, bool all, char *first, size_t room)
{
    count c = {.all = all, .first = first, .room = room};
    world_each(mark, 0, count_one, &c);
    return c.count;
}

static void remove_segment(void *context, int id, const struct shmid_ds *about)
{
    (void)context;
    (void)about;
    (void)shmctl(id, IPC_RMID, NULL);
}

static void remove_set(void *context, int id, const struct semid_ds *about)
{
    (void)context;
    (void)about;
    (void)semctl(id, 0, IPC_RMID);
}

#define PLACES_MAX 128 /* Linux goes round 64 places of its table as long as they suffice */
#define PLACES_APART 32768

/* So that each trial finds the kernel's tables alike, and asks about equally many places in them. */
static void back_to_first_place(void)
{
    bool done = false;
    for (int i = 0; i < PLACES_MAX && !done; i++) {
        int id = shmget(IPC_PRIVATE, 1, 0600);
        done = id < 0 || id % PLACES_APART == 0;
        (void)shmctl(id, IPC_RMID, NULL);
    }
    done = false;
    for (int i = 0; i < PLACES_MAX && !done; i++) {
        int id = semget(IPC_PRIVATE, 1, 0600);
        done = id < 0 || id % PLACES_APART == 0;
        (void)semctl(id, 0, IPC_RMID);
    }
}

void world_sweep(const char *mark)
{
    (void)mark;
    each_segment(remove_segment, NULL);
    each_set(remove_set, NULL);
    back_to_first_place();
}

uint64_t world_bytes(void)
{
    struct shm_info now;
    return shmctl(0, SHM_INFO, (struct shmid_ds *)(void *)&now) < 0
               ? 0
               : (uint64_t)now.shm_tot * (uint64_t)sysconf(_SC_PAGESIZE);
}

/* --- scenes ----------------------------------------------------------------------------------------- */

/* A segment under a key of the name, with its set, and no name yet. */
void world_leave_unfinished(part *p)
{
    static strait_os_map map;
    strait_os_cause cause = {0};
    strait_os_place place = {STRAIT_OS_NAMED, the_stage->name};
    if (strait_os_map_create(&place, 20000, 0600, 0, &map, &cause) != STRAIT_OK) {
        part_fault(p, FAULT_STUCK, "the scene cannot be set: %s", strerror((int)cause.code));
    }
}

/* Under the name's next free key a segment in which nothing was stored, under the one behind it one whose
 * maker came as far as the magic, with a set that it could not sign. */
void world_leave_unmarked(part *p)
{
    const uint64_t bytes = 20000;
    int made = 0;
    for (unsigned room = 0; room < STRAIT_SYSV_ROOMS && made < 2; room++) {
        key_t key = strait_sysv_key(the_stage->name, room);
        int id = shmget(key, (size_t)strait_sysv_whole_bytes(key, bytes), IPC_CREAT | IPC_EXCL | 0600);
        if (id >= 0 && made++ == 1) {
            strait_sysv_front *front = shmat(id, NULL, 0);
            if ((intptr_t)front != -1) {
                strait_u32_store_relaxed(&front->keys[0], 0x6abcdef0u);
                strait_u64_store_relaxed(&front->magic, STRAIT_SYSV_MAGIC);
                made += semget((key_t)0x6abcdef0, STRAIT_SYSV_SEMAPHORES, IPC_CREAT | IPC_EXCL | 0600) < 0
                            ? -9
                            : 0;
            }
        }
    }
    if (made != 2) {
        part_fault(p, FAULT_STUCK, "the scene cannot be set: %s", strerror(errno));
    }
}

void world_refuse_unnamed_files(part *p)
{
    part_fault(p, FAULT_STUCK, "the scene cannot be set: there are no files here");
}
