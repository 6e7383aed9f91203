/* test_directory.c - several objects in one segment: exists means complete, a dead placer leaves nothing,
 * and garbage in the directory leads nowhere.
 */
#include "core/directory.h"

#include <stdio.h>
#include <string.h>

#include "stage.h"

#define POINT(F) F(double, x) F(double, y)
STRAIT_RECORD(point, POINT)
#define PAIR(F) F(double, x) F(uint64_t, y)
STRAIT_RECORD(pair, PAIR)

static strait_segment *made(uint64_t room)
{
    stage_begin();
    strait_segment_options options = stage_options(STRAIT_CREATE, STRAIT_UNTIL_REMOVED);
    options.room_bytes = room;
    strait_segment *segment;
    assert_int_equal(strait_segment_open("orders", &options, &segment), STRAIT_OK);
    return segment;
}

static int placed(strait_segment *segment, const char *name, uint64_t bytes, strait_object *object)
{
    return strait_segment_place(segment, name, &(strait_object_options){.bytes = bytes}, object);
}

static strait_entry_format *entry_of(const strait_segment *segment, uint32_t index)
{
    return strait_layout_entry(segment->map.base, &segment->geometry, index);
}

static void an_object_is_placed_once_and_found_ever_after(void)
{
    strait_segment *one = made(4096);
    strait_object a, b, c;
    assert_int_equal(placed(one, "thing", 300, &a), STRAIT_CREATED);
    assert_true(a.created && a.bytes == 300 && a.index == 1 && a.kind == STRAIT_FORMAT_KIND_BYTES);
    assert_int_equal(placed(one, "thing", 300, &b), STRAIT_OK);
    assert_false(b.created);
    assert_ptr_equal(a.data, b.data);
    strait_segment *two = stage_open(2, "orders", STRAIT_ATTACH, STRAIT_UNTIL_REMOVED);
    fake_os_become(2);
    assert_int_equal(strait_segment_find(two, "thing", &c), STRAIT_OK);
    assert_ptr_equal(a.data, c.data);
    assert_string_equal(c.name, "thing");
    assert_int_equal(strait_segment_find(two, "think", &c), STRAIT_NOT_FOUND);
    stage_said("holds no object \"think\"");
    stage_close(2, two);
    stage_close(1, one);
    stage_check();
}

static void objects_lie_apart_aligned_and_zeroed_inside_the_segment(void)
{
    strait_segment *one = made(4096);
    const unsigned char *end = (const unsigned char *)strait_segment_data(one) + STAGE_BYTES;
    for (unsigned i = 0; i < 3; i++) {
        char name[8];
        strait_object object;
        snprintf(name, sizeof name, "o%u", i);
        assert_int_equal(placed(one, name, 100 + i, &object), STRAIT_CREATED);
        const unsigned char *data = object.data;
        assert_int_equal((uintptr_t)data % STRAIT_OBJECT_ALIGN, 0);
        assert_true(data >= end && object.offset + object.bytes <= one->geometry.total_bytes);
        for (unsigned b = 0; b < object.bytes; b++) {
            assert_int_equal(data[b], 0);
        }
        memset(object.data, 0xff, (size_t)object.bytes);
        end = data + object.bytes;
    }
    assert_true(stage_marked(one));
    stage_close(1, one);
    stage_check();
}

static void objects_are_told_in_order_and_the_first_is_the_segments_own(void)
{
    strait_segment *one = made(4096);
    strait_object object;
    (void)placed(one, "b", 8, &object);
    (void)placed(one, "a", 8, &object);
    static const char *const names[] = {"", "b", "a"};
    for (uint32_t n = 0; n < 3; n++) {
        assert_int_equal(strait_segment_object(one, n, &object), STRAIT_OK);
        assert_string_equal(object.name, names[n]);
        assert_int_equal(object.index, n);
    }
    assert_ptr_equal((strait_segment_object(one, 0, &object), object.data), strait_segment_data(one));
    assert_int_equal(strait_segment_object(one, 3, &object), STRAIT_NOT_FOUND);
    stage_said("holds 3 objects, you asked for number 3");
    assert_int_equal(strait_segment_object(one, UINT32_MAX, &object), STRAIT_NOT_FOUND);
    strait_segment_info info;
    assert_int_equal(strait_segment_stat(one, &info), STRAIT_OK);
    assert_int_equal(info.objects, 3);
    assert_int_equal(info.objects_max, 4);
    stage_close(1, one);
    stage_check();
}

static void a_directory_that_is_full_and_room_that_is_used_up_say_so(void)
{
    strait_segment *one = made(1024);
    strait_object object;
    assert_int_equal(placed(one, "large", 1025, &object), STRAIT_FULL_DIRECTORY);
    stage_said("an object of 1025 bytes does not fit into the 1024 bytes of room");
    assert_int_equal(placed(one, "a", 512, &object), STRAIT_CREATED);
    assert_int_equal(placed(one, "b", 513, &object), STRAIT_FULL_DIRECTORY);
    assert_int_equal(placed(one, "b", 512, &object), STRAIT_CREATED);
    assert_int_equal(placed(one, "c", 1, &object), STRAIT_FULL_DIRECTORY);
    stage_close(1, one);
    one = made(4096);
    assert_int_equal(placed(one, "a", 1, &object), STRAIT_CREATED);
    assert_int_equal(placed(one, "b", 1, &object), STRAIT_CREATED);
    assert_int_equal(placed(one, "c", 1, &object), STRAIT_CREATED);
    assert_int_equal(placed(one, "d", 1, &object), STRAIT_FULL_DIRECTORY);
    stage_said("all 4 entries of its directory are used");
    assert_int_equal(placed(one, "c", 1, &object), STRAIT_OK); /* what is there is still found */
    stage_close(1, one);
    stage_check();
}

static void what_cannot_be_placed_is_refused_with_the_reason(void)
{
    strait_segment *one = made(4096);
    strait_object object;
    char long_name[STRAIT_OBJECT_NAME_MAX + 2];
    memset(long_name, 'n', sizeof long_name);
    long_name[STRAIT_OBJECT_NAME_MAX] = '\0';
    assert_int_equal(placed(one, long_name, 8, &object), STRAIT_CREATED);
    assert_string_equal(object.name, long_name);
    long_name[STRAIT_OBJECT_NAME_MAX] = 'n';
    long_name[STRAIT_OBJECT_NAME_MAX + 1] = '\0';
    assert_int_equal(placed(one, long_name, 8, &object), STRAIT_BAD_NAME);
    assert_int_equal(placed(one, "", 8, &object), STRAIT_BAD_NAME);
    assert_int_equal(placed(one, "a b", 8, &object), STRAIT_BAD_NAME);
    assert_int_equal(placed(one, NULL, 8, &object), STRAIT_BAD_ARGUMENT);
    assert_int_equal(placed(one, "x", 8, NULL), STRAIT_BAD_ARGUMENT);
    assert_int_equal(placed(NULL, "x", 8, &object), STRAIT_BAD_ARGUMENT);
    assert_int_equal(strait_segment_place(one, "x", NULL, &object), STRAIT_BAD_ARGUMENT);
    assert_int_equal(placed(one, "x", 0, &object), STRAIT_BAD_SIZE);
    assert_int_equal(placed(one, "x", UINT64_MAX, &object), STRAIT_BAD_SIZE);
    assert_int_equal(placed(one, "x", UINT64_C(1) << 46, &object), STRAIT_FULL_DIRECTORY);
    assert_int_equal(strait_segment_place_abi(one, "x", &(strait_object_options){.bytes = 8},
                                              sizeof(strait_object_options), STRAIT_ABI + 1, &object),
                     STRAIT_ABI_MISMATCH);
    strait_object_options odd = {.bytes = 17, .record = STRAIT_RECORD_OF(point)};
    assert_int_equal(strait_segment_place(one, "x", &odd, &object), STRAIT_BAD_SIZE);
    assert_int_equal(strait_directory_count(one), 2);
    stage_close(1, one);
    stage_check();
}

static void a_placed_record_is_described_and_a_mismatch_names_both_sides(void)
{
    strait_segment *one = made(4096);
    strait_object object;
    strait_object_options points = {.bytes = 160, .record = STRAIT_RECORD_OF(point)};
    strait_object_options pairs = {.bytes = 160, .record = STRAIT_RECORD_OF(pair)};
    strait_object_options cells = {.bytes = 160, .kind = STRAIT_FORMAT_KIND_CELL};
    assert_int_equal(strait_segment_place(one, "table", &points, &object), STRAIT_CREATED);
    assert_string_equal(object.record_name, "point");
    assert_true(object.fingerprint != 0);
    assert_int_equal(strait_segment_place(one, "table", &points, &object), STRAIT_OK);
    assert_int_equal(strait_segment_place(one, "table", &pairs, &object), STRAIT_SCHEMA_MISMATCH);
    stage_said("made for record point");
    stage_said("you asked for record pair");
    assert_int_equal(strait_segment_place(one, "table", &cells, &object), STRAIT_KIND_MISMATCH);
    stage_said("made as record, you asked for cell");
    points.bytes = 176;
    assert_int_equal(strait_segment_place(one, "table", &points, &object), STRAIT_SIZE_MISMATCH);
    stage_close(1, one);
    stage_check();
}

static int refuse(void *data, uint64_t bytes, void *context)
{
    memset(data, 0xee, (size_t)bytes);
    return *(int *)context;
}

static void what_initialise_refuses_was_never_there(void)
{
    strait_segment *one = made(1024);
    int refusal = STRAIT_SYSTEM;
    strait_object object;
    for (unsigned i = 0; i < 10; i++) {
        strait_object_options options = {.bytes = 900, .initialise = refuse, .context = &refusal};
        assert_int_equal(strait_segment_place(one, "thing", &options, &object), STRAIT_SYSTEM);
        assert_int_equal(strait_segment_find(one, "thing", &object), STRAIT_NOT_FOUND);
    }
    assert_int_equal(placed(one, "thing", 900, &object), STRAIT_CREATED);
    assert_int_equal(((unsigned char *)object.data)[0], 0); /* and left no bytes */
    stage_close(1, one);
    stage_check();
}

static int look_around(void *data, uint64_t bytes, void *context)
{
    strait_segment *theirs = context;
    unsigned who = fake_os_current();
    strait_object object;
    fake_os_become(2);
    assert_int_equal(strait_segment_find(theirs, "thing", &object), STRAIT_NOT_FOUND);
    assert_int_equal(strait_segment_object(theirs, 1, &object), STRAIT_NOT_FOUND);
    assert_int_equal(placed(theirs, "thing", 8, &object), STRAIT_BUSY);
    fake_os_become(who);
    memset(data, 1, (size_t)bytes);
    return STRAIT_OK;
}

static void nobody_finds_an_object_before_it_is_initialised(void)
{
    strait_segment *one = made(4096);
    strait_segment *two = stage_open(2, "orders", STRAIT_ATTACH, STRAIT_UNTIL_REMOVED);
    strait_object object;
    strait_object_options options = {.bytes = 8, .initialise = look_around, .context = two};
    assert_int_equal(strait_segment_place(one, "thing", &options, &object), STRAIT_CREATED);
    fake_os_become(2);
    assert_int_equal(strait_segment_find(two, "thing", &object), STRAIT_OK);
    assert_int_equal(((unsigned char *)object.data)[7], 1);
    stage_close(2, two);
    stage_close(1, one);
    stage_check();
}

/* --- claims --------------------------------------------------------------------------------------------- */

static uint64_t claim_word(uint32_t generation, uint32_t index)
{
    return (uint64_t)generation << 32 | (uint64_t)index << 8 | STRAIT_FORMAT_ENTRY_CLAIMED;
}

static void a_living_placer_is_waited_for_as_long_as_asked_and_named(void)
{
    strait_segment *one = made(4096);
    strait_segment *two = stage_open(2, "orders", STRAIT_ATTACH, STRAIT_UNTIL_REMOVED);
    strait_u64_store_relaxed(&entry_of(one, 1)->state, claim_word(two->generation, two->index));
    strait_object object;
    assert_int_equal(placed(one, "thing", 8, &object), STRAIT_BUSY);
    stage_said("(participant 1) is placing an object and is alive");
    uint64_t deadline = strait_deadline_ms(20);
    strait_object_options options = {.bytes = 8, .deadline_ns = deadline};
    assert_int_equal(strait_segment_place(one, "thing", &options, &object), STRAIT_BUSY);
    assert_true(strait_now_ns() >= deadline && strait_now_ns() < deadline + 5000000);
    assert_int_equal(strait_segment_find(one, "thing", &object), STRAIT_NOT_FOUND);
    fake_os_kill(2); /* and when it dies, its claim is nobody's */
    stage_bury_handles(2);
    assert_int_equal(placed(one, "thing", 8, &object), STRAIT_CREATED);
    assert_int_equal(object.index, 1);
    stage_close(1, one);
    stage_check();
}

static void a_claim_of_an_earlier_incarnation_is_not_taken_for_its_successors(void)
{
    strait_segment *one = made(4096);
    strait_segment *two = stage_open(2, "orders", STRAIT_ATTACH, STRAIT_UNTIL_REMOVED);
    strait_u64_store_relaxed(&entry_of(one, 1)->state, claim_word(two->generation, two->index));
    fake_os_kill(2);
    stage_bury_handles(2);
    strait_u64_store_relaxed(
        &strait_layout_participant(one->map.base, &one->geometry, 1)->owner,
        strait_owner_word(1, STRAIT_FORMAT_VACANT)); /* buried by one that was killed at once */
    strait_segment *three = stage_open(3, "orders", STRAIT_ATTACH, STRAIT_UNTIL_REMOVED);
    assert_int_equal(three->index, 1);
    strait_object object;
    assert_int_equal(placed(one, "thing", 8, &object), STRAIT_CREATED);
    stage_close(3, three);
    stage_close(1, one);
    stage_check();
}

static void the_claims_of_the_dead_go_with_their_record(void)
{
    strait_segment *one = made(4096);
    strait_segment *two = stage_open(2, "orders", STRAIT_ATTACH, STRAIT_UNTIL_REMOVED);
    strait_u64_store_relaxed(&entry_of(one, 2)->state, claim_word(two->generation, two->index));
    fake_os_kill(2);
    stage_bury_handles(2);
    assert_int_equal(strait_segment_reap(one), 1);
    assert_true(strait_u64_load_relaxed(&entry_of(one, 2)->state) == 0);
    stage_close(1, one);
    stage_check();
}

/* --- garbage -------------------------------------------------------------------------------------------- */

static void an_entry_that_leads_outside_is_corrupt_and_not_followed(void)
{
    static const struct {
        size_t offset;
        uint64_t value;
    } lies[] = {
        {offsetof(strait_entry_format, offset), 0},
        {offsetof(strait_entry_format, offset), 16385},
        {offsetof(strait_entry_format, offset), UINT64_MAX - 127},
        {offsetof(strait_entry_format, offset), UINT64_C(1) << 46},
        {offsetof(strait_entry_format, bytes), 0},
        {offsetof(strait_entry_format, bytes), UINT64_MAX},
        {offsetof(strait_entry_format, bytes), 5000},
        {offsetof(strait_entry_format, schema_offset), 8},
        {offsetof(strait_entry_format, schema_offset), UINT64_MAX},
        {offsetof(strait_entry_format, schema_bytes), 8193},
        {offsetof(strait_entry_format, schema_bytes), UINT32_MAX},
    };
    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
        strait_segment *one = made(4096);
        strait_object object;
        assert_int_equal(placed(one, "thing", 300, &object), STRAIT_CREATED);
        memcpy((char *)entry_of(one, 1) + lies[i].offset, &lies[i].value,
               lies[i].offset == offsetof(strait_entry_format, schema_bytes) ? 4 : 8);
        assert_int_equal(strait_segment_find(one, "thing", &object), STRAIT_CORRUPT);
        stage_said("directory entry 1");
        assert_int_equal(strait_segment_object(one, 1, &object), STRAIT_CORRUPT);
        assert_int_equal(placed(one, "other", 8, &object), STRAIT_CORRUPT);
        stage_close(1, one);
        stage_check();
    }
}

static uint64_t chance = UINT64_C(2463534242);

static uint64_t roll(void)
{
    chance ^= chance << 13;
    chance ^= chance >> 7;
    return chance ^= chance << 17;
}

/* A peer that scribbles over participants and directory spoils what it can; every call still answers,
 * inside bounds. */
static void a_scribbling_peer_breaks_no_call(void)
{
    unsigned answers[3] = {0, 0, 0};
    for (unsigned round = 0; round < 3000; round++) {
        strait_segment *one = made(4096);
        unsigned char *from = (unsigned char *)one->map.base + one->geometry.participants_offset + 128;
        size_t span = (size_t)(one->geometry.user_offset - one->geometry.participants_offset - 128);
        for (unsigned i = 0; i < 1 + roll() % 40; i++) {
            uint64_t noise = roll() >> roll() % 64;
            memcpy(from + roll() % (span / 8) * 8, &noise, 8);
        }
        strait_object object;
        strait_peer peers[4];
        strait_segment_info info;
        char text[64];
        assert_true(strait_segment_peers(one, peers, 4) <= 4);
        for (uint32_t n = 0; n < 5; n++) {
            int rc = strait_segment_object(one, n, &object);
            answers[rc == STRAIT_OK ? 0 : rc == STRAIT_CORRUPT ? 1 : 2]++;
            if (rc == STRAIT_OK) {
                assert_true(object.offset + object.bytes <= one->geometry.total_bytes);
                assert_true(strlen(object.name) <= STRAIT_OBJECT_NAME_MAX);
            }
        }
        (void)strait_segment_find(one, "thing", &object);
        (void)placed(one, "thing", 200, &object);
        (void)strait_segment_reap(one);
        assert_true(strait_segment_schema(one, text, sizeof text) <= (int)STRAIT_SCHEMA_MAX);
        assert_int_equal(strait_segment_stat(one, &info), STRAIT_OK);
        stage_close(1, one);
        fake_os_wipe();
        stage_check();
    }
    printf("%u found, %u corrupt, %u absent\n", answers[0], answers[1], answers[2]);
    assert_true(answers[0] > 0 && answers[1] > 0 && answers[2] > 0);
}

static void an_observer_finds_but_does_not_place(void)
{
    strait_segment *one = made(4096);
    strait_object object;
    assert_int_equal(placed(one, "thing", 8, &object), STRAIT_CREATED);
    strait_segment_options options = {.how = STRAIT_ATTACH, .role = STRAIT_OBSERVER};
    strait_segment *watcher;
    assert_int_equal(strait_segment_open("orders", &options, &watcher), STRAIT_OK);
    assert_int_equal(strait_segment_find(watcher, "thing", &object), STRAIT_OK);
    assert_int_equal(placed(watcher, "thing", 8, &object), STRAIT_READ_ONLY);
    stage_said("opened as an observer");
    stage_close(1, watcher);
    stage_close(1, one);
    stage_check();
}

SUITE(directory, TEST(an_object_is_placed_once_and_found_ever_after),
      TEST(objects_lie_apart_aligned_and_zeroed_inside_the_segment),
      TEST(objects_are_told_in_order_and_the_first_is_the_segments_own),
      TEST(a_directory_that_is_full_and_room_that_is_used_up_say_so),
      TEST(what_cannot_be_placed_is_refused_with_the_reason),
      TEST(a_placed_record_is_described_and_a_mismatch_names_both_sides),
      TEST(what_initialise_refuses_was_never_there), TEST(nobody_finds_an_object_before_it_is_initialised),
      TEST(a_living_placer_is_waited_for_as_long_as_asked_and_named),
      TEST(a_claim_of_an_earlier_incarnation_is_not_taken_for_its_successors),
      TEST(the_claims_of_the_dead_go_with_their_record),
      TEST(an_entry_that_leads_outside_is_corrupt_and_not_followed),
      TEST_WITHIN(60, a_scribbling_peer_breaks_no_call), TEST(an_observer_finds_but_does_not_place))
