/* SPDX-License-Identifier: MIT */
/* Namespaces, their search attributes, and the system. */
#include <temporal/api/operatorservice/v1/request_response.pb-c.h>

#include "tests/sim/random_steps.h"

void random_register(struct random_requests *requests)
{
    NEW_REQUEST(RegisterNamespace, register_namespace);

    request->namespace_ = random_text(requests, random_once_in(requests, 20) ? "third" : "second");
    request->workflow_execution_retention_period = RANDOM_NEW(Duration, duration);
    request->workflow_execution_retention_period->seconds = 86400;
    random_send(requests, RPC_RegisterNamespace, request);
}

static void add_attributes(struct random_requests *requests)
{
    NEW_REQUEST(AddSearchAttributes, add_search_attributes);
    Pb__AddSearchAttributesRequest__SearchAttributesEntry *entry = RANDOM_NEW(
        AddSearchAttributesRequest__SearchAttributesEntry, add_search_attributes_request__search_attributes_entry);

    entry->key = random_text(requests, random_once_in(requests, 2) ? "Colour" : "Size");
    entry->value = INDEXED_VALUE_TYPE_KEYWORD;
    request->n_search_attributes = 1;
    request->search_attributes = arena_copy(&requests->scratch, &entry, sizeof(void *));
    random_send(requests, RPC_AddSearchAttributes, request);
}

static void remove_attributes(struct random_requests *requests)
{
    NEW_REQUEST(RemoveSearchAttributes, remove_search_attributes);
    char *name = random_text(requests, "Size");

    request->n_search_attributes = 1;
    request->search_attributes = arena_copy(&requests->scratch, &name, sizeof(char *));
    random_send(requests, RPC_RemoveSearchAttributes, request);
}

static void list_attributes(struct random_requests *requests)
{
    NEW_REQUEST(ListSearchAttributes, list_search_attributes);

    random_send(requests, RPC_ListSearchAttributes, request);
}

static void get_attributes(struct random_requests *requests)
{
    random_send(
        requests, RPC_GetSearchAttributes, RANDOM_NEW(GetSearchAttributesRequest, get_search_attributes_request));
}

static void describe_namespace(struct random_requests *requests)
{
    NEW_REQUEST(DescribeNamespace, describe_namespace);

    random_send(requests, RPC_DescribeNamespace, request);
}

static void update_namespace(struct random_requests *requests)
{
    NEW_REQUEST(UpdateNamespace, update_namespace);

    random_send(requests, RPC_UpdateNamespace, request);
}

static void deprecate_namespace(struct random_requests *requests)
{
    NEW_REQUEST(DeprecateNamespace, deprecate_namespace);

    request->namespace_ = random_text(requests, "third");
    random_send(requests, RPC_DeprecateNamespace, request);
}

static void list_namespaces(struct random_requests *requests)
{
    random_send(requests, RPC_ListNamespaces, RANDOM_NEW(ListNamespacesRequest, list_namespaces_request));
}

static void system_info(struct random_requests *requests)
{
    random_send(requests, RPC_GetSystemInfo, RANDOM_NEW(GetSystemInfoRequest, get_system_info_request));
}

static void cluster_info(struct random_requests *requests)
{
    random_send(requests, RPC_GetClusterInfo, RANDOM_NEW(GetClusterInfoRequest, get_cluster_info_request));
}

void random_system(struct random_requests *requests)
{
    static void (*const asks[])(struct random_requests * requests) = {
        add_attributes,
        remove_attributes,
        list_attributes,
        get_attributes,
        describe_namespace,
        update_namespace,
        deprecate_namespace,
        list_namespaces,
        system_info,
        cluster_info,
    };

    asks[random_pick(requests, sizeof(asks) / sizeof(asks[0]))](requests);
}
