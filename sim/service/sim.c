/* SPDX-License-Identifier: MIT */
#include "sim/service/sim.h"

#include "model/history.h"
#include "sim/check/check.h"
#include "sim/frontend/frontend.h"
#include "sim/machines/run.h"
#include "sim/service/call.h"
#include "sim/service/limits.h"
#include "sim/service/messages.h"
#include "sim/service/namespace.h"
#include "sim/service/run.h"
#include "sim/service/search_attributes.h"

/* Where task ids begin on the real server: one range of a shard's (service/history/shard). */
#define FIRST_TASK_ID (INT64_C(1) << 20)

#define DEFAULT_NAMESPACE "default"

/* Keeps the service's random numbers apart from whoever else draws from the driver's seed. */
static const char seed_salt[] = "timelapse.sim.service.v1";

static const struct tl_service_methods methods = {.call = sim_call, .cancel = sim_call_cancel};

/* ---- Life ---- */

static void seed(struct tl_sim *sim, uint64_t driver_seed)
{
    random_seed(&sim->random, hash_siphash13(driver_seed, 0, seed_salt, sizeof(seed_salt) - 1));
    sim->token_key[0] = random_next(&sim->random);
    sim->token_key[1] = random_next(&sim->random);
}

/* A name that is there already is not registered twice. */
static void add_namespaces(struct tl_sim *sim, const char *const *names)
{
    for (size_t i = 0; names != NULL && names[i] != NULL; i++) {
        if (sim_namespace_find(sim, names[i]) == NULL) {
            (void)sim_namespace_new(sim, names[i]);
        }
    }
}

static enum tl_status
add_search_attribute(const struct tl_sim *sim, const struct tl_search_definition *wanted, struct tl_error *error)
{
    for (struct map_entry *entry = map_next(&sim->spaces, NULL); entry != NULL; entry = map_next(&sim->spaces, entry)) {
        if (sim_search_attribute_add(entry->value, wanted->name, (int)wanted->type, error) != TL_OK) {
            return TL_INVALID_ARGUMENT;
        }
    }
    return TL_OK;
}

static enum tl_status
add_search_attributes(const struct tl_sim *sim, const struct tl_sim_options *options, struct tl_error *error)
{
    const struct tl_search_definition *wanted = options == NULL ? NULL : options->search_attributes;

    for (; wanted != NULL && wanted->name != NULL; wanted++) {
        if (add_search_attribute(sim, wanted, error) != TL_OK) {
            return TL_INVALID_ARGUMENT;
        }
    }
    return TL_OK;
}

static enum tl_status check_options(const struct tl_sim_options *options, struct tl_error *error)
{
    if (options == NULL) {
        return TL_OK;
    }
    for (size_t i = 0; options->namespaces != NULL && options->namespaces[i] != NULL; i++) {
        if (sim_check_id(error, "namespaces", options->namespaces[i], true) != TL_OK) {
            return TL_INVALID_ARGUMENT;
        }
    }
    return sim_limits_check(&options->limits, error);
}

static struct tl_sim *new_sim(struct tl_driver *driver, const struct tl_sim_options *options)
{
    struct pool *pool = tl_driver_pool(driver);
    struct tl_sim *sim = pool_zalloc(pool, sizeof(*sim));

    sim->service.methods = &methods;
    sim->handle = sim_frontend_handle;
    sim->agenda = tl_driver_agenda(driver);
    sim->pool = pool;
    sim->wire = options != NULL && options->wire != 0;
    sim->last_task_id = FIRST_TASK_ID;
    sim_limits_fill(&sim->limits, options != NULL ? &options->limits : NULL);
    map_init(&sim->spaces, pool);
    list_init(&sim->calls);
    list_init(&sim->queues);
    list_init(&sim->filled);
    list_init(&sim->workflow_tasks_out);
    list_init(&sim->activities_out);
    list_init(&sim->changed);
    seed(sim, tl_driver_seed(driver));
    (void)sim_namespace_new(sim, DEFAULT_NAMESPACE);
    add_namespaces(sim, options != NULL ? options->namespaces : NULL);
    return sim;
}

struct tl_sim *tl_sim_new(struct tl_driver *driver, const struct tl_sim_options *options, struct tl_error *error)
{
    struct pool *pool = tl_driver_pool(driver);
    struct pool_guard guard;

    if (check_options(options, error) != TL_OK) {
        return NULL;
    }
    if (POOL_GUARD(pool, &guard)) {
        (void)tl_error_set(error, TL_NO_MEMORY, NULL, "out of memory");
        return NULL;
    }
    struct tl_sim *sim = new_sim(driver, options);
    enum tl_status status = add_search_attributes(sim, options, error);
    pool_guard_pop(pool, &guard);
    if (status != TL_OK) {
        tl_sim_free(sim);
        return NULL;
    }
    return sim;
}

void tl_sim_withhold(struct tl_sim *sim, tl_sim_withhold_fn *withhold, void *user)
{
    sim->withhold = withhold;
    sim->withhold_user = user;
}

void tl_sim_free(struct tl_sim *sim)
{
    if (sim == NULL || sim->stopped) {
        return; /* what ran out of memory may be half-done: it goes with the driver's pool */
    }
    sim_call_drop_all(sim);
    for (size_t i = 0; i < sim->run_count; i++) {
        sim_run_drop_pending(sim->runs[i]);
    }
    for (struct map_entry *entry = map_next(&sim->spaces, NULL); entry != NULL; entry = map_next(&sim->spaces, entry)) {
        sim_namespace_free(entry->value);
    }
    map_done(&sim->spaces);
    pool_free(sim->pool, sim->runs, sim->run_capacity * sizeof(struct run *));
    pool_free(sim->pool, sim, sizeof(*sim));
}

struct tl_service *tl_sim_service(struct tl_sim *sim)
{
    return &sim->service;
}

/* ---- Looking ---- */

static void release_history(struct tl_history *history)
{
    struct history *owner = history->owner;

    pool_free(owner->arena.pool, history, sizeof(*history));
    sim_history_unref(owner);
}

static struct tl_history *share_history(struct run *run, size_t count)
{
    struct tl_history *history = pool_alloc(run->sim->pool, sizeof(*history));

    *history = (struct tl_history){
        .references = 1,
        .count = count,
        .events = run->history->events,
        .release = release_history,
        .owner = sim_history_ref(run->history),
    };
    return history;
}

static struct run *
find_run(const struct tl_sim *sim, const char *name_space, const char *workflow_id, const char *run_id)
{
    const struct name_space *space = sim_namespace_find(sim, name_space);

    return space == NULL ? NULL : sim_namespace_run(space, workflow_id, run_id);
}

/* Where memory ran out in the middle of a transaction, its events are none. */
static size_t count_events(const struct run *run)
{
    return run->sim->agenda->stopped ? run->mark.event_count : run->history->count;
}

enum tl_status tl_sim_history(
    struct tl_sim *sim, const char *name_space, const char *workflow_id, const char *run_id, int64_t last_event,
    struct tl_history **out_history)
{
    struct run *run = find_run(sim, name_space, workflow_id, run_id);
    struct pool_guard guard;

    if (run == NULL || last_event < 0 || last_event > (int64_t)count_events(run)) {
        return TL_NOT_FOUND;
    }
    if (POOL_GUARD(sim->pool, &guard)) {
        return TL_NO_MEMORY;
    }
    *out_history = share_history(run, last_event == 0 ? count_events(run) : (size_t)last_event);
    pool_guard_pop(sim->pool, &guard);
    return TL_OK;
}

size_t tl_sim_open_runs(const struct tl_sim *sim)
{
    return sim->open_runs;
}

int tl_sim_is_closed(const struct tl_sim *sim, const char *name_space, const char *workflow_id, const char *run_id)
{
    const struct run *run = find_run(sim, name_space, workflow_id, run_id);

    if (run == NULL) {
        return -1;
    }
    return sim_run_is_open(run) ? 0 : 1;
}

enum tl_status tl_sim_check(struct tl_sim *sim, struct tl_error *error)
{
    return sim_check(sim, error);
}
