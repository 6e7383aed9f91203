/* ring_torture.c - strait-ring-torture: writers and readers of one ring are killed at random moments, stopped and let go
 * on, and replaced at once; every item is entered into a book outside of the library's memory. At the end:
 *
 *   - what a send that returned has committed was received, but for what a killed reader was just receiving
 *   - nothing was received twice, nothing torn, nothing that was never sent
 *   - with one reader, items of one writer came in its order, across all readers that succeeded each other
 *   - everybody got on all the time
 *
 *     strait-ring-torture [--seconds N] [--seed N]       N seconds for each of the four kinds of ring
 */
#define _GNU_SOURCE 1
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <strait/strait.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    WRITERS = 3,
    READERS = 3,
    WORKERS = WRITERS + READERS,
    LIVES = 40000,        /* of writers */
    ITEMS_OF_LIFE = 8192, /* then it takes another number */
    SLOTS = 64,
    STUCK_S = 20
};

typedef struct item {
    uint64_t life, number, check, filler;
} item;
STRAIT_RING_OF(items_ring, item)

typedef struct life_book {
    strait_u64 sent; /* the highest number whose send returned */
    strait_u64 last; /* one reader: the highest that came */
    strait_u32 received[ITEMS_OF_LIFE / 32];
} life_book;

typedef struct worker {
    strait_u64 turns;
    strait_u32 receiving; /* items that it may have received without having written it down */
} worker;

typedef struct board {
    strait_u64 lives;
    strait_u32 stop, wrong;
    strait_u64 received;
    worker workers[WORKERS];
    life_book book[LIVES];
} board;

static board *the;
static char name[64];
static strait_sides writers, readers;
static uint64_t seed;

static uint64_t chance(uint64_t below)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed % below;
}

static void wrong(const char *what, uint64_t a, uint64_t b)
{
    if (strait_u32_add_relaxed(&the->wrong, 1) < 20) {
        printf("  %s (%llu, %llu)\n", what, (unsigned long long)a, (unsigned long long)b);
        fflush(stdout);
    }
}

/* --- workers ---------------------------------------------------------------------------------------------- */

static items_ring *open_ring(strait_role role)
{
    strait_ring_options options = {.role = role,
                                   .slots = SLOTS,
                                   .ports = WORKERS + 2,
                                   .writers = writers,
                                   .readers = readers,
                                   .strategy =
                                       (strait_strategy)(chance(2) == 0 ? STRAIT_ADAPTIVE : STRAIT_SLEEP)};
    items_ring *ring = NULL;
    uint64_t end = strait_deadline_ms(STUCK_S * 1000);
    int rc = items_ring_open(name, &options, &ring);
    while (rc == STRAIT_ROLE_TAKEN && strait_now_ns() < end) {
        rc = items_ring_open(name, &options, &ring); /* the one before is on its way out */
    }
    if (rc < 0) {
        fprintf(stderr, "%s\n", strait_last_error());
        wrong("the ring cannot be opened", (uint64_t)-rc, (uint64_t)role);
        _exit(1);
    }
    return ring;
}

static bool stopping(void)
{
    return strait_u32_load_relaxed(&the->stop) != 0;
}

/* Sends one item, or some in place. False when it is time to stop. */
static bool send_some(items_ring *ring, uint64_t life, uint64_t *number)
{
    strait_ring_span span;
    int rc = items_ring_reserve(ring, 1 + chance(4), strait_deadline_ms(100), &span);
    if (rc == STRAIT_TIMED_OUT) {
        return !stopping();
    }
    if (rc < 0) {
        wrong("a reserve was refused", (uint64_t)-rc, life);
        return false;
    }
    uint64_t count = span.count;
    if (*number + count >= ITEMS_OF_LIFE) {
        count = 0;
    }
    for (uint64_t i = 0; i < count; i++) {
        uint64_t n = *number + 1 + i;
        *items_ring_at(ring, span.first + i) = (item){.life = life, .number = n, .check = ~(life << 20 | n)};
    }
    (void)items_ring_commit(ring, count);
    *number = count == 0 ? ITEMS_OF_LIFE : *number + count;
    if (count != 0) {
        strait_u64_store_release(&the->book[life].sent, *number);
    }
    return true;
}

static void write_on(worker *me)
{
    items_ring *ring = open_ring(STRAIT_WRITER);
    uint64_t number = ITEMS_OF_LIFE, life = 0;
    while (!stopping()) {
        if (number >= ITEMS_OF_LIFE) {
            life = strait_u64_add_relaxed(&the->lives, 1);
            number = 0;
            if (life >= LIVES) {
                break; /* the book is full */
            }
        }
        if (!send_some(ring, life, &number)) {
            break;
        }
        (void)strait_u64_add_relaxed(&me->turns, 1);
    }
    (void)items_ring_finish(ring);
    (void)items_ring_close(ring);
}

static void enter(const item *it)
{
    if (it->life >= LIVES || it->number >= ITEMS_OF_LIFE || it->check != ~(it->life << 20 | it->number)) {
        wrong("an item is torn, or was never sent", it->life, it->number);
        return;
    }
    life_book *book = &the->book[it->life];
    uint32_t bit = UINT32_C(1) << (it->number % 32);
    if ((strait_u32_or_relaxed(&book->received[it->number / 32], bit) & bit) != 0) {
        wrong("an item came twice", it->life, it->number);
    }
    if (readers == STRAIT_ONE) {
        if (it->number <= strait_u64_load_relaxed(&book->last)) {
            wrong("an item came out of order", it->life, it->number);
        }
        strait_u64_store_relaxed(&book->last, it->number);
    }
    (void)strait_u64_add_relaxed(&the->received, 1);
}

static int read_copying(items_ring *ring, worker *me)
{
    item got[4];
    uint64_t count = 0, room = 1 + chance(4);
    strait_u32_store_relaxed(&me->receiving, (uint32_t)room);
    int rc = items_ring_recv_many(ring, got, room, strait_deadline_ms(100), &count);
    for (uint64_t i = 0; i < count; i++) {
        enter(&got[i]);
    }
    strait_u32_store_release(&me->receiving, 0);
    return rc;
}

static int read_in_place(items_ring *ring, worker *me)
{
    item got[4];
    strait_ring_span span;
    int rc = items_ring_peek(ring, 1 + chance(4), strait_deadline_ms(100), &span);
    if (rc < 0) {
        return rc;
    }
    for (uint64_t i = 0; i < span.count; i++) {
        got[i] = *items_ring_at(ring, span.first + i);
    }
    strait_u32_store_release(&me->receiving, (uint32_t)span.count); /* from here on it may be lost */
    (void)items_ring_release(ring, span.count);
    for (uint64_t i = 0; i < span.count; i++) {
        enter(&got[i]);
    }
    strait_u32_store_release(&me->receiving, 0);
    return rc;
}

static void read_on(worker *me)
{
    items_ring *ring = open_ring(STRAIT_READER);
    int rc = 0;
    while (rc != STRAIT_CLOSED) {
        rc = chance(2) == 0 ? read_copying(ring, me) : read_in_place(ring, me);
        if (rc < 0 && rc != STRAIT_TIMED_OUT && rc != STRAIT_CLOSED) {
            wrong("a receive was refused", (uint64_t)-rc, 0);
            break;
        }
        if (rc == STRAIT_CLOSED && !stopping()) {
            rc = 0; /* one writer finished because its book is full, or between two writers */
        }
        (void)strait_u64_add_relaxed(&me->turns, 1);
    }
    (void)items_ring_close(ring);
}

/* --- the torturer ----------------------------------------------------------------------------------------- */

static unsigned first_worker(bool writing)
{
    return writing ? 0 : WRITERS;
}

static unsigned workers_of(bool writing)
{
    strait_sides sides = writing ? writers : readers;
    return sides == STRAIT_ONE ? 1 : writing ? WRITERS : READERS;
}

static pid_t start(unsigned place)
{
    uint64_t own = chance(UINT64_MAX) | 1;
    pid_t pid = fork();
    if (pid == 0) {
        seed = own;
        if (place < WRITERS) {
            write_on(&the->workers[place]);
        } else {
            read_on(&the->workers[place]);
        }
        _exit(0);
    }
    return pid;
}

typedef struct crew {
    pid_t pid[WORKERS];
    unsigned place[WORKERS], count;
    uint64_t turns[WORKERS], since[WORKERS];
    uint64_t kills, stops, excused;
} crew;

static void bury(crew *c, unsigned i)
{
    int status = 0;
    (void)waitpid(c->pid[i], &status, 0);
    c->excused += strait_u32_load_acquire(&the->workers[c->place[i]].receiving);
    strait_u32_store_relaxed(&the->workers[c->place[i]].receiving, 0);
    if (WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL) {
        wrong("a worker crashed by a signal", (uint64_t)WTERMSIG(status), c->place[i]);
    }
}

static void see_that_all_get_on(crew *c)
{
    uint64_t now = strait_now_ns();
    for (unsigned i = 0; i < c->count; i++) {
        uint64_t turns = strait_u64_load_relaxed(&the->workers[c->place[i]].turns);
        if (turns != c->turns[i] || c->since[i] == 0) {
            c->turns[i] = turns;
            c->since[i] = now;
        } else if (now - c->since[i] > STUCK_S * UINT64_C(1000000000)) {
            wrong("a worker does not get on", c->place[i], turns);
            c->since[i] = now;
        }
    }
}

static void nap_us(uint64_t microseconds)
{
    (void)usleep((useconds_t)microseconds);
}

static void torment(crew *c, uint64_t seconds)
{
    uint64_t end = strait_deadline_ms(seconds * 1000);
    while (strait_now_ns() < end) {
        unsigned i = (unsigned)chance(c->count);
        nap_us(chance(8000));
        if (chance(8) == 0) { /* a slow one is not robbed */
            (void)kill(c->pid[i], SIGSTOP);
            nap_us(chance(20000));
            (void)kill(c->pid[i], SIGCONT);
            c->stops++;
            continue;
        }
        (void)kill(c->pid[i], SIGKILL);
        if (chance(4) != 0) {
            bury(c, i); /* else its successor comes while it is still dying */
            c->pid[i] = start(c->place[i]);
        } else {
            pid_t dying = c->pid[i];
            siginfo_t about;
            (void)waitid(P_PID, (id_t)dying, &about, WEXITED | WNOWAIT);
            pid_t next = -1;
            uint32_t receiving = strait_u32_load_acquire(&the->workers[c->place[i]].receiving);
            strait_u32_store_relaxed(&the->workers[c->place[i]].receiving, 0);
            c->excused += receiving;
            next = start(c->place[i]);
            (void)waitpid(dying, NULL, 0); /* a zombie until now */
            c->pid[i] = next;
        }
        c->kills++;
        c->since[i] = 0;
        see_that_all_get_on(c);
    }
}

/* Writers finish, readers read all there is; one after another ends by itself. */
static void come_to_rest(crew *c)
{
    strait_u32_store_relaxed(&the->stop, 1);
    for (unsigned i = 0; i < c->count; i++) {
        uint64_t end = strait_deadline_ms(STUCK_S * 1000);
        int status = 0;
        pid_t ended = 0;
        while ((ended = waitpid(c->pid[i], &status, WNOHANG)) == 0 && strait_now_ns() < end) {
            nap_us(1000);
        }
        if (ended == 0) {
            wrong("a worker does not come to its end", c->place[i], 0);
            (void)kill(c->pid[i], SIGKILL);
            (void)waitpid(c->pid[i], &status, 0);
        } else if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
            wrong("a worker ended badly", c->place[i], (uint64_t)status);
        }
    }
}

static uint64_t count_lost(void)
{
    uint64_t lost = 0, lives = strait_u64_load_relaxed(&the->lives);
    for (uint64_t life = 0; life < lives && life < LIVES; life++) {
        uint64_t sent = strait_u64_load_acquire(&the->book[life].sent);
        for (uint64_t n = 1; n <= sent; n++) {
            lost += (strait_u32_load_relaxed(&the->book[life].received[n / 32]) >> (n % 32) & 1) == 0;
        }
    }
    return lost;
}

static bool torture(uint64_t seconds)
{
    crew c = {.count = 0};
    memset(the, 0, sizeof *the);
    snprintf(name, sizeof name, "ring-torture.%ld.%u%u", (long)getpid(), (unsigned)writers,
             (unsigned)readers);
    for (int writing = 1; writing >= 0; writing--) {
        for (unsigned i = 0; i < workers_of(writing); i++) {
            c.place[c.count] = first_worker(writing) + i;
            c.pid[c.count] = start(c.place[c.count]);
            c.count++;
        }
    }
    torment(&c, seconds);
    come_to_rest(&c);
    uint64_t lost = count_lost();
    if (lost > c.excused) {
        wrong("items are lost (so many; so many may be)", lost, c.excused);
    }
    (void)strait_ring_remove(name);
    uint32_t faults = strait_u32_load_relaxed(&the->wrong);
    printf("%s %s writer%s, %s reader%s: %llu items, %llu kills, %llu stops, %llu of %llu that may be "
           "missing are, %u violations\n",
           faults == 0 ? "ok  " : "FAIL", writers == STRAIT_ONE ? "one" : "many",
           writers == STRAIT_ONE ? "" : "s", readers == STRAIT_ONE ? "one" : "many",
           readers == STRAIT_ONE ? "" : "s", (unsigned long long)strait_u64_load_relaxed(&the->received),
           (unsigned long long)c.kills, (unsigned long long)c.stops, (unsigned long long)lost,
           (unsigned long long)c.excused, faults);
    fflush(stdout);
    return faults == 0;
}

int main(int argc, char **argv)
{
    uint64_t seconds = 3;
    unsigned passed = 0;
    seed = UINT64_C(88172645463325252);
    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--seconds") == 0) {
            seconds = strtoull(argv[i + 1], NULL, 10);
        } else if (strcmp(argv[i], "--seed") == 0) {
            seed = strtoull(argv[i + 1], NULL, 10) | 1;
        }
    }
    void *memory = mmap(NULL, sizeof *the, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        perror("mmap");
        return 2;
    }
    the = memory;
    for (unsigned form = 0; form < 4; form++) {
        writers = form % 2 == 0 ? STRAIT_ONE : STRAIT_MANY;
        readers = form / 2 == 0 ? STRAIT_ONE : STRAIT_MANY;
        passed += torture(seconds);
    }
    printf("%u passed, %u failed, 0 skipped\n", passed, 4 - passed);
    return passed == 4 ? 0 : 1;
}
