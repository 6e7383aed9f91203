/* torture.c - leads a torture: processes that open, create, attach, remove and close the same few names without an
 * order are killed at random moments, one after another, and replaced at once. Everybody alive must get on, nothing
 * may be refused that is promised, and at the end, with everybody dead, each name must be usable and then go.
 */
#include "storm.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define STUCK_MS 60000 /* no process may stand so long, unless it is dead */

static uint64_t luck;
static unsigned violations;

static unsigned chance(unsigned of)
{
    luck ^= luck << 13;
    luck ^= luck >> 7;
    luck ^= luck << 17;
    return (unsigned)(luck % of);
}

STRAIT_PRINTF(1, 2) static void violation(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (violations++ < 20) {
        printf("  ");
        vprintf(format, arguments);
        putchar('\n');
        fflush(stdout);
    }
    va_end(arguments);
}

/* What everybody has done so far, and who has done nothing for too long. */
typedef struct watch {
    uint64_t turns, since_ns;
} watch;

static void see_that_all_get_on(const storm *all, watch *watches)
{
    for (unsigned i = 0; i < all->table->processes; i++) {
        uint64_t turns = strait_u64_load_acquire(&all->table->reports[i].opened_round);
        uint64_t now = strait_now_ns();
        if (turns != watches[i].turns) {
            watches[i] = (watch){turns, now};
        } else if (now - watches[i].since_ns > STUCK_MS * UINT64_C(1000000)) {
            violation("process %u has stood for %d s", i, STUCK_MS / 1000);
            watches[i].since_ns = now;
        }
    }
}

/* A process that is killed may have complained, and its successor begins a clean report. */
static void take_complaints(const storm *all, unsigned place)
{
    storm_report *report = &all->table->reports[place];
    uint64_t wrong = strait_u64_load_acquire(&report->wrong);
    if (wrong > 0) {
        violation("process %u, %llu times: %s", place, (unsigned long long)wrong, report->sentence);
        strait_u64_store_release(&report->wrong, 0);
    }
}

/* Everybody is dead now: the name can be opened, nobody of the dead is counted, and it goes when we go. */
static void end_name(const storm *all, unsigned n)
{
    char name[128], what[300];
    uint64_t seed = 99;
    strait_segment *segment = NULL;
    torture_name(all, n, name, sizeof name);
    const strait_segment_options options = {.bytes = STORM_USER_BYTES,
                                            .lifetime = torture_lifetime(n),
                                            .initialise = storm_fill,
                                            .context = &seed};
    int rc = strait_segment_open(name, &options, &segment);
    if (rc < 0) {
        violation("after all: %s", strait_last_error());
        return;
    }
    if (!storm_is_whole(segment)) {
        violation("after all: %s is not whole", name);
    }
    if (strait_segment_reap(segment) < 0 || strait_segment_peers(segment, NULL, 0) != 1) {
        violation("after all: the dead still count in %s", name);
    }
    strait_segment_close(segment);
    rc = strait_segment_remove(name, NULL, false);
    if (rc < 0 && rc != STRAIT_NOT_FOUND) {
        violation("after all: %s", strait_last_error());
    }
    if (strait_segment_gc() < 0) {
        violation("after all: gc: %s", strait_last_error());
    }
    if (!storm_nothing_left(name, what, sizeof what)) {
        violation("after all: %s is left", what);
    }
}

bool torture_lead(storm *all, uint64_t milliseconds, uint64_t seed)
{
    static watch watches[STORM_PROCESSES_MAX];
    unsigned kills = 0, processes = all->table->processes;
    uint64_t turns = 0, begun = strait_now_ns(), end = begun + milliseconds * UINT64_C(1000000);
    luck = seed * UINT64_C(0x9E3779B97F4A7C15) + 1;
    for (unsigned i = 0; i < processes; i++) {
        watches[i].since_ns = begun;
        if (!storm_start(all, i, seed * 1000 + i)) {
            violation("no process %u can be started", i);
            return false;
        }
    }
    while (strait_now_ns() < end) {
        unsigned victim = chance(processes);
        storm_await_bell(all, chance(30));
        for (volatile unsigned spin = chance(20000); spin > 0; spin = spin - 1) { /* a random moment later */
        }
        storm_kill(victim);
        kills++;
        take_complaints(all, victim);
        if (!storm_start(all, victim, luck >> 16)) {
            violation("no process can be started");
            return false;
        }
        see_that_all_get_on(all, watches);
    }
    for (unsigned i = 0; i < processes; i++) {
        storm_kill(i);
        take_complaints(all, i);
        turns += strait_u64_load_acquire(&all->table->reports[i].opened_round);
    }
    for (unsigned n = 0; n < TORTURE_NAMES; n++) {
        end_name(all, n);
    }
    if (turns < kills) {
        violation("only %llu things were done between %u kills", (unsigned long long)turns, kills);
    }
    printf("torture: %u processes, %u killed, %llu things done, %.1f s, %u violations\n", processes, kills,
           (unsigned long long)turns, (double)(strait_now_ns() - begun) / 1e9, violations);
    return violations == 0;
}
