/* storm_win32.c - the processes of a storm on Windows: this program, started again with the handles of what it needs
 * in its command line. Gates are events that stay open until they are closed, the bell is one that
 * rings for one waiter. A job holds all processes, and ends them with whoever leads the storm.
 */
#include "storm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#define HANDLES (STORM_GATES + 2) /* the table, the gates, the bell */

static HANDLE processes[STORM_PROCESSES_MAX];
static HANDLE section, job;

static HANDLE make_event(bool stays_open)
{
    SECURITY_ATTRIBUTES inherited = {sizeof inherited, NULL, TRUE};
    return CreateEventW(&inherited, stays_open, FALSE, NULL);
}

bool storm_begin(storm *all)
{
    SECURITY_ATTRIBUTES inherited = {sizeof inherited, NULL, TRUE};
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits;
    memset(&limits, 0, sizeof limits);
    limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE;
    job = CreateJobObjectW(NULL, NULL);
    SetInformationJobObject(job, JobObjectExtendedLimitInformation, &limits, sizeof limits);
    section =
        CreateFileMappingW(INVALID_HANDLE_VALUE, &inherited, PAGE_READWRITE, 0, sizeof *all->table, NULL);
    all->table = section == NULL ? NULL : MapViewOfFile(section, FILE_MAP_WRITE, 0, 0, 0);
    all->bell[0] = (intptr_t)make_event(false);
    bool made = all->table != NULL && all->bell[0] != 0;
    for (int i = 0; i < STORM_GATES && made; i++) {
        all->gates[i][0] = (intptr_t)make_event(true);
        made = all->gates[i][0] != 0;
    }
    return made;
}

/* strait-storm --live PLACE ROUND TABLE BELL GATE... */
bool storm_start(storm *all, unsigned place, uint64_t round)
{
    char path[1024], line[1600];
    STARTUPINFOA how;
    PROCESS_INFORMATION process;
    memset(&how, 0, sizeof how);
    how.cb = sizeof how;
    GetModuleFileNameA(NULL, path, sizeof path);
    int length =
        snprintf(line, sizeof line, "\"%s\" --live %u %llu %lu %lu", path, place, (unsigned long long)round,
                 (unsigned long)(uintptr_t)section, (unsigned long)all->bell[0]);
    for (int i = 0; i < STORM_GATES; i++) {
        length +=
            snprintf(line + length, sizeof line - (size_t)length, " %lu", (unsigned long)all->gates[i][0]);
    }
    if (!CreateProcessA(NULL, line, NULL, NULL, TRUE, CREATE_SUSPENDED, NULL, NULL, &how, &process)) {
        fprintf(stderr, "storm: CreateProcess: error %lu\n", GetLastError());
        return false;
    }
    AssignProcessToJobObject(job, process.hProcess);
    ResumeThread(process.hThread);
    CloseHandle(process.hThread);
    processes[place] = process.hProcess;
    return true;
}

bool storm_orphaned(void)
{
    return false; /* nobody tells: who ends the parent by force must end its children too */
}

void storm_process_if_asked(int argc, char **argv)
{
    static storm all;
    if (argc != 6 + STORM_GATES || strcmp(argv[1], "--live") != 0) {
        return;
    }
    SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX | SEM_NOOPENFILEERRORBOX);
    unsigned place = (unsigned)strtoul(argv[2], NULL, 10);
    uint64_t round = strtoull(argv[3], NULL, 10);
    all.table = MapViewOfFile((HANDLE)(uintptr_t)strtoul(argv[4], NULL, 10), FILE_MAP_WRITE, 0, 0, 0);
    all.bell[0] = (intptr_t)strtoul(argv[5], NULL, 10);
    for (int i = 0; i < STORM_GATES; i++) {
        all.gates[i][0] = (intptr_t)strtoul(argv[6 + i], NULL, 10);
    }
    if (all.table == NULL || place >= STORM_PROCESSES_MAX) {
        ExitProcess(1);
    }
    if (all.table->torture) {
        torture_process(&all, place, round);
    }
    storm_process(&all, place, round);
}

void storm_kill(unsigned place)
{
    TerminateProcess(processes[place], 9);
    WaitForSingleObject(processes[place], INFINITE);
    CloseHandle(processes[place]);
    processes[place] = NULL;
}

bool storm_open_gate(const storm *all, uint64_t round, bool closing)
{
    int opening = storm_gate(round, closing);
    int last = closing ? storm_gate(round, false) : storm_gate(round - 1, true);
    return ResetEvent((HANDLE)all->gates[last][0]) && SetEvent((HANDLE)all->gates[opening][0]);
}

void storm_await_bell(const storm *all, unsigned milliseconds)
{
    WaitForSingleObject((HANDLE)all->bell[0], milliseconds);
}

void storm_wait_at(const storm *all, uint64_t round, bool closing)
{
    WaitForSingleObject((HANDLE)all->gates[storm_gate(round, closing)][0], INFINITE);
}

void storm_ring_bell(const storm *all)
{
    SetEvent((HANDLE)all->bell[0]);
}

uint32_t storm_own_pid(void)
{
    return (uint32_t)GetCurrentProcessId();
}

/* In every directory of names there is. */
bool storm_nothing_left(const char *name, char *what, size_t room)
{
    char base[400], pattern[600];
    WIN32_FIND_DATAA found;
    const char *local = getenv("LOCALAPPDATA");
    bool nothing = true;
    snprintf(base, sizeof base, "%s\\Strait", local == NULL ? "" : local);
    snprintf(pattern, sizeof pattern, "%s\\*", base);
    HANDLE search = FindFirstFileA(pattern, &found);
    for (bool more = search != INVALID_HANDLE_VALUE; more; more = FindNextFileA(search, &found) != 0) {
        char path[800];
        snprintf(path, sizeof path, "%s\\%s\\%s.segment", base, found.cFileName, name);
        if (GetFileAttributesA(path) != INVALID_FILE_ATTRIBUTES) {
            snprintf(what, room, "%s", path);
            nothing = false;
        }
    }
    if (search != INVALID_HANDLE_VALUE) {
        FindClose(search);
    }
    return nothing;
}
