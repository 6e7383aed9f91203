/* test_lifetime.c - the three lifetimes: which end they have, and that a death ends them just as a close
 * does. */
#include "behaviour.h"

static void nobody_can_attach(const char *name)
{
    strait_segment *segment = NULL;
    CHECK_RESULT(strait_segment_open(name, NULL, &segment), NOT_FOUND);
}

SCENARIO(lifetime, until_removed_a_segment_outlives_everybody)
{
    const char *name = scenario_name(0);
    child *leaver = attached_peer(name, "bytes=64"), *killed = attached_peer(name, "bytes=64");
    CHECK_TEXT(child_ask(leaver, "write 0 remember"), "ok 8");
    CHECK_SAME(child_end(leaver), 0);
    child_kill(killed);
    child_await(killed);
    CHECK_TEXT(child_ask(peer_start(), "gc"), "ok");
    child *later = peer_start();
    CHECK_TEXT(child_ask(later, "open %s how=attach", name), "ok created=0 bytes=64");
    CHECK_TEXT(child_ask(later, "read 0 8"), "ok remember");
    CHECK_RESULT(strait_segment_remove(name, NULL, false), OK);
    CHECK(!is_there(name));
}

SCENARIO(lifetime, until_the_creator_leaves_its_close_takes_the_name_and_the_others_go_on)
{
    const char *name = scenario_name(0);
    child *creator = attached_peer(name, "bytes=64 lifetime=creator");
    child *a = attached_peer(name, "bytes=64"), *b = attached_peer(name, "bytes=64");
    CHECK_TEXT(child_ask(a, "status"), "ok OK");
    CHECK_TEXT(child_ask(creator, "close"), "ok");
    CHECK(!is_there(name));
    nobody_can_attach(name);
    CHECK_TEXT(child_ask(a, "status"), "ok RETIRED");
    CHECK_TEXT(child_ask(a, "write 0 onward"), "ok 6");
    CHECK_TEXT(child_ask(b, "read 0 6"), "ok onward");
}

SCENARIO(lifetime, until_the_creator_leaves_its_death_ends_the_name_too)
{
    const char *name = scenario_name(0);
    child *creator = attached_peer(name, "bytes=64 lifetime=creator");
    child *a = attached_peer(name, "bytes=64"), *b = attached_peer(name, "bytes=64");
    child_kill(creator);
    child_await(creator);
    nobody_can_attach(name);
    CHECK_TEXT(child_ask(a, "write 0 onward"), "ok 6");
    CHECK_TEXT(child_ask(b, "read 0 6"), "ok onward");
    child *next = peer_start();
    CHECK_TEXT(child_ask(next, "open %s bytes=32", name), "ok created=1 bytes=32");
    CHECK_TEXT(child_ask(a, "read 0 6"), "ok onward");
    CHECK_SAME(child_end(a), 0);
    CHECK_SAME(child_end(b), 0);
    CHECK_TEXT(child_ask(next, "status"), "ok OK");
    CHECK_TEXT(child_ask(peer_start(), "open %s how=attach", name), "ok created=0 bytes=32");
}

SCENARIO(lifetime, others_may_leave_before_the_creator_without_ending_anything)
{
    const char *name = scenario_name(0);
    child *creator = attached_peer(name, "bytes=64 lifetime=creator"),
          *guest = attached_peer(name, "bytes=64");
    CHECK_SAME(child_end(guest), 0);
    CHECK_TEXT(child_ask(peer_start(), "open %s how=attach", name), "ok created=0");
    CHECK_TEXT(child_ask(creator, "status"), "ok OK");
}

SCENARIO(lifetime, a_creator_with_two_handles_has_left_when_it_closes_the_one_that_made_it)
{
    const char *name = scenario_name(0);
    const strait_segment_options options = {.bytes = 64, .lifetime = STRAIT_UNTIL_CREATOR_LEAVES};
    strait_segment *maker = opened(name, &options), *guest = opened(name, &options);
    CHECK(strait_segment_created(maker) && !strait_segment_created(guest));
    CHECK_RESULT(strait_segment_close(guest), OK);
    CHECK(is_there(name));
    guest = opened(name, NULL);
    CHECK_RESULT(strait_segment_close(maker), OK);
    CHECK(!is_there(name));
    CHECK_RESULT(strait_segment_status(guest), RETIRED);
}

SCENARIO(lifetime, the_last_one_out_takes_the_name_along)
{
    const char *name = scenario_name(0);
    child *a = attached_peer(name, "bytes=64 lifetime=last"), *b = attached_peer(name, "bytes=64");
    CHECK_SAME(child_end(a), 0);
    CHECK(is_there(name));
    child *c = attached_peer(name, "bytes=64");
    CHECK_SAME(child_end(b), 0);
    CHECK(is_there(name));
    CHECK_SAME(child_end(c), 0);
    CHECK(!is_there(name));
}

SCENARIO(lifetime, when_the_last_one_is_killed_the_name_counts_as_absent)
{
    const char *name = scenario_name(0);
    child *a = attached_peer(name, "bytes=64 lifetime=last"), *b = attached_peer(name, "bytes=64");
    CHECK_TEXT(child_ask(b, "write 0 old"), "ok 3");
    CHECK_SAME(child_end(a), 0);
    child_kill(b);
    child_await(b);
    nobody_can_attach(name);
    child *fresh = peer_start();
    CHECK_TEXT(child_ask(fresh, "open %s bytes=64 lifetime=last", name), "ok created=1");
    CHECK_TEXT(child_ask(fresh, "read 0 3"), "ok ...");
    CHECK_SAME(child_end(fresh), 0);
    CHECK(!is_there(name));
}

SCENARIO(lifetime, what_the_last_killed_one_left_goes_back_at_gc)
{
    const char *name = scenario_name(0), *other = scenario_name(1);
    child *a = attached_peer(name, "bytes=64 lifetime=last"),
          *b = attached_peer(other, "bytes=64 lifetime=creator");
    child *living = attached_peer(scenario_name(2), "bytes=64 lifetime=last");
    child_kill(a);
    child_kill(b);
    child_await(a);
    child_await(b);
    char spare[80];
    snprintf(spare, sizeof spare, "%s:OK:spare:0:1", name);
    CHECK_TEXT(child_ask(living, "list %s", name), spare);
    CHECK_TEXT(child_ask(living, "gc"), "ok ");
    CHECK(!is_there(name) && !is_there(other));
    CHECK(is_there(scenario_name(2)));
    CHECK_TEXT(child_ask(living, "status"), "ok OK");
}

SCENARIO(lifetime, while_one_lives_on_the_name_stays_whoever_dies)
{
    const char *name = scenario_name(0);
    child *creator = attached_peer(name, "bytes=64 lifetime=last"), *b = attached_peer(name, "bytes=64");
    child *stopped = attached_peer(name, "bytes=64");
    CHECK_TEXT(child_ask(stopped, "write 0 here"), "ok 4");
    child_stop(stopped);
    child_kill(creator);
    child_await(creator);
    CHECK_SAME(child_end(b), 0);
    CHECK(strait_segment_gc() >= 0);
    strait_segment *mine = opened(name, NULL);
    CHECK_SAME(memcmp(strait_segment_data(mine), "here", 4), 0);
    CHECK_RESULT(strait_segment_close(mine), OK);
    CHECK(is_there(name));
}

SCENARIO(lifetime, observers_do_not_count_and_keep_their_view)
{
    const char *name = scenario_name(0);
    child *owner = attached_peer(name, "bytes=64 lifetime=last");
    CHECK_TEXT(child_ask(owner, "write 0 view"), "ok 4");
    strait_segment *eye =
        opened(name, &(strait_segment_options){.how = STRAIT_ATTACH, .role = STRAIT_OBSERVER});
    CHECK_TEXT(child_ask(owner, "stat"), "attached=1 ");
    CHECK_SAME(child_end(owner), 0);
    CHECK(!is_there(name));
    CHECK_RESULT(strait_segment_status(eye), RETIRED);
    CHECK_SAME(memcmp(strait_segment_data(eye), "view", 4), 0);
    CHECK_RESULT(strait_segment_close(eye), OK);
}

SCENARIO(lifetime, an_exit_without_close_is_a_death_like_any_other)
{
    const char *name = scenario_name(0);
    child *a = attached_peer(name, "bytes=64 lifetime=last");
    child_send(a, "exit 7");
    CHECK_SAME(child_await(a), 7);
    nobody_can_attach(name);
    CHECK(strait_segment_gc() >= 0);
    CHECK(!is_there(name));
}
