/* ring.c - a queue between processes. Two writers send orders, one reader takes them; one of the writers is killed in the
 * midst of reserving room, and nobody stops. When all who live have finished, the reader learns that the
 * stream has ended.
 */
#define _POSIX_C_SOURCE 200809L /* with -std=c11 the system headers show POSIX only when asked */
#include <signal.h>
#include <stdio.h>
#include <strait/strait.h>
#include <sys/wait.h>
#include <unistd.h>

#define ORDER(F) F(uint64_t, id) F(double, price) F(uint32_t, quantity)
STRAIT_RECORD(order, ORDER)
STRAIT_RING_OF(order_ring, struct order)

enum { ORDERS = 1000, WRITERS = 2 };
static char name[40]; /* with a number of its own, so that several runs at once do not meet */

static order_ring *open_ring(strait_role role)
{
    order_ring *ring = NULL;
    const strait_ring_options options = {.role = role,
                                         .slots = 64,
                                         .writers = STRAIT_MANY,
                                         .readers = STRAIT_ONE,
                                         .record = STRAIT_RECORD_OF(order),
                                         .lifetime = STRAIT_UNTIL_LAST_LEAVES};
    if (order_ring_open(name, &options, &ring) < 0) {
        fprintf(stderr, "%s\n", strait_last_error());
    }
    return ring;
}

/* Copies each order into the ring; waits where it is full. */
static int write_orders(uint64_t writer)
{
    order_ring *ring = open_ring(STRAIT_WRITER);
    int rc = ring == NULL ? -1 : 0;
    for (uint64_t i = 0; i < ORDERS && rc >= 0; i++) {
        rc = order_ring_send(ring, &(struct order){.id = writer * ORDERS + i, .price = 100.5, .quantity = 1},
                             strait_deadline_ms(10000));
    }
    rc = rc < 0 ? rc : order_ring_finish(ring);
    return rc < 0 || order_ring_close(ring) < 0 ? 1 : 0;
}

/* Builds an order in place, and never gets to commit it. */
static int write_and_die(void)
{
    order_ring *ring = open_ring(STRAIT_WRITER);
    strait_ring_span span;
    if (ring != NULL && order_ring_try_reserve(ring, 3, &span) == 0) {
        order_ring_at(ring, span.first)->id = 7;
        raise(SIGKILL);
    }
    return 1;
}

static int read_orders(void)
{
    order_ring *ring = open_ring(STRAIT_READER);
    if (ring == NULL) {
        return 1;
    }
    uint64_t next[WRITERS] = {0};
    unsigned orders = 0, skips = 0;
    struct order order;
    int rc;
    while ((rc = order_ring_recv(ring, &order, strait_deadline_ms(10000))) >= 0) {
        if (order.id % ORDERS != next[order.id / ORDERS]++) {
            fprintf(stderr, "order %llu comes out of its writer's order\n", (unsigned long long)order.id);
            return 1;
        }
        skips += rc == STRAIT_SKIPPED;
        orders++;
    }
    printf("%u orders; then: %s\n", orders, strait_result_text(rc));
    printf("room that a dead writer had reserved was stepped over %u times\n", skips);
    int closed = order_ring_close(ring);
    return rc == STRAIT_CLOSED && closed == 0 && orders == WRITERS * ORDERS && skips > 0 ? 0 : 1;
}

static int ended_well(pid_t pid)
{
    int status = 0;
    return waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

int main(void)
{
    snprintf(name, sizeof name, "example-ring.%ld", (long)getpid());
    order_ring *ring = open_ring(STRAIT_WRITER); /* while we have not finished, the stream is open */
    if (ring == NULL) {
        return 1;
    }
    pid_t dying = fork();
    if (dying == 0) {
        (void)order_ring_close(ring); /* frees its copy of its parent's handle; it opens its own */
        return write_and_die();
    }
    (void)waitpid(dying, NULL, 0);
    pid_t reader = fork();
    if (reader == 0) {
        (void)order_ring_close(ring);
        return read_orders();
    }
    pid_t writers[WRITERS];
    for (uint64_t i = 0; i < WRITERS; i++) {
        writers[i] = fork();
        if (writers[i] == 0) {
            (void)order_ring_close(ring);
            return write_orders(i);
        }
    }
    int failed = 0;
    for (int i = 0; i < WRITERS; i++) {
        failed += !ended_well(writers[i]);
    }
    failed += order_ring_finish(ring) < 0;
    failed += !ended_well(reader);
    failed += order_ring_close(ring) < 0;
    return failed == 0 ? 0 : 1;
}
