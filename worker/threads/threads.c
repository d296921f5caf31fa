/* SPDX-License-Identifier: MIT */
/* The life of a driver with threads. */
#include "worker/threads/threads.h"

#include <errno.h>
#include <sys/random.h>
#include <time.h>

#include "base/check.h"
#include "base/pool.h"
#include "worker/threads/host.h"
#include "worker/threads/watch.h"

/* CLOCK_REALTIME for what the world reads, CLOCK_MONOTONIC for what passes: a clock that is set back stops no timer. */
static tl_time now_by(clockid_t clock)
{
    struct timespec at;

    (void)clock_gettime(clock, &at);
    return TL_SECONDS(at.tv_sec) + at.tv_nsec;
}

void threads_init_condition(pthread_cond_t *condition)
{
    pthread_condattr_t attributes;

    CHECK(pthread_condattr_init(&attributes) == 0);
    CHECK(pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0);
    CHECK(pthread_cond_init(condition, &attributes) == 0);
    (void)pthread_condattr_destroy(&attributes);
}

void threads_sleep(sem_t *posted)
{
    while (sem_wait(posted) != 0) {
        CHECK(errno == EINTR);
    }
}

/* ---- The end ---- */

static void end_all(struct threads *threads)
{
    (void)pthread_mutex_lock(&threads->mutex);
    threads->ending = true;
    (void)pthread_mutex_unlock(&threads->mutex);
    (void)sem_post(&threads->call);
    LIST_EACH(&threads->all, node)
    {
        (void)sem_post(&LIST_ITEM(node, struct host_thread, node)->sleeper.posted);
    }
}

/* What was made on the driver is freed, so that no job is busy and nobody makes new threads but the engine's. */
static void free_host(struct driver_host *host)
{
    struct threads *threads = threads_of(host);

    watch_free(threads->watch);
    end_all(threads);
    CHECK(pthread_join(threads->engine, NULL) == 0);
    LIST_EACH(&threads->all, node)
    {
        struct host_thread *thread = LIST_ITEM(node, struct host_thread, node);

        CHECK(pthread_join(thread->id, NULL) == 0);
        (void)sem_destroy(&thread->sleeper.posted);
    }
    (void)sem_destroy(&threads->call);
    (void)pthread_cond_destroy(&threads->settled);
    (void)pthread_mutex_destroy(&threads->mutex);
    threads->driver->mailbox.wake = NULL;
    threads->driver->host = NULL;
}

/* ---- The beginning ---- */

static const struct driver_host_methods methods = {
    .lock = lock_take,
    .unlock = lock_give,
    .wait = engine_thread_wait,
    .resume = job_thread_resume,
    .settle = job_thread_settle,
    .release = job_thread_release,
    .free = free_host,
};

static enum tl_status begin(struct tl_driver *driver, tl_time started_at, struct tl_error *error)
{
    struct threads *threads = pool_zalloc(driver->pool, sizeof(*threads));

    if (threads == NULL) {
        return tl_error_set(error, TL_NO_MEMORY, NULL, "no memory for a driver");
    }
    threads->host.methods = &methods;
    threads->driver = driver;
    threads->started_at = started_at;
    threads->started = now_by(CLOCK_MONOTONIC);
    list_init(&threads->askers);
    list_init(&threads->awoken);
    list_init(&threads->waits);
    list_init(&threads->all);
    list_init(&threads->idle);
    CHECK(pthread_mutex_init(&threads->mutex, NULL) == 0);
    CHECK(sem_init(&threads->call, 0, 0) == 0);
    threads_init_condition(&threads->settled);
    driver->host = &threads->host;
    driver->mailbox.waker = threads;
    driver->mailbox.wake = engine_thread_call;
    if (pthread_create(&threads->engine, NULL, engine_thread_main, threads) == 0) {
        return TL_OK;
    }
    driver->host = NULL;
    return tl_error_set(error, TL_RESOURCE_EXHAUSTED, NULL, "the system gives no thread for a driver");
}

struct tl_driver *threads_driver_new(const struct tl_allocator *allocator, struct tl_error *error)
{
    struct tl_driver_options options = {.allocator = allocator, .start_time = now_by(CLOCK_REALTIME)};

    if (getrandom(&options.seed, sizeof(options.seed), 0) != (ssize_t)sizeof(options.seed)) {
        (void)tl_error_set(error, TL_RESOURCE_EXHAUSTED, NULL, "the system gives no random numbers");
        return NULL;
    }
    struct tl_driver *driver = tl_driver_new(&options, error);
    if (driver != NULL && begin(driver, options.start_time, error) != TL_OK) {
        tl_driver_free(driver);
        return NULL;
    }
    return driver;
}

unsigned threads_lock(struct tl_driver *driver)
{
    return driver_lock(driver);
}

void threads_unlock(struct tl_driver *driver, unsigned held)
{
    driver_unlock(driver, held);
}
