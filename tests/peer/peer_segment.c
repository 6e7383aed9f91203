/* peer_segment.c - the verbs about whole segments: everything in segment.h and inspect.h, as words. */
#include "peer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct named {
    const char *name;
    int value;
} named;

static int value_of(const named *table, const char *name)
{
    for (; table->name != NULL; table++) {
        if (strcmp(table->name, name) == 0) {
            return table->value;
        }
    }
    return -1;
}

static const char *name_of(const named *table, int value)
{
    for (; table->name != NULL; table++) {
        if (table->value == value) {
            return table->name;
        }
    }
    return "?";
}

static const named hows[] = {{"open-or-create", STRAIT_OPEN_OR_CREATE},
                             {"create", STRAIT_CREATE},
                             {"attach", STRAIT_ATTACH},
                             {NULL, 0}};
static const named roles[] = {{"both", STRAIT_BOTH},
                              {"writer", STRAIT_WRITER},
                              {"reader", STRAIT_READER},
                              {"observer", STRAIT_OBSERVER},
                              {NULL, 0}};
static const named backings[] = {{"named", STRAIT_NAMED},
                                 {"file", STRAIT_FILE},
                                 {"anonymous", STRAIT_ANONYMOUS},
                                 {"descriptor", STRAIT_DESCRIPTOR},
                                 {NULL, 0}};
static const named lifetimes[] = {{"removed", STRAIT_UNTIL_REMOVED},
                                  {"creator", STRAIT_UNTIL_CREATOR_LEAVES},
                                  {"last", STRAIT_UNTIL_LAST_LEAVES},
                                  {NULL, 0}};
static const named lives[] = {
    {"ALIVE", STRAIT_ALIVE}, {"DEAD", STRAIT_DEAD}, {"UNKNOWN", STRAIT_UNKNOWN}, {NULL, 0}};

static int fill(void *data, uint64_t bytes, void *context)
{
    const char *text = context;
    size_t length = strlen(text);
    memcpy(data, text, length < bytes ? length : (size_t)bytes);
    return 0;
}

static strait_segment_options options_of(const peer_command *command)
{
    strait_segment_options options = {0};
    options.bytes = peer_number(command, "bytes", 0);
    options.how = (strait_how)value_of(hows, peer_option(command, "how", "open-or-create"));
    options.role = (strait_role)value_of(roles, peer_option(command, "role", "both"));
    options.backing = (strait_backing)value_of(backings, peer_option(command, "backing", "named"));
    options.lifetime = (strait_lifetime)value_of(lifetimes, peer_option(command, "lifetime", "removed"));
    uint64_t wait_ms = peer_number(command, "deadline_ms", 0);
    options.deadline_ns = wait_ms == 0 ? STRAIT_NO_WAIT : strait_deadline_ms(wait_ms);
    options.room_bytes = peer_number(command, "room", 0);
    options.max_bytes = peer_number(command, "max", 0);
    options.mode = (uint32_t)peer_number(command, "mode", 0);
    options.participants = (uint32_t)peer_number(command, "participants", 0);
    options.objects = (uint32_t)peer_number(command, "objects", 0);
    options.kind = (uint32_t)peer_number(command, "kind", 0);
    options.descriptor = (int)peer_number(command, "descriptor", 0);
    options.raw = peer_number(command, "raw", 0) != 0;
    options.interruptible = peer_number(command, "interruptible", 0) != 0;
    options.context = (void *)(uintptr_t)peer_option(command, "fill", NULL);
    options.initialise = options.context == NULL ? NULL : fill;
    return options;
}

static void uuid_text(const uint8_t uuid[16], char text[33])
{
    for (int i = 0; i < 16; i++) {
        snprintf(text + 2 * i, 3, "%02x", uuid[i]);
    }
}

static void open_segment(peer *self, const peer_command *command)
{
    const char *name = peer_argument(command, 0);
    strait_segment_options options = options_of(command);
    if (self->handles[self->chosen] != NULL) {
        peer_no_because(self, "OPEN", "handle %d is open already", self->chosen);
        return;
    }
    if (peer_number(command, "announce", 0) != 0) {
        puts("opening");
        fflush(stdout);
    }
    uint64_t before = strait_now_ns();
    strait_segment *segment = NULL;
    int rc = strait_segment_open(name != NULL && strcmp(name, "-") == 0 ? NULL : name, &options, &segment);
    if (rc < 0) {
        peer_no(self, rc);
        return;
    }
    uint64_t took_us = (strait_now_ns() - before) / 1000;
    self->handles[self->chosen] = segment;
    strait_segment_info info;
    char uuid[33] = "";
    if (strait_segment_stat(segment, &info) == 0) {
        uuid_text(info.uuid, uuid);
    }
    peer_ok("created=%d bytes=%" PRIu64 " uuid=%s took_us=%" PRIu64, strait_segment_created(segment),
            strait_segment_bytes(segment), uuid, took_us);
}

static void close_segment(peer *self, const peer_command *command)
{
    (void)command;
    int rc = strait_segment_close(self->handles[self->chosen]);
    self->handles[self->chosen] = NULL;
    if (rc < 0) {
        peer_no(self, rc);
    } else {
        peer_ok("%s", "");
    }
}

static void remove_segment(peer *self, const peer_command *command)
{
    strait_segment_options options = options_of(command);
    int rc =
        strait_segment_remove(peer_argument(command, 0), &options, peer_number(command, "force", 0) != 0);
    if (rc < 0) {
        peer_no(self, rc);
    } else {
        peer_ok("%s", "");
    }
}

static void stat_segment(peer *self, const peer_command *command)
{
    (void)command;
    strait_segment *segment = peer_segment(self);
    if (segment == NULL) {
        return;
    }
    strait_segment_info info;
    int rc = strait_segment_stat(segment, &info);
    if (rc < 0) {
        peer_no(self, rc);
        return;
    }
    char uuid[33];
    uuid_text(info.uuid, uuid);
    peer_ok("name=%s uuid=%s bytes=%" PRIu64 " total=%" PRIu64
            " mode=%04o user=%u lifetime=%s attached=%u of=%u "
            "objects=%u creator=%u retired=%d linked=%d kind=%u version=%u",
            info.name, uuid, info.bytes, info.total_bytes, info.mode, info.user,
            name_of(lifetimes, (int)info.lifetime), info.participants_attached, info.participants_max,
            info.objects, info.creator_pid, info.retired, info.linked, info.kind, info.format_version);
}

static void status_of(peer *self, const peer_command *command)
{
    (void)command;
    strait_segment *segment = peer_segment(self);
    if (segment != NULL) {
        peer_ok("%s", strait_result_name(strait_segment_status(segment)));
    }
}

static void set_mode(peer *self, const peer_command *command)
{
    strait_segment *segment = peer_segment(self);
    const char *mode = peer_argument(command, 0);
    if (segment == NULL) {
        return;
    }
    int rc = strait_segment_set_mode(segment, (uint32_t)strtoul(mode == NULL ? "0" : mode, NULL, 8));
    if (rc < 0) {
        peer_no(self, rc);
    } else {
        peer_ok("%s", "");
    }
}

/* peers -> ok COUNT [index:generation:life:role:pid:namespace:self]... */
static void list_peers(peer *self, const peer_command *command)
{
    (void)command;
    static strait_peer peers[STRAIT_PARTICIPANTS_MAX];
    strait_segment *segment = peer_segment(self);
    if (segment == NULL) {
        return;
    }
    int count = strait_segment_peers(segment, peers, STRAIT_PARTICIPANTS_MAX);
    if (count < 0) {
        peer_no(self, count);
        return;
    }
    char text[3000] = "";
    for (int i = 0; i < count; i++) {
        size_t used = strlen(text);
        snprintf(text + used, sizeof text - used, " %u:%u:%s:%s:%u:%" PRIu64 ":%s", peers[i].index,
                 peers[i].generation, name_of(lives, (int)peers[i].life), name_of(roles, (int)peers[i].role),
                 peers[i].pid, peers[i].pid_namespace, peers[i].self ? "self" : "other");
    }
    peer_ok("%d%s", count, text);
}

static void life_of(peer *self, const peer_command *command)
{
    strait_segment *segment = peer_segment(self);
    const char *index = peer_argument(command, 0), *generation = peer_argument(command, 1);
    if (segment != NULL && index != NULL && generation != NULL) {
        strait_life life = strait_segment_life(segment, (uint32_t)strtoul(index, NULL, 10),
                                               (uint32_t)strtoul(generation, NULL, 10));
        peer_ok("%s", name_of(lives, (int)life));
    } else if (segment != NULL) {
        peer_no_because(self, "USAGE", "life INDEX GENERATION");
    }
}

static void reap(peer *self, const peer_command *command)
{
    (void)command;
    strait_segment *segment = peer_segment(self);
    if (segment == NULL) {
        return;
    }
    int count = strait_segment_reap(segment);
    if (count < 0) {
        peer_no(self, count);
    } else {
        peer_ok("%d", count);
    }
}

static void collect(peer *self, const peer_command *command)
{
    (void)command;
    int count = strait_segment_gc();
    if (count < 0) {
        peer_no(self, count);
    } else {
        peer_ok("%d", count);
    }
}

typedef struct wanted {
    const char *part;
    char text[3000];
} wanted;

static int see(void *context, const strait_finding *finding)
{
    wanted *want = context;
    size_t used = strlen(want->text);
    if (want->part == NULL || strstr(finding->name, want->part) != NULL) {
        snprintf(want->text + used, sizeof want->text - used, " %s:%s:%s:%u:%u", finding->name,
                 strait_result_name(finding->result), finding->needed ? "needed" : "spare", finding->alive,
                 finding->dead);
    }
    return 0;
}

/* list [PART] -> ok [name:result:needed:alive:dead]... */
static void list_segments(peer *self, const peer_command *command)
{
    wanted want = {.part = peer_argument(command, 0)};
    int rc = strait_segment_list(see, &want);
    if (rc < 0) {
        peer_no(self, rc);
    } else {
        peer_ok("%s", want.text);
    }
}

const peer_verb peer_segment_verbs[] = {
    {"open",
     "NAME|- bytes= how=open-or-create|create|attach role= backing= lifetime=removed|creator|last "
     "deadline_ms= mode= "
     "participants= objects= room= max= kind= raw=1 interruptible=1 fill=TEXT descriptor= announce=1",
     open_segment},
    {"close", "", close_segment},
    {"remove", "NAME backing= raw= force=1", remove_segment},
    {"stat", "", stat_segment},
    {"status", "-> OK | RETIRED | FORKED", status_of},
    {"set-mode", "OCTAL", set_mode},
    {"peers", "-> COUNT [index:generation:life:role:pid:namespace:self]...", list_peers},
    {"life", "INDEX GENERATION -> ALIVE | DEAD | UNKNOWN", life_of},
    {"reap", "-> COUNT", reap},
    {"gc", "-> COUNT", collect},
    {"list", "[PART] -> [name:result:needed:alive:dead]...", list_segments},
    {NULL, NULL, NULL},
};
