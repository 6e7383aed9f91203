/* test_ring_bytes.c - a ring as bytes: its shape, its four forms, and what is made of what the dead leave.
 *
 * Actors are views over one array; who is dead is what the test says. An actor "dies" in the midst of an
 * operation by simply not going on. Positions begin shortly before the end of what TAKEN can hold, or near
 * the end of all positions, so that every test crosses a seam.
 */
#include "core/ring_layout.h"

#include <stdlib.h>
#include <string.h>

#include "support/suite.h"
#include "support/system.h"

enum { ACTORS = 6, SLOTS = 4 };

#define NEAR_TAKEN_SEAM ((UINT64_C(1) << 46) - 3)
#define NEAR_THE_END ((UINT64_C(1) << 62) - 64)

typedef struct world {
    void *bytes;
    strait_ring_geometry geometry;
    strait_ring_view at[ACTORS];
    uint64_t holder[ACTORS];
    strait_ring_judge judge;
    bool dead[ACTORS + 1]; /* by generation */
} world;

static strait_life life_of(void *context, uint32_t index, uint32_t generation)
{
    const world *w = context;
    (void)index;
    return generation > ACTORS || w->dead[generation] ? STRAIT_DEAD : STRAIT_ALIVE;
}

static strait_ring_shape shape_of(uint32_t writers, uint32_t readers, uint32_t slots)
{
    return (strait_ring_shape){
        .item_bytes = 8, .slots = slots, .ports = ACTORS, .writers = writers, .readers = readers};
}

/* Actor i is participant i with generation i + 1. */
static void enter(world *w, uint32_t i)
{
    w->holder[i] = strait_ring_holder(i + 1, i);
    int64_t port = strait_ring_port_take(w->bytes, &w->geometry, w->holder[i], &w->judge);
    assert_true(port >= 0);
    strait_ring_view_make(&w->at[i], w->bytes, &w->geometry, (uint32_t)port);
}

static world *made(strait_ring_shape shape, uint64_t start)
{
    world *w = calloc(1, sizeof *w);
    assert_non_null(w);
    uint64_t total = strait_ring_footprint(&shape, &w->geometry);
    assert_true(total != 0);
    w->bytes = calloc(1, (size_t)total);
    assert_non_null(w->bytes);
    w->judge = (strait_ring_judge){.life = life_of, .context = w};
    strait_ring_format_at(w->bytes, &w->geometry, start);
    for (uint32_t i = 0; i < ACTORS - 1; i++) { /* the last port stays free */
        enter(w, i);
    }
    return w;
}

static void done(world *w)
{
    free(w->bytes);
    free(w);
}

static void become_writer(world *w, uint32_t i)
{
    uint64_t other = 0;
    assert_true(strait_ring_become_writer(&w->at[i], w->holder[i], &w->judge, &other));
}

static void become_reader(world *w, uint32_t i)
{
    uint64_t other = 0;
    assert_true(strait_ring_become_reader(&w->at[i], &w->geometry, w->holder[i], &w->judge, &other));
}

static uint64_t *item(const strait_ring_view *view, uint64_t position)
{
    return strait_ring_item(view, position);
}

/* --- one call of each form, as the handle makes them ------------------------------------------------------ */

static bool send_of(world *w, uint32_t i, uint64_t value)
{
    strait_ring_view *v = &w->at[i];
    const strait_ring_shape *shape = &w->geometry.shape;
    uint64_t first = v->next_write;
    if (shape->writers == STRAIT_FORMAT_MANY) {
        if (strait_ring_many_claim(v, 1, &first) == 0) {
            return false;
        }
        *item(v, first) = value;
        strait_ring_many_publish(v, first, 1);
    } else if (shape->readers == STRAIT_FORMAT_MANY) {
        if (strait_ring_many_room(v, 1) == 0) {
            return false;
        }
        *item(v, first) = value;
        strait_ring_many_publish_one(v, 1);
    } else {
        if (strait_ring_one_one_claim(v, 1) == 0) {
            return false;
        }
        *item(v, first) = value;
        strait_ring_one_one_publish(v, 1);
    }
    return true;
}

static bool receive_of(world *w, uint32_t i, uint64_t *value)
{
    strait_ring_view *v = &w->at[i];
    const strait_ring_shape *shape = &w->geometry.shape;
    uint64_t first = v->next_read;
    if (shape->readers == STRAIT_FORMAT_MANY) {
        if (strait_ring_many_take(v, 1, &first) == 0) {
            return false;
        }
        *value = *item(v, first);
        strait_ring_many_release(v, first, 1);
    } else if (shape->writers == STRAIT_FORMAT_MANY) {
        if (strait_ring_many_ready(v, 1) == 0) {
            return false;
        }
        *value = *item(v, v->next_read);
        strait_ring_many_release_one(v, 1);
    } else {
        if (strait_ring_one_one_take(v, 1) == 0) {
            return false;
        }
        *value = *item(v, first);
        strait_ring_one_one_release(v, 1);
    }
    return true;
}

static void must_send(world *w, uint32_t i, uint64_t value)
{
    assert_true(send_of(w, i, value));
}

static void must_receive(world *w, uint32_t i, uint64_t value)
{
    uint64_t got = 0;
    assert_true(receive_of(w, i, &got));
    assert_int_equal(got, value);
}

static void must_be_empty(world *w, uint32_t i)
{
    uint64_t got = 0;
    assert_false(receive_of(w, i, &got));
}

static uint32_t repaired(world *w, bool busy)
{
    bool is_busy = false;
    uint32_t changed = strait_ring_repair(&w->at[ACTORS - 2], &w->geometry, &w->judge, &is_busy);
    assert_int_equal(is_busy, busy);
    return changed;
}

/* All room is there: the ring takes exactly its number of items and gives them back in order. */
static void all_room_is_there(world *w, uint32_t writer, uint32_t reader)
{
    for (int lap = 0; lap < 3; lap++) {
        for (uint64_t i = 0; i < w->geometry.shape.slots; i++) {
            must_send(w, writer, 1000 + i);
        }
        assert_false(send_of(w, writer, 1));
        for (uint64_t i = 0; i < w->geometry.shape.slots; i++) {
            must_receive(w, reader, 1000 + i);
        }
        must_be_empty(w, reader);
    }
}

/* --- shape ------------------------------------------------------------------------------------------------ */

static void slots_are_rounded_up_and_items_are_aligned(void)
{
    strait_ring_geometry g;
    static const struct {
        uint32_t bytes, align, slot, at;
    } cases[] = {{1, 1, 16, 8},
                 {8, 8, 16, 8},
                 {9, 8, 32, 8},
                 {24, 8, 32, 8},
                 {25, 8, 64, 8},
                 {56, 8, 64, 8},
                 {64, 8, 128, 8},
                 {16, 16, 32, 16},
                 {32, 32, 64, 32},
                 {64, 64, 128, 64},
                 {120, 8, 128, 8},
                 {121, 8, 192, 8},
                 {1048576, 64, 1048640, 64}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        strait_ring_shape shape = shape_of(1, 1, 5);
        shape.item_bytes = cases[i].bytes;
        shape.item_align = cases[i].align;
        assert_true(strait_ring_footprint(&shape, &g) != 0);
        assert_int_equal(g.shape.slots, 8);
        assert_int_equal(g.slot_bytes, cases[i].slot);
        assert_int_equal(g.item_at, cases[i].at);
        assert_int_equal(g.slots_offset % 128, 0);
        assert_int_equal(g.total_bytes, g.slots_offset + UINT64_C(8) * g.slot_bytes);
    }
}

static void shapes_that_cannot_be_have_no_footprint(void)
{
    strait_ring_geometry g;
    static const strait_ring_shape bad[] = {
        {.item_bytes = 0, .slots = 1, .ports = 1, .writers = 1, .readers = 1},
        {.item_bytes = STRAIT_RING_ITEM_MAX + 1, .slots = 1, .ports = 1, .writers = 1, .readers = 1},
        {.item_bytes = 8, .item_align = 3, .slots = 1, .ports = 1, .writers = 1, .readers = 1},
        {.item_bytes = 8, .item_align = 128, .slots = 1, .ports = 1, .writers = 1, .readers = 1},
        {.item_bytes = 8, .slots = 0, .ports = 1, .writers = 1, .readers = 1},
        {.item_bytes = 8, .slots = STRAIT_RING_SLOTS_MAX + 1, .ports = 1, .writers = 1, .readers = 1},
        {.item_bytes = 8, .slots = 1, .ports = 0, .writers = 1, .readers = 1},
        {.item_bytes = 8, .slots = 1, .ports = STRAIT_FORMAT_PORTS_MAX + 1, .writers = 1, .readers = 1},
        {.item_bytes = 8, .slots = 1, .ports = 1, .writers = 0, .readers = 1},
        {.item_bytes = 8, .slots = 1, .ports = 1, .writers = 1, .readers = 3},
        {.item_bytes = STRAIT_RING_ITEM_MAX,
         .slots = STRAIT_RING_SLOTS_MAX,
         .ports = 1,
         .writers = 1,
         .readers = 1},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(strait_ring_footprint(&bad[i], &g), 0);
    }
}

static void what_is_formatted_is_verified_and_every_contradiction_is_named(void)
{
    world *w = made(shape_of(2, 2, SLOTS), 0);
    strait_ring_geometry found;
    const char *field = NULL;
    uint64_t total = w->geometry.total_bytes;
    assert_true(strait_ring_verify(w->bytes, total, &found, &field));
    assert_int_equal(found.total_bytes, total);
    assert_int_equal(found.slots_offset, w->geometry.slots_offset);
    assert_int_equal(found.shape.slots, SLOTS);
    assert_int_equal(found.shape.writers, STRAIT_FORMAT_MANY);
    assert_false(strait_ring_verify(w->bytes, total - 1, &found, &field));
    assert_string_equal(field, "total_bytes");
    assert_false(strait_ring_verify(w->bytes, 8, &found, &field));
    static const size_t fields[] = {
        offsetof(strait_ring_format, item_bytes),   offsetof(strait_ring_format, item_align),
        offsetof(strait_ring_format, slot_bytes),   offsetof(strait_ring_format, item_at),
        offsetof(strait_ring_format, slots),        offsetof(strait_ring_format, ports),
        offsetof(strait_ring_format, writers),      offsetof(strait_ring_format, readers),
        offsetof(strait_ring_format, ports_offset), offsetof(strait_ring_format, slots_offset),
        offsetof(strait_ring_format, total_bytes)};
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        unsigned char *byte = (unsigned char *)w->bytes + fields[i] + 3; /* makes it huge */
        *byte ^= 0x7f;
        assert_false(strait_ring_verify(w->bytes, total, &found, &field));
        assert_non_null(field);
        *byte ^= 0x7f;
    }
    assert_true(strait_ring_verify(w->bytes, total, &found, &field));
    done(w);
}

/* --- the four forms --------------------------------------------------------------------------------------- */

static void for_each_form(void (*check)(uint32_t writers, uint32_t readers, uint64_t start))
{
    static const uint64_t starts[] = {0, NEAR_TAKEN_SEAM, NEAR_THE_END};
    for (uint32_t writers = 1; writers <= 2; writers++) {
        for (uint32_t readers = 1; readers <= 2; readers++) {
            for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++) {
                check(writers, readers, starts[i]);
            }
        }
    }
}

static world *ready(uint32_t writers, uint32_t readers, uint32_t slots, uint64_t start)
{
    world *w = made(shape_of(writers, readers, slots), start);
    if (writers == 1) {
        become_writer(w, 0);
    }
    if (readers == 1) {
        become_reader(w, 1);
    }
    return w;
}

static void is_fifo_and_knows_full_and_empty(uint32_t writers, uint32_t readers, uint64_t start)
{
    world *w = ready(writers, readers, SLOTS, start);
    must_be_empty(w, 1);
    all_room_is_there(w, 0, 1);
    for (uint64_t i = 0; i < 40; i++) { /* never empty, never full, across the seam */
        must_send(w, 0, i);
        if (i > 0) {
            must_receive(w, 1, i - 1);
        }
    }
    must_receive(w, 1, 39);
    done(w);
    w = ready(writers, readers, 1, start); /* a ring of one */
    all_room_is_there(w, 0, 1);
    done(w);
}

static void every_form_is_fifo_and_knows_full_and_empty(void)
{
    for_each_form(is_fifo_and_knows_full_and_empty);
}

/* A credit that is shown seldom must not make the writer believe that the ring is full. */
static void a_reader_that_frees_one_slot_and_stops_is_noticed(void)
{
    world *w = ready(1, 1, 64, 0);
    for (uint64_t i = 0; i < 64; i++) {
        must_send(w, 0, i);
    }
    must_receive(w, 1, 0);
    assert_int_equal(strait_u64_load_relaxed(&w->at[0].shared->credit), 0); /* not shown yet */
    must_send(w, 0, 64);
    assert_false(send_of(w, 0, 65));
    done(w);
}

static void batches_are_as_large_as_room_and_items_permit(void)
{
    world *w = made(shape_of(2, 2, 8), NEAR_TAKEN_SEAM);
    uint64_t first = 0;
    strait_ring_view *v = &w->at[0];
    assert_int_equal(strait_ring_many_claim(v, 100, &first), 8);
    for (uint64_t i = 0; i < 8; i++) {
        *item(v, first + i) = i;
    }
    strait_ring_many_publish(v, first, 5);
    strait_ring_many_cancel(v, first + 5, 3);
    assert_int_equal(strait_ring_many_claim(v, 1, &first), 0);
    assert_int_equal(strait_u64_load_relaxed(&v->port->write_at), STRAIT_FORMAT_NOWHERE);
    assert_int_equal(strait_ring_many_take(&w->at[1], 100, &first), 5);
    strait_ring_many_release(&w->at[1], first, 5);
    must_be_empty(w, 1); /* steps over what was cancelled */
    assert_int_equal(w->at[1].skipped, 3);
    all_room_is_there(w, 0, 1);
    done(w);
    w = ready(1, 1, 8, 0);
    assert_int_equal(strait_ring_one_one_claim(&w->at[0], 100), 8);
    strait_ring_one_one_publish(&w->at[0], 3); /* commits three, gives up five */
    assert_int_equal(strait_ring_one_one_take(&w->at[1], 100), 3);
    strait_ring_one_one_release(&w->at[1], 3);
    all_room_is_there(w, 0, 1);
    done(w);
}

/* --- the dead --------------------------------------------------------------------------------------------- */

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

/* Whatever a corrupt peer writes into the shared words, nothing leads outside. */
static void scribbled_words_never_lead_outside(void)
{
    uint64_t seed = 88172645463325252u;
    for (int round = 0; round < 4000; round++) {
        world *w = ready((uint32_t)round % 2 + 1, (uint32_t)round / 2 % 2 + 1, SLOTS, 0);
        uint64_t *words = w->bytes;
        size_t count = (size_t)(w->geometry.total_bytes / 8);
        for (int i = 0; i < 12; i++) {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            size_t at = 16 + (size_t)(seed % (count - 16)); /* the geometry is not read again */
            words[at] = seed >> 8 & 1 ? seed : seed >> 40;
        }
        bool busy = false;
        uint64_t position = 0;
        uint64_t value = 0;
        for (int i = 0; i < 8; i++) {
            (void)send_of(w, 0, 1);
            (void)receive_of(w, 1, &value);
            (void)strait_ring_repair(&w->at[2], &w->geometry, &w->judge, &busy);
            (void)strait_ring_adopt(&w->at[2], &position, &busy);
        }
        done(w);
    }
}

/* --- threads ---------------------------------------------------------------------------------------------- */

enum { RUN = 20000 };

typedef struct worker {
    world *w;
    uint32_t index;
    uint32_t others; /* of the other side */
    strait_u64 *left;
    uint64_t last[ACTORS];
    uint64_t sum;
} worker;

static void *write_items(void *context)
{
    worker *me = context;
    for (uint64_t i = 1; i <= RUN; i++) {
        for (unsigned tries = 0; !send_of(me->w, me->index, (uint64_t)me->index << 32 | i); tries++) {
            if (tries % 16 == 15) {
                system_yield();
            }
            strait_pause();
        }
    }
    return NULL;
}

static void *read_items(void *context)
{
    worker *me = context;
    for (unsigned tries = 0; strait_u64_load_acquire(me->left) > 0; tries++) {
        uint64_t value = 0;
        if (!receive_of(me->w, me->index, &value)) {
            if (tries % 16 == 15) {
                system_yield();
            }
            strait_pause();
            continue;
        }
        uint64_t from = value >> 32;
        uint64_t number = value & 0xffffffff;
        if (from >= ACTORS || number <= me->last[from]) {
            return "an item came twice, out of order, or from nowhere";
        }
        me->last[from] = number;
        me->sum += number;
        (void)strait_u64_add_acq_rel(me->left, (uint64_t)-1);
    }
    return NULL;
}

static void conserves_every_item(uint32_t writers, uint32_t readers)
{
    world *w = made(shape_of(writers, readers, 16), NEAR_TAKEN_SEAM);
    if (writers == 1) {
        become_writer(w, 0);
    }
    if (readers == 1) {
        become_reader(w, 2);
    }
    strait_u64 left;
    strait_u64_init(&left, (uint64_t)writers * RUN);
    worker workers[4] = {
        {.w = w, .index = 0}, {.w = w, .index = 1}, {.w = w, .index = 2}, {.w = w, .index = 3}};
    system_thread threads[4];
    bool runs[4] = {true, writers == 2, true, readers == 2};
    for (int i = 0; i < 4; i++) {
        workers[i].left = &left;
        if (runs[i]) {
            assert_true(system_thread_start(&threads[i], i < 2 ? write_items : read_items, &workers[i]));
        }
    }
    for (int i = 0; i < 4; i++) {
        if (runs[i]) {
            const void *wrong = system_thread_join(&threads[i]);
            if (wrong != NULL) {
                fail_msg("%s", (const char *)wrong);
            }
        }
    }
    uint64_t each = (uint64_t)RUN * (RUN + 1) / 2;
    assert_int_equal(workers[2].sum + workers[3].sum, writers * each);
    assert_int_equal(repaired(w, false), 0);
    all_room_is_there(w, 0, 2);
    done(w);
}

static void threads_on_both_ends_conserve_every_item_in_every_form(void)
{
    for (uint32_t writers = 1; writers <= 2; writers++) {
        for (uint32_t readers = 1; readers <= 2; readers++) {
            conserves_every_item(writers, readers);
        }
    }
}

SUITE(ring_bytes, TEST(slots_are_rounded_up_and_items_are_aligned),
      TEST(shapes_that_cannot_be_have_no_footprint),
      TEST(what_is_formatted_is_verified_and_every_contradiction_is_named),
      TEST(every_form_is_fifo_and_knows_full_and_empty),
      TEST(a_reader_that_frees_one_slot_and_stops_is_noticed),
      TEST(batches_are_as_large_as_room_and_items_permit), TEST(the_claim_of_a_dead_writer_is_stepped_over),
      TEST(an_intent_of_the_dead_robs_nobody), TEST(nobody_is_excluded_by_the_number_of_a_port),
      TEST(what_a_dead_reader_had_taken_is_adopted_once),
      TEST(an_adopter_may_die_and_what_may_have_been_seen_is_flagged_or_dropped),
      TEST(a_reader_that_died_stepping_over_a_skip_costs_no_room),
      TEST(the_one_writer_has_one_successor_at_the_right_place),
      TEST(the_one_reader_has_one_successor_at_the_right_place),
      TEST(a_full_ring_has_no_room_for_the_one_writers_successor_either), TEST(ports_run_out_and_come_back),
      TEST(scribbled_words_never_lead_outside),
      TEST_WITHIN(120, threads_on_both_ends_conserve_every_item_in_every_form))
