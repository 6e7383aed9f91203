/* test_file.c - segments backed by a file that the user names: they outlive every process. */
#include "behaviour.h"

static char path[400], folder[300];

/* A fresh path in a folder of its own. Skips where shared memory does not lie in files. */
static const char *fresh_path(void)
{
    const strait_segment_options any = {.backing = STRAIT_FILE, .how = STRAIT_ATTACH};
    strait_segment *segment = NULL;
    if (strait_segment_open("/no-such-folder/x", &any, &segment) == STRAIT_UNSUPPORTED) {
        SKIP("%s", strait_last_error());
    }
    CHECK(system_folder_make(folder, sizeof folder));
    snprintf(path, sizeof path, "%s/orders.seg", folder);
    return path;
}

static void tidy(void)
{
    (void)system_file_delete(path);
    CHECK_SAY(system_folder_delete(folder), "something is left in %s", folder);
}

static const strait_segment_options in_file = {.backing = STRAIT_FILE};

SCENARIO(file, a_segment_in_a_file_keeps_its_bytes_when_every_process_is_gone)
{
    fresh_path();
    child *a = peer_start(), *b = peer_start();
    CHECK_TEXT(child_ask(a, "open %s backing=file bytes=64", path), "ok created=1 bytes=64");
    CHECK_TEXT(child_ask(b, "open %s backing=file bytes=64", path), "ok created=0 bytes=64");
    CHECK_TEXT(child_ask(a, "write 0 lasting"), "ok 7");
    CHECK_TEXT(child_ask(b, "read 0 7"), "ok lasting");
    CHECK_TEXT(child_ask(b, "peers"), "ok 2 ");
    CHECK_SAME(child_end(a), 0);
    child_kill(b);
    child_await(b);
    child *later = peer_start();
    CHECK_TEXT(child_ask(later, "open %s backing=file how=attach", path), "ok created=0 bytes=64");
    CHECK_TEXT(child_ask(later, "read 0 7"), "ok lasting");
    CHECK_TEXT(child_ask(later, "stat"), "name=orders.seg ");
    CHECK_TEXT(child_ask(later, "remove %s backing=file", path), "ok");
    CHECK_TEXT(child_ask(later, "status"), "ok RETIRED");
    CHECK(!system_file_there(path));
    CHECK_SAME(child_end(later), 0); /* the bytes may lie beside the path for as long as somebody has them */
    tidy();
}

SCENARIO(file, deaths_and_lifetimes_mean_the_same_for_files)
{
    fresh_path();
    const strait_segment_options last = {
        .backing = STRAIT_FILE, .bytes = 64, .lifetime = STRAIT_UNTIL_LAST_LEAVES};
    strait_segment *mine = opened(path, &last);
    child *one = peer_start();
    CHECK_TEXT(child_ask(one, "open %s backing=file how=attach", path), "ok");
    stays_alive(mine, child_pid(one), 100);
    CHECK(killed_is_dead_us(mine, one) != UINT64_MAX);
    CHECK_RESULT(strait_segment_close(mine), OK);
    CHECK(!system_file_there(path));
    tidy();
}

SCENARIO(file, a_relative_path_and_a_long_one_work_too)
{
    fresh_path();
    CHECK(system_folder_enter(folder));
    strait_segment *mine =
        opened("orders.seg", &(strait_segment_options){.backing = STRAIT_FILE, .bytes = 64});
    strait_segment *same =
        opened(path, &(strait_segment_options){.backing = STRAIT_FILE, .how = STRAIT_ATTACH});
    memcpy(strait_segment_data(mine), "same", 4);
    CHECK_SAME(memcmp(strait_segment_data(same), "same", 4), 0);
    CHECK_RESULT(strait_segment_remove("orders.seg", &in_file, false), OK);
    CHECK_RESULT(strait_segment_status(same), RETIRED);
    CHECK_RESULT(strait_segment_close(same), OK);
    CHECK_RESULT(strait_segment_close(mine), OK);
    CHECK(system_folder_enter("/"));
    tidy();
}

SCENARIO(file, a_path_that_leads_nowhere_is_told_apart)
{
    fresh_path();
    char missing[400];
    strait_segment *segment = NULL;
    snprintf(missing, sizeof missing, "%s/no-such-folder/x", folder);
    const strait_segment_options options = {.backing = STRAIT_FILE, .bytes = 64};
    CHECK(strait_segment_open(missing, &options, &segment) < 0);
    CHECK(segment == NULL);
    CHECK_TEXT(strait_last_error(), "no-such-folder");
    CHECK(strait_segment_open(folder, &options, &segment) < 0);
    CHECK_TEXT(strait_last_error(), folder);
    CHECK(segment == NULL);
    CHECK(strait_segment_open("", &options, &segment) < 0);
    CHECK(segment == NULL);
    tidy();
}

SCENARIO(file, a_users_own_file_is_refused_and_left_as_it_is)
{
    fresh_path();
    FILE *file = fopen(path, "w");
    CHECK(file != NULL && fputs("my letters\n", file) >= 0 && fclose(file) == 0);
    strait_segment *segment = NULL;
    const strait_segment_options options = {.backing = STRAIT_FILE, .bytes = 64};
    int rc = strait_segment_open(path, &options, &segment);
    CHECK_SAY(rc == STRAIT_FOREIGN || rc == STRAIT_TRUNCATED, "%s", strait_last_error());
    CHECK_TEXT(strait_last_error(), "orders.seg");
    rc = strait_segment_remove(path, &in_file, false);
    CHECK_SAY(rc == STRAIT_FOREIGN || rc == STRAIT_TRUNCATED, "%s", strait_last_error());
    char line[40] = "";
    file = fopen(path, "r");
    CHECK(file != NULL && fgets(line, sizeof line, file) != NULL && fclose(file) == 0);
    CHECK_TEXT(line, "my letters");
    tidy();
}
