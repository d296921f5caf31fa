/* SPDX-License-Identifier: MIT */
/* Arguments of the workflow API that nothing can be made of fail the workflow task, naming the field. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
/* cmocka wants the first four before it */
#include <cmocka.h>

#include "base/list.h"
#include "tests/worker/replay_fixture.h"

static const struct tl_activity_options good = {.start_to_close = TL_SECONDS(10)};

static void start(struct tl_workflow *wf, const char *type, const struct tl_activity_options *options)
{
    (void)tl_activity_start(wf, type, NULL, options);
}

/* ---- Activities ---- */

static void no_type(struct tl_workflow *wf)
{
    start(wf, NULL, &good);
}

static void long_type(struct tl_workflow *wf)
{
    char type[1002];

    memset(type, 'x', sizeof type - 1);
    type[sizeof type - 1] = '\0';
    start(wf, type, &good);
}

static void odd_type(struct tl_workflow *wf)
{
    start(wf, "Ch\xff", &good);
}

static void no_timeout(struct tl_workflow *wf)
{
    start(wf, "Charge", &(const struct tl_activity_options){.heartbeat = 1});
}

static void negative_timeout(struct tl_workflow *wf)
{
    start(wf, "Charge", &(const struct tl_activity_options){.start_to_close = 1, .schedule_to_start = -1});
}

static void empty_id(struct tl_workflow *wf)
{
    start(wf, "Charge", &(const struct tl_activity_options){.start_to_close = 1, .activity_id = ""});
}

static void no_such_cancellation(struct tl_workflow *wf)
{
    start(
        wf,
        "Charge",
        &(const struct tl_activity_options){.start_to_close = 1, .cancellation = (enum tl_cancellation_type)3});
}

static void types_at_null(struct tl_workflow *wf)
{
    const struct tl_retry_policy retry = {.non_retryable_count = 1};

    start(wf, "Charge", &(const struct tl_activity_options){.start_to_close = 1, .retry = &retry});
}

static void shrinking_backoff(struct tl_workflow *wf)
{
    const struct tl_retry_policy retry = {.backoff_coefficient = 0.5};

    start(wf, "Charge", &(const struct tl_activity_options){.start_to_close = 1, .retry = &retry});
}

static void endless_backoff(struct tl_workflow *wf)
{
    const struct tl_retry_policy retry = {.backoff_coefficient = HUGE_VAL};

    start(wf, "Charge", &(const struct tl_activity_options){.start_to_close = 1, .retry = &retry});
}

static void interval_beyond_the_servers(struct tl_workflow *wf)
{
    const struct tl_retry_policy retry = {.maximum_interval = TL_DAYS(40000)};

    start(wf, "Charge", &(const struct tl_activity_options){.start_to_close = 1, .retry = &retry});
}

static void timeout_beyond_the_servers(struct tl_workflow *wf)
{
    start(wf, "Charge", &(const struct tl_activity_options){.start_to_close = TL_NEVER});
}

static void negative_priority(struct tl_workflow *wf)
{
    start(wf, "Charge", &(const struct tl_activity_options){.start_to_close = 1, .priority = {.key = -1}});
}

static void endless_weight(struct tl_workflow *wf)
{
    const struct tl_activity_options options = {.start_to_close = 1, .priority = {.fairness_weight = HUGE_VAL}};

    start(wf, "Charge", &options);
}

static void long_fairness_key(struct tl_workflow *wf)
{
    char key[66] = {0};

    memset(key, 'k', sizeof key - 1);
    start(wf, "Charge", &(const struct tl_activity_options){.start_to_close = 1, .priority = {.fairness_key = key}});
}

static void headers_at_null(struct tl_workflow *wf)
{
    start(wf, "Charge", &(const struct tl_activity_options){.start_to_close = 1, .header_count = 1});
}

static void odd_summary(struct tl_workflow *wf)
{
    start(wf, "Charge", &(const struct tl_activity_options){.start_to_close = 1, .summary = "\xc3"});
}

static void input_at_null(struct tl_workflow *wf)
{
    TL_IGNORE(tl_activity_run(wf, "Charge", &(const struct tl_payloads){NULL, 2}, &good, NULL));
}

static void odd_compensation(struct tl_workflow *wf)
{
    tl_saga_add(tl_saga_new(wf), "", NULL, NULL);
}

/* ---- Waiting ---- */

static void waits_for_nothing(struct tl_workflow *wf)
{
    (void)wf;
    (void)tl_wait_any(NULL, 0);
}

static int holds(void *user)
{
    (void)user;
    return 1;
}

static void condition_with_a_negative_limit(struct tl_workflow *wf)
{
    TL_IGNORE(tl_wait_until(wf, holds, NULL, -1));
}

static void signal_with_a_negative_limit(struct tl_workflow *wf)
{
    TL_IGNORE(tl_signal_wait(wf, "go", -1, NULL));
}

static void future_with_a_negative_limit(struct tl_workflow *wf)
{
    TL_IGNORE(tl_future_wait_for(tl_timer_start(wf, 1), -1, NULL));
}

static void limit_beyond_the_servers(struct tl_workflow *wf)
{
    TL_IGNORE(tl_signal_wait(wf, "go", TL_DAYS(36500) + 1, NULL));
}

static void timer_beyond_the_servers(struct tl_workflow *wf)
{
    (void)tl_timer_start(wf, TL_NEVER);
}

static void sleep_beyond_the_servers(struct tl_workflow *wf)
{
    (void)tl_timer_start(wf, TL_DAYS(36500));
    TL_IGNORE(tl_sleep(wf, TL_DAYS(36501)));
}

static void nameless_signal(struct tl_workflow *wf)
{
    TL_IGNORE(tl_signal_wait(wf, NULL, 0, NULL));
}

static void nameless_pending_signal(struct tl_workflow *wf)
{
    (void)tl_signal_pending(wf, NULL);
}

static void nothing_below_zero(struct tl_workflow *wf)
{
    (void)tl_random_below(wf, 0);
}

/* ---- Failing ---- */

static void retries_in_the_past(struct tl_workflow *wf)
{
    (void)tl_fail_with(wf, "Odd", "", &(const struct tl_fail_options){.next_retry_delay = -1});
}

static void odd_category(struct tl_workflow *wf)
{
    (void)tl_fail_with(wf, "Odd", "", &(const struct tl_fail_options){.category = (enum tl_failure_category)2});
}

static void details_at_null(struct tl_workflow *wf)
{
    (void)tl_fail_with(wf, "Odd", "", &(const struct tl_fail_options){.details_count = 1});
}

/* ---- Scopes, handlers, coroutines ---- */

static void scope_with_a_negative_limit(struct tl_workflow *wf)
{
    (void)tl_scope_new(wf, &(const struct tl_scope_options){.limit = -1});
}

static enum tl_status returns_at_once(struct tl_workflow *wf, void *user)
{
    (void)wf;
    return *(const enum tl_status *)user;
}

static void scope_that_ran_before(struct tl_workflow *wf)
{
    enum tl_status status = TL_OK;
    struct tl_scope *scope = tl_scope_new(wf, NULL);

    TL_IGNORE(tl_scope_run(scope, returns_at_once, &status));
    TL_IGNORE(tl_scope_run(scope, returns_at_once, &status));
}

static void any_of_nothing_for_a_while(struct tl_workflow *wf)
{
    size_t index;

    (void)wf;
    TL_IGNORE(tl_wait_any_for(NULL, 0, TL_SECONDS(1), &index));
}

static void all_with_a_negative_limit(struct tl_workflow *wf)
{
    struct tl_future *timer = tl_timer_start(wf, TL_SECONDS(1));

    TL_IGNORE(tl_wait_all_for(&timer, 1, -1));
}

static enum tl_status ignores(struct tl_workflow *wf, const char *name, const struct tl_payloads *input, void *user)
{
    (void)wf;
    (void)name;
    (void)input;
    (void)user;
    return TL_OK;
}

static void handler_of_an_odd_name(struct tl_workflow *wf)
{
    tl_signal_handle(wf, "g\xff", NULL, ignores, NULL);
}

static void handler_of_a_name_that_was_waited_for(struct tl_workflow *wf)
{
    tl_cancel_scope(wf);
    TL_IGNORE(tl_signal_wait(wf, "go", 0, NULL));
    tl_signal_handle(wf, "go", NULL, ignores, NULL);
}

static void wait_for_a_signal_that_is_handled(struct tl_workflow *wf)
{
    tl_signal_handle(wf, "go", NULL, ignores, NULL);
    TL_IGNORE(tl_signal_wait(wf, "go", 0, NULL));
}

static void coroutine_that_returns_nonsense(struct tl_workflow *wf)
{
    enum tl_status status = (enum tl_status)77;

    TL_IGNORE(tl_future_wait(tl_spawn(wf, "odd", returns_at_once, &status), NULL));
}

static void failures_without_a_count(struct tl_workflow *wf)
{
    (void)tl_saga_failures(tl_saga_new(wf), NULL);
}

static const struct {
    void (*misuse)(struct tl_workflow *wf);
    const char *field;
} misuses[] = {
    {no_type, "type"},
    {long_type, "type"},
    {odd_type, "type"},
    {no_timeout, "start_to_close"},
    {negative_timeout, "schedule_to_start"},
    {empty_id, "activity_id"},
    {negative_priority, "priority.key"},
    {endless_weight, "priority.fairness_weight"},
    {long_fairness_key, "priority.fairness_key"},
    {no_such_cancellation, "cancellation"},
    {types_at_null, "retry.non_retryable_types"},
    {shrinking_backoff, "retry.backoff_coefficient"},
    {endless_backoff, "retry.backoff_coefficient"},
    {interval_beyond_the_servers, "retry.maximum_interval"},
    {timeout_beyond_the_servers, "start_to_close"},
    {headers_at_null, "headers"},
    {odd_summary, "summary"},
    {input_at_null, "input"},
    {odd_compensation, "type"},
    {waits_for_nothing, "count"},
    {condition_with_a_negative_limit, "limit"},
    {signal_with_a_negative_limit, "limit"},
    {future_with_a_negative_limit, "limit"},
    {limit_beyond_the_servers, "limit"},
    {timer_beyond_the_servers, "duration"},
    {sleep_beyond_the_servers, "duration"},
    {nameless_signal, "name"},
    {nameless_pending_signal, "name"},
    {nothing_below_zero, "bound"},
    {retries_in_the_past, "next_retry_delay"},
    {details_at_null, "details"},
    {scope_with_a_negative_limit, "limit"},
    {scope_that_ran_before, "scope"},
    {any_of_nothing_for_a_while, "count"},
    {all_with_a_negative_limit, "limit"},
    {handler_of_an_odd_name, "name"},
    {handler_of_a_name_that_was_waited_for, "name"},
    {wait_for_a_signal_that_is_handled, "name"},
    {coroutine_that_returns_nonsense, "return value"},
    {failures_without_a_count, "count"},
    {odd_category, "category"},
};

static size_t which;

static enum tl_status misuses_it(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    misuses[which].misuse(wf);
    return TL_OK;
}

static enum tl_status misuses_beside(struct tl_workflow *wf, void *user)
{
    (void)user;
    misuses[which].misuse(wf);
    return TL_OK;
}

static enum tl_status spawns(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    return tl_future_wait(tl_spawn(wf, "beside", misuses_beside, NULL), NULL);
}

static void register_all(struct tl_registry *registry)
{
    tl_register_workflow(registry, "Misuses", misuses_it);
    tl_register_workflow(registry, "Spawns", spawns);
}

static int setup(void **state)
{
    return replay_fixture_open(state, register_all);
}

static void assert_each_names_its_field(struct replay_fixture *fixture, const char *workflow_type)
{
    builder_start(&fixture->builder, workflow_type, NULL);
    builder_task_starts(&fixture->builder);
    for (which = 0; which < COUNT_OF(misuses); which++) {
        assert_int_equal(replay_fixture_replay(fixture), TL_INVALID_ARGUMENT);
        assert_string_equal(fixture->error.field, misuses[which].field);
        assert_true(fixture->error.message[0] != '\0');
    }
}

static void misuse_names_its_field(void **state)
{
    assert_each_names_its_field(*state, "Misuses");
}

static void misuse_in_any_coroutine_names_its_field(void **state)
{
    assert_each_names_its_field(*state, "Spawns");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, replay_fixture_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(misuse_names_its_field),
        TEST(misuse_in_any_coroutine_names_its_field),
    };
    return cmocka_run_group_tests_name("misuse", tests, NULL, NULL);
}
