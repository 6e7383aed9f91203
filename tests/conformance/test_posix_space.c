/* test_posix_space.c - a full shared memory file system: each test mounts a small one of its own over
 * /dev/shm, in a mount name space of its own, and fills it.
 */
#define _GNU_SOURCE 1
#include "actor.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define ALL_BYTES (UINT64_C(1) << 20)

static strait_os_cause cause;

static bool write_text(const char *path, const char *text)
{
    int file = open(path, O_WRONLY | O_CLOEXEC);
    bool written = file >= 0 && write(file, text, strlen(text)) == (ssize_t)strlen(text);
    if (file >= 0) {
        close(file);
    }
    return written;
}

static void mount_a_small_one(void)
{
    unsigned user = geteuid(), group = getegid();
    if (unshare(CLONE_NEWNS) != 0) {
        char map[64];
        if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) {
            suite_skip("no mount name space may be had here: %s", strerror(errno));
        }
        (void)write_text("/proc/self/setgroups", "deny");
        snprintf(map, sizeof map, "0 %u 1", user);
        (void)write_text("/proc/self/uid_map", map);
        snprintf(map, sizeof map, "0 %u 1", group);
        (void)write_text("/proc/self/gid_map", map);
    }
    if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("small", "/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV, "size=1m,mode=1777") != 0) {
        suite_skip("nothing may be mounted here: %s", strerror(errno));
    }
}

static uint64_t free_bytes(void)
{
    struct statvfs about;
    assert_int_equal(statvfs("/dev/shm", &about), 0);
    return (uint64_t)about.f_bavail * about.f_frsize;
}

static void what_does_not_fit_any_more_is_refused_at_creation_with_both_numbers(void)
{
    mount_a_small_one();
    strait_os_place one = named("one"), two = named("two");
    strait_os_map first = made_map(&one, 700000, 0), second;
    uint64_t left = free_bytes();
    assert_true(left < 400000); /* the first is there for real, untouched as it is */
    cause = (strait_os_cause){0};
    assert_int_equal(strait_os_map_create(&two, 600000, 0600, 0, &second, &cause), STRAIT_NO_SPACE);
    assert_int_equal(cause.asked, 600000);
    assert_true(cause.available == left);
    assert_string_equal(cause.where, "/dev/shm");
    assert_true(free_bytes() == left); /* and what was taken for it has been given back */
    assert_int_equal(strait_os_map_unlink(&one, &cause), STRAIT_OK);
    strait_os_map_close(&first);
    assert_true(free_bytes() == ALL_BYTES);
    second = made_map(&two, 600000, 0);
    strait_os_map_close(&second);
}

static void every_byte_of_what_was_made_can_be_touched_however_full_it_gets(void)
{
    mount_a_small_one();
    strait_os_place one = named("one"), two = named("two");
    strait_os_map first = made_map(&one, 500000, 0), second;
    for (uint64_t bytes = 500000; bytes >= 4096; bytes /= 2) { /* fill up what is left */
        char name[32];
        snprintf(name, sizeof name, "fill-%llu", (unsigned long long)bytes);
        strait_os_place place = named(name);
        if (strait_os_map_create(&place, bytes, 0600, STRAIT_OS_NO_TOKEN, &second, &cause) == STRAIT_OK) {
            assert_int_equal(strait_os_map_publish(&second, &place, &cause), STRAIT_OK);
            strait_os_map_close(&second);
        }
    }
    memset(first.base, 0xff, 500000); /* a hole would end this process here */
    assert_int_equal(strait_os_map_create(&two, 100000, 0600, 0, &second, &cause), STRAIT_NO_SPACE);
    strait_os_map_close(&first);
}

static void makers_that_are_killed_give_back_what_they_took(void)
{
    mount_a_small_one();
    for (unsigned round = 0; round < 10; round++) {
        actor *a = actor_start();
        assert_int_equal(ask(a, "create 0 named killed 900000 0600 0"), STRAIT_OK);
        assert_true(free_bytes() < 200000);
        actor_kill(a);
        actor_bury(a);
        assert_true(strait_os_sweep(&cause) >= 0);
        assert_true(free_bytes() == ALL_BYTES);
    }
}

CONFORMANCE(posix_space, TEST(what_does_not_fit_any_more_is_refused_at_creation_with_both_numbers),
            TEST(every_byte_of_what_was_made_can_be_touched_however_full_it_gets),
            TEST(makers_that_are_killed_give_back_what_they_took))
