/* SPDX-License-Identifier: MIT */
#include "worker/threads/family_start.h"

#include "base/check.h"
#include "base/pool.h"
#include "worker/engine/family.h"
#include "worker/engine/worker.h"
#include "worker/engine/worker_share.h"
#include "worker/threads/shared_supplier.h"
#include "worker/threads/threads.h"
#include "worker/transport/connection_private.h"
#include "worker/transport/service.h"

/* One engine thread. The first one's driver and service are the connection's. */
struct engine_thread {
    struct tl_driver *driver;
    struct tl_service *service;
    struct channel_service *own_service; /* NULL: the connection's */
};

struct household {
    struct family family; /* first */
    struct pool *pool;    /* its own, in which it lies: of no thread */
    bool has_supplier;
    struct shared_supplier supplier;
    struct family_seat *seats[TL_ENGINE_THREADS_MOST];
    struct engine_thread threads[TL_ENGINE_THREADS_MOST];
};

/* ---- The end ---- */

static void end_thread(struct engine_thread *thread)
{
    if (thread->own_service != NULL) {
        unsigned held = threads_lock(thread->driver);

        channel_service_free(thread->own_service);
        threads_unlock(thread->driver, held);
    }
    tl_driver_free(thread->driver);
}

/* The first driver lives on, and may have something posted that is of its seat. */
static void end(struct family *family)
{
    struct household *household = (struct household *)(void *)family; /* the first member */

    for (size_t i = family->count; i-- > 1;) {
        end_thread(&household->threads[i]);
    }
    if (household->seats[0] != NULL) {
        unsigned held = threads_lock(household->threads[0].driver);

        family_seat_leave(household->seats[0]);
        threads_unlock(household->threads[0].driver, held);
    }
    if (household->has_supplier) {
        shared_supplier_done(&household->supplier);
    }
    pool_free_all(household->pool);
}

/* ---- Drivers ---- */

static enum tl_status no_memory(struct tl_error *error)
{
    return tl_error_set(error, TL_NO_MEMORY, NULL, "no memory for a worker of several threads");
}

/* Sinks that the connection's driver has hear of all threads. */
static enum tl_status copy_sinks(struct tl_driver *from, struct tl_driver *to)
{
    enum tl_status status = TL_OK;
    unsigned held = threads_lock(from);
    size_t count = from->agenda.sink_count;

    for (size_t i = 0; i < count && status == TL_OK; i++) {
        status = tl_driver_add_sink(to, &from->agenda.sinks[i]);
    }
    threads_unlock(from, held);
    return status;
}

static enum tl_status
begin_thread(struct engine_thread *thread, struct tl_connection *connection, struct tl_error *error)
{
    struct tl_driver *first = tl_connection_driver(connection);
    struct tl_error refusal;

    thread->driver = threads_driver_new(pool_allocator(first->pool), &refusal);
    if (thread->driver == NULL) {
        if (error != NULL) {
            *error = refusal;
        }
        return refusal.status;
    }
    unsigned held = threads_lock(thread->driver);
    thread->driver->identity = tl_connection_identity(connection);
    thread->own_service = channel_service_new(connection_channel(connection), thread->driver);
    threads_unlock(thread->driver, held);
    if (thread->own_service == NULL || copy_sinks(first, thread->driver) != TL_OK) {
        return no_memory(error);
    }
    thread->service = channel_service_interface(thread->own_service);
    return TL_OK;
}

static enum tl_status
begin_threads(struct household *household, struct tl_connection *connection, struct tl_error *error)
{
    enum tl_status status = TL_OK;

    household->threads[0].driver = tl_connection_driver(connection);
    household->threads[0].service = tl_connection_service(connection);
    for (size_t i = 1; i < household->family.count && status == TL_OK; i++) {
        status = begin_thread(&household->threads[i], connection, error);
    }
    return status;
}

static enum tl_status make_seats(struct household *household, struct tl_error *error)
{
    for (size_t i = 0; i < household->family.count; i++) {
        struct tl_driver *driver = household->threads[i].driver;
        unsigned held = threads_lock(driver);

        household->seats[i] = family_seat_new(driver);
        threads_unlock(driver, held);
        if (household->seats[i] == NULL) {
            return no_memory(error);
        }
    }
    return TL_OK;
}

/* ---- Workers ---- */

struct enlisting {
    struct household *household;
    const struct tl_worker_options *options;
    family_member_fn *on_member;
    void *user;
    struct tl_error *error;
};

static struct tl_worker *make_worker(const struct enlisting *enlisting, size_t index)
{
    struct household *household = enlisting->household;
    const struct engine_thread *thread = &household->threads[index];
    struct worker_share share;

    worker_share_make(enlisting->options, index, &share);
    if (household->has_supplier) {
        share.options.slot_supplier = &household->supplier.members[index].supplier;
    }
    struct tl_worker *worker = tl_worker_new(thread->driver, thread->service, &share.options, enlisting->error);
    if (worker != NULL) {
        worker->enrolment = share.enrolment; /* which numbers were given is told by the whole */
    }
    return worker;
}

/* With the lock from its making on: it does nothing before it belongs to the family. */
static enum tl_status enlist(const struct enlisting *enlisting, size_t index)
{
    struct household *household = enlisting->household;
    struct tl_driver *driver = household->threads[index].driver;
    enum tl_status status = TL_NO_MEMORY; /* for want of a worker; the error says what it is */
    unsigned held = threads_lock(driver);
    struct tl_worker *worker = make_worker(enlisting, index);

    if (worker != NULL) {
        family_enlist(&household->family, household->seats[index], worker);
        status = enlisting->on_member(enlisting->user, worker, enlisting->error);
    }
    threads_unlock(driver, held);
    return status;
}

static enum tl_status enlist_all(const struct enlisting *enlisting)
{
    enum tl_status status = TL_OK;

    for (size_t i = 0; i < enlisting->household->family.count && status == TL_OK; i++) {
        status = enlist(enlisting, i);
    }
    return status;
}

/* ---- The beginning ---- */

static struct household *found(struct tl_connection *connection, size_t count)
{
    struct pool *pool = pool_new(pool_allocator(tl_connection_driver(connection)->pool));
    struct household *household = pool == NULL ? NULL : pool_zalloc(pool, sizeof(*household));

    if (household == NULL) {
        pool_free_all(pool);
        return NULL;
    }
    household->pool = pool;
    household->family = (struct family){.count = count, .seats = household->seats, .end = end};
    return household;
}

static enum tl_status furnish(
    struct household *household, struct tl_connection *connection, const struct tl_worker_options *options,
    struct tl_error *error)
{
    enum tl_status status = begin_threads(household, connection, error);

    if (status == TL_OK) {
        status = make_seats(household, error);
    }
    if (status == TL_OK && options->slot_supplier != NULL) {
        household->has_supplier = true;
        shared_supplier_init(&household->supplier, options->slot_supplier, &household->family);
    }
    return status;
}

struct tl_worker *family_start(
    struct tl_connection *connection, const struct tl_worker_options *options, family_member_fn *on_member, void *user,
    struct tl_error *error)
{
    if (worker_share_check(options, error) != TL_OK) {
        return NULL;
    }
    struct household *household = found(connection, options->engine_threads);
    const struct enlisting enlisting = {household, options, on_member, user, error};
    if (household == NULL) {
        (void)no_memory(error);
        return NULL;
    }
    if (furnish(household, connection, options, error) != TL_OK) {
        end(&household->family);
        return NULL;
    }
    if (enlist_all(&enlisting) != TL_OK) {
        family_free(&household->family);
        return NULL;
    }
    return household->seats[0]->worker;
}
