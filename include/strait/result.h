/* result.h - the one table of results. Numbers mean the same on every system.
 *
 *   rc >= 0   it was done: 0, a count, or a remark ("you have it, and know this")
 *   rc <  0   it was not:  "not now" (-1 to -31: try again, or wait), "refused" (-32 to -63: the call or the other
 *             side does not fit), "damaged" (-64 to -95: the bytes cannot be trusted), "the system" (-96 to -127)
 *
 * The table below is the source of strait_result_name/text/remedy and of docs/errors.md.
 * Each row: X(number, NAME, "what it means", "what to do").
 */
#ifndef STRAIT_RESULT_H
#define STRAIT_RESULT_H

#include <strait/base.h>

/* Remarks lie above every count. */
#define STRAIT_REMARK_FIRST 0x40000000
#define STRAIT_COUNT_MAX (STRAIT_REMARK_FIRST - 1)

#define STRAIT_RESULTS(X)                                                                                    \
    X(0x40000000, CREATED, "done, and this call made it",                                                    \
      "nothing: you are the first; others attach to what you made")                                          \
    X(0x40000001, SKIPPED, "done, after stepping over room that a writer had claimed and not filled",        \
      "nothing, or note that a writer may have died in the midst of sending")                                \
    X(0x40000002, REDELIVERED, "done; a reader that died may have looked at it before",                      \
      "take care not to do twice what must be done once")                                                    \
    X(0x40000003, OVERRUN, "done; older items were overwritten before they were read",                       \
      "read faster, or make the ring with more slots")                                                       \
    X(0, OK, "done", "nothing")                                                                              \
    X(-1, NOT_FOUND, "nothing of that name is there",                                                        \
      "start the program that makes it, open with STRAIT_OPEN_OR_CREATE, or give a deadline to wait for it") \
    X(-2, TIMED_OUT, "the deadline passed first", "wait longer, or look at `strait ls` for who is missing")  \
    X(-3, BUSY, "another living process is in the middle of a change that must finish first",                \
      "try again; if it stays so, that process is stopped: continue it or end it")                           \
    X(-4, INTERRUPTED, "a signal arrived while waiting", "handle the signal and call again")                 \
    X(-5, CROWDED, "every participant record is held by a living process",                                   \
      "create the segment with more participants, or let a process leave")                                   \
    X(-6, RETIRED, "the segment was removed; those attached may go on, nobody new may come",                 \
      "close it and open the name again to get its successor")                                               \
    X(-7, FULL, "no room: every slot holds an item that is not given back yet",                              \
      "try again, wait with a deadline, or make the ring with more slots")                                   \
    X(-8, EMPTY, "no item is there now", "try again, or wait with a deadline")                               \
    X(-9, CLOSED, "the stream has ended: its writers have said that they send no more, and all was read",    \
      "stop, or go on asking: a new writer opens it again")                                                  \
    X(-32, BAD_ARGUMENT, "an argument can never be right", "mend the call: the sentence names the argument") \
    X(-33, BAD_NAME, "the name breaks the rule for names",                                                   \
      "use 1 to 200 bytes of A-Z a-z 0-9 . _ - and no leading dot")                                          \
    X(-34, BAD_SIZE, "a size is zero, too large, or overflows", "mend the sizes in the options")             \
    X(-35, EXISTS, "it is there already and the call asked to be its maker",                                 \
      "open with STRAIT_OPEN_OR_CREATE or STRAIT_ATTACH, or remove it first")                                \
    X(-36, SIZE_MISMATCH, "it was made with another size",                                                   \
      "build both programs from the same headers, or remove the old one")                                    \
    X(-37, SCHEMA_MISMATCH, "it was made for another record layout",                                         \
      "build both programs from the same record, or remove the old one")                                     \
    X(-38, KIND_MISMATCH, "it is another kind of object", "open it as what it is, or use another name")      \
    X(-39, VERSION_MISMATCH,                                                                                 \
      "its bytes follow another version of the format, or need a feature that is not here",                  \
      "use the same version of Strait on both sides, or remove the old one")                                 \
    X(-40, BYTE_ORDER_MISMATCH, "it was made on a machine of the other byte order",                          \
      "do not carry it across; remove it")                                                                   \
    X(-41, ABI_MISMATCH, "the program was compiled against headers that this library does not know",         \
      "install a library at least as new as the headers")                                                    \
    X(-42, FORKED, "the handle was opened before fork; a child has none of its parent's handles",            \
      "open anew in the child")                                                                              \
    X(-43, READ_ONLY, "an observer cannot change anything", "open it with another role")                     \
    X(-44, DENIED, "the system does not permit it",                                                          \
      "check the owner and the mode; the creator can widen the mode")                                        \
    X(-45, OVER_QUOTA, "it is larger than the max_bytes that you allowed",                                   \
      "raise max_bytes, or ask who made it")                                                                 \
    X(-46, UNSUPPORTED, "this system or file system cannot do it", "see docs/platforms.md for what can")     \
    X(-47, FULL_DIRECTORY, "the directory of objects, or the room kept for them, is used up",                \
      "create the segment with more objects or room_bytes")                                                  \
    X(-48, ROLE_TAKEN, "it takes one of that role, and a living process is it",                              \
      "end that one, open with another role, or make it for STRAIT_MANY")                                    \
    X(-49, WRONG_ROLE, "the handle was opened with another role",                                            \
      "open it with the role that the call needs")                                                           \
    X(-50, SHAPE_MISMATCH, "it was made with another shape",                                                 \
      "ask for the same shape on both sides, leave it out, or remove the old one")                           \
    X(-64, FOREIGN, "the bytes there are not a Strait segment",                                              \
      "use another name, open it raw, or remove it by force")                                                \
    X(-65, TRUNCATED, "the file is shorter than its header says", "remove it: somebody cut it off")          \
    X(-66, CORRUPT, "the header or directory contradicts itself", "remove it: somebody wrote over it")       \
    X(-96, NO_MEMORY, "this process has no memory or address space left", "free some, or ask for less")      \
    X(-97, NO_SPACE, "there is not enough shared memory",                                                    \
      "remove segments (`strait ls`), or enlarge the file system")                                           \
    X(-98, TOO_MANY_FILES, "no file descriptor is left", "raise `ulimit -n`, or close some")                 \
    X(-99, SYSTEM, "the system refused for a reason that Strait does not expect", "read what the system said")

typedef enum strait_result {
#define STRAIT_RESULT_ENUM_(number, name, text, remedy) STRAIT_##name = number,
    STRAIT_RESULTS(STRAIT_RESULT_ENUM_)
#undef STRAIT_RESULT_ENUM_
        STRAIT_RESULT_LAST_ = -99
} strait_result;

/* True for a result that means "not now": nothing is wrong, the same call may succeed later. */
static inline bool strait_not_now(int rc)
{
    return rc < 0 && rc > -32;
}

/* True for a result that was done and carries a remark. */
static inline bool strait_remark(int rc)
{
    return rc >= STRAIT_REMARK_FIRST;
}

#ifdef __cplusplus
extern "C" {
#endif

/* The name ("NOT_FOUND"), meaning and remedy of a result; a count is "OK". Never NULL: an unknown number is
 * "UNKNOWN". Anyone may call them. Wait-free. */
STRAIT_API const char *strait_result_name(int rc);
STRAIT_API const char *strait_result_text(int rc);
STRAIT_API const char *strait_result_remedy(int rc);

/* This thread's last failure as one sentence: what was tried, on which object, what the system said, what to
 * do. "" if nothing has failed yet; it stays until the next failure of the same thread. Wait-free. */
STRAIT_API const char *strait_last_error(void);

#ifdef __cplusplus
}
#endif

#endif
