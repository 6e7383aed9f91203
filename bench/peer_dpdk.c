/* dpdk.c - DPDK's rte_ring in shared memory, without its environment layer: rte_ring_init on our bytes. Items of 8 bytes
 * are its native elements. Larger ones it copies by 4 bytes at a time, so where it has a way around that (zero copy: one
 * writer and one reader, or head/tail sync) that form plays too, and copies with memcpy into the ring.
 *
 *     sp/sc   one writer, one reader          mp/sc, sp/mc, mp/mc   two counters a side, moved in turn
 *     rts     relaxed tail sync: the last one to finish moves the tail      hts     head/tail sync: one at a time */
#include <rte_ring.h>
#include <rte_ring_peek_zc.h>

#include "ring_play.h"

struct dpdk_port {
    struct rte_ring *ring;
};

static size_t dpdk_bytes(const struct bench_shape *shape)
{
    ssize_t bytes =
        ring_is_queue_task(shape) ? rte_ring_get_memsize_elem(shape->item_bytes, shape->slots) : 0;
    return bytes > 0 ? (size_t)bytes : 0;
}

static bool dpdk_format(void *memory, size_t bytes, const struct bench_shape *shape, unsigned flags)
{
    unsigned queues = bench_queues(shape);
    for (unsigned i = 0; i < queues; i++) {
        struct rte_ring *ring = (struct rte_ring *)(void *)((char *)memory + i * (bytes / queues));
        if (rte_ring_init(ring, "strait-bench", shape->slots, flags) != 0) {
            return false;
        }
    }
    return true;
}

static bool dpdk_open(void *port, void *queue, const struct bench_shape *shape, bool is_writer)
{
    (void)shape, (void)is_writer;
    ((struct dpdk_port *)port)->ring = queue;
    return true;
}

/* What zero copy hands out is one piece, or two if it wraps. */
RING_INLINE void move_in(const struct rte_ring_zc_data *room, const void *items, unsigned count, size_t bytes)
{
    unsigned first = count < room->n1 ? count : room->n1;
    memcpy(room->ptr1, items, first * bytes);
    if (count > first) {
        memcpy(room->ptr2, (const char *)items + first * bytes, (count - first) * bytes);
    }
}

RING_INLINE void move_out(const struct rte_ring_zc_data *room, void *items, unsigned count, size_t bytes)
{
    unsigned first = count < room->n1 ? count : room->n1;
    memcpy(items, room->ptr1, first * bytes);
    if (count > first) {
        memcpy((char *)items + first * bytes, room->ptr2, (count - first) * bytes);
    }
}

RING_INLINE unsigned zc_send(void *port, const void *items, unsigned count, size_t bytes)
{
    struct rte_ring *ring = ((struct dpdk_port *)port)->ring;
    struct rte_ring_zc_data room;
    unsigned got = rte_ring_enqueue_zc_burst_elem_start(ring, (unsigned)bytes, count, &room, NULL);
    if (got > 0) {
        move_in(&room, items, got, bytes);
        rte_ring_enqueue_zc_elem_finish(ring, got);
    }
    return got;
}

RING_INLINE unsigned zc_recv(void *port, void *items, unsigned count, size_t bytes)
{
    struct rte_ring *ring = ((struct dpdk_port *)port)->ring;
    struct rte_ring_zc_data room;
    unsigned got = rte_ring_dequeue_zc_burst_elem_start(ring, (unsigned)bytes, count, &room, NULL);
    if (got > 0) {
        move_out(&room, items, got, bytes);
        rte_ring_dequeue_zc_elem_finish(ring, got);
    }
    return got;
}

/* A form: its operations, its flags for rte_ring_init, and when it plays. */
#define DPDK_FORM(id, name, put, take, flags, plays)                                                         \
    static size_t id##_footprint(const struct bench_shape *shape)                                            \
    {                                                                                                        \
        return (plays) ? dpdk_bytes(shape) : 0;                                                              \
    }                                                                                                        \
    static bool id##_format(void *memory, size_t bytes, const struct bench_shape *shape)                     \
    {                                                                                                        \
        return dpdk_format(memory, bytes, shape, flags);                                                     \
    }                                                                                                        \
    static const struct ring_ops id##_ops = {dpdk_open, put, take, NULL, NULL};                              \
    RING_CONTESTANT(id, name, BENCH_PEER, id##_ops, id##_footprint, id##_format, NULL, NULL)

#define DPDK_PUT(id, operation)                                                                              \
    RING_INLINE unsigned id(void *port, const void *items, unsigned count, size_t bytes)                     \
    {                                                                                                        \
        struct rte_ring *ring = ((struct dpdk_port *)port)->ring;                                            \
        return operation(ring, items, (unsigned)bytes, count, NULL);                                         \
    }
#define DPDK_TAKE(id, operation)                                                                             \
    RING_INLINE unsigned id(void *port, void *items, unsigned count, size_t bytes)                           \
    {                                                                                                        \
        struct rte_ring *ring = ((struct dpdk_port *)port)->ring;                                            \
        return operation(ring, items, (unsigned)bytes, count, NULL);                                         \
    }

DPDK_PUT(put_sp, rte_ring_sp_enqueue_burst_elem)
DPDK_PUT(put_mp, rte_ring_mp_enqueue_burst_elem)
DPDK_PUT(put_hts, rte_ring_mp_hts_enqueue_burst_elem)
DPDK_PUT(put_rts, rte_ring_mp_rts_enqueue_burst_elem)
DPDK_TAKE(take_sc, rte_ring_sc_dequeue_burst_elem)
DPDK_TAKE(take_mc, rte_ring_mc_dequeue_burst_elem)
DPDK_TAKE(take_hts, rte_ring_mc_hts_dequeue_burst_elem)
DPDK_TAKE(take_rts, rte_ring_mc_rts_dequeue_burst_elem)

DPDK_FORM(dpdk_spsc, "rte_ring sp/sc", put_sp, take_sc, RING_F_SP_ENQ | RING_F_SC_DEQ,
          shape->sides == BENCH_ONE_ONE)
DPDK_FORM(dpdk_spsc_zc, "rte_ring sp/sc, zero copy", zc_send, zc_recv, RING_F_SP_ENQ | RING_F_SC_DEQ,
          shape->sides == BENCH_ONE_ONE && shape->item_bytes > 8)
DPDK_FORM(dpdk_mpsc, "rte_ring mp/sc", put_mp, take_sc, RING_F_SC_DEQ, shape->sides == BENCH_MANY_ONE)
DPDK_FORM(dpdk_spmc, "rte_ring sp/mc", put_sp, take_mc, RING_F_SP_ENQ, shape->sides == BENCH_ONE_MANY)
DPDK_FORM(dpdk_mpmc, "rte_ring mp/mc", put_mp, take_mc, 0, shape->sides == BENCH_MANY_MANY)
DPDK_FORM(dpdk_hts, "rte_ring hts", put_hts, take_hts, RING_F_MP_HTS_ENQ | RING_F_MC_HTS_DEQ,
          shape->sides != BENCH_ONE_ONE)
DPDK_FORM(dpdk_hts_zc, "rte_ring hts, zero copy", zc_send, zc_recv, RING_F_MP_HTS_ENQ | RING_F_MC_HTS_DEQ,
          shape->sides != BENCH_ONE_ONE && shape->item_bytes > 8)
DPDK_FORM(dpdk_rts, "rte_ring rts", put_rts, take_rts, RING_F_MP_RTS_ENQ | RING_F_MC_RTS_DEQ,
          shape->sides != BENCH_ONE_ONE)
