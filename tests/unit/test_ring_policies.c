/* test_ring_policies.c - a full ring that refuses or overwrites, clones, and rings in others' segments. */
#include "ring_stage.h"

/* --- overwriting ------------------------------------------------------------------------------------------ */

static void who_overwrites_drops_the_oldest_and_readers_are_told(void)
{
    stage_begin();
    strait_ring_options options = ring_of(STRAIT_WRITER, STRAIT_ONE, 0);
    options.full = STRAIT_FULL_OVERWRITES;
    numbers *in = ring_open(WRITER, &options);
    numbers *out = ring_as(READER, STRAIT_READER, 0, 0);
    for (uint64_t i = 0; i < 10; i++) {
        ring_send(WRITER, in, i);
    }
    ring_get(READER, out, 6, STRAIT_OVERRUN);
    ring_get(READER, out, 7, STRAIT_OK);
    assert_int_equal(figures(out).overrun, 6);
    shown(READER, out, 1, 1, 8, STRAIT_OK);
    ring_send(WRITER, in, 10);
    ring_send(WRITER, in, 11);
    uint64_t more = 12;
    fake_os_become(WRITER);
    assert_int_equal(numbers_try_send(in, &more), STRAIT_FULL); /* never what a reader holds */
    assert_int_equal(numbers_send(in, &more, strait_deadline_ms(20)), STRAIT_TIMED_OUT);
    fake_os_become(READER);
    assert_int_equal(numbers_release(out, 1), STRAIT_OK);
    ring_send(WRITER, in, 12);
    ring_send(WRITER, in, 13);
    ring_get(READER, out, 10, STRAIT_OVERRUN);
    shown(READER, out, 1, 1, 11, STRAIT_OK);
    ring_kill(READER); /* with 11 in its hands, and nobody to adopt it */
    for (uint64_t i = 14; i < 20; i++) {
        fake_os_become(WRITER);
        assert_int_equal(numbers_send(in, &i, strait_deadline_ms(1000)), STRAIT_OK);
    }
    ring_close(WRITER, in);
    ring_end();
}

static void who_refuses_when_full_does_not_wait(void)
{
    stage_begin();
    strait_ring_options options = ring_of(STRAIT_WRITER, STRAIT_ONE, STRAIT_ONE);
    options.full = STRAIT_FULL_REFUSES;
    numbers *in = ring_open(WRITER, &options);
    uint64_t items[6] = {0, 1, 2, 3, 4, 5};
    uint64_t sent = 0;
    assert_int_equal(numbers_send_many(in, items, 6, STRAIT_FOREVER, &sent), STRAIT_FULL);
    assert_int_equal(sent, SLOTS);
    assert_int_equal(numbers_send(in, items, STRAIT_FOREVER), STRAIT_FULL);
    ring_close(WRITER, in);
    ring_end();
}

/* --- clones, and rings in segments ------------------------------------------------------------------------ */

static void a_clone_is_a_handle_of_its_own_and_outlives_the_first(void)
{
    stage_begin();
    strait_ring_options options = ring_of(STRAIT_WRITER, STRAIT_MANY, STRAIT_ONE);
    options.lifetime = STRAIT_UNTIL_LAST_LEAVES;
    numbers *first = ring_open(WRITER, &options);
    numbers *second = NULL;
    numbers *out = NULL;
    assert_int_equal(numbers_clone(first, STRAIT_WRITER, &second), STRAIT_OK);
    assert_int_equal(numbers_clone(first, STRAIT_READER, &out), STRAIT_OK);
    numbers *refused = NULL;
    assert_int_equal(numbers_clone(first, STRAIT_READER, &refused), STRAIT_ROLE_TAKEN);
    assert_null(refused);
    ring_send(WRITER, first, 1);
    ring_send(WRITER, second, 2);
    ring_close(WRITER, first);
    assert_int_equal(fake_os_maps(), 1);
    ring_get(WRITER, out, 1, STRAIT_OK);
    ring_get(WRITER, out, 2, STRAIT_OK);
    ring_close(WRITER, second);
    ring_close(WRITER, out);
    assert_int_equal(fake_os_names(), 0);
    stage_check();
}

static void rings_lie_beside_other_objects_in_a_segment(void)
{
    stage_begin();
    strait_segment *segment = NULL;
    strait_segment_options options = {.bytes = 100, .room_bytes = 1 << 20, .allocator = &stage_allocator};
    assert_int_equal(strait_segment_open("house", &options, &segment), STRAIT_OK);
    numbers *in = NULL;
    numbers *out = NULL;
    numbers *other = NULL;
    strait_ring_options writing = ring_of(STRAIT_WRITER, STRAIT_ONE, STRAIT_ONE);
    strait_ring_options reading = ring_of(STRAIT_READER, 0, 0);
    reading.slots = 0;
    assert_int_equal(numbers_place(segment, "east", &writing, &in), STRAIT_OK);
    assert_int_equal(numbers_place(segment, "east", &reading, &out), STRAIT_OK);
    assert_int_equal(numbers_place(segment, "west", &writing, &other), STRAIT_OK);
    writing.slots = 64;
    numbers *refused = NULL;
    assert_int_equal(numbers_place(segment, "west", &writing, &refused), STRAIT_SHAPE_MISMATCH);
    stage_said("place ring \"west\" in segment \"house\": made for 4 slots");
    strait_object object;
    assert_int_equal(strait_segment_place(segment, "bytes", &(strait_object_options){.bytes = 10}, &object),
                     STRAIT_CREATED);
    assert_int_equal(numbers_place(segment, "bytes", &writing, &refused), STRAIT_KIND_MISMATCH);
    ring_send(1, other, 2);
    ring_send(1, in, 1);
    assert_int_equal(strait_segment_close(segment), STRAIT_OK);
    ring_get(1, out, 1, STRAIT_OK); /* they keep the segment open */
    ring_close(1, in);
    ring_close(1, out);
    ring_close(1, other);
    assert_int_equal(strait_segment_remove("house", NULL, false), STRAIT_OK);
    stage_check();
}

SUITE(ring_policies, TEST(who_overwrites_drops_the_oldest_and_readers_are_told),
      TEST(who_refuses_when_full_does_not_wait), TEST(a_clone_is_a_handle_of_its_own_and_outlives_the_first),
      TEST(rings_lie_beside_other_objects_in_a_segment))
