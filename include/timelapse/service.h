/* SPDX-License-Identifier: MIT */
/*
 * The service boundary: one asynchronous call. The simulator answers it in memory, a channel would
 * encode and send it, and nothing on this side can tell which one it has.
 *
 * Contract. The request is borrowed until the call returns; a service copies what it keeps. The
 * completion comes exactly once, on the driver's thread, and never inside the call. A reply is
 * const and reference-counted; it is released by whoever received it.
 */
#ifndef TIMELAPSE_SERVICE_H
#define TIMELAPSE_SERVICE_H

#include <stddef.h>
#include <timelapse/payload.h>
#include <timelapse/status.h>
#include <timelapse/time.h>

#ifdef __cplusplus
extern "C" {
#endif

struct ProtobufCMessage; /* from protobuf-c; messages are those of temporal.api */
struct ProtobufCMessageDescriptor;

/* One method of the API, from the service descriptors. Static storage. */
struct tl_rpc {
    const char *service; /* "temporal.api.workflowservice.v1.WorkflowService" */
    const char *name;    /* "StartWorkflowExecution" */
    const char *path;    /* "/temporal.api.workflowservice.v1.WorkflowService/StartWorkflowExecution" */
    const struct ProtobufCMessageDescriptor *request;
    const struct ProtobufCMessageDescriptor *response;
    unsigned index; /* dense, from 0, over all methods of all services */
};

/* The method at `path`, or NULL. Any thread. */
TL_API const struct tl_rpc *tl_rpc_find(const char *path);

/* All methods, in the order of their index. Any thread. */
TL_API const struct tl_rpc *tl_rpc_all(size_t *out_count);

/* What is asked. Everything is borrowed until tl_service_call returns. */
struct tl_request {
    const struct tl_rpc *rpc;
    const struct ProtobufCMessage *message; /* of type rpc->request */
    tl_time deadline;                       /* on the driver's clock; 0: the method's default */
    const struct tl_metadata *metadata;     /* gRPC metadata beside the connection's own */
    size_t metadata_count;
};

/* What came back. Read-only for its receiver. */
struct tl_reply {
    enum tl_status status; /* TL_OK, else `message` is NULL */
    int grpc_code;
    const char *text;                       /* the status message; "" when TL_OK */
    const struct ProtobufCMessage *message; /* of type rpc->response */
    const struct ProtobufCMessage *details; /* google.rpc.Status, or NULL */
    size_t references;                      /* the service's own count: use the functions below */
    void (*free)(struct tl_reply *reply);   /* called when the last reference goes */
};

/* Takes one more reference; returns `reply`. Driver's thread. */
TL_API struct tl_reply *tl_reply_ref(struct tl_reply *reply);

/* Gives one reference back; NULL is fine. Driver's thread. */
TL_API void tl_reply_unref(struct tl_reply *reply);

/* Receives one reference of `reply`, never NULL, to be given back with tl_reply_unref. */
typedef void tl_reply_fn(void *user, struct tl_reply *reply);

/* A call under way; opaque to callers. */
struct tl_call;

/* A service; embedded as the first member of whatever implements it. */
struct tl_service {
    const struct tl_service_methods *methods;
};

struct tl_service_methods {
    /* See tl_service_call. */
    enum tl_status (*call)(
        struct tl_service *self, const struct tl_request *request, tl_reply_fn *on_reply, void *user,
        struct tl_call **out_call);
    /* See tl_service_cancel. */
    void (*cancel)(struct tl_service *self, struct tl_call *call);
};

/*
 * Asks. On TL_OK `on_reply` is called later, exactly once; *out_call (may be NULL) is valid until
 * then. Anything else means that nothing was asked and nothing will be called: TL_NO_MEMORY, or
 * TL_STOPPED. What the service refuses comes as a reply. Driver's thread.
 */
TL_API TL_MUST_CHECK enum tl_status tl_service_call(
    struct tl_service *service, const struct tl_request *request, tl_reply_fn *on_reply, void *user,
    struct tl_call **out_call);

/*
 * Gives up waiting: the reply comes soon, as TL_CANCELED unless it was already on its way. The
 * service may have done what was asked. Driver's thread.
 */
TL_API void tl_service_cancel(struct tl_service *service, struct tl_call *call);

#ifdef __cplusplus
}
#endif
#endif
