/* SPDX-License-Identifier: MIT */
/*
 * Verdicts stop the driver and stick. Whoever finds one stands on a coroutine, inside a step or on
 * the test's own stack: a coroutine is left for good, elsewhere the call returns.
 */
#include "base/pool.h"
#include "worker/runtime/driver_private.h"

/* Whether the running coroutine, if any, belongs to this driver. */
static bool on_coroutine(const struct tl_driver *driver)
{
    const struct coroutine_owner *owner = coroutine_owner();

    return owner != NULL && owner->driver == driver;
}

struct tl_driver *tl_driver_of_coroutine(void)
{
    const struct coroutine_owner *owner = coroutine_owner();

    return owner == NULL ? NULL : owner->driver;
}

const struct tl_verdict *tl_driver_verdict(const struct tl_driver *driver)
{
    unsigned held = driver_lock(driver);
    const struct tl_verdict *verdict = driver->failed ? &driver->verdict : NULL;

    driver_unlock(driver, held);
    return verdict;
}

static void tell_members(const struct tl_driver *driver)
{
    LIST_EACH(&driver->members, node)
    {
        struct driver_member *member = LIST_ITEM(node, struct driver_member, node);

        if (member->on_stopped != NULL) {
            member->on_stopped(member);
        }
    }
}

void driver_stop_with(struct tl_driver *driver, const struct tl_verdict *verdict)
{
    driver->verdict = *verdict;
    driver->verdict.at = driver->agenda.now;
    driver->failed = true;
    driver->agenda.stopped = true;
    tell_members(driver);
    if (agenda_traces(&driver->agenda, TL_TRACE_VERDICT)) {
        agenda_trace(
            &driver->agenda,
            (struct tl_trace_event){
                .kind = TL_TRACE_VERDICT,
                .workflow_id = verdict->workflow_id,
                .run_id = verdict->run_id,
                .name = tl_status_name(verdict->status),
                .detail = verdict->text});
    }
}

void driver_out_of_memory(struct tl_driver *driver)
{
    static const struct tl_verdict verdict = {
        .status = TL_NO_MEMORY, .file = "", .text = "out of memory", .workflow_id = "", .run_id = ""};

    if (!driver->failed) {
        driver_stop_with(driver, &verdict);
    }
}

/* Allocates nothing either: the code that was left may have been anywhere. */
int tl_driver_forget_coroutine(void)
{
    static const struct tl_verdict verdict = {
        .status = TL_VERDICT,
        .file = "",
        .text = "a signal or a jump led out of a workflow or an activity",
        .workflow_id = "",
        .run_id = ""};
    struct tl_driver *driver = tl_driver_of_coroutine();

    if (!coroutine_forget()) {
        return 0;
    }
    if (driver != NULL && !driver->failed) {
        driver_stop_with(driver, &verdict);
    }
    return 1;
}

struct failing {
    struct tl_driver *driver;
    struct tl_verdict verdict;
};

static void fail(void *user)
{
    struct failing *failing = user;
    struct tl_driver *driver = failing->driver;
    const struct coroutine_owner *owner = on_coroutine(driver) ? coroutine_owner() : NULL;

    failing->verdict.text = arena_strdup(&driver->arena, failing->verdict.text);
    failing->verdict.workflow_id = arena_strdup(&driver->arena, owner == NULL ? NULL : owner->workflow_id);
    failing->verdict.run_id = arena_strdup(&driver->arena, owner == NULL ? NULL : owner->run_id);
    driver_stop_with(driver, &failing->verdict);
}

void tl_driver_fail(struct tl_driver *driver, enum tl_status status, const char *file, int line, const char *text)
{
    unsigned held = driver_lock(driver);

    if (!driver->failed) {
        struct failing failing = {
            .driver = driver,
            .verdict = {.status = status, .file = file == NULL ? "" : file, .line = line, .text = text}};

        driver_guarded_always(driver, fail, &failing);
    }
    if (on_coroutine(driver)) {
        coroutine_abort(DRIVER_ABORT_VERDICT);
    }
    driver_unlock(driver, held);
}

enum tl_status driver_stopped_status(const struct tl_driver *driver, struct tl_error *error)
{
    if (!driver->agenda.stopped) {
        return TL_OK;
    }
    enum tl_status status = driver->failed && driver->verdict.status == TL_NO_MEMORY ? TL_NO_MEMORY : TL_VERDICT;
    return tl_error_set(error, status, NULL, "%s", driver->failed ? driver->verdict.text : "the driver has stopped");
}

/* ---- Guards ---- */

/* Kept tiny: nothing but the guard's own state may live across its return. */
static enum tl_status guarded(struct tl_driver *driver, driver_body_fn *body, void *user)
{
    struct pool_guard guard;

    if (POOL_GUARD(driver->pool, &guard)) {
        driver_out_of_memory(driver);
        return TL_NO_MEMORY;
    }
    enum tl_status status = body(user);
    pool_guard_pop(driver->pool, &guard);
    return status;
}

enum tl_status driver_guarded(struct tl_driver *driver, driver_body_fn *body, void *user)
{
    unsigned held = driver_lock(driver);
    enum tl_status status = driver_stopped_status(driver, NULL);

    if (status == TL_OK) {
        status = driver->stepping ? body(user) : guarded(driver, body, user);
    }
    driver_unlock(driver, held);
    return status;
}

struct always {
    void (*body)(void *user);
    void *user;
};

static enum tl_status call_always(void *user)
{
    const struct always *always = user;

    always->body(always->user);
    return TL_OK;
}

void driver_guarded_always(struct tl_driver *driver, void (*body)(void *user), void *user)
{
    unsigned held = driver_lock(driver);

    if (driver->stepping) {
        body(user);
    } else {
        struct always always = {body, user};

        (void)guarded(driver, call_always, &always);
    }
    driver_unlock(driver, held);
}
