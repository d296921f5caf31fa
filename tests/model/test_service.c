/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/check.h"
#include "model/pb.h"
#include "model/rpc.h"

/* ---- The rpc table ---- */

static void every_rpc_is_found_by_its_path(void **state)
{
    size_t count;
    const struct tl_rpc *all = tl_rpc_all(&count);

    (void)state;
    assert_int_equal(count, RPC_COUNT);
    for (size_t i = 0; i < count; i++) {
        assert_ptr_equal(tl_rpc_find(all[i].path), &all[i]);
        assert_int_equal(all[i].index, i);
        assert_non_null(all[i].request);
        assert_non_null(all[i].response);
    }
}

static void an_rpc_tells_its_messages(void **state)
{
    const struct tl_rpc *rpc = tl_rpc_find("/temporal.api.workflowservice.v1.WorkflowService/StartWorkflowExecution");

    (void)state;
    assert_ptr_equal(rpc, &rpc_table[RPC_StartWorkflowExecution]);
    assert_string_equal(rpc->name, "StartWorkflowExecution");
    assert_string_equal(rpc->service, "temporal.api.workflowservice.v1.WorkflowService");
    assert_ptr_equal(rpc->request, &pb__start_workflow_execution_request__descriptor);
    assert_ptr_equal(rpc->response, &pb__start_workflow_execution_response__descriptor);
}

static void all_four_services_are_there(void **state)
{
    (void)state;
    assert_non_null(tl_rpc_find("/temporal.api.operatorservice.v1.OperatorService/ListClusters"));
    assert_non_null(tl_rpc_find("/temporal.api.testservice.v1.TestService/Sleep"));
    assert_ptr_equal(tl_rpc_find("/grpc.health.v1.Health/Check"), &rpc_table[RPC_HealthCheck]);
}

static void unknown_paths_are_not_found(void **state)
{
    (void)state;
    assert_null(tl_rpc_find(""));
    assert_null(tl_rpc_find("/"));
    assert_null(tl_rpc_find("StartWorkflowExecution"));
    assert_null(tl_rpc_find("/temporal.api.workflowservice.v1.WorkflowService/StartWorkflowExecutio"));
    assert_null(tl_rpc_find("/temporal.api.workflowservice.v1.WorkflowService/StartWorkflowExecutions"));
    assert_null(tl_rpc_find("/zzz"));
}

/* ---- Replies ---- */

struct counted_reply {
    struct tl_reply reply;
    int freed;
};

static void free_counted(struct tl_reply *reply)
{
    CONTAINER_OF(reply, struct counted_reply, reply)->freed++;
}

static void a_reply_is_freed_with_its_last_reference(void **state)
{
    struct counted_reply counted = {.reply = {.references = 1, .free = free_counted}};

    (void)state;
    assert_ptr_equal(tl_reply_ref(&counted.reply), &counted.reply);
    tl_reply_unref(&counted.reply);
    assert_int_equal(counted.freed, 0);
    tl_reply_unref(&counted.reply);
    assert_int_equal(counted.freed, 1);
    tl_reply_unref(NULL);
}

/* ---- Calls ---- */

struct tl_call {
    int canceled;
};

struct fake {
    struct tl_service service;
    const struct tl_request *asked;
    struct tl_call call;
};

static enum tl_status fake_call(
    struct tl_service *self, const struct tl_request *request, tl_reply_fn *on_reply, void *user,
    struct tl_call **out_call)
{
    struct fake *fake = CONTAINER_OF(self, struct fake, service);

    (void)on_reply;
    (void)user;
    fake->asked = request;
    *out_call = &fake->call;
    return TL_STOPPED;
}

static void fake_cancel(struct tl_service *self, struct tl_call *call)
{
    (void)self;
    call->canceled++;
}

static void calls_go_to_the_service(void **state)
{
    static const struct tl_service_methods methods = {fake_call, fake_cancel};
    struct fake fake = {.service = {&methods}};
    const struct tl_request request = {.rpc = &rpc_table[RPC_GetSystemInfo]};
    struct tl_call *call = NULL;

    (void)state;
    assert_int_equal(tl_service_call(&fake.service, &request, NULL, NULL, &call), TL_STOPPED);
    assert_ptr_equal(fake.asked, &request);
    tl_service_cancel(&fake.service, call);
    assert_int_equal(fake.call.canceled, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_rpc_is_found_by_its_path),
        cmocka_unit_test(an_rpc_tells_its_messages),
        cmocka_unit_test(all_four_services_are_there),
        cmocka_unit_test(unknown_paths_are_not_found),
        cmocka_unit_test(a_reply_is_freed_with_its_last_reference),
        cmocka_unit_test(calls_go_to_the_service),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
