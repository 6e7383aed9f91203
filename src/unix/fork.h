/* fork.h - what a forked child must not keep. layer: system */
#ifndef STRAIT_UNIX_FORK_H
#define STRAIT_UNIX_FORK_H

#include "core/os.h"

/* A guarded descriptor refers to a description that will carry a token. A child that inherited it would
 * keep the token alive after our death, so a forked child closes it before fork returns there. Between
 * begin and end no other thread's fork can slip in: open and strait_unix_guard_add belong between them,
 * and mmap and what keeps the mapping out of children. Keeps errno. The handlers are in place once
 * strait_os_process_epoch has been called, which every open does first. */
void strait_unix_guard_begin(void);
void strait_unix_guard_end(void);

/* False if there is no memory for another; only between begin and end. */
bool strait_unix_guard_add(int descriptor);

/* Closes a guarded descriptor. */
void strait_unix_guard_close(int descriptor);

#endif
