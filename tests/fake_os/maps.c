/* maps.c - the fake machine's primitives over maps: core/os.h, section "maps", and descriptors of them.
 *
 * A map in the hands of core names its record here by spare[0]. A process that uses another's map, or one
 * that is closed, has broken the contract of os.h: the test is aborted.
 */
#include "machine.h"

#include <stdio.h>
#include <string.h>

static fake_map *map_of(const strait_os_map *map)
{
    fake_map *m = &machine.maps[map->spare[0]];
    if (map->base == NULL || !m->used || m->object->file != map->file) {
        machine_abort("a map is used that is not open");
    }
    if (m->process != machine.current) {
        machine_abort("a process uses another's map");
    }
    return m;
}

static void open_map(fake_object *object, bool writable, bool made_here, strait_os_map *map)
{
    for (unsigned i = 0; i < MACHINE_MAPS; i++) {
        if (machine.maps[i].used) {
            continue;
        }
        machine.maps[i] = (fake_map){
            .used = true, .process = machine.current, .object = object, .token = STRAIT_OS_NO_TOKEN};
        *map = (strait_os_map){.base = object->bytes,
                               .bytes = object->count,
                               .writable = writable,
                               .made_here = made_here,
                               .probe = -1,
                               .device = 1,
                               .file = object->file,
                               .epoch = strait_os_process_epoch(),
                               .spare = {(int64_t)i, 0}};
        return;
    }
    machine_abort("too many maps");
}

int strait_os_map_create(const strait_os_place *place, uint64_t bytes, uint32_t mode, uint32_t token,
                         strait_os_map *map, strait_os_cause *cause)
{
    int rc;
    if (!machine_enter(FAKE_OS_CREATE, &rc, cause)) {
        return rc;
    }
    bool anonymous = place->kind == STRAIT_OS_ANONYMOUS;
    if (anonymous && !machine.facts.has_anonymous_maps) {
        return machine_leave(machine_fail(STRAIT_UNSUPPORTED, cause, "fake memfd", 38));
    }
    fake_object *object = machine_make(bytes);
    if (object == NULL) {
        cause->asked = bytes;
        cause->available = machine.capacity - machine.used;
        cause->where = "the fake machine";
        return machine_leave(machine_fail(STRAIT_NO_SPACE, cause, "fake allocate", 28));
    }
    object->mode = mode;
    object->anonymous = anonymous;
    open_map(object, true, true, map);
    machine.maps[map->spare[0]].token = token;
    return machine_leave(STRAIT_OK);
}

int strait_os_map_publish(strait_os_map *map, const strait_os_place *place, strait_os_cause *cause)
{
    int rc;
    if (!machine_enter(FAKE_OS_PUBLISH, &rc, cause)) {
        return rc;
    }
    fake_object *object = map_of(map)->object;
    char key[MACHINE_KEY];
    machine_key(place, key);
    if (object->published || object->anonymous) {
        machine_abort("a map is published twice, or without a name");
    }
    if (machine_find(key) != NULL) {
        return machine_leave(machine_fail(STRAIT_EXISTS, cause, "fake link", 17));
    }
    strcpy(object->key, key);
    object->published = true;
    return machine_leave(STRAIT_OK);
}

static int open_object(fake_object *object, bool writable, uint64_t least_bytes, uint64_t most_bytes,
                       strait_os_map *map, strait_os_cause *cause)
{
    if (object->count < least_bytes) {
        cause->asked = least_bytes;
        cause->available = object->count;
        return machine_fail(STRAIT_TRUNCATED, cause, NULL, 0);
    }
    if (most_bytes != 0 && object->count > most_bytes) {
        cause->asked = object->count;
        cause->available = most_bytes;
        return machine_fail(STRAIT_OVER_QUOTA, cause, NULL, 0);
    }
    open_map(object, writable, false, map);
    return STRAIT_OK;
}

int strait_os_map_open(const strait_os_place *place, bool writable, uint64_t least_bytes, uint64_t most_bytes,
                       strait_os_map *map, strait_os_cause *cause)
{
    int rc;
    if (!machine_enter(FAKE_OS_OPEN, &rc, cause)) {
        return rc;
    }
    char key[MACHINE_KEY];
    machine_key(place, key);
    fake_object *object = machine_find(key);
    if (object == NULL) {
        return machine_leave(machine_fail(STRAIT_NOT_FOUND, cause, "fake open", 2));
    }
    if (!machine_may(object, writable)) {
        return machine_leave(machine_fail(STRAIT_DENIED, cause, "fake open", 13));
    }
    return machine_leave(open_object(object, writable, least_bytes, most_bytes, map, cause));
}

static fake_descriptor *descriptor_of(int descriptor)
{
    unsigned i = (unsigned)descriptor - 100;
    bool known = descriptor >= 100 && i < MACHINE_DESCRIPTORS && machine.descriptors[i].used;
    return known && machine.descriptors[i].process == machine.current ? &machine.descriptors[i] : NULL;
}

int strait_os_map_open_descriptor(int descriptor, bool writable, uint64_t least_bytes, uint64_t most_bytes,
                                  strait_os_map *map, strait_os_cause *cause)
{
    int rc;
    if (!machine_enter(FAKE_OS_OPEN_DESCRIPTOR, &rc, cause)) {
        return rc;
    }
    const fake_descriptor *d = descriptor_of(descriptor);
    if (d == NULL) {
        return machine_leave(machine_fail(STRAIT_BAD_ARGUMENT, cause, "fake fstat", 9));
    }
    if (writable && !d->writable) {
        return machine_leave(machine_fail(STRAIT_DENIED, cause, "fake open", 13));
    }
    return machine_leave(open_object(d->object, writable, least_bytes, most_bytes, map, cause));
}

int strait_os_map_descriptor(const strait_os_map *map, const strait_os_place *place, bool writable,
                             int *descriptor, strait_os_cause *cause)
{
    int rc;
    (void)place;
    if (!machine_enter(FAKE_OS_DESCRIPTOR, &rc, cause)) {
        return rc;
    }
    fake_object *object = map_of(map)->object;
    for (unsigned i = 0; i < MACHINE_DESCRIPTORS; i++) {
        if (!machine.descriptors[i].used) {
            machine.descriptors[i] = (fake_descriptor){true, machine.current, object, writable};
            *descriptor = (int)i + 100;
            return machine_leave(STRAIT_OK);
        }
    }
    return machine_leave(machine_fail(STRAIT_TOO_MANY_FILES, cause, "fake dup", 24));
}

void strait_os_map_close(strait_os_map *map)
{
    int rc;
    machine_enter(FAKE_OS_CLOSE, &rc, NULL);
    if (map->base != NULL && map->epoch == strait_os_process_epoch()) {
        machine_drop(map_of(map));
    }
    map->base = NULL;
    machine_leave(STRAIT_OK);
}

static bool may_take_away(const fake_object *object)
{
    uint32_t user = machine.processes[machine.current].user;
    return user == 0 || user == object->user;
}

int strait_os_map_evict(const strait_os_map *map, const strait_os_place *place, strait_os_cause *cause)
{
    int rc;
    if (!machine_enter(FAKE_OS_EVICT, &rc, cause)) {
        return rc;
    }
    char key[MACHINE_KEY];
    machine_key(place, key);
    fake_object *object = key[0] == '\0' ? NULL : machine_find(key);
    if (object == NULL ||
        object->file != map->file) { /* of the map nothing is used but its identity: it may be closed */
        return machine_leave(STRAIT_OK);
    }
    if (object->evictor_stopped) {
        return machine_leave(machine_fail(STRAIT_BUSY, cause, "fake lock", 11));
    }
    if (!may_take_away(object)) {
        return machine_leave(machine_fail(STRAIT_DENIED, cause, "fake unlink", 1));
    }
    object->key[0] = '\0';
    machine_release(object);
    return machine_leave(STRAIT_OK);
}

void strait_os_map_identify(const strait_os_place *place, strait_os_map *map)
{
    char key[MACHINE_KEY];
    machine_key(place, key);
    const fake_object *object = key[0] == '\0' ? NULL : machine_find(key);
    *map = (strait_os_map){.probe = -1, .device = object != NULL, .file = object == NULL ? 0 : object->file};
}

bool strait_os_whole_path(const char *path, char *whole, size_t room)
{
    return (size_t)snprintf(whole, room, "%s%s", path[0] == '/' ? "" : "/fake/", path) < room;
}

int strait_os_map_unlink(const strait_os_place *place, strait_os_cause *cause)
{
    int rc;
    if (!machine_enter(FAKE_OS_UNLINK, &rc, cause)) {
        return rc;
    }
    char key[MACHINE_KEY];
    machine_key(place, key);
    fake_object *object = machine_find(key);
    if (object == NULL) {
        return machine_leave(machine_fail(STRAIT_NOT_FOUND, cause, "fake unlink", 2));
    }
    if (!may_take_away(object)) {
        return machine_leave(machine_fail(STRAIT_DENIED, cause, "fake unlink", 1));
    }
    object->key[0] = '\0';
    machine_release(object);
    return machine_leave(STRAIT_OK);
}

int strait_os_map_stat(const strait_os_map *map, const strait_os_place *place, strait_os_map_status *status,
                       strait_os_cause *cause)
{
    int rc;
    (void)place;
    if (!machine_enter(FAKE_OS_STAT, &rc, cause)) {
        return rc;
    }
    const fake_object *object = map_of(map)->object;
    *status = (strait_os_map_status){.bytes = object->count,
                                     .mode = object->mode,
                                     .user = object->user,
                                     .group = object->user,
                                     .changed_ns = object->changed_ns,
                                     .linked = object->key[0] != '\0'};
    return machine_leave(STRAIT_OK);
}

int strait_os_map_set_mode(const strait_os_map *map, const strait_os_place *place, uint32_t mode,
                           strait_os_cause *cause)
{
    int rc;
    (void)place;
    if (!machine_enter(FAKE_OS_SET_MODE, &rc, cause)) {
        return rc;
    }
    fake_object *object = map_of(map)->object;
    if (!may_take_away(object)) {
        return machine_leave(machine_fail(STRAIT_DENIED, cause, "fake chmod", 1));
    }
    object->mode = mode;
    return machine_leave(STRAIT_OK);
}

int strait_os_map_list(int (*see)(void *context, const char *name), void *context, strait_os_cause *cause)
{
    static const char prefix[] = "strait.";
    int rc;
    if (!machine_enter(FAKE_OS_LIST, &rc, cause)) {
        return rc;
    }
    unsigned call = machine_call();
    for (unsigned i = 0; i < MACHINE_OBJECTS; i++) {
        const fake_object *object = &machine.objects[i];
        if (!object->used || strncmp(object->key, prefix, sizeof prefix - 1) != 0) {
            continue;
        }
        char name[MACHINE_KEY]; /* `see` may take the name away */
        snprintf(name, sizeof name, "%s", object->key + sizeof prefix - 1);
        rc = see(context, name);
        if (rc != 0) {
            return machine_leave_call(call, rc);
        }
    }
    return machine_leave_call(call, STRAIT_OK);
}

int strait_os_sweep(strait_os_cause *cause)
{
    int rc;
    if (!machine_enter(FAKE_OS_SWEEP, &rc, cause)) {
        return rc;
    }
    int count = 0;
    for (unsigned i = 0; i < MACHINE_OBJECTS; i++) {
        if (machine.objects[i].used && machine.objects[i].litter) {
            machine.objects[i].litter = false;
            machine_release(&machine.objects[i]);
            count++;
        }
    }
    return machine_leave(count);
}
