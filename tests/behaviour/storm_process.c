/* storm_process.c - one of the processes in the storm: waits at the gate, opens, looks whether what it
 * sees is whole, reports, waits for the other gate, leaves. */
#include "storm.h"

#include <stdio.h>
#include <string.h>

void storm_name(const storm *all, uint64_t round, char *name, size_t room)
{
    snprintf(name, room, "%s-%llu", all->table->prefix, (unsigned long long)round);
}

/* Every byte of the user area follows from the first eight, so a view that is not whole shows itself. */
static uint8_t byte_at(uint64_t seed, uint64_t i)
{
    return (uint8_t)((seed >> (i % 8 * 8)) ^ (i * 131));
}

int storm_fill(void *data, uint64_t bytes, void *context)
{
    const uint64_t seed = *(const uint64_t *)context;
    uint8_t *target = data;
    memcpy(target, &seed, sizeof seed);
    for (uint64_t i = sizeof seed; i < bytes; i++) {
        target[i] = byte_at(seed, i);
    }
    return 0;
}

bool storm_is_whole(const strait_segment *segment)
{
    const uint8_t *data = strait_segment_data(segment);
    uint64_t bytes = strait_segment_bytes(segment), seed;
    if (data == NULL || bytes != STORM_USER_BYTES) {
        return false;
    }
    memcpy(&seed, data, sizeof seed);
    bool whole = seed != 0;
    for (uint64_t i = sizeof seed; i < bytes && whole; i++) {
        whole = data[i] == byte_at(seed, i);
    }
    return whole;
}

static void open_and_report(const storm *all, storm_report *report, uint64_t round, strait_segment **segment)
{
    char name[128];
    storm_name(all, round, name, sizeof name);
    uint64_t seed = ((uint64_t)storm_own_pid() << 32) ^ (round * UINT64_C(0x9E3779B97F4A7C15)) ^ 1u;
    const strait_segment_options options = {.bytes = STORM_USER_BYTES,
                                            .lifetime = all->table->lifetime,
                                            .initialise = storm_fill,
                                            .context = &seed,
                                            .participants = all->table->processes + 8};
    report->result = strait_segment_open(name, &options, segment);
    report->created = false;
    report->whole = false;
    report->sentence[0] = '\0';
    strait_segment_info info;
    if (report->result < 0) {
        snprintf(report->sentence, sizeof report->sentence, "%s", strait_last_error());
    } else if (strait_segment_stat(*segment, &info) == 0) {
        memcpy(report->uuid, info.uuid, sizeof report->uuid);
        report->created = strait_segment_created(*segment);
        report->whole = storm_is_whole(*segment);
    }
    strait_u64_store_release(&report->opened_round, round);
    storm_ring_bell(all);
}

void storm_process(const storm *all, unsigned place, uint64_t round)
{
    storm_report *report = &all->table->reports[place];
    for (;; round++) {
        strait_segment *segment = NULL;
        storm_wait_at(all, round, false);
        open_and_report(all, report, round, &segment);
        storm_wait_at(all, round, true);
        int rc = strait_segment_close(segment);
        if (rc < 0 && report->result >= 0) {
            report->result = rc;
            snprintf(report->sentence, sizeof report->sentence, "%s", strait_last_error());
        }
        strait_u64_store_release(&report->closed_round, round);
        storm_ring_bell(all);
    }
}
