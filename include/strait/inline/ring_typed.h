/* ring_typed.h - STRAIT_RING_OF(name, type): a ring of one C type. Include strait/ring.h, never this.
 *
 * `name` is a type of its own, so that rings of different items cannot be mixed up; each call is the one of ring.h
 * with the type's size known to the compiler. Open fills in item_bytes and item_align; give options.record
 * (STRAIT_RECORD_OF) besides, and the layout is compared too.
 */
#ifndef STRAIT_INLINE_RING_TYPED_H
#define STRAIT_INLINE_RING_TYPED_H

/* The handle behind a typed one, for calls that have no typed form. */
#define STRAIT_RING_UNTYPED(ring) STRAIT_CAST_(strait_ring *, STRAIT_CAST_(void *, ring))
#define STRAIT_RING_UNTYPED_CONST_(ring) STRAIT_CAST_(const strait_ring *, STRAIT_CAST_(const void *, ring))
#define STRAIT_RING_TYPED_(name, ring) STRAIT_CAST_(name *, STRAIT_CAST_(void *, ring))

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

#define STRAIT_RING_OF(name, type)                                                                           \
    typedef struct name name;                                                                                \
    STRAIT_MAYBE_UNUSED static inline strait_ring_options name##_options_(                                   \
        const strait_ring_options *options)                                                                  \
    {                                                                                                        \
        strait_ring_options ours = strait_ring_options_or_(options);                                         \
        ours.item_bytes = sizeof(type);                                                                      \
        ours.item_align = STRAIT_ALIGNMENT_(type);                                                           \
        return ours;                                                                                         \
    }                                                                                                        \
    STRAIT_MAYBE_UNUSED static inline int name##_open(const char *ring_name,                                 \
                                                      const strait_ring_options *options, name **ring)       \
    {                                                                                                        \
        strait_ring_options ours = name##_options_(options);                                                 \
        strait_ring *made = strait_ring_none_();                                                             \
        int rc = strait_ring_open(ring_name, &ours, &made);                                                  \
        *ring = STRAIT_RING_TYPED_(name, made);                                                              \
        return rc;                                                                                           \
    }                                                                                                        \
    STRAIT_MAYBE_UNUSED static inline int name##_place(strait_segment *segment, const char *ring_name,       \
                                                       const strait_ring_options *options, name **ring)      \
    {                                                                                                        \
        strait_ring_options ours = name##_options_(options);                                                 \
        strait_ring *made = strait_ring_none_();                                                             \
        int rc = strait_ring_place(segment, ring_name, &ours, &made);                                        \
        *ring = STRAIT_RING_TYPED_(name, made);                                                              \
        return rc;                                                                                           \
    }                                                                                                        \
    STRAIT_MAYBE_UNUSED static inline int name##_clone(const name *ring, strait_role role, name **clone)     \
    {                                                                                                        \
        strait_ring *made = strait_ring_none_();                                                             \
        int rc = strait_ring_clone(STRAIT_RING_UNTYPED_CONST_(ring), role, &made);                           \
        *clone = STRAIT_RING_TYPED_(name, made);                                                             \
        return rc;                                                                                           \
    }                                                                                                        \
    STRAIT_MAYBE_UNUSED static inline int name##_close(name *ring)                                           \
    {                                                                                                        \
        return strait_ring_close(STRAIT_RING_UNTYPED(ring));                                                 \
    }                                                                                                        \
    STRAIT_MAYBE_UNUSED static inline int name##_finish(name *ring)                                          \
    {                                                                                                        \
        return strait_ring_finish(STRAIT_RING_UNTYPED(ring));                                                \
    }                                                                                                        \
    STRAIT_MAYBE_UNUSED static inline int name##_stat(const name *ring, strait_ring_info *info)              \
    {                                                                                                        \
        return strait_ring_stat(STRAIT_RING_UNTYPED_CONST_(ring), info);                                     \
    }                                                                                                        \
    STRAIT_MAYBE_UNUSED static inline uint64_t name##_capacity(const name *ring)                             \
    {                                                                                                        \
        return strait_ring_capacity(STRAIT_RING_UNTYPED_CONST_(ring));                                       \
    }                                                                                                        \
    STRAIT_MAYBE_UNUSED static inline uint64_t name##_size(const name *ring)                                 \
    {                                                                                                        \
        return strait_ring_size(STRAIT_RING_UNTYPED_CONST_(ring));                                           \
    }                                                                                                        \
    STRAIT_MAYBE_UNUSED static inline bool name##_empty(const name *ring)                                    \
    {                                                                                                        \
        return strait_ring_empty(STRAIT_RING_UNTYPED_CONST_(ring));                                          \
    }                                                                                                        \
    STRAIT_MAYBE_UNUSED static inline type *name##_at(const name *ring, uint64_t position)                   \
    {                                                                                                        \
        return STRAIT_CAST_(type *, strait_ring_at(STRAIT_RING_UNTYPED_CONST_(ring), position));             \
    }                                                                                                        \
    STRAIT_MAYBE_UNUSED static inline int name##_try_reserve(name *ring, uint64_t want,                      \
                                                             strait_ring_span *span)                         \
    {                                                                                                        \
        return strait_ring_try_reserve(STRAIT_RING_UNTYPED(ring), want, span);                               \
    }                                                                                                        \
    STRAIT_MAYBE_UNUSED static inline int name##_reserve(name *ring, uint64_t want, uint64_t deadline_ns,    \
                                                         strait_ring_span *span)                             \
    {                                                                                                        \
        return strait_ring_reserve(STRAIT_RING_UNTYPED(ring), want, deadline_ns, span);                      \
    }                                                                                                        \
    STRAIT_MAYBE_UNUSED static inline int name##_try_peek(name *ring, uint64_t want, strait_ring_span *span) \
    {                                                                                                        \
        return strait_ring_try_peek(STRAIT_RING_UNTYPED(ring), want, span);                                  \
    }                                                                                                        \
    STRAIT_MAYBE_UNUSED static inline int name##_peek(name *ring, uint64_t want, uint64_t deadline_ns,       \
                                                      strait_ring_span *span)                                \
    {                                                                                                        \
        return strait_ring_peek(STRAIT_RING_UNTYPED(ring), want, deadline_ns, span);                         \
    }                                                                                                        \
    STRAIT_MAYBE_UNUSED static inline int name##_commit(name *ring, uint64_t count)                          \
    {                                                                                                        \
        return strait_ring_commit(STRAIT_RING_UNTYPED(ring), count);                                         \
    }                                                                                                        \
    STRAIT_MAYBE_UNUSED static inline int name##_cancel(name *ring)                                          \
    {                                                                                                        \
        return strait_ring_cancel(STRAIT_RING_UNTYPED(ring));                                                \
    }                                                                                                        \
    STRAIT_MAYBE_UNUSED static inline int name##_release(name *ring, uint64_t count)                         \
    {                                                                                                        \
        return strait_ring_release(STRAIT_RING_UNTYPED(ring), count);                                        \
    }                                                                                                        \
    STRAIT_MAYBE_UNUSED static inline int name##_try_send(name *ring, const type *item)                      \
    {                                                                                                        \
        return strait_ring_send_bytes_(STRAIT_RING_UNTYPED(ring), item, sizeof(type));                       \
    }                                                                                                        \
    STRAIT_MAYBE_UNUSED static inline int name##_send(name *ring, const type *item, uint64_t deadline_ns)    \
    {                                                                                                        \
        return strait_ring_send_bytes_until_(STRAIT_RING_UNTYPED(ring), item, sizeof(type), deadline_ns);    \
    }                                                                                                        \
    STRAIT_MAYBE_UNUSED static inline int name##_try_recv(name *ring, type *item)                            \
    {                                                                                                        \
        return strait_ring_recv_bytes_(STRAIT_RING_UNTYPED(ring), item, sizeof(type));                       \
    }                                                                                                        \
    STRAIT_MAYBE_UNUSED static inline int name##_recv(name *ring, type *item, uint64_t deadline_ns)          \
    {                                                                                                        \
        return strait_ring_recv_bytes_until_(STRAIT_RING_UNTYPED(ring), item, sizeof(type), deadline_ns);    \
    }                                                                                                        \
    STRAIT_MAYBE_UNUSED static inline int name##_try_send_many(name *ring, const type *items,                \
                                                               uint64_t count, uint64_t *sent)               \
    {                                                                                                        \
        return strait_ring_send_batch_(STRAIT_RING_UNTYPED(ring), items, sizeof(type), count, sent);         \
    }                                                                                                        \
    STRAIT_MAYBE_UNUSED static inline int name##_send_many(name *ring, const type *items, uint64_t count,    \
                                                           uint64_t deadline_ns, uint64_t *sent)             \
    {                                                                                                        \
        return strait_ring_send_batch_until_(STRAIT_RING_UNTYPED(ring), items, sizeof(type), count,          \
                                             deadline_ns, sent);                                             \
    }                                                                                                        \
    STRAIT_MAYBE_UNUSED static inline int name##_try_recv_many(name *ring, type *items, uint64_t room,       \
                                                               uint64_t *received)                           \
    {                                                                                                        \
        return strait_ring_recv_batch_(STRAIT_RING_UNTYPED(ring), items, sizeof(type), room, received);      \
    }                                                                                                        \
    STRAIT_MAYBE_UNUSED static inline int name##_recv_many(name *ring, type *items, uint64_t room,           \
                                                           uint64_t deadline_ns, uint64_t *received)         \
    {                                                                                                        \
        return strait_ring_recv_batch_until_(STRAIT_RING_UNTYPED(ring), items, sizeof(type), room,           \
                                             deadline_ns, received);                                         \
    }
/* NOLINTEND(bugprone-macro-parentheses) */

#endif
