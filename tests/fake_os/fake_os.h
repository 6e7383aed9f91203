/* fake_os.h - the controls of a back end that lives in memory: a machine for unit tests of core.
 *
 * It provides every function of core/os.h over one machine in this process: its own clock, its own names, and
 * several simulated processes. Nothing runs by itself: a test says who it is (fake_os_become) and what
 * happens, so every failure, death and interleaving comes exactly where the test wants it:
 *
 *     fake_os_reset();                                  a new machine, with nothing on it
 *     fake_os_become(1);                                process 1 calls from now on
 *     fake_os_fail(3, STRAIT_NO_SPACE);                 its third call from now on fails
 *     fake_os_die(5, FAKE_OS_BEFORE);                   or it dies just before its fifth call (in fake_os_run)
 *     fake_os_between(act, context);                    or another process acts before each of its calls
 *     assert_int_equal(fake_os_maps(), 0);              and nothing may be left open
 *
 * The bytes of a map are the same for all simulated processes, a heap block of exactly its size. Who has
 * died keeps no map and no token; whatever its handles pointed to must not be used any more. One real thread
 * only.
 */
#ifndef STRAIT_TESTS_FAKE_OS_H
#define STRAIT_TESTS_FAKE_OS_H

#include "core/os.h"

#define FAKE_OS_PROCESSES 64u
#define FAKE_OS_LOG 4096u

/* The primitives that count as calls, with the failures that each may believably have (0 ends the list).
 * The clock and the epoch are not calls: they cannot fail and change nothing. */
#define FAKE_OS_CALLS(X)                                                                                     \
    X(RANDOM, STRAIT_SYSTEM)                                                                                 \
    X(CREATE, STRAIT_NO_SPACE, STRAIT_NO_MEMORY, STRAIT_TOO_MANY_FILES, STRAIT_DENIED, STRAIT_SYSTEM)        \
    X(PUBLISH, STRAIT_EXISTS, STRAIT_DENIED, STRAIT_NO_SPACE, STRAIT_SYSTEM)                                 \
    X(OPEN, STRAIT_NOT_FOUND, STRAIT_DENIED, STRAIT_TRUNCATED, STRAIT_NO_MEMORY, STRAIT_TOO_MANY_FILES,      \
      STRAIT_FOREIGN, STRAIT_SYSTEM)                                                                         \
    X(OPEN_DESCRIPTOR, STRAIT_DENIED, STRAIT_TRUNCATED, STRAIT_NO_MEMORY, STRAIT_TOO_MANY_FILES,             \
      STRAIT_FOREIGN, STRAIT_SYSTEM)                                                                         \
    X(DESCRIPTOR, STRAIT_TOO_MANY_FILES, STRAIT_DENIED, STRAIT_UNSUPPORTED, STRAIT_SYSTEM)                   \
    X(CLOSE, 0)                                                                                              \
    X(EVICT, STRAIT_BUSY, STRAIT_DENIED, STRAIT_TOO_MANY_FILES, STRAIT_SYSTEM)                               \
    X(UNLINK, STRAIT_NOT_FOUND, STRAIT_DENIED, STRAIT_SYSTEM)                                                \
    X(STAT, STRAIT_DENIED, STRAIT_SYSTEM)                                                                    \
    X(SET_MODE, STRAIT_DENIED, STRAIT_SYSTEM)                                                                \
    X(LIST, STRAIT_DENIED, STRAIT_TOO_MANY_FILES, STRAIT_SYSTEM)                                             \
    X(SWEEP, STRAIT_DENIED, STRAIT_SYSTEM)                                                                   \
    X(NAME_WAIT, STRAIT_TIMED_OUT, STRAIT_INTERRUPTED, STRAIT_SYSTEM)                                        \
    X(TOKEN_HOLD, STRAIT_BUSY, STRAIT_TOO_MANY_FILES, STRAIT_SYSTEM)                                         \
    X(TOKEN_TEST, STRAIT_OS_TOKEN_UNKNOWN)                                                                   \
    X(WAIT, STRAIT_INTERRUPTED)                                                                              \
    X(WAKE, 0)                                                                                               \
    X(BARRIER_JOIN, STRAIT_UNSUPPORTED)                                                                      \
    X(BARRIER, STRAIT_UNSUPPORTED)                                                                           \
    X(NAP, 0)

typedef enum fake_os_call {
#define FAKE_OS_ENUM_(name, ...) FAKE_OS_##name,
    FAKE_OS_CALLS(FAKE_OS_ENUM_)
#undef FAKE_OS_ENUM_
        FAKE_OS_CALL_COUNT
} fake_os_call;

const char *fake_os_call_name(fake_os_call call);

/* The failures of a call, ended by 0. */
const int *fake_os_failures(fake_os_call call);

/* --- the machine ---------------------------------------------------------------------------------------- */

/* A new machine: no names, every process alive and nobody's, the clock at one second, facts as on Linux,
 * 256 MiB. */
void fake_os_reset(void);

/* May be changed at any time. */
strait_os_facts *fake_os_facts(void);

/* How much shared memory there is in all, and the unit that sizes are rounded up to where they are not
 * exact. */
void fake_os_set_capacity(uint64_t bytes);
void fake_os_set_page(uint64_t bytes);

/* True: an unpublished map whose maker dies leaves litter for strait_os_sweep, as without O_TMPFILE. */
void fake_os_set_litter(bool litter);

/* True: tokens cannot be asked; token_test falls back on what is known of the holder. */
void fake_os_set_blind(bool blind);

void fake_os_advance(uint64_t nanoseconds);

/* Everybody dies, another boot identity; names go, files stay. */
void fake_os_reboot(void);

/* --- processes ------------------------------------------------------------------------------------------ */

/* Who calls from now on. A process that has died starts again, with another pid and epoch. Process 0 at
 * first. */
void fake_os_become(unsigned process);
unsigned fake_os_current(void);

/* It can execute no instruction any more: its tokens are free, its maps and descriptors gone. */
void fake_os_kill(unsigned process);

/* The current process becomes its own forked child: same handles in memory, another epoch and pid, no
 * maps. */
void fake_os_fork_into(unsigned child);

void fake_os_set_user(unsigned process, uint32_t user); /* 0 = root; 1000 at first */
void fake_os_set_namespace(unsigned process, uint64_t pid_namespace);
uint32_t fake_os_pid(unsigned process);
bool fake_os_alive(uint32_t pid);

/* Becomes the process and runs the body. False if it died on the way (fake_os_die, or fake_os_exit): then
 * the body was left in the middle, as by kill -9. The caller's identity comes back. */
bool fake_os_run(unsigned process, void (*body)(void *context), void *context);

/* Ends the current process in the middle of a body. */
_Noreturn void fake_os_exit(void);

/* --- calls: counting, failing, dying, interleaving ------------------------------------------------------ */

/* Counting starts anew at 0; the log is emptied; orders given below are forgotten. */
void fake_os_count(void);

/* How many calls there were since. */
unsigned fake_os_counted(void);

/* The n-th call since fake_os_count (from 1). */
fake_os_call fake_os_logged(unsigned n);

/* How many of one kind there were since. */
unsigned fake_os_counted_of(fake_os_call call);

/* The n-th call since fake_os_count fails so, without effect. One order at a time. */
void fake_os_fail(unsigned n, int result);

/* Every call of that kind fails so from now on, until fake_os_count. */
void fake_os_fail_all(fake_os_call call, int result);

typedef enum fake_os_moment { FAKE_OS_BEFORE, FAKE_OS_AFTER } fake_os_moment;

/* Whoever makes the n-th call since fake_os_count dies there, before or after its effect. */
void fake_os_die(unsigned n, fake_os_moment moment);

/* Before each call (n counts from 1) `act` runs, as whoever it becomes; its own calls are neither counted nor
 * disturbed, and the caller's identity comes back. NULL ends it. */
void fake_os_between(void (*act)(void *context, unsigned n, fake_os_call call), void *context);

/* While somebody sleeps (nap, wait, name_wait) `act` runs, once a sleep, before the clock advances; true
 * if it changed something worth waking for. Without it nobody wakes a sleeper, and sleeping for ever
 * aborts the test. */
void fake_os_while_asleep(bool (*act)(void *context), void *context);

/* A living process that is stopped in the midst of taking a name away: evict of that object is BUSY for
 * all others. */
void fake_os_stop_evictor(const char *name, bool stopped);

/* --- what is there -------------------------------------------------------------------------------------- */

unsigned fake_os_maps(void); /* open maps of all processes */
unsigned fake_os_maps_of(unsigned process);
unsigned fake_os_tokens(void); /* held */
unsigned fake_os_tokens_on(const char *name);
unsigned fake_os_descriptors(void); /* handed out and not closed */
unsigned fake_os_names(void);       /* names, of every kind */
unsigned fake_os_litter(void);      /* what a sweep would reclaim */
uint64_t fake_os_used(void);        /* bytes */

void fake_os_close_descriptor(int descriptor);

/* A second descriptor of the same object in another process (SCM_RIGHTS). */
int fake_os_hand_over(int descriptor, unsigned to);

/* The bytes behind a Strait name, to spoil them; NULL if it is not there. */
void *fake_os_bytes(const char *name, uint64_t *count);

/* What somebody else put under a Strait name: `count` bytes, copied. Owner 1000, mode 0600. */
void fake_os_plant(const char *name, const void *bytes, uint64_t count);

/* Whoever cuts the file off: the object says that it is so long. */
void fake_os_truncate(const char *name, uint64_t count);

/* Every name and file goes away, whoever has it. */
void fake_os_wipe(void);

#endif
