/* storm.h - what the parts of strait-storm share: a table in memory that all its processes see, and how they are
 * started, wait and are ended (storm_unix.c, storm_win32.c).
 *
 * A storm: the processes stay alive over all rounds and meet twice in each, at the gate "open", where everybody
 * opens one fresh name at once, and at the gate "close", where everybody leaves. A torture: no rounds and no
 * gates; everybody does what comes to mind with a few names, and is killed at any moment.
 */
#ifndef STRAIT_TESTS_STORM_H
#define STRAIT_TESTS_STORM_H

#include <strait/strait.h>

#define STORM_PROCESSES_MAX 1000
#define STORM_USER_BYTES 4096
#define STORM_GATES 4    /* two kinds, each for even and odd rounds */
#define TORTURE_NAMES 6u /* two for each lifetime */

/* What one process says about a round; the round words are written last. In a torture the first is how many things
 * it has done, and wrong how many of them were not as promised. */
typedef struct storm_report {
    strait_u64 opened_round, closed_round;
    strait_u64 wrong;
    int result;
    bool created, whole;
    uint8_t uuid[16];
    char sentence[400];
} storm_report;

typedef struct storm_table {
    char prefix[64];
    strait_lifetime lifetime;
    unsigned processes;
    bool torture;
    storm_report reports[STORM_PROCESSES_MAX];
} storm_table;

typedef struct storm {
    storm_table *table;
    intptr_t gates[STORM_GATES][2]; /* the system's own: descriptors or handles */
    intptr_t bell[2];
} storm;

static inline int storm_gate(uint64_t round, bool closing)
{
    return (int)(round % 2) * 2 + (closing ? 1 : 0);
}

/* --- storm_unix.c, storm_win32.c: for whoever leads the storm */

bool storm_begin(storm *all);
bool storm_start(storm *all, unsigned place,
                 uint64_t round); /* process number `place` begins with that round */
void storm_kill(unsigned place);  /* returns when it is no more */
bool storm_open_gate(const storm *all, uint64_t round, bool closing);
void storm_await_bell(const storm *all, unsigned milliseconds); /* until a report, or so long */

/* In a process of a torture: whether the one that started it is gone, so that it must go too. */
bool storm_orphaned(void);

/* Where a process is started by its command line: lives it, and never returns. */
void storm_process_if_asked(int argc, char **argv);

/* --- the same, for the processes */

void storm_wait_at(const storm *all, uint64_t round, bool closing);
void storm_ring_bell(const storm *all);
uint32_t storm_own_pid(void);

/* True if nothing of the name is left in the directory of names; else says what. Finds creators' leftovers too,
 * where they show the name. */
bool storm_nothing_left(const char *name, char *what, size_t room);

/* --- storm_process.c, torture_process.c */

/* The life of process number `place`, from round `round` on; never returns. */
_Noreturn void storm_process(const storm *all, unsigned place, uint64_t round);
_Noreturn void torture_process(const storm *all, unsigned place, uint64_t seed);

/* The name that a round is about; a name of a torture. */
void storm_name(const storm *all, uint64_t round, char *name, size_t room);
void torture_name(const storm *all, unsigned n, char *name, size_t room);
strait_lifetime torture_lifetime(unsigned n);

/* Fills user bytes so that each follows from the first eight, and sees whether they do. The seed is the context. */
int storm_fill(void *data, uint64_t bytes, void *seed);
bool storm_is_whole(const strait_segment *segment);

/* --- torture.c: leads a torture of so many milliseconds; true if all went as promised. */
bool torture_lead(storm *all, uint64_t milliseconds, uint64_t seed);

#endif
