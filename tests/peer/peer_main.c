/* peer_main.c - the conversation: splits a line into words, finds the verb, sees to it that there is one
 * answer. */
#include "peer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void peer_ok(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("ok", stdout);
    if (*format != '\0') {
        fputc(' ', stdout);
    }
    vprintf(format, arguments);
    va_end(arguments);
    fputc('\n', stdout);
    fflush(stdout);
}

void peer_no_because(peer *self, const char *word, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    self->refused++;
    printf("no %s ", word);
    vprintf(format, arguments);
    va_end(arguments);
    fputc('\n', stdout);
    fflush(stdout);
}

void peer_no(peer *self, int rc)
{
    peer_no_because(self, strait_result_name(rc), "%s", strait_last_error());
}

const char *peer_argument(const peer_command *command, int n)
{
    for (int i = 1; i < command->count; i++) {
        if (strchr(command->word[i], '=') == NULL && n-- == 0) {
            return command->word[i];
        }
    }
    return NULL;
}

const char *peer_option(const peer_command *command, const char *key, const char *otherwise)
{
    size_t length = strlen(key);
    for (int i = 1; i < command->count; i++) {
        if (strncmp(command->word[i], key, length) == 0 && command->word[i][length] == '=') {
            return command->word[i] + length + 1;
        }
    }
    return otherwise;
}

uint64_t peer_number(const peer_command *command, const char *key, uint64_t otherwise)
{
    const char *text = peer_option(command, key, NULL);
    return text == NULL ? otherwise : strtoull(text, NULL, 0);
}

strait_segment *peer_segment(peer *self)
{
    strait_segment *segment = self->handles[self->chosen];
    if (segment == NULL) {
        peer_no_because(self, "CLOSED", "handle %d is not open", self->chosen);
    }
    return segment;
}

static void split(char *line, peer_command *command)
{
    command->count = 0;
    for (char *word = strtok(line, " \t\r\n"); word != NULL; word = strtok(NULL, " \t\r\n")) {
        if (command->count < PEER_WORDS_MAX) {
            command->word[command->count++] = word;
        }
    }
}

static const peer_verb *find_verb(const peer_verb *table, const char *name)
{
    for (; table->name != NULL; table++) {
        if (strcmp(table->name, name) == 0) {
            return table;
        }
    }
    return NULL;
}

static void obey(peer *self, const char *text)
{
    static const peer_verb *const tables[] = {peer_segment_verbs, peer_object_verbs, peer_ring_verbs,
                                              peer_system_verbs};
    char line[PEER_LINE_BYTES];
    snprintf(line, sizeof line, "%s", text);
    peer_command command;
    split(line, &command);
    self->chosen = 0;
    if (command.count > 1 && command.word[0][0] == '@') {
        self->chosen = atoi(command.word[0] + 1) % PEER_HANDLES;
        command.count--;
        memmove(command.word, command.word + 1, (size_t)command.count * sizeof command.word[0]);
    }
    if (command.count == 0) {
        return;
    }
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        const peer_verb *verb = find_verb(tables[i], command.word[0]);
        if (verb != NULL) {
            verb->run(self, &command);
            return;
        }
    }
    peer_no_because(self, "UNKNOWN_VERB", "%s", command.word[0]);
}

void peer_converse(peer *self)
{
    char line[PEER_LINE_BYTES];
    while (!self->over && fgets(line, sizeof line, stdin) != NULL) {
        obey(self, line);
    }
}

static int help(void)
{
    static const peer_verb *const tables[] = {peer_segment_verbs, peer_object_verbs, peer_ring_verbs,
                                              peer_system_verbs};
    puts(
        "strait-peer [COMMAND]... [-]\n"
        "Obeys each COMMAND (one argument each), then, with - or without arguments, the lines of its input.\n"
        "\"@N command\" uses handle N instead of 0. Answers: \"ok ...\" or \"no RESULT sentence\".\n");
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        for (const peer_verb *verb = tables[i]; verb->name != NULL; verb++) {
            printf("  %-20s %s\n", verb->name, verb->usage);
        }
    }
    return 0;
}

int main(int argc, char **argv)
{
    static peer self; /* static: a verb may hand the conversation to another thread and end this one */
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        return help();
    }
    setvbuf(stdin, NULL, _IONBF,
            0); /* what follows a line belongs to whoever reads next: a thread, a child, an exec */
    peer_system_begin();
    bool listen = argc == 1;
    for (int i = 1; i < argc && !self.over; i++) {
        if (strcmp(argv[i], "-") == 0) {
            listen = true;
        } else {
            obey(&self, argv[i]);
        }
    }
    if (listen) {
        peer_converse(&self);
    }
    for (int i = 0; i < PEER_HANDLES; i++) {
        strait_ring_close(self.rings[i]);
        strait_segment_close(self.handles[i]);
    }
    return self.refused > 0 && !listen ? 1 : 0;
}
