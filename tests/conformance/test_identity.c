/* test_identity.c - facts, clocks, chance, and who this process is. */
#include "actor.h"

#include <string.h>

static void the_facts_are_told_and_stay_as_they_are(void)
{
    const strait_os_facts *facts = strait_os_facts_get();
    assert_ptr_equal(facts, strait_os_facts_get());
    assert_true(strlen(facts->backend) > 0 && strlen(facts->system) > 0);
    assert_true(facts->name_bytes_max >= 8);
}

static void a_cause_always_has_words(void)
{
    static const int64_t codes[] = {0, 1, 2, 12, 13, 28, 100000, -1, INT64_MAX};
    char text[200];
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        strait_os_cause cause = {.call = "doing", .code = codes[i]};
        memset(text, 'x', sizeof text);
        strait_os_cause_text(&cause, text, sizeof text);
        assert_true(strlen(text) > 0 && strlen(text) < sizeof text);
        assert_non_null(strstr(text, "doing"));
        memset(text, 'x', sizeof text);
        strait_os_cause_text(&cause, text, 4); /* cut, and closed all the same */
        assert_true(strlen(text) <= 3);
        assert_int_equal(text[4], 'x');
    }
    strait_os_cause nothing = {0};
    strait_os_cause_text(&nothing, text, sizeof text);
    assert_true(strlen(text) > 0);
}

static void the_monotonic_clock_never_goes_back_and_is_the_same_for_all(void)
{
    uint64_t before = strait_os_now_ns();
    for (unsigned i = 0; i < 200000; i++) {
        uint64_t now = strait_os_now_ns();
        assert_true(now >= before);
        before = now;
    }
    assert_true(before > 0);
}

static void the_wall_clock_tells_a_plausible_time(void)
{
    uint64_t now = strait_os_wall_ns();
    assert_true(now > UINT64_C(1700000000000000000) && now < UINT64_C(10000000000000000000));
}

static void a_nap_takes_about_as_long_as_asked(void)
{
    static const uint64_t naps[] = {0, 1000, 200000, 3000000};
    for (size_t i = 0; i < sizeof naps / sizeof naps[0]; i++) {
        uint64_t begun = strait_os_now_ns();
        strait_os_nap(naps[i]);
        uint64_t took = strait_os_now_ns() - begun;
        assert_true(took >= naps[i] && took < naps[i] + UINT64_C(5000000000) * suite_patience());
    }
}

static void chance_does_not_repeat_itself(void)
{
    unsigned char bytes[64][16];
    strait_os_cause cause = {0};
    unsigned ones = 0;
    for (unsigned i = 0; i < 64; i++) {
        assert_int_equal(strait_os_random(bytes[i], 16, &cause), STRAIT_OK);
        for (unsigned j = 0; j < i; j++) {
            assert_memory_not_equal(bytes[i], bytes[j], 16);
        }
        for (unsigned b = 0; b < 128; b++) {
            ones += (unsigned)bytes[i][b / 8] >> b % 8 & 1u;
        }
    }
    assert_true(ones > 3500 && ones < 4700); /* of 8192; thirteen standard deviations */
    unsigned char large[100000] = {0};
    assert_int_equal(strait_os_random(large, sizeof large, &cause), STRAIT_OK);
    assert_memory_not_equal(large + sizeof large - 16, large, 16);
    assert_int_equal(strait_os_random(large, 0, &cause), STRAIT_OK);
}

static void everybody_is_somebody_else_on_the_same_machine(void)
{
    strait_os_identity self, again;
    strait_os_self(&self);
    strait_os_self(&again);
    assert_memory_equal(&self, &again, sizeof self);
    actor *a = actor_start();
    assert_true(ask(a, "self") != (long long)self.pid);
    assert_int_equal(a->value[0], a->pid);
    assert_true(self.start == 0 || (uint64_t)a->value[1] >= self.start);
    assert_true((uint64_t)a->value[2] == self.pid_namespace);
    assert_int_equal(self.program[63], '\0');
    assert_true(strlen(self.program) > 0);
    static const uint8_t unknown[16];
    assert_memory_not_equal(self.boot, unknown, 16);
}

static void an_epoch_is_not_zero_and_stays(void)
{
    uint64_t epoch = strait_os_process_epoch();
    assert_true(epoch != 0);
    for (unsigned i = 0; i < 1000; i++) {
        assert_true(strait_os_process_epoch() == epoch);
    }
}

static void a_forked_child_has_another_epoch_and_its_parent_keeps_its_own(void)
{
    actor *a = actor_start();
    for (unsigned i = 0; i < 5; i++) {
        assert_int_equal(ask(a, "fork-epoch"), 1);
    }
}

CONFORMANCE(identity, TEST(the_facts_are_told_and_stay_as_they_are), TEST(a_cause_always_has_words),
            TEST(the_monotonic_clock_never_goes_back_and_is_the_same_for_all),
            TEST(the_wall_clock_tells_a_plausible_time), TEST(a_nap_takes_about_as_long_as_asked),
            TEST(chance_does_not_repeat_itself), TEST(everybody_is_somebody_else_on_the_same_machine),
            TEST(an_epoch_is_not_zero_and_stays),
            TEST(a_forked_child_has_another_epoch_and_its_parent_keeps_its_own))
