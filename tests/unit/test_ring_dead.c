/* test_ring_dead.c - what is made of what the dead leave in a ring. */
#include "ring_actors.h"

static void the_claim_of_a_dead_writer_is_stepped_over(void)
{
    world *w = made(shape_of(2, 2, SLOTS), NEAR_TAKEN_SEAM);
    uint64_t first = 0;
    must_send(w, 0, 1);
    assert_int_equal(strait_ring_many_claim(&w->at[1], 2, &first), 2); /* and dies */
    must_send(w, 0, 2);
    must_receive(w, 2, 1);
    must_be_empty(w, 2);                     /* what is behind the claim waits for it */
    assert_int_equal(repaired(w, false), 0); /* while it lives, it is not robbed */
    w->dead[2] = true;
    assert_int_equal(repaired(w, false), 2);
    assert_int_equal(repaired(w, false), 0);
    must_receive(w, 2, 2);
    assert_int_equal(w->at[2].skipped, 2);
    assert_int_equal(strait_u64_load_relaxed(&w->at[0].shared->skipped), 2);
    all_room_is_there(w, 0, 2);
    done(w);
}

/* It said what it would claim, and another claimed it. */
static void an_intent_of_the_dead_robs_nobody(void)
{
    world *w = made(shape_of(2, 2, SLOTS), 0);
    uint64_t first = 0;
    strait_u64_store_relaxed(&w->at[1].port->write_count, 1);
    strait_u64_store_relaxed(&w->at[1].port->write_at, 0); /* dies before its compare-and-swap */
    assert_int_equal(strait_ring_many_claim(&w->at[0], 1, &first), 1);
    w->dead[2] = true;
    assert_int_equal(repaired(w, true), 0);
    *item(&w->at[0], first) = 7;
    strait_ring_many_publish(&w->at[0], first, 1);
    assert_int_equal(repaired(w, false), 0);
    must_receive(w, 2, 7);
    all_room_is_there(w, 0, 2);
    done(w);
}

/* The dead one's port has a new holder, who claimed the very position that the dead one only intended. */
static void nobody_is_excluded_by_the_number_of_a_port(void)
{
    world *w = made(shape_of(2, 2, SLOTS), 0);
    uint64_t first = 0;
    strait_u64_store_relaxed(&w->at[1].port->write_count, 1);
    strait_u64_store_relaxed(&w->at[1].port->write_at, 0);
    w->dead[2] = true;
    assert_int_equal(repaired(w, false), 0); /* its port is vacant now */
    uint32_t port = w->at[1].port_index;
    enter(w, 5); /* takes the first vacant port */
    assert_int_equal(w->at[5].port_index, port);
    assert_int_equal(strait_ring_many_claim(&w->at[5], 1, &first), 1);
    assert_int_equal(repaired(w, false), 0);
    *item(&w->at[5], first) = 9;
    strait_ring_many_publish(&w->at[5], first, 1);
    must_receive(w, 2, 9);
    done(w);
}

static void what_a_dead_reader_had_taken_is_adopted_once(void)
{
    world *w = made(shape_of(2, 2, SLOTS), NEAR_TAKEN_SEAM);
    uint64_t first = 0;
    uint64_t position = 0;
    bool seen = true;
    for (uint64_t i = 0; i < 4; i++) {
        must_send(w, 0, i);
    }
    assert_int_equal(strait_ring_many_take(&w->at[1], 2, &first), 2); /* and dies */
    must_receive(w, 2, 2);
    assert_false(strait_ring_adopt(&w->at[2], &position, &seen)); /* it lives yet */
    w->dead[2] = true;
    assert_int_equal(repaired(w, false), 2);
    for (uint64_t i = 0; i < 2; i++) {
        assert_true(strait_ring_adopt(&w->at[2], &position, &seen));
        assert_false(seen);
        assert_int_equal(position, first + i);
        assert_int_equal(*item(&w->at[2], position), i);
        strait_ring_many_release(&w->at[2], position, 1);
    }
    assert_false(strait_ring_adopt(&w->at[2], &position, &seen));
    must_receive(w, 2, 3);
    all_room_is_there(w, 0, 2);
    done(w);
}

/* Whoever adopts may die too, and the next may see what was shown in place. */
static void an_adopter_may_die_and_what_may_have_been_seen_is_flagged_or_dropped(void)
{
    for (int drop = 0; drop <= 1; drop++) {
        strait_ring_shape shape = shape_of(2, 2, SLOTS);
        shape.drop_seen = drop == 1;
        world *w = made(shape, NEAR_TAKEN_SEAM);
        uint64_t position = 0;
        bool seen = false;
        must_send(w, 0, 5);
        must_send(w, 0, 6);
        assert_int_equal(strait_ring_many_take(&w->at[1], 1, &position), 1);
        strait_u64_store_relaxed(&w->at[1].port->handed_at, position);       /* shown in place, and dies */
        assert_int_equal(strait_ring_many_take(&w->at[2], 1, &position), 1); /* not shown, and dies */
        w->dead[2] = w->dead[3] = true;
        assert_int_equal(repaired(w, false), 2);
        assert_int_equal(strait_u64_load_relaxed(&w->at[0].shared->dropped), drop);
        unsigned found[2] = {0, 0};
        for (int i = drop; i < 2; i++) {
            assert_true(strait_ring_adopt(&w->at[3], &position, &seen)); /* ... and dies again */
            w->dead[4] = true;
            assert_int_equal(repaired(w, false), 1);
            w->dead[4] = false;
            enter(w, 3);
            assert_true(strait_ring_adopt(&w->at[3], &position, &seen));
            uint64_t value = *item(&w->at[3], position);
            assert_int_equal(seen, value == 5);
            found[value - 5]++;
            strait_ring_many_release(&w->at[3], position, 1);
        }
        assert_int_equal(found[0], drop == 1 ? 0 : 1);
        assert_int_equal(found[1], 1);
        all_room_is_there(w, 0, 3);
        done(w);
    }
}

static void a_reader_that_died_stepping_over_a_skip_costs_no_room(void)
{
    world *w = made(shape_of(2, 2, SLOTS), 0);
    uint64_t at = 0;
    assert_int_equal(strait_ring_many_claim(&w->at[0], 1, &at), 1);
    strait_ring_many_cancel(&w->at[0], at, 1);
    at = 0;
    assert_true(strait_ring_many_grab(&w->at[1], &at, 1)); /* and dies */
    w->dead[2] = true;
    assert_int_equal(repaired(w, false), 1);
    all_room_is_there(w, 0, 2);
    done(w);
}

static void the_one_writer_has_one_successor_at_the_right_place(void)
{
    for (uint32_t readers = 1; readers <= 2; readers++) {
        for (uint64_t published = 0; published <= 2; published++) {
            world *w = ready(1, readers, SLOTS, NEAR_THE_END);
            uint64_t other = 0;
            must_send(w, 0, 1);
            strait_ring_view *v = &w->at[0];
            for (uint64_t i = 0; i < 2; i++) { /* dies in a batch of two, before the cursor follows */
                *item(v, v->next_write + i) = 2 + i;
            }
            strait_ring_many_publish(v, v->next_write, published);
            assert_false(strait_ring_become_writer(&w->at[2], w->holder[2], &w->judge, &other));
            assert_int_equal(other, w->holder[0]);
            w->dead[1] = true;
            become_writer(w, 2);
            must_send(w, 2, 10);
            must_receive(w, 1, 1);
            for (uint64_t i = 0; i < published; i++) {
                must_receive(w, 1, 2 + i);
            }
            must_receive(w, 1, 10);
            all_room_is_there(w, 2, 1);
            done(w);
        }
    }
}

static void the_one_reader_has_one_successor_at_the_right_place(void)
{
    for (uint32_t writers = 1; writers <= 2; writers++) {
        for (uint64_t released = 0; released <= (writers == 2 ? 2u : 0u); released++) {
            world *w = ready(writers, 1, SLOTS, NEAR_THE_END);
            uint64_t other = 0;
            for (uint64_t i = 0; i < 3; i++) {
                must_send(w, 0, i);
            }
            strait_ring_view *v = &w->at[1];
            strait_ring_many_release(v, v->next_read, released); /* dies before the cursor follows */
            assert_false(strait_ring_become_reader(&w->at[2], &w->geometry, w->holder[2], &w->judge, &other));
            w->dead[2] = true;
            become_reader(w, 2);
            for (uint64_t i = released; i < 3; i++) {
                must_receive(w, 2, i);
            }
            must_be_empty(w, 2);
            all_room_is_there(w, 0, 2);
            done(w);
        }
    }
}

static void a_full_ring_has_no_room_for_the_one_writers_successor_either(void)
{
    world *w = ready(1, 2, SLOTS, NEAR_THE_END);
    for (uint64_t i = 0; i < SLOTS; i++) {
        must_send(w, 0, i);
    }
    w->dead[1] = true;
    become_writer(w, 2);
    assert_false(send_of(w, 2, 9));
    must_receive(w, 1, 0);
    must_send(w, 2, 9);
    assert_false(send_of(w, 2, 10));
    for (uint64_t i = 1; i < SLOTS; i++) {
        must_receive(w, 1, i);
    }
    must_receive(w, 1, 9);
    must_be_empty(w, 1);
    done(w);
}

static void ports_run_out_and_come_back(void)
{
    world *w = made(shape_of(2, 2, SLOTS), 0);
    enter(w, 5);
    uint64_t more = strait_ring_holder(3, 2);
    assert_int_equal(strait_ring_port_take(w->bytes, &w->geometry, more, &w->judge), STRAIT_CROWDED);
    strait_ring_port_leave(&w->at[4], w->holder[4]);
    assert_int_equal(strait_ring_port_take(w->bytes, &w->geometry, more, &w->judge), w->at[4].port_index);
    w->dead[1] = true;
    assert_int_equal(strait_ring_port_take(w->bytes, &w->geometry, more, &w->judge), w->at[0].port_index);
    done(w);
}

SUITE(ring_dead, TEST(the_claim_of_a_dead_writer_is_stepped_over), TEST(an_intent_of_the_dead_robs_nobody),
      TEST(nobody_is_excluded_by_the_number_of_a_port), TEST(what_a_dead_reader_had_taken_is_adopted_once),
      TEST(an_adopter_may_die_and_what_may_have_been_seen_is_flagged_or_dropped),
      TEST(a_reader_that_died_stepping_over_a_skip_costs_no_room),
      TEST(the_one_writer_has_one_successor_at_the_right_place),
      TEST(the_one_reader_has_one_successor_at_the_right_place),
      TEST(a_full_ring_has_no_room_for_the_one_writers_successor_either), TEST(ports_run_out_and_come_back))
