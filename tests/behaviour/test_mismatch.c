/* test_mismatch.c - two sides that do not fit: each refusal names both, and changes nothing. */
#include "behaviour.h"

#include <stddef.h>
#include <strait/format.h>

#define QUOTE(F) F(uint64_t, id) F(double, price) F(int32_t, quantity)
STRAIT_RECORD(quote, QUOTE)
#define QUOTE_FLOAT(F) F(uint64_t, id) F(float, price) F(int32_t, quantity)
STRAIT_RECORD(quote_float, QUOTE_FLOAT)
#define QUOTE_RENAMED(F) F(uint64_t, id) F(double, cost) F(int32_t, quantity)
STRAIT_RECORD(quote_renamed, QUOTE_RENAMED)
#define QUOTE_LONGER(F) F(uint64_t, id) F(double, price) F(int32_t, quantity) F(char, symbol, 16)
STRAIT_RECORD(quote_longer, QUOTE_LONGER)
/* The same bytes under the same names, spelled otherwise. */
#define QUOTE_SPELLED(F) F(unsigned long long, id) F(double, price) F(int, quantity)
STRAIT_RECORD(quote_spelled, QUOTE_SPELLED)

static int attach_as(const char *name, const strait_segment_options *options)
{
    strait_segment *segment = NULL;
    int rc = strait_segment_open(name, options, &segment);
    CHECK(rc == 0 || segment == NULL);
    strait_segment_close(segment);
    return rc;
}

SCENARIO(mismatch, another_size_is_refused_with_both_sizes)
{
    const char *name = scenario_name(0);
    child *maker = attached_peer(name, "bytes=4800");
    CHECK_RESULT(attach_as(name, &(strait_segment_options){.bytes = 6400}), SIZE_MISMATCH);
    CHECK_TEXT(strait_last_error(), "4800");
    CHECK_TEXT(strait_last_error(), "6400");
    CHECK_TEXT(strait_last_error(), name);
    CHECK_RESULT(attach_as(name, &(strait_segment_options){.bytes = 4801}), SIZE_MISMATCH);
    CHECK_RESULT(attach_as(name, &(strait_segment_options){.bytes = 4800}), OK);
    CHECK_RESULT(attach_as(name, NULL), OK);
    CHECK_TEXT(child_ask(maker, "peers"), "ok 1 ");
}

SCENARIO(mismatch, another_record_is_refused_with_both_names_and_the_first_field_that_differs)
{
    const char *name = scenario_name(0);
    strait_segment *mine = opened(name, &(strait_segment_options){.record = STRAIT_RECORD_OF(quote)});
    CHECK_SAME(strait_segment_bytes(mine), sizeof(struct quote));
    CHECK_RESULT(attach_as(name, &(strait_segment_options){.record = STRAIT_RECORD_OF(quote)}), OK);
    CHECK_RESULT(attach_as(name, &(strait_segment_options){.record = STRAIT_RECORD_OF(quote_float)}),
                 SCHEMA_MISMATCH);
    CHECK_TEXT(strait_last_error(), "record quote ");
    CHECK_TEXT(strait_last_error(), "record quote_float ");
    CHECK_TEXT(strait_last_error(), "price");
    CHECK_TEXT(strait_last_error(), "f32");
    CHECK_TEXT(strait_last_error(), "f64");
    CHECK_RESULT(attach_as(name, &(strait_segment_options){.record = STRAIT_RECORD_OF(quote_renamed)}),
                 SCHEMA_MISMATCH);
    CHECK_TEXT(strait_last_error(), "price");
    CHECK_TEXT(strait_last_error(), "cost");
    CHECK_RESULT(attach_as(name, NULL), OK);
}

SCENARIO(mismatch, a_longer_record_is_refused_with_both_sides)
{
    const char *name = scenario_name(0);
    opened(name, &(strait_segment_options){.record = STRAIT_RECORD_OF(quote)});
    int rc = attach_as(name, &(strait_segment_options){.record = STRAIT_RECORD_OF(quote_longer)});
    CHECK_SAY(rc == STRAIT_SIZE_MISMATCH || rc == STRAIT_SCHEMA_MISMATCH, "%s", strait_last_error());
    CHECK_TEXT(strait_last_error(), "quote");
    CHECK_TEXT(strait_last_error(), "quote_longer");
}

SCENARIO(mismatch, a_record_spelled_otherwise_but_of_the_same_bytes_is_the_same)
{
    const char *name = scenario_name(0);
    strait_segment *mine = opened(name, &(strait_segment_options){.record = STRAIT_RECORD_OF(quote)});
    strait_segment_info info, other_info;
    CHECK_RESULT(attach_as(name, &(strait_segment_options){.record = STRAIT_RECORD_OF(quote_spelled)}), OK);
    CHECK_RESULT(strait_segment_stat(mine, &info), OK);
    strait_segment *other =
        opened(scenario_name(1), &(strait_segment_options){.record = STRAIT_RECORD_OF(quote_spelled)});
    CHECK_RESULT(strait_segment_stat(other, &other_info), OK);
    CHECK(info.fingerprint == other_info.fingerprint && info.fingerprint != 0);
    CHECK_SAME(strcmp(info.record_name, "quote"), 0);
    char schema[200];
    CHECK(strait_segment_schema(mine, schema, sizeof schema) > 0);
    CHECK_TEXT(schema, "price:f64@8");
}

SCENARIO(mismatch, bytes_without_a_record_do_not_pass_for_one)
{
    const char *name = scenario_name(0);
    opened(name, &(strait_segment_options){.bytes = sizeof(struct quote)});
    int rc = attach_as(name, &(strait_segment_options){.record = STRAIT_RECORD_OF(quote)});
    CHECK_SAY(rc == STRAIT_SCHEMA_MISMATCH || rc == STRAIT_KIND_MISMATCH, "%s", strait_last_error());
    CHECK_TEXT(strait_last_error(), "made ");
    CHECK_TEXT(strait_last_error(), "you asked for ");
}

SCENARIO(mismatch, another_kind_is_refused_with_both_kinds)
{
    const char *name = scenario_name(0);
    opened(name, &(strait_segment_options){.bytes = 64, .kind = STRAIT_FORMAT_KIND_RING});
    CHECK_RESULT(attach_as(name, &(strait_segment_options){.bytes = 64, .kind = STRAIT_FORMAT_KIND_CELL}),
                 KIND_MISMATCH);
    CHECK_TEXT(strait_last_error(), "ring");
    CHECK_TEXT(strait_last_error(), "cell");
    CHECK_RESULT(attach_as(name, &(strait_segment_options){.bytes = 64, .kind = STRAIT_FORMAT_KIND_RING}),
                 OK);
}

/* Writes over the bare bytes of a segment, as another version or a broken program would have left them. */
static void patch(const char *name, uint64_t offset, const void *bytes, size_t count)
{
    memcpy((char *)bare_bytes(name) + offset, bytes, count);
}

#define FIELD(name) offsetof(strait_header_format, name)

SCENARIO(mismatch, another_version_of_the_format_is_refused_with_both_numbers)
{
    const char *name = scenario_name(0);
    CHECK_RESULT(strait_segment_close(opened(name, &(strait_segment_options){.bytes = 64})), OK);
    const uint32_t later = 77;
    patch(name, FIELD(format_version), &later, sizeof later);
    CHECK_RESULT(attach_as(name, NULL), VERSION_MISMATCH);
    CHECK_TEXT(strait_last_error(), "version 77");
    CHECK_TEXT(strait_last_error(), "version 1");
    CHECK_RESULT(attach_as(name, &(strait_segment_options){.bytes = 64}), VERSION_MISMATCH);
    CHECK_TEXT(child_ask(peer_start(), "list %s", name), ":VERSION_MISMATCH:");
    CHECK(strait_segment_gc() >= 0);
    CHECK(is_there(name));
}

SCENARIO(mismatch, unknown_features_shut_out_whom_they_concern)
{
    const char *name = scenario_name(0);
    CHECK_RESULT(strait_segment_close(opened(name, &(strait_segment_options){.bytes = 64})), OK);
    const uint64_t bit = UINT64_C(1) << 40, none = 0;
    const strait_segment_options eye = {.how = STRAIT_ATTACH, .role = STRAIT_OBSERVER};
    patch(name, FIELD(features_compatible), &bit, sizeof bit);
    CHECK_RESULT(attach_as(name, NULL), OK);
    patch(name, FIELD(features_readable), &bit, sizeof bit);
    CHECK_RESULT(attach_as(name, NULL), VERSION_MISMATCH);
    CHECK_TEXT(strait_last_error(), "0000010000000000");
    CHECK_RESULT(attach_as(name, &eye), OK);
    patch(name, FIELD(features_readable), &none, sizeof none);
    patch(name, FIELD(features_incompatible), &bit, sizeof bit);
    CHECK_RESULT(attach_as(name, &eye), VERSION_MISMATCH);
    CHECK_TEXT(strait_last_error(), "incompatible");
}

SCENARIO(mismatch, the_other_byte_order_is_refused_as_that)
{
    const char *name = scenario_name(0);
    CHECK_RESULT(strait_segment_close(opened(name, &(strait_segment_options){.bytes = 64})), OK);
    const uint32_t swapped = 0x04030201;
    uint64_t magic = 0;
    for (unsigned i = 0; i < 8; i++) {
        magic = magic << 8 | (STRAIT_FORMAT_MAGIC >> (8 * i) & 0xFF);
    }
    patch(name, FIELD(magic), &magic, sizeof magic);
    patch(name, FIELD(byte_order), &swapped, sizeof swapped);
    CHECK_RESULT(attach_as(name, NULL), BYTE_ORDER_MISMATCH);
    CHECK_TEXT(strait_last_error(), "04030201");
    CHECK_TEXT(strait_last_error(), "01020304");
}

SCENARIO(mismatch, a_file_that_was_cut_off_is_refused_with_both_lengths)
{
    const char *name = scenario_name(0);
    strait_segment_info info;
    strait_segment *mine = opened(name, &(strait_segment_options){.bytes = 100000});
    CHECK_RESULT(strait_segment_stat(mine, &info), OK);
    CHECK_RESULT(strait_segment_close(mine), OK);
    char whole[32];
    snprintf(whole, sizeof whole, "%llu", (unsigned long long)info.total_bytes);
    if (!system_file_cut(file_of(name), 70000)) {
        SKIP("names are not files here");
    }
    CHECK_RESULT(attach_as(name, NULL), TRUNCATED);
    CHECK_TEXT(strait_last_error(), "70000");
    CHECK_TEXT(strait_last_error(), whole);
    CHECK(system_file_cut(file_of(name), 100));
    CHECK_RESULT(attach_as(name, NULL), TRUNCATED);
    CHECK_RESULT(attach_as(name, &(strait_segment_options){.bytes = 100000}), TRUNCATED);
    CHECK(system_file_cut(file_of(name), 0));
    CHECK_RESULT(attach_as(name, NULL), TRUNCATED);
    CHECK_RESULT(strait_segment_remove(name, NULL, false), TRUNCATED);
    CHECK_RESULT(strait_segment_remove(name, NULL, true), OK);
}

SCENARIO(mismatch, a_foreign_file_under_our_name_is_refused_and_left_alone)
{
    const char *name = scenario_name(0);
    need_names_as_files();
    static char stranger[40000];
    memset(stranger, 'z', sizeof stranger);
    CHECK(system_file_make(file_of(name), stranger, sizeof stranger));
    CHECK_RESULT(attach_as(name, NULL), FOREIGN);
    CHECK_TEXT(strait_last_error(), name);
    CHECK_TEXT(strait_last_error(), "not a Strait segment");
    CHECK_RESULT(attach_as(name, &(strait_segment_options){.bytes = 64}), FOREIGN);
    CHECK_TEXT(child_ask(peer_start(), "list %s", name), ":FOREIGN:");
    char last = 0;
    CHECK_SAME(system_file_bytes(file_of(name)), sizeof stranger);
    CHECK(system_file_read(file_of(name), (int64_t)sizeof stranger - 1, &last, 1) && last == 'z');
}

SCENARIO(mismatch, a_header_that_contradicts_itself_is_refused_with_the_field)
{
    const char *name = scenario_name(0);
    CHECK_RESULT(strait_segment_close(opened(name, &(strait_segment_options){.bytes = 64})), OK);
    const uint64_t lie = UINT64_MAX - 5;
    patch(name, FIELD(user_offset), &lie, sizeof lie);
    CHECK_RESULT(attach_as(name, NULL), CORRUPT);
    CHECK_TEXT(strait_last_error(), "user_offset");
    CHECK_TEXT(strait_last_error(), name);
    CHECK_RESULT(strait_segment_remove(name, NULL, false), CORRUPT);
    CHECK(strait_segment_gc() >= 0);
    CHECK(is_there(name));
}

SCENARIO(mismatch, a_segment_moved_to_another_name_is_not_taken_for_it)
{
    const char *name = scenario_name(0), *other = scenario_name(1);
    CHECK_RESULT(strait_segment_close(opened(name, &(strait_segment_options){.bytes = 64})), OK);
    char from[300];
    snprintf(from, sizeof from, "%s", file_of(name));
    if (!system_file_move(from, file_of(other))) {
        SKIP("names are not files here");
    }
    CHECK_RESULT(attach_as(other, NULL), CORRUPT);
    CHECK_TEXT(strait_last_error(), name);
    CHECK_TEXT(strait_last_error(), other);
}

SCENARIO(mismatch, bad_names_are_refused_before_anything_is_touched)
{
    char long_name[STRAIT_NAME_MAX + 2];
    memset(long_name, 'n', sizeof long_name - 1);
    long_name[sizeof long_name - 1] = '\0';
    const char *const bad[] = {"", "/", ".hidden", "a/b", "a b", "na\xc3\xafve", "a\n", long_name};
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        CHECK_RESULT(attach_as(bad[i], &(strait_segment_options){.bytes = 64}), BAD_NAME);
        CHECK_RESULT(strait_segment_remove(bad[i], NULL, false), BAD_NAME);
    }
    CHECK_RESULT(attach_as(NULL, &(strait_segment_options){.bytes = 64}), BAD_ARGUMENT);
    long_name[STRAIT_NAME_MAX] = '\0';
    CHECK_RESULT(attach_as(long_name, &(strait_segment_options){.bytes = 64}), OK);
    CHECK_RESULT(strait_segment_remove(long_name, NULL, false), OK);
}
