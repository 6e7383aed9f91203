/* selftest.c - a dummy operation on a shared page: stores, repeated instructions, loops and system calls.
 * It is recorded, then killed at every point of the recording; what the page holds then must be what the
 * recording saw at that point, and each store must have been seen as a state of its own.
 */
#define _GNU_SOURCE
#include "selftest.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "points.h"
#include "stepper.h"

#define WORDS 48u

typedef struct page {
    volatile uint32_t word[WORDS];
    volatile char bytes[256];
} page;

static page *the_page;

static void dummy_operation(void)
{
    for (uint32_t i = 0; i < WORDS; i++) {
        the_page->word[i] = i + 1;
        if (i % 5 == 0) {
            (void)syscall(SYS_getppid);
        }
    }
    memset((char *)the_page->bytes, 7, sizeof the_page->bytes);
}

static bool look(void *context, bool after_call, uint64_t *state)
{
    uint64_t *last = context;
    uint64_t hash = 14695981039346656037u;
    (void)after_call;
    for (size_t i = 0; i < sizeof *the_page; i++) {
        hash = (hash ^ ((volatile unsigned char *)the_page)[i]) * 1099511628211u;
    }
    bool changed = *last != 0 && *last != hash;
    *last = *state = hash;
    return changed;
}

/* A victim at the beginning of the operation. */
static bool start(stepper *s)
{
    int gate[2];
    memset(the_page, 0, sizeof *the_page);
    if (pipe(gate) != 0) {
        return false;
    }
    pid_t pid = fork();
    if (pid == 0) {
        char byte;
        if (read(gate[0], &byte, 1) == 1) {
            stepper_begin();
            dummy_operation();
            stepper_end();
        }
        _exit(0);
    }
    s->deadline_ns = stepper_now_ns() + UINT64_C(20000000000);
    bool good = pid > 0 && stepper_seize(s, pid) && write(gate[1], "", 1) == 1 &&
                stepper_to_begin(s) == STEPPER_THERE;
    (void)close(gate[0]);
    (void)close(gate[1]);
    return good;
}

static bool replay(const stepper_point *point)
{
    stepper s = {0};
    uint64_t last = 0;
    uint64_t state = 0;
    bool good = start(&s) && stepper_run_to(&s, point) == STEPPER_THERE;
    stepper_kill(&s);
    (void)look(&last, true, &state);
    return good && state == point->state;
}

static bool check(bool coarse)
{
    stepper s = {0};
    stepper_recording recording = {0};
    uint64_t last = 0;
    bool good = start(&s) && stepper_record(&s, coarse, look, &last, &recording) == STEPPER_DONE;
    stepper_kill(&s);
    good = good && points_states(&recording) >= WORDS + 2 && !recording.waits;
    size_t step = recording.count / 64 + 1;
    for (size_t i = 0; good && i < recording.count; i += step) {
        good = replay(&recording.points[i]);
    }
    stepper_recording_clear(&recording);
    return good;
}

static selftest check_all(void)
{
    the_page = mmap(NULL, sizeof *the_page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (the_page == MAP_FAILED || stepper_prepare() != NULL) {
        return SELFTEST_IMPOSSIBLE;
    }
    return check(false) && check(true) ? SELFTEST_GOOD : SELFTEST_BROKEN;
}

selftest selftest_run(const char **why)
{
    int status = 0;
    pid_t pid = fork();
    if (pid == 0) {
        _exit((int)check_all());
    }
    if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status)) {
        *why = "the stepper breaks on a dummy operation";
        return SELFTEST_BROKEN;
    }
    selftest result = (selftest)WEXITSTATUS(status);
    *why = result == SELFTEST_BROKEN
               ? "a replay does not find what the recording saw"
               : "no process can be traced and single-stepped here (ptrace; an emulator or a "
                 "filter stands before it)";
    return result;
}
