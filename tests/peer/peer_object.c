/* peer_object.c - the verbs about what is in a segment: bytes, shared words, the objects of its
 * directory; and the plain ones (echo, exit, spin). */
#include "peer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* `count` bytes at offset word `n` of the command; answers itself and returns NULL if they are not in the
 * segment. */
static char *bytes_at(peer *self, const peer_command *command, uint64_t count)
{
    strait_segment *segment = peer_segment(self);
    if (segment == NULL) {
        return NULL;
    }
    const char *text = peer_argument(command, 0);
    uint64_t offset = text == NULL ? UINT64_MAX : strtoull(text, NULL, 0);
    uint64_t have = strait_segment_bytes(segment);
    char *data = strait_segment_data(segment);
    if (data == NULL || offset > have || count > have - offset) {
        peer_no_because(self, "OUTSIDE", "the segment shows %" PRIu64 " bytes", have);
        return NULL;
    }
    return data + offset;
}

static void write_bytes(peer *self, const peer_command *command)
{
    const char *text = peer_argument(command, 1);
    size_t length = text == NULL ? 0 : strlen(text);
    char *target = bytes_at(self, command, length);
    if (target != NULL) {
        memcpy(target, text, length);
        peer_ok("%zu", length);
    }
}

/* Shows printable bytes as they are and all others as a dot. */
static void read_bytes(peer *self, const peer_command *command)
{
    const char *count_text = peer_argument(command, 1);
    uint64_t count = count_text == NULL ? 1 : strtoull(count_text, NULL, 0);
    char shown[1024];
    if (count >= sizeof shown) {
        peer_no_because(self, "USAGE", "at most %zu bytes at once", sizeof shown - 1);
        return;
    }
    const char *source = bytes_at(self, command, count);
    if (source != NULL) {
        for (uint64_t i = 0; i < count; i++) {
            shown[i] = source[i] > ' ' && source[i] < 127 ? source[i] : '.';
        }
        shown[count] = '\0';
        peer_ok("%s", shown);
    }
}

static strait_u64 *word_at(peer *self, const peer_command *command)
{
    char *place = bytes_at(self, command, sizeof(strait_u64));
    if (place != NULL && (uintptr_t)place % sizeof(strait_u64) != 0) {
        peer_no_because(self, "USAGE", "a word lies at a multiple of 8");
        return NULL;
    }
    return (strait_u64 *)(void *)place;
}

static void add_word(peer *self, const peer_command *command)
{
    const char *text = peer_argument(command, 1);
    strait_u64 *word = word_at(self, command);
    if (word != NULL) {
        peer_ok("%" PRIu64, strait_u64_add_acq_rel(word, text == NULL ? 1 : strtoull(text, NULL, 0)));
    }
}

static void load_word(peer *self, const peer_command *command)
{
    strait_u64 *word = word_at(self, command);
    if (word != NULL) {
        peer_ok("%" PRIu64, strait_u64_load_acquire(word));
    }
}

static int fill_slowly(void *data, uint64_t bytes, void *context)
{
    const char *text = context;
    size_t length = strlen(text);
    for (uint64_t i = 0; i < bytes; i++) {
        ((char *)data)[i] = text[i % length];
    }
    return 0;
}

static void answer_object(peer *self, int rc, const strait_object *object)
{
    if (rc < 0) {
        peer_no(self, rc);
    } else {
        peer_ok("index=%u created=%d offset=%" PRIu64 " bytes=%" PRIu64 " kind=%u name=%s", object->index,
                object->created, object->offset, object->bytes, object->kind, object->name);
    }
}

static void place_object(peer *self, const peer_command *command)
{
    strait_segment *segment = peer_segment(self);
    if (segment == NULL) {
        return;
    }
    strait_object_options options = {.bytes = peer_number(command, "bytes", 0),
                                     .kind = (uint32_t)peer_number(command, "kind", 0),
                                     .deadline_ns =
                                         strait_deadline_ms(peer_number(command, "deadline_ms", 10000))};
    options.context = (void *)(uintptr_t)peer_option(command, "fill", NULL);
    options.initialise = options.context == NULL ? NULL : fill_slowly;
    strait_object object;
    int rc = strait_segment_place(segment, peer_argument(command, 0), &options, &object);
    answer_object(self, rc, &object);
}

/* place-many PREFIX COUNT bytes= seed= : places COUNT objects, each filled with one letter, in an order
 * of its own; answers how many it made, and how many it found that were not whole. */
static void place_many(peer *self, const peer_command *command)
{
    const char *prefix = peer_argument(command, 0), *count_text = peer_argument(command, 1);
    strait_segment *segment = peer_segment(self);
    if (segment == NULL || prefix == NULL || count_text == NULL) {
        return;
    }
    unsigned count = (unsigned)strtoul(count_text, NULL, 0), made = 0, torn = 0;
    unsigned start = (unsigned)peer_number(command, "seed", 0);
    for (unsigned i = 0; i < count; i++) {
        unsigned number = (start * 5 + i) % count;
        char name[STRAIT_OBJECT_NAME_MAX + 1], letter[2] = {(char)('A' + number % 26), '\0'};
        snprintf(name, sizeof name, "%s%u", prefix, number);
        strait_object_options options = {.bytes = peer_number(command, "bytes", 64),
                                         .deadline_ns = strait_deadline_ms(30000),
                                         .initialise = fill_slowly,
                                         .context = letter};
        strait_object object;
        int rc = strait_segment_place(segment, name, &options, &object);
        if (rc < 0) {
            peer_no(self, rc);
            return;
        }
        made += rc == STRAIT_CREATED;
        for (uint64_t b = 0; b < object.bytes; b++) {
            if (((const char *)object.data)[b] != letter[0]) {
                torn++;
                break;
            }
        }
    }
    peer_ok("made=%u torn=%u", made, torn);
}

static void find_object(peer *self, const peer_command *command)
{
    strait_segment *segment = peer_segment(self);
    if (segment != NULL) {
        strait_object object;
        int rc = strait_segment_find(segment, peer_argument(command, 0), &object);
        answer_object(self, rc, &object);
    }
}

static void nth_object(peer *self, const peer_command *command)
{
    strait_segment *segment = peer_segment(self);
    const char *n = peer_argument(command, 0);
    if (segment != NULL) {
        strait_object object;
        int rc = strait_segment_object(segment, n == NULL ? 0 : (uint32_t)strtoul(n, NULL, 0), &object);
        answer_object(self, rc, &object);
    }
}

static void echo(peer *self, const peer_command *command)
{
    (void)self;
    const char *text = peer_argument(command, 0);
    peer_ok("%s", text == NULL ? "" : text);
}

/* Answers, and then holds what it has until its input ends or it is killed. */
static void hold(peer *self, const peer_command *command)
{
    (void)command;
    peer_ok("%s", "");
    while (getchar() != EOF) {
    }
    self->over = true;
}

/* Answers, and then keeps a core busy until it is killed. */
static void spin(peer *self, const peer_command *command)
{
    (void)self;
    (void)command;
    peer_ok("%s", "");
    for (volatile uint64_t turns = 0;; turns = turns + 1) {
    }
}

/* Ends at once without closing anything, as a program does that calls _Exit. */
static void exit_at_once(peer *self, const peer_command *command)
{
    (void)self;
    const char *code = peer_argument(command, 0);
    _Exit(code == NULL ? 0 : atoi(code));
}

static void quit(peer *self, const peer_command *command)
{
    (void)command;
    self->over = true;
    peer_ok("%s", "");
}

const peer_verb peer_object_verbs[] = {
    {"write", "OFFSET TEXT", write_bytes},
    {"read", "OFFSET COUNT -> TEXT", read_bytes},
    {"add", "OFFSET NUMBER -> what the shared word was", add_word},
    {"load", "OFFSET -> the shared word", load_word},
    {"place", "NAME bytes= kind= fill=TEXT deadline_ms=", place_object},
    {"place-many", "PREFIX COUNT bytes= seed= -> made= torn=", place_many},
    {"find", "NAME", find_object},
    {"object", "NUMBER", nth_object},
    {"echo", "TEXT", echo},
    {"hold", "answers, then only waits for the end of its input", hold},
    {"spin", "answers, then keeps a core busy", spin},
    {"exit", "CODE: ends without closing anything", exit_at_once},
    {"quit", "closes everything and ends", quit},
    {NULL, NULL, NULL},
};
