/* SPDX-License-Identifier: MIT */
/* Workers of a connection, and the watch over their workflow code. */
#include <stdlib.h>
#include <timelapse/worker_run.h>

#include "model/rpc.h"
#include "worker/engine/worker.h"
#include "worker/registry/option.h"
#include "worker/threads/family_start.h"
#include "worker/threads/threads.h"
#include "worker/threads/watch.h"
#include "worker/transport/connection_private.h"

#define FAILING_LASTS TL_SECONDS(5) /* at most: by then the grace period is half over */

/* Past the driver, whose thread is the one that does not come back. What comes of it changes nothing. */
static void fail_task(void *user, const Pb__RespondWorkflowTaskFailedRequest *request)
{
    const struct channel_question question = {
        .rpc = &rpc_table[RPC_RespondWorkflowTaskFailed], .message = &request->base, .timeout = FAILING_LASTS};
    struct tl_reply *reply = NULL;
    struct tl_error error;

    if (connection_ask(connection_channel(user), &question, &reply, &error) == TL_OK) {
        tl_reply_unref(reply);
    }
}

/* A debugger may stand in workflow code for as long as it likes. */
static bool is_watched(const struct tl_worker *worker)
{
    const char *debug = getenv("TEMPORAL_DEBUG");

    return worker->deadlock_limit != TL_NEVER && (debug == NULL || debug[0] == '\0');
}

/* With the lock of the worker's driver. */
static enum tl_status watch(void *connection, struct tl_worker *worker, struct tl_error *error)
{
    const struct watch_options how = {.limit = worker->deadlock_limit, .fail_task = fail_task, .user = connection};

    return is_watched(worker) ? watch_driver(worker->driver, &how, error) : TL_OK;
}

static struct tl_worker *
start_one(struct tl_connection *connection, const struct tl_worker_options *options, struct tl_error *error)
{
    struct tl_worker *worker =
        tl_worker_new(tl_connection_driver(connection), tl_connection_service(connection), options, error);

    if (worker == NULL) {
        return NULL;
    }
    unsigned held = threads_lock(worker->driver);
    enum tl_status status = watch(connection, worker, error);
    threads_unlock(worker->driver, held);
    if (status != TL_OK) {
        tl_worker_free(worker);
        return NULL;
    }
    return worker;
}

struct tl_worker *
tl_worker_start(struct tl_connection *connection, const struct tl_worker_options *options, struct tl_error *error)
{
    struct tl_worker_options complete = options == NULL ? (struct tl_worker_options){0} : *options;

    if (option_check_given("connection", connection, error) != TL_OK) {
        return NULL;
    }
    if (complete.name_space == NULL) {
        complete.name_space = tl_connection_namespace(connection);
    }
    if (complete.identity == NULL) {
        complete.identity = tl_connection_identity(connection);
    }
    return complete.engine_threads > 1 ? family_start(connection, &complete, watch, connection, error)
                                       : start_one(connection, &complete, error);
}

enum tl_status
tl_worker_run(struct tl_connection *connection, const struct tl_worker_options *options, struct tl_error *error)
{
    struct tl_error own;
    struct tl_worker *worker = tl_worker_start(connection, options, error == NULL ? &own : error);

    if (worker == NULL) {
        return error == NULL ? own.status : error->status;
    }
    enum tl_status status = tl_workers_run(&worker, 1, error);
    tl_worker_free(worker);
    return status;
}
