/* machine.c - processes, clock and calls of the fake machine: who calls, what time it is, and which call is
 * to fail, to be the caller's last, or to be preceded by somebody else's doings.
 */
#include "machine.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

fake_machine machine;

typedef struct orders {
    unsigned counted;
    unsigned fail_at, die_at;
    int fail_with;
    fake_os_moment die_when;
    int fail_all[FAKE_OS_CALL_COUNT];
    unsigned counted_of[FAKE_OS_CALL_COUNT];
    fake_os_call log[FAKE_OS_LOG];
    fake_os_call in_call;
} orders;

static orders order;
static void (*between)(void *, unsigned, fake_os_call);
static void *between_context;
static bool (*asleep)(void *);
static void *asleep_context;
static unsigned quiet; /* depth of a test's own doings in the middle of a call */
static jmp_buf *scaffold;

/* What inlined code asks instead of strait_os_process_epoch: it says the epoch of whoever is current. */
static strait_u64 process_mark;

static void machine_turn_to(unsigned who)
{
    machine.current = who;
    strait_u64_store_relaxed(&process_mark, machine.processes[who].epoch);
}

const strait_u64 *strait_os_process_mark(void)
{
    machine_turn_to(machine.current);
    return &process_mark;
}

_Noreturn void machine_abort(const char *why)
{
    fprintf(stderr, "fake machine: %s\n", why);
    abort();
}

/* --- calls ---------------------------------------------------------------------------------------------- */

const char *fake_os_call_name(fake_os_call call)
{
    static const char *const names[] = {
#define NAME(name, ...) #name,
        FAKE_OS_CALLS(NAME)
#undef NAME
    };
    return call < FAKE_OS_CALL_COUNT ? names[call] : "no call";
}

const int *fake_os_failures(fake_os_call call)
{
    static const int failures[][10] = {
#define FAILURES(name, ...) {__VA_ARGS__},
        FAKE_OS_CALLS(FAILURES)
#undef FAILURES
    };
    return failures[call];
}

void fake_os_count(void)
{
    memset(&order, 0, sizeof order);
}

unsigned fake_os_counted(void)
{
    return order.counted;
}

unsigned fake_os_counted_of(fake_os_call call)
{
    return order.counted_of[call];
}

fake_os_call fake_os_logged(unsigned n)
{
    return n >= 1 && n <= order.counted && n <= FAKE_OS_LOG ? order.log[n - 1] : FAKE_OS_CALL_COUNT;
}

void fake_os_fail(unsigned n, int result)
{
    order.fail_at = n;
    order.fail_with = result;
}

void fake_os_fail_all(fake_os_call call, int result)
{
    order.fail_all[call] = result;
}

void fake_os_die(unsigned n, fake_os_moment moment)
{
    order.die_at = n;
    order.die_when = moment;
}

void fake_os_between(void (*act)(void *, unsigned, fake_os_call), void *context)
{
    between = act;
    between_context = context;
}

void fake_os_while_asleep(bool (*act)(void *), void *context)
{
    asleep = act;
    asleep_context = context;
}

static void act_between(fake_os_call call)
{
    unsigned who = machine.current;
    quiet++;
    between(between_context, order.counted, call);
    quiet--;
    machine_turn_to(who);
}

bool machine_enter(fake_os_call call, int *result, strait_os_cause *cause)
{
    if (!machine.processes[machine.current].alive) {
        machine_abort("a dead process makes a call");
    }
    if (quiet > 0) {
        return true;
    }
    order.counted++;
    order.counted_of[call]++;
    if (order.counted <= FAKE_OS_LOG) {
        order.log[order.counted - 1] = call;
    }
    if (order.counted == order.die_at && order.die_when == FAKE_OS_BEFORE) {
        fake_os_exit();
    }
    if (between != NULL) {
        act_between(call);
    }
    int failure = order.counted == order.fail_at ? order.fail_with : order.fail_all[call];
    if (failure != 0) {
        *result = machine_fail(failure, cause, "a call that the test lets fail", 5);
        return false;
    }
    return true;
}

unsigned machine_call(void)
{
    return quiet == 0 ? order.counted : 0;
}

int machine_leave(int result)
{
    return machine_leave_call(order.counted, result);
}

int machine_leave_call(unsigned call, int result)
{
    if (quiet == 0 && call == order.die_at && call != 0 && order.die_when == FAKE_OS_AFTER) {
        fake_os_exit();
    }
    return result;
}

int machine_fail(int result, strait_os_cause *cause, const char *call, int64_t code)
{
    if (cause != NULL) {
        cause->call = call;
        cause->code = code;
    }
    return result;
}

bool machine_sleep(void)
{
    if (asleep == NULL) {
        return false;
    }
    unsigned who = machine.current;
    bool (*act)(void *) = asleep;
    asleep = NULL; /* whoever acts may sleep too: nobody acts in its sleep */
    quiet++;
    bool worth = act(asleep_context);
    quiet--;
    if (asleep == NULL) {
        asleep = act;
    }
    machine_turn_to(who);
    return worth;
}

/* --- processes ------------------------------------------------------------------------------------------ */

static void start_process(unsigned process)
{
    fake_process *p = &machine.processes[process];
    uint32_t user = p->pid == 0 ? 1000 : p->user;
    uint64_t pid_namespace = p->pid == 0 ? 4026531836u : p->pid_namespace;
    machine.next_pid++;
    *p = (fake_process){.alive = true,
                        .pid = machine.next_pid,
                        .start = machine.now_ns,
                        .epoch = ++machine.next_epoch,
                        .pid_namespace = pid_namespace,
                        .user = user};
}

void fake_os_become(unsigned process)
{
    if (process >= FAKE_OS_PROCESSES) {
        machine_abort("there is no such process");
    }
    if (!machine.processes[process].alive) {
        start_process(process);
    }
    machine_turn_to(process);
}

unsigned fake_os_current(void)
{
    return machine.current;
}

void fake_os_kill(unsigned process)
{
    machine_drop_process(process);
    machine.processes[process].alive = false;
}

void fake_os_fork_into(unsigned child)
{
    fake_process parent = machine.processes[machine.current];
    fake_os_kill(child);
    fake_os_become(child);
    machine.processes[child].user = parent.user;
    machine.processes[child].pid_namespace = parent.pid_namespace;
}

void fake_os_set_user(unsigned process, uint32_t user)
{
    machine.processes[process].user = user;
}

void fake_os_set_namespace(unsigned process, uint64_t pid_namespace)
{
    machine.processes[process].pid_namespace = pid_namespace;
}

uint32_t fake_os_pid(unsigned process)
{
    return machine.processes[process].pid;
}

bool fake_os_alive(uint32_t pid)
{
    for (unsigned i = 0; i < FAKE_OS_PROCESSES; i++) {
        if (machine.processes[i].alive && machine.processes[i].pid == pid) {
            return true;
        }
    }
    return false;
}

_Noreturn void fake_os_exit(void)
{
    if (scaffold == NULL) {
        machine_abort("a death outside fake_os_run");
    }
    fake_os_kill(machine.current);
    longjmp(*scaffold, 1);
}

bool fake_os_run(unsigned process, void (*body)(void *), void *context)
{
    jmp_buf here;
    jmp_buf *volatile outer = scaffold;
    volatile unsigned who = machine.current;
    volatile unsigned depth = quiet;
    volatile bool whole = false;
    scaffold = &here;
    if (setjmp(here) == 0) {
        fake_os_become(process);
        body(context);
        whole = true;
    }
    scaffold = outer;
    quiet = depth;
    machine_turn_to(who);
    return whole;
}

/* --- the machine ---------------------------------------------------------------------------------------- */

void fake_os_reset(void)
{
    machine_wipe_all();
    memset(&machine, 0, sizeof machine);
    machine.facts = (strait_os_facts){.backend = "fake",
                                      .system = "a fake machine",
                                      .names_persist = true,
                                      .size_is_exact = true,
                                      .publish_is_atomic = true,
                                      .token_is_proof = true,
                                      .wait_is_native = true,
                                      .has_anonymous_maps = true,
                                      .name_bytes_max = STRAIT_NAME_MAX};
    machine.now_ns = 1000000000u;
    machine.wall_offset_ns = UINT64_C(1700000000000000000);
    machine.random = UINT64_C(0x9e3779b97f4a7c15);
    machine.capacity = UINT64_C(256) << 20;
    machine.page = 4096;
    machine.next_pid = 1000;
    memset(machine.boot, 0x42, sizeof machine.boot);
    for (unsigned i = 0; i < FAKE_OS_PROCESSES; i++) {
        start_process(i);
    }
    between = NULL;
    asleep = NULL;
    quiet = 0;
    fake_os_count();
}

strait_os_facts *fake_os_facts(void)
{
    return &machine.facts;
}

void fake_os_set_capacity(uint64_t bytes)
{
    machine.capacity = bytes;
}

void fake_os_set_page(uint64_t bytes)
{
    machine.page = bytes;
}

void fake_os_set_litter(bool litter)
{
    machine.litter = litter;
}

void fake_os_set_blind(bool blind)
{
    machine.blind = blind;
}

void fake_os_advance(uint64_t nanoseconds)
{
    machine.now_ns += nanoseconds;
}

void fake_os_reboot(void)
{
    for (unsigned i = 0; i < FAKE_OS_PROCESSES; i++) {
        fake_os_kill(i);
    }
    for (unsigned i = 0; i < MACHINE_OBJECTS; i++) {
        fake_object *object = &machine.objects[i];
        if (object->used && strncmp(object->key, "file:", 5) != 0) {
            object->key[0] = '\0';
            object->litter = false;
            machine_release(object);
        }
    }
    machine.boot[0]++;
    fake_os_become(0);
}
