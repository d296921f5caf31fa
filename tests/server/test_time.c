/* SPDX-License-Identifier: MIT */
/* The protocol of time: who locks it, when it is skipped, and what other test servers get wrong about it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
/* cmocka wants the first four before it */
#include <cmocka.h>

#include "sim/server/universe_service.h"
#include "tests/server/flows.h"

#include <temporal/api/testservice/v1/request_response.pb-c.h>
#include <timelapse/server/v1/service.pb-c.h>

enum {
    NONE_YET = -1,
    OK = 0,
    INVALID_ARGUMENT = 3,
    FAILED_PRECONDITION = 9,
    UNIMPLEMENTED = 12
};

/* A client that has started "w", and a worker that has it wait for a timer of ten days. */
struct scene {
    struct station *station;
    struct caller *client;
    struct caller *worker;
};

static struct scene waits_for_ten_days(void **state)
{
    struct scene scene = {.station = *state, .client = caller_open(*state), .worker = caller_open(*state)};
    Pb__Command *timer = flow_timer(scene.station, "t", TL_DAYS(10));

    flow_start(scene.client, "w");
    flow_complete(scene.worker, flow_take(scene.worker), &timer, 1);
    return scene;
}

static void leave(struct scene *scene)
{
    caller_close(scene->client);
    caller_close(scene->worker);
}

static void it_starts_locked_and_goes_with_the_wall(void **state)
{
    struct scene scene = waits_for_ten_days(state);

    station_pass(scene.station, TL_SECONDS(90));
    assert_int_equal(station_elapsed(scene.station), TL_SECONDS(90));
    leave(&scene);
}

static void unlocked_it_is_skipped_to_what_waits(void **state)
{
    struct scene scene = waits_for_ten_days(state);

    assert_int_equal(time_unlock(scene.client), OK);
    assert_int_equal(station_elapsed(scene.station), TL_DAYS(10));
    leave(&scene);
}

/* The task of the timer's firing waits for a worker, and is then out at one. */
static void a_task_holds_it(void **state)
{
    struct scene scene = waits_for_ten_days(state);
    Pb__Command *timer = flow_timer(scene.station, "t2", TL_DAYS(5));

    assert_int_equal(time_unlock(scene.client), OK);
    station_pass(scene.station, TL_SECONDS(3));
    const Pb__PollWorkflowTaskQueueResponse *task = flow_take(scene.worker);
    station_pass(scene.station, TL_SECONDS(3));
    assert_int_equal(station_elapsed(scene.station), TL_DAYS(10) + TL_SECONDS(6));
    flow_complete(scene.worker, task, &timer, 1);
    assert_int_equal(station_elapsed(scene.station), TL_DAYS(15) + TL_SECONDS(6));
    leave(&scene);
}

static void an_unlock_without_a_lock_fails_and_changes_nothing(void **state)
{
    struct scene scene = waits_for_ten_days(state);

    assert_int_equal(time_unlock(scene.client), OK);
    struct asked_call *second = time_ask(scene.client, "UnlockTimeSkipping");
    assert_int_equal(second->code, NONE_YET);
    station_pass(scene.station, UNIVERSE_DOUBTS);
    assert_code(second, FAILED_PRECONDITION);
    assert_int_equal(time_lock(scene.client), OK);
    assert_int_equal(station_universe(scene.station)->locks.total, 1);
    leave(&scene);
}

/* Two results awaited at once: two unlocks, two locks. */
static void several_may_wait_at_once(void **state)
{
    struct scene scene = waits_for_ten_days(state);
    Pb__Command *result = flow_result(scene.station);

    assert_int_equal(time_unlock(scene.client), OK);
    struct asked_call *second = time_ask(scene.client, "UnlockTimeSkipping");
    struct asked_call *first_result = flow_await(scene.client, "w");
    assert_code(second, OK);
    struct asked_call *second_result = flow_await(scene.client, "w");
    flow_complete(scene.worker, flow_take(scene.worker), &result, 1);
    assert_code(first_result, OK);
    assert_code(second_result, OK);
    assert_int_equal(time_lock(scene.client), OK);
    assert_int_equal(time_lock(scene.client), OK);
    assert_int_equal(station_universe(scene.station)->locks.total, 1);
    leave(&scene);
}

static void a_peer_that_vanishes_leaves_it_locked(void **state)
{
    struct scene scene = waits_for_ten_days(state);

    assert_int_equal(time_unlock(scene.client), OK);
    caller_lose(scene.client);
    assert_int_equal(station_universe(scene.station)->locks.total, 1);
    leave(&scene);
}

static void locks_of_a_peer_that_vanishes_stay(void **state)
{
    struct scene scene = waits_for_ten_days(state);

    assert_int_equal(time_lock(scene.client), OK);
    caller_lose(scene.client);
    assert_int_equal(station_universe(scene.station)->locks.total, 2);
    leave(&scene);
}

static void a_sleep_skips_and_locks_again(void **state)
{
    struct scene scene = waits_for_ten_days(state);

    assert_code(time_unlock_with_sleep(scene.client, TL_DAYS(3)), OK);
    assert_int_equal(station_elapsed(scene.station), TL_DAYS(3));
    station_pass(scene.station, TL_SECONDS(1));
    assert_int_equal(station_elapsed(scene.station), TL_DAYS(3) + TL_SECONDS(1));
    leave(&scene);
}

static void a_sleep_that_is_given_up_is_undone(void **state)
{
    struct scene scene = waits_for_ten_days(state);

    flow_start(scene.client, "holds it");
    struct asked_call *call = time_unlock_with_sleep(scene.client, TL_DAYS(3));
    assert_int_equal(call->code, NONE_YET);
    caller_cancel(call);
    assert_int_equal(station_universe(scene.station)->locks.total, 1);
    assert_true(list_is_empty(&station_universe(scene.station)->sleeps));
    leave(&scene);
}

static void a_sleep_of_a_peer_that_vanishes_is_undone(void **state)
{
    struct scene scene = waits_for_ten_days(state);

    flow_start(scene.client, "holds it");
    assert_int_equal(time_unlock_with_sleep(scene.client, TL_DAYS(3))->code, NONE_YET);
    caller_lose(scene.client);
    assert_int_equal(station_universe(scene.station)->locks.total, 1);
    leave(&scene);
}

/* A sleep's unlock comes between another's and the wait that it was made for. */
static void a_sleep_may_unlock_before_a_result_is_awaited(void **state)
{
    struct scene scene = waits_for_ten_days(state);
    Pb__Command *result = flow_result(scene.station);

    assert_int_equal(time_unlock(scene.client), OK);
    struct asked_call *sleep = time_unlock_with_sleep(scene.worker, TL_HOURS(1));
    assert_int_equal(sleep->code, NONE_YET);
    struct asked_call *awaited = flow_await(scene.client, "w");
    flow_complete(scene.worker, flow_take(scene.worker), &result, 1);
    station_pass(scene.station, TL_HOURS(1));
    assert_code(awaited, OK);
    assert_code(sleep, OK);
    assert_int_equal(time_lock(scene.client), OK);
    assert_int_equal(station_universe(scene.station)->locks.total, 1);
    leave(&scene);
}

static void a_sleep_beside_another_may_unlock_too(void **state)
{
    struct scene scene = waits_for_ten_days(state);

    flow_start(scene.client, "holds it");
    struct asked_call *first = time_unlock_with_sleep(scene.client, TL_DAYS(3));
    struct asked_call *second = time_unlock_with_sleep(scene.client, TL_DAYS(2));
    Pb__Command *timer = flow_timer(scene.station, "t", TL_DAYS(10));
    flow_complete(scene.worker, flow_take(scene.worker), &timer, 1);
    station_pass(scene.station, UNIVERSE_SETTLES);
    assert_code(second, OK);
    assert_code(first, OK);
    assert_int_equal(station_universe(scene.station)->locks.total, 1);
    leave(&scene);
}

/* Unbalanced from the start: the server was started unlocked. */
static void a_sleep_without_a_lock_fails_and_changes_nothing(void **state)
{
    struct scene scene = waits_for_ten_days(state);

    station_universe(scene.station)->locks.total = 0;
    struct asked_call *call = time_unlock_with_sleep(scene.client, TL_DAYS(3));
    assert_int_equal(call->code, NONE_YET);
    station_pass(scene.station, UNIVERSE_DOUBTS);
    assert_code(call, FAILED_PRECONDITION);
    assert_int_equal(station_universe(scene.station)->locks.total, 0);
    leave(&scene);
}

/* The clock does not run on between a result and the client's lock; nor for ever where none comes. */
static void an_unlock_is_spent_by_its_result(void **state)
{
    struct scene scene = waits_for_ten_days(state);
    Pb__Command *commands[] = {flow_result(scene.station)};
    Pb__Command *timer = flow_timer(scene.station, "t", TL_DAYS(100));

    flow_start(scene.client, "w2");
    flow_complete(scene.worker, flow_take(scene.worker), &timer, 1);
    assert_int_equal(time_unlock(scene.client), OK);
    struct asked_call *result = flow_await(scene.client, "w");
    flow_complete(scene.worker, flow_take(scene.worker), commands, 1);
    assert_code(result, OK);
    assert_int_equal(station_elapsed(scene.station), TL_DAYS(10));
    station_pass(scene.station, UNIVERSE_SETTLES - 1);
    assert_true(station_elapsed(scene.station) < TL_DAYS(11));
    station_pass(scene.station, 1);
    assert_int_equal(station_elapsed(scene.station), TL_DAYS(100));
    leave(&scene);
}

static void the_next_call_of_who_has_its_result_ends_the_wait(void **state)
{
    struct scene scene = waits_for_ten_days(state);
    Pb__Command *commands[] = {flow_result(scene.station)};

    assert_int_equal(time_unlock(scene.client), OK);
    struct asked_call *result = flow_await(scene.client, "w");
    flow_complete(scene.worker, flow_take(scene.worker), commands, 1);
    assert_code(result, OK);
    assert_true(station_universe(scene.station)->settles_for != 0);
    assert_int_equal(time_lock(scene.client), OK);
    assert_true(station_universe(scene.station)->settles_for == 0);
    leave(&scene);
}

/* Polls end by the wall: not because days were skipped. */
static void polls_do_not_end_by_a_skip(void **state)
{
    struct scene scene = waits_for_ten_days(state);
    Pb__PollActivityTaskQueueRequest poll = PB__POLL_ACTIVITY_TASK_QUEUE_REQUEST__INIT;
    Pb__TaskQueue queue = PB__TASK_QUEUE__INIT;

    queue.name = station_text(scene.station, "others");
    poll.namespace_ = station_text(scene.station, "default");
    poll.task_queue = &queue;
    struct asked_call *call = caller_ask(scene.worker, WORKFLOW_SERVICE "PollActivityTaskQueue", &poll);
    assert_code(time_unlock_with_sleep(scene.client, TL_DAYS(9)), OK);
    assert_false(call->is_over);
    station_pass(scene.station, TL_SECONDS(59));
    assert_false(call->is_over);
    station_pass(scene.station, TL_SECONDS(2));
    assert_code(call, OK);
    leave(&scene);
}

static void an_activity_at_a_worker_holds_it(void **state)
{
    struct scene scene = waits_for_ten_days(state);
    Pb__Command *commands[] = {
        flow_activity(scene.station, "a", TL_HOURS(1)), flow_timer(scene.station, "t", TL_DAYS(1))};

    flow_start(scene.client, "w2");
    flow_complete(scene.worker, flow_take(scene.worker), commands, 2);
    const Pb__PollActivityTaskQueueResponse *task = flow_take_activity(scene.worker);
    assert_int_equal(time_unlock(scene.client), OK);
    station_pass(scene.station, TL_MINUTES(5));
    assert_int_equal(station_elapsed(scene.station), TL_MINUTES(5));
    assert_int_equal(flow_complete_activity(scene.worker, task), OK);
    leave(&scene);
}

/* A worker that is killed comes back no more: its activity's timeout comes at once. */
static void a_worker_that_is_gone_holds_nothing(void **state)
{
    struct scene scene = waits_for_ten_days(state);
    Pb__Command *activity = flow_activity(scene.station, "a", TL_HOURS(1));

    flow_start(scene.client, "w2");
    flow_complete(scene.worker, flow_take(scene.worker), &activity, 1);
    (void)flow_take_activity(scene.worker);
    assert_int_equal(time_unlock(scene.client), OK);
    caller_lose(scene.worker);
    assert_true(station_elapsed(scene.station) < TL_SECONDS(1));
    station_pass(scene.station, TL_SECONDS(1));
    assert_true(station_elapsed(scene.station) >= TL_HOURS(1));
    leave(&scene);
}

/* An activity that sleeps by the service's own clock, past its timeout: time goes on, and nothing leaks. */
static void an_activity_may_sleep(void **state)
{
    struct scene scene = waits_for_ten_days(state);
    Pb__Command *activity = flow_activity(scene.station, "a", TL_HOURS(1));

    flow_start(scene.client, "w2");
    flow_complete(scene.worker, flow_take(scene.worker), &activity, 1);
    const Pb__PollActivityTaskQueueResponse *task = flow_take_activity(scene.worker);
    struct asked_call *call = time_unlock_with_sleep(scene.worker, TL_HOURS(2));
    station_pass(scene.station, UNIVERSE_SLEEPS - 1);
    assert_int_equal(call->code, NONE_YET);
    station_pass(scene.station, 1);
    assert_true(station_elapsed(scene.station) >= TL_HOURS(1));
    const Pb__PollActivityTaskQueueResponse *again = flow_take_activity(scene.worker);
    assert_int_equal(again->attempt, 2);
    station_pass(scene.station, TL_HOURS(2));
    assert_code(call, OK);
    assert_int_equal(flow_complete_activity(scene.worker, task), 5);
    assert_int_equal(station_universe(scene.station)->locks.total, 1);
    leave(&scene);
}

/* SDKs' test environments sleep on a connection of their own, not on their worker's. As many sleep as are out, or none.
 */
static void activities_may_sleep_on_another_connection(void **state)
{
    struct scene scene = waits_for_ten_days(state);
    Pb__Command *activities[] = {
        flow_activity(scene.station, "a", TL_HOURS(1)), flow_activity(scene.station, "b", TL_HOURS(1))};

    flow_start(scene.client, "w2");
    flow_complete(scene.worker, flow_take(scene.worker), activities, 2);
    (void)flow_take_activity(scene.worker);
    (void)flow_take_activity(scene.worker);
    struct asked_call *first = time_unlock_with_sleep(scene.client, TL_MINUTES(2));
    station_pass(scene.station, UNIVERSE_SLEEPS * 2);
    assert_true(station_elapsed(scene.station) < TL_MINUTES(1));
    struct asked_call *second = time_unlock_with_sleep(scene.client, TL_MINUTES(2));
    station_pass(scene.station, UNIVERSE_SLEEPS);
    assert_true(station_elapsed(scene.station) >= TL_MINUTES(2));
    assert_code(first, OK);
    assert_int_equal(second->code, NONE_YET); /* one of the activities is awake again */
    leave(&scene);
}

static void it_is_told_why_time_stands(void **state)
{
    struct scene scene = waits_for_ten_days(state);

    assert_int_equal(time_unlock(scene.client), OK);
    (void)flow_take(scene.worker);
    Pb__Command *timer = flow_timer(scene.station, "t", TL_DAYS(100));
    flow_start(scene.client, "w2");
    flow_complete(scene.worker, flow_take(scene.worker), &timer, 1);
    station_pass(scene.station, TL_SECONDS(1));
    assert_string_equal(scene.station->log, "");
    station_pass(scene.station, TL_SECONDS(2));
    assert_non_null(strstr(scene.station->log, "time is unlocked and does not move"));
    assert_non_null(strstr(scene.station->log, "w: workflow task"));
    leave(&scene);
}

static void a_call_is_told_why_time_stands(void **state)
{
    struct scene scene = waits_for_ten_days(state);
    Pb__Universe__ExplainTimeRequest request = PB__UNIVERSE__EXPLAIN_TIME_REQUEST__INIT;

    flow_start(scene.client, "w2");
    struct asked_call *call = caller_call(scene.client, EXPLAIN_TIME_PATH, &request);
    const Pb__Universe__ExplainTimeResponse *response =
        asked_message(call, &pb__universe__explain_time_response__descriptor);
    assert_true(response->locked);
    assert_int_equal(pb_time(response->next_time), TL_DAYS(20010));
    assert_int_equal(response->n_reasons, response->reason_count);
    assert_non_null(strstr(response->reasons[0], "time skipping is locked"));
    assert_non_null(strstr(response->reasons[response->n_reasons - 1], "w2: workflow task"));
    request.maximum_reasons = 1;
    call = caller_call(scene.client, EXPLAIN_TIME_PATH, &request);
    response = asked_message(call, &pb__universe__explain_time_response__descriptor);
    assert_int_equal(response->n_reasons, 1);
    assert_true(response->reason_count > 1);
    request.maximum_reasons = -1;
    assert_code(caller_call(scene.client, EXPLAIN_TIME_PATH, &request), INVALID_ARGUMENT);
    leave(&scene);
}

static void the_time_is_told(void **state)
{
    struct scene scene = waits_for_ten_days(state);

    assert_code(time_unlock_with_sleep(scene.client, TL_DAYS(3)), OK);
    struct asked_call *call = time_ask(scene.client, "GetCurrentTime");
    const Pb__GetCurrentTimeResponse *response = asked_message(call, &pb__get_current_time_response__descriptor);
    assert_int_equal(pb_time(response->time), TL_DAYS(20003));
    leave(&scene);
}

static void what_is_no_time_is_refused(void **state)
{
    struct caller *client = caller_open(*state);
    Pb__SleepRequest request = PB__SLEEP_REQUEST__INIT;
    Pb__Duration duration = PB__DURATION__INIT;

    duration.seconds = -1;
    request.duration = &duration;
    assert_code(caller_call(client, TEST_SERVICE "Sleep", &request), INVALID_ARGUMENT);
    assert_code(time_ask(client, "SleepUntil"), INVALID_ARGUMENT);
    assert_int_equal(time_ask(client, "NoSuchMethod")->code, UNIMPLEMENTED);
    caller_close(client);
}

/* ---- Universes ---- */

static void a_header_names_a_universe(void **state)
{
    static const struct asked_header other[] = {{SERVER_UNIVERSE_HEADER, "other"}, {NULL, NULL}};
    struct station *station = *state;
    struct caller *client = caller_open(station);
    Pb__SleepRequest request = PB__SLEEP_REQUEST__INIT;

    request.duration = pb_duration(&station->arena, TL_DAYS(2));
    struct tl_bytes frame = station_frame(station, &request);
    assert_code(caller_send(client, TEST_SERVICE "UnlockTimeSkippingWithSleep", frame, other), OK);
    assert_int_equal(station_elapsed(station), 0);
    const struct universe *universe = server_universe(station->server, "other", NULL);
    assert_int_equal(tl_driver_now(universe->driver), TL_DAYS(20002));
    caller_close(client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STATION_TEST(it_starts_locked_and_goes_with_the_wall),
        STATION_TEST(unlocked_it_is_skipped_to_what_waits),
        STATION_TEST(a_task_holds_it),
        STATION_TEST(an_unlock_without_a_lock_fails_and_changes_nothing),
        STATION_TEST(several_may_wait_at_once),
        STATION_TEST(a_peer_that_vanishes_leaves_it_locked),
        STATION_TEST(locks_of_a_peer_that_vanishes_stay),
        STATION_TEST(a_sleep_skips_and_locks_again),
        STATION_TEST(a_sleep_that_is_given_up_is_undone),
        STATION_TEST(a_sleep_of_a_peer_that_vanishes_is_undone),
        STATION_TEST(a_sleep_may_unlock_before_a_result_is_awaited),
        STATION_TEST(a_sleep_beside_another_may_unlock_too),
        STATION_TEST(a_sleep_without_a_lock_fails_and_changes_nothing),
        STATION_TEST(an_unlock_is_spent_by_its_result),
        STATION_TEST(the_next_call_of_who_has_its_result_ends_the_wait),
        STATION_TEST(polls_do_not_end_by_a_skip),
        STATION_TEST(an_activity_at_a_worker_holds_it),
        STATION_TEST(a_worker_that_is_gone_holds_nothing),
        STATION_TEST(an_activity_may_sleep),
        STATION_TEST(activities_may_sleep_on_another_connection),
        STATION_TEST(it_is_told_why_time_stands),
        STATION_TEST(a_call_is_told_why_time_stands),
        STATION_TEST(the_time_is_told),
        STATION_TEST(what_is_no_time_is_refused),
        STATION_TEST(a_header_names_a_universe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
