/* bare_unix.c - a segment's bytes behind Strait's back, as another version, a broken program or a reused process
 * number would have left them: through the file that has the name, or through the System V segment in which
 * the name stands.
 */
#define _GNU_SOURCE 1
#include "behaviour.h"

#include <strait/format.h>
#include <sys/ipc.h>
#include <sys/shm.h>

const char *file_of(const char *name)
{
    static char path[300];
    snprintf(path, sizeof path, "/dev/shm/strait.%s", name);
    return path;
}

static char native[80];

const char *native_name(void)
{
    if (native[0] == '\0' && names_are_files()) {
        snprintf(native, sizeof native, "/trading_data-%s", scenario_name(0));
    } else if (native[0] == '\0') { /* names are keys */
        snprintf(native, sizeof native, "0x%08lx", 0x40000000UL | (unsigned long)system_pid());
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
    bytes = bytes == NULL ? in_system_v(name) : bytes;
    if (bytes == NULL) {
        SKIP("the bytes behind a name cannot be reached here");
    }
    return bytes;
}
