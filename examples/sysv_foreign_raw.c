/* sysv_foreign_raw.c - speak to a program that has never heard of Strait and expects 24 bare bytes in the
 * System V segment with a key that its documentation tells: a number, or what ftok says of a path and a
 * letter. A raw segment has no header and gives no guarantees: it is those bytes.
 */
#define _XOPEN_SOURCE 700 /* with -std=c11 the system headers show System V only when asked */
#include <stdio.h>
#include <strait/strait.h>
#include <sys/ipc.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

struct trading_data { /* from the other program's documentation */
    uint64_t sequence;
    double price;
    int32_t volume;
    uint32_t flags;
};

static key_t object_key(void)
{
    static long key;
    if (key == 0) {
        key = 0x41000000L + (long)getpid(); /* its own, so that examples may run at once */
    }
    return (key_t)key;
}

/* The foreign program: plain System V, no Strait. Answers what it finds by doubling the volume. */
static int foreign_program(key_t key)
{
    int object = shmget(key, sizeof(struct trading_data), 0);
    if (object < 0) {
        return 1;
    }
    struct trading_data *data = shmat(object, NULL, 0);
    if (data == (void *)-1) {
        return 1;
    }
    printf("foreign program sees: sequence %llu, price %.2f, volume %d\n", (unsigned long long)data->sequence,
           data->price, (int)data->volume);
    data->volume *= 2;
    data->sequence++;
    return data->price == 99.25 ? 0 : 1;
}

int main(void)
{
    char name[24];
    snprintf(name, sizeof name, "0x%lx", (long)object_key());
    const strait_segment_options options = {.raw = true, .bytes = sizeof(struct trading_data)};
    strait_segment *segment;
    if (strait_segment_open(name, &options, &segment) < 0) {
        fprintf(stderr, "%s\n", strait_last_error());
        return 1;
    }
    struct trading_data *data = strait_segment_data(segment);
    *data = (struct trading_data){.sequence = 1, .price = 99.25, .volume = 21};
    printf("made %llu bytes under %s\n", (unsigned long long)strait_segment_bytes(segment), name);
    fflush(stdout);

    pid_t other = fork();
    if (other == 0) {
        int code = foreign_program(object_key());
        fflush(stdout);
        _exit(code);
    }
    int status = 1;
    waitpid(other, &status, 0);
    printf("its answer:           sequence %llu, volume %d\n", (unsigned long long)data->sequence,
           (int)data->volume);
    int good = status == 0 && data->sequence == 2 && data->volume == 42;

    strait_segment_close(segment);
    /* Nobody watches over raw bytes: who made them removes them. */
    if (strait_segment_remove(name, &options, false) < 0) {
        fprintf(stderr, "%s\n", strait_last_error());
        return 1;
    }
    return good ? 0 : 1;
}
