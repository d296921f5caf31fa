/* SPDX-License-Identifier: MIT */
/* Facts: service/frontend/namespace_handler.go, common/namespace/nsmanager, common/persistence/sql/metadata.go. */
#include "sim/frontend/namespaces.h"

#include <string.h>

#include "model/message.h"
#include "sim/service/call.h"
#include "sim/service/limits.h"
#include "sim/service/messages.h"
#include "sim/service/namespace.h"
#include "sim/service/token.h"

#define LIST_PAGE 100

/* ---- Descriptions ---- */

static Pb__NamespaceInfo *describe_info(struct arena *arena, const struct name_space *space)
{
    Pb__NamespaceInfo *info = PB_NEW(arena, Pb__NamespaceInfo, pb__namespace_info);

    info->name = arena_strdup(arena, space->name);
    info->id = arena_strdup(arena, space->id);
    info->state = (Pb__NamespaceState)space->state;
    info->description = arena_strdup(arena, space->description);
    info->owner_email = arena_strdup(arena, space->owner_email);
    info->n_data = space->data_count;
    info->data = ARENA_ARRAY(arena, Pb__NamespaceInfo__DataEntry *, space->data_count);
    for (size_t i = 0; i < space->data_count; i++) {
        info->data[i] = message_clone(arena, space->data[i]);
    }
    info->capabilities = PB_NEW(arena, Pb__NamespaceInfo__Capabilities, pb__namespace_info__capabilities);
    info->capabilities->eager_workflow_start = true;
    info->capabilities->worker_poll_complete_on_shutdown = true;
    info->limits = PB_NEW(arena, Pb__NamespaceInfo__Limits, pb__namespace_info__limits);
    info->limits->blob_size_limit_error = (int64_t)LIMIT_BLOB_BYTES;
    info->limits->memo_size_limit_error = (int64_t)LIMIT_MEMO_BYTES;
    return info;
}

static Pb__NamespaceConfig *describe_config(struct arena *arena, const struct name_space *space)
{
    Pb__NamespaceConfig *config = PB_NEW(arena, Pb__NamespaceConfig, pb__namespace_config);

    config->workflow_execution_retention_ttl = sim_duration(arena, space->retention);
    config->history_archival_state = ARCHIVAL_STATE_DISABLED;
    config->visibility_archival_state = ARCHIVAL_STATE_DISABLED;
    config->bad_binaries = PB_NEW(arena, Pb__BadBinaries, pb__bad_binaries);
    return config;
}

/* One cluster, and every namespace is its own. */
static Pb__NamespaceReplicationConfig *describe_replication(struct arena *arena)
{
    Pb__NamespaceReplicationConfig *config =
        PB_NEW(arena, Pb__NamespaceReplicationConfig, pb__namespace_replication_config);

    config->active_cluster_name = arena_strdup(arena, SIM_CLUSTER);
    config->state = REPLICATION_STATE_NORMAL;
    config->n_clusters = 1;
    config->clusters = ARENA_ARRAY(arena, Pb__ClusterReplicationConfig *, 1);
    config->clusters[0] = PB_NEW(arena, Pb__ClusterReplicationConfig, pb__cluster_replication_config);
    config->clusters[0]->cluster_name = arena_strdup(arena, SIM_CLUSTER);
    return config;
}

static Pb__DescribeNamespaceResponse *describe(struct arena *arena, const struct name_space *space)
{
    Pb__DescribeNamespaceResponse *response =
        PB_NEW(arena, Pb__DescribeNamespaceResponse, pb__describe_namespace_response);

    response->namespace_info = describe_info(arena, space);
    response->config = describe_config(arena, space);
    response->replication_config = describe_replication(arena);
    return response;
}

/* Found whatever its state; NULL after refusing. */
static const struct name_space *find_described(struct tl_call *call, const Pb__DescribeNamespaceRequest *request)
{
    bool by_name = !pb_is_empty(request->namespace_);
    bool by_id = !pb_is_empty(request->id);

    if (by_name == by_id) {
        sim_call_refuse(call, TL_INVALID_ARGUMENT, by_name ? "namespace and id are both set" : "namespace is not set");
        return NULL;
    }
    const struct name_space *space =
        by_name ? sim_namespace_find(call->sim, request->namespace_) : sim_namespace_find_id(call->sim, request->id);
    if (space == NULL) {
        sim_namespace_refuse_unknown(call, by_name ? request->namespace_ : request->id);
    }
    return space;
}

void sim_describe_namespace(struct tl_call *call, const void *message)
{
    const struct name_space *space = find_described(call, message);

    if (space != NULL) {
        sim_call_answer(call, describe(sim_call_arena(call), space));
    }
}

/* ---- Lists ---- */

static bool is_listed(const struct name_space *space, const Pb__ListNamespacesRequest *request)
{
    bool deleted = request->namespace_filter != NULL && request->namespace_filter->include_deleted;

    return deleted || space->state != NAMESPACE_STATE_DELETED;
}

/* A page that is full has a token, though there may be none behind it: the server knows no better. */
static void set_list_token(struct tl_call *call, Pb__ListNamespacesResponse *response, size_t place)
{
    const struct token token = {.kind = TOKEN_NAMESPACES, .place = (int64_t)place};

    response->next_page_token = sim_token_pack(call->sim, sim_call_arena(call), &token);
}

void sim_list_namespaces(struct tl_call *call, const void *message)
{
    const Pb__ListNamespacesRequest *request = message;
    const struct map *spaces = &call->sim->spaces;
    struct arena *arena = sim_call_arena(call);
    size_t page_size = request->page_size > 0 ? (size_t)request->page_size : LIST_PAGE;
    struct token token = {0};
    size_t place = 0;

    if (request->next_page_token.len > 0 &&
        !sim_token_unpack(call->sim, &request->next_page_token, TOKEN_NAMESPACES, &token)) {
        sim_call_refuse(call, TL_INVALID_ARGUMENT, "next_page_token is none that this service gave out");
        return;
    }
    Pb__ListNamespacesResponse *response = PB_NEW(arena, Pb__ListNamespacesResponse, pb__list_namespaces_response);
    response->namespaces = ARENA_ARRAY(arena, Pb__DescribeNamespaceResponse *, map_count(spaces));
    for (struct map_entry *entry = map_next(spaces, NULL); entry != NULL && response->n_namespaces < page_size;
         entry = map_next(spaces, entry)) {
        place++;
        if ((int64_t)place > token.place && is_listed(entry->value, request)) {
            response->namespaces[response->n_namespaces++] = describe(arena, entry->value);
        }
    }
    if (response->n_namespaces == page_size) {
        set_list_token(call, response, place);
    }
    sim_call_answer(call, response);
}

/* ---- What may be said of one ---- */

static enum tl_status check_retention(struct tl_error *error, const char *field, const Pb__Duration *retention)
{
    tl_duration wanted = 0;

    if (sim_check_duration(error, field, retention, &wanted) != TL_OK) {
        return error->status;
    }
    if (wanted < RETENTION_MIN) {
        return tl_error_set(error, TL_INVALID_ARGUMENT, field, "%s is shorter than an hour", field);
    }
    return TL_OK;
}

/* A hundred years at most, like every duration. */
static tl_duration retention_of(const Pb__Duration *duration)
{
    tl_duration retention = pb_nanoseconds(duration);

    return retention > DURATION_MAX ? DURATION_MAX : retention;
}

static enum tl_status check_cluster(struct tl_error *error, const char *field, const char *name)
{
    if (strcmp(name, SIM_CLUSTER) == 0) {
        return TL_OK;
    }
    return tl_error_set(error, TL_INVALID_ARGUMENT, field, "%s names the unknown cluster %.200s", field, name);
}

static enum tl_status
check_clusters(struct tl_error *error, const char *active, size_t count, Pb__ClusterReplicationConfig *const *clusters)
{
    if (!pb_is_empty(active) && check_cluster(error, "active_cluster_name", active) != TL_OK) {
        return error->status;
    }
    for (size_t i = 0; i < count; i++) {
        if (check_cluster(error, "clusters", clusters[i]->cluster_name) != TL_OK) {
            return error->status;
        }
    }
    return count <= 1 ? TL_OK : tl_error_set(error, TL_INVALID_ARGUMENT, "clusters", "clusters names one twice");
}

/* Adds or replaces. */
static void put_data(struct name_space *space, const char *key, const char *value)
{
    struct arena *arena = &space->arena;
    size_t i = 0;

    while (i < space->data_count && strcmp(space->data[i]->key, key) != 0) {
        i++;
    }
    if (i == space->data_count) {
        Pb__NamespaceInfo__DataEntry **data = ARENA_ARRAY(arena, Pb__NamespaceInfo__DataEntry *, i + 1);
        if (i > 0) {
            memcpy(data, space->data, i * sizeof(data[0]));
        }
        data[i] = PB_NEW(arena, Pb__NamespaceInfo__DataEntry, pb__namespace_info__data_entry);
        data[i]->key = arena_strdup(arena, key);
        space->data = data;
        space->data_count++;
    }
    space->data[i]->value = arena_strdup(arena, value);
}

/* ---- Registering ---- */

static enum tl_status check_registration(struct tl_error *error, const Pb__RegisterNamespaceRequest *request)
{
    if (sim_check_id(error, "namespace", request->namespace_, true) != TL_OK) {
        return error->status;
    }
    if (request->is_global_namespace) {
        return tl_error_set(
            error, TL_INVALID_ARGUMENT, "is_global_namespace", "is_global_namespace: there is one cluster");
    }
    if (check_retention(error, "workflow_execution_retention_period", request->workflow_execution_retention_period) !=
        TL_OK) {
        return error->status;
    }
    return check_clusters(error, request->active_cluster_name, request->n_clusters, request->clusters);
}

static void refuse_again(struct tl_call *call, const char *name)
{
    sim_call_refuse_details(
        call,
        TL_ALREADY_EXISTS,
        PB_NEW(sim_call_arena(call), Pb__NamespaceAlreadyExistsFailure, pb__namespace_already_exists_failure),
        "namespace %s is registered already",
        name);
}

void sim_register_namespace(struct tl_call *call, const void *message)
{
    static const Pb__RegisterNamespaceResponse registered = PB__REGISTER_NAMESPACE_RESPONSE__INIT;
    const Pb__RegisterNamespaceRequest *request = message;
    struct tl_error error;

    if (check_registration(&error, request) != TL_OK) {
        sim_call_refuse_error(call, &error);
        return;
    }
    if (sim_namespace_find(call->sim, request->namespace_) != NULL) {
        refuse_again(call, request->namespace_);
        return;
    }
    struct name_space *space = sim_namespace_new(call->sim, request->namespace_);
    space->retention = retention_of(request->workflow_execution_retention_period);
    space->description = arena_strdup(&space->arena, request->description);
    space->owner_email = arena_strdup(&space->arena, request->owner_email);
    for (size_t i = 0; i < request->n_data; i++) {
        put_data(space, request->data[i]->key, request->data[i]->value);
    }
    sim_call_answer(call, &registered);
}

/* ---- Updating ---- */

/* Registered, then deprecated, then deleted; never back. */
static enum tl_status check_state(struct tl_error *error, const struct name_space *space, int state)
{
    if (state == NAMESPACE_STATE_UNSPECIFIED || state == space->state ||
        (state > space->state && state <= NAMESPACE_STATE_DELETED)) {
        return TL_OK;
    }
    return tl_error_set(
        error, TL_INVALID_ARGUMENT, "update_info.state", "update_info.state is none that this namespace can come to");
}

static enum tl_status check_config(struct tl_error *error, const Pb__NamespaceConfig *config)
{
    if (config == NULL) {
        return TL_OK;
    }
    if (config->bad_binaries != NULL && config->bad_binaries->n_binaries > 0) {
        return tl_error_set(error, TL_UNSUPPORTED, "config.bad_binaries", "config.bad_binaries is not supported");
    }
    if (config->n_custom_search_attribute_aliases > 0) {
        return tl_error_set(
            error,
            TL_UNSUPPORTED,
            "config.custom_search_attribute_aliases",
            "config.custom_search_attribute_aliases is not supported");
    }
    return config->workflow_execution_retention_ttl == NULL
               ? TL_OK
               : check_retention(
                     error, "config.workflow_execution_retention_ttl", config->workflow_execution_retention_ttl);
}

static enum tl_status check_replication(struct tl_error *error, const Pb__NamespaceReplicationConfig *config)
{
    if (config == NULL) {
        return TL_OK;
    }
    if (config->state == REPLICATION_STATE_HANDOVER) {
        return tl_error_set(
            error, TL_INVALID_ARGUMENT, "replication_config.state", "replication_config.state: there is one cluster");
    }
    return check_clusters(error, config->active_cluster_name, config->n_clusters, config->clusters);
}

static enum tl_status
check_update(struct tl_error *error, const struct name_space *space, const Pb__UpdateNamespaceRequest *request)
{
    if (request->update_info != NULL && check_state(error, space, (int)request->update_info->state) != TL_OK) {
        return error->status;
    }
    if (check_config(error, request->config) != TL_OK ||
        check_replication(error, request->replication_config) != TL_OK) {
        return error->status;
    }
    if (!pb_is_empty(request->delete_bad_binary)) {
        return tl_error_set(
            error, TL_INVALID_ARGUMENT, "delete_bad_binary", "delete_bad_binary names none that is known");
    }
    if (request->promote_namespace) {
        return tl_error_set(error, TL_INVALID_ARGUMENT, "promote_namespace", "promote_namespace: there is one cluster");
    }
    return TL_OK;
}

static void update_info(struct name_space *space, const Pb__UpdateNamespaceInfo *info)
{
    if (!pb_is_empty(info->description)) {
        space->description = arena_strdup(&space->arena, info->description);
    }
    if (!pb_is_empty(info->owner_email)) {
        space->owner_email = arena_strdup(&space->arena, info->owner_email);
    }
    for (size_t i = 0; i < info->n_data; i++) {
        put_data(space, info->data[i]->key, info->data[i]->value);
    }
    if (info->state != NAMESPACE_STATE_UNSPECIFIED) {
        space->state = (int)info->state;
    }
}

void sim_update_namespace(struct tl_call *call, const void *message)
{
    const Pb__UpdateNamespaceRequest *request = message;
    struct arena *arena = sim_call_arena(call);
    struct name_space *space = sim_namespace_require(call, request->namespace_);
    struct tl_error error;

    if (space == NULL) {
        return;
    }
    if (check_update(&error, space, request) != TL_OK) {
        sim_call_refuse_error(call, &error);
        return;
    }
    if (request->update_info != NULL) {
        update_info(space, request->update_info);
    }
    if (request->config != NULL && request->config->workflow_execution_retention_ttl != NULL) {
        space->retention = retention_of(request->config->workflow_execution_retention_ttl);
    }
    Pb__UpdateNamespaceResponse *response = PB_NEW(arena, Pb__UpdateNamespaceResponse, pb__update_namespace_response);
    response->namespace_info = describe_info(arena, space);
    response->config = describe_config(arena, space);
    response->replication_config = describe_replication(arena);
    sim_call_answer(call, response);
}

void sim_deprecate_namespace(struct tl_call *call, const void *message)
{
    static const Pb__DeprecateNamespaceResponse deprecated = PB__DEPRECATE_NAMESPACE_RESPONSE__INIT;
    const Pb__DeprecateNamespaceRequest *request = message;
    struct name_space *space = sim_namespace_require(call, request->namespace_);

    if (space != NULL) {
        space->state = NAMESPACE_STATE_DEPRECATED;
        sim_call_answer(call, &deprecated);
    }
}
