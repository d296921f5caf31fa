/* SPDX-License-Identifier: MIT */
/* How a run ended and what its history is, as the client tells it, against a scripted service. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <timelapse/client.h>
#include <timelapse/converter.h>
#include <timelapse/history.h>
/* cmocka wants the first four before it */
#include <cmocka.h>

#include "base/check.h"
#include "model/history.h"
#include "tests/worker/worker_fixture.h"

static struct tl_error error;
static const struct tl_start_options orders = {.task_queue = "orders"};

static void open_client(const struct tl_client_options *options)
{
    universe.client = tl_client_new(universe.driver, scripted_service(universe.scripted), options, &error);
    assert_non_null(universe.client);
}

static int set_up(void **state)
{
    int result = universe_setup(state);

    error = (struct tl_error){0};
    open_client(&(struct tl_client_options){.skip_time = 1});
    return result;
}

static void reply_started(const char *run_id)
{
    Pb__StartWorkflowExecutionResponse *response =
        SCRIPTED_NEW(universe.scripted, Pb__StartWorkflowExecutionResponse, pb__start_workflow_execution_response);

    response->run_id = arena_strdup(scripted_arena(universe.scripted), run_id);
    scripted_reply(universe.scripted, RPC_StartWorkflowExecution, response);
}

static struct tl_handle *start(const struct tl_start_options *options)
{
    struct tl_handle *handle = NULL;

    reply_started("run-1");
    assert_int_equal(tl_client_start(universe.client, "Order", "order-1", NULL, options, &handle, &error), TL_OK);
    return handle;
}

#define STARTED(nth) SCRIPTED_REQUEST(universe.scripted, StartWorkflowExecution, nth)

/* ---- Histories ---- */

static Pb__GetWorkflowExecutionHistoryResponse *page_of(size_t events)
{
    struct arena *arena = scripted_arena(universe.scripted);
    Pb__GetWorkflowExecutionHistoryResponse *page =
        PB_NEW(arena, Pb__GetWorkflowExecutionHistoryResponse, pb__get_workflow_execution_history_response);

    page->history = PB_NEW(arena, Pb__History, pb__history);
    page->history->n_events = events;
    page->history->events = ARENA_ARRAY(arena, Pb__HistoryEvent *, events);
    for (size_t i = 0; i < events; i++) {
        page->history->events[i] = PB_NEW(arena, Pb__HistoryEvent, pb__history_event);
        page->history->events[i]->event_id = (int64_t)i + 1;
    }
    return page;
}

static void set_token(Pb__GetWorkflowExecutionHistoryResponse *page, const char *token)
{
    struct tl_bytes bytes = arena_bytes(scripted_arena(universe.scripted), tl_bytes_of(token));

    page->next_page_token = (ProtobufCBinaryData){bytes.len, (uint8_t *)(uintptr_t)bytes.data};
}

static void reply_page(const Pb__GetWorkflowExecutionHistoryResponse *page)
{
    scripted_reply(universe.scripted, RPC_GetWorkflowExecutionHistory, page);
}

#define ASKED(nth) SCRIPTED_REQUEST(universe.scripted, GetWorkflowExecutionHistory, nth)

static void a_history_is_read_page_by_page(void **state)
{
    struct tl_handle *handle = start(&orders);
    Pb__GetWorkflowExecutionHistoryResponse *first = page_of(3);
    struct tl_history *history = NULL;

    (void)state;
    set_token(first, "next");
    reply_page(first);
    Pb__GetWorkflowExecutionHistoryResponse *empty = page_of(0);
    set_token(empty, "last");
    reply_page(empty);
    reply_page(page_of(2));
    assert_int_equal(tl_handle_history(handle, &history, &error), TL_OK);
    assert_int_equal(tl_history_length(history), 5);
    assert_int_equal(history->events[2]->event_id, 3);
    assert_int_equal(history->events[4]->event_id, 2);
    assert_int_equal(ASKED(0)->next_page_token.len, 0);
    assert_memory_equal(ASKED(1)->next_page_token.data, "next", 4);
    assert_memory_equal(ASKED(2)->next_page_token.data, "last", 4);
    assert_false(ASKED(0)->wait_new_event);
    assert_string_equal(ASKED(0)->execution->run_id, "run-1");
    tl_handle_free(handle);
    tl_history_unref(history);
}

static void a_history_that_breaks_off_is_none(void **state)
{
    Pb__GetWorkflowExecutionHistoryResponse *first = page_of(3);
    struct tl_history *history = NULL;

    (void)state;
    set_token(first, "next");
    reply_page(first);
    scripted_fail(universe.scripted, RPC_GetWorkflowExecutionHistory, TL_NOT_FOUND, "gone");
    assert_int_equal(tl_handle_history(start(&orders), &history, &error), TL_NOT_FOUND);
    assert_null(history);
}

static void encoded_events_are_not_supported(void **state)
{
    Pb__GetWorkflowExecutionHistoryResponse *page = page_of(0);
    Pb__DataBlob *blob = SCRIPTED_NEW(universe.scripted, Pb__DataBlob, pb__data_blob);
    struct tl_history *history = NULL;

    (void)state;
    page->n_raw_history = 1;
    page->raw_history = &blob;
    reply_page(page);
    assert_int_equal(tl_handle_history(start(&orders), &history, &error), TL_UNSUPPORTED);
    assert_string_equal(error.field, "raw_history");
}

/* ---- Results ---- */

/* A page with one closing event whose attributes are `attributes`. */
#define CLOSED_BY(TYPE, CASE, member, attributes_message)                                                              \
    do {                                                                                                               \
        Pb__GetWorkflowExecutionHistoryResponse *page_ = page_of(1);                                                   \
        page_->history->events[0]->event_type = EVENT_TYPE_WORKFLOW_EXECUTION_##TYPE;                                  \
        page_->history->events[0]->attributes_case = PB__HISTORY_EVENT__ATTRIBUTES_WORKFLOW_EXECUTION_##CASE;          \
        page_->history->events[0]->member = (attributes_message);                                                      \
        reply_page(page_);                                                                                             \
    } while (0)

static void reply_completed(const char *json, const char *next_run)
{
    struct arena *arena = scripted_arena(universe.scripted);
    Pb__WorkflowExecutionCompletedEventAttributes *attributes =
        PB_NEW(arena, Pb__WorkflowExecutionCompletedEventAttributes, pb__workflow_execution_completed_event_attributes);

    if (json != NULL) {
        const struct tl_payload payload = tl_payload_json(json);
        attributes->result = pb_payloads(arena, TL_ARGS(payload));
    }
    attributes->new_execution_run_id = arena_strdup(arena, next_run);
    CLOSED_BY(COMPLETED, COMPLETED_EVENT_ATTRIBUTES, workflow_execution_completed_event_attributes, attributes);
}

static void a_result_is_waited_for(void **state)
{
    struct tl_handle *handle = start(&orders);
    struct tl_payload result = {0};

    (void)state;
    reply_completed("{\"receipt\": 7}", "");
    assert_null(tl_handle_failure(handle));
    assert_int_equal(tl_handle_result(handle, &result, &error), TL_OK);
    assert_true(tl_bytes_equal(result.data, tl_bytes_of("{\"receipt\": 7}")));
    assert_true(tl_payload_is(&result, "json/plain"));
    assert_null(tl_handle_failure(handle));
    assert_true(ASKED(0)->wait_new_event);
    assert_int_equal(ASKED(0)->history_event_filter_type, HISTORY_EVENT_FILTER_TYPE_CLOSE_EVENT);
    assert_string_equal(ASKED(0)->execution->run_id, "run-1");
}

static void a_result_is_asked_for_once(void **state)
{
    struct tl_handle *handle = start(&orders);
    struct tl_payload result = {0};

    (void)state;
    reply_completed("1", "");
    assert_int_equal(tl_handle_result(handle, NULL, &error), TL_OK);
    assert_int_equal(tl_handle_result(handle, &result, &error), TL_OK);
    assert_true(tl_bytes_equal(result.data, tl_bytes_of("1")));
    assert_int_equal(scripted_count(universe.scripted, RPC_GetWorkflowExecutionHistory), 1);
}

static void no_result_is_null(void **state)
{
    struct tl_payload result = {0};

    (void)state;
    reply_completed(NULL, "");
    assert_int_equal(tl_handle_result(start(&orders), &result, &error), TL_OK);
    assert_true(tl_payload_is(&result, "binary/null"));
}

static void a_long_poll_that_ends_empty_goes_on(void **state)
{
    Pb__GetWorkflowExecutionHistoryResponse *empty = page_of(0);

    (void)state;
    set_token(empty, "still open");
    reply_page(empty);
    scripted_fail(universe.scripted, RPC_GetWorkflowExecutionHistory, TL_DEADLINE_EXCEEDED, "late");
    reply_completed("1", "");
    assert_int_equal(tl_handle_result(start(&orders), NULL, &error), TL_OK);
    assert_memory_equal(ASKED(1)->next_page_token.data, "still open", 10);
    assert_memory_equal(ASKED(2)->next_page_token.data, "still open", 10);
}

static void the_runs_that_go_on_are_followed(void **state)
{
    struct tl_handle *handle = start(&orders);
    struct arena *arena = scripted_arena(universe.scripted);
    Pb__WorkflowExecutionContinuedAsNewEventAttributes *attributes = PB_NEW(
        arena,
        Pb__WorkflowExecutionContinuedAsNewEventAttributes,
        pb__workflow_execution_continued_as_new_event_attributes);

    (void)state;
    attributes->new_execution_run_id = arena_strdup(arena, "run-2");
    CLOSED_BY(
        CONTINUED_AS_NEW,
        CONTINUED_AS_NEW_EVENT_ATTRIBUTES,
        workflow_execution_continued_as_new_event_attributes,
        attributes);
    reply_completed("1", "run-3");
    reply_completed("2", "");
    struct tl_payload result = {0};
    assert_int_equal(tl_handle_result(handle, &result, &error), TL_OK);
    assert_true(tl_bytes_equal(result.data, tl_bytes_of("2")));
    assert_string_equal(ASKED(1)->execution->run_id, "run-2");
    assert_string_equal(ASKED(2)->execution->run_id, "run-3");
    assert_string_equal(tl_handle_run_id(handle), "run-1");
}

static void a_failed_run_gives_its_failure(void **state)
{
    struct tl_handle *handle = start(&orders);
    struct arena *arena = scripted_arena(universe.scripted);
    Pb__WorkflowExecutionFailedEventAttributes *attributes =
        PB_NEW(arena, Pb__WorkflowExecutionFailedEventAttributes, pb__workflow_execution_failed_event_attributes);

    (void)state;
    attributes->failure = PB_NEW(arena, Pb__Failure, pb__failure);
    attributes->failure->message = arena_strdup(arena, "never came");
    attributes->failure->failure_info_case = PB__FAILURE__FAILURE_INFO_APPLICATION_FAILURE_INFO;
    attributes->failure->application_failure_info =
        PB_NEW(arena, Pb__ApplicationFailureInfo, pb__application_failure_info);
    attributes->failure->application_failure_info->type = arena_strdup(arena, "NotDelivered");
    CLOSED_BY(FAILED, FAILED_EVENT_ATTRIBUTES, workflow_execution_failed_event_attributes, attributes);
    struct tl_payload result = tl_payload_json("untouched");
    assert_int_equal(tl_handle_result(handle, &result, &error), TL_FAILED);
    assert_true(tl_bytes_equal(result.data, tl_bytes_of("untouched")));
    assert_true(tl_failure_has_type(tl_handle_failure(handle), "NotDelivered"));
    assert_string_equal(tl_handle_failure(handle)->message, "never came");
}

static void a_canceled_run_is_canceled(void **state)
{
    struct tl_handle *handle = start(&orders);
    struct arena *arena = scripted_arena(universe.scripted);
    Pb__WorkflowExecutionCanceledEventAttributes *attributes =
        PB_NEW(arena, Pb__WorkflowExecutionCanceledEventAttributes, pb__workflow_execution_canceled_event_attributes);
    const struct tl_payload detail = tl_payload_json("\"half done\"");

    (void)state;
    attributes->details = pb_payloads(arena, TL_ARGS(detail));
    CLOSED_BY(CANCELED, CANCELED_EVENT_ATTRIBUTES, workflow_execution_canceled_event_attributes, attributes);
    assert_int_equal(tl_handle_result(handle, NULL, &error), TL_CANCELED);
    const struct tl_failure *failure = tl_handle_failure(handle);
    assert_int_equal(failure->kind, TL_FAILURE_CANCELED);
    assert_int_equal(failure->details_count, 1);
    assert_true(tl_bytes_equal(failure->details[0].data, tl_bytes_of("\"half done\"")));
}

static void a_terminated_run_has_failed(void **state)
{
    struct tl_handle *handle = start(&orders);
    struct arena *arena = scripted_arena(universe.scripted);
    Pb__WorkflowExecutionTerminatedEventAttributes *attributes = PB_NEW(
        arena, Pb__WorkflowExecutionTerminatedEventAttributes, pb__workflow_execution_terminated_event_attributes);

    (void)state;
    attributes->reason = arena_strdup(arena, "out of stock");
    CLOSED_BY(TERMINATED, TERMINATED_EVENT_ATTRIBUTES, workflow_execution_terminated_event_attributes, attributes);
    assert_int_equal(tl_handle_result(handle, NULL, &error), TL_FAILED);
    assert_int_equal(tl_handle_failure(handle)->kind, TL_FAILURE_TERMINATED);
    assert_string_equal(tl_handle_failure(handle)->message, "out of stock");
}

static void a_run_that_timed_out_has_timed_out(void **state)
{
    struct tl_handle *handle = start(&orders);

    (void)state;
    CLOSED_BY(
        TIMED_OUT,
        TIMED_OUT_EVENT_ATTRIBUTES,
        workflow_execution_timed_out_event_attributes,
        SCRIPTED_NEW(
            universe.scripted,
            Pb__WorkflowExecutionTimedOutEventAttributes,
            pb__workflow_execution_timed_out_event_attributes));
    assert_int_equal(tl_handle_result(handle, NULL, &error), TL_TIMED_OUT);
    assert_int_equal(tl_handle_failure(handle)->kind, TL_FAILURE_TIMEOUT);
    assert_int_equal(tl_handle_failure(handle)->timeout_type, TL_TIMEOUT_START_TO_CLOSE);
}

/* ---- Codecs ---- */

static enum tl_status shift_up(
    void *user, struct tl_codec_memory *memory, const struct tl_payload *in, struct tl_payload *out,
    struct tl_error *failure)
{
    uint8_t *data = tl_codec_alloc(memory, in->data.len);
    const int8_t *shift = user;

    (void)failure;
    for (size_t i = 0; i < in->data.len; i++) {
        data[i] = (uint8_t)(in->data.data[i] + (uint8_t)*shift);
    }
    *out = *in;
    out->data.data = data;
    return TL_OK;
}

static enum tl_status shift_down(
    void *user, struct tl_codec_memory *memory, const struct tl_payload *in, struct tl_payload *out,
    struct tl_error *failure)
{
    int8_t back = (int8_t) - *(const int8_t *)user;

    return shift_up(&back, memory, in, out, failure);
}

/* ---- Last events that close nothing ---- */

/* A page with one event of that type, whose attributes are those of a completed run, or none. */
static void reply_last_event(int event_type, bool has_attributes)
{
    struct arena *arena = scripted_arena(universe.scripted);
    Pb__GetWorkflowExecutionHistoryResponse *page = page_of(1);
    Pb__HistoryEvent *event = page->history->events[0];

    event->event_type = (Pb__EventType)event_type;
    if (has_attributes) {
        event->attributes_case = PB__HISTORY_EVENT__ATTRIBUTES_WORKFLOW_EXECUTION_COMPLETED_EVENT_ATTRIBUTES;
        event->workflow_execution_completed_event_attributes = PB_NEW(
            arena, Pb__WorkflowExecutionCompletedEventAttributes, pb__workflow_execution_completed_event_attributes);
    }
    reply_page(page);
}

static void a_closing_event_with_the_attributes_of_another_is_malformed(void **state)
{
    (void)state;
    for (int has_attributes = 0; has_attributes < 2; has_attributes++) {
        reply_last_event(EVENT_TYPE_WORKFLOW_EXECUTION_FAILED, has_attributes);
        assert_int_equal(tl_handle_result(start(&orders), NULL, &error), TL_MALFORMED);
        assert_string_equal(error.field, "history");
        assert_string_equal(error.message, "the run's last event, WorkflowExecutionFailed, lacks its attributes");
    }
}

static void a_closing_event_of_a_newer_server_is_not_supported(void **state)
{
    struct tl_handle *handle = start(&orders);

    (void)state;
    reply_last_event(4711, true);
    assert_int_equal(tl_handle_result(handle, NULL, &error), TL_UNSUPPORTED);
    assert_string_equal(error.field, "history");
    assert_non_null(strstr(error.message, "4711"));
    reply_completed("1", "");
    assert_int_equal(tl_handle_result(handle, NULL, &error), TL_OK);
}

static void a_client_with_a_registry_uses_its_codecs(void **state)
{
    static int8_t one = 1;
    const struct tl_payload input = tl_payload_json("123");
    struct tl_payload result = {0};
    struct tl_handle *handle = NULL;

    (void)state;
    tl_register_codec(universe.registry, &(struct tl_codec){"shift", shift_up, shift_down, &one});
    tl_client_free(universe.client);
    open_client(&(struct tl_client_options){.registry = universe.registry});
    reply_started("run-1");
    assert_int_equal(
        tl_client_start(universe.client, "Order", "order-1", TL_ARGS(input), &orders, &handle, &error), TL_OK);
    assert_string_equal(universe_text(STARTED(0)->input), "234");
    reply_completed("234", "");
    assert_int_equal(tl_handle_result(handle, &result, &error), TL_OK);
    assert_true(tl_bytes_equal(result.data, tl_bytes_of("123")));
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, universe_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_history_is_read_page_by_page),
        TEST(a_history_that_breaks_off_is_none),
        TEST(encoded_events_are_not_supported),
        TEST(a_result_is_waited_for),
        TEST(a_result_is_asked_for_once),
        TEST(no_result_is_null),
        TEST(a_long_poll_that_ends_empty_goes_on),
        TEST(the_runs_that_go_on_are_followed),
        TEST(a_failed_run_gives_its_failure),
        TEST(a_canceled_run_is_canceled),
        TEST(a_terminated_run_has_failed),
        TEST(a_run_that_timed_out_has_timed_out),
        TEST(a_closing_event_with_the_attributes_of_another_is_malformed),
        TEST(a_closing_event_of_a_newer_server_is_not_supported),
        TEST(a_client_with_a_registry_uses_its_codecs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
