/* peer.h - strait-peer, the other process of every test.
 *
 * A peer reads one command a line (first from its arguments, then from its input) and answers each with one
 * line: "ok ..." or "no RESULT sentence". Tests script it and wait for its answers, so that nothing in a
 * test has to sleep. A verb is a row in a table; verbs that only some systems know stand in a file of their
 * own.
 */
#ifndef STRAIT_TESTS_PEER_H
#define STRAIT_TESTS_PEER_H

#include <strait/strait.h>

#define PEER_HANDLES 8
#define PEER_WORDS_MAX 24
#define PEER_LINE_BYTES 4096

/* One command: word 0 is the verb; "key=value" words are options, the rest are its arguments. */
typedef struct peer_command {
    int count;
    char *word[PEER_WORDS_MAX];
} peer_command;

typedef struct peer {
    strait_segment *handles[PEER_HANDLES];
    strait_ring *rings[PEER_HANDLES];
    strait_ring_span span; /* what the last reserve or peek gave */
    int chosen;            /* handle of the current command; "@3 open ..." chooses number 3 */
    int refused;           /* commands answered with "no" */
    bool over;             /* stop reading commands */
} peer;

typedef struct peer_verb {
    const char *name;
    const char *usage;
    void (*run)(peer *self, const peer_command *command);
} peer_verb;

/* Tables end with a row without a name. */
extern const peer_verb peer_segment_verbs[];
extern const peer_verb peer_object_verbs[];
extern const peer_verb peer_ring_verbs[];
extern const peer_verb peer_system_verbs[]; /* peer_unix.c or peer_win32.c */

/* Called once before the first command. */
void peer_system_begin(void);

/* The answer of a command: exactly one call of one of these. */
void peer_ok(const char *format, ...) STRAIT_PRINTF(1, 2);
void peer_no(peer *self, int rc);
void peer_no_because(peer *self, const char *word, const char *format, ...) STRAIT_PRINTF(3, 4);

/* The n-th argument after the verb that is no option, or NULL. */
const char *peer_argument(const peer_command *command, int n);
/* The value of option `key`, or `otherwise`. */
const char *peer_option(const peer_command *command, const char *key, const char *otherwise);
uint64_t peer_number(const peer_command *command, const char *key, uint64_t otherwise);

/* The chosen handle; answers "no CLOSED" itself and returns NULL if it is not open. */
strait_segment *peer_segment(peer *self);

/* Reads commands from standard input until it ends; used by whoever takes over the conversation. */
void peer_converse(peer *self);

#endif
