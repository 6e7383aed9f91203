/* handover.c - maps handed over by handle, and what the system knows about a map. layer: system
 *
 * A descriptor is a handle: of one only 32 bits are significant on Windows, so it fits into an int. Whoever hands
 * it to another process duplicates it there (DuplicateHandle) or lets a child inherit it. A lock hangs on the
 * handle, so the receiver opens the file behind it anew.
 */
#include "win32/win32.h"

int strait_os_map_open_descriptor(int descriptor, bool writable, uint64_t least_bytes, uint64_t most_bytes,
                                  strait_os_map *map, strait_os_cause *cause)
{
    static const strait_os_place nameless = {STRAIT_OS_ANONYMOUS, NULL};
    HANDLE given = (HANDLE)(intptr_t)descriptor;
    strait_os_map known = {.probe = descriptor};
    strait_win32_identity identity;
    *map = (strait_os_map){.probe = -1};
    if (GetFileType(given) != FILE_TYPE_DISK || !strait_win32_identify(given, &identity)) {
        return strait_win32_failed_with(cause, "GetFileInformationByHandle", ERROR_INVALID_HANDLE);
    }
    known.device = identity.device;
    known.file = identity.file;
    HANDLE probe = strait_win32_reopen(&known, &nameless, GENERIC_READ, STRAIT_WIN32_SHARE_ALL);
    if (probe == INVALID_HANDLE_VALUE) {
        return strait_win32_failed(cause, "ReOpenFile");
    }
    HANDLE body = NULL;
    if (writable) {
        body = strait_win32_reopen(&known, &nameless, GENERIC_READ | GENERIC_WRITE, STRAIT_WIN32_SHARE_ALL);
        if (body == INVALID_HANDLE_VALUE) {
            int rc = strait_win32_failed(cause, "ReOpenFile");
            CloseHandle(probe);
            return rc;
        }
    }
    return strait_win32_adopt(&nameless, body, probe, least_bytes, most_bytes, map, cause);
}

int strait_os_map_descriptor(const strait_os_map *map, const strait_os_place *place, bool writable,
                             int *descriptor, strait_os_cause *cause)
{
    if (strait_win32_hand_of(map)->bare) {
        *cause = (strait_os_cause){.call = "a section of a raw name is opened by that name"};
        return STRAIT_UNSUPPORTED;
    }
    /* A map without a name stays while somebody has a descriptor of it: nobody can delete it then. */
    DWORD share =
        place->kind == STRAIT_OS_ANONYMOUS ? FILE_SHARE_READ | FILE_SHARE_WRITE : STRAIT_WIN32_SHARE_ALL;
    HANDLE file =
        strait_win32_reopen(map, place, writable ? GENERIC_READ | GENERIC_WRITE : GENERIC_READ, share);
    if (file == INVALID_HANDLE_VALUE) {
        return strait_win32_failed(cause, "ReOpenFile");
    }
    *descriptor = (int)(intptr_t)file;
    return STRAIT_OK;
}

int strait_os_map_stat(const strait_os_map *map, const strait_os_place *place, strait_os_map_status *status,
                       strait_os_cause *cause)
{
    BY_HANDLE_FILE_INFORMATION about;
    strait_win32_path path;
    uint32_t mode;
    if (strait_win32_hand_of(map)->bare) {
        return strait_win32_section_stat(map, status);
    }
    HANDLE probe = strait_win32_probe(map);
    if (!GetFileInformationByHandle(probe, &about)) {
        return strait_win32_failed(cause, "GetFileInformationByHandle");
    }
    if (!strait_win32_mode(probe, STRAIT_WIN32_FILE, &mode)) {
        return strait_win32_failed(cause, "GetSecurityInfo");
    }
    uint64_t written =
        (uint64_t)about.ftLastWriteTime.dwHighDateTime << 32 | about.ftLastWriteTime.dwLowDateTime;
    const uint64_t year_1970 = UINT64_C(116444736000000000);
    bool named =
        place->kind != STRAIT_OS_ANONYMOUS && strait_win32_file_path(place, &path, cause) == STRAIT_OK;
    *status = (strait_os_map_status){.bytes = (uint64_t)about.nFileSizeHigh << 32 | about.nFileSizeLow,
                                     .mode = mode,
                                     .changed_ns = written > year_1970 ? (written - year_1970) * 100 : 0,
                                     .linked = named && strait_win32_leads_to(path.text, map)};
    return STRAIT_OK;
}

int strait_os_map_set_mode(const strait_os_map *map, const strait_os_place *place, uint32_t mode,
                           strait_os_cause *cause)
{
    const strait_win32_hand *hand = strait_win32_hand_of(map);
    if (hand->bare) {
        if (hand->section == NULL || !strait_win32_set_mode(hand->section, STRAIT_WIN32_SECTION, mode)) {
            return strait_win32_failed(cause, "SetKernelObjectSecurity");
        }
        return STRAIT_OK;
    }
    HANDLE file = strait_win32_reopen(map, place, READ_CONTROL | WRITE_DAC, STRAIT_WIN32_SHARE_ALL);
    if (file == INVALID_HANDLE_VALUE) {
        return strait_win32_failed(cause, "ReOpenFile");
    }
    int rc = strait_win32_set_mode(file, STRAIT_WIN32_FILE, mode)
                 ? STRAIT_OK
                 : strait_win32_failed(cause, "SetKernelObjectSecurity");
    CloseHandle(file);
    return rc;
}
