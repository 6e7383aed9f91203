/* section.c - raw names: the sections of the paging file that foreign programs make. layer: system
 *
 * A name is CreateFileMapping's own: "trading_data", "Local\trading_data", "Global\trading_data". Such a section has
 * its name from its first moment to its last handle, and its size in pages. So the bytes are prepared in memory
 * of our own and copied in as soon as the section is there: others may see it zero for that moment.
 */
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "win32/win32.h"

#define RAW_ROOM 300

static int name_of(const strait_os_place *place, wchar_t *name, strait_os_cause *cause)
{
    const char *backslash = strchr(place->name, '\\');
    size_t scope = backslash == NULL ? 0 : (size_t)(backslash - place->name);
    bool known = scope == 0 || (scope == 5 && strncmp(place->name, "Local", 5) == 0) ||
                 (scope == 6 && strncmp(place->name, "Global", 6) == 0);
    bool rest = backslash == NULL || (backslash[1] != '\0' && strchr(backslash + 1, '\\') == NULL);
    if (place->name[0] == '\\' || !known || !rest) {
        *cause = (strait_os_cause){.call = "a section's name has a backslash only behind Local or Global"};
        return STRAIT_BAD_NAME;
    }
    return strait_win32_wide(place->name, name, RAW_ROOM)
               ? STRAIT_OK
               : strait_win32_failed_with(cause, "MultiByteToWideChar", ERROR_INVALID_NAME);
}

/* The name belongs to a mutex, an event or the like. */
static int translated(int rc, const strait_os_cause *cause, int otherwise)
{
    return cause->code == ERROR_INVALID_HANDLE ? otherwise : rc;
}

int strait_win32_section_look(const strait_os_place *place, strait_os_cause *cause)
{
    wchar_t name[RAW_ROOM];
    int rc = name_of(place, name, cause);
    if (rc < 0) {
        return rc;
    }
    HANDLE section = OpenFileMappingW(FILE_MAP_READ, FALSE, name);
    if (section == NULL) {
        return translated(strait_win32_failed(cause, "OpenFileMapping"), cause, STRAIT_FOREIGN);
    }
    CloseHandle(section);
    return STRAIT_OK;
}

/* --- making --------------------------------------------------------------------------------------------- */

int strait_win32_section_create(const strait_os_place *place, uint64_t bytes, uint32_t mode,
                                strait_os_map *map, strait_os_cause *cause)
{
    wchar_t name[RAW_ROOM];
    MEMORYSTATUSEX memory = {.dwLength = sizeof memory};
    int rc = name_of(place, name, cause);
    rc = rc < 0 ? rc : strait_win32_too_short_or_long(bytes, 1, 0, cause);
    if (rc < 0) {
        return rc;
    }
    if (GlobalMemoryStatusEx(&memory) && bytes > memory.ullTotalPageFile) {
        cause->never = true;
        cause->asked = bytes;
        cause->available = memory.ullTotalPageFile;
        cause->where = "memory and the paging file";
        return strait_win32_failed_with(cause, "VirtualAlloc", ERROR_COMMITMENT_LIMIT);
    }
    strait_win32_hand *hand = strait_win32_hand_new();
    void *base =
        hand == NULL ? NULL : VirtualAlloc(NULL, (size_t)bytes, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    if (base == NULL) {
        free(hand);
        return strait_win32_failed_with(cause, "VirtualAlloc", ERROR_NOT_ENOUGH_MEMORY);
    }
    hand->base = base;
    hand->bytes = bytes;
    hand->bare = true;
    hand->mode = mode;
    strait_win32_enlist(hand, true, map);
    map->made_here = true;
    return STRAIT_OK;
}

static HANDLE make_section(const wchar_t *name, uint64_t bytes, uint32_t mode)
{
    SECURITY_ATTRIBUTES attributes = {.nLength = sizeof attributes};
    attributes.lpSecurityDescriptor = strait_win32_rights(STRAIT_WIN32_SECTION, mode);
    if (attributes.lpSecurityDescriptor == NULL) {
        return NULL;
    }
    HANDLE section = CreateFileMappingW(INVALID_HANDLE_VALUE, &attributes, PAGE_READWRITE,
                                        (DWORD)(bytes >> 32), (DWORD)bytes, name);
    DWORD code = GetLastError();
    LocalFree(attributes.lpSecurityDescriptor);
    if (section != NULL && code == ERROR_ALREADY_EXISTS) {
        CloseHandle(section);
        section = NULL;
    }
    SetLastError(code);
    return section;
}

int strait_win32_section_publish(strait_os_map *map, const strait_os_place *place, strait_os_cause *cause)
{
    wchar_t name[RAW_ROOM];
    strait_win32_hand *hand = strait_win32_hand_of(map);
    int rc = name_of(place, name, cause);
    if (rc < 0) {
        return rc;
    }
    HANDLE section = make_section(name, hand->bytes, hand->mode);
    if (section == NULL) {
        return translated(strait_win32_failed(cause, "CreateFileMapping"), cause, STRAIT_EXISTS);
    }
    void *base = strait_win32_view(section, true);
    if (base == NULL) {
        rc = strait_win32_failed(cause, "MapViewOfFile");
        CloseHandle(section);
        return rc;
    }
    memcpy(base, hand->base, (size_t)hand->bytes);
    strait_win32_hands_remove(hand);
    VirtualFree(hand->base, 0, MEM_RELEASE);
    hand->base = base;
    hand->section = section; /* the name lives as long as the handle */
    strait_win32_protect(section);
    strait_win32_enlist(hand, true, map);
    map->made_here = true;
    return STRAIT_OK;
}

/* --- opening -------------------------------------------------------------------------------------------- */

static uint64_t size_of(const void *base)
{
    uint64_t bytes = 0;
    MEMORY_BASIC_INFORMATION piece;
    const char *at = base;
    while (VirtualQuery(at, &piece, sizeof piece) == sizeof piece && piece.AllocationBase == base) {
        bytes += piece.RegionSize;
        at += piece.RegionSize;
    }
    return bytes;
}

/* With the right to read who may what, if we have it. */
static HANDLE open_section(const wchar_t *name, bool writable)
{
    DWORD access = writable ? FILE_MAP_READ | FILE_MAP_WRITE : FILE_MAP_READ;
    HANDLE section = OpenFileMappingW(access | READ_CONTROL, FALSE, name);
    return section == NULL && GetLastError() == ERROR_ACCESS_DENIED ? OpenFileMappingW(access, FALSE, name)
                                                                    : section;
}

int strait_win32_section_open(const strait_os_place *place, bool writable, uint64_t least_bytes,
                              uint64_t most_bytes, strait_os_map *map, strait_os_cause *cause)
{
    wchar_t name[RAW_ROOM];
    int rc = name_of(place, name, cause);
    if (rc < 0) {
        return rc;
    }
    HANDLE section = open_section(name, writable);
    if (section == NULL) {
        return translated(strait_win32_failed(cause, "OpenFileMapping"), cause, STRAIT_FOREIGN);
    }
    void *base = strait_win32_view(section, writable);
    strait_win32_hand *hand = base == NULL ? NULL : strait_win32_hand_new();
    rc = base == NULL   ? strait_win32_failed(cause, "MapViewOfFile")
         : hand == NULL ? strait_win32_failed_with(cause, "malloc", ERROR_NOT_ENOUGH_MEMORY)
                        : strait_win32_too_short_or_long(size_of(base), least_bytes, most_bytes, cause);
    if (rc < 0) {
        free(hand);
        if (base != NULL) {
            UnmapViewOfFile(base);
        }
        CloseHandle(section);
        return rc;
    }
    hand->base = base;
    hand->bytes = size_of(base);
    hand->bare = true;
    hand->section = section;
    strait_win32_protect(section);
    strait_win32_enlist(hand, writable, map);
    return STRAIT_OK;
}

int strait_win32_section_stat(const strait_os_map *map, strait_os_map_status *status)
{
    const strait_win32_hand *hand = strait_win32_hand_of(map);
    uint32_t mode = hand->mode;
    if (hand->section != NULL && !strait_win32_mode(hand->section, STRAIT_WIN32_SECTION, &mode)) {
        mode = 0; /* its owner lets us use it, and not see who else may */
    }
    *status = (strait_os_map_status){.bytes = hand->bytes, .mode = mode, .linked = hand->section != NULL};
    return STRAIT_OK;
}
