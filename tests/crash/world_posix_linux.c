/* world_posix_linux.c - the world where names are the objects' own: a file in /dev/shm, linked when it is whole. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "stage.h"
#include "world_posix.h"

const world_facts the_world = {
    .backend = "posix", .place = WORLD_POSIX_DIRECTORY, .can_be_shared = true, .has_files = true};

bool world_posix_ours(const char *name, const char *mark)
{
    return strstr(name, mark) != NULL;
}

bool world_posix_isolate(void)
{
    return true;
}

int world_posix_unfinished(void)
{
    char path[200];
    (void)snprintf(path, sizeof path, WORLD_POSIX_DIRECTORY "/.strait-new.%s.0123456789abcdef",
                   the_stage->name);
    return open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
}
