/* SPDX-License-Identifier: MIT */
/* The thread that makes the driver's steps: what is ready now, then a wait for what comes next. */
#include "worker/threads/host.h"

#include <time.h>

#include "base/check.h"

/* Steps until others have their turn with the lock, and waits are looked at. */
#define STEPS_AT_A_TIME 64

/* ---- The clock ---- */

tl_time threads_monotonic(void)
{
    struct timespec at;

    (void)clock_gettime(CLOCK_MONOTONIC, &at);
    return TL_SECONDS(at.tv_sec) + at.tv_nsec;
}

void engine_thread_tick(struct threads *threads)
{
    struct agenda *agenda = &threads->driver->agenda;
    tl_time now = threads->started_at + (threads_monotonic() - threads->started);

    if (agenda->stopped || now <= agenda->now) {
        return;
    }
    agenda->now = now; /* no skip: nobody is told of one */
    agenda_advance_to(agenda, now);
}

tl_time engine_thread_due(const struct threads *threads)
{
    const struct tl_driver *driver = threads->driver;

    if (driver->agenda.stopped) {
        return list_is_empty(&threads->waits) ? TL_NEVER : 0;
    }
    if (driver->agenda.ready_count > 0) {
        return 0;
    }
    return agenda_next_deadline(&driver->agenda, TL_DEADLINE_WAKING | TL_DEADLINE_IDLE | TL_DEADLINE_RUN);
}

/* ---- Waits ---- */

static void end_wait(struct threads *threads, struct threads_wait *wait, enum tl_status status)
{
    list_remove(&wait->node);
    wait->status = status;
    list_append(&threads->awoken, &wait->sleeper.node);
}

static void look_at_waits(struct threads *threads)
{
    enum tl_status status = driver_stopped_status(threads->driver, NULL);

    LIST_EACH(&threads->waits, node)
    {
        struct threads_wait *wait = LIST_ITEM(node, struct threads_wait, node);

        if (status != TL_OK || wait->done(wait->user)) {
            end_wait(threads, wait, status);
        }
    }
}

enum tl_status engine_thread_wait(struct driver_host *host, int (*done)(void *user), void *user)
{
    struct threads *threads = threads_of(host);
    struct threads_wait wait = {.done = done, .user = user};
    enum tl_status status = driver_stopped_status(threads->driver, NULL);

    if (status != TL_OK || done(user)) {
        return status;
    }
    CHECK(sem_init(&wait.sleeper.posted, 0, 0) == 0);
    list_append(&threads->waits, &wait.node);
    struct lock_kept kept = lock_suspend(threads);
    threads_sleep(&wait.sleeper.posted);
    lock_resume(threads, &kept);
    (void)sem_destroy(&wait.sleeper.posted);
    return wait.status;
}

/* ---- Calls ---- */

void engine_thread_call(void *user)
{
    struct threads *threads = user;

    (void)pthread_mutex_lock(&threads->mutex);
    bool wakes = threads->asleep && !threads->called;
    threads->called = true;
    (void)pthread_mutex_unlock(&threads->mutex);
    if (wakes) {
        (void)sem_post(&threads->call);
    }
}

static void sleep_until(struct threads *threads, tl_time until)
{
    if (until == TL_NEVER) {
        threads_sleep(&threads->call);
        return;
    }
    tl_time at = until - threads->started_at + threads->started;
    const struct timespec when = {.tv_sec = at / TL_SECONDS(1), .tv_nsec = (long)(at % TL_SECONDS(1))};

    (void)sem_clockwait(&threads->call, CLOCK_MONOTONIC, &when); /* a signal ends it early, as a call would */
}

/* False when somebody has called since it last slept. */
static bool fall_asleep(struct threads *threads, tl_time until)
{
    (void)pthread_mutex_lock(&threads->mutex);
    threads->asleep = until > 0 && !threads->called && !threads->ending;
    threads->asleep_until = until;
    bool asleep = threads->asleep;
    (void)pthread_mutex_unlock(&threads->mutex);
    return asleep;
}

static void wake_up(struct threads *threads)
{
    (void)pthread_mutex_lock(&threads->mutex);
    threads->asleep = false;
    threads->called = false;
    (void)pthread_mutex_unlock(&threads->mutex);
}

/* Gives the lock away until something is due, or somebody calls. Even when that is now: others get their turn. */
static void rest(struct threads *threads)
{
    tl_time until = engine_thread_due(threads);
    bool sleeps = fall_asleep(threads, until);
    struct lock_kept kept = lock_suspend(threads);

    if (sleeps) {
        sleep_until(threads, until);
    }
    wake_up(threads);
    lock_resume(threads, &kept);
}

/* ---- Steps ---- */

/* For who watches: when the step began, by the monotonic clock, and no other step began then. */
static void begin_step(struct threads *threads)
{
    tl_time now = threads_monotonic();

    threads->last_step = now > threads->last_step ? now : threads->last_step + 1;
    __atomic_store_n(&threads->step_began, threads->last_step, __ATOMIC_RELEASE);
}

static void make_steps(struct threads *threads)
{
    for (unsigned i = 0; i < STEPS_AT_A_TIME; i++) {
        engine_thread_tick(threads);
        begin_step(threads);
        enum tl_step step = driver_step(threads->driver);

        __atomic_store_n(&threads->step_began, 0, __ATOMIC_RELEASE);
        threads->depth = 1; /* whoever unwound did not give back what it held */
        if (step != TL_STEP_RAN) {
            break;
        }
    }
}

static bool is_ending(struct threads *threads)
{
    (void)pthread_mutex_lock(&threads->mutex);
    bool ending = threads->ending;
    (void)pthread_mutex_unlock(&threads->mutex);
    return ending;
}

void *engine_thread_main(void *user)
{
    struct threads *threads = user;

    (void)lock_take(&threads->host);
    while (!is_ending(threads)) {
        make_steps(threads);
        look_at_waits(threads);
        rest(threads);
    }
    lock_give(&threads->host, 0);
    return NULL;
}
