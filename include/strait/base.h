/* base.h - what every other Strait header stands on: how symbols are exported, which version this is, the
 * limits, the rule for names, the roles a process can take, and deadlines.
 *
 * A deadline is an absolute time on the monotonic clock, in nanoseconds. One form of waiting covers all:
 * STRAIT_NO_WAIT tries once, STRAIT_FOREVER has no end, strait_deadline_ms(50) is fifty milliseconds from
 * now.
 */
#ifndef STRAIT_BASE_H
#define STRAIT_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(STRAIT_STATIC)
#define STRAIT_API
#elif defined(_WIN32)
#if defined(STRAIT_BUILDING)
#define STRAIT_API __declspec(dllexport)
#else
#define STRAIT_API __declspec(dllimport)
#endif
#elif defined(__GNUC__)
#define STRAIT_API __attribute__((visibility("default")))
#else
#define STRAIT_API
#endif

#define STRAIT_VERSION_MAJOR 0
#define STRAIT_VERSION_MINOR 1
#define STRAIT_VERSION_PATCH 0
#define STRAIT_VERSION_TEXT "0.1.0"

/* Lets the compiler check printf-like arguments, where it can. mingw-w64's gcc would judge by the rules of an old
 * C library. */
#if defined(__MINGW32__) && !defined(__clang__)
#define STRAIT_PRINTF(format_at, arguments_from)                                                             \
    __attribute__((format(gnu_printf, format_at, arguments_from)))
#elif defined(__GNUC__)
#define STRAIT_PRINTF(format_at, arguments_from) __attribute__((format(printf, format_at, arguments_from)))
#else
#define STRAIT_PRINTF(format_at, arguments_from)
#endif

/* What a header defines and a file that includes it may leave alone. */
#if defined(__GNUC__) || defined(__clang__)
#define STRAIT_MAYBE_UNUSED __attribute__((unused))
#else
#define STRAIT_MAYBE_UNUSED
#endif

/* The binary interface between inlined code and the library. Every open passes it, with the size of its
 * options, so that a program built against older headers keeps its meaning or is refused with a sentence. */
#define STRAIT_ABI 1u

/* A name is 1 to 200 bytes of [A-Za-z0-9._-] and does not start with a dot. A leading slash is forgiven. */
#define STRAIT_NAME_MAX 200u
/* Participants: attached processes (one record for each open handle that is not an observer's). */
#define STRAIT_PARTICIPANTS_DEFAULT 256u
#define STRAIT_PARTICIPANTS_MAX 4096u
/* Objects: entries of a segment's directory. */
#define STRAIT_OBJECTS_DEFAULT 16u
#define STRAIT_OBJECTS_MAX 1024u
#define STRAIT_OBJECT_NAME_MAX 63u
/* Every object, and so the first user byte, starts at a multiple of this. */
#define STRAIT_OBJECT_ALIGN 128u
/* A record's schema text, and the nesting of records in it. */
#define STRAIT_SCHEMA_MAX 8192u

#define STRAIT_NO_WAIT ((uint64_t)0)
#define STRAIT_FOREVER UINT64_MAX

/* What this process is to an object. An observer needs no write permission, is not counted as a participant,
 * and never holds anyone back. */
typedef enum strait_role {
    STRAIT_BOTH = 0,
    STRAIT_WRITER = 1,
    STRAIT_READER = 2,
    STRAIT_OBSERVER = 3
} strait_role;

#ifdef __cplusplus
extern "C" {
#endif

/* The version of the library that is linked, as "0.1.0". Anyone may call it. Wait-free. */
STRAIT_API const char *strait_version(void);

/* Nanoseconds on the monotonic clock that deadlines are measured on; not changed by setting the wall clock.
 * Anyone may call it. Wait-free; no system call where the system offers a clock in user space. */
STRAIT_API uint64_t strait_now_ns(void);

/* The deadline that lies so far from now. Saturates at STRAIT_FOREVER instead of wrapping. Wait-free. */
STRAIT_API uint64_t strait_deadline_ns(uint64_t nanoseconds_from_now);
STRAIT_API uint64_t strait_deadline_us(uint64_t microseconds_from_now);
STRAIT_API uint64_t strait_deadline_ms(uint64_t milliseconds_from_now);

#ifdef __cplusplus
}
#endif

#endif
