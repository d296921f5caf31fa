/* SPDX-License-Identifier: MIT */
/* A worker at work. */
#include "worker/engine/worker.h"

#include <string.h>

#include "base/pool.h"
#include "worker/engine/family.h"
#include "worker/registry/option.h"

/* ---- Tasks ---- */

static struct engine *shard_of(const struct tl_worker *worker, const char *run_id)
{
    size_t shard = worker->shard_count == 1 ? 0 : hash_bytes(run_id, strlen(run_id)) % worker->shard_count;

    return worker->shards[shard];
}

struct engine *worker_shard(const struct tl_worker *worker, const Pb__WorkflowExecution *execution)
{
    return shard_of(worker, execution == NULL ? "" : execution->run_id);
}

static void take_workflow_task(struct tl_worker *worker, struct tl_reply *reply)
{
    const Pb__PollWorkflowTaskQueueResponse *task = (const Pb__PollWorkflowTaskQueueResponse *)reply->message;

    engine_take_task(worker_shard(worker, task->workflow_execution), reply);
}

void worker_on_task(void *user, enum poller_kind kind, struct tl_reply *reply)
{
    struct tl_worker *worker = user;

    if (kind == POLLER_ACTIVITY) {
        attempts_take_task(&worker->attempts, reply);
    } else {
        take_workflow_task(worker, reply);
    }
}

void worker_on_workflow_task_done(void *user)
{
    struct tl_worker *worker = user;

    slots_release(&worker->workflow_slots);
    polling_pump(&worker->polling);
    worker_look_again(worker);
}

void worker_on_activity_done(void *user)
{
    struct tl_worker *worker = user;

    slots_release(&worker->activity_slots);
    polling_pump(&worker->polling);
    worker_look_again(worker);
}

void worker_on_poll_returned(void *user)
{
    worker_look_again(user);
}

void worker_on_polls_refused(void *user, const struct tl_reply *reply)
{
    struct tl_worker *worker = user;

    if (worker->refusal == NULL) {
        worker->refusal = arena_alloc(&worker->arena, sizeof(*worker->refusal));
        (void)tl_error_set(worker->refusal, reply->status, NULL, "the service refuses polls: %s", reply->text);
        worker->refusal->grpc_code = call_code(reply);
    }
    tl_worker_stop(worker);
}

/* A worker that stops polls no more, however. */
static void enrol(struct tl_worker *worker)
{
    struct polling *polling = &worker->polling;
    struct worker_enrolment enrolment = worker->enrolment;

    worker->enrolment = (struct worker_enrolment){0}; /* once */
    if (enrolment.workflow_tasks.maximum > 0) {
        polling_scale(polling, POLLER_WORKFLOW, &enrolment.workflow_tasks, &worker->arena);
        polling_scale(polling, POLLER_STICKY, &enrolment.workflow_tasks, &worker->arena);
    }
    if (enrolment.activities.maximum > 0) {
        polling_scale(polling, POLLER_ACTIVITY, &enrolment.activities, &worker->arena);
    }
    polling_pump(polling);
}

void worker_on_capabilities(void *user)
{
    struct tl_worker *worker = user;

    if (worker->capabilities.scales_pollers) {
        enrol(worker);
    }
    if (worker->capabilities.poller_scaling) {
        polling_expect_suggestions(&worker->polling);
    }
}

void worker_on_pump(struct agenda_item *item)
{
    struct tl_worker *worker = CONTAINER_OF(item, struct tl_worker, pump);

    polling_pump(&worker->polling);
    worker_look_again(worker);
}

void worker_slots_changed(struct tl_worker *worker)
{
    unsigned held = driver_lock(worker->driver);

    agenda_post(&worker->driver->agenda, &worker->pump);
    driver_unlock(worker->driver, held);
}

enum tl_status worker_check(const struct tl_worker *worker, struct tl_error *error)
{
    unsigned held = driver_lock(worker->driver);
    enum tl_status status = worker->refusal == NULL ? TL_OK : worker->refusal->status;

    if (status != TL_OK && error != NULL) {
        *error = *worker->refusal;
    }
    driver_unlock(worker->driver, held);
    return status;
}

/* ---- Looking ---- */

struct telling {
    const struct tl_worker *worker;
    parked_fn *each;
    void *user;
};

static void tell_waits(void *user)
{
    const struct telling *telling = user;

    for (size_t i = 0; i < telling->worker->shard_count; i++) {
        engine_waits(telling->worker->shards[i], telling->each, telling->user);
    }
    attempts_waits(&telling->worker->attempts, telling->each, telling->user);
}

void worker_waits(const struct driver_member *member, parked_fn *each, void *user)
{
    const struct tl_worker *worker = CONST_CONTAINER_OF(member, struct tl_worker, member);
    struct telling telling = {worker, each, user};

    driver_guarded_always(worker->driver, tell_waits, &telling);
}

struct evicting {
    struct tl_worker *worker;
    const char *run_id;
    size_t count;
};

static void evict(void *user)
{
    struct evicting *evicting = user;
    struct tl_worker *worker = evicting->worker;

    if (evicting->run_id != NULL) {
        evicting->count = engine_evict(shard_of(worker, evicting->run_id), evicting->run_id);
        return;
    }
    for (size_t i = 0; i < worker->shard_count; i++) {
        evicting->count += engine_evict(worker->shards[i], NULL);
    }
}

size_t worker_evict(struct tl_worker *worker, const char *run_id)
{
    struct evicting evicting = {worker, run_id, 0};

    driver_guarded_always(worker->driver, evict, &evicting);
    return evicting.count;
}

size_t worker_cached(const struct tl_worker *worker)
{
    unsigned held = driver_lock(worker->driver);
    size_t count = 0;

    for (size_t i = 0; i < worker->shard_count; i++) {
        count += engine_cached(worker->shards[i]);
    }
    driver_unlock(worker->driver, held);
    return count;
}

/* ---- For the user: NULL is a worker that has stopped, and has nothing ---- */

void tl_worker_stop(struct tl_worker *worker)
{
    if (worker != NULL && worker->family != NULL) {
        family_stop(worker->family);
    } else if (worker != NULL) {
        worker_stop(worker);
    }
}

int tl_worker_stopped(const struct tl_worker *worker)
{
    if (worker == NULL) {
        return 1;
    }
    return worker->family != NULL ? family_has_stopped(worker->family) : worker_has_stopped(worker);
}

enum tl_status tl_worker_check(const struct tl_worker *worker, struct tl_error *error)
{
    enum tl_status status = option_check_given("worker", worker, error);

    if (status != TL_OK) {
        return status;
    }
    return worker->family != NULL ? family_check(worker->family, error) : worker_check(worker, error);
}

void tl_worker_slots_changed(struct tl_worker *worker)
{
    if (worker != NULL && worker->family != NULL) {
        family_slots_changed(worker->family);
    } else if (worker != NULL) {
        worker_slots_changed(worker);
    }
}

size_t tl_worker_evict(struct tl_worker *worker, const char *run_id)
{
    if (worker == NULL) {
        return 0;
    }
    return worker->family != NULL ? family_evict(worker->family, run_id) : worker_evict(worker, run_id);
}

size_t tl_worker_cached(const struct tl_worker *worker)
{
    if (worker == NULL) {
        return 0;
    }
    return worker->family != NULL ? family_cached(worker->family) : worker_cached(worker);
}

void tl_worker_free(struct tl_worker *worker)
{
    if (worker != NULL && worker->family != NULL) {
        family_free(worker->family);
    } else {
        worker_free(worker);
    }
}
