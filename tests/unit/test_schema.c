/* test_schema.c - schemas as texts: what is refused, and that noise in the place of a text does no harm.
 * Random tests draw from a fixed seed, and hold each text in a heap block of exactly its length, so that the
 * address sanitizer sees a single byte read too far.
 */
#include "support/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <strait/record.h>

enum { ROUNDS = 200000 };

/* --- helpers ----------------------------------------------------------------------------------------- */

static uint64_t random_state = UINT64_C(0x9e3779b97f4a7c15);

static uint64_t draw(uint64_t below)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (random_state >> 11) % below;
}

static bool sound(const char *text)
{
    size_t length = strlen(text);
    char *exact = malloc(length > 0 ? length : 1);
    bool is;

    assert_non_null(exact);
    memcpy(exact, text, length);
    is = strait_schema_verify(exact, length);
    free(exact);
    return is;
}

/* Walks a text to its end, nested records too, and checks what every step promises. Returns the number of
 * fields. */
static uint64_t walk_through(const char *text, size_t length, uint32_t depth)
{
    strait_schema_walk walk;
    strait_schema_field field;
    uint64_t end = 0, fields = 0;

    assert_true(depth <= STRAIT_RECORD_DEPTH_MAX + 1);
    if (!strait_schema_begin(&walk, text, length)) {
        return 0;
    }
    while (strait_schema_next(&walk, &field)) {
        uint64_t count = field.count > 0 ? field.count : 1;
        assert_true(field.name >= text && field.name + field.name_bytes <= text + length);
        assert_true(field.offset >= end && field.bytes > 0);
        assert_true(count <= walk.record_bytes / field.bytes);
        end = field.offset + count * field.bytes;
        assert_true(end <= walk.record_bytes);
        fields++;
        if (field.kind == STRAIT_FIELD_RECORD) {
            assert_true(field.nested >= text && field.nested + field.nested_bytes <= text + length);
            fields += walk_through(field.nested, field.nested_bytes, depth + 1);
        }
    }
    assert_false(strait_schema_next(&walk, &field)); /* the end stays the end */
    return fields;
}

/* --- texts ------------------------------------------------------------------------------------------- */

static void what_a_record_can_be_is_accepted(void)
{
    assert_true(sound("1{a:u8@0}"));
    assert_true(sound("8{a:u8@0}"));
    assert_true(sound("8{_:u64@0}"));
    assert_true(sound("9{a:u64@1}")); /* a packed struct */
    assert_true(sound("16{a:shared_u64@8}"));
    assert_true(sound("16{x:f64@0,p:8{x:f64@0}@8}"));
    assert_true(sound("70368744177664{a:u8[70368744177664]@0}"));
    assert_true(sound("4{abcdefghijklmnopqrstuvwxyz_ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789:u8@0}") == false);
    assert_true(sound("4{abcdefghijklmnopqrstuvwxyz_ABCDEFGHIJKLMNOPQRSTUVWXYZ_012345678:u8@0}"));
}

static void what_no_record_can_be_is_refused(void)
{
    static const char *const bad[] = {
        "", "8", "8{", "8{}", "{a:u8@0}", "0{a:u8@0}", "08{a:u8@0}", "8{a:u8@0", "8{a:u8@0}}", "8{a:u8@0} ",
        " 8{a:u8@0}", "8{a:u8@0,}", "8{,a:u8@0}", "8{a:u8@00}", "8{a:u8@}", "8{a:u8}", "8{a@0}", "8{a:@0}",
        "8{:u8@0}", "8{1a:u8@0}", "8{a b:u8@0}", "8{a-b:u8@0}", "8{a:u8[]@0}", "8{a:u8[0]@0}",
        "8{a:u8[01]@0}", "8{a:u8[2@0}", "8{a:u8[9]@0}", "8{a:u8@8}", "8{a:u64@1}", "8{a:u9@0}", "8{a:U8@0}",
        "8{a:u8 @0}", "8{a:u88@0}", "8{a:record@0}", "8{a:none@0}", "8{a:u8@-1}", "8{a:u8@+1}",
        "8{a:u8@0;b:u8@1}",
        /* order, overlap, names */
        "8{a:u8@1,b:u8@0}", "8{a:u8@0,b:u8@0}", "8{a:u32@0,b:u8@3}", "8{a:u8[5]@0,b:u8@4}",
        "8{a:u8@0,a:u8@1}", "8{a:u8@0,b:u8@1,a:u8@2}",
        /* nested */
        "8{p:{x:u8@0}@0}", "8{p:4{}@0}", "8{p:4{x:u8@4}@0}", "8{p:16{x:u8@0}@0}", "8{p:8{x:u8@0}@1}",
        "8{p:4{x:u8@0}[3]@0}", "8{p:4{x:u8@0,x:u8@1}@0}", "8{p:4{x:u8@0@0}", "8{p:4x:u8@0}@0}",
        /* shared words out of line, alone or in the second element of an array */
        "16{a:shared_u64@4}", "16{a:shared_u32@2}", "24{p:8{a:shared_u64@0}@4}",
        "24{p:12{a:shared_u64@0}[2]@0}",
        /* numbers that wrap */
        "18446744073709551617{a:u8@0}", "99999999999999999999999999{a:u8@0}", "70368744177665{a:u8@0}",
        "8{a:u8@18446744073709551616}", "8{a:u8[18446744073709551617]@0}", "8{a:u64[2305843009213693953]@0}",
        "8{a:u8@0,b:u8@18446744073709551615}", "70368744177664{a:u64[70368744177664]@0}",
        "70368744177664{p:70368744177664{x:u8@0}[262144]@0}"};

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (sound(bad[i])) {
            fail_msg("accepted %s", bad[i]);
        }
    }
    assert_false(strait_schema_verify(NULL, 0));
    assert_false(strait_schema_verify(NULL, 100));
    assert_false(strait_schema_verify("8{a:u8@0}\0", 10));
}

static void nest(char *text, uint32_t depth)
{
    text[0] = 0;
    for (uint32_t i = 1; i < depth; i++) {
        strcat(text, "1{a:");
    }
    strcat(text, "1{a:u8@0}");
    for (uint32_t i = 1; i < depth; i++) {
        strcat(text, "@0}");
    }
}

static void depth_is_limited(void)
{
    char text[4096];

    nest(text, STRAIT_RECORD_DEPTH_MAX);
    assert_true(sound(text));
    nest(text, STRAIT_RECORD_DEPTH_MAX + 1);
    assert_false(sound(text));
    nest(text, 500);
    assert_false(sound(text));
    assert_int_equal(walk_through(text, strlen(text), 1), 0);
}

/* Writes a sound schema of a given length: short fields, then one whose name takes what is left. */
static uint64_t fill(char *text, size_t wanted)
{
    static const char last[] = ":u8@60000}";
    size_t length = (size_t)sprintf(text, "65536{f:u8@0");
    uint64_t fields = 1;

    while (length < wanted - 40) {
        length += (size_t)sprintf(text + length, ",f%u:u8@%u", (unsigned)fields, (unsigned)fields);
        fields++;
    }
    text[length++] = ',';
    memset(text + length, 'n', wanted - length);
    memcpy(text + wanted - strlen(last), last, sizeof last);
    return fields + 1;
}

static void length_is_limited(void)
{
    char text[STRAIT_SCHEMA_MAX + 1];
    uint64_t fields = fill(text, STRAIT_SCHEMA_MAX - 1);

    assert_int_equal(strlen(text), STRAIT_SCHEMA_MAX - 1);
    assert_true(sound(text));
    assert_int_equal(walk_through(text, strlen(text), 1), fields);
    fill(text, STRAIT_SCHEMA_MAX);
    assert_int_equal(strlen(text), STRAIT_SCHEMA_MAX);
    assert_false(sound(text));
}

/* --- noise ------------------------------------------------------------------------------------------- */

static void judge_noise(const char *text, size_t length)
{
    char sentence[96];
    bool is = strait_schema_verify(text, length);

    walk_through(text, length, 1);
    strait_schema_difference("8{a:u64@0}", 10, text, length, sentence, sizeof sentence);
    assert_true(strlen(sentence) > 0 && strlen(sentence) < sizeof sentence);
    if (!is) {
        assert_string_equal(sentence, "the schema in the segment is damaged");
    }
}

static void noise_does_no_harm(void)
{
    static const char letters[] = "0123456789{}[]@:,abu8i16f32_shared\0\xff";

    for (uint32_t round = 0; round < ROUNDS; round++) {
        size_t length = (size_t)draw(48);
        char *text = malloc(length > 0 ? length : 1);
        assert_non_null(text);
        for (size_t i = 0; i < length; i++) {
            text[i] = round % 4 == 0 ? (char)draw(256) : letters[draw(sizeof letters - 1)];
        }
        judge_noise(text, length);
        free(text);
    }
}

/* Cuts, doubles, swaps or overwrites something in a text of `length` bytes with room for twice that. */
static size_t mutate(char *text, size_t length)
{
    size_t at = (size_t)draw(length), run = (size_t)draw(length - at) % 12 + 1;

    run = run > length - at ? length - at : run;
    switch (draw(5)) {
    case 0:
        return at;
    case 1:
        memmove(text + at, text + at + run, length - at - run);
        return length - run;
    case 2:
        memmove(text + at + run, text + at, length - at);
        return length + run;
    case 3:
        text[at] = text[draw(length)];
        return length;
    default:
        text[at] = (char)draw(128);
        return length;
    }
}

static void a_changed_text_is_refused_or_another_record(void)
{
    static const char original[] = "96{id:u64@0,price:f64@8,symbol:char[16]@16,where:16{x:f64@0,y:f64@8}@32,"
                                   "legs:12{n:shared_u32@0,r:f32@4,s:i8@8}[4]@48}";
    const size_t whole = sizeof original - 1;
    uint64_t print = strait_schema_fingerprint(original, whole);
    uint32_t accepted = 0;

    assert_true(strait_schema_verify(original, whole));
    for (uint32_t round = 0; round < ROUNDS; round++) {
        char changed[2 * sizeof original], sentence[256], *exact;
        size_t length = whole;
        memcpy(changed, original, whole);
        length = mutate(changed, length);
        exact = malloc(length > 0 ? length : 1);
        assert_non_null(exact);
        memcpy(exact, changed, length);
        judge_noise(exact, length);
        if (strait_schema_verify(exact, length) && (length != whole || memcmp(exact, original, whole) != 0)) {
            accepted++;
            assert_true(strait_schema_fingerprint(exact, length) != print);
            strait_schema_difference(original, whole, exact, length, sentence, sizeof sentence);
            assert_string_not_equal(sentence, "the layouts agree");
        }
        free(exact);
    }
    assert_true(accepted > 1000 && accepted < ROUNDS / 2);
}

SUITE(schema, TEST(what_a_record_can_be_is_accepted), TEST(what_no_record_can_be_is_refused),
      TEST(depth_is_limited), TEST(length_is_limited), TEST_WITHIN(120, noise_does_no_harm),
      TEST_WITHIN(120, a_changed_text_is_refused_or_another_record))
