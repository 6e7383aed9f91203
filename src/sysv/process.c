/* process.c - whether a process has a segment in its address space. layer: system
 *
 * What SEM_UNDO holds is dropped when the process ends, not when it executes another program, though its
 * memory is gone then. Linux shows each process's mappings; a System V segment shows with its id as the
 * file's number. A process in whose list it is missing does not have it: it executed another program since
 * it took the token. Where the list cannot be read, the token counts as held until the process ends. Whether
 * the list shows what we think it shows is tried out on our own.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sysv/sysv.h"

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
    return pid <= 0 || look((int)getpid(), segment) != SEEN || look(pid, segment) != NOT_SEEN;
}
