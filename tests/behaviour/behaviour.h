/* behaviour.h - what all scenarios of this suite stand on. */
#ifndef STRAIT_TESTS_BEHAVIOUR_H
#define STRAIT_TESTS_BEHAVIOUR_H

#include "support/event.h"
#include "support/scenario.h"
#include "support/spawn.h"
#include "support/system.h"

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

/* The file behind a Strait name, where there are such files; and whether anything at all is there. */
const char *file_of(const char *name);
bool is_there(const char *name);

/* The bytes of a segment from its header on, behind Strait's back; the mapping stays. Skips where they
 * cannot be had. */
void *bare_bytes(const char *name);

/* The name under which a foreign program and we meet, in the system's own spelling; how many bytes the system says
 * a raw segment made for so many has; and, where such names show as files, whether its file is there. */
const char *native_name(void);
uint64_t native_bytes(uint64_t bytes);
bool native_file_is_there(void);

/* Whether names lie there as files; skips the scenario if not. */
bool names_are_files(void);
void need_names_as_files(void);

/* Waits until the process sleeps in the kernel, as far as the system shows it. */
void await_sleep(child *one);

/* Asks for something that not every system has; skips the scenario, with the peer's reason, where it has no
 * meaning. */
const char *ask_if_here(child *one, const char *line);

/* How many times longer than usual things may take here. */
unsigned patience(void);

#endif
