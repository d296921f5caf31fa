/* SPDX-License-Identifier: MIT */
/* An API key that is rotated on the server, under a client and a worker that stay connected. */
#include <stdio.h>
#include <stdlib.h>
#include <timelapse/client.h>
#include <timelapse/list.h>
#include <timelapse/worker_run.h>
#include <timelapse/workflow.h>

#include "base/check.h"
#include "tests/conformance/bad_input.h"
#include "tests/transport/proxy.h"

#define QUEUE "rotation"

void accept_key(const char *key)
{
    char beside[4096];
    const char *path = variable("JUDGE_KEYS");

    (void)snprintf(beside, sizeof(beside), "%s.new", path);
    FILE *file = fopen(beside, "w");
    CHECK(file != NULL && fprintf(file, "%s\n", key) > 0 && fclose(file) == 0);
    CHECK(rename(beside, path) == 0);
}

static enum tl_status done(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    return tl_result_text(wf, result, "\"done\"");
}

static void count_runs(struct tl_client *client, enum tl_status wanted, const char *what)
{
    struct tl_error error = {.message = ""};
    int64_t count;
    enum tl_status status = tl_client_count(client, NULL, &count, &error);

    report(status == wanted, what, status == TL_OK ? "served" : error.message);
}

static void run_one(struct tl_client *client, const char *id, const char *what)
{
    const struct tl_start_options options = {.task_queue = QUEUE};
    struct tl_error error = {.message = ""};
    struct tl_handle *handle = NULL;
    enum tl_status status = tl_client_start(client, "Done", id, NULL, &options, &handle, &error);

    if (status == TL_OK) {
        status = tl_handle_result(handle, NULL, &error);
    }
    report(status == TL_OK, what, status == TL_OK ? "served" : error.message);
    tl_handle_free(handle);
}

/* The worker polls on meanwhile: what is refused, it asks again. */
static void rotate(struct tl_connection *connection, struct tl_client *client)
{
    const char *next = variable("JUDGE_NEXT_KEY");

    count_runs(client, TL_OK, "the key it connected with");
    run_one(client, "first", "a worker with that key");
    accept_key(next);
    count_runs(client, TL_PERMISSION_DENIED, "the same, which is good no more");
    CHECK(tl_connection_set_api_key(connection, next, NULL) == TL_OK);
    count_runs(client, TL_OK, "the next one");
    run_one(client, "second", "the same worker with the next one");
}

static void work(struct tl_connection *connection)
{
    struct tl_registry *registry = tl_registry_new(NULL);
    const struct tl_worker_options worker_options = {.task_queue = QUEUE, .registry = registry};
    const struct tl_client_options client_options = {.name_space = tl_connection_namespace(connection)};
    struct tl_client *client =
        tl_client_new(tl_connection_driver(connection), tl_connection_service(connection), &client_options, NULL);

    CHECK(registry != NULL && client != NULL);
    tl_register_workflow(registry, "Done", done);
    struct tl_worker *worker = tl_worker_start(connection, &worker_options, NULL);
    CHECK(worker != NULL);
    rotate(connection, client);
    tl_worker_stop(worker);
    report(tl_worker_join(worker, NULL) == TL_OK, "the worker, asked to stop", "stopped");
    tl_worker_free(worker);
    tl_client_free(client);
    tl_registry_free(registry);
}

/* The proxy has seen how often it connected. */
void try_rotation(void)
{
    struct proxy *proxy = proxy_new(&(struct proxy_options){0});
    char *authority = read_pem("ca", ".pem");
    const struct tl_connection_options options = {
        .address = variable("JUDGE_TLS_ADDRESS"),
        .name_space = "keyed",
        .api_key = variable("JUDGE_RIGHT_KEY"),
        .tls_server_ca_pem = authority,
        .proxy = proxy_address(proxy)};
    struct tl_error error = {.message = ""};
    struct tl_connection *connection = tl_connect(&options, &error);

    if (connection == NULL) {
        report(false, "a key that is rotated", error.message);
    } else {
        work(connection);
        report(proxy_connections(proxy) == 1, "a rotated key", "one connection");
    }
    tl_connection_free(connection);
    proxy_free(proxy);
    free(authority);
}
