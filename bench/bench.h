/* bench.h - what a contestant of the bench is, and what it is asked to play.
 *
 * A *work* is a name, a unit and a shape ("64-byte items, one by one, 4096 slots, one writer, one reader"). A
 * *contestant* is anything that can play shapes: it says how many bytes of shared memory it wants for one (0:
 * it cannot play it), formats them, and then plays each process of the crew in turn. The harness forks and pins
 * the processes, opens the gate for all of them at once and judges what they wrote into their scores. So a new
 * contestant is one file with a struct, and a row in CMakeLists.txt; queues get by with the operations of
 * ring_play.h.
 */
#ifndef STRAIT_BENCH_H
#define STRAIT_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <strait/inline/atomic.h>

#include <cycles.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { BENCH_ACTORS_MAX = 8, BENCH_CPUS_MAX = 8, BENCH_ROUNDS_MAX = 64, BENCH_LINE = 128 };

enum bench_kind { BENCH_STRAIT, BENCH_FLOOR, BENCH_PEER };

enum bench_task {
    BENCH_STREAM,     /* writers send as fast as they can, readers keep up: items a second */
    BENCH_ROUND_TRIP, /* there and back through two queues, spinning: percentiles */
    BENCH_ONE_WAY,    /* stamped by the writer, read off by the reader: percentiles */
    BENCH_SLEEP_TRIP, /* there and back, and who waits sleeps: percentiles */
    BENCH_PROBE,      /* one cache line, there and back: how far apart the cores are at this moment */
    BENCH_TOUCH       /* one process moves bytes within its own memory: bytes a second */
};

/* Who may use the queue, which is a promise that the contestant may rely on; how many do is said apart. */
enum bench_sides { BENCH_ONE_ONE, BENCH_MANY_ONE, BENCH_ONE_MANY, BENCH_MANY_MANY };

struct bench_shape {
    enum bench_task task;
    enum bench_sides sides;
    uint32_t item_bytes; /* 8, 64, 256 or 1024 in queues */
    uint32_t slots;      /* capacity of each queue */
    uint32_t batch;      /* 1: one by one */
    uint32_t writers, readers;
    bool one_core; /* all processes on one core */
    bool halved;   /* a one-way latency told as half of a round trip, for the clocks of the cores differ */
};

/* There and back takes two queues, side by side. */
static inline unsigned bench_queues(const struct bench_shape *shape)
{
    return shape->task == BENCH_ROUND_TRIP || shape->task == BENCH_SLEEP_TRIP || shape->task == BENCH_PROBE
               ? 2u
               : 1u;
}

/* What a process of the crew leaves behind. Each has its own, in shared memory. */
struct bench_score {
    STRAIT_ALIGNED_(128) strait_u64 sent;
    STRAIT_ALIGNED_(128) strait_u64 received;
    uint64_t from, to;     /* cycles */
    uint64_t faults;       /* items lost, doubled, torn or out of order */
    double p50, p99, p999; /* cycles; of the process that measures latency */
    uint64_t measured;     /* how many latencies that was */
    bool unfinished;       /* there was more to read when the time was over */
    char trouble[96];      /* why it could not play */
};

/* Shared by the processes of one crew. */
struct bench_stage {
    STRAIT_ALIGNED_(128) strait_u64 ready; /* processes at the gate */
    STRAIT_ALIGNED_(128) strait_u64 start; /* cycles; 0 until the last one has come */
    STRAIT_ALIGNED_(128) strait_u64 done;  /* writers that have sent their last item */
    struct bench_score score[BENCH_ACTORS_MAX];
};

/* One process of a crew. Writers come first, then readers. */
struct bench_actor {
    struct bench_shape shape;
    struct bench_stage *stage;
    struct bench_score *score;
    void *memory;    /* shared, formatted */
    size_t bytes;    /* of memory */
    unsigned index;  /* in the crew */
    unsigned number; /* among those of its side */
    bool is_writer;
    bool whole;        /* write and check every line of every item, not only the first and the last */
    unsigned patience; /* tries before it yields the core */
    uint64_t span;     /* cycles: how long to play */
    uint64_t grace;    /* cycles: for a machine that is busy with other things */
    uint64_t over;     /* cycles: when to stop; set by bench_gate */
    uint64_t given_up; /* cycles: when to believe that something is lost; set by bench_gate */
};

struct bench_contestant {
    const char *name;
    enum bench_kind kind;
    size_t (*footprint)(const struct bench_shape *shape);
    bool (*format)(void *memory, size_t bytes, const struct bench_shape *shape);
    void (*play)(struct bench_actor *actor);
    bool (*begin)(
        void); /* once, before its first shape, in the parent; may be NULL; false: it cannot play today */
    void (*end)(void); /* once, at the end; may be NULL */
};

/* Waits until every process of the crew has come here; says when to stop. Called once by each. */
void bench_gate(struct bench_actor *actor);

/* Ends the process: the shape cannot be played after all. */
void bench_trouble(struct bench_actor *actor, const char *format, ...);

/* --- latencies ------------------------------------------------------------------------------------------ */

/* Counts by size, 128 steps for each power of two: under 1 % off. Private to a process. */
enum { BENCH_STEPS = 128, BENCH_BUCKETS = BENCH_STEPS * 34 };

struct bench_latencies {
    uint64_t count;
    uint32_t bucket[BENCH_BUCKETS];
};

struct bench_latencies *bench_latencies_new(void);

static inline void bench_latency(struct bench_latencies *all, uint64_t cycles)
{
    unsigned shift = 0;
    if (cycles >= BENCH_STEPS * 2u) {
        shift = 63u - STRAIT_CAST_(unsigned, __builtin_clzll(cycles)) - 7u;
    }
    uint64_t bucket = shift * STRAIT_CAST_(uint64_t, BENCH_STEPS) + (cycles >> shift);
    all->bucket[bucket < BENCH_BUCKETS ? bucket : BENCH_BUCKETS - 1u]++;
    all->count++;
}

/* Writes the percentiles into the score. */
void bench_latencies_tell(const struct bench_latencies *all, struct bench_score *score);

#ifdef __cplusplus
}
#endif

#endif
