/* sysv.h - what the files of this back end share, and the page that it keeps in front of every map.
 * layer: system
 *
 * A map is one System V segment. The back end's own page lies at its start, and the bytes that core sees
 * behind it:
 *
 *       0 | front      what this back end needs to know; drawn below
 *   16384 | bytes      what core calls the map; exact size in the front, since the segment is a little longer
 *         | signature  the segment's size, modulo 4096, follows from its key: see strait_sysv_whole_bytes
 *
 * Tokens, and gates to sleep at, are semaphores in sets that belong to the map (set.c). Raw maps have
 * neither.
 */
#ifndef STRAIT_SYSV_SYSV_H
#define STRAIT_SYSV_SYSV_H

#include <sys/types.h> /* first: the others use its names on FreeBSD */

#include <sys/ipc.h>
#include <sys/shm.h>

#include "core/os.h"
#include "unix/errors.h"
#include "unix/fork.h"

#define STRAIT_SYSV_FRONT_BYTES 16384u
#define STRAIT_SYSV_NAME_BYTES 256u

/* A name is found under any of so many keys, which follow from it: two makers of one name need two keys. */
#define STRAIT_SYSV_ROOMS 32u

/* One set of semaphores:
 *    0..29 | tokens     set n has tokens 30 n to 30 n + 29
 *          |              0              free
 *          |              1 .. 16383     held, by SEM_UNDO: the mark of the program that took it
 *          |              16384          free: given back by a process that has executed another program since
 *       30 | maker      1 while its maker has it and it has no name yet
 *       31 | unused     0
 *   32..36 | signature  two marks, and the segment's id in three pieces
 *   37..51 | gates      five groups of three (wait.c)                                                         */
enum {
    STRAIT_SYSV_TOKENS = 30,
    STRAIT_SYSV_MAKER = 30,
    STRAIT_SYSV_UNUSED = 31, /* always 0 */
    STRAIT_SYSV_SIGNATURE = 32,
    STRAIT_SYSV_SIGNATURES = 5,
    STRAIT_SYSV_GATES = 37,
    STRAIT_SYSV_GATE_GROUPS = 5,
    STRAIT_SYSV_GATES_EACH = 3,
    STRAIT_SYSV_SEMAPHORES = STRAIT_SYSV_GATES + STRAIT_SYSV_GATE_GROUPS * STRAIT_SYSV_GATES_EACH,
    STRAIT_SYSV_MARKS = 16383, /* BSD undoes up to 16384 */
    STRAIT_SYSV_GIVEN_BACK = STRAIT_SYSV_MARKS + 1,
    STRAIT_SYSV_SEMOPM = 1 + STRAIT_SYSV_SIGNATURES, /* operations in one step, at most */
    STRAIT_SYSV_SETS = (STRAIT_PARTICIPANTS_MAX + STRAIT_SYSV_TOKENS - 1) / STRAIT_SYSV_TOKENS
};

/*   FORMING ---> UNFINISHED <---> ANNOUNCED ---> PUBLISHED ---> EVICTED
 *                     |               |
 *                     +-----> LOST <--+     by anybody: it will never have the name                            */
enum {
    STRAIT_SYSV_FORMING = 0,
    STRAIT_SYSV_UNFINISHED = 1,
    STRAIT_SYSV_ANNOUNCED = 2,
    STRAIT_SYSV_PUBLISHED = 3,
    STRAIT_SYSV_LOST = 4,
    STRAIT_SYSV_EVICTED = 5
};

#define STRAIT_SYSV_MAGIC UINT64_C(0x31765379532d7453) /* the 1 is the version of this page */

/*     0 | magic     8 | the first store of the maker; the rest may be missing while state is FORMING
 *     8 | state     4 | one of the words above; by CAS: sysv.state
 *    16 | nonce     8 | differs between any two segments
 *    24 | bytes     8 | exact
 *    32 | name    256 | zero-filled
 *   288 | keys    548 | of the sets; stored before the set is made, so that whoever clears up finds it
 *   836 | ids     548 | of the sets, plus 1; 0 = not made: sysv.set */
typedef struct strait_sysv_front {
    strait_u64 magic;
    strait_u32 state;
    uint32_t reserved;
    uint64_t nonce;
    uint64_t bytes;
    char name[STRAIT_SYSV_NAME_BYTES];
    strait_u32 keys[STRAIT_SYSV_SETS];
    strait_u32 ids[STRAIT_SYSV_SETS];
} strait_sysv_front;

_Static_assert(offsetof(strait_sysv_front, name) == 32 && offsetof(strait_sysv_front, ids) == 836,
               "the front is the same for 32- and 64-bit programs");

/* A segment in our address space, as the system sees it: the front of a map of ours, or foreign bytes. */
typedef struct strait_sysv_view {
    int id;
    void *at;
    uint64_t whole_bytes;
    uint32_t owner; /* the segment's user */
    bool writable;
} strait_sysv_view;

/* What this process keeps of one open map: strait_os_map.spare[STRAIT_SYSV_HAND]. */
typedef struct strait_sysv_hand {
    struct strait_sysv_hand *next;
    uint64_t epoch;
    strait_sysv_view view; /* at: the segment's start; id -1: bytes of our own, not in the kernel yet */
    bool bare;             /* a raw map: no front, no sets */
    bool unpublished;      /* made here and without a name: goes when it is closed */
    unsigned room;         /* if made here */
    uint32_t mode;         /* if made here */
    int set;               /* the first set; -1 if there is none */
    int token_set, token;  /* -1: no token held */
    uint64_t space;        /* strait_sysv_space() when it was opened */
} strait_sysv_hand;

enum { STRAIT_SYSV_ID = 0, STRAIT_SYSV_HAND = 1 };

static inline strait_sysv_hand *strait_sysv_hand_of(const strait_os_map *map)
{
    return (strait_sysv_hand *)(intptr_t)map->spare[STRAIT_SYSV_HAND];
}

/* --- key.c: where a place is */

key_t strait_sysv_key(const char *name, unsigned room);

/* True if the key is one that strait_sysv_key could return. */
bool strait_sysv_key_is_ours(key_t key);

/* Bytes of the whole segment for a map of so many bytes under a key. */
uint64_t strait_sysv_whole_bytes(key_t key, uint64_t bytes);
bool strait_sysv_is_signed(key_t key, uint64_t whole_bytes);

/* The key of a raw place: 0, NOT_FOUND (the file of a PATH:P is not there), UNSUPPORTED. */
int strait_sysv_raw_key(const strait_os_place *place, key_t *key, strait_os_cause *cause);

/* 0, or UNSUPPORTED for a place that System V does not have. */
int strait_sysv_check_place(const strait_os_place *place, strait_os_cause *cause);

/* --- attach.c: segments in our address space, and what we keep of them */

bool strait_sysv_attach(int id, bool writable, strait_sysv_view *view); /* false with errno */
void strait_sysv_detach(strait_sysv_view *view);

/* The same for a segment of ours; takes its sets away if nobody else will: whoever merely looked may be the
 * last that had it. */
void strait_sysv_leave(strait_sysv_view *view);

strait_sysv_hand *strait_sysv_hand_new(const strait_sysv_view *view, bool bare);
void strait_sysv_hand_free(strait_sysv_hand *hand);

/* The hand of the map in which the address lies: copied, since another thread may close it. */
bool strait_sysv_hand_at(const void *address, strait_sysv_hand *copy);

/* Fills the map of a hand. */
void strait_sysv_map_fill(strait_sysv_hand *hand, uint64_t bytes, strait_os_map *map);

/* --- find.c: what lies under a name */

typedef enum strait_sysv_finding {
    STRAIT_SYSV_EMPTY,   /* nothing, or nothing that has to do with this name */
    STRAIT_SYSV_REFUSED, /* something that we may not see (or, if asked for, not write) */
    STRAIT_SYSV_UNSEEN,  /* something that cannot be mapped here, perhaps of this name; errno says why */
    STRAIT_SYSV_FOUND    /* ours, of this name, in whatever state; attached */
} strait_sysv_finding;

strait_sysv_finding strait_sysv_look(const char *name, unsigned room, bool writable, strait_sysv_view *view,
                                     strait_os_cause *cause);

/* What has the name: 0, attached; NOT_FOUND; DENIED; CORRUPT if its state says nothing that there is; NO_MEMORY
 * if something that may have the name cannot be mapped here. */
int strait_sysv_find(const char *name, bool writable, strait_sysv_view *view, strait_os_cause *cause);

/* --- clear.c: taking away what is over */

/* The segment's key goes at once, its bytes with the last that has them, its sets with its bytes. 0 or
 * DENIED. */
int strait_sysv_remove(const strait_sysv_view *view, strait_os_cause *cause);

/* The maker of an attached, unfinished segment can never finish it. */
bool strait_sysv_maker_gone(const strait_sysv_view *view);

/* Clears the attached segment away if it is over: evicted, or unfinished without a maker. True if it did. */
bool strait_sysv_clear(const strait_sysv_view *view);

/* The same for one that may have been left before anything was stored in it. */
bool strait_sysv_clear_unmarked(int id, key_t key);

/* --- set.c: semaphores */

/* Makes the first set of a segment that is being made: its id, or a failure (negative). */
int strait_sysv_set_first(const strait_sysv_view *view, strait_os_cause *cause);

/* Set `number` of a map, made if it is not there: its id, or a failure. */
int strait_sysv_set_need(const strait_sysv_view *view, unsigned number, strait_os_cause *cause);

/* The same only if it is there; -1 if not. */
int strait_sysv_set_known(const strait_sysv_view *view, unsigned number);

/* The same, having made sure that it is this segment's: what stands in the front may be somebody's lie. */
int strait_sysv_set_proven(const strait_sysv_view *view, unsigned number);

/* Adds or takes 1, undone when the process ends: 0, BUSY, or a failure. */
int strait_sysv_take(int set, int semaphore, strait_os_cause *cause);
void strait_sysv_give(int set, int semaphore);

/* The same for a token, noted in the hand; also if a former program of this very process left it. */
int strait_sysv_take_token(strait_sysv_hand *hand, int set, int token, strait_os_cause *cause);
void strait_sysv_give_token(strait_sysv_hand *hand);

/* Gives back what programs took that this process executed before the present one: they have ended. */
void strait_sysv_give_back(const strait_sysv_view *view);

/* The value of a semaphore; -1 with errno. */
int strait_sysv_value(int set, int semaphore);
int strait_sysv_holder(int set, int semaphore); /* the process that changed it last */

/* Gives the sets the owner and the access rights that the segment has now. */
void strait_sysv_sets_follow(const strait_sysv_view *view);

/* The sets of a segment, to be removed after it is gone. */
typedef struct strait_sysv_sets {
    int segment;
    uint32_t owner;
    unsigned count;
    key_t key[STRAIT_SYSV_SETS];
    int id[STRAIT_SYSV_SETS]; /* -1: not known yet, only the key */
} strait_sysv_sets;

/* True if it looks as one of ours does between semget and its signature; says its key. */
bool strait_sysv_set_is_unsigned(int set, key_t *key);

/* Noting asks nothing of the system; what was noted is proven when it is removed. */
void strait_sysv_sets_note(const strait_sysv_view *view, strait_sysv_sets *sets);
void strait_sysv_sets_remove(const strait_sysv_sets *sets);

/* The same if the segment is gone and nobody holds a token any more. */
void strait_sysv_sets_remove_if_over(const strait_sysv_sets *sets);

void strait_sysv_set_remove(int set);

/* Removes a set of any segment of ours if that is gone. */
void strait_sysv_set_remove_orphan(int set);

/* --- limits.c: why there is no more */

/* After shmget failed with errno. */
int strait_sysv_no_segment(uint64_t whole_bytes, uint64_t bytes, strait_os_cause *cause);
/* After semget, or what signs a set, failed with errno. */
int strait_sysv_no_set(const char *call, strait_os_cause *cause);
/* Bytes that can be had at all: 0 if that is enough for so many, else NO_SPACE or NO_MEMORY. */
int strait_sysv_enough(uint64_t bytes, strait_os_cause *cause);

/* --- list.c: which there are */

/* Calls `see` for each segment or set of the system, until it returns non-zero; returns that, 0, or
 * UNSUPPORTED. */
int strait_sysv_each_segment(int (*see)(void *context, int id, const struct shmid_ds *about), void *context,
                             strait_os_cause *cause);
int strait_sysv_each_set(int (*see)(void *context, int id), void *context, strait_os_cause *cause);

/* Whose the segment is, also if we may not see it. */
void strait_sysv_tell_owner(int id, strait_os_cause *cause);

/* --- wait.c: sleeps about so long; INTERRUPTED by a signal */

int strait_sysv_nap(uint64_t nanoseconds);

/* --- process.c */

/* False if that process certainly has no part of the segment in its address space. True also in doubt. */
bool strait_sysv_may_have(int pid, int segment);

/* 1 to STRAIT_SYSV_MARKS: the same for all copies of this library in one program, most probably another after
 * the process executed another program. */
int strait_sysv_program_mark(void);

/* The IPC name space that we are in; 0 if unknown. */
uint64_t strait_sysv_space(void);

/* False if this process has gone to another IPC name space since it opened the map: there the ids mean
 * others' segments and sets. */
bool strait_sysv_at_home(const strait_sysv_hand *hand);

#endif
