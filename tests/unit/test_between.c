/* test_between.c - every operation with another process doing a whole operation of its own before every
 * call: what comes out is what some order of the two would have given, and the world goes on.
 */
#include "stage.h"

#include <stdio.h>

typedef struct intruder {
    const char *name;
    int (*act)(strait_segment **kept);
    bool ends; /* may end the segment's life */
} intruder;

static int intruder_opens(strait_segment **kept)
{
    strait_segment_options options = stage_options(STRAIT_OPEN_OR_CREATE, STRAIT_UNTIL_REMOVED);
    return strait_segment_open(STAGE_NAME, &options, kept);
}

static int intruder_opens_until_last(strait_segment **kept)
{
    strait_segment_options options = stage_options(STRAIT_OPEN_OR_CREATE, STRAIT_UNTIL_LAST_LEAVES);
    return strait_segment_open(STAGE_NAME, &options, kept);
}

static int intruder_visits(strait_segment **kept)
{
    int rc = intruder_opens_until_last(kept);
    if (rc == STRAIT_OK) {
        rc = strait_segment_close(*kept);
        *kept = NULL;
    }
    return rc;
}

static int intruder_removes(strait_segment **kept)
{
    (void)kept;
    return strait_segment_remove(STAGE_NAME, NULL, false);
}

static int intruder_replaces(strait_segment **kept)
{
    (void)strait_segment_remove(STAGE_NAME, NULL, false);
    return intruder_opens(kept);
}

static int intruder_collects(strait_segment **kept)
{
    (void)kept;
    return strait_segment_gc();
}

static const intruder intruders[] = {
    {"opens and stays", intruder_opens, false},
    {"opens until the last leaves", intruder_opens_until_last, false},
    {"comes and goes", intruder_visits, true},
    {"removes", intruder_removes, true},
    {"replaces", intruder_replaces, true},
    {"collects", intruder_collects, false},
};

typedef struct meeting {
    const intruder *who;
    unsigned at;
    bool dies;
    strait_segment *kept;
    int rc;
    bool acted;
} meeting;

static void play_intruder(void *context)
{
    meeting *m = context;
    m->rc = m->who->act(&m->kept);
    if (m->dies) {
        fake_os_exit();
    }
}

static void intrude(void *context, unsigned n, fake_os_call call)
{
    meeting *m = context;
    (void)call;
    if (n == m->at && !m->acted) {
        m->acted = true;
        if (!fake_os_run(4, play_intruder, m)) {
            stage_bury_handles(4);
            m->kept = NULL;
        }
    }
}

static bool play_meeting(const stage_scene *scene, const intruder *who, unsigned n, bool dies)
{
    stage s;
    stage_set(&s, scene);
    meeting m = {.who = who, .at = n, .dies = dies};
    fake_os_between(intrude, &m);
    int rc = scene->act(&s);
    fake_os_between(NULL, NULL);
    char where[160];
    snprintf(where, sizeof where, "somebody %s%s before call %u (%s)", who->name, dies ? " and dies" : "", n,
             fake_os_call_name(fake_os_logged(n)));
    if (rc < 0 && s.opened != NULL) {
        fail_msg("scene \"%s\", %s: a failure with a handle", scene->name, where);
    }
    if (s.opened != NULL && !s.opened->raw && !stage_marked(s.opened)) {
        fail_msg("scene \"%s\", %s: a half-made segment is seen", scene->name, where);
    }
    stage_scene after = *scene;
    after.ends = scene->ends || who->ends;
    if (m.kept != NULL) {
        if (!after.ends && s.opened != NULL && s.opened->map.file != m.kept->map.file) {
            fail_msg("scene \"%s\", %s: they are in two segments", scene->name, where);
        }
        stage_close(4, m.kept);
    }
    stage_end(&s, &after, false, where);
    return m.acted;
}

static void whoever_comes_between_two_calls_does_no_harm(void)
{
    unsigned meetings = 0;
    for (unsigned i = 0; i < stage_scene_count; i++) {
        for (unsigned w = 0; w < sizeof intruders / sizeof intruders[0]; w++) {
            for (unsigned n = 1; play_meeting(&stage_scenes[i], &intruders[w], n, false); n++) {
                (void)play_meeting(&stage_scenes[i], &intruders[w], n, true);
                meetings += 2;
            }
        }
    }
    printf("%u meetings played\n", meetings);
    assert_true(meetings > 1500);
}

SUITE(between, TEST_WITHIN(200, whoever_comes_between_two_calls_does_no_harm))
