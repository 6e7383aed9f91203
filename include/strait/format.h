/* format.h - THE shared bytes: every byte that two processes both see is drawn here, then declared, then
 * asserted. docs/format.md tells the same in prose, tests/format/ holds the golden offsets.
 *
 * Fixed-width types at written-out offsets; 64-bit fields on 8-byte offsets on every machine; words that
 * several processes change have their own type and, where they are hot, their own 128-byte pair of lines.
 * The byte order is the creator's and is marked; a machine of the other order refuses the segment.
 *
 *      0 +--------------------+
 *        | header             |  1024 bytes; written before anybody can see it, but for the state line
 *   1024 +--------------------+
 *        | participants       |  one 128-byte record for each attached process
 *        +--------------------+
 *        | directory          |  one 256-byte entry for each object
 *        +--------------------+
 *        | schema             |  text of the first object's record, if it has one
 *        +--------------------+  user_offset, a multiple of 16384: everything below it is the control range
 *        | user area          |  the objects, each at a multiple of 128
 *        +--------------------+  total_bytes, exact
 */
#ifndef STRAIT_FORMAT_H
#define STRAIT_FORMAT_H

#include <strait/base.h>
#include <strait/inline/atomic.h>

#define STRAIT_FORMAT_VERSION 1u
#define STRAIT_FORMAT_MAGIC UINT64_C(0x0A1A544941525453) /* "STRAIT\x1a\n" in a little-endian file */
#define STRAIT_FORMAT_BYTE_ORDER UINT32_C(0x01020304)
#define STRAIT_FORMAT_LINE_BYTES 128u
#define STRAIT_FORMAT_USER_ALIGN 16384u
#define STRAIT_FORMAT_TOTAL_MAX (UINT64_C(1) << 46)

/* Features that this library knows. Unknown compatible bits are ignored; unknown readable bits allow
 * observers only; unknown incompatible bits refuse everyone. */
#define STRAIT_FEATURES_COMPATIBLE UINT64_C(0)
#define STRAIT_FEATURES_READABLE UINT64_C(0)
#define STRAIT_FEATURES_INCOMPATIBLE UINT64_C(0)

/* Header: how long the name lives. */
#define STRAIT_FORMAT_UNTIL_REMOVED 0u
#define STRAIT_FORMAT_UNTIL_CREATOR 1u
#define STRAIT_FORMAT_UNTIL_LAST 2u

/* Header: how a publisher and a sleeper keep their store-load order. One way: from BARRIER to EXCHANGE. */
#define STRAIT_FORMAT_WAITING_BARRIER 1u  /* sleepers make every participant order its memory (membarrier) */
#define STRAIT_FORMAT_WAITING_EXCHANGE 2u /* somebody cannot be reached so: publishers use an exchange */

/* Header: the clock of created_ns and joined_ns. */
#define STRAIT_FORMAT_CLOCK_UNIX 1u /* nanoseconds since 1970-01-01 UTC, the wall clock */

/* Header state: change count << 8 | phase. The count makes every change a CAS from an exact state. */
#define STRAIT_FORMAT_LIVE 1u
#define STRAIT_FORMAT_CLOSING 2u /* somebody thinks that nobody needs it and is making sure */
#define STRAIT_FORMAT_RETIRED 3u /* the name is free; final */

/* Participant owner: generation << 32 | phase. */
#define STRAIT_FORMAT_VACANT 0u
#define STRAIT_FORMAT_ATTACHED 1u

/* Directory entry state: generation << 32 | participant index << 8 | phase. */
#define STRAIT_FORMAT_ENTRY_FREE 0u
#define STRAIT_FORMAT_ENTRY_CLAIMED 1u /* by that participant; if it is dead, anyone may free the entry */
#define STRAIT_FORMAT_ENTRY_READY 2u   /* complete; final */

/* Directory entry kind. */
#define STRAIT_FORMAT_KIND_BYTES 1u
#define STRAIT_FORMAT_KIND_RECORD 2u
#define STRAIT_FORMAT_KIND_CELL 3u
#define STRAIT_FORMAT_KIND_RING 4u
#define STRAIT_FORMAT_KIND_STREAM 5u
#define STRAIT_FORMAT_KIND_FEED 6u
#define STRAIT_FORMAT_KIND_MUTEX 7u
#define STRAIT_FORMAT_KIND_RWLOCK 8u
#define STRAIT_FORMAT_KIND_SEMAPHORE 9u
#define STRAIT_FORMAT_KIND_EVENT 10u
#define STRAIT_FORMAT_KIND_CONDITION 11u
#define STRAIT_FORMAT_KIND_BARRIER 12u
#define STRAIT_FORMAT_KIND_POOL 13u    /* reserved */
#define STRAIT_FORMAT_KIND_USER 65536u /* and above: the users' own */

/*
 *      0 | magic                   8 | STRAIT_FORMAT_MAGIC; where creation is seen, written last        [segment.magic]
 *      8 | byte_order              4 | STRAIT_FORMAT_BYTE_ORDER in the creator's order
 *     12 | format_version          4 | of the bytes and of the algorithms over them
 *     16 | header_bytes            4 | 1024
 *     20 | line_bytes              4 | 128
 *     24 | features_compatible     8 |
 *     32 | features_readable       8 |
 *     40 | features_incompatible   8 |
 *     48 | total_bytes             8 | exact; the file may be longer where the system rounds
 *     56 | user_offset             8 |
 *     64 | user_bytes              8 | exact; user_offset + user_bytes == total_bytes
 *     72 | participants_offset     8 |
 *     80 | participants_stride     4 | 128
 *     84 | participants_count      4 |
 *     88 | directory_offset        8 |
 *     96 | directory_stride        4 | 256
 *    100 | directory_count         4 |
 *    104 | schema_offset           8 | 0 if there is none
 *    112 | schema_bytes            4 |
 *    116 | lifetime                4 | STRAIT_FORMAT_UNTIL_*
 *    120 | creator_index           4 | participant record of the creator
 *    124 | creator_generation      4 |
 *    128 | uuid                   16 | random
 *    144 | boot                   16 | identity of the boot it was created in
 *    160 | created_ns              8 |
 *    168 | created_clock           4 | STRAIT_FORMAT_CLOCK_*
 *    172 | creator_pid             4 | for people
 *    176 | name_bytes              4 | without a closing 0
 *    180 | reserved_180           76 | 0
 *    256 | name                  256 | full name, zero-filled
 *    512 | state                   8 | count << 8 | phase; anyone attached, by CAS                      [segment.state]
 *    520 | waiting                 4 | STRAIT_FORMAT_WAITING_*; any participant, one way
 *    524 | reserved_524          500 | 0
 *   1024 |
 */
typedef struct strait_header_format {
    strait_u64 magic;
    uint32_t byte_order;
    uint32_t format_version;
    uint32_t header_bytes;
    uint32_t line_bytes;
    uint64_t features_compatible;
    uint64_t features_readable;
    uint64_t features_incompatible;
    uint64_t total_bytes;
    uint64_t user_offset;
    uint64_t user_bytes;
    uint64_t participants_offset;
    uint32_t participants_stride;
    uint32_t participants_count;
    uint64_t directory_offset;
    uint32_t directory_stride;
    uint32_t directory_count;
    uint64_t schema_offset;
    uint32_t schema_bytes;
    uint32_t lifetime;
    uint32_t creator_index;
    uint32_t creator_generation;
    uint8_t uuid[16];
    uint8_t boot[16];
    uint64_t created_ns;
    uint32_t created_clock;
    uint32_t creator_pid;
    uint32_t name_bytes;
    uint8_t reserved_180[76];
    char name[256];
    strait_u64 state;
    strait_u32 waiting;
    uint8_t reserved_524[500];
} strait_header_format;

/*
 *      0 | owner                   8 | generation << 32 | phase; who holds the token, and reapers, by CAS [participant.owner]
 *      8 | pid                     4 | for people, and for systems without a better token
 *     12 | role                    4 | strait_role
 *     16 | start                   8 | start time of the process, in the system's own unit
 *     24 | pid_namespace           8 | 0 where there is no such thing
 *     32 | joined_ns               8 | on created_clock
 *     40 | reserved_40            24 | 0
 *     64 | program                64 | its name, zero-filled
 *    128 |
 * All but owner are written by the record's holder before owner says ATTACHED and are hints to everyone else.
 */
typedef struct strait_participant_format {
    strait_u64 owner;
    strait_u32 pid;
    strait_u32 role;
    strait_u64 start;
    strait_u64 pid_namespace;
    strait_u64 joined_ns;
    strait_u64 reserved_40[3];
    strait_u64 program[8];
} strait_participant_format;

/*
 *      0 | state                   8 | generation << 32 | index << 8 | phase; by CAS                    [directory.entry]
 *      8 | kind                    4 | STRAIT_FORMAT_KIND_*
 *     12 | name_bytes              4 | without a closing 0
 *     16 | offset                  8 | from the start of the segment; a multiple of 128, in the user area
 *     24 | bytes                   8 | exact
 *     32 | schema_offset           8 | from the start of the segment; 0 if there is none
 *     40 | schema_bytes            4 |
 *     44 | reserved_44             4 | 0
 *     48 | fingerprint             8 | of the schema; 0 if there is none
 *     56 | reserved_56             8 | 0
 *     64 | name                   64 | of the object, zero-filled; empty for the segment's own first object
 *    128 | record_name            64 | of the record, zero-filled
 *    192 | reserved_192           64 | 0
 *    256 |
 * Entries are taken in order: entry n + 1 only after entry n is READY, so its place follows from entry n.
 */
typedef struct strait_entry_format {
    strait_u64 state;
    uint32_t kind;
    uint32_t name_bytes;
    uint64_t offset;
    uint64_t bytes;
    uint64_t schema_offset;
    uint32_t schema_bytes;
    uint32_t reserved_44;
    uint64_t fingerprint;
    uint64_t reserved_56;
    char name[64];
    char record_name[64];
    uint8_t reserved_192[64];
} strait_entry_format;

/* Ring slot state: position << 2 | phase; TAKEN: position << 18 | port << 2 | phase. */
#define STRAIT_FORMAT_SLOT_FREE 0u  /* may be written at that position */
#define STRAIT_FORMAT_SLOT_FULL 1u  /* committed */
#define STRAIT_FORMAT_SLOT_SKIP 2u  /* claimed, never committed: cancelled, or its writer died */
#define STRAIT_FORMAT_SLOT_TAKEN 3u /* committed; its reader died; the port that adopted it, or nobody's: */
#define STRAIT_FORMAT_PORT_NOBODY 0xffffu
#define STRAIT_FORMAT_PORT_NOBODY_SEEN 0xfffeu /* the same, and the dead one may have looked at it */
#define STRAIT_FORMAT_PORTS_MAX 0x8000u

/* Ring: how many may write, how many may read. */
#define STRAIT_FORMAT_ONE 1u
#define STRAIT_FORMAT_MANY 2u

/* Ring port and role word: generation << 32 | participant index << 8 | phase. */
#define STRAIT_FORMAT_PORT_VACANT 0u
#define STRAIT_FORMAT_PORT_HELD 1u

/* Ring port: what its holder is to the stream of items. */
#define STRAIT_FORMAT_STREAM_NONE 0u     /* no writer */
#define STRAIT_FORMAT_STREAM_OPEN 1u     /* a writer that may send more */
#define STRAIT_FORMAT_STREAM_FINISHED 2u /* a writer that has said that it will not */

/* Ring: readers_asleep and writers_asleep. FENCED stays: a participant cannot be reached by barriers, so whoever publishes
 * orders its memory itself. ASLEEP: somebody may sleep, and has not been woken. Above them tickets are counted, so that
 * the word never is again what it was, and a slow waker cannot take back what a later sleeper said. */
#define STRAIT_FORMAT_FENCED 1u
#define STRAIT_FORMAT_ASLEEP 2u
#define STRAIT_FORMAT_TICKET 4u

/* Ring: no position; positions stay below 2^62. */
#define STRAIT_FORMAT_NOWHERE UINT64_MAX

/*
 *      0 | item_bytes              4 |
 *      4 | item_align              4 | a power of two up to 64
 *      8 | slot_bytes              4 | 16, 32 or a multiple of 64
 *     12 | item_at                 4 | from the start of its slot, behind the state
 *     16 | slots                   4 | a power of two
 *     20 | ports                   4 |
 *     24 | writers                 4 | STRAIT_FORMAT_ONE, _MANY
 *     28 | readers                 4 | STRAIT_FORMAT_ONE, _MANY
 *     32 | drop_seen               4 | 1: what a dead reader may have looked at is dropped, 0: handed out again
 *     36 | reserved_36             4 | 0
 *     40 | ports_offset            8 | from the start of the ring
 *     48 | slots_offset            8 | from the start of the ring
 *     56 | total_bytes             8 |
 *     64 | reserved_64            64 | 0
 *    128 | tail                    8 | many writers: next to claim, by CAS [ring.claim]; one: next to write, by it alone
 *    136 | writer                  8 | who is the one writer; by CAS from vacant or from a dead one    [ring.role]
 *    144 | reserved_144          112 | 0
 *    256 | head                    8 | many readers: next to claim, by CAS [ring.take]; one: next to read, by it alone [ring.exact]
 *    264 | reader                  8 | who is the one reader; likewise                                 [ring.role]
 *    272 | handed                  8 | the one reader was shown the items below this position, in place
 *    280 | overrun                 8 | items that the one writer took from the old end to make room; a counter, by it alone
 *    288 | reserved_288           96 | 0
 *    384 | credit                  8 | one to one: head as it was a while ago; the reader              [ring.credit]
 *    392 | reserved_392          120 | 0
 *    512 | orphans                 8 | changes when there may be a slot that nobody's TAKEN           [ring.orphans]
 *    520 | skipped                 8 | claims of dead writers; a counter
 *    528 | redelivered             8 | items whose reader died; a counter
 *    536 | dropped                 8 | of those, not handed out again; a counter
 *    544 | finished                8 | 1: a writer has said that it sends no more; 0 again when a new one comes [ring.finish]
 *    552 | reserved_552           88 | 0
 *    640 | readers_epoch           4 | what waiting readers sleep on; increased to wake them            [ring.sleep]
 *    644 | readers_asleep          4 | tickets x STRAIT_FORMAT_TICKET | ASLEEP | FENCED; sleepers and wakers, by CAS
 *    648 | reserved_648          120 | 0
 *    768 | writers_epoch           4 | likewise for writers that wait for room                          [ring.sleep]
 *    772 | writers_asleep          4 |
 *    776 | reserved_776          120 | 0
 *    896 |
 */
typedef struct strait_ring_format {
    uint32_t item_bytes;
    uint32_t item_align;
    uint32_t slot_bytes;
    uint32_t item_at;
    uint32_t slots;
    uint32_t ports;
    uint32_t writers;
    uint32_t readers;
    uint32_t drop_seen;
    uint32_t reserved_36;
    uint64_t ports_offset;
    uint64_t slots_offset;
    uint64_t total_bytes;
    uint8_t reserved_64[64];
    strait_u64 tail;
    strait_u64 writer;
    uint8_t reserved_144[112];
    strait_u64 head;
    strait_u64 reader;
    strait_u64 handed;
    strait_u64 overrun;
    uint8_t reserved_288[96];
    strait_u64 credit;
    uint8_t reserved_392[120];
    strait_u64 orphans;
    strait_u64 skipped;
    strait_u64 redelivered;
    strait_u64 dropped;
    strait_u64 finished;
    uint8_t reserved_552[88];
    strait_u32 readers_epoch;
    strait_u32 readers_asleep;
    uint8_t reserved_648[120];
    strait_u32 writers_epoch;
    strait_u32 writers_asleep;
    uint8_t reserved_776[120];
} strait_ring_format;

/*
 *      0 | owner                   8 | who holds it; taken by CAS, freed by it or by repairers           [ring.port]
 *      8 | write_at                8 | the claim it may just have made: first position, or NOWHERE
 *     16 | write_count             8 | ... and how many
 *     24 | read_at                 8 | likewise as a reader
 *     32 | read_count              8 |
 *     40 | handed_at               8 | it was shown the items of the claim that begins at this position, in place
 *     48 | sent                    8 | a counter
 *     56 | received                8 | a counter
 *     64 | stream                  4 | STRAIT_FORMAT_STREAM_*                                          [ring.finish]
 *     68 | reserved_68             4 | 0
 *     72 | waits                   8 | a counter: how often it slept
 *     80 | reserved_80            48 | 0
 *    128 |
 * All but owner are written by the holder alone.
 */
typedef struct strait_port_format {
    strait_u64 owner;
    strait_u64 write_at;
    strait_u64 write_count;
    strait_u64 read_at;
    strait_u64 read_count;
    strait_u64 handed_at;
    strait_u64 sent;
    strait_u64 received;
    strait_u32 stream;
    uint32_t reserved_68;
    strait_u64 waits;
    uint8_t reserved_80[48];
} strait_port_format;

#if defined(__cplusplus)
#define STRAIT_FORMAT_ASSERT_(fact, text) static_assert(fact, text)
#else
#define STRAIT_FORMAT_ASSERT_(fact, text) _Static_assert(fact, text)
#endif
STRAIT_FORMAT_ASSERT_(sizeof(strait_header_format) == 1024, "the header is 1024 bytes");
STRAIT_FORMAT_ASSERT_(sizeof(strait_participant_format) == 128, "a participant record is 128 bytes");
STRAIT_FORMAT_ASSERT_(sizeof(strait_entry_format) == 256, "a directory entry is 256 bytes");
STRAIT_FORMAT_ASSERT_(offsetof(strait_header_format, total_bytes) == 48, "header: total_bytes");
STRAIT_FORMAT_ASSERT_(offsetof(strait_header_format, uuid) == 128, "header: uuid");
STRAIT_FORMAT_ASSERT_(offsetof(strait_header_format, name) == 256, "header: name");
STRAIT_FORMAT_ASSERT_(offsetof(strait_header_format, state) == 512, "header: state has its own lines");
STRAIT_FORMAT_ASSERT_(offsetof(strait_participant_format, program) == 64, "participant: program");
STRAIT_FORMAT_ASSERT_(offsetof(strait_entry_format, name) == 64, "entry: name");
STRAIT_FORMAT_ASSERT_(sizeof(strait_ring_format) == 896, "a ring's head is 896 bytes");
STRAIT_FORMAT_ASSERT_(sizeof(strait_port_format) == 128, "a port is 128 bytes");
STRAIT_FORMAT_ASSERT_(offsetof(strait_ring_format, tail) == 128, "ring: tail");
STRAIT_FORMAT_ASSERT_(offsetof(strait_ring_format, head) == 256, "ring: head");
STRAIT_FORMAT_ASSERT_(offsetof(strait_ring_format, credit) == 384, "ring: credit");
STRAIT_FORMAT_ASSERT_(offsetof(strait_ring_format, readers_epoch) == 640, "ring: readers_epoch");
STRAIT_FORMAT_ASSERT_(offsetof(strait_ring_format, writers_epoch) == 768, "ring: writers_epoch");

#endif
