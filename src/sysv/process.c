/* process.c - whether a process has a segment in its address space. layer: system
 *
 * What SEM_UNDO holds is dropped when the process ends, not when it executes another program, though its
 * memory is gone then. Linux shows each process's mappings; a System V segment shows with its id as the
 * file's number. A process in whose list it is missing does not have it: it executed another program since
 * it took the token. Where the list cannot be read, the token counts as held until the process ends. Whether
 * the list shows what we think it shows is tried out on our own, and whether /proc speaks of the processes
 * that we mean is asked first: in a pid namespace it may be the outer one's.
 *
 * A program that a process executed must tell its own tokens from those that the former one left. All copies
 * of this library in one program must come to the same answer, and the next program to another: so it follows
 * from where the kernel put this program.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sysv/sysv.h"
#include "unix/process.h"

#if defined CLONE_NEWIPC
#include <sys/auxv.h>
#endif

typedef enum sight { SEEN, NOT_SEEN, NO_SIGHT } sight;

/* Field 5 of a line ("begin-end rights offset device number path") is the segment's id, and the path
 * begins so. */
static bool line_shows(const char *line, int segment)
{
    const char *at = line;
    for (int field = 1; field < 5 && at != NULL; field++) {
        at = strchr(at, ' ');
        at = at == NULL ? NULL : at + 1;
    }
    if (at == NULL || strtoul(at, NULL, 10) != (unsigned long)segment) {
        return false;
    }
    return strstr(at, "/SYSV") != NULL;
}

/* Whole lines of the buffer; what is left over of the last is moved to its start. */
static bool lines_show(char *text, size_t *used, int segment)
{
    char *line = text, *end;
    text[*used] = '\0';
    while ((end = strchr(line, '\n')) != NULL) {
        *end = '\0';
        if (line_shows(line, segment)) {
            return true;
        }
        line = end + 1;
    }
    *used = strlen(line);
    memmove(text, line, *used);
    return false;
}

static sight look(int pid, int segment)
{
    char text[8192];
    size_t used = 0;
    bool lines = false;
    snprintf(text, sizeof text, "/proc/%d/maps", pid);
    int file = open(text, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return NO_SIGHT;
    }
    sight seen = NOT_SEEN;
    while (seen == NOT_SEEN) {
        if (used == sizeof text - 1) {
            used = 0; /* a line longer than any that speaks of a segment */
        }
        ssize_t got = read(file, text + used, sizeof text - 1 - used);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            seen = got < 0 || !lines ? NO_SIGHT : NOT_SEEN; /* an ending process shows nothing at all */
            break;
        }
        lines = true;
        used += (size_t)got;
        seen = lines_show(text, &used, segment) ? SEEN : NOT_SEEN;
    }
    close(file);
    return seen;
}

bool strait_sysv_may_have(int pid, int segment)
{
    return pid <= 0 || !strait_unix_proc_is_ours() || look((int)getpid(), segment) != SEEN ||
           look(pid, segment) != NOT_SEEN;
}

#if defined CLONE_NEWIPC /* Linux */

int strait_sysv_program_mark(void)
{
    static const unsigned long places[] = {AT_RANDOM, AT_SYSINFO_EHDR, AT_ENTRY, AT_BASE};
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        hash = (hash ^ (uint64_t)getauxval(places[i])) *
               UINT64_C(0x100000001b3); /* the address, not what is there */
        hash ^= hash >> 29;
    }
    return 1 + (int)(hash % (STRAIT_SYSV_MARKS));
}

uint64_t strait_sysv_space(void)
{
    struct stat about;
    return stat("/proc/thread-self/ns/ipc", &about) == 0 ? (uint64_t)about.st_ino : 0;
}

bool strait_sysv_at_home(const strait_sysv_hand *hand)
{
    uint64_t now = strait_sysv_space();
    if (now != 0 && hand->space != 0) {
        return now == hand->space;
    }
    strait_sysv_view view;
    if (!strait_sysv_attach(hand->view.id, false, &view)) {
        return false;
    }
    const strait_sysv_front *ours = hand->view.at, *there = view.at;
    bool same = view.whole_bytes == hand->view.whole_bytes && there->nonce == ours->nonce;
    strait_sysv_detach(&view);
    return same;
}

#else

int strait_sysv_program_mark(void)
{
    return 1; /* what a former program left cannot be told from what is ours: it counts as ours */
}

uint64_t strait_sysv_space(void)
{
    return 0;
}

bool strait_sysv_at_home(const strait_sysv_hand *hand)
{
    (void)hand;
    return true;
}

#endif
