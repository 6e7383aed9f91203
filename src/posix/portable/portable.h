/* portable.h - what the files of the portable half of this back end share. layer: system
 *
 * For systems that have shm_open and flock, and nothing more to build on: no unnamed files, no locks on shared memory
 * objects, no way to rename them, perhaps not even a way to tell one from another. So everything but the bytes
 * lies in small files of one side directory, where link, rename and flock do what they do everywhere:
 *
 *     /var/tmp/strait/<boot>/            the side directory: one for each boot, sticky, for all users
 *         n.orders                       a name: a record that says which object has it, and how long it is
 *         .new.orders.<number>           the same, not published yet; its maker holds a flock on it
 *         .old.orders.<number>           the same, being removed
 *         life.<number>/0, 1, 2 ...      tokens: a participant holds a flock on the file of its index
 *         life.<number>/name             who takes the name away holds a flock on this
 *     shm_open("/strait-<number>")       the bytes
 *
 * A segment in a file of the user's has no record: the file itself is linked into place, and its directory of
 * tokens is called after its device and inode, which are in use as long as anybody has it mapped.
 */
#ifndef STRAIT_POSIX_PORTABLE_H
#define STRAIT_POSIX_PORTABLE_H

#include <stdio.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "core/os.h"
#include "unix/errors.h"
#include "unix/fork.h"

#define STRAIT_PORTABLE_PATH_MAX 4352
#define STRAIT_PORTABLE_SIDE_MAX 512
#define STRAIT_PORTABLE_LIFE_MAX 64

/* What this process keeps of a map besides strait_os_map: strait_os_map.spare[0] points to it. */
typedef struct strait_portable_hand {
    strait_os_place_kind kind;
    int maker; /* what is not published yet, locked; -1 */
    int token; /* the file of our token, locked; -1 */
    uint32_t index;
    dev_t token_device, probe_device;
    ino_t token_file, probe_file;
    uint64_t probe_bytes;
    uint64_t number; /* in the names of what is not published yet, and of the object */
    char life
        [STRAIT_PORTABLE_LIFE_MAX]; /* the directory of its tokens, within the side directory; "" if none */
    char unfinished[];              /* path of what is not published yet; "" if none */
} strait_portable_hand;

strait_portable_hand *strait_portable_hand_of(const strait_os_map *map);

/* NULL if there is no memory. `unfinished` may be NULL. */
strait_portable_hand *strait_portable_hand_new(strait_os_place_kind kind, const char *unfinished);

/* --- side.c: where things lie */

/* The side directory; makes it if `make`. NOT_FOUND, DENIED if it cannot be trusted. */
int strait_portable_side(char *path, size_t room, bool make, strait_os_cause *cause);

/* The path of a name's record, or of a file; NOT_FOUND if there is no side directory. */
int strait_portable_path(const strait_os_place *place, bool make, char *path, size_t room,
                         strait_os_cause *cause);

/* Directory and first part of the name of what is not published yet under this name. */
int strait_portable_unfinished(const strait_os_place *place, char *directory, size_t directory_room,
                               char *prefix, size_t prefix_room, strait_os_cause *cause);

/* The native name of a foreign program's object. */
bool strait_portable_raw_name(const strait_os_place *place, char *name, size_t room);

/* Makes a directory that everybody may put files into and only owners take theirs from, in one step. */
int strait_portable_make_open_directory(const char *path, strait_os_cause *cause);

/* --- object.c: descriptors and shared memory objects */

/* open, never as standard input, output or error; guarded: see unix/fork.h. */
int strait_portable_open(const char *path, int flags, unsigned mode, bool guarded);

/* The same for the object with this number. Never guarded: no lock hangs on it. */
int strait_portable_open_object(uint64_t number, int flags, unsigned mode);
int strait_portable_open_raw_object(const char *name, int flags, unsigned mode);
int strait_portable_unlink_object(uint64_t number);

bool strait_portable_same_file(int descriptor, dev_t device, ino_t file);

/* Whether the path leads to it now. */
bool strait_portable_is_file(const char *path, dev_t device, ino_t file);

/* Whether the probe is still ours: a program may close descriptors that it did not open. */
bool strait_portable_probe_is_ours(const strait_os_map *map);
void strait_portable_note_probe(strait_os_map *map, int descriptor);

/* Bytes for real, or NO_SPACE: before they are mapped, as far as that can be; and after. */
int strait_portable_check_room(const strait_os_place *place, int descriptor, uint64_t bytes,
                               strait_os_cause *cause);
int strait_portable_allocate(const strait_os_place *place, int descriptor, uint64_t bytes,
                             strait_os_cause *cause);

/* Gives the object these access rights, whatever the umask. */
int strait_portable_set_rights(int descriptor, uint32_t mode, strait_os_cause *cause);

void *strait_portable_map(void *at, int descriptor, uint64_t bytes, bool writable, strait_os_cause *cause);

/* --- record.c: which object has a name */

#define STRAIT_PORTABLE_RECORD_BYTES 48

typedef struct strait_portable_record {
    uint64_t number, bytes;
    uid_t owner;
} strait_portable_record;

void strait_portable_record_write(char text[STRAIT_PORTABLE_RECORD_BYTES + 1], uint64_t number,
                                  uint64_t bytes);

/* Reads the record at `path`: NOT_FOUND, DENIED, FOREIGN if it is none. */
int strait_portable_record_read(const char *path, strait_portable_record *record, strait_os_cause *cause);

/* Whether the path leads to this very object; of a name also if what it leads to is no record. */
bool strait_portable_leads_to(const strait_os_place *place, const char *path, const strait_os_map *map);

/* --- life.c: directories of token files */

void strait_portable_life_of(strait_os_place_kind kind, uint64_t device, uint64_t file,
                             char life[STRAIT_PORTABLE_LIFE_MAX]);

/* Makes the directory for an object of that mode and owner, unless it is there. */
int strait_portable_life_make(const char *life, const struct stat *object, strait_os_cause *cause);

/* Opens a file of the directory and locks it for us alone; makes both if they are missing. -1 with errno,
 * EWOULDBLOCK if somebody else has it. Guarded. */
int strait_portable_life_lock(const char *life, const char *file, const struct stat *object);

/* The path of a file of such a directory, or (file NULL) of the directory. */
int strait_portable_life_path(const char *life, const char *file, bool make, char *path, size_t room,
                              strait_os_cause *cause);

/* True if the file's lock is ours alone now. Who only asks about a token shares its lock for a moment; that is
 * waited for, but not long. */
bool strait_portable_lock_alone(int descriptor);

/* --- token.c */

/* The lock is ours. Whether somebody else holds the token all the same: its program closed the descriptor that
 * the lock was on. What this very process left when it executed the present program does not count. */
bool strait_portable_held_without_lock(int descriptor);

/* Lets our token go. */
void strait_portable_token_release(strait_portable_hand *hand);

/* --- life.c again: removes the directory if no token in it is held. */
bool strait_portable_life_remove_if_idle(const char *life);

/* --- create.c */

/* What a map leaves that was never published. */
void strait_portable_abandon(strait_portable_hand *hand);

/* --- list.c: reclaims what makers and removers killed half-way left under such names. How many. */
int strait_portable_sweep(const char *directory, const char *prefix, strait_os_cause *cause);

/* Whether what the descriptor is open on, got by this path, was left by somebody killed half-way. Takes its lock. */
bool strait_portable_left_behind(int descriptor, const char *path);

#endif
