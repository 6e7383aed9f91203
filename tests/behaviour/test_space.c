/* test_space.c - sizes that cannot be: quotas, full file systems, overflows. Each says how much was asked
 * for and how much there is, and leaves nothing behind. */
#include "behaviour.h"

SCENARIO(space, a_quota_refuses_what_is_larger_both_to_make_and_to_map)
{
    const char *name = scenario_name(0);
    strait_segment *segment = NULL;
    const strait_segment_options greedy = {.bytes = 10000000, .max_bytes = 1000000};
    CHECK_RESULT(strait_segment_open(name, &greedy, &segment), OVER_QUOTA);
    CHECK_TEXT(strait_last_error(), "1000000");
    CHECK(!is_there(name));
    strait_segment *mine = opened(name, &(strait_segment_options){.bytes = 5000000});
    const strait_segment_options wary = {.how = STRAIT_ATTACH, .max_bytes = 1000000};
    CHECK_RESULT(strait_segment_open(name, &wary, &segment), OVER_QUOTA);
    CHECK_TEXT(strait_last_error(), "you allowed 1000000");
    CHECK_SAME(strait_segment_peers(mine, NULL, 0), 1);
    const strait_segment_options generous = {.how = STRAIT_ATTACH, .max_bytes = 6000000};
    opened(name, &generous);
}

SCENARIO(space, a_full_file_system_is_told_with_both_numbers_and_nothing_is_left)
{
    need_names_as_files();
    child *one = peer_start();
    const char *answer = ask_if_here(one, "small-shm 1m");
    if (strncmp(answer, "ok", 2) != 0) {
        SKIP("%s", answer);
    }
    answer = child_ask(one, "open %s bytes=4000000", scenario_name(0));
    CHECK_TEXT(answer, "no NO_SPACE");
    CHECK_TEXT(answer, "not enough shared memory: 40");
    CHECK_TEXT(answer, " free on /dev/shm");
    CHECK_TEXT(child_ask(one, "list"), "ok");
    CHECK_TEXT(child_ask(one, "open %s bytes=500000", scenario_name(0)), "ok created=1");
    CHECK_TEXT(child_ask(one, "@1 open %s bytes=500000", scenario_name(1)), "no NO_SPACE");
    CHECK_TEXT(child_ask(one, "remove %s", scenario_name(0)), "ok");
    CHECK_TEXT(child_ask(one, "close"), "ok");
    CHECK_TEXT(child_ask(one, "@1 open %s bytes=500000", scenario_name(1)), "ok created=1");
}

SCENARIO(space, every_byte_is_there_before_the_first_touch)
{
    need_names_as_files();
    child *one = peer_start();
    const char *answer = ask_if_here(one, "small-shm 1m");
    if (strncmp(answer, "ok", 2) != 0) {
        SKIP("%s", answer);
    }
    CHECK_TEXT(child_ask(one, "open %s bytes=700000", scenario_name(0)), "ok created=1");
    CHECK_TEXT(child_ask(one, "@1 open %s bytes=700000", scenario_name(1)), "no NO_SPACE");
    for (unsigned offset = 0; offset < 700000; offset += 4096) {
        CHECK_TEXT(child_ask(one, "write %u touch", offset > 699990 ? 699990 : offset), "ok 5");
    }
}

SCENARIO(space, a_request_beyond_all_memory_is_refused_at_once)
{
    const char *name = scenario_name(0);
    strait_segment *segment = NULL;
    const strait_segment_options huge = {.bytes = UINT64_C(1) << 45};
    int rc = strait_segment_open(name, &huge, &segment);
    CHECK_SAY(rc == STRAIT_NO_SPACE || rc == STRAIT_NO_MEMORY || rc == STRAIT_BAD_SIZE, "%s",
              strait_last_error());
    if (rc == STRAIT_NO_SPACE) {
        CHECK_TEXT(strait_last_error(), "bytes asked");
    }
    CHECK(segment == NULL && !is_there(name));
}

SCENARIO(space, sizes_that_cannot_be_are_told_apart_from_sizes_that_do_not_fit)
{
    const char *name = scenario_name(0);
    const strait_segment_options wrong[] = {
        {.bytes = 0, .how = STRAIT_CREATE},
        {.bytes = UINT64_MAX},
        {.bytes = UINT64_MAX - 4096},
        {.bytes = UINT64_C(1) << 63},
        {.bytes = 64, .room_bytes = UINT64_MAX},
        {.bytes = UINT64_C(1) << 62, .room_bytes = UINT64_C(3) << 62},
    };
    for (unsigned i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        strait_segment *segment = NULL;
        CHECK_RESULT(strait_segment_open(name, &wrong[i], &segment), BAD_SIZE);
        CHECK_TEXT(strait_last_error(), name);
        CHECK(segment == NULL && !is_there(name));
    }
}
