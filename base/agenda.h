/* SPDX-License-Identifier: MIT */
/*
 * The agenda: what is ready and what comes when, as plain data. Engine and service put their work
 * here; a driver takes it out. The total order is (time, sequence). The agenda never reads a clock:
 * `now` moves only by agenda_advance_to.
 *
 * Ready items run in the order in which they were posted unless the chooser says otherwise.
 * Timers that become due are moved to the ready queue in the order (deadline, sequence).
 *
 * A jump of the clock stops at every deadline on its way, so that each has its own time. Idle ones
 * that are armed while a jump is under way are no stops of it: a long poll that ends and is sent
 * again would otherwise hold a jump over a month forty thousand times.
 *
 * A skip is a jump that idle deadlines know nothing of: as far as time goes they move away. It is for
 * universes whose callers live in real time, where a poll ends by its caller's clock.
 */
#ifndef TIMELAPSE_BASE_AGENDA_H
#define TIMELAPSE_BASE_AGENDA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <timelapse/choice.h>
#include <timelapse/driver.h>
#include <timelapse/time.h>
#include <timelapse/trace.h>

#include "base/heap.h"
#include "base/list.h"

struct pool;
struct agenda_item;
struct random;

typedef void agenda_run_fn(struct agenda_item *item);

/* Writes the item's lasting name ("order-1: activity ChargeCard#1 attempt 2 completes"). */
typedef void agenda_name_fn(const struct agenda_item *item, char *text, size_t size);

/* Something to run once, now or at a time. Embedded in what it belongs to; zero-initialised. */
struct agenda_item {
    struct list_node ready; /* linked while ready */
    struct heap_item timed; /* in a heap while waiting for its time */
    agenda_run_fn *run;
    agenda_name_fn *name; /* may be NULL: no part in named choices */
    unsigned char kind;   /* which heap it is in while timed */
};

struct agenda {
    struct pool *pool;
    tl_time now;
    uint64_t sequence;
    struct list ready;
    size_t ready_count;
    struct heap waking;
    struct heap idle;
    struct heap idle_passed; /* armed while the jump that is under way was: no stops of it */
    struct heap run_timeouts;
    tl_duration skipped;       /* by all skips: idle deadlines stand in their heaps as if these had not been */
    tl_time jump_to;           /* where the jump that is under way goes; TL_NEVER: none is */
    struct tl_chooser chooser; /* choose NULL: always 0 */
    struct tl_sink *sinks;
    size_t sink_count;
    uint64_t sink_mask; /* of all sinks together */
    bool stopped;       /* no step runs anything any more */
};

void agenda_init(struct agenda *agenda, struct pool *pool, tl_time now);
void agenda_done(struct agenda *agenda);

/* Makes `item` ready; nothing when it is ready already. A timed item is taken off its timer. */
void agenda_post(struct agenda *agenda, struct agenda_item *item);

/* (Re)arms `item` for `at`; at <= now makes it ready at once, TL_NEVER cancels it. */
void agenda_at(struct agenda *agenda, struct agenda_item *item, tl_time at, enum tl_deadline_kind kind);

/*
 * The same in two: the place in the order of equal times is taken first, and `item` armed with it, again and
 * again if need be. For owners of many deadlines that arm only their next one.
 */
static inline uint64_t agenda_take_turn(struct agenda *agenda)
{
    return agenda->sequence++;
}
void agenda_at_turn(
    struct agenda *agenda, struct agenda_item *item, tl_time at, enum tl_deadline_kind kind, uint64_t turn);

/* Takes it off queue and timer; nothing when it is on neither. */
void agenda_cancel(struct agenda *agenda, struct agenda_item *item);

static inline bool agenda_is_pending(const struct agenda_item *item)
{
    return list_is_linked(&item->ready) || heap_has(&item->timed);
}

/* Takes one ready item off the queue and runs it; false when none is ready or the agenda is stopped. */
bool agenda_step(struct agenda *agenda);

/* The earliest deadline of the kinds in mask, or TL_NEVER. */
tl_time agenda_next_deadline(const struct agenda *agenda, unsigned mask);

/* Moves the clock (never back); items due by then become ready, in order. Traces a skip with its length as detail. */
void agenda_advance_to(struct agenda *agenda, tl_time to);

/*
 * One leg of a jump to `to`: moves the clock to the next stop on the way, or to `to`, and makes ready
 * what is due there. The caller runs that and calls again with the same `to` until the clock has come
 * there. Nothing when `to` is not after now.
 */
void agenda_jump(struct agenda *agenda, tl_time to);

/*
 * One leg of a skip to `to`: as agenda_jump, past idle deadlines, which come later by as much. `to` is
 * reached unless a deadline of another kind stands before it.
 */
void agenda_skip(struct agenda *agenda, tl_time to);

/* The jump that is under way, if any, ends here: whatever is armed from now on is a stop of the next. */
void agenda_end_jump(struct agenda *agenda);

/* The next `most` deadlines of the kinds in mask, in order: `each` gets item, time and kind. */
typedef void agenda_look_fn(void *user, const struct agenda_item *item, tl_time at, enum tl_deadline_kind kind);
void agenda_look(const struct agenda *agenda, unsigned mask, size_t most, agenda_look_fn *each, void *user);

/* Asks the chooser, traces what it took; 0 without one, and for an answer that is no option. */
size_t agenda_choose(struct agenda *agenda, const struct tl_choice *choice);

/* Whether anyone listens for `kind`: ask before building an event. */
static inline bool agenda_traces(const struct agenda *agenda, enum tl_trace_kind kind)
{
    return (agenda->sink_mask & TL_TRACE_BIT(kind)) != 0;
}

/* Tells the sinks; `at` is filled in, NULL strings become "". */
void agenda_trace(const struct agenda *agenda, struct tl_trace_event event);

#endif
