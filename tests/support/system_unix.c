/* system_unix.c - the sentences of system.h on Unix. */
#define _GNU_SOURCE 1
#include "system.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

long system_pid(void)
{
    return (long)getpid();
}

uint32_t system_user(void)
{
    return (uint32_t)geteuid();
}

void system_yield(void)
{
    sched_yield();
}

static void *begin(void *context)
{
    system_thread *thread = context;
    thread->result = thread->run(thread->context);
    return NULL;
}

bool system_thread_start(system_thread *thread, void *(*run)(void *context), void *context)
{
    pthread_t made;
    *thread = (system_thread){run, context, NULL, 0};
    if (pthread_create(&made, NULL, begin, thread) != 0) {
        return false;
    }
    thread->handle = (uintptr_t)made;
    return true;
}

void *system_thread_join(system_thread *thread)
{
    pthread_join((pthread_t)thread->handle, NULL);
    return thread->result;
}

bool system_child_ended(long pid)
{
    siginfo_t end;
    memset(&end, 0, sizeof end);
    return waitid(P_PID, (id_t)pid, &end, WEXITED | WNOHANG | WNOWAIT) == 0 && end.si_pid == (pid_t)pid;
}

bool system_stop(long pid)
{
    return kill((pid_t)pid, SIGSTOP) == 0;
}

bool system_continue(long pid)
{
    return kill((pid_t)pid, SIGCONT) == 0;
}

/* As Linux shows it; elsewhere it is not known, and taken for granted. */
static bool is_in_state(long pid, char state)
{
    char path[64], line[512] = "";
    snprintf(path, sizeof path, "/proc/%ld/stat", pid);
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        return true;
    }
    const char *got = fgets(line, sizeof line, file);
    fclose(file);
    const char *end = got == NULL ? NULL : strrchr(line, ')');
    return end != NULL && end[1] == ' ' && end[2] == state;
}

bool system_stands_still(long pid)
{
    return is_in_state(pid, 'T');
}

bool system_sleeps(long pid)
{
    return is_in_state(pid, 'S');
}

bool system_kill(long pid)
{
    return kill((pid_t)pid, SIGKILL) == 0;
}

bool system_interrupt(long pid)
{
    return kill((pid_t)pid, SIGUSR1) == 0;
}

uint64_t system_death_shows_us(void)
{
    return 100000;
}

unsigned system_crowd(void)
{
    return 200;
}

bool system_keeps_modes(void)
{
    return true;
}

void system_plain_output(void) {}

void *system_pages(size_t bytes)
{
    void *pages = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return pages == MAP_FAILED ? NULL : pages;
}

bool system_pages_read_only(void *pages, size_t bytes)
{
    return mprotect(pages, bytes, PROT_READ) == 0;
}

void system_pages_free(void *pages, size_t bytes)
{
    munmap(pages, bytes);
}

bool system_file_make(const char *path, const void *bytes, size_t count)
{
    int file = open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
    bool made = file >= 0 && write(file, bytes, count) == (ssize_t)count;
    return file >= 0 && close(file) == 0 && made;
}

bool system_file_there(const char *path)
{
    return access(path, F_OK) == 0;
}

int64_t system_file_bytes(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 ? (int64_t)status.st_size : -1;
}

bool system_file_read(const char *path, int64_t offset, void *bytes, size_t count)
{
    int file = open(path, O_RDONLY);
    bool read_all = file >= 0 && pread(file, bytes, count, (off_t)offset) == (ssize_t)count;
    return file >= 0 && close(file) == 0 && read_all;
}

bool system_file_cut(const char *path, int64_t bytes)
{
    return truncate(path, (off_t)bytes) == 0;
}

bool system_file_move(const char *from, const char *to)
{
    return rename(from, to) == 0;
}

bool system_file_delete(const char *path)
{
    return unlink(path) == 0;
}

void *system_file_map(const char *path)
{
    struct stat status;
    int file = open(path, O_RDWR);
    if (file < 0 || fstat(file, &status) != 0) {
        return NULL;
    }
    void *bytes = mmap(NULL, (size_t)status.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    return bytes == MAP_FAILED ? NULL : bytes;
}

bool system_folder_make(char *path, size_t room)
{
    const char *base = getenv("TMPDIR");
    int length = snprintf(path, room, "%s/strait-XXXXXX", base == NULL ? "/tmp" : base);
    return length > 0 && (size_t)length < room && mkdtemp(path) != NULL;
}

bool system_folder_delete(const char *path)
{
    return rmdir(path) == 0;
}

bool system_folder_enter(const char *path)
{
    return chdir(path) == 0;
}
