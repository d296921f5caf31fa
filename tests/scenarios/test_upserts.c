/* SPDX-License-Identifier: MIT */
/* What a run tells about itself: search attributes of every type and memo, as started and as changed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/scenarios/scenario.h"

#define MOMENT (TL_SECONDS(INT64_C(1600000000)) + TL_MILLISECONDS(250))

static const char *const tags[] = {"new", "a \"quoted\" one", "\xc3\xa4"};

/* One of each, as a start gives them. */
static const struct tl_search_attribute started_with[] = {
    {.name = "Note", .type = TL_SEARCH_TEXT, .text = "two words"},
    {.name = "Colour", .type = TL_SEARCH_KEYWORD, .text = "red"},
    {.name = "Amount", .type = TL_SEARCH_INT, .integer = -7},
    {.name = "Share", .type = TL_SEARCH_DOUBLE, .number = 0.1},
    {.name = "Paid", .type = TL_SEARCH_BOOL, .truth = 1},
    {.name = "Due", .type = TL_SEARCH_DATETIME, .time = MOMENT},
    {.name = "Tags", .type = TL_SEARCH_KEYWORD_LIST, .items = tags, .count = 3},
};

static int has_all(struct tl_workflow *wf)
{
    const struct tl_search_attribute *due = tl_workflow_search_attribute(wf, "Due");
    const struct tl_search_attribute *tag = tl_workflow_search_attribute(wf, "Tags");

    return strcmp(tl_workflow_search_attribute(wf, "Note")->text, "two words") == 0 &&
           tl_workflow_search_attribute(wf, "Note")->type == TL_SEARCH_TEXT &&
           strcmp(tl_workflow_search_attribute(wf, "Colour")->text, "red") == 0 &&
           tl_workflow_search_attribute(wf, "Colour")->type == TL_SEARCH_KEYWORD &&
           tl_workflow_search_attribute(wf, "Amount")->integer == -7 &&
           tl_workflow_search_attribute(wf, "Share")->number == 0.1 &&
           tl_workflow_search_attribute(wf, "Paid")->truth == 1 && due->time == MOMENT && tag->count == 3 &&
           strcmp(tag->items[1], tags[1]) == 0 && strcmp(tag->items[2], tags[2]) == 0 &&
           tl_workflow_search_attribute(wf, "Other") == NULL;
}

static enum tl_status reads(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    return tl_result_text(wf, result, "%d", has_all(wf));
}

static enum tl_status has_none(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    return tl_result_text(wf, result, "%d", tl_workflow_search_attribute(wf, "Colour") == NULL);
}

/* Sets all by itself, one after the other. */
static enum tl_status sets(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    for (size_t i = 0; i < 7; i++) {
        tl_upsert_search_attributes(wf, &started_with[i], 1);
    }
    int at_once = has_all(wf);

    if (tl_sleep(wf, TL_DAYS(1)) != TL_OK) {
        return TL_CANCELED;
    }
    return tl_result_text(wf, result, "%d", at_once && has_all(wf));
}

/* Changes one, takes two away, leaves the rest. */
static enum tl_status changes(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    const struct tl_search_attribute changed[] = {
        tl_search_keyword("Colour", "green"), tl_search_unset("Paid"), tl_search_keywords("Tags", NULL, 0)};
    const struct tl_search_attribute *before = tl_workflow_search_attribute(wf, "Colour");

    (void)input;
    tl_upsert_search_attributes(wf, changed, 3);
    if (tl_sleep(wf, TL_DAYS(1)) != TL_OK) {
        return TL_CANCELED;
    }
    return tl_result_text(
        wf,
        result,
        "[\"%s\", \"%s\", %d, %d, %lld]",
        before->text,
        tl_workflow_search_attribute(wf, "Colour")->text,
        tl_workflow_search_attribute(wf, "Paid") == NULL,
        tl_workflow_search_attribute(wf, "Tags") == NULL,
        (long long)tl_workflow_search_attribute(wf, "Amount")->integer);
}

static const char *memo_text(struct tl_workflow *wf, const char *key)
{
    const struct tl_payload *value = tl_workflow_memo(wf, key);

    return value == NULL ? "null" : tl_format(wf, "%.*s", (int)value->data.len, (const char *)value->data.data);
}

static enum tl_status changes_memo(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    const struct tl_field first[] = {
        {"a", tl_payload_json("10")}, {"b", tl_payload_null()}, {"d", tl_payload_json("4")}};
    const struct tl_field second[] = {{"d", tl_payload_json("[]")}, {"e", tl_payload_json("5")}};
    const struct tl_payload *before = tl_workflow_memo(wf, "a");

    (void)input;
    tl_upsert_memo(wf, first, 3);
    const char *between = memo_text(wf, "d");
    if (tl_sleep(wf, TL_DAYS(1)) != TL_OK) {
        return TL_CANCELED;
    }
    tl_upsert_memo(wf, second, 2);
    return tl_result_text(
        wf,
        result,
        "[%.*s, %s, %s, %s, %s, %s, %s]",
        (int)before->data.len,
        (const char *)before->data.data,
        memo_text(wf, "a"),
        memo_text(wf, "b"),
        memo_text(wf, "c"),
        between,
        memo_text(wf, "d"),
        memo_text(wf, "e"));
}

static enum tl_status tells_in_order(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    const struct tl_field field = {"stage", tl_payload_json("\"charged\"")};

    (void)result;
    tl_upsert_search_attributes(wf, &started_with[1], 1);
    (void)tl_timer_start(wf, TL_HOURS(1));
    tl_upsert_memo(wf, &field, 1);
    tl_cancel_scope(wf);
    tl_upsert_search_attributes(wf, &started_with[2], 1);
    return input->count == 0 ? TL_CANCELED : TL_OK;
}

/* A name that the service does not know, until it does. */
static enum tl_status is_refused(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    const struct tl_search_attribute unknown = tl_search_keyword("Unheard", "x");
    const struct tl_search_attribute wrong = tl_search_int("Colour", 5);

    (void)result;
    tl_upsert_search_attributes(wf, input->count == 0 ? &unknown : &wrong, 1);
    return TL_OK;
}

static enum tl_status misuses(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    static const struct tl_search_attribute wrong[][2] = {
        {{.name = "", .type = TL_SEARCH_UNSET}},
        {{.name = "Colour", .type = TL_SEARCH_KEYWORD}},
        {{.name = "Colour", .type = TL_SEARCH_KEYWORD, .text = "\xff"}},
        {{.name = "Colour", .type = (enum tl_search_type)8}},
        {{.name = "Share", .type = TL_SEARCH_DOUBLE, .number = 1e308 * 10}},
        {{.name = "Tags", .type = TL_SEARCH_KEYWORD_LIST, .count = 1}},
        {{.name = "TemporalChangeVersion", .type = TL_SEARCH_KEYWORD_LIST, .items = tags, .count = 1}},
        {{.name = "Paid", .type = TL_SEARCH_BOOL}, {.name = "Paid", .type = TL_SEARCH_BOOL}},
    };
    const struct tl_field twice[] = {{"a", tl_payload_null()}, {"a", tl_payload_null()}};
    int64_t which = 0;

    (void)result;
    TL_IGNORE(tl_json_get_int(&input->items[0], NULL, &which, NULL));
    if (which < 8) {
        tl_upsert_search_attributes(wf, wrong[which], which == 7 ? 2 : 1);
    } else if (which == 8) {
        tl_upsert_search_attributes(wf, wrong[0], 0);
    } else if (which == 9) {
        tl_upsert_search_attributes(wf, NULL, 1);
    } else {
        tl_upsert_memo(wf, twice, which == 10 ? 2 : 0);
    }
    return TL_OK;
}

static void register_all(struct tl_registry *registry)
{
    tl_register_workflow(registry, "Reads", reads);
    tl_register_workflow(registry, "HasNone", has_none);
    tl_register_workflow(registry, "Sets", sets);
    tl_register_workflow(registry, "Changes", changes);
    tl_register_workflow(registry, "ChangesMemo", changes_memo);
    tl_register_workflow(registry, "TellsInOrder", tells_in_order);
    tl_register_workflow(registry, "IsRefused", is_refused);
    tl_register_workflow(registry, "Misuses", misuses);
}

static const struct tl_search_definition definitions[] = {
    {"Note", TL_SEARCH_TEXT},
    {"Colour", TL_SEARCH_KEYWORD},
    {"Amount", TL_SEARCH_INT},
    {"Share", TL_SEARCH_DOUBLE},
    {"Paid", TL_SEARCH_BOOL},
    {"Due", TL_SEARCH_DATETIME},
    {"Tags", TL_SEARCH_KEYWORD_LIST},
    {NULL, TL_SEARCH_UNSET},
};

static int setup(void **state)
{
    return tl_cmocka_setup(
        state,
        &(struct tl_env_options){
            .register_all = register_all, .search_attributes = definitions, .tolerate_failed_tasks = 1});
}

static struct tl_handle *start_with_all(struct tl_env *env, const char *type)
{
    const struct tl_start_options options = {.search_attributes = started_with, .search_attribute_count = 7};

    return tl_env_start(env, type, "w", NULL, &options);
}

/* ---- Tests ---- */

/* Map entries come in any order; a timeline has them by name. */
static void a_timeline_tells_them_by_name(void **state)
{
    struct tl_handle *run = start_with_all(*state, "Changes");

    tl_assert_completed(*state, run);
    assert_non_null(
        strstr(tl_env_timeline(*state, run), "UpsertWorkflowSearchAttributes Colour=\"green\" Paid=null Tags=null\n"));
}

static void every_type_comes_back_from_a_start(void **state)
{
    scenario_assert_result(*state, start_with_all(*state, "Reads"), "1");
}

static void every_type_can_be_set(void **state)
{
    struct tl_handle *run = scenario_start(*state, "Sets", NULL);

    scenario_assert_result(*state, run, "1");
    assert_int_equal(scenario_count_events(*state, run, "UpsertWorkflowSearchAttributes"), 7);
}

static void what_is_changed_is_merged(void **state)
{
    scenario_assert_result(*state, start_with_all(*state, "Changes"), "[\"red\", \"green\", 1, 1, -7]");
}

static void what_is_unset_does_not_start(void **state)
{
    const struct tl_search_attribute unset = tl_search_unset("Colour");
    const struct tl_start_options options = {.search_attributes = &unset, .search_attribute_count = 1};

    scenario_assert_result(*state, tl_env_start(*state, "HasNone", "w", NULL, &options), "1");
}

static void a_memo_is_merged(void **state)
{
    const struct tl_field memo[] = {
        {"a", tl_payload_json("1")}, {"b", tl_payload_json("2")}, {"c", tl_payload_json("3")}};
    const struct tl_start_options options = {.memo = memo, .memo_count = 3};
    struct tl_handle *run = tl_env_start(*state, "ChangesMemo", "w", NULL, &options);

    scenario_assert_result(*state, run, "[1, 10, null, 3, 4, null, 5]");
    assert_int_equal(scenario_count_events(*state, run, "WorkflowPropertiesModified"), 2);
}

static void a_memo_begins_with_nothing(void **state)
{
    struct tl_handle *run = scenario_start(*state, "TellsInOrder", "1");

    tl_assert_completed(*state, run);
}

/* A canceled scope takes the timer back, and leaves the upserts. */
static void events_stand_in_the_order_of_calls(void **state)
{
    struct tl_handle *run = scenario_start(*state, "TellsInOrder", NULL);

    tl_assert_canceled(*state, run);
    assert_events(
        *state,
        run,
        "WorkflowExecutionStarted T UpsertWorkflowSearchAttributes WorkflowPropertiesModified "
        "UpsertWorkflowSearchAttributes WorkflowExecutionCanceled");
    assert_non_null(strstr(tl_env_timeline(*state, run), "UpsertWorkflowSearchAttributes Colour=\"red\"\n"));
    assert_non_null(strstr(tl_env_timeline(*state, run), "WorkflowPropertiesModified     stage=\"charged\"\n"));
}

static void what_the_service_does_not_know_fails_the_task(void **state)
{
    struct tl_handle *unknown = tl_env_start(*state, "IsRefused", "w-1", NULL, NULL);
    struct tl_handle *wrong = tl_env_start(*state, "IsRefused", "w-2", "1", NULL);

    tl_env_run_until_idle(*state);
    assert_int_equal(scenario_count_events(*state, unknown, "WorkflowTaskFailed"), 1);
    assert_says(*state, unknown, "Unheard is not defined");
    assert_says(*state, wrong, "the value of Colour is no Keyword");
}

static void bad_changes_fail_the_task(void **state)
{
    static const char *const words[] = {
        "search_attributes has a name, number 0, that is empty",
        "search_attributes has Colour without a value",
        "search_attributes has Colour without a value",
        "search_attributes has Colour of type 8",
        "search_attributes has Share without a value",
        "search_attributes has Tags without a value",
        "search_attributes has TemporalChangeVersion, which the library alone sets",
        "search_attributes has the name Paid twice",
        "there is nothing to change",
        "search_attributes is NULL, but there are 1",
        "memo has the key a twice",
        "there is nothing to change",
    };

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        char json[8];
        char id[8];

        (void)snprintf(json, sizeof json, "%zu", i);
        (void)snprintf(id, sizeof id, "w-%zu", i);
        struct tl_handle *run = tl_env_start(*state, "Misuses", id, json, NULL);
        tl_env_run_until_idle(*state);
        assert_says(*state, run, words[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENARIO(a_timeline_tells_them_by_name),
        SCENARIO(every_type_comes_back_from_a_start),
        SCENARIO(every_type_can_be_set),
        SCENARIO(what_is_changed_is_merged),
        SCENARIO(what_is_unset_does_not_start),
        SCENARIO(a_memo_is_merged),
        SCENARIO(a_memo_begins_with_nothing),
        SCENARIO(events_stand_in_the_order_of_calls),
        SCENARIO(what_the_service_does_not_know_fails_the_task),
        SCENARIO(bad_changes_fail_the_task),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
