/* SPDX-License-Identifier: MIT */
#include "tests/threads/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <timelapse/activity.h>
#include <timelapse/workflow.h>
/* cmocka wants the first four before it */
#include <cmocka.h>

#include "base/check.h"
#include "worker/threads/threads.h"

struct world world;

int world_open(void **state)
{
    struct tl_error error = {0};

    (void)state;
    world = (struct world){.driver = threads_driver_new(NULL, &error)};
    assert_non_null(world.driver);
    unsigned held = threads_lock(world.driver);
    world.sim = tl_sim_new(world.driver, NULL, &error);
    threads_unlock(world.driver, held);
    world.registry = tl_registry_new(NULL);
    world.client = tl_client_new(world.driver, tl_sim_service(world.sim), NULL, &error);
    assert_non_null(world.client);
    return 0;
}

static enum tl_status check_sim(struct tl_error *error)
{
    unsigned held = threads_lock(world.driver);
    enum tl_status status = tl_sim_check(world.sim, error);

    threads_unlock(world.driver, held);
    return status;
}

int world_close(void **state)
{
    struct tl_error error = {0};
    enum tl_status status = check_sim(&error);

    (void)state;
    tl_worker_free(world.worker);
    tl_client_free(world.client);
    unsigned held = threads_lock(world.driver);
    tl_sim_free(world.sim);
    threads_unlock(world.driver, held);
    tl_driver_free(world.driver);
    tl_registry_free(world.registry);
    if (status != TL_OK) {
        print_error("%s\n", error.message);
    }
    return status == TL_OK ? 0 : -1;
}

void world_add_activity(const char *type, tl_activity_fn *run)
{
    tl_register_activity(world.registry, type, run);
}

void world_add_workflow(const char *type, tl_workflow_fn *run)
{
    tl_register_workflow(world.registry, type, run);
}

void world_work(const struct tl_worker_options *options)
{
    struct tl_worker_options complete = options == NULL ? (struct tl_worker_options){0} : *options;
    struct tl_error error = {0};

    complete.task_queue = "orders";
    complete.registry = world.registry;
    world.worker = tl_worker_new(world.driver, tl_sim_service(world.sim), &complete, &error);
    if (world.worker == NULL) {
        fail_msg("%s %s", error.field, error.message);
    }
}

struct tl_handle *world_start(const char *type, const char *id, const char *input)
{
    const struct tl_start_options options = {.task_queue = "orders"};
    const struct tl_payload payload = tl_payload_json(input == NULL ? "null" : input);
    struct tl_handle *handle = NULL;
    struct tl_error error = {0};

    CHECK(tl_client_start(world.client, type, id, TL_ARGS(payload), &options, &handle, &error) == TL_OK);
    return handle;
}

const char *world_result(struct tl_handle *handle)
{
    static _Thread_local char text[512];
    struct tl_payload result = {0};
    struct tl_error error = {0};
    enum tl_status status = tl_handle_result(handle, &result, &error);

    if (status == TL_OK) {
        (void)snprintf(text, sizeof(text), "%.*s", (int)result.data.len, (const char *)result.data.data);
    } else {
        (void)snprintf(text, sizeof(text), "%s: %s", tl_status_name(status), error.message);
    }
    return text;
}

static int has_stopped(void *user)
{
    (void)user;
    return tl_worker_stopped(world.worker);
}

void world_stop(void)
{
    tl_worker_stop(world.worker);
    assert_int_equal(tl_driver_run(world.driver, has_stopped, NULL, 0), TL_OK);
}

static enum tl_status runs(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    static const struct tl_retry_policy once = {.maximum_attempts = 1};
    const struct tl_activity_options options = {.start_to_close = TL_SECONDS(10), .retry = &once};
    char type[64];
    const struct tl_bytes name = input->items[0].data;

    (void)snprintf(type, sizeof(type), "%.*s", (int)name.len - 2, (const char *)name.data + 1);
    return tl_activity_run(wf, type, NULL, &options, result);
}

void world_add_runner(void)
{
    world_add_workflow("Runs", runs);
}

tl_time world_clock(void)
{
    struct timespec at;

    (void)clock_gettime(CLOCK_MONOTONIC, &at);
    return TL_SECONDS(at.tv_sec) + at.tv_nsec;
}

void world_pause(tl_duration duration)
{
    struct timespec rest = {.tv_sec = duration / TL_SECONDS(1), .tv_nsec = (long)(duration % TL_SECONDS(1))};

    while (nanosleep(&rest, &rest) != 0) {
    }
}
