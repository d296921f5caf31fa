/* SPDX-License-Identifier: MIT */
/*
 * TEMPORAL_ADDRESS says where. The worker takes both kinds of tasks and works until SIGTERM.
 *
 *     peer worker QUEUE CACHED-WORKFLOWS
 *     peer client QUEUE ACTIVITY-QUEUE TAG [CASE]
 *     peer replay DIRECTORY
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <timelapse/client.h>
#include <timelapse/cmocka.h>
#include <timelapse/worker_run.h>

#include "tests/conformance/peer/peer.h"

static enum tl_status work(struct tl_connection *connection, char **arguments, struct tl_error *error)
{
    struct tl_registry *registry = tl_registry_new(NULL);

    if (registry == NULL) {
        return TL_NO_MEMORY;
    }
    peer_register(registry);
    enum tl_status status = tl_worker_run(
        connection,
        &(const struct tl_worker_options){
            .task_queue = arguments[0],
            .registry = registry,
            .evict_every_task = strcmp(arguments[1], "0") == 0,
        },
        error);
    tl_registry_free(registry);
    return status;
}

static enum tl_status ask(struct tl_connection *connection, char **arguments, struct tl_error *error)
{
    struct tl_client *client = tl_client_new(
        tl_connection_driver(connection),
        tl_connection_service(connection),
        &(const struct tl_client_options){0},
        error);

    if (client == NULL) {
        return TL_NO_MEMORY;
    }
    peer_cases(client, arguments[0], arguments[1], arguments[2], arguments[3]); /* the list ends with a NULL */
    tl_client_free(client);
    return TL_OK;
}

int main(int argc, char **argv)
{
    struct tl_error error = {
        .message = "usage: worker QUEUE CACHED, client QUEUE ACTIVITY-QUEUE TAG [CASE], replay DIRECTORY"};
    if (argc == 3 && strcmp(argv[1], "replay") == 0) {
        return tl_replay_directory(argv[2], peer_register);
    }
    bool works = argc == 4 && strcmp(argv[1], "worker") == 0;
    bool asks = (argc == 5 || argc == 6) && strcmp(argv[1], "client") == 0;
    struct tl_connection *connection = works || asks ? tl_connect(NULL, &error) : NULL;
    enum tl_status status = TL_INVALID_ARGUMENT;

    if (connection != NULL) {
        status = works ? work(connection, argv + 2, &error) : ask(connection, argv + 2, &error);
    }
    if (status != TL_OK) {
        (void)fprintf(stderr, "peer: %s\n", error.message);
    }
    tl_connection_free(connection);
    return status == TL_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
