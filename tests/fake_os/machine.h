/* machine.h - the inside of the fake machine, shared by its files: machine.c has processes, clock and calls,
 * objects.c the memory and its names, maps.c and tokens.c the primitives of core/os.h.
 */
#ifndef STRAIT_TESTS_FAKE_MACHINE_H
#define STRAIT_TESTS_FAKE_MACHINE_H

#include "fake_os.h"

#define MACHINE_OBJECTS 512
#define MACHINE_MAPS 1024
#define MACHINE_DESCRIPTORS 256
#define MACHINE_KEY 1024
#define MACHINE_NOBODY UINT32_MAX

typedef struct fake_object {
    bool used;
    char key[MACHINE_KEY]; /* native name; "" if it has none */
    void *block;           /* what was allocated; bytes lie aligned in it */
    unsigned char *bytes;
    uint64_t count, charged;
    uint64_t file; /* identity, never used twice */
    uint32_t user, mode;
    unsigned maker; /* process, while unpublished */
    bool anonymous, published;
    bool litter; /* its maker died before it published */
    bool evictor_stopped;
    uint64_t changed_ns;
} fake_object;

typedef struct fake_map {
    bool used;
    unsigned process;
    fake_object *object;
    uint32_t token; /* STRAIT_OS_NO_TOKEN if none */
} fake_map;

typedef struct fake_descriptor {
    bool used;
    unsigned process;
    fake_object *object;
    bool writable;
} fake_descriptor;

typedef struct fake_process {
    bool alive;
    uint32_t pid;
    uint64_t start, epoch, pid_namespace;
    uint32_t user;
} fake_process;

typedef struct fake_machine {
    strait_os_facts facts;
    fake_process processes[FAKE_OS_PROCESSES];
    unsigned current;
    uint64_t now_ns, wall_offset_ns, random;
    uint64_t capacity, page, used;
    uint64_t next_file, next_epoch;
    uint32_t next_pid;
    uint8_t boot[16];
    bool litter, blind;
    fake_object objects[MACHINE_OBJECTS];
    fake_map maps[MACHINE_MAPS];
    fake_descriptor descriptors[MACHINE_DESCRIPTORS];
} fake_machine;

extern fake_machine machine;

/* Every primitive begins with MACHINE_ENTER and ends by returning through machine_leave. If an order says
 * that the call fails, *result is that failure and the primitive returns it at once. */
bool machine_enter(fake_os_call call, int *result, strait_os_cause *cause);
int machine_leave(int result);

/* The same for a primitive during which others are called: the number of the call, asked for after
 * machine_enter. */
unsigned machine_call(void);
int machine_leave_call(unsigned call, int result);

/* Runs whoever may act while the caller sleeps; true if that is worth waking for. */
bool machine_sleep(void);

/* A failure of the fake system itself, with its cause. */
int machine_fail(int result, strait_os_cause *cause, const char *call, int64_t code);

_Noreturn void machine_abort(const char *why);

void machine_key(const strait_os_place *place, char *key);
fake_object *machine_find(const char *key);
fake_object *machine_make(uint64_t count);
void machine_release(fake_object *object); /* frees it if nothing keeps it any more */
bool machine_may(const fake_object *object, bool write);
void machine_drop(fake_map *map); /* closes one map */
void machine_drop_process(unsigned process);
void machine_wipe_all(void);

#endif
