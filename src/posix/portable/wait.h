/* wait.h - sleeping on a word: what a system's own file provides, and the naps that all fall back to.
 * layer: system
 *
 * wait_darwin.c, wait_freebsd.c and wait_openbsd.c each wrap one call of that system; wait_none.c has none.
 */
#ifndef STRAIT_POSIX_PORTABLE_WAIT_H
#define STRAIT_POSIX_PORTABLE_WAIT_H

#include "core/os.h"

#define STRAIT_PORTABLE_NO_WAIT 1 /* not a result: this call is not there, or not for this word */

/* Sleeps while *word == expected for at most so long: 0 awake or a false alarm, TIMED_OUT, INTERRUPTED, or
 * STRAIT_PORTABLE_NO_WAIT. */
int strait_portable_sleep(const strait_u32 *word, uint32_t expected, uint64_t nanoseconds);

/* Wakes sleepers; how many, where that is known, else 0. */
int strait_portable_awaken(const strait_u32 *word, uint32_t count);

#endif
