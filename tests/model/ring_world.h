/* ring_world.h - one scenario of ring operations, explored in every order. */
#ifndef STRAIT_TESTS_RING_WORLD_H
#define STRAIT_TESTS_RING_WORLD_H

#include <stdbool.h>
#include <stdint.h>

#include "explore.h"

/* Letters of a script:
 *   s S  send one, two          r R  receive one, two (copying out)    h H  receive one, two, looking at them in place
 *   o    send one, overwriting the oldest if need be                   x  look at one in place, and leave with it
 *   c    claim one and cancel   a    adopt one                         f  finish what the dead left
 *   e    take a port            W D  become the one writer, reader
 * Who does not begin with e has a port from the start, who begins with w or d is the one writer or reader. */
typedef struct ring_scenario {
    const char *name;
    uint32_t writers, readers, slots;
    uint32_t fill; /* items in the ring before */
    bool drop_seen;
    const char *scripts[EXPLORE_ACTORS_MAX]; /* NULL = no such actor */
    unsigned preemptions, deaths;
    unsigned mortal; /* bit set of actors */
} ring_scenario;

/* Runs it; the first broken invariant is in explore_complaint. */
explore_result ring_world_run(const ring_scenario *scenario, uint64_t start, uint64_t most);

#endif
