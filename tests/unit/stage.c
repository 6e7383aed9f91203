/* stage.c - watched memory, short ways to open, and what survivors do at the end of every scene. */
#include "stage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HANDLES_MAX 256

typedef struct handle_memory {
    void *memory;
    size_t bytes;
    unsigned process;
} handle_memory;

static handle_memory handles[HANDLES_MAX];
static bool failing;

static void *allocate(void *context, size_t bytes)
{
    assert_ptr_equal(context, handles);
    for (unsigned i = 0; !failing && i < HANDLES_MAX; i++) {
        if (handles[i].memory == NULL) {
            handles[i] = (handle_memory){malloc(bytes), bytes, fake_os_current()};
            memset(handles[i].memory, 0xa5, bytes);
            return handles[i].memory;
        }
    }
    return NULL;
}

static void release(void *context, void *memory, size_t bytes)
{
    assert_ptr_equal(context, handles);
    for (unsigned i = 0; i < HANDLES_MAX; i++) {
        if (handles[i].memory == memory && memory != NULL) {
            assert_int_equal(handles[i].bytes, bytes);
            free(memory);
            handles[i] = (handle_memory){NULL, 0, 0};
            return;
        }
    }
    fail_msg("memory is freed that was not allocated, or twice");
}

const strait_allocator stage_allocator = {allocate, release, handles};

unsigned stage_handles(void)
{
    unsigned count = 0;
    for (unsigned i = 0; i < HANDLES_MAX; i++) {
        count += handles[i].memory != NULL;
    }
    return count;
}

void stage_fail_allocation(bool fails)
{
    failing = fails;
}

void stage_bury_handles(unsigned process)
{
    for (unsigned i = 0; i < HANDLES_MAX; i++) {
        if (handles[i].memory != NULL && handles[i].process == process) {
            free(handles[i].memory);
            handles[i] = (handle_memory){NULL, 0, 0};
        }
    }
}

/* --- short ways ----------------------------------------------------------------------------------------- */

void stage_begin(void)
{
    for (unsigned i = 0; i < HANDLES_MAX; i++) {
        free(handles[i].memory);
        handles[i] = (handle_memory){NULL, 0, 0};
    }
    failing = false;
    fake_os_reset();
    fake_os_become(1);
}

void stage_check(void)
{
    assert_int_equal(fake_os_maps(), 0);
    assert_int_equal(fake_os_tokens(), 0);
    assert_int_equal(fake_os_descriptors(), 0);
    assert_int_equal(fake_os_litter(), 0);
    assert_int_equal(stage_handles(), 0);
}

int stage_mark(void *data, uint64_t bytes, void *context)
{
    (void)context;
    memset(data, STAGE_MARK, (size_t)bytes);
    return STRAIT_OK;
}

bool stage_marked(const strait_segment *segment)
{
    const unsigned char *data = strait_segment_data(segment);
    for (uint64_t i = 0; i < strait_segment_bytes(segment); i++) {
        if (data[i] != STAGE_MARK) {
            return false;
        }
    }
    return strait_segment_bytes(segment) == STAGE_BYTES;
}

strait_segment_options stage_options(strait_how how, strait_lifetime lifetime)
{
    return (strait_segment_options){.bytes = how == STRAIT_ATTACH ? 0 : STAGE_BYTES,
                                    .how = how,
                                    .lifetime = lifetime,
                                    .room_bytes = how == STRAIT_ATTACH ? 0 : 4096,
                                    .participants = 4,
                                    .objects = 4,
                                    .initialise = stage_mark,
                                    .allocator = &stage_allocator};
}

strait_segment *stage_open(unsigned process, const char *name, strait_how how, strait_lifetime lifetime)
{
    unsigned who = fake_os_current();
    fake_os_become(process);
    strait_segment_options options = stage_options(how, lifetime);
    strait_segment *segment = NULL;
    int rc = strait_segment_open(name, &options, &segment);
    if (rc != STRAIT_OK) {
        fail_msg("process %u cannot open \"%s\": %s", process, name, strait_last_error());
    }
    fake_os_become(who);
    return segment;
}

void stage_close(unsigned process, strait_segment *segment)
{
    unsigned who = fake_os_current();
    fake_os_become(process);
    int rc = strait_segment_close(segment);
    fake_os_become(who);
    assert_int_equal(rc, STRAIT_OK);
}

void stage_said(const char *part)
{
    if (strstr(strait_last_error(), part) == NULL) {
        fail_msg("the sentence is \"%s\"; it should contain \"%s\"", strait_last_error(), part);
    }
}

/* --- the end of a scene --------------------------------------------------------------------------------- */

void stage_set(stage *s, const stage_scene *scene)
{
    stage_begin();
    *s = (stage){.lifetime = scene->lifetime, .descriptor = -1};
    fake_os_become(1);
    scene->prepare(s);
    fake_os_become(1);
    fake_os_count();
}

#define DEMAND(fact)                                                                                         \
    do {                                                                                                     \
        if (!(fact)) {                                                                                       \
            fail_msg("scene \"%s\", %s: %s does not hold (line %d); last error: %s", scene->name, where,     \
                     #fact, __LINE__, strait_last_error());                                                  \
        }                                                                                                    \
    } while (0)

/* Nobody alive is called dead, nobody dead alive. */
static void demand_right_verdicts(const strait_segment *newcomer, const stage_scene *scene, const char *where)
{
    strait_peer peers[8];
    int count = strait_segment_peers(newcomer, peers, 8);
    DEMAND(count >= 1 && count <= 8);
    for (int i = 0; i < count; i++) {
        DEMAND(peers[i].life == (fake_os_alive(peers[i].pid) ? STRAIT_ALIVE : STRAIT_DEAD));
    }
}

/* Whoever is not in the segment that has the name now is in one that says RETIRED. */
static bool knows_its_end(unsigned process, const strait_segment *segment, const strait_segment *newcomer)
{
    fake_os_become(process);
    return segment == NULL || segment->map.file == newcomer->map.file ||
           strait_segment_status(segment) == STRAIT_RETIRED;
}

/* A newcomer opens or makes the name and finds it whole; then every participant record can be used again. */
static void demand_a_whole_segment(stage *s, const stage_scene *scene, const char *where)
{
    fake_os_become(3);
    strait_segment_options options = stage_options(STRAIT_OPEN_OR_CREATE, s->lifetime);
    strait_segment *newcomer = NULL;
    int rc = strait_segment_open(STAGE_NAME, &options, &newcomer);
    DEMAND(rc == STRAIT_OK);
    DEMAND(stage_marked(newcomer));
    uint64_t count;
    const void *bytes = fake_os_bytes(STAGE_NAME, &count);
    DEMAND(bytes != NULL && strait_segment_verify(bytes, count) == STRAIT_OK);
    demand_right_verdicts(newcomer, scene, where);
    if (s->witness != NULL && !scene->ends) { /* no split: they meet in one segment */
        DEMAND(newcomer->map.file == s->witness->map.file);
    }
    DEMAND(knows_its_end(2, s->witness, newcomer) && knows_its_end(1, s->opened, newcomer));
    fake_os_become(3);
    DEMAND(strait_segment_reap(newcomer) >= 0);
    strait_segment *more[4] = {NULL};
    for (unsigned i = 0; i < 4 && rc == STRAIT_OK; i++) {
        options.how = STRAIT_ATTACH;
        options.bytes = options.room_bytes = 0;
        rc = strait_segment_open(STAGE_NAME, &options, &more[i]);
    }
    DEMAND(rc == STRAIT_CROWDED);
    DEMAND(fake_os_tokens_on(STAGE_NAME) == 4); /* no record is lost to the dead */
    for (unsigned i = 0; i < 4; i++) {
        DEMAND(strait_segment_close(more[i]) == STRAIT_OK);
    }
    DEMAND(strait_segment_close(newcomer) == STRAIT_OK);
}

static void leave(unsigned process, strait_segment **segment, const stage_scene *scene, const char *where)
{
    if (*segment != NULL) {
        fake_os_become(process);
        int rc = strait_segment_close(*segment);
        *segment = NULL;
        DEMAND(rc == STRAIT_OK);
    }
}

void stage_end(stage *s, const stage_scene *scene, bool died, const char *where)
{
    fake_os_count();
    fake_os_between(NULL, NULL);
    fake_os_while_asleep(NULL, NULL);
    if (died) {
        stage_bury_handles(1);
        s->mine = s->opened = NULL;
        s->descriptor = -1;
    }
    demand_a_whole_segment(s, scene, where);
    leave(1, &s->opened, scene, where);
    leave(1, &s->mine, scene, where);
    leave(2, &s->witness, scene, where);
    if (s->descriptor >= 0) {
        fake_os_close_descriptor(s->descriptor);
    }
    fake_os_become(3);
    int rc = strait_segment_remove(STAGE_NAME, NULL, false);
    DEMAND(rc == STRAIT_OK || rc == STRAIT_NOT_FOUND);
    DEMAND(strait_segment_gc() >= 0);
    DEMAND(fake_os_maps() == 0);
    DEMAND(fake_os_tokens() == 0);
    DEMAND(fake_os_descriptors() == 0);
    DEMAND(fake_os_names() == 0);
    DEMAND(fake_os_litter() == 0);
    DEMAND(fake_os_used() == 0);
    DEMAND(stage_handles() == 0);
}
