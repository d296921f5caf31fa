/* SPDX-License-Identifier: MIT */
/*
 * The client from the inside. Reading path: client.c (life) -> asking.c (one call, wherever it is
 * made) -> start.c, handle.c, result.c, history.c, describe.c, list.c.
 */
#ifndef TIMELAPSE_WORKER_CLIENT_PRIVATE_H
#define TIMELAPSE_WORKER_CLIENT_PRIVATE_H

#include <stdbool.h>
#include <timelapse/client.h>
#include <timelapse/query.h>

#include "base/arena.h"
#include "base/list.h"
#include "base/random.h"
#include "worker/runtime/call.h"
#include "worker/runtime/driver_private.h"

struct tl_client {
    struct tl_driver *driver;
    struct pool *pool;
    const struct tl_registry *registry; /* NULL: no codecs */
    struct arena arena;                 /* this struct and its strings */
    struct arena call;                  /* of the call made on the test's stack, where there is one thread */
    struct tl_reply *reply;             /* likewise */
    char *name_space;
    char *identity;
    int skip_time;
    struct random random;
    struct call_party party;
    struct list handles;
};

/* How a run ended, as tl_handle_result found it. */
struct run_outcome {
    bool known;
    enum tl_status status;
    struct tl_payload result;
    const struct tl_failure *failure;
    struct tl_reply *reply; /* that holds what result and failure share; while it is awaited, the page token */
};

/* What the handle's last query brought. */
struct query_outcome {
    struct arena arena;
    struct tl_payload result;
    const struct tl_failure *failure;
    enum tl_run_status rejected;
};

struct tl_handle {
    struct list_node node;
    struct tl_client *client;
    struct arena arena; /* this struct and all it hands out */
    char *workflow_id;
    char *run_id;       /* "" for the latest */
    char *first_run_id; /* of the chain of runs that it was started as; NULL: the handle is to one run alone */
    struct run_outcome outcome;
    struct arena description; /* what the last tl_handle_describe handed out */
    struct query_outcome query;
};

/* Out of memory unwinds. */
struct tl_handle *handle_new(struct tl_client *client, const char *workflow_id, const char *run_id);

/* ---- asking.c ---- */

/* A public call: one or more questions to the service, asked from wherever the caller stands. */
struct asking {
    struct tl_client *client;
    struct tl_activity *activity;      /* whose coroutine it stands on; NULL: the test's stack */
    const struct tl_activity *visitor; /* the same of another driver with threads, whose thread waits here; or NULL */
    struct arena *arena;               /* of requests and passing things; dropped at the end */
    struct call_question question;
    struct call *call;
    struct tl_reply **reply; /* where the last question's reply is kept; its owner gives it back */
    struct arena own_arena;  /* of calls that other threads make at the same time */
    struct tl_reply *own_reply;
    bool interruptible; /* ends with TL_ABORTED when the activity is to stop */
    struct tl_error *error;
};

/*
 * Runs `body(asking, user)` with memory guarded and returns what it returns. error: for the
 * caller, may be NULL. A call made in a workflow is a verdict.
 */
typedef enum tl_status asking_body_fn(struct asking *asking, void *user);
enum tl_status asking_run(struct tl_client *client, struct tl_error *error, asking_body_fn *body, void *user);

/*
 * Asks and waits. TL_OK with asking_response, borrowed until the next question or the end; else the
 * reply's status, or why there is none, with the error filled.
 */
enum tl_status asking_ask(struct asking *asking, enum rpc rpc, const void *message, tl_duration timeout);

/* The message that came back. */
static inline const void *asking_response(const struct asking *asking)
{
    return (*asking->reply)->message;
}

/* Passes the payloads of a request through the codecs. */
enum tl_status asking_encode(struct asking *asking, void *message);

/* ---- start.c ---- */

/* A fresh request id. */
char *client_request_id(struct tl_client *client, struct arena *arena);

/* The pair of ids that names the handle's run; and that of the run which goes on for it, whichever that is now. */
Pb__WorkflowExecution *handle_execution(const struct tl_handle *handle, struct arena *arena);
Pb__WorkflowExecution *handle_target(const struct tl_handle *handle, struct arena *arena);

/* ---- describe.c ---- */

/* What the service says of a run; what it does not say here is zero or "". Borrows from the message. */
struct tl_description;
void description_of_run(
    struct arena *arena, const Pb__Workflow__WorkflowExecutionInfo *info, struct tl_description *out);

#endif
