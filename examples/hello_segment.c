/* hello_segment.c - two processes share a few bytes by name. Neither has to be started first.
 *
 *     hello_segment listen            in one terminal
 *     hello_segment say "good day"    in another
 *     hello_segment                   both roles at once, and checks that they met
 */
#define _POSIX_C_SOURCE 200809L /* with -std=c11 the system headers show POSIX only when asked */
#include <stdio.h>
#include <strait/strait.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* What both sides agree on. A word that two processes change or watch has a type of its own. */
struct greeting {
    strait_u32 ready; /* 0 = nothing yet, 1 = text is complete */
    char text[100];
};

static char name[40] = "hello";

/* Both roles open it in the same way: whoever comes first makes it, zeroed; the other one attaches. */
static struct greeting *open_greeting(strait_segment **segment)
{
    const strait_segment_options options = {
        .bytes = sizeof(struct greeting),
        .lifetime = STRAIT_UNTIL_LAST_LEAVES, /* nothing to clean up, even after a crash */
    };
    if (strait_segment_open(name, &options, segment) < 0) {
        fprintf(stderr, "%s\n", strait_last_error());
        return NULL;
    }
    return strait_segment_data(*segment);
}

static void pause_a_little(void)
{
    nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}

static int say(const char *text)
{
    strait_segment *segment;
    struct greeting *greeting = open_greeting(&segment);
    if (greeting == NULL) {
        return 1;
    }
    snprintf(greeting->text, sizeof greeting->text, "%s", text);
    strait_u32_store_release(&greeting->ready, 1); /* whoever sees the 1 sees the text */
    printf("said:  %s\n", text);

    /* Stay until the listener has taken it, for our segment ends with the last one attached. */
    uint64_t deadline = strait_deadline_ms(10000);
    while (strait_u32_load_acquire(&greeting->ready) == 1 && strait_now_ns() < deadline) {
        pause_a_little();
    }
    return strait_segment_close(segment) == 0 ? 0 : 1;
}

static int listen_for(char *text, size_t room)
{
    strait_segment *segment;
    struct greeting *greeting = open_greeting(&segment);
    if (greeting == NULL) {
        return 1;
    }
    uint64_t deadline = strait_deadline_ms(10000);
    while (strait_u32_load_acquire(&greeting->ready) != 1 && strait_now_ns() < deadline) {
        pause_a_little();
    }
    snprintf(text, room, "%s", greeting->text);
    printf("heard: %s\n", text);
    strait_u32_store_release(&greeting->ready, 2); /* taken */
    return strait_segment_close(segment) == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
    char heard[100] = "";
    if (argc == 3 && strcmp(argv[1], "say") == 0) {
        return say(argv[2]);
    }
    if (argc == 2 && strcmp(argv[1], "listen") == 0) {
        return listen_for(heard, sizeof heard);
    }

    snprintf(name, sizeof name, "hello-%ld",
             (long)getpid()); /* apart from whatever goes on in those terminals */
    pid_t speaker = fork();
    if (speaker == 0) {
        return say("good day");
    }
    int rc = listen_for(heard, sizeof heard);
    int status = 1;
    waitpid(speaker, &status, 0);
    return rc == 0 && status == 0 && strcmp(heard, "good day") == 0 ? 0 : 1;
}
