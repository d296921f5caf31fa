/* SPDX-License-Identifier: MIT */
/*
 * calls: makes every call of the client to the server at JUDGE_ADDRESS, by several threads at once, and tells what was
 * not as it should be.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <timelapse/worker_run.h>

#include "tests/conformance/calls/calls.h"

#define THREADS 3

static const struct test_case *const groups[] = {
    start_cases, talk_cases, tell_cases, list_cases, elsewhere_cases, codec_cases};

static void run_group(struct caller *caller, const struct test_case *group)
{
    for (const struct test_case *it = group; it->name != NULL; it++) {
        caller->name = it->name;
        it->run(caller);
    }
}

/* Each begins somewhere else, so that different calls meet. */
static void *run_all(void *user)
{
    struct caller *caller = user;
    size_t count = sizeof(groups) / sizeof(groups[0]);
    size_t first = (size_t)(caller->tag[strlen(caller->tag) - 1] - '1') * 2;

    for (size_t i = 0; i < count; i++) {
        run_group(caller, groups[(first + i) % count]);
    }
    return NULL;
}

static int call_all(struct tl_connection *connection, struct tl_client *client, struct board *board)
{
    struct caller callers[THREADS];
    pthread_t threads[THREADS];
    char tags[THREADS][32];
    size_t passed = 0;
    size_t failed = 0;

    for (size_t i = 0; i < THREADS; i++) {
        (void)snprintf(tags[i], sizeof(tags[i]), "thread-%zu", i + 1);
        callers[i] = (struct caller){.connection = connection, .client = client, .board = board, .tag = tags[i]};
        if (pthread_create(&threads[i], NULL, run_all, &callers[i]) != 0) {
            (void)fprintf(stderr, "calls: no thread\n");
            exit(EXIT_FAILURE);
        }
    }
    for (size_t i = 0; i < THREADS; i++) {
        (void)pthread_join(threads[i], NULL);
        passed += callers[i].passed;
        failed += callers[i].failed;
    }
    printf("every call of the client: %zu passed, %zu failed\n", passed, failed);
    return failed == 0 && passed > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int work_and_call(struct tl_connection *connection, struct tl_registry *registry, struct tl_error *error)
{
    struct board *board = board_new();
    int status = EXIT_FAILURE;

    calls_register(registry, board);
    struct tl_worker *worker = tl_worker_start(
        connection, &(const struct tl_worker_options){.task_queue = CALLS_QUEUE, .registry = registry}, error);
    struct tl_client *client = worker == NULL ? NULL
                                              : tl_client_new(
                                                    tl_connection_driver(connection),
                                                    tl_connection_service(connection),
                                                    &(const struct tl_client_options){0},
                                                    error);
    if (client != NULL) {
        status = call_all(connection, client, board);
        tl_worker_stop(worker);
        if (tl_worker_join(worker, error) != TL_OK) {
            (void)fprintf(stderr, "calls: the worker: %s\n", error->message);
            status = EXIT_FAILURE;
        }
    } else {
        (void)fprintf(stderr, "calls: %s\n", error->message);
    }
    tl_client_free(client);
    tl_worker_free(worker);
    board_free(board);
    return status;
}

int main(void)
{
    struct tl_error error = {.message = "out of memory"};
    struct tl_registry *registry = tl_registry_new(NULL);
    const struct tl_connection_options options = {.address = getenv("JUDGE_ADDRESS")};
    struct tl_connection *connection = tl_connect(&options, &error);
    int status = EXIT_FAILURE;

    (void)setvbuf(stdout, NULL, _IOLBF, 0); /* what was told before a hang is what finds it */
    if (registry == NULL || connection == NULL) {
        (void)fprintf(stderr, "calls: %s\n", error.message);
    } else {
        status = work_and_call(connection, registry, &error);
    }
    tl_connection_free(connection);
    tl_registry_free(registry);
    return status;
}
