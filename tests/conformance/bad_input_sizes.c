/* SPDX-License-Identifier: MIT */
/*
 * Messages that are too large: for the server, and for a connection that reads none above 64 KiB, whose worker is given
 * a task that it cannot read. The worker goes on with what it can.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <timelapse/client.h>
#include <timelapse/history.h>
#include <timelapse/worker_run.h>
#include <timelapse/workflow.h>

#include "base/check.h"
#include "tests/conformance/bad_input.h"

#define MOST_BYTES    ((size_t)64 * 1024)
#define TOO_MANY_HERE ((size_t)256 * 1024)
#define TOO_MANY      ((size_t)8 * 1024 * 1024)

static const struct tl_start_options options = {.task_queue = "bad-input"};

static enum tl_status small(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    return tl_result_text(wf, result, "\"done\"");
}

/* A JSON text of so many bytes; freed by the caller. */
static char *text_of(size_t size)
{
    char *text = malloc(size + 1);

    CHECK(text != NULL);
    memset(text, 'x', size);
    text[0] = text[size - 1] = '"';
    text[size] = '\0';
    return text;
}

static enum tl_status
start(struct tl_client *client, const char *id, size_t size, struct tl_handle **out_handle, struct tl_error *error)
{
    char *text = text_of(size);
    const struct tl_payload payload = tl_payload_json(text);
    enum tl_status status = tl_client_start(client, "Small", id, TL_ARGS(payload), &options, out_handle, error);

    free(text);
    return status;
}

static void report_status(enum tl_status status, enum tl_status wanted, const char *what, const struct tl_error *error)
{
    report(status == wanted, what, status == TL_OK ? "served" : error->message);
}

static void try_requests(struct tl_client *client)
{
    struct tl_error error = {.message = ""};
    struct tl_handle *handle = NULL;
    enum tl_status status = start(client, "too-large", TOO_MANY, &handle, &error);

    report(
        status == TL_INVALID_ARGUMENT || status == TL_TOO_LARGE || status == TL_RESOURCE_EXHAUSTED,
        "a request of 8 MiB",
        status == TL_OK ? "served" : error.message);
    status = start(client, "small-1", 10, &handle, &error);
    report_status(status, TL_OK, "a request of 10 bytes after it", &error);
    tl_handle_free(handle);
}

static void try_replies(struct tl_client *client)
{
    struct tl_error error = {.message = ""};
    struct tl_handle *handle = NULL;
    struct tl_history *history = NULL;
    enum tl_status status = start(client, "large-1", TOO_MANY_HERE, &handle, &error);

    report_status(status, TL_OK, "a request of 256 KiB", &error);
    if (status == TL_OK) {
        status = tl_handle_history(handle, &history, &error);
        report_status(status, TL_TOO_LARGE, "its history, on a connection of 64 KiB", &error);
    }
    tl_handle_free(handle);
}

/* What it cannot read goes back to the server by a timeout; what comes besides is worked on. */
static void try_tasks(struct tl_connection *connection, struct tl_client *client)
{
    struct tl_registry *registry = tl_registry_new(NULL);
    const struct tl_worker_options worker_options = {.task_queue = options.task_queue, .registry = registry};
    struct tl_error error = {.message = ""};
    struct tl_handle *first = tl_client_handle(client, "small-1", NULL);
    struct tl_handle *second = NULL;

    CHECK(registry != NULL && first != NULL);
    tl_register_workflow(registry, "Small", small);
    struct tl_worker *worker = tl_worker_start(connection, &worker_options, &error);
    CHECK(worker != NULL);
    report_status(tl_handle_result(first, NULL, &error), TL_OK, "a task beside one that cannot be read", &error);
    CHECK(start(client, "small-2", 10, &second, &error) == TL_OK);
    report_status(tl_handle_result(second, NULL, &error), TL_OK, "a task after one that cannot be read", &error);
    tl_worker_stop(worker);
    report_status(tl_worker_join(worker, &error), TL_OK, "its worker, asked to stop", &error);
    tl_worker_free(worker);
    tl_handle_free(first);
    tl_handle_free(second);
    tl_registry_free(registry);
}

void try_sizes(void)
{
    const struct tl_connection_options connection_options = {
        .address = variable("JUDGE_ADDRESS"), .most_message_bytes = MOST_BYTES};
    struct tl_error error = {.message = ""};
    struct tl_connection *connection = tl_connect(&connection_options, &error);

    if (connection == NULL) {
        report(false, "a connection of 64 KiB", error.message);
        return;
    }
    struct tl_client *client =
        tl_client_new(tl_connection_driver(connection), tl_connection_service(connection), NULL, &error);
    CHECK(client != NULL);
    try_requests(client);
    try_replies(client);
    try_tasks(connection, client);
    tl_client_free(client);
    tl_connection_free(connection);
}
