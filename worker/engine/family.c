/* SPDX-License-Identifier: MIT */
#include "worker/engine/family.h"

#include "base/pool.h"
#include "worker/engine/worker.h"

/* ---- Seats ---- */

static bool is_posted(const struct family_seat *seat)
{
    return (__atomic_load_n(&seat->stop_posted, __ATOMIC_ACQUIRE) && !seat->stop_ran) ||
           __atomic_load_n(&seat->changed_posted, __ATOMIC_ACQUIRE);
}

static void free_if_left(struct family_seat *seat)
{
    if (seat->is_left && !is_posted(seat)) {
        pool_free(seat->driver->pool, seat, sizeof *seat);
    }
}

static void on_stop(struct tl_post *post)
{
    struct family_seat *seat = CONTAINER_OF(post, struct family_seat, stop);

    seat->stop_ran = true;
    if (seat->worker != NULL) {
        worker_stop(seat->worker);
    }
    free_if_left(seat);
}

static void on_changed(struct tl_post *post)
{
    struct family_seat *seat = CONTAINER_OF(post, struct family_seat, changed);

    __atomic_store_n(&seat->changed_posted, false, __ATOMIC_RELEASE);
    if (seat->worker != NULL) {
        worker_slots_changed(seat->worker);
    }
    free_if_left(seat);
}

struct family_seat *family_seat_new(struct tl_driver *driver)
{
    struct family_seat *seat = pool_zalloc(driver->pool, sizeof *seat);

    if (seat != NULL) {
        seat->driver = driver;
        seat->stop.run = on_stop;
        seat->changed.run = on_changed;
    }
    return seat;
}

void family_seat_leave(struct family_seat *seat)
{
    seat->is_left = true;
    free_if_left(seat);
}

static void post_once(struct family_seat *seat, bool *posted, struct tl_post *post)
{
    if (!__atomic_exchange_n(posted, true, __ATOMIC_ACQ_REL)) {
        tl_driver_post(seat->driver, post);
    }
}

void family_seat_slots_changed(struct family_seat *seat)
{
    post_once(seat, &seat->changed_posted, &seat->changed);
}

/* ---- Members ---- */

/* What is left of the worker can only be freed: the others do not go on as if nothing had happened. */
static void on_driver_stopped(struct driver_member *member)
{
    struct tl_worker *worker = CONTAINER_OF(member, struct tl_worker, member);

    __atomic_store_n(&worker->has_stopped, true, __ATOMIC_RELEASE);
    family_stop(worker->family);
}

void family_enlist(struct family *family, struct family_seat *seat, struct tl_worker *worker)
{
    seat->worker = worker;
    worker->family = family;
    worker->member.on_stopped = on_driver_stopped;
    if (seat->stop_ran) {
        worker_stop(worker);
    }
}

/* ---- All ---- */

void family_stop(struct family *family)
{
    for (size_t i = 0; i < family->count; i++) {
        struct family_seat *seat = family->seats[i];

        post_once(seat, &seat->stop_posted, &seat->stop);
    }
}

void family_slots_changed(struct family *family)
{
    for (size_t i = 0; i < family->count; i++) {
        family_seat_slots_changed(family->seats[i]);
    }
}

bool family_has_stopped(const struct family *family)
{
    for (size_t i = 0; i < family->count; i++) {
        if (!worker_has_stopped(family->seats[i]->worker)) {
            return false;
        }
    }
    return true;
}

static enum tl_status check(const struct family_seat *seat, struct tl_error *error)
{
    unsigned held = driver_lock(seat->driver);
    enum tl_status status = driver_stopped_status(seat->driver, error);

    if (status == TL_OK) {
        status = worker_check(seat->worker, error);
    }
    driver_unlock(seat->driver, held);
    return status;
}

enum tl_status family_check(const struct family *family, struct tl_error *error)
{
    enum tl_status status = TL_OK;

    for (size_t i = 0; i < family->count && status == TL_OK; i++) {
        status = check(family->seats[i], error);
    }
    return status;
}

size_t family_evict(struct family *family, const char *run_id)
{
    size_t count = 0;

    for (size_t i = 0; i < family->count; i++) {
        count += worker_evict(family->seats[i]->worker, run_id);
    }
    return count;
}

size_t family_cached(const struct family *family)
{
    size_t count = 0;

    for (size_t i = 0; i < family->count; i++) {
        count += worker_cached(family->seats[i]->worker);
    }
    return count;
}

/* All workers first: until then each may post to each. */
void family_free(struct family *family)
{
    for (size_t i = family->count; i-- > 0;) {
        struct family_seat *seat = family->seats[i];
        unsigned held = driver_lock(seat->driver);
        struct tl_worker *worker = seat->worker;

        seat->worker = NULL;
        worker_free(worker);
        driver_unlock(seat->driver, held);
    }
    family->end(family);
}
