/* wait_world.h - who sleeps is woken: scenarios of whole calls that wait, explored in every order. */
#ifndef STRAIT_TESTS_WAIT_WORLD_H
#define STRAIT_TESTS_WAIT_WORLD_H

#include <stdbool.h>
#include <stdint.h>

#include "explore.h"

/* Letters of a script: s send one, r receive one (both wait for it), f finish. Each actor has a handle, as the one
 * writer or reader where there is one only: then its first letter says which. */
typedef struct wait_scenario {
    const char *name;
    uint32_t writers, readers, slots;
    bool fenced;                             /* no barriers: publishers order their memory themselves */
    const char *scripts[EXPLORE_ACTORS_MAX]; /* NULL = no such actor */
    unsigned preemptions, deaths;
    unsigned mortal; /* bit set of actors */
} wait_scenario;

explore_result wait_world_run(const wait_scenario *scenario, uint64_t most);

#endif
