/* SPDX-License-Identifier: MIT */
/* Threads for activities: one each for as long as its code runs, made when there is none idle, and kept. */
#include "base/check.h"
#include "base/coroutine.h"
#include "base/pool.h"
#include "worker/threads/host.h"

/* Code of activities runs on the stacks of coroutines; this is for packing and encoding what they send. */
#define STACK_SIZE ((size_t)1 << 20)

/* ---- On the thread ---- */

/* As a step: out of memory stops the driver. Kept tiny: nothing but the guard's own state may live across its return.
 */
static void run_guarded(struct tl_driver *driver, struct driver_job *job)
{
    struct pool_guard guard;

    driver->stepping = true;
    if (POOL_GUARD(driver->pool, &guard)) {
        driver->stepping = false;
        driver_out_of_memory(driver);
        return;
    }
    job->run(job);
    pool_guard_pop(driver->pool, &guard);
    driver->stepping = false;
}

/* A job that was released in its run may be gone by now; one that came in its place may have been run already. */
static void run(struct host_thread *thread)
{
    struct threads *threads = thread->threads;
    struct driver_job *job = thread->job;

    if (job == NULL || !job->busy) {
        return;
    }
    run_guarded(threads->driver, job);
    threads->depth = 1; /* whoever unwound did not give back what it held */
    if (thread->job == job) {
        job->busy = false;
        (void)pthread_mutex_lock(&threads->mutex);
        threads->jobs_settled++;
        (void)pthread_cond_broadcast(&threads->settled);
        (void)pthread_mutex_unlock(&threads->mutex);
    }
}

/* False when the thread is to end: it was posted, and not called. */
static bool wait_for_call(struct host_thread *thread)
{
    struct threads *threads = thread->threads;

    threads_sleep(&thread->sleeper.posted);
    (void)pthread_mutex_lock(&threads->mutex);
    bool called = thread->called;
    thread->called = false;
    (void)pthread_mutex_unlock(&threads->mutex);
    return called;
}

static void *main_of_thread(void *user)
{
    struct host_thread *thread = user;
    struct driver_host *host = &thread->threads->host;

    while (wait_for_call(thread)) {
        unsigned held = lock_take(host);

        run(thread);
        lock_give(host, held);
    }
    return NULL;
}

/* ---- With the driver's lock ---- */

static bool begin(struct host_thread *thread)
{
    pthread_attr_t attributes;

    if (pthread_attr_init(&attributes) != 0) {
        return false;
    }
    (void)pthread_attr_setstacksize(&attributes, STACK_SIZE);
    bool begun = pthread_create(&thread->id, &attributes, main_of_thread, thread) == 0;
    (void)pthread_attr_destroy(&attributes);
    return begun;
}

static struct host_thread *make(struct threads *threads)
{
    struct pool *pool = threads->driver->pool;
    struct host_thread *thread = pool_zalloc(pool, sizeof(*thread));

    thread->threads = threads;
    CHECK(sem_init(&thread->sleeper.posted, 0, 0) == 0);
    if (!begin(thread)) {
        (void)sem_destroy(&thread->sleeper.posted);
        pool_free(pool, thread, sizeof(*thread));
        return NULL;
    }
    list_append(&threads->all, &thread->node);
    return thread;
}

/* The one that was busy last: its memory is warm. */
static struct host_thread *find(struct threads *threads)
{
    struct list_node *last = list_last(&threads->idle);

    if (last == NULL) {
        return make(threads);
    }
    list_remove(last);
    return LIST_ITEM(last, struct host_thread, idle);
}

/* One that has not come yet since it was called for another job is not called twice. */
static void call(struct threads *threads, struct host_thread *thread)
{
    (void)pthread_mutex_lock(&threads->mutex);
    bool awake = thread->called;
    thread->called = true;
    (void)pthread_mutex_unlock(&threads->mutex);
    if (!awake) {
        list_append(&threads->awoken, &thread->sleeper.node);
    }
}

bool job_thread_resume(struct driver_host *host, struct driver_job *job)
{
    struct threads *threads = threads_of(host);

    if (job->busy) {
        return true;
    }
    if (job->thread == NULL) {
        job->thread = find(threads);
    }
    if (job->thread == NULL) {
        return false;
    }
    job->thread->job = job;
    job->busy = true;
    call(threads, job->thread);
    return true;
}

static unsigned jobs_settled(struct threads *threads)
{
    (void)pthread_mutex_lock(&threads->mutex);
    unsigned count = threads->jobs_settled;
    (void)pthread_mutex_unlock(&threads->mutex);
    return count;
}

static void wait_for_another(struct threads *threads, unsigned before)
{
    (void)pthread_mutex_lock(&threads->mutex);
    while (threads->jobs_settled == before) {
        (void)pthread_cond_wait(&threads->settled, &threads->mutex);
    }
    (void)pthread_mutex_unlock(&threads->mutex);
}

void job_thread_settle(struct driver_host *host, struct driver_job *job)
{
    struct threads *threads = threads_of(host);

    while (job->busy) {
        unsigned before = jobs_settled(threads);
        struct lock_kept kept = lock_suspend(threads);

        wait_for_another(threads, before);
        lock_resume(threads, &kept);
    }
}

void job_thread_release(struct driver_host *host, struct driver_job *job)
{
    struct threads *threads = threads_of(host);

    if (job->thread != NULL) {
        job->thread->job = NULL;
        list_append(&threads->idle, &job->thread->idle);
        job->thread = NULL;
        job->busy = false;
    }
}
