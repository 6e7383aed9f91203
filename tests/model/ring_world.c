/* ring_world.c - every order of a few ring operations, with deaths anywhere, over the shipped code.
 *
 * An actor is a participant with a port and a script of letters. It may die before any access to a shared
 * word or to an item. When all are through, the living leave, a janitor finishes what the dead left, empties
 * the ring and fills it again, and the books must balance:
 *
 *   - an item whose send returned was delivered once; one whose send did not return, at most once
 *   - an item that a reader held and had not begun to give back when it died is delivered to another
 *   - no item is torn, none comes from nowhere, those of one writer come to one reader in order
 *   - what a dead reader may have looked at is flagged or dropped; what none has looked at is neither
 *   - repairing what is repaired changes nothing; no port of the dead stays; all slots can be used again
 */
#include "hooks.h"

/* The sources themselves, so that their accesses are scheduling points too. */
#include "../../src/core/ring_layout.c"
#include "../../src/core/ring_repair.c"

#include <stdlib.h>

#include "ring_world.h"

enum { JANITOR = EXPLORE_ACTORS_MAX, PARTIES, PER_PARTY = 8, IDS = PARTIES * PER_PARTY };

typedef struct item {
    uint64_t id, check;
} item;

/* What the books say of one item. */
typedef struct entry {
    bool begun, sent; /* written at all; its send returned */
    bool shown;       /* somebody who died was about to look, or looked, in place */
    bool looked;      /* ... and did look */
    bool held;        /* somebody died with it, not having begun to give it back */
    bool given_back;  /* somebody died giving it back */
    unsigned delivered;
} entry;

typedef struct party {
    strait_ring_view view;
    uint64_t holder;
    bool has_port, writes, reads; /* it is the one writer, the one reader */
    uint64_t sent;
    uint64_t last[PARTIES]; /* of each sender's items that came in order */
    uint64_t hands[2];      /* what it has taken and not given back */
    bool shows, looks, gives_back;
} party;

static struct {
    const ring_scenario *scenario;
    uint64_t start;
    unsigned char *bytes;
    strait_ring_geometry geometry;
    strait_ring_judge judge;
    party parties[PARTIES];
    entry book[IDS];
} the;

static strait_life life_of(void *context, uint32_t index, uint32_t generation)
{
    (void)context;
    (void)generation;
    return index < EXPLORE_ACTORS_MAX && explore_dead(index) ? STRAIT_DEAD : STRAIT_ALIVE;
}

static bool many_writers(void)
{
    return the.geometry.shape.writers == STRAIT_FORMAT_MANY;
}

static bool many_readers(void)
{
    return the.geometry.shape.readers == STRAIT_FORMAT_MANY;
}

/* --- coming ----------------------------------------------------------------------------------------------- */

static void take_port(unsigned who)
{
    party *p = &the.parties[who];
    int64_t port = strait_ring_port_take(the.bytes, &the.geometry, p->holder, &the.judge);
    if (port >= 0) {
        strait_ring_view_make(&p->view, the.bytes, &the.geometry, (uint32_t)port);
        p->has_port = true;
    }
}

static void become(unsigned who, bool writer)
{
    party *p = &the.parties[who];
    uint64_t other = 0;
    if (writer) {
        p->writes = strait_ring_become_writer(&p->view, p->holder, &the.judge, &other);
    } else {
        p->reads = strait_ring_become_reader(&p->view, &the.geometry, p->holder, &the.judge, &other);
    }
}

/* --- writing ---------------------------------------------------------------------------------------------- */

static uint64_t claim(party *p, uint64_t want, uint64_t *first)
{
    *first = p->view.next_write;
    if (many_writers()) {
        return strait_ring_many_claim(&p->view, want, first);
    }
    if (!p->writes) {
        return 0;
    }
    return many_readers() ? strait_ring_many_room(&p->view, want) : strait_ring_one_one_claim(&p->view, want);
}

/* The one writer takes the oldest item away; should it die meanwhile, that item may be delivered or not. */
static bool overwrite(party *p)
{
    uint64_t id = ((const item *)strait_ring_item(&p->view, p->view.next_write))->id;
    p->hands[0] = id < IDS ? id : 0;
    p->gives_back = true;
    bool done = strait_ring_many_overwrite(&p->view);
    the.book[p->hands[0]].given_back |= done;
    p->hands[0] = 0;
    p->gives_back = false;
    return done;
}

static void publish(party *p, uint64_t first, uint64_t count)
{
    if (many_writers()) {
        strait_ring_many_publish(&p->view, first, count);
    } else if (many_readers()) {
        strait_ring_many_publish_one(&p->view, count);
    } else {
        strait_ring_one_one_publish(&p->view, count);
    }
}

/* How many were sent. */
static uint64_t send(unsigned who, uint64_t want, bool cancel, bool overwriting)
{
    party *p = &the.parties[who];
    uint64_t first;
    uint64_t count = claim(p, want, &first);
    if (count == 0 && overwriting && p->writes && overwrite(p)) {
        count = claim(p, want, &first);
    }
    uint64_t ids[2] = {0, 0};
    for (uint64_t i = 0; i < count; i++) {
        item *at = strait_ring_item(&p->view, first + i);
        ids[i] = cancel ? 0 : who * PER_PARTY + p->sent + i;
        the.book[ids[i]].begun = !cancel;
        explore_point();
        at->id = ids[i];
        explore_point();
        at->check = ~ids[i];
    }
    if (cancel) {
        if (many_writers() && count > 0) {
            strait_ring_many_cancel(&p->view, first, count);
        }
        return 0;
    }
    if (count > 0) {
        publish(p, first, count);
        p->sent += count;
    }
    for (uint64_t i = 0; i < count; i++) {
        the.book[ids[i]].sent = true;
    }
    return count;
}

/* --- reading ---------------------------------------------------------------------------------------------- */

static uint64_t take(party *p, uint64_t want, uint64_t *first)
{
    uint64_t count = 0;
    if (many_readers()) {
        count = strait_ring_many_take(&p->view, want, first);
    } else if (p->reads) {
        uint64_t flagged = p->view.seen_below - p->view.next_read;
        want = p->view.seen_below > p->view.next_read && flagged < want ? flagged : want;
        count = many_writers() ? strait_ring_many_ready(&p->view, want)
                               : strait_ring_one_one_take(&p->view, want);
        *first = p->view.next_read;
    }
    return count;
}

static void give_back(party *p, uint64_t first, uint64_t count, bool adopted)
{
    if (adopted || many_readers()) {
        strait_ring_many_release(&p->view, first, count);
    } else if (many_writers()) {
        strait_ring_many_release_one(&p->view, count);
    } else {
        strait_ring_one_one_release(&p->view, count);
    }
}

/* The item at a position; fails on one that was torn, written over, or never sent. */
static uint64_t read_item(const party *p, uint64_t position)
{
    const item *at = strait_ring_item(&p->view, position);
    explore_point();
    uint64_t id = at->id;
    explore_point();
    if (id == 0 || id >= IDS || at->check != ~id || !the.book[id].begun) {
        explore_fault("%s: item %llu at position %llu is torn or comes from nowhere", the.scenario->name,
                      (unsigned long long)id, (unsigned long long)position);
        return 0;
    }
    return id;
}

static void deliver(party *p, uint64_t id, bool in_order)
{
    the.book[id].delivered++;
    uint64_t *last = &p->last[id / PER_PARTY];
    if (in_order && id <= *last) {
        explore_fault("%s: item %llu comes after item %llu", the.scenario->name, (unsigned long long)id,
                      (unsigned long long)*last);
    }
    *last = in_order ? id : *last;
}

/* What the dead had in hand goes into the books. */
static void mourn(const party *p)
{
    for (int i = 0; i < 2; i++) {
        entry *e = &the.book[p->hands[i]];
        e->held = e->held || !p->gives_back;
        e->given_back = e->given_back || p->gives_back;
        e->shown = e->shown || p->looks;
        e->looked = e->looked || p->looks;
    }
}

static void mourn_the_dead(void)
{
    for (unsigned i = 0; i < EXPLORE_ACTORS_MAX; i++) {
        if (explore_dead(i)) {
            mourn(&the.parties[i]);
        }
    }
}

static void show(party *p, uint64_t first, uint64_t count)
{
    if (many_readers()) {
        strait_u64_store_relaxed(&p->view.port->handed_at, first);
    } else {
        strait_u64_store_relaxed(&p->view.shared->handed, first + count);
    }
    p->looks = true;
}

/* From having taken to having given back; `seen` is what the ring says of an adopted item. */
static void handle(party *p, uint64_t first, uint64_t count, bool in_place, bool adopted, bool seen)
{
    for (uint64_t i = 0; i < count; i++) { /* for the books, should it die: the library does not see this */
        uint64_t id = ((const item *)strait_ring_item(&p->view, first + i))->id;
        p->hands[i] = id < IDS ? id : 0;
    }
    if (in_place) {
        show(p, first, count);
    }
    bool tells = adopted || !many_readers(); /* the ring says whether a dead one may have looked */
    uint64_t ids[2] = {0, 0};
    for (uint64_t i = 0; i < count; i++) {
        ids[i] = read_item(p, first + i);
        mourn_the_dead();
        if (tells && !seen && the.book[ids[i]].looked) {
            explore_fault("%s: a dead reader had looked at item %llu, and nobody says so", the.scenario->name,
                          (unsigned long long)ids[i]);
        }
        if (tells && seen && !the.book[ids[i]].shown) {
            explore_fault("%s: nobody had looked at item %llu", the.scenario->name,
                          (unsigned long long)ids[i]);
        }
    }
    p->gives_back = true;
    give_back(p, first, count, adopted);
    for (uint64_t i = 0; i < count; i++) {
        deliver(p, ids[i], !adopted);
        p->hands[i] = 0;
    }
    p->gives_back = p->looks = false;
}

static bool receive(unsigned who, uint64_t want, bool in_place)
{
    party *p = &the.parties[who];
    uint64_t first = 0;
    uint64_t count = take(p, want, &first);
    if (count > 0) {
        handle(p, first, count, in_place, false, first < p->view.seen_below);
    }
    return count > 0;
}

/* Takes one of several readers' port away from it while it looks at an item. */
static void leave_looking(unsigned who)
{
    party *p = &the.parties[who];
    uint64_t first = 0;
    if (take(p, 1, &first) == 0) {
        return;
    }
    p->hands[0] = ((const item *)strait_ring_item(&p->view, first))->id;
    show(p, first, 1);
    entry *e = &the.book[read_item(p, first)];
    e->shown = e->looked = true;
    strait_ring_abandon(&p->view, &the.geometry, first, 1);
    p->hands[0] = 0;
    p->looks = false;
    p->has_port = false;
    strait_ring_port_leave(&p->view, p->holder);
}

static bool adopt(unsigned who)
{
    party *p = &the.parties[who];
    uint64_t position = 0;
    bool seen = false;
    if (!strait_ring_adopt(&p->view, &position, &seen)) {
        return false;
    }
    handle(p, position, 1, false, true, seen);
    return true;
}

/* --- one schedule ----------------------------------------------------------------------------------------- */

static void play(unsigned who, char letter)
{
    bool busy = false;
    party *p = &the.parties[who];
    if (letter == 'e') {
        take_port(who);
    } else if (!p->has_port) {
        return;
    }
    switch (letter) {
    case 's':
    case 'S':
        (void)send(who, letter == 's' ? 1 : 2, false, false);
        break;
    case 'c':
        (void)send(who, 1, true, false);
        break;
    case 'o':
        (void)send(who, 1, false, true);
        break;
    case 'r':
    case 'R':
        (void)receive(who, letter == 'r' ? 1 : 2, false);
        break;
    case 'h':
    case 'H':
        (void)receive(who, letter == 'h' ? 1 : 2, true);
        break;
    case 'x':
        leave_looking(who);
        break;
    case 'a':
        (void)adopt(who);
        break;
    case 'f':
        if (strait_ring_suspects(&p->view, &the.geometry)) {
            (void)strait_ring_repair(&p->view, &the.geometry, &the.judge, &busy);
        }
        break;
    case 'W':
    case 'D':
        become(who, letter == 'W');
        break;
    default:
        break;
    }
}

static void act(void *world, unsigned who)
{
    (void)world;
    for (const char *letter = the.scenario->scripts[who]; *letter != '\0'; letter++) {
        play(who, *letter);
    }
}

static bool plays(unsigned who)
{
    return who < EXPLORE_ACTORS_MAX && the.scenario->scripts[who] != NULL;
}

static void begin(void *world)
{
    (void)world;
    memset(the.parties, 0, sizeof the.parties);
    memset(the.book, 0, sizeof the.book);
    memset(the.bytes, 0, (size_t)the.geometry.total_bytes);
    strait_ring_format_at(the.bytes, &the.geometry, the.start);
    for (unsigned i = 0; i < PARTIES; i++) {
        the.parties[i].holder = strait_ring_holder(i + 1, i);
        the.parties[i].sent = 1;
    }
    take_port(JANITOR);
    if (!many_writers()) {
        become(JANITOR, true);
    }
    for (uint32_t i = 0; i < the.scenario->fill; i++) {
        (void)send(JANITOR, 1, false, false);
    }
    strait_ring_resign(&the.parties[JANITOR].view.shared->writer, the.parties[JANITOR].holder);
    for (unsigned i = 0; plays(i); i++) {
        char first = the.scenario->scripts[i][0];
        if (first != 'e') {
            take_port(i);
        }
        if (first == 'w' || first == 'd') {
            become(i, first == 'w');
        }
    }
}

static void leave(unsigned who)
{
    party *p = &the.parties[who];
    if (p->has_port) {
        strait_ring_resign(&p->view.shared->writer, p->holder);
        strait_ring_resign(&p->view.shared->reader, p->holder);
        strait_ring_port_leave(&p->view, p->holder);
    }
}

/* Nobody is in the midst of anything: what the living only intended once must keep nobody from judging. */
static void repair_once(void)
{
    bool busy = false;
    if (strait_ring_suspects(&the.parties[JANITOR].view, &the.geometry)) {
        (void)strait_ring_repair(&the.parties[JANITOR].view, &the.geometry, &the.judge, &busy);
    }
    if (busy) {
        explore_fault("%s: nobody is in the midst of anything, yet a claim cannot be judged",
                      the.scenario->name);
    }
}

static void check_repaired(void)
{
    bool busy = false;
    (void)strait_ring_repair(&the.parties[JANITOR].view, &the.geometry, &the.judge, &busy);
    if (strait_ring_repair(&the.parties[JANITOR].view, &the.geometry, &the.judge, &busy) != 0) {
        explore_fault("%s: repairing what is repaired changes something", the.scenario->name);
    }
    for (uint32_t i = 0; i < the.geometry.shape.ports; i++) {
        uint64_t owner = strait_u64_load_relaxed(&port_at(the.bytes, &the.geometry, i)->owner);
        if (owner != STRAIT_FORMAT_PORT_VACANT && owner != the.parties[JANITOR].holder) {
            explore_fault("%s: port %u of the dead stays", the.scenario->name, i);
        }
    }
}

static void check_book(uint64_t id)
{
    const entry *e = &the.book[id];
    bool dropped = the.scenario->drop_seen && e->shown;
    unsigned least = e->sent && !e->given_back && !dropped ? 1 : 0;
    if (e->delivered < least || e->delivered > 1) {
        explore_fault("%s: item %llu was %s and delivered %u times", the.scenario->name,
                      (unsigned long long)id, e->sent ? "sent" : "not sent", e->delivered);
    }
}

/* All slots can be used, in order. */
static void check_capacity(void)
{
    for (unsigned i = 0; i < PARTIES; i++) {
        memset(the.parties[i].hands, 0, sizeof the.parties[i].hands); /* another book begins */
    }
    for (int lap = 0; lap < 2 && explore_complaint() == NULL; lap++) {
        party *p = &the.parties[JANITOR];
        uint64_t sent = 0;
        p->sent = 1;
        memset(p->last, 0, sizeof p->last);
        memset(the.book, 0, sizeof the.book);
        while (sent <= the.scenario->slots && send(JANITOR, 1, false, false) == 1) {
            sent++;
        }
        uint64_t got = 0;
        while (receive(JANITOR, 1, false)) {
            got++;
        }
        if (sent != the.scenario->slots || got != sent) {
            uint64_t slot = strait_u64_load_relaxed(strait_ring_state(&p->view, the.start));
            explore_fault(
                "%s: of %u slots %llu can be written, %llu read; tail +%llu, head +%llu, slot 0: +%llu.%llu",
                the.scenario->name, the.scenario->slots, (unsigned long long)sent, (unsigned long long)got,
                (unsigned long long)(strait_u64_load_relaxed(&p->view.shared->tail) - the.start),
                (unsigned long long)(strait_u64_load_relaxed(&p->view.shared->head) - the.start),
                (unsigned long long)((slot >> 2) - the.start), (unsigned long long)(slot & 3));
        }
    }
}

static void end(void *world)
{
    (void)world;
    if (explore_complaint() != NULL) {
        return;
    }
    repair_once();
    for (unsigned i = 0; plays(i); i++) {
        if (!explore_dead(i)) {
            leave(i);
        }
    }
    mourn_the_dead();
    if (!many_writers()) {
        become(JANITOR, true);
    }
    if (!many_readers()) {
        become(JANITOR, false);
    }
    memset(the.parties[JANITOR].last, 0, sizeof the.parties[JANITOR].last);
    while (explore_complaint() == NULL && (receive(JANITOR, 1, false) || adopt(JANITOR))) {
    }
    check_repaired(); /* ports of the dead that left nothing were not worth a look before */
    if (explore_complaint() == NULL && (receive(JANITOR, 1, false) || adopt(JANITOR))) {
        explore_fault("%s: there was more to repair than anybody suspected", the.scenario->name);
    }
    for (uint64_t id = 1; id < IDS; id++) {
        check_book(id);
    }
    check_capacity();
}

explore_result ring_world_run(const ring_scenario *scenario, uint64_t start, uint64_t most)
{
    the.scenario = scenario;
    the.start = start;
    the.judge = (strait_ring_judge){.life = life_of};
    strait_ring_shape shape = {.item_bytes = sizeof(item),
                               .slots = scenario->slots,
                               .ports = EXPLORE_ACTORS_MAX,
                               .writers = scenario->writers,
                               .readers = scenario->readers,
                               .drop_seen = scenario->drop_seen};
    uint64_t bytes = strait_ring_footprint(&shape, &the.geometry);
    the.bytes = calloc(1, (size_t)bytes);
    if (bytes == 0 || the.bytes == NULL) {
        abort();
    }
    explore_plan plan = {.begin = begin,
                         .act = act,
                         .end = end,
                         .preemptions = scenario->preemptions,
                         .deaths = scenario->deaths,
                         .mortal = scenario->mortal,
                         .most = most};
    while (plan.actors < EXPLORE_ACTORS_MAX && scenario->scripts[plan.actors] != NULL) {
        plan.actors++;
    }
    explore_result result = explore_run(&plan);
    free(the.bytes);
    return result;
}
