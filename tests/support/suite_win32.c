/* suite_win32.c - keeps one test apart from the others on Windows: a process, a job, a time limit.
 *
 * There is no fork, so the runner starts its own command line once more for each test. The environment says which
 * test the new process is to play, and the handle of a page that both see; there the outcome is written. A job
 * holds the process and everything it starts, and ends them all with the test. A test has passed only if
 * it says so in the page and its process then ends with code 0.
 */
#include "suite_run.h"

#include "system.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#define ASKED L"STRAIT_SUITE_PLAYS"
#define ASKED_WORDS 512

static double now_seconds(void)
{
    LARGE_INTEGER now, second;
    QueryPerformanceCounter(&now);
    QueryPerformanceFrequency(&second);
    return (double)now.QuadPart / (double)second.QuadPart;
}

/* --- the played test ------------------------------------------------------------------------------------ */

static struct suite_verdict *page_of(HANDLE section)
{
    return MapViewOfFile(section, FILE_MAP_WRITE, 0, 0, sizeof(struct suite_verdict));
}

/* The environment says "HANDLE NUMBER". */
int suite_play_if_asked(const struct suite_test *tests, size_t count)
{
    wchar_t words[64];
    DWORD length = GetEnvironmentVariableW(ASKED, words, sizeof words / sizeof words[0]);
    if (length == 0 || length >= sizeof words / sizeof words[0]) {
        return -1;
    }
    SetEnvironmentVariableW(ASKED, NULL); /* what the test starts is not asked */
    SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX | SEM_NOOPENFILEERRORBOX);
    wchar_t *next;
    HANDLE section = (HANDLE)(uintptr_t)wcstol(words, &next, 10);
    size_t number = (size_t)wcstol(next, NULL, 10);
    struct suite_verdict *shared = page_of(section);
    if (shared == NULL || number >= count) {
        return 120;
    }
    struct suite_verdict mine = {SUITE_UNFINISHED, "", 0};
    suite_run_here(&tests[number], &mine);
    *shared = mine;
    return mine.outcome == SUITE_FAILED ? 1 : 0;
}

/* --- the runner ----------------------------------------------------------------------------------------- */

static struct suite_verdict cannot(const char *what)
{
    struct suite_verdict verdict = {SUITE_FAILED, "", 0};
    snprintf(verdict.reason, sizeof verdict.reason, "the runner cannot %s: error %lu", what, GetLastError());
    return verdict;
}

static const SECURITY_ATTRIBUTES inherited = {sizeof inherited, NULL, TRUE};

/* A file that goes with its last handle. */
static HANDLE file_for_output(void)
{
    wchar_t folder[MAX_PATH + 1], path[MAX_PATH + 1];
    if (GetTempPathW(MAX_PATH + 1, folder) == 0 || GetTempFileNameW(folder, L"sui", 0, path) == 0) {
        return INVALID_HANDLE_VALUE;
    }
    SECURITY_ATTRIBUTES rights = inherited;
    return CreateFileW(path, GENERIC_READ | GENERIC_WRITE | DELETE,
                       FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, &rights, CREATE_ALWAYS,
                       FILE_ATTRIBUTE_TEMPORARY | FILE_FLAG_DELETE_ON_CLOSE, NULL);
}

static HANDLE job_that_ends_with_its_handle(void)
{
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits;
    memset(&limits, 0, sizeof limits);
    limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE;
    HANDLE job = CreateJobObjectW(NULL, NULL);
    if (job != NULL) {
        SetInformationJobObject(job, JobObjectExtendedLimitInformation, &limits, sizeof limits);
    }
    return job;
}

/* Starts our own command line again as the player of one test. */
static bool start(size_t number, HANDLE section, HANDLE output, HANDLE job, PROCESS_INFORMATION *process)
{
    wchar_t asked[64];
    swprintf(asked, sizeof asked / sizeof asked[0], L"%llu %llu", (unsigned long long)(uintptr_t)section,
             (unsigned long long)number);
    wchar_t *line = _wcsdup(GetCommandLineW()); /* the call may write into it */
    STARTUPINFOW how;
    memset(&how, 0, sizeof how);
    how.cb = sizeof how;
    how.dwFlags = STARTF_USESTDHANDLES;
    how.hStdInput = GetStdHandle(STD_INPUT_HANDLE);
    how.hStdOutput = output != INVALID_HANDLE_VALUE ? output : GetStdHandle(STD_OUTPUT_HANDLE);
    how.hStdError = output != INVALID_HANDLE_VALUE ? output : GetStdHandle(STD_ERROR_HANDLE);
    SetEnvironmentVariableW(ASKED, asked);
    bool started = false;
    DWORD trouble = ERROR_INTERNAL_ERROR;
    /* On a crowded machine Wine gives up the start of a process half-way, and says that it does not know why. */
    for (int tries = 0; line != NULL && !started && trouble == ERROR_INTERNAL_ERROR && tries < 5; tries++) {
        started =
            CreateProcessW(NULL, line, NULL, NULL, TRUE, CREATE_SUSPENDED, NULL, NULL, &how, process) != 0;
        trouble = started ? 0 : GetLastError();
    }
    SetEnvironmentVariableW(ASKED, NULL);
    free(line);
    if (started) {
        AssignProcessToJobObject(job, process->hProcess);
        ResumeThread(process->hThread);
    }
    SetLastError(trouble);
    return started;
}

static void judge(struct suite_verdict *verdict, bool ended, DWORD code, unsigned limit_seconds)
{
    const char *kind = NULL;
    char detail[96] = "";
    if (!ended) {
        kind = "took too long";
        snprintf(detail, sizeof detail, ", ended after %u s with all it had started", limit_seconds);
    } else if (code >= 0xC0000000u) {
        kind = "ended by exception";
        snprintf(detail, sizeof detail, " %08lX", code);
    } else if (verdict->outcome == SUITE_UNFINISHED) {
        kind = "ended its process before it was done";
        snprintf(detail, sizeof detail, ", with code %lu", code);
    } else if (verdict->outcome != SUITE_FAILED && code != 0) {
        kind = "went well, but its process then ended with code";
        snprintf(detail, sizeof detail, " %lu", code);
    }
    if (kind != NULL) {
        verdict->outcome = SUITE_FAILED;
        snprintf(verdict->reason, sizeof verdict->reason, "%s%s", kind, detail);
    }
}

/* Prints the output, each line behind a bar. */
static void show(HANDLE output)
{
    char piece[4096];
    DWORD got;
    bool at_start = true;
    SetFilePointer(output, 0, NULL, FILE_BEGIN);
    while (ReadFile(output, piece, sizeof piece, &got, NULL) && got > 0) {
        for (DWORD i = 0; i < got; i++) {
            if (piece[i] == '\r') {
                continue;
            }
            if (at_start) {
                fputs("    | ", stdout);
            }
            putchar(piece[i]);
            at_start = piece[i] == '\n';
        }
    }
    if (!at_start) {
        putchar('\n');
    }
}

static struct suite_verdict watch(const PROCESS_INFORMATION *process, HANDLE job,
                                  const struct suite_verdict *shared, unsigned limit_seconds)
{
    bool ended = WaitForSingleObject(process->hProcess, limit_seconds * 1000u) == WAIT_OBJECT_0;
    TerminateJobObject(job, 121); /* also what a finished test left behind */
    if (!ended) {
        TerminateProcess(process->hProcess, 121);
    }
    WaitForSingleObject(process->hProcess, INFINITE);
    DWORD code = 0;
    GetExitCodeProcess(process->hProcess, &code);
    CloseHandle(process->hProcess);
    CloseHandle(process->hThread);
    struct suite_verdict verdict = *shared;
    judge(&verdict, ended, code, limit_seconds);
    return verdict;
}

struct suite_verdict suite_isolate(const struct suite_test *test, size_t number, unsigned limit_seconds,
                                   bool loud)
{
    (void)test;
    SECURITY_ATTRIBUTES rights = inherited;
    HANDLE section = CreateFileMappingW(INVALID_HANDLE_VALUE, &rights, PAGE_READWRITE, 0,
                                        sizeof(struct suite_verdict), NULL);
    struct suite_verdict *shared = section == NULL ? NULL : page_of(section), verdict;
    if (shared == NULL) {
        return cannot("share a page with the test");
    }
    HANDLE output = loud ? INVALID_HANDLE_VALUE : file_for_output();
    HANDLE job = job_that_ends_with_its_handle();
    PROCESS_INFORMATION process;
    fflush(NULL);
    double begun = now_seconds();
    if (start(number, section, output, job, &process)) {
        verdict = watch(&process, job, shared, limit_seconds);
    } else {
        verdict = cannot("start a process");
    }
    verdict.seconds = now_seconds() - begun;
    if (output != INVALID_HANDLE_VALUE) {
        if (verdict.outcome != SUITE_PASSED && verdict.outcome != SUITE_SKIPPED) {
            show(output);
        }
        CloseHandle(output);
    }
    CloseHandle(job);
    UnmapViewOfFile(shared);
    CloseHandle(section);
    return verdict;
}
