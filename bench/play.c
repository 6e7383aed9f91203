/* play.c - what every process of a crew does outside its hot loop: coming to the gate, getting memory, telling
 * percentiles, and finding out whether everything sent has come. Gate and ending are told through the stage, so a
 * process that dies is noticed by what it has not written. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "ring_play.h"

void bench_trouble(struct bench_actor *actor, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(actor->score->trouble, sizeof actor->score->trouble, format, arguments);
    va_end(arguments);
    _exit(1);
}

/* The pages of a fork's shared memory are not yet in its own table; better now than in the loop. An atomic add of
 * nothing changes nothing, whoever else is at it. */
static void touch(const struct bench_actor *actor)
{
    for (size_t at = 0; at < actor->bytes; at += 4096) {
        strait_u64 *word = (strait_u64 *)(void *)((char *)actor->memory + at);
        strait_u64_add_relaxed(word, 0);
    }
}

void bench_gate(struct bench_actor *actor)
{
    touch(actor);
    struct bench_stage *stage = actor->stage;
    uint64_t crew = (uint64_t)actor->shape.writers + actor->shape.readers;
    if (strait_u64_add_acq_rel(&stage->ready, 1) + 1 == crew) {
        strait_u64_store_release(&stage->start, bench_cycles());
    }
    uint64_t start;
    while ((start = strait_u64_load_acquire(&stage->start)) == 0) {
        sched_yield();
    }
    actor->score->from = start;
    actor->over = start + actor->span;
    actor->given_up = actor->over + actor->grace;
}

void ring_begin(struct ring_hand *hand, struct bench_actor *actor, const struct ring_ops *ops)
{
    memset(hand, 0, sizeof *hand);
    hand->actor = actor;
    hand->check.exact = actor->shape.readers == 1;
    hand->check.whole = actor->whole;
    unsigned queues = bench_queues(&actor->shape);
    unsigned char *memory = aligned_alloc(BENCH_LINE, 2 * RING_PORT_BYTES + RING_BATCH_MAX * RING_ITEM_MAX);
    if (!memory) {
        bench_trouble(actor, "no memory");
        return;
    }
    memset(memory, 1, 2 * RING_PORT_BYTES + RING_BATCH_MAX * RING_ITEM_MAX);
    memset(memory, 0, 2 * RING_PORT_BYTES);
    hand->items = memory + 2 * RING_PORT_BYTES;
    for (unsigned i = 0; i < 2; i++) {
        hand->port[i] = memory + i * RING_PORT_BYTES;
        /* Of two queues the asker writes the first and reads the second, the answerer the other way round. */
        bool sending = i == 0;
        if (queues == 1 && sending != actor->is_writer) {
            continue;
        }
        unsigned queue = queues == 2 && sending != actor->is_writer ? 1 : 0;
        void *at = (char *)actor->memory + queue * ring_queue_bytes(actor);
        if (!ops->open(hand->port[i], at, &actor->shape, sending)) {
            bench_trouble(actor, "a process could not open the queue");
        }
    }
    bench_gate(actor);
}

size_t ring_queue_bytes(const struct bench_actor *actor)
{
    return actor->bytes / bench_queues(&actor->shape);
}

/* A queue that is slow is no queue that loses: as long as more and more is read, it is only left unfinished when its
 * time is over. */
static bool lost_patience(struct ring_hand *hand, uint64_t received, bool all_sent)
{
    struct bench_actor *actor = hand->actor;
    uint64_t now = bench_cycles();
    if (received != hand->seen || hand->seen_at == 0) {
        hand->seen = received;
        hand->seen_at = now;
    }
    if (now - hand->seen_at > actor->grace) {
        hand->check.faults++;
        return true;
    }
    actor->score->unfinished = all_sent && received > 0 && now > actor->over + actor->span * 20;
    return actor->score->unfinished;
}

bool ring_drained(struct ring_hand *hand)
{
    struct bench_actor *actor = hand->actor;
    struct bench_stage *stage = actor->stage;
    strait_u64_store_release(&actor->score->received, hand->check.count);
    bool all_sent = strait_u64_load_acquire(&stage->done) == actor->shape.writers;
    uint64_t sent = 0, received = 0;
    for (unsigned i = 0; i < actor->shape.writers + actor->shape.readers; i++) {
        sent += strait_u64_load_acquire(&stage->score[i].sent);
        received += strait_u64_load_acquire(&stage->score[i].received);
    }
    return (all_sent && received >= sent) || lost_patience(hand, received, all_sent);
}

/* --- latencies ------------------------------------------------------------------------------------------ */

struct bench_latencies *bench_latencies_new(void)
{
    struct bench_latencies *all = malloc(sizeof *all);
    if (!all) {
        _exit(1);
    }
    memset(all, 0, sizeof *all);
    return all;
}

static double percentile(const struct bench_latencies *all, double part)
{
    uint64_t wanted = (uint64_t)((double)all->count * part), seen = 0;
    for (uint64_t bucket = 0; bucket < BENCH_BUCKETS; bucket++) {
        seen += all->bucket[bucket];
        if (seen > wanted) {
            uint64_t shift = bucket < 2 * BENCH_STEPS ? 0 : bucket / BENCH_STEPS - 1;
            uint64_t low = (bucket - shift * BENCH_STEPS) << shift;
            return (double)low + (double)((UINT64_C(1) << shift) - 1) / 2;
        }
    }
    return 0;
}

void bench_latencies_tell(const struct bench_latencies *all, struct bench_score *score)
{
    score->measured = all->count;
    score->p50 = percentile(all, 0.5);
    score->p99 = percentile(all, 0.99);
    score->p999 = percentile(all, 0.999);
}
