/* SPDX-License-Identifier: MIT */
/* Making an environment out of its parts, and its options. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/env/environment.h"

#define DEFAULT_SEED           UINT64_C(1)
#define DEFAULT_START_TIME     TL_SECONDS(1577836800) /* 2020-01-01T00:00:00Z, as the driver's own */
#define DEFAULT_TASK_QUEUE     "test"
#define ACTIVITY_SLOTS         1000 /* what the other SDKs allow: hanging mocks keep theirs */
#define WORKFLOW_TASK_POLLERS  2    /* one normal, one sticky: the least that a worker with a cache takes */
#define ACTIVITY_POLLERS       1
#define VARIANT_EVICT          "evict"
#define VARIANT_WIRE           "wire"
#define VARIABLE_SEED          "TIMELAPSE_SEED"
#define VARIABLE_VARIANT       "TIMELAPSE_VARIANT"
#define VARIABLE_RECORD        "TIMELAPSE_RECORD"
#define VARIABLE_FIXTURES      "TIMELAPSE_FIXTURES"
#define VARIABLE_FAILURES      "TIMELAPSE_FAILURES"
#define VARIABLE_TEMPORARY     "TMPDIR"
#define VARIABLE_TEST          "TIMELAPSE_TEST"
#define FAILURES_NOWHERE       "none"
#define VARIABLE_RECORD_WRITES "1"
#define VARIABLE_DEBUG         "TEMPORAL_DEBUG" /* as in the Go SDK: no deadlock is looked for */

/* ---- Options ---- */

static int is_set(const char *value)
{
    return value != NULL && value[0] != '\0';
}

static enum tl_status read_seed(struct tl_env *env, uint64_t given, struct tl_error *error)
{
    const char *text = getenv(VARIABLE_SEED);
    char *end;

    env->seed = given != 0 ? given : DEFAULT_SEED;
    if (given != 0 || !is_set(text)) {
        return TL_OK;
    }
    errno = 0;
    unsigned long long seed = strtoull(text, &end, 0);
    if (errno != 0 || *end != '\0' || text[0] == '-' || seed == 0) {
        return tl_error_set(
            error, TL_INVALID_ARGUMENT, VARIABLE_SEED, "the seed is no number from 1 to 2^64 - 1: %s", text);
    }
    env->seed = seed;
    return TL_OK;
}

static enum tl_status read_variant(struct tl_env *env, struct tl_error *error)
{
    const char *text = getenv(VARIABLE_VARIANT);

    env->settings.variant = "";
    if (!is_set(text)) {
        return TL_OK;
    }
    if (strcmp(text, VARIANT_EVICT) == 0) {
        env->settings.variant = VARIANT_EVICT;
    } else if (strcmp(text, VARIANT_WIRE) == 0) {
        env->settings.variant = VARIANT_WIRE;
    } else {
        return tl_error_set(
            error, TL_INVALID_ARGUMENT, VARIABLE_VARIANT, "there is no variant \"%s\": evict and wire there are", text);
    }
    return TL_OK;
}

static enum tl_status copy_string(struct tl_env *env, const char **out, const char *string, struct tl_error *error)
{
    *out = env_strdup(&env->memory, string);
    return *out == NULL && string != NULL ? tl_error_set(error, TL_NO_MEMORY, NULL, "out of memory") : TL_OK;
}

static enum tl_status read_settings(struct tl_env *env, const struct tl_env_options *options, struct tl_error *error)
{
    const char *record = getenv(VARIABLE_RECORD);
    const char *fixtures = getenv(VARIABLE_FIXTURES);
    enum tl_status status = read_seed(env, options->seed, error);

    env->settings.record = is_set(record) && strcmp(record, VARIABLE_RECORD_WRITES) == 0;
    if (status == TL_OK) {
        status = read_variant(env, error);
    }
    if (status == TL_OK && is_set(fixtures)) {
        status = copy_string(env, &env->settings.fixtures, fixtures, error);
    }
    if (status == TL_OK) {
        const char *task_queue = options->task_queue == NULL ? DEFAULT_TASK_QUEUE : options->task_queue;

        status = copy_string(env, &env->task_queue, task_queue, error);
    }
    return status;
}

const char *env_failures_directory(void)
{
    const char *directory = getenv(VARIABLE_FAILURES);

    if (!is_set(directory)) {
        return NULL;
    }
    return strcmp(directory, FAILURES_NOWHERE) == 0 ? "" : directory;
}

const char *env_temporary_directory(void)
{
    const char *directory = getenv(VARIABLE_TEMPORARY);

    return is_set(directory) ? directory : "/tmp";
}

const char *env_wanted_test(void)
{
    const char *name = getenv(VARIABLE_TEST);

    return is_set(name) ? name : NULL;
}

static void print_and_abort(void *user, const char *file, int line, const char *text)
{
    (void)user;
    fprintf(stderr, "%s:%d: %s\n", file, line, text);
    abort();
}

static void take_options(struct tl_env *env, const struct tl_env_options *options)
{
    static const struct tl_reporter default_reporter = {.fail = print_and_abort};

    env->reporter = options->reporter == NULL ? default_reporter : *options->reporter;
    if (options->elsewhere != NULL) {
        env->elsewhere = *options->elsewhere;
    }
    env->start_time = options->start_time == 0 ? DEFAULT_START_TIME : options->start_time;
    env_guard_init(&env->guard, options, is_set(getenv(VARIABLE_DEBUG)));
    env->targets = TL_DEADLINE_WAKING | (options->skip_to_run_timeouts ? (unsigned)TL_DEADLINE_RUN : 0);
    env->coroutine_stack = options->coroutine_stack;
    env->no_shadow = options->no_shadow != 0;
    env->tolerate_failed_tasks = options->tolerate_failed_tasks != 0;
    env->signals_left = options->signals_left;
}

/* ---- Parts ---- */

static enum tl_status make_driver(struct tl_env *env, const struct tl_env_options *options, struct tl_error *error)
{
    const struct tl_driver_options driver_options = {
        .allocator = options->allocator,
        .start_time = env->start_time,
        .seed = env->seed,
        .chooser = options->chooser,
    };

    env->driver = tl_driver_new(&driver_options, error);
    return env->driver == NULL ? TL_INVALID_ARGUMENT : TL_OK;
}

static enum tl_status make_registry(struct tl_env *env, const struct tl_env_options *options, struct tl_error *error)
{
    env->registry = tl_registry_new(options->allocator);
    if (env->registry == NULL) {
        return tl_error_set(error, TL_NO_MEMORY, NULL, "out of memory");
    }
    if (options->register_all != NULL) {
        options->register_all(env->registry);
    }
    env_mocks_install(env);
    return tl_registry_check(env->registry, error);
}

static enum tl_status make_service(struct tl_env *env, const struct tl_env_options *options, struct tl_error *error)
{
    if (env_is_elsewhere(env)) {
        return env_elsewhere_begin(env, options->search_attributes, error);
    }
    const struct tl_sim_options sim_options = {
        .wire = options->wire || strcmp(env->settings.variant, VARIANT_WIRE) == 0,
        .limits = options->limits,
        .search_attributes = options->search_attributes,
        .namespaces = options->namespaces,
    };

    env->sim = tl_sim_new(env->driver, &sim_options, error);
    if (env->sim == NULL) {
        return TL_INVALID_ARGUMENT;
    }
    env->service = tl_sim_service(env->sim);
    return TL_OK;
}

static enum tl_status make_worker(struct tl_env *env, const struct tl_env_options *options, struct tl_error *error)
{
    int evict_every_task = options->evict_every_task || strcmp(env->settings.variant, VARIANT_EVICT) == 0;

    env->own.env = env;
    line_init(&env->own.line, env);
    env->own.options = (struct tl_worker_options){
        .task_queue = env->task_queue,
        .registry = env->registry,
        .evict_every_task = evict_every_task,
        .coroutine_stack = options->coroutine_stack,
        .activity_slots = ACTIVITY_SLOTS,
        .workflow_task_pollers = WORKFLOW_TASK_POLLERS,
        .activity_pollers = ACTIVITY_POLLERS,
    };

    env->evict_every_task = evict_every_task;
    return env_worker_begin(&env->own, error);
}

static enum tl_status make_client(struct tl_env *env, struct tl_error *error)
{
    const struct tl_client_options client_options = {
        .identity = "test", .skip_time = (int)env->targets, .registry = env->registry};

    env->client = tl_client_new(env->driver, env->service, &client_options, error);
    return env->client == NULL ? TL_INVALID_ARGUMENT : TL_OK;
}

static enum tl_status make_parts(struct tl_env *env, const struct tl_env_options *options, struct tl_error *error)
{
    enum tl_status status = make_driver(env, options, error);

    if (status == TL_OK) {
        status = env_take_namespaces(env, options->namespaces, error);
    }
    if (status == TL_OK) {
        status = env_watch(env, error);
    }
    if (status == TL_OK) {
        env_pace(env);
        status = make_registry(env, options, error);
    }
    if (status == TL_OK) {
        status = make_service(env, options, error);
    }
    if (status == TL_OK) {
        status = make_worker(env, options, error);
    }
    return status == TL_OK ? make_client(env, error) : status;
}

/* ---- Life ---- */

static struct tl_env *make_empty(const struct tl_env_options *options)
{
    struct env_memory memory;

    env_memory_init(&memory, options->allocator);
    struct tl_env *env = env_alloc(&memory, sizeof *env);
    if (env == NULL) {
        return NULL;
    }
    env->memory = memory;
    env->due_tail = &env->due;
    env->mocks_tail = &env->mocks;
    env->signaled_tail = &env->signaled;
    env_hooks_init(&env->hooks);
    run_table_init(&env->runs, &env->memory);
    report_text_init(&env->task_fault, &env->memory.allocator);
    report_text_init(&env->verdict, &env->memory.allocator);
    report_text_init(&env->scratch, &env->memory.allocator);
    report_text_init(&env->answer, &env->memory.allocator);
    report_text_init(&env->log, &env->memory.allocator);
    return env;
}

struct tl_env *tl_env_new(const struct tl_env_options *options, struct tl_error *error)
{
    static const struct tl_env_options defaults;
    const struct tl_env_options *used = options == NULL ? &defaults : options;
    struct tl_env *env = make_empty(used);

    if (env == NULL) {
        tl_error_set(error, TL_NO_MEMORY, NULL, "out of memory");
        return NULL;
    }
    take_options(env, used);
    if (read_settings(env, used, error) != TL_OK || make_parts(env, used, error) != TL_OK) {
        tl_env_free(env);
        return NULL;
    }
    if (used->begin_held) {
        tl_driver_hold(env->driver);
    }
    return env;
}

/* User code was left by a signal: the universe goes with the driver's memory, nothing of it is called. */
static int is_dead(const struct tl_env *env)
{
    const struct tl_verdict *verdict = env->driver == NULL ? NULL : tl_driver_verdict(env->driver);

    return verdict != NULL && verdict->dead;
}

void tl_env_free(struct tl_env *env)
{
    if (env == NULL) {
        return;
    }
    env_guard_leave(env);
    if (env->replayer != NULL) {
        tl_replayer_free(env->replayer);
    }
    if (env->client != NULL) {
        tl_client_free(env->client);
    }
    tl_lone_worker_free(env->lone);
    env_clients_free(env);
    env_workers_end(env);
    if (env->sim != NULL && !is_dead(env)) {
        env_lines_done(env);
        tl_sim_free(env->sim);
        env_hooks_done(env);
    }
    if (env->service != NULL && env_is_elsewhere(env) && !is_dead(env)) {
        env_lines_done(env);
        env_elsewhere_end(env);
        env_hooks_done(env);
    }
    if (env->driver != NULL) {
        tl_driver_free(env->driver);
    }
    if (env->registry != NULL) {
        tl_registry_free(env->registry);
    }
    env_workers_free(env);
    run_table_done(&env->runs);
    report_text_done(&env->task_fault);
    report_text_done(&env->verdict);
    report_text_done(&env->scratch);
    report_text_done(&env->answer);
    report_text_done(&env->log);
    struct env_memory memory = env->memory; /* the environment lies in it */
    env_memory_done(&memory);
}

struct tl_driver *tl_env_driver(struct tl_env *env)
{
    return env->driver;
}

struct tl_sim *tl_env_sim(struct tl_env *env)
{
    return env->sim;
}

struct tl_worker *tl_env_worker(struct tl_env *env)
{
    return env->own.worker;
}

struct tl_client *tl_env_client(struct tl_env *env)
{
    return env->client;
}

struct tl_registry *tl_env_registry(struct tl_env *env)
{
    return env->registry;
}
