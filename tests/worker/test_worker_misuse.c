/* SPDX-License-Identifier: MIT */
/* What is asked of no worker, or of one that has stopped, and what is made on nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the first four before it */
#include <cmocka.h>

#include "tests/worker/worker_fixture.h"

static struct tl_error error;

static void a_worker_is_made_on_a_driver_and_a_service(void **state)
{
    const struct tl_worker_options options = universe_options();
    struct tl_service *service = scripted_service(universe.scripted);

    (void)state;
    assert_null(tl_worker_new(NULL, service, &options, &error));
    assert_int_equal(error.status, TL_INVALID_ARGUMENT);
    assert_string_equal(error.field, "driver");
    assert_null(tl_worker_new(universe.driver, NULL, &options, &error));
    assert_int_equal(error.status, TL_INVALID_ARGUMENT);
    assert_string_equal(error.field, "service");
    assert_null(tl_worker_new(universe.driver, service, NULL, &error));
    assert_string_equal(error.field, "options");
}

static void a_client_is_made_on_a_driver_and_a_service(void **state)
{
    struct tl_service *service = scripted_service(universe.scripted);

    (void)state;
    assert_null(tl_client_new(NULL, service, NULL, &error));
    assert_int_equal(error.status, TL_INVALID_ARGUMENT);
    assert_string_equal(error.field, "driver");
    assert_null(tl_client_new(universe.driver, NULL, NULL, &error));
    assert_int_equal(error.status, TL_INVALID_ARGUMENT);
    assert_string_equal(error.field, "service");
}

static void of_no_worker_nothing_is_done(void **state)
{
    (void)state;
    tl_worker_stop(NULL);
    assert_int_equal(tl_worker_stopped(NULL), 1);
    assert_int_equal(tl_worker_check(NULL, &error), TL_INVALID_ARGUMENT);
    assert_string_equal(error.field, "worker");
    tl_worker_slots_changed(NULL);
    assert_int_equal(tl_worker_evict(NULL, NULL), 0);
    assert_int_equal(tl_worker_cached(NULL), 0);
    tl_worker_free(NULL);
}

static void one_that_has_stopped_does_not_begin_again(void **state)
{
    (void)state;
    scripted_reply(
        universe.scripted,
        RPC_ShutdownWorker,
        SCRIPTED_NEW(universe.scripted, Pb__ShutdownWorkerResponse, pb__shutdown_worker_response));
    universe_work(NULL);
    tl_worker_stop(universe.worker);
    tl_worker_stop(universe.worker);
    universe_run();
    assert_true(tl_worker_stopped(universe.worker));
    tl_worker_stop(universe.worker);
    tl_worker_slots_changed(universe.worker);
    universe_pass(TL_SECONDS(100));
    assert_int_equal(scripted_count(universe.scripted, RPC_ShutdownWorker), 1);
    assert_int_equal(scripted_waiting(universe.scripted, RPC_PollWorkflowTaskQueue, NULL), 0);
    assert_int_equal(tl_worker_check(universe.worker, &error), TL_OK);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, universe_setup, universe_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_worker_is_made_on_a_driver_and_a_service),
        TEST(a_client_is_made_on_a_driver_and_a_service),
        TEST(of_no_worker_nothing_is_done),
        TEST(one_that_has_stopped_does_not_begin_again),
    };
#undef TEST
    return cmocka_run_group_tests(tests, NULL, NULL);
}
