/* SPDX-License-Identifier: MIT */
/*
 * The worker as a process: connects where TEMPORAL_ADDRESS and its like, or temporal.toml, say, and works until SIGTERM
 * or SIGINT. A dev server, a cluster of one's own, Temporal Cloud: nothing here knows which.
 */
#include <stdio.h>
#include <stdlib.h>
#include <timelapse/worker_run.h>

#include "order_saga.h"

int main(void)
{
    struct tl_error error;
    struct tl_registry *registry = tl_registry_new(NULL);
    struct tl_connection *connection = tl_connect(NULL, &error);
    enum tl_status status = TL_UNAVAILABLE;

    if (registry != NULL && connection != NULL) {
        order_saga_register(registry);
        status = tl_worker_run(
            connection, &(struct tl_worker_options){.task_queue = ORDER_QUEUE, .registry = registry}, &error);
    }
    if (status != TL_OK) {
        (void)fprintf(stderr, "order_saga_worker: %s\n", registry == NULL ? "out of memory" : error.message);
    }
    tl_connection_free(connection);
    tl_registry_free(registry);
    return status == TL_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
