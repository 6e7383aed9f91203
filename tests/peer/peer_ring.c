/* peer_ring.c - the verbs about rings. Items are a number and, in larger items, a pattern that follows from it, so
 * that a torn item shows.
 */
#include "peer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned char *item_memory; /* one item of the largest ring that was opened */
static size_t item_room;

static strait_ring *chosen_ring(peer *self)
{
    strait_ring *ring = self->rings[self->chosen];
    if (ring == NULL) {
        peer_no_because(self, "NOT_OPEN", "ring %d is not open", self->chosen);
    }
    return ring;
}

static uint32_t item_bytes(const strait_ring *ring)
{
    strait_ring_info info;
    return strait_ring_stat(ring, &info) == STRAIT_OK ? info.item_bytes : 0;
}

static void write_item(unsigned char *item, uint32_t bytes, uint64_t number)
{
    memset(item, (int)(number % 251 + 1), bytes);
    memcpy(item, &number, bytes < sizeof number ? bytes : sizeof number);
}

/* The number, or UINT64_MAX if the item is torn. */
static uint64_t read_item(const unsigned char *item, uint32_t bytes)
{
    uint64_t number = 0;
    memcpy(&number, item, bytes < sizeof number ? bytes : sizeof number);
    for (uint32_t i = sizeof number; i < bytes; i++) {
        if (item[i] != (unsigned char)(number % 251 + 1)) {
            return UINT64_MAX;
        }
    }
    return number;
}

static uint64_t deadline_of(const peer_command *command)
{
    uint64_t wait_ms = peer_number(command, "deadline_ms", 0);
    return wait_ms == 0 ? STRAIT_NO_WAIT : strait_deadline_ms(wait_ms);
}

static unsigned choice(const peer_command *command, const char *key, const char *const *names, unsigned count)
{
    const char *word = peer_option(command, key, names[0]);
    unsigned i = 0;
    while (i < count && strcmp(names[i], word) != 0) {
        i++;
    }
    return i;
}

static strait_ring_options options_of(const peer_command *command)
{
    static const char *const roles[] = {"both", "writer", "reader", "observer"};
    static const char *const hows[] = {"open-or-create", "create", "attach"};
    static const char *const sides[] = {"any", "one", "many"};
    static const char *const strategies[] = {"adaptive", "spin", "yield", "sleep"};
    static const char *const fulls[] = {"waits", "refuses", "overwrites"};
    static const char *const lifetimes[] = {"removed", "creator", "last"};
    strait_ring_options options = {.slots = (uint32_t)peer_number(command, "slots", 0),
                                   .item_bytes = (uint32_t)peer_number(command, "item", 8),
                                   .item_align = (uint32_t)peer_number(command, "align", 0),
                                   .ports = (uint32_t)peer_number(command, "ports", 0),
                                   .drop_seen = peer_number(command, "drop", 0) != 0,
                                   .interruptible = peer_number(command, "interruptible", 0) != 0,
                                   .deadline_ns = deadline_of(command)};
    options.role = (strait_role)choice(command, "role", roles, 4);
    options.how = (strait_how)choice(command, "how", hows, 3);
    options.writers = (strait_sides)choice(command, "writers", sides, 3);
    options.readers = (strait_sides)choice(command, "readers", sides, 3);
    options.strategy = (strait_strategy)choice(command, "strategy", strategies, 4);
    options.full = (strait_full)choice(command, "full", fulls, 3);
    options.lifetime = (strait_lifetime)choice(command, "lifetime", lifetimes, 3);
    return options;
}

static void answer(peer *self, int rc)
{
    if (strait_not_now(rc)) {
        peer_no_because(self, strait_result_name(rc), "%s", strait_result_text(rc));
    } else if (rc < 0) {
        peer_no(self, rc);
    } else {
        peer_ok("%s", strait_result_name(rc));
    }
}

static void open_ring(peer *self, const peer_command *command)
{
    strait_ring_options options = options_of(command);
    strait_ring *ring = NULL;
    int rc = strait_ring_open(peer_argument(command, 0), &options, &ring);
    if (rc < 0) {
        peer_no(self, rc);
        return;
    }
    self->rings[self->chosen] = ring;
    if (item_bytes(ring) > item_room) {
        item_room = item_bytes(ring);
        item_memory = realloc(item_memory, item_room);
    }
    peer_ok("capacity=%" PRIu64, strait_ring_capacity(ring));
}

static void close_ring(peer *self, const peer_command *command)
{
    (void)command;
    int rc = strait_ring_close(self->rings[self->chosen]);
    self->rings[self->chosen] = NULL;
    answer(self, rc);
}

/* send NUMBER deadline_ms= */
static void send_item(peer *self, const peer_command *command)
{
    strait_ring *ring = chosen_ring(self);
    const char *number = peer_argument(command, 0);
    if (ring != NULL) {
        write_item(item_memory, item_bytes(ring), number == NULL ? 0 : strtoull(number, NULL, 0));
        answer(self, strait_ring_send(ring, item_memory, deadline_of(command)));
    }
}

/* send-run FIRST COUNT deadline_ms= : answers when all are sent */
static void send_run(peer *self, const peer_command *command)
{
    strait_ring *ring = chosen_ring(self);
    const char *first = peer_argument(command, 0);
    const char *count = peer_argument(command, 1);
    if (ring == NULL || first == NULL || count == NULL) {
        return;
    }
    uint64_t number = strtoull(first, NULL, 0);
    uint32_t bytes = item_bytes(ring);
    uint64_t deadline = deadline_of(command);
    for (uint64_t end = number + strtoull(count, NULL, 0); number < end; number++) {
        write_item(item_memory, bytes, number);
        int rc = strait_ring_send(ring, item_memory, deadline);
        if (rc < 0) {
            answer(self, rc);
            return;
        }
    }
    peer_ok("%s", "");
}

/* recv deadline_ms= announce= : "number=N remark=R" */
static void recv_item(peer *self, const peer_command *command)
{
    strait_ring *ring = chosen_ring(self);
    if (ring == NULL) {
        return;
    }
    if (peer_number(command, "announce", 0) != 0) {
        puts("receiving");
        fflush(stdout);
    }
    int rc = strait_ring_recv(ring, item_memory, deadline_of(command));
    if (rc < 0) {
        answer(self, rc);
    } else {
        peer_ok("number=%" PRIu64 " remark=%s", read_item(item_memory, item_bytes(ring)),
                strait_result_name(rc));
    }
}

/* recv-run deadline_ms= : receives until CLOSED or the deadline: how many, their sum, how many came out of order
 * or torn. */
static void recv_run(peer *self, const peer_command *command)
{
    strait_ring *ring = chosen_ring(self);
    if (ring == NULL) {
        return;
    }
    uint64_t count = 0, sum = 0, last = 0, wrong = 0;
    uint32_t bytes = item_bytes(ring);
    uint64_t deadline = deadline_of(command);
    int rc;
    while ((rc = strait_ring_recv(ring, item_memory, deadline)) >= 0) {
        uint64_t number = read_item(item_memory, bytes);
        wrong += number == UINT64_MAX || (count > 0 && number <= last);
        last = number;
        sum += number;
        count++;
    }
    peer_ok("count=%" PRIu64 " sum=%" PRIu64 " wrong=%" PRIu64 " end=%s", count, sum, wrong,
            strait_result_name(rc));
}

static void reserve_items(peer *self, const peer_command *command)
{
    strait_ring *ring = chosen_ring(self);
    if (ring != NULL) {
        answer(self, strait_ring_reserve(ring, peer_number(command, "count", 1), deadline_of(command),
                                         &self->span));
    }
}

/* commit FIRST: writes FIRST, FIRST + 1, ... into the span and commits it */
static void commit_items(peer *self, const peer_command *command)
{
    strait_ring *ring = chosen_ring(self);
    const char *first = peer_argument(command, 0);
    if (ring == NULL || first == NULL) {
        return;
    }
    for (uint64_t i = 0; i < self->span.count; i++) {
        write_item(strait_ring_at(ring, self->span.first + i), item_bytes(ring),
                   strtoull(first, NULL, 0) + i);
    }
    answer(self, strait_ring_commit(ring, self->span.count));
}

static void peek_items(peer *self, const peer_command *command)
{
    strait_ring *ring = chosen_ring(self);
    if (ring == NULL) {
        return;
    }
    int rc = strait_ring_peek(ring, peer_number(command, "count", 1), deadline_of(command), &self->span);
    if (rc < 0) {
        answer(self, rc);
        return;
    }
    peer_ok("first=%" PRIu64 " count=%" PRIu64 " remark=%s",
            read_item(strait_ring_at(ring, self->span.first), item_bytes(ring)), self->span.count,
            strait_result_name(rc));
}

static void release_items(peer *self, const peer_command *command)
{
    strait_ring *ring = chosen_ring(self);
    if (ring != NULL) {
        answer(self, strait_ring_release(ring, peer_number(command, "count", self->span.count)));
    }
}

static void finish_ring(peer *self, const peer_command *command)
{
    (void)command;
    strait_ring *ring = chosen_ring(self);
    if (ring != NULL) {
        answer(self, strait_ring_finish(ring));
    }
}

static void stat_ring(peer *self, const peer_command *command)
{
    (void)command;
    strait_ring *ring = chosen_ring(self);
    if (ring == NULL) {
        return;
    }
    strait_ring_info info;
    int rc = strait_ring_stat(ring, &info);
    if (rc < 0) {
        peer_no(self, rc);
        return;
    }
    peer_ok("items=%" PRIu64 " sent=%" PRIu64 " received=%" PRIu64 " waits=%" PRIu64 " skipped=%" PRIu64
            " redelivered=%" PRIu64 " dropped=%" PRIu64 " overrun=%" PRIu64 " held=%u",
            info.items, info.sent, info.received, info.waits, info.skipped, info.redelivered, info.dropped,
            info.overrun, info.ports_held);
}

const peer_verb peer_ring_verbs[] = {
    {"ring", "NAME role= how= slots= item= align= writers= readers= ports= drop= strategy= full= lifetime=",
     open_ring},
    {"ring-close", "", close_ring},
    {"send", "NUMBER deadline_ms=", send_item},
    {"send-run", "FIRST COUNT deadline_ms=", send_run},
    {"recv", "deadline_ms= announce= -> number= remark=", recv_item},
    {"recv-run", "deadline_ms= -> count= sum= wrong= end=", recv_run},
    {"reserve", "count= deadline_ms=", reserve_items},
    {"commit", "FIRST", commit_items},
    {"peek", "count= deadline_ms= -> first= count= remark=", peek_items},
    {"release", "count=", release_items},
    {"finish", "", finish_ring},
    {"ring-stat", "", stat_ring},
    {NULL, NULL, NULL},
};
