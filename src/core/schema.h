/* schema.h - the layout of records as text. layer: layout
 *
 * The public functions stand in strait/record.h; schema.c writes, schema_walk.c reads, schema_difference.c
 * compares. All are pure: no system, no allocation. The text goes into shared memory and comes back from
 * there, so reading believes nothing; writing is canonical, so equal layouts have equal texts, and the
 * fingerprint of a text is enough to tell layouts apart. Tools in any language can recompute it:
 *
 *     schema = size "{" field { "," field } "}"          bytes of the record, with padding; at least 1
 *     field  = name ":" type [ "[" count "]" ] "@" offset
 *     type   = kind | schema                             a kind of STRAIT_FIELD_KINDS, or a nested record
 *     name   = a C identifier of at most 63 bytes, once in its record
 *     size, count, offset = decimal, no leading zeros; count at least 1; offset in the record
 *
 *     48{id:u64@0,price:f64@8,quantity:i32@16,symbol:char[16]@20,where:8{x:f32@0,y:f32@4}@36}
 *
 * No blanks. Fields stand in the order of their offsets, lie inside their record and do not overlap. At most
 * 8 records deep, shorter than STRAIT_SCHEMA_MAX bytes (so a 0 still fits behind), no record above 2^46
 * bytes. A shared word is aligned to its size, also in every element of an array of records. An absent count
 * is one value, [1] is an array of one. Names of records and spellings of types are no part of it.
 * Fingerprint: FNV-1a with 64 bits over the bytes of the text.
 */
#ifndef STRAIT_CORE_SCHEMA_H
#define STRAIT_CORE_SCHEMA_H

#include <strait/record.h>

#include <string.h>

/* Text that is being written. Counts what does not fit; the last byte of the room is kept for the closing 0.
 */
typedef struct schema_text {
    char *to;
    size_t room;
    size_t length;
} schema_text;

static inline void schema_put_bytes(schema_text *text, const char *bytes, size_t count)
{
    if (text->length + 1 < text->room) {
        size_t left = text->room - 1 - text->length;
        memcpy(text->to + text->length, bytes, count < left ? count : left);
    }
    text->length += count;
}

static inline void schema_put(schema_text *text, const char *string)
{
    schema_put_bytes(text, string, strlen(string));
}

static inline void schema_put_number(schema_text *text, uint64_t number)
{
    char digits[20];
    size_t first = sizeof digits;

    do {
        digits[--first] = (char)('0' + (number % 10));
        number /= 10;
    } while (number != 0);
    schema_put_bytes(text, digits + first, sizeof digits - first);
}

static inline void schema_close(schema_text *text)
{
    if (text->room > 0) {
        text->to[text->length < text->room ? text->length : text->room - 1] = 0;
    }
}

/* The bytes of one value of a kind; 0 for a nested record and for no kind at all. */
uint64_t schema_kind_bytes(strait_field_kind kind);

/* True for a word that processes change together: it must be aligned to its size. */
static inline bool schema_kind_shared(strait_field_kind kind)
{
    return kind >= STRAIT_FIELD_SHARED_U32 && kind <= STRAIT_FIELD_SHARED_F64;
}

/* The length of the identifier at the start of some bytes; 0 if there is none. */
size_t schema_identifier(const char *bytes, size_t length);

#endif
