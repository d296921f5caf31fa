/* SPDX-License-Identifier: MIT */
/* The driver's lock: handed on in the order of asking, so that steps without end keep nobody out. */
#include "base/check.h"
#include "base/coroutine.h"
#include "base/pool.h"
#include "worker/threads/host.h"

/* Waits for the lock on its own stack. */
struct asker {
    struct list_node node;
    bool granted;
    pthread_cond_t turn;
};

/* Its address tells this thread from all others. */
static _Thread_local char own_mark;

static bool is_mine(const struct threads *threads)
{
    return __atomic_load_n(&threads->owner, __ATOMIC_RELAXED) == &own_mark;
}

/* The mutex is held. */
static void acquire(struct threads *threads)
{
    if (!threads->taken) {
        threads->taken = true;
        return;
    }
    struct asker asker = {.granted = false};

    threads_init_condition(&asker.turn);
    list_append(&threads->askers, &asker.node);
    while (!asker.granted) {
        (void)pthread_cond_wait(&asker.turn, &threads->mutex);
    }
    (void)pthread_cond_destroy(&asker.turn);
}

/* Likewise. */
static void release(struct threads *threads)
{
    struct list_node *first = list_first(&threads->askers);

    threads->taken = first != NULL;
    if (first != NULL) {
        struct asker *asker = LIST_ITEM(first, struct asker, node);

        list_remove(first);
        asker->granted = true;
        (void)pthread_cond_signal(&asker->turn);
    }
}

/* A call that an activity's code makes is part of a step, as it is where there is one thread. */
static bool is_on_coroutine_of(const struct tl_driver *driver)
{
    const struct coroutine_owner *owner = coroutine_owner();

    return owner != NULL && owner->driver == driver;
}

static void become_owner(struct threads *threads, unsigned depth)
{
    __atomic_store_n(&threads->owner, &own_mark, __ATOMIC_RELAXED);
    threads->depth = depth;
}

static void cease_to_be_owner(struct threads *threads)
{
    CHECK(*pool_guards(threads->driver->pool) == NULL);
    threads->driver->stepping = false;
    threads->depth = 0;
    __atomic_store_n(&threads->owner, NULL, __ATOMIC_RELAXED);
}

unsigned lock_take(struct driver_host *host)
{
    struct threads *threads = threads_of(host);

    if (is_mine(threads)) {
        return threads->depth++;
    }
    (void)pthread_mutex_lock(&threads->mutex);
    acquire(threads);
    (void)pthread_mutex_unlock(&threads->mutex);
    become_owner(threads, 1);
    threads->driver->stepping = is_on_coroutine_of(threads->driver);
    engine_thread_tick(threads);
    return 0;
}

void lock_give(struct driver_host *host, unsigned held)
{
    struct threads *threads = threads_of(host);

    if (held > 0) {
        threads->depth = held;
        return;
    }
    tl_time due = engine_thread_due(threads);
    cease_to_be_owner(threads);
    (void)pthread_mutex_lock(&threads->mutex);
    release(threads);
    if (threads->asleep && due < threads->asleep_until) {
        threads->called = true;
        (void)pthread_cond_signal(&threads->call);
    }
    (void)pthread_mutex_unlock(&threads->mutex);
}

struct lock_kept lock_suspend(struct threads *threads)
{
    struct pool_guard **guards = pool_guards(threads->driver->pool);
    struct lock_kept kept = {threads->depth, threads->driver->stepping, *guards};
    tl_time due = engine_thread_due(threads);

    *guards = NULL;
    cease_to_be_owner(threads);
    (void)pthread_mutex_lock(&threads->mutex);
    release(threads);
    if (threads->asleep && due < threads->asleep_until) {
        threads->called = true;
        (void)pthread_cond_signal(&threads->call);
    }
    return kept;
}

void lock_resume(struct threads *threads, const struct lock_kept *kept)
{
    acquire(threads);
    (void)pthread_mutex_unlock(&threads->mutex);
    become_owner(threads, kept->depth);
    *pool_guards(threads->driver->pool) = kept->guard;
    threads->driver->stepping = kept->stepping;
    engine_thread_tick(threads);
}
