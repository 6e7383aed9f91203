/* strait_ring.c - Strait's rings, through the calls that a program would use: copying, and in place. The queue's memory of
 * the crew holds only the name of a ring; each process opens it for itself. Where the shape sleeps, the ring does the
 * waiting.
 */
#include <stdio.h>
#include <strait/ring.h>
#include <unistd.h>

#include "ring_play.h"

struct ring_name {
    char text[64];
};

struct strait_port {
    strait_ring *ring;
    bool sleeps;
};

static size_t strait_footprint(const struct bench_shape *shape)
{
    return ring_is_queue_task(shape) || shape->task == BENCH_SLEEP_TRIP ? sizeof(struct ring_name) : 0;
}

static size_t in_place_footprint(const struct bench_shape *shape)
{
    return ring_is_queue_task(shape) ? sizeof(struct ring_name) : 0;
}

static void name_of(struct ring_name *name, unsigned queue, pid_t director)
{
    snprintf(name->text, sizeof name->text, "bench-%ld.%u", (long)director, queue);
}

/* What is there was made for another shape. */
static bool strait_format(void *memory, size_t bytes, const struct bench_shape *shape)
{
    unsigned queues = bench_queues(shape);
    for (unsigned i = 0; i < queues; i++) {
        struct ring_name *name = (struct ring_name *)(void *)((char *)memory + i * (bytes / queues));
        name_of(name, i, getpid());
        (void)strait_ring_remove(name->text);
    }
    return true;
}

static void strait_end(void)
{
    for (unsigned i = 0; i < 2; i++) {
        struct ring_name name;
        name_of(&name, i, getpid());
        (void)strait_ring_remove(name.text);
    }
}

static bool strait_open(void *port, void *queue, const struct bench_shape *shape, bool is_writer)
{
    static const strait_sides sides[][2] = {{STRAIT_ONE, STRAIT_ONE},
                                            {STRAIT_MANY, STRAIT_ONE},
                                            {STRAIT_ONE, STRAIT_MANY},
                                            {STRAIT_MANY, STRAIT_MANY}};
    struct strait_port *mine = port;
    strait_ring_options options = {.role = is_writer ? STRAIT_WRITER : STRAIT_READER,
                                   .slots = shape->slots,
                                   .item_bytes = shape->item_bytes,
                                   .writers = sides[shape->sides][0],
                                   .readers = sides[shape->sides][1]};
    mine->sleeps = shape->task == BENCH_SLEEP_TRIP;
    return strait_ring_open(((struct ring_name *)queue)->text, &options, &mine->ring) == 0;
}

/* Long enough to sleep, short enough to look whether all is over. */
#define TURN_MS 20

RING_INLINE unsigned strait_send(void *port, const void *items, unsigned count, size_t bytes)
{
    struct strait_port *mine = port;
    uint64_t sent = 0;
    if (count == 1) {
        return strait_ring_send_bytes_(mine->ring, items, bytes) >= 0;
    }
    (void)strait_ring_send_batch_(mine->ring, items, bytes, count, &sent);
    return (unsigned)sent;
}

RING_INLINE unsigned strait_recv(void *port, void *items, unsigned count, size_t bytes)
{
    struct strait_port *mine = port;
    uint64_t received = 0;
    if (mine->sleeps) {
        return strait_ring_recv_bytes_until_(mine->ring, items, bytes, strait_deadline_ms(TURN_MS)) >= 0;
    }
    if (count == 1) {
        return strait_ring_recv_bytes_(mine->ring, items, bytes) >= 0;
    }
    (void)strait_ring_recv_batch_(mine->ring, items, bytes, count, &received);
    return (unsigned)received;
}

RING_INLINE unsigned strait_make(void *port, uint64_t tag, unsigned count, size_t bytes, bool whole)
{
    strait_ring *ring = ((struct strait_port *)port)->ring;
    strait_ring_span span;
    if (strait_ring_try_reserve(ring, count, &span) < 0) {
        return 0;
    }
    for (uint64_t i = 0; i < span.count; i++) {
        ring_fill(strait_ring_at(ring, span.first + i), tag + i, bytes, whole);
    }
    (void)strait_ring_commit(ring, span.count);
    return (unsigned)span.count;
}

RING_INLINE unsigned strait_take(void *port, struct ring_check *check, unsigned count, size_t bytes)
{
    strait_ring *ring = ((struct strait_port *)port)->ring;
    strait_ring_span span;
    if (strait_ring_try_peek(ring, count, &span) < 0) {
        return 0;
    }
    for (uint64_t i = 0; i < span.count; i++) {
        ring_look(check, strait_ring_at(ring, span.first + i), bytes);
    }
    (void)strait_ring_release(ring, span.count);
    return (unsigned)span.count;
}

static const struct ring_ops in_place_ops = {strait_open, NULL, NULL, strait_make, strait_take};
RING_CONTESTANT(strait_in_place, "Strait, in place", BENCH_STRAIT, in_place_ops, in_place_footprint,
                strait_format, NULL, strait_end)

static const struct ring_ops copying_ops = {strait_open, strait_send, strait_recv, NULL, NULL};
RING_CONTESTANT(strait_copying, "Strait, copying", BENCH_STRAIT, copying_ops, strait_footprint, strait_format,
                NULL, strait_end)
