/* ring_actors.h - what the tests of rings as bytes share. Actors are views over one array; who is dead is what the
 * test says. An actor "dies" in the midst of an operation by simply not going on. Positions begin shortly
 * before the end of what TAKEN can hold, or near the end of all positions, so that every test crosses a seam.
 */
#ifndef STRAIT_TESTS_RING_ACTORS_H
#define STRAIT_TESTS_RING_ACTORS_H

#include "core/ring_layout.h"

#include <stdlib.h>
#include <string.h>

#include "support/suite.h"

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

static inline strait_life life_of(void *context, uint32_t index, uint32_t generation)
{
    const world *w = context;
    (void)index;
    return generation > ACTORS || w->dead[generation] ? STRAIT_DEAD : STRAIT_ALIVE;
}

static inline strait_ring_shape shape_of(uint32_t writers, uint32_t readers, uint32_t slots)
{
    return (strait_ring_shape){
        .item_bytes = 8, .slots = slots, .ports = ACTORS, .writers = writers, .readers = readers};
}

/* Actor i is participant i with generation i + 1. */
static inline void enter(world *w, uint32_t i)
{
    w->holder[i] = strait_ring_holder(i + 1, i);
    int64_t port = strait_ring_port_take(w->bytes, &w->geometry, w->holder[i], &w->judge);
    assert_true(port >= 0);
    strait_ring_view_make(&w->at[i], w->bytes, &w->geometry, (uint32_t)port);
}

static inline world *made(strait_ring_shape shape, uint64_t start)
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

static inline void done(world *w)
{
    free(w->bytes);
    free(w);
}

static inline void become_writer(world *w, uint32_t i)
{
    uint64_t other = 0;
    assert_true(strait_ring_become_writer(&w->at[i], w->holder[i], &w->judge, &other));
}

static inline void become_reader(world *w, uint32_t i)
{
    uint64_t other = 0;
    assert_true(strait_ring_become_reader(&w->at[i], &w->geometry, w->holder[i], &w->judge, &other));
}

static inline uint64_t *item(const strait_ring_view *view, uint64_t position)
{
    return strait_ring_item(view, position);
}

/* --- one call of each form, as the handle makes them ------------------------------------------------------ */

static inline bool send_of(world *w, uint32_t i, uint64_t value)
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

static inline bool receive_of(world *w, uint32_t i, uint64_t *value)
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

static inline void must_send(world *w, uint32_t i, uint64_t value)
{
    assert_true(send_of(w, i, value));
}

static inline void must_receive(world *w, uint32_t i, uint64_t value)
{
    uint64_t got = 0;
    assert_true(receive_of(w, i, &got));
    assert_int_equal(got, value);
}

static inline void must_be_empty(world *w, uint32_t i)
{
    uint64_t got = 0;
    assert_false(receive_of(w, i, &got));
}

static inline uint32_t repaired(world *w, bool busy)
{
    bool is_busy = false;
    uint32_t changed = strait_ring_repair(&w->at[ACTORS - 2], &w->geometry, &w->judge, &is_busy);
    assert_int_equal(is_busy, busy);
    return changed;
}

/* All room is there: the ring takes exactly its number of items and gives them back in order. */
static inline void all_room_is_there(world *w, uint32_t writer, uint32_t reader)
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

static inline world *ready(uint32_t writers, uint32_t readers, uint32_t slots, uint64_t start)
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

#endif
