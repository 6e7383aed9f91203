/* os.h - the list of primitives that a system must provide; nothing else in core knows a system.
 * layer: system
 *
 * A back end (src/posix, src/sysv, src/win32) implements every function here and nothing more. It never
 * knows an object: it deals in maps (bytes that several processes see), tokens (facts that the kernel drops
 * with their holder), words to sleep on, and clocks. Differences between systems travel as data in
 * strait_os_facts; core decides what to do about them. Every failure says which call failed and what the
 * system said (strait_os_cause).
 *
 * Results are those of result.h. Unless said otherwise a primitive may be called by any thread at any time.
 */
#ifndef STRAIT_CORE_OS_H
#define STRAIT_CORE_OS_H

#include <strait/base.h>
#include <strait/inline/atomic.h>
#include <strait/result.h>

/* --- facts ---------------------------------------------------------------------------------------------- */

typedef struct strait_os_facts {
    const char *backend;     /* "posix" */
    const char *system;      /* "Linux" */
    bool names_persist;      /* a name outlives its last holder (until a reboot) */
    bool size_is_exact;      /* a map is as long as it was made, not rounded up to pages */
    bool publish_is_atomic;  /* map_publish: a name never shows an unfinished map */
    bool token_is_proof;     /* token FREE alone proves death, across pid namespaces and pid reuse */
    bool wait_is_native;     /* wait sleeps in the kernel until wake; else it polls with bounded naps */
    bool has_anonymous_maps; /* maps without a name, handed over by descriptor */
    uint32_t name_bytes_max; /* longest name that the system takes as it is */
} strait_os_facts;

const strait_os_facts *strait_os_facts_get(void);

/* What the system said when a primitive failed. */
typedef struct strait_os_cause {
    const char *call;   /* "fallocate"; NULL if no call failed */
    int64_t code;       /* errno or GetLastError() */
    uint64_t asked;     /* bytes asked for, where that was the trouble */
    uint64_t available; /* bytes there, where that is known */
    bool never;         /* it can never be had here, whatever is freed */
    bool owned;         /* owner and mode are known: of what was refused */
    uint32_t owner, mode;
    const char *where; /* the place it is short of: "/dev/shm"; NULL if unknown */
} strait_os_cause;

/* The system's words for a cause, NUL-terminated, never empty. */
void strait_os_cause_text(const strait_os_cause *cause, char *text, size_t room);

/* --- clocks, chance, identity --------------------------------------------------------------------------- */

uint64_t strait_os_now_ns(void);          /* monotonic */
uint64_t strait_os_wall_ns(void);         /* since 1970 UTC */
void strait_os_nap(uint64_t nanoseconds); /* sleeps about so long; for bounded polling only */
void strait_os_yield(void);               /* lets others run, if any want to */

/* Fills bytes that nobody can guess. SYSTEM if the system has none. */
int strait_os_random(void *bytes, size_t count, strait_os_cause *cause);

typedef struct strait_os_identity {
    uint32_t pid;
    uint64_t start;         /* start time in the system's own unit; 0 if unknown */
    uint64_t pid_namespace; /* 0 if there is no such thing */
    uint8_t boot[16];       /* identity of this boot; all 0 if unknown */
    char program[64];       /* zero-filled */
} strait_os_identity;

/* Who the calling process is. Never fails: what cannot be known is 0. */
void strait_os_self(strait_os_identity *self);

/* A number that differs between a process and its forked children, and never is 0. Cheap: a few loads, no
 * system call after the first. */
uint64_t strait_os_process_epoch(void);

/* A word that says strait_os_process_epoch() in this process for as long as it lives, and something else in a forked
 * child, whoever asks: for inlined code, which asks in every call. */
const strait_u64 *strait_os_process_mark(void);

/* The path in a form that a change of working directory does not touch; false if it gets too long or
 * cannot be had. */
bool strait_os_whole_path(const char *path, char *whole, size_t room);

/* --- maps ----------------------------------------------------------------------------------------------- */

typedef enum strait_os_place_kind {
    STRAIT_OS_NAMED,     /* a Strait name; the back end prefixes (and where it must, shortens) it */
    STRAIT_OS_FILE,      /* a path of the user's */
    STRAIT_OS_ANONYMOUS, /* no name; handed over by descriptor */
    STRAIT_OS_RAW        /* a native name of a foreign program: "/trading_data" */
} strait_os_place_kind;

typedef struct strait_os_place {
    strait_os_place_kind kind;
    const char *name; /* NULL for STRAIT_OS_ANONYMOUS */
} strait_os_place;

/* What this process holds of a map. Private to the back end but for the first four fields. */
typedef struct strait_os_map {
    void *base;
    uint64_t bytes; /* as the system says; may be rounded up */
    bool writable;
    bool made_here; /* by map_create in this process */
    intptr_t probe; /* descriptor or handle without any lock of its own, to test tokens through; -1 if none */
    uint64_t device, file; /* identity of the object behind the name */
    uint64_t epoch;        /* strait_os_process_epoch() of the process that mapped it */
    int64_t spare[2];      /* a back end's own */
} strait_os_map;

#define STRAIT_OS_NO_TOKEN UINT32_MAX

/* Makes a map that nobody can find yet: exact size, zero-filled, every byte allocated for real (NO_SPACE now
 * rather than a fault later), readable and writable here, with access rights `mode` whatever the umask
 * (the owner's part is 6 or 7, but for raw bytes). NOT_FOUND if the directory is not there. Holds token
 * `token` (see below) unless STRAIT_OS_NO_TOKEN. A process killed at any point leaves nothing, or only
 * what strait_os_sweep reclaims. */
int strait_os_map_create(const strait_os_place *place, uint64_t bytes, uint32_t mode, uint32_t token,
                         strait_os_map *map, strait_os_cause *cause);

/* Gives the map its name, all at once. EXISTS if the name is taken (the map stays private; close it). */
int strait_os_map_publish(strait_os_map *map, const strait_os_place *place, strait_os_cause *cause);

/* Maps what is there under the name, as long as the system says it is. Holds no token yet.
 * NOT_FOUND, DENIED, TRUNCATED (shorter than least_bytes), OVER_QUOTA (longer than most_bytes, if not 0). */
int strait_os_map_open(const strait_os_place *place, bool writable, uint64_t least_bytes, uint64_t most_bytes,
                       strait_os_map *map, strait_os_cause *cause);

/* The same for a descriptor that somebody handed over. The caller keeps the descriptor; it must not be
 * shared, so the back end opens the object behind it anew. */
int strait_os_map_open_descriptor(int descriptor, bool writable, uint64_t least_bytes, uint64_t most_bytes,
                                  strait_os_map *map, strait_os_cause *cause);

/* A descriptor of the map to hand to another process; the caller closes it. */
int strait_os_map_descriptor(const strait_os_map *map, const strait_os_place *place, bool writable,
                             int *descriptor, strait_os_cause *cause);

/* Lets go of the bytes, and with them of every token held through this map. In a forked child only what
 * the child has is let go; the parent keeps its map and tokens. */
void strait_os_map_close(strait_os_map *map);

/* Takes the name away from this very object, if it still has it (a successor of the same name is left alone).
 * OK if the name no longer belongs to it, whoever took it away. BUSY if another process is doing just that.
 * Of two processes that call it for one object at once, at most one removes, and never the successor. */
int strait_os_map_evict(const strait_os_map *map, const strait_os_place *place, strait_os_cause *cause);

/* Fills in which object has the name now (for evict), without opening it: device and file, 0 if nothing
 * has. The map is not open. */
void strait_os_map_identify(const strait_os_place *place, strait_os_map *map);

/* Takes the name away from whatever has it. NOT_FOUND. For foreign bytes only. */
int strait_os_map_unlink(const strait_os_place *place, strait_os_cause *cause);

typedef struct strait_os_map_status {
    uint64_t bytes;
    uint32_t mode;        /* permission bits as on Unix */
    uint32_t user, group; /* numeric owner; 0 where there is no such thing */
    uint64_t changed_ns;  /* last change of bytes that the system knows of, wall clock; 0 if unknown */
    bool linked;          /* the object still has a name */
} strait_os_map_status;

int strait_os_map_stat(const strait_os_map *map, const strait_os_place *place, strait_os_map_status *status,
                       strait_os_cause *cause);
int strait_os_map_set_mode(const strait_os_map *map, const strait_os_place *place, uint32_t mode,
                           strait_os_cause *cause);

/* Calls `see` with each Strait name there is (STRAIT_OS_NAMED), until it returns non-zero; returns that,
 * or 0. */
int strait_os_map_list(int (*see)(void *context, const char *name), void *context, strait_os_cause *cause);

/* Reclaims what creators killed in map_create left behind. Returns how many, or a failure. */
int strait_os_sweep(strait_os_cause *cause);

/* Sleeps until the name may lead to something other than `stale` (NULL: to anything), also on a false
 * alarm: 0. TIMED_OUT at the deadline, INTERRUPTED on a signal. */
int strait_os_name_wait(const strait_os_place *place, const strait_os_map *stale, uint64_t deadline_ns,
                        strait_os_cause *cause);

/* --- tokens of life ------------------------------------------------------------------------------------- */

typedef enum strait_os_token_state {
    STRAIT_OS_TOKEN_HELD = 1, /* its holder can still touch the memory */
    STRAIT_OS_TOKEN_FREE = 2, /* nobody holds it: who held it last cannot touch the memory any more */
    STRAIT_OS_TOKEN_UNKNOWN = 3
} strait_os_token_state;

/* Takes token `index` of this map; the kernel drops it exactly when this process can no longer touch the map:
 * not when it is stopped, closes descriptors, forks, or loses its first thread. BUSY if another holds it.
 * A map holds at most one token; ends the map's power to hold another. Needs a writable map. */
int strait_os_token_hold(strait_os_map *map, const strait_os_place *place, uint32_t index,
                         strait_os_cause *cause);

/* No token will be held through this map: lets go of what was kept for it. */
void strait_os_token_forgo(strait_os_map *map);

/* Whether anybody holds token `index`. `who` is what is known of the last holder (NULL if nothing): used
 * only where the token cannot be asked. Never forges: in doubt it is UNKNOWN. */
strait_os_token_state strait_os_token_test(const strait_os_map *map, const strait_os_place *place,
                                           uint32_t index, const strait_os_identity *who);

/* --- waiting -------------------------------------------------------------------------------------------- */

/* Sleeps while *word == expected, until woken (also on a false alarm: 0), the deadline (TIMED_OUT) or a
 * signal (INTERRUPTED). The word lies in a map; a read-only one will do. */
int strait_os_wait(const strait_u32 *word, uint32_t expected, uint64_t deadline_ns);

/* Wakes up to `count` sleepers on the word, in whichever process; returns how many, where that is known. */
int strait_os_wake(const strait_u32 *word, uint32_t count);

/* Registers this process for strait_os_barrier; true if that works here. Idempotent. */
bool strait_os_barrier_join(void);

/* Every running thread of every registered process passes a full memory barrier before this returns. */
bool strait_os_barrier(void);

#endif
