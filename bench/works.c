/* works.c - the works. A name says the kind of queue, who is at it, the items, and what is special:
 *
 *     ring.one_one.64B.4096            stream of 64-byte items, 4096 slots, one writer, one reader
 *     ring.one_one.64B.default.batch32 the same with the default capacity, 32 at a time
 *     ring.many_many.2p2c.64B.4096     two writers, two readers
 *     ring.one_one.rtt64               there and back, both spinning
 *     ring.one_one.one_way64           one way, by stamps
 *     ring.one_one.sleep64             there and back, who waits sleeps
 *     ring.one_one.one_core.rtt64      both ends on one core
 *     copy.1MB                         the floor under every copy
 */
#include <stdio.h>
#include <string.h>

#include "works.h"

struct list {
    struct bench_work *works;
    unsigned count;
};

static struct bench_work *add(struct list *list, const char *name, const char *unit, enum bench_task task)
{
    struct bench_work *work = &list->works[list->count++];
    memset(work, 0, sizeof *work);
    snprintf(work->name, sizeof work->name, "%s", name);
    work->unit = unit;
    work->shape = (struct bench_shape){
        .task = task, .item_bytes = 64, .slots = 4096, .batch = 1, .writers = 1, .readers = 1};
    return work;
}

static const char *const sides_name[] = {"one_one", "many_one", "one_many", "many_many"};

/* Slots of whole lines that carry a word of state, 2 MB of them or more. */
static uint32_t default_slots(uint32_t item_bytes)
{
    uint32_t stride = item_bytes == 8 ? 16 : (item_bytes + 8 + 63) / 64 * 64, slots = 1;
    while ((uint64_t)slots * stride < 2u << 20) {
        slots *= 2;
    }
    return slots;
}

struct stream {
    enum bench_sides sides;
    uint32_t writers, readers, item_bytes;
    bool by_default, batched, one_core;
};

static void add_stream(struct list *list, struct stream is)
{
    char crew[16] = "", name[64];
    if (is.sides != BENCH_ONE_ONE) {
        snprintf(crew, sizeof crew, ".%up%uc", is.writers, is.readers);
    }
    snprintf(name, sizeof name, "ring.%s%s%s.%uB.%s%s", sides_name[is.sides], crew,
             is.one_core ? ".one_core" : "", is.item_bytes, is.by_default ? "default" : "4096",
             is.batched ? ".batch32" : "");
    struct bench_shape *shape = &add(list, name, "msg/s", BENCH_STREAM)->shape;
    shape->sides = is.sides;
    shape->writers = is.writers;
    shape->readers = is.readers;
    shape->item_bytes = is.item_bytes;
    shape->slots = is.by_default ? default_slots(is.item_bytes) : 4096;
    shape->batch = is.batched ? 32 : 1;
    shape->one_core = is.one_core;
}

static void add_latency(struct list *list, enum bench_sides sides, const char *what, uint32_t item_bytes,
                        enum bench_task task, bool halved)
{
    char name[64];
    snprintf(name, sizeof name, "ring.%s.%s%u", sides_name[sides], what, item_bytes);
    struct bench_shape *shape = &add(list, name, "ns", task)->shape;
    shape->sides = sides;
    shape->item_bytes = item_bytes;
    shape->one_core = strstr(what, "one_core") != NULL;
    shape->halved = halved;
}

static void add_latencies(struct list *list, enum bench_sides sides, bool clocks_agree)
{
    add_latency(list, sides, "rtt", 64, BENCH_ROUND_TRIP, false);
    add_latency(list, sides, "one_way", 64, clocks_agree ? BENCH_ONE_WAY : BENCH_ROUND_TRIP, !clocks_agree);
}

static const uint32_t sizes[] = {8, 64, 256, 1024};

static void add_crowd(struct list *list, enum bench_sides sides, uint32_t writers, uint32_t readers)
{
    for (unsigned i = 0; i < 4; i++) {
        add_stream(list, (struct stream){sides, writers, readers, sizes[i], false, false, false});
        add_stream(list, (struct stream){sides, writers, readers, sizes[i], false, true, false});
    }
    add_stream(list, (struct stream){sides, writers, readers, 64, true, false, false});
}

unsigned bench_works(struct bench_work *works, bool clocks_agree)
{
    struct list list = {works, 0};
    add(&list, "copy.64B", "B/s", BENCH_TOUCH)->shape.readers = 0;
    add(&list, "copy.1MB", "B/s", BENCH_TOUCH)->shape = (struct bench_shape){
        .task = BENCH_TOUCH, .item_bytes = 1u << 20, .slots = 1, .batch = 1, .writers = 1};

    add_latency(&list, BENCH_ONE_ONE, "rtt", 8, BENCH_ROUND_TRIP, false);
    add_latencies(&list, BENCH_ONE_ONE, clocks_agree);
    add_latency(&list, BENCH_ONE_ONE, "sleep", 64, BENCH_SLEEP_TRIP, false);
    add_latency(&list, BENCH_ONE_ONE, "one_core.rtt", 64, BENCH_ROUND_TRIP, false);
    add_stream(&list, (struct stream){BENCH_ONE_ONE, 1, 1, 64, false, false, true});
    for (unsigned i = 0; i < 16; i++) {
        add_stream(&list,
                   (struct stream){BENCH_ONE_ONE, 1, 1, sizes[i / 4], (i & 2) != 0, (i & 1) != 0, false});
    }

    add_latencies(&list, BENCH_MANY_ONE, clocks_agree);
    add_stream(&list, (struct stream){BENCH_MANY_ONE, 1, 1, 64, false, false, false});
    add_crowd(&list, BENCH_MANY_ONE, 2, 1);

    add_latencies(&list, BENCH_ONE_MANY, clocks_agree);
    add_stream(&list, (struct stream){BENCH_ONE_MANY, 1, 2, 64, false, false, false});
    add_stream(&list, (struct stream){BENCH_ONE_MANY, 1, 2, 64, false, true, false});

    add_latencies(&list, BENCH_MANY_MANY, clocks_agree);
    add_stream(&list, (struct stream){BENCH_MANY_MANY, 1, 1, 64, false, false, false});
    add_stream(&list, (struct stream){BENCH_MANY_MANY, 2, 1, 64, false, false, false});
    add_stream(&list, (struct stream){BENCH_MANY_MANY, 2, 2, 64, false, false, true});
    add_crowd(&list, BENCH_MANY_MANY, 2, 2);
    return list.count;
}
