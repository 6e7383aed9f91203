/* storm_main.c - strait-storm: many processes open or create one name at once, over and over.
 *
 *     strait-storm [--processes 200] [--rounds 1] [--kill PERCENT] [--seed N] [--verbose]
 *     strait-storm --torture SECONDS [--processes 8] [--seed N]       see torture.c
 *
 * After each round: the survivors were all in one segment, exactly one of them (or one that was killed) made
 * it, all saw what its maker had written as a whole, and when they have left nothing remains of the name.
 * With --kill, in so many of a hundred rounds one process is killed at a random moment of opening or
 * closing; then gc takes what remains.
 */
#include "storm.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROUND_PATIENCE_MS 120000

static struct {
    unsigned processes, rounds, kill_percent, torture_seconds;
    uint64_t seed;
    bool verbose;
} wish = {.rounds = 1, .seed = 1};

static storm all;
static bool lives[STORM_PROCESSES_MAX];
static unsigned violations, killed, killed_midway, makers_killed, left_to_gc;

static uint64_t chance(void)
{
    wish.seed ^= wish.seed << 13;
    wish.seed ^= wish.seed >> 7;
    wish.seed ^= wish.seed << 17;
    return wish.seed;
}

STRAIT_PRINTF(2, 3) static void violation(uint64_t round, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (violations++ < 20) {
        printf("  round %llu: ", (unsigned long long)round);
        vprintf(format, arguments);
        putchar('\n');
        fflush(stdout);
    }
    va_end(arguments);
}

static void start_process(unsigned place, uint64_t round)
{
    fflush(stdout);
    if (!storm_start(&all, place, round)) {
        perror("storm: a process");
        exit(1);
    }
    lives[place] = true;
}

static void open_gate(uint64_t round, bool closing)
{
    if (!storm_open_gate(&all, round, closing)) {
        perror("storm: a gate");
        exit(1);
    }
}

static bool has_reported(unsigned place, uint64_t round, bool closing)
{
    const storm_report *report = &all.table->reports[place];
    return strait_u64_load_acquire(closing ? &report->closed_round : &report->opened_round) == round;
}

static unsigned missing(uint64_t round, bool closing)
{
    unsigned count = 0;
    for (unsigned i = 0; i < wish.processes; i++) {
        count += lives[i] && !has_reported(i, round, closing);
    }
    return count;
}

/* Whom a plan kills: the maker of the segment, somebody in the midst of it, or anybody. */
typedef enum aim { AIM_MAKER, AIM_MISSING, AIM_ANYBODY, AIMS } aim;

/* One kill at a random moment: when so many reports are missing, and a short random spin later. */
typedef struct plan {
    bool wanted;
    unsigned when_missing, spins;
    aim at;
} plan;

static plan plan_a_kill(bool here)
{
    plan kill_plan = {.wanted = here, .at = (aim)(chance() % AIMS)};
    switch (chance() % 3) {
    case 0:
        kill_plan.when_missing = wish.processes; /* at once: the makers are at work then */
        break;
    case 1:
        kill_plan.when_missing = 1 + (unsigned)(chance() % 3); /* the last ones */
        break;
    default:
        kill_plan.when_missing = 1 + (unsigned)(chance() % wish.processes);
        break;
    }
    kill_plan.spins = (unsigned)(chance() % 20000);
    return kill_plan;
}

static unsigned choose_victim(aim at, uint64_t round, bool closing)
{
    unsigned start = (unsigned)(chance() % wish.processes);
    for (unsigned i = 0; i < wish.processes; i++) {
        unsigned place =
            at == AIM_MISSING && !closing ? i : (start + i) % wish.processes; /* the first are woken first */
        if (at == AIM_MISSING ? !has_reported(place, round, closing)
                              : has_reported(place, round, false) && all.table->reports[place].created) {
            return place;
        }
    }
    return start;
}

static void carry_out(plan *kill_plan, uint64_t round, bool closing)
{
    for (volatile unsigned spin = 0; spin < kill_plan->spins; spin = spin + 1) { /* a random moment later */
    }
    unsigned victim = kill_plan->at == AIM_ANYBODY ? (unsigned)(chance() % wish.processes)
                                                   : choose_victim(kill_plan->at, round, closing);
    storm_kill(victim);
    lives[victim] = false;
    makers_killed += has_reported(victim, round, false) && all.table->reports[victim].created;
    killed_midway += !has_reported(victim, round, closing);
    kill_plan->wanted = false;
    killed++;
}

/* Waits until everybody alive has reported; false if the round is stuck. */
static bool await_reports(uint64_t round, bool closing, plan *kill_plan)
{
    uint64_t end = strait_deadline_ms(ROUND_PATIENCE_MS);
    for (unsigned left = missing(round, closing); left > 0; left = missing(round, closing)) {
        if (kill_plan->wanted && left <= kill_plan->when_missing) {
            carry_out(kill_plan, round, closing);
            continue;
        }
        storm_await_bell(&all, kill_plan->wanted ? 0 : 1000);
        if (strait_now_ns() > end) {
            violation(round, "%u processes are stuck %s", left, closing ? "closing" : "opening");
            return false;
        }
    }
    if (kill_plan->wanted) {
        carry_out(kill_plan, round,
                  closing); /* it was all too quick: then one dies attached, or having left */
    }
    return true;
}

static void judge_opening(uint64_t round, bool one_was_killed)
{
    const uint8_t *uuid = NULL;
    unsigned creators = 0, half = 0, failed = 0, split = 0;
    for (unsigned i = 0; i < wish.processes; i++) {
        const storm_report *report = &all.table->reports[i];
        if (!lives[i]) {
            continue;
        }
        if (report->result < 0) {
            failed++;
            violation(round, "process %u: %s", i, report->sentence);
            continue;
        }
        creators += report->created;
        half += !report->whole;
        uuid = uuid == NULL ? report->uuid : uuid;
        split += memcmp(uuid, report->uuid, sizeof report->uuid) != 0;
    }
    if (creators > 1 || (creators == 0 && !one_was_killed)) {
        violation(round, "%u processes made the segment", creators);
    }
    if (half > 0) {
        violation(round, "%u processes saw a half-made segment", half);
    }
    if (split > 0) {
        violation(round, "%u processes are in another segment than the others", split);
    }
    if (failed > 0) {
        violation(round, "%u processes failed to open", failed);
    }
}

static void judge_closing(uint64_t round, bool one_was_killed)
{
    char what[300], name[128];
    storm_name(&all, round, name, sizeof name);
    for (unsigned i = 0; i < wish.processes; i++) {
        const storm_report *report = &all.table->reports[i];
        if (lives[i] && report->result < 0) {
            violation(round, "process %u closing: %s", i, report->sentence);
        }
    }
    if (storm_nothing_left(name, what, sizeof what)) {
        return;
    }
    if (!one_was_killed) {
        violation(round, "everybody has left, but %s is there", what);
        return;
    }
    left_to_gc++;
    if (strait_segment_gc() < 0) {
        violation(round, "gc: %s", strait_last_error());
    }
    if (!storm_nothing_left(name, what, sizeof what)) {
        violation(round, "gc has left %s", what);
    }
}

/* One round; false if it cannot go on. */
static bool run_round(uint64_t round)
{
    bool killing = chance() % 100 < wish.kill_percent;
    bool at_closing = chance() % 3 == 0;
    plan opening = plan_a_kill(killing && !at_closing), closing = plan_a_kill(killing && at_closing);
    unsigned killed_before = killed;
    open_gate(round, false);
    if (!await_reports(round, false, &opening)) {
        return false;
    }
    judge_opening(round, killed != killed_before);
    open_gate(round, true);
    if (!await_reports(round, true, &closing)) {
        return false;
    }
    judge_closing(round, killed != killed_before);
    for (unsigned i = 0; i < wish.processes; i++) {
        if (!lives[i]) {
            start_process(i, round + 1);
        }
    }
    return true;
}

static void begin(void)
{
    if (!storm_begin(&all)) {
        perror("storm");
        exit(1);
    }
    snprintf(all.table->prefix, sizeof all.table->prefix, "storm-%lu", (unsigned long)storm_own_pid());
    all.table->lifetime = STRAIT_UNTIL_LAST_LEAVES;
    all.table->processes = wish.processes;
    all.table->torture = wish.torture_seconds > 0;
}

static void end_everybody(void)
{
    for (unsigned i = 0; i < wish.processes; i++) {
        if (lives[i]) {
            storm_kill(i);
            lives[i] = false;
        }
    }
}

static bool understand(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : "";
        if (strcmp(argv[i], "--verbose") == 0) {
            wish.verbose = true;
            continue;
        }
        unsigned number = (unsigned)strtoul(value, NULL, 10);
        if (strcmp(argv[i], "--processes") == 0 && number >= 2 && number <= STORM_PROCESSES_MAX) {
            wish.processes = number;
        } else if (strcmp(argv[i], "--rounds") == 0 && number >= 1) {
            wish.rounds = number;
        } else if (strcmp(argv[i], "--kill") == 0 && number <= 100) {
            wish.kill_percent = number;
        } else if (strcmp(argv[i], "--torture") == 0 && number >= 1) {
            wish.torture_seconds = number;
        } else if (strcmp(argv[i], "--seed") == 0 && number >= 1) {
            wish.seed = number;
        } else {
            fprintf(stderr,
                    "usage: %s [--processes N] [--rounds N] [--kill PERCENT] [--seed N] [--verbose]\n"
                    "       %s --torture SECONDS [--processes N] [--seed N]\n",
                    argv[0], argv[0]);
            return false;
        }
        i++;
    }
    if (wish.processes == 0) {
        wish.processes = wish.torture_seconds > 0 ? 8 : 200;
    }
    return true;
}

int main(int argc, char **argv)
{
    storm_process_if_asked(argc, argv);
    if (!understand(argc, argv)) {
        return 2;
    }
    begin();
    if (wish.torture_seconds > 0) {
        bool as_promised = torture_lead(&all, wish.torture_seconds * UINT64_C(1000), wish.seed);
        printf("%d passed, %d failed, 0 skipped\n", as_promised, !as_promised);
        return as_promised ? 0 : 1;
    }
    for (unsigned i = 0; i < wish.processes; i++) {
        start_process(i, 1);
    }
    uint64_t start = strait_now_ns();
    unsigned done = 0;
    for (uint64_t round = 1; round <= wish.rounds && run_round(round); round++) {
        done++;
        if (wish.verbose && round % 100 == 0) {
            printf("  %llu rounds, %.1f s\n", (unsigned long long)round,
                   (double)(strait_now_ns() - start) / 1e9);
            fflush(stdout);
        }
    }
    end_everybody();
    int swept = strait_segment_gc(); /* a stuck round may have left something */
    printf("storm: %u processes, %u rounds, %u killed (%u of them makers, %u in the midst of it), gc needed "
           "in %u rounds, "
           "%d left at the end, %.1f s, %u violations\n",
           wish.processes, done, killed, makers_killed, killed_midway, left_to_gc, swept,
           (double)(strait_now_ns() - start) / 1e9, violations);
    bool passed = violations == 0 && done == wish.rounds && done > 0;
    printf("%u passed, %u failed, 0 skipped\n", passed ? done : 0, passed ? 0 : 1);
    return passed ? 0 : 1;
}
