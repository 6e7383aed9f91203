/* spawn.c - children through uv_spawn. A child owns two pipes and a buffer of what it has said and nobody
 * has heard yet; all waiting goes through event_until. */
#define _GNU_SOURCE 1
#include "spawn.h"

#include "event.h"
#include "scenario.h"
#include "system.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#define CHILDREN_MAX 64
#define SAID_BYTES 65536
#define LINE_BYTES 8192
#define ARGUMENTS_MAX 32

struct child {
    uv_process_t process;
    uv_pipe_t input, output;
    char said[SAID_BYTES];
    size_t said_bytes;
    char line[LINE_BYTES];
    bool started, ended, silent;
    int code;
    unsigned closing; /* handles of ours that libuv still holds */
};

static child *children[CHILDREN_MAX];

static void on_end(uv_process_t *process, int64_t code, int signal_number)
{
    child *one = process->data;
    one->ended = true;
    one->code = signal_number != 0 ? 256 + signal_number : (int)code;
}

static void lend_buffer(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    (void)suggested;
    child *one = handle->data;
    *buffer = uv_buf_init(one->said + one->said_bytes, (unsigned)(SAID_BYTES - one->said_bytes));
}

static void on_said(uv_stream_t *stream, ssize_t count, const uv_buf_t *buffer)
{
    (void)buffer;
    child *one = stream->data;
    if (count > 0) {
        one->said_bytes += (size_t)count;
    } else if (count < 0) {
        one->silent = true;
        uv_read_stop(stream);
    }
}

static child *remember(void)
{
    for (size_t i = 0; i < CHILDREN_MAX; i++) {
        if (children[i] == NULL) {
            children[i] = calloc(1, sizeof(child));
            return children[i];
        }
    }
    scenario_fail(__FILE__, __LINE__, "more than %d children at once", CHILDREN_MAX);
    return NULL;
}

child *child_start_with(const char *const *arguments, int extra)
{
    child *one = remember();
    uv_loop_t *loop = event_loop();
    uv_pipe_init(loop, &one->input, 0);
    uv_pipe_init(loop, &one->output, 0);
    one->process.data = one->input.data = one->output.data = one;
    uv_stdio_container_t streams[4];
    memset(streams, 0, sizeof streams);
    streams[0].flags = (uv_stdio_flags)(UV_CREATE_PIPE | UV_READABLE_PIPE);
    streams[0].data.stream = (uv_stream_t *)&one->input;
    streams[1].flags = (uv_stdio_flags)(UV_CREATE_PIPE | UV_WRITABLE_PIPE);
    streams[1].data.stream = (uv_stream_t *)&one->output;
    streams[2].flags = UV_INHERIT_FD;
    streams[2].data.fd = 2;
    streams[3].flags = UV_INHERIT_FD;
    streams[3].data.fd = extra;
    uv_process_options_t options;
    memset(&options, 0, sizeof options);
    options.file = arguments[0];
    options.args = (char **)(uintptr_t)arguments;
    options.exit_cb = on_end;
    options.stdio = streams;
    options.stdio_count = extra < 0 ? 3 : 4;
    int rc = uv_spawn(loop, &one->process, &options);
    if (rc != 0) {
        scenario_fail(__FILE__, __LINE__, "cannot start %s: %s", arguments[0], uv_strerror(rc));
    }
    one->started = true;
    uv_read_start((uv_stream_t *)&one->output, lend_buffer, on_said);
    return one;
}

child *child_start_line(const char *line, int extra)
{
    char copy[2048];
    const char *arguments[ARGUMENTS_MAX] = {NULL};
    size_t count = 0;
    snprintf(copy, sizeof copy, "%s", line);
    for (char *word = strtok(copy, " "); word != NULL && count < ARGUMENTS_MAX - 1;
         word = strtok(NULL, " ")) {
        arguments[count++] = word;
    }
    return child_start_with(arguments, extra);
}

const char *emulated(const char *line)
{
    static char lines[4][2048];
    static unsigned next;
    const char *emulator = getenv("STRAIT_TEST_EMULATOR");
    char *copy = lines[next++ % 4];
    snprintf(copy, sizeof lines[0], "%s %s", emulator == NULL ? PEER_EMULATOR : emulator, line);
    return copy[0] == ' ' ? copy + 1 : copy;
}

const char *peer_line(void)
{
    return emulated(PEER_PATH);
}

child *peer_start_with(int extra)
{
    return child_start_line(peer_line(), extra);
}

child *peer_start(void)
{
    return peer_start_with(-1);
}

int child_pid(const child *one)
{
    return one->process.pid;
}

static bool has_written(void *context)
{
    return *(bool *)context;
}

static void on_written(uv_write_t *request, int status)
{
    (void)status;
    *(bool *)request->data = true;
}

static void send_line(child *one, const char *format, va_list arguments)
{
    char line[LINE_BYTES];
    int length = vsnprintf(line, sizeof line - 1, format, arguments);
    if (length < 0 || (size_t)length >= sizeof line - 1) {
        scenario_fail(__FILE__, __LINE__, "a line too long for a child");
    }
    line[length] = '\n';
    bool written = false;
    uv_write_t request;
    request.data = &written;
    uv_buf_t buffer = uv_buf_init(line, (unsigned)length + 1);
    int rc = uv_write(&request, (uv_stream_t *)&one->input, &buffer, 1, on_written);
    if (rc != 0 || !event_until(has_written, &written, event_patience_ms())) {
        scenario_fail(__FILE__, __LINE__, "child %d takes no input", child_pid(one));
    }
}

void child_send(child *one, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    send_line(one, format, arguments);
    va_end(arguments);
}

static bool has_line(void *context)
{
    child *one = context;
    return memchr(one->said, '\n', one->said_bytes) != NULL || one->silent;
}

bool child_speaks(child *one, uint64_t milliseconds)
{
    return event_until(has_line, one, milliseconds);
}

const char *child_hear(child *one)
{
    return child_hear_within(one, event_patience_ms());
}

const char *child_hear_within(child *one, uint64_t milliseconds)
{
    event_until(has_line, one, milliseconds);
    char *end = memchr(one->said, '\n', one->said_bytes);
    if (end == NULL) {
        scenario_fail(__FILE__, __LINE__, "child %d says nothing (%s)", child_pid(one),
                      one->silent ? "it closed its output" : "the deadline passed");
        return "";
    }
    size_t length = (size_t)(end - one->said);
    size_t kept = length < LINE_BYTES ? length : LINE_BYTES - 1;
    memcpy(one->line, one->said, kept);
    one->line[kept] = '\0';
    one->line[strcspn(one->line, "\r")] = '\0';
    one->said_bytes -= length + 1;
    memmove(one->said, end + 1, one->said_bytes);
    return one->line;
}

const char *child_ask(child *one, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    send_line(one, format, arguments);
    va_end(arguments);
    return child_hear(one);
}

void child_signal(child *one, int number)
{
    if (one->started && !one->ended) {
        uv_process_kill(&one->process, number);
    }
}

void child_kill(child *one)
{
    child_signal(one, SIGKILL);
}

static bool stands_still(void *context)
{
    return system_stands_still(child_pid(context));
}

void child_stop(child *one)
{
    if (!system_stop(child_pid(one)) || !event_ask_until(stands_still, one, event_patience_ms())) {
        scenario_fail(__FILE__, __LINE__, "child %d does not stop", child_pid(one));
    }
}

void child_continue(child *one)
{
    if (!system_continue(child_pid(one))) {
        scenario_fail(__FILE__, __LINE__, "child %d does not go on", child_pid(one));
    }
}

static bool has_ended(void *context)
{
    return ((child *)context)->ended;
}

static void on_closed(uv_handle_t *handle)
{
    ((child *)handle->data)->closing--;
}

static void close_handle(child *one, uv_handle_t *handle)
{
    if (!uv_is_closing(handle)) {
        one->closing++;
        uv_close(handle, on_closed);
    }
}

int child_await(child *one)
{
    if (!event_until(has_ended, one, event_patience_ms())) {
        scenario_fail(__FILE__, __LINE__, "child %d does not end", child_pid(one));
    }
    return one->code;
}

int child_end(child *one)
{
    close_handle(one, (uv_handle_t *)&one->input);
    return child_await(one);
}

static bool has_closed(void *context)
{
    return ((child *)context)->closing == 0;
}

void children_clear(void)
{
    for (size_t i = 0; i < CHILDREN_MAX; i++) {
        child *one = children[i];
        if (one == NULL) {
            continue;
        }
        child_kill(one);
        if (one->started) {
            event_until(has_ended, one, event_patience_ms());
        }
        if (one->process.type == UV_PROCESS) {
            close_handle(one, (uv_handle_t *)&one->process);
        }
        close_handle(one, (uv_handle_t *)&one->input);
        close_handle(one, (uv_handle_t *)&one->output);
        event_until(has_closed, one, event_patience_ms());
        free(one);
        children[i] = NULL;
    }
}
