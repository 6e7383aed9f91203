/* newcomer.c - what a fresh process finds after a trial. It knows nothing of what happened: whatever died
 * where, open-or-create gives it a whole segment, all room that the living do not use is there, and the
 * name ends when its lifetime says.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <strait/format.h>
#include <string.h>

#include "acts.h"
#include "ring_acts.h"

/* What kind of trouble a refused open is. */
static fault trouble(int rc)
{
    if (rc <= STRAIT_FOREIGN && rc > STRAIT_NO_MEMORY) {
        return FAULT_HALF_MADE;
    }
    return rc == STRAIT_CROWDED || rc == STRAIT_NO_SPACE ? FAULT_LEAKED : FAULT_STUCK;
}

/* A call of the newcomer: true if it gave what it must. */
static bool expect(part *p, int rc, int wanted, fault otherwise, const char *call)
{
    if (rc != wanted) {
        part_fault(p, otherwise, "%s says %s, not %s: %s", call, strait_result_name(rc),
                   strait_result_name(wanted), rc < 0 ? strait_last_error() : "");
    }
    return rc == wanted;
}

void act_newcomer_open(part *p)
{
    act_open(p, STRAIT_OPEN_OR_CREATE, STRAIT_BOTH);
    if (p->rc != 0) {
        part_fault(p, trouble(p->rc), "open-or-create says %s: %s", strait_result_name(p->rc),
                   strait_last_error());
        return;
    }
    act_settle(p);
    strait_segment_info info;
    const char *base = (const char *)strait_segment_data(p->segment) - STRAIT_FORMAT_USER_ALIGN;
    int rc = strait_segment_stat(p->segment, &info);
    if (rc != 0 || strait_segment_bytes(p->segment) != SCENE_BYTES || info.bytes != SCENE_BYTES ||
        strait_segment_verify(base, info.total_bytes) != 0 ||
        info.participants_max != the_stage->participants) {
        part_fault(p, FAULT_HALF_MADE, "what it opened is not what was made: %s", strait_last_error());
    } else if (!info.linked) {
        part_fault(p, FAULT_LOST, "what it opened has lost its name");
    } else if (strcmp(info.name, the_stage->name) != 0) {
        part_fault(p, FAULT_HALF_MADE, "what it opened is called '%s'", info.name);
    } else {
        act_look(p);
    }
}

static int living_here(const part *p)
{
    int count = 0;
    for (part_id id = 0; id < PARTS; id++) {
        const part *who = &the_stage->parts[id];
        if (who->alive && who->attached && who->role != STRAIT_OBSERVER &&
            memcmp(who->uuid, p->uuid, sizeof p->uuid) == 0) {
            count += who->records == 0 ? 1 : (int)who->records;
        }
    }
    return count;
}

/* After reaping, the records are exactly those of the living; all others can be taken. */
static void check_records(part *p)
{
    strait_segment *more[SCENE_PARTICIPANTS_MAX + 1] = {NULL};
    strait_segment_options options = act_options(STRAIT_ATTACH);
    int living = living_here(p);
    int rc = strait_segment_reap(p->segment);
    if (rc < 0) {
        (void)expect(p, rc, 0, FAULT_STUCK, "reap");
    }
    (void)expect(p, strait_segment_reap(p->segment), 0, FAULT_LEAKED, "reap after reap");
    int count = strait_segment_peers(p->segment, NULL, 0);
    if (count != living) {
        part_fault(p, FAULT_LEAKED, "%d records are in use after reaping, %d are alive", count, living);
    }
    int got = 0;
    rc = 0;
    while (rc == 0 && got <= (int)the_stage->participants) {
        rc = strait_segment_open(the_stage->name, &options, &more[got]);
        got += rc == 0;
    }
    if (expect(p, rc, STRAIT_CROWDED, FAULT_STUCK, "attach until it is crowded") &&
        got != (int)the_stage->participants - living) {
        part_fault(p, FAULT_LEAKED, "%d of %d free records can be used", got,
                   (int)the_stage->participants - living);
    }
    while (got > 0) {
        (void)strait_segment_close(more[--got]);
    }
}

static void check_object(part *p, const strait_object *object)
{
    if (object->kind == STRAIT_FORMAT_KIND_RING) {
        return; /* act_newcomer_ring looks at it */
    }
    if (object->bytes != (object->index == 0 ? SCENE_BYTES : SCENE_OBJECT_BYTES) ||
        !act_is_whole(object->data, object->bytes)) {
        part_fault(p, FAULT_HALF_MADE, "object %u '%s' is not whole", object->index, object->name);
    }
}

/* Every object that can be found is whole; every entry and all room that is left can be used. */
static void check_directory(part *p)
{
    strait_object_options options = act_object_options();
    strait_object object;
    uint32_t count = 0;
    int rc;
    while ((rc = strait_segment_object(p->segment, count, &object)) == 0) {
        check_object(p, &object);
        count++;
    }
    (void)expect(p, rc, STRAIT_NOT_FOUND, FAULT_HALF_MADE, "the object past the last");
    for (; count < SCENE_OBJECTS + ring_objects(); count++) {
        char name[16];
        (void)snprintf(name, sizeof name, "fill%u", count);
        rc = strait_segment_place(p->segment, name, &options, &object);
        if (!expect(p, rc, STRAIT_CREATED, rc == STRAIT_FULL_DIRECTORY ? FAULT_LEAKED : FAULT_STUCK,
                    "place")) {
            return;
        }
        check_object(p, &object);
    }
    (void)expect(p, strait_segment_place(p->segment, "toomany", &options, &object), STRAIT_FULL_DIRECTORY,
                 FAULT_HALF_MADE, "place past the last entry");
}

void act_newcomer_capacity(part *p)
{
    if (p->segment != NULL && p->fault == FAULT_NONE) {
        check_records(p);
        check_directory(p);
        act_look(p);
    }
}

static int try_open(strait_how how, strait_segment **segment)
{
    strait_segment_options options = act_options(how);
    return strait_segment_open(the_stage->name, &options, segment);
}

/* Nobody is attached any more: a name that lives until removed is still there, and can be removed. */
static void check_still_there(part *p)
{
    strait_segment *again = NULL;
    strait_segment_info info;
    if (!expect(p, try_open(STRAIT_ATTACH, &again), 0, FAULT_LOST, "attach to what lives until removed")) {
        return;
    }
    if (strait_segment_stat(again, &info) != 0 || memcmp(info.uuid, p->uuid, sizeof p->uuid) != 0) {
        part_fault(p, FAULT_LOST, "another segment has the name, though nobody removed the last");
    }
    (void)expect(p, strait_segment_close(again), 0, FAULT_STUCK, "close");
    (void)expect(p, strait_segment_remove(the_stage->name, NULL, false), 0, FAULT_STUCK, "remove");
}

/* The name is free: it can be neither found nor removed, but made and removed again. */
static void check_gone(part *p)
{
    strait_segment *again = NULL;
    (void)expect(p, try_open(STRAIT_ATTACH, &again), STRAIT_NOT_FOUND, FAULT_STALE, "attach to what is gone");
    (void)expect(p, strait_segment_remove(the_stage->name, NULL, false), STRAIT_NOT_FOUND, FAULT_STALE,
                 "remove what is gone");
    if (expect(p, try_open(STRAIT_CREATE, &again), 0, FAULT_STUCK, "create anew")) {
        (void)expect(p, strait_segment_close(again), 0, FAULT_STUCK, "close");
        int rc = strait_segment_remove(the_stage->name, NULL, false);
        (void)expect(p, rc, the_stage->lifetime == STRAIT_UNTIL_REMOVED ? 0 : STRAIT_NOT_FOUND, FAULT_STALE,
                     "remove");
    }
}

void act_newcomer_last(part *p)
{
    if (p->segment != NULL) {
        if (the_stage->lifetime == STRAIT_UNTIL_CREATOR_LEAVES && !p->created &&
            strait_segment_status(p->segment) != STRAIT_RETIRED) {
            part_fault(p, FAULT_STALE, "its creator has left, but the segment is not RETIRED");
        }
        act_leave(p);
        if (the_stage->lifetime == STRAIT_UNTIL_REMOVED) {
            check_still_there(p);
        }
        check_gone(p);
    }
    int rc = strait_segment_gc();
    if (rc < 0) {
        (void)expect(p, rc, 0, FAULT_STUCK, "gc");
    } else if (the_stage->private_world) { /* elsewhere others leave things meanwhile */
        (void)expect(p, strait_segment_gc(), 0, FAULT_LEAKED, "gc after gc");
    }
}
