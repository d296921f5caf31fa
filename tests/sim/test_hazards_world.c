/* SPDX-License-Identifier: MIT */
/*
 * Faults that other test servers have with their clocks, one test each, where they show in a whole
 * world: holds, waits that return late, costs that grow, threads, chance. See test_hazards.c.
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <timelapse/activity.h>
#include <timelapse/env.h>
#include <timelapse/workflow.h>

#include <cmocka.h>

#include "base/agenda.h"
#include "base/pool.h"
#include "tests/lib/failing_allocator.h"
#include "tests/lib/service_client.h"

static int never(void *user)
{
    (void)user;
    return 0;
}

/* ---- A world with workers ---- */

static enum tl_status oversleeps(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *out)
{
    (void)input;
    (void)out;
    return tl_activity_sleep(activity, TL_HOURS(1));
}

static enum tl_status patient(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    const struct tl_activity_options options = {
        .start_to_close = TL_SECONDS(5), .retry = &(const struct tl_retry_policy){.maximum_attempts = 1}};
    struct tl_payload unused;

    (void)input;
    (void)result;
    if (tl_activity_run(wf, "Oversleeps", NULL, &options, &unused) != TL_FAILED) {
        return TL_FAILED;
    }
    return tl_sleep(wf, TL_HOURS(2));
}

static enum tl_status sleeper(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    return tl_sleep(wf, TL_MINUTES(1));
}

static enum tl_status listener(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    return tl_signal_wait(wf, "go", TL_DAYS(365), NULL);
}

static void register_all(struct tl_registry *registry)
{
    tl_register_workflow(registry, "Patient", patient);
    tl_register_workflow(registry, "Sleeper", sleeper);
    tl_register_workflow(registry, "Listener", listener);
    tl_register_activity(registry, "Oversleeps", oversleeps);
}

static struct tl_env *open_world(void)
{
    struct tl_env *env = tl_env_new(&(const struct tl_env_options){.register_all = register_all}, NULL);

    assert_non_null(env);
    return env;
}

/* ---- Holds ---- */

/* An activity that sleeps longer than it may throws the count of holds out of balance. */
static void hazard_h08_an_activity_may_sleep_past_its_timeout(void **state)
{
    struct tl_env *env = open_world();

    (void)state;
    tl_assert_completed(env, tl_env_start(env, "Patient", "w", NULL, NULL));

    assert_int_equal(tl_env_elapsed(env), TL_SECONDS(5) + TL_HOURS(2));
    assert_int_equal(tl_driver_holds(tl_env_driver(env)), 0);
    assert_int_equal(tl_driver_run(tl_env_driver(env), never, NULL, TL_DEADLINE_WAKING), TL_UNAVAILABLE);
    assert_true(tl_driver_next_deadline(tl_env_driver(env), TL_DEADLINE_WAKING) == TL_NEVER);
    tl_env_free(env);
}

/* A release that nothing was held for fails and leaves time stuck. */
static void hazard_h09_an_unbalanced_release_fails_and_changes_nothing(void **state)
{
    struct service_client *client = *state;
    client_begin(client, WORKFLOW, COMMANDS(command_timer(client, "1", TL_HOURS(1))));
    tl_time fires = tl_driver_now(client->driver) + TL_HOURS(1);

    assert_int_equal(tl_driver_release(client->driver), TL_FAILED_PRECONDITION);

    assert_int_equal(tl_driver_holds(client->driver), 0);
    assert_int_equal(tl_driver_next_target(client->driver, TL_DEADLINE_WAKING), fires);
    tl_driver_hold(client->driver);
    assert_true(tl_driver_next_target(client->driver, TL_DEADLINE_WAKING) == TL_NEVER);
    assert_int_equal(tl_driver_run(client->driver, never, NULL, TL_DEADLINE_WAKING), TL_UNAVAILABLE);
    assert_int_equal(tl_driver_release(client->driver), TL_OK);
    assert_int_equal(tl_driver_release(client->driver), TL_FAILED_PRECONDITION);
    assert_int_equal(tl_driver_next_target(client->driver, TL_DEADLINE_WAKING), fires);
}

struct thief {
    struct agenda_item item;
    struct tl_driver *driver;
    enum tl_status stolen;
    size_t held;
};

static void steal(struct agenda_item *item)
{
    struct thief *thief = CONTAINER_OF(item, struct thief, item);

    thief->held = tl_driver_holds(thief->driver);
    thief->stolen = tl_driver_release(thief->driver);
}

/* Clients and the engine share one count: a second release takes the hold of a task that is under way. */
static void hazard_h10_a_release_takes_nothing_from_what_runs(void **state)
{
    struct service_client *client = *state;
    struct thief thief = {.item = {.run = steal}, .driver = client->driver};
    (void)client_start(client, WORKFLOW);
    workflow_task task = client_poll(client, NULL);
    assert_int_equal(tl_driver_holds(client->driver), 0);

    agenda_post(tl_driver_agenda(client->driver), &thief.item);
    client_run(client);

    assert_int_equal(thief.held, 0);
    assert_int_equal(thief.stolen, TL_FAILED_PRECONDITION);
    tl_driver_hold(client->driver);
    (void)client_complete(client, task, COMMANDS(command_complete(client)));
    assert_int_equal(tl_driver_holds(client->driver), 1);
}

/* The wait for a result returns late: the clock has jumped on, and the next signal meets a run that is over. */
static void hazard_h12_a_result_is_there_before_time_moves_on(void **state)
{
    struct tl_env *env = open_world();
    const struct tl_start_options options = {.run_timeout = TL_HOURS(1)};
    struct tl_handle *waiting = tl_env_start(env, "Listener", "waiting", NULL, &options);
    struct tl_handle *first = tl_env_start(env, "Sleeper", "first", NULL, NULL);

    (void)state;
    (void)tl_env_start(env, "Patient", "later", NULL, NULL);
    assert_int_equal(tl_handle_result(first, NULL, NULL), TL_OK);

    assert_int_equal(tl_env_elapsed(env), TL_MINUTES(1));
    tl_env_signal(env, waiting, "go", NULL);
    tl_assert_completed(env, waiting);
    assert_int_equal(tl_env_elapsed(env), TL_MINUTES(1));
    tl_env_free(env);
}

/* ---- Costs ---- */

#define TASKS 1000

/* Steps that so many workflow tasks take, with a signal each. */
static size_t work(struct service_client *client)
{
    size_t steps = 0;

    for (size_t i = 0; i < TASKS; i++) {
        struct pending *polled = client_send(client, RPC_PollWorkflowTaskQueue, client_poll_request(client, NULL));
        (void)client_send(client, RPC_SignalWorkflowExecution, client_signal_request(client, WORKFLOW, "hello"));
        while (tl_driver_step(client->driver) == TL_STEP_RAN) {
            steps++;
        }
        workflow_task task = client_message(polled->reply);
        (void)client_send(client, RPC_RespondWorkflowTaskCompleted, client_completion(client, task));
        while (tl_driver_step(client->driver) == TL_STEP_RAN) {
            steps++;
        }
    }
    return steps;
}

/* Each task leaves something that every later one looks at. */
static void hazard_h17_a_task_costs_the_same_after_thousands(void **state)
{
    struct service_client *client = *state;
    const struct agenda *agenda = tl_driver_agenda(client->driver);
    client->checked = false;
    client_begin(client, WORKFLOW, NO_COMMANDS);
    size_t few = work(client);
    size_t deadlines = agenda->waking.count + agenda->idle.count + agenda->run_timeouts.count;
    size_t held = pool_held(tl_driver_pool(client->driver));
    (void)work(client);
    size_t grown = pool_held(tl_driver_pool(client->driver)) - held;
    (void)work(client);
    held = pool_held(tl_driver_pool(client->driver));

    assert_int_equal(work(client), few);

    assert_int_equal(agenda->waking.count + agenda->idle.count + agenda->run_timeouts.count, deadlines);
    size_t later = pool_held(tl_driver_pool(client->driver)) - held;
    assert_in_range(later, grown / 2, grown * 2);
    assert_true(later / TASKS < 8192); /* events, and what the test itself keeps of each */
}

/* ---- Locks and threads ---- */

struct caller {
    struct service_client *client;
    const char *next; /* started from inside the reply */
    size_t replies;
};

static void start_from_reply(void *user, struct tl_reply *reply)
{
    struct caller *caller = user;

    assert_int_equal(reply->status, TL_OK);
    tl_reply_unref(reply);
    if (++caller->replies < 3) {
        const struct tl_request request = {
            .rpc = &rpc_table[RPC_StartWorkflowExecution],
            .message =
                &client_start_request(caller->client, client_text(caller->client, "order-%zu", caller->replies))->base,
        };
        assert_int_equal(tl_service_call(caller->client->service, &request, start_from_reply, caller, NULL), TL_OK);
    }
}

/* Two locks taken in two orders: here none is held where a call may come in. */
static void hazard_h18_calls_may_be_made_from_inside_replies(void **state)
{
    struct service_client *client = *state;
    struct caller caller = {.client = client};
    const struct tl_request request = {
        .rpc = &rpc_table[RPC_StartWorkflowExecution], .message = &client_start_request(client, "order-0")->base};

    assert_int_equal(tl_service_call(client->service, &request, start_from_reply, &caller, NULL), TL_OK);
    client_run(client);

    assert_int_equal(caller.replies, 3);
    assert_int_equal(tl_sim_open_runs(client->sim), 3);
}

static size_t threads(void)
{
    DIR *tasks = opendir("/proc/self/task");
    size_t count = 0;

    assert_non_null(tasks);
    for (const struct dirent *entry = readdir(tasks); entry != NULL; entry = readdir(tasks)) {
        count += entry->d_name[0] != '.';
    }
    (void)closedir(tasks);
    return count;
}

/* A thread for each poll that waits, and histories that nobody frees. */
static void hazard_h19_polls_take_no_thread_and_everything_is_freed(void **state)
{
    struct failing_allocator memory;
    struct service_client client;
    size_t before = threads();

    (void)state;
    failing_allocator_init(&memory);
    service_client_open(&client, &(const struct tl_driver_options){.seed = 1, .allocator = &memory.allocator}, false);
    client.checked = false;
    for (size_t i = 0; i < 100; i++) {
        (void)client_send(&client, RPC_PollActivityTaskQueue, client_activity_poll_request(&client));
        client_begin(&client, client_text(&client, "order-%zu", i), COMMANDS(command_complete(&client)));
    }
    client_run(&client);

    assert_int_equal(threads(), before);
    service_client_close(&client);
    const char *complaint = failing_allocator_complaint(&memory);
    assert_string_equal(complaint == NULL ? "" : complaint, "");
}

/* ---- Chance ---- */

#define DIARY_SIZE ((size_t)256 * 1024)

struct diary {
    size_t len;
    char lines[DIARY_SIZE];
};

static void keep_lines(void *user, const char *text, size_t len)
{
    struct diary *diary = user;

    assert_true(diary->len + len < DIARY_SIZE);
    memcpy(diary->lines + diary->len, text, len + 1);
    diary->len += len;
}

static struct diary *live(void)
{
    struct diary *diary = calloc(1, sizeof(*diary));
    struct tl_env *env = open_world();
    static const char *const types[] = {"Sleeper", "Patient", "Sleeper", "Listener"};
    struct tl_handle *last = NULL;

    assert_non_null(diary);
    tl_env_trace_to(env, keep_lines, diary);
    for (size_t i = 0; i < 12; i++) {
        char id[16] = {'w', (char)('a' + i)};
        last = tl_env_start(env, types[i % 4], id, NULL, NULL);
    }
    tl_env_signal(env, last, "go", NULL);
    tl_env_advance(env, TL_DAYS(1));
    tl_env_free(env);
    return diary;
}

/* What one run does to another comes about in an order of chance. */
static void hazard_h20_the_order_across_runs_is_the_same_each_time(void **state)
{
    struct diary *first = live();
    struct diary *second = live();

    (void)state;
    assert_true(first->len > 10000);
    assert_string_equal(first->lines, second->lines);
    free(first);
    free(second);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        /* first: with its fault no worker gets anywhere */
        SERVICE_TEST(hazard_h18_calls_may_be_made_from_inside_replies),
        cmocka_unit_test(hazard_h08_an_activity_may_sleep_past_its_timeout),
        SERVICE_TEST(hazard_h09_an_unbalanced_release_fails_and_changes_nothing),
        SERVICE_TEST(hazard_h10_a_release_takes_nothing_from_what_runs),
        cmocka_unit_test(hazard_h12_a_result_is_there_before_time_moves_on),
        cmocka_unit_test_setup_teardown(
            hazard_h17_a_task_costs_the_same_after_thousands, service_client_setup, service_client_teardown),
        cmocka_unit_test(hazard_h19_polls_take_no_thread_and_everything_is_freed),
        cmocka_unit_test(hazard_h20_the_order_across_runs_is_the_same_each_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
