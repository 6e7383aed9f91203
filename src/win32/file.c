/* file.c - files by handle: which one it is, what it is called. layer: system
 *
 * A name may lead to another file from one moment to the next, a handle never does. So whatever is done to a
 * map's file is done by handle, and a handle that was got by name is compared with the map's identity first.
 */
#include <string.h>
#include <wchar.h>

#include "win32/win32.h"

HANDLE strait_win32_open(const wchar_t *path, DWORD access, DWORD share)
{
    HANDLE file = CreateFileW(path, access, share, NULL, OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, NULL);
    if (file == INVALID_HANDLE_VALUE) {
        DWORD code = GetLastError();
        DWORD attributes = code == ERROR_ACCESS_DENIED ? GetFileAttributesW(path) : INVALID_FILE_ATTRIBUTES;
        bool directory =
            attributes != INVALID_FILE_ATTRIBUTES && (attributes & FILE_ATTRIBUTE_DIRECTORY) != 0;
        SetLastError(directory ? ERROR_BAD_FILE_TYPE : code);
        return file;
    }
    if (GetFileType(file) != FILE_TYPE_DISK) {
        CloseHandle(file);
        SetLastError(ERROR_BAD_FILE_TYPE);
        return INVALID_HANDLE_VALUE;
    }
    return file;
}

bool strait_win32_identify(HANDLE file, strait_win32_identity *identity)
{
    BY_HANDLE_FILE_INFORMATION about;
    if (!GetFileInformationByHandle(file, &about)) {
        return false;
    }
    *identity = (strait_win32_identity){.device = about.dwVolumeSerialNumber,
                                        .file = (uint64_t)about.nFileIndexHigh << 32 | about.nFileIndexLow};
    return true;
}

bool strait_win32_same(const strait_win32_identity *one, const strait_win32_identity *other)
{
    bool known = one->device != 0 && other->device != 0;
    return one->file == other->file && (!known || one->device == other->device);
}

bool strait_win32_is(HANDLE file, const strait_os_map *map)
{
    strait_win32_identity found, wanted = {map->device, map->file};
    return strait_win32_identify(file, &found) && strait_win32_same(&found, &wanted);
}

bool strait_win32_leads_to(const wchar_t *path, const strait_os_map *map)
{
    HANDLE file = strait_win32_open(path, FILE_READ_ATTRIBUTES, STRAIT_WIN32_SHARE_ALL);
    if (file == INVALID_HANDLE_VALUE) {
        return false;
    }
    bool yes = strait_win32_is(file, map);
    CloseHandle(file);
    return yes;
}

static HANDLE if_it_is(HANDLE file, const strait_os_map *map)
{
    if (file != INVALID_HANDLE_VALUE && !strait_win32_is(file, map)) {
        CloseHandle(file);
        SetLastError(ERROR_FILE_NOT_FOUND);
        return INVALID_HANDLE_VALUE;
    }
    return file;
}

HANDLE strait_win32_reopen(const strait_os_map *map, const strait_os_place *place, DWORD access, DWORD share)
{
    strait_win32_path path;
    strait_os_cause cause = {0};
    HANDLE file = if_it_is(ReOpenFile(strait_win32_probe(map), access, share, 0), map);
    /* Wine reopens by the name that the file had when the handle was made. */
    if (file == INVALID_HANDLE_VALUE && place->kind != STRAIT_OS_ANONYMOUS &&
        strait_win32_file_path(place, &path, &cause) == STRAIT_OK) {
        file = if_it_is(strait_win32_open(path.text, access, share), map);
    }
    if (file == INVALID_HANDLE_VALUE && GetLastError() != ERROR_ACCESS_DENIED &&
        strait_win32_old_path(place, map->file, &path, &cause) == STRAIT_OK) {
        file = if_it_is(strait_win32_open(path.text, access, share), map);
    }
    return file;
}

bool strait_win32_rename(HANDLE file, const wchar_t *path)
{
    struct {
        FILE_RENAME_INFO info;
        wchar_t rest[STRAIT_WIN32_PATH_MAX];
    } to;
    size_t bytes = wcslen(path) * sizeof *path;
    memset(&to.info, 0, sizeof to.info);
    to.info.FileNameLength = (DWORD)bytes;
    memcpy((char *)&to + offsetof(FILE_RENAME_INFO, FileName), path, bytes + sizeof *path);
    return SetFileInformationByHandle(file, FileRenameInfo, &to,
                                      (DWORD)(sizeof(FILE_RENAME_INFO) + bytes + sizeof *path)) != 0;
}

bool strait_win32_delete(HANDLE file)
{
    FILE_DISPOSITION_INFO gone = {TRUE}; /* its field is called otherwise where DeleteFile is a macro */
    return SetFileInformationByHandle(file, FileDispositionInfo, &gone, sizeof gone) != 0;
}

int strait_win32_old_path(const strait_os_place *place, uint64_t file, strait_win32_path *path,
                          strait_os_cause *cause)
{
    int rc = strait_win32_path_beside(place, STRAIT_WIN32_OLD_PREFIX, path, cause);
    if (rc < 0) {
        return rc;
    }
    return strait_win32_append_hex(path, file)
               ? STRAIT_OK
               : strait_win32_failed_with(cause, "GetFullPathName", ERROR_FILENAME_EXCED_RANGE);
}
