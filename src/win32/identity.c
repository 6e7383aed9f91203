/* identity.c - who this process is, and in which boot. layer: system
 *
 * Windows has no number for a boot that it documents. What it documents is that a volatile registry key lives until its
 * hive is unloaded, at the latest when the system goes down. Such a key, in which nothing is ever stored, says
 * when it was made: that time is the identity. Made and read in any order by any process of the user, it is never
 * half-made. Where the key cannot be had, and for the global scope, it is the time at which the system was started.
 */
#include <string.h>

#include "win32/win32.h"

#define BOOT_KEY L"Software\\Strait\\Boot"

/* Class 3 of NtQuerySystemInformation. The bias is how far the first was moved when the clock was set. */
typedef struct time_of_day {
    LARGE_INTEGER boot, now, zone_bias;
    ULONG zone, reserved;
    ULONGLONG boot_bias, sleep_bias;
} time_of_day;

typedef LONG(WINAPI *query_system)(int kind, void *answer, ULONG bytes, ULONG *used);

static uint64_t from_filetime(const FILETIME *time)
{
    return (uint64_t)time->dwHighDateTime << 32 | time->dwLowDateTime;
}

static uint64_t time_of_key(void)
{
    HKEY key;
    FILETIME written = {0, 0};
    if (RegCreateKeyExW(HKEY_CURRENT_USER, BOOT_KEY, 0, NULL, REG_OPTION_VOLATILE, KEY_QUERY_VALUE, NULL,
                        &key, NULL) != ERROR_SUCCESS) {
        return 0;
    }
    LONG rc = RegQueryInfoKeyW(key, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, &written);
    RegCloseKey(key);
    return rc == ERROR_SUCCESS ? from_filetime(&written) : 0;
}

static uint64_t time_of_start(void)
{
    union {
        FARPROC any;
        query_system query;
    } entry = {NULL};
    HMODULE ntdll = GetModuleHandleW(L"ntdll.dll");
    time_of_day day = {.boot = {.QuadPart = 0}};
    if (ntdll != NULL) {
        entry.any = GetProcAddress(ntdll, "NtQuerySystemInformation");
    }
    if (entry.any == NULL || entry.query(3, &day, sizeof day, NULL) < 0) {
        return 0;
    }
    return (uint64_t)day.boot.QuadPart - day.boot_bias;
}

bool strait_win32_scope_is_global(void)
{
    wchar_t scope[8];
    DWORD length = GetEnvironmentVariableW(L"STRAIT_SCOPE", scope, 8);
    return length == 6 && lstrcmpiW(scope, L"global") == 0;
}

/* Fixed for the life of the process: asked once. */
static BOOL CALLBACK ask_once(PINIT_ONCE once, void *parameter, void **context)
{
    (void)once;
    (void)context;
    strait_win32_boot *boot = parameter;
    boot->kind = 'k';
    boot->time = strait_win32_scope_is_global() ? 0 : time_of_key();
    if (boot->time == 0) {
        boot->kind = 't';
        boot->time = time_of_start();
    }
    return TRUE;
}

strait_win32_boot strait_win32_this_boot(void)
{
    static INIT_ONCE once = INIT_ONCE_STATIC_INIT;
    static strait_win32_boot boot;
    InitOnceExecuteOnce(&once, ask_once, &boot, NULL);
    return boot;
}

static void fill_program(char *program, size_t room)
{
    wchar_t path[1024];
    char name[sizeof path];
    DWORD found = GetModuleFileNameW(NULL, path, 1024);
    const wchar_t *last = found == 0 || found >= 1024 ? NULL : wcsrchr(path, L'\\');
    if (last != NULL && strait_win32_narrow(last + 1, name, sizeof name)) {
        size_t length = strlen(name);
        memcpy(program, name, length < room ? length : room - 1); /* the rest is zero */
    }
}

void strait_os_self(strait_os_identity *self)
{
    memset(self, 0, sizeof *self);
    self->pid = GetCurrentProcessId();
    FILETIME start, end, kernel, user;
    if (GetProcessTimes(GetCurrentProcess(), &start, &end, &kernel, &user)) {
        self->start = from_filetime(&start);
    }
    strait_win32_boot boot = strait_win32_this_boot();
    if (boot.time != 0) {
        memcpy(self->boot, &boot.time, sizeof boot.time);
        self->boot[15] = (uint8_t)boot.kind;
    }
    fill_program(self->program, sizeof self->program);
}

uint64_t strait_os_process_epoch(void)
{
    return UINT64_C(1) << 32 | GetCurrentProcessId(); /* there is no fork, so no copy of a process */
}

const strait_u64 *strait_os_process_mark(void)
{
    static strait_u64 mark;
    strait_u64_store_relaxed(&mark, strait_os_process_epoch());
    return &mark;
}
