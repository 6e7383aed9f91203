/* schema_sentences.h - what can be said about schemas and descriptors, in one place. layer: layout
 *
 * docs/errors.md lists these too. They are parts of a SCHEMA_MISMATCH or BAD_ARGUMENT sentence.
 */
#ifndef STRAIT_CORE_SCHEMA_SENTENCES_H
#define STRAIT_CORE_SCHEMA_SENTENCES_H

/* X(ID, "template"): %n is the field's number in the outermost record, %p the path to it, %e and %f its type
 * and offset as expected and as found, %q the path to the found one, %a and %b the expected and the found
 * size of the record. */
#define STRAIT_SCHEMA_DIFFERENCES(X)                                                                         \
    X(AGREE, "the layouts agree")                                                                            \
    X(OTHER_TYPE, "field %n \"%p\": you expect %e, the segment has %f")                                      \
    X(OTHER_NAME, "field %n: you expect \"%p\" (%e), the segment has \"%q\" (%f)")                           \
    X(ONLY_EXPECTED, "field %n \"%p\": you expect %e, the segment has no such field")                        \
    X(ONLY_FOUND, "field %n \"%q\": you have no such field, the segment has %f")                             \
    X(OTHER_SIZE, "all fields agree, but you expect %a bytes in all, the segment has %b")                    \
    X(OTHER_NESTED_SIZE,                                                                                     \
      "field %n \"%p\": all fields agree, but you expect %a bytes in all, the segment has %b")               \
    X(BAD_EXPECTED, "your schema is not one")                                                                \
    X(BAD_FOUND, "the schema in the segment is damaged")

/* X(ID, "sentence"): about a descriptor, after `record "order"` or `record "order", field "price"`. */
#define STRAIT_RECORD_FAULTS(X)                                                                              \
    X(NULL_RECORD, "it is NULL")                                                                             \
    X(NAME_LENGTH, "its name is missing or longer than 63 bytes")                                            \
    X(NAME_BYTES, "its name is not printable, or has a blank in it")                                         \
    X(RECORD_SIZE, "its size is 0 or above 2^46 bytes")                                                      \
    X(RECORD_ALIGN, "its alignment is not a power of two up to 128")                                         \
    X(NO_FIELDS, "it has no fields")                                                                         \
    X(MANY_FIELDS, "it has too many fields")                                                                 \
    X(TOO_DEEP, "records are nested too deeply")                                                             \
    X(TOO_LONG, "its schema is too long")                                                                    \
    X(FIELD_NAMELESS, "a field has no name")                                                                 \
    X(FIELD_NAME, "its name is not a C identifier of at most 63 bytes")                                      \
    X(FIELD_TWICE, "another field has the same name")                                                        \
    X(FIELD_KIND, "its kind is unknown or of another size")                                                  \
    X(FIELD_RECORD, "its nested record is missing or of another size")                                       \
    X(FIELD_OVERLAPS, "it overlaps the field before it")                                                     \
    X(FIELD_OUTSIDE, "it lies outside its record")                                                           \
    X(FIELD_REACHES_OUT, "it reaches out of its record")                                                     \
    X(FIELD_ALIGN, "its shared words are not aligned to their size")

#endif
