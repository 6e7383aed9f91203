/* recorder.c - writes down every instruction of an operation: where it is, how to find it again, and what
 * the watched state is by then. A point is found again by the number of system calls before it and by how
 * often its address was reached since the last of them, which a breakpoint can count; so the occurrences
 * are counted here in the same way.
 */
#define _GNU_SOURCE
#include "recorder.h"

#include <stdlib.h>
#include <string.h>

extern const char __executable_start, etext; /* given by the linker: this program's own code */

/* How often each address was reached since the last system call. */
#define COUNTER_SLOTS 16384u
typedef struct counters {
    uintptr_t pc[COUNTER_SLOTS];
    uint32_t count[COUNTER_SLOTS];
    uint32_t round[COUNTER_SLOTS];
    uint32_t now;
} counters;

static uint32_t reached(counters *c, uintptr_t pc)
{
    size_t i = (size_t)((pc * UINT32_C(2654435761)) >> 7) % COUNTER_SLOTS;
    for (size_t tries = 0; tries < COUNTER_SLOTS; tries++, i = (i + 1) % COUNTER_SLOTS) {
        if (c->round[i] != c->now) {
            c->round[i] = c->now;
            c->pc[i] = pc;
            c->count[i] = 0;
        }
        if (c->pc[i] == pc) {
            return ++c->count[i];
        }
    }
    return 0;
}

typedef struct session {
    stepper *s;
    stepper_recording *to;
    stepper_watcher watcher;
    void *context;
    counters *counters;
    uint32_t naps;
    uint64_t state;
    uintptr_t last_pc;
    bool from_program; /* the last instruction was one of this program */
    bool changed;      /* since the last point that was added */
} session;

static void add_point(session *a, uintptr_t pc, uint32_t occurrence, long call, bool changed)
{
    stepper_recording *r = a->to;
    if (r->count == r->room) {
        size_t room = r->room == 0 ? 4096 : r->room * 2;
        stepper_point *points = realloc(r->points, room * sizeof *points);
        if (points == NULL) {
            abort();
        }
        r->points = points;
        r->room = room;
    }
    r->points[r->count++] = (stepper_point){.pc = pc,
                                            .calls = a->s->calls,
                                            .occurrence = occurrence,
                                            .call = (int32_t)call,
                                            .instruction = r->instructions,
                                            .state = a->state,
                                            .changed = changed};
}

/* The victim stands at a new instruction; or still at a repeated one (rep movsb), which a breakpoint sees
 * only once. */
static void arrived(session *a, bool after_call)
{
    uintptr_t pc = stepper_pc(a->s);
    a->changed = a->watcher(a->context, after_call, &a->state) || a->changed;
    if (after_call) {
        a->counters->now++;
    } else if (pc == a->last_pc) {
        return;
    }
    a->last_pc = pc;
    uint32_t occurrence = reached(a->counters, pc);
    add_point(a, pc, after_call ? STEPPER_EXIT : occurrence, -1, a->changed);
    a->changed = false;
}

static bool in_this_program(uintptr_t pc)
{
    return pc >= (uintptr_t)&__executable_start && pc < (uintptr_t)&etext;
}

/* A function of the C library was entered: runs it up to its return, noting its system calls. */
static stepper_stop run_over(session *a, uintptr_t back)
{
    stepper_stop stop = STEPPER_THERE;
    if (!arch_break_at(a->s->pid, back)) {
        return stepper_single(a->s);
    }
    for (bool entry = false, leave = false; stop == STEPPER_THERE;) {
        stop = stepper_next(a->s, &entry, &leave, &a->naps);
        if (stop == STEPPER_THERE && entry) {
            arch_registers r;
            long number = stepper_registers(a->s, &r) ? arch_entered_number(&r) : -1;
            add_point(a, 0, STEPPER_ENTRY, number, false);
        } else if (stop == STEPPER_THERE && leave) {
            arrived(a, true);
        } else {
            break;
        }
    }
    if (!a->s->dead) {
        (void)arch_break_at(a->s->pid, 0);
    }
    return stop;
}

/* Where a coarse recording may run to from here, or 0: the return address of a library function that was
 * entered with the last instruction (only then is it where it belongs). */
static uintptr_t shortcut(session *a, bool coarse)
{
    arch_registers r;
    if (!coarse || !a->from_program || !stepper_registers(a->s, &r) || in_this_program(arch_pc(&r))) {
        return 0;
    }
    uintptr_t back = arch_return_address(a->s->pid, &r);
    return in_this_program(back) ? back : 0;
}

static stepper_stop one_further(session *a, bool coarse)
{
    uintptr_t back = shortcut(a, coarse);
    if (back != 0) {
        stepper_stop stop = run_over(a, back);
        a->from_program = false;
        if (stop == STEPPER_THERE) {
            arrived(a, false);
        }
        return stop;
    }
    long number = -1;
    bool calls = stepper_at_call(a->s, &number);
    if (calls) {
        if (stepper_is_nap(a->s, number) && a->naps++ >= a->s->patience) {
            return STEPPER_WAITS;
        }
        add_point(a, 0, STEPPER_ENTRY, number, false);
    }
    a->from_program = in_this_program(stepper_pc(a->s));
    stepper_stop stop = stepper_single(a->s);
    if (stop == STEPPER_THERE) {
        a->to->instructions++;
        a->s->calls += calls ? 1u : 0u;
        arrived(a, calls);
    }
    return stop;
}

static uintptr_t end_mark(void)
{
    void (*mark)(void) = stepper_end;
    uintptr_t address;
    memcpy(&address, &mark, sizeof address);
    return address;
}

stepper_stop stepper_record(stepper *s, bool coarse, stepper_watcher watcher, void *context,
                            stepper_recording *recording)
{
    session a = {.s = s, .to = recording, .watcher = watcher, .context = context};
    a.counters = calloc(1, sizeof *a.counters);
    if (a.counters == NULL) {
        abort();
    }
    a.counters->now = 1;
    arrived(&a, false);
    stepper_stop stop = STEPPER_THERE;
    while (stop == STEPPER_THERE) {
        if (stepper_pc(s) == end_mark()) {
            stop = stepper_run_to_end(s);
            break;
        }
        stop = stepper_now_ns() > s->deadline_ns ? STEPPER_LATE : one_further(&a, coarse);
    }
    recording->waits = stop == STEPPER_WAITS;
    free(a.counters);
    return stop;
}

stepper_stop stepper_run_to_change(stepper *s, uint32_t limit, stepper_watcher watcher, void *context)
{
    uint64_t state;
    (void)watcher(context, true, &state);
    for (uint32_t i = 0; i < limit; i++) {
        long number;
        bool calls = s->in_call || stepper_at_call(s, &number);
        stepper_stop stop = stepper_single(s);
        s->in_call = false;
        if (stop != STEPPER_THERE || watcher(context, calls, &state)) {
            return stop;
        }
    }
    return STEPPER_DRIFTED;
}

void stepper_recording_clear(stepper_recording *recording)
{
    free(recording->points);
    memset(recording, 0, sizeof *recording);
}
