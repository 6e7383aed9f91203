// boost_message_queue.cpp - Boost.Interprocess: message_queue. It lives in named memory; the names are taken away at
// once, and the processes inherit the mapping. Where the bench spins it is asked with try_send and try_receive; where
// it is to sleep, with send and receive. It has no batches.
#include <memory>
#include <string>

#include <boost/interprocess/ipc/message_queue.hpp>
#include <unistd.h>

#include "ring_play.h"

namespace
{

namespace ipc = boost::interprocess;

std::unique_ptr<ipc::message_queue> made[2];

struct port {
    ipc::message_queue *queue;
    bool sleeps;
};

// The memory only says which of the two is meant.
std::size_t footprint(const bench_shape *shape)
{
    return (ring_is_queue_task(shape) || shape->task == BENCH_SLEEP_TRIP) && shape->batch == 1 ? 4096 : 0;
}

void forget()
{
    for (auto &queue : made) {
        queue.reset();
    }
}

bool format(void *memory, std::size_t bytes, const bench_shape *shape)
try {
    forget();
    for (unsigned i = 0; i < bench_queues(shape); i++) {
        static_cast<char *>(memory)[i * (bytes / bench_queues(shape))] = static_cast<char>(i);
        std::string name = "strait-bench-" + std::to_string(getpid()) + "-" + std::to_string(i);
        ipc::message_queue::remove(name.c_str());
        made[i] = std::make_unique<ipc::message_queue>(ipc::create_only, name.c_str(), shape->slots,
                                                       shape->item_bytes, ipc::permissions(0600));
        ipc::message_queue::remove(name.c_str());
    }
    return true;
} catch (const ipc::interprocess_exception &) {
    return false;
}

bool open(void *mine, void *queue, const bench_shape *shape, bool)
{
    *static_cast<port *>(mine) =
        port{made[*static_cast<unsigned char *>(queue)].get(), shape->task == BENCH_SLEEP_TRIP};
    return true;
}

RING_INLINE unsigned send(void *mine, const void *items, unsigned, std::size_t bytes)
{
    port *at = static_cast<port *>(mine);
    if (at->sleeps) {
        at->queue->send(items, bytes, 0);
        return 1;
    }
    return at->queue->try_send(items, bytes, 0);
}

RING_INLINE unsigned recv(void *mine, void *items, unsigned, std::size_t bytes)
{
    port *at = static_cast<port *>(mine);
    ipc::message_queue::size_type got = 0;
    unsigned priority = 0;
    if (at->sleeps) {
        at->queue->receive(items, bytes, got, priority);
        return got == bytes;
    }
    return at->queue->try_receive(items, bytes, got, priority);
}

constexpr ring_ops ops = {open, send, recv, nullptr, nullptr};

} // namespace

RING_CONTESTANT(boost_message_queue, "Boost.Interprocess message_queue", BENCH_PEER, ops, footprint, format,
                nullptr, forget)
