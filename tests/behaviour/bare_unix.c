/* bare_unix.c - a segment's bytes behind Strait's back, as another version, a broken program or a reused process
 * number would have left them: through the file that has the name, the System V segment in which the name
 * stands, or the object that a record of the name speaks of.
 */
#define _GNU_SOURCE 1
#include "behaviour.h"

#include <fcntl.h>
#include <glob.h>
#include <strait/format.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

static void *all_of(int fd)
{
    struct stat status;
    if (fd < 0 || fstat(fd, &status) != 0) {
        return NULL;
    }
    void *bytes = mmap(NULL, (size_t)status.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    return bytes == MAP_FAILED ? NULL : bytes;
}

const char *file_of(const char *name)
{
    static char path[300];
    snprintf(path, sizeof path, "/dev/shm/strait.%s", name);
    return path;
}

static char native[80];

const char *native_name(void)
{
    if (native[0] == '\0' && backend_is("sysv")) { /* names are keys */
        snprintf(native, sizeof native, "0x%08lx", 0x40000000UL | (unsigned long)system_pid());
    } else if (native[0] == '\0') { /* 31 bytes are what every system takes */
        snprintf(native, sizeof native, "/trading_data-%ld", (long)system_pid());
    }
    return native;
}

uint64_t native_bytes(uint64_t bytes)
{
    return bytes;
}

bool native_file_is_there(void)
{
    char path[120];
    snprintf(path, sizeof path, "/dev/shm%s", native_name());
    return native_name()[0] != '/' || system_file_there(path);
}

/* See src/posix/portable/portable.h. */
static void *behind_a_record(const char *name)
{
    char path[300], text[49] = "", object[32];
    glob_t found;
    snprintf(path, sizeof path, "/var/tmp/strait/*/n.%s", name);
    if (!backend_is("portable") || glob(path, 0, NULL, &found) != 0) {
        return NULL;
    }
    int record = open(found.gl_pathv[0], O_RDONLY);
    globfree(&found);
    ssize_t got = record < 0 ? -1 : read(record, text, sizeof text - 1);
    close(record);
    if (got != 48) {
        return NULL;
    }
    snprintf(object, sizeof object, "/strait-%.16s", text + strlen("strait name 1\n"));
    return all_of(shm_open(object, O_RDWR, 0));
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
    void *bytes = system_file_map(file_of(name));
    bytes = bytes == NULL ? behind_a_record(name) : bytes;
    bytes = bytes == NULL ? in_system_v(name) : bytes;
    if (bytes == NULL) {
        SKIP("the bytes behind a name cannot be reached here");
    }
    return bytes;
}
