/* SPDX-License-Identifier: MIT */
/*
 * Every event type, closing status and cause of a failed workflow task that Temporal has: each is
 * brought about by a scenario here, or its family is named, which the service does not serve.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/service_client.h"

struct row {
    int value;
    void (*scene)(struct service_client *client, int argument); /* NULL: not served */
    int argument;
    const char *family; /* of what is not served */
};

#define SERVED(VALUE, scene, argument)                                                                                 \
    {                                                                                                                  \
        VALUE, scene, argument, NULL                                                                                   \
    }
#define FAMILY(VALUE, family)                                                                                          \
    {                                                                                                                  \
        VALUE, NULL, 0, family                                                                                         \
    }

/* ---- Pieces ---- */

static Pb__Command *charge(struct service_client *client)
{
    return command_activity(client, "1", "ChargeCard");
}

static Pb__Command *empty_command(struct service_client *client, int type)
{
    Pb__Command *command = PB_NEW(&client->arena, Pb__Command, pb__command);

    command->command_type = (Pb__CommandType)type;
    return command;
}

static Pb__Command *continue_as_new(struct service_client *client)
{
    Pb__Command *command = empty_command(client, COMMAND_TYPE_CONTINUE_AS_NEW_WORKFLOW_EXECUTION);

    command->attributes_case = PB__COMMAND__ATTRIBUTES_CONTINUE_AS_NEW_WORKFLOW_EXECUTION_COMMAND_ATTRIBUTES;
    command->continue_as_new_workflow_execution_command_attributes = PB_NEW(
        &client->arena,
        Pb__ContinueAsNewWorkflowExecutionCommandAttributes,
        pb__continue_as_new_workflow_execution_command_attributes);
    return command;
}

static void run_timeout(struct service_client *client)
{
    Pb__StartWorkflowExecutionRequest *request = client_start_request(client, WORKFLOW);

    request->workflow_run_timeout = client_duration(client, TL_SECONDS(60));
    (void)client_must(client, RPC_StartWorkflowExecution, request);
    client_pass(client, TL_SECONDS(60));
}

/* ---- Scenes of runs ---- */

static void starts(struct service_client *client, int argument)
{
    (void)argument;
    (void)client_start(client, WORKFLOW);
}

static void closes(struct service_client *client, int status)
{
    switch (status) {
    case WORKFLOW_EXECUTION_STATUS_COMPLETED:
        client_begin(client, WORKFLOW, COMMANDS(command_complete(client)));
        break;
    case WORKFLOW_EXECUTION_STATUS_FAILED:
        client_begin(client, WORKFLOW, COMMANDS(command_fail(client, "NotDelivered")));
        break;
    case WORKFLOW_EXECUTION_STATUS_CANCELED:
        client_begin(client, WORKFLOW, COMMANDS(command_cancel(client)));
        break;
    case WORKFLOW_EXECUTION_STATUS_CONTINUED_AS_NEW:
        client_begin(client, WORKFLOW, COMMANDS(continue_as_new(client)));
        break;
    case WORKFLOW_EXECUTION_STATUS_TIMED_OUT:
        run_timeout(client);
        break;
    default:
        (void)client_start(client, WORKFLOW);
        client_terminate(client, WORKFLOW);
        break;
    }
}

static void asks_to_cancel(struct service_client *client, int argument)
{
    (void)argument;
    (void)client_start(client, WORKFLOW);
    client_cancel(client, WORKFLOW);
}

static void signals(struct service_client *client, int argument)
{
    (void)argument;
    (void)client_start(client, WORKFLOW);
    client_signal(client, WORKFLOW, "delivered");
}

/* A second start that attaches its request to the run. */
static void attaches(struct service_client *client, int argument)
{
    Pb__StartWorkflowExecutionRequest *request = client_start_request(client, WORKFLOW);

    (void)argument;
    (void)client_start(client, WORKFLOW);
    request->request_id = client_text(client, "another-request");
    request->workflow_id_conflict_policy = WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING;
    request->on_conflict_options =
        PB_NEW(&client->arena, Pb__Workflow__OnConflictOptions, pb__workflow__on_conflict_options);
    request->on_conflict_options->attach_request_id = true;
    (void)client_must(client, RPC_StartWorkflowExecution, request);
}

static void skips_time(struct service_client *client, int argument)
{
    Pb__StartWorkflowExecutionRequest *request = client_start_request(client, WORKFLOW);

    (void)argument;
    request->time_skipping_config = PB_NEW(&client->arena, Pb__TimeSkippingConfig, pb__time_skipping_config);
    request->time_skipping_config->enabled = true;
    (void)client_must(client, RPC_StartWorkflowExecution, request);
    (void)client_complete(client, client_poll(client, NULL), COMMANDS(command_timer(client, "1", TL_DAYS(30))));
    client_run(client);
}

static void marks(struct service_client *client, int argument)
{
    (void)argument;
    client_begin(client, WORKFLOW, COMMANDS(command_marker(client, "Version")));
}

static void upserts(struct service_client *client, int type)
{
    Pb__Command *command = empty_command(client, type);
    const struct tl_payload value = tl_payload_json("\"worker-1\"");
    Pb__Payload *payload = pb_payload(&client->arena, &value);

    if (type == COMMAND_TYPE_MODIFY_WORKFLOW_PROPERTIES) {
        Pb__Memo__FieldsEntry *field = PB_NEW(&client->arena, Pb__Memo__FieldsEntry, pb__memo__fields_entry);
        Pb__ModifyWorkflowPropertiesCommandAttributes *attributes = PB_NEW(
            &client->arena,
            Pb__ModifyWorkflowPropertiesCommandAttributes,
            pb__modify_workflow_properties_command_attributes);
        field->key = client_text(client, "owner");
        field->value = payload;
        attributes->upserted_memo = PB_NEW(&client->arena, Pb__Memo, pb__memo);
        attributes->upserted_memo->n_fields = 1;
        attributes->upserted_memo->fields = arena_copy(&client->arena, &field, sizeof(void *));
        command->attributes_case = PB__COMMAND__ATTRIBUTES_MODIFY_WORKFLOW_PROPERTIES_COMMAND_ATTRIBUTES;
        command->modify_workflow_properties_command_attributes = attributes;
    } else {
        Pb__SearchAttributes__IndexedFieldsEntry *field = PB_NEW(
            &client->arena, Pb__SearchAttributes__IndexedFieldsEntry, pb__search_attributes__indexed_fields_entry);
        Pb__UpsertWorkflowSearchAttributesCommandAttributes *attributes = PB_NEW(
            &client->arena,
            Pb__UpsertWorkflowSearchAttributesCommandAttributes,
            pb__upsert_workflow_search_attributes_command_attributes);
        field->key = client_text(client, "BatcherUser"); /* one that every namespace has */
        field->value = payload;
        attributes->search_attributes = PB_NEW(&client->arena, Pb__SearchAttributes, pb__search_attributes);
        attributes->search_attributes->n_indexed_fields = 1;
        attributes->search_attributes->indexed_fields = arena_copy(&client->arena, &field, sizeof(void *));
        command->attributes_case = PB__COMMAND__ATTRIBUTES_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES_COMMAND_ATTRIBUTES;
        command->upsert_workflow_search_attributes_command_attributes = attributes;
    }
    client_begin(client, WORKFLOW, 1, &command);
}

/* ---- Scenes of workflow tasks ---- */

static void completes_task(struct service_client *client, int argument)
{
    (void)argument;
    client_begin(client, WORKFLOW, NO_COMMANDS);
}

static void task_times_out(struct service_client *client, int argument)
{
    (void)argument;
    (void)client_start(client, WORKFLOW);
    (void)client_poll(client, NULL);
    client_pass(client, TL_SECONDS(10));
}

/* The worker says so. */
static void fails_task(struct service_client *client, int cause)
{
    (void)client_start(client, WORKFLOW);
    (void)client_message(client_fail_task(client, client_poll(client, NULL), cause));
}

/* A command of that type without attributes, or of one that is not served. */
static void sends_nothing(struct service_client *client, int command_type)
{
    (void)client_start(client, WORKFLOW);
    Pb__Command *command = empty_command(client, command_type);
    (void)client_refused(client, client_poll(client, NULL), 1, &command);
}

static void sends_twice(struct service_client *client, int command_type)
{
    bool timer = command_type == COMMAND_TYPE_START_TIMER;

    (void)client_start(client, WORKFLOW);
    Pb__Command *command = timer ? command_timer(client, "1", TL_SECONDS(1)) : charge(client);
    (void)client_refused(client, client_poll(client, NULL), COMMANDS(command, command));
}

static void closes_unseen(struct service_client *client, int argument)
{
    (void)argument;
    (void)client_start(client, WORKFLOW);
    workflow_task task = client_poll(client, NULL);
    client_signal(client, WORKFLOW, "wait");
    (void)client_refused(client, task, COMMANDS(command_complete(client)));
}

/* A run is closed while a worker has its task. */
static void is_terminated(struct service_client *client, int argument)
{
    (void)argument;
    (void)client_start(client, WORKFLOW);
    (void)client_poll(client, NULL);
    client_terminate(client, WORKFLOW);
}

static void has_too_many_activities(struct service_client *client, int argument)
{
    Pb__Command *commands[3];

    (void)argument;
    for (int i = 0; i < 3; i++) {
        commands[i] = command_activity(client, client_text(client, "%d", i), "ChargeCard");
    }
    (void)client_start(client, WORKFLOW);
    (void)client_refused(client, client_poll(client, NULL), 3, commands);
}

/* ---- Scenes of activities and timers ---- */

static void schedules(struct service_client *client, int argument)
{
    (void)argument;
    client_begin(client, WORKFLOW, COMMANDS(charge(client)));
}

static void completes_activity(struct service_client *client, int argument)
{
    schedules(client, argument);
    (void)client_message(client_complete_activity(client, client_poll_activity(client)));
}

static void fails_activity(struct service_client *client, int argument)
{
    schedules(client, argument);
    (void)client_message(client_fail_activity(client, client_poll_activity(client), "CardDeclined", true));
}

static void activity_times_out(struct service_client *client, int argument)
{
    Pb__Command *command = charge(client);

    (void)argument;
    command->schedule_activity_task_command_attributes->schedule_to_start_timeout =
        client_duration(client, TL_SECONDS(5));
    client_begin(client, WORKFLOW, COMMANDS(command));
    client_pass(client, TL_SECONDS(5));
}

static void cancels_activity(struct service_client *client, int argument)
{
    schedules(client, argument);
    client_signal(client, WORKFLOW, "go on");
    (void)client_complete(client, client_poll(client, NULL), COMMANDS(command_cancel_activity(client, 5)));
}

static void timer_fires(struct service_client *client, int argument)
{
    (void)argument;
    client_begin(client, WORKFLOW, COMMANDS(command_timer(client, "1", TL_SECONDS(5))));
    client_pass(client, TL_SECONDS(5));
}

static void cancels_timer(struct service_client *client, int argument)
{
    (void)argument;
    client_begin(
        client, WORKFLOW, COMMANDS(command_timer(client, "1", TL_SECONDS(5)), command_cancel_timer(client, "1")));
}

/* ---- The vocabulary ---- */

#include "tests/sim/vocabulary.def"

/* ---- The gate ---- */

#define MOST 128

/* What a scene brought about. */
struct seen {
    bool events[MOST];
    bool causes[MOST];
    bool statuses[MOST];
    const char *run_id; /* of the first run */
};

static void on_event(void *user, const struct tl_trace_event *trace)
{
    struct seen *seen = user;
    const Pb__HistoryEvent *event = trace->data;

    seen->events[event->event_type] = true;
    if (event->event_type == EVENT_TYPE_WORKFLOW_TASK_FAILED) {
        seen->causes[event->workflow_task_failed_event_attributes->cause] = true;
    }
}

static void look_at_status(struct service_client *client, const char *run_id, struct seen *seen)
{
    Pb__DescribeWorkflowExecutionRequest *request =
        PB_NEW(&client->arena, Pb__DescribeWorkflowExecutionRequest, pb__describe_workflow_execution_request);

    request->namespace_ = client_text(client, "default");
    request->execution = client_execution(client, WORKFLOW, run_id);
    const Pb__DescribeWorkflowExecutionResponse *response = client_must(client, RPC_DescribeWorkflowExecution, request);
    seen->statuses[response->workflow_execution_info->status] = true;
}

static struct seen play(const struct row *row)
{
    static const struct tl_sim_options options = {.limits = {.pending_activities = 2}};
    struct service_client client;
    struct seen seen = {0};
    const struct tl_sink sink = {
        .on_event = on_event, .user = &seen, .mask = TL_TRACE_BIT(TL_TRACE_SERVICE_EVENT_ADDED)};

    service_client_open(&client, NULL, false);
    service_client_renew(&client, &options);
    assert_int_equal(tl_driver_add_sink(client.driver, &sink), TL_OK);
    row->scene(&client, row->argument);
    const char *first =
        client_event(&client, WORKFLOW, 1)->workflow_execution_started_event_attributes->first_execution_run_id;
    look_at_status(&client, first, &seen);
    service_client_close(&client);
    return seen;
}

static const struct row *find(const struct row *rows, size_t count, int value)
{
    for (size_t i = 0; i < count; i++) {
        if (rows[i].value == value) {
            return &rows[i];
        }
    }
    return NULL;
}

static void play_and_look(const struct row *row, const char *name, size_t offset)
{
    const struct seen seen = play(row);
    const bool *brought = (const bool *)(const void *)((const char *)&seen + offset);

    if (!brought[row->value]) {
        fail_msg("the scene of %s does not bring it about", name);
    }
}

/* Every value of the enum but the unspecified one stands in the table, and its scene brings it about. */
static void go_through(const ProtobufCEnumDescriptor *type, const struct row *rows, size_t count, size_t offset)
{
    for (unsigned i = 0; i < type->n_values; i++) {
        const ProtobufCEnumValue *value = &type->values[i];
        const struct row *row = find(rows, count, value->value);
        if (row != NULL && row->scene != NULL) {
            play_and_look(row, value->name, offset);
        }
        if (row == NULL && value->value != 0) {
            fail_msg("%s is neither brought about nor of a family that is not served", value->name);
        }
    }
}

#define GO_THROUGH(type, rows, member)                                                                                 \
    go_through(&type##__descriptor, rows, sizeof(rows) / sizeof((rows)[0]), offsetof(struct seen, member))

static void every_event_type(void **state)
{
    (void)state;
    GO_THROUGH(pb__event_type, event_types, events);
}

static void every_status(void **state)
{
    (void)state;
    GO_THROUGH(pb__workflow_execution_status, statuses, statuses);
}

static void every_cause_of_a_failed_task(void **state)
{
    (void)state;
    GO_THROUGH(pb__workflow_task_failed_cause, causes, causes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_event_type),
        cmocka_unit_test(every_status),
        cmocka_unit_test(every_cause_of_a_failed_task),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
