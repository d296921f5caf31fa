/* SPDX-License-Identifier: MIT */
/* Runs found by a query. */
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <timelapse/list.h>

#include "tests/conformance/calls/calls.h"

#define RUNS 5

static void pause_shortly(void)
{
    (void)nanosleep(&(const struct timespec){.tv_nsec = 50000000}, NULL);
}

/* What is listed follows what happens by and by. */
static void wait_for(struct caller *caller, const char *query, int64_t wanted)
{
    int64_t count = -1;
    enum tl_status status = TL_OK;

    for (int i = 0; i < 400 && status == TL_OK && count != wanted; i++) {
        status = tl_client_count(caller->client, query, &count, &caller->error);
        if (count != wanted) {
            pause_shortly();
        }
    }
    expect_status(caller, status, TL_OK, "counting");
    expect(caller, count == wanted, "how many runs match");
}

/* Reads all pages; how many of the ids of name_run were seen, each once. */
static void expect_pages(struct caller *caller, const char *query, int page_size)
{
    struct tl_list *list = NULL;
    const struct tl_description *run = NULL;
    bool is_seen[RUNS] = {false};
    size_t count = 0;
    const struct tl_list_options options = {.query = query, .page_size = page_size};
    enum tl_status status = tl_client_list(caller->client, &options, &list, &caller->error);

    expect_status(caller, status, TL_OK, "listing");
    while (status == TL_OK && (status = tl_list_next(list, &run, &caller->error)) == TL_OK && run != NULL) {
        const char *number = strrchr(run->workflow_id, '-');
        size_t index = number == NULL ? RUNS : (size_t)(number[1] - '0');
        expect(caller, index < RUNS && !is_seen[index], "a run that is asked for, and comes once");
        expect(caller, strcmp(run->workflow_type, "Echo") == 0, "its type");
        expect(caller, run->status == TL_RUN_COMPLETED, "its status");
        if (index < RUNS) {
            is_seen[index] = true;
        }
        count++;
    }
    expect_status(caller, status, TL_OK, "the next run");
    expect(caller, count == RUNS, "how many are listed");
    tl_list_free(list);
}

static void are_listed(struct caller *caller)
{
    const struct tl_search_attribute mark = tl_search_keyword("TemporalScheduledById", caller->tag);
    const struct tl_start_options options = {
        .task_queue = CALLS_QUEUE, .search_attributes = &mark, .search_attribute_count = 1};
    char query[256];
    char id[MOST_ID];
    char suffix[16];

    for (int i = 0; i < RUNS; i++) {
        struct tl_handle *run = NULL;
        (void)snprintf(suffix, sizeof(suffix), "-%d", i);
        name_run(caller, suffix, id);
        enum tl_status status = tl_client_start(caller->client, "Echo", id, NULL, &options, &run, &caller->error);
        expect_status(caller, status, TL_OK, "a start");
        tl_handle_free(run);
    }
    (void)snprintf(
        query,
        sizeof(query),
        "WorkflowType = 'Echo' AND TemporalScheduledById = '%s' AND ExecutionStatus = 'Completed'",
        caller->tag);
    wait_for(caller, query, RUNS);
    expect_pages(caller, query, 2);
    expect_pages(caller, query, 0);
    (void)snprintf(
        query,
        sizeof(query),
        "WorkflowType = 'Echo' AND TemporalScheduledById = '%s' GROUP BY ExecutionStatus",
        caller->tag);
    wait_for(caller, query, RUNS);
}

static void understands_no_query(struct caller *caller)
{
    struct tl_list *list = NULL;
    int64_t count = 77;
    const struct tl_list_options nonsense = {.query = "Nothing = Of ( This"};
    const struct tl_list_options backwards = {.page_size = -1};

    enum tl_status status = tl_client_list(caller->client, &nonsense, &list, &caller->error);
    expect_status(caller, status, TL_INVALID_ARGUMENT, "listing by nonsense");
    status = tl_client_list(caller->client, &backwards, &list, &caller->error);
    expect_status(caller, status, TL_INVALID_ARGUMENT, "pages of a negative size");
    expect_field(caller, "page_size");
    expect(caller, list == NULL, "there is no list");
    status = tl_client_count(caller->client, nonsense.query, &count, &caller->error);
    expect_status(caller, status, TL_INVALID_ARGUMENT, "counting by nonsense");
    expect(caller, count == 77, "nothing is counted");
}

/* Clients of other namespaces, over the same connection. */
static void are_elsewhere(struct caller *caller)
{
    static const struct {
        const char *name_space;
        enum tl_status status;
    } others[] = {{"mtls", TL_OK}, {"absent", TL_NOT_FOUND}};

    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        const struct tl_client_options options = {.name_space = others[i].name_space, .identity = "another"};
        int64_t count = 77;
        struct tl_client *client = tl_client_new(
            tl_connection_driver(caller->connection),
            tl_connection_service(caller->connection),
            &options,
            &caller->error);
        if (client == NULL) {
            expect(caller, false, "another client");
            return;
        }
        enum tl_status status = tl_client_count(client, NULL, &count, &caller->error);
        expect_status(caller, status, others[i].status, others[i].name_space);
        expect(caller, count == (status == TL_OK ? 0 : 77), "nothing is there");
        tl_client_free(client);
    }
}

const struct test_case list_cases[] = {
    {"listed", are_listed},
    {"nonsense", understands_no_query},
    {"namespaces", are_elsewhere},
    {NULL, NULL},
};
