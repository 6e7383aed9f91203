/* test_footprint.c - how large a segment is, and which sizes cannot be. */
#include "core/layout.h"

#include "stage.h"

static void a_footprint_has_room_for_everything_in_order_and_not_a_byte_more(void)
{
    static const uint64_t sizes[] = {1, 127, 128, 129, 4096, 16383, 16384, 16385, 1000003, UINT64_C(1) << 40};
    static const uint32_t counts[] = {1, 2, 16, 255, 256, 1024};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        for (size_t j = 0; j < 36; j++) {
            strait_layout_request r = {.bytes = sizes[i],
                                       .room_bytes = i % 3 * 100,
                                       .participants = counts[j % 6],
                                       .objects = counts[j / 6],
                                       .schema_bytes = (uint32_t)(i * 50)};
            strait_geometry g;
            uint64_t total = strait_layout_footprint(&r, &g);
            assert_true(total != 0 && total == g.total_bytes);
            assert_int_equal(g.participants_offset, 1024);
            assert_int_equal(g.directory_offset, 1024 + r.participants * 128);
            uint64_t end = g.directory_offset + r.objects * 256;
            assert_int_equal(g.schema_offset, r.schema_bytes == 0 ? 0 : end);
            end += r.schema_bytes;
            assert_true(g.user_offset >= end && g.user_offset - end < 16384 && g.user_offset % 16384 == 0);
            assert_true(g.user_bytes >= r.bytes + r.room_bytes &&
                        g.user_bytes < r.bytes + r.room_bytes + 128);
            assert_true(r.room_bytes != 0 || g.user_bytes == r.bytes);
            assert_true(g.total_bytes == g.user_offset + g.user_bytes);
        }
    }
}

static void sizes_that_cannot_be_have_no_footprint(void)
{
    static const strait_layout_request impossible[] = {
        {.bytes = 0, .participants = 1, .objects = 1},
        {.bytes = (UINT64_C(1) << 46) + 1, .participants = 1, .objects = 1},
        {.bytes = UINT64_C(1) << 46, .participants = 1, .objects = 1}, /* with the header it is more */
        {.bytes = UINT64_MAX, .participants = 1, .objects = 1},
        {.bytes = UINT64_MAX - 127, .room_bytes = 128, .participants = 1, .objects = 1},
        {.bytes = 1, .room_bytes = UINT64_MAX, .participants = 1, .objects = 1},
        {.bytes = 1, .room_bytes = UINT64_C(1) << 46, .participants = 1, .objects = 1},
        {.bytes = UINT64_C(1) << 45, .room_bytes = UINT64_C(1) << 45, .participants = 1, .objects = 1},
        {.bytes = 1, .participants = 0, .objects = 1},
        {.bytes = 1, .participants = 4097, .objects = 1},
        {.bytes = 1, .participants = UINT32_MAX, .objects = 1},
        {.bytes = 1, .participants = 1, .objects = 0},
        {.bytes = 1, .participants = 1, .objects = 1025},
        {.bytes = 1, .participants = 1, .objects = 1, .schema_bytes = 8193},
        {.bytes = 1, .participants = 1, .objects = 1, .lifetime = 3},
    };
    strait_geometry geometry;
    for (size_t i = 0; i < sizeof impossible / sizeof impossible[0]; i++) {
        if (strait_layout_footprint(&impossible[i], &geometry) != 0) {
            fail_msg("request %zu has a footprint", i);
        }
    }
    strait_layout_request largest = {.bytes = (UINT64_C(1) << 46) - 16384, .participants = 1, .objects = 1};
    assert_true(strait_layout_footprint(&largest, &geometry) == UINT64_C(1) << 46);
    largest.bytes++;
    assert_true(strait_layout_footprint(&largest, &geometry) == 0);
}

SUITE(footprint, TEST(a_footprint_has_room_for_everything_in_order_and_not_a_byte_more),
      TEST(sizes_that_cannot_be_have_no_footprint))
