/* SPDX-License-Identifier: MIT */
/*
 * Tasks that come without a poll, against the simulator: a slot supplier says which slots there are,
 * so that an activity that runs without any for polls can only have come along with an answer.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <timelapse/activity.h>
#include <timelapse/client.h>
#include <timelapse/sim.h>
#include <timelapse/worker.h>
#include <timelapse/workflow.h>
/* cmocka wants the first four before it */
#include <cmocka.h>

/* ---- The world ---- */

/* Indexed by enum tl_slot_kind. */
struct supply {
    int polls[3]; /* may polls have slots? */
    int eager[3]; /* may others? */
    size_t asked_eagerly[3];
    size_t given[3];
    size_t taken_back[3];
};

static struct supply supply;
static struct tl_driver *driver;
static struct tl_sim *sim;
static struct tl_registry *registry;
static struct tl_worker *worker;
static struct tl_client *client;
static struct tl_error error;
static size_t charged;

static int give(void *user, const struct tl_slot_request *request)
{
    struct supply *slots = user;
    int allowed = request->eager ? slots->eager[request->kind] : slots->polls[request->kind];

    slots->asked_eagerly[request->kind] += request->eager != 0;
    slots->given[request->kind] += allowed != 0;
    return allowed;
}

static void take_back(void *user, enum tl_slot_kind kind)
{
    struct supply *slots = user;

    slots->taken_back[kind]++;
}

static void run_ready(void)
{
    while (tl_driver_step(driver) == TL_STEP_RAN) {
    }
}

static void open_worker(struct tl_worker_options options)
{
    const struct tl_slot_supplier supplier = {give, take_back, &supply};

    options.task_queue = "orders";
    options.registry = registry;
    options.slot_supplier = &supplier;
    worker = tl_worker_new(driver, tl_sim_service(sim), &options, &error);
    if (worker == NULL) {
        fail_msg("%s %s", error.field, error.message);
    }
    run_ready();
}

static enum tl_status charge(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)activity;
    (void)input;
    (void)result;
    charged++;
    return TL_OK;
}

/* As many activities in one task as the input says. */
static enum tl_status
starts_charges(struct tl_workflow *wf, const struct tl_payloads *input, const struct tl_activity_options *options)
{
    struct tl_future *charges[5];
    size_t count = (size_t)(((const char *)input->items[0].data.data)[0] - '0');

    for (size_t i = 0; i < count; i++) {
        charges[i] = tl_activity_start(wf, "Charge", NULL, options);
    }
    for (size_t i = 0; i < count; i++) {
        if (tl_future_wait(charges[i], NULL) != TL_OK) {
            return TL_CANCELED;
        }
    }
    return TL_OK;
}

static enum tl_status charges(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)result;
    return starts_charges(wf, input, &(struct tl_activity_options){.start_to_close = TL_MINUTES(1)});
}

static enum tl_status
charges_elsewhere(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)result;
    return starts_charges(
        wf, input, &(struct tl_activity_options){.start_to_close = TL_MINUTES(1), .task_queue = "elsewhere"});
}

/* The run closes with the same task: nobody is left for whom the activity could be started. */
static enum tl_status
leaves_a_charge(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    (void)tl_activity_start(wf, "Charge", NULL, &(struct tl_activity_options){.start_to_close = TL_MINUTES(1)});
    return TL_OK;
}

static enum tl_status returns(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)wf;
    (void)input;
    (void)result;
    return TL_OK;
}

static int set_up(void **state)
{
    supply = (struct supply){
        .polls = {[TL_SLOT_WORKFLOW_TASK] = 1}, .eager = {[TL_SLOT_WORKFLOW_TASK] = 1, [TL_SLOT_ACTIVITY] = 1}};
    charged = 0;
    worker = NULL;
    driver = tl_driver_new(&(struct tl_driver_options){.seed = 1}, &error);
    sim = tl_sim_new(driver, &(struct tl_sim_options){.wire = *state != NULL}, &error);
    registry = tl_registry_new(NULL);
    client = tl_client_new(driver, tl_sim_service(sim), NULL, &error);
    tl_register_activity(registry, "Charge", charge);
    tl_register_workflow(registry, "Charges", charges);
    tl_register_workflow(registry, "ChargesElsewhere", charges_elsewhere);
    tl_register_workflow(registry, "LeavesACharge", leaves_a_charge);
    tl_register_workflow(registry, "Returns", returns);
    return driver == NULL || sim == NULL || registry == NULL || client == NULL ? -1 : 0;
}

static int tear_down(void **state)
{
    (void)state;
    tl_client_free(client);
    tl_worker_free(worker);
    tl_sim_free(sim);
    tl_driver_free(driver);
    tl_registry_free(registry);
    return 0;
}

static void start_with(const char *type, const char *input, const struct tl_start_options *options)
{
    struct tl_handle *handle = NULL;
    const struct tl_payload payload = tl_payload_json(input);

    if (tl_client_start(client, type, "order-1", TL_ARGS(payload), options, &handle, &error) != TL_OK) {
        fail_msg("%s", error.message);
    }
    run_ready();
}

static void start(const char *type, const char *input)
{
    start_with(type, input, &(struct tl_start_options){.task_queue = "orders"});
}

static void start_eagerly(const char *type)
{
    start_with(type, "0", &(struct tl_start_options){.task_queue = "orders", .eager = 1});
}

/* Every slot came back once. */
static void assert_all_came_back(void)
{
    tl_worker_stop(worker);
    run_ready();
    assert_true(tl_worker_stopped(worker));
    assert_int_equal(supply.taken_back[TL_SLOT_ACTIVITY], supply.given[TL_SLOT_ACTIVITY]);
    assert_int_equal(supply.taken_back[TL_SLOT_WORKFLOW_TASK], supply.given[TL_SLOT_WORKFLOW_TASK]);
}

/* ---- Activities ---- */

static void an_activity_comes_with_the_answer_to_its_task(void **state)
{
    (void)state;
    open_worker((struct tl_worker_options){0});
    start("Charges", "1");
    assert_int_equal(charged, 1);
    assert_int_equal(tl_sim_open_runs(sim), 0);
    assert_all_came_back();
}

static void at_most_three_of_a_task_are_asked_for(void **state)
{
    (void)state;
    open_worker((struct tl_worker_options){0});
    start("Charges", "5");
    assert_int_equal(supply.asked_eagerly[TL_SLOT_ACTIVITY], 3);
    assert_int_equal(charged, 3);
    supply.polls[TL_SLOT_ACTIVITY] = 1;
    tl_worker_slots_changed(worker);
    run_ready();
    assert_int_equal(charged, 5);
    assert_all_came_back();
}

static void without_a_slot_it_is_left_to_a_poll(void **state)
{
    (void)state;
    supply.eager[TL_SLOT_ACTIVITY] = 0;
    open_worker((struct tl_worker_options){0});
    start("Charges", "1");
    assert_int_equal(charged, 0);
    supply.polls[TL_SLOT_ACTIVITY] = 1;
    tl_worker_slots_changed(worker);
    run_ready();
    assert_int_equal(charged, 1);
    assert_all_came_back();
}

static void a_slot_that_nothing_comes_for_goes_back(void **state)
{
    (void)state;
    open_worker((struct tl_worker_options){0});
    start("LeavesACharge", "0");
    assert_int_equal(tl_sim_open_runs(sim), 0);
    assert_int_equal(charged, 0);
    assert_int_equal(supply.given[TL_SLOT_ACTIVITY], supply.taken_back[TL_SLOT_ACTIVITY]);
    assert_all_came_back();
}

static void a_worker_that_does_not_run_it_does_not_ask(void **state)
{
    (void)state;
    open_worker((struct tl_worker_options){0});
    start("ChargesElsewhere", "1");
    assert_int_equal(supply.asked_eagerly[TL_SLOT_ACTIVITY], 0);
    assert_int_equal(tl_sim_open_runs(sim), 1);
}

static void assert_never_asks(struct tl_worker_options options)
{
    open_worker(options);
    start("Charges", "1");
    assert_int_equal(supply.asked_eagerly[TL_SLOT_ACTIVITY], 0);
    assert_int_equal(charged, 0);
}

static void a_worker_without_activities_does_not_ask(void **state)
{
    (void)state;
    assert_never_asks((struct tl_worker_options){.tasks = TL_WORKER_WORKFLOWS});
}

static void a_queue_with_a_rate_is_not_gone_round(void **state)
{
    (void)state;
    assert_never_asks((struct tl_worker_options){.queue_activities_per_second = 10});
}

static void it_can_be_turned_off(void **state)
{
    (void)state;
    assert_never_asks((struct tl_worker_options){.eager_activities = TL_EAGER_ACTIVITIES_OFF});
}

/* Two seconds have to pass before the worker may ask for another. */
static void a_workers_rate_holds_for_these_too(void **state)
{
    (void)state;
    open_worker((struct tl_worker_options){.activities_per_second = 0.5});
    start("Charges", "3");
    assert_int_equal(supply.given[TL_SLOT_ACTIVITY], 1);
    assert_int_equal(charged, 1);
}

/* ---- Starts ---- */

/* From here on no poll brings a workflow task. */
static void open_worker_without_polls(void)
{
    supply.polls[TL_SLOT_WORKFLOW_TASK] = 0;
    open_worker((struct tl_worker_options){0});
}

static void a_first_task_comes_with_the_answer_to_the_start(void **state)
{
    (void)state;
    open_worker_without_polls();
    start_eagerly("Returns");
    assert_int_equal(tl_sim_open_runs(sim), 0);
    assert_all_came_back();
}

static void a_start_that_does_not_ask_waits_for_a_poll(void **state)
{
    (void)state;
    open_worker_without_polls();
    start("Returns", "0");
    assert_int_equal(supply.asked_eagerly[TL_SLOT_WORKFLOW_TASK], 0);
    assert_int_equal(tl_sim_open_runs(sim), 1);
}

static void a_start_on_another_queue_does_not_ask(void **state)
{
    (void)state;
    open_worker_without_polls();
    start_with("Returns", "0", &(struct tl_start_options){.task_queue = "elsewhere", .eager = 1});
    assert_int_equal(supply.asked_eagerly[TL_SLOT_WORKFLOW_TASK], 0);
}

/* The service declines: the first task is due later. */
static void a_start_that_is_declined_gives_the_slot_back(void **state)
{
    (void)state;
    open_worker_without_polls();
    start_with(
        "Returns", "0", &(struct tl_start_options){.task_queue = "orders", .eager = 1, .start_delay = TL_HOURS(1)});
    assert_int_equal(supply.given[TL_SLOT_WORKFLOW_TASK], 1);
    assert_int_equal(supply.taken_back[TL_SLOT_WORKFLOW_TASK], 1);
    assert_int_equal(tl_sim_open_runs(sim), 1);
}

static void a_start_that_fails_gives_the_slot_back(void **state)
{
    struct tl_handle *handle = NULL;
    const struct tl_payload nothing = tl_payload_json("0");

    (void)state;
    open_worker_without_polls();
    start("Returns", "0");
    assert_int_not_equal(
        tl_client_start(
            client,
            "Returns",
            "order-1",
            TL_ARGS(nothing),
            &(struct tl_start_options){.task_queue = "orders", .eager = 1},
            &handle,
            &error),
        TL_OK);
    assert_int_equal(supply.given[TL_SLOT_WORKFLOW_TASK], 1);
    assert_int_equal(supply.taken_back[TL_SLOT_WORKFLOW_TASK], 1);
}

static void a_worker_that_stops_takes_no_start(void **state)
{
    (void)state;
    open_worker_without_polls();
    tl_worker_stop(worker);
    run_ready();
    start_eagerly("Returns");
    assert_int_equal(supply.asked_eagerly[TL_SLOT_WORKFLOW_TASK], 0);
}

#define TEST(test)                                                                                                     \
    cmocka_unit_test_setup_teardown(test, set_up, tear_down),                                                          \
    {                                                                                                                  \
#test "_wire", test, set_up, tear_down, &wired                                                                 \
    }

static int wired;

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_activity_comes_with_the_answer_to_its_task),
        TEST(at_most_three_of_a_task_are_asked_for),
        TEST(without_a_slot_it_is_left_to_a_poll),
        TEST(a_slot_that_nothing_comes_for_goes_back),
        TEST(a_worker_that_does_not_run_it_does_not_ask),
        TEST(a_worker_without_activities_does_not_ask),
        TEST(a_queue_with_a_rate_is_not_gone_round),
        TEST(it_can_be_turned_off),
        TEST(a_workers_rate_holds_for_these_too),
        TEST(a_first_task_comes_with_the_answer_to_the_start),
        TEST(a_start_that_does_not_ask_waits_for_a_poll),
        TEST(a_start_on_another_queue_does_not_ask),
        TEST(a_start_that_is_declined_gives_the_slot_back),
        TEST(a_start_that_fails_gives_the_slot_back),
        TEST(a_worker_that_stops_takes_no_start),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
