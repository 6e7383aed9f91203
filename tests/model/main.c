/* main.c - the scenarios, and how far they were explored.
 *
 *   strait-explore [--short] [--preemptions N] [--only PATTERN] [--until-first]
 *
 * Without options all schedules within the bounds of each scenario. --preemptions: with no more preemptions than
 * that; --short: with two, and so many schedules of a scenario at most as take a second.
 */
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ring_world.h"
#include "wait_world.h"

#define NEAR_TAKEN_SEAM ((UINT64_C(1) << 46) - 1)

static const ring_scenario scenarios[] = {
    /* name, writers, readers, slots, fill, drop, scripts, preemptions, deaths, mortal */
    {"1:1 writer and reader", 1, 1, 2, 0, false, {"wsss", "drrr"}, 4, 2, 3},
    {"1:1 full", 1, 1, 2, 2, false, {"wss", "drrr"}, 4, 2, 3},
    {"1:1 batches", 1, 1, 2, 1, false, {"wSS", "dRR"}, 4, 2, 3},
    {"1:1 writer and two successors", 1, 1, 2, 0, false, {"wSs", "eWs", "eWs"}, 3, 2, 3},
    {"1:1 reader and two successors", 1, 1, 2, 2, false, {"dRr", "eDr", "eDr"}, 3, 2, 3},
    {"1:1 everybody succeeded", 1, 1, 2, 1, false, {"wss", "drr", "eWs", "eDr"}, 2, 2, 3},
    {"1:1 a ring of one", 1, 1, 1, 0, false, {"wss", "drr"}, 4, 2, 3},
    {"1:1 in place", 1, 1, 2, 2, false, {"dhr", "eDhr", "eDrr"}, 3, 2, 3},
    {"1:1 in place, batches", 1, 1, 2, 2, false, {"dH", "eDrr", "wss"}, 3, 2, 3},
    {"1:1 in place, dropping", 1, 1, 2, 2, true, {"dHr", "eDrr", "wss"}, 3, 2, 3},
    {"n:1 two writers", 2, 1, 2, 0, false, {"s", "s", "drr"}, 3, 2, 3},
    {"n:1 full", 2, 1, 2, 2, false, {"s", "s", "drr"}, 3, 2, 7},
    {"n:1 batches and cancelling", 2, 1, 2, 0, false, {"S", "cs", "dR"}, 3, 1, 7},
    {"n:1 repair amid writing", 2, 1, 2, 0, false, {"s", "s", "ff"}, 3, 2, 7},
    {"n:1 reader and successor", 2, 1, 2, 2, false, {"drr", "eDr", "s"}, 3, 2, 3},
    {"n:1 in place", 2, 1, 2, 2, false, {"dhr", "eDHr", "ss"}, 3, 2, 3},
    {"n:1 in place, dropping", 2, 1, 2, 2, true, {"dHr", "eDrr", "ss"}, 3, 2, 3},
    {"1:n overwriting", 1, 2, 2, 2, false, {"woo", "r", "fr"}, 3, 2, 7},
    {"1:n overwriting a ring of one", 1, 2, 1, 1, false, {"woo", "h", "fa"}, 3, 2, 7},
    {"1:n overwriter and successor", 1, 2, 2, 2, false, {"wo", "eWo", "rr"}, 3, 2, 5},
    {"1:n two readers", 1, 2, 2, 0, false, {"wss", "r", "r"}, 3, 2, 6},
    {"1:n full", 1, 2, 2, 2, false, {"ws", "r", "r"}, 3, 2, 7},
    {"1:n writer and successor amid reading", 1, 2, 2, 1, false, {"wSs", "eWs", "rr"}, 3, 2, 5},
    {"1:n repair amid reading", 1, 2, 2, 2, false, {"r", "R", "fa"}, 3, 2, 7},
    {"n:n writer and reader", 2, 2, 2, 0, false, {"ss", "rr"}, 4, 2, 3},
    {"n:n two writers", 2, 2, 2, 0, false, {"s", "s"}, 5, 2, 3},
    {"n:n two writers, one slot", 2, 2, 1, 0, false, {"s", "s", "r"}, 3, 2, 3},
    {"n:n two readers", 2, 2, 2, 2, false, {"r", "r"}, 5, 2, 3},
    {"n:n readers and a skip", 2, 2, 2, 0, false, {"cs", "r", "r"}, 3, 2, 6},
    {"n:n two writers and a repairer", 2, 2, 2, 0, false, {"s", "s", "fr"}, 3, 2, 7},
    {"n:n two readers and a repairer", 2, 2, 2, 2, false, {"r", "r", "fas"}, 3, 2, 7},
    {"n:n two repairers", 2, 2, 2, 1, false, {"sr", "f", "f"}, 3, 3, 7},
    {"n:n in place", 2, 2, 2, 1, false, {"h", "fa", "fa"}, 3, 3, 7},
    {"n:n two look in place", 2, 2, 2, 1, false, {"h", "h", "fa"}, 3, 3, 7},
    {"n:n in place, batches", 2, 2, 2, 2, false, {"H", "fa", "fa"}, 3, 3, 7},
    {"n:n a reader leaves looking", 2, 2, 2, 1, false, {"x", "fa", "efa"}, 3, 2, 7},
    {"n:n a reader leaves looking, dropping", 2, 2, 2, 1, true, {"x", "fa", "efa"}, 3, 2, 7},
    {"n:n in place, dropping", 2, 2, 2, 1, true, {"h", "fa", "s"}, 3, 3, 7},
    {"n:n adopters", 2, 2, 2, 2, false, {"R", "far", "fa"}, 3, 2, 7},
    {"n:n a writer's port has a new holder", 2, 2, 2, 0, false, {"s", "s", "es", "f"}, 2, 2, 11},
    {"n:n a reader's port has a new holder", 2, 2, 2, 2, false, {"r", "r", "er", "f"}, 2, 2, 11},
    {"n:n an adopter's port has a new holder", 2, 2, 2, 1, false, {"r", "fa", "efa"}, 3, 2, 3},
    {"n:n batches", 2, 2, 4, 1, false, {"S", "S", "RR"}, 2, 2, 7},
};

static const wait_scenario waits[] = {
    /* name, writers, readers, slots, fenced, scripts, preemptions, deaths, mortal */
    {"wait 1:1", 1, 1, 2, false, {"s", "r"}, 5, 0, 0},
    {"wait 1:1 without barriers", 1, 1, 2, true, {"s", "r"}, 5, 0, 0},
    {"wait 1:1 full", 1, 1, 1, false, {"sss", "rrr"}, 3, 0, 0},
    {"wait 1:1 the writer dies", 1, 1, 2, false, {"ss", "rr"}, 3, 1, 1},
    {"wait 1:1 the reader dies", 1, 1, 1, false, {"sss", "rr"}, 3, 1, 2},
    {"wait 1:1 the end of the stream", 1, 1, 2, false, {"sf", "rr"}, 4, 0, 0},
    {"wait n:1 full", 2, 1, 1, false, {"s", "s", "rr"}, 3, 0, 0},
    {"wait n:1 a writer dies", 2, 1, 2, false, {"s", "s", "rr"}, 2, 1, 3},
    {"wait n:1 the end of the stream", 2, 1, 2, false, {"sf", "f", "rr"}, 2, 1, 2},
    {"wait 1:n two readers", 1, 2, 2, false, {"ss", "r", "r"}, 3, 0, 0},
    {"wait n:n three sleepers", 2, 2, 2, false, {"s", "r", "r", "r"}, 2, 0, 0},
    {"wait n:n everybody", 2, 2, 1, false, {"ss", "s", "r", "rr"}, 2, 0, 0},
    {"wait n:n without barriers", 2, 2, 1, true, {"ss", "s", "rrr"}, 2, 0, 0},
    {"wait n:n anybody dies", 2, 2, 1, false, {"ss", "s", "r", "rr"}, 1, 2, 15},
};
enum { WAITS = sizeof waits / sizeof waits[0] };
enum { SCENARIOS = sizeof scenarios / sizeof scenarios[0], SHORT_MOST = 50000, SHORT_PREEMPTIONS = 2 };

typedef struct request {
    const char *only;
    uint64_t most; /* schedules of one scenario; 0 = all */
    unsigned preemptions;
    bool until_first;
} request;

static struct {
    unsigned passed, failed;
    uint64_t schedules, points;
} sum;

static void tell(const char *name, explore_result result);

/* Near the seam of what TAKEN holds, so that every position that repair meets crosses it. */
static void explore(ring_scenario scenario, const request *r)
{
    if (scenario.preemptions > r->preemptions) {
        scenario.preemptions = r->preemptions;
    }
    tell(scenario.name, ring_world_run(&scenario, NEAR_TAKEN_SEAM, r->most));
}

static void explore_waiting(wait_scenario scenario, const request *r)
{
    if (scenario.preemptions > r->preemptions) {
        scenario.preemptions = r->preemptions;
    }
    tell(scenario.name, wait_world_run(&scenario, r->most));
}

static void tell(const char *name, explore_result result)
{
    const char *complaint = explore_complaint();
    sum.schedules += result.schedules;
    sum.points += result.points;
    if (complaint == NULL) {
        sum.passed++;
    } else {
        sum.failed++;
    }
    printf("%-5s%-44s %9llu schedules%s\n", complaint == NULL ? "ok" : "FAIL", name,
           (unsigned long long)result.schedules, result.complete || complaint != NULL ? "" : ", not all");
    if (complaint != NULL) {
        printf("     %s\n", complaint);
    }
    fflush(stdout);
}

static bool understood(int argc, char **argv, request *r)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--short") == 0) {
            r->most = SHORT_MOST;
            r->preemptions = SHORT_PREEMPTIONS;
        } else if (strcmp(argv[i], "--until-first") == 0) {
            r->until_first = true;
        } else if (strcmp(argv[i], "--preemptions") == 0 && i + 1 < argc) {
            r->preemptions = (unsigned)strtoul(argv[++i], NULL, 10);
        } else if (strcmp(argv[i], "--only") == 0 && i + 1 < argc) {
            r->only = argv[++i];
        } else {
            return false;
        }
    }
    return true;
}

int main(int argc, char **argv)
{
    request r = {.only = "*", .preemptions = 1000};
    if (!understood(argc, argv, &r)) {
        fprintf(stderr,
                "usage: strait-explore [--short] [--preemptions N] [--only PATTERN] [--until-first]\n");
        return 2;
    }
    for (int i = 0; i < SCENARIOS && !(r.until_first && sum.failed > 0); i++) {
        if (fnmatch(r.only, scenarios[i].name, 0) == 0) {
            explore(scenarios[i], &r);
        }
    }
    for (int i = 0; i < WAITS && !(r.until_first && sum.failed > 0); i++) {
        if (fnmatch(r.only, waits[i].name, 0) == 0) {
            explore_waiting(waits[i], &r);
        }
    }
    printf("%llu schedules, %llu points, %u violations\n", (unsigned long long)sum.schedules,
           (unsigned long long)sum.points, sum.failed);
    printf("%u passed, %u failed, 0 skipped\n", sum.passed, sum.failed);
    return sum.failed == 0 && sum.passed > 0 ? 0 : 1;
}
