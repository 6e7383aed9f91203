/* find.c - what lies under a name. layer: system
 *
 * Each of a name's keys is asked for, whatever the others say. Published is at most one (publish.c); if two say
 * so, one of them lies, and neither is taken. What is over and was not cleared away (somebody died in
 * between) is cleared away by whoever comes past. What cannot be mapped here may have the name: never is it
 * taken for nothing.
 *
 * Looking is done read-only, so that what others may only show us does not stand in the way; only what has
 * the name is then attached as it was asked for.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sysv/sysv.h"

static const strait_sysv_front *front_of(const strait_sysv_view *view)
{
    return view->at;
}

static bool is_of_name(const strait_sysv_view *view, key_t key, const char *name)
{
    const strait_sysv_front *front = front_of(view);
    /* [sysv.front] acquire: the rest of the front was stored before state left FORMING. */
    return strait_sysv_is_signed(key, view->whole_bytes) &&
           strait_u64_load_relaxed(&front->magic) == STRAIT_SYSV_MAGIC &&
           strait_u32_load_acquire(&front->state) != STRAIT_SYSV_FORMING &&
           strncmp(front->name, name, sizeof front->name) == 0;
}

static uint32_t state_of(const strait_sysv_view *view)
{
    /* [sysv.state] acquire: what is published is complete. */
    return strait_u32_load_acquire(&front_of(view)->state);
}

/* True if the attached segment can never have the name any more, nor has it. */
static bool out_of_the_race(const strait_sysv_view *view)
{
    uint32_t state = state_of(view);
    if (state == STRAIT_SYSV_ANNOUNCED && strait_sysv_maker_gone(view)) {
        return state_of(view) != STRAIT_SYSV_PUBLISHED; /* it may have been named before its maker died */
    }
    return state == STRAIT_SYSV_UNFINISHED || state == STRAIT_SYSV_LOST || state == STRAIT_SYSV_EVICTED;
}

static strait_sysv_finding refused(int id, strait_os_cause *cause)
{
    (void)strait_unix_failed_with(cause, "shmat", EACCES);
    strait_sysv_tell_owner(id, cause);
    return STRAIT_SYSV_REFUSED;
}

/* We may not write it. If we may read it and it bears another name, or will never bear this one, it does not
 * concern us. */
static strait_sysv_finding refused_to_write(int id, key_t key, const char *name, strait_os_cause *cause)
{
    strait_sysv_view view;
    if (strait_sysv_attach(id, false, &view)) {
        bool empty = !is_of_name(&view, key, name) || out_of_the_race(&view);
        strait_sysv_leave(&view);
        if (empty) {
            return STRAIT_SYSV_EMPTY;
        }
    }
    return refused(id, cause);
}

/* It cannot be attached, for lack of address space perhaps. Its size may tell that it is not ours. */
static strait_sysv_finding unseen(int id, key_t key)
{
    struct shmid_ds about;
    int saved = errno;
    bool foreign = shmctl(id, IPC_STAT, &about) == 0 && !strait_sysv_is_signed(key, about.shm_segsz);
    errno = saved;
    return foreign || saved == EINVAL || saved == EIDRM ? STRAIT_SYSV_EMPTY : STRAIT_SYSV_UNSEEN;
}

strait_sysv_finding strait_sysv_look(const char *name, unsigned room, bool writable, strait_sysv_view *view,
                                     strait_os_cause *cause)
{
    key_t key = strait_sysv_key(name, room);
    int id = shmget(key, 0, 0);
    if (id < 0) {
        return STRAIT_SYSV_EMPTY;
    }
    if (!strait_sysv_attach(id, writable, view)) {
        return errno != EACCES ? unseen(id, key)
               : writable      ? refused_to_write(id, key, name, cause)
                               : refused(id, cause);
    }
    if (is_of_name(view, key, name)) {
        return STRAIT_SYSV_FOUND;
    }
    strait_sysv_detach(view);
    return STRAIT_SYSV_EMPTY;
}

/* What a look at all of a name's keys found. */
typedef struct survey {
    strait_sysv_view has_it; /* published; at NULL if none is */
    strait_sysv_view spoilt; /* its state says nothing that there is */
    unsigned room;           /* of has_it */
    int failure;             /* why the name may be taken though nothing has it; 0 */
    strait_os_cause cause;   /* of that */
} survey;

static void survey_end(survey *all)
{
    if (all->has_it.at != NULL) {
        strait_sysv_leave(&all->has_it);
    }
    if (all->spoilt.at != NULL) {
        strait_sysv_leave(&all->spoilt);
    }
}

static _Thread_local char both_text[160];

/* Two say that they are published. False if the first is not any more: then all is well. */
static bool is_contested(survey *all, const char *name, const strait_sysv_view *other)
{
    if (state_of(&all->has_it) != STRAIT_SYSV_PUBLISHED ||
        shmget(strait_sysv_key(name, all->room), 0, 0) != all->has_it.id) {
        return false;
    }
    snprintf(
        both_text, sizeof both_text,
        "two segments say that they have this name: id %d of user %u and id %d of user %u; ipcrm -m takes "
        "away the wrong one",
        all->has_it.id, (unsigned)all->has_it.owner, other->id, (unsigned)other->owner);
    all->failure = STRAIT_DENIED;
    all->cause = (strait_os_cause){.call = both_text};
    return true;
}

/* True if we may not write it. */
static bool only_shown(int id)
{
    strait_sysv_view view;
    if (strait_sysv_attach(id, true, &view)) {
        strait_sysv_leave(&view);
        return false;
    }
    return errno == EACCES;
}

/* Notes what was found in a room; false if that ends the survey. Takes the view. */
static bool note(survey *all, const char *name, unsigned room, bool writable, strait_sysv_view *view)
{
    uint32_t state = state_of(view);
    if (state == STRAIT_SYSV_PUBLISHED) {
        bool contested = all->has_it.at != NULL && is_contested(all, name, view);
        if (contested || all->has_it.at != NULL) {
            strait_sysv_leave(&all->has_it);
        }
        all->has_it = *view;
        all->room = room;
        return !contested;
    }
    if (state > STRAIT_SYSV_EVICTED && all->spoilt.at == NULL) {
        all->spoilt = *view;
        return true;
    }
    if (state == STRAIT_SYSV_EVICTED) {
        (void)strait_sysv_clear(view);
    } else if (state == STRAIT_SYSV_ANNOUNCED && writable && all->failure == 0 && only_shown(view->id) &&
               !out_of_the_race(view)) {
        (void)refused(view->id, &all->cause);
        all->failure = STRAIT_DENIED; /* it may get the name, and we cannot put it out */
    }
    strait_sysv_leave(view);
    return true;
}

/* 0 if nothing stands against what has_it says. */
static int survey_make(const char *name, bool writable, survey *all)
{
    *all = (survey){.failure = 0};
    for (unsigned room = 0; room < STRAIT_SYSV_ROOMS; room++) {
        strait_sysv_view view;
        strait_os_cause cause = {0};
        switch (strait_sysv_look(name, room, false, &view, &cause)) {
        case STRAIT_SYSV_FOUND:
            if (!note(all, name, room, writable, &view)) {
                return all->failure;
            }
            break;
        case STRAIT_SYSV_UNSEEN:
            all->failure = strait_unix_failed(&all->cause, "shmat");
            break;
        case STRAIT_SYSV_REFUSED:
            if (all->failure == 0) {
                all->failure = STRAIT_DENIED;
                all->cause = cause;
            }
            break;
        default:
            break;
        }
    }
    return all->has_it.at != NULL ? STRAIT_OK : all->failure;
}

/* Attaches again what was looked at, to be written. BUSY if it has lost the name meanwhile. */
static int attach_to_write(const strait_sysv_view *seen, uint64_t nonce, const char *name, unsigned room,
                           strait_sysv_view *view, strait_os_cause *cause)
{
    if (!strait_sysv_attach(seen->id, true, view)) {
        int rc = errno == EINVAL || errno == EIDRM ? STRAIT_BUSY : strait_unix_failed(cause, "shmat");
        if (rc == STRAIT_DENIED) {
            strait_sysv_tell_owner(seen->id, cause);
        }
        return rc;
    }
    if (is_of_name(view, strait_sysv_key(name, room), name) && front_of(view)->nonce == nonce &&
        state_of(view) == STRAIT_SYSV_PUBLISHED) {
        return STRAIT_OK;
    }
    strait_sysv_leave(view);
    return STRAIT_BUSY;
}

/* Nothing has the name, and nothing hinders. */
static int say_what_else(const survey *all, strait_os_cause *cause)
{
    *cause = (strait_os_cause){0};
    if (all->spoilt.at == NULL) {
        return strait_unix_failed_with(cause, "shmget", ENOENT);
    }
    cause->call = "the segment's state says nothing that there is: somebody wrote over it";
    return STRAIT_CORRUPT;
}

#define LOOKS 1000 /* each after the first because somebody took the name away just then */

int strait_sysv_find(const char *name, bool writable, strait_sysv_view *view, strait_os_cause *cause)
{
    int rc = STRAIT_BUSY;
    for (int look = 0; look < LOOKS && rc == STRAIT_BUSY; look++) {
        survey all;
        rc = survey_make(name, writable, &all);
        *cause = all.cause;
        if (rc == STRAIT_OK && all.has_it.at == NULL) {
            rc = say_what_else(&all, cause);
        } else if (rc == STRAIT_OK && !writable) {
            *view = all.has_it;
            all.has_it.at = NULL;
        } else if (rc == STRAIT_OK) {
            strait_sysv_view seen = all.has_it;
            uint64_t nonce = front_of(&seen)->nonce;
            survey_end(&all); /* first: it may be too large to have it twice */
            rc = attach_to_write(&seen, nonce, name, all.room, view, cause);
        }
        survey_end(&all);
    }
    return rc;
}

void strait_os_map_identify(const strait_os_place *place, strait_os_map *map)
{
    strait_os_cause cause = {0};
    key_t key;
    *map = (strait_os_map){.probe = -1, .spare = {-1, 0}};
    if (place->kind == STRAIT_OS_NAMED) {
        survey all;
        (void)survey_make(place->name, false, &all);
        const strait_sysv_view *it = all.has_it.at != NULL ? &all.has_it : &all.spoilt;
        if (it->at != NULL) { /* also what is spoilt: it can be taken away */
            map->device = (uint64_t)it->id;
            map->file = front_of(it)->nonce;
        }
        survey_end(&all);
    } else if (place->kind != STRAIT_OS_ANONYMOUS && strait_sysv_raw_key(place, &key, &cause) == STRAIT_OK) {
        int id = shmget(key, 0, 0);
        map->device = map->file = id < 0 ? 0 : (uint64_t)id;
    }
}
