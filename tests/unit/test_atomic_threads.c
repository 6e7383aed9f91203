/* test_atomic_threads.c - the orders that shared words promise, between threads. What a missing order would
 * break is either seen here (lost sums, torn words, two threads that overlook each other) or by the thread
 * sanitizer. Written in what C11 and C++17 have in common: tests/format compiles it a second time as C++.
 */
#include "support/suite.h"
#include "support/system.h"

#include <string.h>
#include <time.h>

#include <strait/inline/atomic.h>

/* Where a round needs both threads to have the processor in turn, a busy machine does fewer: those rounds end after
 * some seconds, but not before LEAST. */
enum { ROUNDS = 20000, LOOKS = 100000, LEAST = 500, SECONDS = 6, THREADS = 4 };

static struct {
    strait_u64 arrived; /* at the meeting place, in all */
    strait_u64 x, y, sum, bits, taken, ticket;
    strait_u32 small;
    strait_i64 signed_sum;
    strait_f64 real_sum;
    uint64_t payload[8];
    uint64_t seen[2];
    uint64_t guarded;
    strait_u64 over, rounds; /* the leader says that it is enough, and after how many */
    time_t end;
} shared;

/* The leader of two asks before a round that the other learns of by a release of its. */
static bool leader_ends(uint64_t round, uint64_t most)
{
    if (round < most && (round < LEAST || round % 64 != 0 || time(NULL) <= shared.end)) {
        return false;
    }
    strait_u64_store_relaxed(&shared.rounds, round);
    strait_u64_store_release(&shared.over, 1);
    return true;
}

static bool is_over(void)
{
    return strait_u64_load_acquire(&shared.over) != 0;
}

/* Returns when `parties` threads have come here for the n-th time. */
static void meet(uint64_t nth, uint64_t parties)
{
    strait_u64_add_acq_rel(&shared.arrived, 1);
    for (unsigned spins = 0; strait_u64_load_acquire(&shared.arrived) < nth * parties; spins++) {
        if (spins % 64 == 63) {
            system_yield();
        }
        strait_pause();
    }
}

static void run(void *(*body)(void *), size_t count)
{
    system_thread threads[THREADS];
    memset(&shared, 0, sizeof shared);
    shared.end = time(NULL) + SECONDS;
    for (size_t i = 0; i < count; i++) {
        assert_true(system_thread_start(&threads[i], body, (void *)i));
    }
    for (size_t i = 0; i < count; i++) {
        (void)system_thread_join(&threads[i]);
    }
}

static void *count_everything(void *self)
{
    meet(1, THREADS);
    for (unsigned i = 0; i < ROUNDS; i++) {
        strait_u64_add_relaxed(&shared.sum, UINT64_C(0x100000001));
        strait_u32_add_acq_rel(&shared.small, 3);
        strait_i64_add_release(&shared.signed_sum, -1);
        strait_f64_add_relaxed(&shared.real_sum, 0.5);
        uint64_t mine = strait_u64_load_relaxed(&shared.ticket);
        while (!strait_u64_cas_relaxed(&shared.ticket, &mine, mine + 1)) {
        }
        if (i < 16) {
            strait_u64_or_relaxed(&shared.bits, UINT64_C(1) << ((size_t)self * 16 + i));
        }
    }
    return NULL;
}

static void nothing_is_lost_when_all_add_at_once(void)
{
    const uint64_t all = (uint64_t)THREADS * ROUNDS;
    run(count_everything, THREADS);
    assert_true(strait_u64_load_relaxed(&shared.sum) == all * UINT64_C(0x100000001));
    assert_true(strait_u32_load_relaxed(&shared.small) == (uint32_t)(all * 3));
    assert_true(strait_i64_load_relaxed(&shared.signed_sum) == -(int64_t)all);
    assert_true(strait_f64_load_relaxed(&shared.real_sum) == (double)all * 0.5);
    assert_true(strait_u64_load_relaxed(&shared.ticket) == all);
    assert_true(strait_u64_load_relaxed(&shared.bits) == UINT64_MAX);
}

static void *take_turns(void *self)
{
    (void)self;
    meet(1, THREADS);
    for (unsigned i = 0; i < ROUNDS; i++) {
        uint64_t free_word = 0;
        while (!strait_u64_cas_acquire(&shared.taken, &free_word, 1)) {
            free_word = 0;
            system_yield();
        }
        shared.guarded++; /* plain: the two orders are all that guards it */
        strait_u64_store_release(&shared.taken, 0);
    }
    return NULL;
}

static void acquire_and_release_guard_plain_memory(void)
{
    run(take_turns, THREADS);
    assert_true(shared.guarded == (uint64_t)THREADS * ROUNDS);
}

static void *hand_over(void *self)
{
    bool reader = self != NULL;
    meet(1, 2);
    for (uint64_t i = 1; reader || !leader_ends(i - 1, ROUNDS); i++) {
        strait_u64 *wait = reader ? &shared.x : &shared.y;
        while (strait_u64_load_acquire(wait) != (reader ? i : i - 1)) {
            if (reader && is_over() && strait_u64_load_acquire(wait) != i) {
                return NULL;
            }
            system_yield();
        }
        for (size_t n = 0; n < 8; n++) {
            if (reader) {
                shared.seen[0] += shared.payload[n] != i * 8 + n;
            } else {
                shared.payload[n] = i * 8 + n;
            }
        }
        strait_u64_store_release(reader ? &shared.y : &shared.x, i);
    }
    return NULL;
}

static void what_was_written_before_a_release_is_seen_after_its_acquire(void)
{
    run(hand_over, 2);
    assert_true(strait_u64_load_relaxed(&shared.rounds) >= LEAST);
    assert_true(strait_u64_load_relaxed(&shared.y) == strait_u64_load_relaxed(&shared.rounds));
    assert_true(shared.seen[0] == 0);
}

static void *hand_over_with_fences(void *self)
{
    bool reader = self != NULL;
    meet(1, 2);
    for (uint64_t i = 1; reader || !leader_ends(i - 1, ROUNDS); i++) {
        strait_u64 *wait = reader ? &shared.x : &shared.y;
        while (strait_u64_load_relaxed(wait) != (reader ? i : i - 1)) {
            if (reader && is_over() && strait_u64_load_relaxed(wait) != i) {
                return NULL;
            }
            system_yield();
        }
        strait_fence_acquire();
        for (size_t n = 0; n < 8; n++) {
            if (reader) {
                shared.seen[0] += shared.payload[n] != i * 8 + n;
            } else {
                shared.payload[n] = i * 8 + n;
            }
        }
        strait_fence_release();
        strait_u64_store_relaxed(reader ? &shared.y : &shared.x, i);
    }
    return NULL;
}

static void fences_order_the_relaxed_words_around_them(void)
{
    run(hand_over_with_fences, 2);
    assert_true(strait_u64_load_relaxed(&shared.rounds) >= LEAST);
    assert_true(strait_u64_load_relaxed(&shared.y) == strait_u64_load_relaxed(&shared.rounds));
    assert_true(shared.seen[0] == 0);
}

/* Each of two threads says that it is here, then looks for the other. If a store could be overtaken by the
 * later load, both would find nobody. */
static void *look_for_the_other(void *self, bool by_fence)
{
    bool second = self != NULL;
    strait_u64 *mine = second ? &shared.y : &shared.x;
    strait_u64 *other = second ? &shared.x : &shared.y;
    for (uint64_t round = 0;; round++) {
        if (!second) {
            (void)leader_ends(round, LOOKS);
        }
        meet(3 * round + 1, 2);
        if (is_over()) {
            return NULL;
        }
        if (by_fence) {
            strait_u64_store_relaxed(mine, 1);
            strait_fence_seq_cst();
        } else {
            strait_u64_exchange_seq_cst(mine, 1);
        }
        shared.seen[second] = strait_u64_load_relaxed(other);
        meet(3 * round + 2, 2);
        if (!second && shared.seen[0] == 0 && shared.seen[1] == 0) {
            shared.guarded++;
        }
        strait_u64_store_relaxed(mine, 0);
        meet(3 * round + 3, 2);
    }
    return NULL;
}

static void *look_by_fence(void *self)
{
    return look_for_the_other(self, true);
}

static void *look_by_exchange(void *self)
{
    return look_for_the_other(self, false);
}

static void a_full_fence_keeps_a_store_before_a_later_load(void)
{
    run(look_by_fence, 2);
    assert_true(strait_u64_load_relaxed(&shared.rounds) >= LEAST);
    assert_true(strait_u64_load_relaxed(&shared.arrived) ==
                UINT64_C(6) * strait_u64_load_relaxed(&shared.rounds) + 2);
    assert_true(shared.guarded == 0);
}

static void a_seq_cst_exchange_keeps_its_store_before_a_later_load(void)
{
    run(look_by_exchange, 2);
    assert_true(strait_u64_load_relaxed(&shared.rounds) >= LEAST);
    assert_true(strait_u64_load_relaxed(&shared.arrived) ==
                UINT64_C(6) * strait_u64_load_relaxed(&shared.rounds) + 2);
    assert_true(shared.guarded == 0);
}

static void *write_or_read_halves(void *self)
{
    meet(1, 2);
    if (self == NULL) {
        for (uint64_t i = 0; i < UINT64_C(10) * ROUNDS; i++) {
            uint64_t half = i % 2 == 0 ? 0 : UINT32_MAX;
            strait_u64_store_relaxed(&shared.x, half << 32 | half);
            strait_i64_store_relaxed(&shared.signed_sum, half == 0 ? 0 : -1);
        }
        strait_u64_store_release(&shared.y, 1);
        return NULL;
    }
    while (strait_u64_load_acquire(&shared.y) == 0) {
        uint64_t value = strait_u64_load_relaxed(&shared.x);
        int64_t other = strait_i64_load_relaxed(&shared.signed_sum);
        shared.seen[1] += value >> 32 != (value & UINT32_MAX) || (other != 0 && other != -1);
    }
    return NULL;
}

static void a_64_bit_word_is_never_torn(void)
{
    run(write_or_read_halves, 2);
    assert_true(strait_u64_load_relaxed(&shared.x) == UINT64_MAX);
    assert_true(shared.seen[1] == 0);
}

SUITE(atomic_threads, TEST(nothing_is_lost_when_all_add_at_once),
      TEST(acquire_and_release_guard_plain_memory),
      TEST(what_was_written_before_a_release_is_seen_after_its_acquire),
      TEST(fences_order_the_relaxed_words_around_them), TEST(a_full_fence_keeps_a_store_before_a_later_load),
      TEST(a_seq_cst_exchange_keeps_its_store_before_a_later_load), TEST(a_64_bit_word_is_never_torn))
