/* SPDX-License-Identifier: MIT */
/*
 * An environment on a service elsewhere whose time stands until it is moved: a simulator on a driver of its own, which
 * is reached by messages as a real server is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <timelapse/timelapse.h>

#include <cmocka.h>

#include "base/list.h"
#include "tests/env/recorder.h"

#define AHEAD TL_DAYS(1000) /* of that service's time */

static struct {
    struct tl_driver *driver;
    struct tl_sim *sim;
    struct tl_driver *asker; /* the environment's */
    struct tl_service service;
    struct list messages;
    unsigned under_way; /* answers */
    const struct tl_search_definition *attributes;
} there;

/* A call, and then its answer. */
struct message {
    struct tl_post post; /* first */
    struct list_node node;
    tl_reply_fn *on_reply;
    void *user;
    struct tl_reply *reply;
};

static void deliver(struct tl_post *post)
{
    struct message *message = (struct message *)(void *)post;

    there.under_way--;
    list_remove(&message->node);
    message->on_reply(message->user, message->reply);
    free(message);
}

static void send_back(void *user, struct tl_reply *reply)
{
    struct message *message = user;

    message->reply = reply;
    there.under_way++;
    tl_driver_post(there.asker, &message->post);
}

static enum tl_status call_service(
    struct tl_service *self, const struct tl_request *request, tl_reply_fn *on_reply, void *user,
    struct tl_call **out_call)
{
    struct message *message = calloc(1, sizeof *message);
    struct tl_request sent = *request;

    (void)self;
    sent.deadline += sent.deadline == 0 ? 0 : AHEAD;
    if (message == NULL) {
        return TL_NO_MEMORY;
    }
    message->post.run = deliver;
    message->on_reply = on_reply;
    message->user = user;
    list_append(&there.messages, &message->node);
    return tl_service_call(tl_sim_service(there.sim), &sent, send_back, message, out_call);
}

static void cancel_call(struct tl_service *self, struct tl_call *call)
{
    (void)self;
    tl_service_cancel(tl_sim_service(there.sim), call);
}

static tl_time clock_now(void *user)
{
    (void)user;
    return tl_driver_now(there.driver) - AHEAD;
}

static enum tl_world clock_go_on(void *user, const struct tl_leg *leg)
{
    tl_time to = leg->to == TL_NEVER ? TL_NEVER : leg->to + AHEAD;
    tl_time stop = leg->stop == TL_NEVER ? TL_NEVER : leg->stop + AHEAD;

    (void)user;
    while (tl_driver_step(there.driver) == TL_STEP_RAN) {
    }
    if (there.under_way > 0) {
        return TL_WORLD_BUSY;
    }
    tl_time next = tl_driver_next_target(there.driver, leg->kinds);
    to = next < to ? next : to;
    to = stop < to ? stop : to;
    if (to == TL_NEVER || to <= tl_driver_now(there.driver)) {
        return TL_WORLD_RESTS;
    }
    tl_driver_jump(there.driver, to);
    return TL_WORLD_MOVED;
}

static void clock_wake(void *user)
{
    (void)user;
}

static struct tl_service *
begin(void *user, struct tl_driver *driver, const struct tl_search_definition *attributes, struct tl_error *error)
{
    static const struct tl_service_methods methods = {.call = call_service, .cancel = cancel_call};
    static const struct tl_clock clock = {.now = clock_now, .go_on = clock_go_on, .wake = clock_wake};
    const struct tl_driver_options options = {.start_time = tl_driver_now(driver) + AHEAD};

    (void)user;
    memset(&there, 0, sizeof there);
    list_init(&there.messages);
    there.attributes = attributes;
    there.asker = driver;
    there.service.methods = &methods;
    there.driver = tl_driver_new(&options, error);
    there.sim = there.driver == NULL ? NULL : tl_sim_new(there.driver, NULL, error);
    if (there.sim == NULL) {
        return NULL;
    }
    tl_driver_follow(driver, &clock);
    return &there.service;
}

/* What is on its way then never arrives. */
static void end(void *user, struct tl_service *service)
{
    (void)user;
    (void)service;
    while (!list_is_empty(&there.messages)) {
        struct message *message = LIST_ITEM(there.messages.head.next, struct message, node);

        list_remove(&message->node);
        tl_reply_unref(message->reply);
        free(message);
    }
    tl_sim_free(there.sim);
    tl_driver_free(there.driver);
}

/* ---- Workflows ---- */

static enum tl_status sleeps(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    return tl_sleep(wf, TL_DAYS(30));
}

static enum tl_status listens(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    return tl_signal_wait(wf, "go", 0, NULL);
}

static void register_all(struct tl_registry *registry)
{
    tl_register_workflow(registry, "Sleeps", sleeps);
    tl_register_workflow(registry, "Listens", listens);
}

static int setup(void **state)
{
    static const struct tl_search_definition attributes[] = {{"Colour", TL_SEARCH_KEYWORD}, {NULL, TL_SEARCH_UNSET}};
    static const struct tl_elsewhere elsewhere = {.begin = begin, .end = end};

    return recorder_setup(
        state,
        &(const struct tl_env_options){
            .register_all = register_all, .elsewhere = &elsewhere, .search_attributes = attributes});
}

static struct tl_env *env_of(void **state)
{
    return ((struct recorder *)*state)->env;
}

/* ---- Tests ---- */

static void thirty_days_pass_there_at_once(void **state)
{
    struct tl_env *env = env_of(state);
    struct tl_handle *run = tl_env_start(env, "Sleeps", "w", NULL, NULL);

    tl_env_run_until_closed(env, run);
    assert_quiet(*state);
    assert_int_equal(tl_env_elapsed(env), TL_DAYS(30));
    assert_null(tl_env_sim(env));
    assert_string_equal(there.attributes[0].name, "Colour");
}

static void several_are_waited_for(void **state)
{
    struct tl_env *env = env_of(state);
    struct tl_handle *runs[2];

    runs[0] = tl_env_start(env, "Listens", "first", NULL, NULL);
    runs[1] = tl_env_start(env, "Sleeps", "second", NULL, NULL);
    assert_int_equal(tl_env_run_until_any_closed(env, runs, 2), 1);
    tl_env_signal(env, runs[0], "go", NULL);
    tl_env_run_until_all_closed(env);
    assert_quiet(*state);
    assert_int_equal(tl_env_elapsed(env), TL_DAYS(30));
}

static void time_stands_until_it_is_moved(void **state)
{
    struct tl_env *env = env_of(state);
    struct tl_handle *run = tl_env_start(env, "Sleeps", "w", NULL, NULL);

    tl_env_run_until_idle(env);
    assert_int_equal(tl_env_elapsed(env), 0);
    tl_env_advance(env, TL_DAYS(29));
    assert_int_equal(tl_env_elapsed(env), TL_DAYS(29));
    tl_env_hold(env);
    tl_env_run_until_idle(env);
    tl_env_release(env);
    assert_int_equal(tl_env_elapsed(env), TL_DAYS(29));
    tl_env_advance_to(env, TL_DAYS(40));
    tl_env_run_until_closed(env, run);
    assert_quiet(*state);
    assert_int_equal(tl_env_elapsed(env), TL_DAYS(40));
}

static void who_waits_for_ever_is_told(void **state)
{
    struct tl_env *env = env_of(state);

    tl_env_run_until_closed(env, tl_env_start(env, "Listens", "w", NULL, NULL));
    assert_reported(*state, "blocked for ever: w does not close");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(thirty_days_pass_there_at_once, setup, recorder_teardown),
        cmocka_unit_test_setup_teardown(several_are_waited_for, setup, recorder_teardown),
        cmocka_unit_test_setup_teardown(time_stands_until_it_is_moved, setup, recorder_teardown),
        cmocka_unit_test_setup_teardown(who_waits_for_ever_is_told, setup, recorder_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
