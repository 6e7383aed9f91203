/* test_offsets.c - the structs of format.h against the golden tables, field by field: name, offset, bytes,
 * kind, and no byte between or behind the fields. A renamed field does not even compile. Written in what C11
 * and C++17 have in common, but for the way to a field's kind; test_offsets_cxx.cpp compiles it a second
 * time.
 */
#include "support/suite.h"

#include <inttypes.h>
#include <string.h>

#include <strait/strait.h>

#include "format_rows.h"

struct row {
    const char *field;
    size_t offset, bytes; /* what the table says */
    const char *kind;
    size_t real_offset, real_bytes, real_element_bytes; /* what the compiler says */
    const char *real_kind;
};

#if defined(__cplusplus)
/* A field's kind by overload; of an array, its element's. */
constexpr const char *kind_of(const char *)
{
    return "char";
}
constexpr const char *kind_of(const uint8_t *)
{
    return "u8";
}
constexpr const char *kind_of(const uint32_t *)
{
    return "u32";
}
constexpr const char *kind_of(const uint64_t *)
{
    return "u64";
}
constexpr const char *kind_of(const strait_u32 *)
{
    return "shared u32";
}
constexpr const char *kind_of(const strait_u64 *)
{
    return "shared u64";
}
template <typename T> struct element {
    using type = T;
};
template <typename T, size_t N> struct element<T[N]> {
    using type = T;
};
#define ELEMENT_KIND(of, field) kind_of(static_cast<const element<decltype(of::field)>::type *>(nullptr))
#define ELEMENT_BYTES(of, field) sizeof(element<decltype(of::field)>::type)
#define FIELD_BYTES(of, field) sizeof(of::field)
#else
#define THE(of, field) (((of *)0)->field)
#define ELEMENT_KIND(of, field)                                                                              \
    _Generic(THE(of, field),                                                                                 \
        char *: "char",                                                                                      \
        uint8_t *: "u8",                                                                                     \
        uint32_t: "u32",                                                                                     \
        uint64_t: "u64",                                                                                     \
        strait_u32: "shared u32",                                                                            \
        strait_u64: "shared u64",                                                                            \
        strait_u64 *: "shared u64")
#define ELEMENT_BYTES(of, field)                                                                             \
    _Generic(THE(of, field),                                                                                 \
        char *: (size_t)1,                                                                                   \
        uint8_t *: (size_t)1,                                                                                \
        uint32_t: (size_t)4,                                                                                 \
        uint64_t: (size_t)8,                                                                                 \
        strait_u32: sizeof(strait_u32),                                                                      \
        strait_u64: sizeof(strait_u64),                                                                      \
        strait_u64 *: sizeof(strait_u64))
#define FIELD_BYTES(of, field) sizeof(THE(of, field))
#endif

#define TABLE_ROW(of, field, offset, bytes, kind)                                                            \
    {#field,                                                                                                 \
     offset,                                                                                                 \
     bytes,                                                                                                  \
     kind,                                                                                                   \
     offsetof(of, field),                                                                                    \
     FIELD_BYTES(of, field),                                                                                 \
     ELEMENT_BYTES(of, field),                                                                               \
     ELEMENT_KIND(of, field)},

static const struct row header_rows[] = {SEGMENT_HEADER_ROWS(TABLE_ROW)};
static const struct row participant_rows[] = {PARTICIPANT_ROWS(TABLE_ROW)};
static const struct row directory_rows[] = {DIRECTORY_ROWS(TABLE_ROW)};
static const struct row ring_rows[] = {RING_ROWS(TABLE_ROW)};
static const struct row port_rows[] = {PORT_ROWS(TABLE_ROW)};

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static void compare(const struct row *rows, size_t count, size_t struct_bytes)
{
    size_t end = 0;
    for (size_t i = 0; i < count; i++) {
        const struct row *row = &rows[i];
        if (row->offset != row->real_offset || row->bytes != row->real_bytes ||
            strcmp(row->kind, row->real_kind) != 0) {
            fail_msg("%s: the table has %s, %zu bytes at %zu; format.h has %s, %zu bytes at %zu", row->field,
                     row->kind, row->bytes, row->offset, row->real_kind, row->real_bytes, row->real_offset);
        }
        if (row->offset != end) {
            fail_msg("%s is at %zu, but the field before it ends at %zu: a field is not in the table",
                     row->field, row->offset, end);
        }
        assert_int_equal(row->real_offset % row->real_element_bytes,
                         0); /* also where the compiler would not mind */
        end = row->offset + row->bytes;
    }
    if (end != struct_bytes) {
        fail_msg("the table ends at %zu, the struct has %zu bytes", end, struct_bytes);
    }
}

static void the_header_is_what_the_table_says(void)
{
    compare(header_rows, COUNT(header_rows), sizeof(strait_header_format));
}

static void a_participant_record_is_what_the_table_says(void)
{
    compare(participant_rows, COUNT(participant_rows), sizeof(strait_participant_format));
}

static void a_directory_entry_is_what_the_table_says(void)
{
    compare(directory_rows, COUNT(directory_rows), sizeof(strait_entry_format));
}

static void a_ring_and_its_ports_are_what_the_tables_say(void)
{
    compare(ring_rows, COUNT(ring_rows), sizeof(strait_ring_format));
    compare(port_rows, COUNT(port_rows), sizeof(strait_port_format));
}

static void every_constant_has_its_number(void)
{
    static const struct constant {
        const char *name;
        uint64_t real, value;
    } constants[] = {
#define CONSTANT_ROW(name, value) {#name, name, UINT64_C(value)},
        CONSTANT_ROWS(CONSTANT_ROW)};
    for (size_t i = 0; i < COUNT(constants); i++) {
        if (constants[i].real != constants[i].value) {
            fail_msg("%s: the table has %" PRIu64 ", format.h has %" PRIu64, constants[i].name,
                     constants[i].value, constants[i].real);
        }
    }
}

static void words_that_change_often_have_lines_of_their_own(void)
{
    assert_int_equal(offsetof(strait_header_format, state) % STRAIT_FORMAT_LINE_BYTES, 0);
    assert_int_equal(sizeof(strait_header_format) % STRAIT_FORMAT_LINE_BYTES, 0);
    assert_int_equal(sizeof(strait_participant_format) % STRAIT_FORMAT_LINE_BYTES, 0);
    assert_int_equal(sizeof(strait_entry_format) % STRAIT_FORMAT_LINE_BYTES, 0);
    assert_int_equal(offsetof(strait_ring_format, tail) % STRAIT_FORMAT_LINE_BYTES, 0);
    assert_int_equal(offsetof(strait_ring_format, head) % STRAIT_FORMAT_LINE_BYTES, 0);
    assert_int_equal(offsetof(strait_ring_format, credit) % STRAIT_FORMAT_LINE_BYTES, 0);
    assert_int_equal(sizeof(strait_ring_format) % STRAIT_FORMAT_LINE_BYTES, 0);
    assert_int_equal(sizeof(strait_port_format) % STRAIT_FORMAT_LINE_BYTES, 0);
}

static void the_longest_names_have_room_for_their_closing_zero(void)
{
    assert_in_range(STRAIT_NAME_MAX + 1, 1, FIELD_BYTES(strait_header_format, name));
    assert_in_range(STRAIT_OBJECT_NAME_MAX + 1, 1, FIELD_BYTES(strait_entry_format, name));
    assert_in_range(STRAIT_OBJECT_NAME_MAX + 1, 1, FIELD_BYTES(strait_entry_format, record_name));
}

static void the_magic_reads_as_a_name_in_a_dump(void)
{
    strait_u64 magic;
    const uint16_t one = 1;
    strait_u64_init(&magic, STRAIT_FORMAT_MAGIC);
    if (memcmp(&one, "\1", 1) == 0) { /* a little-endian machine */
        assert_memory_equal(&magic, "STRAIT\x1a\n", 8);
    } else {
        assert_memory_equal(&magic, "\n\x1aTIARTS", 8);
    }
}

SUITE(format_offsets, TEST(the_header_is_what_the_table_says),
      TEST(a_participant_record_is_what_the_table_says), TEST(a_directory_entry_is_what_the_table_says),
      TEST(a_ring_and_its_ports_are_what_the_tables_say), TEST(every_constant_has_its_number),
      TEST(words_that_change_often_have_lines_of_their_own),
      TEST(the_longest_names_have_room_for_their_closing_zero), TEST(the_magic_reads_as_a_name_in_a_dump))
