/* request.c - the public open: checks the call before anything is touched, and owns the handle's memory.
 * layer: object
 */
#include "core/request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/name.h"
#include "core/open.h"
#include "core/options.h"
#include "core/schema.h"

#define PATH_MAX_BYTES 4000u
#define RAW_NAME_MAX 254u

static int check_path(const char *prefix, const char *name, size_t most)
{
    size_t length = strlen(name);
    if (length == 0 || length > most) {
        return strait_fail(NAME_RULE, prefix, name, length, length == 0 ? "it is empty" : "it is too long");
    }
    return STRAIT_OK;
}

static int check_raw_name(const char *prefix, const char *name)
{
    const char *slash = strchr(strait_name_clean(name), '/');
    if (slash != NULL) {
        return strait_fail(NAME_RULE, prefix, name, (size_t)(slash - name),
                           "a native name has no slash but the first");
    }
    const char *clean = strait_name_clean(name);
    if (strcmp(clean, ".") == 0 || strcmp(clean, "..") == 0) {
        return strait_fail(NAME_RULE, prefix, name, (size_t)0, "it names a directory");
    }
    return check_path(prefix, clean, RAW_NAME_MAX);
}

int strait_place_make(strait_os_place *place, const char *prefix, const char *name, strait_backing backing,
                      bool raw)
{
    *place = (strait_os_place){.kind = STRAIT_OS_ANONYMOUS, .name = NULL};
    if (backing == STRAIT_ANONYMOUS || backing == STRAIT_DESCRIPTOR) {
        return raw ? strait_fail(CANNOT, prefix, "a raw segment has a name or a path") : STRAIT_OK;
    }
    if (name == NULL) {
        return strait_fail(NULL_ARGUMENT, prefix, "the name");
    }
    if (backing == STRAIT_FILE) {
        *place = (strait_os_place){.kind = STRAIT_OS_FILE, .name = name};
        return check_path(prefix, name, PATH_MAX_BYTES);
    }
    if (backing != STRAIT_NAMED) {
        return strait_fail(BAD_OPTION, prefix, "backing", (uint64_t)(unsigned)backing,
                           "it is none of the four");
    }
    *place =
        (strait_os_place){.kind = raw ? STRAIT_OS_RAW : STRAIT_OS_NAMED, .name = strait_name_clean(name)};
    if (raw) {
        return check_raw_name(prefix, name);
    }
    size_t at;
    const char *fault = strait_name_fault(place->name, STRAIT_NAME_MAX, &at);
    return fault == NULL ? STRAIT_OK : strait_fail(NAME_RULE, prefix, name, at, fault);
}

static int check_ranges(const strait_segment_options *o, const char *prefix)
{
    struct {
        const char *option;
        uint64_t value, most;
    } ranges[] = {{"how", (uint64_t)(unsigned)o->how, STRAIT_ATTACH},
                  {"role", (uint64_t)(unsigned)o->role, STRAIT_OBSERVER},
                  {"backing", (uint64_t)(unsigned)o->backing, STRAIT_DESCRIPTOR},
                  {"lifetime", (uint64_t)(unsigned)o->lifetime, STRAIT_UNTIL_LAST_LEAVES},
                  {"mode", o->mode, 0777},
                  {"participants", o->participants, STRAIT_PARTICIPANTS_MAX},
                  {"objects", o->objects, STRAIT_OBJECTS_MAX}};
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        if (ranges[i].value > ranges[i].most) {
            return strait_fail(BAD_OPTION, prefix, ranges[i].option, ranges[i].value, "it is out of range");
        }
    }
    if (o->allocator != NULL && (o->allocator->allocate == NULL || o->allocator->free == NULL)) {
        return strait_fail(NULL_ARGUMENT, prefix, "a function of the allocator");
    }
    return STRAIT_OK;
}

static int check_together(const strait_segment_options *o, const char *prefix)
{
    if (o->role == STRAIT_OBSERVER && o->how != STRAIT_ATTACH && o->backing != STRAIT_DESCRIPTOR) {
        return strait_fail(BAD_TOGETHER, prefix, "an observer only looks: open with STRAIT_ATTACH");
    }
    if (o->backing == STRAIT_ANONYMOUS && o->how == STRAIT_ATTACH) {
        return strait_fail(BAD_TOGETHER, prefix,
                           "an anonymous segment is made here; attach with STRAIT_DESCRIPTOR");
    }
    if (o->backing == STRAIT_DESCRIPTOR && o->how == STRAIT_CREATE) {
        return strait_fail(BAD_TOGETHER, prefix,
                           "what was handed over is there already: open with STRAIT_ATTACH");
    }
    if (!o->raw && o->mode != 0 && (o->mode & 0600) != 0600) {
        return strait_fail(BAD_OPTION, prefix, "mode", (uint64_t)o->mode,
                           "the owner must be able to read and write, or nobody could clear up");
    }
    if (o->raw && (o->lifetime != STRAIT_UNTIL_REMOVED || o->record != NULL || o->room_bytes != 0)) {
        return strait_fail(BAD_TOGETHER, prefix, "a raw segment has bytes only: no lifetime, record or room");
    }
    return STRAIT_OK;
}

static int describe_record(strait_request *request)
{
    const strait_record *record = request->options.record;
    if (record == NULL) {
        return STRAIT_OK;
    }
    size_t bytes = strait_schema_write(record, request->schema, sizeof request->schema);
    if (bytes == 0 || bytes >= sizeof request->schema) {
        return strait_fail_record(request->prefix, record);
    }
    request->layout.schema_bytes = (uint32_t)bytes;
    request->fingerprint = strait_schema_fingerprint(request->schema, bytes);
    strait_segment_options *o = &request->options;
    if (request->noun != NULL) {
        return STRAIT_OK;
    }
    if (o->bytes == 0 && (o->how != STRAIT_ATTACH && o->backing != STRAIT_DESCRIPTOR)) {
        o->bytes = record->bytes;
    }
    if (o->bytes % record->bytes != 0) {
        return strait_fail(SIZE_RULE, request->prefix, o->bytes, o->room_bytes,
                           "it is no whole number of records");
    }
    return STRAIT_OK;
}

static int check_sizes(strait_request *request)
{
    const strait_segment_options *o = &request->options;
    if (o->how == STRAIT_ATTACH || o->backing == STRAIT_DESCRIPTOR) {
        return STRAIT_OK;
    }
    if (o->bytes == 0) {
        return strait_fail(SIZE_RULE, request->prefix, o->bytes, o->room_bytes, "give bytes or a record");
    }
    strait_geometry geometry;
    uint64_t total = o->raw ? o->bytes : strait_layout_footprint(&request->layout, &geometry);
    if (total == 0 || total > STRAIT_FORMAT_TOTAL_MAX) {
        return strait_fail(SIZE_RULE, request->prefix, o->bytes, o->room_bytes,
                           "it is more than any segment can have");
    }
    if (o->max_bytes != 0 && total > o->max_bytes) {
        return strait_fail(TOO_LARGE, request->prefix, total, o->max_bytes);
    }
    return STRAIT_OK;
}

static int check(strait_request *request)
{
    strait_segment_options *o = &request->options;
    int rc = check_ranges(o, request->prefix);
    rc = rc < 0 ? rc : check_together(o, request->prefix);
    rc = rc < 0 ? rc : describe_record(request);
    if (rc < 0) {
        return rc;
    }
    o->mode = o->mode == 0 ? 0600 : o->mode;
    request->layout.bytes = o->bytes;
    request->layout.room_bytes = o->room_bytes;
    request->layout.participants = o->participants == 0 ? STRAIT_PARTICIPANTS_DEFAULT : o->participants;
    request->layout.objects = o->objects == 0 ? STRAIT_OBJECTS_DEFAULT : o->objects;
    request->layout.lifetime = (uint32_t)o->lifetime;
    request->kind = o->kind != 0        ? o->kind
                    : o->record != NULL ? STRAIT_FORMAT_KIND_RECORD
                                        : STRAIT_FORMAT_KIND_BYTES;
    return check_sizes(request);
}

/* --- the handle's memory -------------------------------------------------------------------------------- */

static void *heap_allocate(void *context, size_t bytes)
{
    (void)context;
    return malloc(bytes);
}

static void heap_free(void *context, void *memory, size_t bytes)
{
    (void)context;
    (void)bytes;
    free(memory);
}

static strait_segment *make_handle(const strait_request *request, const strait_os_place *place,
                                   const char *where)
{
    static const strait_allocator heap = {heap_allocate, heap_free, NULL};
    const strait_allocator *allocator =
        request->options.allocator == NULL ? &heap : request->options.allocator;
    size_t name_bytes = place->name == NULL ? 0 : strlen(place->name) + 1;
    size_t bytes = sizeof(strait_segment) + name_bytes;
    strait_segment *segment = allocator->allocate(allocator->context, bytes);
    if (segment == NULL) {
        strait_fail(NO_HEAP, request->prefix, bytes);
        return NULL;
    }
    memset(segment, 0, sizeof *segment);
    segment->place = *place;
    if (place->name != NULL) {
        char *name = (char *)(segment + 1);
        memcpy(name, place->name, name_bytes);
        segment->place.name = name;
    }
    segment->map.probe = -1;
    segment->epoch = strait_os_process_epoch();
    segment->index = STRAIT_NOBODY;
    segment->role = request->options.role;
    segment->raw = request->options.raw;
    segment->allocator = *allocator;
    segment->allocated_bytes = bytes;
    memcpy(segment->where, where, sizeof segment->where);
    return segment;
}

static int open_checked(strait_request *request)
{
    if (request->options.raw) {
        return strait_open_raw(request);
    }
    switch (request->options.backing) {
    case STRAIT_ANONYMOUS:
        return strait_open_anonymous(request);
    case STRAIT_DESCRIPTOR:
        return strait_open_handed_over(request);
    default:
        return strait_open_by_name(request);
    }
}

/* The options are taken over; request->prefix is there to be filled. */
static int open_request(strait_request *request, const char *name, strait_prefix *prefix,
                        strait_segment **segment)
{
    strait_os_place place;
    int rc = strait_place_make(&place, prefix->text, name, request->options.backing, request->options.raw);
    if (rc < 0) {
        return rc;
    }
    char where[STRAIT_WHERE_MAX];
    strait_where_describe(where, sizeof where, &place, request->options.raw);
    if (request->noun != NULL) {
        snprintf(where, sizeof where, "%s \"%s\"", request->noun, place.name);
    }
    strait_prefix_make(prefix, "open", where);
    rc = check(request);
    if (rc < 0) {
        return rc;
    }
    char whole[PATH_MAX_BYTES + STRAIT_NAME_MAX];
    if (place.kind == STRAIT_OS_FILE) {
        if (!strait_os_whole_path(place.name, whole, sizeof whole)) {
            return strait_fail(SYSTEM_BAD_NAME, prefix->text,
                               "the path is too long, or leads from a directory that is gone");
        }
        place.name = whole;
    }
    request->segment = make_handle(request, &place, where);
    if (request->segment == NULL) {
        return STRAIT_NO_MEMORY;
    }
    rc = open_checked(request);
    if (rc < 0) {
        strait_allocator allocator = request->segment->allocator;
        allocator.free(allocator.context, request->segment, request->segment->allocated_bytes);
        return rc;
    }
    *segment = request->segment;
    return STRAIT_OK;
}

int strait_segment_open_abi(const char *name, const strait_segment_options *options, size_t options_bytes,
                            uint32_t abi, strait_segment **segment)
{
    strait_prefix prefix = {"open a segment"};
    strait_request request = {.prefix = prefix.text};
    if (segment == NULL) {
        return strait_fail(NULL_ARGUMENT, prefix.text, "the place for the handle");
    }
    *segment = NULL;
    if (abi != STRAIT_ABI ||
        !strait_options_take(&request.options, sizeof request.options, options, options_bytes)) {
        return strait_fail(OTHER_ABI, prefix.text, abi, options_bytes, STRAIT_VERSION_TEXT, STRAIT_ABI,
                           sizeof request.options);
    }
    if (options == NULL) {
        request.options.how = STRAIT_ATTACH;
    }
    return open_request(&request, name, &prefix, segment);
}

int strait_segment_open_object(const char *name, const char *noun, const strait_segment_options *options,
                               strait_segment **segment)
{
    strait_prefix prefix;
    snprintf(prefix.text, sizeof prefix.text, "open a %s", noun);
    strait_request request = {.options = *options, .prefix = prefix.text, .noun = noun};
    *segment = NULL;
    return open_request(&request, name, &prefix, segment);
}
