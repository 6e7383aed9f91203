/* schema.c - a record's descriptor becomes text, and text a fingerprint. layer: layout
 *
 * A descriptor may come from a program's own hands, so it is believed as little as a text: each field is
 * judged before it is written, in the order of offsets, and the first fault ends it all. The work is bounded:
 * no field is written once the text is longer than a schema may be, and records that contain themselves end
 * at the limit of depth.
 */
#include "core/schema.h"

#include "core/schema_sentences.h"

#include <strait/base.h>

#define FNV_OFFSET UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME UINT64_C(0x100000001b3)
/* "a:u8@0," is the shortest field, so a table with more fields cannot be written. */
#define SHORTEST_FIELD 6u

#define FAULT(id, sentence) static const char fault_##id[] = sentence;
STRAIT_RECORD_FAULTS(FAULT)
#undef FAULT

typedef struct writer {
    schema_text text;
    const char *fault;        /* what is wrong, once something is */
    const char *fault_record; /* where; either may be NULL */
    const char *fault_field;
    uint64_t align; /* that the shared words of the record just written ask for */
} writer;

typedef struct kind_row {
    const char *text;
    uint64_t bytes;
} kind_row;

static const kind_row kinds[] = {
    [STRAIT_FIELD_NONE] = {"none", 0},
#define KIND(number, name, text, bytes) [STRAIT_FIELD_##name] = {text, bytes},
    STRAIT_FIELD_KINDS(KIND)
#undef KIND
        [STRAIT_FIELD_RECORD] = {"record", 0},
};

static const kind_row *row_of(strait_field_kind kind)
{
    size_t row = (size_t)kind;

    return &kinds[row < sizeof kinds / sizeof kinds[0] ? row : STRAIT_FIELD_NONE];
}

uint64_t schema_kind_bytes(strait_field_kind kind)
{
    return row_of(kind)->bytes;
}

const char *strait_field_kind_text(strait_field_kind kind)
{
    return row_of(kind)->text;
}

static bool letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

size_t schema_identifier(const char *bytes, size_t length)
{
    size_t n = 0;

    while (n < length && (letter(bytes[n]) || (n > 0 && bytes[n] >= '0' && bytes[n] <= '9'))) {
        n++;
    }
    return n;
}

/* The length of a string, looked for no further than limit + 1 bytes. */
static size_t bounded_length(const char *string, size_t limit)
{
    size_t n = 0;

    while (n <= limit && string[n] != 0) {
        n++;
    }
    return n;
}

static bool fault(writer *w, const strait_record *record, const strait_field *field, const char *what)
{
    w->fault = what;
    w->fault_record = record ? record->name : NULL;
    w->fault_field = field ? field->name : NULL;
    return false;
}

/* The name of a record goes into directory entries and sentences, not into the text. */
static const char *record_fault(const strait_record *record)
{
    size_t length = record->name ? bounded_length(record->name, STRAIT_OBJECT_NAME_MAX) : 0;

    if (length == 0 || length > STRAIT_OBJECT_NAME_MAX) {
        return fault_NAME_LENGTH;
    }
    for (size_t i = 0; i < length; i++) {
        if (record->name[i] <= ' ' || record->name[i] > '~') {
            return fault_NAME_BYTES;
        }
    }
    if (record->bytes == 0 || record->bytes > STRAIT_RECORD_BYTES_MAX) {
        return fault_RECORD_SIZE;
    }
    if (record->align == 0 || (record->align & (record->align - 1)) != 0 ||
        record->align > STRAIT_OBJECT_ALIGN) {
        return fault_RECORD_ALIGN;
    }
    if (record->field_count == 0 || !strait_record_fields(record)) {
        return fault_NO_FIELDS;
    }
    return record->field_count > STRAIT_SCHEMA_MAX / SHORTEST_FIELD ? fault_MANY_FIELDS : NULL;
}

static const char *field_fault(const strait_record *record, const strait_field *field, uint64_t end)
{
    size_t length = bounded_length(field->name, STRAIT_FIELD_NAME_MAX);
    uint64_t room;

    if (length == 0 || length > STRAIT_FIELD_NAME_MAX || schema_identifier(field->name, length) != length) {
        return fault_FIELD_NAME;
    }
    if (field->kind == STRAIT_FIELD_RECORD) {
        if (!field->record || field->record->bytes != field->bytes || field->bytes == 0) {
            return fault_FIELD_RECORD;
        }
    } else if (field->bytes == 0 || field->bytes != schema_kind_bytes(field->kind)) {
        return fault_FIELD_KIND;
    }
    if (field->offset < end) {
        return fault_FIELD_OVERLAPS;
    }
    if (field->offset >= record->bytes) {
        return fault_FIELD_OUTSIDE;
    }
    room = (record->bytes - field->offset) / field->bytes;
    return room == 0 || field->count > room ? fault_FIELD_REACHES_OUT : NULL;
}

static bool named_before(const strait_record *record, const strait_field *field)
{
    const strait_field *other = strait_record_fields(record);

    while (other != field && strcmp(other->name, field->name) != 0) {
        other++;
    }
    return other != field;
}

/* The field with the lowest offset among those not written yet: from `from` on, or NULL. */
static const strait_field *next_by_offset(const strait_record *record, const strait_field *last)
{
    const strait_field *fields = strait_record_fields(record);
    const strait_field *next = NULL;

    for (uint32_t i = 0; i < record->field_count; i++) {
        const strait_field *f = &fields[i];
        bool after = !last || f->offset > last->offset || (f->offset == last->offset && f > last);
        if (after && (!next || f->offset < next->offset)) {
            next = f;
        }
    }
    return next;
}

static bool write_record(writer *w, const strait_record *record, uint32_t depth);

static bool write_field(writer *w, const strait_record *record, const strait_field *field, uint32_t depth)
{
    uint64_t align;

    schema_put(&w->text, field->name);
    schema_put(&w->text, ":");
    if (field->kind == STRAIT_FIELD_RECORD) {
        if (!write_record(w, field->record, depth + 1)) {
            return false;
        }
        align = w->align;
    } else {
        schema_put(&w->text, strait_field_kind_text(field->kind));
        align = schema_kind_shared(field->kind) ? field->bytes : 1;
    }
    if (field->offset % align != 0 || (field->count > 1 && field->bytes % align != 0)) {
        return fault(w, record, field, fault_FIELD_ALIGN);
    }
    w->align = align;
    if (field->count > 0) {
        schema_put(&w->text, "[");
        schema_put_number(&w->text, field->count);
        schema_put(&w->text, "]");
    }
    schema_put(&w->text, "@");
    schema_put_number(&w->text, field->offset);
    return w->text.length < STRAIT_SCHEMA_MAX || fault(w, NULL, NULL, fault_TOO_LONG);
}

/* Judges everything that looks at other fields first, for their names must be there to be compared. */
static bool write_fields(writer *w, const strait_record *record, uint32_t depth)
{
    const strait_field *last = NULL;
    uint64_t end = 0, align = 1;

    for (uint32_t i = 0; i < record->field_count; i++) {
        const strait_field *field = next_by_offset(record, last);
        const char *what = field_fault(record, field, end);
        if (!what && named_before(record, field)) {
            what = fault_FIELD_TWICE;
        }
        if (what) {
            return fault(w, record, field, what);
        }
        schema_put(&w->text, last ? "," : "{");
        if (!write_field(w, record, field, depth)) {
            return false;
        }
        align = w->align > align ? w->align : align;
        end = field->offset + field->bytes * (field->count > 0 ? field->count : 1);
        last = field;
    }
    w->align = align;
    return true;
}

static bool write_record(writer *w, const strait_record *record, uint32_t depth)
{
    const strait_field *fields;
    const char *what = depth > STRAIT_RECORD_DEPTH_MAX ? fault_TOO_DEEP : record_fault(record);

    if (what) {
        return fault(w, record, NULL, what);
    }
    fields = strait_record_fields(record);
    for (uint32_t i = 0; i < record->field_count; i++) {
        if (!fields[i].name) {
            return fault(w, record, NULL, fault_FIELD_NAMELESS);
        }
    }
    schema_put_number(&w->text, record->bytes);
    if (!write_fields(w, record, depth)) {
        return false;
    }
    schema_put(&w->text, "}");
    return w->text.length < STRAIT_SCHEMA_MAX || fault(w, NULL, NULL, fault_TOO_LONG);
}

static bool write_schema(writer *w, const strait_record *record)
{
    return record ? write_record(w, record, 1) : fault(w, NULL, NULL, fault_NULL_RECORD);
}

size_t strait_schema_write(const strait_record *record, char *text, size_t room)
{
    writer w = {.text = {text, text ? room : 0, 0}, .align = 1};

    if (!write_schema(&w, record)) {
        w.text.length = 0;
    }
    schema_close(&w.text);
    return w.text.length;
}

bool strait_record_fault(const strait_record *record, char *sentence, size_t room)
{
    writer w = {.align = 1};
    schema_text out = {sentence, sentence ? room : 0, 0};
    bool sound = write_schema(&w, record);

    if (!sound) {
        schema_put(&out, "record");
        if (w.fault_record) {
            schema_put(&out, " \"");
            schema_put_bytes(&out, w.fault_record, bounded_length(w.fault_record, STRAIT_OBJECT_NAME_MAX));
            schema_put(&out, "\"");
        }
        if (w.fault_field) {
            schema_put(&out, ", field \"");
            schema_put_bytes(&out, w.fault_field, bounded_length(w.fault_field, STRAIT_FIELD_NAME_MAX));
            schema_put(&out, "\"");
        }
        schema_put(&out, ": ");
        schema_put(&out, w.fault);
    }
    schema_close(&out);
    return !sound;
}

uint64_t strait_schema_fingerprint(const char *text, size_t length)
{
    uint64_t hash = FNV_OFFSET;

    for (size_t i = 0; i < length; i++) {
        hash = (hash ^ (unsigned char)text[i]) * FNV_PRIME;
    }
    return hash;
}
