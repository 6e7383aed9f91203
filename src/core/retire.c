/* retire.c - when a name ends: the state word and the three lifetimes. layer: object
 *
 *          +--------- a newcomer, or a look that found somebody alive --------+
 *          v                                                                  |
 *        LIVE ---- somebody thinks that nobody needs it ----> CLOSING --------+---- nobody alive ----> RETIRED
 *          +------------------- removal, or the creator is gone ----------------------------------------^
 *
 * The trouble: the last participant leaves while a newcomer arrives. Each side first writes and then looks
 * at the other's word, with a full fence between, so that at least one of them sees the other:
 *
 *   newcomer: record says ATTACHED, fence, look at state       closer: state says CLOSING, fence, look at records
 *
 * A newcomer that sees CLOSING puts LIVE back; the closer's last step is a CAS from exactly the CLOSING it
 * set, so it fails then. Nobody waits for anybody: a closer that dies half-way leaves CLOSING, which a
 * newcomer undoes and the next closer finishes. Every change bumps the count in the word, so that no CLOSING
 * is taken for another.
 */
#include "core/retire.h"

#include "core/life.h"

bool strait_retired(const strait_segment *segment)
{
    /* [segment.state] acquire: what was stored before it was retired is seen. */
    return strait_state_phase(strait_u64_load_acquire(&segment->header->state)) == STRAIT_FORMAT_RETIRED;
}

static bool change(strait_segment *segment, uint64_t *state, uint32_t phase)
{
    uint64_t next = strait_state_word(strait_state_count(*state) + 1, phase);
    /* [segment.state] acq_rel: each phase follows from what the one before it made visible. */
    return strait_u64_cas_acq_rel(&segment->header->state, state, next);
}

static bool creator_gone(const strait_segment *segment)
{
    const strait_geometry *g = &segment->geometry;
    return strait_life_verdict(segment, g->creator_index, g->creator_generation) == STRAIT_DEAD;
}

bool strait_retire_due(const strait_segment *segment)
{
    if (strait_retired(segment)) {
        return true;
    }
    switch (segment->geometry.lifetime) {
    case STRAIT_FORMAT_UNTIL_CREATOR:
        return creator_gone(segment);
    case STRAIT_FORMAT_UNTIL_LAST:
        return segment->index == STRAIT_NOBODY && !strait_life_any(segment);
    default:
        return false;
    }
}

void strait_retire_now(strait_segment *segment)
{
    /* [segment.state] acquire: as in strait_retired. */
    uint64_t state = strait_u64_load_acquire(&segment->header->state);
    while (strait_state_phase(state) != STRAIT_FORMAT_RETIRED &&
           !change(segment, &state, STRAIT_FORMAT_RETIRED)) {
    }
}

static bool retire_if_last(strait_segment *segment)
{
    /* [segment.state] acquire: as in strait_retired. */
    uint64_t state = strait_u64_load_acquire(&segment->header->state);
    for (;;) {
        if (strait_state_phase(state) == STRAIT_FORMAT_RETIRED) {
            return true;
        }
        if (strait_state_phase(state) != STRAIT_FORMAT_CLOSING) {
            if (!change(segment, &state, STRAIT_FORMAT_CLOSING)) {
                continue;
            }
            state = strait_state_word(strait_state_count(state) + 1, STRAIT_FORMAT_CLOSING);
        }
        /* [segment.closing] seq_cst: our CLOSING is out before we look at the records. */
        strait_fence_seq_cst();
        if (strait_life_any(segment)) {
            (void)change(segment, &state, STRAIT_FORMAT_LIVE); /* or somebody else put it back already */
            return false;
        }
        if (change(segment, &state, STRAIT_FORMAT_RETIRED)) {
            return true;
        }
    }
}

bool strait_retire_if_due(strait_segment *segment)
{
    if (!strait_retire_due(segment)) {
        return false;
    }
    if (segment->geometry.lifetime == STRAIT_FORMAT_UNTIL_LAST) {
        return retire_if_last(segment);
    }
    strait_retire_now(segment); /* the creator is gone, and that never becomes untrue */
    return true;
}

bool strait_retire_stay(strait_segment *segment)
{
    /* [segment.closing] seq_cst: our record is out before we look at the state. */
    strait_fence_seq_cst();
    /* [segment.state] acquire: as in strait_retired. */
    uint64_t state = strait_u64_load_acquire(&segment->header->state);
    for (;;) {
        switch (strait_state_phase(state)) {
        case STRAIT_FORMAT_RETIRED:
            return false;
        case STRAIT_FORMAT_CLOSING:
            if (!change(segment, &state, STRAIT_FORMAT_LIVE)) {
                continue;
            }
            return true;
        default:
            return true;
        }
    }
}
