/* SPDX-License-Identifier: MIT */
#include "tests/threads/station.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the first four before it */
#include <cmocka.h>

#include "base/check.h"
#include "tests/threads/world.h"

struct station station;

int station_open(void **state)
{
    struct tl_error error = {0};

    (void)state;
    station = (struct station){.front = front_new(), .registry = tl_registry_new(NULL)};
    station.client = tl_client_new(front_driver(station.front), front_service(station.front), NULL, &error);
    assert_non_null(station.client);
    station.connection = tl_connect(&(struct tl_connection_options){.address = front_address(station.front)}, &error);
    if (station.connection == NULL) {
        fail_msg("%s: %s", error.field, error.message);
    }
    return 0;
}

int station_close(void **state)
{
    (void)state;
    tl_worker_free(station.worker);
    tl_connection_free(station.connection);
    tl_client_free(station.client);
    front_free(station.front);
    tl_registry_free(station.registry);
    return 0;
}

void station_work(size_t threads, const struct tl_worker_options *options)
{
    struct tl_worker_options complete = options == NULL ? (struct tl_worker_options){0} : *options;
    struct tl_error error = {0};

    complete.task_queue = "orders";
    complete.registry = station.registry;
    complete.engine_threads = threads;
    station.worker = tl_worker_start(station.connection, &complete, &error);
    if (station.worker == NULL) {
        fail_msg("%s: %s", error.field, error.message);
    }
    while (front_calls(station.front, "PollWorkflowTaskQueue") < 2 * threads) {
        world_pause(TL_MICROSECONDS(100));
    }
}

enum tl_status station_stop(struct tl_error *error)
{
    tl_worker_stop(station.worker);
    enum tl_status status = tl_worker_join(station.worker, error);

    tl_worker_free(station.worker);
    station.worker = NULL;
    return status;
}

struct tl_handle *station_start(const char *type, const char *id, const char *input)
{
    const struct tl_start_options options = {.task_queue = "orders"};
    const struct tl_payload payload = tl_payload_json(input == NULL ? "null" : input);
    struct tl_handle *handle = NULL;
    struct tl_error error = {0};

    CHECK(tl_client_start(station.client, type, id, TL_ARGS(payload), &options, &handle, &error) == TL_OK);
    return handle;
}

const char *station_result(struct tl_handle *handle)
{
    const char *result = world_result(handle);

    tl_handle_free(handle);
    return result;
}
