/* SPDX-License-Identifier: MIT */
/* Search attributes: which there are, what they may hold, how a run changes its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <temporal/api/operatorservice/v1/request_response.pb-c.h>

#include "model/history.h"
#include "model/message.h"
#include "tests/lib/service_chains.h"

#define START RPC_StartWorkflowExecution

typedef Pb__StartWorkflowExecutionRequest *start_request;

static void registered(struct service_client *client, const char *name, int type)
{
    (void)client_message(client_register(client, name, type));
}

static const Pb__SearchAttributes *shown(struct service_client *client)
{
    return client_describe(client, NULL)->workflow_execution_info->search_attributes;
}

/* ---- Registering ---- */

static const Pb__ListSearchAttributesResponse *list(struct service_client *client)
{
    Pb__ListSearchAttributesRequest request = PB__LIST_SEARCH_ATTRIBUTES_REQUEST__INIT;

    request.namespace_ = client_text(client, "default");
    return client_must(client, RPC_ListSearchAttributes, &request);
}

static const struct tl_reply *unregister(struct service_client *client, const char *name)
{
    Pb__RemoveSearchAttributesRequest request = PB__REMOVE_SEARCH_ATTRIBUTES_REQUEST__INIT;
    char *names[] = {client_text(client, "%s", name)};

    request.namespace_ = client_text(client, "default");
    request.n_search_attributes = 1;
    request.search_attributes = names;
    return client_ask(client, RPC_RemoveSearchAttributes, &request);
}

static void a_namespace_begins_without_its_own(void **state)
{
    struct service_client *client = *state;
    Pb__GetSearchAttributesRequest request = PB__GET_SEARCH_ATTRIBUTES_REQUEST__INIT;

    assert_int_equal(list(client)->n_custom_attributes, 0);
    assert_int_equal(list(client)->n_system_attributes, 16 + 11);
    registered(client, "Customer", INDEXED_VALUE_TYPE_KEYWORD);
    registered(client, "Customer", INDEXED_VALUE_TYPE_KEYWORD); /* it is there already */
    assert_int_equal(list(client)->n_custom_attributes, 1);
    assert_string_equal(list(client)->custom_attributes[0]->key, "Customer");
    assert_int_equal(list(client)->custom_attributes[0]->value, INDEXED_VALUE_TYPE_KEYWORD);
    const Pb__GetSearchAttributesResponse *all = client_must(client, RPC_GetSearchAttributes, &request);
    assert_int_equal(all->n_keys, 16 + 11 + 1);
}

static void what_is_registered_has_rules(void **state)
{
    struct service_client *client = *state;
    Pb__AddSearchAttributesRequest request = PB__ADD_SEARCH_ATTRIBUTES_REQUEST__INIT;

    request.namespace_ = client_text(client, "default");
    assert_refused(
        client_ask(client, RPC_AddSearchAttributes, &request), TL_INVALID_ARGUMENT, "search_attributes is not set");
#define REFUSED(name, type, part) assert_refused(client_register(client, name, type), TL_INVALID_ARGUMENT, part)
    REFUSED("WorkflowId", INDEXED_VALUE_TYPE_KEYWORD, "\"WorkflowId\" is reserved");
    REFUSED("TemporalThing", INDEXED_VALUE_TYPE_KEYWORD, "is reserved");
    REFUSED("Memo", INDEXED_VALUE_TYPE_KEYWORD, "is reserved");
    REFUSED("Customer", INDEXED_VALUE_TYPE_UNSPECIFIED, "Customer has an unknown type");
    REFUSED("Customer", 99, "Customer has an unknown type");
    registered(client, "A", INDEXED_VALUE_TYPE_BOOL);
    registered(client, "B", INDEXED_VALUE_TYPE_BOOL);
    registered(client, "C", INDEXED_VALUE_TYPE_BOOL);
    REFUSED("D", INDEXED_VALUE_TYPE_BOOL, "no more than 3 may be of type Bool");
#undef REFUSED
    assert_int_equal(list(client)->n_custom_attributes, 3);
}

static void all_of_them_are_added_or_none(void **state)
{
    struct service_client *client = *state;
    Pb__AddSearchAttributesRequest request = PB__ADD_SEARCH_ATTRIBUTES_REQUEST__INIT;
    Pb__AddSearchAttributesRequest__SearchAttributesEntry good =
        PB__ADD_SEARCH_ATTRIBUTES_REQUEST__SEARCH_ATTRIBUTES_ENTRY__INIT;
    Pb__AddSearchAttributesRequest__SearchAttributesEntry bad = good;
    Pb__AddSearchAttributesRequest__SearchAttributesEntry *entries[] = {&good, &bad};
    good.key = client_text(client, "Customer");
    good.value = INDEXED_VALUE_TYPE_KEYWORD;
    bad.key = client_text(client, "RunId");
    bad.value = INDEXED_VALUE_TYPE_KEYWORD;
    request.namespace_ = client_text(client, "default");
    request.n_search_attributes = 2;
    request.search_attributes = entries;

    assert_refused(client_ask(client, RPC_AddSearchAttributes, &request), TL_INVALID_ARGUMENT, "RunId");

    assert_int_equal(list(client)->n_custom_attributes, 0);
}

static void what_is_registered_can_be_removed(void **state)
{
    struct service_client *client = *state;
    start_request request = client_start_request(client, WORKFLOW);
    request->search_attributes = client_attributes(client, "Customer", "\"ann\"");
    registered(client, "Customer", INDEXED_VALUE_TYPE_KEYWORD);

    (void)client_message(unregister(client, "Customer"));

    assert_int_equal(list(client)->n_custom_attributes, 0);
    assert_refused(client_ask(client, START, request), TL_INVALID_ARGUMENT, "Customer is not defined");
    assert_refused(unregister(client, "BuildIds"), TL_INVALID_ARGUMENT, "BuildIds is the service's own");
    (void)client_message(unregister(client, "Unheard"));
}

static void options_register_them_too(void **state)
{
    static const struct tl_search_definition attributes[] = {
        {"Customer", TL_SEARCH_KEYWORD}, {"Due", TL_SEARCH_DATETIME}, {NULL, TL_SEARCH_UNSET}};
    static const struct tl_search_definition wrong[] = {{"Customer", (enum tl_search_type)8}, {NULL, TL_SEARCH_UNSET}};
    const struct tl_driver_options driver_options = {.seed = 1};
    struct tl_sim_options options = {.search_attributes = attributes};
    struct tl_error error;
    struct tl_driver *driver = tl_driver_new(&driver_options, &error);

    (void)state;
    struct tl_sim *sim = tl_sim_new(driver, &options, &error);
    assert_non_null(sim);
    tl_sim_free(sim);
    options.search_attributes = wrong;
    assert_null(tl_sim_new(driver, &options, &error));
    assert_int_equal(error.status, TL_INVALID_ARGUMENT);
    assert_non_null(strstr(error.message, "Customer has an unknown type"));
    tl_driver_free(driver);
}

/* ---- Starting with some ---- */

static void they_are_kept_with_their_types(void **state)
{
    struct service_client *client = *state;
    start_request request = client_start_request(client, WORKFLOW);
    registered(client, "Customer", INDEXED_VALUE_TYPE_KEYWORD);
    registered(client, "Total", INDEXED_VALUE_TYPE_DOUBLE);
    request->search_attributes = client_attributes(client, "Customer", "\"ann\"");
    client_add_attribute(client, request->search_attributes, "Total", "12.5");
    client_add_attribute(client, request->search_attributes, "BuildIds", "[\"unversioned:7\"]");

    const char *run_id = client_start_as(client, request)->run_id;

    const Pb__SearchAttributes *kept = client_started(client, run_id)->search_attributes;
    assert_int_equal(kept->n_indexed_fields, 3);
    assert_string_equal(client_attribute_value(client, kept, "Customer"), "\"ann\"");
    assert_string_equal(client_attribute_type(client, kept, "Customer"), "Keyword");
    assert_string_equal(client_attribute_type(client, kept, "Total"), "Double");
    assert_string_equal(client_attribute_type(client, kept, "BuildIds"), "KeywordList");
    assert_same(shown(client), kept);
}

static void nil_values_are_left_out(void **state)
{
    struct service_client *client = *state;
    start_request request = client_start_request(client, WORKFLOW);
    registered(client, "Customer", INDEXED_VALUE_TYPE_KEYWORD);
    request->search_attributes = client_attributes(client, "Customer", "null");
    const char *run_id = client_start_as(client, request)->run_id;

    assert_null(client_started(client, run_id)->search_attributes);
    assert_int_equal(shown(client)->n_indexed_fields, 0);
}

static void expect_kind(struct service_client *client, const char *name, const char *value, bool right)
{
    start_request request = client_start_request(client, WORKFLOW);
    request->search_attributes = client_attributes(client, name, value);
    const struct tl_reply *reply = client_ask(client, START, request);

    if (!right) {
        assert_refused(reply, TL_INVALID_ARGUMENT, client_text(client, "the value of %s is no %s", name, name));
        return;
    }
    if (reply->status != TL_OK) {
        fail_msg("%s %s: %s", name, value, reply->text);
    }
    client_terminate(client, WORKFLOW);
}

static void values_are_of_their_types(void **state)
{
    static const struct {
        const char *name; /* called as its type is */
        int type;
        const char *right[6];
        const char *wrong[6];
    } kinds[] = {
        {"Bool", INDEXED_VALUE_TYPE_BOOL, {"true", "false", "[true,false]", "null", "[]"}, {"1", "\"true\"", "tru"}},
        {"Int",
         INDEXED_VALUE_TYPE_INT,
         {"7", "-9223372036854775808", "[1,2]", "0"},
         {"1.5", "1e3", "9223372036854775808", "\"7\"", "7 8"}},
        {"Double", INDEXED_VALUE_TYPE_DOUBLE, {"1.5", "-2e3", "7", "[1.5]"}, {"\"1\"", "1e999", "true"}},
        {"Keyword", INDEXED_VALUE_TYPE_KEYWORD, {"\"a\"", "\"\"", "[\"a\",\"b\"]"}, {"a", "7", "[\"a\",7]", "{}"}},
        {"Text", INDEXED_VALUE_TYPE_TEXT, {"\"one two\""}, {"7", "\"open"}},
        {"KeywordList",
         INDEXED_VALUE_TYPE_KEYWORD_LIST,
         {"[\"a\",\"b\"]", "[]", "null", "[null]"},
         {"\"a\"", "[7]", "[\"a\""}},
        {"Datetime",
         INDEXED_VALUE_TYPE_DATETIME,
         {"\"2026-01-02T03:04:05Z\"", "\"2026-01-02T03:04:05.678+01:00\""},
         {"\"yesterday\"", "7", "\"2026-01-02\""}},
    };
    struct service_client *client = *state;

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        registered(client, kinds[i].name, kinds[i].type);
        for (size_t j = 0; j < 6 && kinds[i].right[j] != NULL; j++) {
            expect_kind(client, kinds[i].name, kinds[i].right[j], true);
        }
        for (size_t j = 0; j < 6 && kinds[i].wrong[j] != NULL; j++) {
            expect_kind(client, kinds[i].name, kinds[i].wrong[j], false);
        }
    }
}

static void other_encodings_are_no_values(void **state)
{
    struct service_client *client = *state;
    start_request request = client_start_request(client, WORKFLOW);
    registered(client, "Customer", INDEXED_VALUE_TYPE_KEYWORD);
    request->search_attributes = client_attributes(client, "Customer", "\"ann\"");
    ProtobufCBinaryData *encoding = &request->search_attributes->indexed_fields[0]->value->metadata[0]->value;

    encoding->data = (uint8_t *)client_text(client, "binary/plain");
    encoding->len = strlen("binary/plain");
    assert_refused(client_ask(client, START, request), TL_INVALID_ARGUMENT, "the value of Customer is no Keyword");
    encoding->data = (uint8_t *)client_text(client, "binary/null");
    encoding->len = strlen("binary/null");
    (void)client_start_as(client, request);
}

static void not_every_name_can_be_set(void **state)
{
    struct service_client *client = *state;
    start_request request = client_start_request(client, WORKFLOW);

#define REFUSED(name, part)                                                                                            \
    request->search_attributes = client_attributes(client, name, "\"a\"");                                             \
    assert_refused(client_ask(client, START, request), TL_INVALID_ARGUMENT, part)
    REFUSED("Unheard", "Unheard is not defined");
    REFUSED("WorkflowId", "WorkflowId is not a workflow's to set");
    REFUSED("TemporalWorkerDeployment", "TemporalWorkerDeployment is not a workflow's to set");
#undef REFUSED
    assert_int_equal(tl_sim_open_runs(client->sim), 0);
}

static void they_have_limits(void **state)
{
    struct service_client *client = *state;
    start_request request = client_start_request(client, WORKFLOW);
    registered(client, "Customer", INDEXED_VALUE_TYPE_KEYWORD);

    request->search_attributes =
        client_attributes(client, "Customer", client_text(client, "\"%s\"", client_long_text(client, 2047)));
    assert_refused(client_ask(client, START, request), TL_INVALID_ARGUMENT, "the value of Customer exceeds 2048 bytes");
    request->search_attributes = client_attributes(client, "Customer", "\"ann\"");
    for (int i = 0; i < 100; i++) {
        client_add_attribute(client, request->search_attributes, client_text(client, "Name%d", i), "1");
    }
    assert_refused(client_ask(client, START, request), TL_INVALID_ARGUMENT, "has 101 keys, more than 100");
    assert_int_equal(tl_sim_open_runs(client->sim), 0);
}

/* Twenty values, each just small enough. */
static void all_together_have_a_limit(void **state)
{
    struct service_client *client = *state;
    start_request request = client_start_request(client, WORKFLOW);
    const char *value = client_text(client, "\"%s\"", client_long_text(client, 2046));
    Pb__SearchAttributes *wanted = PB_NEW(&client->arena, Pb__SearchAttributes, pb__search_attributes);

    for (int i = 0; i < 16; i++) {
        int type = i < 10   ? INDEXED_VALUE_TYPE_KEYWORD
                   : i < 13 ? INDEXED_VALUE_TYPE_TEXT
                            : INDEXED_VALUE_TYPE_KEYWORD_LIST;
        registered(client, client_text(client, "Name%d", i), type);
    }
    for (int i = 0; i < 13; i++) {
        client_add_attribute(client, wanted, client_text(client, "Name%d", i), value);
    }
    const char *list = client_text(client, "[\"%s\"]", client_long_text(client, 2044));
    for (int i = 13; i < 16; i++) {
        client_add_attribute(client, wanted, client_text(client, "Name%d", i), list);
    }
    client_add_attribute(client, wanted, "BuildIds", list);
    client_add_attribute(client, wanted, "BinaryChecksums", list);
    client_add_attribute(client, wanted, "TemporalChangeVersion", list);
    request->search_attributes = wanted;
    (void)client_start_as(client, request);
    client_terminate(client, WORKFLOW);
    client_add_attribute(client, wanted, "TemporalPauseInfo", list);
    assert_refused(client_ask(client, START, request), TL_INVALID_ARGUMENT, "search_attributes exceeds 40960 bytes");
}

/* ---- Upserting ---- */

static void an_upsert_changes_some(void **state)
{
    struct service_client *client = *state;
    start_request request = client_start_request(client, WORKFLOW);
    registered(client, "Customer", INDEXED_VALUE_TYPE_KEYWORD);
    registered(client, "Total", INDEXED_VALUE_TYPE_INT);
    registered(client, "Paid", INDEXED_VALUE_TYPE_BOOL);
    request->search_attributes = client_attributes(client, "Customer", "\"ann\"");
    client_add_attribute(client, request->search_attributes, "Total", "7");
    const char *run_id = client_start_as(client, request)->run_id;
    Pb__Command *command = command_upsert(client, "Paid", "true");
    Pb__SearchAttributes *wanted = command->upsert_workflow_search_attributes_command_attributes->search_attributes;
    client_add_attribute(client, wanted, "Customer", "null");
    client_add_attribute(client, wanted, "Total", "8");

    (void)client_complete(client, client_poll(client, NULL), COMMANDS(command));

    assert_history_from(client, WORKFLOW, 5, "5 UpsertWorkflowSearchAttributes\n");
    const Pb__UpsertWorkflowSearchAttributesEventAttributes *upserted =
        client_event(client, WORKFLOW, 5)->upsert_workflow_search_attributes_event_attributes;
    assert_int_equal(upserted->workflow_task_completed_event_id, 4);
    assert_int_equal(upserted->search_attributes->n_indexed_fields, 3);
    assert_string_equal(client_attribute_value(client, upserted->search_attributes, "Customer"), "null");
    assert_string_equal(client_attribute_type(client, upserted->search_attributes, "Paid"), "Bool");
    assert_int_equal(shown(client)->n_indexed_fields, 2);
    assert_string_equal(client_attribute_value(client, shown(client), "Total"), "8");
    assert_string_equal(client_attribute_value(client, shown(client), "Paid"), "true");
    assert_string_equal(
        client_attribute_value(client, client_started(client, run_id)->search_attributes, "Total"), "7");
}

static void a_run_that_continues_says_its_own(void **state)
{
    struct service_client *client = *state;
    start_request request = client_start_request(client, WORKFLOW);
    Pb__Command *command = command_continue_as_new(client);
    registered(client, "Customer", INDEXED_VALUE_TYPE_KEYWORD);
    request->search_attributes = client_attributes(client, "Customer", "\"ann\"");
    command->continue_as_new_workflow_execution_command_attributes->search_attributes =
        client_attributes(client, "Customer", "\"bob\"");
    const char *run_id = client_start_as(client, request)->run_id;

    (void)client_complete(client, client_poll(client, NULL), COMMANDS(command));

    assert_string_equal(client_attribute_value(client, shown(client), "Customer"), "\"bob\"");
    assert_string_equal(client_attribute_type(client, shown(client), "Customer"), "Keyword");
    assert_string_equal(
        client_attribute_value(
            client,
            client_last_event(client, run_id)->workflow_execution_continued_as_new_event_attributes->search_attributes,
            "Customer"),
        "\"bob\"");
}

static void a_retry_has_those_of_the_start(void **state)
{
    struct service_client *client = *state;
    start_request request = client_start_request(client, WORKFLOW);
    registered(client, "Customer", INDEXED_VALUE_TYPE_KEYWORD);
    request->search_attributes = client_attributes(client, "Customer", "\"ann\"");
    request->retry_policy = client_retry_policy(client);
    (void)client_start_as(client, request);

    (void)client_complete(
        client,
        client_poll(client, NULL),
        COMMANDS(command_upsert(client, "Customer", "\"bob\""), command_fail(client, "CardDeclined")));

    assert_string_equal(client_attribute_value(client, shown(client), "Customer"), "\"ann\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVICE_TEST(a_namespace_begins_without_its_own),
        SERVICE_TEST(what_is_registered_has_rules),
        SERVICE_TEST(all_of_them_are_added_or_none),
        SERVICE_TEST(what_is_registered_can_be_removed),
        cmocka_unit_test(options_register_them_too),
        SERVICE_TEST(they_are_kept_with_their_types),
        SERVICE_TEST(nil_values_are_left_out),
        SERVICE_TEST(values_are_of_their_types),
        SERVICE_TEST(other_encodings_are_no_values),
        SERVICE_TEST(not_every_name_can_be_set),
        SERVICE_TEST(they_have_limits),
        SERVICE_TEST(all_together_have_a_limit),
        SERVICE_TEST(an_upsert_changes_some),
        SERVICE_TEST(a_run_that_continues_says_its_own),
        SERVICE_TEST(a_retry_has_those_of_the_start),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
