/* pair.c - strait-pair: two peers of any two builds (32 or 64 bit, gcc or clang, glibc or musl, emulated or
 * not) meet in one segment.
 *
 *     strait-pair FIRST-BUILD "its command line" SECOND-BUILD "its command line"
 *
 * The first creates, the second attaches; then both write and read bytes, shared words and objects, see each
 * other live and die, and race for fresh names. Prints "ok ..." or the first thing that was not as promised.
 */
#define _GNU_SOURCE 1
#include "support/event.h"
#include "support/scenario.h"
#include "support/spawn.h"
#include "support/system.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define RACES 30

static const char *titles[2], *lines[2];
static char name[64];

void scenario_fail(const char *file, int line, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    printf("no   %s + %s: ", titles[0], titles[1]);
    vprintf(format, arguments);
    printf(" (%s:%d)\n", file, line);
    va_end(arguments);
    fflush(stdout);
    children_clear();
    exit(1);
}

static void expect(const char *answer, const char *part, int line)
{
    if (strstr(answer, part) == NULL) {
        scenario_fail(__FILE__, line, "\"%s\" does not say \"%s\"", answer, part);
    }
}

#define EXPECT(answer, part) expect(answer, part, __LINE__)

static child *start(int which)
{
    return child_start_line(lines[which], -1);
}

/* The words of an answer from `from` on, up to `count` bytes: kept, since the next answer overwrites it. */
static void keep(char *kept, size_t room, const char *answer, const char *from)
{
    const char *at = strstr(answer, from);
    snprintf(kept, room, "%s", at == NULL ? "(missing)" : at);
    kept[strcspn(kept, " ")] = '\0';
}

static void meet(child *a, child *b)
{
    char uuid[80], total[80];
    const char *made = child_ask(a, "open %s bytes=5001 how=create lifetime=last room=50000", name);
    EXPECT(made, "ok created=1 bytes=5001");
    keep(uuid, sizeof uuid, made, "uuid=");
    const char *joined = child_ask(b, "open %s bytes=5001 how=attach", name);
    EXPECT(joined, "ok created=0 bytes=5001");
    EXPECT(joined, uuid);
    keep(total, sizeof total, child_ask(a, "stat"), "total=");
    EXPECT(child_ask(b, "stat"), total);
    EXPECT(child_ask(b, "@1 open %s bytes=5002 how=attach", name), "no SIZE_MISMATCH");
}

static void share(child *a, child *b)
{
    EXPECT(child_ask(a, "write 4990 first-side"), "ok 10");
    EXPECT(child_ask(b, "read 4990 10"), "ok first-side");
    EXPECT(child_ask(b, "write 0 second"), "ok 6");
    EXPECT(child_ask(a, "read 0 6"), "ok second");
    EXPECT(child_ask(a, "add 64 0x100000001"), "ok 0");
    EXPECT(child_ask(b, "add 64 0x200000002"), "ok 4294967297");
    EXPECT(child_ask(a, "load 64"), "ok 12884901891");
    char offset[80];
    keep(offset, sizeof offset, child_ask(a, "place bids bytes=999 fill=bid"), "offset=");
    EXPECT(child_ask(b, "find bids"), offset);
    EXPECT(child_ask(b, "place asks bytes=77 kind=65540"), "ok index=2 created=1");
    EXPECT(child_ask(a, "place asks bytes=77 kind=65540"), "ok index=2 created=0");
    EXPECT(child_ask(a, "object 2"), "name=asks");
}

static void live_and_die(child *a, child *b)
{
    const char *answer = child_ask(a, "peers");
    EXPECT(answer, "ok 2 ");
    EXPECT(answer, ":ALIVE:");
    EXPECT(child_ask(b, "@2 open %s role=observer how=attach", name), "ok created=0");
    EXPECT(child_ask(b, "peers"), "ok 2 ");
    child_kill(b);
    child_await(b);
    EXPECT(child_ask(a, "peers"), ":DEAD:");
    EXPECT(child_ask(a, "reap"), "ok 1");
    child *again = start(1);
    EXPECT(child_ask(again, "open %s how=attach", name), "ok created=0");
    EXPECT(child_ask(again, "read 4990 10"), "ok first-side");
    child_kill(a);
    child_await(a);
    EXPECT(child_ask(again, "peers"), ":DEAD:");
    EXPECT(child_ask(again, "stat"), "retired=0");
    EXPECT(child_ask(again, "close"), "ok");
    EXPECT(child_ask(again, "open %s how=attach", name), "no NOT_FOUND");
    EXPECT(child_ask(again, "list %s", name), "ok");
    if (child_end(again) != 0) {
        scenario_fail(__FILE__, __LINE__, "%s does not end well", titles[1]);
    }
}

/* Both open or create one fresh name at once, and meet. Each answers once, so nobody leaves before the
 * other is in. */
static void race(child *a, child *b)
{
    for (int i = 0; i < RACES; i++) {
        child_send(a, "open %s-%d bytes=64 lifetime=last fill=whole", name, i);
        child_send(b, "open %s-%d bytes=64 lifetime=last fill=whole", name, i);
        bool a_made = strstr(child_hear(a), "ok created=1") != NULL,
             b_made = strstr(child_hear(b), "ok created=1") != NULL;
        if (a_made == b_made) {
            scenario_fail(__FILE__, __LINE__, "race %d: %s made it", i, a_made ? "each" : "neither");
        }
        EXPECT(child_ask(a_made ? b : a, "read 0 5"), "ok whole");
        EXPECT(child_ask(a, "close"), "ok");
        EXPECT(child_ask(b, "close"), "ok");
    }
    EXPECT(child_ask(a, "list %s", name), "ok");
}

int main(int argc, char **argv)
{
    if (argc != 5) {
        fprintf(stderr, "usage: %s FIRST \"command line\" SECOND \"command line\"\n", argv[0]);
        return 2;
    }
    titles[0] = argv[1], lines[0] = argv[2];
    titles[1] = argv[3], lines[1] = argv[4];
    snprintf(name, sizeof name, "interop-%ld", system_pid());
    uint64_t began = event_now_ms();
    child *a = start(0), *b = start(1);
    meet(a, b);
    share(a, b);
    live_and_die(a, b);
    a = start(0);
    b = start(1);
    race(a, b);
    if (child_end(a) != 0 || child_end(b) != 0) {
        scenario_fail(__FILE__, __LINE__, "a peer does not end well");
    }
    children_clear();
    printf("ok   %s + %s (%llu ms)\n", titles[0], titles[1], (unsigned long long)(event_now_ms() - began));
    return 0;
}
