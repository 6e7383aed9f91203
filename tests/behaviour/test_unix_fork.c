/* test_unix_fork.c - fork, threads, posix_spawn and exec: who holds a handle, and when its holder is gone. */
#define _GNU_SOURCE 1
#include "behaviour.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* Emulators that run a foreign program may take MADV_DONTFORK without acting on it; then a forked child
 * has the parent's mappings and, rightly, nobody says that they are out of reach. */
static bool mappings_can_stay_behind(void)
{
#ifdef MADV_DONTFORK
    long page = sysconf(_SC_PAGESIZE);
    void *memory = mmap(NULL, (size_t)page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED || madvise(memory, (size_t)page, MADV_DONTFORK) != 0) {
        return false;
    }
    pid_t pid = fork();
    if (pid == 0) {
        unsigned char resident;
        _exit(mincore(memory, (size_t)page, &resident) == 0 ? 1 : 0);
    }
    int status = 1;
    waitpid(pid, &status, 0);
    munmap(memory, (size_t)page);
    return status == 0;
#else
    return true; /* another back end, whose tokens do not hang on mappings */
#endif
}

SCENARIO(fork, a_forked_child_is_told_so_by_every_call_and_opens_anew)
{
    const char *name = scenario_name(0);
    child *parent = attached_peer(name, "bytes=64");
    const char *answer = child_ask(parent, "fork-check %s", name);
    CHECK_TEXT(answer, "ok wrong=- closed=OK anew=OK peers=2");
    CHECK_TEXT(child_ask(parent, "status"), "ok OK");
    CHECK_TEXT(child_ask(parent, "write 0 mine"), "ok 4");
    CHECK_TEXT(child_ask(parent, "peers"), "ok 1 ");
}

SCENARIO(fork, a_parent_that_dies_is_dead_while_its_forked_child_lives_on)
{
    if (!mappings_can_stay_behind()) {
        SKIP("MADV_DONTFORK has no effect here");
    }
    const char *name = scenario_name(0);
    strait_segment *mine = opened(name, &(strait_segment_options){.bytes = 64});
    child *parent = attached_peer(name, "bytes=64");
    const char *answer = child_ask(parent, "fork-and-hold");
    CHECK_TEXT(answer, "ok ");
    int holder = atoi(answer + 3);
    stays_alive(mine, child_pid(parent), 100);
    CHECK(killed_is_dead_us(mine, parent) != UINT64_MAX);
    CHECK_SAME(kill(holder, 0), 0);
}

SCENARIO(fork, a_parent_that_dies_is_dead_while_a_spawned_program_lives_on)
{
    const char *name = scenario_name(0);
    strait_segment *mine = opened(name, &(strait_segment_options){.bytes = 64});
    child *parent = attached_peer(name, "bytes=64");
    const char *answer = child_ask(parent, "vfork-and-hold %s await-hangup", peer_line());
    CHECK_TEXT(answer, "ok ");
    int holder = atoi(answer + 3);
    stays_alive(mine, child_pid(parent), 100);
    CHECK(killed_is_dead_us(mine, parent) != UINT64_MAX);
    CHECK_SAME(kill(holder, 0), 0);
}

SCENARIO(fork, exec_is_a_death_though_the_process_goes_on)
{
    const char *name = scenario_name(0);
    strait_segment *mine = opened(name, &(strait_segment_options){.bytes = 64});
    child *one = attached_peer(name, "bytes=64");
    child_send(one, "exec %s", peer_line());
    CHECK_TEXT(child_ask(one, "echo another-program"), "ok another-program");
    if (!tokens_are_proof()) { /* nothing tells a program that executed another from one that closed all files */
        CHECK_SAME(life_of(mine, child_pid(one)), STRAIT_ALIVE);
        CHECK(killed_is_dead_us(mine, one) != UINT64_MAX);
        return;
    }
    CHECK_SAME(life_of(mine, child_pid(one)), STRAIT_DEAD);
    CHECK_SAME(strait_segment_reap(mine), 1);
    CHECK_TEXT(child_ask(one, "open %s bytes=64", name), "ok created=0");
    CHECK_SAME(life_of(mine, child_pid(one)), STRAIT_ALIVE);
}

/* qemu-user 7.2 forks with locks of its own held: children then hang in the emulator, at a word of its data. */
static bool by_emulator(void)
{
    return PEER_EMULATOR[0] != '\0';
}

SCENARIO(fork, forking_while_another_thread_attaches_leaves_every_child_able_to_attach)
{
    if (by_emulator()) {
        SKIP("the emulator does not fork programs with threads well");
    }
    const char *name = scenario_name(0);
    strait_segment *mine = opened(name, &(strait_segment_options){.bytes = 64});
    child *one = peer_start();
    for (unsigned i = 0; i < 2; i++) {
        CHECK_TEXT(child_ask(one, "attach-in-thread %s", name), "ok");
    }
    const unsigned count = patience() > 1 ? 20 : 200;
    char expected[24];
    snprintf(expected, sizeof expected, "ok %u", count);
    CHECK_TEXT(child_ask(one, "fork-many %u %s", count, name), expected);
    child_kill(one);
    child_await(one);
    CHECK(strait_segment_reap(mine) >= 0);
    CHECK_SAME(strait_segment_peers(mine, NULL, 0), 1);
}

SCENARIO(fork, a_process_killed_while_it_forks_and_attaches_leaves_only_dead_records)
{
    if (by_emulator()) {
        SKIP("the emulator does not fork programs with threads well");
    }
    const char *name = scenario_name(0);
    strait_segment *mine = opened(name, &(strait_segment_options){.bytes = 64});
    for (unsigned round = 0; round < 20; round++) {
        child *one = peer_start();
        CHECK_TEXT(child_ask(one, "attach-in-thread %s", name), "ok");
        CHECK_TEXT(child_ask(one, "fork-many 2 %s", name), "ok 2");
        child_kill(one);
        child_await(one);
        strait_peer seen;
        if (find_peer(mine, child_pid(one), &seen)) {
            CHECK_SAME(seen.life, STRAIT_DEAD);
        }
        CHECK(strait_segment_reap(mine) >= 0);
        CHECK_SAME(strait_segment_peers(mine, NULL, 0), 1);
        children_clear();
    }
}

SCENARIO(fork, two_handles_of_one_process_are_two_participants_and_end_apart)
{
    const char *name = scenario_name(0);
    strait_segment *mine = opened(name, &(strait_segment_options){.bytes = 64});
    child *one = attached_peer(name, "bytes=64");
    CHECK_TEXT(child_ask(one, "@1 open %s bytes=64", name), "ok created=0");
    CHECK_SAME(strait_segment_peers(mine, NULL, 0), 3);
    CHECK_TEXT(child_ask(one, "@1 close"), "ok");
    CHECK_SAME(strait_segment_peers(mine, NULL, 0), 2);
    stays_alive(mine, child_pid(one), 100);
    CHECK(killed_is_dead_us(mine, one) != UINT64_MAX);
}

enum { THREADS = 4, TURNS = 50 };

static const char *shared_name;
static strait_segment *shared_handle;

static void *use_a_shared_handle(void *context)
{
    uintptr_t wrong = 0;
    (void)context;
    strait_u64 *word = strait_segment_data(shared_handle);
    for (unsigned i = 0; i < TURNS; i++) {
        strait_segment *own = NULL;
        wrong += strait_segment_open(shared_name, NULL, &own) != 0;
        strait_u64 *same = strait_segment_data(own);
        if (same != NULL) {
            strait_u64_add_acq_rel(same, 1);
        }
        strait_u64_add_acq_rel(word, 1);
        wrong += strait_segment_status(shared_handle) != 0;
        wrong += strait_segment_peers(shared_handle, NULL, 0) < 1;
        wrong += strait_segment_close(own) != 0;
    }
    return (void *)wrong;
}

SCENARIO(fork, threads_share_a_handle_and_open_their_own)
{
    shared_name = scenario_name(0);
    shared_handle = opened(shared_name, &(strait_segment_options){.bytes = 64});
    pthread_t threads[THREADS];
    for (unsigned i = 0; i < THREADS; i++) {
        CHECK_SAME(pthread_create(&threads[i], NULL, use_a_shared_handle, NULL), 0);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        void *wrong = NULL;
        pthread_join(threads[i], &wrong);
        CHECK_SAME((uintptr_t)wrong, 0);
    }
    strait_u64 *word = strait_segment_data(shared_handle);
    CHECK_SAME(strait_u64_load_acquire(word), 2 * THREADS * TURNS);
    CHECK_SAME(strait_segment_peers(shared_handle, NULL, 0), 1);
    CHECK_RESULT(strait_segment_close(shared_handle), OK);
}
