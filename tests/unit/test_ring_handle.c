/* test_ring_handle.c - rings as programs see them: opening in any order and shape, copying, in place, batches.
 */
#include "ring_stage.h"

#include <stdlib.h>

/* --- opening ---------------------------------------------------------------------------------------------- */

static void writer_and_reader_come_in_any_order_and_meet(void)
{
    FORMS(writers, readers)
    {
        for (int reader_first = 0; reader_first < 2; reader_first++) {
            stage_begin();
            numbers *in = NULL;
            numbers *out = NULL;
            if (reader_first) {
                out = ring_as(READER, STRAIT_READER, writers, readers);
            }
            in = ring_as(WRITER, STRAIT_WRITER, writers, readers);
            if (!reader_first) {
                ring_send(WRITER, in, 1);
                out = ring_as(READER, STRAIT_READER, writers, readers);
            } else {
                ring_says(READER, out, STRAIT_EMPTY);
                ring_send(WRITER, in, 1);
            }
            ring_get(READER, out, 1, STRAIT_OK);
            ring_says(READER, out, STRAIT_EMPTY);
            ring_close(WRITER, in);
            ring_close(READER, out);
            ring_end();
        }
    }
}

static void what_was_sent_waits_for_whoever_comes_later(void)
{
    stage_begin();
    numbers *in = ring_as(WRITER, STRAIT_WRITER, STRAIT_ONE, STRAIT_ONE);
    ring_send(WRITER, in, 7);
    ring_close(WRITER, in);
    numbers *out = ring_as(READER, STRAIT_READER, 0, 0);
    ring_get(READER, out, 7, STRAIT_OK);
    ring_close(READER, out);
    ring_end();
}

static void zero_is_content_with_whatever_ring_is_there(void)
{
    stage_begin();
    numbers *in = ring_as(WRITER, STRAIT_WRITER, STRAIT_MANY, STRAIT_MANY);
    strait_ring *any = NULL;
    fake_os_become(READER);
    assert_int_equal(
        strait_ring_open("ring", &(strait_ring_options){.how = STRAIT_ATTACH, .allocator = &stage_allocator},
                         &any),
        STRAIT_OK);
    strait_ring_info info;
    assert_int_equal(strait_ring_stat(any, &info), STRAIT_OK);
    assert_int_equal(info.capacity, SLOTS);
    assert_int_equal(info.item_bytes, 8);
    assert_int_equal(info.ports_held, 2);
    assert_int_equal(info.writers, STRAIT_MANY);
    assert_int_equal(strait_ring_close(any), STRAIT_OK);
    ring_close(WRITER, in);
    ring_end();
}

static void another_shape_is_refused_with_both_sides_named(void)
{
    stage_begin();
    numbers *in = ring_as(WRITER, STRAIT_WRITER, STRAIT_ONE, STRAIT_MANY);
    static const struct {
        strait_ring_options options;
        const char *made, *asked;
    } others[] = {
        {{.slots = 5, .item_bytes = 8}, "made for 4 slots", "asked for 8 slots"},
        {{.item_bytes = 9}, "made for items of 8 bytes", "asked for items of 9 bytes"},
        {{.item_bytes = 8, .item_align = 16}, "aligned to 8", "aligned to 16"},
        {{.item_bytes = 8, .writers = STRAIT_MANY}, "made for one writer", "asked for many writers"},
        {{.item_bytes = 8, .readers = STRAIT_ONE}, "made for many readers", "asked for one reader"}};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        strait_ring_options options = others[i].options;
        strait_ring *ring = NULL;
        options.allocator = &stage_allocator;
        fake_os_become(READER);
        assert_int_equal(strait_ring_open("ring", &options, &ring), STRAIT_SHAPE_MISMATCH);
        assert_null(ring);
        stage_said("open ring \"ring\": made for");
        stage_said(others[i].made);
        stage_said(others[i].asked);
    }
    strait_segment *segment = NULL;
    assert_int_equal(strait_segment_open("ring", &(strait_segment_options){.bytes = 100}, &segment),
                     STRAIT_SIZE_MISMATCH);
    ring_close(WRITER, in);
    ring_end();
}

#define POINT(F) F(int32_t, x) F(int32_t, y)
STRAIT_RECORD(point, POINT)
#define POLE(F) F(int32_t, x) F(uint32_t, y)
STRAIT_RECORD(pole, POLE)
STRAIT_RING_OF(points, struct point)
STRAIT_RING_OF(poles, struct pole)

static void a_ring_of_records_is_for_that_record_only(void)
{
    stage_begin();
    points *in = NULL;
    poles *other = NULL;
    strait_ring_options options = {.record = STRAIT_RECORD_OF(point), .allocator = &stage_allocator};
    assert_int_equal(points_open("ring", &options, &in), STRAIT_OK);
    options.record = STRAIT_RECORD_OF(pole);
    assert_int_equal(poles_open("ring", &options, &other), STRAIT_SCHEMA_MISMATCH);
    stage_said("open ring \"ring\": made for record point");
    stage_said("pole");
    struct point sent = {3, 4};
    struct point got = {0, 0};
    assert_int_equal(points_send(in, &sent, STRAIT_NO_WAIT), STRAIT_OK);
    assert_int_equal(points_recv(in, &got, STRAIT_NO_WAIT), STRAIT_OK);
    assert_memory_equal(&got, &sent, sizeof got);
    assert_int_equal(points_close(in), STRAIT_OK);
    ring_end();
}

static void what_cannot_be_a_ring_is_refused_before_anything_is_made(void)
{
    stage_begin();
    static const struct {
        strait_ring_options options;
        int rc;
    } bad[] = {
        {{.item_bytes = 0}, STRAIT_BAD_SIZE},
        {{.item_bytes = (UINT32_C(1) << 30) + 1}, STRAIT_BAD_SIZE},
        {{.item_bytes = 8, .item_align = 3}, STRAIT_BAD_SIZE},
        {{.item_bytes = 8, .item_align = 24}, STRAIT_BAD_SIZE},
        {{.item_bytes = 8, .item_align = 128}, STRAIT_BAD_SIZE},
        {{.item_bytes = UINT32_C(1) << 30, .slots = UINT32_C(1) << 31}, STRAIT_BAD_SIZE},
        {{.item_bytes = 8, .slots = (UINT32_C(1) << 31) + 1}, STRAIT_BAD_ARGUMENT},
        {{.item_bytes = 8, .ports = 40000}, STRAIT_BAD_ARGUMENT},
        {{.item_bytes = 8, .writers = (strait_sides)3}, STRAIT_BAD_ARGUMENT},
        {{.item_bytes = 8, .role = (strait_role)4}, STRAIT_BAD_ARGUMENT},
        {{.item_bytes = 8, .strategy = (strait_strategy)4}, STRAIT_BAD_ARGUMENT},
        {{.item_bytes = 8, .full = STRAIT_FULL_OVERWRITES, .readers = STRAIT_ONE}, STRAIT_BAD_ARGUMENT},
        {{.item_bytes = 8, .full = STRAIT_FULL_OVERWRITES, .writers = STRAIT_MANY}, STRAIT_BAD_ARGUMENT},
        {{.item_bytes = 8, .role = STRAIT_OBSERVER}, STRAIT_BAD_ARGUMENT},
        {{.item_bytes = 8, .max_bytes = 1000}, STRAIT_OVER_QUOTA},
        {{.item_bytes = 7, .record = STRAIT_RECORD_OF(point)}, STRAIT_BAD_ARGUMENT}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        strait_ring *ring = NULL;
        strait_ring_options options = bad[i].options;
        options.allocator = &stage_allocator;
        assert_int_equal(strait_ring_open("ring", &options, &ring), bad[i].rc);
        assert_null(ring);
    }
    assert_int_equal(strait_ring_open(NULL, &(strait_ring_options){.item_bytes = 8}, &(strait_ring *){NULL}),
                     STRAIT_BAD_ARGUMENT);
    assert_int_equal(strait_ring_open("a/b", &(strait_ring_options){.item_bytes = 8}, &(strait_ring *){NULL}),
                     STRAIT_BAD_NAME);
    assert_int_equal(strait_ring_open("ring", &(strait_ring_options){.item_bytes = 8}, NULL),
                     STRAIT_BAD_ARGUMENT);
    assert_int_equal(fake_os_names(), 0);
    stage_check();
}

static void bytes_that_contradict_themselves_are_refused(void)
{
    stage_begin();
    numbers *in = ring_as(WRITER, STRAIT_WRITER, STRAIT_ONE, STRAIT_ONE);
    strait_ring_format *shared = STRAIT_RING_UNTYPED(in)->view.shared;
    strait_ring_options options = ring_of(STRAIT_READER, 0, 0);
    numbers *out = NULL;
    shared->slot_bytes = 1 << 20;
    assert_int_equal(ring_try_open(READER, &options, &out), STRAIT_CORRUPT);
    stage_said("slot_bytes");
    shared->slot_bytes = 16;
    out = ring_open(READER, &options);
    ring_close(READER, out);
    ring_close(WRITER, in);
    ring_end();
}

static void an_open_that_fails_at_any_call_leaves_nothing(void)
{
    for (unsigned n = 1;; n++) {
        stage_begin();
        strait_ring_options options = ring_of(STRAIT_BOTH, STRAIT_ONE, STRAIT_ONE);
        options.lifetime = STRAIT_UNTIL_LAST_LEAVES;
        fake_os_count();
        fake_os_fail(n, STRAIT_SYSTEM);
        numbers *ring = NULL;
        int rc = ring_try_open(WRITER, &options, &ring);
        bool reached = fake_os_counted() >= n;
        fake_os_count();
        if (rc == STRAIT_OK) {
            ring_send(WRITER, ring, 1);
            ring_get(WRITER, ring, 1, STRAIT_OK);
            ring_close(WRITER, ring);
        }
        assert_int_equal(fake_os_names(), 0);
        stage_check();
        if (!reached) {
            assert_true(n > 3);
            break;
        }
    }
    stage_begin();
    stage_fail_allocation(true);
    numbers *ring = NULL;
    strait_ring_options options = ring_of(STRAIT_BOTH, STRAIT_ONE, STRAIT_ONE);
    assert_int_equal(ring_try_open(WRITER, &options, &ring), STRAIT_NO_MEMORY);
    stage_check();
}

/* --- items ------------------------------------------------------------------------------------------------ */

static void items_come_in_order_and_full_and_empty_say_so(void)
{
    FORMS(writers, readers)
    {
        stage_begin();
        numbers *in = ring_as(WRITER, STRAIT_WRITER, writers, readers);
        numbers *out = ring_as(READER, STRAIT_READER, writers, readers);
        uint64_t next = 0;
        for (int lap = 0; lap < 5; lap++) {
            for (uint64_t i = 0; i < SLOTS; i++) {
                ring_send(WRITER, in, next + i);
                assert_int_equal(numbers_size(in), i + 1);
                assert_false(numbers_empty(in));
            }
            uint64_t more = 99;
            assert_int_equal(numbers_try_send(in, &more), STRAIT_FULL);
            assert_int_equal(numbers_send(in, &more, STRAIT_NO_WAIT), STRAIT_FULL);
            for (uint64_t i = 0; i < SLOTS; i++, next++) {
                ring_get(READER, out, next, STRAIT_OK);
            }
            assert_true(numbers_empty(out));
            ring_says(READER, out, STRAIT_EMPTY);
            ring_send(WRITER, in, next); /* moves the seam */
            ring_get(READER, out, next, STRAIT_OK);
            next++;
        }
        strait_ring_info info;
        assert_int_equal(numbers_stat(out, &info), STRAIT_OK);
        assert_int_equal(info.received, next);
        assert_int_equal(info.taken, next);
        ring_close(WRITER, in);
        ring_close(READER, out);
        ring_end();
    }
}

static void batches_are_copied_as_far_as_there_is_room_and_around_the_end(void)
{
    FORMS(writers, readers)
    {
        stage_begin();
        numbers *ring = ring_as(WRITER, STRAIT_BOTH, writers, readers);
        uint64_t value = 0;
        uint64_t expected = 0;
        for (int round = 0; round < 9; round++) {
            uint64_t in[6];
            uint64_t out[6];
            uint64_t count = 0;
            uint64_t sent = 0;
            for (int i = 0; i < 6; i++) {
                in[i] = value + (uint64_t)i;
            }
            assert_int_equal(numbers_try_send_many(ring, in, 6, &sent), STRAIT_OK);
            assert_int_equal(sent, SLOTS);
            value += sent;
            assert_int_equal(numbers_try_send_many(ring, in, 6, &sent), STRAIT_FULL);
            assert_int_equal(sent, 0);
            assert_int_equal(numbers_try_recv_many(ring, out, 3, &count), STRAIT_OK);
            assert_int_equal(count, 3);
            for (uint64_t i = 0; i < count; i++) {
                assert_int_equal(out[i], expected++);
            }
            assert_int_equal(numbers_recv_many(ring, out, 6, STRAIT_FOREVER, &count), STRAIT_OK);
            assert_int_equal(count, 1);
            assert_int_equal(out[0], expected++);
            assert_int_equal(numbers_try_recv_many(ring, out, 6, &count), STRAIT_EMPTY);
            assert_int_equal(count, 0);
            ring_send(WRITER, ring, value++);
            ring_get(WRITER, ring, expected++, STRAIT_OK);
        }
        ring_close(WRITER, ring);
        ring_end();
    }
}

static void spans_are_written_and_read_in_place_and_go_round_the_end(void)
{
    FORMS(writers, readers)
    {
        stage_begin();
        numbers *ring = ring_as(WRITER, STRAIT_BOTH, writers, readers);
        uint64_t value = 0;
        uint64_t expected = 0;
        strait_ring_span span;
        for (int round = 0; round < 9; round++) {
            assert_int_equal(numbers_try_reserve(ring, 3, &span), STRAIT_OK);
            assert_int_equal(span.count, 3);
            for (uint64_t i = 0; i < span.count; i++) {
                *numbers_at(ring, span.first + i) = value++;
            }
            assert_int_equal(numbers_commit(ring, 3), STRAIT_OK);
            assert_int_equal(numbers_try_peek(ring, 9, &span), STRAIT_OK);
            assert_int_equal(span.count, 3);
            for (uint64_t i = 0; i < span.count; i++) {
                assert_int_equal(*numbers_at(ring, span.first + i), expected++);
            }
            assert_int_equal(numbers_release(ring, 1), STRAIT_OK);
            assert_int_equal(numbers_release(ring, 2), STRAIT_OK);
            assert_int_equal(numbers_try_peek(ring, 1, &span), STRAIT_EMPTY);
        }
        assert_int_equal(numbers_reserve(ring, 2, STRAIT_FOREVER, &span), STRAIT_OK);
        assert_int_equal(numbers_cancel(ring), STRAIT_OK);
        assert_int_equal(numbers_try_peek(ring, 1, &span), STRAIT_EMPTY);
        for (uint64_t i = 0; i < SLOTS; i++) { /* nothing of the room is lost */
            ring_send(WRITER, ring, i);
        }
        ring_get(WRITER, ring, 0, writers == STRAIT_MANY ? STRAIT_SKIPPED : STRAIT_OK);
        ring_get(WRITER, ring, 1, STRAIT_OK);
        ring_close(WRITER, ring);
        ring_end();
    }
}

static void a_part_of_a_reserved_span_can_be_committed(void)
{
    FORMS(writers, readers)
    {
        stage_begin();
        numbers *ring = ring_as(WRITER, STRAIT_BOTH, writers, readers);
        strait_ring_span span;
        assert_int_equal(numbers_try_reserve(ring, 4, &span), STRAIT_OK);
        *numbers_at(ring, span.first) = 11;
        assert_int_equal(numbers_commit(ring, 1), STRAIT_OK);
        ring_get(WRITER, ring, 11, STRAIT_OK);
        ring_send(WRITER, ring, 12);
        ring_get(WRITER, ring, 12, writers == STRAIT_MANY ? STRAIT_SKIPPED : STRAIT_OK);
        ring_close(WRITER, ring);
        ring_end();
    }
}

static void items_of_every_size_are_aligned_and_whole(void)
{
    static const struct {
        uint32_t bytes, align, slots;
    } sizes[] = {{1, 1, 1},   {1, 0, 1024}, {3, 2, 7},   {8, 8, 64},     {16, 16, 4},      {32, 32, 4},
                 {48, 0, 33}, {64, 64, 8},  {120, 8, 2}, {4096, 64, 16}, {1048576, 64, 2}, {1, 0, 1 << 20}};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        stage_begin();
        strait_ring_options options = ring_of(STRAIT_BOTH, STRAIT_ONE, STRAIT_ONE);
        options.item_bytes = sizes[i].bytes;
        options.item_align = sizes[i].align;
        options.slots = sizes[i].slots;
        strait_ring *ring = NULL;
        assert_int_equal(strait_ring_open("ring", &options, &ring), STRAIT_OK);
        assert_true(strait_ring_capacity(ring) >= sizes[i].slots &&
                    strait_ring_capacity(ring) < 2 * (uint64_t)sizes[i].slots);
        unsigned char *item = malloc(sizes[i].bytes);
        unsigned char *got = malloc(sizes[i].bytes);
        uint32_t align = sizes[i].align < 8 ? 8 : sizes[i].align;
        for (unsigned n = 0; n < 5; n++) {
            strait_ring_span span;
            memset(item, (int)n + 1, sizes[i].bytes);
            assert_int_equal(strait_ring_try_send(ring, item), STRAIT_OK);
            assert_int_equal(strait_ring_try_peek(ring, 1, &span), STRAIT_OK);
            assert_int_equal((uintptr_t)strait_ring_at(ring, span.first) % align, 0);
            assert_memory_equal(strait_ring_at(ring, span.first), item, sizes[i].bytes);
            assert_int_equal(strait_ring_release(ring, 1), STRAIT_OK);
            assert_int_equal(strait_ring_try_send(ring, item), STRAIT_OK);
            assert_int_equal(strait_ring_try_recv(ring, got), STRAIT_OK);
            assert_memory_equal(got, item, sizes[i].bytes);
        }
        free(item);
        free(got);
        assert_int_equal(strait_ring_close(ring), STRAIT_OK);
        ring_end();
    }
}

SUITE(ring_handle, TEST(writer_and_reader_come_in_any_order_and_meet),
      TEST(what_was_sent_waits_for_whoever_comes_later), TEST(zero_is_content_with_whatever_ring_is_there),
      TEST(another_shape_is_refused_with_both_sides_named), TEST(a_ring_of_records_is_for_that_record_only),
      TEST(what_cannot_be_a_ring_is_refused_before_anything_is_made),
      TEST(bytes_that_contradict_themselves_are_refused), TEST(an_open_that_fails_at_any_call_leaves_nothing),
      TEST(items_come_in_order_and_full_and_empty_say_so),
      TEST(batches_are_copied_as_far_as_there_is_room_and_around_the_end),
      TEST(spans_are_written_and_read_in_place_and_go_round_the_end),
      TEST(a_part_of_a_reserved_span_can_be_committed), TEST(items_of_every_size_are_aligned_and_whole))
