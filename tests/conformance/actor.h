/* actor.h - real processes for the conformance suite: the same program, executed again, that does with
 * core/os.h what it is told, one line at a time, and answers each line with numbers.
 *
 *     actor *a = actor_start();
 *     assert_int_equal(ask(a, "open 0 named %s rw", name), STRAIT_OK);
 *     assert_int_equal(ask(a, "hold 0 3"), STRAIT_OK);
 *     actor_kill(a);                                          kill -9; it stays a zombie until actor_bury
 *
 * What a test says is the same for every back end; how processes are started, stopped and killed is
 * actor_unix.c's or actor_win32.c's
 * business. Every answer is waited for within a deadline; a test that gets none fails. The
 * words an actor knows stand in actor_play.c, those that only Unix has in actor_unix_words.c.
 */
#ifndef STRAIT_TESTS_ACTOR_H
#define STRAIT_TESTS_ACTOR_H

#include <suite.h>

#include <stdbool.h>
#include <stdio.h>

#include "core/os.h"

#define ACTOR_VALUES 8
#define ACTOR_SLOTS 8

typedef struct actor {
    long pid;
    int channel;
    long long value[ACTOR_VALUES]; /* what the last answer said; value[0] is also what ask returns */
    int values;
    char word[24]; /* what it was told last */
} actor;

actor *actor_start(void);

/* Says one line and waits for the answer; tell and answer do the two halves. */
STRAIT_PRINTF(2, 3) long long ask(actor *a, const char *format, ...);
STRAIT_PRINTF(2, 3) void tell(actor *a, const char *format, ...);
long long answer(actor *a);

/* True if an answer came within so many milliseconds (and then it is taken, as by answer). */
bool actor_answers_within(actor *a, unsigned milliseconds);

/* Gives the descriptor along; the actor's next word may take it. */
void actor_give(actor *a, int descriptor);

void actor_kill(actor *a); /* at once, and does not wait */
void actor_stop(actor *a); /* returns when every thread of it stands still */
void actor_continue(actor *a);
bool actor_ended(actor *a); /* the kernel says that it has ended; it stays a zombie */
int actor_bury(actor *a);   /* waits for its end: its exit code, or minus the signal that ended it */

/* True under an emulator of another machine, which keeps some promises of the kernel worse than the
 * kernel. */
bool actors_are_emulated(void);

/* --- what tests share ----------------------------------------------------------------------------------- */

/* A name of this test's own; `tag` tells several apart. Up to eight at a time. */
const char *own_name(const char *tag);
strait_os_place named(const char *name);

/* Makes and publishes a map under the name; the test fails if that fails. */
strait_os_map made_map(const strait_os_place *place, uint64_t bytes, uint32_t token);
strait_os_map opened_map(const strait_os_place *place, bool writable);

/* Takes away whatever own_name may have given a name to; for TEST_WITH. */
void nothing_before(void);
void clear_names(void);

/* How many descriptors (handles) this process has open. */
unsigned open_descriptors(void);

/* Milliseconds times the suite's patience, as a deadline. */
uint64_t within_ms(uint64_t milliseconds);

/* Asks for the token of one that was just killed, again and again, until it is free. Fails the test if it
 * is not so a tenth of a second after the kernel reports the end of that process: how long a busy machine
 * takes to end it is not in our hands. Returns the nanoseconds from the call to the answer. The dead one
 * stays unreaped. */
uint64_t free_after_death(actor *a, const strait_os_map *map, const strait_os_place *place, uint32_t index);

/* --- the playing side ----------------------------------------------------------------------------------- */

/* In main, before all else: plays if this process was started as an actor, and then never returns. */
void actor_play_if_asked(int argc, char **argv);

/* One line; writes the answer. Used by the loop, in whatever thread it runs. */
void actor_obey(char *line, char *reply, size_t room);

/* The loop; never returns. */
void *actor_play(void *unused);

/* The descriptor that an actor listens and answers through, and the program that it is. */
#define ACTOR_CHANNEL 3
extern char actor_path[1024];

/* The words of one family of systems; false if the word is not known. A word that is known but has no meaning on this
 * system is answered with NOT_HERE, and the test that asked is skipped. */
#define ACTOR_NOT_HERE (-9998)
bool actor_obey_system(char **words, int count, char *reply, size_t room);

/* The maps an actor has in its hands. */
typedef struct actor_slot {
    strait_os_map map;
    strait_os_place place;
    char name[1024];
} actor_slot;
extern actor_slot actor_slots[ACTOR_SLOTS];

/* The descriptor that was given along last; -1 if none. */
extern int actor_given;

#define CONFORMANCE(suite, ...)                                                                              \
    int main(int argc, char **argv)                                                                          \
    {                                                                                                        \
        actor_play_if_asked(argc, argv);                                                                     \
        const struct suite_test tests[] = {__VA_ARGS__};                                                     \
        return suite_main(argc, argv, #suite, tests, sizeof tests / sizeof tests[0]);                        \
    }

/* A test whose names are cleared away afterwards. */
#define CLEAN(test) TEST_WITH(nothing_before, clear_names, test)
#define CLEAN_WITHIN(seconds, test) TEST_WITH_WITHIN(nothing_before, clear_names, seconds, test)

#endif
