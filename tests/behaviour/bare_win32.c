/* bare_win32.c - a segment's bytes behind Strait's back on Windows, where a name is a file in a directory of this
 * boot's; and the names of foreign programs, which are sections.
 */
#include "behaviour.h"

#include <stdlib.h>
#include <windows.h>

/* The directory that has the file of the name; the directory of this boot is the one that has ours. */
static bool find(const char *base, const char *name, char *path, size_t room)
{
    char pattern[600];
    WIN32_FIND_DATAA found;
    snprintf(pattern, sizeof pattern, "%s\\*", base);
    HANDLE search = FindFirstFileA(pattern, &found);
    bool there = false;
    for (bool more = search != INVALID_HANDLE_VALUE; more && !there;
         more = FindNextFileA(search, &found) != 0) {
        if (found.cFileName[0] != '.') {
            snprintf(path, room, "%s\\%s\\%s.segment", base, found.cFileName, name);
            there = system_file_there(path);
        }
    }
    if (search != INVALID_HANDLE_VALUE) {
        FindClose(search);
    }
    return there;
}

/* Where names lie: asked once, of a segment made for that. */
static const char *directory(void)
{
    static char known[700];
    if (known[0] == '\0') {
        char base[400], name[64];
        const char *local = getenv("LOCALAPPDATA");
        snprintf(base, sizeof base, "%s\\Strait", local == NULL ? "" : local);
        snprintf(name, sizeof name, "behaviour-where-%ld", system_pid());
        strait_segment *probe = NULL;
        const strait_segment_options options = {.bytes = 1, .lifetime = STRAIT_UNTIL_LAST_LEAVES};
        CHECK_SAY(strait_segment_open(name, &options, &probe) == 0, "%s", strait_last_error());
        bool found = find(base, name, known, sizeof known);
        CHECK_RESULT(strait_segment_close(probe), OK);
        CHECK_SAY(found, "no file below %s has the name %s", base, name);
        *strrchr(known, '\\') = '\0';
    }
    return known;
}

const char *file_of(const char *name)
{
    static char path[1000];
    snprintf(path, sizeof path, "%s\\%s.segment", directory(), name);
    return path;
}

const char *native_name(void)
{
    static char native[80];
    snprintf(native, sizeof native, "trading_data-%s", scenario_name(0));
    return native;
}

uint64_t native_bytes(uint64_t bytes)
{
    SYSTEM_INFO about;
    GetSystemInfo(&about);
    return (bytes + about.dwPageSize - 1) / about.dwPageSize * about.dwPageSize;
}

bool native_file_is_there(void)
{
    return true; /* a section is no file */
}

void *bare_bytes(const char *name)
{
    void *bytes = system_file_map(file_of(name));
    CHECK(bytes != NULL);
    return bytes;
}
