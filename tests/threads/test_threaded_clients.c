/* SPDX-License-Identifier: MIT */
/* Client calls of several threads, on one client and on drivers of their own. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <timelapse/activity.h>
#include <timelapse/history.h>
#include <timelapse/signal.h>
#include <timelapse/workflow.h>
/* cmocka wants the first four before it */
#include <cmocka.h>

#include "base/check.h"
#include "tests/threads/world.h"

#define THREADS 8
#define EACH    10

static enum tl_status adds_up(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    *result = input->items[0];
    return tl_sleep(wf, TL_MILLISECONDS(2));
}

/* One thread's share; its address names its workflows. */
struct share {
    pthread_t thread;
    size_t number;
    size_t right;
};

static void *start_and_wait(void *user)
{
    struct share *share = user;

    for (size_t i = 0; i < EACH; i++) {
        char id[32];
        char input[16];
        struct tl_history *history = NULL;

        (void)snprintf(id, sizeof(id), "order-%zu-%zu", share->number, i);
        (void)snprintf(input, sizeof(input), "%zu", share->number * 1000 + i);
        struct tl_handle *handle = world_start("AddsUp", id, input);
        share->right += strcmp(world_result(handle), input) == 0 ? 1 : 0;
        CHECK(tl_handle_history(handle, &history, NULL) == TL_OK && tl_history_length(history) > 5);
        tl_history_unref(history);
        tl_handle_free(handle);
    }
    return NULL;
}

static void threads_share_a_client(void **state)
{
    struct share shares[THREADS];

    (void)state;
    world_add_workflow("AddsUp", adds_up);
    world_work(NULL);
    for (size_t i = 0; i < THREADS; i++) {
        shares[i] = (struct share){.number = i};
        assert_int_equal(pthread_create(&shares[i].thread, NULL, start_and_wait, &shares[i]), 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(shares[i].thread, NULL), 0);
        assert_int_equal(shares[i].right, EACH);
    }
}

static enum tl_status waits(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    *result = tl_payload_json("\"signaled\"");
    return tl_signal_wait(wf, "go", TL_SECONDS(10), NULL);
}

static void *send_signal(void *user)
{
    struct tl_error error;

    CHECK(tl_handle_signal(user, "go", NULL, &error) == TL_OK);
    return NULL;
}

static void a_call_that_waits_holds_up_no_other_thread(void **state)
{
    pthread_t thread;

    (void)state;
    world_add_workflow("Waits", waits);
    world_work(NULL);
    struct tl_handle *waiting = world_start("Waits", "a", NULL);
    struct tl_handle *signaling = tl_client_handle(world.client, "a", NULL);
    assert_int_equal(pthread_create(&thread, NULL, send_signal, signaling), 0);
    assert_string_equal(world_result(waiting), "\"signaled\"");
    assert_int_equal(pthread_join(thread, NULL), 0);
}

static void an_error_is_the_callers_own(void **state)
{
    struct tl_error error = {0};

    (void)state;
    struct tl_handle *handle = tl_client_handle(world.client, "nobody", NULL);
    assert_int_equal(tl_handle_signal(handle, "go", NULL, &error), TL_NOT_FOUND);
    assert_int_equal(error.grpc_code, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(threads_share_a_client, world_open, world_close),
        cmocka_unit_test_setup_teardown(a_call_that_waits_holds_up_no_other_thread, world_open, world_close),
        cmocka_unit_test_setup_teardown(an_error_is_the_callers_own, world_open, world_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
