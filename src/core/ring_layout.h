/* ring_layout.h - a ring as bytes: how large, how formatted, whether bytes found somewhere can be one, and
 * what is done about ports whose holders died. layer: layout
 *
 * No system, no allocation, no object: who is dead is asked of the caller (strait_ring_judge).
 */
#ifndef STRAIT_CORE_RING_LAYOUT_H
#define STRAIT_CORE_RING_LAYOUT_H

#include <strait/inline/ring_many.h>
#include <strait/inline/ring_one_one.h>
#include <strait/segment.h>

#define STRAIT_RING_ITEM_MAX (UINT32_C(1) << 30)
#define STRAIT_RING_SLOTS_MAX (UINT32_C(1) << 31)
#define STRAIT_RING_POSITION_END (UINT64_C(1) << 62)
#define STRAIT_RING_TAKEN_MASK ((UINT64_C(1) << 46) - 1) /* of a position, as TAKEN keeps it */

/* What a maker asks for, and what everybody checks; slots are rounded up to a power of two. */
typedef struct strait_ring_shape {
    uint32_t item_bytes;
    uint32_t item_align; /* 0 = 8 */
    uint32_t slots;
    uint32_t ports;
    uint32_t writers, readers; /* STRAIT_FORMAT_ONE, _MANY */
    bool drop_seen;
} strait_ring_shape;

/* Where things are; read once, checked once, used ever after. */
typedef struct strait_ring_geometry {
    strait_ring_shape shape;
    uint32_t slot_bytes;
    uint32_t item_at;
    uint64_t ports_offset;
    uint64_t slots_offset;
    uint64_t total_bytes;
} strait_ring_geometry;

/* Total bytes, with the geometry; 0 if the shape cannot be. */
uint64_t strait_ring_footprint(const strait_ring_shape *shape, strait_ring_geometry *geometry);

/* Writes an empty ring into bytes that nobody else sees yet; the first item gets position `start`. */
void strait_ring_format_at(void *bytes, const strait_ring_geometry *geometry, uint64_t start);

/* True with the geometry if `count` bytes hold a ring; else *field names what contradicts. Reads each field
 * once. */
bool strait_ring_verify(const void *bytes, uint64_t count, strait_ring_geometry *geometry,
                        const char **field);

/* Who is alive: by participant index and generation. */
typedef struct strait_ring_judge {
    strait_life (*life)(void *context, uint32_t index, uint32_t generation);
    void *context;
} strait_ring_judge;

/* The word for a port or role that a participant holds. */
static inline uint64_t strait_ring_holder(uint32_t generation, uint32_t index)
{
    return (uint64_t)generation << 32 | (uint64_t)index << 8 | STRAIT_FORMAT_PORT_HELD;
}

static inline bool strait_ring_holder_dead(const strait_ring_judge *judge, uint64_t word)
{
    return (word & 0xff) != STRAIT_FORMAT_PORT_HELD ||
           judge->life(judge->context, (uint32_t)(word >> 8 & 0xffffff), (uint32_t)(word >> 32)) ==
               STRAIT_DEAD;
}

/* A view through port `index`, which the caller holds (or, to look on only, UINT32_MAX). */
void strait_ring_view_make(strait_ring_view *view, void *bytes, const strait_ring_geometry *geometry,
                           uint32_t index);

/* Takes a port, from the dead if need be (repairing first what they left): its index, or CROWDED. */
int64_t strait_ring_port_take(void *bytes, const strait_ring_geometry *geometry, uint64_t holder,
                              const strait_ring_judge *judge);

/* How many are held, by the dead included. */
uint32_t strait_ring_ports_held(const strait_ring_view *view, const strait_ring_geometry *geometry);

/* Gives it back; its holder claims nothing any more. */
void strait_ring_port_leave(strait_ring_view *view, uint64_t holder);

/* Becomes the one writer or reader, from nobody or from a dead one, and finds the place in the ring. False
 * if a living one (*other) is it. What the last reader was shown and did not give back is dropped, or lies below
 * view->seen_below. */
bool strait_ring_become_writer(strait_ring_view *view, uint64_t holder, const strait_ring_judge *judge,
                               uint64_t *other);
bool strait_ring_become_reader(strait_ring_view *view, const strait_ring_geometry *geometry, uint64_t holder,
                               const strait_ring_judge *judge, uint64_t *other);
void strait_ring_resign(strait_u64 *role, uint64_t holder);

/* A writer comes: the stream is open (again). It has said that it sends no more. */
void strait_ring_begin_stream(strait_ring_view *view);
void strait_ring_end_stream(strait_ring_view *view);

/* True if some writer has finished and no unfinished one may be alive: what is not in the ring now will not come,
 * unless a new writer does. */
bool strait_ring_ended(const strait_ring_view *view, const strait_ring_geometry *geometry,
                       const strait_ring_judge *judge);

/* Whether a claim stands of anybody but us, so that asking who is dead may be worth it. No verdict is asked. */
bool strait_ring_suspects(const strait_ring_view *view, const strait_ring_geometry *geometry);

/* Finishes the claims of the dead. Anyone attached may call it, any number at once; each may die at any
 * point. Returns how many slots it changed; *busy if a living process may still be in the midst of a claim
 * that a dead one intended too. */
uint32_t strait_ring_repair(const strait_ring_view *view, const strait_ring_geometry *geometry,
                            const strait_ring_judge *judge, bool *busy);

/* Adopts one committed item whose reader died: true with its position; release it with
 * strait_ring_many_release. *seen: the dead one may have looked at it. */
bool strait_ring_adopt(strait_ring_view *view, uint64_t *position, bool *seen);

/* One of several readers leaves with items that it was shown in place, from `first` on: another one gets them, or
 * nobody if they are to be dropped. Call it before strait_ring_port_leave. */
void strait_ring_abandon(const strait_ring_view *view, const strait_ring_geometry *geometry, uint64_t first,
                         uint64_t count);

#endif
