/* process_linux.c - what /proc shows of processes. layer: system */
#include "unix/process.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static size_t read_whole(const char *path, char *text, size_t room)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return 0;
    }
    size_t used = 0;
    while (used < room - 1) {
        ssize_t got = read(file, text + used, room - 1 - used);
        if (got <= 0 && !(got < 0 && errno == EINTR)) {
            break;
        }
        used += got > 0 ? (size_t)got : 0;
    }
    close(file);
    text[used] = '\0';
    return used;
}

/* Field `number` (1 = pid) of a /proc stat line, in which field 2 may hold anything, parentheses too. */
static const char *stat_field(const char *line, int number)
{
    const char *at = strrchr(line, ')');
    for (int field = 2; at != NULL && field < number; field++) {
        at = strchr(at + 1, ' ');
    }
    return at == NULL ? NULL : at + 1;
}

#define STAT_STATE 3
#define STAT_THREADS 20
#define STAT_START 22

/* What a time namespace adds to the times since boot that we read, in nanoseconds. */
static int64_t time_namespace_offset(void)
{
    char text[256];
    if (read_whole("/proc/self/timens_offsets", text, sizeof text) == 0) {
        return 0; /* the kernel has no such namespaces */
    }
    const char *boottime = strstr(text, "boottime");
    if (boottime == NULL) {
        return 0;
    }
    char *rest = NULL;
    long long seconds = strtoll(boottime + strlen("boottime"), &rest, 10);
    return (int64_t)seconds * 1000000000 + strtoll(rest, NULL, 10);
}

/* Start time in clock ticks since boot, as a process outside all time namespaces reads it; 0 if unknown. */
static uint64_t start_of(const char *line)
{
    const char *field = stat_field(line, STAT_START);
    long ticks_per_second = sysconf(_SC_CLK_TCK);
    if (field == NULL || ticks_per_second <= 0) {
        return 0;
    }
    int64_t offset_ticks = time_namespace_offset() / (1000000000 / ticks_per_second);
    return (uint64_t)((int64_t)strtoull(field, NULL, 10) - offset_ticks);
}

bool strait_unix_same_start(uint64_t a, uint64_t b)
{
    return a - b + 1 <= 2; /* ticks, rounded */
}

/* A line "NSpid:" of several numbers: those of each namespace from the one that /proc shows down to ours. False
 * too if there is no such line, unless there are no such namespaces. */
static bool shown_namespace_is_ours(void)
{
    char text[4096];
    struct stat about;
    const char *line =
        read_whole("/proc/self/status", text, sizeof text) == 0 ? NULL : strstr(text, "\nNSpid:");
    if (line == NULL) {
        return stat("/proc/self/ns/pid", &about) != 0;
    }
    char *rest = NULL;
    (void)strtol(line + strlen("\nNSpid:"), &rest, 10);
    return *rest == '\n' || *rest == '\0';
}

/* The number of our own may be the same in both, by chance or by design: so that is not enough. */
bool strait_unix_proc_is_ours(void)
{
    char link[32];
    char own[32];
    ssize_t length = readlink("/proc/self", link, sizeof link - 1);
    if (length <= 0) {
        return false;
    }
    link[length] = '\0';
    snprintf(own, sizeof own, "%ld", (long)getpid());
    return strcmp(link, own) == 0 && shown_namespace_is_ours();
}

uint64_t strait_unix_pid_space(void)
{
    struct stat about;
    return stat("/proc/self/ns/pid", &about) == 0 ? (uint64_t)about.st_ino : 0;
}

bool strait_unix_shows(uint64_t pid_space)
{
    return pid_space == strait_unix_pid_space();
}

void strait_unix_boot(uint8_t boot[16])
{
    char text[64] = "";
    memset(boot, 0, 16);
    (void)read_whole("/proc/sys/kernel/random/boot_id", text, sizeof text);
    size_t digits = 0;
    for (const char *at = text; *at != '\0' && digits < 32; at++) {
        const char *hex = "0123456789abcdef";
        const char *digit = strchr(hex, *at);
        if (digit != NULL) {
            boot[digits / 2] = (uint8_t)(boot[digits / 2] << 4 | (uint8_t)(digit - hex));
            digits++;
        }
    }
}

void strait_unix_program(char *name, size_t room)
{
    size_t length = read_whole("/proc/self/comm", name, room);
    if (length > 0 && name[length - 1] == '\n') {
        name[length - 1] = '\0';
    }
}

uint64_t strait_unix_own_start(void)
{
    char line[1024];
    char path[64];
    /* Not /proc/self/stat: emulators show their guests one of their own making, and others would read
     * another start. */
    snprintf(path, sizeof path, "/proc/self/task/%ld/stat", (long)getpid());
    return read_whole(path, line, sizeof line) > 0 ? start_of(line) : 0;
}

strait_unix_sight strait_unix_look_at(uint32_t pid, uint64_t *start)
{
    if (kill((pid_t)pid, 0) != 0 && errno == ESRCH) {
        return STRAIT_UNIX_GONE;
    }
    char path[64];
    char line[1024];
    snprintf(path, sizeof path, "/proc/%" PRIu32 "/stat", pid);
    if (!strait_unix_proc_is_ours() || read_whole(path, line, sizeof line) == 0) {
        return STRAIT_UNIX_NOT_SHOWN;
    }
    *start = start_of(line);
    const char *state = stat_field(line, STAT_STATE);
    const char *threads = stat_field(line, STAT_THREADS);
    bool zombie = state != NULL && (*state == 'Z' || *state == 'X');
    /* A zombie leader with threads left is a living process whose first thread ended. */
    bool alone = threads != NULL && strtol(threads, NULL, 10) <= 1;
    return zombie && alone ? STRAIT_UNIX_GONE : STRAIT_UNIX_THERE;
}
