/* map.c - mapping what is there, and letting go of it. layer: system
 *
 * Letting go has an order: first the bytes go, then the token, so that whoever finds the token free knows that we can
 * touch nothing any more. When a process is ended the system does the same: its threads stand still before its
 * handles are closed.
 */
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "win32/win32.h"

#define LOOKS_MAX 4

void strait_os_map_identify(const strait_os_place *place, strait_os_map *map)
{
    strait_win32_path path;
    strait_os_cause cause = {0};
    strait_win32_identity found;
    *map = (strait_os_map){.probe = -1};
    if (place->kind == STRAIT_OS_RAW || place->kind == STRAIT_OS_ANONYMOUS ||
        strait_win32_file_path(place, &path, &cause) < 0) {
        return;
    }
    HANDLE file = strait_win32_open(path.text, FILE_READ_ATTRIBUTES, STRAIT_WIN32_SHARE_ALL);
    if (file != INVALID_HANDLE_VALUE) {
        if (strait_win32_identify(file, &found)) {
            map->device = found.device;
            map->file = found.file;
        }
        CloseHandle(file);
    }
}

void strait_win32_protect(HANDLE handle)
{
    (void)SetHandleInformation(handle, HANDLE_FLAG_PROTECT_FROM_CLOSE, HANDLE_FLAG_PROTECT_FROM_CLOSE);
}

void strait_win32_close(HANDLE handle)
{
    if (handle != NULL && handle != INVALID_HANDLE_VALUE) {
        (void)SetHandleInformation(handle, HANDLE_FLAG_PROTECT_FROM_CLOSE, 0);
        CloseHandle(handle);
    }
}

void *strait_win32_view(HANDLE section, bool writable)
{
    return MapViewOfFile(section, writable ? FILE_MAP_READ | FILE_MAP_WRITE : FILE_MAP_READ, 0, 0, 0);
}

int strait_win32_too_short_or_long(uint64_t bytes, uint64_t least_bytes, uint64_t most_bytes,
                                   strait_os_cause *cause)
{
    if (bytes < least_bytes) {
        cause->asked = least_bytes;
        cause->available = bytes;
        return STRAIT_TRUNCATED;
    }
    if (most_bytes != 0 && bytes > most_bytes) {
        cause->asked = bytes;
        cause->available = most_bytes;
        return STRAIT_OVER_QUOTA;
    }
    if (bytes > SIZE_MAX / 2) {
        cause->asked = bytes;
        return strait_win32_failed_with(cause, "MapViewOfFile", ERROR_NOT_ENOUGH_MEMORY);
    }
    return STRAIT_OK;
}

strait_win32_hand *strait_win32_hand_new(void)
{
    return calloc(1, sizeof(strait_win32_hand));
}

void strait_win32_enlist(strait_win32_hand *hand, bool writable, strait_os_map *map)
{
    *map = (strait_os_map){.base = hand->base,
                           .bytes = hand->bytes,
                           .writable = writable,
                           .probe = hand->probe == NULL ? -1 : (intptr_t)hand->probe,
                           .device = hand->device,
                           .file = hand->file,
                           .epoch = strait_os_process_epoch(),
                           .spare = {(int64_t)(intptr_t)hand, 0}};
    strait_win32_hands_add(hand);
}

/* --- taking ----------------------------------------------------------------------------------------------- */

/* Fills base and bytes of the hand. The file cannot get shorter once it is mapped, so its size is asked
 * again then. */
static int map_file(strait_win32_hand *hand, uint64_t least_bytes, uint64_t most_bytes,
                    strait_os_cause *cause)
{
    HANDLE file = hand->body != NULL ? hand->body : hand->probe;
    bool writable = hand->body != NULL;
    LARGE_INTEGER before, after;
    if (!GetFileSizeEx(file, &before)) {
        return strait_win32_failed(cause, "GetFileSizeEx");
    }
    uint64_t least = least_bytes == 0 ? 1 : least_bytes; /* nothing cannot be mapped */
    int rc = strait_win32_too_short_or_long((uint64_t)before.QuadPart, least, most_bytes, cause);
    if (rc < 0) {
        return rc;
    }
    HANDLE section = CreateFileMappingW(file, NULL, writable ? PAGE_READWRITE : PAGE_READONLY, 0, 0, NULL);
    if (section == NULL) {
        return strait_win32_failed(cause, "CreateFileMapping");
    }
    hand->base = strait_win32_view(section, writable);
    rc = hand->base == NULL ? strait_win32_failed(cause, "MapViewOfFile") : STRAIT_OK;
    CloseHandle(section); /* the view keeps it */
    if (rc == STRAIT_OK && (!GetFileSizeEx(file, &after) || after.QuadPart < before.QuadPart)) {
        cause->asked = (uint64_t)before.QuadPart;
        cause->available = 0;
        rc = STRAIT_TRUNCATED;
    }
    hand->bytes = (uint64_t)before.QuadPart;
    return rc;
}

static wchar_t *copy_of(const wchar_t *text)
{
    size_t bytes = (wcslen(text) + 1) * sizeof *text;
    wchar_t *copy = malloc(bytes);
    if (copy != NULL) {
        memcpy(copy, text, bytes);
    }
    return copy;
}

static int fill(strait_win32_hand *hand, const strait_os_place *place, uint64_t least_bytes,
                uint64_t most_bytes, strait_os_cause *cause)
{
    strait_win32_identity identity, of_body;
    strait_win32_path old;
    if (!strait_win32_identify(hand->probe, &identity) ||
        (hand->body != NULL && !strait_win32_identify(hand->body, &of_body))) {
        return strait_win32_failed(cause, "GetFileInformationByHandle");
    }
    if (hand->body != NULL &&
        !strait_win32_same(&identity, &of_body)) { /* the name changed hands in between */
        return strait_win32_failed_with(cause, "CreateFile", ERROR_DELETE_PENDING);
    }
    hand->device = identity.device;
    hand->file = identity.file;
    int rc = strait_win32_old_path(place, identity.file, &old, cause);
    if (rc < 0) {
        return rc;
    }
    hand->old = copy_of(old.text);
    if (hand->old == NULL) {
        return strait_win32_failed_with(cause, "malloc", ERROR_NOT_ENOUGH_MEMORY);
    }
    return map_file(hand, least_bytes, most_bytes, cause);
}

static void drop(strait_win32_hand *hand)
{
    if (hand->base != NULL) {
        UnmapViewOfFile(hand->base);
    }
    strait_win32_close(hand->body);
    strait_win32_close(hand->probe);
    free(hand->old);
    free(hand);
}

int strait_win32_adopt(const strait_os_place *place, HANDLE body, HANDLE probe, uint64_t least_bytes,
                       uint64_t most_bytes, strait_os_map *map, strait_os_cause *cause)
{
    strait_win32_hand *hand = strait_win32_hand_new();
    if (hand == NULL) {
        strait_win32_close(body);
        strait_win32_close(probe);
        return strait_win32_failed_with(cause, "malloc", ERROR_NOT_ENOUGH_MEMORY);
    }
    hand->body = body;
    hand->probe = probe;
    int rc = fill(hand, place, least_bytes, most_bytes, cause);
    if (rc < 0) {
        drop(hand);
        return rc;
    }
    strait_win32_protect(probe);
    strait_win32_enlist(hand, body != NULL, map);
    return STRAIT_OK;
}

/* One look at the name. */
static int open_once(const strait_os_place *place, const wchar_t *path, bool writable, uint64_t least_bytes,
                     uint64_t most_bytes, strait_os_map *map, strait_os_cause *cause)
{
    HANDLE body = NULL;
    HANDLE probe = strait_win32_open(path, GENERIC_READ, STRAIT_WIN32_SHARE_ALL);
    if (probe == INVALID_HANDLE_VALUE) {
        return strait_win32_failed(cause, "CreateFile");
    }
    if (writable) {
        body = strait_win32_open(path, GENERIC_READ | GENERIC_WRITE, STRAIT_WIN32_SHARE_ALL);
        if (body == INVALID_HANDLE_VALUE) {
            int rc = strait_win32_failed(cause, "CreateFile");
            CloseHandle(probe);
            return rc;
        }
    }
    return strait_win32_adopt(place, body, probe, least_bytes, most_bytes, map, cause);
}

/* True for a failure that may come from a file that was just losing its name: the next look tells. */
static bool may_be_passing(int rc)
{
    return rc == STRAIT_DENIED || rc == STRAIT_BAD_ARGUMENT || rc == STRAIT_SYSTEM;
}

int strait_os_map_open(const strait_os_place *place, bool writable, uint64_t least_bytes, uint64_t most_bytes,
                       strait_os_map *map, strait_os_cause *cause)
{
    strait_win32_path path;
    *map = (strait_os_map){.probe = -1};
    if (place->kind == STRAIT_OS_RAW) {
        return strait_win32_section_open(place, writable, least_bytes, most_bytes, map, cause);
    }
    int rc = strait_win32_file_path(place, &path, cause);
    if (rc < 0) {
        return rc;
    }
    for (int look = 0; look < LOOKS_MAX; look++) {
        rc = open_once(place, path.text, writable, least_bytes, most_bytes, map, cause);
        if (!may_be_passing(rc)) {
            return rc;
        }
    }
    return rc;
}

/* --- letting go ------------------------------------------------------------------------------------------- */

static void close_gates(strait_win32_hand *hand)
{
    for (unsigned group = 0; group < STRAIT_WIN32_GATE_GROUPS; group++) {
        for (unsigned i = 0; i < STRAIT_WIN32_GATES_EACH; i++) {
            strait_win32_close(hand->gates[group].gate[i]);
        }
    }
}

void strait_os_map_close(strait_os_map *map)
{
    if (map->base == NULL) {
        return;
    }
    strait_win32_hand *hand = strait_win32_hand_of(map);
    strait_win32_hands_remove(hand);
    if (hand->bare && hand->section == NULL) {
        VirtualFree(hand->base, 0, MEM_RELEASE);
    } else {
        UnmapViewOfFile(hand->base);
    }
    if (hand->birth != NULL) {
        (void)strait_win32_delete(hand->birth); /* nobody else ever had it */
    }
    strait_win32_close(hand->body); /* and with it the token */
    strait_win32_close(hand->probe);
    strait_win32_close(hand->birth);
    strait_win32_close(hand->section);
    close_gates(hand);
    if (hand->old != NULL) {
        (void)DeleteFileW(hand->old); /* if its name was taken away and nobody has it mapped */
    }
    free(hand->old);
    free(hand);
    *map = (strait_os_map){.probe = -1};
}
