/* SPDX-License-Identifier: MIT */
/* Facts: service/frontend/workflow_handler.go (GetSystemInfo, GetClusterInfo), common/headers/version_checker.go. */
#include "sim/frontend/system.h"

#include "base/random.h"
#include "sim/service/call.h"
#include "sim/service/namespace.h"

/* As the real server whose behaviour this is. */
#define SERVER_VERSION "1.32.0"

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
    response->capabilities->upsert_memo = true;
    response->capabilities->eager_workflow_start = true;
    response->capabilities->sdk_metadata = true;
    sim_call_answer(call, response);
}

static void set_clients(Pb__GetClusterInfoResponse *response, struct arena *arena)
{
    static const char *const clients[][2] = {
        {"temporal-go", "<2.0.0"},
        {"temporal-java", "<2.0.0"},
        {"temporal-php", "<2.0.0"},
        {"temporal-typescript", "<2.0.0"},
        {"temporal-cli", "<2.0.0"},
        {"temporal-server", "<2.0.0"},
        {"temporal-ui", "<3.0.0"},
    };

    response->n_supported_clients = COUNT_OF(clients);
    response->supported_clients =
        ARENA_ARRAY(arena, Pb__GetClusterInfoResponse__SupportedClientsEntry *, COUNT_OF(clients));
    for (size_t i = 0; i < COUNT_OF(clients); i++) {
        Pb__GetClusterInfoResponse__SupportedClientsEntry *entry = PB_NEW(
            arena,
            Pb__GetClusterInfoResponse__SupportedClientsEntry,
            pb__get_cluster_info_response__supported_clients_entry);
        entry->key = arena_strdup(arena, clients[i][0]);
        entry->value = arena_strdup(arena, clients[i][1]);
        response->supported_clients[i] = entry;
    }
}

/* The same whenever it is asked for, and no number is drawn from those that make other ids. */
static char *cluster_id(const struct tl_sim *sim, struct arena *arena)
{
    char *id = arena_alloc(arena, RANDOM_UUID_SIZE);
    struct random random;

    random_seed(&random, sim->token_key[1]);
    random_uuid(&random, id);
    return id;
}

void sim_get_cluster_info(struct tl_call *call, const void *message)
{
    struct arena *arena = sim_call_arena(call);
    Pb__GetClusterInfoResponse *response = PB_NEW(arena, Pb__GetClusterInfoResponse, pb__get_cluster_info_response);

    (void)message;
    set_clients(response, arena);
    response->server_version = arena_strdup(arena, SERVER_VERSION);
    response->cluster_id = cluster_id(call->sim, arena);
    response->cluster_name = arena_strdup(arena, SIM_CLUSTER);
    response->history_shard_count = 1;
    response->persistence_store = arena_strdup(arena, "memory");
    response->visibility_store = arena_strdup(arena, "memory");
    response->initial_failover_version = 1;
    response->failover_version_increment = 10;
    sim_call_answer(call, response);
}
