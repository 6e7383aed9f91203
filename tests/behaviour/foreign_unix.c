/* foreign_unix.c - a program that has never heard of Strait: it expects 24 bare bytes at offset 0 of a shared
 * memory object and finds them with shm_open and mmap, or, if the name is a number, with shmget and shmat.
 * Commands come line by line, answers go line by line.
 *
 *     create NAME | open NAME | set SEQUENCE PRICE VOLUME | get | size | unlink NAME
 */
#define _GNU_SOURCE 1
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <unistd.h>

struct trading_data {
    uint64_t sequence;
    double price;
    int32_t volume;
    uint32_t flags;
};

static struct trading_data *data;
static int object = -1; /* a descriptor, or an id */
static bool by_key;

static const char *attach_key(const char *key, int flags)
{
    object = shmget((key_t)strtoul(key, NULL, 16), sizeof *data, flags);
    if (object < 0) {
        return "no";
    }
    void *memory = shmat(object, NULL, 0);
    data = memory == (void *)-1 ? NULL : memory;
    by_key = true;
    return data == NULL ? "no" : "ok";
}

static bool unlink_key(const char *key)
{
    return shmctl(shmget((key_t)strtoul(key, NULL, 16), 0, 0), IPC_RMID, NULL) == 0;
}

static long long size_of_object(void)
{
    struct shmid_ds segment;
    struct stat file;
    if (by_key) {
        return shmctl(object, IPC_STAT, &segment) == 0 ? (long long)segment.shm_segsz : -1;
    }
    return fstat(object, &file) == 0 ? (long long)file.st_size : -1;
}

static const char *attach(const char *name, int flags)
{
    if (strncmp(name, "0x", 2) == 0) {
        return attach_key(name, (flags & O_CREAT) != 0 ? IPC_CREAT | IPC_EXCL | 0600 : 0);
    }
    object = shm_open(name, flags, 0600);
    if (object < 0 || ((flags & O_CREAT) != 0 && ftruncate(object, sizeof *data) != 0)) {
        return "no";
    }
    void *memory = mmap(NULL, sizeof *data, PROT_READ | PROT_WRITE, MAP_SHARED, object, 0);
    data = memory == MAP_FAILED ? NULL : memory;
    return data == NULL ? "no" : "ok";
}

static void obey(const char *line)
{
    char name[200];
    uint64_t sequence;
    double price;
    int32_t volume;
    if (sscanf(line, "create %199s", name) == 1) {
        puts(attach(name, O_RDWR | O_CREAT | O_EXCL));
    } else if (sscanf(line, "open %199s", name) == 1) {
        puts(attach(name, O_RDWR));
    } else if (sscanf(line, "unlink %199s", name) == 1) {
        bool gone = strncmp(name, "0x", 2) == 0 ? unlink_key(name) : shm_unlink(name) == 0;
        puts(gone ? "ok" : "no");
    } else if (data != NULL &&
               sscanf(line, "set %" SCNu64 " %lf %" SCNd32, &sequence, &price, &volume) == 3) {
        *data = (struct trading_data){.sequence = sequence, .price = price, .volume = volume};
        puts("ok");
    } else if (data != NULL && strncmp(line, "get", 3) == 0) {
        printf("ok %" PRIu64 " %g %" PRId32 "\n", data->sequence, data->price, data->volume);
    } else if (strncmp(line, "size", 4) == 0 && size_of_object() >= 0) {
        printf("ok %lld\n", size_of_object());
    } else {
        puts("no");
    }
    fflush(stdout);
}

int main(void)
{
    char line[300];
    _Static_assert(sizeof(struct trading_data) == 24, "what the other program expects");
    while (fgets(line, sizeof line, stdin) != NULL) {
        obey(line);
    }
    return 0;
}
