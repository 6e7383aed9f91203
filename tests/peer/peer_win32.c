/* peer_win32.c - the verbs that ask for something of the system, on Windows: ways to die, to lose handles or the
 * first thread. What has no meaning here is known all the same, and says so: a scenario that needs it is
 * skipped with these words.
 */
#include "peer.h"

#include <fcntl.h>
#include <io.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

/* The lines end as on every other system. Whoever starts a peer has it in a job, and it ends with that. */
void peer_system_begin(void)
{
    SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX | SEM_NOOPENFILEERRORBOX);
    _setmode(_fileno(stdout), _O_BINARY);
}

static void die(peer *self, const peer_command *command)
{
    (void)self;
    (void)command;
    TerminateProcess(GetCurrentProcess(), 9);
}

static bool is_standing(HANDLE handle)
{
    return handle == GetStdHandle(STD_INPUT_HANDLE) || handle == GetStdHandle(STD_OUTPUT_HANDLE) ||
           handle == GetStdHandle(STD_ERROR_HANDLE);
}

/* closefrom N: closes every handle of a file that lets itself be closed, as a careless program does; says how many
 * there were. Handles are multiples of four. */
static void close_from(peer *self, const peer_command *command)
{
    (void)self;
    (void)command;
    int closed = 0;
    for (uintptr_t number = 4; number < 4096; number += 4) {
        HANDLE handle = (HANDLE)number;
        DWORD flags = 0;
        if (GetHandleInformation(handle, &flags) && !is_standing(handle) &&
            GetFileType(handle) == FILE_TYPE_DISK) {
            closed += CloseHandle(handle) != 0;
        }
    }
    peer_ok("%d", closed);
}

/* One that goes on when the first thread has ended. */
typedef struct heir {
    peer *self;
    HANDLE leader;
} heir;

static DWORD WINAPI converse_alone(void *context)
{
    heir *one = context;
    WaitForSingleObject(one->leader, INFINITE);
    peer_ok("%s", "");
    peer_converse(one->self);
    for (int i = 0; i < PEER_HANDLES; i++) {
        strait_segment_close(one->self->handles[i]);
    }
    exit(0);
}

static void leader_exit(peer *self, const peer_command *command)
{
    static heir one;
    (void)command;
    one.self = self;
    if (!DuplicateHandle(GetCurrentProcess(), GetCurrentThread(), GetCurrentProcess(), &one.leader,
                         SYNCHRONIZE, FALSE, 0) ||
        CreateThread(NULL, 0, converse_alone, &one, 0, NULL) == NULL) {
        peer_no_because(self, "SYSTEM", "no second thread: error %lu", GetLastError());
        return;
    }
    ExitThread(0);
}

/* Starts this program again to open the name and die, and keeps its handle, so that its number stays taken. */
static bool die_attached(const char *name, PROCESS_INFORMATION *process)
{
    char path[1024], line[1400];
    STARTUPINFOA how;
    memset(&how, 0, sizeof how);
    how.cb = sizeof how;
    how.dwFlags = STARTF_USESTDHANDLES; /* it speaks to nobody */
    GetModuleFileNameA(NULL, path, sizeof path);
    snprintf(line, sizeof line, "\"%s\" \"open %s how=attach\" die", path, name);
    return CreateProcessA(NULL, line, NULL, NULL, FALSE, 0, NULL, NULL, &how, process) &&
           WaitForSingleObject(process->hProcess, 20000) == WAIT_OBJECT_0;
}

static void zombie(peer *self, const peer_command *command)
{
    static strait_peer seen[STRAIT_PARTICIPANTS_DEFAULT];
    PROCESS_INFORMATION process;
    strait_segment *segment = peer_segment(self);
    const char *name = peer_argument(command, 0);
    if (segment == NULL) {
        return;
    }
    if (name == NULL || !die_attached(name, &process)) {
        peer_no_because(self, "CHILD", "it did not die attached: error %lu", GetLastError());
        return;
    }
    int count = strait_segment_peers(segment, seen, STRAIT_PARTICIPANTS_DEFAULT);
    for (int i = 0; i < count; i++) {
        if (seen[i].pid == process.dwProcessId) {
            HANDLE still = OpenProcess(SYNCHRONIZE, FALSE, process.dwProcessId);
            peer_ok("%s exists=%d", seen[i].life == STRAIT_DEAD ? "DEAD" : "ALIVE", still != NULL);
            if (still != NULL) {
                CloseHandle(still);
            }
            return;
        }
    }
    peer_no_because(self, "ABSENT", "no record of process %lu", process.dwProcessId);
}

/* --- what is not here ----------------------------------------------------------------------------------- */

static void catch_signal(peer *self, const peer_command *command)
{
    (void)command;
    peer_no_because(self, "NOT_HERE", "Windows sends no signals that would break a wait");
}

static void set_umask(peer *self, const peer_command *command)
{
    (void)command;
    peer_no_because(self, "NOT_HERE", "Windows has no umask");
}

static void become(peer *self, const peer_command *command)
{
    (void)command;
    peer_no_because(self, "NOT_HERE", "becoming another user needs that user's password on Windows");
}

static void enter_pid_namespace(peer *self, const peer_command *command)
{
    (void)command;
    peer_no_because(self, "NOT_HERE", "Windows has no process number spaces");
}

static void small_shm(peer *self, const peer_command *command)
{
    (void)command;
    peer_no_because(self, "NOT_HERE", "a small disk cannot be mounted for one process on Windows");
}

const peer_verb peer_system_verbs[] = {
    {"die", "ends itself with TerminateProcess; no answer", die},
    {"closefrom", "N: closes every file's handle that lets itself be closed -> how many", close_from},
    {"leader-exit", "ends its first thread and goes on in another", leader_exit},
    {"zombie",
     "NAME: starts a peer that opens it and dies, and keeps its handle -> life of that peer's record",
     zombie},
    {"catch", "not here", catch_signal},
    {"umask", "not here", set_umask},
    {"become", "not here", become},
    {"enter-pid-namespace", "not here", enter_pid_namespace},
    {"small-shm", "not here", small_shm},
    {NULL, NULL, NULL},
};
