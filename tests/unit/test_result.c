/* test_result.c - the table of results keeps its promises to those who read it, and the last failure is the
 * thread's own.
 */
#include "support/suite.h"
#include "support/system.h"

#include <stdio.h>
#include <string.h>

#include "core/fail.h"

typedef struct row {
    int number;
    const char *name, *text, *remedy;
} row;

static const row rows[] = {
#define ROW(number, name, text, remedy) {number, #name, text, remedy},
    STRAIT_RESULTS(ROW)
#undef ROW
};
enum { ROWS = sizeof rows / sizeof rows[0] };

typedef struct sentence {
    const char *id;
    int result;
    const char *format;
} sentence;

static const sentence sentences[] = {
#define SENTENCE(id, result, format) {#id, STRAIT_##result, format},
    STRAIT_SENTENCES(SENTENCE)
#undef SENTENCE
};
enum { SENTENCES = sizeof sentences / sizeof sentences[0] };

/* --- the table --------------------------------------------------------------------------------------------
 */

static void every_result_has_one_number_and_one_name(void)
{
    for (size_t i = 0; i < ROWS; i++) {
        for (size_t j = 0; j < i; j++) {
            assert_int_not_equal(rows[i].number, rows[j].number);
            assert_string_not_equal(rows[i].name, rows[j].name);
        }
        assert_string_equal(strait_result_name(rows[i].number), rows[i].name);
        assert_string_equal(strait_result_text(rows[i].number), rows[i].text);
        assert_string_equal(strait_result_remedy(rows[i].number), rows[i].remedy);
    }
}

static void numbers_stay_in_the_ranges_that_are_promised(void)
{
    for (size_t i = 0; i < ROWS; i++) {
        int n = rows[i].number;
        assert_true(n == 0 || n >= STRAIT_REMARK_FIRST || (n < 0 && n >= -127));
        assert_true(strait_remark(n) == (n >= STRAIT_REMARK_FIRST));
        assert_true(strait_not_now(n) == (n <= -1 && n >= -31));
    }
}

/* Numbers are a contract between programs built years apart: these never change. */
static void numbers_never_change(void)
{
    assert_int_equal(STRAIT_OK, 0);
    assert_int_equal(STRAIT_CREATED, 0x40000000);
    assert_int_equal(STRAIT_NOT_FOUND, -1);
    assert_int_equal(STRAIT_TIMED_OUT, -2);
    assert_int_equal(STRAIT_BUSY, -3);
    assert_int_equal(STRAIT_INTERRUPTED, -4);
    assert_int_equal(STRAIT_CROWDED, -5);
    assert_int_equal(STRAIT_RETIRED, -6);
    assert_int_equal(STRAIT_FULL, -7);
    assert_int_equal(STRAIT_EMPTY, -8);
    assert_int_equal(STRAIT_CLOSED, -9);
    assert_int_equal(STRAIT_SKIPPED, 0x40000001);
    assert_int_equal(STRAIT_REDELIVERED, 0x40000002);
    assert_int_equal(STRAIT_OVERRUN, 0x40000003);
    assert_int_equal(STRAIT_ROLE_TAKEN, -48);
    assert_int_equal(STRAIT_BAD_ARGUMENT, -32);
    assert_int_equal(STRAIT_EXISTS, -35);
    assert_int_equal(STRAIT_SIZE_MISMATCH, -36);
    assert_int_equal(STRAIT_SCHEMA_MISMATCH, -37);
    assert_int_equal(STRAIT_FORKED, -42);
    assert_int_equal(STRAIT_DENIED, -44);
    assert_int_equal(STRAIT_FOREIGN, -64);
    assert_int_equal(STRAIT_CORRUPT, -66);
    assert_int_equal(STRAIT_NO_MEMORY, -96);
    assert_int_equal(STRAIT_SYSTEM, -99);
}

static void predicates_hold_at_the_edges(void)
{
    assert_true(strait_not_now(-1) && strait_not_now(-31));
    assert_false(strait_not_now(0) || strait_not_now(-32) || strait_not_now(1) || strait_not_now(INT32_MIN));
    assert_true(strait_remark(STRAIT_REMARK_FIRST) && strait_remark(INT32_MAX));
    assert_false(strait_remark(STRAIT_COUNT_MAX) || strait_remark(0) || strait_remark(-1));
}

static void counts_and_unknown_numbers_have_words_too(void)
{
    static const int unknown[] = {-127, -128, -31, INT32_MIN, INT32_MAX};

    assert_string_equal(strait_result_name(1), "OK");
    assert_string_equal(strait_result_name(STRAIT_COUNT_MAX), "OK");
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++) {
        assert_string_equal(strait_result_name(unknown[i]), "UNKNOWN");
        assert_true(strlen(strait_result_text(unknown[i])) > 0 &&
                    strlen(strait_result_remedy(unknown[i])) > 0);
    }
}

/* Pieces of one sentence: "... [NAME] To mend: REMEDY." */
static void assert_is_a_piece(const char *text)
{
    size_t length = strlen(text);

    assert_true(length > 0);
    assert_false(text[0] == ' ' || text[length - 1] == ' ' || text[length - 1] == '.');
    assert_null(strpbrk(text, "\n\t"));
}

static void every_result_says_what_it_means_and_what_to_do(void)
{
    for (size_t i = 0; i < ROWS; i++) {
        assert_is_a_piece(rows[i].text);
        assert_is_a_piece(rows[i].remedy);
    }
}

/* --- sentences --------------------------------------------------------------------------------------------
 */

static void every_sentence_begins_with_what_was_tried_and_has_a_result(void)
{
    for (size_t i = 0; i < SENTENCES; i++) {
        assert_is_a_piece(sentences[i].format);
        assert_memory_equal(sentences[i].format, "%s: ", 4);
        assert_true(sentences[i].result < 0);
        assert_string_not_equal(strait_result_name(sentences[i].result), "UNKNOWN");
        for (size_t j = 0; j < i; j++) {
            assert_string_not_equal(sentences[i].id, sentences[j].id);
        }
    }
}

static void every_refusal_has_a_sentence(void)
{
    for (size_t i = 0; i < ROWS; i++) {
        int n = rows[i].number;
        /* What comes with waiting for a ring is no failure. */
        bool told =
            n >= 0 || n == STRAIT_TIMED_OUT || n == STRAIT_FULL || n == STRAIT_EMPTY || n == STRAIT_CLOSED;
        for (size_t j = 0; j < SENTENCES && !told; j++) {
            told = sentences[j].result == rows[i].number;
        }
        if (!told) {
            fail_msg("%s has no sentence", rows[i].name);
        }
    }
}

static void a_failure_becomes_a_sentence_with_its_remedy(void)
{
    char expected[512];

    assert_string_equal(strait_last_error(), "");
    assert_int_equal(strait_fail(NO_OBJECT, "find segment \"orders\"", "legs"), STRAIT_NOT_FOUND);
    snprintf(expected, sizeof expected,
             "find segment \"orders\": it holds no object \"legs\" [NOT_FOUND] To mend: %s.",
             strait_result_remedy(STRAIT_NOT_FOUND));
    assert_string_equal(strait_last_error(), expected);
    assert_int_equal(strait_fail(IN_CHILD, "stat segment \"orders\""), STRAIT_FORKED);
    assert_non_null(strstr(strait_last_error(), "[FORKED]"));
}

static void an_endless_sentence_is_cut_not_spilt(void)
{
    static char endless[100000];

    memset(endless, 'x', sizeof endless - 1);
    assert_int_equal(strait_fail(CANNOT, endless, endless), STRAIT_UNSUPPORTED);
    assert_true(strlen(strait_last_error()) > 100 && strlen(strait_last_error()) < 4096);
    assert_int_equal(strspn(strait_last_error(), "x"), strlen(strait_last_error()));
}

static void *fail_elsewhere(void *seen)
{
    snprintf(seen, 64, "%s", strait_last_error());
    strait_fail(IS_RETIRED, "open segment \"theirs\"");
    return strstr(strait_last_error(), "theirs") ? seen : NULL;
}

static void the_last_failure_is_the_threads_own(void)
{
    system_thread thread;
    char seen[64] = "nobody looked";

    strait_fail(IS_RETIRED, "open segment \"ours\"");
    assert_true(system_thread_start(&thread, fail_elsewhere, seen));
    assert_ptr_equal(system_thread_join(&thread), seen);
    assert_string_equal(seen, "");
    assert_non_null(strstr(strait_last_error(), "ours"));
}

SUITE(result, TEST(every_result_has_one_number_and_one_name),
      TEST(numbers_stay_in_the_ranges_that_are_promised), TEST(numbers_never_change),
      TEST(predicates_hold_at_the_edges), TEST(counts_and_unknown_numbers_have_words_too),
      TEST(every_result_says_what_it_means_and_what_to_do),
      TEST(every_sentence_begins_with_what_was_tried_and_has_a_result), TEST(every_refusal_has_a_sentence),
      TEST(a_failure_becomes_a_sentence_with_its_remedy), TEST(an_endless_sentence_is_cut_not_spilt),
      TEST(the_last_failure_is_the_threads_own))
