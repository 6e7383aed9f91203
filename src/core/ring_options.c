/* ring_options.c - what may be asked of a ring, and whether the one that is there is what was asked for.
 * layer: object
 */
#include <stdio.h>

#include "core/ring.h"

#define SLOTS_DEFAULT 4096u
#define PORTS_DEFAULT 64u
#define ALIGN_LEAST 8u /* the same for all who align to less, whatever their compilers make of a struct */

static int check_ranges(const strait_ring_options *o, const char *prefix)
{
    struct {
        const char *option;
        uint64_t value, most;
    } ranges[] = {{"role", (uint64_t)(unsigned)o->role, STRAIT_OBSERVER},
                  {"writers", (uint64_t)(unsigned)o->writers, STRAIT_MANY},
                  {"readers", (uint64_t)(unsigned)o->readers, STRAIT_MANY},
                  {"strategy", (uint64_t)(unsigned)o->strategy, STRAIT_SLEEP},
                  {"full", (uint64_t)(unsigned)o->full, STRAIT_FULL_OVERWRITES},
                  {"slots", o->slots, STRAIT_RING_SLOTS_MAX},
                  {"ports", o->ports, STRAIT_FORMAT_PORTS_MAX}};
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        if (ranges[i].value > ranges[i].most) {
            return strait_fail(BAD_OPTION, prefix, ranges[i].option, ranges[i].value, "it is out of range");
        }
    }
    return STRAIT_OK;
}

static int fail_overwriting(const char *prefix)
{
    return strait_fail(
        BAD_TOGETHER, prefix,
        "who overwrites is the one writer, and takes from the old end as a reader does: the ring "
        "is for one writer and STRAIT_MANY readers");
}

static int check_record(strait_ring_options *o, const char *prefix)
{
    if (o->record == NULL) {
        return STRAIT_OK;
    }
    if (o->record->bytes > STRAIT_RING_ITEM_MAX) {
        return strait_fail(BAD_OPTION, prefix, "record", o->record->bytes, "no item has more than 1 GiB");
    }
    if (o->item_bytes != 0 && o->item_bytes != o->record->bytes) {
        return strait_fail(BAD_OPTION, prefix, "item_bytes", (uint64_t)o->item_bytes,
                           "the record has another size");
    }
    o->item_bytes = (uint32_t)o->record->bytes;
    if (o->item_align == 0 && o->record->align <= 64) {
        o->item_align = (uint32_t)o->record->align;
    }
    return STRAIT_OK;
}

static const char *fault_of(const strait_ring_shape *shape)
{
    if (shape->item_bytes == 0) {
        return "give item_bytes or a record";
    }
    if (shape->item_bytes > STRAIT_RING_ITEM_MAX) {
        return "no item has more than 1 GiB";
    }
    if (shape->item_align > 64 || (shape->item_align & (shape->item_align - 1)) != 0) {
        return "an alignment is a power of two up to 64";
    }
    return "it is more than any segment can have";
}

int strait_ring_check_options(strait_ring_options *o, const char *prefix, strait_ring_geometry *geometry)
{
    int rc = check_ranges(o, prefix);
    rc = rc < 0 ? rc : check_record(o, prefix);
    if (rc < 0) {
        return rc;
    }
    bool overwrites = o->full == STRAIT_FULL_OVERWRITES;
    if (overwrites && (o->writers == STRAIT_MANY || o->readers == STRAIT_ONE)) {
        return fail_overwriting(prefix);
    }
    strait_ring_shape shape = {.item_bytes = o->item_bytes,
                               .item_align = o->item_align < ALIGN_LEAST ? ALIGN_LEAST : o->item_align,
                               .slots = o->slots == 0 ? SLOTS_DEFAULT : o->slots,
                               .ports = o->ports == 0 ? PORTS_DEFAULT : o->ports,
                               .writers = o->writers == 0 ? STRAIT_FORMAT_ONE : (uint32_t)o->writers,
                               .readers = o->readers != 0 ? (uint32_t)o->readers
                                          : overwrites    ? STRAIT_FORMAT_MANY
                                                          : STRAIT_FORMAT_ONE,
                               .drop_seen = o->drop_seen};
    bool crooked = (o->item_align & (o->item_align - 1)) != 0;
    shape.item_align = crooked ? o->item_align : shape.item_align;
    bool possible = !crooked && strait_ring_footprint(&shape, geometry) != 0;
    if (!possible && (o->how != STRAIT_ATTACH || o->item_bytes != 0)) {
        return strait_fail(NO_SHAPE, prefix, shape.slots, shape.item_bytes, shape.item_align,
                           fault_of(&shape));
    }
    return STRAIT_OK;
}

/* --- does it fit what is there? -------------------------------------------------------------------------- */

static int differ(const char *prefix, const char *format, uint32_t there, uint32_t asked)
{
    char made_for[64];
    char asked_for[64];
    snprintf(made_for, sizeof made_for, format, there); /* NOLINT(clang-diagnostic-format-nonliteral) */
    snprintf(asked_for, sizeof asked_for, format, asked);
    return strait_fail(OTHER_SHAPE, prefix, made_for, asked_for);
}

static int match_sides(const char *prefix, bool writers, uint32_t there, strait_sides asked)
{
    static const char *const names[2][2] = {{"one reader", "many readers"}, {"one writer", "many writers"}};
    if (asked == 0 || there == (uint32_t)asked) {
        return STRAIT_OK;
    }
    return strait_fail(OTHER_SHAPE, prefix, names[writers][there == STRAIT_FORMAT_MANY],
                       names[writers][asked == STRAIT_MANY]);
}

int strait_ring_match(const strait_ring_geometry *there, const strait_ring_options *asked, const char *prefix)
{
    uint32_t align = asked->item_align < ALIGN_LEAST ? ALIGN_LEAST : asked->item_align;
    if (asked->item_bytes != 0 && asked->item_bytes != there->shape.item_bytes) {
        return differ(prefix, "items of %" PRIu32 " bytes", there->shape.item_bytes, asked->item_bytes);
    }
    if (asked->item_align != 0 && align != there->shape.item_align) {
        return differ(prefix, "items aligned to %" PRIu32 " bytes", there->shape.item_align, align);
    }
    if (asked->slots != 0) {
        uint64_t slots = 1;
        while (slots < asked->slots) {
            slots *= 2;
        }
        if (slots != there->shape.slots) {
            return differ(prefix, "%" PRIu32 " slots", there->shape.slots, (uint32_t)slots);
        }
    }
    int rc = match_sides(prefix, true, there->shape.writers, asked->writers);
    rc = rc < 0 ? rc : match_sides(prefix, false, there->shape.readers, asked->readers);
    if (rc == STRAIT_OK && asked->full == STRAIT_FULL_OVERWRITES &&
        (there->shape.writers != STRAIT_FORMAT_ONE || there->shape.readers != STRAIT_FORMAT_MANY)) {
        return fail_overwriting(prefix);
    }
    return rc;
}
