/* test_record_cxx.cpp - record.h in C++17: the very tests of C, so the texts are the same, and what only C++
 * has: namespaces, enumerations with a size, std::array, records found by type.
 */
#include "test_record.c"

#include <array>
#include <cstdint>

namespace market
{

enum class side : std::uint8_t { buy, sell };
enum flags : std::int32_t { none, some };

struct quote {
    side which;
    flags marks;
    std::array<double, 3> levels;
    char16_t letters[2];
    std::size_t size;

    double best() const
    {
        return levels[0];
    }
};

#define QUOTE(F)                                                                                             \
    F(side, which) F(flags, marks) F(double, levels, 3) F(std::uint16_t, letters, 2) F(std::size_t, size)
STRAIT_DESCRIBE(quote, quote, QUOTE)

#define BOOK(F) STRAIT_NESTED(F, quote, quotes, 2) F(long long, sequence)
STRAIT_RECORD(book, BOOK)

} // namespace market

extern "C" {
/* As in a C header that C++ includes. */
#define FROM_C(F) F(uint32_t, number) STRAIT_NESTED(F, point, where)
STRAIT_RECORD(from_c, FROM_C)
}

static_assert(market::strait_record_of_book.field_count == 2, "a descriptor is a constant");

static void types_of_cxx_have_the_same_kinds(void)
{
    const char *expected = "48{which:u8@0,marks:i32@4,levels:f64[3]@8,letters:u16[2]@32,size:u64@40}";
    if (sizeof(std::size_t) == 4) {
        expected = "40{which:u8@0,marks:i32@4,levels:f64[3]@8,letters:u16[2]@32,size:u32@36}";
    }
    assert_string_equal(text_of(&market::strait_record_of_quote), expected);
}

static void a_record_is_found_by_its_type(void)
{
    const strait_record *record = strait_record_for(static_cast<const market::book *>(nullptr));
    assert_ptr_equal(record, &market::strait_record_of_book);
    assert_string_equal(record->name, "book");
    assert_ptr_equal(strait_record_for(static_cast<const order *>(nullptr)), STRAIT_RECORD_OF(order));
}

static void a_header_of_c_may_describe_records(void)
{
    assert_string_equal(text_of(strait_record_for(static_cast<const from_c *>(nullptr))),
                        "24{number:u32@0,where:16{x:f64@0,y:f64@8}@8}");
}

SUITE(record_cxx, RECORD_TESTS, TEST(types_of_cxx_have_the_same_kinds), TEST(a_record_is_found_by_its_type),
      TEST(a_header_of_c_may_describe_records))
