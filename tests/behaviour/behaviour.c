/* behaviour.c - the common steps of the scenarios. */
#define _GNU_SOURCE 1
#include "behaviour.h"

#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

strait_segment *opened(const char *name, const strait_segment_options *options)
{
    static strait_segment *known[256]; /* what a scenario leaves open is no leak */
    static size_t count;
    strait_segment *segment = NULL;
    int rc = strait_segment_open(name, options, &segment);
    CHECK_SAY(rc == 0 && segment != NULL, "%s", strait_last_error());
    known[count++ % (sizeof known / sizeof known[0])] = segment;
    return segment;
}

child *attached_peer(const char *name, const char *words)
{
    child *one = peer_start();
    CHECK_TEXT(child_ask(one, "open %s %s", name, words), "ok created=");
    return one;
}

const char *field(const char *answer, const char *key)
{
    static char values[4][256];
    static unsigned next;
    char *value = values[next++ % 4];
    char pattern[64];
    snprintf(pattern, sizeof pattern, "%s=", key);
    const char *at = strstr(answer, pattern);
    CHECK_SAY(at != NULL, "\"%s\" has no %s", answer, pattern);
    at += strlen(pattern);
    size_t length = strcspn(at, " ");
    snprintf(value, sizeof values[0], "%.*s", (int)length, at);
    return value;
}

bool find_peer(const strait_segment *segment, int pid, strait_peer *found)
{
    static strait_peer peers[STRAIT_PARTICIPANTS_MAX];
    int count = strait_segment_peers(segment, peers, STRAIT_PARTICIPANTS_MAX);
    CHECK_SAY(count >= 0, "%s", strait_last_error());
    for (int i = 0; i < count; i++) {
        if (peers[i].pid == (uint32_t)pid) {
            *found = peers[i];
            return true;
        }
    }
    return false;
}

strait_life life_of(const strait_segment *segment, int pid)
{
    strait_peer found;
    return find_peer(segment, pid, &found) ? found.life : STRAIT_UNKNOWN;
}

typedef struct question {
    const strait_segment *segment;
    uint32_t index, generation;
} question;

static bool is_dead(void *context)
{
    const question *asked = context;
    return strait_segment_life(asked->segment, asked->index, asked->generation) == STRAIT_DEAD;
}

static question ask_about(const strait_segment *segment, int pid)
{
    strait_peer found;
    CHECK_SAY(find_peer(segment, pid, &found), "process %d has no record", pid);
    return (question){segment, found.index, found.generation};
}

bool is_dead_within(const strait_segment *segment, int pid, uint64_t milliseconds)
{
    question asked = ask_about(segment, pid);
    return event_ask_until(is_dead, &asked, milliseconds * patience());
}

/* Looks whether the kernel has ended a child of ours, without reaping it. */
static bool has_ended(int pid)
{
    siginfo_t end;
    memset(&end, 0, sizeof end);
    return waitid(P_PID, (id_t)pid, &end, WEXITED | WNOHANG | WNOWAIT) == 0 && end.si_pid == pid;
}

uint64_t killed_is_dead_counting_us(const strait_segment *segment, child *victim, unsigned *late_asks)
{
    question asked = ask_about(segment, child_pid(victim));
    uint64_t start = strait_now_ns(), end = strait_deadline_ms(5000u * patience());
    child_kill(victim);
    for (;;) {
        bool ended = has_ended(child_pid(victim));
        if (is_dead(&asked)) {
            return (strait_now_ns() - start) / 1000;
        }
        *late_asks += ended;
        if (strait_now_ns() > end) {
            return UINT64_MAX;
        }
        sched_yield();
    }
}

uint64_t killed_is_dead_us(const strait_segment *segment, child *victim)
{
    unsigned late_asks = 0;
    return killed_is_dead_counting_us(segment, victim, &late_asks);
}

void stays_alive(const strait_segment *segment, int pid, unsigned asks)
{
    strait_peer found;
    CHECK_SAY(find_peer(segment, pid, &found), "process %d has no record", pid);
    for (unsigned i = 0; i < asks; i++) {
        CHECK_SAME(strait_segment_life(segment, found.index, found.generation), STRAIT_ALIVE);
    }
}

bool backend_is(const char *word)
{
    return strcmp(BACKEND_WORD, word) == 0;
}

bool tokens_are_proof(void)
{
    return !backend_is("portable");
}

const char *file_of(const char *name)
{
    static char path[300];
    snprintf(path, sizeof path, "/dev/shm/strait.%s", name);
    return path;
}

bool names_are_files(void)
{
    const char *name = scenario_name(9);
    strait_segment *probe = opened(name, &(strait_segment_options){.bytes = 1});
    bool there = access(file_of(name), F_OK) == 0;
    CHECK_RESULT(strait_segment_remove(name, NULL, false), OK);
    CHECK_RESULT(strait_segment_close(probe), OK);
    return there;
}

void need_names_as_files(void)
{
    if (!names_are_files()) {
        SKIP("names are not files under /dev/shm here");
    }
}

static int same_name(void *context, const strait_finding *finding)
{
    return strcmp(finding->name, context) == 0 ? 1 : 0;
}

bool is_there(const char *name)
{
    char copy[STRAIT_NAME_MAX + 1];
    snprintf(copy, sizeof copy, "%s", name);
    return access(file_of(name), F_OK) == 0 || strait_segment_list(same_name, copy) == 1;
}

typedef struct wanted_state {
    int pid;
    char state;
} wanted_state;

static bool is_in_state(void *context)
{
    const wanted_state *wanted = context;
    char path[64], line[512] = "";
    snprintf(path, sizeof path, "/proc/%d/stat", wanted->pid);
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        return true; /* a system that does not show it */
    }
    const char *got = fgets(line, sizeof line, file);
    fclose(file);
    const char *end = got == NULL ? NULL : strrchr(line, ')');
    return end != NULL && end[1] == ' ' && end[2] == wanted->state;
}

void await_state(int pid, char state)
{
    wanted_state wanted = {pid, state};
    CHECK_SAY(event_ask_until(is_in_state, &wanted, event_patience_ms()), "process %d is never in state %c",
              pid, state);
}

void stop_peer(child *one)
{
    CHECK_TEXT(child_ask(one, "stop"), "ok");
    await_state(child_pid(one), 'T');
}

unsigned patience(void)
{
    return (unsigned)(event_patience_ms() / EVENT_PATIENCE_MS);
}
