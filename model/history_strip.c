/* SPDX-License-Identifier: MIT */
#include <timelapse/converter.h>
#include <timelapse/strip.h>

#include "base/check.h"
#include "base/pool.h"
#include "model/history.h"
#include "model/marker.h"
#include "model/message.h"

struct stripped {
    struct tl_history history;
    struct tl_allocator allocator;
    struct pool *pool;
    struct arena arena;
};

static void release(struct tl_history *history)
{
    pool_free_all(((struct stripped *)history->owner)->pool);
}

static enum tl_status strip_payload(void *user, Pb__Payload **payload)
{
    const struct tl_payload nothing = tl_payload_null();

    *payload = pb_payload(user, &nothing);
    return TL_OK;
}

/* Versions and patches decide how code replays; no user's data stands in them. One that cannot be read is no such. */
static bool is_kept(struct arena *arena, const Pb__HistoryEvent *event)
{
    struct marker marker = {.kind = MARKER_OTHER};

    return event->event_type == EVENT_TYPE_MARKER_RECORDED &&
           marker_read(arena, event->marker_recorded_event_attributes, &marker, NULL) == TL_OK &&
           (marker.kind == MARKER_VERSION || marker.kind == MARKER_PATCH);
}

static Pb__HistoryEvent *strip_event(struct arena *arena, const Pb__HistoryEvent *event)
{
    Pb__HistoryEvent *copy = message_clone(arena, event);

    if (!is_kept(arena, event)) {
        CHECK(message_visit_payloads(copy, strip_payload, arena) == TL_OK);
    }
    return copy;
}

static struct tl_history *strip(struct pool *pool, const struct tl_history *history)
{
    struct stripped *stripped = pool_zalloc(pool, sizeof(*stripped));

    stripped->pool = pool;
    arena_init(&stripped->arena, pool);
    Pb__HistoryEvent **events = ARENA_ARRAY(&stripped->arena, Pb__HistoryEvent *, history->count);
    for (size_t i = 0; i < history->count; i++) {
        events[i] = strip_event(&stripped->arena, history->events[i]);
    }
    stripped->history = (struct tl_history){
        .references = 1, .count = history->count, .events = events, .release = release, .owner = stripped};
    if (history->allocator != NULL) {
        stripped->allocator = *history->allocator;
        stripped->history.allocator = &stripped->allocator;
    }
    return &stripped->history;
}

enum tl_status
tl_history_strip(const struct tl_history *history, struct tl_history **out_history, struct tl_error *error)
{
    struct pool *pool = pool_new(history->allocator);
    struct pool_guard guard;

    if (pool == NULL || POOL_GUARD(pool, &guard)) {
        pool_free_all(pool);
        return tl_error_set(error, TL_NO_MEMORY, NULL, "out of memory");
    }
    *out_history = strip(pool, history);
    pool_guard_pop(pool, &guard);
    return TL_OK;
}
