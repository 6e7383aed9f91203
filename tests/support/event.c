/* event.c - the loop, and waiting in it under a timer that serves as the deadline. */
#define _GNU_SOURCE 1
#include "event.h"

#include "system.h"

#include <stdlib.h>
#include <uv.h>

uv_loop_t *event_loop(void)
{
    static uv_loop_t loop;
    static bool begun;
    if (!begun) {
        begun = uv_loop_init(&loop) == 0;
    }
    return &loop;
}

uint64_t event_patience_ms(void)
{
    const char *text = getenv("STRAIT_TEST_PATIENCE");
    unsigned long times = text == NULL ? 1 : strtoul(text, NULL, 10);
    return EVENT_PATIENCE_MS * (times < 1 ? 1u : times);
}

typedef struct alarm_clock {
    uv_timer_t timer;
    bool late, closed;
} alarm_clock;

static void ring(uv_timer_t *timer)
{
    ((alarm_clock *)timer->data)->late = true;
}

static void put_away(uv_handle_t *timer)
{
    ((alarm_clock *)timer->data)->closed = true;
}

bool event_until(bool (*done)(void *), void *context, uint64_t milliseconds)
{
    alarm_clock clock = {.late = false};
    uv_timer_init(event_loop(), &clock.timer);
    clock.timer.data = &clock;
    uv_update_time(event_loop());
    uv_timer_start(&clock.timer, ring, milliseconds, 0);
    bool reached = done(context);
    while (!reached && !clock.late) {
        uv_run(event_loop(), UV_RUN_ONCE);
        reached = done(context);
    }
    uv_close((uv_handle_t *)&clock.timer, put_away);
    while (!clock.closed) {
        uv_run(event_loop(), UV_RUN_NOWAIT);
    }
    return reached;
}

bool event_ask_until(bool (*done)(void *), void *context, uint64_t milliseconds)
{
    uint64_t end = uv_hrtime() + milliseconds * 1000000u;
    while (!done(context)) {
        if (uv_hrtime() > end) {
            return done(context);
        }
        system_yield();
    }
    return true;
}

uint64_t event_now_ms(void)
{
    return uv_hrtime() / 1000000u;
}
