/* stage.h - what the unit tests of core share: memory for handles that is watched, short ways to open, and
 * scenes.
 *
 * A scene is one operation of process 1 with a state of the world before it. The same scenes are played with
 * every call failing (test_faults.c), with process 1 dying at every call (test_deaths.c) and with another
 * process acting before every call (test_between.c); afterwards stage_end plays the survivors and closes all
 * accounts.
 */
#ifndef STRAIT_TESTS_STAGE_H
#define STRAIT_TESTS_STAGE_H

#include <suite.h>

#include <strait/strait.h>

#include "core/segment.h"
#include "fake_os/fake_os.h"

#define STAGE_NAME "scene"
#define STAGE_BYTES 1000u
#define STAGE_MARK 0x5au

/* --- memory --------------------------------------------------------------------------------------------- */

/* Knows who allocated what, checks what is freed, and can be told to fail. */
extern const strait_allocator stage_allocator;

unsigned stage_handles(void); /* allocations not freed */
void stage_fail_allocation(bool fails);
void stage_bury_handles(unsigned process); /* frees what a dead process had */

/* --- short ways ----------------------------------------------------------------------------------------- */

void stage_begin(void); /* a new machine; for TEST_WITH */
void stage_check(void); /* nothing is open or held any more */

/* Marks the user bytes, so that a half-made segment shows. */
int stage_mark(void *data, uint64_t bytes, void *context);
bool stage_marked(const strait_segment *segment);

/* Options as all scenes use them: watched memory, marked bytes. */
strait_segment_options stage_options(strait_how how, strait_lifetime lifetime);

/* Opens as that process; the test fails if that fails. */
strait_segment *stage_open(unsigned process, const char *name, strait_how how, strait_lifetime lifetime);

/* Closes as that process; the test fails if that fails. */
void stage_close(unsigned process, strait_segment *segment);

/* The last failure as a sentence says so. */
void stage_said(const char *part);

/* --- scenes --------------------------------------------------------------------------------------------- */

typedef struct stage {
    strait_lifetime lifetime;
    strait_segment *mine;    /* process 1's, opened before */
    strait_segment *witness; /* process 2's, opened before; stays */
    strait_segment *opened;  /* by the operation */
    strait_object object;
    int descriptor;
    unsigned seen;
} stage;

typedef struct stage_scene {
    const char *name;
    void (*prepare)(stage *s); /* leaves process 1 current */
    int (*act)(stage *s);
    bool ends; /* the operation may end the segment's life */
    strait_lifetime lifetime;
} stage_scene;

extern const stage_scene stage_scenes[];
extern const unsigned stage_scene_count;

/* Sets the scene on a new machine, with counting at 0. */
void stage_set(stage *s, const stage_scene *scene);

/* Plays the survivors and clears the stage. `died`: process 1 is dead. Fails the test, naming the scene
 * and where. */
void stage_end(stage *s, const stage_scene *scene, bool died, const char *where);

#endif
