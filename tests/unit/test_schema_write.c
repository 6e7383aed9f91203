/* test_schema_write.c - descriptors that a program fills in itself, sound and unsound, and what is said about
 * two schemas that differ. Random descriptors are drawn from a fixed seed.
 */
#include "support/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <strait/record.h>

enum { RANDOM_FIELDS = 12 };

/* --- helpers ----------------------------------------------------------------------------------------- */

static uint64_t random_state = UINT64_C(0x9e3779b97f4a7c15);

static uint64_t draw(uint64_t below)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (random_state >> 11) % below;
}

static const char *difference(const char *expected, const char *found)
{
    static char sentence[512];
    strait_schema_difference(expected, strlen(expected), found, strlen(found), sentence, sizeof sentence);
    return sentence;
}

static const char *fault_of(const strait_record *record)
{
    static char sentence[256];
    char text[64];
    bool bad = strait_record_fault(record, sentence, sizeof sentence);

    /* the two judge alike, always */
    assert_true(bad == (strait_schema_write(record, text, sizeof text) == 0));
    assert_true(bad == (sentence[0] != 0));
    return sentence;
}

/* --- descriptors made at run time -------------------------------------------------------------------- */

/* A record of random plain fields with random gaps, given in random order. */
static void random_record(strait_record *record, strait_field *fields, char names[RANDOM_FIELDS][8],
                          const strait_record *inner)
{
    uint32_t count = (uint32_t)draw(RANDOM_FIELDS) + 1;
    uint64_t end = 0;

    for (uint32_t i = 0; i < count; i++) {
        strait_field *f = &fields[i];
        sprintf(names[i], "f%u", (unsigned)i);
        memset(f, 0, sizeof *f);
        f->name = names[i];
        f->kind = (strait_field_kind)(draw(18) + 1);
        if (f->kind == STRAIT_FIELD_RECORD && !inner) {
            f->kind = STRAIT_FIELD_U16;
        }
        static const uint64_t bytes[] = {0, 1, 1, 1, 1, 2, 2, 4, 4, 8, 8, 4, 8, 4, 4, 8, 8, 8};
        f->record = f->kind == STRAIT_FIELD_RECORD ? inner : NULL;
        f->bytes = f->record ? inner->bytes : bytes[f->kind];
        f->count = draw(4);
        f->offset = (end + draw(3) * 8 + 7) / 8 * 8;
        end = f->offset + f->bytes * (f->count > 0 ? f->count : 1);
    }
    for (uint32_t i = count; i > 1; i--) {
        uint32_t other = (uint32_t)draw(i);
        strait_field kept = fields[i - 1];
        fields[i - 1] = fields[other];
        fields[other] = kept;
    }
    *record = (strait_record){
        .name = "random", .bytes = (end + 7) / 8 * 8, .align = 8, .field_count = count, .fields = fields};
}

static const strait_field *field_named(const strait_record *record, const strait_schema_field *wanted)
{
    for (uint32_t i = 0; i < record->field_count; i++) {
        const char *name = record->fields[i].name;
        if (strlen(name) == wanted->name_bytes && memcmp(name, wanted->name, wanted->name_bytes) == 0) {
            return &record->fields[i];
        }
    }
    fail_msg("a field came out that never went in");
    return NULL;
}

static void what_is_written_is_what_is_read(void)
{
    for (uint32_t round = 0; round < 5000; round++) {
        char inner_names[RANDOM_FIELDS][8], names[RANDOM_FIELDS][8], text[STRAIT_SCHEMA_MAX + 1];
        strait_field inner_fields[RANDOM_FIELDS], fields[RANDOM_FIELDS];
        strait_record inner, record;
        strait_schema_walk walk;
        strait_schema_field got;
        uint32_t count = 0;
        size_t length;

        random_record(&inner, inner_fields, inner_names, NULL);
        random_record(&record, fields, names, &inner);
        length = strait_schema_write(&record, text, sizeof text);
        assert_true(length > 0 && length == strlen(text) && strait_schema_verify(text, length));
        assert_true(strait_schema_begin(&walk, text, length));
        assert_int_equal(walk.record_bytes, record.bytes);
        while (strait_schema_next(&walk, &got)) {
            const strait_field *f = field_named(&record, &got);
            assert_true(got.kind == f->kind && got.offset == f->offset && got.bytes == f->bytes &&
                        got.count == f->count);
            if (got.kind == STRAIT_FIELD_RECORD) {
                char nested[STRAIT_SCHEMA_MAX + 1];
                assert_int_equal(strait_schema_write(&inner, nested, sizeof nested), got.nested_bytes);
                assert_memory_equal(nested, got.nested, got.nested_bytes);
            }
            count++;
        }
        assert_true(strait_schema_ended(&walk));
        assert_int_equal(count, record.field_count);
    }
}

static void a_short_room_gets_the_start_and_the_whole_length(void)
{
    static const strait_field fields[] = {{"alpha", NULL, 0, 8, 0, STRAIT_FIELD_U64}};
    const strait_record record = {.name = "r", .bytes = 8, .align = 8, .field_count = 1, .fields = fields};
    const char *whole = "8{alpha:u64@0}";

    assert_int_equal(strait_schema_write(&record, NULL, 0), strlen(whole));
    for (size_t room = 1; room < 20; room++) {
        char *text = malloc(room);
        assert_non_null(text);
        assert_int_equal(strait_schema_write(&record, text, room), strlen(whole));
        assert_int_equal(strlen(text), room - 1 < strlen(whole) ? room - 1 : strlen(whole));
        assert_memory_equal(text, whole, strlen(text));
        strait_schema_difference(whole, strlen(whole), whole, strlen(whole), text, room);
        assert_int_equal(strlen(text), room - 1 < 17 ? room - 1 : 17);
        free(text);
    }
    strait_schema_difference(whole, strlen(whole), whole, strlen(whole), NULL, 0);
}

static void bad_descriptors_are_told_what_is_wrong(void)
{
    char long_name[80];
    strait_field f[3] = {{"a", NULL, 0, 8, 0, STRAIT_FIELD_U64},
                         {"b", NULL, 8, 4, 2, STRAIT_FIELD_I32},
                         {"c", NULL, 16, 8, 0, STRAIT_FIELD_SHARED_U64}};
    const strait_field good[3] = {f[0], f[1], f[2]};
    strait_record r = {.name = "r", .bytes = 24, .align = 8, .field_count = 3, .fields = f};
    const strait_record fine = r;

    memset(long_name, 'n', sizeof long_name);
    long_name[sizeof long_name - 1] = 0;
#define BROKEN(change, sentence)                                                                             \
    do {                                                                                                     \
        memcpy(f, good, sizeof good);                                                                        \
        r = fine;                                                                                            \
        assert_string_equal(fault_of(&r), "");                                                               \
        change;                                                                                              \
        assert_string_equal(fault_of(&r), sentence);                                                         \
    } while (0)
    BROKEN(r.name = NULL, "record: its name is missing or longer than 63 bytes");
    BROKEN(r.name = "", "record \"\": its name is missing or longer than 63 bytes");
    BROKEN(r.name = "a b", "record \"a b\": its name is not printable, or has a blank in it");
    BROKEN(r.bytes = 0, "record \"r\": its size is 0 or above 2^46 bytes");
    BROKEN(r.bytes = UINT64_MAX, "record \"r\": its size is 0 or above 2^46 bytes");
    BROKEN(r.align = 0, "record \"r\": its alignment is not a power of two up to 128");
    BROKEN(r.align = 12, "record \"r\": its alignment is not a power of two up to 128");
    BROKEN(r.align = 4096, "record \"r\": its alignment is not a power of two up to 128");
    BROKEN(r.field_count = 0, "record \"r\": it has no fields");
    BROKEN(r.fields = NULL, "record \"r\": it has no fields");
    BROKEN(r.field_count = UINT32_MAX, "record \"r\": it has too many fields");
    BROKEN(f[1].name = NULL, "record \"r\": a field has no name");
    BROKEN(f[1].name = "2b",
           "record \"r\", field \"2b\": its name is not a C identifier of at most 63 bytes");
    BROKEN(f[1].name = "a", "record \"r\", field \"a\": another field has the same name");
    BROKEN(f[1].kind = (strait_field_kind)99,
           "record \"r\", field \"b\": its kind is unknown or of another size");
    BROKEN(f[1].bytes = 8, "record \"r\", field \"b\": its kind is unknown or of another size");
    BROKEN(f[1].kind = STRAIT_FIELD_RECORD,
           "record \"r\", field \"b\": its nested record is missing or of another size");
    BROKEN((f[1].kind = STRAIT_FIELD_RECORD, f[1].record = &fine),
           "record \"r\", field \"b\": its nested record is missing or of another size");
    BROKEN(r.bytes = 20, "record \"r\", field \"c\": it reaches out of its record");
    BROKEN(f[1].offset = 7, "record \"r\", field \"b\": it overlaps the field before it");
    BROKEN(f[1].offset = 0, "record \"r\", field \"b\": it overlaps the field before it");
    BROKEN(f[1].count = 3, "record \"r\", field \"c\": it overlaps the field before it");
    BROKEN(f[2].offset = 24, "record \"r\", field \"c\": it lies outside its record");
    BROKEN(f[2].offset = UINT64_MAX - 7, "record \"r\", field \"c\": it lies outside its record");
    BROKEN(f[2].count = UINT64_MAX / 8 + 2, "record \"r\", field \"c\": it reaches out of its record");
    BROKEN((f[2].offset = 17, r.bytes = 25),
           "record \"r\", field \"c\": its shared words are not aligned to their size");
    BROKEN((f[1].kind = STRAIT_FIELD_RECORD, f[1].bytes = 24, f[1].record = &r),
           "record \"r\", field \"b\": it reaches out of its record");
    BROKEN((r.field_count = 1, f[0].kind = STRAIT_FIELD_RECORD, f[0].bytes = 24, f[0].record = &r),
           "record \"r\": records are nested too deeply");
#undef BROKEN
    r = fine;
    r.name = long_name;
    assert_non_null(strstr(fault_of(&r), "longer than 63 bytes"));
    assert_string_equal(fault_of(NULL), "record: it is NULL");
}

static void shared_words_in_nested_records_stay_aligned(void)
{
    static const strait_field words[2] = {{"word", NULL, 0, 8, 0, STRAIT_FIELD_SHARED_U64},
                                          {"byte", NULL, 8, 1, 0, STRAIT_FIELD_U8}};
    const strait_record uneven = {.name = "in", .bytes = 12, .align = 4, .field_count = 2, .fields = words};
    const strait_record even = {.name = "in", .bytes = 16, .align = 8, .field_count = 2, .fields = words};
    strait_field held = {"held", &even, 8, 16, 2, STRAIT_FIELD_RECORD};
    const strait_record r = {.name = "r", .bytes = 48, .align = 8, .field_count = 1, .fields = &held};

    assert_string_equal(fault_of(&r), "");
    held.offset = 4;
    assert_string_equal(fault_of(&r),
                        "record \"r\", field \"held\": its shared words are not aligned to their size");
    held = (strait_field){"held", &uneven, 8, 12, 1, STRAIT_FIELD_RECORD};
    assert_string_equal(fault_of(&r), "");
    held.count = 2;
    assert_string_equal(fault_of(&r),
                        "record \"r\", field \"held\": its shared words are not aligned to their size");
}

/* A text of every length around the limit: one byte more in the last name each time. */
static void what_is_too_long_is_refused_to_the_byte(void)
{
    enum { FIELDS = 698 };
    static strait_field fields[FIELDS];
    static char names[FIELDS][5], text[STRAIT_SCHEMA_MAX];
    char last[STRAIT_FIELD_NAME_MAX + 1] = "";
    const strait_record r = {
        .name = "r", .bytes = FIELDS, .align = 1, .field_count = FIELDS, .fields = fields};
    size_t longest = 0;
    bool refused = false;

    for (uint32_t i = 0; i < FIELDS; i++) {
        sprintf(names[i], "n%u", (unsigned)i);
        fields[i] = (strait_field){names[i], NULL, i, 1, 0, STRAIT_FIELD_U8};
    }
    fields[FIELDS - 1].name = last;
    for (uint32_t i = 0; i < STRAIT_FIELD_NAME_MAX; i++) {
        size_t length;
        last[i] = 'z';
        length = strait_schema_write(&r, text, sizeof text);
        assert_true(length == 0 || (!refused && strait_schema_verify(text, length)));
        refused = length == 0;
        longest = length > longest ? length : longest;
    }
    assert_true(refused);
    assert_int_equal(longest, STRAIT_SCHEMA_MAX - 1);
    assert_string_equal(fault_of(&r), "record: its schema is too long");
}

static void a_record_too_long_to_write_is_refused_soon(void)
{
    /* each holds the one before 30 times: 30^7 fields in all, were they written */
    static const char names[30][4] = {"a0", "a1", "a2", "a3", "a4", "a5", "a6", "a7", "a8", "a9",
                                      "b0", "b1", "b2", "b3", "b4", "b5", "b6", "b7", "b8", "b9",
                                      "c0", "c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8", "c9"};
    static strait_field fields[7][30];
    strait_record records[7];
    uint64_t bytes = 1;

    for (size_t level = 0; level < 7; level++) {
        for (size_t i = 0; i < 30; i++) {
            fields[level][i] =
                (strait_field){names[i], level > 0 ? &records[level - 1] : NULL,           i * bytes, bytes,
                               0,        level > 0 ? STRAIT_FIELD_RECORD : STRAIT_FIELD_U8};
        }
        bytes *= 30;
        records[level] = (strait_record){
            .name = "r", .bytes = bytes, .align = 1, .field_count = 30, .fields = fields[level]};
    }
    assert_int_equal(strait_schema_write(&records[0], NULL, 0), 3 + 10 * 7 + 20 * 8 + 29 + 1);
    assert_string_equal(fault_of(&records[6]), "record: its schema is too long");
}

/* --- differences ------------------------------------------------------------------------------------- */

#define OURS "48{id:u64@0,price:f64@8,symbol:char[16]@16,where:16{x:f64@0,y:f64@8}@32}"

static void the_first_differing_field_is_named(void)
{
    assert_string_equal(difference(OURS, OURS), "the layouts agree");
    assert_string_equal(difference("16{id:u64@0,price:f64@8}", "16{id:u64@0,price:f32@8}"),
                        "field 2 \"price\": you expect f64 at offset 8, the segment has f32 at offset 8");
    assert_string_equal(difference("16{id:u64@0,price:f64@8}", "24{id:u64@0,price:f64@16}"),
                        "field 2 \"price\": you expect f64 at offset 8, the segment has f64 at offset 16");
    assert_string_equal(difference("16{id:u64@0,s:char[8]@8}", "16{id:u64@0,s:char[4]@8}"),
                        "field 2 \"s\": you expect char[8] at offset 8, the segment has char[4] at offset 8");
    assert_string_equal(difference("8{id:u64@0}", "8{id:u64[1]@0}"),
                        "field 1 \"id\": you expect u64 at offset 0, the segment has u64[1] at offset 0");
}

static void missing_added_and_renamed_fields_are_told_apart(void)
{
    assert_string_equal(difference("24{a:u64@0,b:u64@8,c:u64@16}", "16{a:u64@0,c:u64@8}"),
                        "field 2 \"b\": you expect u64 at offset 8, the segment has no such field");
    assert_string_equal(difference("16{a:u64@0,b:u64@8}", "8{a:u64@0}"),
                        "field 2 \"b\": you expect u64 at offset 8, the segment has no such field");
    assert_string_equal(difference("16{a:u64@0,c:u64@8}", "24{a:u64@0,b:u64@8,c:u64@16}"),
                        "field 2 \"b\": you have no such field, the segment has u64 at offset 8");
    assert_string_equal(difference("8{a:u64@0}", "16{a:u64@0,b:u64@8}"),
                        "field 2 \"b\": you have no such field, the segment has u64 at offset 8");
    assert_string_equal(
        difference("16{a:u64@0,b:u64@8}", "16{a:u64@0,cost:f64@8}"),
        "field 2: you expect \"b\" (u64 at offset 8), the segment has \"cost\" (f64 at offset 8)");
    assert_string_equal(
        difference("16{a:u64@0,b:u64@8}", "16{b:u64@0,a:u64@8}"),
        "field 1: you expect \"a\" (u64 at offset 0), the segment has \"b\" (u64 at offset 0)");
}

static void differences_inside_nested_records_have_a_path(void)
{
    assert_string_equal(
        difference(OURS, "48{id:u64@0,price:f64@8,symbol:char[16]@16,where:16{x:f64@0,y:f32@8}@32}"),
        "field 4 \"where.y\": you expect f64 at offset 8 of \"where\", the segment has f32 at offset 8");
    assert_string_equal(
        difference(OURS, "48{id:u64@0,price:f64@8,symbol:char[16]@16,where:8{x:f64@0}@32}"),
        "field 4 \"where.y\": you expect f64 at offset 8 of \"where\", the segment has no such field");
    assert_string_equal(
        difference(OURS, "48{id:u64@0,price:f64@8,symbol:char[16]@16,where:u64@32}"),
        "field 4 \"where\": you expect a record of 16 bytes at offset 32, the segment has u64 at offset 32");
    assert_string_equal(
        difference("8{p:8{q:8{z:u8@0}@0}[1]@0}", "8{p:8{q:8{z:i8@0}@0}[1]@0}"),
        "field 1 \"p.q.z\": you expect u8 at offset 0 of \"p.q\", the segment has i8 at offset 0");
    assert_string_equal(difference("32{p:8{z:u8@0}@0}", "32{p:16{z:u8@0}@0}"),
                        "field 1 \"p\": all fields agree, but you expect 8 bytes in all, the segment has 16");
}

static void sizes_and_damage_are_told(void)
{
    assert_string_equal(difference("8{a:u32@0}", "16{a:u32@0}"),
                        "all fields agree, but you expect 8 bytes in all, the segment has 16");
    assert_string_equal(difference(OURS, "48{id:u64@0"), "the schema in the segment is damaged");
    assert_string_equal(difference("", OURS), "your schema is not one");
}

SUITE(schema_write, TEST(what_is_written_is_what_is_read),
      TEST(a_short_room_gets_the_start_and_the_whole_length), TEST(bad_descriptors_are_told_what_is_wrong),
      TEST(shared_words_in_nested_records_stay_aligned), TEST(what_is_too_long_is_refused_to_the_byte),
      TEST(a_record_too_long_to_write_is_refused_soon), TEST(the_first_differing_field_is_named),
      TEST(missing_added_and_renamed_fields_are_told_apart),
      TEST(differences_inside_nested_records_have_a_path), TEST(sizes_and_damage_are_told))
