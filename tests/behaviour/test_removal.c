/* test_removal.c - "removed but still open": the name is free at once, those attached go on, successors
 * are let alone. */
#include "behaviour.h"

SCENARIO(removal, those_attached_go_on_while_the_name_is_free_at_once)
{
    const char *name = scenario_name(0);
    child *a = attached_peer(name, "bytes=64"), *b = attached_peer(name, "bytes=64");
    CHECK_TEXT(child_ask(peer_start(), "remove %s", name), "ok");
    CHECK(!is_there(name));
    CHECK_TEXT(child_ask(a, "status"), "ok RETIRED");
    CHECK_TEXT(child_ask(b, "stat"), "retired=1 linked=0");
    CHECK_TEXT(child_ask(a, "write 5 together"), "ok 8");
    CHECK_TEXT(child_ask(b, "read 5 8"), "ok together");
    CHECK_TEXT(child_ask(peer_start(), "open %s how=attach", name), "no NOT_FOUND");
    child_kill(a);
    child_await(a);
    strait_segment *none = NULL;
    CHECK_RESULT(strait_segment_open(name, NULL, &none), NOT_FOUND);
    CHECK_TEXT(child_ask(b, "peers"), ":DEAD:");
}

SCENARIO(removal, a_retired_name_gets_a_successor_that_the_old_ones_never_disturb)
{
    const char *name = scenario_name(0);
    child *old_a = attached_peer(name, "bytes=64 lifetime=last"), *old_b = attached_peer(name, "bytes=64");
    child *dying = attached_peer(name, "bytes=64");
    CHECK_RESULT(strait_segment_remove(name, NULL, false), OK);
    child *next = peer_start();
    CHECK_TEXT(child_ask(next, "open %s bytes=128 lifetime=last", name), "ok created=1 bytes=128");
    CHECK_TEXT(child_ask(next, "write 0 next"), "ok 4");
    CHECK_TEXT(child_ask(old_a, "write 0 olds"), "ok 4");
    CHECK_TEXT(child_ask(old_b, "read 0 4"), "ok olds");
    CHECK_TEXT(child_ask(next, "read 0 4"), "ok next");
    CHECK_SAME(child_end(old_a), 0);
    child_kill(dying);
    child_await(dying);
    CHECK_SAME(child_end(old_b), 0);
    CHECK(strait_segment_gc() >= 0);
    CHECK_TEXT(child_ask(next, "stat"), "retired=0 linked=1");
    CHECK_TEXT(child_ask(peer_start(), "open %s how=attach", name), "ok created=0 bytes=128");
}

SCENARIO(removal, what_is_not_there_cannot_be_removed)
{
    const char *name = scenario_name(0);
    CHECK_RESULT(strait_segment_remove(name, NULL, false), NOT_FOUND);
    CHECK_RESULT(strait_segment_remove(name, NULL, true), NOT_FOUND);
    strait_segment *mine = opened(name, &(strait_segment_options){.bytes = 64});
    CHECK_RESULT(strait_segment_remove(name, NULL, false), OK);
    CHECK_RESULT(strait_segment_remove(name, NULL, false), NOT_FOUND);
    CHECK_RESULT(strait_segment_status(mine), RETIRED);
    CHECK_RESULT(strait_segment_close(mine), OK);
}

SCENARIO(removal, foreign_bytes_under_our_name_go_only_by_force)
{
    const char *name = scenario_name(0);
    need_names_as_files();
    static const char stranger[60000] = "somebody else's";
    CHECK(system_file_make(file_of(name), stranger, sizeof stranger));
    CHECK_RESULT(strait_segment_remove(name, NULL, false), FOREIGN);
    CHECK_TEXT(strait_last_error(), name);
    CHECK(is_there(name));
    CHECK(strait_segment_gc() >= 0);
    CHECK(is_there(name));
    CHECK_RESULT(strait_segment_remove(name, NULL, true), OK);
    CHECK(!is_there(name));
}

SCENARIO(removal, many_removers_and_makers_of_one_name_never_get_in_each_others_way)
{
    const char *name = scenario_name(0);
    child *peers[6];
    for (unsigned i = 0; i < 6; i++) {
        peers[i] = peer_start();
    }
    unsigned made = 0, removed = 0;
    for (unsigned turn = 0; turn < 40; turn++) {
        for (unsigned i = 0; i < 6; i++) {
            child_send(peers[i], (i + turn) % 3 == 0 ? "remove %s" : "open %s bytes=64", name);
        }
        for (unsigned i = 0; i < 6; i++) {
            const char *answer = child_hear(peers[i]);
            bool remover = (i + turn) % 3 == 0;
            CHECK_SAY(strncmp(answer, "ok", 2) == 0 || (remover && strncmp(answer, "no NOT_FOUND", 12) == 0),
                      "%s", answer);
            removed += remover && strncmp(answer, "ok", 2) == 0;
            made += strstr(answer, "created=1") != NULL;
        }
        for (unsigned i = 0; i < 6; i++) {
            CHECK_TEXT(child_ask(peers[i], "close"), "ok");
        }
    }
    scenario_tell("%u made, %u removed", made, removed);
    CHECK(made > 0 && removed > 0);
    CHECK(made == removed || made == removed + 1);
}
