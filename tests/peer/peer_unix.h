/* peer_unix.h - what the two files of Unix verbs share. */
#ifndef STRAIT_TESTS_PEER_UNIX_H
#define STRAIT_TESTS_PEER_UNIX_H

#include "peer.h"

void peer_die_with_parent(void);
void peer_await_hangup(void);
void peer_no_errno(peer *self, const char *call);
long peer_integer(const peer_command *command, int n, long otherwise);

void peer_fork_check(peer *self, const peer_command *command);
void peer_fork_and_hold(peer *self, const peer_command *command);
void peer_fork_many(peer *self, const peer_command *command);
void peer_race(peer *self, const peer_command *command);
void peer_spawn_and_hold(peer *self, const peer_command *command);
void peer_zombie(peer *self, const peer_command *command);
void peer_exec(peer *self, const peer_command *command);
void peer_await_hangup_verb(peer *self, const peer_command *command);
void peer_enter_pid_namespace(peer *self, const peer_command *command);
void peer_small_shm(peer *self, const peer_command *command);

#endif
