/* inspect.h - look inside a running system without disturbing it: which segments there are, and what can go.
 * Observers' eyes only: looking needs no write permission and changes nothing; strait_segment_gc needs what
 * removing needs.
 */
#ifndef STRAIT_INSPECT_H
#define STRAIT_INSPECT_H

#include <strait/segment.h>

/* What was found under one name. */
typedef struct strait_finding {
    char name[STRAIT_NAME_MAX + 1];
    int result; /* 0: a whole segment, told by info; else why not (DENIED, FOREIGN, CORRUPT, ...) */
    bool
        needed; /* somebody alive needs it, or it lives until removed; else the next open or gc reclaims it */
    uint32_t alive, dead; /* participants */
    strait_segment_info info;
} strait_finding;

#ifdef __cplusplus
extern "C" {
#endif

/* Calls `see` for each named segment there is, in no order, until it returns non-zero; returns that, else
 * 0, or SYSTEM, BAD_ARGUMENT. Foreign files under our names are shown with their result. */
STRAIT_API int strait_segment_list(int (*see)(void *context, const strait_finding *finding), void *context);

/* Frees what nobody alive needs: names whose lifetime has ended, names left RETIRED by a process that
 * died while removing, files left by creators that died, records of dead participants. Never touches what
 * is alive, foreign or damaged. Returns how many names and files were freed; a failure only if nothing
 * could be looked at. */
STRAIT_API int strait_segment_gc(void);

/* Looks a segment's bytes over (a mapping, a core file, a copy): pure, no system call. 0, or FOREIGN,
 * TRUNCATED, CORRUPT, VERSION_MISMATCH, BYTE_ORDER_MISMATCH, with strait_last_error saying which field
 * contradicts what. */
STRAIT_API int strait_segment_verify(const void *bytes, uint64_t count);

#ifdef __cplusplus
}
#endif

#endif
