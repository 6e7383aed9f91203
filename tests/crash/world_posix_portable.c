/* world_posix_portable.c - the world where objects are numbered, and names and tokens lie in a directory beside. An
 * object's number does not tell whose it is, so each job needs a world of its own.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "posix/portable/portable.h"
#include "stage.h"
#include "world_posix.h"

const world_facts the_world = {
    .backend = "posix, portable", .place = WORLD_POSIX_DIRECTORY, .can_be_shared = false, .has_files = true};

bool world_posix_ours(const char *name, const char *mark)
{
    (void)mark;
    return strncmp(name, "strait-", strlen("strait-")) == 0;
}

bool world_posix_isolate(void)
{
    return mount("strait-crash", "/var/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "size=16m,mode=1777") == 0;
}

int world_posix_unfinished(void)
{
    strait_os_cause cause = {0};
    char side[STRAIT_PORTABLE_SIDE_MAX] = "";
    char path[STRAIT_PORTABLE_SIDE_MAX + 300];
    (void)strait_portable_side(side, sizeof side, true, &cause);
    (void)snprintf(path, sizeof path, "%s/.new.%s.0123456789abcdef", side, the_stage->name);
    int record = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    (void)close(record);
    return record < 0 ? record
                      : strait_portable_open_object(0x0123456789abcdef, O_RDWR | O_CREAT | O_EXCL, 0600);
}
