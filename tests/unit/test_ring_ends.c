/* test_ring_ends.c - how rings end and what the dead leave: roles that pass on, claims that are skipped, items that are
 * redelivered or dropped, the end of the stream.
 */
#include "ring_stage.h"

#include <stdio.h>

/* Tries until a look for the dead was due. */
static int get_patiently(unsigned process, numbers *ring, uint64_t *value)
{
    fake_os_become(process);
    int rc = STRAIT_EMPTY;
    for (int i = 0; i < 4 && rc == STRAIT_EMPTY; i++) {
        rc = numbers_try_recv(ring, value);
    }
    return rc;
}

static void ring_gets_at_last(unsigned process, numbers *ring, uint64_t value, int rc)
{
    uint64_t got = 0;
    assert_int_equal(get_patiently(process, ring, &got), rc);
    if (rc >= 0) {
        assert_int_equal(got, value);
    }
}

/* --- roles ------------------------------------------------------------------------------------------------ */

static void a_second_living_one_is_refused_by_name_and_a_dead_ones_role_passes_on(void)
{
    for (strait_role role = STRAIT_WRITER; role <= STRAIT_READER; role++) {
        stage_begin();
        numbers *first = ring_as(WRITER, role, STRAIT_ONE, STRAIT_ONE);
        strait_ring_options options = ring_of(role, STRAIT_ONE, STRAIT_ONE);
        numbers *second = NULL;
        char words[64];
        assert_int_equal(ring_try_open(READER, &options, &second), STRAIT_ROLE_TAKEN);
        assert_null(second);
        stage_said(role == STRAIT_WRITER ? "the one writer is process" : "the one reader is process");
        snprintf(words, sizeof words, "process %u (fake-1)", fake_os_pid(WRITER));
        stage_said(words);
        ring_kill(WRITER);
        second = ring_open(READER, &options);
        ring_close(READER, second);
        first = ring_open(OTHER, &options); /* and from one that left */
        ring_close(OTHER, first);
        ring_end();
    }
}

static void a_refused_role_costs_no_port(void)
{
    stage_begin();
    strait_ring_options options = ring_of(STRAIT_WRITER, STRAIT_ONE, STRAIT_ONE);
    options.ports = 2;
    numbers *in = ring_open(WRITER, &options);
    for (int i = 0; i < 5; i++) {
        numbers *second = NULL;
        assert_int_equal(ring_try_open(READER, &options, &second), STRAIT_ROLE_TAKEN);
    }
    options.role = STRAIT_READER;
    numbers *out = ring_open(READER, &options);
    ring_close(READER, out);
    ring_close(WRITER, in);
    ring_end();
}

static void a_ring_with_all_ports_held_refuses_until_somebody_dies(void)
{
    stage_begin();
    strait_ring_options options = ring_of(STRAIT_BOTH, STRAIT_MANY, STRAIT_MANY);
    options.ports = 2;
    numbers *a = ring_open(WRITER, &options);
    numbers *b = ring_open(READER, &options);
    numbers *c = NULL;
    assert_int_equal(ring_try_open(OTHER, &options, &c), STRAIT_CROWDED);
    stage_said("all 2 ports");
    (void)b;
    ring_kill(READER);
    c = ring_open(OTHER, &options);
    ring_close(OTHER, c);
    ring_close(WRITER, a);
    ring_end();
}

static void the_next_writer_and_reader_go_on_where_the_dead_ones_stopped(void)
{
    stage_begin();
    numbers *in = ring_as(WRITER, STRAIT_WRITER, STRAIT_ONE, STRAIT_ONE);
    numbers *out = ring_as(READER, STRAIT_READER, STRAIT_ONE, STRAIT_ONE);
    ring_send(WRITER, in, 1);
    ring_send(WRITER, in, 2);
    ring_get(READER, out, 1, STRAIT_OK);
    ring_kill(WRITER);
    ring_kill(READER);
    in = ring_as(WRITER, STRAIT_WRITER, STRAIT_ONE, STRAIT_ONE);
    out = ring_as(READER, STRAIT_READER, STRAIT_ONE, STRAIT_ONE);
    ring_send(WRITER, in, 3);
    ring_get(READER, out, 2, STRAIT_OK);
    ring_get(READER, out, 3, STRAIT_OK);
    ring_close(WRITER, in);
    ring_close(READER, out);
    ring_end();
}

/* --- what the dead leave ---------------------------------------------------------------------------------- */

static void what_a_dead_writer_had_only_reserved_is_skipped_and_told(void)
{
    for (strait_sides readers = STRAIT_ONE; readers <= STRAIT_MANY; readers++) {
        stage_begin();
        numbers *in = ring_as(WRITER, STRAIT_WRITER, STRAIT_MANY, readers);
        numbers *other = ring_as(OTHER, STRAIT_WRITER, STRAIT_MANY, readers);
        numbers *out = ring_as(READER, STRAIT_READER, STRAIT_MANY, readers);
        strait_ring_span span;
        fake_os_become(WRITER);
        assert_int_equal(numbers_try_reserve(in, 2, &span), STRAIT_OK);
        ring_send(OTHER, other, 5);
        for (int i = 0; i < 300; i++) { /* it is slow, not dead: nobody robs it */
            ring_says(READER, out, STRAIT_EMPTY);
        }
        ring_kill(WRITER);
        uint64_t got = 0;
        int rc = STRAIT_EMPTY;
        for (int i = 0; i < 256 && rc == STRAIT_EMPTY; i++) {
            fake_os_become(READER);
            rc = numbers_try_recv(out, &got);
        }
        assert_int_equal(rc, STRAIT_SKIPPED);
        assert_int_equal(got, 5);
        assert_int_equal(figures(out).skipped, 2);
        ring_send(OTHER, other, 6);
        ring_get(READER, out, 6, STRAIT_OK);
        ring_close(OTHER, other);
        ring_close(READER, out);
        ring_end();
    }
}

static void nobody_is_asked_about_while_no_claim_stands(void)
{
    stage_begin();
    numbers *in = ring_as(WRITER, STRAIT_WRITER, STRAIT_MANY, STRAIT_MANY);
    numbers *out = ring_as(READER, STRAIT_READER, STRAIT_MANY, STRAIT_MANY);
    ring_send(WRITER, in, 1);
    ring_get(READER, out, 1, STRAIT_OK);
    fake_os_count();
    for (int i = 0; i < 2000; i++) {
        ring_says(READER, out, STRAIT_EMPTY);
    }
    for (uint64_t i = 0; i < SLOTS; i++) {
        ring_send(WRITER, in, i);
    }
    for (int i = 0; i < 2000; i++) {
        uint64_t more = 1;
        assert_int_equal(numbers_try_send(in, &more), STRAIT_FULL);
    }
    for (uint64_t i = 0; i < SLOTS; i++) {
        ring_get(READER, out, i, STRAIT_OK);
    }
    assert_int_equal(fake_os_counted(), 0);
    ring_close(WRITER, in);
    ring_close(READER, out);
    ring_end();
}

/* Two items are shown to a reader in place, it dies, and the next reader comes. */
static void die_looking(strait_sides writers, strait_sides readers, bool drop_seen)
{
    stage_begin();
    strait_ring_options options = ring_of(STRAIT_WRITER, writers, readers);
    options.drop_seen = drop_seen;
    numbers *in = ring_open(WRITER, &options);
    numbers *out = ring_as(READER, STRAIT_READER, 0, 0);
    for (uint64_t i = 0; i < SLOTS; i++) {
        ring_send(WRITER, in, i);
    }
    shown(READER, out, 2, 2, 0, STRAIT_OK);
    ring_kill(READER);
    out = ring_as(OTHER, STRAIT_READER, 0, 0);
    if (readers == STRAIT_ONE && !drop_seen) { /* in order, each with the remark */
        ring_get(OTHER, out, 0, STRAIT_REDELIVERED);
        ring_get(OTHER, out, 1, STRAIT_REDELIVERED);
    }
    ring_get(OTHER, out, 2, STRAIT_OK);
    ring_get(OTHER, out, 3, STRAIT_OK);
    if (readers == STRAIT_MANY && !drop_seen) { /* when there is nothing else */
        ring_gets_at_last(OTHER, out, 0, STRAIT_REDELIVERED);
        ring_gets_at_last(OTHER, out, 1, STRAIT_REDELIVERED);
    }
    ring_gets_at_last(OTHER, out, 0, STRAIT_EMPTY);
    assert_int_equal(figures(out).dropped, drop_seen ? 2 : 0);
    assert_int_equal(figures(out).redelivered, drop_seen ? 0 : 2);
    for (uint64_t i = 0; i < SLOTS; i++) { /* no room is lost */
        ring_send(WRITER, in, 10 + i);
    }
    ring_get(OTHER, out, 10, STRAIT_OK);
    ring_close(WRITER, in);
    ring_close(OTHER, out);
    ring_end();
}

static void what_a_dead_reader_was_looking_at_comes_again_with_a_remark_or_is_dropped(void)
{
    for (int form = 0; form < 8; form++) {
        die_looking(form & 1 ? STRAIT_MANY : STRAIT_ONE, form & 2 ? STRAIT_MANY : STRAIT_ONE,
                    (form & 4) != 0);
    }
}

static void what_a_reader_leaves_unread_when_it_closes_goes_to_the_next(void)
{
    for (strait_sides readers = STRAIT_ONE; readers <= STRAIT_MANY; readers++) {
        stage_begin();
        numbers *in = ring_as(WRITER, STRAIT_WRITER, STRAIT_ONE, readers);
        numbers *out = ring_as(READER, STRAIT_READER, STRAIT_ONE, readers);
        ring_send(WRITER, in, 1);
        ring_send(WRITER, in, 2);
        ring_send(WRITER, in, 3);
        shown(READER, out, 3, 3, 1, STRAIT_OK);
        assert_int_equal(numbers_release(out, 1), STRAIT_OK);
        ring_close(READER, out);
        out = ring_as(OTHER, STRAIT_READER, STRAIT_ONE, readers);
        ring_get(OTHER, out, 2, STRAIT_REDELIVERED);
        ring_get(OTHER, out, 3, STRAIT_REDELIVERED);
        ring_says(OTHER, out, STRAIT_EMPTY);
        ring_close(OTHER, out);
        ring_close(WRITER, in);
        ring_end();
    }
}

static void what_a_writer_leaves_reserved_when_it_closes_holds_nobody_up(void)
{
    stage_begin();
    numbers *in = ring_as(WRITER, STRAIT_WRITER, STRAIT_MANY, STRAIT_MANY);
    numbers *other = ring_as(OTHER, STRAIT_BOTH, STRAIT_MANY, STRAIT_MANY);
    strait_ring_span span;
    fake_os_become(WRITER);
    assert_int_equal(numbers_try_reserve(in, 3, &span), STRAIT_OK);
    ring_send(OTHER, other, 4);
    ring_close(WRITER, in);
    ring_get(OTHER, other, 4, STRAIT_SKIPPED);
    ring_close(OTHER, other);
    ring_end();
}

/* --- the end of the stream -------------------------------------------------------------------------------- */

static void readers_drain_the_ring_and_then_learn_that_it_is_closed(void)
{
    for (int form = 0; form < 4; form++) {
        strait_sides writers = form & 1 ? STRAIT_MANY : STRAIT_ONE;
        strait_sides readers = form & 2 ? STRAIT_MANY : STRAIT_ONE;
        stage_begin();
        numbers *in = ring_as(WRITER, STRAIT_WRITER, writers, readers);
        numbers *out = ring_as(READER, STRAIT_READER, writers, readers);
        ring_send(WRITER, in, 1);
        assert_int_equal(numbers_finish(in), STRAIT_OK);
        assert_int_equal(numbers_finish(in), STRAIT_OK);
        uint64_t more = 2;
        strait_ring_span span;
        assert_int_equal(numbers_try_send(in, &more), STRAIT_CLOSED);
        assert_int_equal(numbers_send(in, &more, STRAIT_FOREVER), STRAIT_CLOSED);
        assert_int_equal(numbers_try_reserve(in, 1, &span), STRAIT_CLOSED);
        ring_get(READER, out, 1, STRAIT_OK);
        ring_says(READER, out, STRAIT_CLOSED);
        assert_int_equal(numbers_recv(out, &more, STRAIT_FOREVER), STRAIT_CLOSED);
        assert_int_equal(numbers_try_peek(out, 1, &span), STRAIT_CLOSED);
        ring_close(WRITER, in);
        ring_says(READER, out, STRAIT_CLOSED);
        in = ring_as(OTHER, STRAIT_WRITER, writers, readers); /* opens it again */
        ring_says(READER, out, STRAIT_EMPTY);
        ring_send(OTHER, in, 3);
        ring_get(READER, out, 3, STRAIT_OK);
        ring_close(OTHER, in); /* without a word */
        ring_says(READER, out, STRAIT_EMPTY);
        ring_close(READER, out);
        ring_end();
    }
}

static void the_stream_is_open_while_one_living_writer_has_not_finished(void)
{
    stage_begin();
    numbers *a = ring_as(WRITER, STRAIT_WRITER, STRAIT_MANY, STRAIT_MANY);
    numbers *b = ring_as(OTHER, STRAIT_WRITER, STRAIT_MANY, STRAIT_MANY);
    numbers *out = ring_as(READER, STRAIT_READER, STRAIT_MANY, STRAIT_MANY);
    fake_os_become(WRITER);
    assert_int_equal(numbers_finish(a), STRAIT_OK);
    ring_says(READER, out, STRAIT_EMPTY);
    strait_ring_span span;
    ring_send(OTHER, b, 7);
    assert_int_equal(numbers_try_reserve(b, 1, &span), STRAIT_OK);
    ring_kill(OTHER); /* in the midst of it */
    ring_get(READER, out, 7, STRAIT_OK);
    ring_gets_at_last(READER, out, 0, STRAIT_CLOSED);
    ring_close(WRITER, a);
    ring_close(READER, out);
    ring_end();
}

static void the_stream_is_not_closed_while_another_reader_holds_an_item(void)
{
    stage_begin();
    numbers *in = ring_as(WRITER, STRAIT_WRITER, STRAIT_ONE, STRAIT_MANY);
    numbers *holder = ring_as(OTHER, STRAIT_READER, STRAIT_ONE, STRAIT_MANY);
    numbers *out = ring_as(READER, STRAIT_READER, STRAIT_ONE, STRAIT_MANY);
    ring_send(WRITER, in, 1);
    assert_int_equal(numbers_finish(in), STRAIT_OK);
    shown(OTHER, holder, 1, 1, 1, STRAIT_OK);
    ring_says(READER, out, STRAIT_EMPTY);
    ring_kill(OTHER);
    ring_gets_at_last(READER, out, 1, STRAIT_REDELIVERED);
    ring_says(READER, out, STRAIT_CLOSED);
    ring_close(WRITER, in);
    ring_close(READER, out);
    ring_end();
}

SUITE(ring_ends, TEST(a_second_living_one_is_refused_by_name_and_a_dead_ones_role_passes_on),
      TEST(a_refused_role_costs_no_port), TEST(a_ring_with_all_ports_held_refuses_until_somebody_dies),
      TEST(the_next_writer_and_reader_go_on_where_the_dead_ones_stopped),
      TEST(what_a_dead_writer_had_only_reserved_is_skipped_and_told),
      TEST(nobody_is_asked_about_while_no_claim_stands),
      TEST(what_a_dead_reader_was_looking_at_comes_again_with_a_remark_or_is_dropped),
      TEST(what_a_reader_leaves_unread_when_it_closes_goes_to_the_next),
      TEST(what_a_writer_leaves_reserved_when_it_closes_holds_nobody_up),
      TEST(readers_drain_the_ring_and_then_learn_that_it_is_closed),
      TEST(the_stream_is_open_while_one_living_writer_has_not_finished),
      TEST(the_stream_is_not_closed_while_another_reader_holds_an_item))
