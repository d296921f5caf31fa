/* SPDX-License-Identifier: MIT */
#include "sim/service/namespace.h"

#include <string.h>

#include "model/pb.h"
#include "model/rpc.h"
#include "sim/service/call.h"
#include "sim/service/gone_worker.h"
#include "sim/service/limits.h"
#include "sim/service/messages.h"
#include "sim/service/run.h"
#include "sim/service/search_attributes.h"

/* Of a namespace that no request registered. */
#define RETENTION TL_DAYS(3)

/* ---- Life ---- */

struct name_space *sim_namespace_new(struct tl_sim *sim, const char *name)
{
    struct name_space *space = pool_zalloc(sim->pool, sizeof(*space));

    space->sim = sim;
    space->name = pool_alloc(sim->pool, strlen(name) + 1);
    memcpy(space->name, name, strlen(name) + 1);
    sim_uuid(sim, space->id);
    space->state = NAMESPACE_STATE_REGISTERED;
    space->retention = RETENTION;
    space->description = "";
    space->owner_email = "";
    arena_init(&space->arena, sim->pool);
    map_init(&space->current, sim->pool);
    map_init(&space->runs, sim->pool);
    map_init(&space->search_attributes, sim->pool);
    for (size_t kind = 0; kind < QUEUE_KINDS; kind++) {
        map_init(&space->queues[kind], sim->pool);
    }
    list_init(&space->gone_workers);
    map_put_string(&sim->spaces, space->name, space);
    return space;
}

static void free_queues(struct map *queues)
{
    for (struct map_entry *entry = map_next(queues, NULL); entry != NULL; entry = map_next(queues, entry)) {
        sim_queue_free(entry->value);
    }
    map_done(queues);
}

void sim_namespace_free(struct name_space *space)
{
    for (struct map_entry *entry = map_next(&space->runs, NULL); entry != NULL; entry = map_next(&space->runs, entry)) {
        sim_run_free(entry->value);
    }
    map_done(&space->runs);
    map_done(&space->current);
    for (size_t kind = 0; kind < QUEUE_KINDS; kind++) {
        free_queues(&space->queues[kind]);
    }
    sim_gone_workers_free(space);
    sim_search_attributes_free(space);
    arena_done(&space->arena);
    pool_free(space->sim->pool, space->name, strlen(space->name) + 1);
    pool_free(space->sim->pool, space, sizeof(*space));
}

/* ---- Lookups ---- */

struct name_space *sim_namespace_find(const struct tl_sim *sim, const char *name)
{
    return name == NULL ? NULL : map_get_string(&sim->spaces, name);
}

struct run *sim_namespace_run(const struct name_space *space, const char *workflow_id, const char *run_id)
{
    if (workflow_id == NULL) {
        return NULL;
    }
    if (pb_is_empty(run_id)) {
        return map_get_string(&space->current, workflow_id);
    }
    struct run *run = map_get_string(&space->runs, run_id);
    return run != NULL && strcmp(run->workflow_id, workflow_id) == 0 ? run : NULL;
}

struct queue *sim_namespace_queue(struct name_space *space, enum queue_kind kind, const char *name)
{
    struct map *queues = &space->queues[kind];
    struct queue *queue = map_get_string(queues, name);

    if (queue == NULL) {
        queue = sim_queue_new(space, kind, name);
        map_put_string(queues, queue->name, queue);
    }
    return queue;
}

const struct name_space *sim_namespace_find_id(const struct tl_sim *sim, const char *id)
{
    for (struct map_entry *entry = map_next(&sim->spaces, NULL); entry != NULL; entry = map_next(&sim->spaces, entry)) {
        const struct name_space *space = entry->value;
        if (strcmp(space->id, id) == 0) {
            return space;
        }
    }
    return NULL;
}

/* ---- For requests ---- */

void sim_namespace_refuse_unknown(struct tl_call *call, const char *name)
{
    Pb__NamespaceNotFoundFailure *details =
        PB_NEW(sim_call_arena(call), Pb__NamespaceNotFoundFailure, pb__namespace_not_found_failure);

    details->namespace_ = arena_strdup(sim_call_arena(call), name);
    sim_call_refuse_details(call, TL_NOT_FOUND, details, "namespace %s is not found", name);
}

/* What may be begun only where nothing has been said against it. */
static bool begins(const struct tl_call *call)
{
    return call->rpc->index == RPC_StartWorkflowExecution || call->rpc->index == RPC_SignalWithStartWorkflowExecution;
}

/* common/rpc/interceptor/namespace_validator.go, checkNamespaceState */
bool sim_namespace_allows(struct tl_call *call, const struct name_space *space)
{
    struct arena *arena = sim_call_arena(call);
    size_t allowed = begins(call) ? 1 : 2;

    if (space->state == NAMESPACE_STATE_REGISTERED || (allowed == 2 && space->state == NAMESPACE_STATE_DEPRECATED)) {
        return true;
    }
    Pb__NamespaceInvalidStateFailure *details =
        PB_NEW(arena, Pb__NamespaceInvalidStateFailure, pb__namespace_invalid_state_failure);
    details->namespace_ = arena_strdup(arena, space->name);
    details->state = (Pb__NamespaceState)space->state;
    details->n_allowed_states = allowed;
    details->allowed_states = ARENA_ARRAY(arena, Pb__NamespaceState, 2);
    details->allowed_states[0] = (Pb__NamespaceState)NAMESPACE_STATE_REGISTERED;
    details->allowed_states[1] = (Pb__NamespaceState)NAMESPACE_STATE_DEPRECATED;
    sim_call_refuse_details(
        call,
        TL_FAILED_PRECONDITION,
        details,
        "namespace %s is %s",
        space->name,
        space->state == NAMESPACE_STATE_DELETED ? "deleted" : "deprecated");
    return false;
}

struct name_space *sim_namespace_require(struct tl_call *call, const char *name)
{
    struct name_space *space = sim_namespace_find(call->sim, name);
    struct tl_error error;

    if (space != NULL) {
        return sim_namespace_allows(call, space) ? space : NULL;
    }
    if (sim_check_id(&error, "namespace", name, true) != TL_OK) {
        sim_call_refuse_error(call, &error);
    } else {
        sim_namespace_refuse_unknown(call, name);
    }
    return NULL;
}
