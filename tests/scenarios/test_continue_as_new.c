/* SPDX-License-Identifier: MIT */
/* Going on as a new run: what it is given, what it inherits, what is kept before the end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/scenarios/scenario.h"

static int64_t number_of(const struct tl_payloads *input)
{
    int64_t number = 0;

    if (input->count > 0) {
        assert_int_equal(tl_json_get_int(&input->items[0], NULL, &number, NULL), TL_OK);
    }
    return number;
}

static struct tl_payload payload_of(struct tl_workflow *wf, int64_t number)
{
    return tl_payload_json(tl_format(wf, "%lld", (long long)number));
}

/* Three runs, a timer each. */
static enum tl_status counts(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    int64_t round = number_of(input) + 1;

    if (tl_sleep(wf, TL_HOURS(1)) != TL_OK) {
        return TL_CANCELED;
    }
    if (round < 3) {
        return tl_continue_as_new(wf, TL_ARGS(payload_of(wf, round)), NULL);
    }
    return tl_result_text(wf, result, "%lld", (long long)round);
}

static enum tl_status goes_elsewhere(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    static const struct tl_retry_policy retry = {.initial_interval = TL_SECONDS(7), .maximum_attempts = 4};
    const struct tl_field memo = {"kind", tl_payload_json("\"new\"")};
    const struct tl_field header = {"tenant", tl_payload_json("\"t-2\"")};
    const struct tl_continue_options options = {
        .workflow_type = "Tells",
        .run_timeout = TL_HOURS(5),
        .task_timeout = TL_SECONDS(20),
        .start_delay = TL_DAYS(2),
        .retry = &retry,
        .memo = &memo,
        .memo_count = 1,
        .headers = &header,
        .header_count = 1,
    };

    (void)result;
    return tl_continue_as_new(wf, input, &options);
}

/* What the run knows about itself. */
static enum tl_status tells(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    const struct tl_workflow_info *info = tl_workflow_info(wf);
    const struct tl_payload *kind = tl_workflow_memo(wf, "kind");
    const struct tl_search_attribute *colour = tl_workflow_search_attribute(wf, "Colour");

    return tl_result_text(
        wf,
        result,
        "{\"input\": %lld, \"type\": \"%s\", \"initiator\": %d, \"attempt\": %d, \"run\": %lld, \"task\": %lld, "
        "\"delay\": %lld, \"attempts\": %d, \"memo\": %.*s, \"old\": %d, \"tenant\": %d, \"colour\": \"%s\"}",
        (long long)number_of(input),
        info->workflow_type,
        (int)info->initiator,
        (int)info->attempt,
        (long long)(info->run_timeout / TL_SECONDS(1)),
        (long long)(info->task_timeout / TL_SECONDS(1)),
        (long long)(info->start_delay / TL_SECONDS(1)),
        info->retry == NULL ? 0 : (int)info->retry->maximum_attempts,
        kind == NULL ? 4 : (int)kind->data.len,
        kind == NULL ? "null" : (const char *)kind->data.data,
        tl_workflow_memo(wf, "old") != NULL,
        tl_workflow_header(wf, "tenant") != NULL,
        colour == NULL ? "" : colour->text);
}

/* Goes on as Tells with what it has, changed before. */
static enum tl_status hands_on(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    const struct tl_field fields[] = {{"kind", tl_payload_json("\"changed\"")}, {"old", tl_payload_null()}};
    const struct tl_search_attribute colour = tl_search_keyword("Colour", "green");
    const struct tl_continue_options options = {.workflow_type = "Tells"};
    enum tl_status status = tl_continue_as_new(wf, input, &options);

    (void)result;
    tl_upsert_memo(wf, fields, 2);
    tl_upsert_search_attributes(wf, &colour, 1);
    return status;
}

/* Goes on with neither. */
static enum tl_status strips(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    static const struct tl_field no_memo = {"", {{NULL, 0}, NULL, 0}};
    static const struct tl_search_attribute no_attributes = {.name = ""};
    const struct tl_continue_options options = {
        .workflow_type = "Tells", .memo = &no_memo, .search_attributes = &no_attributes};

    (void)result;
    return tl_continue_as_new(wf, input, &options);
}

/* Asks for much, and ends before any of it is there. */
static enum tl_status leaves_work(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    if (number_of(input) > 0) {
        return tl_result_text(wf, result, "2");
    }
    (void)tl_activity_start(wf, "Step", NULL, &scenario_patient);
    (void)tl_timer_start(wf, TL_DAYS(1));
    return tl_continue_as_new(wf, TL_ARGS(payload_of(wf, 1)), NULL);
}

static enum tl_status never_ends(struct tl_workflow *wf, void *user)
{
    (void)user;
    return tl_signal_wait(wf, "never", 0, NULL);
}

static enum tl_status decides(struct tl_workflow *wf, void *user)
{
    (void)user;
    if (tl_sleep(wf, TL_MINUTES(1)) != TL_OK) {
        return TL_CANCELED;
    }
    return tl_continue_as_new(wf, TL_ARGS(payload_of(wf, 1)), NULL);
}

/* Another coroutine says that it is time, and a third is still at work. */
static enum tl_status is_told_to(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    if (number_of(input) > 0) {
        return tl_result_text(wf, result, "\"new\"");
    }
    (void)tl_spawn(wf, "waiter", never_ends, NULL);
    return tl_future_wait(tl_spawn(wf, "decider", decides, NULL), NULL);
}

/* Says that it goes on, and thinks better of it. */
static enum tl_status
changes_its_mind(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    TL_IGNORE(tl_continue_as_new(wf, input, NULL));
    return tl_result_text(wf, result, "\"stayed\"");
}

/* Cleans up by going on: the new run is not canceled. */
static enum tl_status
outlives_cancellation(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    if (number_of(input) > 0) {
        return tl_result_text(wf, result, "%d", tl_is_canceled(wf));
    }
    TL_IGNORE(tl_sleep(wf, TL_DAYS(365)));
    return tl_is_canceled(wf) ? tl_continue_as_new(wf, TL_ARGS(payload_of(wf, 1)), NULL) : TL_FAILED;
}

static enum tl_status draws(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    int64_t before = number_of(input);
    int64_t drawn = (int64_t)(tl_random(wf) >> 12);

    if (before == 0) {
        return tl_continue_as_new(wf, TL_ARGS(payload_of(wf, drawn)), NULL);
    }
    return tl_result_text(wf, result, "%d", drawn != before);
}

/* Years of days, each run as long as the service finds good. */
static enum tl_status lives_long(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    int64_t day = number_of(input);

    while (!tl_workflow_info(wf)->continue_as_new_suggested) {
        if (day == 1000) {
            return tl_result_text(wf, result, "%lld", (long long)day);
        }
        if (tl_sleep(wf, TL_DAYS(1)) != TL_OK) {
            return TL_CANCELED;
        }
        day++;
    }
    if (tl_workflow_info(wf)->continue_as_new_reasons != TL_CONTINUE_FOR_EVENTS) {
        return tl_fail(wf, "OddReason", "%u", tl_workflow_info(wf)->continue_as_new_reasons);
    }
    return tl_continue_as_new(wf, TL_ARGS(payload_of(wf, day)), NULL);
}

static enum tl_status misuses(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    static const struct tl_retry_policy retry = {.maximum_attempts = -1};
    static const struct tl_search_attribute reserved = {.name = "TemporalChangeVersion", .type = TL_SEARCH_UNSET};
    const struct tl_continue_options wrong[] = {
        {.workflow_type = ""},
        {.task_queue = ""},
        {.run_timeout = -1},
        {.task_timeout = -1},
        {.start_delay = TL_DAYS(36501)},
        {.retry = &retry},
        {.memo_count = 1},
        {.header_count = 1},
        {.search_attributes = &reserved, .search_attribute_count = 1},
    };
    int64_t which = number_of(input);

    (void)result;
    return which == 9 ? TL_CONTINUE_AS_NEW : tl_continue_as_new(wf, NULL, &wrong[which]);
}

static enum tl_status step(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)activity;
    (void)input;
    (void)result;
    return TL_OK;
}

static void register_all(struct tl_registry *registry)
{
    tl_register_workflow(registry, "Counts", counts);
    tl_register_workflow(registry, "GoesElsewhere", goes_elsewhere);
    tl_register_workflow(registry, "Tells", tells);
    tl_register_workflow(registry, "HandsOn", hands_on);
    tl_register_workflow(registry, "Strips", strips);
    tl_register_workflow(registry, "LeavesWork", leaves_work);
    tl_register_workflow(registry, "IsToldTo", is_told_to);
    tl_register_workflow(registry, "ChangesItsMind", changes_its_mind);
    tl_register_workflow(registry, "OutlivesCancellation", outlives_cancellation);
    tl_register_workflow(registry, "Draws", draws);
    tl_register_workflow(registry, "LivesLong", lives_long);
    tl_register_workflow(registry, "Misuses", misuses);
    tl_register_activity(registry, "Step", step);
}

static const struct tl_search_definition definitions[] = {{"Colour", TL_SEARCH_KEYWORD}, {NULL, TL_SEARCH_UNSET}};

static int setup(void **state)
{
    return tl_cmocka_setup(
        state,
        &(struct tl_env_options){
            .register_all = register_all,
            .search_attributes = definitions,
            .tolerate_failed_tasks = 1,
            .limits = {.suggest_events = 100},
        });
}

/* ---- Tests ---- */

static void a_result_is_that_of_the_last_run(void **state)
{
    struct tl_handle *run = scenario_start(*state, "Counts", NULL);

    scenario_assert_result(*state, run, "3");
    assert_true(tl_env_elapsed(*state) >= TL_HOURS(3));
    assert_events(*state, run, "WorkflowExecutionStarted T TimerStarted TimerFired T WorkflowExecutionContinuedAsNew");
}

static void the_next_run_is_as_asked_for(void **state)
{
    const struct tl_field memo[] = {{"kind", tl_payload_json("\"first\"")}, {"old", tl_payload_json("1")}};
    const struct tl_start_options options = {.memo = memo, .memo_count = 2};
    struct tl_handle *run = tl_env_start(*state, "GoesElsewhere", "w", "7", &options);

    scenario_assert_result(
        *state,
        run,
        "{\"input\": 7, \"type\": \"Tells\", \"initiator\": 1, \"attempt\": 1, \"run\": 18000, \"task\": 20, "
        "\"delay\": 172800, \"attempts\": 4, \"memo\": \"new\", \"old\": 0, \"tenant\": 1, \"colour\": \"\"}");
    assert_true(tl_env_elapsed(*state) >= TL_DAYS(2));
}

/* Headers are not handed on; timeouts are, by the server; all else as it stands when the run ends. */
static void what_is_not_said_is_handed_on(void **state)
{
    static const struct tl_retry_policy retry = {.maximum_attempts = 6};
    const struct tl_field memo[] = {{"kind", tl_payload_json("\"first\"")}, {"old", tl_payload_json("1")}};
    const struct tl_field header = {"tenant", tl_payload_json("1")};
    const struct tl_search_attribute colour = tl_search_keyword("Colour", "red");
    const struct tl_start_options options = {
        .memo = memo,
        .memo_count = 2,
        .headers = &header,
        .header_count = 1,
        .search_attributes = &colour,
        .search_attribute_count = 1,
        .retry = &retry,
        .run_timeout = TL_HOURS(1),
        .task_timeout = TL_SECONDS(15),
    };
    struct tl_handle *run = tl_env_start(*state, "HandsOn", "w", "7", &options);

    scenario_assert_result(
        *state,
        run,
        "{\"input\": 7, \"type\": \"Tells\", \"initiator\": 1, \"attempt\": 1, \"run\": 3600, \"task\": 15, "
        "\"delay\": 1, \"attempts\": 6, \"memo\": \"changed\", \"old\": 0, \"tenant\": 0, \"colour\": \"green\"}");
}

static void memo_and_attributes_can_be_left_behind(void **state)
{
    const struct tl_field memo[] = {{"kind", tl_payload_json("\"first\"")}, {"old", tl_payload_json("1")}};
    const struct tl_search_attribute colour = tl_search_keyword("Colour", "red");
    const struct tl_start_options options = {
        .memo = memo, .memo_count = 2, .search_attributes = &colour, .search_attribute_count = 1};
    struct tl_handle *run = tl_env_start(*state, "Strips", "w", "7", &options);

    scenario_assert_result(
        *state,
        run,
        "{\"input\": 7, \"type\": \"Tells\", \"initiator\": 1, \"attempt\": 1, \"run\": 0, \"task\": 10, "
        "\"delay\": 1, \"attempts\": 0, \"memo\": null, \"old\": 0, \"tenant\": 0, \"colour\": \"\"}");
}

static void what_was_asked_for_before_comes_before(void **state)
{
    struct tl_handle *run = scenario_start(*state, "LeavesWork", NULL);

    scenario_assert_result(*state, run, "2");
    assert_events(
        *state, run, "WorkflowExecutionStarted T ActivityTaskScheduled TimerStarted WorkflowExecutionContinuedAsNew");
}

static void a_coroutine_may_decide(void **state)
{
    struct tl_handle *run = scenario_start(*state, "IsToldTo", NULL);

    scenario_assert_result(*state, run, "\"new\"");
    assert_int_equal(scenario_count_events(*state, run, "WorkflowExecutionContinuedAsNew"), 1);
}

static void what_the_function_returns_counts(void **state)
{
    scenario_assert_result(*state, scenario_start(*state, "ChangesItsMind", NULL), "\"stayed\"");
}

static void a_canceled_run_may_go_on(void **state)
{
    struct tl_handle *run = scenario_start(*state, "OutlivesCancellation", NULL);

    tl_env_run_until_idle(*state);
    tl_env_cancel(*state, run);
    scenario_assert_result(*state, run, "0");
}

static void each_run_draws_its_own_numbers(void **state)
{
    scenario_assert_result(*state, scenario_start(*state, "Draws", NULL), "1");
}

static void the_service_says_when_it_is_time(void **state)
{
    struct tl_handle *run = scenario_start(*state, "LivesLong", NULL);

    scenario_assert_result(*state, run, "1000");
    assert_true(tl_env_elapsed(*state) >= TL_DAYS(1000));
    assert_true(scenario_count_events(*state, run, "WorkflowExecutionContinuedAsNew") == 1);
    assert_true(scenario_count_events(*state, run, "TimerFired") < 30);
}

static void bad_options_fail_the_task(void **state)
{
    static const char *const fields[] = {
        "workflow_type",
        "task_queue",
        "run_timeout",
        "task_timeout",
        "start_delay",
        "retry.maximum_attempts",
        "memo",
        "headers",
        "search_attributes",
        "return value",
    };

    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        char json[8];
        char id[8];

        (void)snprintf(json, sizeof json, "%zu", i);
        (void)snprintf(id, sizeof id, "w-%zu", i);
        struct tl_handle *run = tl_env_start(*state, "Misuses", id, json, NULL);
        tl_env_run_until_idle(*state);
        assert_int_equal(scenario_count_events(*state, run, "WorkflowTaskFailed"), 1);
        assert_says(*state, run, fields[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENARIO(a_result_is_that_of_the_last_run),
        SCENARIO(the_next_run_is_as_asked_for),
        SCENARIO(what_is_not_said_is_handed_on),
        SCENARIO(memo_and_attributes_can_be_left_behind),
        SCENARIO(what_was_asked_for_before_comes_before),
        SCENARIO(a_coroutine_may_decide),
        SCENARIO(what_the_function_returns_counts),
        SCENARIO(a_canceled_run_may_go_on),
        SCENARIO(each_run_draws_its_own_numbers),
        SCENARIO(the_service_says_when_it_is_time),
        SCENARIO(bad_options_fail_the_task),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
