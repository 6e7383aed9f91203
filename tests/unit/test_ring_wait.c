/* test_ring_wait.c - waiting for items and for room: who sleeps is woken, whoever wakes may die, and while nobody sleeps
 * nobody calls the system.
 */
#include "ring_stage.h"

typedef struct pair {
    numbers *in, *out;
} pair;

static pair pair_of(strait_strategy strategy)
{
    stage_begin();
    strait_ring_options options = ring_of(STRAIT_WRITER, STRAIT_MANY, STRAIT_MANY);
    options.strategy = strategy;
    pair p = {.in = ring_open(WRITER, &options)};
    options.role = STRAIT_READER;
    p.out = ring_open(READER, &options);
    return p;
}

static void pair_end(pair *p)
{
    ring_close(WRITER, p->in);
    ring_close(READER, p->out);
    ring_end();
}

static strait_ring_format *bytes_of(const pair *p)
{
    return STRAIT_RING_UNTYPED(p->out)->view.shared;
}

/* ASLEEP, whatever the tickets. */
static bool says_asleep(const pair *p)
{
    return (strait_u32_load_relaxed(&bytes_of(p)->readers_asleep) & STRAIT_FORMAT_ASLEEP) != 0;
}

static void fill(const pair *p)
{
    for (uint64_t i = 0; i < SLOTS; i++) {
        ring_send(WRITER, p->in, i);
    }
}

static bool send_9(void *context)
{
    ring_send(WRITER, ((pair *)context)->in, 9);
    return true;
}

static bool take_0(void *context)
{
    ring_get(READER, ((pair *)context)->out, 0, STRAIT_OK);
    return true;
}

static bool finish_in(void *context)
{
    fake_os_become(WRITER);
    assert_int_equal(numbers_finish(((pair *)context)->in), STRAIT_OK);
    return true;
}

/* --- sleeping and waking ---------------------------------------------------------------------------------- */

static void who_waits_for_an_item_sleeps_until_it_comes(void)
{
    static const strait_strategy strategies[] = {STRAIT_ADAPTIVE, STRAIT_SLEEP};
    for (size_t i = 0; i < 2; i++) {
        pair p = pair_of(strategies[i]);
        uint64_t got = 0;
        fake_os_while_asleep(send_9, &p);
        fake_os_become(READER);
        fake_os_count();
        assert_int_equal(numbers_recv(p.out, &got, STRAIT_FOREVER), STRAIT_OK);
        assert_int_equal(got, 9);
        assert_int_equal(fake_os_counted_of(FAKE_OS_WAIT), 1);
        assert_int_equal(fake_os_counted_of(FAKE_OS_BARRIER), 1);
        assert_false(says_asleep(&p)); /* the waker has cleared it */
        strait_ring_info info;
        assert_int_equal(numbers_stat(p.out, &info), STRAIT_OK);
        assert_int_equal(info.waits, 1);
        fake_os_while_asleep(NULL, NULL);
        pair_end(&p);
    }
}

static void who_waits_for_room_sleeps_until_there_is_some(void)
{
    pair p = pair_of(STRAIT_SLEEP);
    uint64_t more = 50;
    fill(&p);
    fake_os_while_asleep(take_0, &p);
    fake_os_become(WRITER);
    fake_os_count();
    assert_int_equal(numbers_send(p.in, &more, STRAIT_FOREVER), STRAIT_OK);
    assert_int_equal(fake_os_counted_of(FAKE_OS_WAIT), 1);
    fake_os_while_asleep(NULL, NULL);
    pair_end(&p);
}

static void who_waits_learns_that_the_stream_has_ended(void)
{
    pair p = pair_of(STRAIT_SLEEP);
    uint64_t got = 0;
    fake_os_while_asleep(finish_in, &p);
    fake_os_become(READER);
    assert_int_equal(numbers_recv(p.out, &got, STRAIT_FOREVER), STRAIT_CLOSED);
    fake_os_while_asleep(NULL, NULL);
    pair_end(&p);
}

static void while_nobody_sleeps_nobody_calls_the_system(void)
{
    pair p = pair_of(STRAIT_ADAPTIVE);
    fake_os_count();
    for (uint64_t i = 0; i < 1000; i++) {
        uint64_t got = 0;
        fake_os_become(WRITER);
        assert_int_equal(numbers_send(p.in, &i, STRAIT_FOREVER), STRAIT_OK);
        fake_os_become(READER);
        assert_int_equal(numbers_recv(p.out, &got, STRAIT_FOREVER), STRAIT_OK);
        assert_int_equal(got, i);
    }
    assert_int_equal(fake_os_counted(), 0);
    pair_end(&p);
}

/* What came between the last look and the sleep keeps the sleeper awake. */
static void send_before_the_wait(void *context, unsigned n, fake_os_call call)
{
    (void)n;
    pair *p = context;
    if (call == FAKE_OS_WAIT && numbers_empty(p->in)) {
        ring_send(WRITER, p->in, 9);
    }
}

static void an_item_that_comes_just_before_the_sleep_is_not_slept_through(void)
{
    pair p = pair_of(STRAIT_SLEEP);
    uint64_t got = 0;
    fake_os_become(READER);
    fake_os_count();
    fake_os_between(send_before_the_wait, &p);
    uint64_t before = strait_now_ns();
    assert_int_equal(numbers_recv(p.out, &got, STRAIT_FOREVER), STRAIT_OK);
    assert_int_equal(got, 9);
    assert_true(strait_now_ns() - before < 1000000);
    fake_os_between(NULL, NULL);
    pair_end(&p);
}

static void send_after_the_barrier(void *context, unsigned n, fake_os_call call)
{
    (void)n;
    pair *p = context;
    if (call == FAKE_OS_BARRIER && numbers_empty(p->in)) {
        ring_send(WRITER, p->in, 9);
    }
}

static void an_item_that_comes_before_the_second_look_needs_no_sleep(void)
{
    pair p = pair_of(STRAIT_SLEEP);
    uint64_t got = 0;
    fake_os_become(READER);
    fake_os_count();
    fake_os_between(send_after_the_barrier, &p);
    assert_int_equal(numbers_recv(p.out, &got, STRAIT_FOREVER), STRAIT_OK);
    assert_int_equal(fake_os_counted_of(FAKE_OS_WAIT), 0);
    fake_os_between(NULL, NULL);
    pair_end(&p);
}

/* --- ends of waiting -------------------------------------------------------------------------------------- */

static void waiting_ends_at_the_deadline(void)
{
    static const strait_strategy strategies[] = {STRAIT_ADAPTIVE, STRAIT_YIELD, STRAIT_SLEEP};
    for (size_t i = 0; i < 3; i++) {
        pair p = pair_of(strategies[i]);
        uint64_t value = 0;
        fake_os_become(READER);
        uint64_t deadline = strait_deadline_ms(170);
        assert_int_equal(numbers_recv(p.out, &value, deadline), STRAIT_TIMED_OUT);
        assert_true(strait_now_ns() >= deadline && strait_now_ns() < deadline + 1000000);
        assert_int_equal(numbers_recv(p.out, &value, STRAIT_NO_WAIT), STRAIT_EMPTY);
        fill(&p);
        deadline = strait_deadline_ms(170);
        assert_int_equal(numbers_send(p.in, &value, deadline), STRAIT_TIMED_OUT);
        assert_true(strait_now_ns() >= deadline && strait_now_ns() < deadline + 1000000);
        pair_end(&p);
    }
}

static void a_signal_ends_waiting_only_for_those_who_asked(void)
{
    stage_begin();
    strait_ring_options options = ring_of(STRAIT_READER, STRAIT_ONE, STRAIT_ONE);
    options.interruptible = true;
    numbers *out = ring_open(READER, &options);
    uint64_t got = 0;
    fake_os_count();
    fake_os_fail_all(FAKE_OS_WAIT, STRAIT_INTERRUPTED);
    assert_int_equal(numbers_recv(out, &got, STRAIT_FOREVER), STRAIT_INTERRUPTED);
    ring_close(READER, out);
    options.interruptible = false;
    out = ring_open(READER, &options);
    fake_os_count();
    fake_os_fail(2, STRAIT_INTERRUPTED); /* the first wait; the barrier came before it */
    assert_int_equal(numbers_recv(out, &got, strait_deadline_ms(100)), STRAIT_TIMED_OUT);
    assert_true(fake_os_counted_of(FAKE_OS_WAIT) > 1);
    ring_close(READER, out);
    ring_end();
}

/* --- deaths ----------------------------------------------------------------------------------------------- */

static pair *dying;

static void send_and_die(void *context)
{
    uint64_t value = *(uint64_t *)context;
    (void)numbers_try_send(dying->in, &value);
}

static void a_waker_dies(pair *p)
{
    uint64_t value = 9;
    fake_os_count();
    fake_os_die(1, FAKE_OS_BEFORE); /* its first call is the wake */
    dying = p;
    assert_false(fake_os_run(WRITER, send_and_die, &value));
    stage_bury_handles(WRITER);
}

static bool send_and_wake_nobody(void *context)
{
    pair *p = context;
    strait_u32 *asleep = &bytes_of(p)->readers_asleep;
    uint32_t tickets = strait_u32_load_relaxed(asleep);
    strait_u32_store_relaxed(asleep, 0);
    ring_send(WRITER, p->in, 9);
    strait_u32_store_relaxed(asleep, tickets);
    ring_kill(WRITER);
    return false;
}

static void an_item_whose_sender_died_before_it_could_wake_is_found_after_a_nap(void)
{
    pair p = pair_of(STRAIT_SLEEP);
    uint64_t got = 0;
    fake_os_while_asleep(send_and_wake_nobody, &p);
    fake_os_become(READER);
    uint64_t before = strait_now_ns();
    assert_int_equal(numbers_recv(p.out, &got, STRAIT_FOREVER), STRAIT_OK);
    assert_int_equal(got, 9);
    assert_true(strait_now_ns() - before <= 60000000);
    fake_os_while_asleep(NULL, NULL);
    ring_close(READER, p.out);
    ring_end();
}

static void the_next_sender_wakes_whom_a_dead_one_did_not(void)
{
    pair p = pair_of(STRAIT_SLEEP);
    numbers *other = ring_as(OTHER, STRAIT_WRITER, STRAIT_MANY, STRAIT_MANY);
    strait_ring_format *bytes = bytes_of(&p);
    (void)strait_u32_or_relaxed(&bytes->readers_asleep, STRAIT_FORMAT_ASLEEP); /* somebody sleeps */
    a_waker_dies(&p);
    assert_true(says_asleep(&p));
    fake_os_count();
    ring_send(OTHER, other, 10);
    assert_int_equal(fake_os_counted_of(FAKE_OS_WAKE), 1);
    assert_false(says_asleep(&p));
    ring_send(OTHER, other, 11);
    assert_int_equal(fake_os_counted_of(FAKE_OS_WAKE), 1);
    ring_close(OTHER, other);
    ring_close(READER, p.out);
    ring_end();
}

static bool reserve_and_die(void *context)
{
    pair *p = context;
    strait_ring_span span;
    if (fake_os_alive(fake_os_pid(WRITER))) {
        fake_os_become(WRITER);
        assert_int_equal(numbers_try_reserve(p->in, 1, &span), STRAIT_OK);
        ring_send(OTHER, p->out, 3); /* `out` may write too: it stands behind the claim */
        ring_kill(WRITER);
    }
    return false;
}

static void a_sleeping_reader_gets_past_the_claim_of_one_that_died(void)
{
    stage_begin();
    pair p = {.in = ring_as(WRITER, STRAIT_WRITER, STRAIT_MANY, STRAIT_ONE),
              .out = ring_as(OTHER, STRAIT_WRITER, STRAIT_MANY, STRAIT_ONE)};
    numbers *out = ring_as(READER, STRAIT_READER, STRAIT_MANY, STRAIT_ONE);
    uint64_t got = 0;
    fake_os_while_asleep(reserve_and_die, &p);
    fake_os_become(READER);
    assert_int_equal(numbers_recv(out, &got, STRAIT_FOREVER), STRAIT_SKIPPED);
    assert_int_equal(got, 3);
    fake_os_while_asleep(NULL, NULL);
    ring_close(OTHER, p.out);
    ring_close(READER, out);
    ring_end();
}

static void wait_until(pair *p)
{
    uint64_t got = 0;
    fake_os_become(READER);
    assert_int_equal(numbers_recv(p->out, &got, strait_deadline_ms(1)), STRAIT_TIMED_OUT);
}

/* Two wakers at once: the slow one comes to clear the word when somebody sleeps anew. */
static void sleep_before_the_wake(void *context, unsigned n, fake_os_call call)
{
    (void)n;
    pair *p = context;
    if (call == FAKE_OS_WAKE) {
        numbers *in = p->in;
        uint64_t got = 0;
        p->in = NULL; /* once */
        if (in != NULL) {
            fake_os_become(READER);
            assert_int_equal(numbers_try_recv(p->out, &got), STRAIT_OK);
            uint32_t tickets = strait_u32_load_relaxed(&STRAIT_RING_UNTYPED(in)->view.shared->readers_asleep);
            strait_u32_store_relaxed(&STRAIT_RING_UNTYPED(in)->view.shared->readers_asleep,
                                     tickets & ~STRAIT_FORMAT_ASLEEP); /* the fast waker */
            wait_until(p);
        }
    }
}

static void a_slow_waker_does_not_take_back_what_a_later_sleeper_said(void)
{
    pair p = pair_of(STRAIT_SLEEP);
    numbers *in = p.in;
    wait_until(&p);
    fake_os_count();
    fake_os_between(sleep_before_the_wake, &p);
    ring_send(WRITER, in, 9);
    fake_os_between(NULL, NULL);
    p.in = in;
    assert_true(says_asleep(&p));
    pair_end(&p);
}

/* --- where barriers cannot be had ------------------------------------------------------------------------- */

static void without_barriers_publishers_order_their_memory_themselves(void)
{
    stage_begin();
    fake_os_count();
    fake_os_fail_all(FAKE_OS_BARRIER_JOIN, STRAIT_UNSUPPORTED);
    pair p = {.in = ring_as(WRITER, STRAIT_WRITER, STRAIT_MANY, STRAIT_MANY)};
    fake_os_count();
    p.out = ring_as(READER, STRAIT_READER, STRAIT_MANY, STRAIT_MANY);
    strait_ring_format *bytes = bytes_of(&p);
    assert_int_equal(strait_u32_load_relaxed(&bytes->readers_asleep), STRAIT_FORMAT_FENCED);
    assert_int_equal(strait_u32_load_relaxed(&bytes->writers_asleep), STRAIT_FORMAT_FENCED);
    uint64_t got = 0;
    fake_os_while_asleep(send_9, &p);
    fake_os_become(READER);
    fake_os_count();
    assert_int_equal(numbers_recv(p.out, &got, STRAIT_FOREVER), STRAIT_OK);
    assert_int_equal(fake_os_counted_of(FAKE_OS_BARRIER), 0);
    assert_int_equal(strait_u32_load_relaxed(&bytes->readers_epoch), 1); /* it was woken */
    assert_int_equal(strait_u32_load_relaxed(&bytes->readers_asleep) & 3u,
                     STRAIT_FORMAT_FENCED); /* it stays */
    fake_os_while_asleep(NULL, NULL);
    fake_os_count();
    ring_send(WRITER, p.in, 1);
    assert_int_equal(fake_os_counted(), 0);
    pair_end(&p);
}

static void a_barrier_that_fails_makes_the_ring_do_without(void)
{
    pair p = pair_of(STRAIT_SLEEP);
    uint64_t got = 0;
    fake_os_while_asleep(send_9, &p);
    fake_os_become(READER);
    fake_os_count();
    fake_os_fail_all(FAKE_OS_BARRIER, STRAIT_UNSUPPORTED);
    assert_int_equal(numbers_recv(p.out, &got, STRAIT_FOREVER), STRAIT_OK);
    assert_int_equal(strait_u32_load_relaxed(&bytes_of(&p)->readers_asleep) & 3u, STRAIT_FORMAT_FENCED);
    fake_os_while_asleep(NULL, NULL);
    pair_end(&p);
}

SUITE(ring_wait, TEST(who_waits_for_an_item_sleeps_until_it_comes),
      TEST(who_waits_for_room_sleeps_until_there_is_some), TEST(who_waits_learns_that_the_stream_has_ended),
      TEST(while_nobody_sleeps_nobody_calls_the_system),
      TEST(an_item_that_comes_just_before_the_sleep_is_not_slept_through),
      TEST(an_item_that_comes_before_the_second_look_needs_no_sleep), TEST(waiting_ends_at_the_deadline),
      TEST(a_signal_ends_waiting_only_for_those_who_asked),
      TEST(an_item_whose_sender_died_before_it_could_wake_is_found_after_a_nap),
      TEST(the_next_sender_wakes_whom_a_dead_one_did_not),
      TEST(a_sleeping_reader_gets_past_the_claim_of_one_that_died),
      TEST(a_slow_waker_does_not_take_back_what_a_later_sleeper_said),
      TEST(without_barriers_publishers_order_their_memory_themselves),
      TEST(a_barrier_that_fails_makes_the_ring_do_without))
