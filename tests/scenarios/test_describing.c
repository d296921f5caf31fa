/* SPDX-License-Identifier: MIT */
/* What a client is told about a run: as it started, as it changed, as it went on and ended. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <timelapse/converter.h>

#include "tests/scenarios/scenario.h"

/* Changes what it tells of itself, then works until it is told to go on. */
static enum tl_status works(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    const struct tl_field fields[] = {{"stage", tl_payload_json("2")}, {"old", tl_payload_null()}};
    const struct tl_search_attribute attributes[] = {tl_search_unset("Amount"), tl_search_bool("Paid", 1)};

    (void)result;
    if (input->count > 0) {
        return TL_OK;
    }
    tl_upsert_memo(wf, fields, 2);
    tl_upsert_search_attributes(wf, attributes, 2);
    (void)tl_activity_start(wf, "Step", NULL, &scenario_patient);
    if (tl_signal_wait(wf, "go", 0, NULL) != TL_OK) {
        return TL_CANCELED;
    }
    const struct tl_payload next = tl_payload_json("1");
    return tl_continue_as_new(wf, TL_ARGS(next), NULL);
}

static enum tl_status hangs(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    return tl_activity_sleep(activity, TL_SECONDS(8));
}

/* A codec that turns each byte round: nothing of it may be seen here. */
static enum tl_status turn(
    void *user, struct tl_codec_memory *memory, const struct tl_payload *in, struct tl_payload *out,
    struct tl_error *error)
{
    uint8_t *data = tl_codec_alloc(memory, in->data.len);

    (void)user;
    (void)error;
    for (size_t i = 0; i < in->data.len; i++) {
        data[i] = (uint8_t)~in->data.data[i];
    }
    *out = *in;
    out->data.data = data;
    return TL_OK;
}

static void register_all(struct tl_registry *registry)
{
    tl_register_workflow(registry, "Works", works);
    tl_register_activity(registry, "Step", hangs);
}

static void register_with_codec(struct tl_registry *registry)
{
    register_all(registry);
    tl_register_codec(registry, &(struct tl_codec){"turn", turn, turn, NULL});
}

static const struct tl_search_definition definitions[] = {
    {"Colour", TL_SEARCH_KEYWORD}, {"Amount", TL_SEARCH_INT}, {"Paid", TL_SEARCH_BOOL}, {NULL, TL_SEARCH_UNSET}};

static int setup(void **state)
{
    return tl_cmocka_setup(
        state, &(struct tl_env_options){.register_all = register_all, .search_attributes = definitions});
}

static int setup_with_codec(void **state)
{
    return tl_cmocka_setup(
        state, &(struct tl_env_options){.register_all = register_with_codec, .search_attributes = definitions});
}

static struct tl_handle *start(struct tl_env *env)
{
    const struct tl_field memo[] = {{"stage", tl_payload_json("1")}, {"old", tl_payload_json("0")}};
    const struct tl_search_attribute attributes[] = {tl_search_keyword("Colour", "red"), tl_search_int("Amount", 40)};
    const struct tl_start_options options = {
        .memo = memo,
        .memo_count = 2,
        .search_attributes = attributes,
        .search_attribute_count = 2,
        .start_delay = TL_HOURS(1),
        .priority = {.key = 2, .fairness_key = "t-1"},
        .summary = "An order",
        .details = "of \"c-7\""};

    return tl_env_start(env, "Works", "w", NULL, &options);
}

static struct tl_description describe(struct tl_handle *run)
{
    struct tl_description description;
    struct tl_error error;

    if (tl_handle_describe(run, &description, &error) != TL_OK) {
        fail_msg("%s %s", error.field, error.message);
    }
    return description;
}

static int is_json(const struct tl_payload *payload, const char *json)
{
    return tl_bytes_equal(payload->data, tl_bytes_of(json));
}

/* ---- Tests ---- */

static void a_run_is_described_as_it_started(void **state)
{
    struct tl_handle *run = start(*state);
    struct tl_description told = describe(run);

    assert_int_equal(told.status, TL_RUN_RUNNING);
    assert_string_equal(told.workflow_id, "w");
    assert_string_equal(told.run_id, tl_handle_run_id(run));
    assert_string_equal(told.first_run_id, tl_handle_run_id(run));
    assert_string_equal(told.workflow_type, "Works");
    assert_string_equal(told.task_queue, "test");
    assert_int_equal(told.started_at, tl_env_now(*state));
    assert_int_equal(told.executed_at, tl_env_now(*state) + TL_HOURS(1));
    assert_int_equal(told.closed_at, TL_NEVER);
    assert_int_equal(told.history_length, 1);
    assert_true(told.history_size > 0);
    assert_int_equal(told.priority.key, 2);
    assert_string_equal(told.priority.fairness_key, "t-1");
    assert_string_equal(told.summary, "An order");
    assert_string_equal(told.details, "of \"c-7\"");
    assert_int_equal(told.memo_count, 2);
    assert_string_equal(told.memo[0].key, "old");
    assert_string_equal(told.memo[1].key, "stage");
    assert_true(is_json(&told.memo[1].value, "1"));
    assert_int_equal(told.search_attribute_count, 2);
    assert_string_equal(told.search_attributes[0].name, "Amount");
    assert_int_equal(told.search_attributes[0].integer, 40);
    assert_string_equal(told.search_attributes[1].text, "red");
}

static void changes_and_work_are_seen(void **state)
{
    struct tl_handle *run = start(*state);

    tl_env_advance(*state, TL_HOURS(1) + TL_SECONDS(1));
    struct tl_description told = describe(run);
    assert_int_equal(told.memo_count, 1);
    assert_true(is_json(&told.memo[0].value, "2"));
    assert_int_equal(told.search_attribute_count, 2);
    assert_string_equal(told.search_attributes[0].name, "Colour");
    assert_string_equal(told.search_attributes[1].name, "Paid");
    assert_int_equal(told.search_attributes[1].truth, 1);
    assert_int_equal(told.pending_activities, 1);
    assert_false(told.cancel_requested);
    tl_env_signal(*state, run, "go", NULL);
    tl_assert_completed(*state, run);
}

/* A handle from a start is to the run that goes on; one to a run by its id stays there. */
static void ends_are_told(void **state)
{
    struct tl_handle *run = start(*state);
    struct tl_handle *first = tl_client_handle(tl_env_client(*state), "w", tl_handle_run_id(run));

    assert_non_null(first);
    tl_env_advance(*state, TL_HOURS(2));
    tl_env_signal(*state, run, "go", NULL);
    tl_assert_completed(*state, run);
    struct tl_description told = describe(run);
    assert_int_equal(told.status, TL_RUN_COMPLETED);
    assert_string_not_equal(told.run_id, tl_handle_run_id(run));
    assert_string_equal(told.first_run_id, tl_handle_run_id(run));
    assert_true(told.closed_at <= tl_env_now(*state));
    assert_true(is_json(&told.memo[0].value, "2"));
    assert_int_equal(describe(first).status, TL_RUN_CONTINUED_AS_NEW);
}

static void a_request_to_cancel_is_told(void **state)
{
    struct tl_handle *run = start(*state);

    tl_env_cancel(*state, run);
    assert_true(describe(run).cancel_requested);
    tl_assert_canceled(*state, run);
    assert_int_equal(describe(run).status, TL_RUN_CANCELED);
}

static void what_is_not_there_is_not_described(void **state)
{
    struct tl_handle *run = tl_client_handle(tl_env_client(*state), "nobody", NULL);
    struct tl_description description = {.workflow_id = "untouched"};
    struct tl_error error;

    assert_non_null(run);
    assert_int_equal(tl_handle_describe(run, &description, &error), TL_NOT_FOUND);
    assert_string_equal(description.workflow_id, "untouched");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENARIO(a_run_is_described_as_it_started),
        SCENARIO(changes_and_work_are_seen),
        SCENARIO(ends_are_told),
        SCENARIO(a_request_to_cancel_is_told),
        SCENARIO(what_is_not_there_is_not_described),
        {"described through a codec", a_run_is_described_as_it_started, setup_with_codec, tl_cmocka_teardown, NULL},
        {"a memo's field is taken away through a codec",
         changes_and_work_are_seen,
         setup_with_codec,
         tl_cmocka_teardown,
         NULL},
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
