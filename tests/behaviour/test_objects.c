/* test_objects.c - several objects in one segment, placed by whoever comes first; and the looks from
 * outside: list and gc. */
#include "behaviour.h"

#include <stdlib.h>

SCENARIO(objects, what_one_process_places_all_others_find)
{
    const char *name = scenario_name(0);
    child *a = attached_peer(name, "bytes=64 room=100000"), *b = attached_peer(name, "bytes=64");
    CHECK_TEXT(child_ask(b, "find bids"), "no NOT_FOUND");
    const char *placed = child_ask(a, "place bids bytes=1000 fill=b");
    CHECK_TEXT(placed, "ok index=1 created=1 ");
    CHECK_SAME(atoi(field(placed, "offset")) % (int)STRAIT_OBJECT_ALIGN, 0);
    char offset[40];
    snprintf(offset, sizeof offset, "offset=%s bytes=1000", field(placed, "offset"));
    CHECK_TEXT(child_ask(b, "find bids"), offset);
    CHECK_TEXT(child_ask(b, "place bids bytes=1000 fill=x"), "ok index=1 created=0 ");
    CHECK_TEXT(child_ask(b, "place asks bytes=500"), "ok index=2 created=1 ");
    CHECK_TEXT(child_ask(a, "object 0"), "ok index=0 created=0 ");
    CHECK_TEXT(child_ask(a, "object 2"), "name=asks");
    CHECK_TEXT(child_ask(a, "object 3"), "no NOT_FOUND");
    CHECK_TEXT(child_ask(a, "stat"), "objects=3 ");
    child *eye = attached_peer(name, "role=observer how=attach");
    CHECK_TEXT(child_ask(eye, "find asks"), "ok index=2 ");
}

SCENARIO(objects, an_object_of_another_size_or_kind_is_refused_with_both_sides)
{
    strait_segment *mine =
        opened(scenario_name(0), &(strait_segment_options){.bytes = 64, .room_bytes = 10000});
    strait_object object;
    CHECK_RESULT(strait_segment_place(mine, "bids", &(strait_object_options){.bytes = 100}, &object),
                 CREATED);
    CHECK_RESULT(strait_segment_place(mine, "bids", &(strait_object_options){.bytes = 200}, &object),
                 SIZE_MISMATCH);
    CHECK_TEXT(strait_last_error(), "100");
    CHECK_TEXT(strait_last_error(), "200");
    CHECK_TEXT(strait_last_error(), "object \"bids\"");
    const strait_object_options ring = {.bytes = 100, .kind = STRAIT_FORMAT_KIND_RING};
    CHECK_RESULT(strait_segment_place(mine, "bids", &ring, &object), KIND_MISMATCH);
    CHECK_TEXT(strait_last_error(), "ring");
    CHECK_RESULT(strait_segment_place(mine, "far", &(strait_object_options){.bytes = 20000}, &object),
                 FULL_DIRECTORY);
    CHECK_TEXT(strait_last_error(), "20000");
    CHECK_RESULT(strait_segment_place(mine, "none", &(strait_object_options){.bytes = 0}, &object), BAD_SIZE);
    CHECK_RESULT(strait_segment_place(mine, "bad name", &(strait_object_options){.bytes = 8}, &object),
                 BAD_NAME);
    CHECK_RESULT(strait_segment_place(mine, "more", &(strait_object_options){.bytes = 8}, &object), CREATED);
}

SCENARIO(objects, eight_processes_place_sixteen_objects_at_once_each_exactly_once_and_whole)
{
    enum { PROCESSES = 8, OBJECTS = 16 };
    const char *name = scenario_name(0);
    child *peers[PROCESSES];
    for (unsigned i = 0; i < PROCESSES; i++) {
        peers[i] = attached_peer(name, "bytes=64 objects=17 room=200000");
    }
    for (unsigned i = 0; i < PROCESSES; i++) {
        child_send(peers[i], "place-many thing- %d bytes=9000 seed=%u", OBJECTS, i);
    }
    int made = 0;
    for (unsigned i = 0; i < PROCESSES; i++) {
        const char *answer = child_hear(peers[i]);
        CHECK_TEXT(answer, "torn=0");
        made += atoi(field(answer, "made"));
    }
    CHECK_SAME(made, OBJECTS);
    strait_segment *mine = opened(name, NULL);
    uint64_t end = 0;
    for (uint32_t n = 1; n <= OBJECTS; n++) {
        strait_object object;
        CHECK_RESULT(strait_segment_object(mine, n, &object), OK);
        CHECK(object.offset >= end && object.bytes == 9000);
        end = object.offset + object.bytes;
        unsigned number = (unsigned)atoi(object.name + strlen("thing-"));
        for (uint64_t b = 0; b < object.bytes; b++) {
            CHECK_SAME(((const char *)object.data)[b], 'A' + number % 26);
        }
    }
    strait_object object;
    CHECK_RESULT(strait_segment_object(mine, OBJECTS + 1, &object), NOT_FOUND);
    CHECK_RESULT(strait_segment_place(mine, "one-more", &(strait_object_options){.bytes = 8}, &object),
                 FULL_DIRECTORY);
}

SCENARIO(objects, processes_killed_while_placing_leave_every_object_whole_or_absent)
{
    const char *name = scenario_name(0);
    strait_segment *mine =
        opened(name, &(strait_segment_options){.bytes = 64, .objects = 40, .room_bytes = 2000000});
    for (unsigned round = 0; round < 8; round++) {
        child *killed = attached_peer(name, "bytes=64"), *other = attached_peer(name, "bytes=64");
        child_send(killed, "place-many thing- 39 bytes=40000 seed=%u", round);
        child_send(other, "place-many thing- %u bytes=40000 seed=%u", 4 * (round + 1), round + 3);
        child_kill(killed);
        child_await(killed);
        CHECK_TEXT(child_hear(other), "torn=0");
        CHECK(strait_segment_reap(mine) >= 0);
        children_clear();
    }
    CHECK_TEXT(child_ask(attached_peer(name, "bytes=64"), "place-many thing- 39 bytes=40000"), "torn=0");
    strait_object object;
    CHECK_RESULT(strait_segment_object(mine, 39, &object), OK);
    CHECK_RESULT(strait_segment_object(mine, 40, &object), NOT_FOUND);
}

static int refuse(void *data, uint64_t bytes, void *context)
{
    (void)context;
    memset(data, 0x55, (size_t)bytes);
    return STRAIT_UNSUPPORTED;
}

SCENARIO(objects, an_initialiser_that_refuses_leaves_the_place_free_and_clean)
{
    strait_segment *mine =
        opened(scenario_name(0), &(strait_segment_options){.bytes = 64, .room_bytes = 10000});
    strait_object object;
    const strait_object_options options = {.bytes = 100, .initialise = refuse};
    CHECK_RESULT(strait_segment_place(mine, "bids", &options, &object), UNSUPPORTED);
    CHECK_RESULT(strait_segment_find(mine, "bids", &object), NOT_FOUND);
    CHECK_RESULT(strait_segment_place(mine, "bids", &(strait_object_options){.bytes = 100}, &object),
                 CREATED);
    CHECK_SAME(object.index, 1);
    for (unsigned i = 0; i < 100; i++) {
        CHECK_SAME(((const char *)object.data)[i], 0);
    }
}

SCENARIO(objects, the_list_shows_what_is_needed_and_by_whom)
{
    child *a = attached_peer(scenario_name(0), "bytes=64"), *b = attached_peer(scenario_name(0), "bytes=64");
    child *gone = attached_peer(scenario_name(1), "bytes=64 lifetime=last");
    child_kill(gone);
    child_kill(b);
    child_await(gone);
    child_await(b);
    char expected[120];
    snprintf(expected, sizeof expected, "%s:OK:needed:1:1", scenario_name(0));
    CHECK_TEXT(child_ask(a, "list %s", scenario_name(0)), expected);
    snprintf(expected, sizeof expected, "%s:OK:spare:0:1", scenario_name(1));
    CHECK_TEXT(child_ask(a, "list %s", scenario_name(1)), expected);
    CHECK_TEXT(child_ask(a, "gc"), "ok ");
    CHECK(is_there(scenario_name(0)) && !is_there(scenario_name(1)));
    snprintf(expected, sizeof expected, "%s:OK:needed:1:0", scenario_name(0));
    CHECK_TEXT(child_ask(a, "list %s", scenario_name(0)), expected);
}

SCENARIO(objects, looking_disturbs_nobody)
{
    const char *name = scenario_name(0);
    child *a = attached_peer(name, "bytes=64 lifetime=last");
    for (unsigned i = 0; i < 20; i++) {
        CHECK(is_there(name));
        CHECK(strait_segment_gc() >= 0);
    }
    CHECK_TEXT(child_ask(a, "peers"), "ok 1 ");
    CHECK_TEXT(child_ask(a, "status"), "ok OK");
    CHECK_SAME(child_end(a), 0);
    CHECK(!is_there(name));
}
