/* schema_difference.c - the first field in which two layouts differ, as a sentence for people. layer: layout
 *
 * Both texts are walked side by side, in the order of offsets, as long as the fields agree. Where they do
 * not, a look for each name on the other side tells a field that is missing from one that was added and from
 * one that was changed.
 */
#include "core/schema.h"
#include "core/schema_sentences.h"

#define SENTENCE(id, template) static const char say_##id[] = template;
STRAIT_SCHEMA_DIFFERENCES(SENTENCE)
#undef SENTENCE

/* One side of the comparison. */
typedef struct side {
    const char *text;
    size_t length;
} side;

/* The way from the outermost record to the field. */
typedef struct path {
    const struct path *outer;
    const strait_schema_field *field;
} path;

static bool same_name(const strait_schema_field *a, const strait_schema_field *b)
{
    return a->name_bytes == b->name_bytes && memcmp(a->name, b->name, a->name_bytes) == 0;
}

static bool has(side s, const strait_schema_field *field)
{
    strait_schema_walk walk;
    strait_schema_field other;
    bool there = false;

    strait_schema_begin(&walk, s.text, s.length);
    while (!there && strait_schema_next(&walk, &other)) {
        there = same_name(&other, field);
    }
    return there;
}

/* What a sentence is about; what its template does not mention may be missing. */
typedef struct subject {
    uint64_t number;   /* of the field in the outermost record, as people count in their list */
    const path *outer; /* the way to the record, NULL for the outermost */
    const strait_schema_field *expected, *found;
    uint64_t expected_bytes, found_bytes; /* of the record */
} subject;

static void put_path(schema_text *out, const path *outer, const strait_schema_field *field)
{
    if (outer) {
        put_path(out, outer->outer, outer->field);
        schema_put(out, field ? "." : "");
    }
    if (field) {
        schema_put_bytes(out, field->name, field->name_bytes);
    }
}

/* `char[16] at offset 24`, `u32 at offset 0 of "where"` */
static void put_type(schema_text *out, const path *outer, const strait_schema_field *field)
{
    if (field->kind == STRAIT_FIELD_RECORD) {
        schema_put(out, "a record of ");
        schema_put_number(out, field->bytes);
        schema_put(out, " bytes");
    } else {
        schema_put(out, strait_field_kind_text(field->kind));
    }
    if (field->count > 0) {
        schema_put(out, "[");
        schema_put_number(out, field->count);
        schema_put(out, "]");
    }
    schema_put(out, " at offset ");
    schema_put_number(out, field->offset);
    if (outer) {
        schema_put(out, " of \"");
        put_path(out, outer, NULL);
        schema_put(out, "\"");
    }
}

/* Fills in a template of STRAIT_SCHEMA_DIFFERENCES. Returns true: something has been said. */
static bool say(schema_text *out, const char *template, const subject *about)
{
    for (const char *at = template; *at; at++) {
        switch (*at == '%' ? *++at : 0) {
        case 'n':
            schema_put_number(out, about->number);
            break;
        case 'p':
            put_path(out, about->outer, about->expected);
            break;
        case 'q':
            put_path(out, about->outer, about->found);
            break;
        case 'e':
            put_type(out, about->outer, about->expected);
            break;
        case 'f':
            put_type(out, about->expected ? NULL : about->outer, about->found);
            break;
        case 'a':
            schema_put_number(out, about->expected_bytes);
            break;
        case 'b':
            schema_put_number(out, about->found_bytes);
            break;
        default:
            schema_put_bytes(out, at, 1);
        }
    }
    return true;
}

static bool compare(schema_text *out, uint64_t number, const path *outer, side expected, side found);

/* Two fields that stand in the same place of their records. True if they differ: then it has been said how.
 */
static bool compare_fields(schema_text *out, const subject *about, side expected, side found)
{
    const strait_schema_field *e = about->expected, *f = about->found;

    if (!same_name(e, f)) {
        bool e_there = has(found, e), f_here = has(expected, f);
        return say(out,
                   e_there == f_here ? say_OTHER_NAME
                   : f_here          ? say_ONLY_EXPECTED
                                     : say_ONLY_FOUND,
                   about);
    }
    if (e->kind != f->kind || e->count != f->count || e->offset != f->offset) {
        return say(out, say_OTHER_TYPE, about);
    }
    return e->kind == STRAIT_FIELD_RECORD &&
           compare(out, about->number, &(path){about->outer, e}, (side){e->nested, e->nested_bytes},
                   (side){f->nested, f->nested_bytes});
}

/* `number` is the outermost field's, 0 in the outermost record. Sizes come last: a record that grew is told
 * by the field that came. */
static bool compare(schema_text *out, uint64_t number, const path *outer, side expected, side found)
{
    strait_schema_walk ours, theirs;
    strait_schema_field e, f;

    strait_schema_begin(&ours, expected.text, expected.length);
    strait_schema_begin(&theirs, found.text, found.length);
    for (uint64_t n = 1;; n++) {
        bool e_there = strait_schema_next(&ours, &e), f_there = strait_schema_next(&theirs, &f);
        subject about = {.number = number > 0 ? number : n,
                         .outer = outer,
                         .expected = e_there ? &e : NULL,
                         .found = f_there ? &f : NULL,
                         .expected_bytes = ours.record_bytes,
                         .found_bytes = theirs.record_bytes};
        if (!e_there && !f_there) {
            return ours.record_bytes != theirs.record_bytes &&
                   say(out, outer ? say_OTHER_NESTED_SIZE : say_OTHER_SIZE, &about);
        }
        if (!e_there || !f_there) {
            return say(out, e_there ? say_ONLY_EXPECTED : say_ONLY_FOUND, &about);
        }
        if (compare_fields(out, &about, expected, found)) {
            return true;
        }
    }
}

void strait_schema_difference(const char *expected, size_t expected_length, const char *found,
                              size_t found_length, char *sentence, size_t room)
{
    schema_text out = {sentence, sentence ? room : 0, 0};
    side ours = {expected, expected_length}, theirs = {found, found_length};
    subject nothing = {0};

    if (!strait_schema_verify(expected, expected_length)) {
        say(&out, say_BAD_EXPECTED, &nothing);
    } else if (!strait_schema_verify(found, found_length)) {
        say(&out, say_BAD_FOUND, &nothing);
    } else if (!compare(&out, 0, NULL, ours, theirs)) {
        say(&out, say_AGREE, &nothing);
    }
    schema_close(&out);
}
