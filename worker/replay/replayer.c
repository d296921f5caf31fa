/* SPDX-License-Identifier: MIT */
/* Replays stored histories with the engine's own runs: no service, no tasks, no answers. */
#include <timelapse/replayer.h>

#include <stdlib.h>

#include "base/pool.h"
#include "model/history.h"
#include "worker/engine/run.h"
#include "worker/registry/option.h"
#include "worker/registry/registry.h"
#include "worker/runtime/driver_private.h"

struct tl_replayer {
    struct tl_allocator allocator;
    bool own_allocator;
    bool evict_every_task;
    struct tl_driver *driver; /* made anew after a verdict: verdicts stick */
    struct engine_settings settings;
};

static bool open_driver(struct tl_replayer *replayer, struct tl_error *error)
{
    const struct tl_driver_options options = {.allocator = replayer->own_allocator ? &replayer->allocator : NULL};

    replayer->driver = tl_driver_new(&options, error);
    if (replayer->driver == NULL) {
        return false;
    }
    replayer->settings.driver = replayer->driver;
    replayer->settings.agenda = tl_driver_agenda(replayer->driver);
    replayer->settings.pool = tl_driver_pool(replayer->driver);
    return true;
}

static void *allocate(const struct tl_allocator *allocator, size_t size)
{
    return allocator == NULL ? malloc(size) : allocator->alloc(allocator->user, size);
}

static void release(struct tl_replayer *replayer)
{
    if (replayer->own_allocator) {
        struct tl_allocator allocator = replayer->allocator;
        allocator.free(allocator.user, replayer, sizeof *replayer);
    } else {
        free(replayer);
    }
}

struct tl_replayer *tl_replayer_new(const struct tl_replayer_options *options, struct tl_error *error)
{
    if (options == NULL || options->registry == NULL) {
        (void)tl_error_set(error, TL_INVALID_ARGUMENT, "registry", "a replayer needs a registry");
        return NULL;
    }
    if (tl_registry_check(options->registry, error) != TL_OK) {
        return NULL;
    }
    size_t stack = options->coroutine_stack == 0 ? OPTION_STACK : options->coroutine_stack;
    if (option_check_stack(stack, error) != TL_OK) {
        return NULL;
    }
    struct tl_replayer *replayer = allocate(options->allocator, sizeof *replayer);
    if (replayer == NULL) {
        (void)tl_error_set(error, TL_NO_MEMORY, NULL, "no memory for a replayer");
        return NULL;
    }
    *replayer = (struct tl_replayer){
        .evict_every_task = options->evict_every_task != 0,
        .settings = {
            .registry = options->registry,
            .name_space = "default",
            .identity = "timelapse-replayer",
            .task_queue = "",
            .coroutine_stack = stack,
            .strict = options->strict != 0,
        }};
    if (options->allocator != NULL) {
        replayer->allocator = *options->allocator;
        replayer->own_allocator = true;
    }
    if (!open_driver(replayer, error)) {
        release(replayer);
        return NULL;
    }
    return replayer;
}

void tl_replayer_free(struct tl_replayer *replayer)
{
    if (replayer != NULL) {
        tl_driver_free(replayer->driver);
        release(replayer);
    }
}

/* One replay under way. */
struct replay {
    struct tl_replayer *replayer;
    Pb__HistoryEvent *const *events;
    size_t count;
    struct run *run; /* or NULL */
    struct run_fault fault;
};

/* Also after memory ran out: what workflow code deferred is owed to it. */
static void drop_run(struct replay *replay)
{
    if (replay->run != NULL && !replay->replayer->driver->fault.dead) {
        run_free(replay->run);
        replay->run = NULL;
    }
}

static bool apply_up_to(struct replay *replay, size_t end)
{
    return run_apply_all(replay->run, replay->events, replay->count, end, false, &replay->fault);
}

/* As a worker without a cache: each task begins with an empty run. */
static bool apply_evicting(struct replay *replay)
{
    bool ok = true;

    for (size_t end = 0; ok && end < replay->count;) {
        replay->run = run_new(&replay->replayer->settings, true);
        end = chunk_next(replay->events, replay->count, end).end;
        ok = apply_up_to(replay, end);
        drop_run(replay);
    }
    return ok;
}

static bool apply_once(struct replay *replay)
{
    replay->run = run_new(&replay->replayer->settings, true);
    return apply_up_to(replay, replay->count);
}

/* Codecs see a copy: a history is never written to. */
static enum tl_status decode(struct replay *replay, struct arena *arena)
{
    const struct tl_registry *registry = replay->replayer->settings.registry;
    Pb__HistoryEvent **decoded = NULL;
    enum tl_status status =
        registry_decode_events(registry, arena, replay->events, replay->count, &decoded, &replay->fault.error);

    replay->events = decoded == NULL ? replay->events : decoded;
    return status;
}

static enum tl_status replay_guarded(void *user)
{
    struct replay *replay = user;
    struct arena arena;
    bool ok = false;

    arena_init(&arena, replay->replayer->settings.pool);
    if (decode(replay, &arena) == TL_OK) {
        ok = replay->replayer->evict_every_task ? apply_evicting(replay) : apply_once(replay);
    }
    drop_run(replay); /* before the decoded events that it shares */
    arena_done(&arena);
    return ok ? TL_OK : replay->fault.error.status;
}

static enum tl_status tell_verdict(const struct tl_replayer *replayer, struct tl_error *error)
{
    const struct tl_verdict *verdict = tl_driver_verdict(replayer->driver);

    return verdict->file[0] == '\0'
               ? tl_error_set(error, verdict->status, NULL, "%s", verdict->text)
               : tl_error_set(error, verdict->status, NULL, "%s:%d: %s", verdict->file, verdict->line, verdict->text);
}

enum tl_status tl_replay(struct tl_replayer *replayer, const struct tl_history *history, struct tl_error *error)
{
    struct replay replay = {.replayer = replayer, .events = history->events, .count = history->count};

    if (history->count == 0) {
        return tl_error_set(error, TL_MALFORMED, "events", "the history has no events");
    }
    if (tl_driver_verdict(replayer->driver) != NULL) {
        tl_driver_free(replayer->driver);
        if (!open_driver(replayer, error)) {
            return TL_NO_MEMORY;
        }
    }
    enum tl_status status = driver_guarded(replayer->driver, replay_guarded, &replay);
    drop_run(&replay);
    if (status == TL_OK) {
        return TL_OK;
    }
    if (tl_driver_verdict(replayer->driver) != NULL) {
        return tell_verdict(replayer, error);
    }
    if (error != NULL) {
        *error = replay.fault.error;
    }
    return status;
}

enum tl_status tl_replay_file(struct tl_replayer *replayer, const char *path, struct tl_error *error)
{
    const struct tl_history_options options = {.allocator = replayer->own_allocator ? &replayer->allocator : NULL};
    struct tl_history *history = NULL;
    enum tl_status status = tl_history_from_file(path, &options, &history, error);

    if (status == TL_OK) {
        status = tl_replay(replayer, history, error);
        tl_history_unref(history);
    }
    return status;
}
