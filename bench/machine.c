/* machine.c - what the bench must know of the machine: which cores to use, how fast the stamp counts, whether the
 * stamps of two cores may be compared. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sched.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "crew.h"

/* The first thread of a core is its representative. */
static bool is_first_sibling(unsigned cpu)
{
    char path[96];
    snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%u/topology/thread_siblings_list", cpu);
    FILE *file = fopen(path, "r");
    unsigned first = cpu;
    if (file) {
        if (fscanf(file, "%u", &first) != 1) {
            first = cpu;
        }
        fclose(file);
    }
    return first == cpu;
}

bool machine_cpus(struct crew_rules *rules, const char *list)
{
    cpu_set_t allowed;
    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) {
        return false;
    }
    rules->cpu_count = 0;
    while (list && *list && rules->cpu_count < BENCH_CPUS_MAX) {
        char *end;
        unsigned long cpu = strtoul(list, &end, 10);
        if (end == list || cpu >= CPU_SETSIZE || !CPU_ISSET(cpu, &allowed)) {
            return false;
        }
        rules->cpus[rules->cpu_count++] = (unsigned)cpu;
        list = *end == ',' ? end + 1 : end;
    }
    for (int siblings = 0; !rules->cpu_count || siblings < 2; siblings++) {
        for (unsigned cpu = 0; !list && cpu < CPU_SETSIZE && rules->cpu_count < BENCH_CPUS_MAX; cpu++) {
            if (CPU_ISSET(cpu, &allowed) && is_first_sibling(cpu) == (siblings == 0)) {
                rules->cpus[rules->cpu_count++] = cpu;
            }
        }
    }
    return rules->cpu_count > 0;
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

double machine_cycles_per_ns(void)
{
    double best = 0, shortest = 1;
    for (int i = 0; i < 5; i++) { /* the least disturbed of some */
        double before = seconds();
        uint64_t from = bench_cycles();
        while (seconds() - before < 0.01) {
        }
        double after = seconds();
        uint64_t to = bench_cycles();
        double again = seconds();
        if (again - after < shortest) {
            shortest = again - after;
            best = (double)(to - from) / (after - before) / 1e9;
        }
    }
    return best;
}

/* --- do the clocks agree? ------------------------------------------------------------------------------- */

/* A asks, B answers with its stamp. If the clocks are the same, each stamp lies between the two of A. The exchange
 * that took least time shows the difference best. */
struct exchange {
    STRAIT_ALIGNED_(128) strait_u64 ask;
    STRAIT_ALIGNED_(128) strait_u64 answer;
    int64_t least, early, late;
};

enum { EXCHANGES = 20000 };

static void answer_all(struct exchange *both)
{
    for (uint64_t i = 1; i <= EXCHANGES; i++) {
        for (unsigned tries = 0; strait_u64_load_acquire(&both->ask) != i; tries++) {
            if (tries > 20000) {
                sched_yield();
            }
        }
        strait_u64_store_release(&both->answer, bench_cycles());
    }
}

static void ask_all(struct exchange *both)
{
    uint64_t last = 0;
    both->least = INT64_MAX;
    for (uint64_t i = 1; i <= EXCHANGES; i++) {
        uint64_t from = bench_cycles(), there;
        strait_u64_store_release(&both->ask, i);
        for (unsigned tries = 0; (there = strait_u64_load_acquire(&both->answer)) == last; tries++) {
            if (tries > 20000) {
                sched_yield();
            }
        }
        uint64_t to = bench_cycles();
        last = there;
        if ((int64_t)(to - from) < both->least) {
            both->least = (int64_t)(to - from);
            both->early = (int64_t)(there - from);
            both->late = (int64_t)(to - there);
        }
    }
}

static void pin(unsigned cpu)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    sched_setaffinity(0, sizeof set, &set);
}

static bool flags_are_there(void)
{
    char line[8192], wanted[] = BENCH_CYCLES_FLAGS;
    FILE *file = fopen("/proc/cpuinfo", "r");
    bool all = true, seen = false;
    while (file && !seen && fgets(line, sizeof line, file)) {
        seen = strncmp(line, "flags", 5) == 0;
    }
    for (char *flag = strtok(wanted, " "); flag; flag = strtok(NULL, " ")) {
        all = all && seen && strstr(line, flag) != NULL;
    }
    if (file) {
        fclose(file);
    }
    return all;
}

bool machine_clocks_agree(const struct crew_rules *rules, char *words, size_t bytes)
{
    struct exchange *both =
        mmap(NULL, sizeof *both, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (both == MAP_FAILED || rules->cpu_count < 2) {
        snprintf(words, bytes, "one core only: there is nothing to compare");
        return false;
    }
    pid_t answerer = fork();
    if (answerer == 0) {
        pin(rules->cpus[1]);
        answer_all(both);
        _exit(0);
    }
    pid_t asker = fork();
    if (asker == 0) {
        pin(rules->cpus[0]);
        ask_all(both);
        _exit(0);
    }
    waitpid(asker, NULL, 0);
    waitpid(answerer, NULL, 0);
    bool within = both->early >= 0 && both->late >= 0, flags = flags_are_there();
    snprintf(words, bytes, "quickest exchange %.0f ns, answered after %.0f ns by the other clock%s",
             (double)both->least / rules->cycles_per_ns, (double)both->early / rules->cycles_per_ns,
             flags ? "" : "; the processor does not promise an even count (" BENCH_CYCLES_FLAGS ")");
    munmap(both, sizeof *both);
    return within && flags;
}
