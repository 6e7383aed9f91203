/* semaphore.c - one semaphore of a set: looking at it, taking and giving it; tokens. layer: system
 *
 * What is taken is undone by the kernel when the process ends. A token's value is the mark of the program that
 * took it (process.c), since the kernel does not undo when a process executes another program: so the next
 * program knows what the former one left, and every copy of this library in one program knows what is in use.
 */
#include <errno.h>
#include <unistd.h>

#include "sysv/set.h"

int strait_sysv_value(int set, int semaphore)
{
    return semctl(set, semaphore, GETVAL);
}

int strait_sysv_holder(int set, int semaphore)
{
    return semctl(set, semaphore, GETPID);
}

static struct sembuf step(int semaphore, int change, int flags)
{
    return (struct sembuf){.sem_num = (unsigned short)semaphore,
                           .sem_op = (short)change,
                           .sem_flg = (short)(IPC_NOWAIT | flags)};
}

/* All at once: 0, BUSY if one of them cannot be done now, or a failure. */
static int steps_at_once(int set, struct sembuf *steps, size_t count, strait_os_cause *cause)
{
    while (semop(set, steps, count) != 0) {
        if (errno == EAGAIN) {
            return STRAIT_BUSY;
        }
        if (errno == ENOSPC) {
            int rc = strait_unix_failed(cause, "semop(SEM_UNDO)");
            cause->where = "the table of operations to undo (SEMMNU and SEMUME)";
            return rc;
        }
        if (errno == E2BIG) {
            return strait_sysv_no_set("semop(SEM_UNDO)", cause);
        }
        if (errno != EINTR) {
            return strait_unix_failed(cause, "semop(SEM_UNDO)");
        }
    }
    return STRAIT_OK;
}

static int raise_from_0(int set, int semaphore, int by, strait_os_cause *cause)
{
    struct sembuf steps[] = {step(semaphore, 0, 0), step(semaphore, by, SEM_UNDO)};
    return steps_at_once(set, steps, 2, cause);
}

int strait_sysv_take(int set, int semaphore, strait_os_cause *cause)
{
    return raise_from_0(set, semaphore, 1, cause);
}

void strait_sysv_give(int set, int semaphore)
{
    struct sembuf down = step(semaphore, -1, SEM_UNDO);
    strait_os_cause unused = {0};
    (void)steps_at_once(set, &down, 1, &unused);
}

/* --- tokens --------------------------------------------------------------------------------------------- */

/* What this process took before it executed this program is still undone only at its end. A copy of this
 * library elsewhere in this program has the same mark as we. */
static bool left_by_former_program(int set, int token, int value)
{
    return value > 0 && value < STRAIT_SYSV_GIVEN_BACK && value != strait_sysv_program_mark() &&
           strait_sysv_holder(set, token) == (int)getpid();
}

/* From exactly that value. */
static int change_token(int set, int token, int from, int from_flags, int to, int to_flags,
                        strait_os_cause *cause)
{
    struct sembuf steps[] = {step(token, -from, from_flags), step(token, 0, 0), step(token, to, to_flags)};
    return steps_at_once(set, steps, 3, cause);
}

int strait_sysv_take_token(strait_sysv_hand *hand, int set, int token, strait_os_cause *cause)
{
    int mark = strait_sysv_program_mark();
    int rc = raise_from_0(set, token, mark, cause);
    if (rc == STRAIT_BUSY) {
        int value = strait_sysv_value(set, token);
        if (value == STRAIT_SYSV_GIVEN_BACK) {
            rc = change_token(set, token, value, 0, mark, SEM_UNDO, cause);
        } else if (left_by_former_program(set, token, value)) {
            rc = change_token(set, token, value, SEM_UNDO, mark, SEM_UNDO, cause);
        }
    }
    if (rc == STRAIT_OK) {
        hand->token_set = set;
        hand->token = token;
    }
    return rc;
}

void strait_sysv_give_token(strait_sysv_hand *hand)
{
    if (hand->token >= 0) {
        struct sembuf down = step(hand->token, -strait_sysv_program_mark(), SEM_UNDO);
        strait_os_cause unused = {0};
        (void)steps_at_once(hand->token_set, &down, 1, &unused);
        hand->token = -1;
    }
}

void strait_sysv_give_back(const strait_sysv_view *view)
{
    for (unsigned number = 0; number < STRAIT_SYSV_SETS; number++) {
        unsigned short all[STRAIT_SYSV_SEMAPHORES];
        strait_os_cause unused = {0};
        int set = strait_sysv_set_known(view, number) < 0 ? -1 : strait_sysv_set_proven(view, number);
        if (set < 0 || semctl(set, 0, GETALL, (union argument){.all = all}) != 0) {
            continue;
        }
        for (int token = 0; token < STRAIT_SYSV_TOKENS; token++) {
            if (left_by_former_program(set, token, all[token])) {
                (void)change_token(set, token, all[token], SEM_UNDO, STRAIT_SYSV_GIVEN_BACK, 0, &unused);
            }
        }
    }
}
