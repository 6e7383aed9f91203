/* key.c - where a place is: names as keys. layer: system
 *
 * System V knows objects by a number. A name is hashed to a row of keys; whatever lies under one of them is
 * ours only if the full name stands in it. All 32 are always looked at (a few microseconds), so a removed
 * neighbour leaves no gap that hides what lies behind it. A key of ours begins with 5 (hexadecimal), one of
 * a semaphore set with 6, and the size of a segment of ours ends, modulo 4096, in a number that follows from
 * its key: that tells ours from others' before anything stands in it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sysv/sysv.h"

static uint64_t fnv(const char *text)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (; *text != '\0'; text++) {
        hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
    }
    return hash;
}

static uint64_t mix(uint64_t x)
{
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

key_t strait_sysv_key(const char *name, unsigned room)
{
    uint64_t hash = mix(fnv(name) + room * UINT64_C(0x9e3779b97f4a7c15));
    return (key_t)(0x50000000u | (uint32_t)(hash & 0x0fffffffu));
}

bool strait_sysv_key_is_ours(key_t key)
{
    return ((uint32_t)key & 0xf0000000u) == 0x50000000u;
}

#define UNIT 4096u

static uint64_t signature(key_t key)
{
    return 1 + mix((uint32_t)key) % (UNIT - 1);
}

uint64_t strait_sysv_whole_bytes(key_t key, uint64_t bytes)
{
    return (STRAIT_SYSV_FRONT_BYTES + bytes + UNIT - 1) / UNIT * UNIT + signature(key);
}

bool strait_sysv_is_signed(key_t key, uint64_t whole_bytes)
{
    return whole_bytes > STRAIT_SYSV_FRONT_BYTES && whole_bytes % UNIT == signature(key);
}

/* --- raw places ----------------------------------------------------------------------------------------- */

static int refuse(strait_os_cause *cause, const char *why)
{
    *cause = (strait_os_cause){.call = why};
    return STRAIT_UNSUPPORTED;
}

int strait_sysv_check_place(const strait_os_place *place, strait_os_cause *cause)
{
    switch (place->kind) {
    case STRAIT_OS_FILE:
        return refuse(cause,
                      "System V memory does not lie in files (a raw segment may be named PATH:P, as ftok "
                      "takes them)");
    case STRAIT_OS_ANONYMOUS:
        return refuse(cause, "System V memory has no descriptors to hand over, so every segment has a name");
    default:
        return STRAIT_OK;
    }
}

/* PATH:P, where P is a letter or a number from 1 to 255: what ftok(PATH, P) says. */
static int file_key(const strait_os_place *place, key_t *key, strait_os_cause *cause)
{
    char path[4352];
    const char *colon = strrchr(place->name, ':');
    if (colon == NULL || colon[1] == '\0' || (size_t)(colon - place->name) >= sizeof path) {
        return strait_sysv_check_place(place, cause);
    }
    char *rest = NULL;
    long number = strtol(colon + 1, &rest, 10);
    if (colon[2] == '\0' && (colon[1] < '0' || colon[1] > '9')) {
        number = (unsigned char)colon[1];
    } else if (*rest != '\0' || number < 1 || number > 255) {
        return strait_sysv_check_place(place, cause);
    }
    snprintf(path, sizeof path, "%.*s", (int)(colon - place->name), place->name);
    *key = ftok(path, (int)number);
    return *key == (key_t)-1 ? strait_unix_failed(cause, "ftok") : STRAIT_OK;
}

int strait_sysv_raw_key(const strait_os_place *place, key_t *key, strait_os_cause *cause)
{
    if (place->kind == STRAIT_OS_FILE) {
        return file_key(place, key, cause);
    }
    char *rest = NULL;
    errno = 0;
    unsigned long long number = strtoull(place->name, &rest, 0);
    bool is_number = place->name[0] >= '0' && place->name[0] <= '9' && *rest == '\0' && errno == 0;
    if (is_number && number <= UINT32_MAX && number != 0) {
        *key = (key_t)(uint32_t)number;
        return STRAIT_OK;
    }
    /* 7: neither a segment's nor a set's of ours. README.md tells foreign programs how to get there. */
    *key = (key_t)(0x70000000u | (uint32_t)(fnv(place->name) & 0x0fffffffu));
    return STRAIT_OK;
}

bool strait_os_whole_path(const char *path, char *whole, size_t room)
{
    char here[4352];
    if (path[0] == '/') {
        return (size_t)snprintf(whole, room, "%s", path) < room;
    }
    return getcwd(here, sizeof here) != NULL && (size_t)snprintf(whole, room, "%s/%s", here, path) < room;
}
