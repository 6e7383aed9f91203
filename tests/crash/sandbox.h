/* sandbox.h - the surroundings of a sweep: the same addresses in each run, one processor for each job,
 * and name spaces.
 */
#ifndef STRAIT_CRASH_SANDBOX_H
#define STRAIT_CRASH_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SANDBOX_MARK "crash-run"

/* Runs this program again without address space randomisation, if it was on. */
void sandbox_fix_addresses(char **argv);

/* Keeps the calling process and its children on one of the processors: a trap that crosses processors
 * costs five times as much. */
void sandbox_pin(unsigned job);

/* unshare(2), in a new user namespace if that is needed for the right to; false if not permitted. */
bool sandbox_unshare(int flags);

/* Whether world_isolate would succeed; tried in a child. */
bool sandbox_may_be_private(void);

/* Where the world is shared, names of ours carry the pid of their run: writes the mark that they
 * contain. */
void sandbox_mark(char *mark, size_t room, unsigned run, unsigned job);

/* The calling process dies with its parent. */
void sandbox_die_with_parent(void);

#endif
