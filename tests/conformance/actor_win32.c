/* actor_win32.c - actors as Windows processes: the same program started again, with one end of a pipe whose handle
 * stands in its command line.
 */
#include "actor.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <support/system.h>
#include <windows.h>

#define ANSWER_MS 20000u
#define ACTORS_MAX 32
#define KILLED 0x7fu /* the code of a process that actor_kill ended */

/* What stands behind an actor: its process, our end of its pipe, and what it has said that nobody heard yet. A
 * read that was begun goes on while a test does other things. */
typedef struct back {
    HANDLE process, pipe, heard;
    OVERLAPPED reading;
    bool begun;
    char said[512];
    DWORD bytes;
} back;

static actor actors[ACTORS_MAX];
static back backs[ACTORS_MAX];
static int actor_count;
static HANDLE channel = INVALID_HANDLE_VALUE;
char actor_path[1024] = "";

/* --- the playing side ----------------------------------------------------------------------------------- */

static bool hear_line(char *line, size_t room)
{
    for (size_t used = 0; used + 1 < room; used++) {
        DWORD got = 0;
        if (!ReadFile(channel, line + used, 1, &got, NULL) || got != 1) {
            return false;
        }
        if (line[used] == '\n') {
            line[used] = '\0';
            return true;
        }
    }
    return false;
}

static void say(const char *reply)
{
    DWORD written = 0;
    if (!WriteFile(channel, reply, (DWORD)strlen(reply), &written, NULL)) {
        ExitProcess(0);
    }
}

void *actor_play(void *unused)
{
    (void)unused;
    char line[2048], reply[256];
    while (hear_line(line, sizeof line)) {
        actor_obey(line, reply, sizeof reply);
        say(reply);
    }
    ExitProcess(0);
}

void actor_play_if_asked(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "--play-actor") == 0) {
        SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX | SEM_NOOPENFILEERRORBOX);
        channel = (HANDLE)(uintptr_t)strtoul(argv[2], NULL, 10);
        actor_play(NULL);
    }
}

/* --- the words that only this system knows -------------------------------------------------------------- */

/* Closes every handle that lets itself be closed, but for the channel, as a program does that closes what it does
 * not know. Handles are multiples of four. */
static int close_all(void)
{
    HANDLE standing[] = {channel, GetStdHandle(STD_INPUT_HANDLE), GetStdHandle(STD_OUTPUT_HANDLE),
                         GetStdHandle(STD_ERROR_HANDLE)};
    for (uintptr_t number = 4; number < 4096; number += 4) {
        HANDLE handle = (HANDLE)number;
        DWORD flags = 0;
        bool ours = false;
        for (size_t i = 0; i < sizeof standing / sizeof standing[0]; i++) {
            ours = ours || handle == standing[i];
        }
        if (!ours && GetHandleInformation(handle, &flags) && GetFileType(handle) == FILE_TYPE_DISK) {
            CloseHandle(handle);
        }
    }
    return 0;
}

static DWORD WINAPI go_on_alone(void *leader)
{
    WaitForSingleObject((HANDLE)leader, INFINITE);
    say("0\n");
    actor_play(NULL);
    return 0;
}

static int end_leader(void)
{
    HANDLE leader = NULL;
    if (!DuplicateHandle(GetCurrentProcess(), GetCurrentThread(), GetCurrentProcess(), &leader, SYNCHRONIZE,
                         FALSE, 0) ||
        CreateThread(NULL, 0, go_on_alone, leader, 0, NULL) == NULL) {
        return -1;
    }
    ExitThread(0);
}

bool actor_obey_system(char **words, int count, char *reply, size_t room)
{
    if (count == 2 && strcmp(words[0], "given") == 0) {
        actor_given = (int)strtol(words[1], NULL, 10);
        snprintf(reply, room, "0\n");
        return true;
    }
    if (count == 1 && strcmp(words[0], "close-all") == 0) {
        snprintf(reply, room, "%d\n", close_all());
        return true;
    }
    if (count == 1 && strcmp(words[0], "end-leader") == 0) {
        snprintf(reply, room, "%d\n", end_leader());
        return true;
    }
    static const char *const nowhere[] = {"fork-idle", "fork-epoch", "fork-close",
                                          "execute",   "user",       "umask"};
    for (size_t i = 0; i < sizeof nowhere / sizeof nowhere[0]; i++) {
        if (strcmp(words[0], nowhere[i]) == 0) {
            snprintf(reply, room, "%d\n", ACTOR_NOT_HERE);
            return true;
        }
    }
    return false;
}

/* --- the asking side ------------------------------------------------------------------------------------ */

static back *back_of(const actor *a)
{
    return &backs[a->channel];
}

/* Both ends of a pipe: ours, whose reads can be given up waiting for, and the actor's, which it inherits. */
static bool make_pipe(HANDLE *ours, HANDLE *theirs)
{
    char name[80];
    snprintf(name, sizeof name, "\\\\.\\pipe\\strait-actor-%ld-%d", system_pid(), actor_count);
    SECURITY_ATTRIBUTES inherited = {sizeof inherited, NULL, TRUE};
    *ours = CreateNamedPipeA(name, PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED | FILE_FLAG_FIRST_PIPE_INSTANCE,
                             PIPE_TYPE_BYTE | PIPE_WAIT, 1, 65536, 65536, 0, NULL);
    *theirs = CreateFileA(name, GENERIC_READ | GENERIC_WRITE, 0, &inherited, OPEN_EXISTING, 0, NULL);
    return *ours != INVALID_HANDLE_VALUE && *theirs != INVALID_HANDLE_VALUE;
}

actor *actor_start(void)
{
    HANDLE theirs;
    char line[1200];
    PROCESS_INFORMATION process;
    STARTUPINFOA how;
    assert_true(actor_count < ACTORS_MAX);
    back *b = &backs[actor_count];
    memset(b, 0, sizeof *b);
    memset(&how, 0, sizeof how);
    how.cb = sizeof how;
    assert_true(make_pipe(&b->pipe, &theirs));
    GetModuleFileNameA(NULL, actor_path, sizeof actor_path);
    snprintf(line, sizeof line, "\"%s\" --play-actor %lu", actor_path, (unsigned long)(uintptr_t)theirs);
    assert_true(CreateProcessA(NULL, line, NULL, NULL, TRUE, 0, NULL, NULL, &how, &process));
    CloseHandle(process.hThread);
    CloseHandle(theirs);
    b->process = process.hProcess;
    b->heard = CreateEventW(NULL, TRUE, FALSE, NULL);
    assert_non_null(b->heard);
    actor *a = &actors[actor_count];
    memset(a, 0, sizeof *a);
    a->pid = (long)process.dwProcessId;
    a->channel = actor_count++;
    (void)ask(a, "epoch"); /* it stands and listens */
    return a;
}

void tell(actor *a, const char *format, ...)
{
    char line[2048];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(line, sizeof line - 1, format, arguments);
    va_end(arguments);
    assert_true(length > 0 && (size_t)length < sizeof line - 1);
    snprintf(a->word, sizeof a->word, "%.*s", (int)strcspn(line, " "), line);
    line[length++] = '\n';
    OVERLAPPED writing;
    memset(&writing, 0, sizeof writing);
    writing.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL);
    DWORD written = 0;
    if (!WriteFile(back_of(a)->pipe, line, (DWORD)length, NULL, &writing)) {
        assert_int_equal(GetLastError(), ERROR_IO_PENDING);
    }
    assert_true(GetOverlappedResult(back_of(a)->pipe, &writing, &written, TRUE));
    assert_int_equal(written, length);
    CloseHandle(writing.hEvent);
}

/* Hears more within so many milliseconds; false if nothing came. */
static bool hear_more(back *b, DWORD milliseconds)
{
    if (!b->begun) {
        if (b->bytes >= sizeof b->said) {
            return false;
        }
        memset(&b->reading, 0, sizeof b->reading);
        b->reading.hEvent = b->heard;
        ResetEvent(b->heard);
        if (!ReadFile(b->pipe, b->said + b->bytes, (DWORD)(sizeof b->said - b->bytes), NULL, &b->reading) &&
            GetLastError() != ERROR_IO_PENDING) {
            return false; /* it has ended */
        }
        b->begun = true;
    }
    if (WaitForSingleObject(b->heard, milliseconds) != WAIT_OBJECT_0) {
        return false;
    }
    DWORD got = 0;
    b->begun = false;
    bool heard = GetOverlappedResult(b->pipe, &b->reading, &got, TRUE) != 0;
    b->bytes += got;
    return heard && got > 0;
}

static void take_values(actor *a, const char *text)
{
    char *next;
    a->values = 0;
    for (long long value = strtoll(text, &next, 10); next != text && a->values < ACTOR_VALUES;
         value = strtoll(text, &next, 10)) {
        a->value[a->values++] = value;
        text = next;
    }
}

bool actor_answers_within(actor *a, unsigned milliseconds)
{
    back *b = back_of(a);
    uint64_t end = within_ms(milliseconds);
    for (;;) {
        char *line_end = memchr(b->said, '\n', b->bytes);
        if (line_end != NULL) {
            size_t length = (size_t)(line_end - b->said) + 1;
            *line_end = '\0';
            take_values(a, b->said);
            b->bytes -= (DWORD)length;
            memmove(b->said, b->said + length, b->bytes);
            return a->values > 0;
        }
        uint64_t now = strait_os_now_ns();
        DWORD left = now >= end ? 0 : (DWORD)((end - now) / 1000000 + 1);
        if (!hear_more(b, left)) {
            return false;
        }
    }
}

long long answer(actor *a)
{
    if (!actor_answers_within(a, ANSWER_MS)) {
        fail_msg("process %ld gives no answer", a->pid);
    }
    if (a->value[0] == -9999) {
        fail_msg("process %ld does not know that word", a->pid);
    }
    if (a->value[0] == ACTOR_NOT_HERE) {
        suite_skip("there is no \"%s\" on Windows", a->word);
    }
    return a->value[0];
}

long long ask(actor *a, const char *format, ...)
{
    char line[2000];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    tell(a, "%s", line);
    return answer(a);
}

/* The handle is made the actor's own; the number that it has there is told. */
void actor_give(actor *a, int descriptor)
{
    HANDLE there = NULL;
    assert_true(DuplicateHandle(GetCurrentProcess(), (HANDLE)(intptr_t)descriptor, back_of(a)->process,
                                &there, 0, FALSE, DUPLICATE_SAME_ACCESS));
    assert_int_equal(ask(a, "given %d", (int)(intptr_t)there), 0);
}

void actor_kill(actor *a)
{
    assert_true(TerminateProcess(back_of(a)->process, KILLED));
}

bool actors_are_emulated(void)
{
    return false;
}

void actor_stop(actor *a)
{
    assert_true(system_stop(a->pid));
}

void actor_continue(actor *a)
{
    assert_true(system_continue(a->pid));
}

bool actor_ended(actor *a)
{
    return WaitForSingleObject(back_of(a)->process, 0) == WAIT_OBJECT_0;
}

/* What ended it by force counts as a signal: 9 for a kill, 11 for an exception. */
int actor_bury(actor *a)
{
    back *b = back_of(a);
    DWORD code = 0;
    assert_int_equal(WaitForSingleObject(b->process, ANSWER_MS), WAIT_OBJECT_0);
    GetExitCodeProcess(b->process, &code);
    CloseHandle(b->pipe);
    CloseHandle(b->process);
    return code == KILLED ? -9 : code >= 0xC0000000u ? -11 : (int)code;
}

unsigned open_descriptors(void)
{
    typedef BOOL(WINAPI * counting)(HANDLE process, DWORD * count); /* not in every windows.h */
    FARPROC found = GetProcAddress(GetModuleHandleW(L"kernel32.dll"), "GetProcessHandleCount");
    DWORD count = 0;
    counting call;
    assert_non_null((void *)(intptr_t)found);
    memcpy(&call, &found, sizeof call); /* ISO C has no cast between the two */
    assert_true(call(GetCurrentProcess(), &count));
    return count;
}
