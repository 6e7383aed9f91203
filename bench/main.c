/* main.c - strait-bench: reads the options, plays the works in order, sums up.
 *
 * The closing line counts works: passed gave figures and no contestant of theirs lost, doubled, tore or reordered
 * an item; skipped are works that cannot be played here, and peers that are not installed, each named. */
#include <errno.h>
#include <regex.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "report.h"

/* The roster is written by CMake: rows of HERE(id), AWAY("name", "why"). */
#define HERE(id) extern const struct bench_contestant bench_##id;
#define AWAY(name, why)
#include <roster.inc>
#undef HERE
#undef AWAY

#define HERE(id) &bench_##id,
#define AWAY(name, why)
static const struct bench_contestant *const roster[] = {
#include <roster.inc>
};
#undef HERE
#undef AWAY

#define HERE(id)
#define AWAY(name, why) {name, why},
static const char *const absent[][2] = {
#include <roster.inc>
    {NULL, NULL}};

enum { ROSTER = sizeof roster / sizeof roster[0] };

struct options {
    const char *only, *json, *cpus, *against;
    unsigned rounds;
    double span_ms, near_ns;
    bool quick, smoke, list;
};

static struct {
    unsigned works, done, passed, failed, skipped;
    double began;
} tally;

static void help(void)
{
    puts("strait-bench [OPTIONS]\n"
         "  --quick             under a minute; figures are rougher\n"
         "  --json FILE         also write one JSON object a line\n"
         "  --only PATTERN      only works whose name matches (extended regular expression)\n"
         "  --against PATTERN   only contestants whose name matches\n"
         "  --rounds N          how often each contestant plays each work\n"
         "  --span MS           how long a play lasts\n"
         "  --near NS           a ping-pong below this is near (default 250)\n"
         "  --cpus A,B,...      cores to use\n"
         "  --smoke             every contestant once, briefly, with every byte checked: a test, no figures\n"
         "  --list              name works and contestants, play nothing");
}

static double positive(const char *option, const char *text)
{
    char *end;
    double value = text ? strtod(text, &end) : 0;
    if (!text || *end || !(value > 0) || value > 100000) {
        fprintf(stderr, "strait-bench: %s needs a number\n", option);
        exit(2);
    }
    return value;
}

static struct options read_options(int argc, char **argv)
{
    struct options chosen = {.near_ns = 250};
    for (int i = 1; i < argc; i++) {
        const char *option = argv[i], *value = i + 1 < argc ? argv[i + 1] : NULL;
        bool alone = true;
        if (strcmp(option, "--quick") == 0) {
            chosen.quick = true;
        } else if (strcmp(option, "--smoke") == 0) {
            chosen.smoke = true;
        } else if (strcmp(option, "--list") == 0) {
            chosen.list = true;
        } else if (strcmp(option, "--help") == 0) {
            help();
            exit(0);
        } else if (!value) {
            fprintf(stderr, "strait-bench: do not know %s, or it needs a value\n", option);
            exit(2);
        } else {
            alone = false;
        }
        if (alone) {
            continue;
        }
        i++;
        if (strcmp(option, "--json") == 0) {
            chosen.json = value;
        } else if (strcmp(option, "--only") == 0) {
            chosen.only = value;
        } else if (strcmp(option, "--against") == 0) {
            chosen.against = value;
        } else if (strcmp(option, "--cpus") == 0) {
            chosen.cpus = value;
        } else if (strcmp(option, "--rounds") == 0) {
            double rounds = positive(option, value);
            chosen.rounds = rounds < BENCH_ROUNDS_MAX ? (unsigned)rounds : BENCH_ROUNDS_MAX;
        } else if (strcmp(option, "--span") == 0) {
            chosen.span_ms = positive(option, value);
        } else if (strcmp(option, "--near") == 0) {
            chosen.near_ns = positive(option, value);
        } else {
            fprintf(stderr, "strait-bench: do not know %s\n", option);
            exit(2);
        }
    }
    return chosen;
}

static bool matches(const char *pattern, const char *text)
{
    regex_t compiled;
    if (!pattern) {
        return true;
    }
    if (regcomp(&compiled, pattern, REG_EXTENDED | REG_NOSUB) != 0) {
        fprintf(stderr, "strait-bench: \"%s\" is no regular expression\n", pattern);
        exit(2);
    }
    bool found = regexec(&compiled, text, 0, NULL, 0) == 0;
    regfree(&compiled);
    return found;
}

static void progress(const struct bench_work *work, const char *contestant, unsigned round, unsigned rounds)
{
    double part = (tally.done + (double)round / rounds) / tally.works;
    bench_bar(part, bench_seconds() - tally.began, work->name, contestant);
}

/* Why a work cannot be played on this machine, or NULL. */
static const char *impossible(const struct bench_work *work, const struct crew_rules *crew)
{
    const struct bench_shape *shape = &work->shape;
    return crew->cpu_count < 2 && !shape->one_core && shape->readers > 0 ? "it needs two cores" : NULL;
}

/* A peer that is stuck or cannot play is told, but is no fault of the work; lost items are, whoever lost them. */
static bool well(const struct bench_result *result, unsigned figures)
{
    bool good = figures > 0;
    for (unsigned i = 0; i < result->count; i++) {
        const struct bench_entry *entry = &result->entry[i];
        if (entry->verdict == CREW_PLAYED) {
            continue;
        }
        bool harmless = entry->contestant->kind == BENCH_PEER && entry->verdict != CREW_WRONG;
        printf("  %s %s: %s: %s\n", harmless ? "NOTE" : "FAILED", result->work->name, entry->contestant->name,
               entry->trouble);
        good = good && harmless;
    }
    return good;
}

static void play(const struct bench_work *work, const struct bench_contestant *const *players, unsigned count,
                 const struct measure_rules *rules, FILE *json)
{
    static struct bench_result result;
    const char *why = impossible(work, &rules->crew);
    if (why) {
        printf("skipped %s: %s\n", work->name, why);
        tally.skipped++;
        return;
    }
    bench_measure(work, players, count, rules, &result);
    bench_bar_clear();
    if (result.count == 0) {
        printf("skipped %s: nobody here can play it\n", work->name);
        tally.skipped++;
    } else if (well(&result, bench_report(&result, json))) {
        tally.passed++;
    } else {
        tally.failed++;
    }
}

static unsigned gather(const struct options *options, const struct bench_contestant **players)
{
    unsigned count = 0;
    for (unsigned i = 0; i < ROSTER; i++) {
        if (!matches(options->against, roster[i]->name)) {
            continue;
        }
        if (options->list || !roster[i]->begin || roster[i]->begin()) {
            players[count++] = roster[i];
        } else {
            printf("skipped %s: it does not start here\n", roster[i]->name);
            tally.skipped++;
        }
    }
    for (unsigned i = 0; absent[i][0]; i++) {
        printf("skipped %s: %s\n", absent[i][0], absent[i][1]);
        tally.skipped++;
    }
    return count;
}

static struct measure_rules rules_of(const struct options *options)
{
    struct measure_rules rules = {.near_ns = options->smoke ? 0 : options->near_ns, .progress = progress};
    rules.rounds = options->rounds ? options->rounds : options->smoke ? 1 : options->quick ? 3 : 7;
    rules.least_rounds = options->rounds ? options->rounds : options->quick || options->smoke ? 1 : 3;
    double span_ms = options->span_ms > 0 ? options->span_ms : options->smoke ? 2 : options->quick ? 6 : 80;
    rules.crew.span_ns = (uint64_t)(span_ms * 1e6);
    rules.crew.whole = options->smoke;
    rules.crew.grace_ns = options->smoke ? 2e10 : 8e9;
    /* What a full run (15 minutes) or a quick one (one) can spend on each work. */
    rules.work_seconds = (options->quick ? 45.0 : 780.0) / tally.works;
    return rules;
}

int main(int argc, char **argv)
{
    static struct bench_work works[BENCH_WORKS_MAX];
    const struct bench_contestant *players[ROSTER];
    struct options options = read_options(argc, argv);
    struct crew_rules machine = {.cpu_count = 0};
    if (!machine_cpus(&machine, options.cpus)) {
        fprintf(stderr, "strait-bench: --cpus wants numbers of cores that this process may use\n");
        return 2;
    }
    sigset_t child;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    sigprocmask(SIG_BLOCK, &child, NULL);
    machine.cycles_per_ns = machine_cycles_per_ns();
    char clocks[160];
    bool agree = machine_clocks_agree(&machine, clocks, sizeof clocks);
    unsigned all = bench_works(works, agree), count = 0;
    for (unsigned i = 0; i < all; i++) {
        if (matches(options.only, works[i].name)) {
            works[count++] = works[i];
        }
    }
    tally.works = count ? count : 1;
    struct measure_rules rules = rules_of(&options);
    machine.span_ns = rules.crew.span_ns;
    machine.whole = rules.crew.whole;
    machine.grace_ns = rules.crew.grace_ns;
    rules.crew = machine;
    FILE *json = options.json ? fopen(options.json, "w") : NULL;
    if (options.json && !json) {
        fprintf(stderr, "strait-bench: %s: %s\n", options.json, strerror(errno));
        return 2;
    }
    printf("cores %u and %u, stamps %.3f a ns; %s: one-way latencies are %s\n", machine.cpus[0],
           machine.cpus[machine.cpu_count > 1], machine.cycles_per_ns, clocks,
           agree ? "read off stamps" : "half of the round trip");
    unsigned playing = gather(&options, players);
    tally.began = bench_seconds();
    for (unsigned i = 0; i < count; i++, tally.done++) {
        if (options.list) {
            printf("%s\n", works[i].name);
        } else {
            play(&works[i], players, playing, &rules, json);
        }
    }
    for (unsigned i = 0; i < playing; i++) {
        if (options.list) {
            printf("contestant: %s\n", players[i]->name);
        } else if (players[i]->end) {
            players[i]->end();
        }
    }
    if (json && fclose(json) != 0) {
        fprintf(stderr, "strait-bench: %s: %s\n", options.json, strerror(errno));
        return 1;
    }
    if (options.list) {
        return 0;
    }
    printf("\n%.0f s\n%u passed, %u failed, %u skipped\n", bench_seconds() - tally.began, tally.passed,
           tally.failed, tally.skipped);
    return tally.failed > 0 || tally.passed == 0 ? 1 : 0;
}
