/* SPDX-License-Identifier: MIT */
/* Poll loops: slots before polls, no queue starves, pauses after errors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
/* cmocka wants the first four before it */
#include <cmocka.h>

#include "base/random.h"
#include "tests/lib/scripted_service.h"
#include "worker/polling/poller.h"

static struct tl_driver *driver;
static struct scripted_service *scripted;
static struct random random_numbers;
static struct call_party party;
static struct slots workflow_slots;
static struct slots activity_slots;
static struct polling polling;

static unsigned tasks[POLLER_KINDS];
static unsigned returned;
static enum tl_status refused;

static void on_task(void *user, enum poller_kind kind, struct tl_reply *reply)
{
    (void)user;
    tasks[kind]++;
    tl_reply_unref(reply);
}

static void on_returned(void *user)
{
    (void)user;
    returned++;
}

static void on_refused(void *user, const struct tl_reply *reply)
{
    (void)user;
    refused = reply->status;
}

static int set_up(void **state)
{
    (void)state;
    memset(tasks, 0, sizeof(tasks));
    returned = 0;
    refused = TL_OK;
    driver = tl_driver_new(NULL, NULL);
    scripted = scripted_service_new(driver);
    random_seed(&random_numbers, 1);
    call_party_init(&party, tl_driver_agenda(driver), scripted_service(scripted), &random_numbers);
    polling = (struct polling){
        .agenda = tl_driver_agenda(driver),
        .party = &party,
        .on_task = on_task,
        .on_returned = on_returned,
        .on_refused = on_refused};
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    polling_done(&polling);
    call_party_done(&party);
    while (tl_driver_step(driver) == TL_STEP_RAN) {
    }
    size_t kept = scripted_service_free(scripted);
    tl_driver_free(driver);
    return kept == 0 ? 0 : -1;
}

/* ---- Shapes ---- */

static void add_workflow_pollers(size_t normal, size_t sticky, size_t slots)
{
    struct arena *arena = scripted_arena(scripted);
    Pb__PollWorkflowTaskQueueRequest *requests[2];

    for (size_t i = 0; i < COUNT_OF(requests); i++) {
        requests[i] = SCRIPTED_NEW(scripted, Pb__PollWorkflowTaskQueueRequest, pb__poll_workflow_task_queue_request);
        requests[i]->task_queue = SCRIPTED_NEW(scripted, Pb__TaskQueue, pb__task_queue);
        requests[i]->task_queue->kind = i == 0 ? TASK_QUEUE_KIND_NORMAL : TASK_QUEUE_KIND_STICKY;
    }
    slots_init(&workflow_slots, TL_SLOT_WORKFLOW_TASK, slots);
    polling_add(
        &polling,
        &(struct poller_plan){
            .kind = POLLER_WORKFLOW, .count = normal, .request = requests[0], .slots = &workflow_slots},
        arena);
    polling_add(
        &polling,
        &(struct poller_plan){.kind = POLLER_STICKY, .count = sticky, .request = requests[1], .slots = &workflow_slots},
        arena);
}

static void add_activity_pollers(size_t count, size_t slots)
{
    const void *request =
        SCRIPTED_NEW(scripted, Pb__PollActivityTaskQueueRequest, pb__poll_activity_task_queue_request);

    slots_init(&activity_slots, TL_SLOT_ACTIVITY, slots);
    polling_add(
        &polling,
        &(struct poller_plan){.kind = POLLER_ACTIVITY, .count = count, .request = request, .slots = &activity_slots},
        scripted_arena(scripted));
}

static void run_ready(void)
{
    while (tl_driver_step(driver) == TL_STEP_RAN) {
    }
}

static void run_until(tl_time at)
{
    run_ready();
    for (;;) {
        tl_time next = tl_driver_next_deadline(driver, TL_DEADLINE_WAKING | TL_DEADLINE_IDLE);

        if (next > at) {
            break;
        }
        tl_driver_advance_to(driver, next);
        run_ready();
    }
    tl_driver_advance_to(driver, at);
}

static size_t normal_polls(void)
{
    return scripted_waiting(scripted, RPC_PollWorkflowTaskQueue, scripted_is_normal);
}

static size_t sticky_polls(void)
{
    return scripted_waiting(scripted, RPC_PollWorkflowTaskQueue, scripted_is_sticky);
}

static size_t activity_polls(void)
{
    return scripted_waiting(scripted, RPC_PollActivityTaskQueue, NULL);
}

static void send_workflow_task(scripted_match_fn *queue, int64_t backlog)
{
    static uint8_t token[] = "token";
    Pb__PollWorkflowTaskQueueResponse *task =
        SCRIPTED_NEW(scripted, Pb__PollWorkflowTaskQueueResponse, pb__poll_workflow_task_queue_response);

    task->task_token = (ProtobufCBinaryData){sizeof(token), token};
    task->backlog_count_hint = backlog;
    scripted_reply_to(scripted, RPC_PollWorkflowTaskQueue, queue, task);
    run_ready();
}

static void send_activity_reply(bool with_task)
{
    static uint8_t token[] = "token";
    Pb__PollActivityTaskQueueResponse *reply =
        SCRIPTED_NEW(scripted, Pb__PollActivityTaskQueueResponse, pb__poll_activity_task_queue_response);

    if (with_task) {
        reply->task_token = (ProtobufCBinaryData){sizeof(token), token};
    }
    scripted_reply(scripted, RPC_PollActivityTaskQueue, reply);
    run_ready();
}

static void end_task(struct slots *slots)
{
    slots_release(slots);
    polling_pump(&polling);
}

/* ---- Slots ---- */

static void every_poller_polls_when_there_are_slots(void **state)
{
    (void)state;
    add_workflow_pollers(1, 4, 100);
    add_activity_pollers(5, 100);
    assert_int_equal(normal_polls() + sticky_polls() + activity_polls(), 0);
    polling_pump(&polling);
    assert_int_equal(normal_polls(), 1);
    assert_int_equal(sticky_polls(), 4);
    assert_int_equal(activity_polls(), 5);
    assert_int_equal(workflow_slots.used, 5);
}

static void no_poll_without_a_slot(void **state)
{
    (void)state;
    add_activity_pollers(5, 2);
    polling_pump(&polling);
    assert_int_equal(activity_polls(), 2);
    send_activity_reply(true);
    assert_int_equal(tasks[POLLER_ACTIVITY], 1);
    assert_int_equal(activity_polls(), 1);
    end_task(&activity_slots);
    assert_int_equal(activity_polls(), 2);
}

static void a_task_keeps_its_slot_and_the_poller_polls_on(void **state)
{
    (void)state;
    add_activity_pollers(1, 3);
    polling_pump(&polling);
    send_activity_reply(true);
    send_activity_reply(true);
    assert_int_equal(tasks[POLLER_ACTIVITY], 2);
    assert_int_equal(activity_slots.used, 3);
    assert_int_equal(activity_polls(), 1);
    send_activity_reply(true);
    assert_int_equal(activity_polls(), 0);
}

static void an_empty_reply_is_polled_after_at_once(void **state)
{
    tl_time start = tl_driver_now(driver);

    (void)state;
    add_activity_pollers(1, 1);
    polling_pump(&polling);
    send_activity_reply(false);
    assert_int_equal(scripted_count(scripted, RPC_PollActivityTaskQueue), 2);
    assert_int_equal(scripted_call(scripted, RPC_PollActivityTaskQueue, 1)->at, start);
    assert_int_equal(tasks[POLLER_ACTIVITY], 0);
}

static void a_poll_waits_seventy_seconds(void **state)
{
    tl_time start = tl_driver_now(driver);

    (void)state;
    add_activity_pollers(1, 1);
    polling_pump(&polling);
    assert_int_equal(scripted_call(scripted, RPC_PollActivityTaskQueue, 0)->deadline, start + TL_SECONDS(70));
    run_until(start + TL_SECONDS(70));
    assert_int_equal(scripted_count(scripted, RPC_PollActivityTaskQueue), 2);
    assert_int_equal(tl_driver_next_deadline(driver, TL_DEADLINE_WAKING), TL_NEVER);
}

/* ---- The two queues of workflow tasks ---- */

static void the_last_slot_is_kept_for_the_queue_nobody_polls(void **state)
{
    (void)state;
    add_workflow_pollers(2, 2, 2);
    polling_pump(&polling);
    assert_int_equal(normal_polls(), 1);
    assert_int_equal(sticky_polls(), 1);
}

static void the_normal_queue_does_not_starve(void **state)
{
    (void)state;
    add_workflow_pollers(1, 4, 2);
    polling_pump(&polling);
    send_workflow_task(scripted_is_normal, 0);
    assert_int_equal(normal_polls(), 0);
    assert_int_equal(sticky_polls(), 1);
    end_task(&workflow_slots);
    assert_int_equal(normal_polls(), 1);
    assert_int_equal(sticky_polls(), 1);
}

static void the_sticky_queue_does_not_starve(void **state)
{
    (void)state;
    add_workflow_pollers(4, 1, 2);
    polling_pump(&polling);
    send_workflow_task(scripted_is_sticky, 0);
    end_task(&workflow_slots);
    assert_int_equal(normal_polls(), 1);
    assert_int_equal(sticky_polls(), 1);
}

static void a_backlog_of_sticky_tasks_is_polled_first(void **state)
{
    (void)state;
    add_workflow_pollers(2, 2, 3);
    polling_pump(&polling);
    assert_int_equal(normal_polls(), 2);
    send_workflow_task(scripted_is_sticky, 5);
    send_workflow_task(scripted_is_normal, 0);
    assert_int_equal(normal_polls() + sticky_polls(), 1);
    end_task(&workflow_slots);
    assert_int_equal(sticky_polls(), 1);
    end_task(&workflow_slots);
    assert_int_equal(sticky_polls(), 2);
    assert_int_equal(normal_polls(), 1);
}

/* ---- Errors ---- */

/* The pause between the polls number n - 1 and n. */
static tl_duration pause_before(size_t n)
{
    return scripted_call(scripted, RPC_PollActivityTaskQueue, n)->at -
           scripted_call(scripted, RPC_PollActivityTaskQueue, n - 1)->at;
}

static void assert_about(tl_duration found, tl_duration expected)
{
    assert_in_range(found, expected / 10 * 8, expected / 10 * 12);
}

static void fail_polls(enum tl_status status, size_t times)
{
    for (size_t i = 0; i < times; i++) {
        scripted_fail(scripted, RPC_PollActivityTaskQueue, status, "no");
    }
    polling_pump(&polling);
    run_until(tl_driver_now(driver) + TL_SECONDS(60));
}

static void errors_are_paused_after(void **state)
{
    static const tl_duration pauses[] = {200, 400, 800, 1600, 3200, 6400, 10000, 10000};

    (void)state;
    add_activity_pollers(1, 1);
    fail_polls(TL_UNAVAILABLE, COUNT_OF(pauses));
    for (size_t i = 0; i < COUNT_OF(pauses); i++) {
        assert_about(pause_before(i + 1), TL_MILLISECONDS(pauses[i]));
    }
}

static void a_reached_limit_is_paused_after_for_longer(void **state)
{
    static const tl_duration pauses[] = {1, 2, 4, 8, 10};

    (void)state;
    add_activity_pollers(1, 1);
    fail_polls(TL_RESOURCE_EXHAUSTED, COUNT_OF(pauses));
    for (size_t i = 0; i < COUNT_OF(pauses); i++) {
        assert_about(pause_before(i + 1), TL_SECONDS(pauses[i]));
    }
}

static void a_success_ends_the_row_of_pauses(void **state)
{
    (void)state;
    add_activity_pollers(1, 1);
    fail_polls(TL_UNAVAILABLE, 3);
    send_activity_reply(false);
    size_t polls = scripted_count(scripted, RPC_PollActivityTaskQueue);
    fail_polls(TL_UNAVAILABLE, 1);
    assert_about(pause_before(polls), TL_MILLISECONDS(200));
}

static void a_pause_holds_no_slot(void **state)
{
    (void)state;
    add_activity_pollers(1, 1);
    scripted_fail(scripted, RPC_PollActivityTaskQueue, TL_UNAVAILABLE, "no");
    polling_pump(&polling);
    run_ready();
    assert_int_equal(activity_slots.used, 0);
    assert_int_equal(activity_polls(), 0);
}

static void being_canceled_by_the_service_is_no_error(void **state)
{
    (void)state;
    add_activity_pollers(1, 1);
    polling_pump(&polling);
    run_until(tl_driver_now(driver) + TL_SECONDS(30));
    scripted_fail(scripted, RPC_PollActivityTaskQueue, TL_CANCELED, "rebalancing");
    run_ready();
    assert_int_equal(pause_before(1), TL_SECONDS(30));
}

/* Else worker and service would keep each other busy. */
static void being_canceled_at_once_is_paused_after(void **state)
{
    (void)state;
    add_activity_pollers(1, 1);
    fail_polls(TL_CANCELED, 2);
    assert_about(pause_before(1), TL_MILLISECONDS(200));
    assert_about(pause_before(2), TL_MILLISECONDS(400));
}

static void a_refusal_is_believed_after_a_minute(void **state)
{
    (void)state;
    add_activity_pollers(1, 1);
    for (int i = 0; i < 20; i++) {
        scripted_fail(scripted, RPC_PollActivityTaskQueue, TL_NOT_FOUND, "namespace nowhere is not found");
    }
    polling_pump(&polling);
    run_until(tl_driver_now(driver) + TL_SECONDS(55));
    assert_int_equal(refused, TL_OK);
    run_until(tl_driver_now(driver) + TL_SECONDS(20));
    assert_int_equal(refused, TL_NOT_FOUND);
}

static void a_refusal_in_between_is_not_believed(void **state)
{
    (void)state;
    add_activity_pollers(1, 1);
    fail_polls(TL_PERMISSION_DENIED, 6);
    send_activity_reply(false);
    fail_polls(TL_PERMISSION_DENIED, 6);
    assert_int_equal(refused, TL_OK);
}

/* ---- Stopping ---- */

static void a_stop_sends_no_polls_and_calls_none_back_unless_told(void **state)
{
    (void)state;
    add_workflow_pollers(1, 4, 100);
    add_activity_pollers(5, 100);
    polling_pump(&polling);
    polling_stop(&polling);
    run_ready();
    assert_int_equal(returned, 0);
    polling_recall(&polling);
    run_ready();
    assert_int_equal(returned, 10);
    assert_int_equal(workflow_slots.used + activity_slots.used, 0);
    polling_pump(&polling);
    assert_int_equal(normal_polls() + sticky_polls() + activity_polls(), 0);
}

static void a_task_on_its_way_is_taken_in_spite_of_a_stop(void **state)
{
    static uint8_t token[] = "token";
    Pb__PollActivityTaskQueueResponse *reply =
        SCRIPTED_NEW(scripted, Pb__PollActivityTaskQueueResponse, pb__poll_activity_task_queue_response);

    (void)state;
    reply->task_token = (ProtobufCBinaryData){sizeof(token), token};
    add_activity_pollers(1, 1);
    polling_pump(&polling);
    scripted_reply(scripted, RPC_PollActivityTaskQueue, reply);
    polling_stop(&polling);
    run_ready();
    assert_int_equal(tasks[POLLER_ACTIVITY], 1);
    assert_int_equal(activity_slots.used, 1);
    assert_int_equal(returned, 0);
}

static void a_stop_ends_pauses(void **state)
{
    (void)state;
    add_activity_pollers(1, 1);
    scripted_fail(scripted, RPC_PollActivityTaskQueue, TL_UNAVAILABLE, "no");
    polling_pump(&polling);
    run_ready();
    polling_stop(&polling);
    assert_int_equal(tl_driver_next_deadline(driver, TL_DEADLINE_WAKING), TL_NEVER);
}

static void a_service_that_is_gone_is_polled_no_more(void **state)
{
    (void)state;
    add_activity_pollers(2, 2);
    scripted_refuse(scripted, TL_STOPPED);
    polling_pump(&polling);
    run_ready();
    assert_true(polling.stopped);
    assert_int_equal(activity_slots.used, 0);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_poller_polls_when_there_are_slots),
        TEST(no_poll_without_a_slot),
        TEST(a_task_keeps_its_slot_and_the_poller_polls_on),
        TEST(an_empty_reply_is_polled_after_at_once),
        TEST(a_poll_waits_seventy_seconds),
        TEST(the_last_slot_is_kept_for_the_queue_nobody_polls),
        TEST(the_normal_queue_does_not_starve),
        TEST(the_sticky_queue_does_not_starve),
        TEST(a_backlog_of_sticky_tasks_is_polled_first),
        TEST(errors_are_paused_after),
        TEST(a_reached_limit_is_paused_after_for_longer),
        TEST(a_success_ends_the_row_of_pauses),
        TEST(a_pause_holds_no_slot),
        TEST(being_canceled_by_the_service_is_no_error),
        TEST(being_canceled_at_once_is_paused_after),
        TEST(a_refusal_is_believed_after_a_minute),
        TEST(a_refusal_in_between_is_not_believed),
        TEST(a_stop_sends_no_polls_and_calls_none_back_unless_told),
        TEST(a_task_on_its_way_is_taken_in_spite_of_a_stop),
        TEST(a_stop_ends_pauses),
        TEST(a_service_that_is_gone_is_polled_no_more),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
