/* storm.h - what the two halves of strait-storm share: the round table that lives in memory shared by fork.
 *
 * The processes stay alive over all rounds and meet twice in each: at the gate "open", where everybody opens
 * one fresh name at once, and at the gate "close", where everybody leaves. A gate is a pipe: all poll its
 * reading end, one byte opens it for everybody at the same moment, and it is emptied while nobody waits at
 * it.
 */
#ifndef STRAIT_TESTS_STORM_H
#define STRAIT_TESTS_STORM_H

#include <strait/strait.h>

#define STORM_PROCESSES_MAX 1000
#define STORM_USER_BYTES 4096
#define STORM_GATES 4 /* two kinds, each for even and odd rounds */

/* What one process says about a round; the round words are written last. */
typedef struct storm_report {
    strait_u64 opened_round, closed_round;
    int result;
    bool created, whole;
    uint8_t uuid[16];
    char sentence[200];
} storm_report;

typedef struct storm_table {
    char prefix[64];
    strait_lifetime lifetime;
    storm_report reports[STORM_PROCESSES_MAX];
} storm_table;

typedef struct storm {
    storm_table *table;
    int gates[STORM_GATES][2];
    int bell[2]; /* a byte for every report */
    unsigned processes;
} storm;

static inline int storm_gate(uint64_t round, bool closing)
{
    return (int)(round % 2) * 2 + (closing ? 1 : 0);
}

/* The life of process number `place`, from round `round` on; never returns. */
_Noreturn void storm_process(const storm *all, unsigned place, uint64_t round);

/* The name that a round is about. */
void storm_name(const storm *all, uint64_t round, char *name, size_t room);

/* True if nothing of the round is left in the directory of names; else says what. Finds creators'
 * leftovers too. */
bool storm_nothing_left(const storm *all, uint64_t round, char *what, size_t room);

#endif
