/* ring_wait.c - what a ring does when a try gives nothing: looks for the dead, adopts what they held, makes room, learns
 * that the stream has ended, waits; and how who waits is woken. layer: object
 *
 * Sleeping without losing a wake:
 *
 *   sleeper                                    publisher
 *   e = epoch                                  publish
 *   asleep: a ticket more, and ASLEEP          [compiler fence; the sleeper's barrier makes it a real one]
 *   barrier over all participants              not ASLEEP?  done: one plain load
 *   look once more; something there: done      epoch += 1
 *   sleep while epoch == e, 50 ms at most      wake all
 *   look for the dead, look again              asleep: what was seen -> the same, without ASLEEP
 *
 * Either the publisher sees ASLEEP or the sleeper, looking once more, sees what was published. A sleeper never takes it
 * back, so a waker may die anywhere: the next publisher wakes again. Tickets make the word never again what it was: else a
 * slow waker could clear what a later sleeper said. Where a waker dies after publishing and nobody
 * publishes again, the nap's end makes the sleeper look. A time-out to look, never to judge.
 *
 * Where barriers cannot be had, FENCED stands in `asleep` from the beginning: every publisher comes here, and both
 * sides use a full fence.
 */
#include "core/ring.h"

#define NAP_NS UINT64_C(50000000)
#define SPINS 200u /* about as long as a message takes across cores, some times over */
#define YIELDS 20u /* on one core the other side comes to run in these */
#define CLOCK_EVERY 64u
#define WAKE_ALL INT32_MAX
#define TRIES_WITHOUT_DOUBT 256u

static int nothing(bool reading)
{
    return reading ? STRAIT_EMPTY : STRAIT_FULL;
}

/* --- refusing -------------------------------------------------------------------------------------------- */

int strait_ring_refuse(const strait_ring_handle *h, bool reading, const char *why)
{
    static const char *const roles[] = {"both", "writer", "reader", "observer"};
    strait_prefix prefix;
    strait_prefix_make(&prefix, reading ? "read from" : "write to", h->where);
    if (!strait_ring_here_(&h->front)) {
        return strait_fail(IN_CHILD, prefix.text);
    }
    if (reading ? !strait_ring_reads(h) : !strait_ring_writes(h)) {
        return strait_fail(NOT_A_WRITER, prefix.text, roles[h->options.role]);
    }
    return strait_fail(BAD_TOGETHER, prefix.text, why);
}

int strait_ring_refuse_(const strait_ring *ring, bool reading)
{
    return strait_ring_refuse(strait_ring_handle_of_const(ring), reading,
                              "no span is open, or it is shorter");
}

static int refuse_begin(const strait_ring_handle *h, bool reading, uint64_t want)
{
    bool plain = strait_ring_here_(&h->front) && want != 0 && !reading;
    if (plain && h->finished && strait_ring_writes(h)) {
        return STRAIT_CLOSED;
    }
    return strait_ring_refuse(
        h, reading, want == 0 ? "not even one item is asked for" : "a span is open: give it back first");
}

/* --- the dead -------------------------------------------------------------------------------------------- */

bool strait_ring_look_for_the_dead(strait_ring_handle *h)
{
    bool busy = false;
    if (!strait_ring_suspects(&h->front.view, &h->geometry) ||
        strait_ring_repair(&h->front.view, &h->geometry, &h->judge, &busy) == 0) {
        return false;
    }
    strait_ring_wake_(&h->front, true); /* an item may be adopted now, or the one behind a claim be read */
    strait_ring_wake_(&h->front, false);
    return true;
}

/* Whether this fruitless try is one of those that look for the dead. */
static bool is_time_to_look(strait_ring_handle *h, bool reading)
{
    strait_ring_tries *tries = &h->tries[reading];
    strait_ring_format *shared = h->front.view.shared;
    uint64_t at = strait_u64_load_relaxed(reading ? &shared->head : &shared->tail);
    if (tries->at != at) {
        *tries = (strait_ring_tries){.at = at};
    }
    uint32_t count = ++tries->count;
    return count >= TRIES_WITHOUT_DOUBT ? count % TRIES_WITHOUT_DOUBT == 0
                                        : count >= 2 && (count & (count - 1)) == 0;
}

/* --- writing --------------------------------------------------------------------------------------------- */

/* The slot that is needed next holds an item whose reader died, and nobody came to adopt it. */
static bool discard_orphan(strait_ring_handle *h)
{
    strait_ring_view *view = &h->front.view;
    uint64_t position = view->next_write - view->mask - 1;
    bool seen = false;
    /* [ring.repair] acquire: as in adopting. */
    uint64_t state = strait_u64_load_acquire(strait_ring_state(view, position));
    if ((state != strait_slot_taken(position, STRAIT_FORMAT_PORT_NOBODY) &&
         state != strait_slot_taken(position, STRAIT_FORMAT_PORT_NOBODY_SEEN)) ||
        !strait_ring_adopt(view, &position, &seen)) {
        return false;
    }
    strait_u64_store_relaxed(&view->shared->overrun, strait_u64_load_relaxed(&view->shared->overrun) + 1);
    strait_ring_many_release(view, position, 1);
    return true;
}

static bool make_room(strait_ring_handle *h)
{
    return h->options.full == STRAIT_FULL_OVERWRITES && h->front.shown_count == 0 &&
           (strait_ring_many_overwrite(&h->front.view) || discard_orphan(h));
}

static uint64_t try_room(strait_ring_handle *h, bool look, uint64_t want, uint64_t *first)
{
    strait_ring *ring = &h->front;
    uint64_t count = strait_ring_room_now_(ring, want, first);
    if (count == 0 && make_room(h)) {
        count = strait_ring_room_now_(ring, want, first);
    }
    if (count == 0 && (look || is_time_to_look(h, false)) && strait_ring_look_for_the_dead(h)) {
        (void)make_room(h);
        count = strait_ring_room_now_(ring, want, first);
    }
    return count;
}

/* --- reading --------------------------------------------------------------------------------------------- */

int strait_ring_remark_(strait_ring *ring)
{
    uint64_t overrun = strait_u64_load_relaxed(&ring->view.shared->overrun);
    if ((ring->form & STRAIT_RING_MANY_READERS_) != 0 && overrun != ring->told_overrun) {
        ring->told_overrun = overrun;
        return STRAIT_OVERRUN;
    }
    ring->told_skipped = ring->view.skipped;
    return STRAIT_SKIPPED;
}

static int remark(strait_ring *ring)
{
    return strait_ring_remarkable_(ring) ? strait_ring_remark_(ring) : STRAIT_OK;
}

/* What a dead reader before us may have seen comes by itself, with its remark. */
static int take_flagged(strait_ring *ring, uint64_t want, strait_ring_span *span)
{
    uint64_t left = ring->view.seen_below - ring->view.next_read;
    span->count = strait_ring_items_now_(ring, want < left ? want : left, &span->first);
    if (span->count == 0) {
        return STRAIT_EMPTY;
    }
    (void)strait_u64_add_relaxed(&ring->view.shared->redelivered, span->count);
    if (span->count == left) {
        ring->form &= ~STRAIT_RING_FLAGGED_; /* the last of them */
    }
    return STRAIT_REDELIVERED;
}

/* What can be taken now, of the ring or of the dead. */
static int take(strait_ring_handle *h, bool look, uint64_t want, strait_ring_span *span)
{
    strait_ring *ring = &h->front;
    if ((ring->form & STRAIT_RING_FLAGGED_) != 0) {
        return take_flagged(ring, want, span);
    }
    span->count = strait_ring_items_now_(ring, want, &span->first);
    if (span->count == 0 && look && strait_ring_look_for_the_dead(h)) {
        span->count = strait_ring_items_now_(ring, want, &span->first);
    }
    if (span->count != 0) {
        return remark(ring);
    }
    bool seen = false;
    if ((ring->form & STRAIT_RING_MANY_READERS_) != 0 &&
        strait_ring_adopt(&ring->view, &span->first, &seen)) {
        span->count = 1;
        return seen ? STRAIT_REDELIVERED : remark(ring);
    }
    return STRAIT_EMPTY;
}

/* Asks the system nothing. */
static strait_life alive(void *context, uint32_t index, uint32_t generation)
{
    (void)context;
    (void)index;
    (void)generation;
    return STRAIT_ALIVE;
}

static int try_items(strait_ring_handle *h, bool look, uint64_t want, strait_ring_span *span)
{
    static const strait_ring_judge trusting = {.life = alive};
    look = is_time_to_look(h, true) || look;
    int rc = take(h, look, want, span);
    if (rc != STRAIT_EMPTY ||
        !strait_ring_ended(&h->front.view, &h->geometry, look ? &h->judge : &trusting)) {
        return rc;
    }
    /* Nobody will send any more; what they sent before they said so, or died, is here now. What another reader
     * holds may yet come back. */
    rc = take(h, true, want, span);
    return rc != STRAIT_EMPTY || strait_ring_suspects(&h->front.view, &h->geometry) ? rc : STRAIT_CLOSED;
}

static int attempt(strait_ring_handle *h, bool reading, bool look, uint64_t want, strait_ring_span *span)
{
    if (reading) {
        return try_items(h, look, want, span);
    }
    span->count = try_room(h, look, want, &span->first);
    return span->count != 0 ? STRAIT_OK : STRAIT_FULL;
}

/* --- the library's part of the calls ---------------------------------------------------------------------- */

static int begin_slowly(strait_ring *ring, bool reading, uint64_t want, strait_ring_span *span)
{
    strait_ring_handle *h = strait_ring_handle_of(ring);
    uint32_t bit = reading ? STRAIT_RING_READING_ : STRAIT_RING_WRITING_;
    if (!strait_ring_here_(ring) || (ring->form & bit) == 0 || want == 0) {
        return refuse_begin(h, reading, want);
    }
    return attempt(h, reading, false, want, span);
}

int strait_ring_room_slowly_(strait_ring *ring, uint64_t want, strait_ring_span *span)
{
    return begin_slowly(ring, false, want, span);
}

int strait_ring_items_slowly_(strait_ring *ring, uint64_t want, strait_ring_span *span)
{
    return begin_slowly(ring, true, want, span);
}

/* --- waiting --------------------------------------------------------------------------------------------- */

static void say_asleep(strait_u32 *asleep)
{
    uint32_t was = strait_u32_load_relaxed(asleep);
    while (!strait_u32_cas_relaxed(asleep, &was, (was + STRAIT_FORMAT_TICKET) | STRAIT_FORMAT_ASLEEP)) {
    }
}

/* After this, whoever publishes sees our ticket, or we see what it published. */
static void order_before_sleep(strait_u32 *asleep)
{
    if ((strait_u32_load_relaxed(asleep) & STRAIT_FORMAT_FENCED) == 0 && strait_os_barrier()) {
        return;
    }
    (void)strait_u32_or_relaxed(asleep, STRAIT_FORMAT_FENCED);
    /* [ring.sleep] seq_cst: our ticket is out before we look once more. */
    strait_fence_seq_cst();
}

/* Looks once more and sleeps: what the look gave, or that there is nothing yet, TIMED_OUT, INTERRUPTED. */
static int sleep_once(strait_ring_handle *h, bool reading, uint64_t want, uint64_t deadline_ns,
                      strait_ring_span *span)
{
    strait_ring_format *shared = h->front.view.shared;
    strait_u32 *epoch = reading ? &shared->readers_epoch : &shared->writers_epoch;
    strait_u32 *asleep = reading ? &shared->readers_asleep : &shared->writers_asleep;
    /* [ring.sleep] acquire: if a waker came first, we see what it had published. */
    uint32_t seen = strait_u32_load_acquire(epoch);
    say_asleep(asleep);
    order_before_sleep(asleep);
    int rc = attempt(h, reading, true, want, span);
    if (rc != nothing(reading)) {
        return rc;
    }
    uint64_t now = strait_os_now_ns();
    if (now >= deadline_ns) {
        return STRAIT_TIMED_OUT;
    }
    uint64_t nap_end = now + NAP_NS;
    h->waits++;
    strait_u64_store_relaxed(&h->front.view.port->waits, h->waits);
    rc = strait_os_wait(epoch, seen, nap_end < deadline_ns ? nap_end : deadline_ns);
    return rc == STRAIT_INTERRUPTED && h->options.interruptible ? rc : nothing(reading);
}

static bool deadline_passed(uint64_t deadline_ns)
{
    return deadline_ns != STRAIT_FOREVER && strait_os_now_ns() >= deadline_ns;
}

/* One turn without sleeping; false if it is time to sleep. */
static bool stay_awake(strait_strategy strategy, unsigned turn)
{
    bool spins = strategy == STRAIT_SPIN || (strategy == STRAIT_ADAPTIVE && turn < SPINS);
    bool yields = strategy == STRAIT_YIELD || (strategy == STRAIT_ADAPTIVE && turn < SPINS + YIELDS);
    if (spins) {
        strait_pause();
    } else if (yields) {
        strait_os_yield();
    }
    return spins || yields;
}

int strait_ring_await_(strait_ring *ring, bool reading, uint64_t want, uint64_t deadline_ns,
                       strait_ring_span *span)
{
    strait_ring_handle *h = strait_ring_handle_of(ring);
    if (deadline_ns == STRAIT_NO_WAIT || (!reading && h->options.full == STRAIT_FULL_REFUSES)) {
        return nothing(reading);
    }
    for (unsigned turn = 0;; turn++) {
        int rc;
        if (stay_awake(h->options.strategy, turn)) {
            rc = attempt(h, reading, false, want, span);
            if (rc == nothing(reading) && turn % CLOCK_EVERY == 0 && deadline_passed(deadline_ns)) {
                rc = STRAIT_TIMED_OUT;
            }
        } else {
            rc = sleep_once(h, reading, want, deadline_ns, span);
            rc = rc == nothing(reading) ? attempt(h, reading, true, want, span) : rc;
        }
        if (rc != nothing(reading)) {
            return rc;
        }
    }
}

/* --- waking ---------------------------------------------------------------------------------------------- */

void strait_ring_wake_(strait_ring *ring, bool readers)
{
    strait_ring_format *shared = ring->view.shared;
    strait_u32 *epoch = readers ? &shared->readers_epoch : &shared->writers_epoch;
    strait_u32 *asleep = readers ? &shared->readers_asleep : &shared->writers_asleep;
    if ((strait_u32_load_relaxed(asleep) & STRAIT_FORMAT_FENCED) != 0) {
        /* [ring.sleep] seq_cst: what we published is out before we look whether anybody sleeps. */
        strait_fence_seq_cst();
    }
    uint32_t seen = strait_u32_load_relaxed(asleep);
    if ((seen & STRAIT_FORMAT_ASLEEP) == 0) {
        return;
    }
    /* [ring.sleep] release: who sees the new epoch sees what we published. */
    (void)strait_u32_add_release(epoch, 1);
    (void)strait_os_wake(epoch, WAKE_ALL);
    /* Whoever was about to sleep meanwhile has added a ticket: then ASLEEP stays. */
    (void)strait_u32_cas_relaxed(asleep, &seen, seen & ~STRAIT_FORMAT_ASLEEP);
}
