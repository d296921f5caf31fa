/* SPDX-License-Identifier: MIT */
/* A run's history, page by page, as one tl_history that shares the replies' events. */
#include <string.h>

#include "base/pool.h"
#include "model/history.h"
#include "worker/client/client_private.h"

/* The pages of one history, newest last, until they are counted. */
struct page {
    struct page *next;
    struct tl_reply *reply;
};

struct reading {
    struct tl_handle *handle;
    struct page *first;
    struct page **last;
    size_t pages;
    size_t events;
    struct tl_history *history;
};

static const Pb__GetWorkflowExecutionHistoryResponse *response_of(const struct tl_reply *reply)
{
    return (const Pb__GetWorkflowExecutionHistoryResponse *)reply->message;
}

static size_t events_of(const struct tl_reply *reply)
{
    const Pb__History *history = response_of(reply)->history;

    return history == NULL ? 0 : history->n_events;
}

/* ---- The history that is handed out ---- */

struct kept_history {
    struct tl_history history;
    struct tl_driver *driver; /* whose pool it is of */
    size_t size;              /* of the whole block */
    size_t reply_count;
    struct tl_reply **replies;
    Pb__HistoryEvent *events[];
};

static void release(struct tl_history *history)
{
    struct kept_history *kept = CONTAINER_OF(history, struct kept_history, history);

    const struct tl_driver *driver = kept->driver;
    unsigned held = driver_lock(driver);

    for (size_t i = 0; i < kept->reply_count; i++) {
        tl_reply_unref(kept->replies[i]);
    }
    pool_free(driver->pool, kept, kept->size);
    driver_unlock(driver, held);
}

/* One block: the struct, the events, the replies that keep them. Takes the pages' references. */
static void assemble(struct reading *reading, struct tl_driver *driver)
{
    size_t size = sizeof(struct kept_history) + reading->events * sizeof(Pb__HistoryEvent *) +
                  reading->pages * sizeof(struct tl_reply *);
    struct kept_history *kept = pool_zalloc(driver->pool, size);
    size_t count = 0;

    kept->driver = driver;
    kept->size = size;
    kept->replies = (struct tl_reply **)(void *)(kept->events + reading->events);
    for (struct page *page = reading->first; page != NULL; page = page->next) {
        size_t events = events_of(page->reply);

        if (events > 0) {
            memcpy(kept->events + count, response_of(page->reply)->history->events, events * sizeof(kept->events[0]));
        }
        count += events;
        kept->replies[kept->reply_count++] = page->reply;
    }
    kept->history =
        (struct tl_history){.references = 1, .count = count, .events = kept->events, .release = release, .owner = kept};
    reading->history = &kept->history;
}

static void drop_pages(struct reading *reading)
{
    for (struct page *page = reading->first; page != NULL; page = page->next) {
        tl_reply_unref(page->reply);
    }
}

/* ---- Reading ---- */

static enum tl_status add_page(struct reading *reading, struct asking *asking)
{
    if (response_of(*asking->reply)->n_raw_history > 0) {
        return tl_error_set(
            asking->error, TL_UNSUPPORTED, "raw_history", "the service sent encoded events, which are not supported");
    }
    struct page *page = ARENA_NEW(asking->arena, struct page);

    page->reply = tl_reply_ref(*asking->reply);
    *reading->last = page;
    reading->last = &page->next;
    reading->pages++;
    reading->events += events_of(page->reply);
    return TL_OK;
}

static enum tl_status read_pages(struct reading *reading, struct asking *asking)
{
    Pb__GetWorkflowExecutionHistoryRequest *request =
        PB_NEW(asking->arena, Pb__GetWorkflowExecutionHistoryRequest, pb__get_workflow_execution_history_request);

    request->namespace_ = asking->client->name_space;
    request->execution = handle_execution(reading->handle, asking->arena);
    do {
        enum tl_status status = asking_ask(asking, RPC_GetWorkflowExecutionHistory, request, 0);

        if (status == TL_OK) {
            status = add_page(reading, asking);
        }
        if (status != TL_OK) {
            return status;
        }
        request->next_page_token = response_of(*asking->reply)->next_page_token;
    } while (request->next_page_token.len > 0);
    return TL_OK;
}

static enum tl_status read_history(struct asking *asking, void *user)
{
    struct reading *reading = user;
    enum tl_status status = read_pages(reading, asking);

    if (status == TL_OK) {
        assemble(reading, asking->client->driver);
    } else {
        drop_pages(reading);
    }
    return status;
}

enum tl_status tl_handle_history(struct tl_handle *handle, struct tl_history **out_history, struct tl_error *error)
{
    struct reading reading = {.handle = handle};

    reading.last = &reading.first;
    enum tl_status status = asking_run(handle->client, error, read_history, &reading);
    if (status == TL_OK) {
        *out_history = reading.history;
    }
    return status;
}
