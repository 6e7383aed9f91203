/* test_adversity.c - what a hostile surrounding can do to a program that only opens and closes: an initialiser
 * that refuses, a working directory that changes, rights that would lock the owner out, a directory that is
 * not there. What needs fork, signals and limits of Unix stands in test_unix_adversity.c. */
#include "behaviour.h"

static int refuse(void *data, uint64_t bytes, void *context)
{
    (void)data;
    (void)bytes;
    ++*(int *)context;
    return STRAIT_EXISTS; /* a number that means something else to the library itself */
}

SCENARIO(adversity, what_a_programs_initialise_says_is_passed_on_and_undoes_everything)
{
    int calls = 0;
    strait_segment *segment = NULL;
    const strait_segment_options options = {.bytes = 64, .initialise = refuse, .context = &calls};
    CHECK_RESULT(strait_segment_open(scenario_name(0), &options, &segment), EXISTS);
    CHECK_TEXT(strait_last_error(), "initialise refused with -35");
    CHECK(calls == 1 && segment == NULL && !is_there(scenario_name(0)));
}

SCENARIO(adversity, a_file_opened_by_a_relative_path_is_cleared_away_from_anywhere)
{
    char directory[300];
    CHECK(system_folder_make(directory, sizeof directory) && system_folder_enter(directory));
    strait_segment *segment = NULL;
    const strait_segment_options options = {
        .bytes = 64, .backing = STRAIT_FILE, .lifetime = STRAIT_UNTIL_LAST_LEAVES};
    int rc = strait_segment_open("a.segment", &options, &segment);
    if (rc == STRAIT_UNSUPPORTED) {
        SKIP("%s", strait_last_error());
    }
    CHECK_SAME(rc, 0);
    CHECK(system_folder_enter("/"));
    CHECK_SAME(strait_segment_close(segment), 0);
    CHECK(system_folder_delete(directory)); /* only an empty one goes */
}

SCENARIO(adversity, an_owner_cannot_lock_itself_out)
{
    strait_segment *segment = NULL;
    const strait_segment_options wrong = {.bytes = 64, .mode = 0444};
    CHECK_RESULT(strait_segment_open(scenario_name(0), &wrong, &segment), BAD_ARGUMENT);
    segment = opened(scenario_name(0), &(strait_segment_options){.bytes = 64});
    CHECK_RESULT(strait_segment_set_mode(segment, 0444), BAD_ARGUMENT);
    CHECK_SAME(strait_segment_set_mode(segment, 0644), 0);
}

SCENARIO(adversity, a_directory_that_is_not_there_is_named_as_the_trouble)
{
    strait_segment *segment = NULL;
    const strait_segment_options options = {.bytes = 64, .backing = STRAIT_FILE};
    int rc = strait_segment_open("/no/such/directory/at-all", &options, &segment);
    if (rc == STRAIT_UNSUPPORTED) {
        SKIP("%s", strait_last_error());
    }
    CHECK_RESULT(rc, SYSTEM);
    CHECK_TEXT(strait_last_error(), "the directory that it would lie in is not there");
}
