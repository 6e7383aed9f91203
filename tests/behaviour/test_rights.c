/* test_rights.c - who may: access rights that no umask bends, other users, and observers that need no
 * right to write. */
#include "behaviour.h"

/* A peer that has become another user; skips if this process may not do that. */
static child *stranger(void)
{
    if (system_user() != 0) {
        SKIP("only root can play another user");
    }
    child *one = peer_start();
    const char *answer = ask_if_here(one, "become 65534");
    if (strncmp(answer, "ok", 2) != 0) {
        SKIP("%s", answer);
    }
    return one;
}

SCENARIO(rights, a_segment_is_its_owners_alone_unless_asked_otherwise)
{
    const char *name = scenario_name(0);
    strait_segment *mine = opened(name, &(strait_segment_options){.bytes = 64});
    strait_segment_info info;
    CHECK_RESULT(strait_segment_stat(mine, &info), OK);
    CHECK_SAME(info.mode, 0600);
    CHECK_SAME(info.user, system_user());
    child *other = stranger();
    const char *answer = child_ask(other, "open %s how=attach", name);
    CHECK_TEXT(answer, "no DENIED");
    CHECK_TEXT(answer, name);
    CHECK_TEXT(child_ask(other, "open %s role=observer how=attach", name), "no DENIED");
    CHECK_TEXT(child_ask(other, "open %s bytes=64", name), "no DENIED");
    CHECK_TEXT(child_ask(other, "remove %s", name), "no DENIED");
    CHECK_TEXT(child_ask(other, "remove %s force=1", name), "no DENIED");
    if (names_are_files()) { /* elsewhere the name stands in what it may not read */
        CHECK_TEXT(child_ask(other, "list %s", name), ":DENIED:");
    }
    CHECK_RESULT(strait_segment_status(mine), OK);
}

/* Under Wine an access list becomes the permission bits of the Unix file below it, and what it said of the
 * group is lost. */
static void need_exact_modes(void)
{
    if (!system_keeps_modes()) {
        SKIP("Wine keeps access lists as the permission bits of Unix files, and loses the group's part");
    }
}

SCENARIO(rights, the_mode_is_what_was_asked_for_whatever_the_umask)
{
    const unsigned modes[] = {0600, 0640, 0644, 0660, 0666, 0777};
    child *careful = peer_start(), *careless = peer_start();
    CHECK_TEXT(ask_if_here(careful, "umask 0777"), "ok");
    CHECK_TEXT(ask_if_here(careless, "umask 0000"), "ok");
    for (unsigned i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        char expected[24];
        snprintf(expected, sizeof expected, "mode=%04o ", modes[i]);
        child *one = i % 2 == 0 ? careful : careless;
        CHECK_TEXT(child_ask(one, "open %s bytes=64 mode=0%o", scenario_name(i), modes[i]), "ok created=1");
        CHECK_TEXT(child_ask(one, "stat"), expected);
        CHECK_TEXT(child_ask(one, "close"), "ok");
    }
    CHECK_TEXT(child_ask(careful, "umask 022"), "ok 0777");
    CHECK_TEXT(child_ask(careless, "open %s bytes=64", scenario_name(9)), "ok created=1");
    CHECK_TEXT(child_ask(careless, "stat"), "mode=0600 ");
}

SCENARIO(rights, a_segment_for_everybody_is_shared_with_other_users_who_live_and_die_like_any)
{
    const char *name = scenario_name(0);
    child *other = stranger();
    strait_segment *mine = opened(name, &(strait_segment_options){.bytes = 64, .mode = 0666});
    CHECK_TEXT(child_ask(other, "open %s bytes=64", name), "ok created=0");
    CHECK_TEXT(child_ask(other, "write 0 guest"), "ok 5");
    CHECK_SAME(memcmp(strait_segment_data(mine), "guest", 5), 0);
    CHECK_TEXT(child_ask(other, "set-mode 0600"), "no DENIED");
    CHECK_TEXT(ask_if_here(other, "closefrom 3"), "ok");
    CHECK_NO_TEXT(child_ask(other, "peers"), "DEAD");
    stays_alive(mine, child_pid(other), 200);
    CHECK(killed_is_dead_us(mine, other) != UINT64_MAX);
    CHECK_SAME(strait_segment_reap(mine), 1);
}

SCENARIO(rights, the_creator_changes_the_mode_and_newcomers_feel_it)
{
    need_exact_modes();
    const char *name = scenario_name(0);
    strait_segment *mine = opened(name, &(strait_segment_options){.bytes = 64});
    CHECK_RESULT(strait_segment_set_mode(mine, 0640), OK);
    strait_segment_info info;
    CHECK_RESULT(strait_segment_stat(mine, &info), OK);
    CHECK_SAME(info.mode, 0640);
    CHECK_RESULT(strait_segment_set_mode(mine, 01777), BAD_ARGUMENT);
    CHECK_RESULT(strait_segment_set_mode(mine, 0600), OK);
    child *other = stranger();
    CHECK_TEXT(child_ask(other, "open %s how=attach", name), "no DENIED");
    CHECK_RESULT(strait_segment_set_mode(mine, 0666), OK);
    CHECK_TEXT(child_ask(other, "open %s how=attach", name), "ok created=0");
    CHECK_RESULT(strait_segment_set_mode(mine, 0600), OK);
    CHECK_TEXT(child_ask(other, "write 0 still-in"), "ok 8");
    CHECK_TEXT(child_ask(other, "@1 open %s how=attach", name), "no DENIED");
}

SCENARIO(rights, an_observer_needs_no_right_to_write)
{
    const char *name = scenario_name(0);
    child *eye = stranger();
    child *owner = attached_peer(name, "bytes=64 mode=0644 fill=seen");
    CHECK_TEXT(child_ask(eye, "open %s how=attach", name), "no DENIED");
    CHECK_TEXT(child_ask(eye, "open %s role=observer how=attach", name), "ok created=0 bytes=64");
    CHECK_TEXT(child_ask(eye, "read 0 4"), "ok seen");
    CHECK_TEXT(child_ask(owner, "write 0 anew"), "ok 4");
    CHECK_TEXT(child_ask(eye, "read 0 4"), "ok anew");
    CHECK_TEXT(child_ask(eye, "stat"), "attached=1 ");
    CHECK_TEXT(child_ask(eye, "peers"), "ok 1 ");
    CHECK_TEXT(child_ask(eye, "list %s", name), ":OK:needed:1:0");
    CHECK_TEXT(child_ask(eye, "remove %s", name), "no DENIED");
    child_kill(owner);
    child_await(owner);
    CHECK_TEXT(child_ask(eye, "peers"), ":DEAD:");
    CHECK(is_there(name));
}

SCENARIO(rights, an_observer_changes_nothing_and_is_told_so)
{
    const char *name = scenario_name(0);
    strait_segment *mine = opened(name, &(strait_segment_options){.bytes = 64, .room_bytes = 4096});
    strait_segment *eye =
        opened(name, &(strait_segment_options){.how = STRAIT_ATTACH, .role = STRAIT_OBSERVER});
    strait_object object;
    CHECK_RESULT(strait_segment_place(eye, "x", &(strait_object_options){.bytes = 8}, &object), READ_ONLY);
    CHECK_RESULT(strait_segment_reap(eye), READ_ONLY);
    CHECK_RESULT(strait_segment_set_mode(eye, 0644), READ_ONLY);
    CHECK_SAME(strait_segment_peers(eye, NULL, 0), 1);
    CHECK_RESULT(strait_segment_place(mine, "x", &(strait_object_options){.bytes = 8}, &object), CREATED);
    CHECK_RESULT(strait_segment_find(eye, "x", &object), OK);
}
