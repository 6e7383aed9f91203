/* main.c - strait-crash: the options, the jobs, the report. Each operation, and each pair, is one test.
 * Jobs take them one after the other from a list in shared memory; a job that breaks fails the test that
 * it was at.
 */
#define _GNU_SOURCE
#include <fnmatch.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "acts.h"
#include "arch.h"
#include "drive.h"
#include "options.h"
#include "points.h"
#include "sandbox.h"
#include "selftest.h"
#include "sweep.h"
#include "world.h"

#define ITEMS_MAX 2048

typedef struct item {
    const operation *first, *second;
    _Atomic int taken;
    bool left_out; /* a pair for which the short form had no time */
    pid_t job;
    tally tally;
} item;

typedef struct board {
    _Atomic uint32_t next;
    _Atomic int violated;     /* something was found */
    _Atomic int shared_world; /* a job got no world of its own */
    uint32_t count;
    item items[ITEMS_MAX];
} board;

static board *the_board;
static volatile sig_atomic_t stopped;

static void on_stop(int number)
{
    stopped = number;
}

/* --- what to do ------------------------------------------------------------------------------------- */

static void item_name(const item *it, char *text, size_t room)
{
    (void)snprintf(text, room, "%s%s%s", it->first->name, it->second == NULL ? "" : " + ",
                   it->second == NULL ? "" : it->second->name);
}

static void add_item(const settings *s, const operation *first, const operation *second)
{
    char name[128];
    item *it = &the_board->items[the_board->count];
    it->first = first;
    it->second = second;
    item_name(it, name, sizeof name);
    if (the_board->count + 1 < ITEMS_MAX && (s->pattern == NULL || fnmatch(s->pattern, name, 0) == 0)) {
        the_board->count++;
    }
}

/* Single operations first; pairs in an order that chance chooses, since time may not suffice for all of
 * each. */
static void list_items(const settings *s)
{
    for (size_t i = 0; s->singles && i < operation_count(); i++) {
        if (operation_is_of_this_world(operation_at(i))) {
            add_item(s, operation_at(i), NULL);
        }
    }
    uint32_t first_pair = the_board->count;
    for (size_t i = 0; s->pairs && i < operation_count(); i++) {
        for (size_t j = 0; j < operation_count(); j++) {
            if (sweep_fits(operation_at(i), operation_at(j))) {
                add_item(s, operation_at(i), operation_at(j));
            }
        }
    }
    uint64_t seed = s->seed;
    for (uint32_t i = the_board->count; i > first_pair + 1; i--) {
        uint32_t other = first_pair + (uint32_t)(points_random(&seed) % (i - first_pair));
        item *a = &the_board->items[i - 1];
        item *b = &the_board->items[other];
        const operation *first = a->first;
        const operation *second = a->second;
        a->first = b->first;
        a->second = b->second;
        b->first = first;
        b->second = second;
    }
}

/* --- a job ------------------------------------------------------------------------------------------ */

static sweep_plan plan_for(const settings *s, uint64_t begin_ns, uint32_t index)
{
    uint64_t now = stepper_now_ns();
    uint64_t end = begin_ns + s->seconds * 1000000000u;
    uint64_t left = end > now ? end - now : 0;
    uint32_t waiting = the_board->count - index;
    uint32_t rounds = (waiting + s->jobs - 1) / s->jobs;
    return (sweep_plan){.every_below = s->every        ? UINT32_MAX
                                       : s->short_form ? 0
                                                       : 8000,
                        .sample = s->sample,
                        .firsts = s->short_form ? 3 : 0,
                        .seconds = s->every        ? 0
                                   : s->short_form ? 4
                                                   : 24,
                        .stop = s->until_first ? &the_board->violated : NULL,
                        .seed = s->seed + index,
                        .end_ns = now + left / (rounds == 0 ? 1 : rounds)};
}

static int job_main(const settings *s, unsigned number, int report, uint64_t begin_ns)
{
    char mark[32] = "crash";
    sandbox_die_with_parent();
    sandbox_pin(number);
    bool private_world = world_isolate();
    if (!private_world) {
        the_board->shared_world = 1;
        sandbox_mark(mark, sizeof mark, (unsigned)getppid(), number);
    }
    const char *why = stepper_prepare();
    if (why != NULL || !stage_open(mark, act_warm_up) || !drive_open()) {
        (void)fprintf(stderr, "strait-crash: %s\n", why != NULL ? why : "the stage cannot be set up");
        return 1;
    }
    stage_clear();
    the_stage->private_world = private_world;
    uint64_t bytes_before = world_bytes();
    for (;;) {
        uint32_t index = atomic_fetch_add(&the_board->next, 1);
        if (index >= the_board->count || (s->until_first && the_board->violated)) {
            break;
        }
        item *it = &the_board->items[index];
        it->job = getpid();
        sweep_plan plan = plan_for(s, begin_ns, index);
        plan.private_world = private_world;
        plan.bytes_before = bytes_before;
        if (s->short_form && it->second != NULL && stepper_now_ns() > begin_ns + s->seconds * 1000000000u) {
            it->left_out = true; /* the long form has time for all */
            continue;
        }
        if (it->second == NULL) {
            sweep_single(it->first, &plan, &it->tally);
        } else {
            sweep_pair(it->first, it->second, &plan, &it->tally);
        }
        it->tally.finished = true;
        the_board->violated = the_board->violated || tally_violations(&it->tally) != 0;
        (void)!write(report, &index, sizeof index);
    }
    stage_close();
    return 0;
}

/* --- the report ------------------------------------------------------------------------------------- */

static bool item_passed(const item *it)
{
    return it->tally.finished && it->tally.trials > 0 && tally_violations(&it->tally) == 0;
}

static void print_item(const item *it)
{
    char name[128];
    const tally *t = &it->tally;
    item_name(it, name, sizeof name);
    (void)printf("%-4s %-52s %6llu instructions %4llu states %6llu trials", item_passed(it) ? "ok" : "FAIL",
                 name, (unsigned long long)t->instructions, (unsigned long long)t->states,
                 (unsigned long long)t->trials);
    if (t->drifted != 0) {
        (void)printf(" %llu drifted", (unsigned long long)t->drifted);
    }
    for (int i = FAULT_NONE + 1; i < FAULT_COUNT; i++) {
        if (t->faults[i] != 0) {
            (void)printf(" %llu %s", (unsigned long long)t->faults[i], fault_names[i]);
        }
    }
    (void)printf("%s\n", t->finished ? "" : " (never finished)");
    for (uint32_t i = 0; i < t->texts; i++) {
        (void)printf("     %s\n", t->text[i]);
    }
    (void)fflush(stdout);
}

static int close_report(const settings *s, uint64_t begin_ns)
{
    uint64_t trials = 0;
    uint64_t violations = 0;
    uint64_t drifted = 0;
    uint64_t faults[FAULT_COUNT] = {0};
    uint32_t passed = 0;
    uint32_t left_out = 0;
    for (uint32_t i = 0; i < the_board->count; i++) {
        const item *it = &the_board->items[i];
        left_out += it->left_out;
        if (!it->tally.finished && !it->left_out && !(s->until_first && the_board->violated)) {
            print_item(it);
        }
        passed += item_passed(it);
        trials += it->tally.trials;
        drifted += it->tally.drifted;
        violations += tally_violations(&it->tally);
        for (int f = 0; f < FAULT_COUNT; f++) {
            faults[f] += it->tally.faults[f];
        }
    }
    (void)printf("%s, %s, %s, %u jobs, %s (%s), seed %llu, %.0f s; %llu drifted;", the_world.backend,
                 ARCH_NAME, s->short_form ? "short" : "long", s->jobs, the_world.place,
                 the_board->shared_world ? "the common one" : "of its own", (unsigned long long)s->seed,
                 (double)(stepper_now_ns() - begin_ns) / 1e9, (unsigned long long)drifted);
    for (int f = FAULT_NONE + 1; f < FAULT_COUNT; f++) {
        (void)printf(" %llu %s%s", (unsigned long long)faults[f], fault_names[f],
                     f + 1 < FAULT_COUNT ? "," : "\n");
    }
    if (left_out != 0) {
        (void)printf("%u pairs left out: the time of the short form was up\n", left_out);
    }
    (void)printf("%llu points, %llu violations\n", (unsigned long long)trials,
                 (unsigned long long)violations);
    uint32_t failed = the_board->count - passed - left_out;
    (void)printf("%u passed, %u failed, 0 skipped\n", passed, failed);
    return passed > 0 && failed == 0 && trials > 0 ? 0 : 1;
}

/* --- all of it -------------------------------------------------------------------------------------- */

static void start_jobs(const settings *s, int report[2], uint64_t begin_ns, pid_t *jobs)
{
    for (unsigned i = 0; i < s->jobs; i++) {
        jobs[i] = fork();
        if (jobs[i] == 0) {
            (void)close(report[0]);
            _exit(job_main(s, i, report[1], begin_ns));
        }
    }
    (void)close(report[1]);
}

/* Prints what is finished until all jobs are gone. */
static void follow(int report)
{
    uint32_t index;
    ssize_t got;
    while (!stopped && (got = read(report, &index, sizeof index)) != 0) {
        if (got == (ssize_t)sizeof index && index < the_board->count) {
            print_item(&the_board->items[index]);
        }
    }
}

static int run(const settings *s)
{
    int report[2];
    pid_t jobs[64] = {0};
    uint64_t begin = stepper_now_ns();
    struct sigaction action = {.sa_handler = on_stop};
    (void)sigemptyset(&action.sa_mask);
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
    if (pipe(report) != 0) {
        return 1;
    }
    (void)fflush(stdout);
    start_jobs(s, report, begin, jobs);
    follow(report[0]);
    for (unsigned i = 0; i < s->jobs; i++) {
        if (jobs[i] > 0) {
            (void)(stopped ? kill(jobs[i], SIGKILL) : 0);
            (void)waitpid(jobs[i], NULL, 0);
        }
    }
    if (the_board->shared_world) {
        char mark[32];
        for (unsigned i = 0; i < s->jobs; i++) {
            sandbox_mark(mark, sizeof mark, (unsigned)getpid(), i);
            world_sweep(mark);
        }
    }
    int rc = close_report(s, begin);
    return stopped ? 128 + stopped : rc;
}

int main(int argc, char **argv)
{
    settings s = {.pairs = true, .singles = true, .sample = UINT32_MAX, .seed = 1, .jobs = 2};
    (void)argc;
    sandbox_fix_addresses(argv);
    the_board = mmap(NULL, sizeof *the_board, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (the_board == MAP_FAILED || !settings_read(&s, argv + 1) || s.jobs > 64) {
        return settings_usage(stderr);
    }
    if (s.help) {
        return settings_usage(stdout);
    }
    s.sample = s.sample == UINT32_MAX ? (s.short_form ? 10 : 200) : s.sample;
    s.seconds = s.seconds == 0 ? (s.short_form ? 60 : 1800) : s.seconds;
    list_items(&s);
    for (uint32_t i = 0; s.list && i < the_board->count; i++) {
        char name[128];
        item_name(&the_board->items[i], name, sizeof name);
        (void)puts(name);
    }
    if (s.list) {
        return 0;
    }
    const char *why;
    selftest able = selftest_run(&why);
    if (able == SELFTEST_IMPOSSIBLE) {
        (void)printf("strait-crash is skipped: %s\n0 passed, 0 failed, 1 skipped\n", why);
        return s.allow_skip ? 0 : 1;
    }
    if (able == SELFTEST_BROKEN) {
        (void)printf("strait-crash cannot be believed here: %s\n0 passed, 1 failed, 0 skipped\n", why);
        return 1;
    }
    if (!sandbox_may_be_private()) {
        if (!the_world.can_be_shared) {
            (void)printf("strait-crash is skipped: no %s of its own may be had here\n"
                         "0 passed, 0 failed, 1 skipped\n",
                         the_world.place);
            return s.allow_skip ? 0 : 1;
        }
        s.jobs = 1; /* two would collect each other's garbage */
        world_clear_leftovers();
    }
    return run(&s);
}
