/* name.c - taking a name away, and waiting for one to appear. layer: system
 *
 * A mapped file cannot be deleted on Windows, but it can be renamed: it gets the name .strait-old.<file index>, and the
 * last one that lets go of it deletes it. Renaming goes by handle, so it never hits a successor; and that handle
 * does not share DELETE, so only one process at a time can be at it.
 */
#include "win32/win32.h"

#include <wchar.h>

#define TRIES 20
#define TRY_AGAIN_NS UINT64_C(500000)
#define BACKSTOP_MS 500u
#define BLIND_MS 4u

/* Takes the name from the file of `wanted`, or from any (NULL). */
static int take(const strait_os_place *place, const strait_os_map *wanted, strait_os_cause *cause)
{
    strait_win32_path path, old;
    strait_win32_identity found;
    int rc = strait_win32_file_path(place, &path, cause);
    if (rc < 0) {
        return rc;
    }
    if (wanted != NULL && !strait_win32_leads_to(path.text, wanted)) {
        return STRAIT_OK; /* and so we are in nobody's way */
    }
    HANDLE file =
        strait_win32_open(path.text, DELETE | FILE_READ_ATTRIBUTES, FILE_SHARE_READ | FILE_SHARE_WRITE);
    if (file == INVALID_HANDLE_VALUE) {
        rc = GetLastError() == ERROR_SHARING_VIOLATION ? STRAIT_BUSY
                                                       : strait_win32_failed(cause, "CreateFile");
        /* What is in our way may be a successor's, which is no business of ours. */
        return wanted != NULL && !strait_win32_leads_to(path.text, wanted) ? STRAIT_OK : rc;
    }
    if (!strait_win32_identify(file, &found)) {
        rc = strait_win32_failed(cause, "GetFileInformationByHandle");
    } else if (wanted == NULL || strait_win32_is(file, wanted)) {
        rc = strait_win32_old_path(place, found.file, &old, cause);
        if (rc == STRAIT_OK && !strait_win32_rename(file, old.text)) {
            rc = strait_win32_failed(cause, "SetFileInformationByHandle(FileRenameInfo)");
        }
        CloseHandle(file);
        if (rc == STRAIT_OK) {
            (void)DeleteFileW(old.text); /* if nobody has it mapped */
        }
        return rc;
    }
    CloseHandle(file);
    return rc;
}

/* A virus scanner or an indexer that looks at a new file is in the way for a moment. */
static int take_patiently(const strait_os_place *place, const strait_os_map *wanted, strait_os_cause *cause)
{
    int rc = take(place, wanted, cause);
    for (int i = 0; i < TRIES && rc == STRAIT_BUSY; i++) {
        strait_os_nap(TRY_AGAIN_NS);
        rc = take(place, wanted, cause);
    }
    return rc;
}

int strait_os_map_evict(const strait_os_map *map, const strait_os_place *place, strait_os_cause *cause)
{
    if (place->kind == STRAIT_OS_ANONYMOUS || place->kind == STRAIT_OS_RAW) {
        return STRAIT_OK; /* the name of a section goes with its last handle */
    }
    return take_patiently(place, map, cause);
}

int strait_os_map_unlink(const strait_os_place *place, strait_os_cause *cause)
{
    if (place->kind != STRAIT_OS_RAW) {
        return take_patiently(place, NULL, cause);
    }
    int rc = strait_win32_section_look(place, cause);
    if (rc == STRAIT_NOT_FOUND || rc == STRAIT_BAD_NAME) {
        return rc;
    }
    *cause =
        (strait_os_cause){.call = "Windows takes a section's name away with its last handle, and not before"};
    return STRAIT_UNSUPPORTED;
}

/* --- waiting for a name --------------------------------------------------------------------------------- */

static bool news(const strait_os_place *place, const strait_os_map *stale)
{
    strait_os_map now;
    strait_os_cause cause = {0};
    if (place->kind == STRAIT_OS_RAW) {
        return stale == NULL && strait_win32_section_look(place, &cause) != STRAIT_NOT_FOUND;
    }
    strait_os_map_identify(place, &now);
    strait_win32_identity found = {now.device, now.file}, old = {0, 0};
    if (stale != NULL) {
        old = (strait_win32_identity){stale->device, stale->file};
    }
    return now.file != 0 && (stale == NULL || !strait_win32_same(&found, &old));
}

/* Sleeps until something happens in the directory: 0, TIMED_OUT or INTERRUPTED. */
static int one_sleep(HANDLE watch, uint64_t deadline_ns)
{
    bool blind = watch == INVALID_HANDLE_VALUE;
    DWORD most = strait_win32_milliseconds(deadline_ns, blind ? BLIND_MS : BACKSTOP_MS);
    if (most == 0) {
        return STRAIT_TIMED_OUT;
    }
    DWORD said = blind ? SleepEx(most, TRUE) : WaitForSingleObjectEx(watch, most, TRUE);
    if (said == WAIT_IO_COMPLETION) {
        return STRAIT_INTERRUPTED;
    }
    if (!blind && said == WAIT_OBJECT_0) {
        (void)FindNextChangeNotification(watch);
    }
    return STRAIT_OK;
}

static HANDLE watch_directory(const strait_os_place *place)
{
    strait_win32_path path;
    strait_os_cause cause = {0};
    if (place->kind == STRAIT_OS_RAW || strait_win32_path_beside(place, L"", &path, &cause) < 0) {
        return INVALID_HANDLE_VALUE;
    }
    if (place->kind == STRAIT_OS_NAMED) {
        (void)strait_win32_make_directory(&cause);
    }
    return FindFirstChangeNotificationW(path.text, FALSE, FILE_NOTIFY_CHANGE_FILE_NAME);
}

int strait_os_name_wait(const strait_os_place *place, const strait_os_map *stale, uint64_t deadline_ns,
                        strait_os_cause *cause)
{
    (void)cause;
    HANDLE watch = watch_directory(place);
    int rc = STRAIT_OK;
    while (rc == STRAIT_OK && !news(place, stale)) {
        rc = one_sleep(watch, deadline_ns);
    }
    if (watch != INVALID_HANDLE_VALUE) {
        FindCloseChangeNotification(watch);
    }
    return rc;
}
