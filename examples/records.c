/* records.c - describe a struct once, and nobody reads it wrongly: the segment carries the layout, a program
 * built from other headers is refused with the first field that differs, and tools can decode the bytes
 * without any header.
 */
#include <stdio.h>
#include <strait/strait.h>

/* One list gives the struct, its schema and its fingerprint. */
#define POINT(F) F(double, x) F(double, y)
STRAIT_RECORD(point, POINT)

#define ORDER(F)                                                                                             \
    F(uint64_t, id)                                                                                          \
    F(double, price)                                                                                         \
    F(int32_t, quantity)                                                                                     \
    F(char, symbol, 16)                                                                                      \
    STRAIT_NESTED(F, point, where)
STRAIT_RECORD(order, ORDER)

/* A struct that exists already is described in the same words; the compiler checks that they fit. */
struct legacy_tick {
    uint32_t sequence;
    float bid, ask;
};
#define LEGACY_TICK(F) F(uint32_t, sequence) F(float, bid) F(float, ask)
STRAIT_DESCRIBE(legacy_tick, struct legacy_tick, LEGACY_TICK)

/* What a colleague's program was built from, before "price" became a double. */
#define OLD_ORDER(F)                                                                                         \
    F(uint64_t, id)                                                                                          \
    F(float, price)                                                                                          \
    F(int32_t, quantity)                                                                                     \
    F(char, symbol, 16)                                                                                      \
    STRAIT_NESTED(F, point, where)
STRAIT_RECORD(old_order, OLD_ORDER)

static int fail(const char *what)
{
    fprintf(stderr, "%s: %s\n", what, strait_last_error());
    return 1;
}

int main(void)
{
    strait_segment *mine, *other = NULL;
    const strait_segment_options options = {
        .record = STRAIT_RECORD_OF(order), /* gives the size, too */
        .lifetime = STRAIT_UNTIL_LAST_LEAVES,
    };
    if (strait_segment_open("example-orders", &options, &mine) < 0) {
        return fail("cannot open");
    }
    struct order *order = strait_segment_data(mine);
    *order =
        (struct order){.id = 7, .price = 100.5, .quantity = 3, .symbol = "STRT", .where = {.x = 1, .y = 2}};

    char schema[STRAIT_SCHEMA_MAX];
    strait_segment_schema(mine, schema, sizeof schema);
    printf("the segment says what it holds: %s\n", schema);

    /* The same record, from anywhere: attached. */
    const strait_segment_options same = {.how = STRAIT_ATTACH, .record = STRAIT_RECORD_OF(order)};
    if (strait_segment_open("example-orders", &same, &other) < 0) {
        return fail("cannot attach");
    }
    const struct order *seen = strait_segment_data(other);
    printf("order %llu: %d x %s at %.2f\n", (unsigned long long)seen->id, (int)seen->quantity, seen->symbol,
           seen->price);
    int good = seen->price == 100.5;
    strait_segment_close(other);

    /* Another layout: refused, with both sides named. */
    const strait_segment_options old = {.how = STRAIT_ATTACH, .record = STRAIT_RECORD_OF(old_order)};
    int rc = strait_segment_open("example-orders", &old, &other);
    printf("an old program gets %s:\n  %s\n", strait_result_name(rc), strait_last_error());
    good = good && (rc == STRAIT_SCHEMA_MISMATCH || rc == STRAIT_SIZE_MISMATCH);

    const strait_segment_options tick = {.how = STRAIT_ATTACH, .record = STRAIT_RECORD_OF(legacy_tick)};
    rc = strait_segment_open("example-orders", &tick, &other);
    printf("one that expects ticks gets %s\n", strait_result_name(rc));
    good = good && rc < 0;

    return strait_segment_close(mine) == 0 && good ? 0 : 1;
}
