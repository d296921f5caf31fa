/* SPDX-License-Identifier: MIT */
/* Queries as a service asks them: alone or beside a workflow task, of what is cached and of what is replayed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <timelapse/query.h>
/* cmocka wants the first four before it */
#include <cmocka.h>

#include "tests/worker/engine_fixture.h"

/* ---- A workflow that can be asked ---- */

struct state {
    int step;
    struct tl_future *timer;
};

/* How many of its timers the code has heard of, and whether the current one has fired. */
static enum tl_status
tell_step(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result, void *user)
{
    const struct state *state = user;

    (void)input;
    return tl_result_text(wf, result, "[%d, %d]", state->step, tl_future_ready(state->timer));
}

static enum tl_status
judge(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result, void *user)
{
    (void)wf;
    (void)input;
    (void)result;
    tl_driver_fail(user, TL_VERDICT, "", 0, "the handler found something wrong");
    return TL_OK;
}

static enum tl_status asked(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    struct state *state = tl_alloc(wf, sizeof *state);

    (void)input;
    (void)result;
    tl_query_handle(wf, "step", NULL, tell_step, state);
    tl_query_handle(wf, "judge", NULL, judge, tl_workflow_user(wf));
    for (; state->step < 2; state->step++) {
        state->timer = tl_timer_start(wf, TL_DAYS(state->step + 1));
        if (tl_future_wait(state->timer, NULL) != TL_OK) {
            return TL_CANCELED;
        }
    }
    return TL_OK;
}

static int setup(void **state)
{
    struct engine_fixture *fixture;

    if (engine_fixture_setup(state) != 0) {
        return -1;
    }
    fixture = *state;
    const struct tl_workflow_definition definition = {.type = "Asked", .run = asked, .user = fixture->driver};
    tl_register_workflow_with(fixture->registry, &definition);
    fixture->builder.count = 0;
    builder_start(&fixture->builder, "Asked", NULL);
    scripted_always(
        fixture->service,
        RPC_RespondQueryTaskCompleted,
        SCRIPTED_NEW(
            fixture->service, Pb__RespondQueryTaskCompletedResponse, pb__respond_query_task_completed_response));
    return 0;
}

/* ---- Asking ---- */

static Pb__WorkflowQuery *question(struct engine_fixture *fixture, const char *type, const char *json)
{
    struct arena *arena = scripted_arena(fixture->service);
    Pb__WorkflowQuery *query = PB_NEW(arena, Pb__WorkflowQuery, pb__workflow_query);
    struct tl_payload input = tl_payload_json(json);

    query->query_type = arena_strdup(arena, type);
    query->query_args = json == NULL ? NULL : pb_payloads(arena, TL_ARGS(input));
    return query;
}

/* A task that only asks for the step, of the state after the task that began with event `seen`. */
static Pb__PollWorkflowTaskQueueResponse *query_task(struct engine_fixture *fixture, size_t begin, int64_t seen)
{
    Pb__PollWorkflowTaskQueueResponse *task = engine_fixture_task(fixture, begin);

    task->started_event_id = 0;
    task->previous_started_event_id = seen;
    task->query = question(fixture, "step", NULL);
    return task;
}

static void ask(struct engine_fixture *fixture, size_t begin, int64_t seen)
{
    engine_fixture_give(fixture, query_task(fixture, begin, seen));
}

static size_t answers(const struct engine_fixture *fixture)
{
    return scripted_count(fixture->service, RPC_RespondQueryTaskCompleted);
}

static const Pb__RespondQueryTaskCompletedRequest *answer(const struct engine_fixture *fixture, size_t nth)
{
    assert_true(nth < answers(fixture));
    return SCRIPTED_REQUEST(fixture->service, RespondQueryTaskCompleted, nth);
}

static void assert_payload(const Pb__Payloads *payloads, const char *json)
{
    assert_int_equal(payloads->n_payloads, 1);
    assert_int_equal(payloads->payloads[0]->data.len, strlen(json));
    assert_memory_equal(payloads->payloads[0]->data.data, json, strlen(json));
}

static void assert_answered(const struct engine_fixture *fixture, size_t nth, const char *json)
{
    const Pb__RespondQueryTaskCompletedRequest *request = answer(fixture, nth);

    assert_int_equal(request->completed_type, QUERY_RESULT_TYPE_ANSWERED);
    assert_string_equal(request->error_message, "");
    assert_string_equal(request->namespace_, "default");
    assert_memory_equal(request->task_token.data, "token", 5);
    assert_payload(request->query_result, json);
}

static void assert_failed(const struct engine_fixture *fixture, size_t nth, const char *text)
{
    const Pb__RespondQueryTaskCompletedRequest *request = answer(fixture, nth);

    assert_int_equal(request->completed_type, QUERY_RESULT_TYPE_FAILED);
    assert_null(request->query_result);
    if (strstr(request->error_message, text) == NULL) {
        fail_msg("no \"%s\" in: %s", text, request->error_message);
    }
    assert_string_equal(request->failure->message, request->error_message);
}

static size_t fetched(const struct engine_fixture *fixture)
{
    return scripted_count(fixture->service, RPC_GetWorkflowExecutionHistory);
}

/* ---- Of the cache ---- */

static void a_cached_run_answers_without_history(void **state)
{
    struct engine_fixture *fixture = *state;

    engine_fixture_first_task(fixture);
    ask(fixture, fixture->builder.count, 3);
    assert_answered(fixture, 0, "[0, 0]");
    assert_int_equal(fetched(fixture), 0);
    assert_int_equal(fixture->done, 2);
    assert_int_equal(engine_cached(fixture->engine), 1);
}

/* Of the normal queue, with all of the history: the run has seen what is asked of. */
static void a_history_that_comes_along_is_not_replayed_in_vain(void **state)
{
    struct engine_fixture *fixture = *state;

    engine_fixture_first_task(fixture);
    ask(fixture, 0, 3);
    engine_fixture_give(fixture, engine_fixture_task(fixture, engine_fixture_timer_fires(fixture)));
    assert_answered(fixture, 0, "[0, 0]");
    assert_int_equal(engine_fixture_completions(fixture), 2); /* and the run went on where it was */
    assert_int_equal(fetched(fixture), 0);
}

static void a_query_of_an_older_state_has_expired(void **state)
{
    struct engine_fixture *fixture = *state;

    engine_fixture_first_task(fixture);
    engine_fixture_give(fixture, engine_fixture_task(fixture, engine_fixture_timer_fires(fixture)));
    ask(fixture, fixture->builder.count, 3);
    assert_failed(fixture, 0, "Query expired");
    ask(fixture, fixture->builder.count, fixture->builder.started);
    assert_answered(fixture, 1, "[1, 0]");
}

static void a_run_that_another_worker_went_on_with_is_replayed(void **state)
{
    struct engine_fixture *fixture = *state;

    engine_fixture_first_task(fixture);
    (void)engine_fixture_timer_fires(fixture);
    int64_t seen = fixture->builder.started;
    builder_task_completes(&fixture->builder);
    builder_timer_started(&fixture->builder, "2", TL_DAYS(2));
    ask(fixture, 0, seen);
    assert_answered(fixture, 0, "[1, 0]");
    assert_int_equal(engine_cached(fixture->engine), 1);
}

/* ---- Of history ---- */

static void a_run_that_is_not_cached_is_replayed_from_its_pages(void **state)
{
    struct engine_fixture *fixture = *state;

    builder_task_starts(&fixture->builder);
    (void)engine_fixture_timer_fires(fixture);
    int64_t seen = fixture->builder.started;
    builder_task_completes(&fixture->builder);
    builder_timer_started(&fixture->builder, "2", TL_DAYS(2));
    engine_fixture_page(fixture, 0, 4, "more");
    engine_fixture_page(fixture, 4, fixture->builder.count, NULL);
    ask(fixture, fixture->builder.count, seen);
    assert_int_equal(fetched(fixture), 2);
    assert_answered(fixture, 0, "[1, 0]");
    ask(fixture, fixture->builder.count, seen);
    assert_int_equal(fetched(fixture), 2);
    assert_answered(fixture, 1, "[1, 0]");
}

/* What no task has told the code of is not there yet: neither in its variables nor in its futures. */
static void a_replay_ends_with_what_was_decided(void **state)
{
    struct engine_fixture *fixture = *state;

    builder_task_starts(&fixture->builder);
    int64_t seen = fixture->builder.started;
    builder_task_completes(&fixture->builder);
    builder_timer_fired(&fixture->builder, "1", builder_timer_started(&fixture->builder, "1", TL_DAYS(1)));
    ask(fixture, 0, seen);
    assert_answered(fixture, 0, "[0, 0]");
    (void)engine_evict(fixture->engine, NULL);
    builder_task_starts(&fixture->builder); /* at another worker */
    ask(fixture, 0, seen);
    assert_answered(fixture, 1, "[0, 0]");
    (void)engine_evict(fixture->engine, NULL);
    builder_task_fails(&fixture->builder, WORKFLOW_TASK_FAILED_CAUSE_WORKFLOW_WORKER_UNHANDLED_FAILURE);
    ask(fixture, 0, seen);
    assert_answered(fixture, 2, "[0, 0]");
}

static void a_closed_run_is_asked_and_not_kept(void **state)
{
    struct engine_fixture *fixture = *state;

    builder_task_starts(&fixture->builder);
    (void)engine_fixture_timer_fires(fixture);
    builder_task_completes(&fixture->builder);
    builder_timer_fired(&fixture->builder, "2", builder_timer_started(&fixture->builder, "2", TL_DAYS(2)));
    builder_task(&fixture->builder);
    builder_completed(&fixture->builder, NULL);
    ask(fixture, 0, fixture->builder.started);
    assert_answered(fixture, 0, "[2, 1]");
    assert_int_equal(engine_cached(fixture->engine), 0);
}

static void a_terminated_run_is_not_kept_either(void **state)
{
    struct engine_fixture *fixture = *state;

    builder_task_starts(&fixture->builder);
    int64_t seen = fixture->builder.started;
    builder_task_completes(&fixture->builder);
    builder_timer_started(&fixture->builder, "1", TL_DAYS(1));
    Pb__HistoryEvent *event = builder_event(&fixture->builder, EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED);
    event->attributes_case = PB__HISTORY_EVENT__ATTRIBUTES_WORKFLOW_EXECUTION_TERMINATED_EVENT_ATTRIBUTES;
    event->workflow_execution_terminated_event_attributes = SCRIPTED_NEW(
        fixture->service,
        Pb__WorkflowExecutionTerminatedEventAttributes,
        pb__workflow_execution_terminated_event_attributes);
    ask(fixture, 0, seen);
    assert_answered(fixture, 0, "[0, 0]");
    assert_int_equal(engine_cached(fixture->engine), 0);
}

static void without_a_cache_each_query_is_replayed(void **state)
{
    struct engine_fixture *fixture = *state;

    engine_fixture_reopen(fixture, NULL, 0);
    builder_task_starts(&fixture->builder);
    int64_t seen = fixture->builder.started;
    builder_task_completes(&fixture->builder);
    builder_timer_started(&fixture->builder, "1", TL_DAYS(1));
    ask(fixture, 0, seen);
    ask(fixture, 0, seen);
    assert_answered(fixture, 1, "[0, 0]");
    assert_int_equal(engine_cached(fixture->engine), 0);
    assert_int_equal(fixture->done, 2);
}

/* ---- What cannot be answered ---- */

static void code_that_does_not_fit_fails_the_query_and_leaves(void **state)
{
    struct engine_fixture *fixture = *state;

    builder_task(&fixture->builder);
    builder_timer_started(&fixture->builder, "7", TL_DAYS(1));
    ask(fixture, 0, 3);
    assert_failed(fixture, 0, "event 5: expected TimerStarted of timer 7");
    assert_int_equal(answer(fixture, 0)->cause, WORKFLOW_TASK_FAILED_CAUSE_NON_DETERMINISTIC_ERROR);
    assert_int_equal(engine_cached(fixture->engine), 0);
    assert_int_equal(fixture->done, 1);
}

static void a_history_that_ends_early_fails_the_query(void **state)
{
    struct engine_fixture *fixture = *state;

    builder_task(&fixture->builder);
    builder_timer_started(&fixture->builder, "1", TL_DAYS(1));
    ask(fixture, 0, 9);
    assert_failed(fixture, 0, "ends before event 9");
    assert_int_equal(engine_cached(fixture->engine), 0);
}

static void a_history_without_a_completed_task_fails_the_query(void **state)
{
    struct engine_fixture *fixture = *state;

    builder_task_starts(&fixture->builder);
    ask(fixture, 0, 0);
    assert_failed(fixture, 0, "holds no completed workflow task");
}

/* Another worker, or a later try, may have more luck. */
static void a_history_that_cannot_be_had_answers_nothing(void **state)
{
    struct engine_fixture *fixture = *state;

    scripted_fail(fixture->service, RPC_GetWorkflowExecutionHistory, TL_PERMISSION_DENIED, "not you");
    ask(fixture, fixture->builder.count, 3);
    assert_int_equal(answers(fixture), 0);
    assert_int_equal(fixture->done, 1);
    assert_int_equal(engine_cached(fixture->engine), 0);
}

static void a_task_that_does_not_tell_whose_it_is_fails(void **state)
{
    struct engine_fixture *fixture = *state;
    Pb__PollWorkflowTaskQueueResponse *task = query_task(fixture, 0, 3);

    task->workflow_execution = NULL;
    engine_fixture_give(fixture, task);
    assert_failed(fixture, 0, "does not tell whose it is");
    assert_int_equal(fixture->done, 1);
}

static void a_result_that_is_too_large_fails_the_query(void **state)
{
    struct engine_fixture *fixture = *state;

    engine_fixture_first_task(fixture);
    scripted_fail(
        fixture->service,
        RPC_RespondQueryTaskCompleted,
        TL_RESOURCE_EXHAUSTED,
        "grpc: received message larger than max (5000000 vs. 4194304)");
    ask(fixture, fixture->builder.count, 3);
    assert_int_equal(answers(fixture), 2);
    assert_failed(fixture, 1, "too large to be sent");
    assert_int_equal(answer(fixture, 1)->cause, WORKFLOW_TASK_FAILED_CAUSE_GRPC_MESSAGE_TOO_LARGE);
    assert_int_equal(fixture->done, 2);
}

static void who_asked_may_be_gone(void **state)
{
    struct engine_fixture *fixture = *state;

    engine_fixture_first_task(fixture);
    scripted_fail(fixture->service, RPC_RespondQueryTaskCompleted, TL_NOT_FOUND, "query task not found");
    ask(fixture, fixture->builder.count, 3);
    assert_int_equal(answers(fixture), 1);
    assert_int_equal(fixture->done, 2);
    assert_int_equal(engine_cached(fixture->engine), 1);
}

static void a_verdict_in_a_handler_answers_nothing(void **state)
{
    struct engine_fixture *fixture = *state;

    engine_fixture_first_task(fixture);
    Pb__PollWorkflowTaskQueueResponse *task = query_task(fixture, fixture->builder.count, 3);
    task->query = question(fixture, "judge", NULL);
    engine_fixture_give(fixture, task);
    assert_non_null(tl_driver_verdict(fixture->driver));
    assert_string_equal(tl_driver_verdict(fixture->driver)->text, "the handler found something wrong");
    assert_string_equal(tl_driver_verdict(fixture->driver)->workflow_id, "workflow-1");
    assert_int_equal(answers(fixture), 0);
}

/* ---- Beside a task ---- */

static void queries_wait_for_the_task_under_way(void **state)
{
    struct engine_fixture *fixture = *state;

    builder_task_starts(&fixture->builder);
    engine_fixture_give(fixture, engine_fixture_task(fixture, 0));
    ask(fixture, fixture->builder.count, 3);
    ask(fixture, fixture->builder.count, 3);
    assert_int_equal(answers(fixture), 0);
    scripted_reply(fixture->service, RPC_RespondWorkflowTaskCompleted, engine_fixture_accepted(fixture));
    engine_fixture_run(fixture);
    assert_int_equal(answers(fixture), 2);
    assert_answered(fixture, 0, "[0, 0]");
    assert_answered(fixture, 1, "[0, 0]");
    assert_int_equal(fixture->done, 3);
}

/* The state that the refused task left is none: what waited is answered from history. */
static void a_refused_task_leaves_its_queries_to_history(void **state)
{
    struct engine_fixture *fixture = *state;

    engine_fixture_first_task(fixture);
    int64_t seen = 3;
    size_t begin = fixture->builder.count;
    builder_task_completes(&fixture->builder);
    builder_timer_fired(&fixture->builder, "1", builder_timer_started(&fixture->builder, "1", TL_DAYS(1)));
    builder_task_starts(&fixture->builder);
    scripted_fail(fixture->service, RPC_RespondWorkflowTaskCompleted, TL_NOT_FOUND, "the task timed out");
    Pb__PollWorkflowTaskQueueResponse *task = engine_fixture_task(fixture, begin);
    engine_fixture_page(fixture, 0, fixture->builder.count, NULL);
    Pb__PollWorkflowTaskQueueResponse *query = query_task(fixture, fixture->builder.count, seen);
    engine_fixture_give(fixture, task);
    engine_fixture_give(fixture, query);
    assert_answered(fixture, 0, "[0, 0]");
    assert_int_equal(fetched(fixture), 1);
    assert_int_equal(fixture->done, 3);
}

static Pb__PollWorkflowTaskQueueResponse__QueriesEntry *
entry(struct engine_fixture *fixture, const char *key, Pb__WorkflowQuery *query)
{
    Pb__PollWorkflowTaskQueueResponse__QueriesEntry *entry = SCRIPTED_NEW(
        fixture->service,
        Pb__PollWorkflowTaskQueueResponse__QueriesEntry,
        pb__poll_workflow_task_queue_response__queries_entry);

    entry->key = arena_strdup(scripted_arena(fixture->service), key);
    entry->value = query;
    return entry;
}

static void queries_that_come_along_are_answered_with_the_task(void **state)
{
    struct engine_fixture *fixture = *state;

    engine_fixture_accept_completions(fixture);
    builder_task_starts(&fixture->builder);
    Pb__PollWorkflowTaskQueueResponse *task = engine_fixture_task(fixture, 0);
    Pb__PollWorkflowTaskQueueResponse__QueriesEntry *entries[] = {
        entry(fixture, "q1", question(fixture, "step", NULL)),
        entry(fixture, "q2", question(fixture, "unheard of", NULL)),
        entry(fixture, "q3", NULL)};
    task->n_queries = 3;
    task->queries = entries;
    engine_fixture_give(fixture, task);
    const Pb__RespondWorkflowTaskCompletedRequest *completion = engine_fixture_completion(fixture, 0);
    assert_int_equal(completion->n_commands, 1);
    assert_int_equal(completion->n_query_results, 3);
    assert_string_equal(completion->query_results[0]->key, "q1");
    assert_int_equal(completion->query_results[0]->value->result_type, QUERY_RESULT_TYPE_ANSWERED);
    assert_payload(completion->query_results[0]->value->answer, "[0, 0]");
    assert_int_equal(completion->query_results[1]->value->result_type, QUERY_RESULT_TYPE_FAILED);
    assert_non_null(strstr(completion->query_results[1]->value->error_message, "of type unheard of; known: "));
    assert_string_equal(
        completion->query_results[1]->value->failure->message, completion->query_results[1]->value->error_message);
    assert_int_equal(completion->query_results[2]->value->result_type, QUERY_RESULT_TYPE_FAILED);
    assert_int_equal(answers(fixture), 0);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, engine_fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_cached_run_answers_without_history),
        TEST(a_history_that_comes_along_is_not_replayed_in_vain),
        TEST(a_query_of_an_older_state_has_expired),
        TEST(a_run_that_another_worker_went_on_with_is_replayed),
        TEST(a_run_that_is_not_cached_is_replayed_from_its_pages),
        TEST(a_replay_ends_with_what_was_decided),
        TEST(a_closed_run_is_asked_and_not_kept),
        TEST(a_terminated_run_is_not_kept_either),
        TEST(without_a_cache_each_query_is_replayed),
        TEST(code_that_does_not_fit_fails_the_query_and_leaves),
        TEST(a_history_that_ends_early_fails_the_query),
        TEST(a_history_without_a_completed_task_fails_the_query),
        TEST(a_history_that_cannot_be_had_answers_nothing),
        TEST(a_task_that_does_not_tell_whose_it_is_fails),
        TEST(a_result_that_is_too_large_fails_the_query),
        TEST(who_asked_may_be_gone),
        TEST(a_verdict_in_a_handler_answers_nothing),
        TEST(queries_wait_for_the_task_under_way),
        TEST(a_refused_task_leaves_its_queries_to_history),
        TEST(queries_that_come_along_are_answered_with_the_task),
    };

    return cmocka_run_group_tests_name("worker/engine_query", tests, NULL, NULL);
}
