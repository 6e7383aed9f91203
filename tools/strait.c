/* strait.c - the `strait` command: which segments there are, what is in one, who is attached, and giving
 * back what nobody needs. It looks as an observer: nothing it shows is changed by showing it.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tell.h"

static int failed(void)
{
    fprintf(stderr, "strait: %s\n", strait_last_error());
    return 1;
}

/* --- ls ------------------------------------------------------------------------------------------------- */

typedef struct listing {
    strait_finding *findings;
    size_t count, room;
} listing;

static int collect(void *context, const strait_finding *finding)
{
    listing *l = context;
    if (l->count == l->room) {
        size_t room = l->room == 0 ? 64 : l->room * 2;
        strait_finding *larger = realloc(l->findings, room * sizeof *larger);
        if (larger == NULL) {
            return 1;
        }
        l->findings = larger;
        l->room = room;
    }
    l->findings[l->count++] = *finding;
    return 0;
}

static int by_name(const void *a, const void *b)
{
    const strait_finding *left = a;
    const strait_finding *right = b;
    return strcmp(left->name, right->name);
}

static void list_one(const strait_finding *f)
{
    words name = tell_safely(f->name);
    if (f->result < 0) {
        printf("%-32s %10s  %5s %5s  %s: %s\n", name.text, "-", "-", "-", strait_result_name(f->result),
               strait_result_text(f->result));
        return;
    }
    words kind;
    const char *state = f->info.retired ? ", removed" : f->needed ? "" : "; nobody needs it (strait gc)";
    printf("%-32s %10s  %5" PRIu32 " %5" PRIu32 "  %04o %-8s %s%s%s%s\n", name.text,
           tell_bytes(f->info.bytes).text, f->alive, f->dead, (unsigned)f->info.mode,
           tell_kind(f->info.kind, &kind), tell_safely(f->info.record_name).text,
           f->info.record_name[0] == '\0' ? "" : ", ", tell_lifetime(f->info.lifetime), state);
}

static int list_segments(void)
{
    listing l = {NULL, 0, 0};
    int rc = strait_segment_list(collect, &l);
    if (rc < 0) {
        return failed();
    }
    if (rc > 0) {
        fprintf(stderr, "strait: no memory for the list\n");
        free(l.findings);
        return 1;
    }
    if (l.count > 0) {
        qsort(l.findings, l.count, sizeof *l.findings, by_name);
        printf("%-32s %10s  %5s %5s  %s\n", "NAME", "BYTES", "ALIVE", "DEAD",
               "MODE KIND     RECORD AND LIFETIME");
    }
    for (size_t i = 0; i < l.count; i++) {
        list_one(&l.findings[i]);
    }
    printf("%zu segment%s\n", l.count, l.count == 1 ? "" : "s");
    free(l.findings);
    return 0;
}

/* --- info ----------------------------------------------------------------------------------------------- */

static void show_peers(const strait_segment *segment)
{
    strait_peer *peers = calloc(STRAIT_PARTICIPANTS_MAX, sizeof *peers);
    int count = peers == NULL ? 0 : strait_segment_peers(segment, peers, STRAIT_PARTICIPANTS_MAX);
    if (count > 0) {
        printf("participants\n  %5s %10s  %-8s %-9s %10s  %s\n", "INDEX", "GENERATION", "LIFE", "ROLE", "PID",
               "PROGRAM");
    }
    for (int i = 0; i < count; i++) {
        const strait_peer *p = &peers[i];
        printf("  %5" PRIu32 " %10" PRIu32 "  %-8s %-9s %10" PRIu32 "  %s, joined %s\n", p->index,
               p->generation, tell_life(p->life), tell_role(p->role), p->pid, tell_safely(p->program).text,
               tell_time(p->joined_ns).text);
    }
    free(peers);
}

static void show_objects(const strait_segment *segment, uint32_t count)
{
    if (count == 0) {
        return;
    }
    printf("objects\n  %5s %10s %10s  %-10s %s\n", "INDEX", "OFFSET", "BYTES", "KIND", "NAME");
    strait_object object;
    for (uint32_t i = 0; i < count && strait_segment_object(segment, i, &object) == STRAIT_OK; i++) {
        words kind;
        printf("  %5" PRIu32 " %10" PRIu64 " %10" PRIu64 "  %-10s %s%s%s\n", i, object.offset, object.bytes,
               tell_kind(object.kind, &kind),
               object.name[0] == '\0' ? "(the segment's own)" : tell_safely(object.name).text,
               object.record_name[0] == '\0' ? "" : " of ", tell_safely(object.record_name).text);
    }
}

static void show_schema(const strait_segment *segment, const strait_segment_info *info)
{
    char text[STRAIT_SCHEMA_MAX + 1];
    int bytes = strait_segment_schema(segment, text, sizeof text);
    if (bytes <= 0) {
        return;
    }
    for (char *at = text; *at != '\0'; at++) {
        if (*at < ' ' || *at > '~') {
            *at = '?';
        }
    }
    printf("record        %s, schema %016" PRIx64 "\n              %s\n", tell_safely(info->record_name).text,
           info->fingerprint, text);
}

static void show_info(const strait_segment *segment, const strait_segment_info *info)
{
    words kind;
    printf("name          %s\n", tell_safely(info->name).text);
    printf("state         %s\n", info->retired ? "removed; those attached may go on" : "live");
    printf("bytes         %" PRIu64 " (%s); %" PRIu64 " in all, %" PRIu64 " kept for further objects\n",
           info->bytes, tell_bytes(info->bytes).text, info->total_bytes, info->room_bytes);
    printf("kind          %s\n", tell_kind(info->kind, &kind));
    show_schema(segment, info);
    printf("lifetime      %s\n", tell_lifetime(info->lifetime));
    printf("owner         user %" PRIu32 ", group %" PRIu32 ", mode %04o\n", info->user, info->group,
           (unsigned)info->mode);
    printf("created       %s by process %" PRIu32 " %s\n", tell_time(info->created_ns).text,
           info->creator_pid, tell_safely(info->creator_program).text);
    printf("uuid          %s\nboot          %s\n", tell_uuid(info->uuid).text, tell_uuid(info->boot).text);
    printf("format        version %" PRIu32 "; %" PRIu32 " of %" PRIu32 " participant records and %" PRIu32
           " of %" PRIu32 " objects in use\n",
           info->format_version, info->participants_attached, info->participants_max, info->objects,
           info->objects_max);
    show_peers(segment);
    show_objects(segment, info->objects);
}

static int info_segment(const char *name, bool file)
{
    strait_segment_options options = {
        .how = STRAIT_ATTACH, .role = STRAIT_OBSERVER, .backing = file ? STRAIT_FILE : STRAIT_NAMED};
    strait_segment *segment;
    strait_segment_info info;
    if (strait_segment_open(name, &options, &segment) < 0) {
        return failed();
    }
    int rc = strait_segment_stat(segment, &info);
    if (rc == STRAIT_OK) {
        show_info(segment, &info);
    }
    strait_segment_close(segment);
    return rc < 0 ? failed() : 0;
}

/* --- rm, gc, results ------------------------------------------------------------------------------------ */

static int remove_segment(const char *name, bool file, bool force)
{
    strait_segment_options options = {.backing = file ? STRAIT_FILE : STRAIT_NAMED};
    if (strait_segment_remove(name, &options, force) < 0) {
        return failed();
    }
    printf("removed %s\n", name);
    return 0;
}

static int collect_garbage(void)
{
    int freed = strait_segment_gc();
    if (freed < 0) {
        return failed();
    }
    printf("%d freed\n", freed);
    return 0;
}

static void usage(FILE *to)
{
    fputs("strait looks inside shared memory segments and gives back what nobody needs\n\n"
          "  strait ls                       which segments there are\n"
          "  strait info [--file] NAME       all about one: layout, owner, who is attached, who died\n"
          "  strait rm [--file] [--force] NAME   remove it; those attached keep their bytes\n"
          "  strait gc                       free what nobody alive needs\n"
          "  strait version\n\n"
          "  --file    NAME is the path of a file\n"
          "  --force   also remove what is damaged or foreign\n",
          to);
}

typedef struct arguments {
    const char *command, *name;
    bool file, force, bad;
} arguments;

static arguments read_arguments(int count, char **texts)
{
    arguments a = {0};
    for (int i = 1; i < count; i++) {
        if (strcmp(texts[i], "--file") == 0) {
            a.file = true;
        } else if (strcmp(texts[i], "--force") == 0) {
            a.force = true;
        } else if (a.command == NULL) {
            a.command = texts[i];
        } else if (a.name == NULL && texts[i][0] != '-') {
            a.name = texts[i];
        } else {
            a.bad = true;
        }
    }
    return a;
}

int main(int count, char **texts)
{
    arguments a = read_arguments(count, texts);
    const char *command = a.command == NULL ? "" : a.command;
    bool named = a.name != NULL && !a.bad;
    bool alone = a.name == NULL && !a.bad;
    if (strcmp(command, "ls") == 0 && alone) {
        return list_segments();
    }
    if (strcmp(command, "info") == 0 && named) {
        return info_segment(a.name, a.file);
    }
    if (strcmp(command, "rm") == 0 && named) {
        return remove_segment(a.name, a.file, a.force);
    }
    if (strcmp(command, "gc") == 0 && alone) {
        return collect_garbage();
    }
    if (strcmp(command, "version") == 0 && alone) {
        printf("strait %s, format %u\n", strait_version(), STRAIT_FORMAT_VERSION);
        return 0;
    }
    bool asked = strcmp(command, "help") == 0 || strcmp(command, "--help") == 0;
    usage(asked ? stdout : stderr);
    return asked ? 0 : 2;
}
