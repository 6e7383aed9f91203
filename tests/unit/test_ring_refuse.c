/* test_ring_refuse.c - what calls on a ring's handle are refused, and in which words. */
#include "ring_stage.h"

static void another_role_is_told_so(void)
{
    stage_begin();
    numbers *in = ring_as(WRITER, STRAIT_WRITER, STRAIT_ONE, STRAIT_ONE);
    numbers *out = ring_as(READER, STRAIT_READER, STRAIT_ONE, STRAIT_ONE);
    uint64_t value = 1;
    strait_ring_span span;
    assert_int_equal(numbers_try_send(out, &value), STRAIT_WRONG_ROLE);
    stage_said("write to ring \"ring\": opened as reader");
    assert_int_equal(numbers_send(out, &value, STRAIT_FOREVER), STRAIT_WRONG_ROLE);
    assert_int_equal(numbers_try_reserve(out, 1, &span), STRAIT_WRONG_ROLE);
    assert_int_equal(numbers_finish(out), STRAIT_WRONG_ROLE);
    assert_int_equal(numbers_commit(out, 0), STRAIT_WRONG_ROLE);
    fake_os_become(WRITER);
    assert_int_equal(numbers_try_recv(in, &value), STRAIT_WRONG_ROLE);
    assert_int_equal(numbers_recv(in, &value, STRAIT_FOREVER), STRAIT_WRONG_ROLE);
    assert_int_equal(numbers_try_peek(in, 1, &span), STRAIT_WRONG_ROLE);
    strait_ring_options look = {.role = STRAIT_OBSERVER, .how = STRAIT_ATTACH, .allocator = &stage_allocator};
    numbers *eye = ring_open(OTHER, &look);
    assert_int_equal(numbers_try_recv(eye, &value), STRAIT_WRONG_ROLE);
    assert_int_equal(numbers_try_send(eye, &value), STRAIT_WRONG_ROLE);
    ring_send(WRITER, in, 1);
    fake_os_become(OTHER);
    strait_ring_info info;
    assert_int_equal(numbers_stat(eye, &info), STRAIT_OK);
    assert_int_equal(info.items, 1);
    assert_int_equal(info.ports_held, 2);
    ring_close(OTHER, eye);
    ring_close(WRITER, in);
    ring_close(READER, out);
    ring_end();
}

static void one_span_at_a_time_and_no_more_than_it_has(void)
{
    FORMS(writers, readers)
    {
        stage_begin();
        numbers *ring = ring_as(WRITER, STRAIT_BOTH, writers, readers);
        uint64_t value = 5;
        strait_ring_span span;
        strait_ring_span second;
        assert_int_equal(numbers_commit(ring, 0), STRAIT_BAD_ARGUMENT);
        assert_int_equal(numbers_release(ring, 0), STRAIT_BAD_ARGUMENT);
        assert_int_equal(numbers_try_reserve(ring, 0, &span), STRAIT_BAD_ARGUMENT);
        assert_int_equal(numbers_try_peek(ring, 0, &span), STRAIT_BAD_ARGUMENT);
        assert_int_equal(numbers_try_reserve(ring, 2, &span), STRAIT_OK);
        assert_int_equal(numbers_try_reserve(ring, 1, &second), STRAIT_BAD_ARGUMENT);
        stage_said("a span is open");
        assert_int_equal(numbers_try_send(ring, &value), STRAIT_BAD_ARGUMENT);
        assert_int_equal(numbers_finish(ring), STRAIT_BAD_ARGUMENT);
        assert_int_equal(numbers_commit(ring, 3), STRAIT_BAD_ARGUMENT);
        *numbers_at(ring, span.first) = *numbers_at(ring, span.first + 1) = 5;
        assert_int_equal(numbers_commit(ring, 2), STRAIT_OK);
        assert_int_equal(numbers_try_peek(ring, 2, &span), STRAIT_OK);
        assert_int_equal(numbers_try_peek(ring, 1, &second), STRAIT_BAD_ARGUMENT);
        assert_int_equal(numbers_try_recv(ring, &value), STRAIT_BAD_ARGUMENT);
        assert_int_equal(numbers_release(ring, 3), STRAIT_BAD_ARGUMENT);
        assert_int_equal(numbers_release(ring, 2), STRAIT_OK);
        ring_close(WRITER, ring);
        ring_end();
    }
}

static void a_forked_child_is_told_and_touches_nothing(void)
{
    stage_begin();
    numbers *ring = ring_as(WRITER, STRAIT_BOTH, STRAIT_MANY, STRAIT_MANY);
    uint64_t value = 1;
    strait_ring_span span;
    strait_ring_info info;
    numbers *clone = NULL;
    assert_int_equal(numbers_try_reserve(ring, 1, &span), STRAIT_OK);
    fake_os_fork_into(OTHER);
    assert_int_equal(numbers_try_send(ring, &value), STRAIT_FORKED);
    stage_said("ring \"ring\": the handle belongs to the parent process");
    assert_int_equal(numbers_commit(ring, 1), STRAIT_FORKED);
    assert_int_equal(numbers_try_recv(ring, &value), STRAIT_FORKED);
    assert_int_equal(numbers_recv(ring, &value, STRAIT_FOREVER), STRAIT_FORKED);
    assert_int_equal(numbers_release(ring, 0), STRAIT_FORKED);
    assert_int_equal(numbers_finish(ring), STRAIT_FORKED);
    assert_int_equal(numbers_stat(ring, &info), STRAIT_FORKED);
    assert_int_equal(numbers_clone(ring, STRAIT_BOTH, &clone), STRAIT_FORKED);
    assert_int_equal(numbers_size(ring), 0);
    fake_os_become(WRITER);
    *numbers_at(ring, span.first) = 3;
    assert_int_equal(numbers_commit(ring, 1), STRAIT_OK);
    ring_get(WRITER, ring, 3, STRAIT_OK);
    ring_close(WRITER, ring);
    ring_end();
}

SUITE(ring_refuse, TEST(another_role_is_told_so), TEST(one_span_at_a_time_and_no_more_than_it_has),
      TEST(a_forked_child_is_told_and_touches_nothing))
