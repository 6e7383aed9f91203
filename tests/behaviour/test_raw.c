/* test_raw.c - bare bytes that a foreign program expects: no header, no life, no guarantees; and exactly
 * its bytes. */
#include "behaviour.h"

struct trading_data { /* as the foreign program declares it */
    uint64_t sequence;
    double price;
    int32_t volume;
    uint32_t flags;
};

static child *foreign_start(void)
{
    return child_start_line(emulated(FOREIGN_PATH), -1);
}

static const strait_segment_options bare = {.raw = true};

/* A system may have no way to take a native name away: then it says so, and the name goes with its last holder. */
static void remove_native(strait_segment *mine)
{
    int rc = strait_segment_remove(native_name(), &bare, false);
    CHECK_SAY(rc == STRAIT_OK || rc == STRAIT_UNSUPPORTED, "%s", strait_last_error());
    if (rc == STRAIT_UNSUPPORTED) {
        CHECK_RESULT(strait_segment_close(mine), OK);
        children_clear();
    } else {
        CHECK_RESULT(strait_segment_close(mine), OK);
    }
    CHECK_RESULT(strait_segment_remove(native_name(), &bare, false), NOT_FOUND);
}

/* So many bytes in decimal, as the system tells them of a raw segment: some know only whole pages. */
static const char *told(uint64_t bytes)
{
    static char text[24];
    snprintf(text, sizeof text, "%llu", (unsigned long long)native_bytes(bytes));
    return text;
}

SCENARIO(raw, the_24_bytes_that_a_foreign_program_made_are_read_and_written_in_place)
{
    child *foreign = foreign_start();
    CHECK_TEXT(child_ask(foreign, "create %s", native_name()), "ok");
    CHECK_TEXT(child_ask(foreign, "set 7 100.5 -3"), "ok");
    strait_segment *mine =
        opened(native_name(), &(strait_segment_options){.raw = true, .bytes = 24, .how = STRAIT_ATTACH});
    struct trading_data *data = strait_segment_data(mine);
    CHECK_SAME(strait_segment_bytes(mine), 24);
    CHECK(!strait_segment_created(mine));
    CHECK(data->sequence == 7 && data->price == 100.5 && data->volume == -3);
    data->sequence = 8;
    data->price = 99.25;
    data->volume = 12;
    CHECK_TEXT(child_ask(foreign, "get"), "ok 8 99.25 12");
    CHECK_TEXT(child_ask(foreign, "set 9 1.5 1"), "ok");
    CHECK(data->sequence == 9 && data->price == 1.5);
    strait_segment_info info;
    CHECK_RESULT(strait_segment_stat(mine, &info), OK);
    CHECK(info.raw && info.bytes == 24 && info.total_bytes == native_bytes(24));
    CHECK_TEXT(child_ask(foreign, "get"), "ok 9 1.5 1");
    remove_native(mine);
}

SCENARIO(raw, what_we_make_is_found_by_the_foreign_program_with_exactly_24_bytes)
{
    strait_segment *mine =
        opened(native_name(), &(strait_segment_options){.raw = true, .bytes = 24, .how = STRAIT_CREATE});
    struct trading_data *data = strait_segment_data(mine);
    CHECK(strait_segment_created(mine));
    data->sequence = 41;
    data->price = 2.5;
    child *foreign = foreign_start();
    CHECK_TEXT(child_ask(foreign, "open %s", native_name()), "ok");
    char size[40];
    snprintf(size, sizeof size, "ok %s", told(24));
    CHECK_TEXT(child_ask(foreign, "size"), size);
    CHECK_TEXT(child_ask(foreign, "get"), "ok 41 2.5 0");
    CHECK_TEXT(child_ask(foreign, "set 42 3.5 5"), "ok");
    CHECK(data->sequence == 42 && data->volume == 5);
    CHECK(native_file_is_there());
    CHECK_TEXT(child_ask(foreign, "unlink %s", native_name()), "ok");
}

SCENARIO(raw, a_raw_segment_keeps_the_rules_that_it_can_keep)
{
    strait_segment *segment = NULL;
    const strait_segment_options attach = {.raw = true, .bytes = 24, .how = STRAIT_ATTACH};
    CHECK_RESULT(strait_segment_open(native_name(), &attach, &segment), NOT_FOUND);
    strait_segment *mine =
        opened(native_name(), &(strait_segment_options){.raw = true, .bytes = 24, .mode = 0640});
    const strait_segment_options create = {.raw = true, .bytes = 24, .how = STRAIT_CREATE};
    CHECK_RESULT(strait_segment_open(native_name(), &create, &segment), EXISTS);
    const strait_segment_options larger = {.raw = true, .bytes = 4097, .how = STRAIT_ATTACH};
    int rc = strait_segment_open(native_name(), &larger, &segment);
    CHECK_SAY(rc == STRAIT_SIZE_MISMATCH || rc == STRAIT_TRUNCATED, "%s", strait_last_error());
    CHECK_TEXT(strait_last_error(), told(24));
    CHECK_TEXT(strait_last_error(), "4097");
    strait_segment_info info;
    CHECK_RESULT(strait_segment_stat(mine, &info), OK);
    CHECK(info.mode == 0640 || !system_keeps_modes());
    strait_segment *eye = opened(
        native_name(), &(strait_segment_options){.raw = true, .how = STRAIT_ATTACH, .role = STRAIT_OBSERVER});
    CHECK_SAME(strait_segment_bytes(eye), native_bytes(24));
    CHECK_RESULT(strait_segment_close(eye), OK);
    remove_native(mine);
}

SCENARIO(raw, a_foreign_segment_is_not_taken_for_one_of_ours)
{
    strait_segment *mine = opened(scenario_name(1), &(strait_segment_options){.bytes = 64});
    strait_segment *segment = NULL;
    CHECK_RESULT(strait_segment_remove(scenario_name(1), &bare, false), NOT_FOUND);
    CHECK_RESULT(strait_segment_status(mine), OK);
    strait_segment *foreign = opened(native_name(), &(strait_segment_options){.raw = true, .bytes = 100000});
    CHECK_RESULT(strait_segment_open(native_name() + 1, NULL, &segment), NOT_FOUND);
    remove_native(foreign);
}
