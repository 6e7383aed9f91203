/* atomic_msvc.h - the part of atomic.h that speaks Microsoft's intrinsics. Include atomic.h, never this.
 *
 * Loads and stores are volatile accesses of a whole word; everything else is an Interlocked operation,
 * through one 32-bit and one 64-bit signed type, for that is what the intrinsics take.
 */
#ifndef STRAIT_INLINE_ATOMIC_MSVC_H
#define STRAIT_INLINE_ATOMIC_MSVC_H

#include <intrin.h>

/* Interlocked operations are full barriers: stronger than asked, never weaker. A volatile access of a whole
 * word is one access (on 32-bit x86 too); what it lacks is order: a dmb on ARM, on x86 only the compiler must
 * be held. */
#if defined(_M_ARM64) || defined(_M_ARM64EC)
#define STRAIT_MSVC_AFTER_LOAD_() __dmb(9)    /* ISHLD: earlier loads before everything later */
#define STRAIT_MSVC_BEFORE_STORE_() __dmb(11) /* ISH */
#define STRAIT_FENCE_(order) __dmb(11)
#define STRAIT_FENCE_FULL_() __dmb(11)
#else
#define STRAIT_MSVC_AFTER_LOAD_() _ReadWriteBarrier()
#define STRAIT_MSVC_BEFORE_STORE_() _ReadWriteBarrier()
#define STRAIT_FENCE_(order) _ReadWriteBarrier()
#define STRAIT_FENCE_FULL_() strait_msvc_fence_()
static inline void strait_msvc_fence_(void)
{
    volatile long own = 0;
    (void)_InterlockedOr(&own, 0);
}
#endif

#define STRAIT_MSVC_ACCESS_(bits, wide)                                                                      \
    static inline wide strait_msvc_load##bits##_RELAXED_(const void *at)                                     \
    {                                                                                                        \
        return __iso_volatile_load##bits(STRAIT_CAST_(const volatile wide *, at));                           \
    }                                                                                                        \
    static inline wide strait_msvc_load##bits##_ACQUIRE_(const void *at)                                     \
    {                                                                                                        \
        wide value = __iso_volatile_load##bits(STRAIT_CAST_(const volatile wide *, at));                     \
        STRAIT_MSVC_AFTER_LOAD_();                                                                           \
        return value;                                                                                        \
    }                                                                                                        \
    static inline void strait_msvc_store##bits##_RELAXED_(void *at, wide value)                              \
    {                                                                                                        \
        __iso_volatile_store##bits(STRAIT_CAST_(volatile wide *, at), value);                                \
    }                                                                                                        \
    static inline void strait_msvc_store##bits##_RELEASE_(void *at, wide value)                              \
    {                                                                                                        \
        STRAIT_MSVC_BEFORE_STORE_();                                                                         \
        __iso_volatile_store##bits(STRAIT_CAST_(volatile wide *, at), value);                                \
    }
#define STRAIT_MSVC_CAS_(bits, wide, compare_exchange)                                                       \
    static inline bool strait_msvc_cas##bits##_(void *at, void *expected, wide desired)                      \
    {                                                                                                        \
        wide wanted = *STRAIT_CAST_(const wide *, expected);                                                 \
        wide seen = compare_exchange(STRAIT_CAST_(volatile wide *, at), desired, wanted);                    \
        *STRAIT_CAST_(wide *, expected) = seen;                                                              \
        return seen == wanted;                                                                               \
    }
#define STRAIT_MSVC_CHANGE_(verb, bits, wide, interlocked)                                                   \
    static inline wide strait_msvc_##verb##bits##_(void *at, wide value)                                     \
    {                                                                                                        \
        return interlocked(STRAIT_CAST_(volatile wide *, at), value);                                        \
    }
/* 32-bit x86 has one 64-bit operation: compare and exchange. */
#define STRAIT_MSVC_LOOP_(verb, sum)                                                                         \
    static inline long long strait_msvc_##verb##64_(void *at, long long value)                               \
    {                                                                                                        \
        long long seen = strait_msvc_load64_RELAXED_(at);                                                    \
        while (!strait_msvc_cas64_(at, &seen, sum)) {                                                        \
        }                                                                                                    \
        return seen;                                                                                         \
    }

STRAIT_MSVC_ACCESS_(32, int)
STRAIT_MSVC_ACCESS_(64, long long)
STRAIT_MSVC_CAS_(32, long, _InterlockedCompareExchange)
STRAIT_MSVC_CAS_(64, long long, _InterlockedCompareExchange64)
STRAIT_MSVC_CHANGE_(exchange, 32, long, _InterlockedExchange)
STRAIT_MSVC_CHANGE_(add, 32, long, _InterlockedExchangeAdd)
STRAIT_MSVC_CHANGE_(or, 32, long, _InterlockedOr)
STRAIT_MSVC_CHANGE_(and, 32, long, _InterlockedAnd)
#if defined(_M_IX86)
STRAIT_MSVC_LOOP_(exchange, value)
STRAIT_MSVC_LOOP_(add, STRAIT_CAST_(long long, STRAIT_CAST_(uint64_t, seen) + STRAIT_CAST_(uint64_t, value)))
STRAIT_MSVC_LOOP_(or, seen | value)
STRAIT_MSVC_LOOP_(and, seen &value)
#else
STRAIT_MSVC_CHANGE_(exchange, 64, long long, _InterlockedExchange64)
STRAIT_MSVC_CHANGE_(add, 64, long long, _InterlockedExchangeAdd64)
STRAIT_MSVC_CHANGE_(or, 64, long long, _InterlockedOr64)
STRAIT_MSVC_CHANGE_(and, 64, long long, _InterlockedAnd64)
#endif

#define STRAIT_MSVC_INT_32_ int
#define STRAIT_MSVC_INT_64_ long long
#define STRAIT_MSVC_32_ long
#define STRAIT_MSVC_64_ long long
#define STRAIT_LOAD_(bits, type, at, order) STRAIT_CAST_(type, strait_msvc_load##bits##_##order##_(at))
#define STRAIT_STORE_(bits, type, at, value, order)                                                          \
    strait_msvc_store##bits##_##order##_(at, STRAIT_CAST_(STRAIT_MSVC_INT_##bits##_, value))
#define STRAIT_CHANGE_(verb, bits, type, at, value)                                                          \
    STRAIT_CAST_(type, strait_msvc_##verb##bits##_(at, STRAIT_CAST_(STRAIT_MSVC_##bits##_, value)))
#define STRAIT_EXCHANGE_(bits, type, at, value, order) STRAIT_CHANGE_(exchange, bits, type, at, value)
#define STRAIT_ADD_(bits, type, at, value, order) STRAIT_CHANGE_(add, bits, type, at, value)
#define STRAIT_OR_(bits, type, at, value, order) STRAIT_CHANGE_(or, bits, type, at, value)
#define STRAIT_AND_(bits, type, at, value, order) STRAIT_CHANGE_(and, bits, type, at, value)
#define STRAIT_CAS_(bits, type, at, expected, desired, order, failed)                                        \
    strait_msvc_cas##bits##_(at, expected, STRAIT_CAST_(STRAIT_MSVC_##bits##_, desired))

/* --- hints ---------------------------------------------------------------------------------------------- */

static inline void strait_msvc_pause_(void)
{
#if defined(_M_ARM64) || defined(_M_ARM64EC)
    __isb(15);
#else
    _mm_pause();
#endif
}

static inline void strait_msvc_prefetch_(const void *line)
{
#if defined(_M_ARM64) || defined(_M_ARM64EC)
    __prefetch(line);
#else
    _mm_prefetch(STRAIT_CAST_(const char *, line), 3);
#endif
}

static inline void strait_msvc_prefetch_write_(const void *line)
{
#if defined(_M_X64) && !defined(_M_ARM64EC)
    _m_prefetchw(line);
#else
    strait_msvc_prefetch_(line);
#endif
}

#endif
