/* foreign_win32.c - a program that has never heard of Strait: it expects 24 bare bytes at offset 0 of a named
 * section. Commands come line by line, answers go line by line.
 *
 *     create NAME | open NAME | set SEQUENCE PRICE VOLUME | get | size | unlink NAME
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <windows.h>

struct trading_data {
    uint64_t sequence;
    double price;
    int32_t volume;
    uint32_t flags;
};

static struct trading_data *data;
static HANDLE section;

static const char *attach(const char *name, bool create)
{
    section = create ? CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, sizeof *data, name)
                     : OpenFileMappingA(FILE_MAP_ALL_ACCESS, FALSE, name);
    if (section == NULL || (create && GetLastError() == ERROR_ALREADY_EXISTS)) {
        return "no";
    }
    data = MapViewOfFile(section, FILE_MAP_ALL_ACCESS, 0, 0, sizeof *data);
    return data == NULL ? "no" : "ok";
}

/* A section's name goes with its last holder: all this program can do is to let go. */
static const char *let_go(void)
{
    UnmapViewOfFile(data);
    data = NULL;
    return CloseHandle(section) ? "ok" : "no";
}

static long long size_of_section(void)
{
    MEMORY_BASIC_INFORMATION about;
    return VirtualQuery(data, &about, sizeof about) != 0 ? (long long)about.RegionSize : -1;
}

static void obey(const char *line)
{
    char name[200];
    uint64_t sequence;
    double price;
    int32_t volume;
    if (sscanf(line, "create %199s", name) == 1) {
        puts(attach(name, true));
    } else if (sscanf(line, "open %199s", name) == 1) {
        puts(attach(name, false));
    } else if (sscanf(line, "unlink %199s", name) == 1) {
        puts(let_go());
    } else if (data != NULL &&
               sscanf(line, "set %" SCNu64 " %lf %" SCNd32, &sequence, &price, &volume) == 3) {
        *data = (struct trading_data){.sequence = sequence, .price = price, .volume = volume};
        puts("ok");
    } else if (data != NULL && strncmp(line, "get", 3) == 0) {
        printf("ok %" PRIu64 " %g %" PRId32 "\n", data->sequence, data->price, data->volume);
    } else if (strncmp(line, "size", 4) == 0 && data != NULL) {
        printf("ok %lld\n", size_of_section());
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
