/* test_fail.c - results as text, and the thread's last failure. */
#include "core/fail.h"

#include <stdio.h>
#include <string.h>

#include "stage.h"
#include "support/system.h"

static void every_result_has_a_name_a_meaning_and_a_remedy(void)
{
#define LOOK(number, name, text, remedy)                                                                     \
    assert_string_equal(strait_result_name(number), #name);                                                  \
    assert_string_equal(strait_result_text(number), text);                                                   \
    assert_string_equal(strait_result_remedy(number), remedy);                                               \
    assert_true(strlen(text) > 3 && strlen(remedy) > 3);
    STRAIT_RESULTS(LOOK)
#undef LOOK
}

static void no_number_means_two_results_and_each_lies_in_its_range(void)
{
    static const struct {
        int number;
        const char *name;
    } rows[] = {
#define ROW(number, name, text, remedy) {number, #name},
        STRAIT_RESULTS(ROW)
#undef ROW
    };
    size_t count = sizeof rows / sizeof rows[0];
    for (size_t i = 0; i < count; i++) {
        int n = rows[i].number;
        assert_true(n == 0 || n >= STRAIT_REMARK_FIRST || (n < 0 && n >= -127));
        for (size_t j = i + 1; j < count; j++) {
            assert_int_not_equal(n, rows[j].number);
            assert_string_not_equal(rows[i].name, rows[j].name);
        }
    }
}

static void not_now_and_remarks_can_be_told_from_the_rest(void)
{
    assert_true(strait_not_now(STRAIT_NOT_FOUND));
    assert_true(strait_not_now(STRAIT_RETIRED));
    assert_false(strait_not_now(STRAIT_BAD_ARGUMENT));
    assert_false(strait_not_now(STRAIT_OK));
    assert_false(strait_not_now(7));
    assert_true(strait_remark(STRAIT_CREATED));
    assert_false(strait_remark(STRAIT_COUNT_MAX));
    assert_false(strait_remark(STRAIT_SYSTEM));
}

static void a_count_is_ok_and_a_strange_number_is_unknown(void)
{
    assert_string_equal(strait_result_name(1), "OK");
    assert_string_equal(strait_result_name(STRAIT_COUNT_MAX), "OK");
    static const int strange[] = {-10, -31, -60, -100, -128, INT32_MIN, INT32_MAX, STRAIT_REMARK_FIRST + 4};
    for (size_t i = 0; i < sizeof strange / sizeof strange[0]; i++) {
        assert_string_equal(strait_result_name(strange[i]), "UNKNOWN");
        assert_non_null(strait_result_text(strange[i]));
        assert_non_null(strait_result_remedy(strange[i]));
    }
}

static void a_failure_is_a_sentence_with_object_result_and_remedy(void)
{
    assert_int_equal(strait_fail(OTHER_SIZE, "open segment \"orders\"", (uint64_t)48, (uint64_t)64),
                     STRAIT_SIZE_MISMATCH);
    assert_string_equal(
        strait_last_error(),
        "open segment \"orders\": made for 48 bytes, you asked for 64 [SIZE_MISMATCH] To mend: build "
        "both programs from the same headers, or remove the old one.");
}

static void the_last_failure_stays_until_the_next(void)
{
    assert_string_equal(strait_last_error(), ""); /* each test has a process of its own */
    strait_fail(IS_RETIRED, "one");
    assert_int_equal(strncmp(strait_last_error(), "one: ", 5), 0);
    assert_int_equal(strncmp(strait_last_error(), "one: ", 5), 0);
    strait_fail(IS_RETIRED, "two");
    assert_int_equal(strncmp(strait_last_error(), "two: ", 5), 0);
}

static void a_sentence_that_is_too_long_is_cut_and_closed(void)
{
    char endless[5000];
    memset(endless, 'x', sizeof endless);
    endless[sizeof endless - 1] = '\0';
    strait_fail(IS_RETIRED, endless);
    assert_true(strlen(strait_last_error()) < sizeof endless);
    assert_true(strlen(strait_last_error()) > 500);
}

static void *fail_in_a_thread(void *context)
{
    char *before = context;
    snprintf(before, 8, "%s", strait_last_error());
    strait_fail(IS_RETIRED, "the thread");
    return NULL;
}

static void each_thread_has_a_last_failure_of_its_own(void)
{
    strait_fail(IS_RETIRED, "main");
    char before[8] = "x";
    system_thread thread;
    assert_true(system_thread_start(&thread, fail_in_a_thread, before));
    assert_null(system_thread_join(&thread));
    assert_string_equal(before, "");
    assert_int_equal(strncmp(strait_last_error(), "main: ", 6), 0);
}

static void success_does_not_touch_the_last_failure(void)
{
    stage_begin();
    strait_fail(IS_RETIRED, "before");
    stage_close(1, stage_open(1, "orders", STRAIT_CREATE, STRAIT_UNTIL_REMOVED));
    assert_int_equal(strncmp(strait_last_error(), "before: ", 8), 0);
    stage_check();
}

/* What the system refuses comes out with its words: each result of a primitive has its own sentence. */
static void the_systems_words_are_in_the_sentence(void)
{
    static const struct {
        int result;
        const char *says;
    } rows[] = {
        {STRAIT_DENIED, "lets fail failed with code 5"}, {STRAIT_NO_MEMORY, "lets fail failed with code 5"},
        {STRAIT_TOO_MANY_FILES, "failed with code 5"},   {STRAIT_SYSTEM, "failed with code 5"},
        {STRAIT_FOREIGN, "not plain shared memory"},     {STRAIT_TRUNCATED, "must have"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        stage_begin();
        fake_os_fail_all(FAKE_OS_OPEN, rows[i].result);
        strait_segment *segment;
        assert_int_equal(strait_segment_open("orders", NULL, &segment), rows[i].result);
        stage_said("open segment \"orders\"");
        stage_said(rows[i].says);
        stage_said(strait_result_name(rows[i].result));
    }
}

static void not_enough_memory_says_how_much_was_asked_and_how_much_is_free(void)
{
    stage_begin();
    fake_os_set_capacity(100000);
    strait_segment_options options = stage_options(STRAIT_CREATE, STRAIT_UNTIL_REMOVED);
    options.bytes = 200000;
    options.room_bytes = 0;
    strait_segment *segment;
    assert_int_equal(strait_segment_open("orders", &options, &segment), STRAIT_NO_SPACE);
    stage_said("216384 bytes asked, 100000 free on the fake machine");
    assert_int_equal(fake_os_used(), 0);
    stage_check();
}

SUITE(fail, TEST(every_result_has_a_name_a_meaning_and_a_remedy),
      TEST(no_number_means_two_results_and_each_lies_in_its_range),
      TEST(not_now_and_remarks_can_be_told_from_the_rest),
      TEST(a_count_is_ok_and_a_strange_number_is_unknown),
      TEST(a_failure_is_a_sentence_with_object_result_and_remedy),
      TEST(the_last_failure_stays_until_the_next), TEST(a_sentence_that_is_too_long_is_cut_and_closed),
      TEST(each_thread_has_a_last_failure_of_its_own), TEST(success_does_not_touch_the_last_failure),
      TEST(the_systems_words_are_in_the_sentence),
      TEST(not_enough_memory_says_how_much_was_asked_and_how_much_is_free))
