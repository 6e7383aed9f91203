/* crew.c - one sample. Memory is mapped before the fork and given back after it; the processes are pinned, end by
 * themselves, die with their parent, and are killed by number if they are far beyond their time. The parent sleeps
 * meanwhile, so that it is in nobody's way. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "crew.h"

bool bench_tells_latency(const struct bench_shape *shape)
{
    return shape->task != BENCH_STREAM && shape->task != BENCH_TOUCH;
}

static void *map(size_t bytes)
{
    void *memory =
        mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

static void pin(unsigned cpu)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    sched_setaffinity(0, sizeof set, &set);
}

/* Spinning is right while each process has a core of its own; where they share, whoever waits must make room. */
static unsigned patience_of(const struct bench_shape *shape, const struct crew_rules *rules)
{
    if (shape->one_core || rules->cpu_count < 2) {
        return 0;
    }
    return shape->writers + shape->readers > rules->cpu_count ? 64 : 20000;
}

static void act(const struct bench_contestant *contestant, struct bench_actor *actor,
                const struct crew_rules *rules)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    pin(rules->cpus[actor->shape.one_core ? 0 : actor->index % rules->cpu_count]);
    contestant->play(actor);
    _exit(0);
}

/* Waits for all of them; kills those that are still there after the limit. False if it had to. */
static bool reap(pid_t *pids, unsigned count, uint64_t limit_ns, bool *all_well)
{
    sigset_t child;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    struct timespec began, now;
    clock_gettime(CLOCK_MONOTONIC, &began);
    bool in_time = true, killed = false;
    for (unsigned left = count; left > 0;) {
        for (unsigned i = 0; i < count; i++) {
            int status;
            if (pids[i] > 0 && waitpid(pids[i], &status, WNOHANG) == pids[i]) {
                *all_well = *all_well && WIFEXITED(status) && WEXITSTATUS(status) == 0;
                pids[i] = 0;
                left--;
            }
        }
        clock_gettime(CLOCK_MONOTONIC, &now);
        int64_t passed = (now.tv_sec - began.tv_sec) * INT64_C(1000000000) + now.tv_nsec - began.tv_nsec;
        /* Nobody waits for a process that will not come to the gate any more. */
        if (left > 0 && !killed && (!*all_well || passed > (int64_t)limit_ns)) {
            killed = true;
            in_time = !*all_well;
            for (unsigned i = 0; i < count; i++) {
                if (pids[i] > 0) {
                    kill(pids[i], SIGKILL);
                }
            }
        }
        struct timespec nap = {0, 50000000};
        if (left > 0) {
            sigtimedwait(&child, NULL, &nap);
        }
    }
    return in_time;
}

static void judge(const struct bench_shape *shape, const struct bench_stage *stage, double cycles_per_ns,
                  struct crew_figure *figure)
{
    uint64_t sent = 0, received = 0, faults = 0, to = 0;
    bool unfinished = false;
    const struct bench_score *timed = NULL;
    for (unsigned i = 0; i < shape->writers + shape->readers; i++) {
        const struct bench_score *score = &stage->score[i];
        sent += strait_u64_load_acquire(&score->sent);
        received += i < shape->writers && shape->readers > 0 ? 0 : strait_u64_load_acquire(&score->received);
        faults += score->faults;
        unfinished = unfinished || score->unfinished;
        to = score->to > to ? score->to : to;
        timed = score->measured > 0 ? score : timed;
    }
    if (bench_tells_latency(shape)) {
        double part = shape->halved ? cycles_per_ns * 2 : cycles_per_ns;
        figure->value = timed ? timed->p50 / part : 0;
        figure->p99 = timed ? timed->p99 / part : 0;
        figure->p999 = timed ? timed->p999 / part : 0;
        sent = shape->task == BENCH_ONE_WAY ? sent : received;
    } else {
        double seconds = (double)(to - stage->score[0].from) / cycles_per_ns / 1e9;
        figure->value = seconds > 0 ? (double)received / seconds : 0;
        figure->value *= shape->task == BENCH_TOUCH ? shape->item_bytes : 1;
    }
    if (faults > 0 || (received != sent && !unfinished)) {
        figure->verdict = CREW_WRONG;
        snprintf(figure->trouble, sizeof figure->trouble, "%llu sent, %llu received, %llu faults",
                 (unsigned long long)sent, (unsigned long long)received, (unsigned long long)faults);
    } else if (!(figure->value > 0)) {
        figure->verdict = CREW_STUCK;
        snprintf(figure->trouble, sizeof figure->trouble, "nothing came through in the time given");
    }
}

static void play_in(void *memory, size_t bytes, struct bench_stage *stage,
                    const struct bench_contestant *contestant, const struct bench_shape *shape,
                    const struct crew_rules *rules, struct crew_figure *figure)
{
    if (contestant->format && !contestant->format(memory, bytes, shape)) {
        figure->verdict = CREW_AWAY;
        snprintf(figure->trouble, sizeof figure->trouble, "the queue could not be made");
        return;
    }
    unsigned count = shape->writers + shape->readers;
    struct bench_actor actor = {.shape = *shape,
                                .stage = stage,
                                .memory = memory,
                                .bytes = bytes,
                                .whole = rules->whole,
                                .patience = patience_of(shape, rules),
                                .span = (uint64_t)((double)rules->span_ns * rules->cycles_per_ns),
                                .grace = (uint64_t)(rules->grace_ns * rules->cycles_per_ns)};
    pid_t pids[BENCH_ACTORS_MAX] = {0};
    for (unsigned i = 0; i < count; i++) {
        actor.index = i;
        actor.is_writer = i < shape->writers;
        actor.number = actor.is_writer ? i : i - shape->writers;
        actor.score = &stage->score[i];
        pids[i] = fork();
        if (pids[i] == 0) {
            act(contestant, &actor, rules);
        }
    }
    bool all_well = true;
    bool in_time = reap(pids, count, rules->span_ns * 30 + (uint64_t)(rules->grace_ns * 1.5), &all_well);
    for (unsigned i = 0; i < count && !figure->trouble[0]; i++) {
        snprintf(figure->trouble, sizeof figure->trouble, "%s", stage->score[i].trouble);
    }
    if (!in_time || !all_well) {
        figure->verdict = figure->trouble[0] ? CREW_AWAY : CREW_STUCK;
        if (!figure->trouble[0]) {
            snprintf(figure->trouble, sizeof figure->trouble, "%s",
                     in_time ? "a process died" : "killed after its time");
        }
        return;
    }
    judge(shape, stage, rules->cycles_per_ns, figure);
}

void crew_play(const struct bench_contestant *contestant, const struct bench_shape *shape,
               const struct crew_rules *rules, struct crew_figure *figure)
{
    memset(figure, 0, sizeof *figure);
    size_t page = 4096, one = (contestant->footprint(shape) + page - 1) / page * page;
    size_t bytes = one * bench_queues(shape);
    struct bench_stage *stage = map(sizeof *stage);
    void *memory = bytes > 0 ? map(bytes) : NULL;
    if (stage && memory) {
        play_in(memory, bytes, stage, contestant, shape, rules, figure);
    } else {
        figure->verdict = CREW_AWAY;
        snprintf(figure->trouble, sizeof figure->trouble, "no memory: %s", strerror(errno));
    }
    if (stage) {
        munmap(stage, sizeof *stage);
    }
    if (memory) {
        munmap(memory, bytes);
    }
}
