/* SPDX-License-Identifier: MIT */
/* Runs by a query, page by page, and how many there are. */
#include <timelapse/list.h>

#include "model/message.h"
#include "worker/client/client_private.h"
#include "worker/registry/registry.h"

struct tl_list {
    struct tl_client *client;
    struct arena arena; /* this struct and the query */
    const char *query;
    int32_t page_size;
    struct arena page; /* the response, the runs made of it */
    const Pb__ListWorkflowExecutionsResponse *response;
    size_t next;                       /* in the response */
    struct tl_description description; /* what was handed out last */
};

/* ---- Pages ---- */

/* The answer outlives its reply in memory of its own, which takes the old page's place once all is well. */
static enum tl_status keep_page(struct tl_list *list, struct asking *asking)
{
    const struct tl_registry *registry = list->client->registry;
    struct arena page;
    enum tl_status status = TL_OK;

    arena_init(&page, list->client->pool);
    Pb__ListWorkflowExecutionsResponse *response = message_clone(&page, asking_response(asking));
    if (registry != NULL) {
        status = registry_decode(registry, &page, response, asking->error);
    }
    if (status != TL_OK) {
        arena_done(&page);
        return status;
    }
    arena_done(&list->page);
    list->page = page;
    list->response = response;
    list->next = 0;
    return TL_OK;
}

static enum tl_status ask_page(struct tl_list *list, struct asking *asking)
{
    Pb__ListWorkflowExecutionsRequest *request =
        PB_NEW(asking->arena, Pb__ListWorkflowExecutionsRequest, pb__list_workflow_executions_request);

    request->namespace_ = list->client->name_space;
    request->page_size = list->page_size;
    request->query = arena_strdup(asking->arena, list->query);
    if (list->response != NULL) {
        request->next_page_token = list->response->next_page_token;
    }
    enum tl_status status = asking_ask(asking, RPC_ListWorkflowExecutions, request, 0);
    return status == TL_OK ? keep_page(list, asking) : status;
}

/* ---- Beginning and end ---- */

struct beginning {
    struct tl_client *client;
    const struct tl_list_options *options;
    struct tl_list *list;
};

static struct tl_list *make(const struct beginning *beginning)
{
    const struct tl_list_options *options = beginning->options;
    struct tl_client *client = beginning->client;
    struct arena arena;

    arena_init(&arena, client->pool);
    struct tl_list *list = ARENA_NEW(&arena, struct tl_list);
    list->client = client;
    list->query = arena_strdup(&arena, options->query == NULL ? "" : options->query);
    list->page_size = options->page_size;
    arena_init(&list->page, client->pool);
    list->arena = arena;
    return list;
}

static void discard(struct tl_list *list)
{
    struct arena arena = list->arena;

    arena_done(&list->page);
    arena_done(&arena);
}

static enum tl_status begin(struct asking *asking, void *user)
{
    struct beginning *beginning = user;
    struct tl_list *list = make(beginning);
    enum tl_status status = ask_page(list, asking);

    if (status == TL_OK) {
        beginning->list = list;
    } else {
        discard(list);
    }
    return status;
}

enum tl_status tl_client_list(
    struct tl_client *client, const struct tl_list_options *options, struct tl_list **out_list, struct tl_error *error)
{
    static const struct tl_list_options defaults;
    struct beginning beginning = {client, options == NULL ? &defaults : options, NULL};

    *out_list = NULL;
    if (beginning.options->page_size < 0) {
        return tl_error_set(error, TL_INVALID_ARGUMENT, "page_size", "a page of less than no runs");
    }
    enum tl_status status = asking_run(client, error, begin, &beginning);

    if (status == TL_OK) {
        *out_list = beginning.list;
    }
    return status;
}

void tl_list_free(struct tl_list *list)
{
    if (list == NULL || list->client->driver->fault.dead) {
        return; /* it goes with the driver's pool */
    }
    const struct tl_driver *driver = list->client->driver;
    unsigned held = driver_lock(driver);

    discard(list);
    driver_unlock(driver, held);
}

/* ---- Going on ---- */

static bool has_run(const struct tl_list *list)
{
    return list->next < list->response->n_executions;
}

/* A page may be empty and not the last one: services scan before they filter. */
static enum tl_status find_run(struct tl_list *list, struct asking *asking)
{
    while (!has_run(list) && list->response->next_page_token.len > 0) {
        enum tl_status status = ask_page(list, asking);

        if (status != TL_OK) {
            return status;
        }
    }
    return TL_OK;
}

static enum tl_status go_on(struct asking *asking, void *user)
{
    struct tl_list *list = user;
    enum tl_status status = find_run(list, asking);

    if (status == TL_OK && has_run(list)) {
        description_of_run(&list->page, list->response->executions[list->next], &list->description);
    }
    return status;
}

enum tl_status tl_list_next(struct tl_list *list, const struct tl_description **out_run, struct tl_error *error)
{
    *out_run = NULL;
    enum tl_status status = asking_run(list->client, error, go_on, list);

    if (status == TL_OK && has_run(list)) {
        list->next++;
        *out_run = &list->description;
    }
    return status;
}

/* ---- Counting ---- */

struct counting {
    const char *query;
    int64_t count;
};

static enum tl_status count(struct asking *asking, void *user)
{
    struct counting *counting = user;
    Pb__CountWorkflowExecutionsRequest *request =
        PB_NEW(asking->arena, Pb__CountWorkflowExecutionsRequest, pb__count_workflow_executions_request);

    request->namespace_ = asking->client->name_space;
    request->query = arena_strdup(asking->arena, counting->query == NULL ? "" : counting->query);
    enum tl_status status = asking_ask(asking, RPC_CountWorkflowExecutions, request, 0);

    if (status == TL_OK) {
        counting->count = ((const Pb__CountWorkflowExecutionsResponse *)asking_response(asking))->count;
    }
    return status;
}

enum tl_status tl_client_count(struct tl_client *client, const char *query, int64_t *out_count, struct tl_error *error)
{
    struct counting counting = {.query = query};
    enum tl_status status = asking_run(client, error, count, &counting);

    if (status == TL_OK) {
        *out_count = counting.count;
    }
    return status;
}
