/* SPDX-License-Identifier: MIT */
/*
 * A client as a process: places an order, tells of its delivery, and prints what came of it.
 *
 *     place_order WORKFLOW-ID AMOUNT
 */
#include <stdio.h>
#include <stdlib.h>
#include <timelapse/client.h>
#include <timelapse/connection.h>

#include "order_saga.h"

#define ORDER_SIZE 64

static enum tl_status
place(struct tl_client *client, const char *id, const char *amount, struct tl_payload *result, struct tl_error *error)
{
    const struct tl_start_options options = {.task_queue = ORDER_QUEUE};
    char order[ORDER_SIZE];
    struct tl_handle *run;

    (void)snprintf(order, sizeof(order), "{\"amount\": %ld}", strtol(amount, NULL, 10));
    enum tl_status status =
        tl_client_start(client, ORDER_SAGA, id, TL_ARGS(tl_payload_json(order)), &options, &run, error);
    if (status == TL_OK) {
        status = tl_handle_signal(run, ORDER_SIGNAL, NULL, error);
    }
    return status == TL_OK ? tl_handle_result(run, result, error) : status;
}

int main(int argc, char **argv)
{
    struct tl_error error;
    struct tl_payload result;
    enum tl_status status = TL_UNAVAILABLE;

    if (argc != 3) {
        (void)fprintf(stderr, "usage: place_order WORKFLOW-ID AMOUNT\n");
        return EXIT_FAILURE;
    }
    struct tl_connection *connection = tl_connect(NULL, &error);
    struct tl_client *client = connection == NULL
                                   ? NULL
                                   : tl_client_new(
                                         tl_connection_driver(connection),
                                         tl_connection_service(connection),
                                         &(struct tl_client_options){.name_space = tl_connection_namespace(connection)},
                                         &error);
    if (client != NULL) {
        status = place(client, argv[1], argv[2], &result, &error);
    }
    if (status == TL_OK) {
        (void)printf("%.*s\n", (int)result.data.len, (const char *)result.data.data);
    } else {
        (void)fprintf(stderr, "place_order: %s\n", error.message);
    }
    tl_client_free(client);
    tl_connection_free(connection);
    return status == TL_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
