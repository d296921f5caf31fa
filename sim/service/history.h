/* SPDX-License-Identifier: MIT */
/*
 * A run's history: append-only, reference-counted. Events are immutable once appended, so replies
 * and struct tl_history share them; what shares them holds a reference. The memory is the pool's,
 * so every reference must be given back before the driver is freed.
 */
#ifndef TIMELAPSE_SIM_HISTORY_H
#define TIMELAPSE_SIM_HISTORY_H

#include "model/pb.h"

struct pool;

/* What the oracles saw in the events so far (check_events.c). */
struct history_seen {
    size_t count;
    int64_t size;
    int64_t task_id;
    int64_t task_scheduled_id; /* of the workflow task that has not ended, or 0 */
    int64_t task_started_id;
    int64_t activities; /* scheduled less ended */
    int64_t timers;     /* started less fired and canceled */
    int64_t signals;
};

struct history {
    size_t references;
    struct arena arena; /* the struct itself is its first piece */
    /* Grows by being copied within the arena: an older array stays valid, its events do not change. */
    Pb__HistoryEvent **events;
    size_t count;
    size_t capacity;
    /*
     * Where its batches begin, by event id. A batch is what the server stores as one node: the events
     * of one transaction, cut behind each WorkflowTaskStarted. Pages are made of whole batches.
     */
    int64_t *batches;
    size_t batch_count;
    size_t batch_capacity;
    bool batch_open; /* the next event goes to the last one */
    int64_t size;    /* encoded bytes, framed as in the server's history store */
    struct history_seen seen;
    Pb__Timestamp *stamp; /* of the newest event: those of one instant share it */
    tl_time stamped;
    const char *identity; /* the last one interned */
};

struct history *sim_history_new(struct pool *pool);
struct history *sim_history_ref(struct history *history);
void sim_history_unref(struct history *history); /* NULL is fine */

/* The id of the event appended next. */
static inline int64_t sim_history_next_id(const struct history *history)
{
    return (int64_t)history->count + 1;
}

/* Event `id`, from 1. */
static inline const Pb__HistoryEvent *sim_history_event(const struct history *history, int64_t id)
{
    return history->events[id - 1];
}

/* What an encoded event of `size` bytes takes in the store: a field's tag, its length and its bytes. */
int64_t sim_history_framed(size_t size);

/* A new event that is in no history yet, stamped `at`. */
Pb__HistoryEvent *sim_event_new(struct history *history, tl_time at);

/* Gives the event its type and its attributes message in `arena`, and returns that. */
#define EVENT_ATTRIBUTES(arena, event, Name, name, NAME)                                                               \
    ((event)->event_type = EVENT_TYPE_##NAME,                                                                          \
     (event)->attributes_case = PB__HISTORY_EVENT__ATTRIBUTES_##NAME##_EVENT_ATTRIBUTES,                               \
     (event)->name##_event_attributes = PB_NEW((arena), Pb__##Name##EventAttributes, pb__##name##_event_attributes))

/* Gives it the next id and `task_id`, and appends it. */
void sim_history_append(struct history *history, Pb__HistoryEvent *event, int64_t task_id);

/* Drops the events after the first `count`, which nobody has seen yet; size: of those that stay. */
void sim_history_truncate(struct history *history, size_t count, int64_t size);

/* A transaction ends: the next event begins a batch. */
static inline void sim_history_end_batch(struct history *history)
{
    history->batch_open = false;
}

/*
 * A page: the event after the last of those batches, at most `limit`, that begin at or after event
 * `first` and before event `end`. *out_full: the page has as many as may be, so another may follow,
 * which turns out empty when there is no more: that is how the server's store tells it.
 */
int64_t sim_history_page(const struct history *history, int64_t first, int64_t end, size_t limit, bool *out_full);

/* A page backwards: the first event of the `limit` batches before event `end`. */
int64_t sim_history_page_back(const struct history *history, int64_t end, size_t limit);

/* The text as it lives in the history; the same worker's identity comes again and again. */
char *sim_history_identity(struct history *history, const char *identity);
char *sim_history_text(struct history *history, const char *text);

/* A message of `count` events from `first` on, in `arena`, sharing the history's array. */
Pb__History *sim_history_slice(const struct history *history, struct arena *arena, int64_t first, size_t count);

#endif
