/* hooks.h - the shipped headers and sources with a scheduling point before each access to a shared word.
 * Include it before any of them; it opens every operation that the ring uses.
 */
#ifndef STRAIT_TESTS_HOOKS_H
#define STRAIT_TESTS_HOOKS_H

#include <strait/inline/atomic.h>

#include "explore.h"

#define strait_u32_load_relaxed(word) (explore_point(), (strait_u32_load_relaxed)(word))
#define strait_u32_load_acquire(word) (explore_point(), (strait_u32_load_acquire)(word))
#define strait_u32_store_relaxed(word, value) (explore_point(), (strait_u32_store_relaxed)(word, value))
#define strait_u32_store_release(word, value) (explore_point(), (strait_u32_store_release)(word, value))
#define strait_u32_add_relaxed(word, value) (explore_point(), (strait_u32_add_relaxed)(word, value))
#define strait_u32_add_release(word, value) (explore_point(), (strait_u32_add_release)(word, value))
#define strait_u32_or_relaxed(word, value) (explore_point(), (strait_u32_or_relaxed)(word, value))
#define strait_u32_cas_relaxed(word, old, value) (explore_point(), (strait_u32_cas_relaxed)(word, old, value))
#define strait_u64_load_relaxed(word) (explore_point(), (strait_u64_load_relaxed)(word))
#define strait_u64_load_acquire(word) (explore_point(), (strait_u64_load_acquire)(word))
#define strait_u64_store_relaxed(word, value) (explore_point(), (strait_u64_store_relaxed)(word, value))
#define strait_u64_store_release(word, value) (explore_point(), (strait_u64_store_release)(word, value))
#define strait_u64_cas_release(word, old, value) (explore_point(), (strait_u64_cas_release)(word, old, value))
#define strait_u64_cas_acq_rel(word, old, value) (explore_point(), (strait_u64_cas_acq_rel)(word, old, value))
#define strait_u64_add_relaxed(word, value) (explore_point(), (strait_u64_add_relaxed)(word, value))
#define strait_u64_add_release(word, value) (explore_point(), (strait_u64_add_release)(word, value))

#endif
