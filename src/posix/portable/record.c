/* record.c - which object has a name. layer: system
 *
 * A record is a file of 48 bytes that never changes: a line that says what it is, the number of the object, its
 * exact size (systems round the sizes of objects up). Whoever can write to the side directory can put one
 * there, so what it says is checked: the object must belong to the user who made the record, or somebody could make
 * others remove what is not theirs.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "posix/portable/portable.h"

#define HEADLINE "strait name 1\n"

void strait_portable_record_write(char text[STRAIT_PORTABLE_RECORD_BYTES + 1], uint64_t number,
                                  uint64_t bytes)
{
    snprintf(text, STRAIT_PORTABLE_RECORD_BYTES + 1, HEADLINE "%016" PRIx64 "\n%016" PRIx64 "\n", number,
             bytes);
}

/* Sixteen digits and the end of the line. */
static bool read_number(const char *at, uint64_t *number)
{
    *number = 0;
    for (int i = 0; i < 16; i++) {
        const char *digits = "0123456789abcdef";
        const char *digit = at[i] == '\0' ? NULL : strchr(digits, at[i]);
        if (digit == NULL) {
            return false;
        }
        *number = *number << 4 | (uint64_t)(digit - digits);
    }
    return at[16] == '\n';
}

static bool parse(const char *text, strait_portable_record *record)
{
    size_t head = strlen(HEADLINE);
    return memcmp(text, HEADLINE, head) == 0 && read_number(text + head, &record->number) &&
           read_number(text + head + 17, &record->bytes) && record->number <= INT64_MAX &&
           record->number != 0;
}

int strait_portable_record_read(const char *path, strait_portable_record *record, strait_os_cause *cause)
{
    char text[STRAIT_PORTABLE_RECORD_BYTES + 1];
    struct stat about = {0};
    int descriptor = strait_portable_open(path, O_RDONLY | O_NOFOLLOW, 0, false);
    if (descriptor < 0) {
        return strait_unix_failed(cause, "open");
    }
    bool plain = fstat(descriptor, &about) == 0 && S_ISREG(about.st_mode);
    ssize_t got = plain ? pread(descriptor, text, sizeof text, 0) : -1;
    close(descriptor);
    record->owner = about.st_uid;
    if (got != STRAIT_PORTABLE_RECORD_BYTES || !parse(text, record)) {
        cause->call = "what has the name is no record of Strait's";
        return STRAIT_FOREIGN;
    }
    return STRAIT_OK;
}

/* What tells objects apart: of files device and inode; of a name's object its number, and of what is no record
 * the inode, marked so that it is nobody's number. */
static bool identify(const strait_os_place *place, const char *path, uint64_t *device, uint64_t *file)
{
    struct stat about = {0};
    strait_portable_record record = {0};
    strait_os_cause cause = {0};
    bool named = place->kind == STRAIT_OS_NAMED;
    if ((named ? lstat(path, &about) : stat(path, &about)) != 0) {
        return false;
    }
    *device = (uint64_t)about.st_dev;
    *file = (uint64_t)about.st_ino;
    if (named) {
        int rc = strait_portable_record_read(path, &record, &cause);
        *file = rc == STRAIT_OK ? record.number : *file | UINT64_C(1) << 63;
        return rc != STRAIT_NOT_FOUND;
    }
    return true;
}

bool strait_portable_leads_to(const strait_os_place *place, const char *path, const strait_os_map *map)
{
    uint64_t device, file;
    return identify(place, path, &device, &file) && device == map->device && file == map->file;
}

void strait_os_map_identify(const strait_os_place *place, strait_os_map *map)
{
    char path[STRAIT_PORTABLE_PATH_MAX];
    strait_os_cause cause = {0};
    uint64_t device, file;
    *map = (strait_os_map){.probe = -1};
    if (place->kind == STRAIT_OS_RAW || place->kind == STRAIT_OS_ANONYMOUS ||
        strait_portable_path(place, false, path, sizeof path, &cause) < 0) {
        return;
    }
    if (identify(place, path, &device, &file)) {
        map->device = device;
        map->file = file;
    }
}
