/* lines.c - the floors under every queue: what two cores can do with bare cache lines, without anything that a queue
 * is for. Ping-pong: the tag goes there in one line (or in two, as an item of 64 bytes with its sequence must) and
 * comes back so. Stream: words or lines that say themselves which lap they belong to; the reader tells how far it is
 * once in a sixteenth of the buffer. */
#include "ring_play.h"

/* --- ping-pong ------------------------------------------------------------------------------------------ */

struct ball {
    STRAIT_ALIGNED_(128) strait_u64 tag;
    unsigned char item[RING_ITEM_MAX];
    STRAIT_ALIGNED_(2048) unsigned char mark; /* never written while it is played */
    unsigned char rest[2047];
};

_Static_assert(sizeof(struct ball) == 4096, "same_open counts on it");

/* What is shown is the number of the tag plus one, so that fresh memory shows none, and the direction, so that both
 * may use the same line. */
struct ball_port {
    struct ball *ball;
    uint64_t shown, direction;
};

static size_t ball_footprint(const struct bench_shape *shape)
{
    bool task = shape->task == BENCH_PROBE || shape->task == BENCH_ROUND_TRIP;
    return task && shape->sides == BENCH_ONE_ONE && shape->item_bytes <= 64 ? 4096 : 0;
}

static size_t item_footprint(const struct bench_shape *shape)
{
    return shape->task == BENCH_ROUND_TRIP && shape->sides == BENCH_ONE_ONE ? 4096 : 0;
}

/* The way back is told from the way there by a mark in its memory. */
static bool ball_format(void *memory, size_t bytes, const struct bench_shape *shape)
{
    (void)shape;
    ((struct ball *)(void *)((char *)memory + bytes / 2))->mark = 1;
    return true;
}

static bool ball_open(void *port, void *queue, const struct bench_shape *shape, bool is_writer)
{
    (void)shape, (void)is_writer;
    struct ball_port *mine = port;
    mine->ball = queue;
    mine->direction = mine->ball->mark;
    return true;
}

static bool same_open(void *port, void *queue, const struct bench_shape *shape, bool is_writer)
{
    ball_open(port, queue, shape, is_writer);
    struct ball_port *mine = port;
    mine->ball -= mine->direction; /* a queue is one page, and so is a ball */
    return true;
}

RING_INLINE void ball_show(struct ball_port *mine, uint64_t tag)
{
    strait_u64_store_release(&mine->ball->tag, (tag + 1) << 1 | mine->direction);
}

RING_INLINE bool ball_seen(struct ball_port *mine, uint64_t *tag)
{
    uint64_t shown = strait_u64_load_acquire(&mine->ball->tag);
    if (shown >> 1 == mine->shown || (shown & 1) != mine->direction) {
        return false;
    }
    mine->shown = shown >> 1;
    *tag = mine->shown - 1;
    return true;
}

RING_INLINE unsigned ball_make(void *port, uint64_t tag, unsigned count, size_t bytes, bool whole)
{
    (void)count, (void)bytes, (void)whole;
    ball_show(port, tag);
    return 1;
}

RING_INLINE unsigned ball_take(void *port, struct ring_check *check, unsigned count, size_t bytes)
{
    (void)count, (void)bytes;
    uint64_t tag;
    if (!ball_seen(port, &tag)) {
        return 0;
    }
    ring_look(check, &tag, 8);
    return 1;
}

static const struct ring_ops two_lines_ops = {ball_open, NULL, NULL, ball_make, ball_take};
RING_CONTESTANT(two_lines, "ping-pong, two lines", BENCH_FLOOR, two_lines_ops, ball_footprint, ball_format,
                NULL, NULL)

static const struct ring_ops same_line_ops = {same_open, NULL, NULL, ball_make, ball_take};
RING_CONTESTANT(same_line, "ping-pong, same line", BENCH_FLOOR, same_line_ops, ball_footprint, ball_format,
                NULL, NULL)

/* The item lies behind the tag: 64 bytes of it and the tag are two lines. */
RING_INLINE unsigned item_send(void *port, const void *items, unsigned count, size_t bytes)
{
    (void)count;
    struct ball_port *mine = port;
    uint64_t tag;
    memcpy(&tag, items, sizeof tag);
    memcpy(mine->ball->item, items, bytes);
    ball_show(mine, tag);
    return 1;
}

RING_INLINE unsigned item_recv(void *port, void *items, unsigned count, size_t bytes)
{
    (void)count;
    struct ball_port *mine = port;
    uint64_t tag;
    if (!ball_seen(mine, &tag)) {
        return 0;
    }
    memcpy(items, mine->ball->item, bytes);
    return 1;
}

static const struct ring_ops item_ops = {ball_open, item_send, item_recv, NULL, NULL};
RING_CONTESTANT(item_lines, "ping-pong, whole item", BENCH_FLOOR, item_ops, item_footprint, ball_format, NULL,
                NULL)

/* --- stream --------------------------------------------------------------------------------------------- */

struct flow {
    STRAIT_ALIGNED_(128) strait_u64 credit; /* how far the reader is */
    STRAIT_ALIGNED_(128) unsigned char buffer[128];
};

struct flow_port {
    struct flow *flow;
    uint64_t at, limit, slots;
};

/* An item of 8 bytes is one word, a longer one its lines. The first word of each is the item's number plus one. */
static size_t flow_footprint(const struct bench_shape *shape)
{
    return shape->task == BENCH_STREAM && shape->sides == BENCH_ONE_ONE && shape->batch == 1 &&
                   !shape->one_core
               ? sizeof(struct flow) + (size_t)shape->slots * shape->item_bytes
               : 0;
}

static bool flow_open(void *port, void *queue, const struct bench_shape *shape, bool is_writer)
{
    (void)is_writer;
    struct flow_port *mine = port;
    mine->flow = queue;
    mine->slots = shape->slots;
    return true;
}

RING_INLINE unsigned flow_make(void *port, uint64_t tag, unsigned count, size_t bytes, bool whole)
{
    (void)count, (void)whole;
    struct flow_port *mine = port;
    struct flow *flow = mine->flow;
    if (mine->at >= mine->limit) {
        mine->limit = strait_u64_load_acquire(&flow->credit) + mine->slots;
        if (mine->at >= mine->limit) {
            return 0;
        }
    }
    unsigned char *slot = flow->buffer + (mine->at & (mine->slots - 1)) * bytes;
    for (size_t i = 0; i < bytes; i += 64) {
        if (bytes >= 64) {
            memcpy(slot + i + 8, &(uint64_t[7]){0, 1, 2, 3, 4, 5, 6}, 56);
        }
        strait_u64_store_release((strait_u64 *)(void *)(slot + i), tag + 1);
    }
    mine->at++;
    return 1;
}

RING_INLINE unsigned flow_take(void *port, struct ring_check *check, unsigned count, size_t bytes)
{
    (void)count;
    struct flow_port *mine = port;
    struct flow *flow = mine->flow;
    unsigned char *slot = flow->buffer + (mine->at & (mine->slots - 1)) * bytes;
    for (size_t i = 0; i < bytes; i += 64) {
        if (strait_u64_load_acquire((strait_u64 *)(void *)(slot + i)) != mine->at + 1) {
            strait_u64_store_release(&flow->credit, mine->at);
            return 0;
        }
    }
    ring_look(check, &mine->at, 8);
    mine->at++;
    if ((mine->at & (mine->slots / 16 - 1)) == 0) {
        strait_u64_store_release(&flow->credit, mine->at);
    }
    return 1;
}

static const struct ring_ops flow_ops = {flow_open, NULL, NULL, flow_make, flow_take};
RING_CONTESTANT(line_stream, "line stream", BENCH_FLOOR, flow_ops, flow_footprint, NULL, NULL, NULL)
