/* test_arrival.c - somebody comes while the last one leaves: whichever word each of them sees first, a
 * newcomer that is told to stay is in a living segment, and the name leads to it.
 */
#include "core/life.h"
#include "core/open.h"
#include "core/retire.h"
#include "stage.h"

static strait_header_format *header_behind(const char *name)
{
    return fake_os_bytes(name, NULL);
}

static void kill_process(unsigned process)
{
    fake_os_kill(process);
    stage_bury_handles(process);
}

static int open_as(unsigned process, strait_how how, strait_lifetime lifetime, strait_segment **segment)
{
    fake_os_become(process);
    strait_segment_options options = stage_options(how, lifetime);
    return strait_segment_open("orders", &options, segment);
}

/* Somebody arrives exactly between a closer's look at the records and its last step: found by acting at
 * each of the closer's questions about tokens, where the newcomer's record is out before or after the
 * answer. */
static strait_segment *arrived;
static unsigned arrive_at;

static void arrive(void *context, unsigned n, fake_os_call call)
{
    (void)context;
    (void)call;
    if (n == arrive_at) {
        arrived = NULL;
        (void)open_as(5, STRAIT_OPEN_OR_CREATE, STRAIT_UNTIL_LAST_LEAVES, &arrived);
    }
}

/* True if the newcomer came before the closer was done. `behind`: it gets a record that the closer has
 * looked at already, so that only the state word can tell the closer. */
static bool play_arrival(bool behind)
{
    stage_begin();
    strait_segment *one = stage_open(1, "orders", STRAIT_CREATE, STRAIT_UNTIL_LAST_LEAVES);
    strait_segment *two = stage_open(2, "orders", STRAIT_ATTACH, STRAIT_UNTIL_LAST_LEAVES);
    (void)stage_open(3, "orders", STRAIT_ATTACH, STRAIT_UNTIL_LAST_LEAVES);
    kill_process(3); /* so that the closer has something to ask about */
    if (behind) {
        stage_close(2, two);
    } else {
        kill_process(2);
    }
    fake_os_become(1);
    fake_os_count();
    fake_os_between(arrive, NULL);
    arrived = NULL;
    assert_int_equal(strait_segment_close(one), STRAIT_OK);
    fake_os_between(NULL, NULL);
    if (fake_os_counted() < arrive_at) {
        fake_os_wipe();
        return false;
    }
    assert_non_null(arrived);
    fake_os_become(5);
    assert_int_equal(strait_segment_status(arrived), STRAIT_OK);
    assert_int_equal(fake_os_names(), 1);
    assert_ptr_equal(header_behind("orders"), arrived->header);
    stage_close(5, arrived);
    assert_int_equal(fake_os_names(), 0);
    stage_check();
    return true;
}

static void whoever_arrives_while_the_last_leaves_is_in_a_living_segment(void)
{
    for (unsigned behind = 0; behind <= 1; behind++) {
        for (arrive_at = 1; play_arrival(behind != 0); arrive_at++) {
        }
        assert_true(arrive_at > 3);
    }
}

/* The same for one that looked at the segment before the last left, and now takes its record between two
 * calls of the closer: whatever it is told about staying holds. */
typedef struct late_joiner {
    strait_segment segment;
    unsigned at;
    bool joined, stays;
} late_joiner;

static void join_late(void *context, unsigned n, fake_os_call call)
{
    late_joiner *late = context;
    (void)call;
    if (n == late->at) {
        strait_os_cause cause = {0};
        fake_os_become(5);
        assert_int_equal(strait_life_join(&late->segment, &cause), STRAIT_OK);
        late->joined = true;
        late->stays = strait_retire_stay(&late->segment);
    }
}

static bool play_late_joiner(unsigned at, bool behind, unsigned *stayed)
{
    stage_begin();
    strait_segment *one = stage_open(1, "orders", STRAIT_CREATE, STRAIT_UNTIL_LAST_LEAVES);
    strait_segment *two = stage_open(2, "orders", STRAIT_ATTACH, STRAIT_UNTIL_LAST_LEAVES);
    (void)stage_open(3, "orders", STRAIT_ATTACH, STRAIT_UNTIL_LAST_LEAVES);
    kill_process(3);
    if (behind) {
        stage_close(2,
                    two); /* its record is free, and the closer has passed it when it asks about the third */
    } else {
        kill_process(2);
    }
    fake_os_become(5);
    late_joiner late = {.segment = {.index = STRAIT_NOBODY, .epoch = strait_os_process_epoch()}, .at = at};
    late.segment.place = (strait_os_place){STRAIT_OS_NAMED, "orders"};
    assert_int_equal(strait_open_look(&late.segment, "open", true, 0), STRAIT_OK);
    fake_os_become(1);
    fake_os_count();
    fake_os_between(join_late, &late);
    assert_int_equal(strait_segment_close(one), STRAIT_OK);
    fake_os_between(NULL, NULL);
    if (late.joined) {
        assert_int_equal(late.stays, !strait_retired(&late.segment));
        assert_int_equal(fake_os_names(), late.stays ? 1 : 0);
        *stayed += late.stays;
    }
    fake_os_become(5);
    strait_life_leave(&late.segment);
    strait_os_map_close(&late.segment.map);
    fake_os_wipe();
    stage_check();
    return late.joined;
}

static void whoever_is_told_to_stay_while_the_last_leaves_may_stay(void)
{
    unsigned stayed = 0, played = 0;
    for (unsigned behind = 0; behind <= 1; behind++) {
        for (unsigned at = 1; play_late_joiner(at, behind != 0, &stayed); at++) {
            played++;
        }
    }
    assert_true(stayed >= 3 && stayed < played); /* some came early enough, and some too late */
}

SUITE(arrival, TEST(whoever_arrives_while_the_last_leaves_is_in_a_living_segment),
      TEST(whoever_is_told_to_stay_while_the_last_leaves_may_stay))
