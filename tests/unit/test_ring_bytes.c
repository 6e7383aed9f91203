/* test_ring_bytes.c - a ring as bytes: its shape, its four forms, and threads on both of its ends. */
#include "ring_actors.h"
#include "support/system.h"

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
      TEST(batches_are_as_large_as_room_and_items_permit), TEST(scribbled_words_never_lead_outside),
      TEST_WITHIN(120, threads_on_both_ends_conserve_every_item_in_every_form))
