/* arch.h - the few things the stepper must know of a machine: where the program counter is, what a system
 * call instruction looks like, and how to set one hardware breakpoint. Everything else about stepping is
 * the same everywhere that Linux runs.
 */
#ifndef STRAIT_CRASH_ARCH_H
#define STRAIT_CRASH_ARCH_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/user.h>

/* arch_call_number: of the call that the next instruction enters. arch_entered_number and
 * arch_fourth_argument: of the call at whose entry the process stands. */
#if defined(__x86_64__)
#define ARCH_NAME "x86-64"
typedef struct user_regs_struct arch_registers;
static inline uintptr_t arch_pc(const arch_registers *r)
{
    return (uintptr_t)r->rip;
}
static inline uintptr_t arch_stack(const arch_registers *r)
{
    return (uintptr_t)r->rsp;
}
static inline long arch_call_number(const arch_registers *r)
{
    return (long)r->rax;
}
static inline long arch_entered_number(const arch_registers *r)
{
    return (long)r->orig_rax;
}
static inline long arch_fourth_argument(const arch_registers *r)
{
    return (long)r->r10;
}
#elif defined(__i386__)
#define ARCH_NAME "i386"
typedef struct user_regs_struct arch_registers;
static inline uintptr_t arch_pc(const arch_registers *r)
{
    return (uintptr_t)r->eip;
}
static inline uintptr_t arch_stack(const arch_registers *r)
{
    return (uintptr_t)r->esp;
}
static inline long arch_call_number(const arch_registers *r)
{
    return (long)r->eax;
}
static inline long arch_entered_number(const arch_registers *r)
{
    return (long)r->orig_eax;
}
static inline long arch_fourth_argument(const arch_registers *r)
{
    return (long)r->esi;
}
#elif defined(__aarch64__)
#define ARCH_NAME "arm64"
typedef struct user_regs_struct arch_registers;
static inline uintptr_t arch_pc(const arch_registers *r)
{
    return (uintptr_t)r->pc;
}
static inline uintptr_t arch_stack(const arch_registers *r)
{
    return (uintptr_t)r->sp;
}
static inline long arch_call_number(const arch_registers *r)
{
    return (long)r->regs[8];
}
static inline long arch_entered_number(const arch_registers *r)
{
    return (long)r->regs[8];
}
static inline long arch_fourth_argument(const arch_registers *r)
{
    return (long)r->regs[3];
}
#else
#error "tests/crash/arch.h: describe this machine here"
#endif

#if defined(__GLIBC__)
typedef enum __ptrace_request arch_request;
#else
typedef int arch_request;
#endif

#if defined(__x86_64__) || defined(__i386__)

/* syscall, sysenter, int 0x80 */
static inline bool arch_is_call(unsigned long instruction)
{
    unsigned long first = instruction & 0xFFu;
    unsigned long second = (instruction >> 8) & 0xFFu;
    return (first == 0x0Fu && (second == 0x05u || second == 0x34u)) || (first == 0xCDu && second == 0x80u);
}

/* Stops the process each time it is about to execute `at`; 0 takes the breakpoint away. */
static inline bool arch_break_at(pid_t pid, uintptr_t at)
{
    size_t address = offsetof(struct user, u_debugreg[0]);
    size_t control = offsetof(struct user, u_debugreg[7]);
    if (at == 0) {
        return ptrace(PTRACE_POKEUSER, pid, (void *)control, (void *)0) == 0;
    }
    return ptrace(PTRACE_POKEUSER, pid, (void *)address, (void *)at) == 0 &&
           ptrace(PTRACE_POKEUSER, pid, (void *)control, (void *)1) == 0;
}

/* Where a function that has just been entered will return to; 0 if the machine does not tell. */
static inline uintptr_t arch_return_address(pid_t pid, const arch_registers *r)
{
    errno = 0;
    long word = ptrace(PTRACE_PEEKDATA, pid, (void *)arch_stack(r), (void *)0);
    return errno == 0 ? (uintptr_t)word : 0;
}

#else /* arm64 */

static inline bool arch_is_call(unsigned long instruction)
{
    return (instruction & 0xFFE0001Fu) == 0xD4000001u;
}

static inline bool arch_break_at(pid_t pid, uintptr_t at)
{
    (void)pid;
    return at == 0; /* steps instead */
}

static inline uintptr_t arch_return_address(pid_t pid, const arch_registers *r)
{
    (void)pid;
    return (uintptr_t)r->regs[30];
}

#endif
#endif
