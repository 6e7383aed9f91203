/* peek.c - looking at a stopped victim: where it is, and what it is about to do. And the marks that it
 * sets itself.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "recorder.h"

uint64_t stepper_now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

__attribute__((noinline)) void stepper_begin(void)
{
    (void)syscall(SYS_kill, (long)getpid(), (long)SIGTRAP);
}

__attribute__((noinline)) void stepper_end(void)
{
    (void)syscall(SYS_kill, (long)getpid(), (long)SIGTRAP);
}

bool stepper_registers(const stepper *s, arch_registers *r)
{
    struct iovec v = {.iov_base = r, .iov_len = sizeof *r};
    return ptrace(PTRACE_GETREGSET, s->pid, (void *)(uintptr_t)NT_PRSTATUS, &v) == 0;
}

uintptr_t stepper_pc(const stepper *s)
{
    arch_registers r;
    return stepper_registers(s, &r) ? arch_pc(&r) : 0;
}

long stepper_entered(const stepper *s)
{
    arch_registers r;
    return stepper_registers(s, &r) ? arch_entered_number(&r) : -1;
}

/* Whether the next instruction enters the system, and which call. */
bool stepper_at_call(const stepper *s, long *number)
{
    arch_registers r;
    if (!stepper_registers(s, &r)) {
        return false;
    }
    errno = 0;
    unsigned long word = (unsigned long)ptrace(PTRACE_PEEKTEXT, s->pid, (void *)arch_pc(&r), (void *)0);
    *number = arch_call_number(&r);
    return errno == 0 && arch_is_call(word);
}

/* semtimedop without a time is how the C library may spell semop, which the library under test calls only
 * in ways that do not sleep. */
static bool waits_for_a_while(const stepper *s)
{
    arch_registers r;
    return stepper_registers(s, &r) && arch_fourth_argument(&r) != 0;
}

/* Sleeping calls that a live process makes while it waits for another. */
bool stepper_is_nap(const stepper *s, long number)
{
    switch (number) {
#ifdef SYS_nanosleep
    case SYS_nanosleep:
#endif
#ifdef SYS_clock_nanosleep_time64
    case SYS_clock_nanosleep_time64:
#endif
#ifdef SYS_poll
    case SYS_poll:
#endif
#ifdef SYS_ppoll_time64
    case SYS_ppoll_time64:
#endif
#ifdef SYS_futex_time64
    case SYS_futex_time64:
#endif
    case SYS_clock_nanosleep:
    case SYS_ppoll:
    case SYS_futex:
        return true;
#ifdef SYS_semtimedop_time64
    case SYS_semtimedop_time64:
        return waits_for_a_while(s);
#endif
#ifdef SYS_semtimedop
    case SYS_semtimedop:
        return waits_for_a_while(s);
#endif
    default:
        return false;
    }
}
