/* acts.c - the calls that scenes are made of. Each maker stamps the bytes it initialises with words that
 * follow from one number of its own, so that bytes of two makers, or bytes not written, cannot pass for
 * whole.
 */
#define _GNU_SOURCE
#include "acts.h"

#include <signal.h>
#include <strait/format.h>
#include <string.h>
#include <unistd.h>

#include "ring_acts.h"

static uint64_t stamp_word(uint64_t seed, uint64_t at)
{
    return (seed ^ (at << 32)) * UINT64_C(0x9E3779B97F4A7C15) | 1u;
}

static int write_stamp(void *data, uint64_t bytes, void *context)
{
    uint64_t seed = (uint64_t)getpid();
    (void)context;
    for (uint64_t i = 0; i < bytes / 8; i++) {
        uint64_t word = i == 0 ? seed : stamp_word(seed, i);
        memcpy((char *)data + i * 8, &word, 8);
    }
    return 0;
}

bool act_is_whole(const void *bytes, uint64_t count)
{
    uint64_t seed;
    uint64_t word;
    memcpy(&seed, bytes, 8);
    for (uint64_t i = 1; i < count / 8; i++) {
        memcpy(&word, (const char *)bytes + i * 8, 8);
        if (word != stamp_word(seed, i)) {
            return false;
        }
    }
    return seed != 0;
}

strait_segment_options act_options(strait_how how)
{
    return (strait_segment_options){.bytes = SCENE_BYTES,
                                    .how = how,
                                    .lifetime = the_stage->lifetime,
                                    .room_bytes = (SCENE_OBJECTS - 1) * SCENE_OBJECT_BYTES + ring_room(),
                                    .participants = the_stage->participants,
                                    .objects = SCENE_OBJECTS + ring_objects(),
                                    .initialise = write_stamp};
}

strait_object_options act_object_options(void)
{
    return (strait_object_options){
        .bytes = SCENE_OBJECT_BYTES, .deadline_ns = STRAIT_FOREVER, .initialise = write_stamp};
}

void act_open(part *p, strait_how how, strait_role role)
{
    strait_segment_options options = act_options(how);
    options.role = role;
    p->role = role;
    p->rc = strait_segment_open(the_stage->name, &options, &p->segment);
}

void act_settle(part *p)
{
    strait_segment_info info;
    p->attached = p->segment != NULL;
    if (!p->attached || strait_segment_stat(p->segment, &info) != 0) {
        p->created = false;
        return;
    }
    memcpy(p->uuid, info.uuid, sizeof p->uuid);
    p->created = strait_segment_created(p->segment);
    strait_peer peers[SCENE_PARTICIPANTS_MAX];
    int count = strait_segment_peers(p->segment, peers, SCENE_PARTICIPANTS_MAX);
    for (int i = 0; i < count && i < (int)SCENE_PARTICIPANTS_MAX; i++) {
        if (peers[i].self) {
            p->index = peers[i].index;
            p->generation = peers[i].generation;
        }
    }
}

static void must_open(part *p, strait_how how)
{
    act_open(p, how, STRAIT_BOTH);
    if (p->rc != 0) {
        part_fault(p, FAULT_STUCK, "the scene cannot be set: %s", strait_last_error());
    }
    act_settle(p);
}

void act_create(part *p)
{
    must_open(p, STRAIT_CREATE);
}

void act_attach(part *p)
{
    must_open(p, STRAIT_ATTACH);
}

void act_attach_twice(part *p)
{
    must_open(p, STRAIT_ATTACH);
    must_open(p, STRAIT_ATTACH);
}

void act_attach_all(part *p)
{
    must_open(p, STRAIT_ATTACH); /* which is written down as its record */
    while (p->rc == 0) {
        act_open(p, STRAIT_ATTACH, STRAIT_BOTH);
    }
    if (p->rc != STRAIT_CROWDED) {
        part_fault(p, FAULT_STUCK, "the scene cannot be set: %s", strait_last_error());
    }
}

void act_attach_crowd(part *p)
{
    for (uint32_t i = 1; i < SCENE_CROWD && p->fault == FAULT_NONE; i++) {
        must_open(p, STRAIT_ATTACH);
    }
    p->records = SCENE_CROWD - 1;
}

void act_leave(part *p)
{
    if (p->segment == NULL) {
        return;
    }
    act_ring_leave(p);
    int rc = strait_segment_close(p->segment);
    p->segment = NULL;
    p->attached = false;
    if (rc != 0) {
        part_fault(p, FAULT_STUCK, "close says %s: %s", strait_result_name(rc), strait_last_error());
    }
}

/* --- leftovers -------------------------------------------------------------------------------------- */

/* The header lies right before the user area. */
static strait_header_format *header_of(part *p)
{
    char *data = strait_segment_data(p->segment);
    return (strait_header_format *)(void *)(data - STRAIT_FORMAT_USER_ALIGN);
}

void act_mark_retired(part *p)
{
    uint64_t state = strait_u64_load_acquire(&header_of(p)->state);
    strait_u64_store_release(&header_of(p)->state, ((state >> 8) + 1) << 8 | STRAIT_FORMAT_RETIRED);
    if (strait_segment_status(p->segment) != STRAIT_RETIRED) {
        part_fault(p, FAULT_STUCK, "the scene cannot be set: it is not RETIRED");
    }
}

static int die(void *data, uint64_t bytes, void *context)
{
    (void)context;
    memset(data, 0xEE, (size_t)bytes);
    (void)raise(SIGKILL);
    return 0;
}

void act_die_placing(part *p)
{
    strait_object_options options = act_object_options();
    options.initialise = die;
    p->rc = strait_segment_place(p->segment, "unborn", &options, &p->object);
    part_fault(p, FAULT_STUCK, "the scene cannot be set: it lives");
}

/* --- looking around --------------------------------------------------------------------------------- */

static part *part_of(const strait_peer *peer)
{
    for (part_id id = 0; id < PARTS; id++) {
        if (peer->pid != 0 && (uint32_t)the_stage->parts[id].pid == peer->pid) {
            return &the_stage->parts[id];
        }
    }
    return NULL;
}

/* Who is held in the midst of looking may have seen somebody alive who died since; never the other way. */
static void judge_peer(part *p, const strait_peer *peer)
{
    const part *who = part_of(peer);
    if (who == NULL) {
        part_fault(p, FAULT_HALF_MADE, "record %u has pid %u, which is none of ours", peer->index, peer->pid);
    } else if (who->alive && peer->life == STRAIT_DEAD) {
        part_fault(p, FAULT_FORGED, "%s is alive, but called dead (record %u.%u)", part_name(who),
                   peer->index, peer->generation);
    } else if (!who->alive && who->died <= p->began && peer->life != STRAIT_DEAD) {
        part_fault(p, FAULT_STALE, "%s is dead, but called %s (record %u.%u)", part_name(who),
                   peer->life == STRAIT_ALIVE ? "alive" : "unknown", peer->index, peer->generation);
    }
}

static void judge_the_dead(part *p)
{
    for (part_id id = 0; id < PARTS; id++) {
        const part *who = &the_stage->parts[id];
        if (who->pid != 0 && !who->alive && who->attached &&
            memcmp(who->uuid, p->uuid, sizeof p->uuid) == 0 &&
            strait_segment_life(p->segment, who->index, who->generation) == STRAIT_ALIVE) {
            part_fault(p, FAULT_STALE, "%s is dead, but its record %u.%u is called alive", part_name(who),
                       who->index, who->generation);
        }
    }
}

/* What it placed is still there, where it was told. */
static void judge_object(part *p)
{
    strait_object found;
    if (p->object.bytes == 0) {
        return;
    }
    int rc = strait_segment_find(p->segment, p->object.name, &found);
    if (rc != 0 || found.offset != p->object.offset || !act_is_whole(found.data, found.bytes)) {
        part_fault(p, FAULT_LOST, "the object '%s' that it placed at %llu is %s", p->object.name,
                   (unsigned long long)p->object.offset, rc != 0 ? "gone" : "another's, or not whole");
    }
}

void act_look(part *p)
{
    strait_peer peers[SCENE_PARTICIPANTS_MAX];
    if (p->segment == NULL) {
        return;
    }
    if (strait_segment_bytes(p->segment) != SCENE_BYTES ||
        !act_is_whole(strait_segment_data(p->segment), SCENE_BYTES)) {
        part_fault(p, FAULT_HALF_MADE, "its bytes are not whole");
        return;
    }
    int count = strait_segment_peers(p->segment, peers, SCENE_PARTICIPANTS_MAX);
    bool self = p->role == STRAIT_OBSERVER;
    for (int i = 0; i < count && i < (int)SCENE_PARTICIPANTS_MAX; i++) {
        judge_peer(p, &peers[i]);
        self = self || peers[i].self;
    }
    if (!self) {
        part_fault(p, FAULT_LOST, "it is attached, but not among the %d peers", count);
    }
    judge_the_dead(p);
    judge_object(p);
}

void act_warm_up(void)
{
    static part p;
    the_stage->lifetime = STRAIT_UNTIL_REMOVED;
    the_stage->participants = SCENE_PARTICIPANTS;
    act_open(&p, STRAIT_CREATE, STRAIT_BOTH);
    (void)strait_segment_close(p.segment);
    ring_warm_up();
    act_open(&p, STRAIT_CREATE, STRAIT_BOTH); /* fails: warms the sentences */
    (void)strait_segment_remove(the_stage->name, NULL, false);
    (void)strait_segment_remove(the_stage->name, NULL, false);
    (void)strait_segment_gc();
}
