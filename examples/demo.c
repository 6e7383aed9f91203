/* demo.c - several processes share one segment, live. Four workers count in shared words; after three
 * seconds one of them is killed with -9. The others notice within 100 ms, go on, and a newcomer takes its
 * place. Nobody cleans up.
 *
 * The workers are this same program, started anew with a role. It ends with 0 only if all of this really
 * happened.
 */
#define _POSIX_C_SOURCE 200809L /* with -std=c11 the system headers show POSIX only when asked */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <strait/strait.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { WORKERS = 4, VICTIM = 2 };
#define KILL_AT_MS 2500
#define REPLACE_AT_MS 3500
#define REMOVE_AT_MS 5200
#define END_AT_MS 5800

/* The shared bytes, described once: the segment itself says what it holds. */
#define LANE(F) F(strait_u64, count) F(strait_u64, noticed_ns)
STRAIT_RECORD(lane, LANE)
#define BOARD(F) F(strait_u64, total) F(strait_u32, over) STRAIT_NESTED(F, lane, lanes, 4)
STRAIT_RECORD(board, BOARD)

static strait_segment *open_board(const char *name)
{
    strait_segment *segment = NULL;
    const strait_segment_options options = {
        .record = STRAIT_RECORD_OF(board),
        .lifetime = STRAIT_UNTIL_LAST_LEAVES, /* interrupted half-way, the demo leaves nothing */
    };
    if (strait_segment_open(name, &options, &segment) < 0) {
        fprintf(stderr, "%s\n", strait_last_error());
        exit(1);
    }
    return segment;
}

static void nap_ms(long milliseconds)
{
    nanosleep(&(struct timespec){.tv_sec = milliseconds / 1000, .tv_nsec = milliseconds % 1000 * 1000000},
              NULL);
}

/* --- a worker ------------------------------------------------------------------------------------------- */

static bool somebody_died(const strait_segment *segment)
{
    strait_peer peers[16];
    int count = strait_segment_peers(segment, peers, 16);
    for (int i = 0; i < count && i < 16; i++) {
        if (peers[i].life == STRAIT_DEAD) {
            return true; /* a fact from the kernel, not a time-out: a stopped or slow process is never reported */
        }
    }
    return false;
}

static int work(const char *name, int number)
{
    strait_segment *segment = open_board(name);
    struct board *board = strait_segment_data(segment);
    struct lane *lane = &board->lanes[number];
    pid_t viewer = getppid();
    while (strait_u32_load_acquire(&board->over) == 0 && getppid() == viewer) {
        for (int i = 0; i < 1000; i++) {
            strait_u64_add_relaxed(&lane->count, 1);
            strait_u64_add_relaxed(&board->total, 1);
        }
        uint64_t unset = 0;
        if (somebody_died(segment)) {
            strait_u64_cas_relaxed(&lane->noticed_ns, &unset, strait_now_ns());
        }
        nap_ms(2);
    }
    return strait_segment_close(segment) == 0 ? 0 : 1;
}

static pid_t start_worker(const char *program, const char *name, int number)
{
    pid_t pid = fork();
    if (pid == 0) {
        char text[16];
        snprintf(text, sizeof text, "%d", number);
        execl(program, program, "worker", name, text, (char *)NULL);
        _exit(work(name, number)); /* where the program cannot be started by its path, the fork will do */
    }
    return pid;
}

/* --- the picture ---------------------------------------------------------------------------------------- */

typedef struct show {
    strait_segment *segment;
    struct board *board;
    pid_t pids[WORKERS];
    bool terminal;
    unsigned drawn;
    uint64_t began_ns, killed_ns, ended_ns;
    const char *news;
} show;

/* The record of worker `number` among those attached. */
static bool find_worker(const show *s, int number, strait_peer *found)
{
    strait_peer peers[16];
    int count = strait_segment_peers(s->segment, peers, 16);
    for (int i = 0; i < count && i < 16; i++) {
        if (peers[i].pid == (uint32_t)s->pids[number]) {
            *found = peers[i];
            return true;
        }
    }
    return false;
}

static const char *life_of(const show *s, int number)
{
    strait_peer found;
    return !find_worker(s, number, &found) ? "gone" : found.life == STRAIT_DEAD ? "DEAD" : "alive";
}

static uint64_t since_ms(uint64_t start_ns)
{
    return (strait_now_ns() - start_ns) / 1000000;
}

static void draw(show *s)
{
    if (s->terminal && s->drawn++ > 0) {
        printf("\033[%dA", WORKERS + 3);
    }
    const char *clear = s->terminal ? "\033[K\n" : "\n";
    printf("%4.1f s  %-60s%s", (double)since_ms(s->began_ns) / 1000, s->news, clear);
    printf("  worker      pid  life          counted  noticed the death after%s", clear);
    for (int i = 0; i < WORKERS; i++) {
        const struct lane *lane = &s->board->lanes[i];
        const char *life = life_of(s, i);
        const char *colour = !s->terminal ? "" : strcmp(life, "alive") == 0 ? "\033[32m" : "\033[31m";
        uint64_t noticed = strait_u64_load_relaxed(&lane->noticed_ns);
        char after[32] = "";
        if (noticed > s->killed_ns && s->killed_ns != 0) {
            snprintf(after, sizeof after, "%.1f ms", (double)(noticed - s->killed_ns) / 1e6);
        }
        printf("  %6d %8ld  %s%-6s%s %13llu  %s%s", i, (long)s->pids[i], colour, life,
               s->terminal ? "\033[0m" : "", (unsigned long long)strait_u64_load_relaxed(&lane->count), after,
               clear);
    }
    printf("  total %34llu%s", (unsigned long long)strait_u64_load_relaxed(&s->board->total), clear);
    fflush(stdout);
}

/* Shows the picture until so many milliseconds after the beginning: ten times a second, or once if it is
 * not a terminal. */
static void show_until(show *s, uint64_t end_ms)
{
    if (!s->terminal) {
        draw(s);
    }
    while (since_ms(s->began_ns) < end_ms) {
        if (s->terminal) {
            draw(s);
        }
        nap_ms(100);
    }
}

/* --- what must have happened ---------------------------------------------------------------------------- */

static int failures;

static void promise(bool kept, const char *text)
{
    printf("  %s %s\n", kept ? "yes" : "NO ", text);
    failures += !kept;
}

/* When the last of the survivors noticed; UINT64_MAX if one has not noticed, or before there was a death. */
static uint64_t last_notice_ns(const show *s)
{
    uint64_t last = 0;
    for (int i = 0; i < WORKERS; i++) {
        uint64_t noticed = strait_u64_load_relaxed(&s->board->lanes[i].noticed_ns);
        if (i != VICTIM) {
            noticed = noticed > s->killed_ns ? noticed : UINT64_MAX;
            last = noticed > last ? noticed : last;
        }
    }
    return last;
}

static bool all_count_on(const show *s, bool victim_too)
{
    uint64_t before[WORKERS];
    bool more[WORKERS] = {false}, all = false;
    for (int i = 0; i < WORKERS; i++) {
        before[i] = strait_u64_load_relaxed(&s->board->lanes[i].count);
    }
    for (uint64_t end = strait_deadline_ms(5000); !all && strait_now_ns() < end; nap_ms(1)) {
        all = true;
        for (int i = 0; i < WORKERS; i++) {
            more[i] = more[i] || strait_u64_load_relaxed(&s->board->lanes[i].count) != before[i];
            all = all && (more[i] || (i == VICTIM && !victim_too));
        }
    }
    return all && (victim_too || !more[VICTIM]);
}

static unsigned limit_ms(void)
{
    const char *slow =
        getenv("STRAIT_TEST_PATIENCE"); /* how many times slower an emulator or a sanitizer may be */
    unsigned long times = slow == NULL ? 1 : strtoul(slow, NULL, 10);
    return times < 1 || times > 100 ? 100 : 100 * (unsigned)times;
}

int main(int argc, char **argv)
{
    if (argc == 4 && strcmp(argv[1], "worker") == 0) {
        return work(argv[2], (int)(strtol(argv[3], NULL, 10) % WORKERS));
    }
    char name[64];
    snprintf(name, sizeof name, "demo-%ld", (long)getpid());
    show s = {.terminal = isatty(STDOUT_FILENO) == 1, .began_ns = strait_now_ns()};
    s.news = "four workers have opened one segment, in no particular order";
    for (int i = 0; i < WORKERS; i++) {
        s.pids[i] = start_worker(argv[0], name, i);
    }
    s.segment = open_board(name); /* perhaps the first, perhaps the last: it does not matter */
    s.board = strait_segment_data(s.segment);
    bool all_came = all_count_on(&s, true);
    show_until(&s, KILL_AT_MS);

    strait_peer victim = {.index = 0};
    bool victim_known = find_worker(&s, VICTIM, &victim);
    s.killed_ns = strait_now_ns();
    kill(s.pids[VICTIM], SIGKILL);
    waitpid(s.pids[VICTIM], NULL, 0);
    s.ended_ns = strait_now_ns(); /* on a busy machine the kernel takes its time to end a process */
    s.news = "kill -9 for worker 2; the others go on";
    bool others_go_on = all_count_on(&s, false);
    show_until(&s, REPLACE_AT_MS);
    bool dead =
        victim_known && strait_segment_life(s.segment, victim.index, victim.generation) == STRAIT_DEAD;
    uint64_t last = last_notice_ns(&s);

    strait_segment_reap(s.segment);
    s.pids[VICTIM] = start_worker(argv[0], name, VICTIM);
    bool replaced = all_count_on(&s, true);
    s.news = "a newcomer has taken its place";
    show_until(&s, REMOVE_AT_MS);

    bool removed =
        strait_segment_remove(name, NULL, false) == 0 && strait_segment_status(s.segment) == STRAIT_RETIRED;
    bool work_on = all_count_on(&s, true);
    s.news = "the name is removed; those attached finish in peace";
    show_until(&s, END_AT_MS);

    strait_u32_store_release(&s.board->over, 1);
    bool all_ended = true;
    for (int i = 0; i < WORKERS; i++) {
        int status = 1;
        waitpid(s.pids[i], &status, 0);
        all_ended = all_ended && status == 0;
    }
    bool alone = strait_segment_peers(s.segment, NULL, 0) == 1;
    strait_segment_close(s.segment);
    strait_segment *none = NULL;
    bool nothing_left = strait_segment_open(name, NULL, &none) == STRAIT_NOT_FOUND;

    char noticed[100];
    snprintf(noticed, sizeof noticed,
             "every survivor noticed the death within %u ms (the last: %.1f ms after the kill)", limit_ms(),
             last == UINT64_MAX ? -1.0 : (double)(last - s.killed_ns) / 1e6);
    puts("");
    promise(all_came, "four processes met in one segment");
    promise(dead && last != UINT64_MAX && last <= s.ended_ns + (uint64_t)limit_ms() * 1000000, noticed);
    promise(others_go_on, "the others went on counting without it");
    promise(replaced, "a newcomer took its place");
    promise(removed && work_on, "the name was removed while all five went on with their bytes");
    promise(all_ended && alone && nothing_left, "all have left, and nothing is left behind");
    return failures == 0 ? 0 : 1;
}
