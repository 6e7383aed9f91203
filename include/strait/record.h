/* record.h - describe a struct once, and have its C type, its schema and its fingerprint.
 *
 *     #define ORDER(F)                            each line but the last with a backslash at its end
 *         F(uint64_t, id)
 *         F(double, price)
 *         F(char, symbol, 16)                     a fixed array
 *         STRAIT_NESTED(F, point, where)          a record described before
 *         STRAIT_NESTED(F, leg, legs, 4)          a fixed array of them
 *     STRAIT_RECORD(order, ORDER)                 declares struct order and describes it
 *     STRAIT_DESCRIBE(tick, struct tick, TICK)    describes a struct that exists
 *
 *     options.record = STRAIT_RECORD_OF(order);
 *
 * The idea: the list is expanded several times, with another F each time: once as the members of a struct,
 * once as assertions, once as a table of constants. A type counts by its meaning (signedness and size), not
 * by its spelling: `unsigned long`, `size_t` and `uint64_t` are one kind where they are the same bytes.
 * STRAIT_RECORD aligns every member to its own size, so the layout is the same for 32- and 64-bit programs;
 * with STRAIT_DESCRIBE it is what the compiler made of the struct, and two programs that disagree about it
 * are told so when they open a segment.
 *
 * Everything is constant and lives in the program's read-only data: no heap, no constructor, nothing to link.
 * Use the macros at file scope, or in a C++ namespace. The schema as text is defined in docs/format.md.
 */
#ifndef STRAIT_RECORD_H
#define STRAIT_RECORD_H

#include <strait/base.h>
#include <strait/inline/atomic.h>

#include <limits.h>
#if defined(__cplusplus)
#include <type_traits>
#endif

/* A field's name: a C identifier of so many bytes at most. A record's name: as long, printable, no blanks. */
#define STRAIT_FIELD_NAME_MAX 63u
/* A record in a record in a record ...: so many in all. */
#define STRAIT_RECORD_DEPTH_MAX 8u
/* No record is larger. */
#define STRAIT_RECORD_BYTES_MAX (UINT64_C(1) << 46)

/* X(number, NAME, "as the schema spells it", bytes) */
#define STRAIT_FIELD_KINDS(X)                                                                                \
    X(1, BOOL, "bool", 1)                                                                                    \
    X(2, CHAR, "char", 1)                                                                                    \
    X(3, U8, "u8", 1)                                                                                        \
    X(4, I8, "i8", 1)                                                                                        \
    X(5, U16, "u16", 2)                                                                                      \
    X(6, I16, "i16", 2)                                                                                      \
    X(7, U32, "u32", 4)                                                                                      \
    X(8, I32, "i32", 4)                                                                                      \
    X(9, U64, "u64", 8)                                                                                      \
    X(10, I64, "i64", 8)                                                                                     \
    X(11, F32, "f32", 4)                                                                                     \
    X(12, F64, "f64", 8)                                                                                     \
    X(13, SHARED_U32, "shared_u32", 4)                                                                       \
    X(14, SHARED_I32, "shared_i32", 4)                                                                       \
    X(15, SHARED_U64, "shared_u64", 8)                                                                       \
    X(16, SHARED_I64, "shared_i64", 8)                                                                       \
    X(17, SHARED_F64, "shared_f64", 8)

typedef enum strait_field_kind {
    STRAIT_FIELD_NONE = 0, /* means nothing elsewhere: a pointer, a long double, an undescribed struct */
#define STRAIT_FIELD_ENUM_(number, name, text, bytes) STRAIT_FIELD_##name = (number),
    STRAIT_FIELD_KINDS(STRAIT_FIELD_ENUM_)
#undef STRAIT_FIELD_ENUM_
        STRAIT_FIELD_RECORD = 18 /* nested */
} strait_field_kind;

typedef struct strait_field {
    const char *name;
    const struct strait_record *record; /* the nested record, for STRAIT_FIELD_RECORD only */
    uint64_t offset;
    uint64_t bytes; /* of one element */
    uint64_t count; /* 0: one value; else a fixed array of so many */
    strait_field_kind kind;
} strait_field;

/* What the macros make, and what a program that knows its records only at run time fills in itself. */
typedef struct strait_record {
    const char *name;
    uint64_t bytes;
    uint64_t align;
    uint32_t field_count;
    const strait_field *fields;        /* in any order; or NULL, and then */
    const strait_field *(*list)(void); /* says where they are: a table that C can only put into a function */
} strait_record;

/* The fields of a record, field_count of them. Wait-free. */
static inline const strait_field *strait_record_fields(const strait_record *record)
{
    return record->fields || !record->list ? record->fields : record->list();
}

/* --- schemas: a record's layout as text, the same for everybody -------------------------------------- */

/* One field of a schema. The texts are parts of the schema's text, not closed with a 0. */
typedef struct strait_schema_field {
    const char *name;
    size_t name_bytes;
    const char *nested; /* the nested record's schema, for STRAIT_FIELD_RECORD only */
    size_t nested_bytes;
    uint64_t offset;
    uint64_t bytes; /* of one element */
    uint64_t count; /* 0: one value */
    strait_field_kind kind;
} strait_schema_field;

/* A walk over the fields of a schema. record_bytes is for reading, the rest is the walk's own. */
typedef struct strait_schema_walk {
    uint64_t record_bytes;
    const char *text_;
    size_t length_, at_;
    uint64_t end_; /* of the field before */
    bool begun_, ended_;
} strait_schema_walk;

#ifdef __cplusplus
extern "C" {
#endif

/* Writes the schema of a record, cut to room (room > 0: always closed with a 0), and returns its whole
 * length. 0 for a record that cannot be: strait_record_fault tells why. Anyone may call it. No system call.
 */
STRAIT_API size_t strait_schema_write(const strait_record *record, char *text, size_t room);

/* False for a sound record; true and a sentence for one that cannot be. Only descriptors made by hand, those
 * of structs with unusual alignment, and those too long or too deep ever have a fault. */
STRAIT_API bool strait_record_fault(const strait_record *record, char *sentence, size_t room);

/* The fingerprint of a schema: FNV-1a, 64 bits, over its text. Anyone may call it. */
STRAIT_API uint64_t strait_schema_fingerprint(const char *text, size_t length);

/* True for the text of a possible record; believes nothing, reads nothing past length. Anyone may call it. */
STRAIT_API bool strait_schema_verify(const char *text, size_t length);

/* One sentence about the first field in which two schemas differ, naming both sides; cut to room. */
STRAIT_API void strait_schema_difference(const char *expected, size_t expected_length, const char *found,
                                         size_t found_length, char *sentence, size_t room);

/* Begins a walk; false if the text does not begin like a schema. Also safe over a text that was not verified:
 * every field that comes lies inside the record, behind the one before. */
STRAIT_API bool strait_schema_begin(strait_schema_walk *walk, const char *text, size_t length);

/* The next field; false at the end, and where the text is damaged: strait_schema_ended tells them apart. */
STRAIT_API bool strait_schema_next(strait_schema_walk *walk, strait_schema_field *field);
STRAIT_API bool strait_schema_ended(const strait_schema_walk *walk);

/* "u64", "shared_f64", "record"; "none" for anything else. */
STRAIT_API const char *strait_field_kind_text(strait_field_kind kind);

#ifdef __cplusplus
}
#endif

#include <strait/inline/record_macros.h>

#endif
