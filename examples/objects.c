/* objects.c - several objects in one segment. Processes place them by name in any order; each object is made
 * once, by whoever comes first, and is complete as soon as anybody can find it. The directory tells tools
 * what is there.
 */
#define _POSIX_C_SOURCE 200809L /* with -std=c11 the system headers show POSIX only when asked */
#include <stdio.h>
#include <strait/strait.h>
#include <sys/wait.h>
#include <unistd.h>

#define BOOK(F) F(double, bid) F(double, ask) F(strait_u64, updates)
STRAIT_RECORD(book, BOOK)

static const char *const symbols[] = {"STRT", "GULF", "CAPE", "REEF"};
enum { SYMBOLS = 4, PROCESSES = 3 };

static int fail(void)
{
    fprintf(stderr, "%s\n", strait_last_error());
    return 1;
}

static char name[40]; /* with a number of its own, so that several runs at once do not meet */

static strait_segment *open_market(void)
{
    strait_segment *segment = NULL;
    const strait_segment_options options = {
        .bytes = sizeof(strait_u64), /* the segment's own first object: a count of all updates */
        .room_bytes = 65536,         /* for objects placed later */
        .lifetime = STRAIT_UNTIL_LAST_LEAVES,
    };
    return strait_segment_open(name, &options, &segment) < 0 ? NULL : segment;
}

static int opening_price(void *data, uint64_t bytes, void *context)
{
    (void)bytes;
    struct book *book = data;
    book->bid = *(const double *)context;
    book->ask = book->bid + 1;
    return 0; /* nobody sees the book before this */
}

/* Each process begins with another symbol; together they make every book exactly once. */
static int trade(int number)
{
    strait_segment *market = open_market();
    if (market == NULL) {
        return fail();
    }
    for (int i = 0; i < SYMBOLS; i++) {
        const char *symbol = symbols[(i + number) % SYMBOLS];
        double price = 100;
        strait_object object;
        const strait_object_options options = {.record = STRAIT_RECORD_OF(book),
                                               .initialise = opening_price,
                                               .context = &price,
                                               .deadline_ns = strait_deadline_ms(5000)};
        int rc = strait_segment_place(market, symbol, &options, &object);
        if (rc < 0) {
            return fail();
        }
        struct book *book = object.data;
        printf("process %d %s %s at offset %llu\n", number, rc == STRAIT_CREATED ? "made " : "found", symbol,
               (unsigned long long)object.offset);
        strait_u64_add_acq_rel(&book->updates, 1);
        strait_u64_add_acq_rel(strait_segment_data(market), 1);
    }
    fflush(stdout);
    return strait_segment_close(market) == 0 ? 0 : fail();
}

int main(void)
{
    snprintf(name, sizeof name, "market-%ld", (long)getpid());
    strait_segment *market = open_market();
    if (market == NULL) {
        return fail();
    }
    fflush(stdout);
    for (int i = 0; i < PROCESSES; i++) {
        if (fork() == 0) {
            strait_segment_close(market); /* a child has none of its parent's handles: it opens its own */
            _exit(trade(i));
        }
    }
    int good = 1, status;
    while (wait(&status) > 0) {
        good = good && status == 0;
    }

    /* Walk the directory, as a tool would. */
    strait_object object;
    uint32_t n = 0;
    for (; strait_segment_object(market, n, &object) == 0; n++) {
        if (n == 0) {
            printf("%-6s %llu updates\n", "all", (unsigned long long)strait_u64_load_acquire(object.data));
            good = good && strait_u64_load_acquire(object.data) == (uint64_t)PROCESSES * SYMBOLS;
        } else {
            const struct book *book = object.data;
            printf("%-6s %.2f / %.2f, %llu updates, record %s\n", object.name, book->bid, book->ask,
                   (unsigned long long)strait_u64_load_acquire(&book->updates), object.record_name);
            good = good && strait_u64_load_acquire(&book->updates) == PROCESSES;
        }
    }
    return strait_segment_close(market) == 0 && good && n == SYMBOLS + 1 ? 0 : 1;
}
