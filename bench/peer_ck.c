/* peer_ck.c - ConcurrencyKit's ck_ring, typed by CK_RING_PROTOTYPE as its manual advises for items that are no pointers:
 * one form for each promise. Copying; its reserve and commit of the single
 * writer are not used, for readers have no such thing.
 * It has no batches. */
#include <ck_ring.h>

#include "ring_play.h"

struct ck_item_8 {
    unsigned char bytes[8];
};
struct ck_item_64 {
    unsigned char bytes[64];
};
struct ck_item_256 {
    unsigned char bytes[256];
};
struct ck_item_1024 {
    unsigned char bytes[1024];
};

CK_RING_PROTOTYPE(i8, ck_item_8)
CK_RING_PROTOTYPE(i64, ck_item_64)
CK_RING_PROTOTYPE(i256, ck_item_256)
CK_RING_PROTOTYPE(i1024, ck_item_1024)

struct ck_queue {
    STRAIT_ALIGNED_(128) ck_ring_t ring;
    STRAIT_ALIGNED_(128) unsigned char items[128];
};

static size_t ck_bytes(const struct bench_shape *shape, enum bench_sides sides)
{
    bool task = ring_is_queue_task(shape) && shape->batch == 1 && shape->sides == sides;
    return task ? sizeof(struct ck_queue) + (size_t)shape->slots * shape->item_bytes : 0;
}

static bool ck_format(void *memory, size_t bytes, const struct bench_shape *shape)
{
    unsigned queues = bench_queues(shape);
    for (unsigned i = 0; i < queues; i++) {
        struct ck_queue *queue = (struct ck_queue *)(void *)((char *)memory + i * (bytes / queues));
        ck_ring_init(&queue->ring, shape->slots);
    }
    return true;
}

struct ck_port {
    struct ck_queue *queue;
};

static bool ck_open(void *port, void *queue, const struct bench_shape *shape, bool is_writer)
{
    (void)shape, (void)is_writer;
    ((struct ck_port *)port)->queue = queue;
    return true;
}

/* The operation of that name for items of that size. */
#define CK_CALL(operation, promise, bytes, queue, item)                                                      \
    ((bytes) == 8    ? ck_ring_##operation##_##promise##_i8(&(queue)->ring, (void *)(queue)->items, (item))  \
     : (bytes) == 64 ? ck_ring_##operation##_##promise##_i64(&(queue)->ring, (void *)(queue)->items, (item)) \
     : (bytes) == 256                                                                                        \
         ? ck_ring_##operation##_##promise##_i256(&(queue)->ring, (void *)(queue)->items, (item))            \
         : ck_ring_##operation##_##promise##_i1024(&(queue)->ring, (void *)(queue)->items, (item)))

#define CK_FORM(promise, name, sides)                                                                        \
    static size_t ck_##promise##_footprint(const struct bench_shape *shape)                                  \
    {                                                                                                        \
        return ck_bytes(shape, sides);                                                                       \
    }                                                                                                        \
    RING_INLINE unsigned ck_##promise##_send(void *port, const void *items, unsigned count, size_t bytes)    \
    {                                                                                                        \
        (void)count;                                                                                         \
        struct ck_queue *queue = ((struct ck_port *)port)->queue;                                            \
        return CK_CALL(enqueue, promise, bytes, queue, (void *)(uintptr_t)items);                            \
    }                                                                                                        \
    RING_INLINE unsigned ck_##promise##_recv(void *port, void *items, unsigned count, size_t bytes)          \
    {                                                                                                        \
        (void)count;                                                                                         \
        struct ck_queue *queue = ((struct ck_port *)port)->queue;                                            \
        return CK_CALL(dequeue, promise, bytes, queue, items);                                               \
    }                                                                                                        \
    static const struct ring_ops ck_##promise##_ops = {ck_open, ck_##promise##_send, ck_##promise##_recv,    \
                                                       NULL, NULL};                                          \
    RING_CONTESTANT(ck_##promise, name, BENCH_PEER, ck_##promise##_ops, ck_##promise##_footprint, ck_format, \
                    NULL, NULL)

CK_FORM(spsc, "ck_ring spsc", BENCH_ONE_ONE)
CK_FORM(mpsc, "ck_ring mpsc", BENCH_MANY_ONE)
CK_FORM(spmc, "ck_ring spmc", BENCH_ONE_MANY)
CK_FORM(mpmc, "ck_ring mpmc", BENCH_MANY_MANY)
