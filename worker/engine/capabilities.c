/* SPDX-License-Identifier: MIT */
/* Facts: sdk-core worker/mod.rs (validate, NamespaceCapabilities), sdk-go internal_workflow_client.go. */
#include "worker/engine/capabilities.h"

static void on_service(struct call *call, struct tl_reply *reply)
{
    struct capabilities *capabilities = call->user;

    if (reply->status == TL_OK) {
        const Pb__GetSystemInfoResponse *response = (const Pb__GetSystemInfoResponse *)reply->message;

        if (response->capabilities != NULL) {
            capabilities->eager_workflow_start = response->capabilities->eager_workflow_start;
        }
    }
    call_free(call);
    capabilities->on_heard(capabilities->user);
}

static void on_namespace(struct call *call, struct tl_reply *reply)
{
    struct capabilities *capabilities = call->user;

    if (reply->status == TL_OK) {
        const Pb__DescribeNamespaceResponse *response = (const Pb__DescribeNamespaceResponse *)reply->message;

        if (response->namespace_info != NULL && response->namespace_info->capabilities != NULL) {
            const Pb__NamespaceInfo__Capabilities *told = response->namespace_info->capabilities;

            capabilities->scales_pollers = told->poller_autoscaling_auto_enroll;
            capabilities->poller_scaling = told->poller_autoscaling || told->poller_autoscaling_auto_enroll;
            capabilities->ends_polls = told->worker_poll_complete_on_shutdown;
        }
    }
    call_free(call);
    capabilities->on_heard(capabilities->user);
}

static void
ask(struct call_party *party, enum rpc rpc, const void *request, call_reply_fn *on_reply,
    struct capabilities *capabilities)
{
    struct call *call = call_new(party, on_reply, capabilities);

    call_send(call, &(struct call_question){.rpc = rpc, .message = request, .patience = CALL_RETRY});
}

void capabilities_ask(
    struct capabilities *capabilities, struct call_party *party, struct arena *arena, char *name_space)
{
    Pb__DescribeNamespaceRequest *request = PB_NEW(arena, Pb__DescribeNamespaceRequest, pb__describe_namespace_request);

    request->namespace_ = name_space;
    ask(party,
        RPC_GetSystemInfo,
        PB_NEW(arena, Pb__GetSystemInfoRequest, pb__get_system_info_request),
        on_service,
        capabilities);
    ask(party, RPC_DescribeNamespace, request, on_namespace, capabilities);
}
