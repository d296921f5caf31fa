/* SPDX-License-Identifier: MIT */
/* The workers of an environment, and what befalls them. */
#include <stdio.h>
#include <string.h>

#include "sim/env/environment.h"
#include "sim/env/expect.h"

#define WORKFLOW_TASK_POLLERS 2 /* one normal, one sticky: the least that a worker with a cache takes */
#define ACTIVITY_POLLERS      1
#define ACTIVITY_SLOTS        1000 /* what the other SDKs allow */

/* ---- Life ---- */

enum tl_status env_worker_begin(struct tl_env_worker *worker, struct tl_error *error)
{
    struct tl_env *env = worker->env;

    worker->worker = tl_worker_new(env->driver, &worker->line.service, &worker->options, error);
    return worker->worker == NULL ? TL_INVALID_ARGUMENT : TL_OK;
}

static void end_worker(struct tl_env_worker *worker)
{
    tl_worker_free(worker->worker);
    worker->worker = NULL;
    if (worker->replayer != NULL) {
        tl_replayer_free(worker->replayer);
        worker->replayer = NULL;
    }
}

void env_workers_end(struct tl_env *env)
{
    end_worker(&env->own);
    for (struct tl_env_worker *worker = env->workers; worker != NULL; worker = worker->next) {
        end_worker(worker);
    }
}

void env_lines_done(struct tl_env *env)
{
    for (struct tl_env_worker *worker = env->workers; worker != NULL; worker = worker->next) {
        line_done(&worker->line);
    }
    line_done(&env->own.line);
}

void env_workers_free(struct tl_env *env)
{
    for (struct tl_env_worker *worker = env->workers; worker != NULL; worker = worker->next) {
        if (worker->registry != NULL) {
            tl_registry_free(worker->registry);
        }
    }
}

/* ---- One more ---- */

static unsigned number_of_next(const struct tl_env *env)
{
    unsigned number = 2;

    for (const struct tl_env_worker *worker = env->workers; worker != NULL; worker = worker->next) {
        number++;
    }
    return number;
}

static enum tl_status keep_strings(struct tl_env_worker *worker, struct tl_error *error)
{
    struct tl_worker_options *options = &worker->options;
    struct env_memory *memory = &worker->env->memory;
    char identity[1100];

    const char *queue = options->task_queue == NULL ? worker->env->task_queue : options->task_queue;
    (void)snprintf(identity, sizeof identity, "worker-%u@%.1000s", number_of_next(worker->env), queue);
    int has_namespace = options->name_space != NULL;
    options->task_queue = env_strdup(memory, queue);
    options->name_space = env_strdup(memory, options->name_space);
    options->identity = env_strdup(memory, options->identity == NULL ? identity : options->identity);
    if (options->task_queue == NULL || options->identity == NULL || (has_namespace && options->name_space == NULL)) {
        return tl_error_set(error, TL_NO_MEMORY, NULL, "out of memory");
    }
    return TL_OK;
}

static enum tl_status take_registry(struct tl_env_worker *worker, tl_register_fn *register_all, struct tl_error *error)
{
    struct tl_env *env = worker->env;

    if (register_all == NULL) {
        worker->options.registry = worker->options.registry == NULL ? env->registry : worker->options.registry;
        return TL_OK;
    }
    worker->registry = tl_registry_new(&env->memory.allocator);
    if (worker->registry == NULL) {
        return tl_error_set(error, TL_NO_MEMORY, NULL, "out of memory");
    }
    register_all(worker->registry);
    worker->options.registry = worker->registry;
    return tl_registry_check(worker->registry, error);
}

static void take_defaults(struct tl_env_worker *worker)
{
    struct tl_worker_options *options = &worker->options;

    options->evict_every_task |= worker->env->evict_every_task;
    if (options->coroutine_stack == 0) {
        options->coroutine_stack = worker->env->coroutine_stack;
    }
    if (options->workflow_task_pollers == 0 && options->workflow_task_scaling == NULL) {
        options->workflow_task_pollers = WORKFLOW_TASK_POLLERS;
    }
    if (options->activity_pollers == 0 && options->activity_scaling == NULL) {
        options->activity_pollers = ACTIVITY_POLLERS;
    }
    if (options->activity_slots == 0 && options->slot_supplier == NULL) {
        options->activity_slots = ACTIVITY_SLOTS;
    }
    if (options->eager_activities == TL_EAGER_ACTIVITIES_DEFAULT) {
        options->eager_activities = TL_EAGER_ACTIVITIES_OFF;
    }
}

static void note_worker(void *user, const struct tl_trace_event *event)
{
    env_workers_note(user, event);
}

/* With the first one that is added it matters who ran what. */
static enum tl_status listen(struct tl_env *env, struct tl_error *error)
{
    const struct tl_sink sink = {
        .on_event = note_worker, .user = env, .mask = TL_TRACE_BIT(TL_TRACE_WORKER_TASK_STARTED)};

    if (env->workers != NULL || tl_driver_add_sink(env->driver, &sink) == TL_OK) {
        return TL_OK;
    }
    return tl_error_set(error, TL_NO_MEMORY, NULL, "out of memory");
}

static void append(struct tl_env *env, struct tl_env_worker *worker)
{
    struct tl_env_worker **link = &env->workers;

    while (*link != NULL) {
        link = &(*link)->next;
    }
    *link = worker;
}

static enum tl_status
add(struct tl_env_worker *worker, const struct tl_env_worker_options *options, struct tl_error *error)
{
    enum tl_status status = listen(worker->env, error);

    if (status == TL_OK) {
        worker->options = options->worker;
        status = keep_strings(worker, error);
    }
    append(worker->env, worker); /* from here on it is freed with the environment */
    if (status == TL_OK) {
        status = take_registry(worker, options->register_all, error);
    }
    if (status == TL_OK) {
        take_defaults(worker);
        status = env_worker_begin(worker, error);
    }
    return status;
}

struct tl_env_worker *(tl_env_add_worker)(struct tl_env *env, const struct tl_env_worker_options *options)
{
    static const struct tl_env_worker_options defaults;
    struct tl_error error = {.message = "out of memory"};

    if (!env_enter(env, __func__)) {
        return NULL;
    }
    struct tl_env_worker *worker = env_alloc(&env->memory, sizeof *worker);
    enum tl_status status = TL_NO_MEMORY;
    if (worker != NULL) {
        worker->env = env;
        line_init(&worker->line, env);
        status = add(worker, options == NULL ? &defaults : options, &error);
    }
    if (status != TL_OK) {
        env_fail(
            env,
            error.status == TL_NO_MEMORY ? TL_NO_MEMORY : TL_VERDICT,
            "no worker is added: %s%s%s",
            error.field,
            error.field[0] == '\0' ? "" : ": ",
            error.message);
        return NULL;
    }
    return worker;
}

struct tl_env_worker *tl_env_own_worker(struct tl_env *env)
{
    return &env->own;
}

struct tl_worker *tl_env_worker_get(struct tl_env_worker *worker)
{
    return worker->worker;
}

/* ---- What befalls them ---- */

struct tl_env_worker *tl_env_worker_here(struct tl_env_worker *worker, const char *file, int line)
{
    (void)tl_env_here(worker->env, file, line);
    return worker;
}

void(tl_env_worker_stop)(struct tl_env_worker *worker)
{
    if (env_enter(worker->env, __func__) && worker->worker != NULL) {
        tl_worker_stop(worker->worker);
    }
}

void(tl_env_worker_crash)(struct tl_env_worker *worker)
{
    if (env_enter(worker->env, __func__)) {
        tl_worker_free(worker->worker);
        worker->worker = NULL;
    }
}

void(tl_env_worker_restart)(struct tl_env_worker *worker)
{
    struct tl_error error = {.message = ""};

    if (!env_enter(worker->env, __func__)) {
        return;
    }
    tl_worker_free(worker->worker);
    worker->worker = NULL;
    if (env_worker_begin(worker, &error) != TL_OK) {
        env_fail(
            worker->env,
            error.status == TL_NO_MEMORY ? TL_NO_MEMORY : TL_VERDICT,
            "the worker does not start again: %s",
            error.message);
    }
}

size_t(tl_env_worker_evict)(struct tl_env_worker *worker, struct tl_handle *run)
{
    if (!env_enter(worker->env, __func__) || worker->worker == NULL) {
        return 0;
    }
    return tl_worker_evict(worker->worker, run == NULL ? NULL : tl_handle_run_id(run));
}

void(tl_env_worker_slow)(struct tl_env_worker *worker, tl_duration delay)
{
    if (!env_enter(worker->env, __func__)) {
        return;
    }
    if (delay < 0 || delay > TL_DAYS(36500)) {
        env_fail(worker->env, TL_VERDICT, "%s: the delay is negative or too long", __func__);
        return;
    }
    worker->line.delay = delay;
}

/* ---- Who ran what ---- */

static struct tl_env_worker *find_worker(const struct tl_env *env, const char *identity)
{
    struct tl_env_worker *worker = env->workers;

    while (worker != NULL && (worker->options.identity == NULL || strcmp(worker->options.identity, identity) != 0)) {
        worker = worker->next;
    }
    return worker;
}

void env_workers_note(struct tl_env *env, const struct tl_trace_event *event)
{
    struct env_run *run = run_table_get(&env->runs, event->workflow_id, event->run_id);

    if (run == NULL) {
        env->out_of_memory = 1;
    } else {
        run->worker = find_worker(env, event->name);
    }
}

struct tl_replayer *env_replayer_of(struct tl_env *env, const struct env_run *run)
{
    struct tl_env_worker *worker = run == NULL ? NULL : run->worker;
    struct tl_error error;

    if (worker == NULL || worker->options.registry == env->registry) {
        return env_replayer(env);
    }
    if (worker->replayer == NULL) {
        const struct tl_replayer_options options = {
            .allocator = &env->memory.allocator,
            .registry = worker->options.registry,
            .strict = 1,
            .coroutine_stack = worker->options.coroutine_stack,
        };

        worker->replayer = tl_replayer_new(&options, &error);
        if (worker->replayer == NULL) {
            env_stop(env, TL_VERDICT, "no replayer: %s", error.message);
        }
    }
    return worker->replayer;
}

int env_worlds_know(const struct tl_env *env, enum tl_fact_kind kind, const char *name, struct nearest *nearest)
{
    int known = 0;

    for (const struct tl_env_worker *worker = env->workers; worker != NULL; worker = worker->next) {
        if (worker->options.registry != NULL) {
            known |= expect_registry_knows(worker->options.registry, kind, name, nearest);
        }
    }
    return known;
}

void env_add_nearest_queue(const struct tl_env *env, const char *queue, struct report_text *text)
{
    struct nearest nearest;

    nearest_init(&nearest, queue);
    if (env->own.worker != NULL) {
        nearest_offer(&nearest, env->task_queue);
    }
    for (const struct tl_env_worker *worker = env->workers; worker != NULL; worker = worker->next) {
        if (worker->worker != NULL) {
            nearest_offer(&nearest, worker->options.task_queue);
        }
    }
    if (nearest.name != NULL) {
        report_text_format(text, "; did you mean %s?", nearest.name);
    }
}
