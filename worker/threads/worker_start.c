/* SPDX-License-Identifier: MIT */
/* Workers of a connection. */
#include <timelapse/worker_run.h>

struct tl_worker *
tl_worker_start(struct tl_connection *connection, const struct tl_worker_options *options, struct tl_error *error)
{
    struct tl_worker_options complete = options == NULL ? (struct tl_worker_options){0} : *options;

    if (complete.name_space == NULL) {
        complete.name_space = tl_connection_namespace(connection);
    }
    if (complete.identity == NULL) {
        complete.identity = tl_connection_identity(connection);
    }
    return tl_worker_new(tl_connection_driver(connection), tl_connection_service(connection), &complete, error);
}

enum tl_status
tl_worker_run(struct tl_connection *connection, const struct tl_worker_options *options, struct tl_error *error)
{
    struct tl_worker *worker = tl_worker_start(connection, options, error);

    if (worker == NULL) {
        return error == NULL ? TL_INVALID_ARGUMENT : error->status;
    }
    enum tl_status status = tl_workers_run(&worker, 1, error);
    tl_worker_free(worker);
    return status;
}
