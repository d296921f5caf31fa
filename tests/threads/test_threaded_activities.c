/* SPDX-License-Identifier: MIT */
/* Activities on threads of their own: they block, wait, heartbeat, are canceled, and call clients. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <timelapse/activity.h>
#include <timelapse/workflow.h>
#include <unistd.h>
/* cmocka wants the first four before it */
#include <cmocka.h>

#include "tests/threads/world.h"

/* ---- Blocking ---- */

static enum tl_status blocks(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    world_pause(TL_MILLISECONDS(50));
    return tl_activity_result_text(activity, result, "\"slept\"");
}

#define MANY 100

/* One after the other they would take five seconds. */
static void a_hundred_block_at_the_same_time(void **state)
{
    struct tl_handle *handles[MANY];
    tl_time before = world_clock();

    (void)state;
    world_add_runner();
    world_add_activity("Blocks", blocks);
    world_work(NULL);
    for (size_t i = 0; i < MANY; i++) {
        char id[16];

        (void)snprintf(id, sizeof(id), "order-%zu", i);
        handles[i] = world_start("Runs", id, "\"Blocks\"");
    }
    for (size_t i = 0; i < MANY; i++) {
        assert_string_equal(world_result(handles[i]), "\"slept\"");
    }
    assert_true(world_clock() - before < TL_MILLISECONDS(4900));
}

static int pipe_ends[2];

static enum tl_status reads(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    char letter = '?';

    (void)input;
    if (read(pipe_ends[0], &letter, 1) != 1) {
        return tl_activity_fail(activity, "Pipe", "cannot be read");
    }
    return tl_activity_result_text(activity, result, "\"%c\"", letter);
}

static enum tl_status writes(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    if (write(pipe_ends[1], "x", 1) != 1) {
        return tl_activity_fail(activity, "Pipe", "cannot be written");
    }
    return tl_activity_result_text(activity, result, "\"written\"");
}

static void one_that_blocks_keeps_nobody_from_working(void **state)
{
    (void)state;
    assert_int_equal(pipe(pipe_ends), 0);
    world_add_runner();
    world_add_activity("Reads", reads);
    world_add_activity("Writes", writes);
    world_work(NULL);
    struct tl_handle *reader = world_start("Runs", "reader", "\"Reads\"");
    struct tl_handle *writer = world_start("Runs", "writer", "\"Writes\"");
    assert_string_equal(world_result(writer), "\"written\"");
    assert_string_equal(world_result(reader), "\"x\"");
    (void)close(pipe_ends[0]);
    (void)close(pipe_ends[1]);
}

/* ---- Threads ---- */

static enum tl_status stays(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    pthread_t before = pthread_self();

    (void)input;
    for (int i = 0; i < 3; i++) {
        if (tl_activity_sleep(activity, TL_MILLISECONDS(1)) != TL_OK || tl_heartbeat(activity, NULL) != TL_OK) {
            return TL_CANCELED;
        }
    }
    return tl_activity_result_text(activity, result, "%s", pthread_equal(before, pthread_self()) ? "true" : "false");
}

static void an_attempt_stays_on_its_thread(void **state)
{
    (void)state;
    world_add_runner();
    world_add_activity("Stays", stays);
    world_work(NULL);
    assert_string_equal(world_result(world_start("Runs", "a", "\"Stays\"")), "true");
}

static enum tl_status
tells_its_thread(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    static _Thread_local int runs;

    (void)input;
    return tl_activity_result_text(activity, result, "%d", ++runs);
}

static void threads_are_used_again(void **state)
{
    (void)state;
    world_add_runner();
    world_add_activity("Tells", tells_its_thread);
    world_work(NULL);
    assert_string_equal(world_result(world_start("Runs", "a", "\"Tells\"")), "1");
    assert_string_equal(world_result(world_start("Runs", "b", "\"Tells\"")), "2");
}

/* ---- Waiting ---- */

static enum tl_status sleeps(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    tl_time before = tl_activity_now(activity);

    (void)input;
    if (tl_activity_sleep(activity, TL_MILLISECONDS(5)) != TL_OK) {
        return TL_CANCELED;
    }
    tl_duration passed = tl_activity_now(activity) - before;
    return tl_activity_result_text(activity, result, "%s", passed >= TL_MILLISECONDS(5) ? "true" : "false");
}

static void a_sleep_takes_its_time(void **state)
{
    (void)state;
    world_add_runner();
    world_add_activity("Sleeps", sleeps);
    world_work(NULL);
    assert_string_equal(world_result(world_start("Runs", "a", "\"Sleeps\"")), "true");
}

static enum tl_status
starts_another(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    const struct tl_start_options options = {.task_queue = "orders"};
    const struct tl_payload type = tl_payload_json("\"Sleeps\"");
    struct tl_handle *handle;
    struct tl_error error;

    (void)input;
    if (tl_client_start(world.client, "Runs", "inner", TL_ARGS(type), &options, &handle, &error) != TL_OK) {
        return tl_activity_fail(activity, "Client", "%s", error.message);
    }
    struct tl_payload inner;
    if (tl_handle_result(handle, &inner, &error) != TL_OK) {
        return tl_activity_fail(activity, "Client", "%s", error.message);
    }
    enum tl_status status =
        tl_activity_result_text(activity, result, "%.*s", (int)inner.data.len, (const char *)inner.data.data);
    tl_handle_free(handle);
    return status;
}

static void an_activity_makes_client_calls(void **state)
{
    (void)state;
    world_add_runner();
    world_add_activity("Sleeps", sleeps);
    world_add_activity("Starts", starts_another);
    world_work(NULL);
    assert_string_equal(world_result(world_start("Runs", "outer", "\"Starts\"")), "true");
}

/* ---- Being asked to stop ---- */

static enum tl_status
waits_for_cancellation(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    for (int i = 0; i < 2000; i++) {
        world_pause(TL_MILLISECONDS(1)); /* nothing of ours: blocked, as in a system call */
        if (tl_heartbeat(activity, NULL) != TL_OK) {
            const struct tl_payload how = tl_payload_json("\"gently\"");

            return tl_activity_canceled(activity, TL_ARGS(how));
        }
    }
    return tl_activity_fail(activity, "Forgotten", "nobody canceled it");
}

static enum tl_status cancels(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    static const struct tl_retry_policy once = {.maximum_attempts = 1};
    const struct tl_activity_options options = {
        .start_to_close = TL_SECONDS(10),
        .heartbeat = TL_MILLISECONDS(20),
        .retry = &once,
        .cancellation = TL_WAIT_CANCELLATION_COMPLETED};

    (void)input;
    enum tl_status status = tl_activity_run(wf, "Waits", NULL, &options, result);
    *result = tl_payload_json(status == TL_CANCELED ? "\"canceled\"" : "\"something else\"");
    return TL_OK;
}

static void a_heartbeat_from_its_thread_brings_the_cancellation(void **state)
{
    struct tl_error error;

    (void)state;
    world_add_workflow("Cancels", cancels);
    world_add_activity("Waits", waits_for_cancellation);
    world_work(NULL);
    struct tl_handle *handle = world_start("Cancels", "a", NULL);
    world_pause(TL_MILLISECONDS(20));
    assert_int_equal(tl_handle_cancel(handle, "enough", &error), TL_OK);
    assert_string_equal(world_result(handle), "\"canceled\"");
}

/* ---- Ending badly ---- */

static enum tl_status fails(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    return tl_activity_fail(activity, "Broken", "number %d", 7);
}

static void a_failure_reaches_its_workflow(void **state)
{
    (void)state;
    world_add_runner();
    world_add_activity("Fails", fails);
    world_work(NULL);
    struct tl_handle *handle = world_start("Runs", "a", "\"Fails\"");
    struct tl_error error;
    assert_int_equal(tl_handle_result(handle, NULL, &error), TL_FAILED);
    assert_string_equal(tl_handle_failure(handle)->cause->message, "number 7");
}

static enum tl_status
gives_verdict(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)activity;
    (void)input;
    (void)result;
    tl_driver_fail(tl_driver_of_coroutine(), TL_VERDICT, __FILE__, __LINE__, "this may not be");
    return TL_OK;
}

static void a_verdict_on_its_thread_stops_the_driver(void **state)
{
    struct tl_error error;

    (void)state;
    world_add_runner();
    world_add_activity("Judges", gives_verdict);
    world_work(NULL);
    struct tl_handle *handle = world_start("Runs", "a", "\"Judges\"");
    assert_int_equal(tl_handle_result(handle, NULL, &error), TL_VERDICT);
    assert_string_equal(error.message, "this may not be");
}

static enum tl_status devours(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    (void)tl_activity_alloc(activity, (size_t)1 << 62);
    return TL_OK;
}

static void running_out_of_memory_on_its_thread_stops_the_driver(void **state)
{
    struct tl_error error;

    (void)state;
    world_add_runner();
    world_add_activity("Devours", devours);
    world_work(NULL);
    struct tl_handle *handle = world_start("Runs", "a", "\"Devours\"");
    assert_int_equal(tl_handle_result(handle, NULL, &error), TL_NO_MEMORY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_hundred_block_at_the_same_time, world_open, world_close),
        cmocka_unit_test_setup_teardown(one_that_blocks_keeps_nobody_from_working, world_open, world_close),
        cmocka_unit_test_setup_teardown(an_attempt_stays_on_its_thread, world_open, world_close),
        cmocka_unit_test_setup_teardown(threads_are_used_again, world_open, world_close),
        cmocka_unit_test_setup_teardown(a_sleep_takes_its_time, world_open, world_close),
        cmocka_unit_test_setup_teardown(an_activity_makes_client_calls, world_open, world_close),
        cmocka_unit_test_setup_teardown(a_heartbeat_from_its_thread_brings_the_cancellation, world_open, world_close),
        cmocka_unit_test_setup_teardown(a_failure_reaches_its_workflow, world_open, world_close),
        cmocka_unit_test_setup_teardown(a_verdict_on_its_thread_stops_the_driver, world_open, world_close),
        cmocka_unit_test_setup_teardown(running_out_of_memory_on_its_thread_stops_the_driver, world_open, world_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
