/* system_win32.c - the sentences of system.h on Windows. */
#include "system.h"

#include <direct.h>
#include <fcntl.h>
#include <io.h>
#include <stdio.h>
#include <string.h>
#include <windows.h>

long system_pid(void)
{
    return (long)GetCurrentProcessId();
}

uint32_t system_user(void)
{
    return 0;
}

void system_yield(void)
{
    if (!SwitchToThread()) {
        Sleep(0);
    }
}

static DWORD WINAPI begin(void *context)
{
    system_thread *thread = context;
    thread->result = thread->run(thread->context);
    return 0;
}

bool system_thread_start(system_thread *thread, void *(*run)(void *context), void *context)
{
    thread->run = run;
    thread->context = context;
    thread->result = NULL;
    thread->handle = (uintptr_t)CreateThread(NULL, 0, begin, thread, 0, NULL);
    return thread->handle != 0;
}

void *system_thread_join(system_thread *thread)
{
    WaitForSingleObject((HANDLE)thread->handle, INFINITE);
    CloseHandle((HANDLE)thread->handle);
    return thread->result;
}

bool system_child_ended(long pid)
{
    HANDLE process = OpenProcess(SYNCHRONIZE, FALSE, (DWORD)pid);
    bool ended = process == NULL || WaitForSingleObject(process, 0) == WAIT_OBJECT_0;
    if (process != NULL) {
        CloseHandle(process);
    }
    return ended;
}

/* Stopping a whole process is a call that the system has and does not declare; debuggers live on it. */
typedef LONG(WINAPI *process_call)(HANDLE process);

static bool call_for(long pid, const char *name)
{
    HMODULE native = GetModuleHandleW(L"ntdll.dll");
    FARPROC found = native == NULL ? NULL : GetProcAddress(native, name);
    HANDLE process = OpenProcess(PROCESS_SUSPEND_RESUME, FALSE, (DWORD)pid);
    process_call call;
    memcpy(&call, &found, sizeof call); /* ISO C has no cast between the two */
    bool done = found != NULL && process != NULL && call(process) >= 0;
    if (process != NULL) {
        CloseHandle(process);
    }
    return done;
}

bool system_stop(long pid)
{
    return call_for(pid, "NtSuspendProcess");
}

bool system_continue(long pid)
{
    return call_for(pid, "NtResumeProcess");
}

bool system_stands_still(long pid)
{
    (void)pid; /* it did when system_stop returned */
    return true;
}

bool system_sleeps(long pid)
{
    (void)pid;
    return true;
}

bool system_kill(long pid)
{
    HANDLE process = OpenProcess(PROCESS_TERMINATE, FALSE, (DWORD)pid);
    bool done = process != NULL && TerminateProcess(process, 1);
    if (process != NULL) {
        CloseHandle(process);
    }
    return done;
}

bool system_interrupt(long pid)
{
    (void)pid;
    return false;
}

uint64_t system_death_shows_us(void)
{
    return 1000000;
}

unsigned system_crowd(void)
{
    return 50;
}

/* Wine makes the permission bits of a Unix file out of an access list. */
bool system_keeps_modes(void)
{
    HMODULE native = GetModuleHandleW(L"ntdll.dll");
    return native == NULL || GetProcAddress(native, "wine_get_version") == NULL;
}

void system_plain_output(void)
{
    fflush(stdout);
    _setmode(_fileno(stdout), _O_BINARY);
}

void *system_pages(size_t bytes)
{
    return VirtualAlloc(NULL, bytes, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
}

bool system_pages_read_only(void *pages, size_t bytes)
{
    DWORD before;
    return VirtualProtect(pages, bytes, PAGE_READONLY, &before) != 0;
}

void system_pages_free(void *pages, size_t bytes)
{
    (void)bytes;
    VirtualFree(pages, 0, MEM_RELEASE);
}

static HANDLE open_file(const char *path, DWORD access, DWORD how)
{
    return CreateFileA(path, access, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL, how,
                       FILE_ATTRIBUTE_NORMAL, NULL);
}

bool system_file_make(const char *path, const void *bytes, size_t count)
{
    HANDLE file = open_file(path, GENERIC_READ | GENERIC_WRITE, CREATE_NEW);
    if (file == INVALID_HANDLE_VALUE) {
        return false;
    }
    DWORD written = 0;
    bool made = WriteFile(file, bytes, (DWORD)count, &written, NULL) && written == count;
    return CloseHandle(file) && made;
}

bool system_file_there(const char *path)
{
    return GetFileAttributesA(path) != INVALID_FILE_ATTRIBUTES;
}

int64_t system_file_bytes(const char *path)
{
    HANDLE file = open_file(path, GENERIC_READ, OPEN_EXISTING);
    if (file == INVALID_HANDLE_VALUE) {
        return -1;
    }
    LARGE_INTEGER bytes;
    bool known = GetFileSizeEx(file, &bytes) != 0;
    CloseHandle(file);
    return known ? (int64_t)bytes.QuadPart : -1;
}

static bool seek(HANDLE file, int64_t offset)
{
    LARGE_INTEGER to;
    to.QuadPart = offset;
    return SetFilePointerEx(file, to, NULL, FILE_BEGIN) != 0;
}

bool system_file_read(const char *path, int64_t offset, void *bytes, size_t count)
{
    HANDLE file = open_file(path, GENERIC_READ, OPEN_EXISTING);
    if (file == INVALID_HANDLE_VALUE) {
        return false;
    }
    DWORD got = 0;
    bool all = seek(file, offset) && ReadFile(file, bytes, (DWORD)count, &got, NULL) && got == count;
    return CloseHandle(file) && all;
}

bool system_file_cut(const char *path, int64_t bytes)
{
    HANDLE file = open_file(path, GENERIC_WRITE, OPEN_EXISTING);
    if (file == INVALID_HANDLE_VALUE) {
        return false;
    }
    bool cut = seek(file, bytes) && SetEndOfFile(file);
    return CloseHandle(file) && cut;
}

bool system_file_move(const char *from, const char *to)
{
    return MoveFileExA(from, to, MOVEFILE_REPLACE_EXISTING) != 0;
}

bool system_file_delete(const char *path)
{
    return DeleteFileA(path) != 0;
}

void *system_file_map(const char *path)
{
    HANDLE file = open_file(path, GENERIC_READ | GENERIC_WRITE, OPEN_EXISTING);
    if (file == INVALID_HANDLE_VALUE) {
        return NULL;
    }
    HANDLE section = CreateFileMappingW(file, NULL, PAGE_READWRITE, 0, 0, NULL);
    void *bytes = section == NULL ? NULL : MapViewOfFile(section, FILE_MAP_WRITE, 0, 0, 0);
    if (section != NULL) {
        CloseHandle(section);
    }
    CloseHandle(file);
    return bytes;
}

bool system_folder_make(char *path, size_t room)
{
    static unsigned made;
    char base[MAX_PATH + 1];
    DWORD length = GetTempPathA(sizeof base, base);
    if (length == 0 || length >= sizeof base) {
        return false;
    }
    for (unsigned tries = 0; tries < 1000; tries++) {
        int written = snprintf(path, room, "%sstrait-%ld-%u", base, system_pid(), made++);
        if (written < 0 || (size_t)written >= room) {
            return false;
        }
        if (CreateDirectoryA(path, NULL)) {
            return true;
        }
    }
    return false;
}

bool system_folder_delete(const char *path)
{
    return RemoveDirectoryA(path) != 0;
}

bool system_folder_enter(const char *path)
{
    return SetCurrentDirectoryA(path) != 0;
}
