/* stage.h - the processes of a trial and what they tell each other. Each trial starts from nothing: a
 * nursery, which has done nothing since the sweep began, forks each part anew, so that all are copies of
 * one state. The director (the process that sweeps) gives commands: functions that the part runs in its
 * own process. What a part finds out it writes into shared memory that has nothing to do with the library
 * under test.
 */
#ifndef STRAIT_CRASH_STAGE_H
#define STRAIT_CRASH_STAGE_H

#include <stdatomic.h>
#include <strait/strait.h>
#include <sys/types.h>

#include "stepper.h"

/* What can be wrong after a trial. */
typedef enum fault {
    FAULT_NONE,
    FAULT_STUCK,     /* a survivor hangs, crashes or is refused what it must get */
    FAULT_LEAKED,    /* a record, an entry, a name or memory does not come back */
    FAULT_HALF_MADE, /* somebody sees what is not whole */
    FAULT_LOST,      /* a living participant's segment vanished, or two of one name */
    FAULT_FORGED,    /* somebody living was called dead */
    FAULT_STALE,     /* a name outlived its lifetime, or the dead are called living */
    FAULT_COUNT
} fault;

extern const char *const fault_names[FAULT_COUNT];

typedef enum part_id { WITNESS, FIRST, SECOND, THIRD, GHOST, NEWCOMER, PARTS } part_id;

struct operation;

typedef struct part {
    _Atomic uint32_t ticket, done; /* a command is given, is carried out */
    void (*command)(struct part *);
    const struct operation *operation;
    pid_t pid;
    bool alive;           /* as the director knows: false only after its death is certain */
    bool unsettled;       /* it is in the midst of its operation */
    uint32_t began, died; /* when its last command began, when it died, by the stage's count of deaths */

    /* What it holds, as of its last command. */
    strait_segment *segment;
    strait_role role;
    strait_object object;
    strait_ring *ring;
    uint32_t ring_sent, ring_receiving; /* items: sent; which it was just receiving, if it died */
    int rc;                             /* of its operation */
    bool attached, created;
    uint8_t uuid[16];
    uint32_t index, generation;
    uint32_t records; /* that it has, if not one */

    fault fault;
    char text[320];
} part;

/* Items of the scene's ring, by number; each part numbers its own. */
#define RING_IDS 16u
#define RING_BOOK (PARTS * RING_IDS + 1)

typedef struct ring_book {
    bool on; /* there is a ring */
    strait_sides writers, readers;
    unsigned fill;
    uint8_t sent[RING_BOOK], received[RING_BOOK];
} ring_book;

typedef struct stage {
    char mark[32]; /* part of each name of ours */
    char name[64];
    bool private_world; /* nobody else is in it */
    strait_lifetime lifetime;
    uint32_t participants; /* records of the segment */
    bool existed;          /* a segment that somebody needs was there before, with this uuid */
    uint8_t uuid[16];
    bool removal;   /* somebody removes it in this trial */
    bool company;   /* more than one operation in this trial */
    bool scattered; /* lifetimes may end by a leaving or a death in this trial */
    uint32_t deaths;
    ring_book book;
    part parts[PARTS];
    /* The director's verdict on this trial. */
    fault fault;
    char text[512];
} stage;

/* The shared memory; the same address in every process. */
extern stage *the_stage;

/* Director: opens the stage (maps it, starts the nursery, which runs `warm_up` once), clears it for the
 * next trial, ends. */
bool stage_open(const char *mark, void (*warm_up)(void));
void stage_clear(void);
void stage_close(void);

/* Director: brings a part on, gives it a command, waits until it has carried it out. False, with a fault
 * noted, if it hangs or dies. */
bool stage_cast(part_id id);
void stage_post(part_id id, void (*command)(part *));
bool stage_wait(part_id id);
bool stage_tell(part_id id, void (*command)(part *));
bool stage_tell_to_die(part_id id, void (*command)(part *)); /* it dies carrying it out */
bool stage_alive(part_id id);
void stage_kill(part_id id);
stepper *stage_stepper(part_id id);

/* Director: notes a fault of this trial; the first one stays. */
void stage_fault(fault what, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Part: the same. */
void part_fault(part *p, fault what, const char *format, ...) __attribute__((format(printf, 3, 4)));

const char *part_name(const part *p);

/* Seconds within which any command must be carried out. Longer than the ten that a living process may take
 * to remove a name. */
#define STAGE_PATIENCE_NS UINT64_C(20000000000)

#endif
