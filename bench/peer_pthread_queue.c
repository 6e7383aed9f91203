/* pthread_queue.c - what programs write for themselves: a circular buffer under a robust, process-shared mutex. In one
 * form who finds nothing sleeps on a condition, and is signalled only if it does; in the other it is told "nothing",
 * and the bench spins. */
#include <errno.h>
#include <pthread.h>
#include <time.h>

#include "ring_play.h"

struct mutex_queue {
    pthread_mutex_t mutex;
    pthread_cond_t not_empty, not_full;
    uint64_t head, tail, slots;
    unsigned readers_asleep, writers_asleep;
    STRAIT_ALIGNED_(128) unsigned char items[128];
};

struct mutex_port {
    struct mutex_queue *queue;
    long nap_ns;
};

static size_t queue_bytes(const struct bench_shape *shape)
{
    return sizeof(struct mutex_queue) + (size_t)shape->slots * shape->item_bytes;
}

static size_t mutex_footprint(const struct bench_shape *shape)
{
    return ring_is_queue_task(shape) || shape->task == BENCH_SLEEP_TRIP ? queue_bytes(shape) : 0;
}

static size_t polled_footprint(const struct bench_shape *shape)
{
    return ring_is_queue_task(shape) ? queue_bytes(shape) : 0;
}

static bool format_one(struct mutex_queue *queue, uint32_t slots)
{
    pthread_mutexattr_t mutex;
    pthread_condattr_t condition;
    pthread_mutexattr_init(&mutex);
    pthread_mutexattr_setpshared(&mutex, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setrobust(&mutex, PTHREAD_MUTEX_ROBUST);
    pthread_condattr_init(&condition);
    pthread_condattr_setpshared(&condition, PTHREAD_PROCESS_SHARED);
    pthread_condattr_setclock(&condition, CLOCK_MONOTONIC);
    queue->slots = slots;
    return pthread_mutex_init(&queue->mutex, &mutex) == 0 &&
           pthread_cond_init(&queue->not_empty, &condition) == 0 &&
           pthread_cond_init(&queue->not_full, &condition) == 0;
}

static bool mutex_format(void *memory, size_t bytes, const struct bench_shape *shape)
{
    bool good = true;
    unsigned queues = bench_queues(shape);
    for (unsigned i = 0; i < queues; i++) {
        good = good && format_one((struct mutex_queue *)(void *)((char *)memory + i * (bytes / queues)),
                                  shape->slots);
    }
    return good;
}

static bool mutex_open(void *port, void *queue, const struct bench_shape *shape, bool is_writer)
{
    (void)is_writer;
    struct mutex_port *mine = port;
    mine->queue = queue;
    mine->nap_ns = shape->task == BENCH_STREAM ? 200000 : 20000000; /* then it looks whether all is over */
    return true;
}

RING_INLINE bool lock(struct mutex_queue *queue)
{
    int error = pthread_mutex_lock(&queue->mutex);
    return error == 0 || (error == EOWNERDEAD && pthread_mutex_consistent(&queue->mutex) == 0);
}

static void sleep_on(struct mutex_port *mine, pthread_cond_t *condition, unsigned *asleep)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += mine->nap_ns;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    ++*asleep;
    pthread_cond_timedwait(condition, &mine->queue->mutex, &until);
    --*asleep;
}

RING_INLINE unsigned put(struct mutex_port *mine, const void *items, unsigned count, size_t bytes,
                         bool sleeps)
{
    struct mutex_queue *queue = mine->queue;
    if (!lock(queue)) {
        return 0;
    }
    if (sleeps && queue->tail - queue->head == queue->slots) {
        sleep_on(mine, &queue->not_full, &queue->writers_asleep);
    }
    unsigned moved = 0;
    for (; moved < count && queue->tail - queue->head < queue->slots; moved++) {
        memcpy(queue->items + (queue->tail++ & (queue->slots - 1)) * bytes,
               (const char *)items + moved * bytes, bytes);
    }
    bool wake = moved > 0 && queue->readers_asleep > 0;
    pthread_mutex_unlock(&queue->mutex);
    if (wake) {
        pthread_cond_signal(&queue->not_empty);
    }
    return moved;
}

RING_INLINE unsigned get(struct mutex_port *mine, void *items, unsigned count, size_t bytes, bool sleeps)
{
    struct mutex_queue *queue = mine->queue;
    if (!lock(queue)) {
        return 0;
    }
    if (sleeps && queue->tail == queue->head) {
        sleep_on(mine, &queue->not_empty, &queue->readers_asleep);
    }
    unsigned moved = 0;
    for (; moved < count && queue->tail != queue->head; moved++) {
        memcpy((char *)items + moved * bytes, queue->items + (queue->head++ & (queue->slots - 1)) * bytes,
               bytes);
    }
    bool wake = moved > 0 && queue->writers_asleep > 0;
    pthread_mutex_unlock(&queue->mutex);
    if (wake) {
        pthread_cond_signal(&queue->not_full);
    }
    return moved;
}

RING_INLINE unsigned mutex_send(void *port, const void *items, unsigned count, size_t bytes)
{
    return put(port, items, count, bytes, true);
}

RING_INLINE unsigned mutex_recv(void *port, void *items, unsigned count, size_t bytes)
{
    return get(port, items, count, bytes, true);
}

RING_INLINE unsigned polled_send(void *port, const void *items, unsigned count, size_t bytes)
{
    return put(port, items, count, bytes, false);
}

RING_INLINE unsigned polled_recv(void *port, void *items, unsigned count, size_t bytes)
{
    return get(port, items, count, bytes, false);
}

static const struct ring_ops mutex_ops = {mutex_open, mutex_send, mutex_recv, NULL, NULL};
RING_CONTESTANT(mutex_queue, "pthread mutex, conditions", BENCH_PEER, mutex_ops, mutex_footprint,
                mutex_format, NULL, NULL)

static const struct ring_ops polled_ops = {mutex_open, polled_send, polled_recv, NULL, NULL};
RING_CONTESTANT(mutex_queue_polled, "pthread mutex, polled", BENCH_PEER, polled_ops, polled_footprint,
                mutex_format, NULL, NULL)
