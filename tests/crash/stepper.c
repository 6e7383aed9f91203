/* stepper.c - the ptrace engine. A victim has one of three kinds of stops that matter: the entry or exit
 * of a system call (PTRACE_SYSCALL), one instruction further (PTRACE_SINGLESTEP or the hardware
 * breakpoint), and its own marks, which are SIGTRAPs that it sends to itself. Waiting never hangs: a timer
 * interrupts it so that the deadline is seen.
 */
#define _GNU_SOURCE
#include "stepper.h"

#include "arch.h"

#include <elf.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "recorder.h"

static bool breakpoints_work;

bool stepper_has_breakpoints(void)
{
    return breakpoints_work;
}

/* --- waiting ---------------------------------------------------------------------------------------- */

typedef enum event { ON_ENTRY, ON_EXIT, ON_TRAP, ON_MARK, GONE, LATE } event;

static bool wait_status(stepper *s)
{
    for (;;) {
        if (waitpid(s->pid, &s->status, __WALL) == s->pid) {
            return true;
        }
        if (errno != EINTR) {
            s->dead = true;
            s->status = 0;
            return true;
        }
        if (stepper_now_ns() > s->deadline_ns) {
            return false;
        }
    }
}

static bool is_crash(int signal_number)
{
    return signal_number == SIGSEGV || signal_number == SIGBUS || signal_number == SIGABRT ||
           signal_number == SIGILL || signal_number == SIGFPE || signal_number == SIGSYS;
}

static event trap_event(stepper *s)
{
    siginfo_t info;
    memset(&info, 0, sizeof info);
    (void)ptrace(PTRACE_GETSIGINFO, s->pid, (void *)0, &info);
    return info.si_code == SI_USER && info.si_pid == s->pid ? ON_MARK : ON_TRAP;
}

/* Resumes the victim and tells what stops it; stops that mean nothing are passed over. */
static event drive(stepper *s, arch_request request)
{
    int deliver = 0;
    for (;;) {
        if (!s->dead && ptrace(request, s->pid, (void *)0, (void *)(intptr_t)deliver) != 0) {
            s->dead = true;
        }
        if (s->dead || !wait_status(s)) {
            return s->dead ? GONE : LATE;
        }
        if (s->dead || WIFEXITED(s->status) || WIFSIGNALED(s->status)) {
            s->dead = true;
            return GONE;
        }
        int stop = WSTOPSIG(s->status);
        if (stop == (SIGTRAP | 0x80)) {
            s->in_call = !s->in_call;
            return s->in_call ? ON_ENTRY : ON_EXIT;
        }
        if (stop == SIGTRAP && (s->status >> 16) == 0) {
            return trap_event(s);
        }
        if (is_crash(stop)) {
            int crash = s->status;
            stepper_kill(s);
            s->status = crash;
            return GONE;
        }
        deliver = (s->status >> 16) == 0 ? stop : 0;
    }
}

static stepper_stop unexpected(event e)
{
    return e == LATE ? STEPPER_LATE : STEPPER_DIED;
}

/* --- taking hold and letting go --------------------------------------------------------------------- */

static void on_timer(int number)
{
    (void)number;
}

bool stepper_seize(stepper *s, pid_t pid)
{
    uint64_t deadline = s->deadline_ns;
    memset(s, 0, sizeof *s);
    s->pid = pid;
    s->deadline_ns = deadline;
    s->patience = 3;
    long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL;
    return ptrace(PTRACE_SEIZE, pid, (void *)0, (void *)options) == 0;
}

stepper_stop stepper_to_begin(stepper *s)
{
    s->calls = 0;
    s->in_call = false;
    for (;;) {
        if (!wait_status(s)) {
            return STEPPER_LATE;
        }
        if (s->dead || !WIFSTOPPED(s->status) || is_crash(WSTOPSIG(s->status))) {
            stepper_kill(s);
            return STEPPER_DIED;
        }
        if (WSTOPSIG(s->status) == SIGTRAP && (s->status >> 16) == 0) {
            return STEPPER_THERE;
        }
        (void)ptrace(PTRACE_CONT, s->pid, (void *)0, (void *)0);
    }
}

void stepper_release(stepper *s)
{
    if (!s->dead) {
        (void)ptrace(PTRACE_CONT, s->pid, (void *)0, (void *)0);
    }
}

bool stepper_is_lost(stepper *s)
{
    if (!s->dead && waitpid(s->pid, &s->status, __WALL | WNOHANG) == s->pid) {
        if (WIFSTOPPED(s->status) && !is_crash(WSTOPSIG(s->status))) {
            (void)ptrace(PTRACE_CONT, s->pid, (void *)0, (void *)0);
            return false;
        }
        int why = s->status;
        stepper_kill(s);
        s->status = why;
    }
    return s->dead;
}

bool stepper_await_death(stepper *s)
{
    bool died = stepper_to_begin(s) == STEPPER_DIED;
    if (died) {
        stepper_kill(s);
    }
    return died;
}

void stepper_kill(stepper *s)
{
    if (s->dead) {
        return;
    }
    int status = 0;
    (void)kill(s->pid, SIGKILL);
    for (;;) {
        pid_t got = waitpid(s->pid, &status, __WALL);
        if ((got == s->pid && !WIFSTOPPED(status)) || (got < 0 && errno != EINTR)) {
            break;
        }
    }
    s->dead = true;
    s->status = status;
}

/* --- running ---------------------------------------------------------------------------------------- */

/* One stop further at full speed. Returns STEPPER_THERE to go on. */
static stepper_stop advance(stepper *s, event *e, uint32_t *naps)
{
    *e = drive(s, PTRACE_SYSCALL);
    switch (*e) {
    case ON_ENTRY: {
        return stepper_is_nap(s, stepper_entered(s)) && (*naps)++ >= s->patience ? STEPPER_WAITS
                                                                                 : STEPPER_THERE;
    }
    case ON_EXIT:
        s->calls++;
        return STEPPER_THERE;
    case ON_TRAP:
        return STEPPER_THERE;
    case ON_MARK:
        return STEPPER_DONE;
    case GONE:
    case LATE:
        break;
    }
    return unexpected(*e);
}

stepper_stop stepper_run_to_end(stepper *s)
{
    uint32_t naps = 0;
    for (;;) {
        event e;
        stepper_stop stop = advance(s, &e, &naps);
        if (stop != STEPPER_THERE) {
            return stop;
        }
    }
}

/* From the exit of the last system call before the point to the point itself. */
static stepper_stop to_occurrence(stepper *s, const stepper_point *point)
{
    uint32_t seen = 0;
    uint32_t naps = 0;
    bool broken = breakpoints_work && arch_break_at(s->pid, point->pc);
    if (!broken && stepper_pc(s) == point->pc) {
        seen = 1;
    }
    stepper_stop stop = STEPPER_THERE;
    while (seen < point->occurrence && stop == STEPPER_THERE) {
        event e = ON_TRAP;
        if (broken) {
            stop = advance(s, &e, &naps);
        } else {
            long number;
            if (stepper_at_call(s, &number)) {
                return STEPPER_DRIFTED;
            }
            e = drive(s, PTRACE_SINGLESTEP);
            stop = e == ON_TRAP ? STEPPER_THERE : unexpected(e);
        }
        if (stop == STEPPER_THERE && e == ON_ENTRY) {
            stop = STEPPER_DRIFTED;
        } else if (stop == STEPPER_THERE && stepper_pc(s) == point->pc) {
            seen++;
        }
    }
    if (broken && !s->dead) {
        (void)arch_break_at(s->pid, 0);
    }
    return stop;
}

stepper_stop stepper_run_to(stepper *s, const stepper_point *point)
{
    uint32_t naps = 0;
    while (s->calls < point->calls) {
        event e;
        stepper_stop stop = advance(s, &e, &naps);
        if (stop != STEPPER_THERE) {
            return stop;
        }
    }
    if (point->occurrence == STEPPER_EXIT) {
        return stepper_pc(s) == point->pc ? STEPPER_THERE : STEPPER_DRIFTED;
    }
    if (point->occurrence != STEPPER_ENTRY) {
        return to_occurrence(s, point);
    }
    event e;
    stepper_stop stop = advance(s, &e, &naps);
    if (stop != STEPPER_THERE) {
        return stop;
    }
    return stepper_entered(s) == point->call ? STEPPER_THERE : STEPPER_DRIFTED;
}

/* One instruction, for the recorder. A system call is one instruction. */
stepper_stop stepper_single(stepper *s)
{
    event e = drive(s, PTRACE_SINGLESTEP);
    return e == ON_TRAP ? STEPPER_THERE : e == ON_MARK ? STEPPER_DONE : unexpected(e);
}

/* The next stop of any kind, for the recorder: fills what it was. */
stepper_stop stepper_next(stepper *s, bool *entry, bool *leave, uint32_t *naps)
{
    event e;
    stepper_stop stop = advance(s, &e, naps);
    *entry = e == ON_ENTRY;
    *leave = e == ON_EXIT;
    return stop;
}

/* --- is it possible here at all? -------------------------------------------------------------------- */

static const char *probe(pid_t pid, int gate)
{
    stepper s = {.deadline_ns = stepper_now_ns() + 5000000000u};
    const char *why = NULL;
    if (!stepper_seize(&s, pid)) {
        why = "this system does not let a process trace its children (ptrace)";
    } else if (write(gate, "", 1) != 1 || stepper_to_begin(&s) != STEPPER_THERE ||
               stepper_single(&s) != STEPPER_THERE) {
        why = "this system does not single-step";
    } else {
        uintptr_t here = stepper_pc(&s);
        breakpoints_work =
            arch_break_at(s.pid, here) && drive(&s, PTRACE_CONT) == ON_TRAP && stepper_pc(&s) == here;
    }
    s.pid = pid;
    stepper_kill(&s);
    return why;
}

const char *stepper_prepare(void)
{
    struct sigaction action = {.sa_handler = on_timer};
    struct itimerval often = {.it_interval = {.tv_usec = 200000}, .it_value = {.tv_usec = 200000}};
    (void)sigemptyset(&action.sa_mask);
    int gate[2];
    if (sigaction(SIGALRM, &action, NULL) != 0 || setitimer(ITIMER_REAL, &often, NULL) != 0 ||
        pipe(gate) != 0) {
        return "no interval timer or no pipe";
    }
    pid_t pid = fork();
    if (pid == 0) {
        char byte;
        if (read(gate[0], &byte, 1) == 1) { /* seized by now */
            stepper_begin();
        }
        _exit(0);
    }
    const char *why = pid < 0 ? "no fork" : probe(pid, gate[1]);
    (void)close(gate[0]);
    (void)close(gate[1]);
    return why;
}
