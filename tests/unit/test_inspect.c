/* test_inspect.c - looking inside without disturbing: list, collect, verify, stat; and raw segments of
 * foreign programs. */
#include <stdlib.h>
#include <string.h>

#include "stage.h"

#define POINT(F) F(double, x) F(double, y)
STRAIT_RECORD(point, POINT)

typedef struct seen {
    strait_finding all[16];
    unsigned count, stop_at;
} seen;

static int see(void *context, const strait_finding *finding)
{
    seen *s = context;
    assert_true(s->count < 16);
    s->all[s->count++] = *finding;
    return s->count == s->stop_at ? 42 : 0;
}

static const strait_finding *of(const seen *s, const char *name)
{
    for (unsigned i = 0; i < s->count; i++) {
        if (strcmp(s->all[i].name, name) == 0) {
            return &s->all[i];
        }
    }
    fail_msg("\"%s\" was not listed", name);
    return NULL;
}

/* A machine with one of each: needed, left by the dead, removed half-way, foreign, damaged, forbidden. */
static strait_segment *prepare(void)
{
    static const unsigned char noise[3000] = {7};
    stage_begin();
    strait_segment *needed = stage_open(1, "needed", STRAIT_CREATE, STRAIT_UNTIL_LAST_LEAVES);
    (void)stage_open(9, "needed", STRAIT_ATTACH, STRAIT_UNTIL_REMOVED);
    (void)stage_open(9, "orphan", STRAIT_CREATE, STRAIT_UNTIL_LAST_LEAVES);
    (void)stage_open(9, "kept", STRAIT_CREATE, STRAIT_UNTIL_REMOVED);
    stage_close(2, stage_open(2, "retired", STRAIT_CREATE, STRAIT_UNTIL_REMOVED));
    strait_header_format *h = fake_os_bytes("retired", NULL);
    strait_u64_store_relaxed(&h->state, strait_state_word(1, STRAIT_FORMAT_RETIRED));
    fake_os_plant("foreign", noise, sizeof noise);
    stage_close(2, stage_open(2, "damaged", STRAIT_CREATE, STRAIT_UNTIL_REMOVED));
    ((strait_header_format *)fake_os_bytes("damaged", NULL))->user_bytes++;
    fake_os_set_user(3, 2000);
    stage_close(3, stage_open(3, "forbidden", STRAIT_CREATE, STRAIT_UNTIL_REMOVED));
    fake_os_kill(9);
    stage_bury_handles(9);
    fake_os_become(1);
    return needed;
}

static void a_list_tells_everything_as_it_is_and_changes_nothing(void)
{
    strait_segment *needed = prepare();
    unsigned maps = fake_os_maps();
    seen s = {.count = 0};
    assert_int_equal(strait_segment_list(see, &s), 0);
    assert_int_equal(s.count, 7);
    assert_true(of(&s, "needed")->needed && of(&s, "needed")->alive == 1 && of(&s, "needed")->dead == 1);
    assert_false(of(&s, "orphan")->needed);
    assert_true(of(&s, "kept")->needed && of(&s, "kept")->alive == 0 && of(&s, "kept")->dead == 1);
    assert_true(of(&s, "retired")->result == STRAIT_OK && !of(&s, "retired")->needed &&
                of(&s, "retired")->info.retired);
    assert_int_equal(of(&s, "foreign")->result, STRAIT_FOREIGN);
    assert_int_equal(of(&s, "damaged")->result, STRAIT_CORRUPT);
    assert_int_equal(of(&s, "forbidden")->result, STRAIT_DENIED);
    assert_int_equal(of(&s, "needed")->info.bytes, STAGE_BYTES);
    assert_int_equal(of(&s, "needed")->info.lifetime, STRAIT_UNTIL_LAST_LEAVES);
    assert_int_equal(fake_os_names(), 7);
    assert_int_equal(fake_os_maps(), maps);
    stage_close(1, needed);
}

static void a_list_stops_when_it_is_told_to(void)
{
    strait_segment *needed = prepare();
    seen s = {.stop_at = 3};
    assert_int_equal(strait_segment_list(see, &s), 42);
    assert_int_equal(s.count, 3);
    assert_int_equal(strait_segment_list(NULL, NULL), STRAIT_BAD_ARGUMENT);
    stage_close(1, needed);
}

static void collecting_frees_what_nobody_needs_and_nothing_else(void)
{
    strait_segment *needed = prepare();
    assert_int_equal(strait_segment_gc(), 2); /* orphan and retired */
    seen s = {.count = 0};
    assert_int_equal(strait_segment_list(see, &s), 0);
    assert_int_equal(s.count, 5);
    assert_int_equal(of(&s, "needed")->dead, 0); /* records of the dead are free too */
    assert_int_equal(of(&s, "kept")->dead, 0);
    assert_int_equal(of(&s, "foreign")->result, STRAIT_FOREIGN);
    assert_int_equal(of(&s, "damaged")->result, STRAIT_CORRUPT);
    assert_int_equal(strait_segment_gc(), 0);
    assert_true(stage_marked(needed));
    stage_close(1, needed);
}

static void verify_judges_bytes_wherever_they_come_from(void)
{
    stage_begin();
    stage_close(1, stage_open(1, "orders", STRAIT_CREATE, STRAIT_UNTIL_REMOVED));
    uint64_t count;
    const void *bytes = fake_os_bytes("orders", &count);
    uint64_t *copy = malloc((size_t)count);
    memcpy(copy, bytes, (size_t)count);
    fake_os_count();
    assert_int_equal(strait_segment_verify(copy, count), STRAIT_OK);
    assert_int_equal(strait_segment_verify(copy, count - 1), STRAIT_TRUNCATED);
    assert_int_equal(strait_segment_verify(NULL, count), STRAIT_BAD_ARGUMENT);
    assert_int_equal(strait_segment_verify((char *)copy + 4, count - 4), STRAIT_BAD_ARGUMENT);
    ((strait_header_format *)copy)->lifetime = 9;
    assert_int_equal(strait_segment_verify(copy, count), STRAIT_CORRUPT);
    stage_said("header field lifetime is 9");
    copy[0] = 0;
    assert_int_equal(strait_segment_verify(copy, count), STRAIT_FOREIGN);
    assert_int_equal(fake_os_counted(), 0); /* pure */
    free(copy);
    stage_check();
}

static void stat_tells_what_was_asked_for_and_who_asked(void)
{
    stage_begin();
    strait_segment_options options = stage_options(STRAIT_CREATE, STRAIT_UNTIL_CREATOR_LEAVES);
    options.record = STRAIT_RECORD_OF(point);
    options.bytes = 160;
    options.mode = 0640;
    strait_segment *one;
    assert_int_equal(strait_segment_open("orders", &options, &one), STRAIT_OK);
    strait_segment_info info;
    assert_int_equal(strait_segment_stat(one, &info), STRAIT_OK);
    assert_string_equal(info.name, "orders");
    assert_true(info.bytes == 160 && info.room_bytes == 4096 && info.total_bytes == one->map.bytes);
    assert_true(info.mode == 0640 && info.user == 1000 && info.linked && !info.retired && !info.raw);
    assert_int_equal(info.lifetime, STRAIT_UNTIL_CREATOR_LEAVES);
    assert_int_equal(info.kind, STRAIT_FORMAT_KIND_RECORD);
    assert_string_equal(info.record_name, "point");
    assert_string_equal(info.creator_program, "fake-1");
    assert_int_equal(info.creator_pid, fake_os_pid(1));
    assert_true(info.participants_max == 4 && info.participants_attached == 1 && info.objects_max == 4);
    assert_true(info.created_ns == strait_os_wall_ns() && info.format_version == 1);
    assert_int_equal(strait_segment_stat(one, NULL), STRAIT_BAD_ARGUMENT);
    char text[64];
    assert_int_equal(strait_segment_schema(one, text, sizeof text), 19);
    assert_string_equal(text, "16{x:f64@0,y:f64@8}");
    assert_int_equal(strait_segment_schema(one, text, 3), 19);
    assert_string_equal(text, "16");
    assert_int_equal(strait_segment_schema(one, NULL, 0), 19);
    assert_int_equal(strait_segment_schema(one, NULL, 1), STRAIT_BAD_ARGUMENT);
    assert_int_equal(strait_segment_remove("orders", NULL, false), STRAIT_OK);
    assert_int_equal(strait_segment_stat(one, &info), STRAIT_OK);
    assert_true(info.retired && !info.linked);
    stage_close(1, one);
    stage_check();
}

static void no_two_segments_have_the_same_uuid(void)
{
    stage_begin();
    strait_segment_info infos[8];
    for (unsigned i = 0; i < 8; i++) {
        strait_segment *one = stage_open(1, "orders", STRAIT_CREATE, STRAIT_UNTIL_LAST_LEAVES);
        assert_int_equal(strait_segment_stat(one, &infos[i]), STRAIT_OK);
        stage_close(1, one);
        for (unsigned j = 0; j < i; j++) {
            assert_memory_not_equal(infos[i].uuid, infos[j].uuid, 16);
        }
    }
    stage_check();
}

/* --- raw ------------------------------------------------------------------------------------------------ */

static strait_segment_options raw_options(strait_how how, uint64_t bytes)
{
    return (strait_segment_options){.raw = true, .how = how, .bytes = bytes, .allocator = &stage_allocator};
}

static void raw_bytes_are_bare_from_the_first_to_the_last(void)
{
    stage_begin();
    strait_segment_options options = raw_options(STRAIT_CREATE, 24);
    strait_segment *one, *two;
    assert_int_equal(strait_segment_open("/trading_data", &options, &one), STRAIT_OK);
    assert_true(strait_segment_created(one));
    assert_ptr_equal(strait_segment_data(one), one->map.base);
    assert_int_equal(one->map.bytes, 24);
    memcpy(strait_segment_data(one), "twenty-four bytes, bare", 24);
    assert_int_equal(strait_segment_open("/trading_data", &options, &two), STRAIT_EXISTS);
    options.how = STRAIT_OPEN_OR_CREATE;
    fake_os_become(2);
    assert_int_equal(strait_segment_open("trading_data", &options, &two), STRAIT_OK);
    assert_string_equal(strait_segment_data(two), "twenty-four bytes, bare");
    assert_int_equal(strait_segment_status(two), STRAIT_OK);
    strait_segment_info info;
    assert_int_equal(strait_segment_stat(two, &info), STRAIT_OK);
    assert_true(info.raw && info.bytes == 24 && info.total_bytes == 24);
    assert_string_equal(info.name, "trading_data");
    strait_object object;
    assert_int_equal(strait_segment_place(two, "x", &(strait_object_options){.bytes = 1}, &object),
                     STRAIT_UNSUPPORTED);
    assert_int_equal(strait_segment_find(two, "x", &object), STRAIT_UNSUPPORTED);
    assert_int_equal(strait_segment_peers(two, NULL, 0), 0);
    assert_int_equal(fake_os_tokens(), 0);
    stage_close(2, two);
    stage_close(1, one);
    fake_os_become(1);
    assert_int_equal(strait_segment_remove("/trading_data", &options, false), STRAIT_OK);
    assert_int_equal(strait_segment_remove("/trading_data", &options, false), STRAIT_NOT_FOUND);
    stage_check();
}

static bool the_foreign_program_sizes_it(void *context)
{
    unsigned *naps = context;
    if (++*naps == 3) {
        fake_os_truncate("x", 24);
    }
    return false;
}

static void raw_bytes_that_are_not_all_there_yet_are_waited_for(void)
{
    static const unsigned char zeros[24];
    stage_begin();
    fake_os_plant("x", zeros, sizeof zeros);
    fake_os_truncate("x", 0); /* shm_open has been called, ftruncate has not */
    strait_segment_options options = raw_options(STRAIT_ATTACH, 24);
    strait_segment *one;
    assert_int_equal(strait_segment_open("/strait.x", &options, &one), STRAIT_TRUNCATED);
    stage_said("the file has 0 bytes, it must have 24");
    unsigned naps = 0;
    fake_os_while_asleep(the_foreign_program_sizes_it, &naps);
    options.deadline_ns = strait_deadline_ms(1000);
    assert_int_equal(strait_segment_open("/strait.x", &options, &one), STRAIT_OK);
    assert_int_equal(naps, 3);
    stage_close(1, one);
    fake_os_while_asleep(NULL, NULL);
    options.bytes = 25;
    options.deadline_ns = strait_deadline_ms(30);
    assert_int_equal(strait_segment_open("/strait.x", &options, &one), STRAIT_TRUNCATED);
    assert_true(strait_now_ns() >= options.deadline_ns);
    options.bytes = 0;
    options.max_bytes = 23;
    assert_int_equal(strait_segment_open("/strait.x", &options, &one), STRAIT_OVER_QUOTA);
    stage_said("it takes 24 bytes in all, you allowed 23");
    options.max_bytes = 24;
    assert_int_equal(strait_segment_open("/strait.x", &options, &one), STRAIT_OK);
    assert_int_equal(strait_segment_bytes(one), 24);
    stage_close(1, one);
    stage_check();
}

static void a_raw_view_of_a_segment_shows_its_header(void)
{
    stage_begin();
    stage_close(1, stage_open(1, "orders", STRAIT_CREATE, STRAIT_UNTIL_REMOVED));
    strait_segment_options options = raw_options(STRAIT_ATTACH, 0);
    options.role = STRAIT_OBSERVER;
    strait_segment *view;
    assert_int_equal(strait_segment_open("/strait.orders", &options, &view), STRAIT_OK);
    assert_int_equal(strait_segment_verify(strait_segment_data(view), strait_segment_bytes(view)), STRAIT_OK);
    stage_close(1, view);
    stage_check();
}

SUITE(inspect, TEST(a_list_tells_everything_as_it_is_and_changes_nothing),
      TEST(a_list_stops_when_it_is_told_to), TEST(collecting_frees_what_nobody_needs_and_nothing_else),
      TEST(verify_judges_bytes_wherever_they_come_from), TEST(stat_tells_what_was_asked_for_and_who_asked),
      TEST(no_two_segments_have_the_same_uuid), TEST(raw_bytes_are_bare_from_the_first_to_the_last),
      TEST(raw_bytes_that_are_not_all_there_yet_are_waited_for),
      TEST(a_raw_view_of_a_segment_shows_its_header))
