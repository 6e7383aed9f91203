/* test_faults.c - every operation with its n-th call to the system failing, for every n and every failure
 * that the call may have: the answer is a result, nothing leaks, nothing half-made stays, and the world goes
 * on.
 */
#include "stage.h"

#include <stdio.h>

static unsigned played;

static void demand(bool fact, const char *what, const stage_scene *scene, const char *where, int rc)
{
    if (!fact) {
        fail_msg("scene \"%s\", %s, result %s: %s; last error: %s", scene->name, where,
                 strait_result_name(rc), what, strait_last_error());
    }
}

/* True if the call was reached, so that there may be a next one. */
static bool play_failing(const stage_scene *scene, unsigned n, int failure)
{
    stage s;
    stage_set(&s, scene);
    unsigned maps = fake_os_maps(), tokens = fake_os_tokens(), handles = stage_handles();
    bool closes = s.mine != NULL;
    if (n != 0) {
        fake_os_fail(n, failure);
    }
    int rc = scene->act(&s);
    bool reached = fake_os_counted() >= n;
    char where[120];
    snprintf(where, sizeof where, "call %u (%s) fails with %s", n, fake_os_call_name(fake_os_logged(n)),
             strait_result_name(failure));
    closes = closes && s.mine == NULL;
    demand(rc >= 0 || strait_last_error()[0] != '\0', "a failure without a sentence", scene, where, rc);
    demand(rc >= 0 || s.opened == NULL, "a failure with a handle", scene, where, rc);
    unsigned more = s.opened != NULL ? 1 : 0;
    unsigned less = closes ? 1 : 0;
    demand(fake_os_maps() == maps + more - less, "a map leaks", scene, where, rc);
    demand(fake_os_tokens() <= tokens + more - less, "a token leaks", scene, where, rc);
    demand(stage_handles() == handles + more - less, "a handle leaks", scene, where, rc);
    fake_os_become(1);
    stage_end(&s, scene, false, where);
    played++;
    return reached;
}

static void every_call_that_can_fail_fails_cleanly(void)
{
    for (unsigned i = 0; i < stage_scene_count; i++) {
        const stage_scene *scene = &stage_scenes[i];
        (void)play_failing(scene, 0, 0);
        bool more = true;
        for (unsigned n = 1; more; n++) {
            stage s;
            stage_set(&s, scene);
            (void)scene->act(&s);
            more = fake_os_counted() >= n;
            const int *failures = more ? fake_os_failures(fake_os_logged(n)) : NULL;
            fake_os_become(1);
            stage_end(&s, scene, false, "nothing fails");
            for (unsigned f = 0; more && failures[f] != 0; f++) {
                (void)play_failing(scene, n, failures[f]);
            }
        }
    }
    printf("%u failures played\n", played);
    assert_true(played > 300);
}

static void without_memory_for_the_handle_nothing_is_touched(void)
{
    stage_begin();
    strait_segment_options options = stage_options(STRAIT_CREATE, STRAIT_UNTIL_REMOVED);
    strait_segment *segment = (strait_segment *)&options;
    stage_fail_allocation(true);
    fake_os_count();
    assert_int_equal(strait_segment_open("orders", &options, &segment), STRAIT_NO_MEMORY);
    assert_null(segment);
    stage_said("no memory for the handle");
    assert_int_equal(fake_os_counted(), 0);
    assert_int_equal(fake_os_names(), 0);
    stage_check();
}

static int refuse(void *data, uint64_t bytes, void *context)
{
    (void)stage_mark(data, bytes, NULL);
    return *(int *)context;
}

static void what_initialise_refuses_is_never_seen_and_leaves_nothing(void)
{
    stage_begin();
    fake_os_set_litter(true);
    fake_os_set_capacity(UINT64_C(1) << 20);
    int refusal = STRAIT_BAD_ARGUMENT;
    strait_segment_options options = stage_options(STRAIT_CREATE, STRAIT_UNTIL_REMOVED);
    options.initialise = refuse;
    options.context = &refusal;
    strait_segment *segment;
    for (unsigned i = 0; i < 100; i++) { /* the room for a few would not do for a hundred */
        assert_int_equal(strait_segment_open("orders", &options, &segment), refusal);
        assert_null(segment);
    }
    assert_int_equal(fake_os_used(), 0);
    assert_int_equal(fake_os_names(), 0);
    stage_check();
}

static void a_name_that_can_be_neither_opened_nor_made_is_given_up_in_the_end(void)
{
    stage_begin();
    strait_segment_options options = stage_options(STRAIT_OPEN_OR_CREATE, STRAIT_UNTIL_REMOVED);
    strait_segment *segment;
    fake_os_fail_all(FAKE_OS_PUBLISH, STRAIT_EXISTS);
    uint64_t begun = strait_os_now_ns();
    assert_int_equal(strait_segment_open("orders", &options, &segment), STRAIT_EXISTS);
    assert_true(strait_os_now_ns() - begun >= UINT64_C(10000000000));
    assert_true(strait_os_now_ns() - begun < UINT64_C(11000000000));
    fake_os_count();
    stage_check();
}

SUITE(faults, TEST_WITHIN(120, every_call_that_can_fail_fails_cleanly),
      TEST(without_memory_for_the_handle_nothing_is_touched),
      TEST(what_initialise_refuses_is_never_seen_and_leaves_nothing),
      TEST(a_name_that_can_be_neither_opened_nor_made_is_given_up_in_the_end))
