/* token.c - the facts that the kernel drops with their holder; letting go of a map. layer: system
 *
 * A token is a semaphore that its holder raised with SEM_UNDO: the kernel lowers it when the process has
 * ended, after its memory is gone. It stays raised while the holder is stopped, closes descriptors, forks
 * (children have nothing to undo) or loses its first thread. The one thing it outlives is the program, if
 * the process executes another: process.c looks for that case, and such a token answers FREE although nobody
 * else can take it until that process ends, or opens the segment again: then it gives back what its former
 * programs left.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "sysv/sysv.h"
#include "unix/identity.h"

int strait_os_token_hold(strait_os_map *map, const strait_os_place *place, uint32_t index,
                         strait_os_cause *cause)
{
    (void)place;
    strait_sysv_hand *hand = strait_sysv_hand_of(map);
    if (hand == NULL || hand->bare || hand->token >= 0 || !map->writable ||
        index >= STRAIT_PARTICIPANTS_MAX) {
        return strait_unix_failed_with(cause, "semop(SEM_UNDO)", EBADF);
    }
    int set = strait_sysv_set_need(&hand->view, index / STRAIT_SYSV_TOKENS, cause);
    return set < 0 ? set : strait_sysv_take_token(hand, set, (int)(index % STRAIT_SYSV_TOKENS), cause);
}

void strait_os_token_forgo(strait_os_map *map)
{
    (void)map; /* nothing is kept for it */
}

static strait_os_token_state ask_process(const strait_os_identity *who)
{
    return who == NULL ? STRAIT_OS_TOKEN_UNKNOWN : strait_unix_ask_process(who);
}

/* The token is free though its holder has not ended: then it had the kernel undo it (Linux:
 * unshare(CLONE_SYSVSEM)), and may go on writing. What its record says of the holder counts only if the kernel
 * names the same process as the last that changed the semaphore. */
static bool lost_while_alive(const strait_sysv_hand *hand, int set, int token, const strait_os_identity *who)
{
    return who != NULL && (uint32_t)strait_sysv_holder(set, token) == who->pid &&
           strait_unix_ask_process(who) == STRAIT_OS_TOKEN_HELD &&
           strait_sysv_may_have((int)who->pid, hand->view.id);
}

strait_os_token_state strait_os_token_test(const strait_os_map *map, const strait_os_place *place,
                                           uint32_t index, const strait_os_identity *who)
{
    (void)place;
    const strait_sysv_hand *hand = strait_sysv_hand_of(map);
    if (hand == NULL || hand->bare || index >= STRAIT_PARTICIPANTS_MAX) {
        return STRAIT_OS_TOKEN_UNKNOWN;
    }
    unsigned number = index / STRAIT_SYSV_TOKENS;
    int token = (int)(index % STRAIT_SYSV_TOKENS);
    if (!strait_sysv_at_home(hand)) {
        return ask_process(who);
    }
    if (strait_sysv_set_known(&hand->view, number) < 0) {
        return STRAIT_OS_TOKEN_FREE; /* nobody ever held one of that set */
    }
    int set = strait_sysv_set_proven(&hand->view, number);
    int value = set < 0 ? -1 : strait_sysv_value(set, token);
    if (value < 0) { /* somebody removed the set by hand, or wrote over its id */
        return ask_process(who);
    }
    if (value == 0) {
        return lost_while_alive(hand, set, token, who) ? STRAIT_OS_TOKEN_HELD : STRAIT_OS_TOKEN_FREE;
    }
    if (value == STRAIT_SYSV_GIVEN_BACK) {
        return STRAIT_OS_TOKEN_FREE;
    }
    int holder = strait_sysv_holder(set, token);
    if (strait_sysv_may_have(holder, hand->view.id) || strait_sysv_holder(set, token) != holder) {
        int now = strait_sysv_value(set, token);
        bool free_now = now == 0 ? !lost_while_alive(hand, set, token, who) : now == STRAIT_SYSV_GIVEN_BACK;
        return free_now ? STRAIT_OS_TOKEN_FREE : STRAIT_OS_TOKEN_HELD;
    }
    return STRAIT_OS_TOKEN_FREE;
}

/* --- letting go ----------------------------------------------------------------------------------------- */

static void close_named(strait_sysv_hand *hand)
{
    strait_os_cause cause = {0};
    strait_sysv_sets sets;
    if (!strait_sysv_at_home(hand)) {
        strait_sysv_detach(&hand->view); /* what the ids mean here is not ours; ours was undone as we left */
        return;
    }
    strait_sysv_sets_note(&hand->view, &sets);
    if (hand->unpublished) {
        (void)strait_sysv_remove(&hand->view, &cause); /* nobody else ever had it */
    }
    strait_sysv_detach(&hand->view);
    /* Only now, when we cannot touch the bytes any more. */
    strait_sysv_give_token(hand);
    if (hand->unpublished && hand->set >= 0) {
        strait_sysv_give(hand->set, STRAIT_SYSV_MAKER);
    }
    strait_sysv_sets_remove_if_over(&sets);
}

void strait_os_map_close(strait_os_map *map)
{
    if (map->base == NULL) {
        return;
    }
    strait_sysv_hand *hand = strait_sysv_hand_of(map);
    if (map->epoch == strait_os_process_epoch()) {
        if (hand->view.id < 0) {
            munmap(hand->view.at, (size_t)hand->view.whole_bytes);
        } else if (hand->bare) {
            strait_sysv_detach(&hand->view);
        } else {
            close_named(hand);
        }
    } /* in a child the addresses may be something else's by now, and nothing is its own */
    strait_sysv_hand_free(hand);
    *map = (strait_os_map){.probe = -1};
}
