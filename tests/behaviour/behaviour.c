/* behaviour.c - the common steps of the scenarios. */
#define _GNU_SOURCE 1
#include "behaviour.h"

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

uint64_t killed_is_dead_counting_us(const strait_segment *segment, child *victim, unsigned *late_asks)
{
    question asked = ask_about(segment, child_pid(victim));
    uint64_t start = strait_now_ns(), end = strait_deadline_ms(5000u * patience());
    child_kill(victim);
    for (;;) {
        bool ended = system_child_ended(child_pid(victim));
        if (is_dead(&asked)) {
            return (strait_now_ns() - start) / 1000;
        }
        *late_asks += ended;
        if (strait_now_ns() > end) {
            return UINT64_MAX;
        }
        system_yield();
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

bool names_are_files(void)
{
    const char *name = scenario_name(9);
    strait_segment *probe = opened(name, &(strait_segment_options){.bytes = 1});
    bool there = system_file_there(file_of(name));
    CHECK_RESULT(strait_segment_remove(name, NULL, false), OK);
    CHECK_RESULT(strait_segment_close(probe), OK);
    return there;
}

void need_names_as_files(void)
{
    if (!names_are_files()) {
        SKIP("names are not files here");
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
    return system_file_there(file_of(name)) || strait_segment_list(same_name, copy) == 1;
}

static bool sleeps(void *context)
{
    return system_sleeps(child_pid(context));
}

void await_sleep(child *one)
{
    CHECK_SAY(event_ask_until(sleeps, one, event_patience_ms()), "process %d never sleeps", child_pid(one));
}

const char *ask_if_here(child *one, const char *line)
{
    const char *answer = child_ask(one, "%s", line);
    if (strncmp(answer, "no NOT_HERE", 11) == 0) {
        SKIP("%s", answer + 12);
    }
    return answer;
}

unsigned patience(void)
{
    return (unsigned)(event_patience_ms() / EVENT_PATIENCE_MS);
}
