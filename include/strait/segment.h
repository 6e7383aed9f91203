/* segment.h - named shared memory that survives anything.
 *
 * A segment is created whole (nobody ever sees half of one), has exactly the size that was asked for, is
 * allocated for real, describes itself, knows who is attached and which of them died, and needs no cleaning
 * up: what nobody alive needs counts as absent, and its memory goes back at the next open of the name or at
 * strait_segment_gc.
 *
 * Threads may share a handle; close it once, when no thread uses it any more. After fork the child has none
 * of its parent's handles (every call says FORKED but close, which frees the child's copy): it opens anew.
 *
 * Do not cancel a thread (pthread_cancel) that may be inside these calls, nor call them from a signal
 * handler.
 */
#ifndef STRAIT_SEGMENT_H
#define STRAIT_SEGMENT_H

#include <strait/base.h>
#include <strait/record.h>
#include <strait/result.h>

typedef struct strait_segment strait_segment;

typedef enum strait_how {
    STRAIT_OPEN_OR_CREATE = 0, /* whoever comes first makes it; needs bytes or a record */
    STRAIT_CREATE = 1,         /* EXISTS if it is there */
    STRAIT_ATTACH = 2          /* NOT_FOUND if it is not there by the deadline */
} strait_how;

typedef enum strait_backing {
    STRAIT_NAMED = 0,     /* by Strait name */
    STRAIT_FILE = 1,      /* by path of a file, which keeps the bytes */
    STRAIT_ANONYMOUS = 2, /* no name; sealed against resizing; hand it over with strait_segment_descriptor */
    STRAIT_DESCRIPTOR = 3 /* what somebody handed over: options.descriptor */
} strait_backing;

typedef enum strait_lifetime {
    STRAIT_UNTIL_REMOVED = 0, /* strait_segment_remove, or a reboot (a file survives that too) */
    STRAIT_UNTIL_CREATOR_LEAVES =
        1,                       /* its creator closes it or dies; others may finish with what they hold */
    STRAIT_UNTIL_LAST_LEAVES = 2 /* the last participant closes it or dies; observers do not count */
} strait_lifetime;

/* Memory for handles. free is given what allocate returned. */
typedef struct strait_allocator {
    void *(*allocate)(void *context, size_t bytes);
    void (*free)(void *context, void *memory, size_t bytes);
    void *context;
} strait_allocator;

/* Leave out what you do not need: zero is the default everywhere. */
typedef struct strait_segment_options {
    uint64_t bytes;              /* exact user bytes; at attach: what it must have, 0 = any */
    const strait_record *record; /* layout of the user bytes (STRAIT_RECORD_OF); gives bytes if that is 0 */
    strait_how how;
    strait_role role;
    strait_backing backing;
    strait_lifetime lifetime; /* used at creation */
    uint64_t deadline_ns;     /* attach: how long to wait for the name to appear; STRAIT_NO_WAIT = 0 */
    uint64_t room_bytes;      /* creation: more bytes, for objects placed later (strait_segment_place) */
    uint64_t max_bytes;       /* refuse to create or map more than this in all; 0 = no quota */
    uint32_t mode;            /* creation: access rights like 0640, whatever the umask; 0 = 0600.
                                 The owner's part is 6 or 7 (raw: any) */
    uint32_t participants;    /* creation: how many may be attached at once; 0 = 256 */
    uint32_t objects;         /* creation: entries of the directory; 0 = 16 */
    uint32_t kind;      /* what the user bytes are, STRAIT_FORMAT_KIND_*; 0 = bytes, or record if given */
    int descriptor;     /* STRAIT_DESCRIPTOR: kept by the caller */
    bool interruptible; /* a signal ends waiting for the name with INTERRUPTED; else waiting goes on */
    bool raw; /* a foreign program's bare bytes: native name ("/trading_data") or path, no header, no
                                    guarantees; bytes are what to create, or the least it must have */
    /* Called by the creator over the zeroed user bytes before anybody else can see them; returns 0, or a
     * negative result that undoes the creation. */
    int (*initialise)(void *data, uint64_t bytes, void *context);
    void *context;
    const strait_allocator *allocator; /* NULL = malloc and free */
} strait_segment_options;

#ifdef __cplusplus
extern "C" {
#endif

STRAIT_API int strait_segment_open_abi(const char *name, const strait_segment_options *options,
                                       size_t options_bytes, uint32_t abi, strait_segment **segment);

/* Opens a segment; *segment is NULL unless it succeeds. `options` may be NULL: attach to what is there.
 * Anyone may call it, in any order and at once, from any process. Blocks only up to the deadline, and a
 * moment for living processes that are removing the same name.
 * 0            attached or made: strait_segment_created tells which
 * NOT_FOUND    (attach) not there by the deadline, or nobody alive needs it any more
 * EXISTS       (create) already there
 * TIMED_OUT is never returned; BUSY: a living process has been removing the name for ten seconds: it is
 * stopped.
 * INTERRUPTED  a signal arrived while waiting for the name, and the options said interruptible
 * CROWDED      every participant record is held by a living process
 * RETIRED      (descriptor) removed
 * BAD_ARGUMENT, BAD_NAME, BAD_SIZE, ABI_MISMATCH, UNSUPPORTED   the call cannot be right
 * SIZE_MISMATCH, SCHEMA_MISMATCH, KIND_MISMATCH, VERSION_MISMATCH, BYTE_ORDER_MISMATCH, OVER_QUOTA   made for others
 * FOREIGN, TRUNCATED, CORRUPT   what is there cannot be trusted; it is left as it is
 * a negative result of `initialise`, as it is
 * DENIED, NO_SPACE, NO_MEMORY, TOO_MANY_FILES, SYSTEM   the system refused; strait_last_error says what and how much
 */
static inline int strait_segment_open(const char *name, const strait_segment_options *options,
                                      strait_segment **segment)
{
    return strait_segment_open_abi(name, options, sizeof(strait_segment_options), STRAIT_ABI, segment);
}

/* Leaves. The bytes may not be touched any more. With its lifetime at an end the name goes too. NULL is
 * fine. Blocks only for a living process that is just taking the same name away: ten seconds at most, then
 * BUSY, and the next open or gc does it.
 * 0, or a failure of taking the name away (the handle is gone all the same). */
STRAIT_API int strait_segment_close(strait_segment *segment);

/* Removes what has the name (blocking as close does): it is marked RETIRED, the name is free at once, those
 * attached keep their bytes. Only `backing` and `raw` of the options are used; NULL = by Strait name.
 * `force` also removes what is not a (whole) segment.
 * 0; NOT_FOUND; DENIED; FOREIGN, TRUNCATED, CORRUPT, ... without force; BAD_NAME, BAD_ARGUMENT; SYSTEM. */
STRAIT_API int strait_segment_remove(const char *name, const strait_segment_options *options, bool force);

/* The user bytes (aligned to 128; the start of the file for raw) and their exact number. NULL and 0 for
 * NULL, and in a forked child. Wait-free. */
STRAIT_API void *strait_segment_data(const strait_segment *segment);
STRAIT_API uint64_t strait_segment_bytes(const strait_segment *segment);

/* True if this handle's open made the segment. Wait-free. */
STRAIT_API bool strait_segment_created(const strait_segment *segment);

/* 0 while newcomers can attach; RETIRED once it is removed or its lifetime has ended by a close; FORKED.
 * Wait-free; no system call. */
STRAIT_API int strait_segment_status(const strait_segment *segment);

typedef struct strait_segment_info {
    char name[STRAIT_NAME_MAX + 1]; /* full name; of files the last part of the path; "" if anonymous */
    uint8_t uuid[16];
    uint8_t boot[16];     /* the boot in which it was created */
    uint64_t total_bytes; /* exact, of the whole segment */
    uint64_t bytes;       /* exact, of the user's first object */
    uint64_t room_bytes;  /* for further objects */
    uint64_t fingerprint; /* of the record's schema; 0 if there is none */
    char record_name[STRAIT_OBJECT_NAME_MAX + 1];
    uint64_t created_ns; /* wall clock, since 1970 UTC */
    uint64_t changed_ns; /* last change the system knows of; 0 if it keeps none */
    strait_lifetime lifetime;
    uint32_t mode;        /* access rights */
    uint32_t user, group; /* owner */
    uint32_t creator_pid;
    char creator_program[64];
    uint32_t kind;
    uint32_t format_version;
    uint32_t participants_max;
    uint32_t participants_attached; /* records in use, the dead not yet reaped included */
    uint32_t objects;               /* entries in use */
    uint32_t objects_max;
    bool retired;
    bool linked; /* the name still leads here */
    bool raw;
} strait_segment_info;

/* Tells all about an open segment. Anyone may call it. A few system calls. 0, BAD_ARGUMENT, FORKED,
 * SYSTEM. */
STRAIT_API int strait_segment_stat(const strait_segment *segment, strait_segment_info *info);

/* The record's schema text (docs/format.md), NUL-terminated, cut to room; returns its whole length (0 =
 * none), or FORKED, BAD_ARGUMENT, CORRUPT. */
STRAIT_API int strait_segment_schema(const strait_segment *segment, char *text, size_t room);

/* Changes the access rights. 0; DENIED; READ_ONLY for an observer; BAD_ARGUMENT (bits other than
 * 0777, or not both of 0600); FORKED; SYSTEM. */
STRAIT_API int strait_segment_set_mode(strait_segment *segment, uint32_t mode);

/* A descriptor to hand to another process (SCM_RIGHTS, inheritance), which opens it with
 * STRAIT_DESCRIPTOR; with role STRAIT_OBSERVER a read-only one (which does not keep its receiver from
 * opening the object anew, as far as the mode permits). The caller closes it. 0; UNSUPPORTED; READ_ONLY;
 * BAD_ARGUMENT; FORKED; TOO_MANY_FILES; SYSTEM. */
STRAIT_API int strait_segment_descriptor(const strait_segment *segment, strait_role role, int *descriptor);

/* --- life ----------------------------------------------------------------------------------------------- */

typedef enum strait_life {
    STRAIT_ALIVE = 1,
    STRAIT_DEAD = 2,   /* a fact from the kernel: it can execute no instruction on these bytes any more */
    STRAIT_UNKNOWN = 3 /* the fact cannot be had here and now; treated as alive */
} strait_life;

typedef struct strait_peer {
    uint32_t index;      /* participant record */
    uint32_t generation; /* never the same twice for one index */
    strait_life life;
    strait_role role;
    uint64_t pid_namespace; /* 0 if there is no such thing */
    uint64_t start;         /* start time of its process, in the system's own unit */
    uint64_t joined_ns;     /* wall clock */
    uint32_t pid;           /* as the peer sees itself; another pid namespace gives it another number */
    bool self;              /* this handle */
    char program[64];
} strait_peer;

/* Who is attached, the dead not yet reaped included: fills up to `room` peers and returns how many there are.
 * Anyone may call it, observers too. One system call a peer. FORKED, BAD_ARGUMENT. */
STRAIT_API int strait_segment_peers(const strait_segment *segment, strait_peer *peers, uint32_t room);

/* The verdict on one peer, by index and generation. An earlier generation of a record is DEAD. Lock-free. */
STRAIT_API strait_life strait_segment_life(const strait_segment *segment, uint32_t index,
                                           uint32_t generation);

/* Frees what dead participants held. Never needed for correctness: newcomers do it where they need room.
 * Returns how many records were freed; READ_ONLY, FORKED, BAD_ARGUMENT. Lock-free; any number may reap at
 * once. */
STRAIT_API int strait_segment_reap(strait_segment *segment);

/* --- the directory: several objects in one segment ------------------------------------------------------ */

typedef struct strait_object {
    uint32_t index;
    uint32_t kind;
    uint64_t offset; /* from the start of the segment */
    uint64_t bytes;
    uint64_t fingerprint;
    void *data;
    bool created; /* by this call */
    char name[STRAIT_OBJECT_NAME_MAX + 1];
    char record_name[STRAIT_OBJECT_NAME_MAX + 1];
} strait_object;

typedef struct strait_object_options {
    uint64_t bytes;
    const strait_record *record; /* gives bytes if that is 0 */
    uint32_t kind;               /* 0 = bytes, or record if given */
    uint64_t deadline_ns;        /* how long to wait for a living process that is placing another object */
    int (*initialise)(void *data, uint64_t bytes, void *context);
    void *context;
} strait_object_options;

STRAIT_API int strait_segment_place_abi(strait_segment *segment, const char *name,
                                        const strait_object_options *options, size_t options_bytes,
                                        uint32_t abi, strait_object *object);

/* Finds the object of that name in the segment, or makes it in the room that is left; either way `object`
 * tells where it is. Exists means complete. A process that dies placing one leaves nothing.
 * 0, CREATED; BUSY past the deadline; FULL_DIRECTORY; SIZE_, SCHEMA_, KIND_MISMATCH; BAD_*; READ_ONLY; FORKED; CORRUPT; or what
 * initialise returned. */
static inline int strait_segment_place(strait_segment *segment, const char *name,
                                       const strait_object_options *options, strait_object *object)
{
    return strait_segment_place_abi(segment, name, options, sizeof(strait_object_options), STRAIT_ABI,
                                    object);
}

/* Finds the object of that name. 0; NOT_FOUND; BAD_*; FORKED; CORRUPT. Wait-free; no system call. */
STRAIT_API int strait_segment_find(const strait_segment *segment, const char *name, strait_object *object);

/* The n-th object, in order of placing; NOT_FOUND past the last. Wait-free; no system call. */
STRAIT_API int strait_segment_object(const strait_segment *segment, uint32_t n, strait_object *object);

#ifdef __cplusplus
}
#endif

#endif
