/* test_name.c - the rule for names, by itself and where users meet it. */
#include "core/name.h"

#include <stdio.h>
#include <string.h>

#include "stage.h"

typedef struct bad_name {
    const char *name;
    size_t at; /* the byte that breaks the rule */
    const char *says;
} bad_name;

static const bad_name bad_names[] = {
    {"", 0, "empty"},
    {".", 0, "starts with a dot"},
    {"..", 0, "starts with a dot"},
    {".hidden", 0, "starts with a dot"},
    {"/", 0, "empty"},
    {"/.x", 0, "starts with a dot"},
    {"//x", 0, "only"},
    {"a/b", 1, "only"},
    {"../x", 0, "starts with a dot"},
    {"a b", 1, "only"},
    {"a\tb", 1, "only"},
    {"a\nb", 1, "only"},
    {"a\\b", 1, "only"},
    {"a:b", 1, "only"},
    {"a*", 1, "only"},
    {"a%n", 1, "only"},
    {"\xc3\xa4", 0, "only"},
    {"abc\x7f", 3, "only"},
    {"abc\x01", 3, "only"},
};

static void names_of_letters_digits_and_three_marks_are_good(void)
{
    static const char *const good[] = {"a",   "Z",    "0",        "_",  "-", "orders",
                                       "a.b", "a..b", "A-Z_0-9.", "-x", "x."};
    size_t at;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_null(strait_name_fault(good[i], STRAIT_NAME_MAX, &at));
    }
}

static void exactly_the_bytes_of_the_rule_are_allowed(void)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    for (int c = 1; c < 256; c++) {
        char name[3] = {'x', (char)c, '\0'};
        size_t at = 9;
        bool good = strait_name_fault(name, STRAIT_NAME_MAX, &at) == NULL;
        assert_int_equal(good, strchr(allowed, c) != NULL);
        assert_true(good || at == 1);
    }
}

static void two_hundred_bytes_are_a_name_and_one_more_is_not(void)
{
    char name[300];
    size_t at;
    memset(name, 'n', sizeof name);
    name[STRAIT_NAME_MAX] = '\0';
    assert_null(strait_name_fault(name, STRAIT_NAME_MAX, &at));
    name[STRAIT_NAME_MAX] = 'n';
    name[STRAIT_NAME_MAX + 1] = '\0';
    assert_non_null(strait_name_fault(name, STRAIT_NAME_MAX, &at));
    assert_int_equal(at, STRAIT_NAME_MAX);
}

static void a_name_without_an_end_is_read_only_as_far_as_a_name_goes(void)
{
    char name[STRAIT_NAME_MAX + 1]; /* no closing 0: a sanitizer sees a step beyond */
    size_t at;
    memset(name, 'n', sizeof name);
    assert_non_null(strait_name_fault(name, STRAIT_NAME_MAX, &at));
}

static void one_leading_slash_is_forgiven(void)
{
    assert_string_equal(strait_name_clean("/orders"), "orders");
    assert_string_equal(strait_name_clean("orders"), "orders");
    assert_string_equal(strait_name_clean("//orders"), "/orders");
    stage_begin();
    strait_segment *with = stage_open(1, "/orders", STRAIT_CREATE, STRAIT_UNTIL_REMOVED);
    strait_segment *without = stage_open(2, "orders", STRAIT_ATTACH, STRAIT_UNTIL_REMOVED);
    assert_ptr_equal(with->data, without->data);
    stage_close(1, with);
    stage_close(2, without);
    stage_check();
}

static void a_bad_name_is_refused_by_every_call_and_the_byte_is_named(void)
{
    stage_begin();
    strait_segment_options options = stage_options(STRAIT_OPEN_OR_CREATE, STRAIT_UNTIL_REMOVED);
    for (size_t i = 0; i < sizeof bad_names / sizeof bad_names[0]; i++) {
        strait_segment *segment = (strait_segment *)&options;
        assert_int_equal(strait_segment_open(bad_names[i].name, &options, &segment), STRAIT_BAD_NAME);
        assert_null(segment);
        char at[32];
        snprintf(at, sizeof at, "at byte %zu:", bad_names[i].at);
        stage_said(at);
        stage_said(bad_names[i].says);
        assert_int_equal(strait_segment_remove(bad_names[i].name, NULL, true), STRAIT_BAD_NAME);
        stage_said(bad_names[i].says);
    }
    assert_int_equal(fake_os_counted(), 0);
    assert_int_equal(fake_os_names(), 0);
    stage_check();
}

static void a_name_of_two_hundred_bytes_works_from_one_end_to_the_other(void)
{
    stage_begin();
    char name[STRAIT_NAME_MAX + 1];
    memset(name, 'w', STRAIT_NAME_MAX);
    name[STRAIT_NAME_MAX] = '\0';
    strait_segment *segment = stage_open(1, name, STRAIT_CREATE, STRAIT_UNTIL_REMOVED);
    strait_segment_info info;
    assert_int_equal(strait_segment_stat(segment, &info), STRAIT_OK);
    assert_string_equal(info.name, name);
    stage_close(1, segment);
    assert_int_equal(strait_segment_remove(name, NULL, false), STRAIT_OK);
    stage_check();
}

static void raw_names_follow_the_systems_rule_but_stay_in_its_directory(void)
{
    stage_begin();
    static const char *const bad[] = {"", "/", "a/b", "/a/b", "..", ".", "/..", "/."};
    strait_segment_options options = {.raw = true, .bytes = 24, .allocator = &stage_allocator};
    strait_segment *segment;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(strait_segment_open(bad[i], &options, &segment), STRAIT_BAD_NAME);
    }
    assert_int_equal(strait_segment_open("/trading data (v1)", &options, &segment), STRAIT_OK);
    assert_int_equal(strait_segment_close(segment), STRAIT_OK);
    stage_check();
}

SUITE(name, TEST(names_of_letters_digits_and_three_marks_are_good),
      TEST(exactly_the_bytes_of_the_rule_are_allowed), TEST(two_hundred_bytes_are_a_name_and_one_more_is_not),
      TEST(a_name_without_an_end_is_read_only_as_far_as_a_name_goes), TEST(one_leading_slash_is_forgiven),
      TEST(a_bad_name_is_refused_by_every_call_and_the_byte_is_named),
      TEST(a_name_of_two_hundred_bytes_works_from_one_end_to_the_other),
      TEST(raw_names_follow_the_systems_rule_but_stay_in_its_directory))
