/* SPDX-License-Identifier: MIT */
/* Where the parked coroutines stand: taken first, then named, then told. */
#include "worker/runtime/backtraces.h"

#include "base/arena.h"
#include "base/backtrace.h"
#include "worker/runtime/driver_private.h"
#include "worker/runtime/symbols.h"

struct parked {
    struct parked *next;
    struct tl_wait wait;
    struct backtrace backtrace;
    struct frames frames;
};

struct taking {
    struct arena *arena;
    const struct backtraces_listener *listener;
    struct parked *first;
    struct parked **end;
};

static void take(void *user, const struct tl_wait *wait, struct coroutine *coroutine)
{
    struct taking *taking = user;
    struct arena *arena = taking->arena;

    if (coroutine != NULL && coroutine->life == COROUTINE_LIFE_ABORTED) {
        return; /* left for good, it waits for nothing */
    }
    if (taking->listener->wanted != NULL && !taking->listener->wanted(taking->listener->user, wait)) {
        return;
    }
    struct parked *parked = ARENA_NEW(arena, struct parked);

    parked->wait = (struct tl_wait){
        .workflow_id = arena_strdup(arena, wait->workflow_id),
        .run_id = arena_strdup(arena, wait->run_id),
        .coroutine = arena_strdup(arena, wait->coroutine),
        .waits_for = arena_strdup(arena, wait->waits_for),
    };
    backtrace_of(coroutine, &parked->backtrace);
    *taking->end = parked;
    taking->end = &parked->next;
}

static void name_all(void *user, const struct symbols *symbols)
{
    const struct taking *taking = user;

    for (struct parked *parked = taking->first; parked != NULL; parked = parked->next) {
        parked->frames = symbols_frames(symbols, taking->arena, &parked->backtrace);
    }
}

void backtraces_tell_to(
    struct arena *arena, void (*parked)(const void *whose, parked_fn *each, void *user), const void *whose,
    const struct backtraces_listener *listener)
{
    struct taking taking = {.arena = arena, .listener = listener};

    taking.end = &taking.first;
    parked(whose, take, &taking);
    if (taking.first != NULL) {
        symbols_use(arena->pool, name_all, &taking);
    }
    for (const struct parked *one = taking.first; one != NULL; one = one->next) {
        listener->each(
            listener->user,
            &(struct tl_backtrace){
                .wait = &one->wait,
                .frames = one->frames.items,
                .count = one->frames.count,
                .cut = one->backtrace.cut,
            });
    }
}

void backtraces_tell(
    struct arena *arena, void (*parked)(const void *whose, parked_fn *each, void *user), const void *whose,
    void (*each)(void *user, const struct tl_backtrace *backtrace), void *user)
{
    backtraces_tell_to(arena, parked, whose, &(struct backtraces_listener){.each = each, .user = user});
}

struct telling {
    const struct tl_driver *driver;
    struct backtraces_listener listener;
};

static void of_driver(const void *driver, parked_fn *each, void *user)
{
    driver_parked(driver, each, user);
}

static void tell(void *user)
{
    const struct telling *telling = user;
    struct arena arena;

    arena_init(&arena, telling->driver->pool);
    backtraces_tell_to(&arena, of_driver, telling->driver, &telling->listener);
    arena_done(&arena);
}

void tl_driver_backtraces_of(
    const struct tl_driver *driver, int (*wanted)(void *user, const struct tl_wait *wait),
    void (*each)(void *user, const struct tl_backtrace *backtrace), void *user)
{
    struct telling telling = {driver, {wanted, each, user}};

    driver_guarded_always((struct tl_driver *)(uintptr_t)driver, tell, &telling);
}

void tl_driver_backtraces(
    const struct tl_driver *driver, void (*each)(void *user, const struct tl_backtrace *backtrace), void *user)
{
    tl_driver_backtraces_of(driver, NULL, each, user);
}
