/* test_vector.c - a segment formatted today is byte for byte the segment that was formatted when the format
 * was fixed, and that old one is still understood. The dumps are written anew only by hand:
 * test-format-vector --write FOLDER.
 */
#include "support/suite.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "vector.h"

static FILE *open_dump(const char *folder, const struct vector *vector, const char *how)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, vector->file);
    FILE *file = fopen(path, how);
    if (file == NULL) {
        fprintf(stderr, "cannot open %s\n", path);
    }
    return file;
}

static unsigned char *stored(const struct vector *vector, uint64_t *count)
{
    FILE *file = open_dump(STRAIT_FORMAT_TABLES, vector, "r");
    assert_non_null(file);
    unsigned char *bytes = vector_read(file, count);
    fclose(file);
    assert_non_null(bytes);
    return bytes;
}

static void need_a_little_endian_machine(void)
{
    const uint16_t one = 1;
    unsigned char first;
    memcpy(&first, &one, 1);
    if (first != 1) {
        suite_skip("the stored segments are little-endian");
    }
}

static void a_segment_formatted_today_has_the_stored_bytes(void)
{
    need_a_little_endian_machine();
    for (size_t i = 0; i < VECTORS; i++) {
        strait_geometry geometry;
        uint64_t count = 0;
        unsigned char *golden = stored(&vectors[i], &count);
        unsigned char *fresh = vector_format(&vectors[i], &geometry);
        assert_non_null(fresh);
        assert_true(geometry.total_bytes == count);
        for (uint64_t at = 0; at < count; at++) {
            if (fresh[at] != golden[at]) {
                fail_msg("%s: byte %" PRIu64 " was 0x%02x and is now 0x%02x", vectors[i].file, at, golden[at],
                         fresh[at]);
            }
        }
        vector_free(fresh);
        vector_free(golden);
    }
}

static void a_stored_segment_is_understood_field_by_field(void)
{
    need_a_little_endian_machine();
    for (size_t i = 0; i < VECTORS; i++) {
        const struct vector *v = &vectors[i];
        strait_geometry asked;
        strait_geometry found;
        strait_layout_fault fault;
        uint64_t count = 0;
        unsigned char *bytes = stored(v, &count);
        assert_true(strait_layout_footprint(&v->request, &asked) == count);
        assert_int_equal(strait_layout_verify(bytes, count, true, false, &found, &fault), STRAIT_OK);
        assert_true(found.total_bytes == count);
        assert_true(found.user_offset == asked.user_offset && found.user_bytes == asked.user_bytes);
        assert_true(found.participants_count == v->request.participants);
        assert_true(found.directory_count == v->request.objects);
        assert_true(found.lifetime == v->request.lifetime);
        assert_true(found.schema_bytes == v->request.schema_bytes);
        const strait_header_format *header = strait_layout_header(bytes);
        assert_string_equal(header->name, v->birth.name);
        assert_memory_equal(header->uuid, v->birth.uuid, 16);
        assert_memory_equal(header->boot, v->birth.boot, 16);
        assert_true(header->created_ns == v->birth.created_ns);
        assert_true(strait_state_phase(strait_u64_load_relaxed(&header->state)) == STRAIT_FORMAT_LIVE);
        assert_true(strait_u32_load_relaxed(&header->waiting) == v->birth.waiting);
        const strait_participant_format *creator =
            strait_layout_participant(bytes, &found, found.creator_index);
        uint64_t owner = strait_u64_load_relaxed(&creator->owner);
        assert_true(strait_owner_phase(owner) == STRAIT_FORMAT_ATTACHED);
        assert_true(strait_owner_generation(owner) == found.creator_generation);
        assert_true(strait_u32_load_relaxed(&creator->pid) == v->birth.pid);
        assert_memory_equal(creator->program, v->birth.program, 64);
        const strait_entry_format *entry = strait_layout_entry(bytes, &found, 0);
        assert_true(entry->kind == v->birth.kind && entry->bytes == v->request.bytes);
        assert_true(entry->offset == found.user_offset && entry->fingerprint == v->birth.fingerprint);
        if (v->request.schema_bytes != 0) {
            assert_memory_equal(bytes + entry->schema_offset, v->birth.schema, v->request.schema_bytes);
            assert_string_equal(entry->record_name, v->birth.record_name);
        }
        vector_free(bytes);
    }
}

static void a_segment_of_the_other_byte_order_is_named_as_such(void)
{
    strait_geometry geometry;
    strait_layout_fault fault;
    unsigned char *bytes = vector_format(&vectors[0], &geometry);
    assert_non_null(bytes);
    for (size_t i = 0; i < 4; i++) { /* the magic as the other machine would have stored it */
        unsigned char byte = bytes[i];
        bytes[i] = bytes[7 - i];
        bytes[7 - i] = byte;
    }
    assert_int_equal(strait_layout_verify(bytes, geometry.total_bytes, true, false, &geometry, &fault),
                     STRAIT_BYTE_ORDER_MISMATCH);
    vector_free(bytes);
}

static const struct suite_test tests[] = {
    TEST(a_segment_formatted_today_has_the_stored_bytes),
    TEST(a_stored_segment_is_understood_field_by_field),
    TEST(a_segment_of_the_other_byte_order_is_named_as_such),
};

static int write_all(const char *folder)
{
    for (size_t i = 0; i < VECTORS; i++) {
        strait_geometry geometry;
        FILE *file = open_dump(folder, &vectors[i], "w");
        unsigned char *bytes = vector_format(&vectors[i], &geometry);
        if (file == NULL || bytes == NULL || !vector_write(file, bytes, geometry.total_bytes) ||
            fclose(file) != 0) {
            return 1;
        }
        vector_free(bytes);
    }
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "--write") == 0) {
        return write_all(argv[2]);
    }
    return suite_main(argc, argv, "format_vector", tests, sizeof tests / sizeof tests[0]);
}
