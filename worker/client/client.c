/* SPDX-License-Identifier: MIT */
/* The life of clients and handles. */
#include <timelapse/client.h>

#include "base/pool.h"
#include "worker/client/client_private.h"
#include "worker/registry/option.h"

struct making {
    struct tl_driver *driver;
    struct tl_service *service;
    const struct tl_client_options *options;
    struct tl_client *client;
};

static enum tl_status make(void *user)
{
    struct making *making = user;
    const struct tl_client_options *options = making->options;
    struct arena arena;

    arena_init(&arena, making->driver->pool);
    struct tl_client *client = ARENA_NEW(&arena, struct tl_client);
    client->driver = making->driver;
    client->pool = making->driver->pool;
    client->registry = options->registry;
    client->skip_time = options->skip_time;
    client->name_space = arena_strdup(&arena, options->name_space == NULL ? "default" : options->name_space);
    client->identity = arena_strdup(&arena, options->identity == NULL ? "timelapse-client" : options->identity);
    client->arena = arena;
    arena_init(&client->call, client->pool);
    driver_random(making->driver, "client", &client->random);
    call_party_init(&client->party, &making->driver->agenda, making->service, &client->random);
    list_init(&client->handles);
    making->client = client;
    return TL_OK;
}

static enum tl_status check_options(const struct tl_client_options *options, struct tl_error *error)
{
    enum tl_status status = TL_OK;

    if (options->name_space != NULL) {
        status = option_check_name("name_space", options->name_space, error);
    }
    if (status == TL_OK && options->identity != NULL) {
        status = option_check_name("identity", options->identity, error);
    }
    return status == TL_OK && options->registry != NULL ? tl_registry_check(options->registry, error) : status;
}

struct tl_client *tl_client_new(
    struct tl_driver *driver, struct tl_service *service, const struct tl_client_options *options,
    struct tl_error *error)
{
    static const struct tl_client_options defaults;
    struct making making = {driver, service, options == NULL ? &defaults : options, NULL};

    if (option_check_given("driver", driver, error) != TL_OK ||
        option_check_given("service", service, error) != TL_OK || check_options(making.options, error) != TL_OK) {
        return NULL;
    }
    if (driver_guarded(driver, make, &making) != TL_OK) {
        (void)driver_stopped_status(driver, error);
        return NULL;
    }
    return making.client;
}

void tl_client_free(struct tl_client *client)
{
    struct list_node *node;

    if (client == NULL || client->driver->fault.dead) {
        return; /* it goes with the driver's pool */
    }
    const struct tl_driver *driver = client->driver;
    unsigned held = driver_lock(driver);
    while ((node = list_first(&client->handles)) != NULL) {
        tl_handle_free(LIST_ITEM(node, struct tl_handle, node));
    }
    call_party_done(&client->party);
    tl_reply_unref(client->reply);
    arena_done(&client->call);
    struct arena arena = client->arena;
    arena_done(&arena);
    driver_unlock(driver, held);
}

/* ---- Handles ---- */

struct tl_handle *handle_new(struct tl_client *client, const char *workflow_id, const char *run_id)
{
    struct arena arena;

    arena_init(&arena, client->pool);
    struct tl_handle *handle = ARENA_NEW(&arena, struct tl_handle);
    handle->client = client;
    handle->workflow_id = arena_strdup(&arena, workflow_id);
    handle->run_id = arena_strdup(&arena, run_id);
    arena_init(&handle->description, client->pool);
    handle->arena = arena;
    arena_init(&handle->query.arena, client->pool);
    list_append(&client->handles, &handle->node);
    return handle;
}

struct handle_making {
    struct tl_client *client;
    const char *workflow_id;
    const char *run_id;
    struct tl_handle *handle;
};

static void make_handle(void *user)
{
    struct handle_making *making = user;

    making->handle = handle_new(making->client, making->workflow_id, making->run_id);
}

struct tl_handle *tl_client_handle(struct tl_client *client, const char *workflow_id, const char *run_id)
{
    struct handle_making making = {client, workflow_id, run_id, NULL};

    driver_guarded_always(client->driver, make_handle, &making);
    return making.handle;
}

void tl_handle_free(struct tl_handle *handle)
{
    if (handle == NULL || handle->client->driver->fault.dead) {
        return; /* it goes with the driver's pool */
    }
    struct arena arena = handle->arena;
    const struct tl_driver *driver = handle->client->driver;
    unsigned held = driver_lock(driver);

    list_remove(&handle->node);
    tl_reply_unref(handle->outcome.reply);
    arena_done(&handle->description);
    arena_done(&handle->query.arena);
    arena_done(&arena);
    driver_unlock(driver, held);
}

const char *tl_handle_workflow_id(const struct tl_handle *handle)
{
    return handle->workflow_id;
}

const char *tl_handle_run_id(const struct tl_handle *handle)
{
    return handle->run_id;
}
