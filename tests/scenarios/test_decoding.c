/* SPDX-License-Identifier: MIT */
/* Structs of JSON in workflows and activities: what cannot be read fails where it is to be mended. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/scenarios/scenario.h"

struct line {
    const char *sku;
    int quantity;
};

struct order {
    const char *customer;
    struct line *lines;
    size_t line_count;
};

struct receipt {
    int64_t total;
    const char *note;
};

static const struct tl_json_field line_fields[] = {
    TL_JSON_STRING(struct line, sku),
    TL_JSON_INT(struct line, quantity),
};
static const struct tl_json_table line_table = TL_JSON_TABLE(struct line, line_fields);

static const struct tl_json_field order_fields[] = {
    TL_JSON_STRING(struct order, customer),
    TL_JSON_OBJECTS(struct order, lines, line_count, &line_table),
};
static const struct tl_json_table order_table = TL_JSON_TABLE(struct order, order_fields);

static const struct tl_json_field receipt_fields[] = {
    TL_JSON_INT(struct receipt, total),
    TL_JSON_STRING(struct receipt, note),
};
static const struct tl_json_table receipt_table = TL_JSON_TABLE(struct receipt, receipt_fields);

static const char *bad_note;

/* ---- Code ---- */

static enum tl_status add_up(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    struct order order;
    struct receipt receipt = {.note = bad_note};

    if (tl_activity_decode(activity, &order_table, tl_payload_at(input, 0), &order) != TL_OK) {
        return TL_FAILED;
    }
    for (size_t i = 0; i < order.line_count; i++) {
        receipt.total += order.lines[i].quantity;
    }
    return tl_activity_encode(activity, &receipt_table, &receipt, result);
}

static enum tl_status orders(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    struct order order;
    struct receipt receipt;
    struct tl_payload answer;

    tl_workflow_decode(wf, &order_table, tl_payload_at(input, 0), &order);
    order.customer = tl_format(wf, "%s & sons", order.customer);
    struct tl_payload changed = tl_workflow_encode(wf, &order_table, &order);
    if (tl_activity_run(wf, "AddUp", TL_ARGS(changed), &scenario_patient, &answer) != TL_OK) {
        return TL_FAILED;
    }
    tl_workflow_decode(wf, &receipt_table, &answer, &receipt);
    receipt.note = order.customer;
    *result = tl_workflow_encode(wf, &receipt_table, &receipt);
    return TL_OK;
}

/* Passes its input on as it is. */
static enum tl_status passes_on(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    return tl_activity_run(wf, "AddUp", input, &scenario_patient, result);
}

static enum tl_status writes_nothing(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    const struct receipt receipt = {.note = NULL};

    (void)input;
    *result = tl_workflow_encode(wf, &receipt_table, &receipt);
    return TL_OK;
}

static void register_all(struct tl_registry *registry)
{
    tl_register_workflow(registry, "Orders", orders);
    tl_register_workflow(registry, "PassesOn", passes_on);
    tl_register_workflow(registry, "WritesNothing", writes_nothing);
    tl_register_activity(registry, "AddUp", add_up);
}

static int setup(void **state)
{
    bad_note = "";
    return tl_cmocka_setup(state, &(struct tl_env_options){.register_all = register_all});
}

static int setup_tolerant(void **state)
{
    return tl_cmocka_setup(
        state, &(struct tl_env_options){.register_all = register_all, .no_shadow = 1, .tolerate_failed_tasks = 1});
}

#define ORDER "{\"customer\":\"Ada\",\"lines\":[{\"sku\":\"a\",\"quantity\":2},{\"sku\":\"b\",\"quantity\":40}]}"

/* ---- Tests ---- */

static void structs_go_through_workflow_and_activity(void **state)
{
    struct tl_handle *run = scenario_start(*state, "Orders", ORDER);

    scenario_assert_result(*state, run, "{\"total\":42,\"note\":\"Ada & sons\"}");
}

/* The task fails, not the workflow: code that reads it may be deployed. */
static void input_that_cannot_be_read_fails_the_task(void **state)
{
    struct tl_handle *run =
        scenario_start(*state, "Orders", "{\"customer\":\"Ada\",\"lines\":[{\"sku\":\"a\",\"quantity\":\"2\"}]}");

    tl_env_advance(*state, TL_SECONDS(1));
    assert_says(*state, run, "tl_workflow_decode: lines[0].quantity expected a whole number, found a string");
    assert_int_equal(scenario_count_events(*state, run, "WorkflowExecutionFailed"), 0);
}

static void no_input_at_all_fails_the_task(void **state)
{
    struct tl_handle *run = scenario_start(*state, "Orders", NULL);

    tl_env_advance(*state, TL_SECONDS(1));
    assert_says(*state, run, "there is no payload");
}

static void what_cannot_be_written_fails_the_task(void **state)
{
    struct tl_handle *run = scenario_start(*state, "WritesNothing", NULL);

    tl_env_advance(*state, TL_SECONDS(1));
    assert_says(*state, run, "tl_workflow_encode: note is NULL");
}

/* Another attempt would read the same. */
static void an_activity_that_cannot_read_is_not_retried(void **state)
{
    struct tl_handle *run = scenario_start(*state, "PassesOn", "{\"customer\":\"Ada\",\"lines\":[{\"sku\":7}]}");

    tl_assert_failed(*state, run, "DecodingError");
    assert_says(*state, run, "lines[0].sku: expected a string, found a number");
    assert_int_equal(scenario_count_events(*state, run, "ActivityTaskStarted"), 1);
}

static void an_activity_that_cannot_write_is_not_retried(void **state)
{
    bad_note = NULL;
    struct tl_handle *run = scenario_start(*state, "PassesOn", ORDER);

    tl_assert_failed(*state, run, "EncodingError");
    assert_says(*state, run, "note: is NULL");
}

#define TOLERANT(test) cmocka_unit_test_setup_teardown(test, setup_tolerant, tl_cmocka_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENARIO(structs_go_through_workflow_and_activity),
        TOLERANT(input_that_cannot_be_read_fails_the_task),
        TOLERANT(no_input_at_all_fails_the_task),
        TOLERANT(what_cannot_be_written_fails_the_task),
        SCENARIO(an_activity_that_cannot_read_is_not_retried),
        SCENARIO(an_activity_that_cannot_write_is_not_retried),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
