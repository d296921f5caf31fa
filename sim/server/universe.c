/* SPDX-License-Identifier: MIT */
#include "sim/server/universe.h"

#include <string.h>

#include "base/pool.h"
#include "sim/server/stillness.h"
#include "sim/service/outstanding.h"
#include "sim/service/sim.h"

/* Skips in a row before others have their turn. */
#define SKIPS 1000

/* A lost connection is often another's beginning: so long its tasks still hold. */
#define COMES_BACK TL_SECONDS(1)

struct gone {
    struct list_node node;
    uint64_t peer;
    tl_time until;
};

/* ---- Life ---- */

static void fill(struct universe *universe, const struct universe_options *options, tl_time wall)
{
    size_t size = strlen(options->name) + 1;

    universe->name = pool_alloc(universe->pool, size);
    memcpy(universe->name, options->name, size);
    locks_init(&universe->locks, universe->pool, options->starts_locked ? 1 : 0);
    list_init(&universe->sleeps);
    list_init(&universe->doubted);
    list_init(&universe->gone);
    universe->anchor = tl_driver_now(universe->driver);
    universe->wall_anchor = universe->wall = wall;
    universe->still_since = TL_NEVER;
}

struct universe *
universe_new(struct pool *pool, const struct universe_options *options, tl_time wall, struct tl_error *error)
{
    const struct tl_driver_options driver_options = {
        .start_time = options->start_time != 0 ? options->start_time : options->wall_time,
        .seed = options->seed,
    };
    struct tl_driver *driver = tl_driver_new(&driver_options, error);
    struct tl_sim *sim = driver == NULL ? NULL : tl_sim_new(driver, &options->sim, error);

    if (sim == NULL) {
        tl_driver_free(driver);
        return NULL;
    }
    struct universe *universe = pool_zalloc(pool, sizeof(*universe));
    universe->pool = pool;
    universe->driver = driver;
    universe->sim = sim;
    fill(universe, options, wall);
    return universe;
}

static void unlink_all(struct list *list)
{
    while (list_take_first(list) != NULL) {
    }
}

void universe_free(struct universe *universe)
{
    unlink_all(&universe->sleeps);
    unlink_all(&universe->doubted);
    LIST_EACH(&universe->gone, node)
    {
        pool_free(universe->pool, LIST_ITEM(node, struct gone, node), sizeof(struct gone));
    }
    locks_done(&universe->locks);
    tl_sim_free(universe->sim);
    tl_driver_free(universe->driver);
    pool_free(universe->pool, universe->name, strlen(universe->name) + 1);
    pool_free(universe->pool, universe, sizeof(*universe));
}

/* ---- Time ---- */

tl_time universe_now(struct universe *universe, tl_time wall)
{
    universe->wall = wall > universe->wall ? wall : universe->wall;
    tl_driver_advance_to(universe->driver, universe->anchor + (universe->wall - universe->wall_anchor));
    return tl_driver_now(universe->driver);
}

/* Where time may be skipped to, or TL_NEVER. A client that sleeps asks for run timeouts too. */
static tl_time target_of(const struct universe *universe)
{
    unsigned targets = TL_DEADLINE_WAKING;

    if (!list_is_empty(&universe->sleeps)) {
        targets |= TL_DEADLINE_RUN;
    }
    return tl_driver_next_target(universe->driver, targets);
}

static void skip(struct universe *universe, tl_time to)
{
    tl_driver_skip(universe->driver, to);
    universe->anchor = tl_driver_now(universe->driver);
    universe->wall_anchor = universe->wall;
}

static void step(struct universe *universe)
{
    while (tl_driver_step(universe->driver) == TL_STEP_RAN) {
    }
}

/* Peers that were lost long enough ago are not coming back. */
static void desert(struct universe *universe)
{
    LIST_EACH(&universe->gone, node)
    {
        struct gone *gone = LIST_ITEM(node, struct gone, node);
        if (gone->until <= universe->wall) {
            sim_outstanding_desert(universe->sim, gone->peer);
            list_remove(node);
            pool_free(universe->pool, gone, sizeof(*gone));
        }
    }
}

static void answer_doubted(struct universe *universe);

static tl_time earlier(tl_time left, tl_time right)
{
    return left < right ? left : right;
}

/* By the wall. */
static tl_time next_look(const struct universe *universe)
{
    tl_time next = tl_driver_next_deadline(universe->driver, TL_DEADLINE_WAKING | TL_DEADLINE_IDLE | TL_DEADLINE_RUN);

    if (next != TL_NEVER) {
        next = universe->wall_anchor + (next - universe->anchor);
    }
    if (universe->settles_for != 0) {
        next = earlier(next, universe->settles_until);
    }
    if (!list_is_empty(&universe->doubted)) {
        next = earlier(next, LIST_ITEM(list_first(&universe->doubted), struct universe_wait, node)->doubted);
    }
    if (!list_is_empty(&universe->gone)) {
        next = earlier(next, LIST_ITEM(list_first(&universe->gone), struct gone, node)->until);
    }
    return earlier(next, stillness_next_look(universe));
}

tl_time universe_run(struct universe *universe, tl_time wall)
{
    (void)universe_now(universe, wall);
    if (universe->settles_for != 0 && universe->settles_until <= universe->wall) {
        universe->settles_for = 0;
    }
    desert(universe);
    answer_doubted(universe);
    step(universe);
    for (int skips = 0; stillness_is_complete(universe); skips++) {
        tl_time target = target_of(universe);
        if (target == TL_NEVER) {
            break;
        }
        if (skips == SKIPS) {
            return universe->wall;
        }
        skip(universe, target);
        step(universe);
    }
    stillness_note(universe, target_of(universe));
    return next_look(universe);
}

/* ---- The protocol of time ---- */

static void on_time(struct agenda_item *item);

static void begin_sleep(struct universe *universe, struct universe_wait *wait)
{
    wait->after = universe->sim->last_outstanding;
    wait->began = universe->wall;
    wait->item.run = on_time;
    list_append(&universe->sleeps, &wait->node);
    universe->locks.uses++;
    agenda_at(tl_driver_agenda(universe->driver), &wait->item, wait->target, TL_DEADLINE_WAKING);
}

static void begin_unlocked(struct universe *universe, struct universe_wait *wait)
{
    locks_unlock(&universe->locks, wait->peer);
    if (wait->target == 0) {
        wait->done(wait, TL_OK);
    } else {
        begin_sleep(universe, wait);
    }
}

static void accept_doubted(struct universe *universe)
{
    while (!list_is_empty(&universe->doubted) && locks_may_unlock(&universe->locks)) {
        begin_unlocked(universe, LIST_ITEM(list_take_first(&universe->doubted), struct universe_wait, node));
    }
}

/* They are in the order of their times. */
static void answer_doubted(struct universe *universe)
{
    accept_doubted(universe);
    while (!list_is_empty(&universe->doubted)) {
        struct universe_wait *wait = LIST_ITEM(list_first(&universe->doubted), struct universe_wait, node);
        if (wait->doubted > universe->wall) {
            return;
        }
        list_remove(&wait->node);
        wait->done(wait, TL_FAILED_PRECONDITION);
    }
}

void universe_lock(struct universe *universe, uint64_t peer)
{
    locks_lock(&universe->locks, peer);
    accept_doubted(universe);
}

static void unlock(struct universe *universe, struct universe_wait *wait)
{
    if (locks_may_unlock(&universe->locks)) {
        begin_unlocked(universe, wait);
        return;
    }
    wait->doubted = universe->wall + UNIVERSE_DOUBTS;
    list_append(&universe->doubted, &wait->node);
}

void universe_unlock(struct universe *universe, struct universe_wait *wait)
{
    wait->universe = universe;
    wait->target = 0;
    unlock(universe, wait);
}

static void end_sleep(struct universe_wait *wait)
{
    struct universe *universe = wait->universe;

    agenda_cancel(tl_driver_agenda(universe->driver), &wait->item);
    list_remove(&wait->node);
    universe->locks.uses--;
    if (wait->locks_again) {
        universe_lock(universe, wait->peer);
    }
}

static void on_time(struct agenda_item *item)
{
    struct universe_wait *wait = CONTAINER_OF(item, struct universe_wait, item);
    struct universe *universe = wait->universe;

    end_sleep(wait);
    universe->settles_for = wait->peer;
    universe->settles_until = universe->wall + UNIVERSE_SETTLES;
    wait->done(wait, TL_OK);
}

void universe_sleep(struct universe *universe, struct universe_wait *wait, tl_time until, bool unlocks)
{
    wait->universe = universe;
    wait->target = until;
    wait->locks_again = unlocks;
    if (unlocks) {
        unlock(universe, wait);
    } else {
        begin_sleep(universe, wait);
    }
    accept_doubted(universe); /* a sleep is what an earlier unlock was for */
}

/* One that is doubted has not begun. */
void universe_wait_cancel(struct universe_wait *wait)
{
    if (wait->item.run != NULL) {
        end_sleep(wait);
    } else {
        list_remove(&wait->node);
    }
}

/* ---- Peers ---- */

void universe_hears(struct universe *universe, uint64_t peer)
{
    if (universe->settles_for == peer) {
        universe->settles_for = 0;
    }
}

void universe_begin_result(struct universe *universe)
{
    universe->locks.uses++;
    accept_doubted(universe);
}

void universe_end_result(struct universe *universe, uint64_t peer, bool told)
{
    universe->locks.uses--;
    if (told && locks_are_opened_by(&universe->locks, peer)) {
        universe->settles_for = peer;
        universe->settles_until = universe->wall + UNIVERSE_SETTLES;
    }
}

void universe_loses(struct universe *universe, uint64_t peer)
{
    struct gone *gone = pool_zalloc(universe->pool, sizeof(*gone));

    locks_forget(&universe->locks, peer);
    gone->peer = peer;
    gone->until = universe->wall + COMES_BACK;
    list_append(&universe->gone, &gone->node);
}
