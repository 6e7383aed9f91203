/* posix_foreign_raw.c - speak to a program that has never heard of Strait and expects 24 bare bytes at the start of the
 * shared memory object "/trading_data". A raw segment has no header and gives no guarantees: it is those bytes.
 */
#define _POSIX_C_SOURCE 200809L /* with -std=c11 the system headers show POSIX only when asked */
#include <fcntl.h>
#include <stdio.h>
#include <strait/strait.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

struct trading_data { /* from the other program's documentation */
    uint64_t sequence;
    double price;
    int32_t volume;
    uint32_t flags;
};

static const char *object_name(void)
{
    static char name[64];
    if (name[0] == '\0') {
        snprintf(name, sizeof name, "/trading_data-%ld",
                 (long)getpid()); /* its own, so that examples may run at once */
    }
    return name;
}

/* The foreign program: plain POSIX, no Strait. Answers what it finds by doubling the volume. */
static int foreign_program(const char *name)
{
    int object = shm_open(name, O_RDWR, 0);
    if (object < 0) {
        return 1;
    }
    struct trading_data *data = mmap(NULL, sizeof *data, PROT_READ | PROT_WRITE, MAP_SHARED, object, 0);
    if (data == MAP_FAILED) {
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
    const char *name = object_name();
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
        int code = foreign_program(name);
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
