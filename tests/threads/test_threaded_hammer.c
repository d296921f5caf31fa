/* SPDX-License-Identifier: MIT */
/* Every public call on a driver with threads, its worker and its clients, by several threads at once. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <timelapse/activity.h>
#include <timelapse/alarm.h>
#include <timelapse/async_activity.h>
#include <timelapse/backtrace.h>
#include <timelapse/describe.h>
#include <timelapse/history.h>
#include <timelapse/list.h>
#include <timelapse/query.h>
#include <timelapse/signal.h>
#include <timelapse/worker_run.h>
#include <timelapse/workflow.h>
/* cmocka wants the first four before it */
#include <cmocka.h>

#include "base/check.h"
#include "tests/threads/world.h"

#define THREADS 4
#define ROUNDS  8

/* ---- What runs meanwhile ---- */

static enum tl_status beats(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    for (int i = 0; i < 3 && !tl_activity_is_canceled(activity); i++) {
        CHECK(tl_activity_header(activity, "none") == NULL && tl_activity_alloc(activity, 16) != NULL);
        CHECK(tl_activity_cancel_reason(activity) == TL_ACTIVITY_NOT_CANCELED || tl_activity_is_canceled(activity));
        CHECK(tl_activity_now(activity) > 0);
        if (tl_heartbeat(activity, NULL) != TL_OK || tl_activity_sleep(activity, TL_MILLISECONDS(1)) != TL_OK) {
            break;
        }
    }
    return tl_activity_result_text(activity, result, "\"beaten\"");
}

static enum tl_status
answers(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result, void *user)
{
    (void)wf;
    (void)input;
    (void)user;
    *result = tl_payload_json("\"here\"");
    return TL_OK;
}

static enum tl_status lives(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    static const struct tl_activity_options options = {.start_to_close = TL_SECONDS(10)};

    (void)input;
    *result = tl_payload_json("\"over\"");
    tl_query_handle(wf, "where", "", answers, NULL);
    enum tl_status status = tl_activity_run(wf, "Beats", NULL, &options, NULL);
    return status == TL_OK ? tl_signal_wait(wf, "go", TL_SECONDS(60), NULL) : status;
}

/* ---- The calls ---- */

/* One thread's own. */
struct hammer {
    pthread_t thread;
    size_t number;
    size_t round;
    struct tl_handle *handle;
    size_t seen;
};

static void see_wait(void *user, const struct tl_wait *wait)
{
    ((struct hammer *)user)->seen += strlen(wait->waits_for);
}

static void see_pending(void *user, const struct tl_pending *pending)
{
    ((struct hammer *)user)->seen += strlen(pending->name);
}

static void see_backtrace(void *user, const struct tl_backtrace *backtrace)
{
    ((struct hammer *)user)->seen += backtrace->count;
}

static void look_at_driver(struct hammer *hammer)
{
    tl_driver_waits(world.driver, see_wait, hammer);
    tl_driver_pending(world.driver, 0, 10, see_pending, hammer);
    tl_driver_pending(world.driver, TL_DEADLINE_WAKING | TL_DEADLINE_IDLE | TL_DEADLINE_RUN, 10, see_pending, hammer);
    CHECK(tl_driver_verdict(world.driver) == NULL);
    (void)tl_driver_ready(world.driver);
    (void)tl_driver_next_deadline(world.driver, TL_DEADLINE_WAKING);
    CHECK(tl_driver_next_target(world.driver, TL_DEADLINE_WAKING) == TL_NEVER);
    CHECK(tl_driver_now(world.driver) > 0 && tl_driver_seed(world.driver) == tl_driver_seed(world.driver));
}

/* The names of functions are searched for long: once a thread. */
static void look_at_backtraces(struct hammer *hammer)
{
    if (hammer->round == 0) {
        tl_driver_backtraces(world.driver, see_backtrace, hammer);
    }
}

static void hold_and_release(struct hammer *hammer)
{
    (void)hammer;
    tl_driver_hold(world.driver);
    CHECK(tl_driver_holds(world.driver) > 0);
    CHECK(tl_driver_release(world.driver) == TL_OK);
}

static void move_what_moves_by_itself(struct hammer *hammer)
{
    static const struct tl_pacer nobody = {.user = NULL};

    (void)hammer;
    CHECK(tl_driver_step(world.driver) == TL_STEP_STOPPED);
    tl_driver_jump(world.driver, TL_NEVER);
    tl_driver_advance_to(world.driver, TL_NEVER);
    tl_driver_set_pacer(world.driver, &nobody);
}

static void hear(void *user, const struct tl_trace_event *event)
{
    (void)user;
    (void)event;
}

static void add_sink(struct hammer *hammer)
{
    const struct tl_sink sink = {.mask = TL_TRACE_BIT(TL_TRACE_CALL_SENT), .on_event = hear, .user = hammer};

    if (hammer->round == 0) {
        CHECK(tl_driver_add_sink(world.driver, &sink) == TL_OK);
    }
}

struct posted {
    struct tl_post post;
    int ran; /* the driver's lock */
};

static void note_post(struct tl_post *post)
{
    CONTAINER_OF(post, struct posted, post)->ran = 1;
}

static int has_run(void *user)
{
    return ((const struct posted *)user)->ran;
}

static void post_and_wait(struct hammer *hammer)
{
    struct posted posted = {.post.run = note_post};

    (void)hammer;
    tl_driver_post(world.driver, &posted.post);
    CHECK(tl_driver_run(world.driver, has_run, &posted, 0) == TL_OK);
}

static void ring(void *user)
{
    ((struct posted *)user)->ran = 1;
}

static void set_an_alarm(struct hammer *hammer)
{
    struct posted rung = {.ran = 0};
    struct tl_alarm *alarm = tl_alarm_new(world.driver, "hammer", ring, &rung);

    (void)hammer;
    CHECK(tl_alarm_set(alarm, tl_driver_now(world.driver) + TL_MICROSECONDS(100)) == TL_OK);
    CHECK(tl_driver_run(world.driver, has_run, &rung, 0) == TL_OK);
    tl_alarm_free(alarm);
}

static void look_at_worker(struct hammer *hammer)
{
    struct tl_error error;

    CHECK(!tl_worker_stopped(world.worker) && tl_worker_check(world.worker, &error) == TL_OK);
    hammer->seen += tl_worker_cached(world.worker);
    tl_worker_slots_changed(world.worker);
    hammer->seen += tl_worker_evict(world.worker, hammer->round % 2 == 0 ? NULL : tl_handle_run_id(hammer->handle));
}

static void make_another_worker(struct hammer *hammer)
{
    const struct tl_worker_options options = {.task_queue = "elsewhere", .registry = world.registry};
    struct tl_worker *worker = tl_worker_new(world.driver, tl_sim_service(world.sim), &options, NULL);

    (void)hammer;
    CHECK(worker != NULL);
    tl_worker_stop(worker);
    CHECK(tl_worker_join(worker, NULL) == TL_OK);
    tl_worker_free(worker);
}

static void make_another_client(struct hammer *hammer)
{
    struct tl_client *client = tl_client_new(world.driver, tl_sim_service(world.sim), NULL, NULL);
    struct tl_handle *handle = tl_client_handle(client, tl_handle_workflow_id(hammer->handle), NULL);

    CHECK(tl_handle_signal(handle, "news", NULL, NULL) == TL_OK);
    tl_handle_free(handle);
    tl_client_free(client);
}

static void use_the_handle(struct hammer *hammer)
{
    struct tl_description description;
    struct tl_history *history = NULL;
    struct tl_payload where = {0};

    CHECK(tl_handle_signal(hammer->handle, "news", NULL, NULL) == TL_OK);
    CHECK(tl_handle_describe(hammer->handle, &description, NULL) == TL_OK);
    CHECK(tl_handle_history(hammer->handle, &history, NULL) == TL_OK);
    hammer->seen += tl_history_length(history);
    tl_history_unref(history);
    CHECK(tl_handle_query(hammer->handle, "where", NULL, NULL, &where, NULL) == TL_OK);
}

/* The simulator has no lists: the calls are made, and answered with that. */
static void ask_for_many(struct hammer *hammer)
{
    struct tl_list *list = NULL;
    int64_t count = 0;

    (void)hammer;
    CHECK(tl_client_list(world.client, NULL, &list, NULL) == TL_UNSUPPORTED);
    tl_list_free(list);
    CHECK(tl_client_count(world.client, "", &count, NULL) == TL_UNSUPPORTED);
}

static void speak_for_no_activity(struct hammer *hammer)
{
    const struct tl_activity_target nobody = {
        .workflow_id = tl_handle_workflow_id(hammer->handle), .activity_id = "99"};
    struct tl_error error;

    CHECK(tl_client_heartbeat(world.client, &nobody, NULL, NULL, &error) != TL_OK);
    CHECK(tl_client_complete_activity(world.client, &nobody, NULL, &error) != TL_OK);
    CHECK(tl_client_fail_activity(world.client, &nobody, "Type", "text", NULL, &error) != TL_OK);
    CHECK(tl_client_cancel_activity(world.client, &nobody, NULL, &error) != TL_OK);
}

static void end_a_run(struct hammer *hammer)
{
    char id[32];

    (void)snprintf(id, sizeof(id), "short-%zu-%zu", hammer->number, hammer->round);
    struct tl_handle *handle = world_start("Lives", id, NULL);
    CHECK(tl_handle_cancel(handle, "no reason", NULL) == TL_OK);
    enum tl_status status = tl_handle_terminate(handle, "no reason", NULL);
    CHECK(status == TL_OK || status == TL_NOT_FOUND); /* canceled by then */
    CHECK(strcmp(world_result(handle), "\"over\"") != 0 && tl_handle_failure(handle) != NULL);
    tl_handle_free(handle);
}

static void (*const calls[])(struct hammer *hammer) = {
    look_at_driver,
    look_at_backtraces,
    hold_and_release,
    move_what_moves_by_itself,
    add_sink,
    post_and_wait,
    set_an_alarm,
    look_at_worker,
    make_another_worker,
    use_the_handle,
    make_another_client,
    ask_for_many,
    end_a_run,
    speak_for_no_activity,
};

/* ---- All at once ---- */

/* Each goes round in an order of its own. */
static void *hammer_on(void *user)
{
    struct hammer *hammer = user;
    char id[32];

    (void)snprintf(id, sizeof(id), "order-%zu", hammer->number);
    hammer->handle = world_start("Lives", id, NULL);
    for (hammer->round = 0; hammer->round < ROUNDS; hammer->round++) {
        for (size_t i = 0; i < COUNT_OF(calls); i++) {
            calls[(i * (2 * hammer->number + 1) + hammer->round) % COUNT_OF(calls)](hammer);
        }
    }
    CHECK(tl_handle_signal(hammer->handle, "go", NULL, NULL) == TL_OK);
    CHECK(strcmp(world_result(hammer->handle), "\"over\"") == 0);
    tl_handle_free(hammer->handle);
    return NULL;
}

static void every_call_may_be_made_by_every_thread(void **state)
{
    struct hammer hammers[THREADS];

    (void)state;
    world_add_activity("Beats", beats);
    world_add_workflow("Lives", lives);
    world_work(NULL);
    for (size_t i = 0; i < THREADS; i++) {
        hammers[i] = (struct hammer){.number = i};
        assert_int_equal(pthread_create(&hammers[i].thread, NULL, hammer_on, &hammers[i]), 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(hammers[i].thread, NULL), 0);
        assert_true(hammers[i].seen > 0);
    }
    assert_int_equal(tl_driver_holds(world.driver), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_call_may_be_made_by_every_thread, world_open, world_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
