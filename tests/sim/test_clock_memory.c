/* SPDX-License-Identifier: MIT */
/* Out of memory while a run skips time, over two runs of a chain and with a poll that waits for its fast-forward. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/lib/failing_allocator.h"
#include "tests/lib/service_chains.h"
#include "tests/lib/service_client.h"

#define MOST_ALLOCATIONS 5000

struct caller {
    struct tl_driver *driver;
    struct tl_service *service;
    struct service_client requests; /* of a universe of its own: it makes the messages */
};

static void keep_reply(void *user, struct tl_reply *reply)
{
    struct tl_reply **out = user;

    *out = reply;
}

/* Sends; false when memory ran out. *reply is filled once there is one. */
static bool send(struct caller *caller, unsigned rpc, const void *request, struct tl_reply **reply)
{
    const struct tl_request asked = {.rpc = &rpc_table[rpc], .message = request};
    enum tl_status status = tl_service_call(caller->service, &asked, keep_reply, reply, NULL);

    assert_true(status == TL_OK || status == TL_NO_MEMORY || status == TL_STOPPED);
    while (status == TL_OK && tl_driver_step(caller->driver) == TL_STEP_RAN) {
    }
    return status == TL_OK && tl_driver_verdict(caller->driver) == NULL;
}

static bool tell(struct caller *caller, unsigned rpc, const void *request)
{
    struct tl_reply *reply = NULL;
    bool sent = send(caller, rpc, request, &reply) && reply != NULL && reply->status == TL_OK;

    tl_reply_unref(reply);
    return sent;
}

static bool do_task(struct caller *caller, Pb__Command *command)
{
    struct tl_reply *reply = NULL;
    bool done = send(caller, RPC_PollWorkflowTaskQueue, client_poll_request(&caller->requests, NULL), &reply) &&
                reply != NULL && reply->status == TL_OK;

    if (done) {
        Pb__RespondWorkflowTaskCompletedRequest *request =
            client_completion(&caller->requests, (const void *)reply->message);
        request->n_commands = 1;
        request->commands = &command;
        done = tell(caller, RPC_RespondWorkflowTaskCompleted, request);
    }
    tl_reply_unref(reply);
    return done;
}

static bool start(struct caller *caller)
{
    struct service_client *client = &caller->requests;
    Pb__StartWorkflowExecutionRequest *request = client_start_request(client, WORKFLOW);
    Pb__TimeSkippingConfig *config = PB_NEW(&client->arena, Pb__TimeSkippingConfig, pb__time_skipping_config);

    config->enabled = true;
    config->fast_forward_config = PB_NEW(&client->arena, Pb__FastForwardConfig, pb__fast_forward_config);
    config->fast_forward_config->id = client_text(client, "ff-1");
    config->fast_forward_config->duration = client_duration(client, TL_HOURS(2));
    request->time_skipping_config = config;
    return tell(caller, RPC_StartWorkflowExecution, request);
}

/* True when it went well to the end; *poll is answered by then. */
static bool live(struct caller *caller, struct tl_reply **poll)
{
    struct service_client *client = &caller->requests;
    Pb__PollWorkflowExecutionTimeSkippingRequest *request = PB_NEW(
        &client->arena,
        Pb__PollWorkflowExecutionTimeSkippingRequest,
        pb__poll_workflow_execution_time_skipping_request);

    request->namespace_ = client_text(client, "default");
    request->workflow_execution = client_execution(client, WORKFLOW, "");
    request->fast_forward_id = client_text(client, "ff-1");
    return start(caller) && send(caller, RPC_PollWorkflowExecutionTimeSkipping, request, poll) &&
           do_task(caller, command_timer(client, "1", TL_HOURS(1))) &&
           do_task(caller, command_continue_as_new(client)) &&
           do_task(caller, command_timer(client, "1", TL_HOURS(5))) && *poll != NULL && (*poll)->status == TL_OK;
}

/* Everything with that memory; true when it went well to the end. */
static bool live_and_end(struct failing_allocator *memory, bool wire)
{
    const struct tl_driver_options options = {.seed = 1, .allocator = &memory->allocator};
    const struct tl_sim_options sim_options = {.wire = wire};
    struct caller caller = {.driver = tl_driver_new(&options, NULL)};
    struct tl_reply *poll = NULL;
    bool done = false;

    if (caller.driver == NULL) {
        return false;
    }
    struct tl_sim *sim = tl_sim_new(caller.driver, &sim_options, NULL);
    if (sim != NULL) {
        service_client_open(&caller.requests, NULL, false);
        caller.service = tl_sim_service(sim);
        done = live(&caller, &poll);
        tl_reply_unref(poll);
        tl_sim_free(sim);
        service_client_close(&caller.requests);
    }
    tl_driver_free(caller.driver);
    return done;
}

static void fail_each(bool wire)
{
    struct failing_allocator memory;
    size_t nth = 0;
    bool done = false;

    do {
        failing_allocator_init(&memory);
        failing_allocator_fail(&memory, ++nth, FAIL_ONCE);
        done = live_and_end(&memory, wire);
        assert_int_equal(done, memory.failed == 0);
        const char *complaint = failing_allocator_complaint(&memory);
        assert_string_equal(complaint == NULL ? "" : complaint, "");
    } while (!done && nth < MOST_ALLOCATIONS);
    assert_true(done);
    assert_true(nth > 5);
}

static void each_allocation_of_a_skipping_run_may_fail(void **state)
{
    (void)state;
    fail_each(false);
}

static void each_allocation_of_a_skipping_run_over_the_wire_may_fail(void **state)
{
    (void)state;
    fail_each(true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_allocation_of_a_skipping_run_may_fail),
        cmocka_unit_test(each_allocation_of_a_skipping_run_over_the_wire_may_fail),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
