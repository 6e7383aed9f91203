/* test_deadline.c - deadlines: so far from now, in three units, and never past the end of time. */
#include <strait/strait.h>

#include "stage.h"

static void a_deadline_lies_exactly_so_far_from_now(void)
{
    uint64_t now = strait_now_ns(); /* the fake clock stands still */
    assert_int_equal(strait_deadline_ns(7), now + 7);
    assert_int_equal(strait_deadline_us(7), now + 7000);
    assert_int_equal(strait_deadline_ms(7), now + 7000000);
    assert_int_equal(strait_deadline_ms(0), now);
}

static void a_deadline_beyond_the_end_of_time_is_for_ever(void)
{
    uint64_t now = strait_now_ns();
    assert_true(strait_deadline_ns(UINT64_MAX) == STRAIT_FOREVER);
    assert_true(strait_deadline_us(UINT64_MAX) == STRAIT_FOREVER);
    assert_true(strait_deadline_ms(UINT64_MAX) == STRAIT_FOREVER);
    assert_true(strait_deadline_ms(UINT64_MAX / 1000000 + 1) == STRAIT_FOREVER);
    assert_true(strait_deadline_us(UINT64_MAX / 1000 + 1) == STRAIT_FOREVER);
    assert_true(strait_deadline_ns(UINT64_MAX - now) == STRAIT_FOREVER);
    assert_true(strait_deadline_ns(UINT64_MAX - now - 1) == UINT64_MAX - 1);
}

SUITE(deadline, TEST(a_deadline_lies_exactly_so_far_from_now),
      TEST(a_deadline_beyond_the_end_of_time_is_for_ever))
