/* ring_play.h - how a queue plays the shapes: a contestant gives its operations, and RING_CONTESTANT makes one of
 * them whose loops have the operations inlined, for each size of item apart.
 *
 * Every item carries a tag (which writer, and a number that grows), and every 64-byte line of it is written with one
 * wide store, so that no copy stalls on narrow stores just made. Readers check order, completeness and, by the last
 * line, tears; with `whole` every line. The waiting is done here, alike for all: some tries with the processor's
 * hint, then the core is yielded.
 */
#ifndef STRAIT_BENCH_RING_PLAY_H
#define STRAIT_BENCH_RING_PLAY_H

#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

#define RING_INLINE static inline __attribute__((always_inline))

enum { RING_BATCH_MAX = 32, RING_ITEM_MAX = 1024, RING_PORT_BYTES = 1024, RING_LEAST = 32 };

#define RING_NUMBER_BITS 56u
#define RING_NUMBER(tag) ((tag) & ((UINT64_C(1) << RING_NUMBER_BITS) - 1u))
#define RING_STOP RING_NUMBER(UINT64_MAX)

/* --- items ---------------------------------------------------------------------------------------------- */

typedef uint64_t ring_line __attribute__((vector_size(64), may_alias, aligned(8)));

RING_INLINE void ring_fill(void *item, uint64_t tag, size_t bytes, bool whole)
{
    if (bytes < 64) {
        memcpy(item, &tag, sizeof tag);
        return;
    }
    ring_line line = {tag, ~tag, tag, ~tag, tag, ~tag, tag, ~tag};
    unsigned char *at = STRAIT_CAST_(unsigned char *, item);
    memcpy(at, &line, sizeof line);
    for (size_t i = 64; whole && i < bytes - 64; i += 64) {
        memcpy(at + i, &line, sizeof line);
    }
    if (bytes > 64) {
        memcpy(at + bytes - 64, &line, sizeof line);
    }
}

/* What a reader has seen. */
struct ring_check {
    uint64_t count, faults, last;
    uint64_t next[BENCH_ACTORS_MAX];
    bool exact; /* one reader: numbers follow each other; else they only grow */
    bool whole;
};

RING_INLINE void ring_look(struct ring_check *check, const void *item, size_t bytes)
{
    const unsigned char *at = STRAIT_CAST_(const unsigned char *, item);
    uint64_t tag, end;
    memcpy(&tag, at, sizeof tag);
    memcpy(&end, at + bytes - 8, sizeof end);
    bool good = bytes < 64 || end == ~tag;
    for (size_t i = 0; check->whole && i + 64 <= bytes; i += 8) {
        uint64_t word;
        memcpy(&word, at + i, sizeof word);
        good = good && word == (i % 16 == 0 ? tag : ~tag);
    }
    uint64_t number = RING_NUMBER(tag);
    uint64_t *next = &check->next[(tag >> RING_NUMBER_BITS) % BENCH_ACTORS_MAX];
    good = good && (number == *next || (!check->exact && number > *next));
    *next = number + 1;
    check->faults += !good;
    check->count++;
    check->last = tag;
}

/* --- operations ----------------------------------------------------------------------------------------- */

/* What a contestant gives. `count` is 1, or up to RING_BATCH_MAX if it batches; each returns how many it moved.
 * A queue copies (send, recv) or works in place (make: fill with tag, tag + 1 ...; take: ring_look at each). The
 * port is private memory of the process, zeroed, for cached indices and the like. */
struct ring_ops {
    bool (*open)(void *port, void *queue, const struct bench_shape *shape, bool is_writer);
    unsigned (*send)(void *port, const void *items, unsigned count, size_t bytes);
    unsigned (*recv)(void *port, void *items, unsigned count, size_t bytes);
    unsigned (*make)(void *port, uint64_t tag, unsigned count, size_t bytes, bool whole);
    unsigned (*take)(void *port, struct ring_check *check, unsigned count, size_t bytes);
};

/* Everything that a process has in hand while it plays. */
struct ring_hand {
    struct bench_actor *actor;
    void *port[2]; /* for sending, for receiving */
    unsigned char *items;
    struct ring_check check;
    unsigned tries;
    uint64_t seen, seen_at; /* how much all readers had, and since when they have no more */
};

/* bench_play.c: gets memory for the hand, opens the ports, waits at the gate. */
#ifdef __cplusplus
extern "C" {
#endif
void ring_begin(struct ring_hand *hand, struct bench_actor *actor, const struct ring_ops *ops);
/* Whether a reader that found nothing has found everything. */
bool ring_drained(struct ring_hand *hand);
/* Each queue takes as much: there and back needs two. */
size_t ring_queue_bytes(const struct bench_actor *actor);
#ifdef __cplusplus
}
#endif

/* After a try in vain. True if the time given is over. */
RING_INLINE bool ring_idle(struct ring_hand *hand, uint64_t limit)
{
    unsigned tries = ++hand->tries;
    if (tries > hand->actor->patience) {
        sched_yield();
    } else {
        bench_pause();
    }
    return (tries % 32 == 0 || tries > hand->actor->patience) && bench_cycles() > limit;
}

/* Sends the items, or as many as it can before the limit. */
RING_INLINE unsigned ring_put(struct ring_hand *hand, const struct ring_ops *ops, uint64_t tag,
                              unsigned count, size_t bytes, uint64_t limit)
{
    bool whole = hand->actor->whole;
    for (unsigned i = 0; ops->send && i < count; i++) {
        ring_fill(hand->items + i * bytes, tag + i, bytes, whole);
    }
    unsigned sent = 0;
    for (;;) {
        sent += ops->send ? ops->send(hand->port[0], hand->items + sent * bytes, count - sent, bytes)
                          : ops->make(hand->port[0], tag + sent, count - sent, bytes, whole);
        if (__builtin_expect(sent == count, 1)) {
            hand->tries = 0;
            return sent;
        }
        if (ring_idle(hand, limit)) {
            return sent;
        }
    }
}

RING_INLINE unsigned ring_try_get(struct ring_hand *hand, const struct ring_ops *ops, unsigned count,
                                  size_t bytes)
{
    if (!ops->recv) {
        return ops->take(hand->port[1], &hand->check, count, bytes);
    }
    unsigned got = ops->recv(hand->port[1], hand->items, count, bytes);
    for (unsigned i = 0; i < got; i++) {
        ring_look(&hand->check, hand->items + i * bytes, bytes);
    }
    return got;
}

/* One item; false if the limit came first. */
RING_INLINE bool ring_get(struct ring_hand *hand, const struct ring_ops *ops, size_t bytes, uint64_t limit)
{
    while (ring_try_get(hand, ops, 1, bytes) == 0) {
        if (ring_idle(hand, limit)) {
            return false;
        }
    }
    hand->tries = 0;
    return true;
}

/* --- the shapes ----------------------------------------------------------------------------------------- */

RING_INLINE void ring_stream_write(struct ring_hand *hand, const struct ring_ops *ops, unsigned batch,
                                   size_t bytes)
{
    struct bench_actor *actor = hand->actor;
    uint64_t tag = STRAIT_CAST_(uint64_t, actor->number) << RING_NUMBER_BITS, first = tag;
    for (unsigned since = 0;; since += batch) {
        if (since >= 128) {
            since = 0;
            if (bench_cycles() > actor->over) {
                break;
            }
        }
        unsigned sent = ring_put(hand, ops, tag, batch, bytes, actor->over);
        tag += sent;
        if (sent < batch) {
            break;
        }
    }
    strait_u64_store_release(&actor->score->sent, tag - first);
    strait_u64_add_acq_rel(&actor->stage->done, 1);
}

RING_INLINE void ring_stream_read(struct ring_hand *hand, const struct ring_ops *ops, unsigned batch,
                                  size_t bytes)
{
    for (;;) {
        if (__builtin_expect(ring_try_get(hand, ops, batch, bytes) != 0, 1)) {
            hand->tries = 0;
        } else if (ring_idle(hand, hand->actor->over) && ring_drained(hand)) {
            break;
        }
    }
    hand->actor->score->to = bench_cycles();
}

/* The writer asks and times; the reader answers. */
RING_INLINE void ring_ask(struct ring_hand *hand, const struct ring_ops *ops, size_t bytes)
{
    struct bench_actor *actor = hand->actor;
    struct bench_latencies *all = bench_latencies_new();
    uint64_t number = 0, before = bench_cycles();
    while (before < actor->over || number < RING_LEAST) {
        if (ring_put(hand, ops, number++, 1, bytes, actor->given_up) == 0 ||
            !ring_get(hand, ops, bytes, actor->given_up)) {
            hand->check.faults++;
            break;
        }
        uint64_t now = bench_cycles();
        bench_latency(all, now - before);
        before = now;
    }
    ring_put(hand, ops, RING_STOP, 1, bytes, actor->given_up);
    bench_latencies_tell(all, actor->score);
}

RING_INLINE void ring_answer(struct ring_hand *hand, const struct ring_ops *ops, size_t bytes)
{
    struct bench_actor *actor = hand->actor;
    uint64_t number = 0;
    hand->check.exact = false; /* for the stop */
    while (ring_get(hand, ops, bytes, actor->given_up) && hand->check.last != RING_STOP) {
        hand->check.faults += hand->check.last != number;
        ring_put(hand, ops, number++, 1, bytes, actor->given_up);
    }
}

/* Stamps at uneven distances, so that no pattern of the queue meets one of ours. */
RING_INLINE void ring_stamp(struct ring_hand *hand, const struct ring_ops *ops, size_t bytes)
{
    struct bench_actor *actor = hand->actor;
    uint64_t gap = 1500, sent = 0, next = bench_cycles();
    while (next < actor->over || sent < RING_LEAST) {
        while (bench_cycles() < next) {
            bench_pause();
        }
        uint64_t stamp = RING_NUMBER(bench_cycles());
        sent += ring_put(hand, ops, stamp, 1, bytes, actor->given_up);
        gap = (gap * 75u + 74u) % 65537u;
        next = bench_cycles() + 1500 + gap % 4096u;
    }
    strait_u64_store_release(&actor->score->sent, sent);
    strait_u64_add_acq_rel(&actor->stage->done, 1);
}

RING_INLINE void ring_read_off(struct ring_hand *hand, const struct ring_ops *ops, size_t bytes)
{
    struct bench_latencies *all = bench_latencies_new();
    hand->check.exact = false;
    for (;;) {
        if (ring_try_get(hand, ops, 1, bytes) != 0) {
            uint64_t now = RING_NUMBER(bench_cycles());
            bench_latency(all, now > hand->check.last ? now - hand->check.last : 0);
            hand->tries = 0;
        } else if (ring_idle(hand, hand->actor->over) && ring_drained(hand)) {
            break;
        }
    }
    bench_latencies_tell(all, hand->actor->score);
}

RING_INLINE void ring_play_sized(struct bench_actor *actor, const struct ring_ops *ops, size_t bytes)
{
    struct ring_hand hand;
    ring_begin(&hand, actor, ops);
    enum bench_task task = actor->shape.task;
    if (task == BENCH_STREAM && actor->shape.batch > 1) {
        if (actor->is_writer) {
            ring_stream_write(&hand, ops, RING_BATCH_MAX, bytes);
        } else {
            ring_stream_read(&hand, ops, RING_BATCH_MAX, bytes);
        }
    } else if (task == BENCH_STREAM) {
        if (actor->is_writer) {
            ring_stream_write(&hand, ops, 1, bytes);
        } else {
            ring_stream_read(&hand, ops, 1, bytes);
        }
    } else if (task == BENCH_ONE_WAY) {
        if (actor->is_writer) {
            ring_stamp(&hand, ops, bytes);
        } else {
            ring_read_off(&hand, ops, bytes);
        }
    } else if (actor->is_writer) {
        ring_ask(&hand, ops, bytes);
    } else {
        ring_answer(&hand, ops, bytes);
    }
    actor->score->faults += hand.check.faults;
    strait_u64_store_release(&actor->score->received, hand.check.count);
}

/* RING_CONTESTANT(id, "name", kind, ops, footprint, format, begin, end) defines bench_id. */
#ifdef __cplusplus
#define RING_PUBLIC extern "C" const
#else
#define RING_PUBLIC const
#endif

#define RING_CONTESTANT(id, name, kind, ops, footprint, format, begin, end)                                  \
    static void id##_play(struct bench_actor *actor)                                                         \
    {                                                                                                        \
        switch (actor->shape.item_bytes) {                                                                   \
        case 8:                                                                                              \
            ring_play_sized(actor, &(ops), 8);                                                               \
            break;                                                                                           \
        case 64:                                                                                             \
            ring_play_sized(actor, &(ops), 64);                                                              \
            break;                                                                                           \
        case 256:                                                                                            \
            ring_play_sized(actor, &(ops), 256);                                                             \
            break;                                                                                           \
        case 1024:                                                                                           \
            ring_play_sized(actor, &(ops), 1024);                                                            \
            break;                                                                                           \
        default:                                                                                             \
            bench_trouble(actor, "no loop for items of %u bytes", actor->shape.item_bytes);                  \
        }                                                                                                    \
    }                                                                                                        \
    RING_PUBLIC struct bench_contestant bench_##id = {name, kind, footprint, format, id##_play, begin, end};

static inline bool ring_is_queue_task(const struct bench_shape *shape)
{
    return shape->task == BENCH_STREAM || shape->task == BENCH_ROUND_TRIP || shape->task == BENCH_ONE_WAY;
}

#endif
