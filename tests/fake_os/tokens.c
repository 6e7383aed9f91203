/* tokens.c - the fake machine's other primitives: facts, clocks, identity, tokens of life, waiting.
 *
 * A token is a mark on a map record; it goes with the map and with the process. Sleeping costs no time: the
 * clock jumps to the deadline, unless somebody acts in the meantime (fake_os_while_asleep).
 */
#include "machine.h"

#include <stdio.h>
#include <string.h>

const strait_os_facts *strait_os_facts_get(void)
{
    return &machine.facts;
}

void strait_os_cause_text(const strait_os_cause *cause, char *text, size_t room)
{
    if (cause->call == NULL) {
        snprintf(text, room, "the fake system said nothing");
    } else {
        snprintf(text, room, "%s failed with code %lld", cause->call, (long long)cause->code);
    }
}

/* --- clocks, chance, identity --------------------------------------------------------------------------- */

uint64_t strait_os_now_ns(void)
{
    return machine.now_ns;
}

uint64_t strait_os_wall_ns(void)
{
    return machine.now_ns + machine.wall_offset_ns;
}

void strait_os_nap(uint64_t nanoseconds)
{
    int rc;
    machine_enter(FAKE_OS_NAP, &rc, NULL);
    machine_sleep();
    machine.now_ns += nanoseconds;
    machine_leave(STRAIT_OK);
}

void strait_os_yield(void)
{
    machine.now_ns += 1000; /* who yields for ever gets to its deadline */
}

int strait_os_random(void *bytes, size_t count, strait_os_cause *cause)
{
    int rc;
    if (!machine_enter(FAKE_OS_RANDOM, &rc, cause)) {
        return rc;
    }
    for (size_t i = 0; i < count; i++) {
        machine.random ^= machine.random << 13;
        machine.random ^= machine.random >> 7;
        machine.random ^= machine.random << 17;
        ((unsigned char *)bytes)[i] = (unsigned char)(machine.random >> 24);
    }
    return machine_leave(STRAIT_OK);
}

void strait_os_self(strait_os_identity *self)
{
    const fake_process *p = &machine.processes[machine.current];
    memset(self, 0, sizeof *self);
    self->pid = p->pid;
    self->start = p->start;
    self->pid_namespace = p->pid_namespace;
    memcpy(self->boot, machine.boot, sizeof self->boot);
    snprintf(self->program, sizeof self->program, "fake-%u", machine.current);
}

uint64_t strait_os_process_epoch(void)
{
    return machine.processes[machine.current].epoch;
}

/* --- tokens of life ------------------------------------------------------------------------------------- */

static fake_map *own_map(const strait_os_map *map)
{
    fake_map *m = &machine.maps[map->spare[0]];
    if (map->base == NULL || !m->used || m->object->file != map->file || m->process != machine.current) {
        machine_abort("a token is asked for through a map that is not the caller's");
    }
    return m;
}

static bool token_taken(const fake_object *object, uint32_t index)
{
    for (unsigned i = 0; i < MACHINE_MAPS; i++) {
        if (machine.maps[i].used && machine.maps[i].object == object && machine.maps[i].token == index) {
            return true;
        }
    }
    return false;
}

int strait_os_token_hold(strait_os_map *map, const strait_os_place *place, uint32_t index,
                         strait_os_cause *cause)
{
    int rc;
    (void)place;
    if (!machine_enter(FAKE_OS_TOKEN_HOLD, &rc, cause)) {
        return rc;
    }
    fake_map *m = own_map(map);
    if (!map->writable || m->token != STRAIT_OS_NO_TOKEN) {
        machine_abort("a map that is read-only, or has a token, is to hold one");
    }
    if (token_taken(m->object, index)) {
        return machine_leave(machine_fail(STRAIT_BUSY, cause, "fake lock", 11));
    }
    m->token = index;
    return machine_leave(STRAIT_OK);
}

void strait_os_token_forgo(strait_os_map *map)
{
    (void)own_map(map); /* nothing is kept for a token here */
}

/* What can be said without the token: by pid and start time, and only within one pid namespace of one
 * boot. */
static strait_os_token_state guess(const strait_os_identity *who)
{
    static const uint8_t unknown[16];
    if (who == NULL || who->pid == 0 || who->start == 0) {
        return STRAIT_OS_TOKEN_UNKNOWN;
    }
    if (memcmp(who->boot, unknown, sizeof unknown) != 0 &&
        memcmp(who->boot, machine.boot, sizeof unknown) != 0) {
        return STRAIT_OS_TOKEN_FREE;
    }
    if (who->pid_namespace != machine.processes[machine.current].pid_namespace) {
        return STRAIT_OS_TOKEN_UNKNOWN;
    }
    for (unsigned i = 0; i < FAKE_OS_PROCESSES; i++) {
        const fake_process *p = &machine.processes[i];
        if (p->alive && p->pid == who->pid && p->start == who->start) {
            return STRAIT_OS_TOKEN_HELD;
        }
    }
    return STRAIT_OS_TOKEN_FREE;
}

strait_os_token_state strait_os_token_test(const strait_os_map *map, const strait_os_place *place,
                                           uint32_t index, const strait_os_identity *who)
{
    int rc;
    (void)place;
    if (!machine_enter(FAKE_OS_TOKEN_TEST, &rc, NULL)) {
        return STRAIT_OS_TOKEN_UNKNOWN;
    }
    fake_object *object = own_map(map)->object;
    if (machine.blind) {
        return (strait_os_token_state)machine_leave((int)guess(who));
    }
    return (strait_os_token_state)machine_leave(token_taken(object, index) ? STRAIT_OS_TOKEN_HELD
                                                                           : STRAIT_OS_TOKEN_FREE);
}

/* --- waiting -------------------------------------------------------------------------------------------- */

/* 0 if something happened meanwhile that is worth a look; else TIMED_OUT, at the deadline. */
static int sleep_until(uint64_t deadline_ns)
{
    if (deadline_ns <= machine.now_ns) {
        return STRAIT_TIMED_OUT;
    }
    if (machine_sleep()) {
        return STRAIT_OK;
    }
    if (deadline_ns == STRAIT_FOREVER) {
        machine_abort("a process sleeps for ever and nobody will wake it");
    }
    if (deadline_ns > machine.now_ns) {
        machine.now_ns = deadline_ns;
    }
    return STRAIT_TIMED_OUT;
}

static bool leads_elsewhere(const strait_os_place *place, const strait_os_map *stale)
{
    char key[MACHINE_KEY];
    machine_key(place, key);
    const fake_object *object = machine_find(key);
    return object != NULL && (stale == NULL || object->file != stale->file);
}

int strait_os_name_wait(const strait_os_place *place, const strait_os_map *stale, uint64_t deadline_ns,
                        strait_os_cause *cause)
{
    int rc;
    if (!machine_enter(FAKE_OS_NAME_WAIT, &rc, cause)) {
        return rc;
    }
    if (leads_elsewhere(place, stale)) {
        return machine_leave(STRAIT_OK);
    }
    return machine_leave(sleep_until(deadline_ns));
}

int strait_os_wait(const strait_u32 *word, uint32_t expected, uint64_t deadline_ns)
{
    int rc;
    if (!machine_enter(FAKE_OS_WAIT, &rc, NULL)) {
        return rc;
    }
    if (strait_u32_load_relaxed(word) != expected) {
        return machine_leave(STRAIT_OK);
    }
    return machine_leave(sleep_until(deadline_ns));
}

int strait_os_wake(const strait_u32 *word, uint32_t count)
{
    int rc;
    (void)word;
    (void)count;
    machine_enter(FAKE_OS_WAKE, &rc, NULL);
    return machine_leave(0);
}

bool strait_os_barrier_join(void)
{
    int rc;
    return machine_enter(FAKE_OS_BARRIER_JOIN, &rc, NULL) && machine_leave(1) != 0;
}

bool strait_os_barrier(void)
{
    int rc;
    return machine_enter(FAKE_OS_BARRIER, &rc, NULL) && machine_leave(1) != 0;
}
