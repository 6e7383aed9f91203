/* specimen.c - tests that go wrong in every way a test can, for selftest.cmake: it proves that the suite
 * runner and run_suite.cmake call none of them passed. The first argument says which list to run.
 */
#define _GNU_SOURCE
#include "specimen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void it_passes(void)
{
    assert_int_equal(1, 1);
}

static void it_fails(void)
{
    assert_int_equal(1, 2);
}

static void it_aborts(void)
{
    abort();
}

static void it_ends_the_process_with_zero(void)
{
    exit(0);
}

static void it_skips(void)
{
    suite_skip("nothing here to %s", "test");
}

static void end_badly(void)
{
    _Exit(9);
}

static void its_process_ends_badly(void)
{
    atexit(end_badly);
}

static void set_up_fails(void)
{
    fail();
}

static void after_a_bad_set_up(void) {}

static void in_cmockas_own_form(void **state)
{
    assert_non_null(state);
}

static const struct suite_test good[] = {TEST(it_passes), TEST(in_cmockas_own_form), TEST(it_skips)};
static const struct suite_test skips[] = {TEST(it_skips)};
static const struct suite_test bad[] = {
    TEST(it_fails),
    TEST(it_crashes),
    TEST(it_aborts),
    TEST_WITHIN(1, it_hangs_with_its_child),
    TEST(it_ends_the_process_with_zero),
    TEST(its_child_fails),
    TEST(its_process_ends_badly),
    TEST_WITH(set_up_fails, NULL, after_a_bad_set_up),
};

int main(int argc, char **argv)
{
    const char *list = argc > 1 ? argv[1] : "";
    argc--;
    argv++;
    if (strcmp(list, "good") == 0) {
        return suite_main(argc, argv, "good", good, sizeof good / sizeof good[0]);
    } else if (strcmp(list, "skips") == 0) {
        return suite_main(argc, argv, "skips", skips, sizeof skips / sizeof skips[0]);
    } else if (strcmp(list, "bad") == 0) {
        return suite_main(argc, argv, "bad", bad, sizeof bad / sizeof bad[0]);
    } else if (strcmp(list, "empty") == 0) {
        return suite_main(argc, argv, "empty", NULL, 0);
    } else if (strcmp(list, "hang") == 0) {
        hang();
    } else if (strcmp(list, "silent") == 0) {
        return 0;
    } else if (strcmp(list, "liar") == 0) {
        printf("3 passed, 0 failed, 0 skipped\n");
        return 1;
    } else if (strcmp(list, "forgetful") == 0) {
        printf("3 passed, 1 failed, 0 skipped\n");
        return 0;
    }
    return 2;
}
