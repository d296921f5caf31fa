/* SPDX-License-Identifier: MIT */
/* The service alone, at its boundary: no worker, no environment. */
#include <stdio.h>
#include <stdlib.h>

#include "base/agenda.h"
#include "base/pool.h"
#include "bed.h"
#include "model/history.h"
#include "tests/sim/random_requests.h"

#define ROUNDS 7

static int compare(const void *left, const void *right)
{
    double a = *(const double *)left;
    double b = *(const double *)right;

    return (a > b) - (a < b);
}

static double middle(double of[ROUNDS])
{
    qsort(of, ROUNDS, sizeof of[0], compare);
    return of[ROUNDS / 2];
}

/* ---- A workflow task ---- */

#define TASKS 1000

static double task_round(struct bed *bed, int round)
{
    const Pb__PollWorkflowTaskQueueRequest *poll = bed_poll(bed, "sticky");
    static Pb__RespondWorkflowTaskCompletedRequest *requests[TASKS];
    char id[16];

    (void)snprintf(id, sizeof id, "order-%d", round);
    bed_start(bed, id);
    for (size_t i = 0; i < TASKS; i++) {
        requests[i] = bed_completion(bed, 1);
        requests[i]->commands[0] = bed_next_timer(bed);
    }
    int64_t begin = bed_clock();
    for (size_t i = 0; i < TASKS; i++) {
        bed_complete(bed, requests[i]);
        bed_take(bed, poll);
    }
    return (double)(bed_clock() - begin) / TASKS;
}

static void measure_task(void)
{
    struct bed bed;
    double rounds[ROUNDS];

    bed_open(&bed);
    (void)task_round(&bed, ROUNDS);
    for (int i = 0; i < ROUNDS; i++) {
        rounds[i] = task_round(&bed, i);
    }
    bench_print("a workflow task through the service alone", middle(rounds) / 1e3, "us");
    bed_close(&bed);
}

/* ---- Timers of the clock ---- */

#define TIMERS 100000
#define BATCH  1000

static void nothing(struct agenda_item *item)
{
    (void)item;
}

/* The i-th of deadlines without any order, none the same, spread over as many seconds as there are timers. */
static tl_time scattered(const struct agenda *agenda, int64_t i)
{
    return agenda->now + TL_SECONDS(1 + i * 7919 % TIMERS) + i;
}

/* Adds a batch anywhere among all others, cancels it in another order, and lets the earliest of all fire. */
static void clock_round(struct agenda *agenda, struct agenda_item *items, int64_t round, double out[3])
{
    int64_t begin = bed_clock();

    for (int64_t i = 0; i < BATCH; i++) {
        items[i].run = nothing;
        agenda_at(agenda, &items[i], scattered(agenda, i + round * BATCH), TL_DEADLINE_WAKING);
    }
    out[0] = (double)(bed_clock() - begin) / BATCH;
    begin = bed_clock();
    for (int64_t i = 0; i < BATCH; i++) {
        agenda_cancel(agenda, &items[i * 7 % BATCH]);
    }
    out[1] = (double)(bed_clock() - begin) / BATCH;
    begin = bed_clock();
    agenda_advance_to(agenda, agenda->now + TL_SECONDS(BATCH));
    while (agenda_step(agenda)) {
    }
    out[2] = (double)(bed_clock() - begin) / BATCH;
}

static void measure_clock(void)
{
    static struct agenda_item items[TIMERS + 2 * BATCH];
    struct pool *pool = pool_new(NULL);
    struct agenda agenda;
    double of[3][ROUNDS];
    double out[3];

    agenda_init(&agenda, pool, TL_SECONDS(1));
    for (int64_t i = 0; i < TIMERS; i++) {
        items[i].run = nothing;
        agenda_at(&agenda, &items[i], scattered(&agenda, i), TL_DEADLINE_WAKING);
    }
    for (int i = -3; i < ROUNDS; i++) { /* the first ones find the caches cold */
        clock_round(&agenda, &items[TIMERS], i + 3, out);
        for (int k = 0; k < 3 && i >= 0; k++) {
            of[k][i] = out[k];
        }
    }
    bench_print("a timer added among 100000", middle(of[0]), "ns");
    bench_print("a timer canceled among 100000", middle(of[1]), "ns");
    bench_print("a timer fired among 100000", middle(of[2]), "ns");
    agenda_done(&agenda);
    pool_free_all(pool);
}

/* ---- Timers of workflows: the commands, their checks, the events, the workflow tasks ---- */

/* As long as all others, each a second after the one before. */
static Pb__Command *next_timer(struct bed *bed)
{
    int64_t id = bed->scheduled++;

    return bed_timer(bed, id, TIMERS + id);
}

static double timed_completion(struct bed *bed, Pb__RespondWorkflowTaskCompletedRequest *request)
{
    int64_t begin = bed_clock();

    bed_complete(bed, request);
    return (double)(bed_clock() - begin) / (double)request->n_commands;
}

static size_t count_events(struct bed *bed)
{
    struct tl_history *history = NULL;

    bench_require(tl_sim_history(bed->sim, "default", "order", NULL, 0, &history) == TL_OK, "no history");
    size_t count = history->count;
    tl_history_unref(history);
    return count;
}

/* Those that are due next. */
static double fire(struct bed *bed)
{
    size_t before = count_events(bed);
    tl_time to = tl_driver_next_deadline(bed->driver, TL_DEADLINE_WAKING) + TL_SECONDS(BATCH);
    int64_t begin = bed_clock();

    tl_driver_advance_to(bed->driver, to);
    while (tl_driver_step(bed->driver) == TL_STEP_RAN) {
    }
    return (double)(bed_clock() - begin) / (double)(count_events(bed) - before);
}

/* Adds a batch, cancels some of it, and lets others fire. */
static void timer_round(struct bed *bed, double *added, double *canceled, double *fired)
{
    Pb__RespondWorkflowTaskCompletedRequest *request = bed_completion(bed, BATCH);
    int64_t first = bed->scheduled;

    for (int64_t i = 0; i < BATCH; i++) {
        request->commands[i] = next_timer(bed);
    }
    *added = timed_completion(bed, request);
    bed_take(bed, bed_poll(bed, "sticky"));

    request = bed_completion(bed, BATCH / 2);
    request->force_create_new_workflow_task = 0;
    for (int64_t i = 0; i < BATCH / 2; i++) {
        request->commands[i] = bed_cancel_timer(bed, first + 2 * i);
    }
    *canceled = timed_completion(bed, request);
    *fired = fire(bed);
    bed_take(bed, bed_poll(bed, "orders")); /* nobody polled the sticky queue for so long */
    bed_show_worker(bed);
}

static void measure_timers(void)
{
    struct bed bed;
    double added[ROUNDS];
    double canceled[ROUNDS];
    double fired[ROUNDS];

    bed_open(&bed);
    bed_start(&bed, "order");
    while (bed.scheduled < TIMERS) {
        bed_grow(&bed, BATCH, next_timer);
    }
    bed_warm(&bed);
    for (int i = -10; i < ROUNDS; i++) { /* the first ones find the caches cold */
        int place = i < 0 ? 0 : i;
        timer_round(&bed, &added[place], &canceled[place], &fired[place]);
    }
    bench_print("a workflow's timer started among 100000", middle(added), "ns");
    bench_print("a workflow's timer canceled among 100000", middle(canceled), "ns");
    bench_print("a workflow's timer fired among 100000", middle(fired), "ns");
    bed_close(&bed);
}

/* ---- Activities ---- */

/* Schedules one at the end, and completes the oldest of those that are open. */
static void one_activity(struct bed *bed, const void *workflow_poll, const void *activity_poll)
{
    Pb__RespondWorkflowTaskCompletedRequest *scheduling = bed_completion(bed, 1);
    BED_REQUEST(RespondActivityTaskCompleted, respond_activity_task_completed);

    scheduling->commands[0] = bed_next_activity(bed);
    bed_complete(bed, scheduling);
    bed_take(bed, workflow_poll);
    struct tl_reply *reply = bed_ask(bed, RPC_PollActivityTaskQueue, activity_poll);
    request->task_token = ((const Pb__PollActivityTaskQueueResponse *)(const void *)reply->message)->task_token;
    tl_reply_unref(bed_ask(bed, RPC_RespondActivityTaskCompleted, request));
    tl_reply_unref(reply);
}

#define ACTIVITIES 500

static double activity_round(struct bed *bed)
{
    const void *workflow_poll = bed_poll(bed, "sticky");
    const void *activity_poll = bed_activity_poll(bed);
    int64_t begin = bed_clock();

    for (size_t i = 0; i < ACTIVITIES; i++) {
        one_activity(bed, workflow_poll, activity_poll);
    }
    return (double)(bed_clock() - begin) / ACTIVITIES;
}

/* A run with so many open. */
static void open_activities(struct bed *bed, size_t open)
{
    bed_open(bed);
    bed_start(bed, "order");
    for (size_t i = 0; i < open; i += 10) {
        bed_grow(bed, 10, bed_next_activity);
    }
    bed_warm(bed);
    (void)activity_round(bed);
}

/* In turns, so that what else the machine does falls on both. */
static void measure_activities(void)
{
    struct bed few;
    struct bed many;
    double among_few[ROUNDS];
    double among_many[ROUNDS];
    double ratios[ROUNDS];

    open_activities(&few, 10);
    open_activities(&many, 10000);
    for (int i = 0; i < ROUNDS; i++) {
        among_few[i] = activity_round(&few);
        among_many[i] = activity_round(&many);
        ratios[i] = among_many[i] / among_few[i];
    }
    bench_print("an activity scheduled and completed, 10 open", middle(among_few) / 1e3, "us");
    bench_print("an activity scheduled and completed, 10000 open", middle(among_many) / 1e3, "us");
    bench_print("cost of an activity, 10000 open against 10", middle(ratios), "x");
    bed_close(&few);
    bed_close(&many);
}

/* ---- Histories ---- */

#define APPENDED 50 /* at once: a history of 100 is still about one of 100 afterwards */
#define TURNS    40 /* how often, for one number */

static double append(struct bed *bed)
{
    Pb__RespondWorkflowTaskCompletedRequest *request = bed_completion(bed, APPENDED);

    for (size_t i = 0; i < APPENDED; i++) {
        request->commands[i] = bed_marker(bed);
    }
    int64_t begin = bed_clock();
    bed_complete(bed, request);
    double each = (double)(bed_clock() - begin) / APPENDED;
    bed_take(bed, bed_poll(bed, "sticky"));
    return each;
}

/* A new run each time. */
static double append_to_short(struct bed *bed, int turn)
{
    char id[16];

    (void)snprintf(id, sizeof id, "short-%d", turn);
    bed_start(bed, id);
    bed_grow(bed, 100, bed_marker);
    return append(bed);
}

static void measure_histories(void)
{
    static double sums[2][ROUNDS];
    double ratios[ROUNDS];
    struct bed bed_short;
    struct bed bed_long;

    bed_open(&bed_short);
    bed_open(&bed_long);
    bed_start(&bed_long, "long");
    for (size_t i = 0; i < 50; i++) {
        bed_grow(&bed_long, 1000, bed_marker);
    }
    bed_warm(&bed_short);
    bed_warm(&bed_long);
    for (int round = 0; round < ROUNDS; round++) {
        for (int turn = 0; turn < TURNS; turn++) {
            sums[0][round] += append_to_short(&bed_short, round * TURNS + turn) / TURNS;
            sums[1][round] += append(&bed_long) / TURNS;
        }
        ratios[round] = sums[1][round] / sums[0][round];
    }
    bench_print("an event appended to a history of 100", middle(sums[0]), "ns");
    bench_print("an event appended to a history of 50000", middle(sums[1]), "ns");
    bench_print("cost of an event, history of 50000 against 100", middle(ratios), "x");
    bed_close(&bed_short);
    bed_close(&bed_long);
}

/* ---- Random steps ---- */

#define STEPS 1000000

static void measure_random_steps(void)
{
    static struct random_requests requests;
    const struct random_options options = {.seed = 1, .steps_each = 20000};
    int64_t begin = bed_clock();

    random_requests_init(&requests, &options);
    for (int i = 0; i < STEPS; i++) {
        bench_require(random_requests_step(&requests), requests.fault);
    }
    random_requests_done(&requests);
    bench_print("1000000 random steps, oracles on", (double)(bed_clock() - begin) / 1e9, "s");
    bench_print("memory of 20000 random steps, at most", (double)requests.tally.peak / 1024 / 1024, "MiB");
}

void bench_service(void)
{
    measure_task();
    measure_clock();
    measure_timers();
    measure_activities();
    measure_histories();
    measure_random_steps();
}
