/* explore.h - runs a few actors over shared words in every order, and lets them die.
 *
 * The shipped code is compiled with a scheduling point before each access to a shared word (hooks.h). Actors
 * are coroutines of one thread, so a schedule is a list of choices: at each point the actor goes on, or
 * another one does (a *preemption*), or the actor dies. All schedules with at most so many preemptions and
 * deaths are run, each from the very beginning. An actor may sleep; to go on with another is no preemption then. What is not explored: weaker memory orders than sequential
 * consistency.
 */
#ifndef STRAIT_TESTS_EXPLORE_H
#define STRAIT_TESTS_EXPLORE_H

#include <stdbool.h>
#include <stdint.h>

enum { EXPLORE_ACTORS_MAX = 5 };

typedef struct explore_plan {
    void (*begin)(void *world);               /* sets the world up; no scheduling points */
    void (*act)(void *world, unsigned actor); /* what an actor does */
    void (*end)(void *world);                 /* all are through or dead: checks; no scheduling points */
    void (*stalled)(void *world);             /* all who live and are not through sleep; then all are woken */
    void *world;
    unsigned actors;
    unsigned preemptions;
    unsigned deaths;
    unsigned mortal; /* bit set of the actors that may die */
    uint64_t most;   /* stop after so many schedules; 0 = all */
} explore_plan;

typedef struct explore_result {
    uint64_t schedules;
    uint64_t points;
    uint64_t deaths;
    bool complete; /* every schedule within the bounds was run */
} explore_result;

/* Runs them all, or until explore_fault. */
explore_result explore_run(const explore_plan *plan);

/* A scheduling point; nothing outside of an actor. */
void explore_point(void);

/* Sleeps until somebody says explore_wake of that word, or all who live sleep. */
void explore_sleep(const void *word);
void explore_wake(const void *word);
bool explore_sleeps(unsigned actor);

/* An invariant is broken: keeps the sentence and ends the exploration after this schedule. */
#if defined(__GNUC__)
__attribute__((format(printf, 1, 2)))
#endif
void explore_fault(const char *format, ...);

/* The sentence and the schedule that led to it; NULL if all is well. */
const char *explore_complaint(void);

bool explore_dead(unsigned actor);
unsigned explore_actor(void); /* who acts now */

#endif
