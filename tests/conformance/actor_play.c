/* actor_play.c - the words an actor knows on every system, each a call of core/os.h, and what tests share. A
 * slot is one of the maps it has in its hands; KIND is named, file, raw or anonymous (whose name is "-").
 */
#include "actor.h"

#include <stdlib.h>
#include <string.h>

actor_slot actor_slots[ACTOR_SLOTS];
int actor_given = -1;

static strait_os_place_kind kind_of(const char *word)
{
    return strcmp(word, "named") == 0  ? STRAIT_OS_NAMED
           : strcmp(word, "file") == 0 ? STRAIT_OS_FILE
           : strcmp(word, "raw") == 0  ? STRAIT_OS_RAW
                                       : STRAIT_OS_ANONYMOUS;
}

static actor_slot *slot_of(const char *word)
{
    return &actor_slots[strtoul(word, NULL, 10) % ACTOR_SLOTS];
}

static uint64_t number(const char *word)
{
    return strtoull(word, NULL, 0);
}

static actor_slot *set_place(const char *slot, const char *kind, const char *name)
{
    actor_slot *s = slot_of(slot);
    snprintf(s->name, sizeof s->name, "%s", name);
    s->place = (strait_os_place){kind_of(kind), kind_of(kind) == STRAIT_OS_ANONYMOUS ? NULL : s->name};
    return s;
}

static strait_u32 *word_of(const char *slot, const char *offset)
{
    return (strait_u32 *)(void *)((char *)slot_of(slot)->map.base + number(offset));
}

/* create SLOT KIND NAME BYTES MODE TOKEN: result, asked, available */
static long long do_create(char **w, strait_os_cause *cause)
{
    actor_slot *s = set_place(w[1], w[2], w[3]);
    return strait_os_map_create(&s->place, number(w[4]), (uint32_t)number(w[5]), (uint32_t)number(w[6]),
                                &s->map, cause);
}

/* open SLOT KIND NAME rw|ro */
static long long do_open(char **w, strait_os_cause *cause)
{
    actor_slot *s = set_place(w[1], w[2], w[3]);
    return strait_os_map_open(&s->place, strcmp(w[4], "rw") == 0, 1, 0, &s->map, cause);
}

/* opend SLOT rw|ro: the object behind the descriptor given along */
static long long do_open_descriptor(char **w, strait_os_cause *cause)
{
    actor_slot *s = set_place(w[1], "anonymous", "-");
    return strait_os_map_open_descriptor(actor_given, strcmp(w[2], "rw") == 0, 1, 0, &s->map, cause);
}

static long long do_close(char **w, strait_os_cause *cause)
{
    (void)cause;
    strait_os_map_close(&slot_of(w[1])->map);
    return 0;
}

static long long do_publish(char **w, strait_os_cause *cause)
{
    return strait_os_map_publish(&slot_of(w[1])->map, &slot_of(w[1])->place, cause);
}

static long long do_evict(char **w, strait_os_cause *cause)
{
    return strait_os_map_evict(&slot_of(w[1])->map, &slot_of(w[1])->place, cause);
}

/* insist SLOT TIMES: evicts the object it has mapped again and again; how often that was refused but for
 * BUSY */
static long long do_insist(char **w, strait_os_cause *cause)
{
    long long refused = 0;
    actor_slot *s = slot_of(w[1]);
    for (uint64_t i = 0; i < number(w[2]); i++) {
        int rc = strait_os_map_evict(&s->map, &s->place, cause);
        refused += rc != STRAIT_OK && rc != STRAIT_BUSY;
    }
    return refused;
}

/* make SLOT KIND NAME TIMES: makes, publishes and takes away again and again; the first failure, or 0 */
static long long do_make(char **w, strait_os_cause *cause)
{
    for (uint64_t i = 0; i < number(w[4]); i++) {
        actor_slot *s = set_place(w[1], w[2], w[3]);
        int rc = strait_os_map_create(&s->place, 4096, 0600, 0, &s->map, cause);
        if (rc < 0) {
            return rc;
        }
        rc = strait_os_map_publish(&s->map, &s->place, cause);
        rc = rc < 0 ? rc : strait_os_map_evict(&s->map, &s->place, cause);
        strait_os_map_close(&s->map);
        if (rc < 0) {
            return rc;
        }
    }
    return 0;
}

static long long do_hold(char **w, strait_os_cause *cause)
{
    actor_slot *s = slot_of(w[1]);
    return strait_os_token_hold(&s->map, &s->place, (uint32_t)number(w[2]), cause);
}

static long long do_test(char **w, strait_os_cause *cause)
{
    (void)cause;
    actor_slot *s = slot_of(w[1]);
    return (long long)strait_os_token_test(&s->map, &s->place, (uint32_t)number(w[2]), NULL);
}

static long long do_peek(char **w, strait_os_cause *cause)
{
    (void)cause;
    return strait_u32_load_acquire(word_of(w[1], w[2]));
}

static long long do_poke(char **w, strait_os_cause *cause)
{
    (void)cause;
    strait_u32_store_release(word_of(w[1], w[2]), (uint32_t)number(w[3]));
    return 0;
}

/* wait SLOT OFFSET EXPECTED MILLISECONDS (0 = for ever) */
static long long do_wait(char **w, strait_os_cause *cause)
{
    (void)cause;
    uint64_t end = number(w[4]) == 0 ? STRAIT_FOREVER : within_ms(number(w[4]));
    return strait_os_wait(word_of(w[1], w[2]), (uint32_t)number(w[3]), end);
}

static long long do_wake(char **w, strait_os_cause *cause)
{
    (void)cause;
    return strait_os_wake(word_of(w[1], w[2]), (uint32_t)number(w[3]));
}

/* gun SLOT OFFSET VALUE: returns as soon as the word has the value */
static long long do_gun(char **w, strait_os_cause *cause)
{
    (void)cause;
    const strait_u32 *word = word_of(w[1], w[2]);
    for (;;) {
        uint32_t now = strait_u32_load_acquire(word);
        if (now == (uint32_t)number(w[3])) {
            return 0;
        }
        strait_os_wait(word, now, within_ms(5000));
    }
}

/* await KIND NAME MILLISECONDS */
static long long do_await(char **w, strait_os_cause *cause)
{
    strait_os_place place = {kind_of(w[1]), w[2]};
    return strait_os_name_wait(&place, NULL, within_ms(number(w[3])), cause);
}

static long long do_sweep(char **w, strait_os_cause *cause)
{
    (void)w;
    return strait_os_sweep(cause);
}

static long long do_epoch(char **w, strait_os_cause *cause)
{
    (void)w;
    (void)cause;
    return (long long)strait_os_process_epoch();
}

static long long do_barrier(char **w, strait_os_cause *cause)
{
    (void)w;
    (void)cause;
    return strait_os_barrier_join();
}

static long long do_mode(char **w, strait_os_cause *cause)
{
    actor_slot *s = slot_of(w[1]);
    return strait_os_map_set_mode(&s->map, &s->place, (uint32_t)number(w[2]), cause);
}

static long long do_unlink(char **w, strait_os_cause *cause)
{
    strait_os_place place = {kind_of(w[1]), w[2]};
    return strait_os_map_unlink(&place, cause);
}

static long long do_descriptors(char **w, strait_os_cause *cause)
{
    (void)w;
    (void)cause;
    return open_descriptors();
}

typedef struct vocabulary {
    const char *word;
    int words;
    long long (*obey)(char **w, strait_os_cause *cause);
} vocabulary;

static const vocabulary words[] = {
    {"create", 7, do_create},   {"publish", 2, do_publish},
    {"open", 5, do_open},       {"opend", 3, do_open_descriptor},
    {"close", 2, do_close},     {"evict", 2, do_evict},
    {"insist", 3, do_insist},   {"make", 5, do_make},
    {"hold", 3, do_hold},       {"test", 3, do_test},
    {"peek", 3, do_peek},       {"poke", 4, do_poke},
    {"wait", 5, do_wait},       {"wake", 4, do_wake},
    {"gun", 4, do_gun},         {"await", 4, do_await},
    {"sweep", 1, do_sweep},     {"epoch", 1, do_epoch},
    {"barrier", 1, do_barrier}, {"mode", 3, do_mode},
    {"unlink", 3, do_unlink},   {"descriptors", 1, do_descriptors},
};

/* self: pid, start, namespace */
static void tell_self(char *reply, size_t room)
{
    strait_os_identity self;
    strait_os_self(&self);
    snprintf(reply, room, "%u %llu %llu\n", self.pid, (unsigned long long)self.start,
             (unsigned long long)self.pid_namespace);
}

void actor_obey(char *line, char *reply, size_t room)
{
    char *word[12];
    int count = 0;
    for (char *at = strtok(line, " \n"); at != NULL && count < 12; at = strtok(NULL, " \n")) {
        word[count++] = at;
    }
    if (count == 1 && strcmp(word[0], "self") == 0) {
        tell_self(reply, room);
        return;
    }
    for (size_t i = 0; count > 0 && i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(word[0], words[i].word) == 0 && count == words[i].words) {
            strait_os_cause cause = {0};
            long long result = words[i].obey(word, &cause);
            snprintf(reply, room, "%lld %llu %llu\n", result, (unsigned long long)cause.asked,
                     (unsigned long long)cause.available);
            return;
        }
    }
    if (count == 0 || !actor_obey_system(word, count, reply, room)) {
        snprintf(reply, room, "-9999\n"); /* no such word: a mistake of the test */
    }
}

/* --- what tests share ----------------------------------------------------------------------------------- */

static char given_names[8][64];
static unsigned given;

strait_os_place named(const char *name)
{
    return (strait_os_place){STRAIT_OS_NAMED, name};
}

const char *own_name(const char *tag)
{
    strait_os_identity self;
    strait_os_self(&self);
    char *name = given_names[given++ % 8];
    snprintf(name, sizeof given_names[0], "conformance-%u-%s", self.pid, tag);
    return name;
}

void nothing_before(void)
{
    given = 0;
}

void clear_names(void)
{
    for (unsigned i = 0; i < 8; i++) {
        strait_os_cause cause = {0};
        strait_os_place place = named(given_names[i]);
        if (given_names[i][0] != '\0') {
            (void)strait_os_map_unlink(&place, &cause);
        }
    }
    strait_os_cause cause = {0};
    (void)strait_os_sweep(&cause);
}

strait_os_map made_map(const strait_os_place *place, uint64_t bytes, uint32_t token)
{
    strait_os_map map;
    strait_os_cause cause = {0};
    assert_int_equal(strait_os_map_create(place, bytes, 0600, token, &map, &cause), STRAIT_OK);
    if (place->kind != STRAIT_OS_ANONYMOUS) {
        assert_int_equal(strait_os_map_publish(&map, place, &cause), STRAIT_OK);
    }
    return map;
}

strait_os_map opened_map(const strait_os_place *place, bool writable)
{
    strait_os_map map;
    strait_os_cause cause = {0};
    assert_int_equal(strait_os_map_open(place, writable, 1, 0, &map, &cause), STRAIT_OK);
    return map;
}

uint64_t within_ms(uint64_t milliseconds)
{
    return strait_os_now_ns() + milliseconds * suite_patience() * UINT64_C(1000000);
}

uint64_t free_after_death(actor *a, const strait_os_map *map, const strait_os_place *place, uint32_t index)
{
    uint64_t begun = strait_os_now_ns();
    uint64_t end = begun + UINT64_C(20000000000) * suite_patience();
    bool ended = false;
    for (;;) {
        if (!ended && actor_ended(a)) {
            ended = true;
            end = strait_os_now_ns() + UINT64_C(100000000) * suite_patience();
        }
        if (strait_os_token_test(map, place, index, NULL) == STRAIT_OS_TOKEN_FREE) {
            return strait_os_now_ns() - begun;
        }
        if (strait_os_now_ns() > end) {
            fail_msg("the token %u of process %ld, which was killed, is still not free", index, a->pid);
        }
    }
}
