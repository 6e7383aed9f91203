/* test_atomic.c - shared words do what their names say: layout, values, wraps, and memory that may only
 * be read. Written in what C11 and C++17 have in common: tests/format compiles it a second time as C++.
 */
#include "support/suite.h"
#include "support/system.h"

#include <string.h>

#include <strait/inline/atomic.h>

/* --- layout --------------------------------------------------------------------------------------------- */

struct after_a_byte {
    char byte;
    strait_u64 u64;
    char another;
    strait_i64 i64;
    char third;
    strait_f64 f64;
    char fourth;
    strait_u32 u32;
    char fifth;
    strait_i32 i32;
};

static void words_lie_at_the_same_offsets_on_every_machine(void)
{
    assert_int_equal(offsetof(struct after_a_byte, u64), 8);
    assert_int_equal(offsetof(struct after_a_byte, i64), 24);
    assert_int_equal(offsetof(struct after_a_byte, f64), 40);
    assert_int_equal(offsetof(struct after_a_byte, u32), 52);
    assert_int_equal(offsetof(struct after_a_byte, i32), 60);
    assert_int_equal(sizeof(struct after_a_byte), 64);
}

static void a_word_is_its_plain_bytes(void)
{
    strait_u64 u64;
    strait_f64 f64;
    uint64_t expected = UINT64_C(0x0123456789ABCDEF);
    double number = -2.5;
    strait_u64_init(&u64, expected);
    strait_f64_init(&f64, number);
    assert_memory_equal(&u64, &expected, 8);
    assert_memory_equal(&f64, &number, 8);
}

/* --- values --------------------------------------------------------------------------------------------- */

/* Runs one operation on a fresh word; it must return `before` and leave `after`. */
#define CHANGES(noun, type, operation, from, argument, after)                                                \
    do {                                                                                                     \
        strait_##noun word_;                                                                                 \
        strait_##noun##_init(&word_, (type)(from));                                                          \
        assert_true(strait_##noun##_##operation(&word_, (type)(argument)) == (type)(from));                  \
        assert_true(strait_##noun##_load_relaxed(&word_) == (type)(after));                                  \
        assert_true(strait_##noun##_load_acquire(&word_) == (type)(after));                                  \
    } while (0)

#define STORES(noun, type, operation, value)                                                                 \
    do {                                                                                                     \
        strait_##noun word_;                                                                                 \
        strait_##noun##_init(&word_, (type)1);                                                               \
        strait_##noun##_##operation(&word_, (type)(value));                                                  \
        assert_true(strait_##noun##_load_acquire(&word_) == (type)(value));                                  \
    } while (0)

#define SWAPS_IF(noun, type, operation, value, desired)                                                      \
    do {                                                                                                     \
        strait_##noun word_;                                                                                 \
        type expected_ = (type)(desired);                                                                    \
        strait_##noun##_init(&word_, (type)(value));                                                         \
        assert_false(strait_##noun##_##operation(&word_, &expected_, (type)77));                             \
        assert_true(expected_ == (type)(value));                                                             \
        assert_true(strait_##noun##_load_relaxed(&word_) == (type)(value));                                  \
        assert_true(strait_##noun##_##operation(&word_, &expected_, (type)(desired)));                       \
        assert_true(expected_ == (type)(value));                                                             \
        assert_true(strait_##noun##_load_relaxed(&word_) == (type)(desired));                                \
    } while (0)

#define COMMON_VALUES(noun, type, big, other)                                                                \
    do {                                                                                                     \
        STORES(noun, type, store_relaxed, big);                                                              \
        STORES(noun, type, store_release, big);                                                              \
        CHANGES(noun, type, exchange_acq_rel, big, other, other);                                            \
        CHANGES(noun, type, exchange_seq_cst, big, other, other);                                            \
        SWAPS_IF(noun, type, cas_relaxed, big, other);                                                       \
        SWAPS_IF(noun, type, cas_acquire, big, other);                                                       \
        SWAPS_IF(noun, type, cas_release, big, other);                                                       \
        SWAPS_IF(noun, type, cas_acq_rel, big, other);                                                       \
    } while (0)

#define SUM_VALUES(noun, type, from, by, after)                                                              \
    do {                                                                                                     \
        CHANGES(noun, type, add_relaxed, from, by, after);                                                   \
        CHANGES(noun, type, add_release, from, by, after);                                                   \
        CHANGES(noun, type, add_acq_rel, from, by, after);                                                   \
    } while (0)

#define FLAG_VALUES(noun, type, from, with, or_after, and_after)                                             \
    do {                                                                                                     \
        CHANGES(noun, type, or_relaxed, from, with, or_after);                                               \
        CHANGES(noun, type, or_release, from, with, or_after);                                               \
        CHANGES(noun, type, or_acq_rel, from, with, or_after);                                               \
        CHANGES(noun, type, and_relaxed, from, with, and_after);                                             \
        CHANGES(noun, type, and_release, from, with, and_after);                                             \
        CHANGES(noun, type, and_acq_rel, from, with, and_after);                                             \
    } while (0)

static void every_operation_returns_what_was_there_and_leaves_what_it_says(void)
{
    COMMON_VALUES(u32, uint32_t, UINT32_C(0xFFFFFFF0), UINT32_C(0x80000001));
    COMMON_VALUES(i32, int32_t, INT32_MIN, INT32_MAX);
    COMMON_VALUES(u64, uint64_t, UINT64_C(0xFFFFFFFF00000001), UINT64_C(0x00000001FFFFFFFF));
    COMMON_VALUES(i64, int64_t, INT64_MIN, INT64_MAX);
    COMMON_VALUES(f64, double, 1e300, -0.125);
    SUM_VALUES(u32, uint32_t, 40, 2, 42);
    SUM_VALUES(i32, int32_t, 40, -42, -2);
    SUM_VALUES(u64, uint64_t, UINT32_MAX, 2, UINT64_C(0x100000001));
    SUM_VALUES(i64, int64_t, UINT32_MAX, -INT64_C(0x100000000), -1);
    CHANGES(f64, double, add_relaxed, 0.5, -2.0, -1.5);
    FLAG_VALUES(u32, uint32_t, 0xF0F0, 0xFF00, 0xFFF0, 0xF000);
    FLAG_VALUES(u64, uint64_t, UINT64_C(0xF0F0000000000001), UINT64_C(0xFF00000000000000),
                UINT64_C(0xFFF0000000000001), UINT64_C(0xF000000000000000));
}

static void sums_wrap_at_both_ends(void)
{
    SUM_VALUES(u32, uint32_t, UINT32_MAX, 2, 1);
    SUM_VALUES(u32, uint32_t, 1, UINT32_MAX - 1, UINT32_MAX);
    SUM_VALUES(i32, int32_t, INT32_MAX, 1, INT32_MIN);
    SUM_VALUES(i32, int32_t, INT32_MIN, -1, INT32_MAX);
    SUM_VALUES(u64, uint64_t, UINT64_MAX, 2, 1);
    SUM_VALUES(i64, int64_t, INT64_MAX, 1, INT64_MIN);
    SUM_VALUES(i64, int64_t, INT64_MIN, -1, INT64_MAX);
}

static void a_double_keeps_every_bit(void)
{
    const uint64_t patterns[] = {
        0,                            /* 0.0 */
        UINT64_C(0x8000000000000000), /* -0.0 */
        UINT64_C(0x0000000000000001), /* the smallest there is */
        UINT64_C(0x7FF0000000000000), /* infinity */
        UINT64_C(0xFFF8000000000123), /* a NaN that means something to somebody */
        UINT64_C(0x3FF0000000000001), /* the first after 1 */
    };
    for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; i++) {
        double value;
        strait_f64 word;
        memcpy(&value, &patterns[i], 8);
        strait_f64_init(&word, 1.0);
        strait_f64_store_release(&word, value);
        assert_memory_equal(&word, &patterns[i], 8);
        value = strait_f64_load_acquire(&word);
        assert_memory_equal(&value, &patterns[i], 8);
        assert_true(strait_f64_cas_acq_rel(&word, &value, 2.0)); /* by bits: a NaN equals itself */
        assert_true(strait_f64_load_relaxed(&word) == 2.0);
    }
    strait_f64 zero;
    double negative = -0.0;
    strait_f64_init(&zero, 0.0);
    assert_false(strait_f64_cas_relaxed(&zero, &negative, 1.0));
}

/* --- memory that may only be read ----------------------------------------------------------------------- */

static void loads_work_where_writing_is_forbidden(void)
{
    struct page {
        strait_u32 u32;
        strait_i32 i32;
        strait_u64 u64;
        strait_i64 i64;
        strait_f64 f64;
    } *page = (struct page *)system_pages(65536);
    assert_non_null(page);
    strait_u32_init(&page->u32, 1);
    strait_i32_init(&page->i32, -2);
    strait_u64_init(&page->u64, UINT64_C(0x300000003));
    strait_i64_init(&page->i64, -INT64_C(0x400000004));
    strait_f64_init(&page->f64, 5.5);
    assert_true(system_pages_read_only(page, 65536));
    assert_true(strait_u32_load_relaxed(&page->u32) == 1 && strait_u32_load_acquire(&page->u32) == 1);
    assert_true(strait_i32_load_relaxed(&page->i32) == -2 && strait_i32_load_acquire(&page->i32) == -2);
    assert_true(strait_u64_load_relaxed(&page->u64) == UINT64_C(0x300000003));
    assert_true(strait_u64_load_acquire(&page->u64) == UINT64_C(0x300000003));
    assert_true(strait_i64_load_relaxed(&page->i64) == -INT64_C(0x400000004));
    assert_true(strait_i64_load_acquire(&page->i64) == -INT64_C(0x400000004));
    assert_true(strait_f64_load_relaxed(&page->f64) == 5.5 && strait_f64_load_acquire(&page->f64) == 5.5);
    strait_prefetch_read(page);
    strait_prefetch_write(page);
    system_pages_free(page, 65536);
}

static void prefetching_a_wrong_address_does_no_harm(void)
{
    strait_prefetch_read((const void *)16);
    strait_prefetch_write((const void *)16);
    strait_pause();
}

SUITE(atomic, TEST(words_lie_at_the_same_offsets_on_every_machine), TEST(a_word_is_its_plain_bytes),
      TEST(every_operation_returns_what_was_there_and_leaves_what_it_says), TEST(sums_wrap_at_both_ends),
      TEST(a_double_keeps_every_bit), TEST(loads_work_where_writing_is_forbidden),
      TEST(prefetching_a_wrong_address_does_no_harm))
