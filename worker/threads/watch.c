/* SPDX-License-Identifier: MIT */
#include "worker/threads/watch.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/pool.h"
#include "base/text.h"
#include "worker/registry/fail.h"
#include "worker/runtime/symbols.h"
#include "worker/threads/host.h"
#include "worker/threads/stuck.h"

#define DEFAULT_GRACE TL_SECONDS(10)
#define LOOKS         4 /* in the time of the limit */
#define SHORTEST      TL_MILLISECONDS(1)
#define EXIT_STUCK    70 /* EX_SOFTWARE of sysexits.h */

struct watch {
    struct threads *threads;
    struct watch_options options;
    tl_duration limit; /* atomic; it may fall */
    struct pool *pool; /* its own: the driver's is its thread's */
    bool installed;
    pthread_t thread;
    pthread_cond_t called; /* with the mutex of threads */
    bool ending;           /* mutex */
    tl_time told;          /* when the step began that was told last */
    tl_time told_at;
    struct stuck stuck;
};

/* ---- Telling ---- */

struct report {
    struct watch *watch;
    struct arena arena;
    struct frames frames;
    tl_duration spent;
};

static void name_frames(void *user, const struct symbols *symbols)
{
    struct report *report = user;

    report->frames = symbols_frames(symbols, &report->arena, &report->watch->stuck.backtrace);
}

static const char *headline(struct report *report)
{
    const struct stuck *stuck = &report->watch->stuck;
    double seconds = (double)report->spent / 1e9;

    if (!stuck->in_workflow) {
        return arena_format(&report->arena, "[TMPRL1101] a step of the driver has taken %.3g s", seconds);
    }
    return arena_format(
        &report->arena,
        "[TMPRL1101] potential deadlock: workflow %s (run %s), coroutine %s has run for %.3g s without waiting",
        stuck->workflow_id,
        stuck->run_id,
        stuck->coroutine,
        seconds);
}

static void fail_task(struct report *report, const char *message)
{
    const struct watch *watch = report->watch;
    const struct stuck *stuck = &watch->stuck;
    struct arena *arena = &report->arena;

    if (!stuck->has_task || watch->options.fail_task == NULL) {
        return;
    }
    Pb__RespondWorkflowTaskFailedRequest *request =
        PB_NEW(arena, Pb__RespondWorkflowTaskFailedRequest, pb__respond_workflow_task_failed_request);
    request->task_token = (ProtobufCBinaryData){stuck->token_len, (uint8_t *)(uintptr_t)stuck->token};
    request->cause = WORKFLOW_TASK_FAILED_CAUSE_WORKFLOW_WORKER_UNHANDLED_FAILURE;
    request->failure = fail_application(arena, "DeadlockDetected", message, NULL);
    request->identity = arena_strdup(arena, stuck->identity);
    request->namespace_ = arena_strdup(arena, stuck->name_space);
    request->resource_id = arena_strdup(arena, stuck->workflow_id);
    watch->options.fail_task(watch->options.user, request);
}

static void tell_text(const struct watch *watch, const char *text)
{
    if (watch->options.tell != NULL) {
        watch->options.tell(watch->options.user, text);
    } else {
        (void)fprintf(stderr, "%s\n", text);
    }
}

/* The task first: to name functions takes time. */
static void tell(struct report *report)
{
    struct watch *watch = report->watch;

    arena_init(&report->arena, watch->pool);
    const char *text = headline(report);
    fail_task(report, text);
    symbols_use(watch->pool, name_frames, report);
    for (size_t i = 0; i < report->frames.count; i++) {
        text = arena_format(&report->arena, "%s\n    in %s", text, report->frames.items[i].text);
    }
    tell_text(watch, text);
    arena_done(&report->arena);
}

/* Kept tiny: nothing but the guard's own state may live across its return. */
static void tell_guarded(struct report *report)
{
    struct pool *pool = report->watch->pool;
    struct pool_guard guard;

    if (POOL_GUARD(pool, &guard)) {
        tell_text(report->watch, "[TMPRL1101] potential deadlock; no memory to tell of it");
        return;
    }
    tell(report);
    pool_guard_pop(pool, &guard);
}

/* ---- Looking ---- */

static void end_process(const struct watch *watch)
{
    tell_text(watch, "[TMPRL1101] it has not come back: the process ends");
    if (watch->options.end_process != NULL) {
        watch->options.end_process(watch->options.user);
    } else {
        _exit(EXIT_STUCK);
    }
}

/* Where the step stands that is too long; false when it came back meanwhile, and what was found is another's. */
static bool find(struct watch *watch, tl_time began)
{
    const tl_time *step = &watch->threads->step_began;

    watch->stuck = (struct stuck){.in_workflow = false};
    if (watch->installed) {
        (void)stuck_find(watch->threads->engine, step, &watch->stuck);
    }
    return __atomic_load_n(step, __ATOMIC_ACQUIRE) == began;
}

/* One that was told before. It may have come to a workflow only now, whose task is failed before the process ends. */
static void look_again(struct watch *watch, tl_time began, tl_time now)
{
    if (!watch->stuck.in_workflow && find(watch, began) && watch->stuck.in_workflow) {
        tell_guarded(&(struct report){.watch = watch, .spent = now - began});
    }
    if (watch->told_at != TL_NEVER && now - watch->told_at >= watch->options.grace) {
        watch->told_at = TL_NEVER; /* once */
        end_process(watch);
    }
}

static void look(struct watch *watch)
{
    tl_time began = __atomic_load_n(&watch->threads->step_began, __ATOMIC_ACQUIRE);
    tl_time now = threads_monotonic();

    if (began == 0 || now - began < __atomic_load_n(&watch->limit, __ATOMIC_RELAXED)) {
        return;
    }
    if (began == watch->told) {
        look_again(watch, began, now);
    } else if (find(watch, began)) {
        watch->told = began;
        tell_guarded(&(struct report){.watch = watch, .spent = now - began});
        watch->told_at = threads_monotonic(); /* to name functions takes time, which is not the code's */
    }
}

static void *watch_main(void *user)
{
    struct watch *watch = user;
    pthread_mutex_t *mutex = &watch->threads->mutex;
    (void)pthread_mutex_lock(mutex);
    while (!watch->ending) {
        tl_duration pause = __atomic_load_n(&watch->limit, __ATOMIC_RELAXED) / LOOKS;
        tl_time at = threads_monotonic() + (pause > SHORTEST ? pause : SHORTEST);
        const struct timespec when = {.tv_sec = at / TL_SECONDS(1), .tv_nsec = (long)(at % TL_SECONDS(1))};

        (void)pthread_cond_timedwait(&watch->called, mutex, &when);
        (void)pthread_mutex_unlock(mutex);
        look(watch);
        (void)pthread_mutex_lock(mutex);
    }
    (void)pthread_mutex_unlock(mutex);
    return NULL;
}

/* ---- Life ---- */

static struct watch *make(struct threads *threads, const struct watch_options *options)
{
    struct pool *pool = pool_new(pool_allocator(threads->driver->pool));
    struct watch *watch = pool == NULL ? NULL : pool_zalloc(pool, sizeof(*watch));

    if (watch == NULL) {
        pool_free_all(pool);
        return NULL;
    }
    watch->threads = threads;
    watch->options = *options;
    watch->limit = options->limit;
    watch->options.grace = options->grace == 0 ? DEFAULT_GRACE : options->grace;
    watch->pool = pool;
    watch->installed = stuck_install();
    threads_init_condition(&watch->called);
    return watch;
}

struct watch *watch_new(struct tl_driver *driver, const struct watch_options *options, struct tl_error *error)
{
    struct threads *threads = threads_of(driver->host);
    struct watch *watch = make(threads, options);

    if (watch == NULL) {
        (void)tl_error_set(error, TL_NO_MEMORY, NULL, "no memory for a watch over workflow code");
        return NULL;
    }
    if (pthread_create(&watch->thread, NULL, watch_main, watch) != 0) {
        (void)pthread_cond_destroy(&watch->called);
        pool_free_all(watch->pool);
        (void)tl_error_set(error, TL_RESOURCE_EXHAUSTED, NULL, "the system gives no thread to watch workflow code");
        return NULL;
    }
    return watch;
}

void watch_free(struct watch *watch)
{
    if (watch == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&watch->threads->mutex);
    watch->ending = true;
    (void)pthread_cond_signal(&watch->called);
    (void)pthread_mutex_unlock(&watch->threads->mutex);
    (void)pthread_join(watch->thread, NULL);
    (void)pthread_cond_destroy(&watch->called);
    pool_free_all(watch->pool);
}

enum tl_status watch_driver(struct tl_driver *driver, const struct watch_options *options, struct tl_error *error)
{
    struct threads *threads = threads_of(driver->host);
    struct watch *watch = threads->watch;

    if (watch == NULL) {
        struct tl_error refusal = {.status = TL_OK};

        threads->watch = watch_new(driver, options, &refusal);
        if (threads->watch == NULL && error != NULL) {
            *error = refusal;
        }
        return refusal.status;
    }
    if (options->limit < __atomic_load_n(&watch->limit, __ATOMIC_RELAXED)) {
        __atomic_store_n(&watch->limit, options->limit, __ATOMIC_RELAXED);
    }
    return TL_OK;
}
