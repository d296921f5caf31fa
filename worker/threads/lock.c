/* SPDX-License-Identifier: MIT */
/*
 * The driver's lock. Whoever comes by while it is free takes it, also when others wait: handing it to a thread that
 * sleeps costs two changes of threads for each time it is held, which is far more than it is held for. One that has
 * waited for long is handed it all the same, so that steps without end keep nobody out.
 */
#include "base/check.h"
#include "base/coroutine.h"
#include "base/pool.h"
#include "worker/threads/host.h"

/* From then on the lock is handed on, in the order of asking. */
#define LONG_WAIT TL_MILLISECONDS(1)

/* Waits for the lock, on its own stack. */
struct asker {
    struct list_node node;
    tl_time since;
    bool called;  /* it may try, if nobody was faster */
    bool granted; /* it has the lock */
    sem_t turn;   /* posted for each call: one that was called is there until then */
};

/* Its address tells this thread from all others. */
static _Thread_local char own_mark;

static bool is_mine(const struct threads *threads)
{
    return __atomic_load_n(&threads->owner, __ATOMIC_RELAXED) == &own_mark;
}

/* The mutex is held, but not while it waits. */
static void wait_for_turn(struct threads *threads)
{
    struct asker asker = {.since = threads_monotonic()};

    CHECK(sem_init(&asker.turn, 0, 0) == 0);
    list_append(&threads->askers, &asker.node);
    while (!asker.granted && threads->taken) {
        asker.called = false;
        (void)pthread_mutex_unlock(&threads->mutex);
        threads_sleep(&asker.turn);
        (void)pthread_mutex_lock(&threads->mutex);
    }
    if (!asker.granted) {
        list_remove(&asker.node);
    }
    (void)sem_destroy(&asker.turn);
}

static void acquire(struct threads *threads)
{
    (void)pthread_mutex_lock(&threads->mutex);
    if (threads->taken) {
        wait_for_turn(threads);
    }
    threads->taken = true;
    (void)pthread_mutex_unlock(&threads->mutex);
}

/* With the mutex, and the lock: gives the lock away. The one to be called when the mutex is no longer held, or NULL. */
static struct asker *release(struct threads *threads)
{
    struct list_node *first = list_first(&threads->askers);
    struct asker *asker = first == NULL ? NULL : LIST_ITEM(first, struct asker, node);

    threads->taken = asker != NULL && threads_monotonic() - asker->since > LONG_WAIT;
    if (threads->taken) {
        list_remove(first);
        asker->granted = true;
    }
    if (asker == NULL || asker->called) {
        return NULL;
    }
    asker->called = true;
    return asker;
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

/* ---- Taking and giving ---- */

unsigned lock_take(struct driver_host *host)
{
    struct threads *threads = threads_of(host);

    if (is_mine(threads)) {
        return threads->depth++;
    }
    acquire(threads);
    become_owner(threads, 1);
    threads->driver->stepping = is_on_coroutine_of(threads->driver);
    engine_thread_tick(threads);
    return 0;
}

/* Whoever was posted may be gone. */
static void wake_all(struct list *awoken)
{
    struct list_node *node;

    while ((node = list_take_first(awoken)) != NULL) {
        (void)sem_post(&LIST_ITEM(node, struct sleeper, node)->posted);
    }
}

/* due: when the engine's thread has to be awake. */
static void let_go(struct threads *threads, tl_time due)
{
    struct list awoken;

    list_init(&awoken);
    list_append_all(&awoken, &threads->awoken);
    cease_to_be_owner(threads);
    (void)pthread_mutex_lock(&threads->mutex);
    struct asker *next = release(threads);
    bool wakes = threads->asleep && due < threads->asleep_until && !threads->called;
    threads->called = threads->called || wakes;
    (void)pthread_mutex_unlock(&threads->mutex);
    if (wakes) {
        (void)sem_post(&threads->call);
    }
    if (next != NULL) {
        (void)sem_post(&next->turn);
    }
    wake_all(&awoken);
}

void lock_give(struct driver_host *host, unsigned held)
{
    struct threads *threads = threads_of(host);

    if (held > 0) {
        threads->depth = held;
    } else {
        let_go(threads, engine_thread_due(threads));
    }
}

struct lock_kept lock_suspend(struct threads *threads)
{
    struct pool_guard **guards = pool_guards(threads->driver->pool);
    struct lock_kept kept = {threads->depth, threads->driver->stepping, *guards};

    *guards = NULL;
    let_go(threads, engine_thread_due(threads));
    return kept;
}

void lock_resume(struct threads *threads, const struct lock_kept *kept)
{
    acquire(threads);
    become_owner(threads, kept->depth);
    *pool_guards(threads->driver->pool) = kept->guard;
    threads->driver->stepping = kept->stepping;
    engine_thread_tick(threads);
}
