/* SPDX-License-Identifier: MIT */
#include "sim/server/stillness.h"

#include <stdio.h>

#include "base/text.h"
#include "sim/service/outstanding.h"
#include "sim/service/sim.h"

#define LINE_SIZE 256

/* ---- Activities that sleep ---- */

static size_t length(const struct list *list)
{
    size_t count = 0;

    for (struct list_node *node = list_first(list); node != NULL; node = list_next(list, node)) {
        count++;
    }
    return count;
}

/*
 * Whether each activity that is out may be inside of a sleep, and since when, by the wall. Which call is an activity's
 * nobody says, nor on which connection it makes it: a sleep that began after the first of them was given out may be,
 * and is taken for it when it has lasted a while, for else an activity at work would be timed out by a test that sleeps
 * beside it.
 */
static bool activities_sleep(const struct universe *universe, tl_time *out_since)
{
    const struct list *out = &universe->sim->activities_out;
    uint64_t first = CONST_CONTAINER_OF(list_first(out), struct outstanding, node)->number;
    size_t sleeps = 0;

    for (struct list_node *node = list_first(&universe->sleeps); node != NULL;
         node = list_next(&universe->sleeps, node)) {
        const struct universe_wait *sleep = CONST_CONTAINER_OF(node, struct universe_wait, node);
        if (sleep->after >= first) {
            sleeps++;
            *out_since = sleep->began;
        }
    }
    return sleeps >= length(out);
}

/* When activities stop to hold the clock, by the wall: now or earlier, a moment to come, or TL_NEVER. */
static tl_time activities_release(const struct universe *universe)
{
    tl_time since = 0;

    if (list_is_empty(&universe->sim->activities_out)) {
        return INT64_MIN;
    }
    return activities_sleep(universe, &since) ? since + UNIVERSE_SLEEPS : TL_NEVER;
}

/* ---- All ---- */

static bool is_unlocked_and_quiet(const struct universe *universe)
{
    return locks_are_open(&universe->locks) && universe->settles_for == 0 && tl_driver_ready(universe->driver) == 0 &&
           list_is_empty(&universe->sim->workflow_tasks_out) && !sim_outstanding_waits(universe->sim);
}

bool stillness_is_complete(const struct universe *universe)
{
    return is_unlocked_and_quiet(universe) && activities_release(universe) <= universe->wall;
}

tl_time stillness_next_look(const struct universe *universe)
{
    tl_time released = is_unlocked_and_quiet(universe) ? activities_release(universe) : TL_NEVER;

    return released > universe->wall ? released : TL_NEVER;
}

void stillness_note(struct universe *universe, tl_time target)
{
    if (!locks_are_open(&universe->locks) || target == TL_NEVER) {
        universe->still_since = TL_NEVER;
        universe->told_why = false;
    } else if (universe->still_since == TL_NEVER) {
        universe->still_since = universe->wall;
    }
}

/* ---- Why ---- */

struct listener {
    size_t most;
    size_t count;
    void (*each)(void *user, const char *line);
    void *user;
};

static void tell(struct listener *listener, const char *line)
{
    if (listener->count < listener->most) {
        listener->each(listener->user, line);
    }
    listener->count++;
}

static void tell_locks(struct listener *listener, const struct universe *universe)
{
    char line[LINE_SIZE];

    if (locks_are_open(&universe->locks)) {
        return;
    }
    (void)snprintf(
        line,
        sizeof(line),
        "time skipping is locked: locks exceed unlocks by %lld; unlock it, or await a result with a client of the test "
        "environment",
        (long long)universe->locks.total);
    tell(listener, line);
}

static void tell_peer(struct listener *listener, const struct universe *universe)
{
    char line[LINE_SIZE];

    if (universe->settles_for == 0) {
        return;
    }
    (void)snprintf(
        line,
        sizeof(line),
        "connection %llu has its result: its next call is waited for, up to 50ms",
        (unsigned long long)universe->settles_for);
    tell(listener, line);
}

static void tell_target(struct listener *listener, const struct universe *universe)
{
    char line[LINE_SIZE];
    char text[TEXT_TIME_SIZE];
    tl_time target = tl_driver_next_deadline(universe->driver, TL_DEADLINE_WAKING);

    if (target == TL_NEVER) {
        tell(listener, "nothing waits for a time: no timer, retry or timeout");
        return;
    }
    (void)text_print_time(text, target);
    (void)snprintf(line, sizeof(line), "time goes to %s when nothing holds it", text);
    tell(listener, line);
}

size_t universe_why(struct universe *universe, size_t most, void (*each)(void *user, const char *line), void *user)
{
    struct listener listener = {.most = most, .each = each, .user = user};

    tell_locks(&listener, universe);
    tell_peer(&listener, universe);
    tell_target(&listener, universe);
    return listener.count + tl_sim_why(universe->sim, 0, most > listener.count ? most - listener.count : 0, each, user);
}
