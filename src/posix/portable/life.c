/* life.c - tokens of life, and the lock of a name. layer: system
 *
 * A token is a flock on a file of its own. The kernel drops it with the last descriptor of that description, so
 * when the process ends; but also when the program closes descriptors that it did not open, and when it executes
 * another program. So a lock that is held is a verdict, and one that is free is none: then pid and start time
 * must say that the process is gone too. They are known to whoever asks, and stand in the file for who does not. A death
 * is never forged; of a process that lives on as another program it is told when that ends.
 *
 * Files come and go with their directory. Who locks one makes sure that it is still there afterwards, and who
 * removes one holds its lock; so nobody is left holding something that others cannot find. If somebody removes
 * them from outside, pid and start time answer alone.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "posix/portable/portable.h"
#include "unix/identity.h"

/* --- who holds it --------------------------------------------------------------------------------------- */

/* What a holder writes into the file of its token: 64 bytes, all 0 when it lets go. */
typedef struct note {
    char magic[8];
    uint32_t pid, reserved;
    uint64_t start, pid_namespace;
    uint8_t boot[16];
    uint64_t image; /* drawn by each program that is executed: tells us from what we were before */
    uint64_t check;
} note;

static const char note_magic[8] = "striden";

static uint64_t checksum(const note *n)
{
    uint64_t sum = UINT64_C(0xcbf29ce484222325);
    const unsigned char *bytes = (const unsigned char *)n;
    for (size_t i = 0; i < offsetof(note, check); i++) {
        sum = (sum ^ bytes[i]) * UINT64_C(0x100000001b3);
    }
    return sum;
}

static uint64_t own_image(void)
{
    static strait_u64 drawn;
    uint64_t image = strait_u64_load_relaxed(&drawn), fresh = 0;
    strait_os_cause cause = {0};
    if (image == 0) {
        (void)strait_os_random(&fresh, sizeof fresh, &cause);
        fresh |= 1;
        image = strait_u64_cas_relaxed(&drawn, &image, fresh) ? fresh : image;
    }
    return image;
}

static note own_note(void)
{
    note n;
    strait_os_identity self;
    strait_os_self(&self);
    memset(&n, 0, sizeof n);
    memcpy(n.magic, note_magic, sizeof n.magic);
    n.pid = self.pid;
    n.start = self.start;
    n.pid_namespace = self.pid_namespace;
    memcpy(n.boot, self.boot, sizeof n.boot);
    n.image = own_image();
    n.check = checksum(&n);
    return n;
}

/* False if nobody's name stands in the file: its last holder let go, or never came to hold it. */
static bool read_note(int descriptor, note *n)
{
    return pread(descriptor, n, sizeof *n, 0) == (ssize_t)sizeof *n &&
           memcmp(n->magic, note_magic, sizeof n->magic) == 0 && n->check == checksum(n);
}

static strait_os_token_state ask_note(const note *n)
{
    strait_os_identity who = {.pid = n->pid, .start = n->start, .pid_namespace = n->pid_namespace};
    memcpy(who.boot, n->boot, sizeof who.boot);
    return strait_unix_ask_process(&who);
}

/* --- the directory -------------------------------------------------------------------------------------- */

void strait_portable_life_of(strait_os_place_kind kind, uint64_t device, uint64_t file,
                             char life[STRAIT_PORTABLE_LIFE_MAX])
{
    if (kind == STRAIT_OS_NAMED) {
        snprintf(life, STRAIT_PORTABLE_LIFE_MAX, "life.%016" PRIx64, file);
    } else {
        snprintf(life, STRAIT_PORTABLE_LIFE_MAX, "life.%" PRIx64 "-%" PRIx64, device, file);
    }
}

static int life_path(const char *life, const char *file, bool make, char *path, size_t room,
                     strait_os_cause *cause)
{
    char side[STRAIT_PORTABLE_SIDE_MAX];
    int rc = strait_portable_side(side, sizeof side, make, cause);
    snprintf(path, room, "%s/%s%s%s", side, life, file == NULL ? "" : "/", file == NULL ? "" : file);
    return rc;
}

/* Who may read or write the object may enter; who may write it may make files. If it is another user's, rights
 * that would fit it cannot be given: then everybody may, and can do no worse than delay verdicts. */
static mode_t rights_of(const struct stat *object)
{
    mode_t mode = object->st_mode & 0666;
    return object->st_uid != geteuid() ? 0777 : mode | ((mode & 0444) >> 2) | ((mode & 0222) >> 1);
}

int strait_portable_life_make(const char *life, const struct stat *object, strait_os_cause *cause)
{
    char path[STRAIT_PORTABLE_PATH_MAX];
    struct stat about;
    int rc = life_path(life, NULL, true, path, sizeof path, cause);
    if (rc < 0) {
        return rc;
    }
    if (mkdir(path, 0700) != 0 && errno != EEXIST) {
        return strait_unix_failed(cause, "mkdir");
    }
    /* Also if it was there: its maker may have been killed before it came to this. */
    if (stat(path, &about) == 0 && about.st_uid == geteuid() && (about.st_mode & 0777) != rights_of(object)) {
        bool given = object->st_gid == about.st_gid || chown(path, (uid_t)-1, object->st_gid) == 0;
        if (chmod(path, given ? rights_of(object) : rights_of(object) & ~(mode_t)070) != 0) {
            return strait_unix_failed(cause, "chmod");
        }
    }
    return STRAIT_OK;
}

static int open_file(const char *life, const char *file, const struct stat *object)
{
    char path[STRAIT_PORTABLE_PATH_MAX];
    strait_os_cause cause = {0};
    for (int tries = 0; tries < 100; tries++) {
        if (life_path(life, file, true, path, sizeof path, &cause) < 0) {
            errno = (int)cause.code;
            return -1;
        }
        int descriptor = strait_portable_open(path, O_RDWR | O_CREAT | O_NOFOLLOW, 0666, true);
        if (descriptor >= 0) {
            (void)fchmod(descriptor, 0666); /* the directory says who gets here; not ours: it was done */
            return descriptor;
        }
        if (errno != ENOENT) {
            return -1;
        }
        if (strait_portable_life_make(life, object, &cause) < 0) { /* somebody removed it just now */
            errno = (int)cause.code;
            return -1;
        }
    }
    errno = EAGAIN;
    return -1;
}

/* --- locking -------------------------------------------------------------------------------------------- */

#define ASKERS_TRIES 100
#define ASKERS_NAP_NS UINT64_C(50000)

/* True if it is ours alone now. Who only asks about a token shares its lock for a moment; we wait for that, but
 * not long. */
static bool lock_alone(int descriptor)
{
    for (int tries = 0; tries < ASKERS_TRIES; tries++) {
        if (flock(descriptor, LOCK_EX | LOCK_NB) == 0) {
            return true;
        }
        if (errno != EWOULDBLOCK || flock(descriptor, LOCK_SH | LOCK_NB) != 0) {
            return false;
        }
        flock(descriptor, LOCK_UN);
        strait_os_nap(ASKERS_NAP_NS);
    }
    errno = EWOULDBLOCK;
    return false;
}

int strait_portable_life_lock(const char *life, const char *file, const struct stat *object)
{
    struct stat about;
    for (int tries = 0; tries < 100; tries++) {
        int descriptor = open_file(life, file, object);
        if (descriptor < 0) {
            return descriptor;
        }
        if (!lock_alone(descriptor)) {
            int saved = errno;
            strait_unix_guard_close(descriptor);
            errno = saved;
            return -1;
        }
        if (fstat(descriptor, &about) == 0 && about.st_nlink > 0) {
            return descriptor;
        }
        strait_unix_guard_close(descriptor); /* it was removed before we had the lock */
    }
    errno = EAGAIN;
    return -1;
}

/* --- tokens --------------------------------------------------------------------------------------------- */

static void index_text(uint32_t index, char text[12])
{
    snprintf(text, 12, "%" PRIu32, index);
}

/* The lock is ours. Whether somebody else holds the token all the same: its program closed the descriptor that
 * the lock was on. What this very process left when it executed the present program does not count. */
static bool held_without_lock(int descriptor)
{
    note n, own = own_note();
    if (!read_note(descriptor, &n)) {
        return false;
    }
    bool before_exec = n.pid == own.pid && n.pid_namespace == own.pid_namespace && n.image != own.image;
    return !before_exec && ask_note(&n) == STRAIT_OS_TOKEN_HELD;
}

static int fill_note(int descriptor, strait_os_cause *cause)
{
    note n = own_note();
    ssize_t done = pwrite(descriptor, &n, sizeof n, 0);
    if (done < 0) {
        return strait_unix_failed(cause, "pwrite");
    }
    return done == (ssize_t)sizeof n ? STRAIT_OK : strait_unix_failed_with(cause, "pwrite", ENOSPC);
}

int strait_os_token_hold(strait_os_map *map, const strait_os_place *place, uint32_t index,
                         strait_os_cause *cause)
{
    strait_portable_hand *hand = strait_portable_hand_of(map);
    struct stat object, about;
    char file[12];
    (void)place;
    if (hand == NULL || hand->life[0] == '\0' || hand->token >= 0 || !map->writable ||
        !strait_portable_probe_is_ours(map) || fstat((int)map->probe, &object) != 0) {
        return strait_unix_failed_with(cause, "flock", EBADF);
    }
    index_text(index, file);
    int descriptor = strait_portable_life_lock(hand->life, file, &object);
    if (descriptor < 0) {
        return errno == EWOULDBLOCK ? STRAIT_BUSY : strait_unix_failed(cause, "flock");
    }
    int rc = held_without_lock(descriptor) ? STRAIT_BUSY : fill_note(descriptor, cause);
    if (rc == STRAIT_OK && fstat(descriptor, &about) != 0) {
        rc = strait_unix_failed(cause, "fstat"); /* another thread closed it */
    }
    if (rc < 0) {
        strait_unix_guard_close(descriptor);
        return rc;
    }
    hand->token = descriptor;
    hand->index = index;
    hand->token_device = about.st_dev;
    hand->token_file = about.st_ino;
    return STRAIT_OK;
}

void strait_os_token_forgo(strait_os_map *map)
{
    (void)map; /* nothing is kept for it */
}

static void clear_note(int descriptor)
{
    static const char nobody[sizeof(note)];
    (void)!pwrite(descriptor, nobody, sizeof nobody, 0);
}

/* The program closed our descriptor: our name still stands in the file, and would keep the token for us. */
static void clear_note_by_path(const strait_portable_hand *hand)
{
    char path[STRAIT_PORTABLE_PATH_MAX], file[12];
    strait_os_cause cause = {0};
    note n;
    index_text(hand->index, file);
    if (life_path(hand->life, file, false, path, sizeof path, &cause) < 0) {
        return;
    }
    int descriptor = strait_portable_open(path, O_RDWR | O_NOFOLLOW, 0, true);
    if (descriptor < 0) {
        return;
    }
    if (strait_portable_same_file(descriptor, hand->token_device, hand->token_file) &&
        lock_alone(descriptor) && read_note(descriptor, &n) && n.image == own_image()) {
        clear_note(descriptor);
    }
    strait_unix_guard_close(descriptor);
}

void strait_portable_token_release(strait_portable_hand *hand)
{
    if (hand->token < 0) {
        return;
    }
    if (strait_portable_same_file(hand->token, hand->token_device, hand->token_file)) {
        clear_note(hand->token);
        strait_unix_guard_close(hand->token);
    } else {
        clear_note_by_path(hand);
    }
    hand->token = -1;
}

/* The lock is free, or cannot be asked. */
static strait_os_token_state without_lock(const note *n, const strait_os_identity *who)
{
    static const uint8_t unknown[16];
    strait_os_identity self;
    if (who == NULL) {
        return n == NULL ? STRAIT_OS_TOKEN_FREE : ask_note(n);
    }
    strait_os_self(&self);
    if (memcmp(who->boot, unknown, 16) != 0 && memcmp(self.boot, unknown, 16) != 0 &&
        memcmp(who->boot, self.boot, 16) != 0) {
        return STRAIT_OS_TOKEN_FREE; /* nobody survives a boot */
    }
    return strait_unix_ask_process(who);
}

strait_os_token_state strait_os_token_test(const strait_os_map *map, const strait_os_place *place,
                                           uint32_t index, const strait_os_identity *who)
{
    const strait_portable_hand *hand = strait_portable_hand_of(map);
    char path[STRAIT_PORTABLE_PATH_MAX], file[12];
    strait_os_cause cause = {0};
    note n;
    (void)place;
    if (hand == NULL || hand->life[0] == '\0') {
        return STRAIT_OS_TOKEN_UNKNOWN;
    }
    index_text(index, file);
    int rc = life_path(hand->life, file, false, path, sizeof path, &cause);
    int descriptor = rc < 0 ? -1 : strait_portable_open(path, O_RDONLY | O_NOFOLLOW, 0, true);
    if (descriptor < 0) {
        bool missing = rc < 0 ? rc == STRAIT_NOT_FOUND : errno == ENOENT;
        return missing || who != NULL ? without_lock(NULL, who) : STRAIT_OS_TOKEN_UNKNOWN;
    }
    strait_os_token_state state = STRAIT_OS_TOKEN_UNKNOWN;
    bool free_lock = flock(descriptor, LOCK_SH | LOCK_NB) == 0;
    if (!free_lock && errno == EWOULDBLOCK) {
        state = STRAIT_OS_TOKEN_HELD;
    } else if (free_lock || who != NULL) {
        bool noted = free_lock && read_note(descriptor, &n);
        state = without_lock(noted ? &n : NULL, who);
    }
    strait_unix_guard_close(descriptor);
    return state;
}

/* --- the end -------------------------------------------------------------------------------------------- */

/* Removes one file if nobody holds it. */
static bool remove_idle(const char *path)
{
    struct stat about;
    int descriptor = strait_portable_open(path, O_RDWR | O_NOFOLLOW, 0, true);
    if (descriptor < 0) {
        return errno == ENOENT;
    }
    bool idle = fstat(descriptor, &about) == 0 && S_ISREG(about.st_mode) && lock_alone(descriptor) &&
                !held_without_lock(descriptor);
    bool gone = idle && (unlink(path) == 0 || errno == ENOENT);
    strait_unix_guard_close(descriptor);
    return gone;
}

bool strait_portable_life_remove_if_idle(const char *life)
{
    char path[STRAIT_PORTABLE_PATH_MAX], file[STRAIT_PORTABLE_PATH_MAX];
    strait_os_cause cause = {0};
    if (life_path(life, NULL, false, path, sizeof path, &cause) < 0) {
        return false;
    }
    DIR *directory = opendir(path);
    if (directory == NULL) {
        return false;
    }
    bool idle = true;
    const struct dirent *entry;
    while (idle && (entry = readdir(directory)) != NULL) {
        if (entry->d_name[0] != '.') {
            int length = snprintf(file, sizeof file, "%s/%s", path, entry->d_name);
            idle = length > 0 && (size_t)length < sizeof file && remove_idle(file);
        }
    }
    closedir(directory);
    return idle && rmdir(path) == 0;
}
