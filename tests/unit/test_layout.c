/* test_layout.c - a segment as bytes: how formatted, and what verify makes of bytes that others spoiled.
 *
 * Bytes to verify lie in a heap block of exactly the length that verify is told, so that a sanitizer sees
 * every step beyond them.
 */
#include "core/layout.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stage.h"

#define NOISE_ROUNDS 200000u

static const uint8_t uuid[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
static const uint8_t boot[16] = {0xb0, 0x07};
static const char program[64] = "tester";
static const char schema[] = "8{x:u64@0}";

static strait_layout_request request_of(uint64_t bytes)
{
    return (strait_layout_request){
        .bytes = bytes, .participants = 4, .objects = 2, .schema_bytes = sizeof schema - 1};
}

static strait_layout_birth birth_of(const char *name)
{
    return (strait_layout_birth){.name = name,
                                 .uuid = uuid,
                                 .boot = boot,
                                 .created_ns = 123456789,
                                 .waiting = STRAIT_FORMAT_WAITING_BARRIER,
                                 .role = 1,
                                 .pid = 4711,
                                 .start = 99,
                                 .pid_namespace = 7,
                                 .program = program,
                                 .kind = STRAIT_FORMAT_KIND_RECORD,
                                 .record_name = "thing",
                                 .schema = schema,
                                 .fingerprint = 0xfeed};
}

static void *formatted(strait_layout_request request, strait_geometry *geometry)
{
    uint64_t total = strait_layout_footprint(&request, geometry);
    assert_true(total != 0);
    void *bytes = calloc(1, (size_t)total);
    strait_layout_birth birth = birth_of("orders");
    strait_layout_format(bytes, geometry, &request, &birth);
    return bytes;
}

static int verified(const void *bytes, uint64_t count, strait_layout_fault *fault)
{
    strait_geometry geometry;
    return strait_layout_verify(bytes, count, true, false, &geometry, fault);
}

/* --- format --------------------------------------------------------------------------------------------- */

static void what_is_formatted_is_verified_and_says_what_was_asked(void)
{
    strait_geometry asked, found;
    void *bytes = formatted(request_of(1000), &asked);
    strait_layout_fault fault;
    assert_int_equal(strait_layout_verify(bytes, asked.total_bytes, true, false, &found, &fault), STRAIT_OK);
    assert_memory_equal(&asked, &found, sizeof asked);
    const strait_header_format *h = bytes;
    assert_string_equal(h->name, "orders");
    assert_int_equal(h->name_bytes, 6);
    assert_memory_equal(h->uuid, uuid, 16);
    assert_memory_equal(h->boot, boot, 16);
    assert_int_equal(h->creator_pid, 4711);
    const strait_participant_format *p = strait_layout_participant(bytes, &found, 0);
    assert_true(strait_u64_load_relaxed(&p->owner) == strait_owner_word(1, STRAIT_FORMAT_ATTACHED));
    const strait_entry_format *e = strait_layout_entry(bytes, &found, 0);
    assert_int_equal(strait_u64_load_relaxed(&e->state) & 0xff, STRAIT_FORMAT_ENTRY_READY);
    assert_true(e->offset == found.user_offset && e->bytes == 1000 && e->fingerprint == 0xfeed);
    assert_string_equal(e->record_name, "thing");
    assert_memory_equal((char *)bytes + e->schema_offset, schema, sizeof schema - 1);
    free(bytes);
}

static void a_format_leaves_every_reserved_and_user_byte_zero(void)
{
    strait_geometry g;
    unsigned char *bytes = formatted(request_of(5000), &g);
    const strait_header_format *h = (const strait_header_format *)bytes;
    for (size_t i = 0; i < sizeof h->reserved_180; i++) {
        assert_int_equal(h->reserved_180[i], 0);
    }
    for (size_t i = 0; i < sizeof h->reserved_524; i++) {
        assert_int_equal(h->reserved_524[i], 0);
    }
    for (uint64_t i = g.participants_offset + 128; i < g.directory_offset; i++) {
        assert_int_equal(bytes[i], 0);
    }
    for (uint64_t i = g.schema_offset + g.schema_bytes; i < g.total_bytes; i++) {
        assert_int_equal(bytes[i], 0);
    }
    free(bytes);
}

/* --- verify --------------------------------------------------------------------------------------------- */

typedef struct spoiling {
    const char *field; /* that the fault names */
    size_t offset;
    unsigned bytes;
    uint64_t value;
    int result;
} spoiling;

#define AT(field) offsetof(strait_header_format, field)

static const spoiling spoilings[] = {
    {"magic", AT(magic), 8, 0, STRAIT_FOREIGN},
    {"magic", AT(magic), 8, UINT64_MAX, STRAIT_FOREIGN},
    {"magic", AT(magic), 8, STRAIT_FORMAT_MAGIC ^ 1, STRAIT_FOREIGN},
    {"byte_order", AT(magic), 8, UINT64_C(0x5354524149541A0A), STRAIT_BYTE_ORDER_MISMATCH},
    {"byte_order", AT(byte_order), 4, 0x04030201, STRAIT_CORRUPT},
    {"byte_order", AT(byte_order), 4, 0, STRAIT_CORRUPT},
    {"format_version", AT(format_version), 4, 0, STRAIT_VERSION_MISMATCH},
    {"format_version", AT(format_version), 4, 2, STRAIT_VERSION_MISMATCH},
    {"format_version", AT(format_version), 4, UINT32_MAX, STRAIT_VERSION_MISMATCH},
    {"header_bytes", AT(header_bytes), 4, 0, STRAIT_CORRUPT},
    {"header_bytes", AT(header_bytes), 4, 1023, STRAIT_CORRUPT},
    {"header_bytes", AT(header_bytes), 4, UINT32_MAX, STRAIT_CORRUPT},
    {"line_bytes", AT(line_bytes), 4, 64, STRAIT_CORRUPT},
    {"features_incompatible", AT(features_incompatible), 8, 1, STRAIT_VERSION_MISMATCH},
    {"features_incompatible", AT(features_incompatible), 8, UINT64_C(1) << 63, STRAIT_VERSION_MISMATCH},
    {"features_readable", AT(features_readable), 8, 4, STRAIT_VERSION_MISMATCH},
    {NULL, AT(features_compatible), 8, UINT64_MAX, STRAIT_OK},
    {"total_bytes", AT(total_bytes), 8, 0, STRAIT_CORRUPT},
    {"total_bytes", AT(total_bytes), 8, 1023, STRAIT_CORRUPT},
    {"total_bytes", AT(total_bytes), 8, UINT64_MAX, STRAIT_CORRUPT},
    {"total_bytes", AT(total_bytes), 8, (UINT64_C(1) << 46) + 1, STRAIT_CORRUPT},
    {"user_bytes", AT(user_offset), 8, 0, STRAIT_CORRUPT},
    {"user_offset", AT(user_offset), 8, 16385, STRAIT_CORRUPT},
    {"user_offset", AT(user_offset), 8, 32768, STRAIT_CORRUPT},
    {"user_offset", AT(user_offset), 8, UINT64_MAX - 16383, STRAIT_CORRUPT},
    {"user_bytes", AT(user_bytes), 8, 0, STRAIT_CORRUPT},
    {"user_bytes", AT(user_bytes), 8, 1001, STRAIT_CORRUPT},
    {"user_bytes", AT(user_bytes), 8, UINT64_MAX, STRAIT_CORRUPT},
    {"participants_offset", AT(participants_offset), 8, 0, STRAIT_CORRUPT},
    {"participants_offset", AT(participants_offset), 8, 1025, STRAIT_CORRUPT},
    {"participants_offset", AT(participants_offset), 8, UINT64_MAX, STRAIT_CORRUPT},
    {"participants_stride", AT(participants_stride), 4, 0, STRAIT_CORRUPT},
    {"participants_stride", AT(participants_stride), 4, 127, STRAIT_CORRUPT},
    {"participants_count", AT(participants_count), 4, 0, STRAIT_CORRUPT},
    {"participants_count", AT(participants_count), 4, 4097, STRAIT_CORRUPT},
    {"participants_count", AT(participants_count), 4, UINT32_MAX, STRAIT_CORRUPT},
    {"directory_offset", AT(participants_count), 4, 5, STRAIT_CORRUPT},
    {"directory_offset", AT(directory_offset), 8, 0, STRAIT_CORRUPT},
    {"directory_offset", AT(directory_offset), 8, UINT64_MAX, STRAIT_CORRUPT},
    {"directory_stride", AT(directory_stride), 4, 0, STRAIT_CORRUPT},
    {"directory_stride", AT(directory_stride), 4, 512, STRAIT_CORRUPT},
    {"directory_count", AT(directory_count), 4, 0, STRAIT_CORRUPT},
    {"directory_count", AT(directory_count), 4, 1025, STRAIT_CORRUPT},
    {"directory_count", AT(directory_count), 4, UINT32_MAX, STRAIT_CORRUPT},
    {"user_offset", AT(directory_count), 4, 1024, STRAIT_CORRUPT},
    {"schema_offset", AT(schema_offset), 8, 0, STRAIT_CORRUPT},
    {"schema_offset", AT(schema_offset), 8, 8, STRAIT_CORRUPT},
    {"schema_offset", AT(schema_offset), 8, 16384, STRAIT_CORRUPT},
    {"schema_offset", AT(schema_offset), 8, UINT64_MAX, STRAIT_CORRUPT},
    {"schema_offset", AT(schema_bytes), 4, 0, STRAIT_CORRUPT},
    {"schema_bytes", AT(schema_bytes), 4, 8193, STRAIT_CORRUPT},
    {"schema_bytes", AT(schema_bytes), 4, UINT32_MAX, STRAIT_CORRUPT},
    {"lifetime", AT(lifetime), 4, 3, STRAIT_CORRUPT},
    {"lifetime", AT(lifetime), 4, UINT32_MAX, STRAIT_CORRUPT},
    {"creator_index", AT(creator_index), 4, 4, STRAIT_CORRUPT},
    {"creator_index", AT(creator_index), 4, UINT32_MAX, STRAIT_CORRUPT},
    {"name_bytes", AT(name_bytes), 4, 5, STRAIT_CORRUPT},
    {"name_bytes", AT(name_bytes), 4, 7, STRAIT_CORRUPT},
    {"name_bytes", AT(name_bytes), 4, 255, STRAIT_CORRUPT},
    {"name_bytes", AT(name_bytes), 4, 256, STRAIT_CORRUPT},
    {"name_bytes", AT(name_bytes), 4, UINT32_MAX, STRAIT_CORRUPT},
    {"name_bytes", AT(name), 1, 0, STRAIT_CORRUPT},
    {"state", AT(state), 8, 0, STRAIT_CORRUPT},
    {"state", AT(state), 8, 4, STRAIT_CORRUPT},
    {"state", AT(state), 8, UINT64_MAX, STRAIT_CORRUPT},
};

static void each_field_of_the_header_is_believed_only_where_it_can_be(void)
{
    strait_geometry g;
    unsigned char *bytes = formatted(request_of(1000), &g);
    unsigned char good[1024];
    memcpy(good, bytes, sizeof good);
    for (size_t i = 0; i < sizeof spoilings / sizeof spoilings[0]; i++) {
        const spoiling *s = &spoilings[i];
        memcpy(bytes, good, sizeof good);
        uint32_t half = (uint32_t)s->value;
        unsigned char one = (unsigned char)s->value;
        memcpy(bytes + s->offset,
               s->bytes == 8   ? (const void *)&s->value
               : s->bytes == 4 ? (const void *)&half
                               : (const void *)&one,
               s->bytes);
        strait_layout_fault fault = {.field = "none"};
        int rc = verified(bytes, g.total_bytes, &fault);
        if (rc != s->result || (rc < 0 && (strcmp(fault.field, s->field) != 0 || fault.why == NULL))) {
            fail_msg("spoiling %zu of \"%s\": %s, blames \"%s\"", i, s->field, strait_result_name(rc),
                     fault.field);
        }
    }
    free(bytes);
}

/* The table above names the interesting values; here is each byte of the header with every value: right
 * or refused, but never a geometry that leads outside. */
static void no_single_byte_of_the_header_leads_outside(void)
{
    strait_geometry g;
    unsigned char *bytes = formatted(request_of(1000), &g);
    unsigned refused = 0;
    for (size_t at = 0; at < 1024; at++) {
        unsigned char good = bytes[at];
        for (unsigned value = 0; value < 256; value++) {
            bytes[at] = (unsigned char)value;
            strait_geometry found;
            strait_layout_fault fault;
            int rc = strait_layout_verify(bytes, g.total_bytes, true, false, &found, &fault);
            refused += rc < 0;
            if (rc == STRAIT_OK) {
                assert_true(found.total_bytes == g.total_bytes && found.user_offset == g.user_offset);
                assert_true(found.user_bytes == g.user_bytes && found.directory_offset == g.directory_offset);
                assert_true(found.directory_offset + found.directory_count * UINT64_C(256) <=
                            found.user_offset);
                assert_true(found.schema_offset + found.schema_bytes <= found.user_offset);
                assert_true(found.creator_index < found.participants_count);
            }
        }
        bytes[at] = good;
    }
    assert_true(refused > 10000);
    free(bytes);
}

static void bytes_that_were_cut_off_are_truncated_wherever_the_cut_is(void)
{
    strait_geometry g;
    unsigned char *whole = formatted(request_of(1000), &g);
    static const uint64_t cuts[] = {0, 1, 7, 8, 511, 1023, 1024, 1025, 2047, 16383, 16384, 17383};
    for (size_t i = 0; i < sizeof cuts / sizeof cuts[0]; i++) {
        unsigned char *piece = malloc((size_t)cuts[i] + (cuts[i] == 0));
        memcpy(piece, whole, (size_t)cuts[i]);
        strait_layout_fault fault;
        assert_int_equal(verified(piece, cuts[i], &fault), STRAIT_TRUNCATED);
        assert_true(fault.found == cuts[i] && fault.expected > cuts[i]);
        free(piece);
    }
    free(whole);
}

static void a_longer_file_is_right_only_where_the_system_rounds_up(void)
{
    strait_geometry g;
    strait_layout_request r = request_of(1000);
    uint64_t total = strait_layout_footprint(&r, &g);
    void *bytes = calloc(1, (size_t)total + 4096);
    strait_layout_birth birth = birth_of("orders");
    strait_layout_format(bytes, &g, &r, &birth);
    strait_layout_fault fault;
    assert_int_equal(strait_layout_verify(bytes, total + 1, true, false, &g, &fault), STRAIT_CORRUPT);
    assert_string_equal(fault.field, "total_bytes");
    assert_int_equal(strait_layout_verify(bytes, total + 4096, false, false, &g, &fault), STRAIT_OK);
    assert_true(g.total_bytes == total);
    free(bytes);
}

static void who_only_reads_may_meet_features_that_writers_must_know(void)
{
    strait_geometry g;
    strait_header_format *h = formatted(request_of(10), &g);
    strait_layout_fault fault;
    h->features_readable = 1;
    assert_int_equal(strait_layout_verify(h, g.total_bytes, true, true, &g, &fault), STRAIT_OK);
    assert_int_equal(strait_layout_verify(h, g.total_bytes, true, false, &g, &fault),
                     STRAIT_VERSION_MISMATCH);
    h->features_incompatible = 1;
    assert_int_equal(strait_layout_verify(h, g.total_bytes, true, true, &g, &fault), STRAIT_VERSION_MISMATCH);
    free(h);
}

static void another_name_that_fills_the_field_is_still_closed(void)
{
    strait_geometry g;
    strait_header_format *h = formatted(request_of(10), &g);
    strait_layout_fault fault;
    memset(h->name, 'n', 255);
    h->name_bytes = 255;
    assert_int_equal(verified(h, g.total_bytes, &fault), STRAIT_OK);
    h->name[255] = 'n';
    assert_int_equal(verified(h, g.total_bytes, &fault), STRAIT_CORRUPT);
    free(h);
}

static uint64_t chance = UINT64_C(88172645463325252);

static uint64_t roll(void)
{
    chance ^= chance << 13;
    chance ^= chance >> 7;
    return chance ^= chance << 17;
}

/* Pure noise never passes; noise in a few fields of a good header passes only as something that lies
 * inside. */
static void noise_is_refused_and_never_read_beyond(void)
{
    strait_geometry g;
    unsigned char *bytes = formatted(request_of(1000), &g);
    unsigned char good[1024];
    memcpy(good, bytes, sizeof good);
    unsigned passed = 0;
    for (unsigned round = 0; round < NOISE_ROUNDS; round++) {
        bool pure = round % 4 == 0;
        memcpy(bytes, good, sizeof good);
        for (size_t i = pure ? 8 : 0; pure && i < 1024; i += 8) {
            uint64_t noise = roll();
            memcpy(bytes + i, &noise, 8);
        }
        for (unsigned i = 0; !pure && i < 1 + roll() % 3; i++) {
            uint64_t noise = roll() >> roll() % 64;
            memcpy(bytes + roll() % 43 * 4, &noise, (size_t)(4 + roll() % 2 * 4));
        }
        strait_geometry found;
        strait_layout_fault fault = {.field = NULL};
        int rc = strait_layout_verify(bytes, g.total_bytes, roll() % 2 == 0, roll() % 2 == 0, &found, &fault);
        assert_true(rc == STRAIT_OK || (rc < 0 && fault.field != NULL && fault.why != NULL));
        assert_false(pure && rc == STRAIT_OK);
        if (rc == STRAIT_OK) {
            passed++;
            assert_true(found.total_bytes <= g.total_bytes &&
                        found.user_offset + found.user_bytes <= g.total_bytes);
            assert_true(found.directory_offset + found.directory_count * UINT64_C(256) <= found.user_offset);
            assert_true(found.schema_offset + found.schema_bytes <= found.user_offset);
        }
    }
    printf("%u rounds of noise, %u passed as sound\n", NOISE_ROUNDS, passed);
    assert_true(passed > 0 && passed < NOISE_ROUNDS / 2);
    free(bytes);
}

SUITE(layout, TEST(what_is_formatted_is_verified_and_says_what_was_asked),
      TEST(a_format_leaves_every_reserved_and_user_byte_zero),
      TEST(each_field_of_the_header_is_believed_only_where_it_can_be),
      TEST(no_single_byte_of_the_header_leads_outside),
      TEST(bytes_that_were_cut_off_are_truncated_wherever_the_cut_is),
      TEST(a_longer_file_is_right_only_where_the_system_rounds_up),
      TEST(who_only_reads_may_meet_features_that_writers_must_know),
      TEST(another_name_that_fills_the_field_is_still_closed), TEST(noise_is_refused_and_never_read_beyond))
