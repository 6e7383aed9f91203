/* test_order.c - any process may come first: open-or-create, create and attach, in every order and at
 * once. */
#include "behaviour.h"

SCENARIO(order, whoever_comes_first_makes_it_and_the_others_join_whatever_the_order)
{
    for (unsigned first = 0; first < 3; first++) {
        const char *name = scenario_name(first);
        char uuid[40] = "";
        for (unsigned i = 0; i < 3; i++) {
            child *one = peer_start();
            const char *answer = child_ask(one, "open %s bytes=100 fill=from-%u", name, (first + i) % 3);
            CHECK_TEXT(answer, i == 0 ? "ok created=1 bytes=100" : "ok created=0 bytes=100");
            if (i == 0) {
                snprintf(uuid, sizeof uuid, "%s", field(answer, "uuid"));
            }
            CHECK_TEXT(answer, uuid);
            char maker[16];
            snprintf(maker, sizeof maker, "ok from-%u.", first);
            CHECK_TEXT(child_ask(one, "read 0 7"), maker);
        }
    }
}

SCENARIO(order, what_one_writes_all_others_read)
{
    const char *name = scenario_name(0);
    child *a = attached_peer(name, "bytes=64"), *b = attached_peer(name, "bytes=64");
    strait_segment *mine = opened(name, NULL);
    CHECK_TEXT(child_ask(a, "write 10 tides"), "ok 5");
    CHECK_TEXT(child_ask(b, "read 10 5"), "ok tides");
    CHECK_SAME(memcmp((char *)strait_segment_data(mine) + 10, "tides", 5), 0);
    memcpy(strait_segment_data(mine), "ebb", 3);
    CHECK_TEXT(child_ask(a, "read 0 3"), "ok ebb");
    CHECK_TEXT(child_ask(a, "add 32 40"), "ok 0");
    CHECK_TEXT(child_ask(b, "add 32 2"), "ok 40");
    CHECK_TEXT(child_ask(a, "load 32"), "ok 42");
    CHECK_TEXT(child_ask(a, "read 60 5"), "no OUTSIDE");
}

SCENARIO(order, an_attach_waits_until_the_name_appears)
{
    const char *name = scenario_name(0);
    child *early[2] = {peer_start(), peer_start()};
    child_send(early[0], "open %s how=attach deadline_ms=15000 announce=1", name);
    child_send(early[1], "open %s how=attach role=observer deadline_ms=15000 announce=1", name);
    for (int i = 0; i < 2; i++) {
        CHECK_TEXT(child_hear(early[i]), "opening");
        await_sleep(early[i]);
    }
    strait_segment *mine = opened(name, &(strait_segment_options){.bytes = 77, .how = STRAIT_CREATE});
    CHECK(strait_segment_created(mine));
    for (int i = 0; i < 2; i++) {
        CHECK_TEXT(child_hear(early[i]), "ok created=0 bytes=77");
    }
}

SCENARIO(order, an_attach_waits_for_the_successor_of_a_removed_name)
{
    const char *name = scenario_name(0);
    strait_segment *old = opened(name, &(strait_segment_options){.bytes = 10});
    CHECK_RESULT(strait_segment_remove(name, NULL, false), OK);
    child *early = peer_start();
    child_send(early, "open %s how=attach deadline_ms=15000 announce=1", name);
    CHECK_TEXT(child_hear(early), "opening");
    await_sleep(early);
    strait_segment *new_one = opened(name, &(strait_segment_options){.bytes = 20});
    CHECK_TEXT(child_hear(early), "ok created=0 bytes=20");
    CHECK_RESULT(strait_segment_close(old), OK);
    CHECK_RESULT(strait_segment_close(new_one), OK);
}

SCENARIO(order, an_attach_waits_no_longer_than_its_deadline_and_no_shorter)
{
    const char *name = scenario_name(0);
    strait_segment *segment = NULL;
    uint64_t start = strait_now_ns(), deadline = strait_deadline_ms(150);
    const strait_segment_options options = {.how = STRAIT_ATTACH, .deadline_ns = deadline};
    CHECK_RESULT(strait_segment_open(name, &options, &segment), NOT_FOUND);
    uint64_t end = strait_now_ns();
    CHECK(segment == NULL);
    CHECK(end >= deadline);
    CHECK_SAY(end - start < UINT64_C(2000000000) * patience(), "150 ms took %llu ms",
              (unsigned long long)((end - start) / 1000000));
    CHECK_TEXT(strait_last_error(), name);
}

SCENARIO(order, an_attach_without_a_deadline_answers_at_once)
{
    strait_segment *segment = NULL;
    CHECK_RESULT(strait_segment_open(scenario_name(0), NULL, &segment), NOT_FOUND);
    CHECK(segment == NULL);
    const strait_segment_options past = {.how = STRAIT_ATTACH, .deadline_ns = 1};
    CHECK_RESULT(strait_segment_open(scenario_name(0), &past, &segment), NOT_FOUND);
}

SCENARIO(order, a_signal_ends_the_waiting_for_a_name_for_those_who_want_that)
{
    child *one = peer_start();
    CHECK_TEXT(ask_if_here(one, "catch"), "ok");
    child_send(one, "open %s how=attach deadline_ms=60000 interruptible=1 announce=1", scenario_name(0));
    CHECK_TEXT(child_hear(one), "opening");
    for (unsigned i = 0; i < 100 && !child_speaks(one, 100); i++) {
        CHECK(system_interrupt(
            child_pid(one))); /* again: one that comes just before the wait is over before it */
    }
    CHECK_TEXT(child_hear(one), "no INTERRUPTED");
    CHECK_TEXT(child_ask(one, "echo still-here"), "ok still-here");
}

SCENARIO(order, others_go_on_waiting_whatever_signals_come)
{
    child *one = peer_start();
    CHECK_TEXT(ask_if_here(one, "catch"), "ok");
    child_send(one, "open %s how=attach deadline_ms=60000 announce=1", scenario_name(0));
    CHECK_TEXT(child_hear(one), "opening");
    for (unsigned i = 0; i < 5; i++) {
        await_sleep(one);
        CHECK(system_interrupt(child_pid(one)));
        CHECK(!child_speaks(one, 20));
    }
    opened(scenario_name(0), &(strait_segment_options){.bytes = 64});
    CHECK_TEXT(child_hear(one), "ok created=0");
}

SCENARIO(order, create_refuses_what_is_there_and_says_who_made_it)
{
    const char *name = scenario_name(0);
    child *maker = attached_peer(name, "bytes=64");
    strait_segment *segment = NULL;
    CHECK_RESULT(
        strait_segment_open(name, &(strait_segment_options){.bytes = 64, .how = STRAIT_CREATE}, &segment),
        EXISTS);
    char pid[24];
    snprintf(pid, sizeof pid, "process %d", child_pid(maker));
    CHECK_TEXT(strait_last_error(), pid);
    CHECK_TEXT(strait_last_error(), name);
    CHECK_TEXT(child_ask(maker, "status"), "ok OK");
}

static int refuse(void *data, uint64_t bytes, void *context)
{
    (void)context;
    memset(data, 0xEE, (size_t)bytes);
    return STRAIT_NO_MEMORY;
}

SCENARIO(order, an_initialiser_that_refuses_undoes_the_creation)
{
    const char *name = scenario_name(0);
    strait_segment *segment = NULL;
    const strait_segment_options options = {.bytes = 64, .initialise = refuse};
    CHECK_RESULT(strait_segment_open(name, &options, &segment), NO_MEMORY);
    CHECK(segment == NULL);
    CHECK(!is_there(name));
    CHECK_TEXT(child_ask(peer_start(), "open %s bytes=64", name), "ok created=1");
}

SCENARIO(order, a_leading_slash_is_forgiven_and_names_the_same)
{
    const char *name = scenario_name(0);
    char slashed[80];
    snprintf(slashed, sizeof slashed, "/%s", name);
    child *a = attached_peer(name, "bytes=64");
    CHECK_TEXT(child_ask(a, "write 0 same"), "ok 4");
    strait_segment *mine = opened(slashed, NULL);
    CHECK_SAME(memcmp(strait_segment_data(mine), "same", 4), 0);
}

SCENARIO(order, the_user_bytes_are_exact_zeroed_and_aligned)
{
    const uint64_t sizes[] = {1, 24, 127, 4096, 16383, 16385, 1000003};
    for (unsigned i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        strait_segment *segment = opened(scenario_name(i), &(strait_segment_options){.bytes = sizes[i]});
        const char *data = strait_segment_data(segment);
        CHECK_SAME(strait_segment_bytes(segment), sizes[i]);
        CHECK_SAME((uintptr_t)data % STRAIT_OBJECT_ALIGN, 0);
        for (uint64_t b = 0; b < sizes[i]; b++) {
            CHECK_SAME(data[b], 0);
        }
        CHECK_RESULT(strait_segment_close(segment), OK);
    }
}
