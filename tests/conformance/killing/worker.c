/* SPDX-License-Identifier: MIT */
/*
 * The worker that is killed; TEMPORAL_ADDRESS says where it connects.
 *
 *     killing-worker LEDGER
 */
#include <stdio.h>
#include <stdlib.h>
#include <timelapse/worker_run.h>

#include "tests/conformance/killing/ledger.h"
#include "tests/conformance/killing/load.h"

static enum tl_status work(struct ledger *ledger, struct tl_error *error)
{
    struct tl_registry *registry = tl_registry_new(NULL);
    struct tl_connection *connection = load_connect(error);
    enum tl_status status = TL_UNAVAILABLE;

    if (registry != NULL && connection != NULL) {
        load_register_workflows(registry);
        load_register_activities(registry, ledger);
        status = tl_worker_run(
            connection,
            &(struct tl_worker_options){
                .task_queue = KILLING_QUEUE,
                .registry = registry,
                .sticky_timeout = TL_SECONDS(1),
                .engine_threads = 2},
            error);
    }
    tl_connection_free(connection);
    tl_registry_free(registry);
    return status;
}

int main(int argc, char **argv)
{
    struct ledger *ledger = argc == 2 ? ledger_open(argv[1]) : NULL;
    struct tl_error error = {.message = "no ledger"};
    enum tl_status status = ledger == NULL ? TL_INVALID_ARGUMENT : work(ledger, &error);

    ledger_close(ledger);
    if (status != TL_OK) {
        (void)fprintf(stderr, "killing-worker: %s\n", error.message);
    }
    return status == TL_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
