/* SPDX-License-Identifier: MIT */
#include "bench/transport/worker.h"

#include <timelapse/signal.h>
#include <timelapse/worker_run.h>
#include <timelapse/workflow.h>

#include "bench/bench.h"
#include "bench/transport/echo.h"
#include "bench/transport/other.h"
#include "bench/transport/report.h"
#include "worker/transport/connection_private.h"

#define CACHED     10000
#define CACHED_MIB 250
#define TICKING    500UL
#define TICKS      10UL
#define TASKS      (TICKING * (TICKS + 1)) /* the first, and one for each timer */
#define TASK_US    50
#define TOGETHER   5   /* echoes: as many as the worker has polls */
#define ECHO_LEN   300 /* bytes of a question; a task's poll is 100 and 500, its completion 400 and 20 */

static size_t ended;

static enum tl_status waits(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    *result = tl_payload_json("null");
    return tl_signal_wait(wf, "go", TL_DAYS(1), NULL);
}

static enum tl_status ticks(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    for (size_t i = 0; i < TICKS; i++) {
        enum tl_status status = tl_sleep(wf, TL_MILLISECONDS(1));

        if (status != TL_OK) {
            return status;
        }
    }
    *result = tl_payload_json("null");
    ended++;
    return TL_OK;
}

static int have_ended(void *user)
{
    (void)user;
    return ended >= TICKING;
}

static int are_cached(void *worker)
{
    return tl_worker_cached(worker) >= CACHED;
}

/* Both workflows' worker, on a connection of its own. */
struct bed {
    struct tl_connection *connection;
    struct tl_registry *registry;
    struct tl_worker *worker;
};

static void open_bed(struct bed *bed, struct other *other)
{
    const struct tl_connection_options options = {.address = other_service(other)};
    struct tl_worker_options worker = {.task_queue = "bench"};

    bed->connection = tl_connect(&options, NULL);
    bed->registry = tl_registry_new(NULL);
    require(bed->connection != NULL && bed->registry != NULL, "no connection");
    tl_register_workflow(bed->registry, "Waits", waits);
    tl_register_workflow(bed->registry, "Ticks", ticks);
    worker.registry = bed->registry;
    bed->worker = tl_worker_start(bed->connection, &worker, NULL);
    require(bed->worker != NULL, "no worker");
}

static void close_bed(struct bed *bed)
{
    tl_worker_stop(bed->worker);
    require(tl_worker_join(bed->worker, NULL) == TL_OK, "the worker does not stop well");
    tl_worker_free(bed->worker);
    tl_registry_free(bed->registry);
    tl_connection_free(bed->connection);
}

static void run_until(struct bed *bed, int (*done)(void *user))
{
    require(
        tl_driver_run(tl_connection_driver(bed->connection), done, bed->worker, 0) == TL_OK, "the worker has stopped");
}

void bench_cached(struct other *other)
{
    struct bed bed;

    open_bed(&bed, other);
    other_start(other, "Waits", CACHED);
    run_until(&bed, are_cached);
    require(bench_resident() > 0, "the system does not tell what memory is used");
    report_limited("worker_cached_10000_resident", (double)bench_resident() / (1 << 20), "MiB", CACHED_MIB);
    close_bed(&bed);
}

static double echo_us(struct other *other)
{
    const struct tl_connection_options options = {.address = other_echo(other)};
    struct tl_connection *connection = tl_connect(&options, NULL);

    require(connection != NULL, "no connection");
    struct channel *channel = connection_channel(connection);
    echo_many(channel, ECHO_LEN, TASKS / 10, TOGETHER);
    double from = cpu_seconds();
    echo_many(channel, ECHO_LEN, TASKS, TOGETHER);
    double took = (cpu_seconds() - from) / (double)TASKS * 1e6;
    tl_connection_free(connection);
    return took;
}

static double task_us(struct other *other)
{
    struct bed bed;
    double from = 0;

    open_bed(&bed, other);
    for (int round = 0; round < 2; round++) { /* the first one warms up */
        ended = 0;
        from = cpu_seconds();
        other_start(other, "Ticks", TICKING);
        run_until(&bed, have_ended);
    }
    double took = (cpu_seconds() - from) / (double)TASKS * 1e6;
    close_bed(&bed);
    return took;
}

void bench_task(struct other *other)
{
    double task = task_us(other);
    double echo = echo_us(other);

    report("worker_echo_cpu", echo, "us");
    report("worker_task_cpu", task, "us");
    report_limited("worker_task_cpu_beyond_two_echoes", task - 2 * echo, "us", TASK_US);
}
