/* list.c - which names there are, and deleting what makers and users that are gone left. layer: system
 *
 * What may not be deleted cannot be: the maker of an unfinished file keeps DELETE to itself, and a file that
 * somebody has mapped is refused by the system. So a sweep tries each, and asks nobody.
 */
#include <wchar.h>

#include "win32/win32.h"

typedef bool (*seer)(void *context, const wchar_t *directory, const WIN32_FIND_DATAW *entry);

/* Calls `see` for each entry that fits DIRECTORY\pattern, until it returns false. */
static int each(const wchar_t *directory, const wchar_t *pattern, seer see, void *context,
                strait_os_cause *cause)
{
    strait_win32_path all = {L""};
    WIN32_FIND_DATAW entry;
    if (!strait_win32_append(&all, directory) || !strait_win32_append(&all, L"\\") ||
        !strait_win32_append(&all, pattern)) {
        return strait_win32_failed_with(cause, "FindFirstFile", ERROR_FILENAME_EXCED_RANGE);
    }
    HANDLE search = FindFirstFileW(all.text, &entry);
    if (search == INVALID_HANDLE_VALUE) {
        DWORD code = GetLastError(); /* "no more": the first that was found went before it could be told */
        bool nothing =
            code == ERROR_FILE_NOT_FOUND || code == ERROR_PATH_NOT_FOUND || code == ERROR_NO_MORE_FILES;
        return nothing ? STRAIT_OK : strait_win32_failed(cause, "FindFirstFile");
    }
    bool on = true;
    do {
        on = see(context, directory, &entry);
    } while (on && FindNextFileW(search, &entry));
    FindClose(search);
    return STRAIT_OK;
}

/* The directory of the place, without a backslash at its end. */
static int directory_of(const strait_os_place *place, strait_win32_path *path, strait_os_cause *cause)
{
    int rc = strait_win32_path_beside(place, L"", path, cause);
    size_t length = rc < 0 ? 0 : wcslen(path->text);
    if (length > 0) {
        path->text[length - 1] = L'\0';
    }
    return rc;
}

/* --- names ---------------------------------------------------------------------------------------------- */

typedef struct listing {
    int (*see)(void *context, const char *name);
    void *context;
    int answer;
} listing;

static bool see_name(void *context, const wchar_t *directory, const WIN32_FIND_DATAW *entry)
{
    (void)directory;
    listing *l = context;
    char name[STRAIT_NAME_MAX + 1];
    if (strait_win32_name_of_file(entry->cFileName, name, sizeof name)) {
        l->answer = l->see(l->context, name);
    }
    return l->answer == 0;
}

int strait_os_map_list(int (*see)(void *context, const char *name), void *context, strait_os_cause *cause)
{
    static const strait_os_place anywhere = {STRAIT_OS_NAMED, ""};
    strait_win32_path directory;
    listing l = {see, context, 0};
    int rc = directory_of(&anywhere, &directory, cause);
    rc = rc < 0 ? rc : each(directory.text, L"*" STRAIT_WIN32_SUFFIX, see_name, &l, cause);
    return rc < 0 ? rc : l.answer;
}

/* --- leftovers ------------------------------------------------------------------------------------------ */

static bool delete_one(void *context, const wchar_t *directory, const WIN32_FIND_DATAW *entry)
{
    int *deleted = context;
    strait_win32_path path = {L""};
    if ((entry->dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) == 0 && strait_win32_append(&path, directory) &&
        strait_win32_append(&path, L"\\") && strait_win32_append(&path, entry->cFileName)) {
        *deleted += DeleteFileW(path.text) != 0;
    }
    return true;
}

int strait_win32_sweep_beside(const strait_os_place *place, strait_os_cause *cause)
{
    strait_win32_path directory;
    int deleted = 0;
    int rc = directory_of(place, &directory, cause);
    rc = rc < 0 ? rc : each(directory.text, STRAIT_WIN32_NEW_PREFIX L"*", delete_one, &deleted, cause);
    rc = rc < 0 ? rc : each(directory.text, STRAIT_WIN32_OLD_PREFIX L"*", delete_one, &deleted, cause);
    return rc < 0 ? rc : deleted;
}

static bool clear_boot(void *context, const wchar_t *directory, const WIN32_FIND_DATAW *entry)
{
    strait_win32_path path = {L""};
    strait_os_cause cause = {0};
    if ((entry->dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) == 0 ||
        !strait_win32_is_old_boot(entry->cFileName) || !strait_win32_append(&path, directory) ||
        !strait_win32_append(&path, L"\\") || !strait_win32_append(&path, entry->cFileName)) {
        return true;
    }
    (void)each(path.text, L"*", delete_one, context, &cause);
    (void)RemoveDirectoryW(path.text); /* if nothing is left in it */
    return true;
}

int strait_win32_sweep_boots(strait_os_cause *cause)
{
    strait_win32_path base;
    int deleted = 0;
    int rc = strait_win32_base_directory(&base, cause);
    rc = rc < 0 ? rc : each(base.text, L"*", clear_boot, &deleted, cause);
    return rc < 0 ? rc : deleted;
}

int strait_os_sweep(strait_os_cause *cause)
{
    static const strait_os_place anywhere = {STRAIT_OS_NAMED, ""};
    (void)strait_win32_sweep_boots(cause); /* of no use to anybody in this boot, so not counted */
    return strait_win32_sweep_beside(&anywhere, cause);
}
