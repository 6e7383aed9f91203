/* ring_typed.h - STRAIT_RING_OF(name, type): a ring of one C type. Include strait/ring.h, never this.
 *
 * `name` is a type of its own, so that rings of different items cannot be mixed up; each call is the one of ring.h
 * with the type's size known to the compiler. Open fills in item_bytes and item_align; give options.record
 * (STRAIT_RECORD_OF) besides, and the layout is compared too.
 */
#ifndef STRAIT_INLINE_RING_TYPED_H
#define STRAIT_INLINE_RING_TYPED_H

/* A typed handle and the handle behind it are one thing; no typed struct is ever defined. */
#if defined(__cplusplus)
#define STRAIT_RING_CAST_(type, ring) static_cast<type *>(static_cast<void *>(ring))
#define STRAIT_RING_CAST_CONST_(type, ring) static_cast<const type *>(static_cast<const void *>(ring))
#else
#define STRAIT_RING_CAST_(type, ring) ((type *)(ring))
#define STRAIT_RING_CAST_CONST_(type, ring) ((const type *)(ring))
#endif

/* The handle behind a typed one, for calls that have no typed form. */
#define STRAIT_RING_UNTYPED(ring) STRAIT_RING_CAST_(strait_ring, ring)
#define STRAIT_RING_UNTYPED_CONST_(ring) STRAIT_RING_CAST_CONST_(strait_ring, ring)
#define STRAIT_RING_TYPED_(name, ring) STRAIT_RING_CAST_(name, ring)

/* NOLINTBEGIN(bugprone-macro-parentheses): a type cannot stand in parentheses */
static inline strait_ring *strait_ring_none_(void)
{
    return STRAIT_CAST_(strait_ring *, 0);
}

/* NULL: attach to what is there. */
static inline strait_ring_options strait_ring_options_or_(const strait_ring_options *options)
{
    strait_ring_options ours;
    memset(&ours, 0, sizeof ours);
    ours.how = STRAIT_ATTACH;
    return options ? *options : ours;
}

/* Names of its own end in _, so that they shadow none of the program's. */
#define STRAIT_RING_OF(name, type)                                                                           \
    typedef struct name name;                                                                                \
    STRAIT_MAYBE_UNUSED static inline strait_ring_options name##_options_(                                   \
        const strait_ring_options *options_)                                                                 \
    {                                                                                                        \
        strait_ring_options ours_ = strait_ring_options_or_(options_);                                       \
        ours_.item_bytes = sizeof(type);                                                                     \
        ours_.item_align = STRAIT_ALIGNMENT_(type);                                                          \
        return ours_;                                                                                        \
    }                                                                                                        \
    STRAIT_MAYBE_UNUSED static inline int name##_open(const char *ring_name_,                                \
                                                      const strait_ring_options *options_, name **ring_)     \
    {                                                                                                        \
        strait_ring_options ours_ = name##_options_(options_);                                               \
        strait_ring *made_ = strait_ring_none_();                                                            \
        int rc_ = strait_ring_open(ring_name_, &ours_, &made_);                                              \
        *ring_ = STRAIT_RING_TYPED_(name, made_);                                                            \
        return rc_;                                                                                          \
    }                                                                                                        \
    STRAIT_MAYBE_UNUSED static inline int name##_place(strait_segment *segment_, const char *ring_name_,     \
                                                       const strait_ring_options *options_, name **ring_)    \
    {                                                                                                        \
        strait_ring_options ours_ = name##_options_(options_);                                               \
        strait_ring *made_ = strait_ring_none_();                                                            \
        int rc_ = strait_ring_place(segment_, ring_name_, &ours_, &made_);                                   \
        *ring_ = STRAIT_RING_TYPED_(name, made_);                                                            \
        return rc_;                                                                                          \
    }                                                                                                        \
    STRAIT_MAYBE_UNUSED static inline int name##_clone(const name *ring_, strait_role role_, name **clone_)  \
    {                                                                                                        \
        strait_ring *made_ = strait_ring_none_();                                                            \
        int rc_ = strait_ring_clone(STRAIT_RING_UNTYPED_CONST_(ring_), role_, &made_);                       \
        *clone_ = STRAIT_RING_TYPED_(name, made_);                                                           \
        return rc_;                                                                                          \
    }                                                                                                        \
    STRAIT_MAYBE_UNUSED static inline int name##_close(name *ring_)                                          \
    {                                                                                                        \
        return strait_ring_close(STRAIT_RING_UNTYPED(ring_));                                                \
    }                                                                                                        \
    STRAIT_MAYBE_UNUSED static inline int name##_finish(name *ring_)                                         \
    {                                                                                                        \
        return strait_ring_finish(STRAIT_RING_UNTYPED(ring_));                                               \
    }                                                                                                        \
    STRAIT_MAYBE_UNUSED static inline int name##_stat(const name *ring_, strait_ring_info *info_)            \
    {                                                                                                        \
        return strait_ring_stat(STRAIT_RING_UNTYPED_CONST_(ring_), info_);                                   \
    }                                                                                                        \
    STRAIT_MAYBE_UNUSED static inline uint64_t name##_capacity(const name *ring_)                            \
    {                                                                                                        \
        return strait_ring_capacity(STRAIT_RING_UNTYPED_CONST_(ring_));                                      \
    }                                                                                                        \
    STRAIT_MAYBE_UNUSED static inline uint64_t name##_size(const name *ring_)                                \
    {                                                                                                        \
        return strait_ring_size(STRAIT_RING_UNTYPED_CONST_(ring_));                                          \
    }                                                                                                        \
    STRAIT_MAYBE_UNUSED static inline bool name##_empty(const name *ring_)                                   \
    {                                                                                                        \
        return strait_ring_empty(STRAIT_RING_UNTYPED_CONST_(ring_));                                         \
    }                                                                                                        \
    STRAIT_MAYBE_UNUSED static inline type *name##_at(const name *ring_, uint64_t position_)                 \
    {                                                                                                        \
        return STRAIT_CAST_(type *, strait_ring_at(STRAIT_RING_UNTYPED_CONST_(ring_), position_));           \
    }                                                                                                        \
    STRAIT_MAYBE_UNUSED static inline int name##_try_reserve(name *ring_, uint64_t want_,                    \
                                                             strait_ring_span *span_)                        \
    {                                                                                                        \
        return strait_ring_try_reserve(STRAIT_RING_UNTYPED(ring_), want_, span_);                            \
    }                                                                                                        \
    STRAIT_MAYBE_UNUSED static inline int name##_reserve(name *ring_, uint64_t want_, uint64_t deadline_ns_, \
                                                         strait_ring_span *span_)                            \
    {                                                                                                        \
        return strait_ring_reserve(STRAIT_RING_UNTYPED(ring_), want_, deadline_ns_, span_);                  \
    }                                                                                                        \
    STRAIT_MAYBE_UNUSED static inline int name##_try_peek(name *ring_, uint64_t want_,                       \
                                                          strait_ring_span *span_)                           \
    {                                                                                                        \
        return strait_ring_try_peek(STRAIT_RING_UNTYPED(ring_), want_, span_);                               \
    }                                                                                                        \
    STRAIT_MAYBE_UNUSED static inline int name##_peek(name *ring_, uint64_t want_, uint64_t deadline_ns_,    \
                                                      strait_ring_span *span_)                               \
    {                                                                                                        \
        return strait_ring_peek(STRAIT_RING_UNTYPED(ring_), want_, deadline_ns_, span_);                     \
    }                                                                                                        \
    STRAIT_MAYBE_UNUSED static inline int name##_commit(name *ring_, uint64_t count_)                        \
    {                                                                                                        \
        return strait_ring_commit(STRAIT_RING_UNTYPED(ring_), count_);                                       \
    }                                                                                                        \
    STRAIT_MAYBE_UNUSED static inline int name##_cancel(name *ring_)                                         \
    {                                                                                                        \
        return strait_ring_cancel(STRAIT_RING_UNTYPED(ring_));                                               \
    }                                                                                                        \
    STRAIT_MAYBE_UNUSED static inline int name##_release(name *ring_, uint64_t count_)                       \
    {                                                                                                        \
        return strait_ring_release(STRAIT_RING_UNTYPED(ring_), count_);                                      \
    }                                                                                                        \
    STRAIT_MAYBE_UNUSED static inline int name##_try_send(name *ring_, const type *item_)                    \
    {                                                                                                        \
        return strait_ring_send_bytes_(STRAIT_RING_UNTYPED(ring_), item_, sizeof(type));                     \
    }                                                                                                        \
    STRAIT_MAYBE_UNUSED static inline int name##_send(name *ring_, const type *item_, uint64_t deadline_ns_) \
    {                                                                                                        \
        return strait_ring_send_bytes_until_(STRAIT_RING_UNTYPED(ring_), item_, sizeof(type), deadline_ns_); \
    }                                                                                                        \
    STRAIT_MAYBE_UNUSED static inline int name##_try_recv(name *ring_, type *item_)                          \
    {                                                                                                        \
        return strait_ring_recv_bytes_(STRAIT_RING_UNTYPED(ring_), item_, sizeof(type));                     \
    }                                                                                                        \
    STRAIT_MAYBE_UNUSED static inline int name##_recv(name *ring_, type *item_, uint64_t deadline_ns_)       \
    {                                                                                                        \
        return strait_ring_recv_bytes_until_(STRAIT_RING_UNTYPED(ring_), item_, sizeof(type), deadline_ns_); \
    }                                                                                                        \
    STRAIT_MAYBE_UNUSED static inline int name##_try_send_many(name *ring_, const type *items_,              \
                                                               uint64_t count_, uint64_t *sent_)             \
    {                                                                                                        \
        return strait_ring_send_batch_(STRAIT_RING_UNTYPED(ring_), items_, sizeof(type), count_, sent_);     \
    }                                                                                                        \
    STRAIT_MAYBE_UNUSED static inline int name##_send_many(name *ring_, const type *items_, uint64_t count_, \
                                                           uint64_t deadline_ns_, uint64_t *sent_)           \
    {                                                                                                        \
        return strait_ring_send_batch_until_(STRAIT_RING_UNTYPED(ring_), items_, sizeof(type), count_,       \
                                             deadline_ns_, sent_);                                           \
    }                                                                                                        \
    STRAIT_MAYBE_UNUSED static inline int name##_try_recv_many(name *ring_, type *items_, uint64_t room_,    \
                                                               uint64_t *received_)                          \
    {                                                                                                        \
        return strait_ring_recv_batch_(STRAIT_RING_UNTYPED(ring_), items_, sizeof(type), room_, received_);  \
    }                                                                                                        \
    STRAIT_MAYBE_UNUSED static inline int name##_recv_many(name *ring_, type *items_, uint64_t room_,        \
                                                           uint64_t deadline_ns_, uint64_t *received_)       \
    {                                                                                                        \
        return strait_ring_recv_batch_until_(STRAIT_RING_UNTYPED(ring_), items_, sizeof(type), room_,        \
                                             deadline_ns_, received_);                                       \
    }
/* NOLINTEND(bugprone-macro-parentheses) */

#endif
