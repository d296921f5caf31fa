/* SPDX-License-Identifier: MIT */
#include "bench/server/bed.h"

#include <timelapse/activity.h>
#include <timelapse/registry.h>
#include <timelapse/workflow.h>

#include "bench/transport/report.h"

static enum tl_status ship(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    return tl_activity_result_text(activity, result, "shipped");
}

static enum tl_status order(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    const struct tl_activity_options options = {.start_to_close = TL_MINUTES(1)};

    return tl_activity_run(wf, "Ship", input, &options, result);
}

static enum tl_status days(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    for (size_t i = 0; i < BED_DAYS; i++) {
        enum tl_status status = tl_sleep(wf, TL_DAYS(1));

        if (status != TL_OK) {
            return status;
        }
    }
    return TL_OK;
}

struct tl_connection *bed_connect(const char *address)
{
    struct tl_connection *connection = tl_connect(&(struct tl_connection_options){.address = address}, NULL);

    require(connection != NULL, "no connection");
    return connection;
}

struct tl_client *bed_client(struct tl_connection *connection)
{
    struct tl_client *client =
        tl_client_new(tl_connection_driver(connection), tl_connection_service(connection), NULL, NULL);

    require(client != NULL, "no client");
    return client;
}

struct bed bed_open(const char *address, size_t pollers)
{
    struct bed bed = {.connection = bed_connect(address), .registry = tl_registry_new(NULL)};

    require(bed.registry != NULL, "no registry");
    tl_register_workflow(bed.registry, "Order", order);
    tl_register_workflow(bed.registry, "Days", days);
    tl_register_activity(bed.registry, "Ship", ship);
    const struct tl_worker_options options = {
        .task_queue = BED_QUEUE,
        .registry = bed.registry,
        .workflow_task_pollers = pollers,
        .activity_pollers = pollers};
    bed.worker = tl_worker_start(bed.connection, &options, NULL);
    require(bed.worker != NULL, "no worker");
    return bed;
}

void bed_close(struct bed *bed)
{
    tl_worker_stop(bed->worker);
    require(tl_worker_join(bed->worker, NULL) == TL_OK, "the worker does not stop well");
    tl_worker_free(bed->worker);
    tl_registry_free(bed->registry);
    tl_connection_free(bed->connection);
}

void bed_run(struct tl_client *client, const char *type, const char *id, int eager)
{
    const struct tl_start_options options = {.task_queue = BED_QUEUE, .eager = eager};
    struct tl_handle *handle;
    struct tl_payload result;

    require(tl_client_start(client, type, id, NULL, &options, &handle, NULL) == TL_OK, "a workflow does not start");
    require(tl_handle_result(handle, &result, NULL) == TL_OK, "a workflow does not complete");
    tl_handle_free(handle);
}
