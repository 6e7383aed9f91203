/* create.c - making a map that nobody can find until it is finished. layer: system
 *
 * The file gets a name of its own that says that it is unfinished, and its maker holds it open in a way that
 * keeps everybody else from deleting it. So a sweep simply deletes what it can: the system has let go of what makers
 * that are gone were holding. Publishing is renaming by that handle, which never replaces what has the name.
 */
#include <string.h>
#include <wchar.h>

#include "win32/win32.h"

#include <winioctl.h>

static int no_space(uint64_t bytes, uint64_t available, const char *call, strait_os_cause *cause)
{
    cause->asked = bytes;
    cause->available = available;
    cause->where = "the disk of its directory";
    return strait_win32_failed_with(cause, call, ERROR_DISK_FULL);
}

/* Asked before the space is taken, since a full disk harms everybody. */
static int look_for_space(const wchar_t *path, uint64_t bytes, strait_os_cause *cause)
{
    strait_win32_path directory;
    ULARGE_INTEGER free_to_us, all;
    if (bytes > SIZE_MAX / 2) {
        cause->asked = bytes;
        return strait_win32_failed_with(cause, "MapViewOfFile", ERROR_NOT_ENOUGH_MEMORY);
    }
    wcscpy(directory.text, path);
    wchar_t *slash = wcsrchr(directory.text, L'\\');
    if (slash == NULL) {
        return STRAIT_OK;
    }
    slash[1] = L'\0';
    if (!GetDiskFreeSpaceExW(directory.text, &free_to_us, &all, NULL)) {
        return STRAIT_OK; /* the allocation will tell */
    }
    if (bytes > all.QuadPart) {
        cause->never = true;
        return no_space(bytes, all.QuadPart, "SetEndOfFile", cause);
    }
    return bytes > free_to_us.QuadPart ? no_space(bytes, free_to_us.QuadPart, "SetEndOfFile", cause)
                                       : STRAIT_OK;
}

/* Where the file system did not reserve all: writes zeros, so that the bytes are there for real all the same. */
static bool write_zeros(HANDLE file, uint64_t bytes)
{
    static const char zeros[65536];
    for (uint64_t at = 0; at < bytes;) {
        DWORD piece = bytes - at < sizeof zeros ? (DWORD)(bytes - at) : (DWORD)sizeof zeros;
        DWORD done = 0;
        OVERLAPPED place = {.Offset = (DWORD)at, .OffsetHigh = (DWORD)(at >> 32)};
        if (!WriteFile(file, zeros, piece, &done, &place) || done == 0) {
            return false;
        }
        at += done;
    }
    return true;
}

/* What is compressed would need space at a later store, when nobody can be told that there is none. */
static void stay_uncompressed(HANDLE file)
{
    BY_HANDLE_FILE_INFORMATION about;
    USHORT none = COMPRESSION_FORMAT_NONE;
    DWORD used;
    if (GetFileInformationByHandle(file, &about) &&
        (about.dwFileAttributes & FILE_ATTRIBUTE_COMPRESSED) != 0) {
        (void)DeviceIoControl(file, FSCTL_SET_COMPRESSION, &none, sizeof none, NULL, 0, &used, NULL);
    }
}

static int allocate(HANDLE file, uint64_t bytes, strait_os_cause *cause)
{
    FILE_STANDARD_INFO about;
    LARGE_INTEGER end = {.QuadPart = (LONGLONG)bytes};
    stay_uncompressed(file);
    bool done = SetFilePointerEx(file, end, NULL, FILE_BEGIN) && SetEndOfFile(file) &&
                GetFileInformationByHandleEx(file, FileStandardInfo, &about, sizeof about);
    if (done && (uint64_t)about.AllocationSize.QuadPart < bytes) {
        done = write_zeros(file, bytes);
    }
    if (done) {
        return STRAIT_OK;
    }
    int rc = strait_win32_failed(cause, "SetEndOfFile");
    if (rc == STRAIT_NO_SPACE) {
        no_space(bytes, 0, "SetEndOfFile", cause);
    }
    return rc;
}

/* --- the file ------------------------------------------------------------------------------------------- */

static int new_path(const strait_os_place *place, strait_win32_path *path, strait_os_cause *cause)
{
    uint64_t chance;
    int rc = strait_os_random(&chance, sizeof chance, cause);
    rc = rc < 0 ? rc : strait_win32_path_beside(place, STRAIT_WIN32_NEW_PREFIX, path, cause);
    if (rc < 0) {
        return rc;
    }
    return strait_win32_append_hex(path, chance)
               ? STRAIT_OK
               : strait_win32_failed_with(cause, "GetFullPathName", ERROR_FILENAME_EXCED_RANGE);
}

static int give_birth(const strait_os_place *place, strait_win32_path *path, HANDLE *birth,
                      strait_os_cause *cause)
{
    SECURITY_ATTRIBUTES attributes = {.nLength = sizeof attributes};
    int rc = place->kind == STRAIT_OS_FILE ? STRAIT_OK : strait_win32_make_directory(cause);
    rc = rc < 0 ? rc : new_path(place, path, cause);
    if (rc < 0) {
        return rc;
    }
    (void)strait_win32_sweep_beside(place, cause);
    *cause = (strait_os_cause){0};
    attributes.lpSecurityDescriptor = strait_win32_rights(STRAIT_WIN32_FILE, 0600);
    if (attributes.lpSecurityDescriptor == NULL) {
        return strait_win32_failed(cause, "ConvertStringSecurityDescriptorToSecurityDescriptor");
    }
    DWORD lasting = place->kind == STRAIT_OS_FILE ? FILE_ATTRIBUTE_NORMAL : FILE_ATTRIBUTE_TEMPORARY;
    *birth = CreateFileW(path->text, GENERIC_READ | GENERIC_WRITE | DELETE | WRITE_DAC,
                         FILE_SHARE_READ | FILE_SHARE_WRITE, &attributes, CREATE_NEW,
                         lasting | FILE_ATTRIBUTE_NOT_CONTENT_INDEXED, NULL);
    rc = *birth == INVALID_HANDLE_VALUE ? strait_win32_failed(cause, "CreateFile") : STRAIT_OK;
    LocalFree(attributes.lpSecurityDescriptor);
    return rc;
}

/* Bytes, views and handles of a file that is there. On success the map owns birth. */
static int raise_it(const strait_os_place *place, const wchar_t *path, HANDLE birth, uint64_t bytes,
                    uint32_t mode, strait_os_map *map, strait_os_cause *cause)
{
    int rc = allocate(birth, bytes, cause);
    if (rc < 0) {
        return rc;
    }
    HANDLE probe = strait_win32_open(path, GENERIC_READ, STRAIT_WIN32_SHARE_ALL);
    HANDLE body = strait_win32_open(path, GENERIC_READ | GENERIC_WRITE, STRAIT_WIN32_SHARE_ALL);
    if (probe == INVALID_HANDLE_VALUE || body == INVALID_HANDLE_VALUE) {
        rc = strait_win32_failed(cause, "CreateFile");
        strait_win32_close(probe);
        strait_win32_close(body);
        return rc;
    }
    /* After the other handles: the rights may keep even us from opening it. */
    if (!strait_win32_set_mode(birth, STRAIT_WIN32_FILE, mode)) {
        rc = strait_win32_failed(cause, "SetKernelObjectSecurity");
        strait_win32_close(probe);
        strait_win32_close(body);
        return rc;
    }
    rc = strait_win32_adopt(place, body, probe, bytes, 0, map, cause);
    if (rc == STRAIT_OK) {
        map->made_here = true;
        strait_win32_hand_of(map)->birth = birth;
    }
    return rc;
}

/* An anonymous map lies from the start where others lie whose name was taken away. */
static int stay_nameless(strait_os_map *map, strait_os_cause *cause)
{
    strait_win32_hand *hand = strait_win32_hand_of(map);
    if (!strait_win32_rename(hand->birth, hand->old)) {
        return strait_win32_failed(cause, "SetFileInformationByHandle(FileRenameInfo)");
    }
    CloseHandle(hand->birth);
    hand->birth = NULL;
    return STRAIT_OK;
}

int strait_os_map_create(const strait_os_place *place, uint64_t bytes, uint32_t mode, uint32_t token,
                         strait_os_map *map, strait_os_cause *cause)
{
    strait_win32_path path;
    HANDLE birth = INVALID_HANDLE_VALUE;
    *map = (strait_os_map){.probe = -1};
    if (place->kind == STRAIT_OS_RAW) {
        return strait_win32_section_create(place, bytes, mode, map, cause);
    }
    int rc = give_birth(place, &path, &birth, cause);
    if (rc < 0) {
        return rc;
    }
    rc = look_for_space(path.text, bytes, cause);
    rc = rc < 0 ? rc : raise_it(place, path.text, birth, bytes, mode, map, cause);
    if (rc < 0) {
        (void)strait_win32_delete(birth);
        CloseHandle(birth);
        return rc;
    }
    if (token == STRAIT_OS_NO_TOKEN) {
        strait_os_token_forgo(map);
    } else {
        rc = strait_os_token_hold(map, place, token, cause);
    }
    rc = rc < 0 || place->kind != STRAIT_OS_ANONYMOUS ? rc : stay_nameless(map, cause);
    if (rc < 0) {
        strait_os_map_close(map);
    }
    return rc;
}

int strait_os_map_publish(strait_os_map *map, const strait_os_place *place, strait_os_cause *cause)
{
    strait_win32_path path;
    strait_win32_hand *hand = strait_win32_hand_of(map);
    if (place->kind == STRAIT_OS_RAW) {
        return strait_win32_section_publish(map, place, cause);
    }
    int rc = strait_win32_file_path(place, &path, cause);
    if (rc < 0) {
        return rc;
    }
    if (!strait_win32_rename(hand->birth, path.text)) {
        return strait_win32_failed(cause, "SetFileInformationByHandle(FileRenameInfo)");
    }
    CloseHandle(hand->birth); /* from here on whoever may can take the name away */
    hand->birth = NULL;
    return STRAIT_OK;
}
