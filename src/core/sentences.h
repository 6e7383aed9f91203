/* sentences.h - every sentence that strait_last_error can begin with, so that they can be read in one place
 * (docs/errors.md is generated from this list). layer: layout
 *
 * X(ID, RESULT, "format"). "%s" at the start is the verb and the object: `open segment "orders"`.
 */
#ifndef STRAIT_CORE_SENTENCES_H
#define STRAIT_CORE_SENTENCES_H

#define STRAIT_SENTENCES(X)                                                                                  \
    X(NOT_THERE, NOT_FOUND, "%s: nothing of that name is there")                                             \
    X(NOT_NEEDED, NOT_FOUND, "%s: what is there was removed, or nobody alive needs it: it counts as absent") \
    X(NO_OBJECT, NOT_FOUND, "%s: it holds no object \"%s\"")                                                 \
    X(NO_NTH_OBJECT, NOT_FOUND, "%s: it holds %" PRIu32 " objects, you asked for number %" PRIu32)           \
    X(NOT_FREED, BUSY,                                                                                       \
      "%s: another process has been removing the same name for %" PRIu64                                     \
      " seconds without finishing; it is stopped, not dead")                                                 \
    X(PLACING, BUSY, "%s: process %" PRIu32 " (participant %" PRIu32 ") is placing an object and is alive")  \
    X(SIGNAL, INTERRUPTED, "%s: a signal arrived while waiting")                                             \
    X(ALL_TAKEN, CROWDED, "%s: all %" PRIu32 " participant records are held by living processes")            \
    X(IS_RETIRED, RETIRED, "%s: it was removed")                                                             \
    X(NULL_ARGUMENT, BAD_ARGUMENT, "%s: %s is NULL")                                                         \
    X(BAD_OPTION, BAD_ARGUMENT, "%s: option %s cannot be %" PRIu64 ": %s")                                   \
    X(BAD_TOGETHER, BAD_ARGUMENT, "%s: %s")                                                                  \
    X(BAD_RECORD, BAD_ARGUMENT, "%s: the record cannot be described: %s")                                    \
    X(NAME_RULE, BAD_NAME, "%s: the name \"%.80s\" breaks the rule at byte %zu: %s")                         \
    X(SIZE_RULE, BAD_SIZE, "%s: %" PRIu64 " bytes and room for %" PRIu64 " more do not make a segment: %s")  \
    X(OBJECT_SIZE_RULE, BAD_SIZE, "%s: an object of %" PRIu64 " bytes cannot be: %s")                        \
    X(THERE_ALREADY, EXISTS, "%s: it is there already, made by process %" PRIu32 " (%s)")                    \
    X(FILE_THERE, EXISTS, "%s: something of that name is there already")                                     \
    X(OTHER_SIZE, SIZE_MISMATCH, "%s: made for %" PRIu64 " bytes, you asked for %" PRIu64)                   \
    X(OTHER_RECORD_SIZE, SIZE_MISMATCH,                                                                      \
      "%s: made for %" PRIu64 " bytes (record %s), you asked for %" PRIu64 " bytes (record %s)")             \
    X(OTHER_SCHEMA, SCHEMA_MISMATCH,                                                                         \
      "%s: made for record %s (schema %016" PRIx64 "), you asked for record %s (schema %016" PRIx64 "): %s") \
    X(NO_SCHEMA, SCHEMA_MISMATCH,                                                                            \
      "%s: made without a record, you asked for record %s (schema %016" PRIx64 ")")                          \
    X(OTHER_SHAPE, SHAPE_MISMATCH, "%s: made for %s, you asked for %s")                                      \
    X(NO_SHAPE, BAD_SIZE,                                                                                    \
      "%s: %" PRIu32 " slots for items of %" PRIu32 " bytes, aligned to %" PRIu32                            \
      ", do not make a ring: %s")                                                                            \
    X(ONE_ONLY, ROLE_TAKEN, "%s: the one %s is process %" PRIu32 " (%.63s), participant %" PRIu32)           \
    X(ALL_PORTS_TAKEN, CROWDED, "%s: all %" PRIu32 " ports are held by living handles")                      \
    X(NOT_A_WRITER, WRONG_ROLE, "%s: opened as %s")                                                          \
    X(OTHER_KIND, KIND_MISMATCH, "%s: made as %s, you asked for %s")                                         \
    X(OTHER_VERSION, VERSION_MISMATCH,                                                                       \
      "%s: made in format version %" PRIu32 ", this library reads version %" PRIu32)                         \
    X(OTHER_FEATURES, VERSION_MISMATCH,                                                                      \
      "%s: needs %s features %016" PRIx64 ", this library knows %016" PRIx64)                                \
    X(OTHER_BYTE_ORDER, BYTE_ORDER_MISMATCH,                                                                 \
      "%s: made on a machine of the other byte order (its mark reads %08" PRIx32 ", here %08" PRIx32 ")")    \
    X(OTHER_ABI, ABI_MISMATCH,                                                                               \
      "%s: compiled for interface %" PRIu32 " with options of %zu bytes, this library (%s) "                 \
      "knows interface %" PRIu32 " with %zu bytes")                                                          \
    X(IN_CHILD, FORKED, "%s: the handle belongs to the parent process")                                      \
    X(ONLY_LOOKING, READ_ONLY, "%s: opened as an observer")                                                  \
    X(NOT_PERMITTED, DENIED, "%s: %s")                                                                       \
    X(NOT_YOURS_TO_CLEAR, DENIED,                                                                            \
      "%s: a removed segment still holds the name and only its owner (or root) may clear it: %s")            \
    X(SYSTEM_NO_DIRECTORY, SYSTEM, "%s: the directory that it would lie in is not there: %s")                \
    X(SYSTEM_BAD_ARGUMENT, BAD_ARGUMENT, "%s: %s")                                                           \
    X(SYSTEM_BAD_NAME, BAD_NAME, "%s: %s")                                                                   \
    X(TOO_LARGE, OVER_QUOTA, "%s: it takes %" PRIu64 " bytes in all, you allowed %" PRIu64)                  \
    X(CANNOT, UNSUPPORTED, "%s: %s")                                                                         \
    X(NO_ENTRY, FULL_DIRECTORY, "%s: all %" PRIu32 " entries of its directory are used")                     \
    X(NO_ROOM, FULL_DIRECTORY,                                                                               \
      "%s: an object of %" PRIu64 " bytes does not fit into the %" PRIu64 " bytes of room that are left")    \
    X(NOT_OURS, FOREIGN, "%s: the bytes there are not a Strait segment: %s")                                 \
    X(NO_REGULAR_FILE, FOREIGN, "%s: what is there is not plain shared memory: %s")                          \
    X(CUT_SHORT, TRUNCATED, "%s: the file has %" PRIu64 " bytes, it must have %" PRIu64)                     \
    X(CONTRADICTION, CORRUPT, "%s: header field %s is %" PRIu64 ", which cannot be: %s")                     \
    X(BAD_RING, CORRUPT, "%s: the ring's bytes contradict themselves: %s cannot be")                         \
    X(BAD_ENTRY, CORRUPT, "%s: directory entry %" PRIu32 " cannot be: %s")                                   \
    X(OTHER_NAME, CORRUPT, "%s: the header says that its name is \"%s\"")                                    \
    X(NO_HEAP, NO_MEMORY, "%s: no memory for the handle (%zu bytes)")                                        \
    X(NO_MAPPING, NO_MEMORY, "%s: no memory or address space to map it: %s")                                 \
    X(SHORT_OF_SHARED, NO_SPACE,                                                                             \
      "%s: not enough shared memory: %" PRIu64 " bytes asked, %" PRIu64 " free on %s")                       \
    X(NO_DESCRIPTOR, TOO_MANY_FILES, "%s: %s")                                                               \
    X(SHORT_OF_ENTRIES, NO_SPACE, "%s: no room left in %s: %s")                                              \
    X(WRITTEN_OVER, CORRUPT, "%s: %s")                                                                       \
    X(SYSTEM_SAID, SYSTEM, "%s: %s")

#endif
