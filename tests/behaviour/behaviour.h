/* behaviour.h - what all scenarios of this suite stand on. */
#ifndef STRAIT_TESTS_BEHAVIOUR_H
#define STRAIT_TESTS_BEHAVIOUR_H

#include "support/event.h"
#include "support/scenario.h"
#include "support/spawn.h"

#include <stdio.h>
#include <strait/strait.h>

/* Opens in this process; fails the scenario if that fails. Gone with the scenario's process. */
strait_segment *opened(const char *name, const strait_segment_options *options);

/* A peer that has opened the name with these further words ("bytes=64 lifetime=last"). */
child *attached_peer(const char *name, const char *words);

/* What follows "key=" in an answer; a static copy, good for four uses. */
const char *field(const char *answer, const char *key);

/* The peer record of a process in a segment; false if there is none. */
bool find_peer(const strait_segment *segment, int pid, strait_peer *found);

/* The verdict on a process; STRAIT_UNKNOWN if it has no record. */
strait_life life_of(const strait_segment *segment, int pid);

/* Asks until the verdict is DEAD, at most so long (times patience); false if it is not. */
bool is_dead_within(const strait_segment *segment, int pid, uint64_t milliseconds);

/* Kills the process, and asks until the verdict is DEAD; the microseconds that took, or UINT64_MAX after
 * five seconds. */
uint64_t killed_is_dead_us(const strait_segment *segment, child *victim);

/* The same; also counts the asks that said otherwise though the kernel had told before that the process
 * has ended. */
uint64_t killed_is_dead_counting_us(const strait_segment *segment, child *victim, unsigned *late_asks);

/* Asks so many times in a row and fails if the verdict is ever another than ALIVE. */
void stays_alive(const strait_segment *segment, int pid, unsigned asks);

/* Whether this is the back end called so ("posix", "portable", "sysv"). */
bool backend_is(const char *word);

/* Whether a token alone tells life from death; else pid and start time judge together with it. */
bool tokens_are_proof(void);

/* The file behind a Strait name, where there is one; and whether anything at all is there. */
const char *file_of(const char *name);
bool is_there(const char *name);

/* The bytes of a segment from its header on, behind Strait's back; the mapping stays. Skips where they
 * cannot be had. */
void *bare_bytes(const char *name);

/* Whether names lie there as files; skips the scenario if not. */
bool names_are_files(void);
void need_names_as_files(void);

/* Waits until the process is in that state ('S': asleep in the kernel, 'T': stopped), as far as the
 * system shows it. */
void await_state(int pid, char state);

/* Stops a peer, and waits until it is. */
void stop_peer(child *one);

/* How many times longer than usual things may take here. */
unsigned patience(void);

#endif
