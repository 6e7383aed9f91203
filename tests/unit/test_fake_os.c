/* test_fake_os.c - the machine in memory keeps the promises of core/os.h that the other unit tests build
 * on. */
#include <string.h>

#include "stage.h"

static strait_os_cause cause;
static const strait_os_place place = {STRAIT_OS_NAMED, "x"};

static strait_os_map make(unsigned process, uint32_t token)
{
    strait_os_map map;
    fake_os_become(process);
    assert_int_equal(strait_os_map_create(&place, 100, 0600, token, &map, &cause), STRAIT_OK);
    return map;
}

static strait_os_map find(unsigned process)
{
    strait_os_map map;
    fake_os_become(process);
    assert_int_equal(strait_os_map_open(&place, true, 1, 0, &map, &cause), STRAIT_OK);
    return map;
}

static void a_name_is_given_once_and_taken_only_from_its_object(void)
{
    stage_begin();
    strait_os_map one = make(1, 0), two = make(1, 0);
    assert_int_equal(strait_os_map_publish(&one, &place, &cause), STRAIT_OK);
    assert_int_equal(strait_os_map_publish(&two, &place, &cause), STRAIT_EXISTS);
    assert_int_equal(strait_os_map_evict(&one, &place, &cause), STRAIT_OK);
    assert_int_equal(strait_os_map_publish(&two, &place, &cause), STRAIT_OK);
    assert_int_equal(strait_os_map_evict(&one, &place, &cause), STRAIT_OK);
    assert_int_equal(fake_os_names(), 1);
    strait_os_map_close(&one);
    strait_os_map_close(&two);
    assert_int_equal(strait_os_map_unlink(&place, &cause), STRAIT_OK);
    assert_int_equal(fake_os_used(), 0);
    stage_check();
}

static void a_token_belongs_to_one_map_and_goes_with_it_or_with_its_process(void)
{
    stage_begin();
    strait_os_map one = make(1, 0);
    assert_int_equal(strait_os_map_publish(&one, &place, &cause), STRAIT_OK);
    strait_os_map two = find(2), three = find(3);
    assert_int_equal(strait_os_token_hold(&three, &place, 0, &cause), STRAIT_BUSY);
    assert_int_equal(strait_os_token_hold(&three, &place, 1, &cause), STRAIT_OK);
    fake_os_become(2);
    assert_int_equal(strait_os_token_test(&two, &place, 1, NULL), STRAIT_OS_TOKEN_HELD);
    fake_os_kill(3);
    assert_int_equal(strait_os_token_test(&two, &place, 1, NULL), STRAIT_OS_TOKEN_FREE);
    fake_os_become(1);
    strait_os_map_close(&one);
    fake_os_become(2);
    assert_int_equal(strait_os_token_test(&two, &place, 0, NULL), STRAIT_OS_TOKEN_FREE);
    strait_os_map_close(&two);
    fake_os_wipe();
    stage_check();
}

static void call_five_times(void *context)
{
    unsigned *done = context;
    for (; *done < 5; ++*done) {
        strait_os_nap(1);
    }
}

static void orders_hit_exactly_the_call_that_they_name(void)
{
    for (unsigned n = 1; n <= 5; n++) {
        stage_begin();
        unsigned done = 0;
        fake_os_die(n, FAKE_OS_BEFORE);
        assert_false(fake_os_run(2, call_five_times, &done));
        assert_int_equal(done, n - 1);
        assert_int_equal(fake_os_counted(), n);
        assert_int_equal(fake_os_logged(n), FAKE_OS_NAP);
        assert_int_equal(fake_os_current(), 1);
    }
    stage_begin();
    unsigned done = 0;
    fake_os_die(6, FAKE_OS_BEFORE);
    assert_true(fake_os_run(2, call_five_times, &done));
    assert_int_equal(done, 5);
    unsigned char bytes[4];
    fake_os_count();
    fake_os_fail(2, STRAIT_SYSTEM);
    assert_int_equal(strait_os_random(bytes, 4, &cause), STRAIT_OK);
    assert_int_equal(strait_os_random(bytes, 4, &cause), STRAIT_SYSTEM);
    assert_int_equal(strait_os_random(bytes, 4, &cause), STRAIT_OK);
}

static void the_clock_moves_only_when_somebody_sleeps_or_it_is_told_to(void)
{
    stage_begin();
    uint64_t now = strait_os_now_ns();
    strait_u32 word;
    strait_u32_init(&word, 3);
    assert_int_equal(strait_os_wait(&word, 2, now + 50), STRAIT_OK);
    assert_true(strait_os_now_ns() == now);
    assert_int_equal(strait_os_wait(&word, 3, now + 50), STRAIT_TIMED_OUT);
    assert_true(strait_os_now_ns() == now + 50);
    strait_os_nap(7);
    fake_os_advance(3);
    assert_true(strait_os_now_ns() == now + 60);
    assert_int_equal(strait_os_name_wait(&place, NULL, now + 100, &cause), STRAIT_TIMED_OUT);
    assert_true(strait_os_now_ns() == now + 100);
}

static void accounts_show_what_is_left_open(void)
{
    stage_begin();
    strait_os_map map = make(1, 0);
    int descriptor;
    assert_int_equal(strait_os_map_descriptor(&map, &place, true, &descriptor, &cause), STRAIT_OK);
    assert_true(fake_os_maps() == 1 && fake_os_tokens() == 1 && fake_os_descriptors() == 1 &&
                fake_os_used() == 100);
    assert_true(fake_os_maps_of(1) == 1 && fake_os_maps_of(2) == 0);
    strait_os_map_close(&map);
    assert_int_equal(fake_os_used(), 100); /* the descriptor keeps it */
    fake_os_close_descriptor(descriptor);
    assert_int_equal(fake_os_used(), 0);
    stage_check();
}

SUITE(fake_os, TEST(a_name_is_given_once_and_taken_only_from_its_object),
      TEST(a_token_belongs_to_one_map_and_goes_with_it_or_with_its_process),
      TEST(orders_hit_exactly_the_call_that_they_name),
      TEST(the_clock_moves_only_when_somebody_sleeps_or_it_is_told_to), TEST(accounts_show_what_is_left_open))
