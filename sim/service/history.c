/* SPDX-License-Identifier: MIT */
#include "sim/service/history.h"

#include <string.h>

#include "base/check.h"
#include "model/event.h"

#define EVENTS_FIRST 16

struct history *sim_history_new(struct pool *pool)
{
    struct arena arena;

    arena_init(&arena, pool);
    struct history *history = ARENA_NEW(&arena, struct history);
    history->references = 1;
    history->arena = arena;
    return history;
}

struct history *sim_history_ref(struct history *history)
{
    history->references++;
    return history;
}

void sim_history_unref(struct history *history)
{
    if (history == NULL) {
        return;
    }
    CHECK(history->references > 0);
    if (--history->references == 0) {
        struct arena arena = history->arena;
        arena_done(&arena);
    }
}

Pb__HistoryEvent *sim_event_new(struct history *history, tl_time at)
{
    Pb__HistoryEvent *event = PB_NEW(&history->arena, Pb__HistoryEvent, pb__history_event);

    if (history->stamp == NULL || history->stamped != at) {
        history->stamp = pb_timestamp(&history->arena, at);
        history->stamped = at;
    }
    event->event_time = history->stamp;
    return event;
}

int64_t sim_history_framed(size_t size)
{
    size_t varint = 1;

    for (size_t rest = size >> 7; rest != 0; rest >>= 7) {
        varint++;
    }
    return (int64_t)(1 + varint + size);
}

/* service/history/historybuilder/event_store.go, FlushAndCreateNewBatch and its callers */
static void join_batch(struct history *history, const Pb__HistoryEvent *event)
{
    if (!history->batch_open) {
        history->batches = arena_grow_array(
            &history->arena, history->batches, history->batch_count, &history->batch_capacity, sizeof(int64_t));
        history->batches[history->batch_count++] = event->event_id;
    }
    history->batch_open = event->event_type != EVENT_TYPE_WORKFLOW_TASK_STARTED;
}

/* Replies go on reading the array that they share when a larger one takes its place: it is not given back. */
static void make_room(struct history *history)
{
    if (history->count < history->capacity) {
        return;
    }
    size_t capacity = history->capacity == 0 ? EVENTS_FIRST : history->capacity * 2;
    size_t size = history->count * sizeof(Pb__HistoryEvent *);

    if (size == 0 || !arena_extend(&history->arena, history->events, size, capacity * sizeof(Pb__HistoryEvent *))) {
        Pb__HistoryEvent **events = arena_array(&history->arena, capacity, sizeof(Pb__HistoryEvent *));
        if (size > 0) {
            memcpy(events, history->events, size);
        }
        history->events = events;
    }
    history->capacity = capacity;
}

void sim_history_append(struct history *history, Pb__HistoryEvent *event, int64_t task_id)
{
    event->event_id = sim_history_next_id(history);
    event->task_id = task_id;
    join_batch(history, event);
    make_room(history);
    history->events[history->count++] = event;
    history->size += sim_history_framed(event_size(event));
}

char *sim_history_text(struct history *history, const char *text)
{
    return pb_is_empty(text) ? (char *)(uintptr_t)protobuf_c_empty_string : arena_strdup(&history->arena, text);
}

char *sim_history_identity(struct history *history, const char *identity)
{
    if (pb_is_empty(identity)) {
        return sim_history_text(history, identity);
    }
    if (history->identity == NULL || strcmp(history->identity, identity) != 0) {
        history->identity = arena_strdup(&history->arena, identity);
    }
    return (char *)(uintptr_t)history->identity;
}

Pb__History *sim_history_slice(const struct history *history, struct arena *arena, int64_t first, size_t count)
{
    Pb__History *slice = PB_NEW(arena, Pb__History, pb__history);

    CHECK(first >= 1 && (size_t)first - 1 + count <= history->count);
    slice->n_events = count;
    slice->events = count == 0 ? NULL : history->events + (first - 1);
    return slice;
}

void sim_history_truncate(struct history *history, size_t count, int64_t size)
{
    CHECK(count <= history->count && count >= history->seen.count);
    history->count = count;
    history->size = size;
    history->batch_open = false;
    while (history->batch_count > 0 && history->batches[history->batch_count - 1] > (int64_t)count) {
        history->batch_count--;
    }
}

/* ---- Pages ---- */

/* How many batches begin before that event. */
static size_t batches_before(const struct history *history, int64_t event_id)
{
    size_t low = 0;
    size_t high = history->batch_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (history->batches[middle] < event_id) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* The first event of a batch; behind the last one, the event that comes next. */
static int64_t batch_begin(const struct history *history, size_t batch)
{
    return batch < history->batch_count ? history->batches[batch] : sim_history_next_id(history);
}

int64_t sim_history_page(const struct history *history, int64_t first, int64_t end, size_t limit, bool *out_full)
{
    size_t from = batches_before(history, first);
    size_t to = batches_before(history, end);

    *out_full = to - from >= limit;
    return batch_begin(history, *out_full ? from + limit : to);
}

int64_t sim_history_page_back(const struct history *history, int64_t end, size_t limit)
{
    size_t to = batches_before(history, end);

    return batch_begin(history, to > limit ? to - limit : 0);
}
