/* test_ring.c - rings between real processes: any order of starting, deaths in the midst of everything, sleeping and
 * waking, the end of the stream, sizes.
 */
#include "behaviour.h"

#include <stdlib.h>

static child *ringed(const char *words)
{
    child *one = peer_start();
    CHECK_TEXT(child_ask(one, "ring %s %s", scenario_name(0), words), "ok capacity=");
    return one;
}

static void killed(child *one)
{
    child_kill(one);
    child_await(one);
}

/* --- starting --------------------------------------------------------------------------------------------- */

SCENARIO(ring, both_sides_may_start_first_and_stop_first)
{
    static const char *const forms[] = {"writers=one readers=one", "writers=many readers=one",
                                        "writers=one readers=many", "writers=many readers=many"};
    for (unsigned i = 0; i < 8; i++) {
        char writing[128], reading[128];
        snprintf(writing, sizeof writing, "role=writer slots=8 lifetime=last %s", forms[i % 4]);
        snprintf(reading, sizeof reading, "role=reader slots=8 lifetime=last %s", forms[i % 4]);
        child *first = ringed(i < 4 ? writing : reading), *second = ringed(i < 4 ? reading : writing);
        child *in = i < 4 ? first : second, *out = i < 4 ? second : first;
        CHECK_TEXT(child_ask(out, "recv"), "no EMPTY");
        CHECK_TEXT(child_ask(in, "send 5"), "ok OK");
        CHECK_TEXT(child_ask(out, "recv deadline_ms=10000"), "number=5 remark=OK");
        CHECK_TEXT(child_ask(in, "send 6"), "ok OK");
        CHECK_SAME(child_end(in), 0);
        CHECK_TEXT(child_ask(out, "recv deadline_ms=10000"), "number=6 remark=OK");
        CHECK_SAME(child_end(out), 0);
        CHECK(!is_there(scenario_name(0)));
    }
}

SCENARIO(ring, a_second_writer_is_refused_by_the_firsts_number_and_program)
{
    child *first = ringed("role=writer"), *second = peer_start();
    const char *answer = child_ask(second, "ring %s role=writer", scenario_name(0));
    char number[32];
    snprintf(number, sizeof number, "process %d (", child_pid(first));
    CHECK_TEXT(answer, "no ROLE_TAKEN");
    CHECK_TEXT(answer, number);
    CHECK_TEXT(answer, PEER_EMULATOR[0] != '\0' ? "qemu-" : "strait-peer"); /* as the system calls it */
    child_stop(first);
    CHECK_TEXT(child_ask(second, "ring %s role=writer", scenario_name(0)), "no ROLE_TAKEN");
    killed(first);
    CHECK_TEXT(child_ask(second, "ring %s role=writer", scenario_name(0)), "ok capacity=4096");
}

SCENARIO(ring, another_shape_is_refused_and_both_sides_are_named)
{
    child *first = ringed("role=writer slots=64 item=48"), *second = peer_start();
    (void)first;
    CHECK_TEXT(child_ask(second, "ring %s role=reader item=64", scenario_name(0)),
               "made for items of 48 bytes, you asked for items of 64 bytes");
    CHECK_TEXT(child_ask(second, "ring %s role=reader item=48 slots=65", scenario_name(0)),
               "made for 64 slots, you asked for 128 slots");
    CHECK_TEXT(child_ask(second, "open %s bytes=64", scenario_name(0)), "no SIZE_MISMATCH");
}

/* --- streams ---------------------------------------------------------------------------------------------- */

SCENARIO(ring, a_stream_of_every_size_arrives_whole_and_in_order)
{
    static const struct {
        unsigned item, align, slots, count;
    } sizes[] = {{8, 8, 1, 2000},    {9, 0, 16, 5000},   {64, 64, 1024, 20000}, {200, 0, 5, 3000},
                 {4096, 64, 8, 800}, {65536, 0, 4, 200}, {1048576, 64, 2, 20},  {16, 16, 1 << 20, 20000}};
    for (unsigned i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        for (unsigned many = 0; many < 2; many++) {
            char words[200];
            snprintf(words, sizeof words, "item=%u align=%u slots=%u lifetime=last writers=%s readers=%s",
                     sizes[i].item, sizes[i].align, sizes[i].slots, many ? "many" : "one",
                     many ? "many" : "one");
            char role[256];
            snprintf(role, sizeof role, "role=reader %s", words);
            child *out = ringed(role);
            snprintf(role, sizeof role, "role=writer %s", words);
            child *in = ringed(role);
            uint64_t count = sizes[i].count;
            child_send(out, "recv-run deadline_ms=60000");
            CHECK_TEXT(child_ask(in, "send-run 1 %u deadline_ms=60000", sizes[i].count), "ok");
            CHECK_TEXT(child_ask(in, "finish"), "ok OK");
            const char *answer = child_hear_within(out, 90000);
            CHECK_TEXT(answer, "end=CLOSED");
            CHECK_SAME(strtoull(field(answer, "count"), NULL, 10), count);
            CHECK_SAME(strtoull(field(answer, "sum"), NULL, 10), count * (count + 1) / 2);
            CHECK_SAME(strtoull(field(answer, "wrong"), NULL, 10), 0);
            CHECK_SAME(child_end(in), 0);
            CHECK_SAME(child_end(out), 0);
        }
    }
}

SCENARIO(ring, several_writers_and_readers_lose_and_double_nothing)
{
    enum { EACH = 3000, WRITERS = 3, READERS = 2 };
    const char *words = "slots=64 writers=many readers=many";
    char writing[64], reading[64];
    snprintf(writing, sizeof writing, "role=writer %s", words);
    snprintf(reading, sizeof reading, "role=reader %s", words);
    child *in[WRITERS], *out[READERS];
    for (unsigned i = 0; i < WRITERS; i++) {
        in[i] = ringed(writing);
    }
    for (unsigned i = 0; i < READERS; i++) {
        out[i] = ringed(reading);
        child_send(out[i], "recv-run deadline_ms=60000");
    }
    for (unsigned i = 0; i < WRITERS; i++) {
        child_send(in[i], "send-run %u %u deadline_ms=60000", 1 + i * EACH, EACH);
    }
    for (unsigned i = 0; i < WRITERS; i++) {
        CHECK_TEXT(child_hear_within(in[i], 90000), "ok");
        CHECK_TEXT(child_ask(in[i], "finish"), "ok OK");
    }
    uint64_t count = 0, sum = 0, total = EACH * WRITERS;
    for (unsigned i = 0; i < READERS; i++) {
        const char *answer = child_hear_within(out[i], 90000);
        CHECK_TEXT(answer, "end=CLOSED");
        count += strtoull(field(answer, "count"), NULL, 10);
        sum += strtoull(field(answer, "sum"), NULL, 10);
    }
    CHECK_SAME(count, total);
    CHECK_SAME(sum, total * (total + 1) / 2);
}

SCENARIO(ring, the_stream_ends_when_the_last_living_writer_has_finished)
{
    child *a = ringed("role=writer writers=many"), *b = ringed("role=writer writers=many"),
          *out = ringed("role=reader");
    CHECK_TEXT(child_ask(a, "send 1"), "ok");
    CHECK_TEXT(child_ask(a, "finish"), "ok");
    CHECK_TEXT(child_ask(a, "send 2"), "no CLOSED");
    CHECK_TEXT(child_ask(out, "recv"), "number=1");
    CHECK_TEXT(child_ask(out, "recv"), "no EMPTY");
    child_send(out, "recv deadline_ms=60000");
    await_sleep(out);
    killed(b); /* who has not finished, and never will */
    CHECK_TEXT(child_hear(out), "no CLOSED");
}

/* --- sleeping and waking ---------------------------------------------------------------------------------- */

SCENARIO(ring, a_sleeping_reader_learns_of_an_item_whose_writer_is_killed_right_after_sending)
{
    const unsigned rounds = patience() > 2 ? 5 : 40;
    child *out = ringed("role=reader slots=8 writers=many");
    for (unsigned i = 0; i < rounds; i++) {
        child *in = ringed("role=writer slots=8 writers=many");
        child_send(out, "recv deadline_ms=60000");
        await_sleep(out);
        child_send(in, "send %u", i + 1);
        CHECK_SAME(strtoull(field(child_hear(out), "number"), NULL, 10), i + 1);
        killed(in);
    }
}

SCENARIO(ring, a_writer_asleep_on_a_full_ring_goes_on_when_the_reader_is_killed_and_replaced)
{
    child *in = ringed("role=writer slots=4"), *out = ringed("role=reader slots=4");
    CHECK_TEXT(child_ask(in, "send-run 0 4"), "ok");
    CHECK_TEXT(child_ask(in, "send 9"), "no FULL");
    child_send(in, "send 4 deadline_ms=60000");
    await_sleep(in);
    killed(out);
    out = ringed("role=reader slots=4");
    for (unsigned i = 0; i < 5; i++) {
        CHECK_SAME(strtoull(field(child_ask(out, "recv deadline_ms=60000"), "number"), NULL, 10), i);
    }
    CHECK_TEXT(child_hear(in), "ok OK");
}

SCENARIO(ring, a_reader_that_frees_one_slot_and_waits_elsewhere_leaves_no_writer_believing_it_is_full)
{
    child *in = ringed("role=writer slots=64"), *out = ringed("role=reader slots=64");
    CHECK_TEXT(child_ask(in, "send-run 0 64"), "ok");
    child_send(in, "send 64 deadline_ms=60000");
    await_sleep(in);
    CHECK_TEXT(child_ask(out, "recv"), "number=0");
    CHECK_TEXT(child_hear(in), "ok OK");
    CHECK_TEXT(child_ask(out, "echo elsewhere"), "elsewhere");
    CHECK_TEXT(child_ask(in, "send 65"), "no FULL");
    CHECK_TEXT(child_ask(out, "recv"), "number=1");
    CHECK_TEXT(child_ask(in, "send 65"), "ok OK");
}

SCENARIO(ring, a_waiting_reader_uses_no_processor)
{
    child *out = ringed("role=reader");
    child_send(out, "recv deadline_ms=1500");
    await_sleep(out);
    CHECK_TEXT(child_hear(out), "no TIMED_OUT");
    CHECK_SAME(strtoull(field(child_ask(out, "ring-stat"), "received"), NULL, 10), 0);
    CHECK(strtoull(field(child_ask(out, "ring-stat"), "waits"), NULL, 10) <= 40); /* naps of 50 ms */
}

SCENARIO(ring, every_strategy_waits_until_the_item_comes)
{
    static const char *const strategies[] = {"adaptive", "spin", "yield", "sleep"};
    for (unsigned i = 0; i < 4; i++) {
        char words[64];
        snprintf(words, sizeof words, "role=reader strategy=%s lifetime=last", strategies[i]);
        child *out = ringed(words), *in = ringed("role=writer lifetime=last");
        CHECK_TEXT(child_ask(out, "recv deadline_ms=30"), "no TIMED_OUT");
        child_send(out, "recv deadline_ms=60000");
        CHECK_TEXT(child_ask(in, "send 3"), "ok");
        CHECK_TEXT(child_hear(out), "number=3");
        CHECK_SAME(child_end(in), 0);
        CHECK_SAME(child_end(out), 0);
    }
}

/* --- deaths in the midst of it ---------------------------------------------------------------------------- */

SCENARIO(ring, a_writer_killed_with_room_reserved_holds_nobody_up_and_is_told_of)
{
    child *in = ringed("role=writer writers=many slots=8"),
          *other = ringed("role=writer writers=many slots=8");
    child *out = ringed("role=reader writers=many slots=8");
    CHECK_TEXT(child_ask(in, "reserve count=3"), "ok");
    CHECK_TEXT(child_ask(other, "send 7"), "ok");
    child_stop(in); /* slow is not dead */
    CHECK_TEXT(child_ask(out, "recv deadline_ms=200"), "no TIMED_OUT");
    child_send(out, "recv deadline_ms=60000");
    await_sleep(out);
    killed(in);
    CHECK_TEXT(child_hear(out), "number=7 remark=SKIPPED");
    CHECK_TEXT(child_ask(out, "ring-stat"), "skipped=3");
    CHECK_TEXT(child_ask(other, "send-run 8 8"), "ok"); /* no room is lost */
    CHECK_TEXT(child_ask(other, "send 9"), "no FULL");
}

SCENARIO(ring, what_a_killed_reader_was_looking_at_comes_again_with_a_remark)
{
    static const char *const readers[] = {"one", "many"};
    for (unsigned i = 0; i < 2; i++) {
        char writing[96], reading[96];
        snprintf(writing, sizeof writing, "role=writer slots=8 lifetime=last readers=%s", readers[i]);
        snprintf(reading, sizeof reading, "role=reader slots=8 lifetime=last readers=%s", readers[i]);
        child *in = ringed(writing), *out = ringed(reading);
        CHECK_TEXT(child_ask(in, "send-run 1 2"), "ok");
        CHECK_TEXT(child_ask(out, "peek"), "first=1 count=1 remark=OK");
        killed(out);
        out = ringed(reading);
        unsigned told = 0, sum = 0;
        for (unsigned n = 0; n < 2; n++) {
            const char *answer = child_ask(out, "recv deadline_ms=60000");
            unsigned number = (unsigned)strtoul(field(answer, "number"), NULL, 10);
            bool again = strstr(answer, "REDELIVERED") != NULL;
            CHECK(again == (number == 1));
            told += again;
            sum += number;
        }
        CHECK_SAME(told, 1);
        CHECK_SAME(sum, 3);
        CHECK_SAME(child_end(in), 0);
        CHECK_SAME(child_end(out), 0);
    }
}

SCENARIO(ring, what_a_killed_reader_was_looking_at_is_dropped_if_that_was_asked)
{
    child *in = ringed("role=writer slots=8 drop=1"), *out = ringed("role=reader slots=8");
    CHECK_TEXT(child_ask(in, "send-run 1 3"), "ok");
    CHECK_TEXT(child_ask(out, "peek count=2"), "first=1 count=2");
    killed(out);
    out = ringed("role=reader slots=8");
    CHECK_TEXT(child_ask(out, "recv"), "number=3 remark=OK");
    CHECK_TEXT(child_ask(out, "ring-stat"), "dropped=2");
}

SCENARIO(ring, whoever_is_killed_while_streaming_takes_nothing_along_that_was_committed)
{
    const unsigned rounds = patience() > 2 ? 3 : 20;
    const char *words = "slots=16 writers=one readers=one";
    char writing[64], reading[64];
    snprintf(writing, sizeof writing, "role=writer %s", words);
    snprintf(reading, sizeof reading, "role=reader %s", words);
    uint64_t next = 1;
    child *out = ringed(reading);
    for (unsigned i = 0; i < rounds; i++) {
        child *in = ringed(writing);
        child_send(in, "send-run %llu 1000000 deadline_ms=60000", (unsigned long long)next);
        for (unsigned n = 0; n < 50 + i; n++) { /* in order, nothing lacks, nothing comes twice */
            CHECK_SAME(strtoull(field(child_ask(out, "recv deadline_ms=60000"), "number"), NULL, 10), next);
            next++;
        }
        killed(in);
        const char *answer;
        while (strncmp(answer = child_ask(out, "recv"), "ok", 2) == 0) {
            CHECK_SAME(strtoull(field(answer, "number"), NULL, 10), next);
            next++;
        }
        CHECK_TEXT(answer, "no EMPTY");
    }
}

SCENARIO(ring, an_overwriting_writer_never_waits_and_its_readers_are_told)
{
    child *in = ringed("role=writer slots=4 readers=many full=overwrites"),
          *out = ringed("role=reader slots=4");
    CHECK_TEXT(child_ask(in, "send-run 0 100"), "ok");
    CHECK_TEXT(child_ask(out, "recv"), "number=96 remark=OVERRUN");
    CHECK_TEXT(child_ask(out, "recv"), "number=97 remark=OK");
    CHECK_TEXT(child_ask(out, "ring-stat"), "overrun=96");
}
