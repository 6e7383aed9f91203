/* sandbox.h - the surroundings of a sweep: the same addresses in each run, one processor for each job,
 * and, where the system permits it, a /dev/shm of its own.
 */
#ifndef STRAIT_CRASH_SANDBOX_H
#define STRAIT_CRASH_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SANDBOX_DIRECTORY "/dev/shm"

/* Where the portable half of the posix back end keeps names and tokens. */
#ifdef STRAIT_TESTS_PORTABLE
#define SANDBOX_SIDE "/var/tmp"
#else
#define SANDBOX_SIDE ((const char *)NULL)
#endif

/* Runs this program again without address space randomisation, if it was on. */
void sandbox_fix_addresses(char **argv);

/* Keeps the calling process and its children on one of the processors: a trap that crosses processors
 * costs five times as much. */
void sandbox_pin(unsigned job);

/* Gives the calling process and its children a /dev/shm of their own, which vanishes with them, and in
 * which nobody else's gc interferes. False where that is not permitted. */
bool sandbox_private_directory(void);

/* Whether sandbox_private_directory would succeed; tried in a child. */
bool sandbox_may_be_private(void);

/* Where the directory is shared, names of ours carry the pid of their run: writes the mark that they
 * contain. */
void sandbox_mark(char *mark, size_t room, unsigned run, unsigned job);

/* Takes away what runs that were killed left there. */
void sandbox_sweep_leftovers(void);

/* Bytes used in /dev/shm; only telling where it is private. */
uint64_t sandbox_bytes_used(void);

/* The calling process dies with its parent. */
void sandbox_die_with_parent(void);

#endif
