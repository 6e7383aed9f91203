/* test_refuse.c - what open and remove refuse: each with its own result and its own words, changing and
 * leaking nothing. */
#include <stdlib.h>
#include <string.h>

#include "stage.h"

#define POINT(F) F(double, x) F(double, y)
STRAIT_RECORD(point, POINT)
#define PAIR(F) F(double, x) F(uint64_t, y)
STRAIT_RECORD(pair, PAIR)

typedef struct refusal {
    strait_segment_options options;
    int result;
    const char *says;
} refusal;

static const strait_allocator half_allocator = {NULL, NULL, NULL};

static const refusal refusals[] = {
    {{.bytes = 0}, STRAIT_BAD_SIZE, "give bytes or a record"},
    {{.bytes = 0, .how = STRAIT_CREATE, .room_bytes = 4096}, STRAIT_BAD_SIZE, "give bytes or a record"},
    {{.bytes = UINT64_C(1) << 46}, STRAIT_BAD_SIZE, "more than any segment"},
    {{.bytes = UINT64_MAX}, STRAIT_BAD_SIZE, "18446744073709551615 bytes"},
    {{.bytes = 1, .room_bytes = UINT64_MAX}, STRAIT_BAD_SIZE, "more than any segment"},
    {{.bytes = UINT64_MAX - 100, .room_bytes = 200}, STRAIT_BAD_SIZE, "more than any segment"},
    {{.bytes = UINT64_C(1) << 47, .raw = true}, STRAIT_BAD_SIZE, "more than any segment"},
    {{.bytes = 0, .raw = true}, STRAIT_BAD_SIZE, "give bytes"},
    {{.bytes = 17, .record = &strait_record_of_point}, STRAIT_BAD_SIZE, "no whole number of records"},
    {{.bytes = 1000, .max_bytes = 17383}, STRAIT_OVER_QUOTA, "you allowed 17383"},
    {{.bytes = 1, .how = (strait_how)3}, STRAIT_BAD_ARGUMENT, "option how cannot be 3"},
    {{.bytes = 1, .how = (strait_how)-1}, STRAIT_BAD_ARGUMENT, "option how"},
    {{.bytes = 1, .role = (strait_role)4}, STRAIT_BAD_ARGUMENT, "option role cannot be 4"},
    {{.bytes = 1, .backing = (strait_backing)4}, STRAIT_BAD_ARGUMENT, "option backing cannot be 4"},
    {{.bytes = 1, .lifetime = (strait_lifetime)3}, STRAIT_BAD_ARGUMENT, "option lifetime cannot be 3"},
    {{.bytes = 1, .mode = 01000}, STRAIT_BAD_ARGUMENT, "option mode cannot be 512"},
    {{.bytes = 1, .mode = 0400}, STRAIT_BAD_ARGUMENT, "mode"},
    {{.bytes = 1, .mode = 0266}, STRAIT_BAD_ARGUMENT, "mode"},
    {{.bytes = 1, .mode = UINT32_MAX}, STRAIT_BAD_ARGUMENT, "option mode"},
    {{.bytes = 1, .participants = 4097}, STRAIT_BAD_ARGUMENT, "option participants cannot be 4097"},
    {{.bytes = 1, .objects = 1025}, STRAIT_BAD_ARGUMENT, "option objects cannot be 1025"},
    {{.bytes = 1, .allocator = &half_allocator}, STRAIT_BAD_ARGUMENT, "allocator is NULL"},
    {{.bytes = 1, .role = STRAIT_OBSERVER}, STRAIT_BAD_ARGUMENT, "an observer only looks"},
    {{.bytes = 1, .role = STRAIT_OBSERVER, .how = STRAIT_CREATE},
     STRAIT_BAD_ARGUMENT,
     "an observer only looks"},
    {{.backing = STRAIT_ANONYMOUS, .how = STRAIT_ATTACH},
     STRAIT_BAD_ARGUMENT,
     "attach with STRAIT_DESCRIPTOR"},
    {{.backing = STRAIT_DESCRIPTOR, .how = STRAIT_CREATE},
     STRAIT_BAD_ARGUMENT,
     "handed over is there already"},
    {{.bytes = 1, .raw = true, .room_bytes = 1}, STRAIT_BAD_ARGUMENT, "a raw segment has bytes only"},
    {{.bytes = 16, .raw = true, .record = &strait_record_of_point}, STRAIT_BAD_ARGUMENT, "bytes only"},
    {{.bytes = 1, .raw = true, .lifetime = STRAIT_UNTIL_LAST_LEAVES}, STRAIT_BAD_ARGUMENT, "bytes only"},
    {{.bytes = 1, .raw = true, .backing = STRAIT_ANONYMOUS}, STRAIT_UNSUPPORTED, "has a name or a path"},
};

static char no_handle;

static void a_call_that_cannot_be_right_is_refused_before_anything_is_touched(void)
{
    stage_begin();
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        strait_segment *segment = (strait_segment *)(void *)&no_handle;
        int rc = strait_segment_open("orders", &refusals[i].options, &segment);
        if (rc != refusals[i].result || segment != NULL) {
            fail_msg("refusal %zu (\"%s\"): %s, %s", i, refusals[i].says, strait_result_name(rc),
                     strait_last_error());
        }
        stage_said(refusals[i].says);
        stage_said(strait_result_name(rc));
    }
    strait_segment *segment;
    strait_segment_options options = stage_options(STRAIT_CREATE, STRAIT_UNTIL_REMOVED);
    assert_int_equal(strait_segment_open(NULL, &options, &segment), STRAIT_BAD_ARGUMENT);
    stage_said("the name is NULL");
    assert_int_equal(fake_os_counted(), 0);
    stage_check();
}

/* --- what is there does not fit ------------------------------------------------------------------------- */

static int open_point_or(const strait_record *record, uint64_t bytes, uint32_t kind, uint64_t quota)
{
    strait_segment_options options = {.record = record,
                                      .bytes = bytes,
                                      .kind = kind,
                                      .max_bytes = quota,
                                      .how = STRAIT_ATTACH,
                                      .allocator = &stage_allocator};
    strait_segment *segment = NULL;
    fake_os_become(2);
    int rc = strait_segment_open("orders", &options, &segment);
    if (rc == STRAIT_OK) {
        stage_close(2, segment);
    } else {
        assert_null(segment);
    }
    return rc;
}

static void a_mismatch_names_both_sides(void)
{
    stage_begin();
    strait_segment_options options = {.record = STRAIT_RECORD_OF(point), .bytes = 160};
    strait_segment *one;
    assert_int_equal(strait_segment_open("orders", &options, &one), STRAIT_OK);
    assert_int_equal(open_point_or(NULL, 0, 0, 0), STRAIT_OK);
    assert_int_equal(open_point_or(STRAIT_RECORD_OF(point), 0, 0, 0), STRAIT_OK);
    assert_int_equal(open_point_or(STRAIT_RECORD_OF(point), 160, STRAIT_FORMAT_KIND_RECORD, 0), STRAIT_OK);
    assert_int_equal(open_point_or(NULL, 161, 0, 0), STRAIT_SIZE_MISMATCH);
    stage_said("made for 160 bytes, you asked for 161");
    assert_int_equal(open_point_or(STRAIT_RECORD_OF(point), 176, 0, 0), STRAIT_SIZE_MISMATCH);
    stage_said("160 bytes");
    stage_said("176");
    assert_int_equal(open_point_or(STRAIT_RECORD_OF(pair), 0, 0, 0), STRAIT_SCHEMA_MISMATCH);
    stage_said("made for record point");
    stage_said("you asked for record pair");
    stage_said("y");
    assert_int_equal(open_point_or(NULL, 0, STRAIT_FORMAT_KIND_RING, 0), STRAIT_KIND_MISMATCH);
    stage_said("made as record, you asked for ring");
    assert_int_equal(open_point_or(NULL, 0, STRAIT_FORMAT_KIND_USER + 1, 0), STRAIT_KIND_MISMATCH);
    stage_said("kind 65537");
    assert_int_equal(open_point_or(NULL, 0, 0, 1000), STRAIT_OVER_QUOTA);
    stage_said("you allowed 1000");
    assert_int_equal(open_point_or(NULL, 0, 0, one->geometry.total_bytes), STRAIT_OK);
    stage_close(1, one);
    stage_check();
}

static void bytes_without_a_record_do_not_pass_for_one(void)
{
    stage_begin();
    strait_segment *one = stage_open(1, "orders", STRAIT_CREATE, STRAIT_UNTIL_REMOVED);
    assert_int_equal(open_point_or(STRAIT_RECORD_OF(point), 0, 0, 0), STRAIT_SCHEMA_MISMATCH);
    stage_said("made without a record, you asked for record point");
    stage_close(1, one);
    stage_check();
}

static void create_refuses_what_is_there_and_names_its_maker(void)
{
    stage_begin();
    strait_segment *one = stage_open(1, "orders", STRAIT_CREATE, STRAIT_UNTIL_REMOVED);
    strait_segment_options options = stage_options(STRAIT_CREATE, STRAIT_UNTIL_REMOVED);
    strait_segment *segment;
    fake_os_become(2);
    assert_int_equal(strait_segment_open("orders", &options, &segment), STRAIT_EXISTS);
    stage_said("made by process 1002");
    stage_close(1, one);
    stage_check();
}

/* --- what is there cannot be trusted -------------------------------------------------------------------- */

static void spoil_and_demand(size_t at, unsigned char with, int result, const char *says)
{
    stage_begin();
    stage_close(1, stage_open(1, "orders", STRAIT_CREATE, STRAIT_UNTIL_REMOVED));
    unsigned char *bytes = fake_os_bytes("orders", NULL);
    bytes[at] ^= with;
    uint64_t count;
    unsigned char before[20000];
    (void)fake_os_bytes("orders", &count);
    memcpy(before, bytes, sizeof before);
    static const strait_how ways[] = {STRAIT_ATTACH, STRAIT_OPEN_OR_CREATE, STRAIT_CREATE};
    for (size_t i = 0; i < 3; i++) {
        strait_segment_options options = stage_options(ways[i], STRAIT_UNTIL_REMOVED);
        strait_segment *segment;
        assert_int_equal(strait_segment_open("orders", &options, &segment), result);
        stage_said(says);
        stage_said("segment \"orders\"");
    }
    assert_int_equal(strait_segment_gc(), 0);
    assert_int_equal(strait_segment_remove("orders", NULL, false), result);
    assert_memory_equal(before, bytes, sizeof before); /* left as it is */
    assert_int_equal(fake_os_names(), 1);
    assert_int_equal(strait_segment_remove("orders", NULL, true), STRAIT_OK);
    assert_int_equal(fake_os_names(), 0);
    stage_check();
}

static void what_cannot_be_trusted_is_refused_and_left_as_it_is(void)
{
    spoil_and_demand(0, 1, STRAIT_FOREIGN, "not a Strait segment");
    spoil_and_demand(12, 2, STRAIT_VERSION_MISMATCH, "format version 3, this library reads version 1");
    spoil_and_demand(40, 8, STRAIT_VERSION_MISMATCH, "needs incompatible features 0000000000000008");
    spoil_and_demand(48, 1, STRAIT_CORRUPT, "user_bytes");
    spoil_and_demand(84, 1, STRAIT_CORRUPT, "directory_offset");
    spoil_and_demand(257, 1, STRAIT_CORRUPT, "its name is \"osders\"");
    spoil_and_demand(512, 4, STRAIT_CORRUPT, "state");
    size_t directory = 1024 + 4 * 128;
    spoil_and_demand(directory, 1, STRAIT_CORRUPT, "directory entry 0");
    spoil_and_demand(directory + 16, 1, STRAIT_CORRUPT, "directory entry 0");
    spoil_and_demand(directory + 31, 0x80, STRAIT_CORRUPT, "directory entry 0");
}

static void foreign_short_and_empty_files_each_have_their_result(void)
{
    static const unsigned char noise[5000] = {1, 2, 3};
    static const struct {
        uint64_t count;
        int result;
    } files[] = {{5000, STRAIT_FOREIGN},
                 {1024, STRAIT_FOREIGN},
                 {1023, STRAIT_TRUNCATED},
                 {1, STRAIT_TRUNCATED},
                 {0, STRAIT_TRUNCATED}};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        stage_begin();
        fake_os_plant("orders", noise, files[i].count);
        strait_segment *segment;
        strait_segment_options options = stage_options(STRAIT_OPEN_OR_CREATE, STRAIT_UNTIL_REMOVED);
        assert_int_equal(strait_segment_open("orders", &options, &segment), files[i].result);
        assert_int_equal(strait_segment_remove("orders", NULL, false), files[i].result);
        assert_int_equal(strait_segment_remove("orders", NULL, true), STRAIT_OK);
        assert_int_equal(fake_os_used(), 0);
        stage_check();
    }
}

static void a_segment_that_was_cut_off_says_how_long_it_should_be(void)
{
    stage_begin();
    stage_close(1, stage_open(1, "orders", STRAIT_CREATE, STRAIT_UNTIL_REMOVED));
    fake_os_truncate("orders", 17000);
    strait_segment *segment;
    assert_int_equal(strait_segment_open("orders", NULL, &segment), STRAIT_TRUNCATED);
    stage_said("the file has 17000 bytes, it must have 21504");
    stage_check();
}

static void another_byte_order_is_told_from_noise(void)
{
    stage_begin();
    unsigned char bytes[20000] = {0x0A, 0x1A, 0x54, 0x49, 0x41, 0x52, 0x54, 0x53, 0x01, 0x02, 0x03, 0x04};
    uint64_t magic = STRAIT_FORMAT_MAGIC;
    unsigned char *own = (unsigned char *)&magic;
    for (unsigned i = 0; i < 8; i++) {
        bytes[i] = own[7 - i];
    }
    fake_os_plant("orders", bytes, sizeof bytes);
    strait_segment *segment;
    assert_int_equal(strait_segment_open("orders", NULL, &segment), STRAIT_BYTE_ORDER_MISMATCH);
    stage_said("other byte order");
    stage_check();
}

/* --- permissions ---------------------------------------------------------------------------------------- */

static void other_users_see_what_the_mode_lets_them_see(void)
{
    stage_begin();
    fake_os_set_user(2, 2000);
    fake_os_set_user(3, 0);
    strait_segment *one = stage_open(1, "orders", STRAIT_CREATE, STRAIT_UNTIL_REMOVED);
    strait_segment *segment;
    strait_segment_options look = stage_options(STRAIT_ATTACH, STRAIT_UNTIL_REMOVED);
    fake_os_become(2);
    assert_int_equal(strait_segment_open("orders", &look, &segment), STRAIT_DENIED);
    stage_said("failed with code 13");
    look.role = STRAIT_OBSERVER;
    assert_int_equal(strait_segment_open("orders", &look, &segment), STRAIT_DENIED);
    fake_os_become(1);
    assert_int_equal(strait_segment_set_mode(one, 01644), STRAIT_BAD_ARGUMENT);
    assert_int_equal(strait_segment_set_mode(one, 0444),
                     STRAIT_BAD_ARGUMENT); /* its owner could not clear it away */
    assert_int_equal(strait_segment_set_mode(one, 0644), STRAIT_OK);
    fake_os_become(2);
    assert_int_equal(strait_segment_open("orders", &look, &segment), STRAIT_OK);
    stage_close(2, segment);
    look.role = STRAIT_BOTH;
    fake_os_become(2);
    assert_int_equal(strait_segment_open("orders", &look, &segment), STRAIT_DENIED);
    assert_int_equal(strait_segment_remove("orders", NULL, true), STRAIT_DENIED);
    fake_os_become(3);
    assert_int_equal(strait_segment_open("orders", &look, &segment), STRAIT_OK);
    stage_close(3, segment);
    stage_close(1, one);
    stage_check();
}

static void what_is_removed_but_not_ours_to_clear_is_said_so(void)
{
    stage_begin();
    strait_segment_options options = stage_options(STRAIT_CREATE, STRAIT_UNTIL_LAST_LEAVES);
    options.mode = 0666;
    strait_segment *segment;
    assert_int_equal(strait_segment_open("orders", &options, &segment), STRAIT_OK);
    fake_os_kill(1);
    stage_bury_handles(1);
    fake_os_set_user(2, 2000);
    fake_os_become(2);
    assert_int_equal(strait_segment_open("orders", &options, &segment), STRAIT_DENIED);
    stage_said("only its owner (or root) may clear it");
    options.how = STRAIT_ATTACH;
    options.bytes = options.room_bytes = 0;
    assert_int_equal(strait_segment_open("orders", &options, &segment), STRAIT_NOT_FOUND);
    assert_int_equal(strait_segment_gc(), 0);
    stage_check();
}

/* --- remove --------------------------------------------------------------------------------------------- */

static void removing_says_what_was_there_to_remove(void)
{
    stage_begin();
    assert_int_equal(strait_segment_remove("orders", NULL, false), STRAIT_NOT_FOUND);
    stage_said("nothing of that name");
    assert_int_equal(strait_segment_remove("orders", NULL, true), STRAIT_NOT_FOUND);
    assert_int_equal(strait_segment_remove(NULL, NULL, false), STRAIT_BAD_ARGUMENT);
    strait_segment_options anonymous = {.backing = STRAIT_ANONYMOUS};
    assert_int_equal(strait_segment_remove("orders", &anonymous, false), STRAIT_BAD_ARGUMENT);
    strait_segment *one = stage_open(1, "orders", STRAIT_CREATE, STRAIT_UNTIL_REMOVED);
    strait_segment *two = stage_open(2, "orders", STRAIT_ATTACH, STRAIT_UNTIL_REMOVED);
    fake_os_become(3);
    assert_int_equal(strait_segment_remove("/orders", NULL, false), STRAIT_OK);
    assert_int_equal(strait_segment_remove("orders", NULL, false), STRAIT_NOT_FOUND);
    strait_segment *next = stage_open(3, "orders", STRAIT_CREATE, STRAIT_UNTIL_LAST_LEAVES);
    fake_os_become(2);
    assert_int_equal(strait_segment_status(two), STRAIT_RETIRED);
    assert_true(stage_marked(two));
    stage_close(1, one);
    stage_close(2, two);
    fake_os_become(3);
    assert_int_equal(strait_segment_status(next),
                     STRAIT_OK); /* the leaving of the old ones is not its business */
    assert_int_equal(fake_os_names(), 1);
    stage_close(3, next);
    stage_check();
}

static void removing_what_the_dead_left_clears_it_and_says_not_found(void)
{
    stage_begin();
    (void)stage_open(1, "orders", STRAIT_CREATE, STRAIT_UNTIL_LAST_LEAVES);
    fake_os_kill(1);
    stage_bury_handles(1);
    fake_os_become(2);
    assert_int_equal(strait_segment_remove("orders", NULL, false), STRAIT_NOT_FOUND);
    assert_int_equal(fake_os_names(), 0);
    stage_check();
}

SUITE(refuse, TEST(a_call_that_cannot_be_right_is_refused_before_anything_is_touched),
      TEST(a_mismatch_names_both_sides), TEST(bytes_without_a_record_do_not_pass_for_one),
      TEST(create_refuses_what_is_there_and_names_its_maker),
      TEST(what_cannot_be_trusted_is_refused_and_left_as_it_is),
      TEST(foreign_short_and_empty_files_each_have_their_result),
      TEST(a_segment_that_was_cut_off_says_how_long_it_should_be),
      TEST(another_byte_order_is_told_from_noise), TEST(other_users_see_what_the_mode_lets_them_see),
      TEST(what_is_removed_but_not_ours_to_clear_is_said_so), TEST(removing_says_what_was_there_to_remove),
      TEST(removing_what_the_dead_left_clears_it_and_says_not_found))
