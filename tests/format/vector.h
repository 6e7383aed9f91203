/* vector.h - golden segments: two segments with every input fixed, formatted here and stored as hex dumps. */
#ifndef STRAIT_TESTS_FORMAT_VECTOR_H
#define STRAIT_TESTS_FORMAT_VECTOR_H

#include "core/layout.h"

#include <stdio.h>

struct vector {
    const char *file; /* its dump, beside this source */
    strait_layout_request request;
    strait_layout_birth birth;
};

#define VECTORS 2u
extern const struct vector vectors[VECTORS];

/* Formats the vector into fresh memory, aligned as a mapping is; for vector_free. NULL if there is no
 * memory. */
unsigned char *vector_format(const struct vector *vector, strait_geometry *geometry);

/* Frees what vector_format and vector_read return. */
void vector_free(unsigned char *bytes);

/* The dump: a line "OFFSET: 16 bytes in hex" for each 16 bytes that are not all 0, and "OFFSET: end". */
bool vector_write(FILE *to, const unsigned char *bytes, uint64_t count);

/* Reads a dump back. NULL (with a message on stderr) if it is none. For vector_free. */
unsigned char *vector_read(FILE *from, uint64_t *count);

#endif
