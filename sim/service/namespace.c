/* SPDX-License-Identifier: MIT */
#include "sim/service/namespace.h"

#include <string.h>

#include "model/pb.h"
#include "sim/service/call.h"
#include "sim/service/gone_worker.h"
#include "sim/service/limits.h"
#include "sim/service/messages.h"
#include "sim/service/run.h"
#include "sim/service/search_attributes.h"

/* As the real server whose behaviour this is. */
#define SERVER_VERSION "1.32.0"

#define RETENTION TL_DAYS(3)

/* ---- Life ---- */

struct name_space *sim_namespace_new(struct tl_sim *sim, const char *name)
{
    struct name_space *space = pool_zalloc(sim->pool, sizeof(*space));

    space->sim = sim;
    space->name = pool_alloc(sim->pool, strlen(name) + 1);
    memcpy(space->name, name, strlen(name) + 1);
    sim_uuid(sim, space->id);
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

/* ---- Rpcs ---- */

static Pb__NamespaceInfo *describe_info(struct arena *arena, const struct name_space *space)
{
    Pb__NamespaceInfo *info = PB_NEW(arena, Pb__NamespaceInfo, pb__namespace_info);

    info->name = arena_strdup(arena, space->name);
    info->id = arena_strdup(arena, space->id);
    info->state = NAMESPACE_STATE_REGISTERED;
    info->capabilities = PB_NEW(arena, Pb__NamespaceInfo__Capabilities, pb__namespace_info__capabilities);
    info->capabilities->worker_poll_complete_on_shutdown = true;
    info->limits = PB_NEW(arena, Pb__NamespaceInfo__Limits, pb__namespace_info__limits);
    info->limits->blob_size_limit_error = (int64_t)LIMIT_BLOB_BYTES;
    info->limits->memo_size_limit_error = (int64_t)LIMIT_MEMO_BYTES;
    return info;
}

static Pb__DescribeNamespaceResponse *describe(struct arena *arena, const struct name_space *space)
{
    Pb__DescribeNamespaceResponse *response =
        PB_NEW(arena, Pb__DescribeNamespaceResponse, pb__describe_namespace_response);

    response->namespace_info = describe_info(arena, space);
    response->config = PB_NEW(arena, Pb__NamespaceConfig, pb__namespace_config);
    response->config->workflow_execution_retention_ttl = sim_duration(arena, RETENTION);
    response->config->history_archival_state = ARCHIVAL_STATE_DISABLED;
    response->config->visibility_archival_state = ARCHIVAL_STATE_DISABLED;
    return response;
}

static void refuse_unknown(struct tl_call *call, const char *name)
{
    Pb__NamespaceNotFoundFailure *details =
        PB_NEW(sim_call_arena(call), Pb__NamespaceNotFoundFailure, pb__namespace_not_found_failure);

    details->namespace_ = arena_strdup(sim_call_arena(call), name);
    sim_call_refuse_details(call, TL_NOT_FOUND, details, "namespace %s is not found", name);
}

struct name_space *sim_namespace_require(struct tl_call *call, const char *name)
{
    struct name_space *space = sim_namespace_find(call->sim, name);

    if (pb_is_empty(name)) {
        sim_call_refuse(call, TL_INVALID_ARGUMENT, "namespace is not set");
    } else if (space == NULL) {
        refuse_unknown(call, name);
    }
    return space;
}

static const struct name_space *find_by_id(const struct tl_sim *sim, const char *id)
{
    for (struct map_entry *entry = map_next(&sim->spaces, NULL); entry != NULL; entry = map_next(&sim->spaces, entry)) {
        const struct name_space *space = entry->value;
        if (strcmp(space->id, id) == 0) {
            return space;
        }
    }
    return NULL;
}

void sim_describe_namespace(struct tl_call *call, const void *message)
{
    const Pb__DescribeNamespaceRequest *request = message;
    const struct name_space *space;

    if (!pb_is_empty(request->namespace_) || pb_is_empty(request->id)) {
        space = sim_namespace_require(call, request->namespace_);
    } else {
        space = find_by_id(call->sim, request->id);
        if (space == NULL) {
            refuse_unknown(call, request->id);
        }
    }
    if (space != NULL) {
        sim_call_answer(call, describe(sim_call_arena(call), space));
    }
}

void sim_list_namespaces(struct tl_call *call, const void *message)
{
    const Pb__ListNamespacesRequest *request = message;
    const struct map *spaces = &call->sim->spaces;
    struct arena *arena = sim_call_arena(call);

    if (request->next_page_token.len > 0) {
        sim_call_refuse(call, TL_INVALID_ARGUMENT, "next_page_token is not one of this service's");
        return;
    }
    Pb__ListNamespacesResponse *response = PB_NEW(arena, Pb__ListNamespacesResponse, pb__list_namespaces_response);
    response->namespaces = ARENA_ARRAY(arena, Pb__DescribeNamespaceResponse *, map_count(spaces));
    for (struct map_entry *entry = map_next(spaces, NULL); entry != NULL; entry = map_next(spaces, entry)) {
        response->namespaces[response->n_namespaces++] = describe(arena, entry->value);
    }
    sim_call_answer(call, response);
}

/* What is said here is served; the rest is left unsaid until it is. */
void sim_get_system_info(struct tl_call *call, const void *message)
{
    struct arena *arena = sim_call_arena(call);
    Pb__GetSystemInfoResponse *response = PB_NEW(arena, Pb__GetSystemInfoResponse, pb__get_system_info_response);

    (void)message;
    response->server_version = arena_strdup(arena, SERVER_VERSION);
    response->capabilities =
        PB_NEW(arena, Pb__GetSystemInfoResponse__Capabilities, pb__get_system_info_response__capabilities);
    response->capabilities->signal_and_query_header = true;
    response->capabilities->internal_error_differentiation = true;
    response->capabilities->activity_failure_include_heartbeat = true;
    response->capabilities->encoded_failure_attributes = true;
    response->capabilities->sdk_metadata = true;
    sim_call_answer(call, response);
}

void sim_get_cluster_info(struct tl_call *call, const void *message)
{
    struct arena *arena = sim_call_arena(call);
    Pb__GetClusterInfoResponse *response = PB_NEW(arena, Pb__GetClusterInfoResponse, pb__get_cluster_info_response);

    (void)message;
    response->server_version = arena_strdup(arena, SERVER_VERSION);
    response->cluster_name = arena_strdup(arena, "active");
    response->history_shard_count = 1;
    response->persistence_store = arena_strdup(arena, "memory");
    response->visibility_store = arena_strdup(arena, "memory");
    response->initial_failover_version = 1;
    response->failover_version_increment = 10;
    sim_call_answer(call, response);
}
