/* objects.c - the memory of the fake machine and its names: who keeps an object alive, what it costs, and the
 * accounts that tests read at their end.
 */
#include "machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ALIGNMENT 16384u

/* One native name space, as on a real system: the raw name "/strait.x" is what the Strait name "x" stands
 * for. */
void machine_key(const strait_os_place *place, char *key)
{
    const char *name = place->name == NULL ? "" : place->name;
    switch (place->kind) {
    case STRAIT_OS_NAMED:
        snprintf(key, MACHINE_KEY, "strait.%s", name);
        break;
    case STRAIT_OS_FILE:
        snprintf(key, MACHINE_KEY, "file:%s", name);
        break;
    case STRAIT_OS_RAW:
        snprintf(key, MACHINE_KEY, "%s", name[0] == '/' ? name + 1 : name);
        break;
    default:
        key[0] = '\0';
        break;
    }
}

fake_object *machine_find(const char *key)
{
    for (unsigned i = 0; key[0] != '\0' && i < MACHINE_OBJECTS; i++) {
        fake_object *object = &machine.objects[i];
        if (object->used && strcmp(object->key, key) == 0) {
            return object;
        }
    }
    return NULL;
}

/* NULL if the machine has not so much; the block is exactly as long as the object, so that a sanitizer
 * sees every step beyond it. */
fake_object *machine_make(uint64_t count)
{
    uint64_t charged =
        machine.facts.size_is_exact ? count : (count + machine.page - 1) / machine.page * machine.page;
    if (charged > machine.capacity - machine.used) {
        return NULL;
    }
    for (unsigned i = 0; i < MACHINE_OBJECTS; i++) {
        fake_object *object = &machine.objects[i];
        if (object->used) {
            continue;
        }
        *object =
            (fake_object){.used = true, .count = charged, .charged = charged, .file = ++machine.next_file};
        object->block = calloc(1, (size_t)charged + ALIGNMENT);
        if (object->block == NULL) {
            machine_abort("no memory for an object");
        }
        uintptr_t at = ((uintptr_t)object->block + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        object->bytes = (unsigned char *)at;
        object->user = machine.processes[machine.current].user;
        object->maker = machine.current;
        object->changed_ns = machine.now_ns + machine.wall_offset_ns;
        machine.used += charged;
        return object;
    }
    machine_abort("too many objects");
}

static bool kept(const fake_object *object)
{
    if (object->litter || (object->key[0] != '\0' && machine.facts.names_persist)) {
        return true;
    }
    for (unsigned i = 0; i < MACHINE_MAPS; i++) {
        if (machine.maps[i].used && machine.maps[i].object == object) {
            return true;
        }
    }
    for (unsigned i = 0; i < MACHINE_DESCRIPTORS; i++) {
        if (machine.descriptors[i].used && machine.descriptors[i].object == object) {
            return true;
        }
    }
    return false;
}

void machine_release(fake_object *object)
{
    if (!object->used || kept(object)) {
        return;
    }
    machine.used -= object->charged;
    free(object->block);
    *object = (fake_object){.used = false};
}

bool machine_may(const fake_object *object, bool write)
{
    uint32_t user = machine.processes[machine.current].user;
    uint32_t bits = user == object->user ? object->mode >> 6 : object->mode;
    uint32_t need = write ? 6 : 4;
    return user == 0 || (bits & need) == need;
}

void machine_drop(fake_map *map)
{
    fake_object *object = map->object;
    map->used = false;
    machine_release(object);
}

void machine_drop_process(unsigned process)
{
    for (unsigned i = 0; machine.litter && i < MACHINE_OBJECTS; i++) {
        fake_object *object = &machine.objects[i];
        if (object->used && !object->published && !object->anonymous && object->maker == process) {
            object->litter = true;
        }
    }
    for (unsigned i = 0; i < MACHINE_MAPS; i++) {
        if (machine.maps[i].used && machine.maps[i].process == process) {
            machine_drop(&machine.maps[i]);
        }
    }
    for (unsigned i = 0; i < MACHINE_DESCRIPTORS; i++) {
        if (machine.descriptors[i].used && machine.descriptors[i].process == process) {
            fake_os_close_descriptor((int)i + 100);
        }
    }
}

void machine_wipe_all(void)
{
    for (unsigned i = 0; i < MACHINE_OBJECTS; i++) {
        free(machine.objects[i].block);
    }
}

static fake_object *behind(const char *name)
{
    char key[MACHINE_KEY];
    machine_key(&(strait_os_place){STRAIT_OS_NAMED, name}, key);
    return machine_find(key);
}

/* --- accounts ------------------------------------------------------------------------------------------- */

unsigned fake_os_maps(void)
{
    unsigned count = 0;
    for (unsigned i = 0; i < MACHINE_MAPS; i++) {
        count += machine.maps[i].used;
    }
    return count;
}

unsigned fake_os_maps_of(unsigned process)
{
    unsigned count = 0;
    for (unsigned i = 0; i < MACHINE_MAPS; i++) {
        count += machine.maps[i].used && machine.maps[i].process == process;
    }
    return count;
}

unsigned fake_os_tokens(void)
{
    unsigned count = 0;
    for (unsigned i = 0; i < MACHINE_MAPS; i++) {
        count += machine.maps[i].used && machine.maps[i].token != STRAIT_OS_NO_TOKEN;
    }
    return count;
}

unsigned fake_os_tokens_on(const char *name)
{
    const fake_object *object = behind(name);
    unsigned count = 0;
    for (unsigned i = 0; object != NULL && i < MACHINE_MAPS; i++) {
        const fake_map *map = &machine.maps[i];
        count += map->used && map->object == object && map->token != STRAIT_OS_NO_TOKEN;
    }
    return count;
}

unsigned fake_os_descriptors(void)
{
    unsigned count = 0;
    for (unsigned i = 0; i < MACHINE_DESCRIPTORS; i++) {
        count += machine.descriptors[i].used;
    }
    return count;
}

unsigned fake_os_names(void)
{
    unsigned count = 0;
    for (unsigned i = 0; i < MACHINE_OBJECTS; i++) {
        count += machine.objects[i].used && machine.objects[i].key[0] != '\0';
    }
    return count;
}

unsigned fake_os_litter(void)
{
    unsigned count = 0;
    for (unsigned i = 0; i < MACHINE_OBJECTS; i++) {
        count += machine.objects[i].used && machine.objects[i].litter;
    }
    return count;
}

uint64_t fake_os_used(void)
{
    return machine.used;
}

/* --- what others do to the memory ----------------------------------------------------------------------- */

void *fake_os_bytes(const char *name, uint64_t *count)
{
    fake_object *object = behind(name);
    if (object != NULL && count != NULL) {
        *count = object->count;
    }
    return object == NULL ? NULL : object->bytes;
}

void fake_os_plant(const char *name, const void *bytes, uint64_t count)
{
    if (behind(name) != NULL) {
        machine_abort("a name is planted twice");
    }
    fake_object *object = machine_make(count);
    if (object == NULL) {
        machine_abort("no room to plant in");
    }
    machine_key(&(strait_os_place){STRAIT_OS_NAMED, name}, object->key);
    object->published = true;
    object->user = 1000;
    object->mode = 0600;
    memcpy(object->bytes, bytes, (size_t)count);
}

void fake_os_truncate(const char *name, uint64_t count)
{
    fake_object *object = behind(name);
    if (object == NULL || count > object->charged) {
        machine_abort("nothing to truncate so");
    }
    object->count = count;
}

void fake_os_stop_evictor(const char *name, bool stopped)
{
    fake_object *object = behind(name);
    if (object == NULL) {
        machine_abort("nobody can take that name away");
    }
    object->evictor_stopped = stopped;
}

void fake_os_wipe(void)
{
    for (unsigned i = 0; i < MACHINE_OBJECTS; i++) {
        machine.objects[i].key[0] = '\0';
        machine.objects[i].litter = false;
        if (machine.objects[i].used) {
            machine_release(&machine.objects[i]);
        }
    }
}

/* --- descriptors ---------------------------------------------------------------------------------------- */

static fake_descriptor *descriptor_of(int descriptor)
{
    unsigned i = (unsigned)descriptor - 100;
    if (descriptor < 100 || i >= MACHINE_DESCRIPTORS || !machine.descriptors[i].used) {
        machine_abort("there is no such descriptor");
    }
    return &machine.descriptors[i];
}

void fake_os_close_descriptor(int descriptor)
{
    fake_descriptor *d = descriptor_of(descriptor);
    fake_object *object = d->object;
    d->used = false;
    machine_release(object);
}

int fake_os_hand_over(int descriptor, unsigned to)
{
    fake_descriptor *d = descriptor_of(descriptor);
    for (unsigned i = 0; i < MACHINE_DESCRIPTORS; i++) {
        if (!machine.descriptors[i].used) {
            machine.descriptors[i] = *d;
            machine.descriptors[i].process = to;
            return (int)i + 100;
        }
    }
    machine_abort("too many descriptors");
}
