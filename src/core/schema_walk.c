/* schema_walk.c - reads schema texts, and trusts none of them. layer: layout
 *
 * A walk hands out one field after the other. Each is judged before it is handed out, by what has been read
 * so far: it lies inside the record and behind the field before it, so whoever uses the numbers cannot leave
 * the record, verified or not. A nested record is handed out as a piece of the text, for a walk of its own.
 * strait_schema_verify adds what a single step cannot see: unique names, sound nested records, aligned shared
 * words.
 */
#include "core/schema.h"

#include <strait/base.h>

/* What is left of a text. Every look at a byte goes through here. */
typedef struct reader {
    const char *text;
    size_t length;
    size_t at;
} reader;

static bool at(const reader *r, char c)
{
    return r->at < r->length && r->text[r->at] == c;
}

static bool at_digit(const reader *r)
{
    return r->at < r->length && r->text[r->at] >= '0' && r->text[r->at] <= '9';
}

static bool take(reader *r, char c)
{
    bool there = at(r, c);

    r->at += there ? 1 : 0;
    return there;
}

/* A number from least to most, in its only spelling. */
static bool take_number(reader *r, uint64_t least, uint64_t most, uint64_t *number)
{
    size_t first = r->at;
    uint64_t n = 0;

    while (at_digit(r) && n <= most) {
        n = n * 10 + (uint64_t)(r->text[r->at++] - '0'); /* most is 2^46 at the most: no overflow */
    }
    *number = n;
    return r->at > first && !(r->text[first] == '0' && r->at > first + 1) && n >= least && n <= most;
}

static bool take_kind(reader *r, strait_schema_field *field)
{
    size_t length = schema_identifier(r->text + r->at, r->length - r->at);

    for (strait_field_kind kind = STRAIT_FIELD_BOOL; kind < STRAIT_FIELD_RECORD; kind++) {
        const char *text = strait_field_kind_text(kind);
        if (strlen(text) == length && memcmp(r->text + r->at, text, length) == 0) {
            field->kind = kind;
            field->bytes = schema_kind_bytes(kind);
            r->at += length;
            return true;
        }
    }
    return false;
}

/* A nested record: its size, and its text up to the brace that closes it. What is inside is for another walk.
 */
static bool take_nested(reader *r, strait_schema_field *field)
{
    uint32_t depth = 1;

    field->kind = STRAIT_FIELD_RECORD;
    field->nested = r->text + r->at;
    if (!take_number(r, 1, STRAIT_RECORD_BYTES_MAX, &field->bytes) || !take(r, '{')) {
        return false;
    }
    while (depth > 0 && depth <= STRAIT_RECORD_DEPTH_MAX && r->at < r->length) {
        depth += at(r, '{') ? 1 : 0;
        depth -= at(r, '}') ? 1 : 0;
        r->at++;
    }
    field->nested_bytes = (size_t)(r->text + r->at - field->nested);
    return depth == 0;
}

static bool take_field(reader *r, strait_schema_field *field)
{
    memset(field, 0, sizeof *field);
    field->name = r->text + r->at;
    field->name_bytes = schema_identifier(field->name, r->length - r->at);
    if (field->name_bytes == 0 || field->name_bytes > STRAIT_FIELD_NAME_MAX) {
        return false;
    }
    r->at += field->name_bytes;
    if (!take(r, ':') || !(at_digit(r) ? take_nested(r, field) : take_kind(r, field))) {
        return false;
    }
    if (take(r, '[') && !(take_number(r, 1, STRAIT_RECORD_BYTES_MAX, &field->count) && take(r, ']'))) {
        return false;
    }
    return take(r, '@') && take_number(r, 0, STRAIT_RECORD_BYTES_MAX, &field->offset);
}

/* Whether a field lies inside its record and behind the one before; then *end is where it ends. */
static bool in_place(const strait_schema_field *field, uint64_t record_bytes, uint64_t *end)
{
    uint64_t count = field->count > 0 ? field->count : 1;

    if (field->offset < *end || field->offset >= record_bytes ||
        count > (record_bytes - field->offset) / field->bytes) {
        return false;
    }
    *end = field->offset + count * field->bytes;
    return true;
}

bool strait_schema_begin(strait_schema_walk *walk, const char *text, size_t length)
{
    reader r = {text, text ? length : 0, 0};
    uint64_t bytes;
    bool sound =
        r.length < STRAIT_SCHEMA_MAX && take_number(&r, 1, STRAIT_RECORD_BYTES_MAX, &bytes) && take(&r, '{');

    memset(walk, 0, sizeof *walk);
    if (sound) {
        walk->record_bytes = bytes;
        walk->text_ = r.text;
        walk->length_ = r.length;
        walk->at_ = r.at;
    }
    return sound;
}

/* At the end, and at damage, the walk stays where it is: asked again, it answers the same. */
bool strait_schema_next(strait_schema_walk *walk, strait_schema_field *field)
{
    reader r = {walk->text_, walk->length_, walk->at_};

    if (walk->begun_ && take(&r, '}')) {
        walk->ended_ = r.at == r.length;
        return false;
    }
    if ((walk->begun_ && !take(&r, ',')) || r.at >= r.length || !take_field(&r, field) ||
        !in_place(field, walk->record_bytes, &walk->end_)) {
        return false;
    }
    walk->begun_ = true;
    walk->at_ = r.at;
    return true;
}

bool strait_schema_ended(const strait_schema_walk *walk)
{
    return walk->ended_;
}

/* Whether a field before this one has its name. */
static bool named_before(const char *text, size_t length, const strait_schema_field *field)
{
    strait_schema_walk walk;
    strait_schema_field other;

    strait_schema_begin(&walk, text, length);
    while (strait_schema_next(&walk, &other) && other.name != field->name) {
        if (other.name_bytes == field->name_bytes &&
            memcmp(other.name, field->name, field->name_bytes) == 0) {
            return true;
        }
    }
    return false;
}

/* *align becomes what the record's shared words ask for. Goes no deeper than depth_left. */
static bool verify(const char *text, size_t length, uint32_t depth_left, uint64_t *align)
{
    strait_schema_walk walk;
    strait_schema_field field;

    *align = 1;
    if (depth_left == 0 || !strait_schema_begin(&walk, text, length)) {
        return false;
    }
    while (strait_schema_next(&walk, &field)) {
        uint64_t wants = schema_kind_shared(field.kind) ? field.bytes : 1;
        if (field.kind == STRAIT_FIELD_RECORD &&
            !verify(field.nested, field.nested_bytes, depth_left - 1, &wants)) {
            return false;
        }
        if (field.offset % wants != 0 || (field.count > 1 && field.bytes % wants != 0) ||
            named_before(text, length, &field)) {
            return false;
        }
        *align = wants > *align ? wants : *align;
    }
    return strait_schema_ended(&walk);
}

bool strait_schema_verify(const char *text, size_t length)
{
    uint64_t align;

    return verify(text, length, STRAIT_RECORD_DEPTH_MAX, &align);
}
