/* SPDX-License-Identifier: MIT */
#include <timelapse/converter.h>
#include <timelapse/strip.h>

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

/* Versions and patches decide how code replays; no user's data stands in them. */
static enum tl_status
is_kept(struct arena *arena, const Pb__HistoryEvent *event, bool *out_kept, struct tl_error *error)
{
    struct marker marker = {.kind = MARKER_OTHER};
    enum tl_status status = TL_OK;

    if (event->event_type == EVENT_TYPE_MARKER_RECORDED) {
        status = marker_read(arena, event->marker_recorded_event_attributes, &marker, error);
    }
    *out_kept = marker.kind == MARKER_VERSION || marker.kind == MARKER_PATCH;
    return status;
}

static enum tl_status
strip_event(struct arena *arena, const Pb__HistoryEvent *event, Pb__HistoryEvent **out, struct tl_error *error)
{
    bool kept = false;

    *out = message_clone(arena, event);
    enum tl_status status = is_kept(arena, event, &kept, error);
    return status != TL_OK || kept ? status : message_visit_payloads(*out, strip_payload, arena);
}

static enum tl_status
strip(struct pool *pool, const struct tl_history *history, struct tl_history **out, struct tl_error *error)
{
    struct stripped *stripped = pool_zalloc(pool, sizeof(*stripped));

    stripped->pool = pool;
    arena_init(&stripped->arena, pool);
    Pb__HistoryEvent **events = ARENA_ARRAY(&stripped->arena, Pb__HistoryEvent *, history->count);
    for (size_t i = 0; i < history->count; i++) {
        enum tl_status status = strip_event(&stripped->arena, history->events[i], &events[i], error);

        if (status != TL_OK) {
            return status;
        }
    }
    stripped->history = (struct tl_history){
        .references = 1, .count = history->count, .events = events, .release = release, .owner = stripped};
    if (history->allocator != NULL) {
        stripped->allocator = *history->allocator;
        stripped->history.allocator = &stripped->allocator;
    }
    *out = &stripped->history;
    return TL_OK;
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
    enum tl_status status = strip(pool, history, out_history, error);

    pool_guard_pop(pool, &guard);
    if (status != TL_OK) {
        pool_free_all(pool);
    }
    return status;
}
