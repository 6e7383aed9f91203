/* test_posix_evict.c - who dies or stands still while it takes a name away; and programs that close
 * descriptors which they did not open, at the worst moments.
 */
#define _GNU_SOURCE 1
#include "actor.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "posix/posix.h"

static strait_os_cause cause;

/* A process that has taken the right to remove this name and gets no further. */
static pid_t half_way_evictor(const char *name)
{
    char path[300], word;
    int ends[2];
    snprintf(path, sizeof path, "%s/%s%s", STRAIT_POSIX_DIRECTORY, STRAIT_POSIX_PREFIX, name);
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        int file = open(path, O_RDWR | O_CLOEXEC);
        bool locked = file >= 0 && strait_posix_lock(file, STRAIT_POSIX_EVICT_BYTE, &cause) == STRAIT_OK;
        (void)!write(ends[1], locked ? "1" : "0", 1);
        for (;;) {
            pause();
        }
    }
    assert_true(child > 0);
    assert_int_equal(read(ends[0], &word, 1), 1);
    assert_int_equal(word, '1');
    close(ends[0]);
    close(ends[1]);
    return child;
}

static int evict_soon(const strait_os_map *map, const strait_os_place *place)
{
    uint64_t end = within_ms(10000);
    int rc;
    do {
        rc = strait_os_map_evict(map, place, &cause);
    } while (rc == STRAIT_BUSY && strait_os_now_ns() < end);
    return rc;
}

static void a_stopped_evictor_makes_everybody_busy_and_a_killed_one_nobody(void)
{
    strait_os_place place = named(own_name("half-way"));
    strait_os_map map = made_map(&place, 4096, 0), other;
    pid_t child = half_way_evictor(place.name);
    actor *a = actor_start();
    assert_int_equal(ask(a, "open 0 named %s rw", place.name), STRAIT_OK);
    assert_int_equal(kill(child, SIGSTOP), 0);
    for (unsigned i = 0; i < 50; i++) {
        assert_int_equal(strait_os_map_evict(&map, &place, &cause), STRAIT_BUSY);
        assert_int_equal(ask(a, "evict 0"), STRAIT_BUSY);
    }
    other = opened_map(&place, true); /* nothing was taken */
    assert_true(other.file == map.file);
    strait_os_map_close(&other);
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(evict_soon(&map, &place), STRAIT_OK);
    assert_int_equal(strait_os_map_open(&place, true, 1, 0, &other, &cause), STRAIT_NOT_FOUND);
    waitpid(child, NULL, 0);
    strait_os_map_close(&map);
}

static void what_has_lost_its_name_already_is_never_busy(void)
{
    strait_os_place place = named(own_name("nameless"));
    strait_os_map map = made_map(&place, 4096, 0);
    pid_t child = half_way_evictor(place.name);
    assert_int_equal(strait_os_map_unlink(&place, &cause), STRAIT_OK);
    assert_int_equal(strait_os_map_evict(&map, &place, &cause), STRAIT_OK);
    strait_os_map next = made_map(&place, 4096, 0);
    assert_int_equal(strait_os_map_evict(&map, &place, &cause), STRAIT_OK);
    assert_int_equal(evict_soon(&next, &place),
                     STRAIT_OK); /* the half-way one has nothing to do with the successor */
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    strait_os_map_close(&next);
    strait_os_map_close(&map);
}

/* Not 0, 1 and 2: the test reports through them. */
static void close_what_others_opened(void)
{
    for (int i = 3; i < 256; i++) {
        close(i);
    }
}

static void occupy_the_numbers(const char *with, int *numbers, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        numbers[i] = open(with, O_RDONLY | O_CLOEXEC);
        assert_true(numbers[i] >= 3);
    }
}

static void numbers_that_are_somebody_elses_by_now_are_left_alone(void)
{
    strait_os_place place = named(own_name("numbers"));
    strait_os_map map = made_map(&place, 4096, 0);
    actor *a = actor_start();
    assert_int_equal(ask(a, "open 0 named %s rw", place.name), STRAIT_OK);
    assert_int_equal(ask(a, "hold 0 1"), STRAIT_OK);
    int channel = dup2(a->channel, 300), numbers[20];
    a->channel = channel;
    close_what_others_opened();
    occupy_the_numbers("/dev/null", numbers, 20);
    assert_int_equal(strait_os_token_test(&map, &place, 1, NULL), STRAIT_OS_TOKEN_HELD);
    assert_int_equal(strait_os_token_test(&map, &place, 2, NULL), STRAIT_OS_TOKEN_FREE);
    strait_os_map_status status;
    assert_int_equal(strait_os_map_stat(&map, &place, &status, &cause), STRAIT_OK);
    assert_int_equal(status.bytes, 4096);
    assert_int_equal(strait_os_map_set_mode(&map, &place, 0640, &cause), STRAIT_OK);
    struct stat about;
    assert_int_equal(fstat(numbers[0], &about), 0);
    assert_true(S_ISCHR(about.st_mode));
    strait_os_map_close(&map);
    for (unsigned i = 0; i < 20; i++) {
        assert_int_equal(fcntl(numbers[i], F_GETFD), FD_CLOEXEC); /* none of them was closed for us */
    }
    actor_kill(a);
}

static void a_map_whose_descriptors_were_closed_half_way_fails_cleanly(void)
{
    strait_os_place place = named(own_name("half"));
    strait_os_map map, other;
    assert_int_equal(strait_os_map_create(&place, 4096, 0600, 0, &map, &cause), STRAIT_OK);
    int numbers[20];
    close_what_others_opened();
    occupy_the_numbers("/dev/null", numbers, 20);
    int rc = strait_os_map_publish(&map, &place, &cause);
    if (rc == STRAIT_OK) {
        other = opened_map(&place, true);
        assert_true(other.file == map.file); /* if it worked, it was our object that got the name */
        strait_os_map_close(&other);
    } else {
        assert_int_equal(strait_os_map_open(&place, true, 1, 0, &other, &cause), STRAIT_NOT_FOUND);
    }
    memset(map.base, 1, 4096);
    strait_os_map_close(&map);
    (void)strait_os_map_unlink(&place, &cause);
    map = made_map(&place, 4096, 0); /* and the next one is as good as any */
    strait_os_map_close(&map);
}

static void a_token_is_never_taken_on_somebody_elses_file(void)
{
    strait_os_place place = named(own_name("mine")), theirs = named(own_name("theirs"));
    strait_os_map map = made_map(&place, 4096, STRAIT_OS_NO_TOKEN);
    strait_os_map other = made_map(&theirs, 4096, STRAIT_OS_NO_TOKEN);
    strait_os_map mine = opened_map(&place, true);
    close_what_others_opened();
    char path[300];
    snprintf(path, sizeof path, "%s/%s%s", STRAIT_POSIX_DIRECTORY, STRAIT_POSIX_PREFIX, theirs.name);
    int numbers[20];
    for (unsigned i = 0; i < 20; i++) {
        numbers[i] = open(path, O_RDWR | O_CLOEXEC);
    }
    assert_true(numbers[0] >= 3);
    int rc = strait_os_token_hold(&mine, &place, 4, &cause);
    assert_int_equal(strait_os_token_test(&other, &theirs, 4, NULL), STRAIT_OS_TOKEN_FREE);
    assert_true(rc < 0 || strait_os_token_test(&map, &place, 4, NULL) == STRAIT_OS_TOKEN_HELD);
    strait_os_map_close(&mine);
    strait_os_map_close(&other);
    strait_os_map_close(&map);
}

CONFORMANCE(posix_evict, CLEAN(a_stopped_evictor_makes_everybody_busy_and_a_killed_one_nobody),
            CLEAN(what_has_lost_its_name_already_is_never_busy),
            CLEAN(numbers_that_are_somebody_elses_by_now_are_left_alone),
            CLEAN(a_map_whose_descriptors_were_closed_half_way_fails_cleanly),
            CLEAN(a_token_is_never_taken_on_somebody_elses_file))
