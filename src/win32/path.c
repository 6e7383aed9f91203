/* path.c - where a place is. layer: system
 *
 * Names lie in one directory of the user's, or of the machine's if the environment says STRAIT_SCOPE=global:
 *
 *   %LOCALAPPDATA%\Strait\k01dd79b912266294\orders.segment
 *   %ProgramData%\Strait\t01dd79b8eff5c99e\orders.segment
 *
 * The directory in the middle is this boot's (identity.c). File names do not tell upper from lower case, Strait's
 * do: which letters are capitals is written behind the name, five to a digit of base 32, "~" first, so "Orders" is
 * "orders~1.segment". Every path is handed to the system as \\?\, which has no limit of 260 and takes names as they are.
 */
#include <string.h>
#include <wchar.h>

#include "win32/win32.h"

#include <sddl.h>

static const char digits[] = "0123456789abcdefghijklmnopqrstuv";

bool strait_win32_wide(const char *text, wchar_t *wide, size_t room)
{
    return MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, text, -1, wide, (int)room) > 0;
}

bool strait_win32_narrow(const wchar_t *wide, char *text, size_t room)
{
    return WideCharToMultiByte(CP_UTF8, 0, wide, -1, text, (int)room, NULL, NULL) > 0;
}

bool strait_win32_append(strait_win32_path *path, const wchar_t *text)
{
    size_t used = wcslen(path->text), more = wcslen(text);
    if (used + more >= STRAIT_WIN32_PATH_MAX) {
        return false;
    }
    memcpy(path->text + used, text, (more + 1) * sizeof *text);
    return true;
}

bool strait_win32_append_hex(strait_win32_path *path, uint64_t number)
{
    wchar_t text[17];
    for (int i = 15; i >= 0; i--) {
        text[i] = (wchar_t)digits[number & 15];
        number >>= 4;
    }
    text[16] = L'\0';
    return strait_win32_append(path, text);
}

static int too_long(strait_os_cause *cause)
{
    return strait_win32_failed_with(cause, "GetFullPathName", ERROR_FILENAME_EXCED_RANGE);
}

/* --- names ---------------------------------------------------------------------------------------------- */

#define NAME_ROOM (STRAIT_NAME_MAX + STRAIT_NAME_MAX / 5 + 20)

static void file_of_name(const char *name, wchar_t *file)
{
    unsigned char fives[STRAIT_NAME_MAX / 5 + 1] = {0};
    size_t length = 0, used = 0;
    for (; name[length] != '\0' && length < STRAIT_NAME_MAX; length++) {
        bool capital = name[length] >= 'A' && name[length] <= 'Z';
        file[length] = (wchar_t)(capital ? name[length] - 'A' + 'a' : name[length]);
        if (capital) {
            fives[length / 5] = (unsigned char)(fives[length / 5] | 1u << length % 5);
            used = length / 5 + 1;
        }
    }
    if (used > 0) {
        file[length++] = L'~';
    }
    for (size_t i = 0; i < used; i++) {
        file[length++] = (wchar_t)digits[fives[i]];
    }
    wcscpy(file + length, STRAIT_WIN32_SUFFIX);
}

bool strait_win32_name_of_file(const wchar_t *file, char *name, size_t room)
{
    wchar_t again[NAME_ROOM];
    size_t whole = wcslen(file), suffix = wcslen(STRAIT_WIN32_SUFFIX);
    if (whole <= suffix || whole >= NAME_ROOM) {
        return false;
    }
    size_t end = whole - suffix;
    const wchar_t *mark = wcschr(file, L'~');
    size_t length = mark == NULL ? end : (size_t)(mark - file);
    if (length == 0 || length > end || length > STRAIT_NAME_MAX || length >= room) {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        name[i] = file[i] < 128 ? (char)file[i] : '?';
    }
    name[length] = '\0';
    for (size_t i = 0; mark != NULL && length + 1 + i < end; i++) {
        const char *digit = mark[1 + i] < 128 ? strchr(digits, (char)mark[1 + i]) : NULL;
        for (size_t bit = 0; digit != NULL && bit < 5 && i * 5 + bit < length; bit++) {
            char *letter = &name[i * 5 + bit];
            if (((digit - digits) >> bit & 1) != 0 && *letter >= 'a' && *letter <= 'z') {
                *letter = (char)(*letter - 'a' + 'A');
            }
        }
    }
    file_of_name(name, again); /* the file of this very name, and not something that looks like it */
    return wcscmp(again, file) == 0;
}

/* --- directories ---------------------------------------------------------------------------------------- */

static bool environment(const wchar_t *variable, strait_win32_path *path)
{
    wchar_t value[STRAIT_WIN32_PATH_MAX / 2];
    DWORD length = GetEnvironmentVariableW(variable, value, STRAIT_WIN32_PATH_MAX / 2);
    if (length == 0 || length >= STRAIT_WIN32_PATH_MAX / 2) {
        return false;
    }
    path->text[0] = L'\0';
    return strait_win32_append(path, wcsncmp(value, L"\\\\", 2) == 0 ? L"\\\\?\\UNC" : L"\\\\?\\") &&
           strait_win32_append(path, wcsncmp(value, L"\\\\", 2) == 0 ? value + 1 : value);
}

int strait_win32_base_directory(strait_win32_path *path, strait_os_cause *cause)
{
    bool global = strait_win32_scope_is_global();
    if (!environment(global ? L"ProgramData" : L"LOCALAPPDATA", path) ||
        !strait_win32_append(path, L"\\Strait")) {
        return strait_win32_failed_with(cause,
                                        global ? "the environment does not say where ProgramData is"
                                               : "the environment does not say where LOCALAPPDATA is",
                                        0);
    }
    return STRAIT_OK;
}

static int boot_directory(strait_win32_path *path, strait_os_cause *cause)
{
    strait_win32_boot boot = strait_win32_this_boot();
    wchar_t kind[] = {L'\\', (wchar_t)boot.kind, L'\0'};
    int rc = strait_win32_base_directory(path, cause);
    if (rc < 0) {
        return rc;
    }
    return strait_win32_append(path, kind) && strait_win32_append_hex(path, boot.time) ? STRAIT_OK
                                                                                       : too_long(cause);
}

bool strait_win32_is_old_boot(const wchar_t *last)
{
    strait_win32_boot boot = strait_win32_this_boot();
    strait_win32_path ours = {{(wchar_t)boot.kind, L'\0'}};
    (void)strait_win32_append_hex(&ours, boot.time);
    bool like_ours =
        last[0] == ours.text[0] && wcslen(last) == 17 && wcsspn(last + 1, L"0123456789abcdef") == 16;
    return like_ours && boot.time != 0 && wcscmp(last, ours.text) != 0;
}

/* In the global scope everybody may make files there, and only their owners and administrators take them away. */
static bool make_one(const wchar_t *path)
{
    static const wchar_t rights[] = L"D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;;0x1200a7;;;WD)";
    SECURITY_ATTRIBUTES attributes = {.nLength = sizeof attributes};
    if (!strait_win32_scope_is_global()) {
        return CreateDirectoryW(path, NULL) != 0;
    }
    if (!ConvertStringSecurityDescriptorToSecurityDescriptorW(rights, SDDL_REVISION_1,
                                                              &attributes.lpSecurityDescriptor, NULL)) {
        return false;
    }
    bool made = CreateDirectoryW(path, &attributes) != 0;
    DWORD code = GetLastError();
    LocalFree(attributes.lpSecurityDescriptor);
    SetLastError(code);
    return made;
}

int strait_win32_make_directory(strait_os_cause *cause)
{
    strait_win32_path path;
    int rc = strait_win32_base_directory(&path, cause);
    if (rc < 0) {
        return rc;
    }
    (void)make_one(path.text);
    rc = boot_directory(&path, cause);
    if (rc < 0) {
        return rc;
    }
    if (make_one(path.text)) {
        (void)strait_win32_sweep_boots(cause);
        return STRAIT_OK;
    }
    return GetLastError() == ERROR_ALREADY_EXISTS ? STRAIT_OK : strait_win32_failed(cause, "CreateDirectory");
}

/* --- places --------------------------------------------------------------------------------------------- */

static void backslashes(wchar_t *text)
{
    for (; *text != L'\0'; text++) {
        if (*text == L'/') {
            *text = L'\\';
        }
    }
}

/* A user's path, whole and in the form that has no limit. */
static int long_path(const char *name, strait_win32_path *path, strait_os_cause *cause)
{
    wchar_t given[STRAIT_WIN32_PATH_MAX], whole[STRAIT_WIN32_PATH_MAX];
    if (!strait_win32_wide(name, given, STRAIT_WIN32_PATH_MAX)) {
        return strait_win32_failed_with(cause, "MultiByteToWideChar", ERROR_INVALID_NAME);
    }
    backslashes(given);
    path->text[0] = L'\0';
    if (wcsncmp(given, L"\\\\?\\", 4) == 0 || wcsncmp(given, L"\\\\.\\", 4) == 0) {
        return strait_win32_append(path, given) ? STRAIT_OK : too_long(cause);
    }
    DWORD length = GetFullPathNameW(given, STRAIT_WIN32_PATH_MAX, whole, NULL);
    if (length == 0 || length >= STRAIT_WIN32_PATH_MAX) {
        return length == 0 ? strait_win32_failed(cause, "GetFullPathName") : too_long(cause);
    }
    bool fits = true;
    if (wcsncmp(whole, L"\\\\.\\", 4) == 0) { /* a device, such as NUL */
        fits = strait_win32_append(path, whole);
    } else if (wcsncmp(whole, L"\\\\", 2) == 0) {
        fits = strait_win32_append(path, L"\\\\?\\UNC") && strait_win32_append(path, whole + 1);
    } else {
        fits = strait_win32_append(path, L"\\\\?\\") && strait_win32_append(path, whole);
    }
    return fits ? STRAIT_OK : too_long(cause);
}

int strait_win32_file_path(const strait_os_place *place, strait_win32_path *path, strait_os_cause *cause)
{
    if (place->kind == STRAIT_OS_FILE) {
        return long_path(place->name, path, cause);
    }
    wchar_t file[NAME_ROOM];
    int rc = boot_directory(path, cause);
    if (rc == STRAIT_OK && place->kind == STRAIT_OS_NAMED) {
        file_of_name(place->name, file);
        rc =
            strait_win32_append(path, L"\\") && strait_win32_append(path, file) ? STRAIT_OK : too_long(cause);
    }
    return rc;
}

int strait_win32_path_beside(const strait_os_place *place, const wchar_t *last, strait_win32_path *path,
                             strait_os_cause *cause)
{
    int rc =
        place->kind == STRAIT_OS_FILE ? long_path(place->name, path, cause) : boot_directory(path, cause);
    if (rc < 0) {
        return rc;
    }
    wchar_t *slash = place->kind == STRAIT_OS_FILE ? wcsrchr(path->text, L'\\') : NULL;
    if (slash != NULL) {
        *slash = L'\0';
    }
    return strait_win32_append(path, L"\\") && strait_win32_append(path, last) ? STRAIT_OK : too_long(cause);
}

/* With slashes, which the system takes as well and core looks for. */
bool strait_os_whole_path(const char *path, char *whole, size_t room)
{
    strait_win32_path found;
    strait_os_cause cause = {0};
    if (long_path(path, &found, &cause) < 0) {
        return false;
    }
    bool device = wcsncmp(found.text, L"\\\\.\\", 4) == 0;
    bool share = wcsncmp(found.text, L"\\\\?\\UNC\\", 8) == 0;
    const wchar_t *begin = found.text + (device ? 0 : share ? 6 : 4);
    if (share) {
        found.text[6] = L'\\';
    }
    if (!strait_win32_narrow(begin, whole, room)) {
        return false;
    }
    for (char *at = whole; *at != '\0'; at++) {
        *at = *at == '\\' ? '/' : *at;
    }
    return true;
}
