/* life.c - who is attached, who is dead, and what the dead leave. layer: object
 *
 * The idea: the kernel holds one token for each participant and drops it exactly when that process can no
 * longer touch the memory. A record says which incarnation took the token. An incarnation writes ATTACHED(g)
 * only while it holds the token and clears the word before it lets the token go, and generations never
 * repeat. So
 *
 *   owner says ATTACHED(g), and after that the token is free   =>   incarnation g is gone for good
 *
 * No pid, no time, no guess. Whoever finds a dead record may free it: by one CAS from the exact word that
 * was judged, so that it does not matter how many do so at once or where one of them dies. What a record's
 * holder has claimed elsewhere carries index and generation, so that a successor's claims are never taken
 * for the dead one's.
 */
#include "core/life.h"

#include <string.h>

#include "core/directory.h"

static strait_participant_format *record_of(const strait_segment *segment, uint32_t index)
{
    return strait_layout_participant(segment->map.base, &segment->geometry, index);
}

static void read_identity(const strait_segment *segment, const strait_participant_format *record,
                          strait_os_identity *who)
{
    memset(who, 0, sizeof *who);
    who->pid = strait_u32_load_relaxed(&record->pid);
    who->start = strait_u64_load_relaxed(&record->start);
    who->pid_namespace = strait_u64_load_relaxed(&record->pid_namespace);
    memcpy(who->boot, segment->header->boot, sizeof who->boot);
    for (size_t i = 0; i < 8; i++) {
        uint64_t piece = strait_u64_load_relaxed(&record->program[i]);
        memcpy(who->program + i * 8, &piece, 8);
    }
    who->program[sizeof who->program - 1] = '\0';
}

void strait_life_identity(const strait_segment *segment, uint32_t index, strait_os_identity *who)
{
    read_identity(segment, record_of(segment, index), who);
}

strait_life strait_life_verdict(const strait_segment *segment, uint32_t index, uint32_t generation)
{
    const strait_participant_format *record = record_of(segment, index);
    uint64_t judged = strait_owner_word(generation, STRAIT_FORMAT_ATTACHED);
    if (index == segment->index && generation == segment->generation) {
        return STRAIT_ALIVE; /* who asks is alive */
    }
    /* [participant.owner] acquire: the identity read below belongs to this incarnation. */
    if (strait_u64_load_acquire(&record->owner) != judged) {
        return STRAIT_DEAD; /* it left, or a later incarnation has the record */
    }
    strait_os_identity who;
    read_identity(segment, record, &who);
    strait_os_token_state token = strait_os_token_test(&segment->map, &segment->place, index, &who);
    if (token != STRAIT_OS_TOKEN_FREE) {
        /* A successor may hold the token by now: it was buried first, so the word tells.
         * [participant.owner] acquire: nothing that is read later belongs to the one who is gone. */
        if (strait_u64_load_acquire(&record->owner) != judged) {
            return STRAIT_DEAD;
        }
        return token == STRAIT_OS_TOKEN_HELD ? STRAIT_ALIVE : STRAIT_UNKNOWN;
    }
    /* [participant.owner] acquire: all that it stored before it died is visible to whoever repairs; the
     * kernel let the token go after its last instruction. */
    strait_fence_acquire();
    return STRAIT_DEAD;
}

bool strait_life_any(const strait_segment *segment)
{
    for (uint32_t i = 0; i < segment->geometry.participants_count; i++) {
        /* [participant.owner] acquire: the identity belongs to this incarnation. */
        uint64_t owner = strait_u64_load_acquire(&record_of(segment, i)->owner);
        uint32_t generation = strait_owner_generation(owner);
        if (strait_owner_phase(owner) != STRAIT_FORMAT_ATTACHED) {
            continue;
        }
        bool ourselves = i == segment->index && generation == segment->generation;
        if (!ourselves && strait_life_verdict(segment, i, generation) != STRAIT_DEAD) {
            return true;
        }
    }
    return false;
}

bool strait_life_bury(const strait_segment *segment, uint32_t index, uint32_t generation)
{
    strait_directory_release(segment, index, generation); /* what it held, before the record that names it */
    uint64_t judged = strait_owner_word(generation, STRAIT_FORMAT_ATTACHED);
    /* [participant.owner] release: the repair above is done for whoever finds the record vacant. */
    return strait_u64_cas_release(&record_of(segment, index)->owner, &judged,
                                  strait_owner_word(generation, STRAIT_FORMAT_VACANT));
}

static void introduce_ourselves(const strait_segment *segment, strait_participant_format *record)
{
    strait_os_identity self;
    strait_os_self(&self);
    /* [participant.owner] release: who reads any of this and then looks at owner again sees that the last
     * holder is gone. */
    strait_fence_release();
    strait_u32_store_relaxed(&record->pid, self.pid);
    strait_u32_store_relaxed(&record->role, (uint32_t)segment->role);
    strait_u64_store_relaxed(&record->start, self.start);
    strait_u64_store_relaxed(&record->pid_namespace, self.pid_namespace);
    strait_u64_store_relaxed(&record->joined_ns, strait_os_wall_ns());
    for (size_t i = 0; i < 8; i++) {
        uint64_t piece;
        memcpy(&piece, self.program + i * 8, 8);
        strait_u64_store_relaxed(&record->program[i], piece);
    }
}

/* We hold the token of record `index`: makes the record ours. */
static void move_in(strait_segment *segment, uint32_t index)
{
    strait_participant_format *record = record_of(segment, index);
    for (;;) {
        /* [participant.owner] acquire: what the last holder and its repairers stored comes before what we
         * store. */
        uint64_t owner = strait_u64_load_acquire(&record->owner);
        uint32_t generation = strait_owner_generation(owner);
        if (strait_owner_phase(owner) == STRAIT_FORMAT_ATTACHED) {
            strait_life_bury(segment, index,
                             generation); /* it died between our look and our taking the token */
            continue;
        }
        introduce_ourselves(segment, record);
        /* [participant.owner] release: whoever sees us attached sees who we are. */
        if (strait_u64_cas_release(&record->owner, &owner,
                                   strait_owner_word(generation + 1, STRAIT_FORMAT_ATTACHED))) {
            segment->index = index;
            segment->generation = generation + 1;
            return;
        }
    }
}

/* True if the record may be free: vacant, or (if asked) its holder proven dead, in which case it is
 * buried first: before we take its token, since a token that we hold would make the dead one look alive. */
static bool worth_trying(const strait_segment *segment, uint32_t index, bool also_dead)
{
    /* [participant.owner] acquire: the identity belongs to this incarnation. */
    uint64_t owner = strait_u64_load_acquire(&record_of(segment, index)->owner);
    if (strait_owner_phase(owner) != STRAIT_FORMAT_ATTACHED) {
        return true;
    }
    uint32_t generation = strait_owner_generation(owner);
    if (!also_dead || strait_life_verdict(segment, index, generation) != STRAIT_DEAD) {
        return false;
    }
    strait_life_bury(segment, index, generation);
    return true;
}

int strait_life_join(strait_segment *segment, strait_os_cause *cause)
{
    for (int also_dead = 0; also_dead <= 1; also_dead++) {
        for (uint32_t i = 0; i < segment->geometry.participants_count; i++) {
            if (!worth_trying(segment, i, also_dead != 0)) {
                continue;
            }
            int rc = strait_os_token_hold(&segment->map, &segment->place, i, cause);
            if (rc == STRAIT_OK) {
                move_in(segment, i);
                return STRAIT_OK;
            }
            if (rc != STRAIT_BUSY) {
                return rc;
            }
        }
    }
    return STRAIT_CROWDED;
}

void strait_life_leave(strait_segment *segment)
{
    if (segment->index == STRAIT_NOBODY) {
        return;
    }
    uint64_t ours = strait_owner_word(segment->generation, STRAIT_FORMAT_ATTACHED);
    /* [participant.owner] release: all that we stored comes before our leaving. */
    strait_u64_cas_release(&record_of(segment, segment->index)->owner, &ours,
                           strait_owner_word(segment->generation, STRAIT_FORMAT_VACANT));
    segment->index = STRAIT_NOBODY;
    /* [participant.leaving] seq_cst: of two that leave at once, at least one sees the other gone when it
     * looks whether it was the last; both pass here between going and looking. */
    strait_fence_seq_cst();
}

/* --- for people ----------------------------------------------------------------------------------------- */

static bool describe_peer(const strait_segment *segment, uint32_t index, strait_peer *peer)
{
    const strait_participant_format *record = record_of(segment, index);
    for (;;) {
        /* [participant.owner] acquire: the identity belongs to this incarnation ... */
        uint64_t owner = strait_u64_load_acquire(&record->owner);
        if (strait_owner_phase(owner) != STRAIT_FORMAT_ATTACHED) {
            return false;
        }
        strait_os_identity who;
        read_identity(segment, record, &who);
        *peer = (strait_peer){.index = index, .generation = strait_owner_generation(owner)};
        peer->role = (strait_role)strait_u32_load_relaxed(&record->role);
        peer->pid = who.pid;
        peer->pid_namespace = who.pid_namespace;
        peer->start = who.start;
        peer->joined_ns = strait_u64_load_relaxed(&record->joined_ns);
        peer->self = index == segment->index && peer->generation == segment->generation;
        memcpy(peer->program, who.program, sizeof peer->program);
        peer->life = peer->self ? STRAIT_ALIVE : strait_life_verdict(segment, index, peer->generation);
        /* ... [participant.owner] acquire: and still does, so that no two of them are mixed. */
        strait_fence_acquire();
        if (strait_u64_load_relaxed(&record->owner) == owner) {
            return true;
        }
    }
}

int strait_segment_peers(const strait_segment *segment, strait_peer *peers, uint32_t room)
{
    int rc = strait_segment_usable(segment, "list the peers of");
    if (rc < 0) {
        return rc;
    }
    strait_prefix prefix;
    if (peers == NULL && room != 0) {
        return strait_fail(NULL_ARGUMENT, strait_prefix_make(&prefix, "list the peers of", segment->where),
                           "peers");
    }
    uint32_t count = 0;
    for (uint32_t i = 0; i < segment->geometry.participants_count; i++) {
        strait_peer peer;
        if (!describe_peer(segment, i, &peer)) {
            continue;
        }
        if (count < room) {
            peers[count] = peer;
        }
        count++;
    }
    return (int)count;
}

strait_life strait_segment_life(const strait_segment *segment, uint32_t index, uint32_t generation)
{
    if (strait_segment_usable(segment, "judge a peer of") < 0 ||
        index >= segment->geometry.participants_count) {
        return STRAIT_UNKNOWN;
    }
    return strait_life_verdict(segment, index, generation);
}

int strait_segment_reap(strait_segment *segment)
{
    int rc = strait_segment_usable(segment, "reap");
    if (rc < 0) {
        return rc;
    }
    strait_prefix prefix;
    if (!segment->map.writable) {
        return strait_fail(ONLY_LOOKING, strait_prefix_make(&prefix, "reap", segment->where));
    }
    int reaped = 0;
    for (uint32_t i = 0; i < segment->geometry.participants_count; i++) {
        /* [participant.owner] acquire: the identity belongs to this incarnation. */
        uint64_t owner = strait_u64_load_acquire(&record_of(segment, i)->owner);
        uint32_t generation = strait_owner_generation(owner);
        if (strait_owner_phase(owner) == STRAIT_FORMAT_ATTACHED &&
            strait_life_verdict(segment, i, generation) == STRAIT_DEAD) {
            reaped += strait_life_bury(segment, i, generation);
        }
    }
    return reaped;
}
