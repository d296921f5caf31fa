/* SPDX-License-Identifier: MIT */
/*
 * One public call, wherever it is made: on the test's own stack it pumps the driver, in an activity
 * it parks that activity, in a workflow it is a verdict.
 */
#include "worker/activity/attempt.h"
#include "worker/client/client_private.h"
#include "worker/registry/registry.h"

/* ---- Where the caller stands ---- */

static void refuse_in_workflow(const struct coroutine_owner *owner)
{
    tl_driver_fail(
        owner->driver,
        TL_VERDICT,
        NULL,
        0,
        "a client call was made in a workflow, whose replay would make it again; make it in an activity");
}

static enum tl_status find_place(struct asking *asking)
{
    struct tl_client *client = asking->client;
    struct coroutine_owner *owner = coroutine_owner();

    if (owner != NULL && owner->kind == COROUTINE_WORKFLOW) {
        refuse_in_workflow(owner);
    }
    if (owner != NULL && owner->driver != client->driver && asking->visitor == NULL) {
        return tl_error_set(
            asking->error,
            TL_FAILED_PRECONDITION,
            NULL,
            "the client is of another driver than the activity that calls it: use its own environment's");
    }
    if (owner != NULL && owner->kind == COROUTINE_ACTIVITY && asking->visitor == NULL) {
        asking->activity = CONTAINER_OF(owner, struct tl_activity, owner);
        asking->arena = &asking->activity->call;
        asking->reply = &asking->activity->reply;
        return TL_OK;
    }
    asking->arena = client->driver->host == NULL ? &client->call : &asking->own_arena;
    asking->reply = client->driver->host == NULL ? &client->reply : &asking->own_reply;
    if (!client->driver->stepping) {
        return TL_OK;
    }
    return tl_error_set(
        asking->error, TL_FAILED_PRECONDITION, NULL, "a client call cannot be made from inside a step of the driver");
}

/* ---- Waiting ---- */

static void on_reply(struct call *call, struct tl_reply *reply)
{
    struct asking *asking = call->user;

    *asking->reply = tl_reply_ref(reply);
    if (asking->activity != NULL) {
        attempt_wake(asking->activity);
    }
}

static void send(void *user)
{
    struct asking *asking = user;

    asking->call = call_new(&asking->client->party, on_reply, asking);
    call_send(asking->call, &asking->question);
}

static enum tl_status stopped(struct asking *asking)
{
    return tl_error_set(asking->error, TL_ABORTED, NULL, "the activity is to stop, so that it waits no longer");
}

static int is_over(void *user)
{
    const struct asking *asking = user;
    bool is_left = asking->interruptible && asking->visitor != NULL && attempt_is_to_stop(asking->visitor);

    return *asking->reply != NULL || is_left;
}

/* What came for a stopped driver's caller is a verdict's text; for one that waits in vain, that it does. */
static enum tl_status pump(struct asking *asking, const char *rpc)
{
    struct tl_driver *driver = asking->client->driver;

    send(asking);
    enum tl_status status = tl_driver_run(driver, is_over, asking, asking->client->skip_time);

    if (status == TL_UNAVAILABLE) {
        return tl_error_set(
            asking->error, status, NULL, "nothing is left in the driver's world that could answer %s", rpc);
    }
    if (status != TL_OK) {
        return driver_stopped_status(driver, asking->error);
    }
    return *asking->reply != NULL ? TL_OK : stopped(asking);
}

static bool is_interrupted(const struct asking *asking)
{
    return asking->interruptible && attempt_is_to_stop(asking->activity);
}

static enum tl_status park(struct asking *asking, const char *rpc)
{
    struct tl_activity *activity = asking->activity;

    attempt_run_errand(activity, send, asking);
    activity->waits_on = asking->call;
    asking->call->holder = &activity->waits_on;
    activity->interruptible = asking->interruptible;
    while (*asking->reply == NULL && !is_interrupted(asking)) {
        attempt_park(activity, rpc, TL_NEVER);
    }
    activity->interruptible = false;
    activity->waits_on = NULL;
    asking->call->holder = NULL;
    return *asking->reply != NULL ? TL_OK : stopped(asking);
}

static enum tl_status refusal(struct asking *asking)
{
    const struct tl_reply *reply = *asking->reply;

    CHECK(reply != NULL);
    if (reply->status == TL_OK) {
        return TL_OK;
    }
    (void)tl_error_set(asking->error, reply->status, NULL, "%s", reply->text);
    if (asking->error != NULL) {
        asking->error->grpc_code = call_code(reply);
    }
    return reply->status;
}

static void drop_reply(struct asking *asking)
{
    tl_reply_unref(*asking->reply);
    *asking->reply = NULL;
}

enum tl_status asking_ask(struct asking *asking, enum rpc rpc, const void *message, tl_duration timeout)
{
    const char *name = rpc_table[rpc].name;

    drop_reply(asking);
    asking->question =
        (struct call_question){.rpc = rpc, .message = message, .timeout = timeout, .patience = CALL_RETRY};
    enum tl_status status = asking->activity == NULL ? pump(asking, name) : park(asking, name);
    call_free(asking->call);
    return status == TL_OK ? refusal(asking) : status;
}

enum tl_status asking_encode(struct asking *asking, void *message)
{
    const struct tl_registry *registry = asking->client->registry;

    return registry == NULL ? TL_OK : registry_encode(registry, asking->arena, message, asking->error);
}

/* ---- A public call ---- */

struct running {
    struct asking asking;
    asking_body_fn *body;
    void *user;
};

static enum tl_status run(void *user)
{
    struct running *running = user;
    struct asking *asking = &running->asking;

    arena_init(&asking->own_arena, asking->client->pool);
    enum tl_status status = find_place(asking);
    if (status != TL_OK) {
        return status;
    }
    status = running->body(asking, running->user);
    drop_reply(asking);
    arena_reset(asking->arena);
    arena_done(&asking->own_arena);
    return status;
}

static enum tl_status run_locked(struct running *running)
{
    struct tl_client *client = running->asking.client;
    unsigned held = driver_lock(client->driver);
    bool waits = !client->driver->stepping;

    if (waits) {
        driver_begin_wait(client->driver);
    }
    enum tl_status status = driver_guarded(client->driver, run, running);
    if (waits) {
        driver_end_wait(client->driver);
    }
    if (status == TL_NO_MEMORY || status == TL_VERDICT) {
        (void)driver_stopped_status(client->driver, running->asking.error);
    }
    driver_unlock(client->driver, held);
    return status;
}

/* The activity on whose thread the call is made, where that has threads and is not the client's driver; or NULL. */
static struct tl_activity *find_visitor(const struct tl_client *client)
{
    struct coroutine_owner *owner = coroutine_owner();

    if (client->driver->host == NULL || owner == NULL || owner->kind != COROUTINE_ACTIVITY ||
        owner->driver == client->driver || owner->driver->host == NULL) {
        return NULL;
    }
    return CONTAINER_OF(owner, struct tl_activity, owner);
}

enum tl_status asking_run(struct tl_client *client, struct tl_error *error, asking_body_fn *body, void *user)
{
    struct tl_activity *visitor = find_visitor(client);
    struct running running = {
        .asking = {.client = client, .visitor = visitor, .error = error}, .body = body, .user = user};

    if (visitor == NULL) {
        return run_locked(&running);
    }
    attempt_begin_visit(visitor, client->driver);
    enum tl_status status = run_locked(&running);
    attempt_end_visit(visitor);
    return status;
}
