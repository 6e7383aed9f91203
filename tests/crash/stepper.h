/* stepper.h - drive another process instruction by instruction: record what it does, stop it at a chosen
 * point, let it go on, or kill it there. Knows nothing of Strait.
 *
 * The victim is a forked copy of one prepared process, so that its code, its heap and its stack are the
 * same each time. It calls stepper_begin() right before the operation and stepper_end() right after. A
 * recording steps through every instruction in between; it costs about 20 us an instruction where a
 * virtual machine intercepts the trap. A replay is cheap: it runs freely from system call to system call
 * (3 us each), then to the exact instruction by a hardware breakpoint with a count of occurrences. What it
 * finds there is compared with the recording, and a difference is told as drift.
 */
#ifndef STRAIT_CRASH_STEPPER_H
#define STRAIT_CRASH_STEPPER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* A point: the victim has done everything before it and nothing after it. */
typedef struct stepper_point {
    uintptr_t pc;         /* the instruction that comes next */
    uint32_t calls;       /* system calls finished so far */
    uint32_t occurrence;  /* how often pc was reached since the last of them, or one of the two below */
    int32_t call;         /* STEPPER_ENTRY: number of the system call that comes next */
    uint32_t instruction; /* number, counted from the beginning */
    uint64_t state;       /* what the watcher saw */
    bool changed;         /* the watcher saw a change here */
} stepper_point;

#define STEPPER_EXIT 0u          /* right after a system call */
#define STEPPER_ENTRY UINT32_MAX /* right before one */

typedef struct stepper_recording {
    stepper_point *points;
    size_t count, room;
    uint32_t instructions;
    bool waits; /* it ended in a wait for another process, not at the end of the operation */
} stepper_recording;

typedef enum stepper_stop {
    STEPPER_THERE,   /* at the point */
    STEPPER_DRIFTED, /* as near as could be: it went another way this time */
    STEPPER_DONE,    /* the operation is over */
    STEPPER_WAITS,   /* it went to sleep more often than its patience: it waits for another process */
    STEPPER_DIED,    /* it crashed or exited: never expected */
    STEPPER_LATE     /* past the deadline */
} stepper_stop;

typedef struct stepper {
    pid_t pid;
    uint32_t calls;    /* system calls finished since stepper_begin */
    uint32_t patience; /* how often it may go to sleep before it counts as waiting */
    bool in_call;      /* stopped at the entry of a system call */
    bool dead;
    int status;           /* of the last wait */
    uint64_t deadline_ns; /* monotonic, for each drive below */
} stepper;

/* Called after each instruction; `after_call` if it was a system call. Tells whether the watched state
 * changed, and an identity of the state. */
typedef bool (*stepper_watcher)(void *context, bool after_call, uint64_t *state);

/* The victim's marks. */
void stepper_begin(void);
void stepper_end(void);

/* Prepares the calling process for tracing; says why not, or NULL. */
const char *stepper_prepare(void);
bool stepper_has_breakpoints(void);
uint64_t stepper_now_ns(void);

/* Takes hold of a process that another one forked. */
bool stepper_seize(stepper *s, pid_t pid);

/* Waits until it stands at stepper_begin. */
stepper_stop stepper_to_begin(stepper *s);

/* Steps from stepper_begin to stepper_end. `coarse`: runs over what lies outside this program (the C
 * library), but for its system calls. The recording holds every instruction stepped. */
stepper_stop stepper_record(stepper *s, bool coarse, stepper_watcher watcher, void *context,
                            stepper_recording *recording);
void stepper_recording_clear(stepper_recording *recording);

/* Runs to a point, or to the end. Both may be called again where they stopped early. */
stepper_stop stepper_run_to(stepper *s, const stepper_point *point);
stepper_stop stepper_run_to_end(stepper *s);

/* Steps on until the watched state changes: THERE; or DRIFTED after `limit` instructions without a change. */
stepper_stop stepper_run_to_change(stepper *s, uint32_t limit, stepper_watcher watcher, void *context);

/* Lets it run freely after STEPPER_DONE. */
void stepper_release(stepper *s);

/* True if it died or crashed meanwhile (it is then dead for certain). */
bool stepper_is_lost(stepper *s);

/* Waits until it dies by its own hand; false past the deadline. */
bool stepper_await_death(stepper *s);

/* Kills it where it stands and waits until it is dead for certain. */
void stepper_kill(stepper *s);

#endif
