/* wait_world.c - every order of sleeping and waking, with deaths anywhere, over the shipped code: the calls of ring.h and
 * ring_wait.c, with a system that sleeps and wakes coroutines.
 *
 * When all who live and are not through sleep, nobody may sleep for nothing: no reader while an item is there, no
 * writer while there is room. Only a death excuses it, until the nap is over: then all look, and whoever still sleeps
 * for nothing is lost. After that the deadline passes for everybody.
 */
#include "hooks.h"

#include <stdlib.h>

/* The source itself, so that its accesses are scheduling points too. */
#include "../../src/core/ring_wait.c"

#include "wait_world.h"

static struct {
    const wait_scenario *scenario;
    unsigned char *bytes;
    strait_ring_geometry geometry;
    strait_ring_handle handles[EXPLORE_ACTORS_MAX];
    unsigned napped;
    uint64_t now;
    unsigned sent, received;
} the;

static strait_u64 process; /* says 0, as epochs do here */

/* --- the system that ring_wait.c asks ------------------------------------------------------------------------- */

bool strait_os_barrier(void)
{
    explore_point();
    return !the.scenario->fenced;
}

uint64_t strait_os_now_ns(void)
{
    return the.now;
}

void strait_os_yield(void) {}

int strait_os_wait(const strait_u32 *word, uint32_t expected, uint64_t deadline_ns)
{
    (void)deadline_ns;
    if (strait_u32_load_relaxed(word) == expected) { /* in the kernel, looking and going to sleep is one */
        explore_sleep(word);
    }
    return STRAIT_OK;
}

int strait_os_wake(const strait_u32 *word, uint32_t count)
{
    (void)count;
    explore_point();
    explore_wake(word);
    return 0;
}

/* No call here is refused. */
const char *strait_prefix_make(strait_prefix *prefix, const char *verb, const char *where)
{
    (void)where;
    (void)verb;
    return prefix->text;
}

int strait_fail_with(int result, const char *format, ...)
{
    explore_fault("%s: a call was refused: %s", the.scenario->name, format);
    return result;
}

static strait_life life_of(void *context, uint32_t index, uint32_t generation)
{
    (void)context;
    (void)generation;
    return explore_dead(index) ? STRAIT_DEAD : STRAIT_ALIVE;
}

/* --- one schedule ----------------------------------------------------------------------------------------------- */

static bool plays(unsigned who)
{
    return who < EXPLORE_ACTORS_MAX && the.scenario->scripts[who] != NULL;
}

static void come(unsigned who)
{
    strait_ring_handle *h = &the.handles[who];
    bool reads = the.scenario->scripts[who][0] == 'r';
    uint64_t other = 0;
    memset(h, 0, sizeof *h);
    h->geometry = the.geometry;
    h->judge = (strait_ring_judge){.life = life_of};
    h->options =
        (strait_ring_options){.role = reads ? STRAIT_READER : STRAIT_WRITER, .strategy = STRAIT_SLEEP};
    h->holder = strait_ring_holder(who + 1, who);
    int64_t port = strait_ring_port_take(the.bytes, &the.geometry, h->holder, &h->judge);
    strait_ring_view_make(&h->front.view, the.bytes, &the.geometry, (uint32_t)port);
    bool good = true;
    if (!reads && the.scenario->writers == STRAIT_FORMAT_ONE) {
        good = strait_ring_become_writer(&h->front.view, h->holder, &h->judge, &other);
    } else if (reads && the.scenario->readers == STRAIT_FORMAT_ONE) {
        good = strait_ring_become_reader(&h->front.view, &the.geometry, h->holder, &h->judge, &other);
    }
    if (port < 0 || !good) {
        abort();
    }
    if (!reads) {
        strait_ring_begin_stream(&h->front.view);
    }
    h->front.process = &process;
    h->front.form = (the.scenario->writers == STRAIT_FORMAT_MANY ? STRAIT_RING_MANY_WRITERS_ : 0) |
                    (the.scenario->readers == STRAIT_FORMAT_MANY ? STRAIT_RING_MANY_READERS_ : 0) |
                    (reads ? STRAIT_RING_READING_ : STRAIT_RING_WRITING_);
}

static void begin(void *world)
{
    (void)world;
    the.now = 0;
    the.napped = the.sent = the.received = 0;
    memset(the.bytes, 0, (size_t)the.geometry.total_bytes);
    strait_ring_format_at(the.bytes, &the.geometry, 0);
    if (the.scenario->fenced) {
        strait_ring_format *ring = (strait_ring_format *)(void *)the.bytes;
        strait_u32_store_relaxed(&ring->readers_asleep, STRAIT_FORMAT_FENCED);
        strait_u32_store_relaxed(&ring->writers_asleep, STRAIT_FORMAT_FENCED);
    }
    for (unsigned i = 0; plays(i); i++) {
        come(i);
    }
}

static void act(void *world, unsigned who)
{
    (void)world;
    strait_ring *ring = &the.handles[who].front;
    uint64_t item = 1;
    for (const char *letter = the.scenario->scripts[who]; *letter != '\0'; letter++) {
        int rc = *letter == 's'   ? strait_ring_send(ring, &item, 1000)
                 : *letter == 'r' ? strait_ring_recv(ring, &item, 1000)
                                  : STRAIT_OK;
        if (*letter == 'f') {
            strait_ring_end_stream(&ring->view);
            strait_ring_wake_(ring, true);
        }
        if (rc < 0 && rc != STRAIT_TIMED_OUT && rc != STRAIT_CLOSED) {
            explore_fault("%s: a call says %d", the.scenario->name, rc);
        }
        the.sent += *letter == 's' && rc >= 0;
        the.received += *letter == 'r' && rc >= 0;
    }
}

/* What a sleeper would find, if it looked now. A look moves nothing but private hints. */
static bool sleeps_for_nothing(unsigned who)
{
    strait_ring_view view = the.handles[who].front.view;
    uint64_t head = strait_u64_load_relaxed(&view.shared->head);
    uint64_t tail = strait_u64_load_relaxed(&view.shared->tail);
    if (the.scenario->scripts[who][0] == 'r') {
        uint64_t at = the.scenario->readers == STRAIT_FORMAT_ONE ? view.next_read : head;
        return strait_u64_load_relaxed(strait_ring_state(&view, at)) == strait_slot_full(at) ||
               strait_ring_ended(&view, &the.geometry, &the.handles[who].judge);
    }
    if (the.scenario->writers == STRAIT_FORMAT_ONE && the.scenario->readers == STRAIT_FORMAT_ONE) {
        return view.next_write - head <= view.mask;
    }
    uint64_t at = the.scenario->writers == STRAIT_FORMAT_ONE ? view.next_write : tail;
    return strait_u64_load_relaxed(strait_ring_state(&view, at)) == strait_slot_free(at);
}

static void stalled(void *world)
{
    (void)world;
    unsigned deaths = 0;
    for (unsigned i = 0; plays(i); i++) {
        deaths += explore_dead(i);
    }
    for (unsigned i = 0; plays(i); i++) {
        if (explore_sleeps(i) && (deaths == 0 || the.napped > 0) && sleeps_for_nothing(i)) {
            explore_fault("%s: actor %u sleeps for nothing%s", the.scenario->name, i,
                          the.napped > 0 ? ", also after its nap" : "");
        }
    }
    if (deaths == 0 || the.napped++ > 1) { /* two naps: the first may only repair what the second finds */
        the.now = 2000;
    }
}

static void end(void *world)
{
    (void)world;
    unsigned deaths = 0;
    for (unsigned i = 0; plays(i); i++) {
        deaths += explore_dead(i);
    }
    if (deaths == 0 && the.received > the.sent) {
        explore_fault("%s: %u were sent, %u received", the.scenario->name, the.sent, the.received);
    }
}

explore_result wait_world_run(const wait_scenario *scenario, uint64_t most)
{
    the.scenario = scenario;
    strait_ring_shape shape = {.item_bytes = 8,
                               .slots = scenario->slots,
                               .ports = EXPLORE_ACTORS_MAX,
                               .writers = scenario->writers,
                               .readers = scenario->readers};
    uint64_t bytes = strait_ring_footprint(&shape, &the.geometry);
    the.bytes = calloc(1, (size_t)bytes);
    if (bytes == 0 || the.bytes == NULL) {
        abort();
    }
    explore_plan plan = {.begin = begin,
                         .act = act,
                         .end = end,
                         .stalled = stalled,
                         .preemptions = scenario->preemptions,
                         .deaths = scenario->deaths,
                         .mortal = scenario->mortal,
                         .most = most};
    while (plan.actors < EXPLORE_ACTORS_MAX && scenario->scripts[plan.actors] != NULL) {
        plan.actors++;
    }
    explore_result result = explore_run(&plan);
    free(the.bytes);
    return result;
}
