/* bare.c - a segment's bytes behind Strait's back, as another version, a broken program or a reused process
 * number would have left them: through the file that has the name, or through the System V segment in which
 * the name stands.
 */
#define _GNU_SOURCE 1
#include "behaviour.h"

#include <fcntl.h>
#include <strait/format.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <unistd.h>

static void *in_file(const char *name)
{
    int fd = open(file_of(name), O_RDWR);
    struct stat status;
    if (fd < 0 || fstat(fd, &status) != 0) {
        return NULL;
    }
    void *bytes = mmap(NULL, (size_t)status.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    CHECK(bytes != MAP_FAILED);
    return bytes;
}

#ifdef SHM_STAT

/* The page that the back end keeps in front of a map; see src/sysv/sysv.h. */
#define FRONT_BYTES 16384u

static void *in_system_v(const char *name)
{
    struct shmid_ds about;
    int last = shmctl(0, SHM_INFO, &about);
    for (int i = 0; i <= last; i++) {
        int id = shmctl(i, SHM_STAT, &about);
        if (id < 0 || about.shm_segsz < FRONT_BYTES + sizeof(strait_header_format)) {
            continue;
        }
        char *at = shmat(id, NULL, 0);
        if (at == (void *)-1) {
            continue;
        }
        const strait_header_format *header = (const void *)(at + FRONT_BYTES);
        if (strncmp(header->name, name, sizeof header->name) == 0) {
            return at + FRONT_BYTES;
        }
        shmdt(at);
    }
    return NULL;
}

#else

static void *in_system_v(const char *name)
{
    (void)name;
    return NULL;
}

#endif

void *bare_bytes(const char *name)
{
    void *bytes = in_file(name);
    bytes = bytes == NULL ? in_system_v(name) : bytes;
    if (bytes == NULL) {
        SKIP("the bytes behind a name cannot be reached here");
    }
    return bytes;
}
