/* explore.c - the search over schedules. A schedule is replayed from its choices; the next one differs in
 * the last choice that had an alternative left (depth first, without keeping states).
 */
#define _GNU_SOURCE
#include "explore.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

enum { CHOICES_MAX = 4096, STACK_BYTES = 64 * 1024 };

typedef struct actor {
    ucontext_t context;
    unsigned char *stack;
    bool begun, through, dead;
    const void *sleeps_on; /* NULL = awake */
} actor;

typedef struct choice {
    uint8_t taken, of;
} choice;

static struct {
    const explore_plan *plan;
    explore_result result;
    actor actors[EXPLORE_ACTORS_MAX];
    ucontext_t director;
    unsigned current; /* plan->actors = the director */
    bool dies;        /* the current actor does not come back */
    unsigned preempted, died;
    choice choices[CHOICES_MAX];
    unsigned depth, known; /* choices made in this run; of them replayed */
    char text[400];
    bool faulty;
} it;

void explore_fault(const char *format, ...)
{
    if (it.faulty) {
        return;
    }
    it.faulty = true;
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(it.text, sizeof it.text, format, arguments);
    va_end(arguments);
    for (unsigned i = 0; i < it.depth && length > 0 && (size_t)length < sizeof it.text - 8; i++) {
        if (it.choices[i].taken != 0) {
            length +=
                snprintf(it.text + length, sizeof it.text - (size_t)length, " %u:%u", i, it.choices[i].taken);
        }
    }
}

const char *explore_complaint(void)
{
    return it.faulty ? it.text : NULL;
}

bool explore_dead(unsigned which)
{
    return it.actors[which].dead;
}

unsigned explore_actor(void)
{
    return it.current;
}

/* One of `of` ways; the first the first time. */
static unsigned choose(unsigned of)
{
    if (of == 1) {
        return 0;
    }
    if (it.depth == CHOICES_MAX) {
        fprintf(stderr, "explore: a schedule does not end\n");
        abort();
    }
    if (it.depth == it.known) {
        it.choices[it.known++] = (choice){.taken = 0, .of = (uint8_t)of};
    }
    return it.choices[it.depth++].taken;
}

static bool can_run(unsigned which)
{
    return !it.actors[which].through && !it.actors[which].dead && it.actors[which].sleeps_on == NULL;
}

bool explore_sleeps(unsigned which)
{
    return it.actors[which].sleeps_on != NULL;
}

/* The n-th of those who can run, the current one left out. */
static unsigned other(unsigned n)
{
    for (unsigned i = 0; i < it.plan->actors; i++) {
        if (i != it.current && can_run(i) && n-- == 0) {
            return i;
        }
    }
    return it.plan->actors;
}

static unsigned others(void)
{
    unsigned count = 0;
    while (other(count) < it.plan->actors) {
        count++;
    }
    return count;
}

static void switch_to(unsigned next)
{
    unsigned last = it.current;
    it.current = next;
    ucontext_t *from = last < it.plan->actors ? &it.actors[last].context : &it.director;
    ucontext_t *to = next < it.plan->actors ? &it.actors[next].context : &it.director;
    if (swapcontext(from, to) != 0) {
        abort();
    }
}

void explore_point(void)
{
    if (it.plan == NULL || it.current >= it.plan->actors) {
        return;
    }
    it.result.points++;
    bool may_die = it.died < it.plan->deaths && (it.plan->mortal >> it.current & 1) != 0;
    unsigned rivals = it.preempted < it.plan->preemptions ? others() : 0;
    unsigned way = choose(1 + rivals + may_die);
    if (way == 0) {
        return;
    }
    if (way <= rivals) {
        it.preempted++;
        switch_to(other(way - 1));
        return;
    }
    it.died++;
    it.result.deaths++;
    it.actors[it.current].dead = true;
    switch_to(it.plan->actors);
    abort(); /* the dead do not come back */
}

void explore_sleep(const void *word)
{
    it.actors[it.current].sleeps_on = word;
    switch_to(it.plan->actors);
}

void explore_wake(const void *word)
{
    for (unsigned i = 0; i < it.plan->actors; i++) {
        if (it.actors[i].sleeps_on == word) {
            it.actors[i].sleeps_on = NULL;
        }
    }
}

/* True if there were any. */
static bool wake_sleepers(void)
{
    bool any = false;
    for (unsigned i = 0; i < it.plan->actors; i++) {
        any = any || explore_sleeps(i);
    }
    if (any && !it.faulty) {
        it.plan->stalled(it.plan->world);
    }
    for (unsigned i = 0; i < it.plan->actors; i++) {
        it.actors[i].sleeps_on = NULL;
    }
    return any && !it.faulty;
}

static void body(void)
{
    it.plan->act(it.plan->world, it.current);
    it.actors[it.current].through = true;
    switch_to(it.plan->actors);
    abort();
}

static void prepare(unsigned which)
{
    actor *a = &it.actors[which];
    a->begun = a->through = a->dead = false;
    a->sleeps_on = NULL;
    if (getcontext(&a->context) != 0) {
        abort();
    }
    a->context.uc_stack.ss_sp = a->stack;
    a->context.uc_stack.ss_size = STACK_BYTES;
    a->context.uc_link = NULL;
    makecontext(&a->context, body, 0);
}

static void run_schedule(void)
{
    it.depth = it.preempted = it.died = 0;
    it.current = it.plan->actors;
    it.plan->begin(it.plan->world);
    for (unsigned i = 0; i < it.plan->actors; i++) {
        prepare(i);
    }
    do {
        for (unsigned left = others(); left > 0 && !it.faulty; left = others()) {
            switch_to(other(choose(left)));
        }
    } while (wake_sleepers());
    it.plan->end(it.plan->world);
    it.result.schedules++;
}

/* False when every choice has taken its last way. */
static bool next_schedule(void)
{
    while (it.known > 0 && it.choices[it.known - 1].taken + 1 == it.choices[it.known - 1].of) {
        it.known--;
    }
    if (it.known == 0) {
        return false;
    }
    it.choices[it.known - 1].taken++;
    return true;
}

explore_result explore_run(const explore_plan *plan)
{
    it.plan = plan;
    it.result = (explore_result){0};
    it.known = 0;
    it.faulty = false;
    for (unsigned i = 0; i < plan->actors; i++) {
        if (it.actors[i].stack == NULL) {
            it.actors[i].stack = malloc(STACK_BYTES);
        }
        if (it.actors[i].stack == NULL) {
            abort();
        }
    }
    do {
        run_schedule();
        it.result.complete = !it.faulty && !next_schedule();
    } while (!it.faulty && !it.result.complete && (plan->most == 0 || it.result.schedules < plan->most));
    it.plan = NULL;
    return it.result;
}
