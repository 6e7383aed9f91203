/* errors.c - what GetLastError() says, as results and as words. layer: system
 *
 * One table. What is not in it is SYSTEM: refused for a reason that Strait does not expect.
 */
#include <stdio.h>
#include <string.h>

#include "win32/win32.h"

#define QUOTA_EXCEEDED 1295u /* ERROR_DISK_QUOTA_EXCEEDED, which not every header has */

static const struct {
    DWORD code;
    int result;
} table[] = {
    {ERROR_FILE_NOT_FOUND, STRAIT_NOT_FOUND},
    {ERROR_PATH_NOT_FOUND, STRAIT_NOT_FOUND},
    {ERROR_INVALID_DRIVE, STRAIT_NOT_FOUND},
    {ERROR_BAD_NETPATH, STRAIT_NOT_FOUND},
    {ERROR_BAD_NET_NAME, STRAIT_NOT_FOUND},
    {ERROR_DIRECTORY, STRAIT_NOT_FOUND},
    {ERROR_ALREADY_EXISTS, STRAIT_EXISTS},
    {ERROR_FILE_EXISTS, STRAIT_EXISTS},
    {ERROR_ACCESS_DENIED, STRAIT_DENIED},
    {ERROR_WRITE_PROTECT, STRAIT_DENIED},
    {ERROR_SHARING_VIOLATION, STRAIT_DENIED},
    {ERROR_LOCK_VIOLATION, STRAIT_DENIED},
    {ERROR_PRIVILEGE_NOT_HELD, STRAIT_DENIED},
    {ERROR_DELETE_PENDING, STRAIT_DENIED},
    {ERROR_DISK_FULL, STRAIT_NO_SPACE},
    {ERROR_HANDLE_DISK_FULL, STRAIT_NO_SPACE},
    {QUOTA_EXCEEDED, STRAIT_NO_SPACE},
    {ERROR_FILE_TOO_LARGE, STRAIT_NO_SPACE},
    {ERROR_COMMITMENT_LIMIT, STRAIT_NO_SPACE},
    {ERROR_NOT_ENOUGH_MEMORY, STRAIT_NO_MEMORY},
    {ERROR_OUTOFMEMORY, STRAIT_NO_MEMORY},
    {ERROR_NO_SYSTEM_RESOURCES, STRAIT_NO_MEMORY},
    {ERROR_TOO_MANY_OPEN_FILES, STRAIT_TOO_MANY_FILES},
    {ERROR_NOT_ENOUGH_QUOTA, STRAIT_TOO_MANY_FILES},
    {ERROR_INVALID_NAME, STRAIT_BAD_NAME},
    {ERROR_BAD_PATHNAME, STRAIT_BAD_NAME},
    {ERROR_FILENAME_EXCED_RANGE, STRAIT_BAD_NAME},
    {ERROR_NOT_SUPPORTED, STRAIT_UNSUPPORTED},
    {ERROR_INVALID_FUNCTION, STRAIT_UNSUPPORTED},
    {ERROR_CALL_NOT_IMPLEMENTED, STRAIT_UNSUPPORTED},
    {ERROR_CANT_RESOLVE_FILENAME, STRAIT_FOREIGN},
    {ERROR_BAD_FILE_TYPE, STRAIT_FOREIGN},
    {ERROR_INVALID_HANDLE, STRAIT_BAD_ARGUMENT},
};

int strait_win32_failed_with(strait_os_cause *cause, const char *call, DWORD code)
{
    cause->call = call;
    cause->code = (int64_t)code;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (table[i].code == code) {
            return table[i].result;
        }
    }
    return STRAIT_SYSTEM;
}

int strait_win32_failed(strait_os_cause *cause, const char *call)
{
    return strait_win32_failed_with(cause, call, GetLastError());
}

/* The system's sentence without its full stop and line end; false if it has none. */
static bool sentence(int64_t code, char *text, size_t room)
{
    wchar_t wide[256];
    DWORD length = code <= 0 || code > UINT32_MAX
                       ? 0
                       : FormatMessageW(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS, NULL,
                                        (DWORD)code, 0, wide, sizeof wide / sizeof wide[0], NULL);
    while (length > 0 && (wide[length - 1] <= L' ' || wide[length - 1] == L'.')) {
        wide[--length] = L'\0';
    }
    return length > 0 && strait_win32_narrow(wide, text, room);
}

void strait_os_cause_text(const strait_os_cause *cause, char *text, size_t room)
{
    char words[600];
    if (cause->call == NULL) {
        snprintf(text, room, "the system gave no reason");
    } else if (cause->code == 0) {
        snprintf(text, room, "%s", cause->call);
    } else if (sentence(cause->code, words, sizeof words)) {
        snprintf(text, room, "%s said: %s (error %lld)", cause->call, words, (long long)cause->code);
    } else {
        snprintf(text, room, "%s said: error %lld", cause->call, (long long)cause->code);
    }
}
