/* test_posix_access.c - who may do what: modes whatever the umask, other users, limits; and strange things
 * that others put under our names.
 */
#define _GNU_SOURCE 1
#include "actor.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

static strait_os_cause cause;

static actor *nobody(void)
{
    if (geteuid() != 0) {
        suite_skip("only root can become another user");
    }
    actor *a = actor_start();
    assert_int_equal(ask(a, "user 65534"), 0);
    return a;
}

static uint32_t mode_of(const strait_os_map *map, const strait_os_place *place)
{
    strait_os_map_status status;
    assert_int_equal(strait_os_map_stat(map, place, &status, &cause), STRAIT_OK);
    return status.mode;
}

static void the_mode_is_what_was_asked_whatever_the_umask(void)
{
    static const uint32_t modes[] = {0600, 0640, 0644, 0660, 0666, 0400, 0777};
    static const unsigned masks[] = {0, 022, 077, 0777};
    strait_os_place place = named(own_name("mode"));
    actor *a = actor_start();
    for (size_t m = 0; m < sizeof masks / sizeof masks[0]; m++) {
        (void)ask(a, "umask %o", masks[m]);
        for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
            assert_int_equal(ask(a, "create 0 named %s 4096 %u 0", place.name, modes[i]), STRAIT_OK);
            assert_int_equal(ask(a, "publish 0"), STRAIT_OK);
            strait_os_map map;
            if (strait_os_map_open(&place, false, 1, 0, &map, &cause) == STRAIT_OK) {
                assert_int_equal(mode_of(&map, &place), modes[i]);
                strait_os_map_close(&map);
            }
            assert_int_equal(ask(a, "unlink named %s", place.name), STRAIT_OK);
            assert_int_equal(ask(a, "close 0"), 0);
        }
    }
    assert_int_equal(ask(a, "umask 022"), 0777); /* and the umask itself was not touched */
}

static void another_user_gets_what_the_mode_gives(void)
{
    strait_os_place place = named(own_name("user"));
    actor *a = nobody();
    strait_os_map map = made_map(&place, 4096, 0);
    assert_int_equal(ask(a, "open 0 named %s rw", place.name), STRAIT_DENIED);
    assert_int_equal(ask(a, "open 0 named %s ro", place.name), STRAIT_DENIED);
    assert_int_equal(strait_os_map_set_mode(&map, &place, 0644, &cause), STRAIT_OK);
    assert_int_equal(ask(a, "open 0 named %s rw", place.name), STRAIT_DENIED);
    assert_int_equal(ask(a, "open 0 named %s ro", place.name), STRAIT_OK);
    assert_int_equal(ask(a, "test 0 0"), STRAIT_OS_TOKEN_HELD);
    assert_int_equal(ask(a, "mode 0 511"), STRAIT_DENIED);
    assert_int_equal(ask(a, "close 0"), 0);
    assert_int_equal(strait_os_map_set_mode(&map, &place, 0666, &cause), STRAIT_OK);
    assert_int_equal(ask(a, "open 0 named %s rw", place.name), STRAIT_OK);
    assert_int_equal(ask(a, "hold 0 1"), STRAIT_OK);
    assert_int_equal(strait_os_token_test(&map, &place, 1, NULL), STRAIT_OS_TOKEN_HELD);
    strait_os_map_close(&map);
}

static void another_user_cannot_take_the_name_away(void)
{
    struct stat about;
    strait_os_place place = named(own_name("sticky"));
    actor *a = nobody();
    if (stat("/dev/shm", &about) != 0 || (about.st_mode & S_ISVTX) == 0) {
        suite_skip("everybody may remove everything here: the directory is not sticky");
    }
    strait_os_map map = made_map(&place, 4096, 0);
    assert_int_equal(strait_os_map_set_mode(&map, &place, 0666, &cause), STRAIT_OK);
    assert_int_equal(ask(a, "open 0 named %s rw", place.name), STRAIT_OK);
    assert_int_equal(ask(a, "evict 0"), STRAIT_DENIED);
    assert_int_equal(ask(a, "unlink named %s", place.name), STRAIT_DENIED);
    strait_os_map other = opened_map(&place, true);
    strait_os_map_close(&other);
    strait_os_map_close(&map);
}

static void without_descriptors_every_call_says_so_and_nothing_is_left(void)
{
    strait_os_place place = named(own_name("limit"));
    strait_os_map map = made_map(&place, 4096, 0);
    actor *a = actor_start();
    long long used = ask(a, "descriptors");
    bool opened = false, refused = false;
    for (long long limit = used + 6; limit >= used; limit--) {
        actor *b = actor_start();
        assert_int_equal(ask(b, "limit-files %lld", limit), 0);
        long long rc = ask(b, "create 0 named %s-x 4096 0600 0", place.name);
        assert_true(rc == STRAIT_OK || rc == STRAIT_TOO_MANY_FILES || rc == STRAIT_SYSTEM);
        refused = refused || rc == STRAIT_TOO_MANY_FILES;
        rc = rc == STRAIT_OK ? ask(b, "close 0") : rc;
        rc = ask(b, "open 1 named %s rw", place.name);
        assert_true(rc == STRAIT_OK || rc == STRAIT_TOO_MANY_FILES);
        opened = opened || rc == STRAIT_OK;
        if (rc == STRAIT_OK) {
            (void)ask(b, "test 1 0");
            assert_int_equal(ask(b, "hold 1 1"), STRAIT_OK);
            (void)ask(b, "evict 1");
            assert_int_equal(ask(b, "close 1"), 0);
        } else {
            assert_int_equal(ask(b, "descriptors"), used);
        }
        actor_kill(b);
        actor_bury(b);
        if (rc == STRAIT_OK) {
            strait_os_map_close(&map);
            (void)strait_os_map_unlink(&place, &cause);
            map = made_map(&place, 4096, 0);
        }
    }
    assert_true(opened && refused);
    strait_os_map_close(&map);
}

static int open_path(const char *name, bool writable)
{
    strait_os_place place = named(name);
    strait_os_map map;
    unsigned descriptors = open_descriptors();
    int rc = strait_os_map_open(&place, writable, 1, 0, &map, &cause);
    if (rc == STRAIT_OK) {
        strait_os_map_close(&map);
    }
    assert_int_equal(open_descriptors(), descriptors);
    return rc;
}

static void pipes_directories_and_links_under_our_name_are_refused_at_once(void)
{
    const char *name = own_name("strange");
    char path[200];
    snprintf(path, sizeof path, "/dev/shm/strait.%s", name);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_true(open_path(name, false) < 0);
    assert_true(open_path(name, true) < 0);
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(open_path(name, false), STRAIT_FOREIGN); /* and does not wait for somebody to write */
    assert_true(open_path(name, true) < 0);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(symlink("/etc/passwd", path), 0);
    assert_true(open_path(name, false) < 0);
    assert_int_equal(unlink(path), 0);
    int empty = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    assert_int_equal(open_path(name, true), STRAIT_TRUNCATED);
    close(empty);
    assert_int_equal(unlink(path), 0);
}

static void a_named_map_is_an_ordinary_shm_open_object(void)
{
    const char *name = own_name("shm");
    strait_os_place place = named(name);
    strait_os_map map = made_map(&place, 5000, 0);
    char native[200];
    snprintf(native, sizeof native, "/strait.%s", name);
    int descriptor = shm_open(native, O_RDWR, 0);
    assert_true(descriptor >= 0);
    struct stat about;
    assert_int_equal(fstat(descriptor, &about), 0);
    assert_int_equal(about.st_size, 5000);
    assert_true(about.st_blocks * 512 >= 5000); /* allocated for real */
    close(descriptor);
    assert_int_equal(shm_unlink(native), 0);
    strait_os_map_close(&map);
}

static void an_anonymous_map_cannot_be_resized_by_anybody(void)
{
    strait_os_place place = {STRAIT_OS_ANONYMOUS, NULL};
    strait_os_map map = made_map(&place, 8192, 0);
    int descriptor;
    assert_int_equal(strait_os_map_descriptor(&map, &place, true, &descriptor, &cause), STRAIT_OK);
    assert_int_equal(ftruncate(descriptor, 4096), -1);
    assert_int_equal(errno, EPERM);
    assert_int_equal(ftruncate(descriptor, 16384), -1);
    assert_int_equal(fcntl(descriptor, F_ADD_SEALS, F_SEAL_WRITE), -1); /* and its seals are final */
    close(descriptor);
    assert_int_equal(strait_os_map_descriptor(&map, &place, false, &descriptor, &cause), STRAIT_OK);
    void *view = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    assert_true(view == MAP_FAILED); /* a read-only descriptor does not map for writing */
    close(descriptor);
    strait_os_map_close(&map);
}

static void what_is_no_map_is_refused_as_a_descriptor(void)
{
    strait_os_map map;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    unsigned descriptors = open_descriptors();
    assert_true(strait_os_map_open_descriptor(ends[0], false, 1, 0, &map, &cause) < 0);
    assert_true(strait_os_map_open_descriptor(ends[1], true, 1, 0, &map, &cause) < 0);
    assert_true(strait_os_map_open_descriptor(-1, true, 1, 0, &map, &cause) < 0);
    assert_true(strait_os_map_open_descriptor(999, true, 1, 0, &map, &cause) < 0);
    assert_int_equal(open_descriptors(), descriptors);
}

static void ignore(int number)
{
    (void)number;
}

static void a_signal_interrupts_every_wait_and_says_so(void)
{
    strait_os_place place = named(own_name("signal"));
    strait_os_map map = made_map(&place, 4096, 0);
    struct sigaction action = {.sa_handler = ignore};
    assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
    struct itimerval beat = {{0, 20000}, {0, 20000}}, quiet = {{0, 0}, {0, 0}};
    setitimer(ITIMER_REAL, &beat, NULL);
    int word = strait_os_wait(map.base, 0, within_ms(20000));
    int name = strait_os_name_wait(&place, &map, within_ms(20000), &cause);
    setitimer(ITIMER_REAL, &quiet, NULL);
    assert_int_equal(word, STRAIT_INTERRUPTED);
    assert_int_equal(name, STRAIT_INTERRUPTED);
    strait_os_map_close(&map);
}

static void no_descriptor_of_ours_becomes_a_standard_stream(void)
{
    strait_os_place place = named(own_name("streams"));
    int saved = dup(0);
    close(0);
    strait_os_map map = made_map(&place, 4096, 0);
    strait_os_map other = opened_map(&place, true);
    assert_int_equal(fcntl(0, F_GETFD), -1);
    strait_os_map_close(&other);
    strait_os_map_close(&map);
    dup2(saved, 0);
    close(saved);
}

CONFORMANCE(posix_access, CLEAN(the_mode_is_what_was_asked_whatever_the_umask),
            CLEAN(another_user_gets_what_the_mode_gives), CLEAN(another_user_cannot_take_the_name_away),
            CLEAN(without_descriptors_every_call_says_so_and_nothing_is_left),
            CLEAN(pipes_directories_and_links_under_our_name_are_refused_at_once),
            CLEAN(a_named_map_is_an_ordinary_shm_open_object),
            CLEAN(an_anonymous_map_cannot_be_resized_by_anybody),
            CLEAN(what_is_no_map_is_refused_as_a_descriptor),
            CLEAN(a_signal_interrupts_every_wait_and_says_so),
            CLEAN(no_descriptor_of_ours_becomes_a_standard_stream))
