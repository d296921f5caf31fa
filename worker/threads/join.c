/* SPDX-License-Identifier: MIT */
/* Waiting for a worker to stop. One of several threads stops as a whole, so that each of its drivers ends in turn. */
#include <timelapse/worker_run.h>

#include "worker/engine/family.h"
#include "worker/engine/worker.h"
#include "worker/registry/option.h"

static int has_stopped(void *user)
{
    return worker_has_stopped(user);
}

static enum tl_status refuse(struct tl_error *error)
{
    return tl_error_set(error, TL_FAILED_PRECONDITION, NULL, "a worker cannot be waited for on a thread of its own");
}

static enum tl_status join_one(struct tl_worker *worker, struct tl_error *error)
{
    enum tl_status status = tl_driver_run(worker->driver, has_stopped, worker, 0);

    switch (status) {
    case TL_OK:
        return worker_check(worker, error);
    case TL_FAILED_PRECONDITION:
        return refuse(error);
    default:
        return driver_stopped_status(worker->driver, error);
    }
}

static bool is_on_own_thread(const struct family *family)
{
    bool own = false;

    for (size_t i = 0; i < family->count && !own; i++) {
        const struct tl_driver *driver = family->seats[i]->driver;
        unsigned held = driver_lock(driver);

        own = driver->stepping;
        driver_unlock(driver, held);
    }
    return own;
}

/* What the first says that did not stop well. */
static enum tl_status join_family(const struct family *family, struct tl_error *error)
{
    enum tl_status outcome = TL_OK;

    if (is_on_own_thread(family)) {
        return refuse(error);
    }
    for (size_t i = 0; i < family->count; i++) {
        enum tl_status status = join_one(family->seats[i]->worker, outcome == TL_OK ? error : NULL);

        outcome = outcome == TL_OK ? status : outcome;
    }
    return outcome;
}

enum tl_status tl_worker_join(struct tl_worker *worker, struct tl_error *error)
{
    enum tl_status status = option_check_given("worker", worker, error);

    if (status != TL_OK) {
        return status;
    }
    return worker->family == NULL ? join_one(worker, error) : join_family(worker->family, error);
}
