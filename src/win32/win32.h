/* win32.h - what the files of this back end share. layer: system
 *
 * A map is a file and a view of it: the file keeps the bytes until they are removed, which no section of the
 * paging file would. Only raw names are such sections, since that is what foreign programs use (section.c).
 *
 *   DIRECTORY\orders.segment            a name; DIRECTORY belongs to this boot (path.c)
 *   DIRECTORY\.strait-new.<chance>      being made; its maker has it open in a way that keeps others from deleting it
 *   DIRECTORY\.strait-old.<file index>  a name was taken from it; whoever lets go of it last deletes it
 *
 * The handle rules (each is a fact that the system drops with its process):
 *   birth   DELETE access, does not share DELETE: nobody else can delete or rename the file. Until published.
 *   probe   reads, shares all. Tokens are asked about through it.
 *   body    reads and writes, shares all. Carries the token: a lock on one byte. Protected from CloseHandle.
 */
#ifndef STRAIT_WIN32_WIN32_H
#define STRAIT_WIN32_WIN32_H

#include <windows.h>

#include "core/os.h"

/* --- errors.c */

int strait_win32_failed_with(strait_os_cause *cause, const char *call, DWORD code);
int strait_win32_failed(strait_os_cause *cause, const char *call); /* with GetLastError() */

/* --- path.c: where a place is */

#define STRAIT_WIN32_PATH_MAX 4400u

typedef struct strait_win32_path {
    wchar_t text[STRAIT_WIN32_PATH_MAX];
} strait_win32_path;

#define STRAIT_WIN32_NEW_PREFIX L".strait-new."
#define STRAIT_WIN32_OLD_PREFIX L".strait-old."
#define STRAIT_WIN32_SUFFIX L".segment"

bool strait_win32_wide(const char *text, wchar_t *wide, size_t room);
bool strait_win32_narrow(const wchar_t *wide, char *text, size_t room);

/* The file of a name or path. 0, BAD_NAME, SYSTEM. */
int strait_win32_file_path(const strait_os_place *place, strait_win32_path *path, strait_os_cause *cause);

/* DIRECTORY\last, where DIRECTORY is that of the place. */
int strait_win32_path_beside(const strait_os_place *place, const wchar_t *last, strait_win32_path *path,
                             strait_os_cause *cause);

/* The directory in which all names lie, made if it is not there; the one above it. */
int strait_win32_make_directory(strait_os_cause *cause);
int strait_win32_base_directory(strait_win32_path *path, strait_os_cause *cause);

/* True if the directory (its last part) belongs to another boot than this, by the same way of telling. */
bool strait_win32_is_old_boot(const wchar_t *last);

/* The name whose file is called so; false if it is no name's. */
bool strait_win32_name_of_file(const wchar_t *file, char *name, size_t room);

/* Appends to a path, which stays closed; false if it gets too long. */
bool strait_win32_append(strait_win32_path *path, const wchar_t *text);
bool strait_win32_append_hex(strait_win32_path *path, uint64_t number);

/* --- identity.c */

/* 'k' and the time when a key that lives as long as the user is logged on was made, or 't' and the time of
 * the system's start; see docs/adr/0006. */
typedef struct strait_win32_boot {
    char kind;
    uint64_t time;
} strait_win32_boot;

strait_win32_boot strait_win32_this_boot(void);
bool strait_win32_scope_is_global(void);

/* --- access.c: permission bits as access control lists */

typedef enum strait_win32_object {
    STRAIT_WIN32_FILE,
    STRAIT_WIN32_SECTION,
    STRAIT_WIN32_EVENT
} strait_win32_object;

/* A descriptor for so many rights, to be freed with LocalFree; NULL with GetLastError(). */
PSECURITY_DESCRIPTOR strait_win32_rights(strait_win32_object object, uint32_t mode);
bool strait_win32_mode(HANDLE handle, strait_win32_object object, uint32_t *mode);
bool strait_win32_set_mode(HANDLE handle, strait_win32_object object, uint32_t mode);

/* --- file.c */

#define STRAIT_WIN32_SHARE_ALL (FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE)

typedef struct strait_win32_identity {
    uint64_t device, file;
} strait_win32_identity;

/* Opens what is there: INVALID_HANDLE_VALUE with GetLastError(), also for what is no plain file. */
HANDLE strait_win32_open(const wchar_t *path, DWORD access, DWORD share);
bool strait_win32_identify(HANDLE file, strait_win32_identity *identity);

/* A file index is its volume's; a volume's number is 0 if unknown (Wine: of a handle whose file was renamed). */
bool strait_win32_same(const strait_win32_identity *one, const strait_win32_identity *other);

/* True if the file is the map's. */
bool strait_win32_is(HANDLE file, const strait_os_map *map);

/* Whether the name leads to the map's file. False also if that cannot be found out. */
bool strait_win32_leads_to(const wchar_t *path, const strait_os_map *map);

/* Opens the map's very file anew, under whichever name it has. */
HANDLE strait_win32_reopen(const strait_os_map *map, const strait_os_place *place, DWORD access, DWORD share);

bool strait_win32_rename(HANDLE file, const wchar_t *path); /* never replaces */
bool strait_win32_delete(HANDLE file);                      /* when the last handle is closed */

/* Where a file lies whose name was taken away. */
int strait_win32_old_path(const strait_os_place *place, uint64_t file, strait_win32_path *path,
                          strait_os_cause *cause);

/* --- map.c: what this process keeps of one open map: strait_os_map.spare[0] */

#define STRAIT_WIN32_GATE_GROUPS 5u
#define STRAIT_WIN32_GATES_EACH 3u

typedef struct strait_win32_gates {
    HANDLE gate[STRAIT_WIN32_GATES_EACH]; /* all or none are there */
    bool modifiable;
} strait_win32_gates;

typedef struct strait_win32_hand {
    struct strait_win32_hand *next;
    char *base;
    uint64_t bytes;
    uint64_t device, file;              /* 0, 0 for bare sections */
    HANDLE birth, body, probe, section; /* NULL if there is none */
    bool bare;                          /* a section of a raw name, or (not published) memory of our own */
    uint32_t mode;                      /* of bare memory, for the section to come */
    strait_win32_gates gates[STRAIT_WIN32_GATE_GROUPS];
    wchar_t *old; /* where the file lies, or will lie, when it has no name; NULL for a section */
} strait_win32_hand;

static inline strait_win32_hand *strait_win32_hand_of(const strait_os_map *map)
{
    return (strait_win32_hand *)(intptr_t)map->spare[0];
}

static inline HANDLE strait_win32_probe(const strait_os_map *map)
{
    return (HANDLE)map->probe;
}

/* Makes a view of the whole section: NULL with GetLastError(). */
void *strait_win32_view(HANDLE section, bool writable);

/* Turns handles, which it takes also when it fails, into a map; body may be NULL. */
int strait_win32_adopt(const strait_os_place *place, HANDLE body, HANDLE probe, uint64_t least_bytes,
                       uint64_t most_bytes, strait_os_map *map, strait_os_cause *cause);

/* A hand that is not listed yet; NULL if there is no memory. */
strait_win32_hand *strait_win32_hand_new(void);

/* Fills the map of a hand, and lists the hand for those who bring only an address. */
void strait_win32_enlist(strait_win32_hand *hand, bool writable, strait_os_map *map);

/* A handle that CloseHandle leaves alone; and the only way to close it. NULL is fine. */
void strait_win32_protect(HANDLE handle);
void strait_win32_close(HANDLE handle);

int strait_win32_too_short_or_long(uint64_t bytes, uint64_t least_bytes, uint64_t most_bytes,
                                   strait_os_cause *cause);

/* --- list.c */

/* Deletes what makers and users that are gone left in the directory of the place: how many. */
int strait_win32_sweep_beside(const strait_os_place *place, strait_os_cause *cause);

/* Takes away the directories of earlier boots, as far as nothing in them is in use: how many files. */
int strait_win32_sweep_boots(strait_os_cause *cause);

/* --- section.c: raw names */

int strait_win32_section_create(const strait_os_place *place, uint64_t bytes, uint32_t mode,
                                strait_os_map *map, strait_os_cause *cause);
int strait_win32_section_publish(strait_os_map *map, const strait_os_place *place, strait_os_cause *cause);
int strait_win32_section_open(const strait_os_place *place, bool writable, uint64_t least_bytes,
                              uint64_t most_bytes, strait_os_map *map, strait_os_cause *cause);
/* 0 if there is such a section; NOT_FOUND, FOREIGN, BAD_NAME, DENIED. */
int strait_win32_section_look(const strait_os_place *place, strait_os_cause *cause);
int strait_win32_section_stat(const strait_os_map *map, strait_os_map_status *status);

/* --- gate.c: events to sleep at, found by address */

typedef struct strait_win32_seat {
    strait_win32_gates gates;
    bool known; /* the address lies in a map of ours */
} strait_win32_seat;

/* The gates for a word, opened or (if asked) made. */
strait_win32_seat strait_win32_seat_at(const strait_u32 *word, bool make);
void strait_win32_hands_add(strait_win32_hand *hand);
void strait_win32_hands_remove(strait_win32_hand *hand);

/* --- clock.c */

/* Milliseconds until the deadline, rounded up, at most `most`; 0 if it is past. */
DWORD strait_win32_milliseconds(uint64_t deadline_ns, DWORD most);

#endif
