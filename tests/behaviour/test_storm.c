/* test_storm.c - two hundred processes at one name (fifty on Windows). STRAIT_STORM_ROUNDS=1000 in the environment makes it
 * the long form; strait-storm is also a program of its own. */
#include "behaviour.h"

#include <stdlib.h>

static void storm(const char *kill_percent)
{
    const char *rounds = getenv("STRAIT_STORM_ROUNDS");
    char command[1024];
    snprintf(command, sizeof command, "%s --processes %u --rounds %s --kill %s", STORM_PATH, system_crowd(),
             rounds == NULL ? "1" : rounds, kill_percent);
    child *storm_child = child_start_line(emulated(command), -1);
    const char *line = child_hear_within(storm_child, 90000u * patience());
    while (strstr(line, "storm: ") == NULL) {
        scenario_tell("%s", line);
        line = child_hear(storm_child);
    }
    scenario_tell("%s", line);
    CHECK_TEXT(line, " 0 violations");
    CHECK_TEXT(child_hear(storm_child), " 0 failed");
    CHECK_SAME(child_await(storm_child), 0);
}

SCENARIO(storm, hundreds_of_processes_open_one_name_at_once_and_meet_in_one_whole_segment)
{
    storm("0");
}

SCENARIO(storm, a_process_killed_in_the_storm_disturbs_nobody_and_leaves_nothing)
{
    storm("100");
}
