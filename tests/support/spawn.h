/* spawn.h - real processes for tests, through libuv: start one, talk to it line by line, kill it, see how it
 * ended.
 *
 * Everything here waits for an event within a deadline and fails the test (scenario_fail) when the event
 * does not come, so a scenario reads as a conversation:
 *
 *     child *writer = peer_start();
 *     CHECK_TEXT(child_ask(writer, "open %s bytes=64", name), "created=1");
 *     child_kill(writer);
 */
#ifndef STRAIT_TESTS_SPAWN_H
#define STRAIT_TESTS_SPAWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "printf.h"

typedef struct child child;

/* Starts a program with pipes to its input and output. `arguments` ends with NULL, arguments[0] is the
 * program. `extra` becomes its descriptor 3, if it is not -1. */
child *child_start_with(const char *const *arguments, int extra);

/* The same for a command line, whose words stand between spaces. */
child *child_start_line(const char *line, int extra);

/* A command line for a program of this build: the emulator's words, if the build needs one, and then
 * these. A static copy, good for four uses. */
const char *emulated(const char *line);

/* Starts another peer of this build. */
child *peer_start(void);
child *peer_start_with(int extra);

/* The command line of a peer of this build, for tests that let others start it. */
const char *peer_line(void);

int child_pid(const child *one);

/* Sends one line. */
void child_send(child *one, const char *format, ...) TEST_PRINTF(2, 3);

/* The next line the child prints, without its end; valid until the next call for this child. */
const char *child_hear(child *one);
const char *child_hear_within(child *one, uint64_t milliseconds);

/* Waits so long for a line; true if there is one to hear. */
bool child_speaks(child *one, uint64_t milliseconds);

/* Sends one line and hears the answer. */
const char *child_ask(child *one, const char *format, ...) TEST_PRINTF(2, 3);

/* Sends SIGKILL, or another signal; does not wait. */
void child_kill(child *one);
void child_signal(child *one, int number);

/* Stops it, and returns when it stands still; lets it go on. */
void child_stop(child *one);
void child_continue(child *one);

/* Waits for its end. Returns its exit code, or 256 + the signal that ended it. */
int child_await(child *one);

/* Closes its input, so that a peer closes everything and ends; waits like child_await. */
int child_end(child *one);

/* Ends every child that is left, however it stands. */
void children_clear(void);

#endif
