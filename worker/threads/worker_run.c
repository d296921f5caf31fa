/* SPDX-License-Identifier: MIT */
/* Workers of a process: waited for, and stopped by signals. */
#include <timelapse/worker_run.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "base/check.h"
#include "worker/registry/option.h"

/* ---- Signals ---- */

static const int stop_signals[] = {SIGTERM, SIGINT};

/* Where the handler tells of a signal; -1: nobody runs. Lock-free, as handlers need it. */
static int signal_end = -1;

enum news {
    NEWS_SIGNAL = 's',
    NEWS_STOPPED = 'w'
};

static void tell(int end, enum news news)
{
    char letter = (char)news;

    while (write(end, &letter, 1) != 1 && errno == EINTR) {
    }
}

/* What comes next does what it does by itself. */
static void on_signal(int number)
{
    int kept = errno;

    (void)number;
    for (size_t i = 0; i < COUNT_OF(stop_signals); i++) {
        (void)signal(stop_signals[i], SIG_DFL);
    }
    tell(__atomic_load_n(&signal_end, __ATOMIC_SEQ_CST), NEWS_SIGNAL);
    errno = kept;
}

/* ---- Several workers ---- */

struct waiter {
    struct running *running;
    struct tl_worker *worker;
    pthread_t thread;
    enum tl_status status;
    struct tl_error error;
};

struct running {
    struct waiter waiters[TL_WORKERS_MOST];
    size_t count; /* whose threads run */
    int ends[2];  /* of the pipe that brings the news */
    struct sigaction before[COUNT_OF(stop_signals)];
};

static void *wait_for_worker(void *user)
{
    struct waiter *waiter = user;

    waiter->status = tl_worker_join(waiter->worker, &waiter->error);
    tell(waiter->running->ends[1], NEWS_STOPPED);
    return NULL;
}

static enum tl_status open_pipe(struct running *running, struct tl_error *error)
{
    int none = -1;

    if (pipe2(running->ends, O_CLOEXEC) != 0) {
        return tl_error_set(error, TL_RESOURCE_EXHAUSTED, NULL, "the system gives no pipe");
    }
    if (__atomic_compare_exchange_n(&signal_end, &none, running->ends[1], false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {
        return TL_OK;
    }
    (void)close(running->ends[0]);
    (void)close(running->ends[1]);
    return tl_error_set(error, TL_FAILED_PRECONDITION, NULL, "another thread runs workers until a signal comes");
}

static void close_pipe(struct running *running)
{
    __atomic_store_n(&signal_end, -1, __ATOMIC_SEQ_CST);
    (void)close(running->ends[0]);
    (void)close(running->ends[1]);
}

static void listen_to_signals(struct running *running)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};

    (void)sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < COUNT_OF(stop_signals); i++) {
        CHECK(sigaction(stop_signals[i], &action, &running->before[i]) == 0);
    }
}

static void listen_no_more(const struct running *running)
{
    for (size_t i = 0; i < COUNT_OF(stop_signals); i++) {
        CHECK(sigaction(stop_signals[i], &running->before[i], NULL) == 0);
    }
}

static bool start_waiters(struct running *running, struct tl_worker *const workers[], size_t count)
{
    for (; running->count < count; running->count++) {
        struct waiter *waiter = &running->waiters[running->count];

        waiter->running = running;
        waiter->worker = workers[running->count];
        if (pthread_create(&waiter->thread, NULL, wait_for_worker, waiter) != 0) {
            return false;
        }
    }
    return true;
}

static void stop_all(const struct running *running)
{
    for (size_t i = 0; i < running->count; i++) {
        tl_worker_stop(running->waiters[i].worker);
    }
}

/* The thread sanitizer knows that poll waits, and calls handlers there; a signal that comes in a read it keeps. */
static enum news next_news(const struct running *running)
{
    struct pollfd end = {.fd = running->ends[0], .events = POLLIN};
    char letter = 0;

    while (poll(&end, 1, -1) != 1 || read(end.fd, &letter, 1) != 1) {
    }
    return (enum news)letter;
}

/* One that has stopped, asked or not, is no reason for the others to go on: the first signal is for all. */
static void wait_for_all(struct running *running)
{
    for (size_t stopped = 0; stopped < running->count;) {
        stopped += next_news(running) == NEWS_STOPPED ? 1 : 0;
        stop_all(running);
    }
}

static enum tl_status outcome(struct running *running, struct tl_error *error)
{
    const struct waiter *bad = NULL;

    for (size_t i = 0; i < running->count; i++) {
        const struct waiter *waiter = &running->waiters[i];

        CHECK(pthread_join(waiter->thread, NULL) == 0);
        bad = bad == NULL && waiter->status != TL_OK ? waiter : bad;
    }
    if (bad != NULL && error != NULL) {
        *error = bad->error;
    }
    return bad == NULL ? TL_OK : bad->status;
}

static enum tl_status
run_all(struct running *running, struct tl_worker *const workers[], size_t count, struct tl_error *error)
{
    listen_to_signals(running);
    bool started = start_waiters(running, workers, count);

    if (!started) {
        stop_all(running);
    }
    wait_for_all(running);
    listen_no_more(running);
    enum tl_status status = outcome(running, error);
    return started ? status : tl_error_set(error, TL_RESOURCE_EXHAUSTED, NULL, "the system gives no thread");
}

/* ---- What is asked for ---- */

static enum tl_status refuse(struct tl_error *error, size_t index, const char *words)
{
    char field[32];

    (void)snprintf(field, sizeof(field), "workers[%zu]", index);
    return tl_error_set(error, TL_INVALID_ARGUMENT, field, "%s", words);
}

/* One that is there twice would be waited for by two threads, and would pass for two that stop. */
static enum tl_status check_worker(struct tl_worker *const workers[], size_t index, struct tl_error *error)
{
    if (workers[index] == NULL) {
        return refuse(error, index, "is required");
    }
    for (size_t i = 0; i < index; i++) {
        if (workers[i] == workers[index]) {
            return refuse(error, index, "is there twice");
        }
    }
    return TL_OK;
}

static enum tl_status check(struct tl_worker *const workers[], size_t count, struct tl_error *error)
{
    if (count == 0 || count > TL_WORKERS_MOST) {
        return tl_error_set(
            error, TL_INVALID_ARGUMENT, "count", "must be from 1 to %d, but is %zu", TL_WORKERS_MOST, count);
    }
    enum tl_status status = option_check_given("workers", workers, error);
    for (size_t i = 0; i < count && status == TL_OK; i++) {
        status = check_worker(workers, i, error);
    }
    return status;
}

enum tl_status tl_workers_run(struct tl_worker *const workers[], size_t count, struct tl_error *error)
{
    struct running running = {.count = 0};
    enum tl_status status = check(workers, count, error);

    if (status == TL_OK) {
        status = open_pipe(&running, error);
    }
    if (status == TL_OK) {
        status = run_all(&running, workers, count, error);
        close_pipe(&running);
    }
    return status;
}
