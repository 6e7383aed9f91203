/* atomic.h - shared words: the only types that several threads or processes may change at the same time, and
 * the only header that opens them. Put them into your own structs in shared memory:
 *
 *     struct quotes { strait_u64 version; strait_f64 bid, ask; };
 *     strait_u64_store_release(&quotes->version, 7);
 *
 * A word is a struct, so `quotes->version++`, which would be a race, does not compile. A word has the same
 * size and alignment in C11 and C++17, on 32- and 64-bit machines, and every operation is free of locks.
 * Loads never write: they work on a mapping that is read-only.
 *
 * Each operation says its order in its name, for the order is the part that a reader has to judge:
 *
 *     relaxed   this word alone, whole and in one piece; says nothing about other memory
 *     acquire   what follows stays after it: who sees a release sees all that was written before the release
 *     release   what came before stays before it: pairs with an acquire that reads the value
 *     acq_rel   both, for one read-change-write: takes over what the last owner wrote, hands on what we wrote
 *     seq_cst   one order of all such operations that everybody agrees on; keeps a store before a later load
 *
 *     strait_<word>_load_relaxed    _load_acquire                           u32 u64 i32 i64 f64
 *     strait_<word>_store_relaxed   _store_release                          u32 u64 i32 i64 f64
 *     strait_<word>_exchange_acq_rel _exchange_seq_cst                      u32 u64 i32 i64 f64
 *     strait_<word>_cas_relaxed     _cas_acquire _cas_release _cas_acq_rel  u32 u64 i32 i64 f64
 *     strait_<word>_add_relaxed     _add_release _add_acq_rel               u32 u64 i32 i64; f64 relaxed only
 *     strait_<word>_or_relaxed      _or_release  _or_acq_rel                u32 u64
 *     strait_<word>_and_relaxed     _and_release _and_acq_rel               u32 u64
 *     strait_<word>_init            for bytes that nobody else can see yet  u32 u64 i32 i64 f64
 *
 * add, or, and and exchange return what was there before; sums wrap. cas is strong: it returns true if
 * *expected was there and is now replaced by desired; else *expected tells what was there, read with acquire
 * (where the name says acquire or acq_rel) or relaxed. Loads and stores are wait-free; so are the others
 * where the machine has an instruction for them, and lock-free elsewhere and in adding to an f64: a loop,
 * repeated only when somebody else has got on.
 *
 * Freestanding: needs no library. System and compiler conditionals stand here so that they need not stand
 * elsewhere.
 */
#ifndef STRAIT_INLINE_ATOMIC_H
#define STRAIT_INLINE_ATOMIC_H

#include <stdbool.h>
#include <stdint.h>

/* --- which compiler ------------------------------------------------------------------------------------- */

#if defined(__cplusplus)
#define STRAIT_CAST_(type, value) static_cast<type>(value)
#define STRAIT_ALIGNED_(bytes) alignas(bytes)
#define STRAIT_ALIGNMENT_(type) alignof(type)
#define STRAIT_WORD_ASSERT_(fact, text) static_assert(fact, text)
#else
#define STRAIT_CAST_(type, value) ((type)(value))
#define STRAIT_ALIGNED_(bytes) _Alignas(bytes)
#define STRAIT_ALIGNMENT_(type) _Alignof(type)
#define STRAIT_WORD_ASSERT_(fact, text) _Static_assert(fact, text)
#endif

/* clang for Windows knows both ways; the builtins are the better one (its volatile 64-bit load is two loads
 * on a 32-bit machine). STRAIT_ATOMIC_INTERLOCKED makes it take Microsoft's way, so that this way can be
 * checked without MSVC. */
#if defined(_MSC_VER) && (!defined(__clang__) || defined(STRAIT_ATOMIC_INTERLOCKED))
#define STRAIT_ATOMIC_MSVC_ 1
#elif defined(__GNUC__) || defined(__clang__)
#define STRAIT_ATOMIC_MSVC_ 0
#else
#error "strait: shared words are written for gcc, clang and MSVC; this compiler is none of them"
#endif

/* 2 = always lock-free. Else the compiler would call a library that takes a lock of this process's own. */
#if STRAIT_ATOMIC_MSVC_
#elif defined(__CLANG_ATOMIC_LLONG_LOCK_FREE)
#define STRAIT_ATOMIC_FREE_32_ __CLANG_ATOMIC_INT_LOCK_FREE
#define STRAIT_ATOMIC_FREE_64_ __CLANG_ATOMIC_LLONG_LOCK_FREE
#else
#define STRAIT_ATOMIC_FREE_32_ __GCC_ATOMIC_INT_LOCK_FREE
#define STRAIT_ATOMIC_FREE_64_ __GCC_ATOMIC_LLONG_LOCK_FREE
#endif
#if !STRAIT_ATOMIC_MSVC_ && (STRAIT_ATOMIC_FREE_32_ != 2 || STRAIT_ATOMIC_FREE_64_ != 2)
#error                                                                                                       \
    "strait: this machine has no lock-free 32- and 64-bit atomic operations (i386 needs -march=i586 or newer)"
#endif

#if defined(__SANITIZE_THREAD__)
#define STRAIT_ATOMIC_TSAN_ 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define STRAIT_ATOMIC_TSAN_ 1
#endif
#endif

/* --- the words ------------------------------------------------------------------------------------------ */

typedef struct strait_u32 {
    STRAIT_ALIGNED_(4) uint32_t raw_;
} strait_u32;

typedef struct strait_i32 {
    STRAIT_ALIGNED_(4) int32_t raw_;
} strait_i32;

typedef struct strait_u64 {
    STRAIT_ALIGNED_(8) uint64_t raw_; /* i386 would be content with 4, and tear it across two lines */
} strait_u64;

typedef struct strait_i64 {
    STRAIT_ALIGNED_(8) int64_t raw_;
} strait_i64;

typedef struct strait_f64 {
    strait_u64
        bits_; /* of an IEEE 754 double; cas compares these, so -0.0 is not 0.0 and a NaN equals itself */
} strait_f64;

STRAIT_WORD_ASSERT_(sizeof(strait_u32) == 4 && STRAIT_ALIGNMENT_(strait_u32) == 4, "strait_u32 is 4 bytes");
STRAIT_WORD_ASSERT_(sizeof(strait_i32) == 4 && STRAIT_ALIGNMENT_(strait_i32) == 4, "strait_i32 is 4 bytes");
STRAIT_WORD_ASSERT_(sizeof(strait_u64) == 8 && STRAIT_ALIGNMENT_(strait_u64) == 8, "strait_u64 is 8 bytes");
STRAIT_WORD_ASSERT_(sizeof(strait_i64) == 8 && STRAIT_ALIGNMENT_(strait_i64) == 8, "strait_i64 is 8 bytes");
STRAIT_WORD_ASSERT_(sizeof(strait_f64) == 8 && STRAIT_ALIGNMENT_(strait_f64) == 8, "strait_f64 is 8 bytes");
STRAIT_WORD_ASSERT_(sizeof(double) == 8, "a double is 8 bytes");

/* --- what a compiler has to offer ----------------------------------------------------------------------- */

#if STRAIT_ATOMIC_MSVC_
#include <strait/inline/atomic_msvc.h>
#else
#define STRAIT_LOAD_(bits, type, at, order) __atomic_load_n(at, __ATOMIC_##order)
#define STRAIT_STORE_(bits, type, at, value, order) __atomic_store_n(at, value, __ATOMIC_##order)
#define STRAIT_EXCHANGE_(bits, type, at, value, order) __atomic_exchange_n(at, value, __ATOMIC_##order)
#define STRAIT_CAS_(bits, type, at, expected, desired, order, failed)                                        \
    __atomic_compare_exchange_n(at, expected, desired, false, __ATOMIC_##order, __ATOMIC_##failed)
#define STRAIT_ADD_(bits, type, at, value, order) __atomic_fetch_add(at, value, __ATOMIC_##order)
#define STRAIT_OR_(bits, type, at, value, order) __atomic_fetch_or(at, value, __ATOMIC_##order)
#define STRAIT_AND_(bits, type, at, value, order) __atomic_fetch_and(at, value, __ATOMIC_##order)

#endif

/* --- the operations: the preface says what each order buys ---------------------------------------------- */

/* NOLINTBEGIN(bugprone-macro-parentheses,readability-non-const-parameter): a type cannot stand in
 * parentheses, and the builtin writes to *expected */
#define STRAIT_WORD_CHANGE_(verb, BUILTIN, order, ORDER, noun, bits, type)                                   \
    static inline type strait_##noun##_##verb##_##order(strait_##noun *word, type value)                     \
    {                                                                                                        \
        return BUILTIN(bits, type, &word->raw_, value, ORDER);                                               \
    }
#define STRAIT_WORD_CAS_(order, ORDER, FAILED, noun, bits, type)                                             \
    static inline bool strait_##noun##_cas_##order(strait_##noun *word, type *expected, type desired)        \
    {                                                                                                        \
        return STRAIT_CAS_(bits, type, &word->raw_, expected, desired, ORDER, FAILED);                       \
    }
#define STRAIT_WORD_COMMON_(noun, bits, type)                                                                \
    /* No order and no atomicity: only while nobody else can see the word. */                                \
    static inline void strait_##noun##_init(strait_##noun *word, type value)                                 \
    {                                                                                                        \
        word->raw_ = value;                                                                                  \
    }                                                                                                        \
    /* The value, untorn: for hints, counters, and what an acquire elsewhere has ordered already. */         \
    static inline type strait_##noun##_load_relaxed(const strait_##noun *word)                               \
    {                                                                                                        \
        return STRAIT_LOAD_(bits, type, &word->raw_, RELAXED);                                               \
    }                                                                                                        \
    /* The value, and with it everything that was written before it was released. */                         \
    static inline type strait_##noun##_load_acquire(const strait_##noun *word)                               \
    {                                                                                                        \
        return STRAIT_LOAD_(bits, type, &word->raw_, ACQUIRE);                                               \
    }                                                                                                        \
    /* Changes the word, untorn; may be seen before what was written earlier. */                             \
    static inline void strait_##noun##_store_relaxed(strait_##noun *word, type value)                        \
    {                                                                                                        \
        STRAIT_STORE_(bits, type, &word->raw_, value, RELAXED);                                              \
    }                                                                                                        \
    /* Publishes: who acquires this value sees everything written before. */                                 \
    static inline void strait_##noun##_store_release(strait_##noun *word, type value)                        \
    {                                                                                                        \
        STRAIT_STORE_(bits, type, &word->raw_, value, RELEASE);                                              \
    }                                                                                                        \
    /* Swaps: sees what the last one published, publishes ours. */                                           \
    STRAIT_WORD_CHANGE_(exchange, STRAIT_EXCHANGE_, acq_rel, ACQ_REL, noun, bits, type)                      \
    /* The same, and a later seq_cst operation or fence of ours is not done before it. */                    \
    STRAIT_WORD_CHANGE_(exchange, STRAIT_EXCHANGE_, seq_cst, SEQ_CST, noun, bits, type)                      \
    /* Takes a number or a flag, and nothing that it guards. */                                              \
    STRAIT_WORD_CAS_(relaxed, RELAXED, RELAXED, noun, bits, type)                                            \
    /* Takes a thing, and sees all that its last owner wrote. */                                             \
    STRAIT_WORD_CAS_(acquire, ACQUIRE, ACQUIRE, noun, bits, type)                                            \
    /* Announces or gives: all that we wrote before is seen by who acquires it. */                           \
    STRAIT_WORD_CAS_(release, RELEASE, RELAXED, noun, bits, type)                                            \
    /* Takes over from one owner and is ready for the next: a state machine's step. */                       \
    STRAIT_WORD_CAS_(acq_rel, ACQ_REL, ACQUIRE, noun, bits, type)                                            \
    /* Counts. */                                                                                            \
    STRAIT_WORD_CHANGE_(add, STRAIT_ADD_, relaxed, RELAXED, noun, bits, type)                                \
    /* Counts what we have finished writing. */                                                              \
    STRAIT_WORD_CHANGE_(add, STRAIT_ADD_, release, RELEASE, noun, bits, type)                                \
    /* Counts, and the last one to count sees what all the others wrote. */                                  \
    STRAIT_WORD_CHANGE_(add, STRAIT_ADD_, acq_rel, ACQ_REL, noun, bits, type)
#define STRAIT_WORD_FLAGS_(noun, bits, type)                                                                 \
    /* Sets or clears flags that guard nothing. */                                                           \
    STRAIT_WORD_CHANGE_(or, STRAIT_OR_, relaxed, RELAXED, noun, bits, type)                                  \
    STRAIT_WORD_CHANGE_(and, STRAIT_AND_, relaxed, RELAXED, noun, bits, type)                                \
    /* Sets or clears flags that say that something has been written. */                                     \
    STRAIT_WORD_CHANGE_(or, STRAIT_OR_, release, RELEASE, noun, bits, type)                                  \
    STRAIT_WORD_CHANGE_(and, STRAIT_AND_, release, RELEASE, noun, bits, type)                                \
    /* The same, and sees what those wrote who set the flags before. */                                      \
    STRAIT_WORD_CHANGE_(or, STRAIT_OR_, acq_rel, ACQ_REL, noun, bits, type)                                  \
    STRAIT_WORD_CHANGE_(and, STRAIT_AND_, acq_rel, ACQ_REL, noun, bits, type)

STRAIT_WORD_COMMON_(u32, 32, uint32_t)
STRAIT_WORD_COMMON_(i32, 32, int32_t)
STRAIT_WORD_COMMON_(u64, 64, uint64_t)
STRAIT_WORD_COMMON_(i64, 64, int64_t)
STRAIT_WORD_FLAGS_(u32, 32, uint32_t)
STRAIT_WORD_FLAGS_(u64, 64, uint64_t)
/* NOLINTEND(bugprone-macro-parentheses,readability-non-const-parameter) */

/* --- doubles: the bits travel as a u64 ------------------------------------------------------------------ */

/* All compilers of the list above document that a union may be read as what it was not written as. Every
 * value survives but a signalling NaN on i386, where the x87 makes it a quiet one. */
typedef union strait_f64_pun_ {
    double value;
    uint64_t bits;
} strait_f64_pun_;

static inline uint64_t strait_f64_to_bits_(double value)
{
    strait_f64_pun_ pun;
    pun.value = value;
    return pun.bits;
}

static inline double strait_f64_of_bits_(uint64_t bits)
{
    strait_f64_pun_ pun;
    pun.bits = bits;
    return pun.value;
}

#define STRAIT_F64_LOAD_(order)                                                                              \
    static inline double strait_f64_load_##order(const strait_f64 *word)                                     \
    {                                                                                                        \
        return strait_f64_of_bits_(strait_u64_load_##order(&word->bits_));                                   \
    }
#define STRAIT_F64_STORE_(verb)                                                                              \
    static inline void strait_f64_##verb(strait_f64 *word, double value)                                     \
    {                                                                                                        \
        strait_u64_##verb(&word->bits_, strait_f64_to_bits_(value));                                         \
    }
#define STRAIT_F64_EXCHANGE_(order)                                                                          \
    static inline double strait_f64_exchange_##order(strait_f64 *word, double value)                         \
    {                                                                                                        \
        return strait_f64_of_bits_(strait_u64_exchange_##order(&word->bits_, strait_f64_to_bits_(value)));   \
    }
#define STRAIT_F64_CAS_(order)                                                                               \
    static inline bool strait_f64_cas_##order(strait_f64 *word, double *expected, double desired)            \
    {                                                                                                        \
        uint64_t bits = strait_f64_to_bits_(*expected);                                                      \
        bool done = strait_u64_cas_##order(&word->bits_, &bits, strait_f64_to_bits_(desired));               \
        *expected = strait_f64_of_bits_(bits);                                                               \
        return done;                                                                                         \
    }

STRAIT_F64_STORE_(init)
STRAIT_F64_LOAD_(relaxed)
STRAIT_F64_LOAD_(acquire)
STRAIT_F64_STORE_(store_relaxed)
STRAIT_F64_STORE_(store_release)
STRAIT_F64_EXCHANGE_(acq_rel)
STRAIT_F64_EXCHANGE_(seq_cst)
STRAIT_F64_CAS_(relaxed)
STRAIT_F64_CAS_(acquire)
STRAIT_F64_CAS_(release)
STRAIT_F64_CAS_(acq_rel)

/* Adds to a sum that guards nothing. Lock-free. Returns what was there before. */
static inline double strait_f64_add_relaxed(strait_f64 *word, double value)
{
    uint64_t seen = strait_u64_load_relaxed(&word->bits_);
    while (!strait_u64_cas_relaxed(&word->bits_, &seen,
                                   strait_f64_to_bits_(strait_f64_of_bits_(seen) + value))) {
    }
    return strait_f64_of_bits_(seen);
}

/* --- fences: an order between other operations, where none of them can carry it ------------------------- */

#if STRAIT_ATOMIC_MSVC_
#define STRAIT_FENCE_COMPILER_() _ReadWriteBarrier()
#else
#define STRAIT_FENCE_COMPILER_() __atomic_signal_fence(__ATOMIC_SEQ_CST)
#endif

#if defined(STRAIT_ATOMIC_TSAN_)
/* ThreadSanitizer knows no fences. An exchange of one word that the whole program shares is a stronger order
 * that it does know; so it sees no false race, and may miss a true one between two fences. */
extern strait_u32 strait_fence_word_;
__attribute__((weak)) strait_u32 strait_fence_word_;
#define STRAIT_FENCE_(order) ((void)__atomic_fetch_add(&strait_fence_word_.raw_, 0u, __ATOMIC_SEQ_CST))
#define STRAIT_FENCE_FULL_() STRAIT_FENCE_(SEQ_CST)
#elif !STRAIT_ATOMIC_MSVC_
#define STRAIT_FENCE_(order) __atomic_thread_fence(__ATOMIC_##order)
/* A locked "or 0" to our own stack is the same full barrier as mfence, in a tenth of the time. */
#if defined(__x86_64__)
#define STRAIT_FENCE_FULL_() __asm__ __volatile__("lock; orl $0, (%%rsp)" ::: "memory", "cc")
#elif defined(__i386__)
#define STRAIT_FENCE_FULL_() __asm__ __volatile__("lock; orl $0, (%%esp)" ::: "memory", "cc")
#else
#define STRAIT_FENCE_FULL_() STRAIT_FENCE_(SEQ_CST)
#endif
#endif

/* Makes the relaxed loads before it acquires. */
static inline void strait_fence_acquire(void)
{
    STRAIT_FENCE_(ACQUIRE);
}

/* Makes the relaxed stores after it releases. */
static inline void strait_fence_release(void)
{
    STRAIT_FENCE_(RELEASE);
}

/* Holds the compiler alone: no instruction. What the machine may still exchange, a barrier that somebody else makes
 * us pass (membarrier) puts in order. */
static inline void strait_fence_compiler(void)
{
    STRAIT_FENCE_COMPILER_();
}

/* Keeps everything before it before everything after it: the only fence that keeps a store before
 * a later load. */
static inline void strait_fence_seq_cst(void)
{
    STRAIT_FENCE_FULL_();
}

/* --- hints: they change no meaning ---------------------------------------------------------------------- */

/* Says "I am spinning": leaves the core to its sibling and keeps the loop from flooding the pipeline. */
static inline void strait_pause(void)
{
#if STRAIT_ATOMIC_MSVC_
    strait_msvc_pause_();
#elif defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    /* yield does nothing on the cores that matter; isb takes about as long as a pause */
    __asm__ __volatile__("isb" ::: "memory");
#elif defined(__arm__) && __ARM_ARCH >= 7
    __asm__ __volatile__("yield" ::: "memory");
#else
    __asm__ __volatile__("" ::: "memory");
#endif
}

/* Fetches a line that will be read soon. Any address will do, a wrong one too. */
static inline void strait_prefetch_read(const void *line)
{
#if STRAIT_ATOMIC_MSVC_
    strait_msvc_prefetch_(line);
#else
    __builtin_prefetch(line, 0, 3);
#endif
}

/* Fetches a line that will be written soon, and takes it from the core that has it. */
static inline void strait_prefetch_write(const void *line)
{
#if STRAIT_ATOMIC_MSVC_
    strait_msvc_prefetch_write_(line);
#elif defined(__x86_64__) /* the builtin says prefetcht0, for reading, unless told of newer machines */
    __asm__ __volatile__("prefetchw (%0)" ::"r"(line));
#else
    __builtin_prefetch(line, 1, 3);
#endif
}

#endif
