/* token.c - tokens of life. layer: system
 *
 * A token is a flock on a file of its own. The kernel drops it with the last descriptor of that description, so
 * when the process ends; but also when the program closes descriptors that it did not open, and when it
 * executes another program. So a lock that is held is a verdict, and one that is free is none: then pid and
 * start time must say that the process is gone too. They are known to whoever asks, and stand in the file for
 * who does not. A death is never forged; of a process that lives on as another program it is told when that
 * ends.
 */
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

/* --- tokens --------------------------------------------------------------------------------------------- */

static void index_text(uint32_t index, char text[12])
{
    snprintf(text, 12, "%" PRIu32, index);
}

/* The lock is ours. Whether somebody else holds the token all the same: its program closed the descriptor that
 * the lock was on. What this very process left when it executed the present program does not count. */
bool strait_portable_held_without_lock(int descriptor)
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
    struct stat object, about = {0};
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
    int rc = strait_portable_held_without_lock(descriptor) ? STRAIT_BUSY : fill_note(descriptor, cause);
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
    if (strait_portable_life_path(hand->life, file, false, path, sizeof path, &cause) < 0) {
        return;
    }
    int descriptor = strait_portable_open(path, O_RDWR | O_NOFOLLOW, 0, true);
    if (descriptor < 0) {
        return;
    }
    if (strait_portable_same_file(descriptor, hand->token_device, hand->token_file) &&
        strait_portable_lock_alone(descriptor) && read_note(descriptor, &n) && n.image == own_image()) {
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
    int rc = strait_portable_life_path(hand->life, file, false, path, sizeof path, &cause);
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
