/* stage.c - nursery, parts and commands. A command is a ticket number: the part that sees a new one runs
 * the command and writes the number back; both sleep on the word. All parts are traced, so that the
 * director learns of a crash at once and a kill is certain when it returns.
 */
#define _GNU_SOURCE
#include "stage.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "sandbox.h"
#include "world.h"

const char *const fault_names[FAULT_COUNT] = {"none", "stuck",  "leaked", "half-made",
                                              "lost", "forged", "stale"};

stage *the_stage;

/* The nursery's own command words, beside the stage. */
typedef struct nursery {
    _Atomic uint32_t ticket, done;
    uint32_t id; /* part to fork */
    pid_t pid;   /* what was forked */
} nursery;

static nursery *the_nursery;
static pid_t nursery_pid;
static stepper steppers[PARTS];

#ifdef SYS_futex
#define FUTEX_CALL SYS_futex
#else
#define FUTEX_CALL SYS_futex_time64
#endif

/* Sleeps while the word has the value; in the director also until the next tick of its timer. */
static void sleep_on(_Atomic uint32_t *word, uint32_t value)
{
    (void)syscall(FUTEX_CALL, (uint32_t *)word, FUTEX_WAIT, value, (void *)0, (void *)0, 0);
}

static void wake(_Atomic uint32_t *word)
{
    (void)syscall(FUTEX_CALL, (uint32_t *)word, FUTEX_WAKE, INT_MAX, (void *)0, (void *)0, 0);
}

/* --- in the nursery and the parts ------------------------------------------------------------------- */

static _Noreturn void part_main(part *p)
{
    uint32_t seen = 0;
    for (;;) {
        while (atomic_load(&p->ticket) == seen) {
            sleep_on(&p->ticket, seen);
        }
        seen++;
        p->command(p);
        atomic_store(&p->done, seen);
        wake(&p->done);
    }
}

static _Noreturn void nursery_main(void (*warm_up)(void))
{
    sandbox_die_with_parent();
    (void)signal(SIGCHLD, SIG_IGN); /* the director waits for the parts; nothing is left for us */
    warm_up();
    for (uint32_t seen = 0;;) {
        atomic_store(&the_nursery->done, seen);
        wake(&the_nursery->done);
        while (atomic_load(&the_nursery->ticket) == seen) {
            sleep_on(&the_nursery->ticket, seen);
        }
        seen++;
        part *p =
            &the_stage
                 ->parts[the_nursery->id]; /* now: the director may ask for the next before the child runs */
        pid_t pid = fork();
        if (pid == 0) {
            part_main(p);
        }
        the_nursery->pid = pid;
    }
}

void part_fault(part *p, fault what, const char *format, ...)
{
    if (p->fault == FAULT_NONE) {
        va_list arguments;
        va_start(arguments, format);
        p->fault = what;
        (void)vsnprintf(p->text, sizeof p->text, format, arguments);
        va_end(arguments);
    }
}

const char *part_name(const part *p)
{
    static const char *const names[PARTS] = {"the witness", "the first", "the second",
                                             "the third",   "the ghost", "the newcomer"};
    return names[p - the_stage->parts];
}

/* --- the director ----------------------------------------------------------------------------------- */

void stage_fault(fault what, const char *format, ...)
{
    if (the_stage->fault == FAULT_NONE) {
        va_list arguments;
        va_start(arguments, format);
        the_stage->fault = what;
        (void)vsnprintf(the_stage->text, sizeof the_stage->text, format, arguments);
        va_end(arguments);
    }
}

stepper *stage_stepper(part_id id)
{
    return &steppers[id];
}

bool stage_alive(part_id id)
{
    return the_stage->parts[id].alive;
}

static bool wait_for(_Atomic uint32_t *word, uint32_t value, part_id id)
{
    uint64_t end = stepper_now_ns() + STAGE_PATIENCE_NS;
    for (;;) {
        uint32_t now = atomic_load(word);
        if (now == value) {
            return true;
        }
        if (stepper_now_ns() > end || (id < PARTS && stepper_is_lost(&steppers[id]))) {
            return atomic_load(word) == value;
        }
        sleep_on(word, now);
    }
}

bool stage_cast(part_id id)
{
    part *p = &the_stage->parts[id];
    memset(p, 0, sizeof *p);
    uint32_t ticket = atomic_load(&the_nursery->ticket) + 1;
    the_nursery->id = (uint32_t)id;
    atomic_store(&the_nursery->ticket, ticket);
    wake(&the_nursery->ticket);
    if (!wait_for(&the_nursery->done, ticket, PARTS) || the_nursery->pid <= 0) {
        stage_fault(FAULT_STUCK, "harness: the nursery is gone");
        return false;
    }
    p->pid = the_nursery->pid;
    steppers[id].deadline_ns = stepper_now_ns() + STAGE_PATIENCE_NS;
    p->alive = stepper_seize(&steppers[id], p->pid);
    if (!p->alive) {
        stage_fault(FAULT_STUCK, "harness: %s cannot be traced: %s", part_name(p), strerror(errno));
    }
    return p->alive;
}

void stage_post(part_id id, void (*command)(part *))
{
    part *p = &the_stage->parts[id];
    p->command = command;
    p->began = the_stage->deaths;
    steppers[id].deadline_ns = stepper_now_ns() + STAGE_PATIENCE_NS;
    atomic_fetch_add(&p->ticket, 1);
    wake(&p->ticket);
}

bool stage_wait(part_id id)
{
    part *p = &the_stage->parts[id];
    if (!p->alive) {
        return false;
    }
    if (!wait_for(&p->done, atomic_load(&p->ticket), id)) {
        bool died = steppers[id].dead;
        int status = steppers[id].status;
        stage_kill(id);
        if (!died) {
            stage_fault(FAULT_STUCK, "%s hangs", part_name(p));
        } else if (WIFSTOPPED(status) || WIFSIGNALED(status)) {
            stage_fault(FAULT_STUCK, "%s crashed by signal %d", part_name(p),
                        WIFSTOPPED(status) ? WSTOPSIG(status) : WTERMSIG(status));
        } else {
            stage_fault(FAULT_STUCK, "%s exited", part_name(p));
        }
        return false;
    }
    if (p->fault != FAULT_NONE) {
        stage_fault(p->fault, "%s: %s", part_name(p), p->text);
        p->fault = FAULT_NONE;
    }
    return true;
}

bool stage_tell(part_id id, void (*command)(part *))
{
    if (!stage_alive(id)) {
        return false;
    }
    stage_post(id, command);
    return stage_wait(id);
}

void stage_kill(part_id id)
{
    part *p = &the_stage->parts[id];
    if (p->alive) {
        stepper_kill(&steppers[id]);
        p->alive = false;
        p->died = ++the_stage->deaths;
    }
}

bool stage_tell_to_die(part_id id, void (*command)(part *))
{
    if (stage_alive(id)) {
        stage_post(id, command);
        bool died = stepper_await_death(&steppers[id]);
        stage_kill(id);
        if (died) {
            return true;
        }
    }
    stage_fault(FAULT_STUCK, "the scene cannot be set: %s did not die", part_name(&the_stage->parts[id]));
    return false;
}

void stage_clear(void)
{
    for (part_id id = 0; id < PARTS; id++) {
        stage_kill(id);
        memset(&the_stage->parts[id], 0, sizeof the_stage->parts[id]);
    }
    world_sweep(the_stage->mark);
    the_stage->existed = the_stage->removal = the_stage->company = the_stage->scattered = false;
    memset(the_stage->uuid, 0, sizeof the_stage->uuid);
    memset(&the_stage->book, 0, sizeof the_stage->book);
    the_stage->fault = FAULT_NONE;
    the_stage->text[0] = '\0';
}

bool stage_open(const char *mark, void (*warm_up)(void))
{
    size_t bytes = sizeof *the_stage + sizeof *the_nursery + 64;
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        return false;
    }
    the_nursery = memory;
    the_stage = (stage *)(void *)((char *)memory + 64);
    (void)snprintf(the_stage->mark, sizeof the_stage->mark, "%s", mark);
    (void)snprintf(the_stage->name, sizeof the_stage->name, "%s.one", mark);
    atomic_store(&the_nursery->done, UINT32_MAX);
    nursery_pid = fork();
    if (nursery_pid == 0) {
        nursery_main(warm_up);
    }
    return nursery_pid > 0 && wait_for(&the_nursery->done, 0, PARTS);
}

void stage_close(void)
{
    stage_clear();
    if (nursery_pid > 0) { /* kill(-1) would be everybody */
        (void)kill(nursery_pid, SIGKILL);
        (void)waitpid(nursery_pid, NULL, 0);
    }
}
