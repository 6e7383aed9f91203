/* test_open.c - how a name becomes a handle: what open does with what it finds, and with what it is asked.
 * What it refuses, and in which words, is in test_refuse.c.
 */
#include <stdlib.h>
#include <string.h>

#include "stage.h"

static int open_as(unsigned process, const strait_segment_options *options, strait_segment **segment)
{
    fake_os_become(process);
    return strait_segment_open("orders", options, segment);
}

/* --- any order ------------------------------------------------------------------------------------------ */

static void whoever_comes_first_makes_it_and_everybody_else_attaches(void)
{
    stage_begin();
    strait_segment *all[4];
    for (unsigned i = 0; i < 4; i++) {
        all[i] = stage_open(i + 1, "orders", STRAIT_OPEN_OR_CREATE, STRAIT_UNTIL_LAST_LEAVES);
        assert_int_equal(strait_segment_created(all[i]), i == 0);
        assert_ptr_equal(all[i]->data, all[0]->data);
        assert_true(stage_marked(all[0]) || fake_os_current() != 1);
    }
    for (unsigned i = 0; i < 4; i++) {
        stage_close(i + 1, all[i]);
    }
    assert_int_equal(fake_os_names(), 0);
    stage_check();
}

static void the_user_bytes_are_exact_aligned_and_zero_without_initialise(void)
{
    static const uint64_t sizes[] = {1, 127, 128, 129, 4096, 16384, 1000003};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        stage_begin();
        strait_segment_options options = {.bytes = sizes[i]};
        strait_segment *segment;
        assert_int_equal(strait_segment_open("orders", &options, &segment), STRAIT_OK);
        assert_true(strait_segment_bytes(segment) == sizes[i]);
        const unsigned char *data = strait_segment_data(segment);
        assert_int_equal((uintptr_t)data % STRAIT_OBJECT_ALIGN, 0);
        for (uint64_t b = 0; b < sizes[i]; b++) {
            assert_int_equal(data[b], 0);
        }
        strait_segment_info info;
        assert_int_equal(strait_segment_stat(segment, &info), STRAIT_OK);
        assert_true(info.bytes == sizes[i] && info.room_bytes == 0 && info.total_bytes == segment->map.bytes);
        stage_close(1, segment);
        stage_check();
    }
}

static void without_options_a_segment_is_attached_to_as_it_is(void)
{
    stage_begin();
    strait_segment *segment;
    assert_int_equal(strait_segment_open("orders", NULL, &segment), STRAIT_NOT_FOUND);
    strait_segment *one = stage_open(2, "orders", STRAIT_CREATE, STRAIT_UNTIL_REMOVED);
    fake_os_become(1);
    assert_int_equal(strait_segment_open("orders", NULL, &segment), STRAIT_OK);
    assert_false(strait_segment_created(segment));
    assert_int_equal(strait_segment_bytes(segment), STAGE_BYTES);
    stage_close(1, segment);
    stage_close(2, one);
    stage_check();
}

static void nobody_is_hurt_by_calls_on_nothing(void)
{
    assert_int_equal(strait_segment_close(NULL), STRAIT_OK);
    assert_null(strait_segment_data(NULL));
    assert_int_equal(strait_segment_bytes(NULL), 0);
    assert_false(strait_segment_created(NULL));
    assert_int_equal(strait_segment_status(NULL), STRAIT_BAD_ARGUMENT);
    assert_int_equal(strait_segment_stat(NULL, NULL), STRAIT_BAD_ARGUMENT);
    assert_int_equal(strait_segment_set_mode(NULL, 0600), STRAIT_BAD_ARGUMENT);
    assert_int_equal(strait_segment_descriptor(NULL, STRAIT_BOTH, NULL), STRAIT_BAD_ARGUMENT);
    assert_int_equal(strait_segment_schema(NULL, NULL, 0), STRAIT_BAD_ARGUMENT);
    assert_int_equal(strait_segment_open("orders", NULL, NULL), STRAIT_BAD_ARGUMENT);
    stage_said("is NULL");
}

typedef struct overtaking {
    strait_segment *theirs;
    int attached;
} overtaking;

/* While the maker initialises, somebody looks for the name, finds nothing, and makes it. */
static int overtake(void *data, uint64_t bytes, void *context)
{
    overtaking *o = context;
    unsigned who = fake_os_current();
    strait_segment_options options = stage_options(STRAIT_ATTACH, STRAIT_UNTIL_REMOVED);
    o->attached = open_as(2, &options, &o->theirs);
    o->theirs = stage_open(2, "orders", STRAIT_CREATE, STRAIT_UNTIL_REMOVED);
    fake_os_become(who);
    memset(data, 0, (size_t)bytes);
    return STRAIT_OK;
}

static void nobody_finds_a_segment_before_it_is_initialised_and_who_is_overtaken_attaches(void)
{
    stage_begin();
    overtaking o = {.attached = 1};
    strait_segment_options options = stage_options(STRAIT_OPEN_OR_CREATE, STRAIT_UNTIL_REMOVED);
    options.initialise = overtake;
    options.context = &o;
    strait_segment *segment;
    assert_int_equal(open_as(1, &options, &segment), STRAIT_OK);
    assert_int_equal(o.attached, STRAIT_NOT_FOUND);
    assert_false(strait_segment_created(segment));
    assert_ptr_equal(segment->data, o.theirs->data);
    assert_true(stage_marked(segment));
    stage_close(1, segment);
    stage_close(2, o.theirs);
    stage_check();
}

/* --- waiting for a name --------------------------------------------------------------------------------- */

static unsigned sleeps, appears_at;

static bool the_name_appears(void *context)
{
    strait_segment **made = context;
    sleeps++;
    if (sleeps == appears_at) {
        *made = stage_open(7, "orders", STRAIT_CREATE, STRAIT_UNTIL_REMOVED);
        return true;
    }
    return sleeps < appears_at; /* a false alarm */
}

static void attach_waits_until_the_name_appears(void)
{
    for (appears_at = 1; appears_at < 4; appears_at++) {
        stage_begin();
        sleeps = 0;
        strait_segment *made = NULL, *segment = NULL;
        fake_os_while_asleep(the_name_appears, &made);
        strait_segment_options options = stage_options(STRAIT_ATTACH, STRAIT_UNTIL_REMOVED);
        options.deadline_ns = STRAIT_FOREVER;
        assert_int_equal(open_as(1, &options, &segment), STRAIT_OK);
        assert_int_equal(sleeps, appears_at);
        assert_ptr_equal(segment->data, made->data);
        stage_close(1, segment);
        stage_close(7, made);
        stage_check();
    }
}

static void attach_waits_until_the_deadline_and_not_longer_or_shorter(void)
{
    stage_begin();
    strait_segment *segment;
    strait_segment_options options = stage_options(STRAIT_ATTACH, STRAIT_UNTIL_REMOVED);
    options.deadline_ns = strait_deadline_ms(50);
    assert_int_equal(open_as(1, &options, &segment), STRAIT_NOT_FOUND);
    assert_true(strait_now_ns() == options.deadline_ns);
    options.deadline_ns = STRAIT_NO_WAIT;
    uint64_t now = strait_now_ns();
    assert_int_equal(open_as(1, &options, &segment), STRAIT_NOT_FOUND);
    options.deadline_ns = now - 1; /* long past */
    assert_int_equal(open_as(1, &options, &segment), STRAIT_NOT_FOUND);
    assert_true(strait_now_ns() == now);
    stage_check();
}

static bool the_successor_appears(void *context)
{
    strait_segment **made = context;
    *made = stage_open(7, "orders", STRAIT_OPEN_OR_CREATE, STRAIT_UNTIL_REMOVED);
    return true;
}

static void an_observer_waits_for_the_successor_of_what_is_retired(void)
{
    stage_begin();
    (void)stage_open(2, "orders", STRAIT_CREATE, STRAIT_UNTIL_LAST_LEAVES);
    fake_os_kill(2);
    stage_bury_handles(2);
    strait_segment *made = NULL, *segment = NULL;
    strait_segment_options options = stage_options(STRAIT_ATTACH, STRAIT_UNTIL_REMOVED);
    options.role = STRAIT_OBSERVER;
    assert_int_equal(open_as(1, &options, &segment), STRAIT_NOT_FOUND);
    stage_said("nobody alive needs it");
    fake_os_while_asleep(the_successor_appears, &made);
    options.deadline_ns = strait_deadline_ms(50);
    assert_int_equal(open_as(1, &options, &segment), STRAIT_OK);
    assert_ptr_equal(segment->map.base, made->map.base);
    stage_close(1, segment);
    stage_close(7, made);
    stage_check();
}

static void a_signal_ends_the_waiting_only_if_that_was_asked_for(void)
{
    stage_begin();
    strait_segment *segment;
    strait_segment_options options = stage_options(STRAIT_ATTACH, STRAIT_UNTIL_REMOVED);
    options.deadline_ns = strait_deadline_ms(50);
    options.interruptible = true;
    fake_os_fail_all(FAKE_OS_NAME_WAIT, STRAIT_INTERRUPTED);
    assert_int_equal(open_as(1, &options, &segment), STRAIT_INTERRUPTED);
    stage_said("a signal arrived");
    assert_true(strait_now_ns() < options.deadline_ns);
    options.interruptible = false;
    fake_os_count();
    fake_os_fail(2, STRAIT_INTERRUPTED);
    assert_int_equal(open_as(1, &options, &segment), STRAIT_NOT_FOUND);
    assert_int_equal(fake_os_logged(2), FAKE_OS_NAME_WAIT);
    assert_true(strait_now_ns() == options.deadline_ns);
    stage_check();
}

/* --- a living process that is stopped while it takes the name away -------------------------------------- */

static void prepare_a_stopped_remover(void)
{
    stage_begin();
    strait_segment *one = stage_open(2, "orders", STRAIT_CREATE, STRAIT_UNTIL_REMOVED);
    strait_u64_store_relaxed(&one->header->state, strait_state_word(1, STRAIT_FORMAT_RETIRED));
    fake_os_stop_evictor("orders", true);
    stage_close(2, one);
}

static bool the_remover_goes_on(void *context)
{
    unsigned *naps = context;
    if (++*naps == 5) {
        fake_os_stop_evictor("orders", false);
        fake_os_become(8);
        assert_int_equal(strait_segment_remove("orders", NULL, false), STRAIT_NOT_FOUND);
    }
    return false;
}

static void open_waits_for_a_remover_that_is_merely_slow(void)
{
    prepare_a_stopped_remover();
    unsigned naps = 0;
    fake_os_while_asleep(the_remover_goes_on, &naps);
    strait_segment *segment = stage_open(1, "orders", STRAIT_OPEN_OR_CREATE, STRAIT_UNTIL_LAST_LEAVES);
    assert_int_equal(naps, 5);
    assert_true(strait_segment_created(segment));
    stage_close(1, segment);
    assert_int_equal(fake_os_names(), 0);
    stage_check();
}

static void open_says_busy_when_a_remover_is_stopped_for_ten_seconds(void)
{
    prepare_a_stopped_remover();
    strait_segment *segment;
    strait_segment_options options = stage_options(STRAIT_OPEN_OR_CREATE, STRAIT_UNTIL_REMOVED);
    uint64_t begun = strait_now_ns();
    assert_int_equal(open_as(1, &options, &segment), STRAIT_BUSY);
    uint64_t took = strait_now_ns() - begun;
    assert_true(took >= UINT64_C(10000000000) && took < UINT64_C(10100000000));
    stage_said("it is stopped, not dead");
    fake_os_stop_evictor("orders", false);
    stage_close(1, stage_open(1, "orders", STRAIT_OPEN_OR_CREATE, STRAIT_UNTIL_LAST_LEAVES));
    stage_check();
}

SUITE(open, TEST(whoever_comes_first_makes_it_and_everybody_else_attaches),
      TEST(the_user_bytes_are_exact_aligned_and_zero_without_initialise),
      TEST(without_options_a_segment_is_attached_to_as_it_is), TEST(nobody_is_hurt_by_calls_on_nothing),
      TEST(nobody_finds_a_segment_before_it_is_initialised_and_who_is_overtaken_attaches),
      TEST(attach_waits_until_the_name_appears),
      TEST(attach_waits_until_the_deadline_and_not_longer_or_shorter),
      TEST(an_observer_waits_for_the_successor_of_what_is_retired),
      TEST(a_signal_ends_the_waiting_only_if_that_was_asked_for),
      TEST(open_waits_for_a_remover_that_is_merely_slow),
      TEST(open_says_busy_when_a_remover_is_stopped_for_ten_seconds))
