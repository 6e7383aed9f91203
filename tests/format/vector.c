/* vector.c - the golden segments, and the hex dumps they are kept in. Every input is fixed; nothing here
 * depends on the machine but its byte order, so one dump serves all little-endian machines.
 */
#include "vector.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define ALIGN 128u
#define SCHEMA "24{id:u64@0,price:f64@8,symbol:char[8]@16}"

static const uint8_t uuid[16] = {0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17,
                                 0x18, 0x19, 0x1a, 0x1b, 0x1c, 0x1d, 0x1e, 0x1f};
static const uint8_t boot[16] = {0xb0, 0xb1, 0xb2, 0xb3, 0xb4, 0xb5, 0xb6, 0xb7,
                                 0xb8, 0xb9, 0xba, 0xbb, 0xbc, 0xbd, 0xbe, 0xbf};
static const char program[64] = "golden";

const struct vector vectors[VECTORS] = {
    {
        .file = "segment-bytes.hex",
        .request = {.bytes = 100, .participants = 1, .objects = 1, .lifetime = STRAIT_FORMAT_UNTIL_REMOVED},
        .birth = {.name = "a",
                  .uuid = uuid,
                  .boot = boot,
                  .created_ns = UINT64_C(1700000000123456789),
                  .waiting = STRAIT_FORMAT_WAITING_EXCHANGE,
                  .role = STRAIT_BOTH,
                  .pid = 1,
                  .program = program,
                  .kind = STRAIT_FORMAT_KIND_BYTES},
    },
    {
        .file = "segment-record.hex",
        .request = {.bytes = 24,
                    .room_bytes = 1000,
                    .participants = 5,
                    .objects = 3,
                    .schema_bytes = sizeof SCHEMA - 1,
                    .lifetime = STRAIT_FORMAT_UNTIL_LAST},
        .birth = {.name = "orders-2.A_b",
                  .uuid = uuid,
                  .boot = boot,
                  .created_ns = UINT64_C(1700000000123456789),
                  .waiting = STRAIT_FORMAT_WAITING_BARRIER,
                  .role = STRAIT_WRITER,
                  .pid = 0x01020304,
                  .start = UINT64_C(0x1122334455667788),
                  .pid_namespace = UINT64_C(4026531836),
                  .program = program,
                  .kind = STRAIT_FORMAT_KIND_RECORD,
                  .record_name = "order",
                  .schema = SCHEMA,
                  .fingerprint = UINT64_C(0xfedcba9876543210)},
    },
};

/* Aligned by hand, since not every C library can: where the block begins stands right before the bytes. */
static unsigned char *zeroed(uint64_t count)
{
    unsigned char *block = calloc(1, (size_t)count + ALIGN + sizeof(void *));
    if (block == NULL) {
        return NULL;
    }
    unsigned char *bytes = block + sizeof(void *);
    bytes += (ALIGN - (uintptr_t)bytes % ALIGN) % ALIGN;
    memcpy(bytes - sizeof(void *), &block, sizeof(void *));
    return bytes;
}

void vector_free(unsigned char *bytes)
{
    if (bytes != NULL) {
        void *block;
        memcpy(&block, bytes - sizeof(void *), sizeof block);
        free(block);
    }
}

unsigned char *vector_format(const struct vector *vector, strait_geometry *geometry)
{
    uint64_t count = strait_layout_footprint(&vector->request, geometry);
    unsigned char *bytes = count == 0 ? NULL : zeroed(count);
    if (bytes != NULL) {
        strait_layout_format(bytes, geometry, &vector->request, &vector->birth);
    }
    return bytes;
}

bool vector_write(FILE *to, const unsigned char *bytes, uint64_t count)
{
    static const unsigned char nothing[16];
    for (uint64_t at = 0; at < count; at += 16) {
        size_t piece = count - at < 16 ? (size_t)(count - at) : 16;
        if (memcmp(bytes + at, nothing, piece) == 0) {
            continue;
        }
        fprintf(to, "%08" PRIx64 ":", at);
        for (size_t i = 0; i < piece; i++) {
            fprintf(to, " %02x", bytes[at + i]);
        }
        fprintf(to, "\n");
    }
    fprintf(to, "%08" PRIx64 ": end\n", count);
    return ferror(to) == 0;
}

/* Takes the line's bytes into place; -1 if it is no such line, 1 at the end line (then only *end is set). */
static int take_line(const char *line, unsigned char *bytes, uint64_t room, uint64_t *end)
{
    char *rest = NULL;
    uint64_t at = strtoull(line, &rest, 16);
    if (rest == line || *rest != ':') {
        return -1;
    }
    rest++;
    if (strcmp(rest, " end\n") == 0) {
        *end = at;
        return 1;
    }
    for (; *rest == ' '; at++) {
        char *next = NULL;
        unsigned long value = strtoul(rest, &next, 16);
        if (next == rest || value > 0xff || at >= room) {
            return -1;
        }
        bytes[at] = (unsigned char)value;
        rest = next;
    }
    return *rest == '\n' ? 0 : -1;
}

unsigned char *vector_read(FILE *from, uint64_t *count)
{
    const uint64_t room = UINT64_C(1) << 20;
    unsigned char *bytes = zeroed(room);
    char line[128];
    int rc = 0;
    while (bytes != NULL && rc == 0 && fgets(line, sizeof line, from) != NULL) {
        rc = take_line(line, bytes, room, count);
    }
    if (rc != 1) {
        fprintf(stderr, "no dump of a segment, or one without its end line\n");
        vector_free(bytes);
        return NULL;
    }
    return bytes;
}
