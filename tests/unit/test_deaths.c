/* test_deaths.c - every operation with its process dying at every call to the system, before it and after
 * it: the survivors work, nothing is lost, nothing half-made is seen, and nothing is left in the end.
 */
#include "stage.h"

#include <stdio.h>

typedef struct death {
    stage s;
    const stage_scene *scene;
} death;

static void act(void *context)
{
    death *d = context;
    (void)d->scene->act(&d->s);
}

/* True if the process died. */
static bool play_death(const stage_scene *scene, unsigned n, fake_os_moment moment)
{
    death d = {.scene = scene};
    stage_set(&d.s, scene);
    fake_os_die(n, moment);
    bool died = !fake_os_run(1, act, &d);
    char where[120];
    snprintf(where, sizeof where, "death %s call %u (%s)", moment == FAKE_OS_BEFORE ? "before" : "after", n,
             fake_os_call_name(fake_os_logged(n)));
    stage_end(&d.s, scene, died, where);
    return died;
}

static void a_death_at_any_call_leaves_a_working_world(void)
{
    unsigned deaths = 0;
    for (unsigned i = 0; i < stage_scene_count; i++) {
        for (unsigned n = 1; play_death(&stage_scenes[i], n, FAKE_OS_BEFORE); n++) {
            assert_true(play_death(&stage_scenes[i], n, FAKE_OS_AFTER));
            deaths += 2;
        }
    }
    printf("%u deaths played\n", deaths);
    assert_true(deaths > 250);
}

/* The machine where a creator killed half-way leaves litter: a sweep takes all of it, and none of the
 * living's. */
static void what_killed_creators_leave_is_swept_and_living_creators_are_not(void)
{
    stage_begin();
    fake_os_set_litter(true);
    strait_os_place place = {STRAIT_OS_NAMED, "half"};
    strait_os_cause cause = {0};
    strait_os_map living, dead;
    fake_os_become(4);
    assert_int_equal(strait_os_map_create(&place, 100, 0600, 0, &living, &cause), STRAIT_OK);
    fake_os_become(5);
    assert_int_equal(strait_os_map_create(&place, 100, 0600, 0, &dead, &cause), STRAIT_OK);
    fake_os_kill(5);
    fake_os_become(1);
    assert_int_equal(strait_segment_gc(), 1);
    assert_int_equal(strait_segment_gc(), 0);
    fake_os_become(4);
    assert_int_equal(strait_os_map_publish(&living, &place, &cause), STRAIT_OK);
    strait_os_map_close(&living);
    fake_os_wipe();
    stage_check();
}

SUITE(deaths, TEST_WITHIN(120, a_death_at_any_call_leaves_a_working_world),
      TEST(what_killed_creators_leave_is_swept_and_living_creators_are_not))
