/* torture_process.c - one of the processes of a torture: opens, creates, attaches to, looks at, removes and closes a
 * few names in any order, and says how many things it has done and what was not as promised.
 */
#include "storm.h"

#include <stdlib.h>

#include <stdio.h>
#include <string.h>

static uint64_t luck;

static unsigned chance(unsigned of)
{
    luck ^= luck << 13;
    luck ^= luck >> 7;
    luck ^= luck << 17;
    return (unsigned)(luck % of);
}

void torture_name(const storm *all, unsigned n, char *name, size_t room)
{
    snprintf(name, room, "%s-torture-%u", all->table->prefix, n);
}

strait_lifetime torture_lifetime(unsigned n)
{
    static const strait_lifetime lifetimes[] = {STRAIT_UNTIL_REMOVED, STRAIT_UNTIL_CREATOR_LEAVES,
                                                STRAIT_UNTIL_LAST_LEAVES};
    return lifetimes[n % 3];
}

/* The first thing that was wrong is kept. */
static void complain(storm_report *report, const char *doing, const char *sentence)
{
    if (strait_u64_load_relaxed(&report->wrong) == 0) {
        snprintf(report->sentence, sizeof report->sentence, "%s: %s", doing, sentence);
    }
    strait_u64_add_acq_rel(&report->wrong, 1);
}

/* What somebody does with a segment that is open. */
static void use(const storm *all, storm_report *report, strait_segment *segment)
{
    strait_object object;
    if (!storm_is_whole(segment)) {
        complain(report, "look", "what is open is not whole");
    }
    if (chance(4) == 0) {
        int rc = strait_segment_place(segment, "o", &(strait_object_options){.bytes = 64}, &object);
        if (rc < 0 && rc != STRAIT_BUSY) { /* it may find one alive that is slow to place the same */
            complain(report, "place an object", strait_last_error());
        }
    }
    if (chance(4) == 0 && strait_segment_reap(segment) < 0) {
        complain(report, "reap", strait_last_error());
    }
    if (chance(8) == 0) {
        storm_ring_bell(all); /* and somebody else runs */
    }
    if (strait_segment_close(segment) < 0) {
        complain(report, "close", strait_last_error());
    }
}

/* Open-or-create always succeeds; create and attach are refused only for what they say. */
static void open_somehow(const storm *all, storm_report *report, unsigned n, const char *name)
{
    static const char *const doings[] = {"open or create", "create", "attach"};
    static const strait_how hows[] = {STRAIT_OPEN_OR_CREATE, STRAIT_CREATE, STRAIT_ATTACH};
    static const int refusals[] = {STRAIT_OK, STRAIT_EXISTS, STRAIT_NOT_FOUND};
    unsigned kind = chance(8) < 6 ? 0 : 1 + chance(2);
    uint64_t seed = luck | 1;
    strait_segment_options options = {.bytes = STORM_USER_BYTES,
                                      .how = hows[kind],
                                      .lifetime = torture_lifetime(n),
                                      .room_bytes = 1024,
                                      .participants = all->table->processes + 8,
                                      .initialise = storm_fill,
                                      .context = &seed};
    strait_segment *segment = NULL;
    int rc = strait_segment_open(name, &options, &segment);
    if (rc >= 0) {
        use(all, report, segment);
    } else if (rc != refusals[kind]) {
        complain(report, doings[kind], strait_last_error());
    }
}

_Noreturn void torture_process(const storm *all, unsigned place, uint64_t seed)
{
    storm_report *report = &all->table->reports[place];
    luck = seed * UINT64_C(0x9E3779B97F4A7C15) + place + 1;
    while (!storm_orphaned()) {
        char name[128];
        unsigned n = chance(TORTURE_NAMES);
        torture_name(all, n, name, sizeof name);
        switch (chance(12)) {
        case 0: {
            int rc = strait_segment_remove(name, NULL, false);
            if (rc < 0 && rc != STRAIT_NOT_FOUND) {
                complain(report, "remove", strait_last_error());
            }
            break;
        }
        case 1:
            if (strait_segment_gc() < 0) {
                complain(report, "gc", strait_last_error());
            }
            break;
        default:
            open_somehow(all, report, n, name);
            break;
        }
        strait_u64_add_acq_rel(&report->opened_round, 1);
    }
    exit(1);
}
