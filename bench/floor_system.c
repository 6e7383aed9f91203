/* system.c - the floors under sleeping and copying: a futex handed to and fro, two pipes, memcpy. */
#include <errno.h>
#include <limits.h>

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "ring_play.h"

/* --- futex: wait until the word changes; wake one -------------------------------------------------------- */

struct futex_line {
    STRAIT_ALIGNED_(128) strait_u32 word;
    STRAIT_ALIGNED_(128) strait_u64 tag;
};

struct futex_port {
    struct futex_line *line;
    uint32_t seen;
};

static size_t futex_footprint(const struct bench_shape *shape)
{
    return shape->task == BENCH_SLEEP_TRIP && shape->sides == BENCH_ONE_ONE ? sizeof(struct futex_line) : 0;
}

static bool futex_open(void *port, void *queue, const struct bench_shape *shape, bool is_writer)
{
    (void)shape, (void)is_writer;
    struct futex_port *mine = port;
    mine->line = queue;
    return true;
}

static unsigned futex_make(void *port, uint64_t tag, unsigned count, size_t bytes, bool whole)
{
    (void)count, (void)bytes, (void)whole;
    struct futex_line *line = ((struct futex_port *)port)->line;
    strait_u64_store_release(&line->tag, tag);
    strait_u32_add_acq_rel(&line->word, 1);
    syscall(SYS_futex, &line->word, FUTEX_WAKE, 1, NULL, NULL, 0);
    return 1;
}

static unsigned futex_take(void *port, struct ring_check *check, unsigned count, size_t bytes)
{
    (void)count, (void)bytes;
    struct futex_port *mine = port;
    struct timespec limit = {0, 20000000};
    syscall(SYS_futex, &mine->line->word, FUTEX_WAIT, mine->seen, &limit, NULL, 0);
    uint32_t word = strait_u32_load_acquire(&mine->line->word);
    if (word == mine->seen) {
        return 0;
    }
    mine->seen = word;
    uint64_t tag = strait_u64_load_acquire(&mine->line->tag);
    ring_look(check, &tag, 8);
    return 1;
}

static const struct ring_ops futex_ops = {futex_open, NULL, NULL, futex_make, futex_take};
RING_CONTESTANT(futex, "futex", BENCH_FLOOR, futex_ops, futex_footprint, NULL, NULL, NULL)

/* --- pipe ----------------------------------------------------------------------------------------------- */

static int pipes[2][2];

struct pipe_port {
    int in, out;
};

static void pipe_end(void)
{
    for (int i = 0; i < 4; i++) {
        if (pipes[i / 2][i % 2] > 0) {
            close(pipes[i / 2][i % 2]);
        }
        pipes[i / 2][i % 2] = 0;
    }
}

/* Fresh ones for each crew. The memory only says which of the two is meant. */
static bool pipe_format(void *memory, size_t bytes, const struct bench_shape *shape)
{
    (void)shape;
    pipe_end();
    memset((char *)memory + bytes / 2, 1, 1);
    return pipe(pipes[0]) == 0 && pipe(pipes[1]) == 0;
}

static bool pipe_open(void *port, void *queue, const struct bench_shape *shape, bool is_writer)
{
    (void)shape, (void)is_writer;
    struct pipe_port *mine = port;
    int which = *(unsigned char *)queue;
    mine->in = pipes[which][0];
    mine->out = pipes[which][1];
    return true;
}

static unsigned pipe_send(void *port, const void *items, unsigned count, size_t bytes)
{
    (void)count;
    return write(((struct pipe_port *)port)->out, items, bytes) == (ssize_t)bytes;
}

static unsigned pipe_recv(void *port, void *items, unsigned count, size_t bytes)
{
    (void)count;
    return read(((struct pipe_port *)port)->in, items, bytes) == (ssize_t)bytes;
}

static const struct ring_ops pipe_ops = {pipe_open, pipe_send, pipe_recv, NULL, NULL};
RING_CONTESTANT(pipe, "pipe", BENCH_FLOOR, pipe_ops, futex_footprint, pipe_format, NULL, pipe_end)

/* --- memcpy --------------------------------------------------------------------------------------------- */

static size_t copy_footprint(const struct bench_shape *shape)
{
    return shape->task == BENCH_TOUCH ? (size_t)shape->item_bytes * 2 : 0;
}

/* Copies to and fro, so that nothing can be left out; counts items as the reader of a queue does. */
static void copy_play(struct bench_actor *actor)
{
    unsigned char *from = actor->memory, *to = from + actor->shape.item_bytes;
    memset(from, 1, actor->shape.item_bytes);
    bench_gate(actor);
    uint64_t moved = 0;
    size_t bytes = actor->shape.item_bytes;
    unsigned at_once = bytes >= 65536 ? 1 : 1024;
    while (bench_cycles() < actor->over) {
        for (unsigned i = 0; i < at_once; i++) {
            __asm__ volatile("" : "+r"(to), "+r"(from)::"memory");
            memcpy(to, from, bytes);
        }
        moved += at_once;
    }
    actor->score->to = bench_cycles();
    actor->score->faults = memcmp(to, from, bytes) != 0;
    strait_u64_store_release(&actor->score->sent, moved);
    strait_u64_store_release(&actor->score->received, moved);
}

const struct bench_contestant bench_memcpy = {"memcpy", BENCH_FLOOR, copy_footprint, NULL, copy_play,
                                              NULL,     NULL};
