/* SPDX-License-Identifier: MIT */
/* Histories in memory: read from bytes, counted references. */
#include "model/history.h"

#include <stdio.h>

#include "base/check.h"
#include "base/pool.h"
#include "model/event.h"
#include "model/history_source.h"
#include "model/json.h"
#include "model/message.h"

#define DEFAULT_MAX_BYTES ((size_t)256 << 20U)

/* A history that was read here, with the pool that holds all of it, itself included. */
struct owned_history {
    struct tl_history history;
    struct pool *pool;
    struct arena arena;
    struct tl_allocator allocator;
};

struct tl_history *tl_history_ref(struct tl_history *history)
{
    CHECK(history->references > 0);
    history->references++;
    return history;
}

void tl_history_unref(struct tl_history *history)
{
    if (history == NULL) {
        return;
    }
    CHECK(history->references > 0);
    history->references--;
    if (history->references == 0) {
        history->release(history);
    }
}

size_t tl_history_length(const struct tl_history *history)
{
    return history->count;
}

/* The attributes of the first event, where a history begins as it should; else NULL. */
static const Pb__WorkflowExecutionStartedEventAttributes *start_of(const struct tl_history *history)
{
    if (history->count == 0 || history->events[0]->attributes_case !=
                                   PB__HISTORY_EVENT__ATTRIBUTES_WORKFLOW_EXECUTION_STARTED_EVENT_ATTRIBUTES) {
        return NULL;
    }
    return history->events[0]->workflow_execution_started_event_attributes;
}

const char *tl_history_workflow_type(const struct tl_history *history)
{
    const Pb__WorkflowExecutionStartedEventAttributes *start = start_of(history);

    return start == NULL || start->workflow_type == NULL || start->workflow_type->name == NULL
               ? ""
               : start->workflow_type->name;
}

const char *tl_history_workflow_id(const struct tl_history *history)
{
    const Pb__WorkflowExecutionStartedEventAttributes *start = start_of(history);

    return start == NULL || start->workflow_id == NULL ? "" : start->workflow_id;
}

/* ---- Reading ---- */

static enum tl_status refuse_event(const Pb__HistoryEvent *event, size_t index, struct tl_error *error)
{
    char name[EVENT_TYPE_NAME_SIZE];
    char field[64];
    enum tl_status status = TL_MALFORMED;
    const char *type = event_type_name((int)event->event_type, name, sizeof(name));

    (void)snprintf(field, sizeof(field), "events[%zu]", index);
    if (type == name || event->event_type == EVENT_TYPE_UNSPECIFIED) {
        return tl_error_set(
            error,
            status,
            field,
            "event %lld is of the unknown type %s and may not be ignored",
            (long long)event->event_id,
            type);
    }
    return tl_error_set(
        error,
        status,
        field,
        "event %lld (%s) does not have the attributes of its type",
        (long long)event->event_id,
        type);
}

enum tl_status history_check_events(Pb__HistoryEvent *const *events, size_t count, struct tl_error *error)
{
    for (size_t i = 0; i < count; i++) {
        if (!event_is_whole(events[i])) {
            return refuse_event(events[i], i, error);
        }
    }
    return TL_OK;
}

static void release_owned(struct tl_history *history)
{
    struct owned_history *owned = history->owner;

    pool_free_all(owned->pool);
}

static struct owned_history *new_owned(struct pool *pool, const struct tl_allocator *allocator)
{
    struct owned_history *owned = pool_zalloc(pool, sizeof(*owned));

    owned->pool = pool;
    arena_init(&owned->arena, pool);
    owned->history.references = 1;
    owned->history.release = release_owned;
    owned->history.owner = owned;
    if (allocator != NULL) {
        owned->allocator = *allocator;
        owned->history.allocator = &owned->allocator;
    }
    return owned;
}

static enum tl_status decode(
    struct arena *arena, const struct history_source *source, struct tl_bytes bytes, Pb__History **out,
    struct tl_error *error)
{
    const struct json_read_options options = {.refuse_unknown_fields = source->options.refuse_unknown_fields != 0};
    void *message = NULL;
    enum tl_status status = source->is_protobuf
                                ? message_unpack(arena, &pb__history__descriptor, bytes, &message, error)
                                : json_read(arena, &pb__history__descriptor, bytes, &options, &message, error);

    if (status == TL_OK) {
        *out = message;
    }
    return status;
}

/* Runs under a guard; what it leaves behind on failure goes with the pool. */
static enum tl_status
read_into(struct pool *pool, const struct history_source *source, struct tl_history **out, struct tl_error *error)
{
    struct owned_history *owned = new_owned(pool, source->options.allocator);
    struct tl_bytes bytes = source->bytes;
    Pb__History *message = NULL;
    enum tl_status status = TL_OK;

    if (source->fd >= 0) {
        status = history_read_file(pool, source, &bytes, error);
    } else if (bytes.len > source->options.max_bytes) {
        status = history_too_large(source, error);
    }
    if (status == TL_OK) {
        status = decode(&owned->arena, source, bytes, &message, error);
    }
    if (source->fd >= 0) {
        history_drop_file(pool, bytes);
    }
    if (status == TL_OK) {
        status = history_check_events(message->events, message->n_events, error);
    }
    if (status == TL_OK) {
        owned->history.count = message->n_events;
        owned->history.events = message->events;
        *out = &owned->history;
    }
    return status;
}

static enum tl_status no_memory(struct tl_error *error)
{
    return tl_error_set(error, TL_NO_MEMORY, NULL, "out of memory");
}

enum tl_status
history_read(const struct history_source *source, struct tl_history **out_history, struct tl_error *error)
{
    struct pool *pool = pool_new(source->options.allocator);
    struct pool_guard guard;

    if (pool == NULL) {
        return no_memory(error);
    }
    if (POOL_GUARD(pool, &guard)) {
        pool_free_all(pool);
        return no_memory(error);
    }
    enum tl_status status = read_into(pool, source, out_history, error);

    pool_guard_pop(pool, &guard);
    if (status != TL_OK) {
        pool_free_all(pool);
    }
    return status;
}

void history_source_init(struct history_source *source, const struct tl_history_options *options)
{
    *source = (struct history_source){.fd = -1};
    if (options != NULL) {
        source->options = *options;
    }
    if (source->options.max_bytes == 0) {
        source->options.max_bytes = DEFAULT_MAX_BYTES;
    }
}

enum tl_status tl_history_from_json(
    struct tl_bytes text, const struct tl_history_options *options, struct tl_history **out_history,
    struct tl_error *error)
{
    struct history_source source;

    history_source_init(&source, options);
    source.bytes = text;
    return history_read(&source, out_history, error);
}

enum tl_status tl_history_from_protobuf(
    struct tl_bytes bytes, const struct tl_history_options *options, struct tl_history **out_history,
    struct tl_error *error)
{
    struct history_source source;

    history_source_init(&source, options);
    source.bytes = bytes;
    source.is_protobuf = true;
    return history_read(&source, out_history, error);
}
