/* specimen_win32.c - by starting this program again. */
#include "specimen.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>
#include <windows.h>

static bool start(const wchar_t *words, PROCESS_INFORMATION *child)
{
    wchar_t path[1024], line[1200];
    STARTUPINFOW how;
    memset(&how, 0, sizeof how);
    how.cb = sizeof how;
    GetModuleFileNameW(NULL, path, sizeof path / sizeof path[0]);
    swprintf(line, sizeof line / sizeof line[0], L"\"%ls\" %ls", path, words);
    return CreateProcessW(NULL, line, NULL, NULL, TRUE, 0, NULL, NULL, &how, child);
}

void it_crashes(void)
{
    RaiseException(EXCEPTION_ACCESS_VIOLATION, EXCEPTION_NONCONTINUABLE, 0, NULL);
}

void hang(void)
{
    Sleep(INFINITE);
}

void it_hangs_with_its_child(void)
{
    PROCESS_INFORMATION child;
    assert_true(start(L"hang", &child));
    hang();
}

void its_child_fails(void)
{
    PROCESS_INFORMATION child;
    DWORD code = 0;
    assert_true(start(L"bad --here --filter it_fails", &child));
    WaitForSingleObject(child.hProcess, INFINITE);
    GetExitCodeProcess(child.hProcess, &code);
    assert_int_equal(code, 0);
}
