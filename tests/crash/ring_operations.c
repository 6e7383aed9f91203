/* ring_operations.c - rings: their scenes, and their rows in the table. The rows of a ring for one writer and one reader
 * are paired with each other only, and so on: the second of a pair plays in the first's scene.
 */
#include "acts.h"
#include "operations.h"
#include "ring_acts.h"

/* The witness made it, put some items into it, and holds no port. */
static void with_ring(strait_sides writers, strait_sides readers, unsigned fill)
{
    ring_scene(writers, readers, fill);
    scene_witnessed();
    (void)stage_tell(WITNESS, act_ring_make);
}

static void ring_ghost(void (*act)(part *))
{
    if (stage_cast(GHOST) && stage_tell(GHOST, act)) {
        stage_kill(GHOST);
    }
}

/* Some slept on both sides when they died. */
static void sleepers_are(part *p)
{
    if (the_stage->book.writers == STRAIT_MANY) {
        act_ring_both(p);
    } else {
        act_ring_writer(p);
    }
    act_ring_plant_sleepers(p);
}

static void one_one_0(void)
{
    with_ring(STRAIT_ONE, STRAIT_ONE, 0);
}

static void one_one_1(void)
{
    with_ring(STRAIT_ONE, STRAIT_ONE, 1);
}

static void one_one_2(void)
{
    with_ring(STRAIT_ONE, STRAIT_ONE, 2);
}

static void many_one_0(void)
{
    with_ring(STRAIT_MANY, STRAIT_ONE, 0);
}

static void many_one_1(void)
{
    with_ring(STRAIT_MANY, STRAIT_ONE, 1);
}

static void many_one_2(void)
{
    with_ring(STRAIT_MANY, STRAIT_ONE, 2);
}

static void one_many_0(void)
{
    with_ring(STRAIT_ONE, STRAIT_MANY, 0);
}

static void one_many_1(void)
{
    with_ring(STRAIT_ONE, STRAIT_MANY, 1);
}

static void one_many_2(void)
{
    with_ring(STRAIT_ONE, STRAIT_MANY, 2);
}

static void many_many_0(void)
{
    with_ring(STRAIT_MANY, STRAIT_MANY, 0);
}

static void many_many_1(void)
{
    with_ring(STRAIT_MANY, STRAIT_MANY, 1);
}

static void many_many_2(void)
{
    with_ring(STRAIT_MANY, STRAIT_MANY, 2);
}

static void many_many_writer_dead(void)
{
    many_many_0();
    ring_ghost(act_ring_reserving);
}

static void many_one_writer_dead(void)
{
    many_one_0();
    ring_ghost(act_ring_reserving);
}

static void many_many_reader_dead(void)
{
    many_many_2();
    ring_ghost(act_ring_looking);
}

static void one_many_reader_dead(void)
{
    one_many_2();
    ring_ghost(act_ring_looking);
}

static void one_one_reader_dead(void)
{
    one_one_2();
    ring_ghost(act_ring_looking);
}

static void many_one_reader_dead(void)
{
    many_one_2();
    ring_ghost(act_ring_looking);
}

static void one_one_writer_dead(void)
{
    one_one_1();
    ring_ghost(act_ring_reserving);
}

static void many_many_sleepers(void)
{
    many_many_1();
    ring_ghost(sleepers_are);
}

static void one_one_sleepers(void)
{
    one_one_1();
    ring_ghost(sleepers_are);
}

/* --- the table ---------------------------------------------------------------------------------------- */

#define RING_ONE_ONE (TRAIT_FOUND | TRAIT_NEEDS | TRAIT_RING)
#define RING_MANY_ONE (RING_ONE_ONE | TRAIT_WRITERS)
#define RING_ONE_MANY (RING_ONE_ONE | TRAIT_READERS)
#define RING_MANY_MANY (RING_ONE_ONE | TRAIT_SIDES)

const operation ring_operations[] = {
    {"ring-send/one-one-empty", one_one_0, act_ring_writer, run_ring_send, ring_fine, STRAIT_UNTIL_REMOVED,
     RING_ONE_ONE | TRAIT_SECOND},
    {"ring-send/one-one-full", one_one_2, act_ring_writer, run_ring_send_patiently, ring_fine,
     STRAIT_UNTIL_REMOVED, RING_ONE_ONE},
    {"ring-send-two/one-one-empty", one_one_0, act_ring_writer, run_ring_send_two, ring_fine,
     STRAIT_UNTIL_REMOVED, RING_ONE_ONE},
    {"ring-receive/one-one-two", one_one_2, act_ring_reader, run_ring_receive, ring_fine,
     STRAIT_UNTIL_REMOVED, RING_ONE_ONE | TRAIT_SECOND},
    {"ring-receive-two/one-one-two", one_one_2, act_ring_reader, run_ring_receive_two, ring_fine,
     STRAIT_UNTIL_REMOVED, RING_ONE_ONE},
    {"ring-receive/one-one-empty", one_one_0, act_ring_reader, run_ring_receive_patiently, ring_fine,
     STRAIT_UNTIL_REMOVED, RING_ONE_ONE},
    {"ring-look/one-one-two", one_one_2, act_ring_reader, run_ring_look, ring_fine, STRAIT_UNTIL_REMOVED,
     RING_ONE_ONE | TRAIT_SECOND},
    {"ring-wait/one-one-empty", one_one_0, act_ring_reader, run_ring_wait, ring_fine, STRAIT_UNTIL_REMOVED,
     RING_ONE_ONE | TRAIT_SECOND},
    {"ring-finish/one-one-one", one_one_1, act_ring_writer, run_ring_finish, ring_fine, STRAIT_UNTIL_REMOVED,
     RING_ONE_ONE | TRAIT_SOLO},
    {"ring-open-writer/one-one-one", one_one_1, act_attach, run_ring_open_writer, ring_fine,
     STRAIT_UNTIL_REMOVED, RING_ONE_ONE | TRAIT_SECOND},
    {"ring-open-reader/one-one-one", one_one_1, act_attach, run_ring_open_reader, ring_fine,
     STRAIT_UNTIL_REMOVED, RING_ONE_ONE | TRAIT_SECOND},
    {"ring-close-reserving/one-one-one", one_one_1, act_ring_reserving, run_ring_close, ring_fine,
     STRAIT_UNTIL_REMOVED, RING_ONE_ONE},
    {"ring-close-looking/one-one-one", one_one_1, act_ring_looking, run_ring_close, ring_fine,
     STRAIT_UNTIL_REMOVED, RING_ONE_ONE},
    {"ring-send/many-one-empty", many_one_0, act_ring_writer, run_ring_send, ring_fine, STRAIT_UNTIL_REMOVED,
     RING_MANY_ONE | TRAIT_SECOND},
    {"ring-send/many-one-full", many_one_2, act_ring_writer, run_ring_send_patiently, ring_fine,
     STRAIT_UNTIL_REMOVED, RING_MANY_ONE},
    {"ring-send-two/many-one-empty", many_one_0, act_ring_writer, run_ring_send_two, ring_fine,
     STRAIT_UNTIL_REMOVED, RING_MANY_ONE},
    {"ring-receive/many-one-two", many_one_2, act_ring_reader, run_ring_receive, ring_fine,
     STRAIT_UNTIL_REMOVED, RING_MANY_ONE | TRAIT_SECOND},
    {"ring-receive-two/many-one-two", many_one_2, act_ring_reader, run_ring_receive_two, ring_fine,
     STRAIT_UNTIL_REMOVED, RING_MANY_ONE},
    {"ring-receive/many-one-empty", many_one_0, act_ring_reader, run_ring_receive_patiently, ring_fine,
     STRAIT_UNTIL_REMOVED, RING_MANY_ONE},
    {"ring-look/many-one-two", many_one_2, act_ring_reader, run_ring_look, ring_fine, STRAIT_UNTIL_REMOVED,
     RING_MANY_ONE | TRAIT_SECOND},
    {"ring-wait/many-one-empty", many_one_0, act_ring_reader, run_ring_wait, ring_fine, STRAIT_UNTIL_REMOVED,
     RING_MANY_ONE},
    {"ring-finish/many-one-one", many_one_1, act_ring_writer, run_ring_finish, ring_fine,
     STRAIT_UNTIL_REMOVED, RING_MANY_ONE | TRAIT_SOLO},
    {"ring-open-writer/many-one-one", many_one_1, act_attach, run_ring_open_writer, ring_fine,
     STRAIT_UNTIL_REMOVED, RING_MANY_ONE},
    {"ring-open-reader/many-one-one", many_one_1, act_attach, run_ring_open_reader, ring_fine,
     STRAIT_UNTIL_REMOVED, RING_MANY_ONE},
    {"ring-close-reserving/many-one-one", many_one_1, act_ring_reserving, run_ring_close, ring_fine,
     STRAIT_UNTIL_REMOVED, RING_MANY_ONE},
    {"ring-close-looking/many-one-one", many_one_1, act_ring_looking, run_ring_close, ring_fine,
     STRAIT_UNTIL_REMOVED, RING_MANY_ONE},
    {"ring-send/one-many-empty", one_many_0, act_ring_writer, run_ring_send, ring_fine, STRAIT_UNTIL_REMOVED,
     RING_ONE_MANY | TRAIT_SECOND},
    {"ring-send/one-many-full", one_many_2, act_ring_writer, run_ring_send_patiently, ring_fine,
     STRAIT_UNTIL_REMOVED, RING_ONE_MANY},
    {"ring-send-two/one-many-empty", one_many_0, act_ring_writer, run_ring_send_two, ring_fine,
     STRAIT_UNTIL_REMOVED, RING_ONE_MANY},
    {"ring-receive/one-many-two", one_many_2, act_ring_reader, run_ring_receive, ring_fine,
     STRAIT_UNTIL_REMOVED, RING_ONE_MANY | TRAIT_SECOND},
    {"ring-receive-two/one-many-two", one_many_2, act_ring_reader, run_ring_receive_two, ring_fine,
     STRAIT_UNTIL_REMOVED, RING_ONE_MANY},
    {"ring-receive/one-many-empty", one_many_0, act_ring_reader, run_ring_receive_patiently, ring_fine,
     STRAIT_UNTIL_REMOVED, RING_ONE_MANY},
    {"ring-look/one-many-two", one_many_2, act_ring_reader, run_ring_look, ring_fine, STRAIT_UNTIL_REMOVED,
     RING_ONE_MANY | TRAIT_SECOND},
    {"ring-wait/one-many-empty", one_many_0, act_ring_reader, run_ring_wait, ring_fine, STRAIT_UNTIL_REMOVED,
     RING_ONE_MANY},
    {"ring-finish/one-many-one", one_many_1, act_ring_writer, run_ring_finish, ring_fine,
     STRAIT_UNTIL_REMOVED, RING_ONE_MANY | TRAIT_SOLO},
    {"ring-open-writer/one-many-one", one_many_1, act_attach, run_ring_open_writer, ring_fine,
     STRAIT_UNTIL_REMOVED, RING_ONE_MANY},
    {"ring-open-reader/one-many-one", one_many_1, act_attach, run_ring_open_reader, ring_fine,
     STRAIT_UNTIL_REMOVED, RING_ONE_MANY},
    {"ring-close-reserving/one-many-one", one_many_1, act_ring_reserving, run_ring_close, ring_fine,
     STRAIT_UNTIL_REMOVED, RING_ONE_MANY},
    {"ring-close-looking/one-many-one", one_many_1, act_ring_looking, run_ring_close, ring_fine,
     STRAIT_UNTIL_REMOVED, RING_ONE_MANY},
    {"ring-send/many-many-empty", many_many_0, act_ring_both, run_ring_send, ring_fine, STRAIT_UNTIL_REMOVED,
     RING_MANY_MANY | TRAIT_SECOND},
    {"ring-send/many-many-full", many_many_2, act_ring_both, run_ring_send_patiently, ring_fine,
     STRAIT_UNTIL_REMOVED, RING_MANY_MANY},
    {"ring-send-two/many-many-empty", many_many_0, act_ring_both, run_ring_send_two, ring_fine,
     STRAIT_UNTIL_REMOVED, RING_MANY_MANY},
    {"ring-receive/many-many-two", many_many_2, act_ring_both, run_ring_receive, ring_fine,
     STRAIT_UNTIL_REMOVED, RING_MANY_MANY | TRAIT_SECOND},
    {"ring-receive-two/many-many-two", many_many_2, act_ring_both, run_ring_receive_two, ring_fine,
     STRAIT_UNTIL_REMOVED, RING_MANY_MANY},
    {"ring-receive/many-many-empty", many_many_0, act_ring_both, run_ring_receive_patiently, ring_fine,
     STRAIT_UNTIL_REMOVED, RING_MANY_MANY},
    {"ring-look/many-many-two", many_many_2, act_ring_both, run_ring_look, ring_fine, STRAIT_UNTIL_REMOVED,
     RING_MANY_MANY | TRAIT_SECOND},
    {"ring-wait/many-many-empty", many_many_0, act_ring_both, run_ring_wait, ring_fine, STRAIT_UNTIL_REMOVED,
     RING_MANY_MANY | TRAIT_SECOND},
    {"ring-finish/many-many-one", many_many_1, act_ring_both, run_ring_finish, ring_fine,
     STRAIT_UNTIL_REMOVED, RING_MANY_MANY | TRAIT_SOLO},
    {"ring-open-writer/many-many-one", many_many_1, act_attach, run_ring_open_writer, ring_fine,
     STRAIT_UNTIL_REMOVED, RING_MANY_MANY},
    {"ring-open-reader/many-many-one", many_many_1, act_attach, run_ring_open_reader, ring_fine,
     STRAIT_UNTIL_REMOVED, RING_MANY_MANY},
    {"ring-close-reserving/many-many-one", many_many_1, act_ring_reserving, run_ring_close, ring_fine,
     STRAIT_UNTIL_REMOVED, RING_MANY_MANY},
    {"ring-close-looking/many-many-one", many_many_1, act_ring_looking, run_ring_close, ring_fine,
     STRAIT_UNTIL_REMOVED, RING_MANY_MANY},
    {"ring-cancel/many-many-one", many_many_1, act_ring_both, run_ring_reserve_and_cancel, ring_fine,
     STRAIT_UNTIL_REMOVED, RING_MANY_MANY | TRAIT_SECOND},
    {"ring-cancel/many-one-one", many_one_1, act_ring_writer, run_ring_reserve_and_cancel, ring_fine,
     STRAIT_UNTIL_REMOVED, RING_MANY_ONE},
    {"ring-overwrite/one-many-full", one_many_2, act_ring_overwriter, run_ring_send, ring_fine,
     STRAIT_UNTIL_REMOVED, RING_ONE_MANY | TRAIT_SECOND},
    {"ring-overwrite/one-many-reader-dead", one_many_reader_dead, act_ring_overwriter,
     run_ring_send_patiently, ring_fine, STRAIT_UNTIL_REMOVED, RING_ONE_MANY},
    {"ring-receive/many-many-writer-dead", many_many_writer_dead, act_ring_both, run_ring_receive_patiently,
     ring_fine, STRAIT_UNTIL_REMOVED, RING_MANY_MANY | TRAIT_SECOND},
    {"ring-receive/many-one-writer-dead", many_one_writer_dead, act_ring_reader, run_ring_receive_patiently,
     ring_fine, STRAIT_UNTIL_REMOVED, RING_MANY_ONE},
    {"ring-receive/many-many-reader-dead", many_many_reader_dead, act_ring_both, run_ring_receive_patiently,
     ring_fine, STRAIT_UNTIL_REMOVED, RING_MANY_MANY | TRAIT_SECOND},
    {"ring-receive/one-many-reader-dead", one_many_reader_dead, act_ring_reader, run_ring_receive_patiently,
     ring_fine, STRAIT_UNTIL_REMOVED, RING_ONE_MANY},
    {"ring-open-reader/one-one-reader-dead", one_one_reader_dead, act_attach, run_ring_open_reader, ring_fine,
     STRAIT_UNTIL_REMOVED, RING_ONE_ONE},
    {"ring-open-reader/many-one-reader-dead", many_one_reader_dead, act_attach, run_ring_open_reader,
     ring_fine, STRAIT_UNTIL_REMOVED, RING_MANY_ONE},
    {"ring-open-writer/one-one-writer-dead", one_one_writer_dead, act_attach, run_ring_open_writer, ring_fine,
     STRAIT_UNTIL_REMOVED, RING_ONE_ONE},
    {"ring-send/many-many-sleepers", many_many_sleepers, act_ring_both, run_ring_send, ring_fine,
     STRAIT_UNTIL_REMOVED, RING_MANY_MANY},
    {"ring-send/one-one-sleepers", one_one_sleepers, act_ring_writer, run_ring_send, ring_fine,
     STRAIT_UNTIL_REMOVED, RING_ONE_ONE},
    {"ring-receive/one-one-sleepers", one_one_sleepers, act_ring_reader, run_ring_receive, ring_fine,
     STRAIT_UNTIL_REMOVED, RING_ONE_ONE},
};
const size_t ring_operation_count = sizeof ring_operations / sizeof ring_operations[0];
