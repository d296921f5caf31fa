/* SPDX-License-Identifier: MIT */
/* The driver's life and its steps; its time and waits are in driver_time.c, verdicts in verdict.c. */
#include "worker/runtime/driver_private.h"

#include <string.h>
#include <timelapse/driver.h>

#include "base/check.h"
#include "base/pool.h"

#define DEFAULT_START TL_SECONDS(1577836800) /* 2020-01-01T00:00:00Z */
#define LATEST_START  TL_SECONDS(7258118400) /* 2200-01-01T00:00:00Z: leaves 62 years before time saturates */

static enum tl_status check_allocator(const struct tl_allocator *allocator, struct tl_error *error)
{
    if (allocator == NULL) {
        return TL_OK;
    }
    if (allocator->alloc == NULL || allocator->free == NULL) {
        return tl_error_set(error, TL_INVALID_ARGUMENT, "allocator", "alloc and free are both required");
    }
    if ((allocator->map == NULL) != (allocator->unmap == NULL)) {
        return tl_error_set(error, TL_INVALID_ARGUMENT, "allocator", "map and unmap are given together or not at all");
    }
    return TL_OK;
}

static enum tl_status check_options(const struct tl_driver_options *options, struct tl_error *error)
{
    if (options->start_time < 0 || options->start_time > LATEST_START) {
        return tl_error_set(
            error, TL_INVALID_ARGUMENT, "start_time", "must lie between 1970-01-01 and 2200-01-01, both included");
    }
    if (options->chooser != NULL && options->chooser->choose == NULL) {
        return tl_error_set(error, TL_INVALID_ARGUMENT, "chooser.choose", "is required");
    }
    return check_allocator(options->allocator, error);
}

struct tl_driver *tl_driver_new(const struct tl_driver_options *options, struct tl_error *error)
{
    static const struct tl_driver_options defaults;

    options = options == NULL ? &defaults : options;
    if (check_options(options, error) != TL_OK) {
        return NULL;
    }
    struct pool *pool = pool_new(options->allocator);
    struct tl_driver *driver = pool == NULL ? NULL : pool_zalloc(pool, sizeof(*driver));
    if (driver == NULL) {
        pool_free_all(pool);
        (void)tl_error_set(error, TL_NO_MEMORY, NULL, "no memory for a driver");
        return NULL;
    }
    driver->pool = pool;
    driver->seed = options->seed;
    agenda_init(&driver->agenda, pool, options->start_time == 0 ? DEFAULT_START : options->start_time);
    if (options->chooser != NULL) {
        driver->agenda.chooser = *options->chooser;
    }
    arena_init(&driver->arena, pool);
    mailbox_init(&driver->mailbox);
    list_init(&driver->members);
    list_init(&driver->eager_hosts);
    return driver;
}

void tl_driver_free(struct tl_driver *driver)
{
    if (driver != NULL) {
        if (driver->host != NULL) {
            driver->host->methods->free(driver->host);
        }
        CHECK(!driver->stepping);
        pool_free_all(driver->fault.pool);
        pool_free_all(driver->pool);
    }
}

struct sink_to_add {
    struct agenda *agenda;
    const struct tl_sink *sink;
};

static enum tl_status add_sink(void *user)
{
    const struct sink_to_add *adding = user;
    struct agenda *agenda = adding->agenda;
    size_t count = agenda->sink_count;
    struct tl_sink *sinks = pool_alloc(agenda->pool, (count + 1) * sizeof(*sinks));

    if (count > 0) {
        memcpy(sinks, agenda->sinks, count * sizeof(*sinks));
        pool_free(agenda->pool, agenda->sinks, count * sizeof(*sinks));
    }
    sinks[count] = *adding->sink;
    agenda->sinks = sinks;
    agenda->sink_count = count + 1;
    agenda->sink_mask |= adding->sink->mask;
    return TL_OK;
}

enum tl_status tl_driver_add_sink(struct tl_driver *driver, const struct tl_sink *sink)
{
    struct sink_to_add adding = {&driver->agenda, sink};

    return driver_guarded(driver, add_sink, &adding);
}

/* ---- Members ---- */

void driver_join(struct tl_driver *driver, struct driver_member *member)
{
    list_append(&driver->members, &member->node);
}

void driver_leave(struct driver_member *member)
{
    list_remove(&member->node);
}

void driver_random(struct tl_driver *driver, const char *noun, struct random *random)
{
    random_seed(random, hash_siphash13(driver->seed, driver->streams, noun, strlen(noun)));
    driver->streams++;
}

void driver_parked(const struct tl_driver *driver, parked_fn *each, void *user)
{
    LIST_EACH(&driver->members, node)
    {
        const struct driver_member *member = LIST_ITEM(node, struct driver_member, node);

        member->waits(member, each, user);
    }
}

struct waits_listener {
    void (*each)(void *user, const struct tl_wait *wait);
    void *user;
};

static void tell_wait(void *user, const struct tl_wait *wait, struct coroutine *coroutine)
{
    const struct waits_listener *listener = user;

    if (coroutine == NULL || coroutine->life != COROUTINE_LIFE_ABORTED) { /* left for good, it waits for nothing */
        listener->each(listener->user, wait);
    }
}

void tl_driver_waits(const struct tl_driver *driver, void (*each)(void *user, const struct tl_wait *wait), void *user)
{
    struct waits_listener listener = {each, user};
    unsigned held = driver_lock(driver);

    driver_parked(driver, tell_wait, &listener);
    driver_unlock(driver, held);
}

/* ---- Steps ---- */

/* Kept tiny: nothing but the guard's own state may live across its return. */
static bool guarded_step(struct tl_driver *driver)
{
    struct pool_guard guard;

    driver->stepping = true;
    if (POOL_GUARD(driver->pool, &guard)) {
        driver->stepping = false;
        driver_out_of_memory(driver);
        return false;
    }
    bool ran = agenda_step(&driver->agenda);
    pool_guard_pop(driver->pool, &guard);
    driver->stepping = false;
    return ran;
}

enum tl_step driver_step(struct tl_driver *driver)
{
    if (driver->agenda.stopped || driver->stepping) {
        return TL_STEP_STOPPED;
    }
    mailbox_open(&driver->mailbox, &driver->agenda);
    if (driver_follows(driver)) {
        driver_keep_up(driver);
    }
    if (driver->agenda.ready_count == 0) {
        return TL_STEP_IDLE;
    }
    bool ran = guarded_step(driver);
    driver->steps++;
    driver->outside_rests = false;
    if (driver->pacer.after_step != NULL) {
        driver->pacer.after_step(driver->pacer.user);
    }
    if (driver->agenda.stopped) {
        return TL_STEP_STOPPED;
    }
    return ran ? TL_STEP_RAN : TL_STEP_IDLE;
}

enum tl_step tl_driver_step(struct tl_driver *driver)
{
    return __builtin_expect(driver->host == NULL, 1) ? driver_step(driver) : TL_STEP_STOPPED;
}

size_t tl_driver_ready(const struct tl_driver *driver)
{
    unsigned held = driver_lock(driver);
    size_t ready = driver->agenda.ready_count + mailbox_waiting(&driver->mailbox);

    driver_unlock(driver, held);
    return ready;
}

int tl_driver_rests(const struct tl_driver *driver)
{
    unsigned held = driver_lock(driver);
    bool rests = driver->agenda.ready_count == 0 && mailbox_waiting(&driver->mailbox) == 0 &&
                 (!driver_stands(driver) || driver->outside_rests);

    driver_unlock(driver, held);
    return rests;
}

uint64_t tl_driver_steps(const struct tl_driver *driver)
{
    unsigned held = driver_lock(driver);
    uint64_t steps = driver->steps;

    driver_unlock(driver, held);
    return steps;
}

tl_time tl_driver_next_deadline(const struct tl_driver *driver, unsigned mask)
{
    unsigned held = driver_lock(driver);
    tl_time next = agenda_next_deadline(&driver->agenda, mask);

    driver_unlock(driver, held);
    return next;
}

/* ---- For services that live in the same process ---- */

struct agenda *tl_driver_agenda(struct tl_driver *driver)
{
    return &driver->agenda;
}

struct pool *tl_driver_pool(struct tl_driver *driver)
{
    return driver->pool;
}

uint64_t tl_driver_seed(const struct tl_driver *driver)
{
    return driver->seed;
}
