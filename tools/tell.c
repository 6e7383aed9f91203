/* tell.c - numbers, times and foreign text for people. */
#include "tell.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

words tell_bytes(uint64_t bytes)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    double value = (double)bytes;
    size_t unit = 0;
    while (value >= 1024 && unit + 1 < sizeof units / sizeof units[0]) {
        value /= 1024;
        unit++;
    }
    words out;
    snprintf(out.text, sizeof out.text, unit == 0 ? "%.0f %s" : "%.1f %s", value, units[unit]);
    return out;
}

static const char *tell_age(uint64_t seconds, char *room, size_t room_bytes)
{
    if (seconds < 120) {
        snprintf(room, room_bytes, "%" PRIu64 " s ago", seconds);
    } else if (seconds < 7200) {
        snprintf(room, room_bytes, "%" PRIu64 " min ago", seconds / 60);
    } else if (seconds < 172800) {
        snprintf(room, room_bytes, "%" PRIu64 " h ago", seconds / 3600);
    } else {
        snprintf(room, room_bytes, "%" PRIu64 " days ago", seconds / 86400);
    }
    return room;
}

words tell_time(uint64_t wall_ns)
{
    words out = {"unknown"};
    time_t then = (time_t)(wall_ns / UINT64_C(1000000000));
    const struct tm *parts = localtime(&then); /* one thread */
    char stamp[48];
    if (wall_ns == 0 || parts == NULL || strftime(stamp, sizeof stamp, "%Y-%m-%d %H:%M:%S", parts) == 0) {
        return out;
    }
    time_t now = time(NULL);
    char age[32];
    uint64_t seconds = now > then ? (uint64_t)(now - then) : 0;
    snprintf(out.text, sizeof out.text, "%s (%s)", stamp, tell_age(seconds, age, sizeof age));
    return out;
}

words tell_uuid(const uint8_t uuid[16])
{
    words out = {""};
    size_t used = 0;
    for (size_t i = 0; i < 16; i++) {
        const char *dash = i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "";
        used += (size_t)snprintf(out.text + used, sizeof out.text - used, "%s%02x", dash, uuid[i]);
    }
    return out;
}

const char *tell_lifetime(strait_lifetime lifetime)
{
    static const char *const names[] = {"until removed", "until its creator leaves", "until the last leaves"};
    return (unsigned)lifetime < 3 ? names[lifetime] : "unknown";
}

const char *tell_life(strait_life life)
{
    static const char *const names[] = {"?", "alive", "dead", "unknown"};
    return (unsigned)life < 4 ? names[life] : "?";
}

const char *tell_role(strait_role role)
{
    static const char *const names[] = {"both", "writer", "reader", "observer"};
    return (unsigned)role < 4 ? names[role] : "?";
}

const char *tell_kind(uint32_t kind, words *room)
{
    static const char *const names[] = {"nothing", "bytes",     "record",  "cell",   "ring",
                                        "stream",  "feed",      "mutex",   "rwlock", "semaphore",
                                        "event",   "condition", "barrier", "pool"};
    if (kind < sizeof names / sizeof names[0]) {
        return names[kind];
    }
    snprintf(room->text, sizeof room->text, "kind %" PRIu32, kind);
    return room->text;
}

words tell_safely(const char *text)
{
    words out = {""};
    for (size_t i = 0; i < sizeof out.text - 1 && text[i] != '\0'; i++) {
        out.text[i] = text[i];
        if (text[i] < ' ' || text[i] > '~') {
            out.text[i] = '?';
        }
    }
    return out;
}
