// boost_lockfree.cpp - Boost.Lockfree: spsc_queue and queue, both with their capacity as a constant, which keeps all of
// them in one piece of memory and is their fastest form. queue has no batches.
#include <cstdint>
#include <cstring>
#include <new>

#include <boost/lockfree/queue.hpp>
#include <boost/lockfree/spsc_queue.hpp>

#include "ring_play.h"

namespace
{

template <std::size_t bytes> struct item {
    unsigned char byte[bytes];
};

constexpr std::size_t usual = 4096;

// As works.c reckons it: 2 MB or more.
constexpr std::size_t larger(std::size_t bytes)
{
    return bytes == 8 ? 131072 : bytes == 64 ? 16384 : bytes == 256 ? 8192 : 2048;
}

template <std::size_t bytes, std::size_t slots> struct spsc {
    using type = boost::lockfree::spsc_queue<item<bytes>, boost::lockfree::capacity<slots>>;
};

// Its indices are 16 bits wide, so it holds 65534 at most: larger queues of small items cannot be asked of it.
template <std::size_t bytes, std::size_t slots> struct any {
    using type = boost::lockfree::queue<item<bytes>, boost::lockfree::capacity<slots>>;
};

struct port {
    void *queue;
    bool is_usual;
};

template <template <std::size_t, std::size_t> class family, std::size_t bytes>
bool make(void *at, std::uint32_t slots)
{
    if (slots == usual) {
        new (at) typename family<bytes, usual>::type;
    } else {
        new (at) typename family<bytes, larger(bytes)>::type;
    }
    return slots == usual || slots == larger(bytes);
}

bool spsc_format(void *memory, std::size_t bytes, const bench_shape *shape)
{
    bool good = true;
    unsigned queues = bench_queues(shape);
    for (unsigned i = 0; i < queues; i++) {
        void *at = static_cast<char *>(memory) + i * (bytes / queues);
        good = good && (shape->item_bytes == 8     ? make<spsc, 8>(at, shape->slots)
                        : shape->item_bytes == 64  ? make<spsc, 64>(at, shape->slots)
                        : shape->item_bytes == 256 ? make<spsc, 256>(at, shape->slots)
                                                   : make<spsc, 1024>(at, shape->slots));
    }
    return good;
}

template <std::size_t bytes> bool make_any(void *at, std::uint32_t slots)
{
    new (at) typename any<bytes, usual>::type;
    return slots == usual;
}

bool queue_format(void *memory, std::size_t bytes, const bench_shape *shape)
{
    bool good = true;
    unsigned queues = bench_queues(shape);
    for (unsigned i = 0; i < queues; i++) {
        void *at = static_cast<char *>(memory) + i * (bytes / queues);
        good = good && (shape->item_bytes == 8     ? make_any<8>(at, shape->slots)
                        : shape->item_bytes == 64  ? make<any, 64>(at, shape->slots)
                        : shape->item_bytes == 256 ? make<any, 256>(at, shape->slots)
                                                   : make<any, 1024>(at, shape->slots));
    }
    return good;
}

// Generous: the head of either and its nodes' links.
std::size_t room(const bench_shape *shape)
{
    return 4096 + (static_cast<std::size_t>(shape->slots) + 2) * (shape->item_bytes + 64);
}

std::size_t spsc_footprint(const bench_shape *shape)
{
    return ring_is_queue_task(shape) && shape->sides == BENCH_ONE_ONE ? room(shape) : 0;
}

std::size_t queue_footprint(const bench_shape *shape)
{
    bool holds = shape->slots == usual || shape->item_bytes > 8;
    return ring_is_queue_task(shape) && shape->sides != BENCH_ONE_ONE && shape->batch == 1 && holds
               ? room(shape)
               : 0;
}

bool open(void *mine, void *queue, const bench_shape *shape, bool)
{
    *static_cast<port *>(mine) = port{queue, shape->slots == usual};
    return true;
}

// Calls act(queue) with the queue's own type.
template <template <std::size_t, std::size_t> class family, std::size_t bytes, class action>
RING_INLINE unsigned with(void *mine, action act)
{
    port *at = static_cast<port *>(mine);
    return at->is_usual ? act(static_cast<typename family<bytes, usual>::type *>(at->queue))
                        : act(static_cast<typename family<bytes, larger(bytes)>::type *>(at->queue));
}

template <std::size_t bytes> RING_INLINE unsigned spsc_put(void *mine, const void *items, unsigned count)
{
    auto *from = static_cast<const item<bytes> *>(items);
    return with<spsc, bytes>(mine, [=](auto *queue) __attribute__((always_inline)) {
        return count == 1 ? unsigned{queue->push(*from)} : static_cast<unsigned>(queue->push(from, count));
    });
}

template <std::size_t bytes> RING_INLINE unsigned spsc_get(void *mine, void *items, unsigned count)
{
    auto *to = static_cast<item<bytes> *>(items);
    return with<spsc, bytes>(mine, [=](auto *queue) __attribute__((always_inline)) {
        return count == 1 ? unsigned{queue->pop(*to)} : static_cast<unsigned>(queue->pop(to, count));
    });
}

template <std::size_t bytes> RING_INLINE unsigned queue_put(void *mine, const void *items)
{
    auto *from = static_cast<const item<bytes> *>(items);
    if constexpr (bytes == 8) {
        return static_cast<typename any<8, usual>::type *>(static_cast<port *>(mine)->queue)
            ->bounded_push(*from);
    } else {
        return with<any, bytes>(mine, [=](auto *queue) __attribute__((always_inline)) {
            return unsigned{queue->bounded_push(*from)};
        });
    }
}

template <std::size_t bytes> RING_INLINE unsigned queue_get(void *mine, void *items)
{
    auto *to = static_cast<item<bytes> *>(items);
    if constexpr (bytes == 8) {
        return static_cast<typename any<8, usual>::type *>(static_cast<port *>(mine)->queue)->pop(*to);
    } else {
        return with<any, bytes>(
            mine, [=](auto *queue) __attribute__((always_inline)) { return unsigned{queue->pop(*to)}; });
    }
}

RING_INLINE unsigned spsc_send(void *mine, const void *items, unsigned count, std::size_t bytes)
{
    return bytes == 8     ? spsc_put<8>(mine, items, count)
           : bytes == 64  ? spsc_put<64>(mine, items, count)
           : bytes == 256 ? spsc_put<256>(mine, items, count)
                          : spsc_put<1024>(mine, items, count);
}

RING_INLINE unsigned spsc_recv(void *mine, void *items, unsigned count, std::size_t bytes)
{
    return bytes == 8     ? spsc_get<8>(mine, items, count)
           : bytes == 64  ? spsc_get<64>(mine, items, count)
           : bytes == 256 ? spsc_get<256>(mine, items, count)
                          : spsc_get<1024>(mine, items, count);
}

RING_INLINE unsigned queue_send(void *mine, const void *items, unsigned, std::size_t bytes)
{
    return bytes == 8     ? queue_put<8>(mine, items)
           : bytes == 64  ? queue_put<64>(mine, items)
           : bytes == 256 ? queue_put<256>(mine, items)
                          : queue_put<1024>(mine, items);
}

RING_INLINE unsigned queue_recv(void *mine, void *items, unsigned, std::size_t bytes)
{
    return bytes == 8     ? queue_get<8>(mine, items)
           : bytes == 64  ? queue_get<64>(mine, items)
           : bytes == 256 ? queue_get<256>(mine, items)
                          : queue_get<1024>(mine, items);
}

constexpr ring_ops spsc_ops = {open, spsc_send, spsc_recv, nullptr, nullptr};
constexpr ring_ops queue_ops = {open, queue_send, queue_recv, nullptr, nullptr};

} // namespace

RING_CONTESTANT(boost_spsc, "Boost.Lockfree spsc_queue", BENCH_PEER, spsc_ops, spsc_footprint, spsc_format,
                nullptr, nullptr)
RING_CONTESTANT(boost_queue, "Boost.Lockfree queue", BENCH_PEER, queue_ops, queue_footprint, queue_format,
                nullptr, nullptr)
