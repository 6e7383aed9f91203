/* test_retire.c - when a name ends: the state word, the three lifetimes, and reboots. */
#include "core/retire.h"

#include <string.h>

#include "core/life.h"
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

/* --- the three lifetimes -------------------------------------------------------------------------------- */

static void until_removed_outlives_everybody(void)
{
    stage_begin();
    stage_close(1, stage_open(1, "orders", STRAIT_CREATE, STRAIT_UNTIL_REMOVED));
    assert_int_equal(fake_os_names(), 1);
    (void)stage_open(2, "orders", STRAIT_ATTACH, STRAIT_UNTIL_REMOVED);
    kill_process(2);
    assert_int_equal(strait_segment_gc(), 0);
    stage_close(3, stage_open(3, "orders", STRAIT_ATTACH, STRAIT_UNTIL_REMOVED));
    assert_int_equal(fake_os_names(), 1);
    fake_os_become(3);
    assert_int_equal(strait_segment_remove("orders", NULL, false), STRAIT_OK);
    assert_int_equal(fake_os_names(), 0);
    stage_check();
}

static void until_the_last_leaves_ends_with_the_last_and_not_before(void)
{
    stage_begin();
    strait_segment *one = stage_open(1, "orders", STRAIT_CREATE, STRAIT_UNTIL_LAST_LEAVES);
    strait_segment *two = stage_open(2, "orders", STRAIT_ATTACH, STRAIT_UNTIL_REMOVED);
    stage_close(1, one); /* the creator is nobody special */
    assert_int_equal(fake_os_names(), 1);
    fake_os_become(2);
    assert_int_equal(strait_segment_status(two), STRAIT_OK);
    stage_close(2, two);
    assert_int_equal(fake_os_names(), 0);
    stage_check();
}

static void the_dead_do_not_keep_a_name_alive(void)
{
    stage_begin();
    strait_segment *one = stage_open(1, "orders", STRAIT_CREATE, STRAIT_UNTIL_LAST_LEAVES);
    (void)stage_open(2, "orders", STRAIT_ATTACH, STRAIT_UNTIL_LAST_LEAVES);
    kill_process(2);
    stage_close(1, one);
    assert_int_equal(fake_os_names(), 0);
    stage_check();
}

static void when_the_last_dies_the_name_counts_as_absent(void)
{
    stage_begin();
    (void)stage_open(1, "orders", STRAIT_CREATE, STRAIT_UNTIL_LAST_LEAVES);
    uint64_t file = header_behind("orders")->created_ns;
    kill_process(1);
    assert_int_equal(fake_os_names(), 1); /* nobody is left to take it away */
    fake_os_advance(1000);
    strait_segment *segment;
    assert_int_equal(open_as(2, STRAIT_ATTACH, STRAIT_UNTIL_REMOVED, &segment), STRAIT_NOT_FOUND);
    assert_int_equal(open_as(2, STRAIT_CREATE, STRAIT_UNTIL_LAST_LEAVES, &segment), STRAIT_OK);
    assert_true(header_behind("orders")->created_ns != file);
    stage_close(2, segment);
    stage_check();
}

static void observers_do_not_keep_a_name_alive(void)
{
    stage_begin();
    strait_segment *one = stage_open(1, "orders", STRAIT_CREATE, STRAIT_UNTIL_LAST_LEAVES);
    fake_os_become(2);
    strait_segment_options options = stage_options(STRAIT_ATTACH, STRAIT_UNTIL_REMOVED);
    options.role = STRAIT_OBSERVER;
    strait_segment *watcher;
    assert_int_equal(strait_segment_open("orders", &options, &watcher), STRAIT_OK);
    stage_close(1, one);
    assert_int_equal(fake_os_names(), 0);
    fake_os_become(2);
    assert_int_equal(strait_segment_status(watcher), STRAIT_RETIRED);
    assert_true(stage_marked(watcher)); /* what it has, it may go on reading */
    stage_close(2, watcher);
    stage_check();
}

static void until_the_creator_leaves_ends_with_its_close(void)
{
    stage_begin();
    strait_segment *one = stage_open(1, "orders", STRAIT_CREATE, STRAIT_UNTIL_CREATOR_LEAVES);
    strait_segment *two = stage_open(2, "orders", STRAIT_ATTACH, STRAIT_UNTIL_REMOVED);
    stage_close(1, one);
    assert_int_equal(fake_os_names(), 0);
    fake_os_become(2);
    assert_int_equal(strait_segment_status(two), STRAIT_RETIRED);
    stage_said("it was removed");
    assert_true(stage_marked(two));
    stage_close(2, two);
    stage_check();
}

static void until_the_creator_leaves_ends_with_its_death_and_with_nobody_elses(void)
{
    stage_begin();
    (void)stage_open(1, "orders", STRAIT_CREATE, STRAIT_UNTIL_CREATOR_LEAVES);
    (void)stage_open(2, "orders", STRAIT_ATTACH, STRAIT_UNTIL_REMOVED);
    kill_process(2);
    strait_segment *three = stage_open(3, "orders", STRAIT_ATTACH, STRAIT_UNTIL_REMOVED);
    kill_process(1);
    strait_segment *segment;
    assert_int_equal(open_as(4, STRAIT_ATTACH, STRAIT_UNTIL_REMOVED, &segment), STRAIT_NOT_FOUND);
    assert_int_equal(fake_os_names(), 0); /* who comes to attach clears away what is over */
    assert_int_equal(open_as(4, STRAIT_OPEN_OR_CREATE, STRAIT_UNTIL_REMOVED, &segment), STRAIT_OK);
    assert_true(segment->map.file != three->map.file);
    fake_os_become(4);
    assert_int_equal(strait_segment_remove("orders", NULL, false), STRAIT_OK);
    stage_close(4, segment);
    stage_close(3, three);
    stage_check();
}

static void a_successor_in_the_creators_record_is_not_the_creator(void)
{
    stage_begin();
    strait_segment *one = stage_open(1, "orders", STRAIT_CREATE, STRAIT_UNTIL_REMOVED);
    stage_close(1, one);
    header_behind("orders")->lifetime = STRAIT_FORMAT_UNTIL_CREATOR; /* as if it had been so from the start */
    strait_segment *segment;
    assert_int_equal(open_as(2, STRAIT_ATTACH, STRAIT_UNTIL_REMOVED, &segment), STRAIT_NOT_FOUND);
    assert_int_equal(fake_os_names(), 0);
    stage_check();
}

static void a_reboot_means_that_everybody_is_dead(void)
{
    stage_begin();
    strait_segment_options options = stage_options(STRAIT_CREATE, STRAIT_UNTIL_LAST_LEAVES);
    options.backing = STRAIT_FILE;
    strait_segment *segment;
    assert_int_equal(strait_segment_open("/data/orders", &options, &segment), STRAIT_OK);
    stage_bury_handles(1);
    fake_os_reboot();
    fake_os_become(1);
    assert_int_equal(fake_os_names(), 1);
    options.how = STRAIT_ATTACH;
    options.bytes = options.room_bytes = 0;
    assert_int_equal(strait_segment_open("/data/orders", &options, &segment), STRAIT_NOT_FOUND);
    assert_int_equal(fake_os_names(), 0);
    stage_check();
}

static void a_file_that_lives_until_removed_survives_a_reboot_with_its_bytes(void)
{
    stage_begin();
    strait_segment_options options = stage_options(STRAIT_CREATE, STRAIT_UNTIL_REMOVED);
    options.backing = STRAIT_FILE;
    strait_segment *segment;
    assert_int_equal(strait_segment_open("/data/orders", &options, &segment), STRAIT_OK);
    stage_bury_handles(1);
    fake_os_reboot();
    fake_os_become(1);
    options.how = STRAIT_ATTACH;
    assert_int_equal(strait_segment_open("/data/orders", &options, &segment), STRAIT_OK);
    assert_true(stage_marked(segment));
    strait_peer peers[4];
    assert_int_equal(strait_segment_peers(segment, peers, 4), 2);
    assert_int_equal(peers[0].life, STRAIT_DEAD);
    stage_close(1, segment);
    assert_int_equal(strait_segment_remove("/data/orders", &options, false), STRAIT_OK);
    stage_check();
}

/* --- the state word ------------------------------------------------------------------------------------- */

static uint64_t state_of(const strait_segment *segment)
{
    return strait_u64_load_relaxed(&segment->header->state);
}

static void a_closer_that_died_half_way_is_put_right_by_a_newcomer(void)
{
    stage_begin();
    strait_segment *one = stage_open(1, "orders", STRAIT_CREATE, STRAIT_UNTIL_LAST_LEAVES);
    strait_u64_store_relaxed(&one->header->state, strait_state_word(5, STRAIT_FORMAT_CLOSING));
    strait_segment *two = stage_open(2, "orders", STRAIT_ATTACH, STRAIT_UNTIL_REMOVED);
    assert_true(state_of(two) == strait_state_word(6, STRAIT_FORMAT_LIVE));
    stage_close(1, one);
    stage_close(2, two);
    assert_int_equal(fake_os_names(), 0);
    stage_check();
}

static void a_closer_that_died_half_way_is_finished_by_the_next(void)
{
    stage_begin();
    strait_segment *one = stage_open(1, "orders", STRAIT_CREATE, STRAIT_UNTIL_LAST_LEAVES);
    strait_u64_store_relaxed(&one->header->state, strait_state_word(5, STRAIT_FORMAT_CLOSING));
    kill_process(1);
    strait_segment *two = stage_open(2, "orders", STRAIT_OPEN_OR_CREATE, STRAIT_UNTIL_LAST_LEAVES);
    assert_true(strait_segment_created(two));
    stage_close(2, two);
    assert_int_equal(fake_os_names(), 0);
    stage_check();
}

static void closing_ends_nothing_while_somebody_is_there(void)
{
    stage_begin();
    strait_segment *one = stage_open(1, "orders", STRAIT_CREATE, STRAIT_UNTIL_LAST_LEAVES);
    strait_segment *two = stage_open(2, "orders", STRAIT_ATTACH, STRAIT_UNTIL_REMOVED);
    fake_os_become(1);
    strait_life_leave(one);
    strait_u64_store_relaxed(&one->header->state, strait_state_word(7, STRAIT_FORMAT_CLOSING));
    assert_false(strait_retire_if_due(one));
    assert_int_not_equal(strait_state_phase(state_of(one)), STRAIT_FORMAT_RETIRED);
    stage_close(1, one);
    stage_close(2, two);
    stage_check();
}

static void the_count_in_the_state_goes_on_across_its_end(void)
{
    stage_begin();
    strait_segment *one = stage_open(1, "orders", STRAIT_CREATE, STRAIT_UNTIL_LAST_LEAVES);
    uint64_t last = UINT64_MAX >> 8;
    strait_u64_store_relaxed(&one->header->state, strait_state_word(last, STRAIT_FORMAT_CLOSING));
    strait_segment *two = stage_open(2, "orders", STRAIT_ATTACH, STRAIT_UNTIL_REMOVED);
    assert_true(state_of(two) == strait_state_word(0, STRAIT_FORMAT_LIVE));
    strait_u64_store_relaxed(&one->header->state, strait_state_word(last, STRAIT_FORMAT_LIVE));
    stage_close(1, one);
    stage_close(2, two);
    assert_int_equal(fake_os_names(), 0);
    strait_segment *three = stage_open(3, "orders", STRAIT_CREATE, STRAIT_UNTIL_REMOVED);
    strait_u64_store_relaxed(&three->header->state, strait_state_word(last, STRAIT_FORMAT_LIVE));
    fake_os_become(3);
    assert_int_equal(strait_segment_remove("orders", NULL, false), STRAIT_OK);
    assert_int_equal(strait_segment_status(three), STRAIT_RETIRED);
    stage_close(3, three);
    stage_check();
}

static void retired_is_final(void)
{
    stage_begin();
    strait_segment *one = stage_open(1, "orders", STRAIT_CREATE, STRAIT_UNTIL_LAST_LEAVES);
    strait_retire_now(one);
    uint64_t retired = state_of(one);
    strait_retire_now(one);
    assert_true(strait_retire_due(one) && strait_retire_if_due(one) && strait_retired(one));
    assert_false(strait_retire_stay(one));
    assert_true(state_of(one) == retired);
    stage_close(1, one);
    stage_check();
}

SUITE(retire, TEST(until_removed_outlives_everybody),
      TEST(until_the_last_leaves_ends_with_the_last_and_not_before), TEST(the_dead_do_not_keep_a_name_alive),
      TEST(when_the_last_dies_the_name_counts_as_absent), TEST(observers_do_not_keep_a_name_alive),
      TEST(until_the_creator_leaves_ends_with_its_close),
      TEST(until_the_creator_leaves_ends_with_its_death_and_with_nobody_elses),
      TEST(a_successor_in_the_creators_record_is_not_the_creator),
      TEST(a_reboot_means_that_everybody_is_dead),
      TEST(a_file_that_lives_until_removed_survives_a_reboot_with_its_bytes),
      TEST(a_closer_that_died_half_way_is_put_right_by_a_newcomer),
      TEST(a_closer_that_died_half_way_is_finished_by_the_next),
      TEST(closing_ends_nothing_while_somebody_is_there), TEST(the_count_in_the_state_goes_on_across_its_end),
      TEST(retired_is_final))
