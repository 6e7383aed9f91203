/* test_open_ways.c - other ways to a handle: by descriptor, with options of older and newer callers, on
 * systems of another kind.
 */
#include <stdlib.h>
#include <string.h>

#include "stage.h"

/* --- handing over --------------------------------------------------------------------------------------- */

static void an_anonymous_segment_is_handed_over_by_descriptor(void)
{
    stage_begin();
    strait_segment_options options = stage_options(STRAIT_CREATE, STRAIT_UNTIL_LAST_LEAVES);
    options.backing = STRAIT_ANONYMOUS;
    strait_segment *one, *two;
    int mine, theirs;
    assert_int_equal(strait_segment_open(NULL, &options, &one), STRAIT_OK);
    assert_int_equal(fake_os_names(), 0);
    assert_int_equal(strait_segment_descriptor(one, STRAIT_BOTH, &mine), STRAIT_OK);
    theirs = fake_os_hand_over(mine, 2);
    fake_os_close_descriptor(mine);
    fake_os_become(2);
    strait_segment_options handed = {
        .backing = STRAIT_DESCRIPTOR, .descriptor = theirs, .how = STRAIT_ATTACH};
    assert_int_equal(strait_segment_open(NULL, &handed, &two), STRAIT_OK);
    assert_ptr_equal(one->data, two->data);
    assert_int_equal(strait_segment_peers(two, NULL, 0), 2);
    stage_close(1, one);
    stage_close(2, two);
    fake_os_become(2);
    assert_int_equal(strait_segment_open(NULL, &handed, &two), STRAIT_RETIRED); /* the last has left */
    stage_said("it was removed");
    fake_os_close_descriptor(theirs);
    stage_check();
}

static void an_observers_descriptor_is_for_looking_only(void)
{
    stage_begin();
    strait_segment *one = stage_open(1, "orders", STRAIT_CREATE, STRAIT_UNTIL_REMOVED);
    int descriptor;
    fake_os_become(1);
    assert_int_equal(strait_segment_descriptor(one, STRAIT_OBSERVER, &descriptor), STRAIT_OK);
    strait_segment_options handed = {
        .backing = STRAIT_DESCRIPTOR, .descriptor = descriptor, .how = STRAIT_ATTACH};
    strait_segment *two;
    assert_int_equal(strait_segment_open(NULL, &handed, &two), STRAIT_DENIED);
    handed.role = STRAIT_OBSERVER;
    assert_int_equal(strait_segment_open(NULL, &handed, &two), STRAIT_OK);
    int second;
    assert_int_equal(strait_segment_descriptor(two, STRAIT_BOTH, &second), STRAIT_READ_ONLY);
    assert_int_equal(strait_segment_set_mode(two, 0600), STRAIT_READ_ONLY);
    stage_close(1, two);
    stage_close(1, one);
    fake_os_close_descriptor(descriptor);
    stage_check();
}

/* --- options of older and newer callers ----------------------------------------------------------------- */

static void an_older_caller_gets_the_defaults_of_what_it_does_not_know(void)
{
    stage_begin();
    uint64_t *old = malloc(sizeof *old); /* its options ended after `bytes` */
    *old = 77;
    strait_segment *segment;
    int rc = strait_segment_open_abi("orders", (const strait_segment_options *)(const void *)old, sizeof *old,
                                     STRAIT_ABI, &segment);
    free(old);
    assert_int_equal(rc, STRAIT_OK);
    assert_int_equal(strait_segment_bytes(segment), 77);
    stage_close(1, segment);
    stage_check();
}

static void a_newer_caller_is_served_as_long_as_it_asks_for_nothing_new(void)
{
    stage_begin();
    struct {
        strait_segment_options known;
        unsigned char more[24];
    } newer = {.known = stage_options(STRAIT_CREATE, STRAIT_UNTIL_REMOVED)};
    strait_segment *segment;
    assert_int_equal(strait_segment_open_abi("orders", &newer.known, sizeof newer, STRAIT_ABI, &segment),
                     STRAIT_OK);
    stage_close(1, segment);
    newer.more[23] = 1;
    assert_int_equal(strait_segment_open_abi("orders", &newer.known, sizeof newer, STRAIT_ABI, &segment),
                     STRAIT_ABI_MISMATCH);
    assert_null(segment);
    stage_said("compiled for interface 1");
    newer.more[23] = 0;
    assert_int_equal(
        strait_segment_open_abi("orders", &newer.known, sizeof newer.known, STRAIT_ABI + 1, &segment),
        STRAIT_ABI_MISMATCH);
    stage_said("compiled for interface 2");
    stage_check();
}

/* --- other kinds of system ------------------------------------------------------------------------------ */

static void where_sizes_are_rounded_up_ours_is_still_exact(void)
{
    stage_begin();
    fake_os_facts()->size_is_exact = false;
    fake_os_set_page(65536);
    strait_segment *one = stage_open(1, "orders", STRAIT_CREATE, STRAIT_UNTIL_REMOVED);
    strait_segment *two = stage_open(2, "orders", STRAIT_ATTACH, STRAIT_UNTIL_REMOVED);
    fake_os_become(2);
    strait_segment_info info;
    assert_int_equal(strait_segment_stat(two, &info), STRAIT_OK);
    assert_true(info.total_bytes < two->map.bytes && two->map.bytes % 65536 == 0);
    assert_int_equal(strait_segment_bytes(two), STAGE_BYTES);
    assert_true(info.total_bytes == two->geometry.total_bytes);
    stage_close(1, one);
    stage_close(2, two);
    stage_check();
}

static void where_names_go_with_their_last_holder_so_do_segments(void)
{
    stage_begin();
    fake_os_facts()->names_persist = false;
    stage_close(1, stage_open(1, "orders", STRAIT_CREATE, STRAIT_UNTIL_REMOVED));
    strait_segment *segment;
    assert_int_equal(strait_segment_open("orders", NULL, &segment), STRAIT_NOT_FOUND);
    (void)stage_open(1, "orders", STRAIT_CREATE, STRAIT_UNTIL_LAST_LEAVES);
    fake_os_kill(1);
    stage_bury_handles(1);
    assert_int_equal(fake_os_names(), 0);
    stage_check();
}

static void a_participant_that_cannot_be_reached_by_barriers_says_so_to_all(void)
{
    stage_begin();
    strait_segment *one = stage_open(1, "orders", STRAIT_CREATE, STRAIT_UNTIL_REMOVED);
    assert_int_equal(strait_u32_load_relaxed(&one->header->waiting), STRAIT_FORMAT_WAITING_BARRIER);
    fake_os_fail_all(FAKE_OS_BARRIER_JOIN, STRAIT_UNSUPPORTED);
    strait_segment *two = stage_open(2, "orders", STRAIT_ATTACH, STRAIT_UNTIL_REMOVED);
    assert_int_equal(strait_u32_load_relaxed(&one->header->waiting), STRAIT_FORMAT_WAITING_EXCHANGE);
    fake_os_count();
    strait_segment *three = stage_open(3, "orders", STRAIT_ATTACH, STRAIT_UNTIL_REMOVED);
    assert_int_equal(strait_u32_load_relaxed(&one->header->waiting), STRAIT_FORMAT_WAITING_EXCHANGE);
    stage_close(3, three);
    stage_close(2, two);
    stage_close(1, one);
    stage_check();
}

SUITE(open_ways, TEST(an_anonymous_segment_is_handed_over_by_descriptor),
      TEST(an_observers_descriptor_is_for_looking_only),
      TEST(an_older_caller_gets_the_defaults_of_what_it_does_not_know),
      TEST(a_newer_caller_is_served_as_long_as_it_asks_for_nothing_new),
      TEST(where_sizes_are_rounded_up_ours_is_still_exact),
      TEST(where_names_go_with_their_last_holder_so_do_segments),
      TEST(a_participant_that_cannot_be_reached_by_barriers_says_so_to_all))
