/* SPDX-License-Identifier: MIT */
/* Namespaces: registered, described, listed, updated, deprecated; each with its own runs and queues. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/service_client.h"
#include "tests/lib/service_queries.h"

#define NEW(client, Name, name) PB_NEW(&(client)->arena, Pb__##Name, pb__##name)

typedef const Pb__DescribeNamespaceResponse *description;

static Pb__RegisterNamespaceRequest *registration(struct service_client *client, const char *name)
{
    Pb__RegisterNamespaceRequest *request = NEW(client, RegisterNamespaceRequest, register_namespace_request);

    request->namespace_ = client_text(client, "%s", name);
    request->workflow_execution_retention_period = client_duration(client, TL_DAYS(7));
    return request;
}

static void register_one(struct service_client *client, const char *name)
{
    (void)client_must(client, RPC_RegisterNamespace, registration(client, name));
}

static Pb__DescribeNamespaceRequest *question(struct service_client *client, const char *name, const char *id)
{
    Pb__DescribeNamespaceRequest *request = NEW(client, DescribeNamespaceRequest, describe_namespace_request);

    request->namespace_ = client_text(client, "%s", name);
    request->id = client_text(client, "%s", id);
    return request;
}

static description describe(struct service_client *client, const char *name)
{
    return client_must(client, RPC_DescribeNamespace, question(client, name, ""));
}

/* "default payments" with pages of that size, joined by "|". */
static const char *list(struct service_client *client, int32_t page_size, bool deleted)
{
    Pb__ListNamespacesRequest *request = NEW(client, ListNamespacesRequest, list_namespaces_request);
    const Pb__ListNamespacesResponse *page;
    const char *text = "";

    request->page_size = page_size;
    request->namespace_filter = NEW(client, NamespaceFilter, namespace_filter);
    request->namespace_filter->include_deleted = deleted;
    do {
        page = client_must(client, RPC_ListNamespaces, request);
        for (size_t i = 0; i < page->n_namespaces; i++) {
            text = client_text(client, "%s%s ", text, page->namespaces[i]->namespace_info->name);
        }
        text = client_text(client, "%s|", text);
        request->next_page_token = page->next_page_token;
    } while (page->next_page_token.len > 0);
    return text;
}

static Pb__UpdateNamespaceRequest *update(struct service_client *client, const char *name)
{
    Pb__UpdateNamespaceRequest *request = NEW(client, UpdateNamespaceRequest, update_namespace_request);

    request->namespace_ = client_text(client, "%s", name);
    request->update_info = NEW(client, UpdateNamespaceInfo, update_namespace_info);
    request->config = NEW(client, NamespaceConfig, namespace_config);
    request->replication_config = NEW(client, NamespaceReplicationConfig, namespace_replication_config);
    return request;
}

/* ---- What is registered ---- */

static void what_is_said_of_a_namespace_is_kept(void **state)
{
    struct service_client *client = *state;
    Pb__RegisterNamespaceRequest *request = registration(client, "payments");
    Pb__RegisterNamespaceRequest__DataEntry entry = PB__REGISTER_NAMESPACE_REQUEST__DATA_ENTRY__INIT;
    Pb__RegisterNamespaceRequest__DataEntry *entries[] = {&entry};
    entry.key = client_text(client, "team");
    entry.value = client_text(client, "billing");
    request->description = client_text(client, "What is paid");
    request->owner_email = client_text(client, "someone@example.com");
    request->n_data = 1;
    request->data = entries;

    (void)client_must(client, RPC_RegisterNamespace, request);

    description it = describe(client, "payments");
    assert_string_equal(it->namespace_info->name, "payments");
    assert_int_equal(it->namespace_info->state, NAMESPACE_STATE_REGISTERED);
    assert_string_equal(it->namespace_info->description, "What is paid");
    assert_string_equal(it->namespace_info->owner_email, "someone@example.com");
    assert_int_equal(it->namespace_info->n_data, 1);
    assert_string_equal(it->namespace_info->data[0]->key, "team");
    assert_string_equal(it->namespace_info->data[0]->value, "billing");
    assert_int_equal(strlen(it->namespace_info->id), 36);
    assert_int_equal(it->namespace_info->limits->blob_size_limit_error, 2097152);
    assert_int_equal(it->namespace_info->limits->memo_size_limit_error, 2097152);
    assert_int_equal(pb_nanoseconds(it->config->workflow_execution_retention_ttl), TL_DAYS(7));
    assert_int_equal(it->config->history_archival_state, ARCHIVAL_STATE_DISABLED);
    assert_string_equal(it->replication_config->active_cluster_name, "active");
    assert_int_equal(it->replication_config->n_clusters, 1);
    assert_false(it->is_global_namespace);
    assert_same(it, client_must(client, RPC_DescribeNamespace, question(client, "", it->namespace_info->id)));
    assert_string_not_equal(it->namespace_info->id, describe(client, "default")->namespace_info->id);
}

static void a_namespace_is_registered_once(void **state)
{
    struct service_client *client = *state;
    register_one(client, "payments");

    const struct tl_reply *reply = client_ask(client, RPC_RegisterNamespace, registration(client, "payments"));

    assert_refused(reply, TL_ALREADY_EXISTS, "namespace payments is registered already");
    (void)client_details(client, reply, &pb__namespace_already_exists_failure__descriptor);
    assert_refused(
        client_ask(client, RPC_RegisterNamespace, registration(client, "default")), TL_ALREADY_EXISTS, "default");
}

static void a_registration_that_cannot_be(void **state)
{
    struct service_client *client = *state;
    Pb__ClusterReplicationConfig cluster = PB__CLUSTER_REPLICATION_CONFIG__INIT;
    Pb__ClusterReplicationConfig *clusters[] = {&cluster, &cluster};
    Pb__RegisterNamespaceRequest *request;

#define EXPECT(part)                                                                                                   \
    assert_refused(client_ask(client, RPC_RegisterNamespace, request), TL_INVALID_ARGUMENT, part);                     \
    request = registration(client, "payments")

    request = registration(client, "");
    EXPECT("namespace is not set");
    request->namespace_ = client_long_text(client, 1001);
    EXPECT("namespace exceeds 1000 bytes");
    request->workflow_execution_retention_period = NULL;
    EXPECT("workflow_execution_retention_period is shorter than an hour");
    request->workflow_execution_retention_period = client_duration(client, TL_HOURS(1) - 1);
    EXPECT("workflow_execution_retention_period is shorter than an hour");
    request->workflow_execution_retention_period = client_duration(client, -TL_DAYS(1));
    EXPECT("workflow_execution_retention_period is negative");
    request->is_global_namespace = true;
    EXPECT("is_global_namespace");
    request->active_cluster_name = client_text(client, "standby");
    EXPECT("active_cluster_name names the unknown cluster standby");
    cluster.cluster_name = client_text(client, "standby");
    request->n_clusters = 1;
    request->clusters = clusters;
    EXPECT("clusters names the unknown cluster standby");
    cluster.cluster_name = client_text(client, "active");
    request->n_clusters = 2;
    request->clusters = clusters;
    EXPECT("clusters names one twice");
#undef EXPECT
    assert_string_equal(list(client, 0, true), "default |");
    request->workflow_execution_retention_period = client_duration(client, TL_HOURS(1));
    request->active_cluster_name = client_text(client, "active");
    (void)client_must(client, RPC_RegisterNamespace, request);
}

static void a_namespace_that_is_unknown(void **state)
{
    struct service_client *client = *state;

    const struct tl_reply *reply = client_ask(client, RPC_DescribeNamespace, question(client, "payments", ""));
    const Pb__NamespaceNotFoundFailure *details =
        client_details(client, reply, &pb__namespace_not_found_failure__descriptor);
    assert_refused(reply, TL_NOT_FOUND, "namespace payments is not found");
    assert_string_equal(details->namespace_, "payments");
    assert_refused(
        client_ask(client, RPC_DescribeNamespace, question(client, "", "no-id")), TL_NOT_FOUND, "no-id is not found");
    assert_refused(
        client_ask(client, RPC_DescribeNamespace, question(client, "", "")),
        TL_INVALID_ARGUMENT,
        "namespace is not set");
    assert_refused(
        client_ask(client, RPC_DescribeNamespace, question(client, "default", "no-id")),
        TL_INVALID_ARGUMENT,
        "namespace and id are both set");
    Pb__StartWorkflowExecutionRequest *start = client_start_request(client, WORKFLOW);
    start->namespace_ = client_text(client, "payments");
    reply = client_ask(client, RPC_StartWorkflowExecution, start);
    assert_refused(reply, TL_NOT_FOUND, "namespace payments is not found");
    (void)client_details(client, reply, &pb__namespace_not_found_failure__descriptor);
    start->namespace_ = client_long_text(client, 1001);
    assert_refused(
        client_ask(client, RPC_StartWorkflowExecution, start), TL_INVALID_ARGUMENT, "namespace exceeds 1000 bytes");
}

static void namespaces_are_listed_in_pages(void **state)
{
    struct service_client *client = *state;
    register_one(client, "payments");
    register_one(client, "shipping");

    assert_string_equal(list(client, 0, false), "default payments shipping |");
    assert_string_equal(list(client, 2, false), "default payments |shipping |");
    assert_string_equal(list(client, 1, false), "default |payments |shipping ||");
    assert_string_equal(list(client, 3, false), "default payments shipping ||");
    Pb__ListNamespacesRequest *request = NEW(client, ListNamespacesRequest, list_namespaces_request);
    request->next_page_token.data = (uint8_t *)client_text(client, "nonsense");
    request->next_page_token.len = 8;
    assert_refused(
        client_ask(client, RPC_ListNamespaces, request), TL_INVALID_ARGUMENT, "next_page_token is none that");
}

/* ---- Updates ---- */

static void an_update_changes_what_it_names(void **state)
{
    struct service_client *client = *state;
    Pb__UpdateNamespaceRequest *request = update(client, "default");
    Pb__UpdateNamespaceInfo__DataEntry first = PB__UPDATE_NAMESPACE_INFO__DATA_ENTRY__INIT;
    Pb__UpdateNamespaceInfo__DataEntry second = PB__UPDATE_NAMESPACE_INFO__DATA_ENTRY__INIT;
    Pb__UpdateNamespaceInfo__DataEntry *entries[] = {&first, &second};
    first.key = client_text(client, "team");
    first.value = client_text(client, "billing");
    second.key = client_text(client, "city");
    second.value = client_text(client, "Bern");
    request->update_info->description = client_text(client, "The first");
    request->update_info->n_data = 2;
    request->update_info->data = entries;
    request->config->workflow_execution_retention_ttl = client_duration(client, TL_DAYS(30));

    const Pb__UpdateNamespaceResponse *response = client_must(client, RPC_UpdateNamespace, request);

    assert_same(response->namespace_info, describe(client, "default")->namespace_info);
    assert_same(response->config, describe(client, "default")->config);
    assert_string_equal(response->namespace_info->description, "The first");
    assert_int_equal(pb_nanoseconds(response->config->workflow_execution_retention_ttl), TL_DAYS(30));
    request = update(client, "default");
    first.value = client_text(client, "sales");
    request->update_info->n_data = 1;
    request->update_info->data = entries;
    request->update_info->owner_email = client_text(client, "someone@example.com");
    response = client_must(client, RPC_UpdateNamespace, request);
    assert_string_equal(response->namespace_info->description, "The first");
    assert_int_equal(pb_nanoseconds(response->config->workflow_execution_retention_ttl), TL_DAYS(30));
    assert_int_equal(response->namespace_info->n_data, 2);
    assert_string_equal(response->namespace_info->data[0]->value, "sales");
    assert_string_equal(response->namespace_info->data[1]->value, "Bern");
}

static void an_update_that_cannot_be_changes_nothing(void **state)
{
    struct service_client *client = *state;
    description before = describe(client, "default");
    Pb__BadBinaries__BinariesEntry binary = PB__BAD_BINARIES__BINARIES_ENTRY__INIT;
    Pb__BadBinaries__BinariesEntry *binaries[] = {&binary};
    Pb__NamespaceConfig__CustomSearchAttributeAliasesEntry alias =
        PB__NAMESPACE_CONFIG__CUSTOM_SEARCH_ATTRIBUTE_ALIASES_ENTRY__INIT;
    Pb__NamespaceConfig__CustomSearchAttributeAliasesEntry *aliases[] = {&alias};
    Pb__UpdateNamespaceRequest *request;

#define EXPECT(status, part)                                                                                           \
    request->update_info->description = client_text(client, "changed");                                                \
    assert_refused(client_ask(client, RPC_UpdateNamespace, request), status, part);                                    \
    request = update(client, "default")

    request = update(client, "");
    EXPECT(TL_INVALID_ARGUMENT, "namespace is not set");
    request->namespace_ = client_text(client, "payments");
    EXPECT(TL_NOT_FOUND, "namespace payments is not found");
    request->update_info->state = (Pb__NamespaceState)77;
    EXPECT(TL_INVALID_ARGUMENT, "update_info.state");
    request->config->workflow_execution_retention_ttl = client_duration(client, TL_SECONDS(1));
    EXPECT(TL_INVALID_ARGUMENT, "config.workflow_execution_retention_ttl is shorter than an hour");
    request->config->bad_binaries = NEW(client, BadBinaries, bad_binaries);
    request->config->bad_binaries->n_binaries = 1;
    request->config->bad_binaries->binaries = binaries;
    EXPECT(TL_UNSUPPORTED, "config.bad_binaries is not supported");
    request->config->n_custom_search_attribute_aliases = 1;
    request->config->custom_search_attribute_aliases = aliases;
    EXPECT(TL_UNSUPPORTED, "config.custom_search_attribute_aliases is not supported");
    request->replication_config->active_cluster_name = client_text(client, "standby");
    EXPECT(TL_INVALID_ARGUMENT, "active_cluster_name names the unknown cluster");
    request->replication_config->state = REPLICATION_STATE_HANDOVER;
    EXPECT(TL_INVALID_ARGUMENT, "replication_config.state");
    request->delete_bad_binary = client_text(client, "abc");
    EXPECT(TL_INVALID_ARGUMENT, "delete_bad_binary names none");
    request->promote_namespace = true;
    EXPECT(TL_INVALID_ARGUMENT, "promote_namespace");
#undef EXPECT
    assert_same(before, describe(client, "default"));
}

/* ---- States ---- */

static void set_state(struct service_client *client, const char *name, int state)
{
    Pb__UpdateNamespaceRequest *request = update(client, name);

    request->update_info->state = (Pb__NamespaceState)state;
    (void)client_must(client, RPC_UpdateNamespace, request);
}

static void nothing_begins_in_a_deprecated_namespace(void **state)
{
    struct service_client *client = *state;
    Pb__DeprecateNamespaceRequest *request = NEW(client, DeprecateNamespaceRequest, deprecate_namespace_request);
    (void)client_start(client, WORKFLOW);
    request->namespace_ = client_text(client, "default");

    (void)client_must(client, RPC_DeprecateNamespace, request);

    assert_int_equal(describe(client, "default")->namespace_info->state, NAMESPACE_STATE_DEPRECATED);
    const struct tl_reply *reply =
        client_ask(client, RPC_StartWorkflowExecution, client_start_request(client, "order-2"));
    assert_refused(reply, TL_FAILED_PRECONDITION, "namespace default is deprecated");
    const Pb__NamespaceInvalidStateFailure *details =
        client_details(client, reply, &pb__namespace_invalid_state_failure__descriptor);
    assert_int_equal(details->state, NAMESPACE_STATE_DEPRECATED);
    assert_int_equal(details->n_allowed_states, 1);
    client_signal(client, WORKFLOW, "hello"); /* what runs goes on */
    (void)client_complete(client, client_poll(client, NULL), COMMANDS(command_complete(client)));
    request->namespace_ = client_text(client, "payments");
    assert_refused(client_ask(client, RPC_DeprecateNamespace, request), TL_NOT_FOUND, "payments");
}

static void nothing_goes_on_in_a_deleted_namespace(void **state)
{
    struct service_client *client = *state;
    (void)client_start(client, WORKFLOW);
    workflow_task task = client_poll(client, NULL);
    register_one(client, "payments");

    set_state(client, "default", NAMESPACE_STATE_DELETED);

    const struct tl_reply *reply =
        client_ask(client, RPC_SignalWorkflowExecution, client_signal_request(client, WORKFLOW, "hello"));
    assert_refused(reply, TL_FAILED_PRECONDITION, "namespace default is deleted");
    const Pb__NamespaceInvalidStateFailure *details =
        client_details(client, reply, &pb__namespace_invalid_state_failure__descriptor);
    assert_int_equal(details->n_allowed_states, 2);
    assert_refused(client_refused(client, task, NO_COMMANDS), TL_FAILED_PRECONDITION, "namespace default is deleted");
    assert_int_equal(describe(client, "default")->namespace_info->state, NAMESPACE_STATE_DELETED);
    assert_string_equal(list(client, 0, false), "payments |");
    assert_string_equal(list(client, 0, true), "default payments |");
}

static void a_query_is_not_answered_in_a_deleted_namespace(void **state)
{
    struct service_client *client = *state;
    client_begin(client, WORKFLOW, NO_COMMANDS);
    (void)query_send(client, WORKFLOW);
    workflow_task task = client_poll(client, NULL);
    assert_non_null(task->query);
    register_one(client, "payments");

    set_state(client, "default", NAMESPACE_STATE_DELETED);

    assert_refused(
        client_ask(client, RPC_RespondQueryTaskCompleted, query_completion(client, task)),
        TL_FAILED_PRECONDITION,
        "namespace default is deleted");
}

static void no_state_comes_back(void **state)
{
    struct service_client *client = *state;
    Pb__UpdateNamespaceRequest *request = update(client, "default");

    set_state(client, "default", NAMESPACE_STATE_DEPRECATED);
    set_state(client, "default", NAMESPACE_STATE_DEPRECATED); /* no change */
    request->update_info->state = (Pb__NamespaceState)NAMESPACE_STATE_REGISTERED;
    assert_refused(client_ask(client, RPC_UpdateNamespace, request), TL_INVALID_ARGUMENT, "update_info.state");
}

/* ---- Several in one service ---- */

static const char *const two_more[] = {"payments", "shipping", "payments", "default", NULL};

static void namespaces_can_be_there_from_the_start(void **state)
{
    struct service_client *client = *state;

    service_client_renew(client, &(const struct tl_sim_options){.namespaces = two_more});

    assert_string_equal(list(client, 0, false), "default payments shipping |");
}

static void a_name_from_the_start_must_be_one(void **state)
{
    struct service_client *client = *state;
    const char *const names[][2] = {{"", NULL}, {client_long_text(client, 1001), NULL}};

    for (size_t i = 0; i < 2; i++) {
        const struct tl_sim_options options = {.namespaces = names[i]};
        struct tl_error error;
        assert_null(tl_sim_new(client->driver, &options, &error));
        assert_int_equal(error.status, TL_INVALID_ARGUMENT);
        assert_string_equal(error.field, "namespaces");
    }
}

static const char *start_in(struct service_client *client, const char *name)
{
    Pb__StartWorkflowExecutionRequest *request = client_start_request(client, WORKFLOW);
    const Pb__StartWorkflowExecutionResponse *response;

    request->namespace_ = client_text(client, "%s", name);
    response = client_must(client, RPC_StartWorkflowExecution, request);
    assert_true(response->started);
    return client_text(client, "%s", response->run_id);
}

static workflow_task poll_in(struct service_client *client, const char *name)
{
    Pb__PollWorkflowTaskQueueRequest *request = client_poll_request(client, NULL);

    request->namespace_ = client_text(client, "%s", name);
    return client_must(client, RPC_PollWorkflowTaskQueue, request);
}

static void each_namespace_has_its_own_runs_and_queues(void **state)
{
    struct service_client *client = *state;
    service_client_renew(client, &(const struct tl_sim_options){.namespaces = two_more});

    const char *payments = start_in(client, "payments");
    const char *shipping = start_in(client, "shipping");

    assert_string_not_equal(payments, shipping);
    assert_null(client_poll(client, NULL));
    assert_string_equal(poll_in(client, "shipping")->workflow_execution->run_id, shipping);
    workflow_task task = poll_in(client, "payments");
    assert_string_equal(task->workflow_execution->run_id, payments);
    assert_refused(
        client_ask(client, RPC_SignalWorkflowExecution, client_signal_request(client, WORKFLOW, "hello")),
        TL_NOT_FOUND,
        "workflow " WORKFLOW);
    Pb__SignalWorkflowExecutionRequest *signal = client_signal_request(client, WORKFLOW, "hello");
    signal->namespace_ = client_text(client, "shipping");
    signal->workflow_execution->run_id = client_text(client, "%s", payments);
    assert_refused(client_ask(client, RPC_SignalWorkflowExecution, signal), TL_NOT_FOUND, payments);
    Pb__RespondWorkflowTaskCompletedRequest *completion = client_completion(client, task);
    completion->namespace_ = client_text(client, "shipping");
    assert_refused(
        client_ask(client, RPC_RespondWorkflowTaskCompleted, completion), TL_INVALID_ARGUMENT, "of another namespace");
    completion->namespace_ = client_text(client, "payments");
    (void)client_must(client, RPC_RespondWorkflowTaskCompleted, completion);
    assert_int_equal(tl_sim_is_closed(client->sim, "payments", WORKFLOW, NULL), 0);
    assert_int_equal(tl_sim_is_closed(client->sim, "default", WORKFLOW, NULL), -1);
    assert_int_equal(tl_sim_open_runs(client->sim), 2);
}

static void a_page_token_is_of_its_namespace(void **state)
{
    struct service_client *client = *state;
    service_client_renew(client, &(const struct tl_sim_options){.namespaces = two_more});
    (void)start_in(client, "payments");
    (void)start_in(client, "shipping");
    (void)poll_in(client, "payments");
    Pb__GetWorkflowExecutionHistoryRequest *request = client_history_request(client, WORKFLOW);
    request->namespace_ = client_text(client, "payments");
    request->maximum_page_size = 1;
    const Pb__GetWorkflowExecutionHistoryResponse *page = client_must(client, RPC_GetWorkflowExecutionHistory, request);
    request->next_page_token = page->next_page_token;

    request->namespace_ = client_text(client, "shipping");
    assert_refused(client_ask(client, RPC_GetWorkflowExecutionHistory, request), TL_INVALID_ARGUMENT, "of another run");
    request->namespace_ = client_text(client, "nowhere");
    assert_refused(client_ask(client, RPC_GetWorkflowExecutionHistory, request), TL_NOT_FOUND, "namespace nowhere");
    request->namespace_ = client_text(client, "payments");
    (void)client_must(client, RPC_GetWorkflowExecutionHistory, request);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVICE_TEST(what_is_said_of_a_namespace_is_kept),
        SERVICE_TEST(a_namespace_is_registered_once),
        SERVICE_TEST(a_registration_that_cannot_be),
        SERVICE_TEST(a_namespace_that_is_unknown),
        SERVICE_TEST(namespaces_are_listed_in_pages),
        SERVICE_TEST(an_update_changes_what_it_names),
        SERVICE_TEST(an_update_that_cannot_be_changes_nothing),
        SERVICE_TEST(nothing_begins_in_a_deprecated_namespace),
        SERVICE_TEST(nothing_goes_on_in_a_deleted_namespace),
        SERVICE_TEST(a_query_is_not_answered_in_a_deleted_namespace),
        SERVICE_TEST(no_state_comes_back),
        SERVICE_TEST(namespaces_can_be_there_from_the_start),
        SERVICE_TEST(a_name_from_the_start_must_be_one),
        SERVICE_TEST(each_namespace_has_its_own_runs_and_queues),
        SERVICE_TEST(a_page_token_is_of_its_namespace),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
