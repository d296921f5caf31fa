/* SPDX-License-Identifier: MIT */
/*
 * Starts a round of workflows, waits until each has ended as it should, and counts their effects. Calls that the
 * service cannot answer are made again: each means the same when it is made twice.
 *
 *     killing-client ROUND WORKFLOWS LEDGER
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <timelapse/client.h>
#include <timelapse/connection.h>

#include "tests/conformance/killing/ledger.h"
#include "tests/conformance/killing/load.h"

#define TRIES      100
#define CHAIN_TIME TL_MINUTES(3) /* what is open for longer was stuck */

struct round {
    struct tl_client *client;
    struct ledger *ledger;
    const char *name;
    size_t count;
    struct tl_handle **runs;
};

static bool passes_by(enum tl_status status)
{
    return status == TL_UNAVAILABLE || status == TL_DEADLINE_EXCEEDED || status == TL_RESOURCE_EXHAUSTED ||
           status == TL_ABORTED || status == TL_INTERNAL;
}

static const struct shape *shape_of(size_t index)
{
    return &shapes[index % shape_count];
}

static void name_workflow(const struct round *round, size_t index, char *id, size_t size)
{
    (void)snprintf(id, size, "killing-%s-%zu", round->name, index);
}

/* The same request id each time: the second of two starts that both arrived finds what the first one started. */
static enum tl_status start(struct round *round, size_t index, struct tl_error *error)
{
    char id[64];
    enum tl_status status = TL_UNAVAILABLE;

    name_workflow(round, index, id, sizeof(id));
    const struct tl_start_options options = {
        .task_queue = KILLING_QUEUE,
        .execution_timeout = CHAIN_TIME,
        .task_timeout = TL_SECONDS(1),
        .request_id = id,
    };
    for (int i = 0; i < TRIES && passes_by(status); i++) {
        status = tl_client_start(round->client, shape_of(index)->type, id, NULL, &options, &round->runs[index], error);
    }
    return status;
}

static enum tl_status signal_to(struct tl_handle *run, size_t number, struct tl_error *error)
{
    char request[32];
    enum tl_status status = TL_UNAVAILABLE;

    (void)snprintf(request, sizeof(request), "go-%zu", number);
    for (int i = 0; i < TRIES && passes_by(status); i++) {
        status = tl_handle_signal_with(
            run, GO_SIGNAL, NULL, &(const struct tl_signal_options){.request_id = request}, error);
    }
    return status;
}

static enum tl_status cancel(struct tl_handle *run, struct tl_error *error)
{
    enum tl_status status = TL_UNAVAILABLE;

    for (int i = 0; i < TRIES && passes_by(status); i++) {
        status = tl_handle_cancel(run, "enough", error);
    }
    return status == TL_NOT_FOUND ? TL_OK : status; /* a try that was cut had arrived, and the run is closed by now */
}

static enum tl_status begin(struct round *round, size_t index, struct tl_error *error)
{
    const struct shape *shape = shape_of(index);
    enum tl_status status = start(round, index, error);

    for (size_t i = 0; status == TL_OK && i < shape->signals; i++) {
        status = signal_to(round->runs[index], i, error);
    }
    return status == TL_OK && shape->is_canceled ? cancel(round->runs[index], error) : status;
}

/* What is wrong with how the workflow ended; NULL: nothing. */
static const char *wrong_with(struct round *round, size_t index, struct tl_error *error)
{
    const struct shape *shape = shape_of(index);
    enum tl_status status = TL_UNAVAILABLE;
    char id[64];

    for (int i = 0; i < TRIES && passes_by(status); i++) {
        status = tl_handle_result(round->runs[index], NULL, error);
    }
    name_workflow(round, index, id, sizeof(id));
    if (status != shape->outcome) {
        (void)snprintf(error->message, sizeof(error->message), "%s", tl_status_name(status));
        return "it ended otherwise";
    }
    if (ledger_effects(round->ledger, id) != (int)shape->effects) {
        (void)snprintf(
            error->message, sizeof(error->message), "%d, not %zu", ledger_effects(round->ledger, id), shape->effects);
        return "its effects are not each there once";
    }
    return ledger_steps(round->ledger, id) == (int)shape->effects ? NULL : "a step was taken twice";
}

static int run(struct round *round)
{
    struct tl_error error = {0};
    size_t wrong = 0;

    for (size_t i = 0; i < round->count; i++) {
        if (begin(round, i, &error) != TL_OK) {
            (void)fprintf(stderr, "killing-client: %s %zu: %s\n", round->name, i, error.message);
            return EXIT_FAILURE;
        }
    }
    for (size_t i = 0; i < round->count; i++) {
        const char *what = wrong_with(round, i, &error);
        if (what != NULL) {
            wrong++;
            (void)fprintf(
                stderr, "killing-%s-%zu, %s: %s: %s\n", round->name, i, shape_of(i)->type, what, error.message);
        }
    }
    return wrong == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
    struct tl_error error = {.message = "usage: killing-client ROUND WORKFLOWS LEDGER"};
    struct tl_connection *connection = argc == 4 ? load_connect(&error) : NULL;
    struct round round = {0};
    int status = EXIT_FAILURE;

    if (connection != NULL) {
        round.name = argv[1];
        round.count = strtoul(argv[2], NULL, 10);
        round.ledger = ledger_open(argv[3]);
        round.runs = calloc(round.count, sizeof(struct tl_handle *));
        round.client = tl_client_new(
            tl_connection_driver(connection),
            tl_connection_service(connection),
            &(const struct tl_client_options){0},
            &error);
    }
    if (round.client != NULL && round.ledger != NULL && round.runs != NULL) {
        status = run(&round);
    } else {
        (void)fprintf(stderr, "killing-client: %s\n", error.message);
    }
    tl_client_free(round.client);
    tl_connection_free(connection);
    ledger_close(round.ledger);
    free(round.runs);
    return status;
}
