/* test_record.c - what the macros of record.h make of a list: the struct, its descriptor, its schema. Written
 * in what C11 and C++17 have in common; test_record_cxx.cpp compiles it a second time, and both must find the
 * same texts.
 */
#include "support/suite.h"

#include <limits.h>
#include <string.h>

#include <strait/record.h>

/* --- records ----------------------------------------------------------------------------------------- */

#define POINT(F) F(double, x) F(double, y)
STRAIT_RECORD(point, POINT)

#define LEG(F)                                                                                               \
    F(uint64_t, venue)                                                                                       \
    F(float, ratio)                                                                                          \
    F(int8_t, side)
STRAIT_RECORD(leg, LEG)

#define ORDER(F)                                                                                             \
    F(uint64_t, id)                                                                                          \
    F(double, price)                                                                                         \
    F(int32_t, quantity)                                                                                     \
    F(uint32_t, strategy)                                                                                    \
    F(char, symbol, 16)                                                                                      \
    STRAIT_NESTED(F, point, where)                                                                           \
    STRAIT_NESTED(F, leg, legs, 4)
STRAIT_RECORD(order, ORDER)
#define ORDER_TEXT                                                                                           \
    "120{id:u64@0,price:f64@8,quantity:i32@16,strategy:u32@20,symbol:char[16]@24,where:16{x:f64@0,y:f64@8}"  \
    "@40,legs:16{venue:u64@0,ratio:f32@8,side:i8@12}[4]@56}"

#define EVERY(F)                                                                                             \
    F(bool, yes)                                                                                             \
    F(char, letter)                                                                                          \
    F(uint8_t, a)                                                                                            \
    F(int8_t, b)                                                                                             \
    F(uint16_t, c)                                                                                           \
    F(int16_t, d)                                                                                            \
    F(uint32_t, e)                                                                                           \
    F(int32_t, f)                                                                                            \
    F(uint64_t, g)                                                                                           \
    F(int64_t, h)                                                                                            \
    F(float, i)                                                                                              \
    F(double, j)                                                                                             \
    F(strait_u32, k)                                                                                         \
    F(strait_i32, l)                                                                                         \
    F(strait_u64, m)                                                                                         \
    F(strait_i64, n)                                                                                         \
    F(strait_f64, o)
STRAIT_RECORD(every, EVERY)
#define EVERY_TEXT                                                                                           \
    "80{yes:bool@0,letter:char@1,a:u8@2,b:i8@3,c:u16@4,d:i16@6,e:u32@8,f:i32@12,g:u64@16,h:i64@24,i:f32@32," \
    "j:f64@40,k:shared_u32@48,l:shared_i32@52,m:shared_u64@56,n:shared_i64@64,o:shared_f64@72}"

/* What a 32-bit compiler would pack more tightly, were it not told. */
#define GAPS(F)                                                                                              \
    F(uint8_t, a)                                                                                            \
    F(double, b)                                                                                             \
    F(uint8_t, c)                                                                                            \
    F(long long, d, 2)                                                                                       \
    F(uint8_t, e)
STRAIT_RECORD(gaps, GAPS)

struct tick {
    uint32_t sequence;
    float prices[3];
    uint32_t hidden;
    struct point places[2];
};
#define TICK(F)                                                                                              \
    STRAIT_NESTED(F, point, places, 2)                                                                       \
    F(float, prices, 3)                                                                                      \
    F(unsigned int, sequence)
STRAIT_DESCRIBE(tick, struct tick, TICK)

typedef struct {
    int16_t one;
} nameless;
#define NAMELESS(F) F(int16_t, one)
STRAIT_DESCRIBE(nameless, nameless, NAMELESS)
#define HOLDER(F) STRAIT_NESTED(F, nameless, held) F(const uint8_t, fixed) F(bool, flags, 1)
STRAIT_RECORD(holder, HOLDER)

#define EIGHT(F, p)                                                                                          \
    F(uint8_t, p##0)                                                                                         \
    F(uint16_t, p##1)                                                                                        \
    F(uint32_t, p##2)                                                                                        \
    F(uint64_t, p##3)                                                                                        \
    F(int8_t, p##4)                                                                                          \
    F(int16_t, p##5)                                                                                         \
    F(int32_t, p##6)                                                                                         \
    F(int64_t, p##7, 3)
/* clang-format off */
#define LONG_LIST(F)                                                                                         \
    EIGHT(F, a) EIGHT(F, b) EIGHT(F, c) EIGHT(F, d) EIGHT(F, e) EIGHT(F, f) EIGHT(F, g) EIGHT(F, h)          \
    EIGHT(F, i) EIGHT(F, j) EIGHT(F, k) EIGHT(F, l) EIGHT(F, m) EIGHT(F, n) EIGHT(F, o) EIGHT(F, p)
/* clang-format on */
STRAIT_RECORD(long_list, LONG_LIST)

/* The same bytes in other words. */
#define PLAIN(F) F(uint64_t, a) F(int64_t, b) F(uint32_t, c) F(int16_t, d) F(uint8_t, e) F(int8_t, f)
STRAIT_RECORD(plain, PLAIN)
#if ULONG_MAX > 0xffffffffu
#define LONG_WORDS(F) F(unsigned long, a) F(long, b)
#else
#define LONG_WORDS(F) F(unsigned long long, a) F(long long, b)
#endif
#define SPELT(F) LONG_WORDS(F) F(unsigned, c) F(short int, d) F(unsigned char, e) F(signed char, f)
STRAIT_RECORD(spelt, SPELT)

/* One change each against PLAIN. */
#define RENAMED(F) F(uint64_t, a) F(int64_t, b) F(uint32_t, z) F(int16_t, d) F(uint8_t, e) F(int8_t, f)
STRAIT_RECORD(renamed, RENAMED)
#define OTHER_SIGN(F) F(uint64_t, a) F(int64_t, b) F(int32_t, c) F(int16_t, d) F(uint8_t, e) F(int8_t, f)
STRAIT_RECORD(other_sign, OTHER_SIGN)
#define OTHER_SIZE(F) F(uint64_t, a) F(int64_t, b) F(uint16_t, c) F(int16_t, d) F(uint8_t, e) F(int8_t, f)
STRAIT_RECORD(other_size, OTHER_SIZE)
#define OTHER_PLACE(F) F(uint64_t, a) F(int64_t, b) F(int16_t, d) F(uint32_t, c) F(uint8_t, e) F(int8_t, f)
STRAIT_RECORD(other_place, OTHER_PLACE)
#define NOW_ARRAY(F) F(uint64_t, a) F(int64_t, b) F(uint32_t, c, 1) F(int16_t, d) F(uint8_t, e) F(int8_t, f)
STRAIT_RECORD(now_array, NOW_ARRAY)
#define LETTER(F) F(uint64_t, a) F(int64_t, b) F(uint32_t, c) F(int16_t, d) F(char, e) F(int8_t, f)
STRAIT_RECORD(letter, LETTER)
#define SHARED_WORD(F) F(uint64_t, a) F(strait_i64, b) F(uint32_t, c) F(int16_t, d) F(uint8_t, e) F(int8_t, f)
STRAIT_RECORD(shared_word, SHARED_WORD)
struct plain_padded {
    struct plain plain;
    uint64_t padding;
};
union plain_and_more {
    struct plain_padded padded;
    struct plain plain;
};

/* Constants: records can stand in static data. */
static const struct {
    int number;
    const strait_record *record;
} in_static_data = {7, STRAIT_RECORD_OF(order)};

/* --- helpers ----------------------------------------------------------------------------------------- */

static char schema_text[STRAIT_SCHEMA_MAX + 1];

static const char *text_of(const strait_record *record)
{
    size_t length = strait_schema_write(record, schema_text, sizeof schema_text);
    assert_int_not_equal(length, 0);
    assert_int_equal(length, strlen(schema_text));
    assert_true(strait_schema_verify(schema_text, length));
    return schema_text;
}

static uint64_t fingerprint_of(const strait_record *record)
{
    const char *text = text_of(record);
    return strait_schema_fingerprint(text, strlen(text));
}

/* --- tests ------------------------------------------------------------------------------------------- */

static void a_record_is_a_struct_and_its_text(void)
{
    struct order order = {7, 100.5, -3, 9, "ACME", {1, 2}, {{1, 2, 3}, {4, 5, 6}, {0, 0, 0}, {0, 0, 0}}};
    const strait_record *record = STRAIT_RECORD_OF(order);

    assert_true(order.legs[1].ratio > 4.0f && order.where.y > 1.0);
    assert_string_equal(record->name, "order");
    assert_int_equal(record->bytes, sizeof(struct order));
    assert_int_equal(record->align, 8);
    assert_int_equal(record->field_count, 7);
    assert_string_equal(text_of(record), ORDER_TEXT);
    assert_ptr_equal(in_static_data.record, record);
}

static void every_kind_has_its_word(void)
{
    assert_string_equal(text_of(STRAIT_RECORD_OF(every)), EVERY_TEXT);
    assert_string_equal(strait_field_kind_text(STRAIT_FIELD_RECORD), "record");
    assert_string_equal(strait_field_kind_text(STRAIT_FIELD_NONE), "none");
}

static void rows_tell_name_offset_bytes_and_count(void)
{
    const strait_field *fields = strait_record_fields(STRAIT_RECORD_OF(order));

    assert_string_equal(fields[4].name, "symbol");
    assert_int_equal(fields[4].kind, STRAIT_FIELD_CHAR);
    assert_int_equal(fields[4].offset, offsetof(struct order, symbol));
    assert_int_equal(fields[4].bytes, 1);
    assert_int_equal(fields[4].count, 16);
    assert_int_equal(fields[5].count, 0);
    assert_ptr_equal(fields[6].record, STRAIT_RECORD_OF(leg));
    assert_int_equal(fields[6].bytes, sizeof(struct leg));
    assert_int_equal(fields[6].count, 4);
}

static void layout_does_not_depend_on_the_machine(void)
{
    assert_string_equal(text_of(STRAIT_RECORD_OF(gaps)), "48{a:u8@0,b:f64@8,c:u8@16,d:i64[2]@24,e:u8@40}");
    assert_int_equal(STRAIT_RECORD_OF(gaps)->align, 8);
}

static void a_struct_that_exists_is_described_in_any_order(void)
{
    char expected[128];
    const char *places = sizeof(struct tick) == 56 ? "24" : "20";

    strcpy(expected, sizeof(struct tick) == 56 ? "56" : "52");
    strcat(expected, "{sequence:u32@0,prices:f32[3]@4,places:16{x:f64@0,y:f64@8}[2]@");
    strcat(expected, places);
    strcat(expected, "}");
    assert_string_equal(text_of(STRAIT_RECORD_OF(tick)), expected);
}

static void a_nameless_struct_can_be_nested(void)
{
    assert_string_equal(text_of(STRAIT_RECORD_OF(holder)),
                        "4{held:2{one:i16@0}@0,fixed:u8@2,flags:bool[1]@3}");
}

static void many_fields_are_no_trouble(void)
{
    const strait_record *record = STRAIT_RECORD_OF(long_list);
    assert_int_equal(record->field_count, 128);
    assert_non_null(strstr(text_of(record), "p7:i64[3]@"));
}

static void spelling_does_not_count(void)
{
    assert_true(fingerprint_of(STRAIT_RECORD_OF(plain)) == fingerprint_of(STRAIT_RECORD_OF(spelt)));
    assert_int_equal(strait_record_fields(STRAIT_RECORD_OF(spelt))[3].kind, STRAIT_FIELD_I16);
}

static void any_change_counts(void)
{
    static const strait_record *const changed[] = {
        STRAIT_RECORD_OF(renamed),     STRAIT_RECORD_OF(other_sign), STRAIT_RECORD_OF(other_size),
        STRAIT_RECORD_OF(other_place), STRAIT_RECORD_OF(now_array),  STRAIT_RECORD_OF(letter),
        STRAIT_RECORD_OF(shared_word)};
    uint64_t seen[1 + (sizeof changed / sizeof changed[0])];
    size_t count = 0;

    seen[count++] = fingerprint_of(STRAIT_RECORD_OF(plain));
    for (size_t i = 0; i < sizeof changed / sizeof changed[0]; i++) {
        uint64_t print = fingerprint_of(changed[i]);
        for (size_t j = 0; j < count; j++) {
            assert_true(print != seen[j]);
        }
        seen[count++] = print;
    }
}

static void padding_at_the_end_counts(void)
{
    strait_record padded = *STRAIT_RECORD_OF(plain);
    padded.bytes = sizeof(union plain_and_more);
    assert_true(fingerprint_of(&padded) != fingerprint_of(STRAIT_RECORD_OF(plain)));
}

static void names_of_records_do_not_count(void)
{
    strait_record other = *STRAIT_RECORD_OF(plain);
    other.name = "order/2";
    assert_true(fingerprint_of(&other) == fingerprint_of(STRAIT_RECORD_OF(plain)));
}

static void the_fingerprint_is_fnv_1a(void)
{
    assert_true(strait_schema_fingerprint("", 0) == UINT64_C(0xcbf29ce484222325));
    assert_true(strait_schema_fingerprint("a", 1) == UINT64_C(0xaf63dc4c8601ec8c));
    assert_true(strait_schema_fingerprint("foobar", 6) == UINT64_C(0x85944171f73967e8));
    /* a high byte is a byte, not a negative number */
    assert_true(strait_schema_fingerprint("\xff", 1) ==
                (UINT64_C(0xcbf29ce484222325) ^ 0xff) * UINT64_C(0x100000001b3));
}

#define RECORD_TESTS                                                                                         \
    TEST(a_record_is_a_struct_and_its_text), TEST(every_kind_has_its_word),                                  \
        TEST(rows_tell_name_offset_bytes_and_count), TEST(layout_does_not_depend_on_the_machine),            \
        TEST(a_struct_that_exists_is_described_in_any_order), TEST(a_nameless_struct_can_be_nested),         \
        TEST(many_fields_are_no_trouble), TEST(spelling_does_not_count), TEST(any_change_counts),            \
        TEST(padding_at_the_end_counts), TEST(names_of_records_do_not_count),                                \
        TEST(the_fingerprint_is_fnv_1a)

#if !defined(__cplusplus)
SUITE(record, RECORD_TESTS)
#endif
