/* ring_stage.h - what the tests of ring handles share: simulated processes (fake_os) with a ring between them. */
#ifndef STRAIT_TESTS_RING_STAGE_H
#define STRAIT_TESTS_RING_STAGE_H

#include "stage.h"

#include <strait/ring.h>

STRAIT_RING_OF(numbers, uint64_t)

#define FORMS(writers, readers)                                                                              \
    for (strait_sides writers = STRAIT_ONE; writers <= STRAIT_MANY; writers++)                               \
        for (strait_sides readers = STRAIT_ONE; readers <= STRAIT_MANY; readers++)

enum { WRITER = 1, READER = 2, OTHER = 3, SLOTS = 4 };

static inline strait_ring_options ring_of(strait_role role, strait_sides writers, strait_sides readers)
{
    strait_ring_options options = {.role = role,
                                   .slots = SLOTS,
                                   .writers = writers,
                                   .readers = readers,
                                   .ports = 8,
                                   .strategy = STRAIT_SLEEP,
                                   .allocator = &stage_allocator};
    return options;
}

static inline int ring_try_open(unsigned process, const strait_ring_options *options, numbers **ring)
{
    fake_os_become(process);
    return numbers_open("ring", options, ring);
}

static inline numbers *ring_open(unsigned process, const strait_ring_options *options)
{
    numbers *ring = NULL;
    int rc = ring_try_open(process, options, &ring);
    if (rc != STRAIT_OK) {
        fail_msg("%s", strait_last_error());
    }
    return ring;
}

static inline numbers *ring_as(unsigned process, strait_role role, strait_sides writers, strait_sides readers)
{
    strait_ring_options options = ring_of(role, writers, readers);
    return ring_open(process, &options);
}

static inline void ring_close(unsigned process, numbers *ring)
{
    fake_os_become(process);
    assert_int_equal(numbers_close(ring), STRAIT_OK);
}

/* The last one is gone: nothing is open, and the name can go. */
static inline void ring_end(void)
{
    assert_int_equal(strait_ring_remove("ring"), STRAIT_OK);
    stage_check();
}

static inline void ring_send(unsigned process, numbers *ring, uint64_t value)
{
    fake_os_become(process);
    assert_int_equal(numbers_try_send(ring, &value), STRAIT_OK);
}

static inline void ring_get(unsigned process, numbers *ring, uint64_t value, int rc)
{
    uint64_t got = 0;
    fake_os_become(process);
    int said = numbers_try_recv(ring, &got);
    if (said != rc || (rc >= 0 && got != value)) {
        fail_msg("wanted %d (%s), got %d (%s)", (int)value, strait_result_name(rc), (int)got,
                 strait_result_name(said));
    }
}

static inline void ring_says(unsigned process, numbers *ring, int rc)
{
    ring_get(process, ring, 0, rc);
}

/* A process is killed and its handles are forgotten. */
static inline void ring_kill(unsigned process)
{
    fake_os_kill(process);
    stage_bury_handles(process);
}

static inline strait_ring_info figures(numbers *ring)
{
    strait_ring_info info;
    assert_int_equal(numbers_stat(ring, &info), STRAIT_OK);
    return info;
}

static inline void shown(unsigned process, numbers *ring, uint64_t want, uint64_t count, uint64_t first,
                         int rc)
{
    strait_ring_span span;
    fake_os_become(process);
    assert_int_equal(numbers_try_peek(ring, want, &span), rc);
    assert_int_equal(span.count, count);
    assert_int_equal(*numbers_at(ring, span.first), first);
}

#endif
