/* event.h - one libuv loop for the whole test, and the one way to wait: run the loop until a fact holds or a
 * deadline passes. Nothing in a test sleeps.
 */
#ifndef STRAIT_TESTS_EVENT_H
#define STRAIT_TESTS_EVENT_H

#include <stdbool.h>
#include <stdint.h>

/* How long a test waits for what must happen before it gives up; generous, since it is only ever reached by a
 * failure. STRAIT_TEST_PATIENCE multiplies it. */
#define EVENT_PATIENCE_MS 20000u

struct uv_loop_s *event_loop(void);

/* Runs the loop until done(context), at most so long. True if it is done. */
bool event_until(bool (*done)(void *context), void *context, uint64_t milliseconds);

/* The same for facts that come with no event: asks again and again, and lets other processes run in
 * between. */
bool event_ask_until(bool (*done)(void *context), void *context, uint64_t milliseconds);

uint64_t event_patience_ms(void);

/* Milliseconds on a clock that only goes forward. */
uint64_t event_now_ms(void);

#endif
