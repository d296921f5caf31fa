/* SPDX-License-Identifier: MIT */
/*
 * The service of an environment that stands on a real server: its driver follows the wall's clock; "default" is called
 * by the name of a namespace of its own; and each workflow is started with time skipping on.
 */
#include "tests/conformance/elsewhere.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <timelapse/connection.h>
#include <unistd.h>

#include "base/list.h"
#include "model/pb.h"
#include "worker/transport/connection_private.h"
#include "worker/transport/service.h"

#define SLICE           TL_MILLISECONDS(20) /* of a wait: conditions are looked at so often */
#define CALL_TIMEOUT    TL_SECONDS(20)
#define START           "/temporal.api.workflowservice.v1.WorkflowService/StartWorkflowExecution"
#define SIGNAL_START    "/temporal.api.workflowservice.v1.WorkflowService/SignalWithStartWorkflowExecution"
#define REGISTER        "/temporal.api.workflowservice.v1.WorkflowService/RegisterNamespace"
#define OWN_NAMESPACE   "default"
#define RETENTION       86400
#define LARGEST_REQUEST 2048

struct judge {
    struct tl_service service; /* first: what the environment calls */
    struct channel_service *channel;
    pthread_mutex_t mutex;
    pthread_cond_t call;
    bool called;
    char name_space[64];
};

static struct tl_connection *connection;

/* ---- The clock ---- */

static tl_time now_by(clockid_t clock)
{
    struct timespec at;

    (void)clock_gettime(clock, &at);
    return TL_SECONDS(at.tv_sec) + at.tv_nsec;
}

static tl_time clock_now(void *user)
{
    (void)user;
    return now_by(CLOCK_REALTIME);
}

static void clock_wait(void *user, tl_time until)
{
    struct judge *judge = user;
    tl_duration left = until - clock_now(NULL);
    tl_time at = now_by(CLOCK_REALTIME) + (left < SLICE ? left : SLICE);
    const struct timespec when = {.tv_sec = at / TL_SECONDS(1), .tv_nsec = (long)(at % TL_SECONDS(1))};

    (void)pthread_mutex_lock(&judge->mutex);
    while (!judge->called && pthread_cond_timedwait(&judge->call, &judge->mutex, &when) == 0) {
    }
    judge->called = false;
    (void)pthread_mutex_unlock(&judge->mutex);
}

static void clock_wake(void *user)
{
    struct judge *judge = user;

    (void)pthread_mutex_lock(&judge->mutex);
    judge->called = true;
    (void)pthread_cond_signal(&judge->call);
    (void)pthread_mutex_unlock(&judge->mutex);
}

/* ---- Requests ---- */

static struct judge *judge_of(struct tl_service *service)
{
    return CONTAINER_OF(service, struct judge, service);
}

static void rename_own(const struct judge *judge, ProtobufCMessage *message)
{
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field_by_name(message->descriptor, "namespace");

    if (field != NULL && field->type == PROTOBUF_C_TYPE_STRING) {
        const char **name = (const char **)(void *)((char *)message + field->offset);

        if (*name != NULL && strcmp(*name, OWN_NAMESPACE) == 0) {
            *name = judge->name_space;
        }
    }
}

static void skip_time(const struct tl_rpc *rpc, ProtobufCMessage *message, Pb__TimeSkippingConfig *config)
{
    if (strcmp(rpc->path, START) == 0) {
        Pb__StartWorkflowExecutionRequest *start = (Pb__StartWorkflowExecutionRequest *)(void *)message;

        start->time_skipping_config = start->time_skipping_config == NULL ? config : start->time_skipping_config;
    } else if (strcmp(rpc->path, SIGNAL_START) == 0) {
        Pb__SignalWithStartWorkflowExecutionRequest *start =
            (Pb__SignalWithStartWorkflowExecutionRequest *)(void *)message;

        start->time_skipping_config = start->time_skipping_config == NULL ? config : start->time_skipping_config;
    }
}

static enum tl_status call_service(
    struct tl_service *self, const struct tl_request *request, tl_reply_fn *on_reply, void *user,
    struct tl_call **out_call)
{
    _Alignas(max_align_t) char copy[LARGEST_REQUEST];
    struct judge *judge = judge_of(self);
    Pb__TimeSkippingConfig config = PB__TIME_SKIPPING_CONFIG__INIT;
    struct tl_request changed = *request;
    size_t size = request->message->descriptor->sizeof_message;

    if (size <= sizeof copy) {
        config.enabled = 1;
        memcpy(copy, request->message, size);
        rename_own(judge, (ProtobufCMessage *)(void *)copy);
        skip_time(request->rpc, (ProtobufCMessage *)(void *)copy, &config);
        changed.message = (const ProtobufCMessage *)(const void *)copy;
    }
    return tl_service_call(channel_service_interface(judge->channel), &changed, on_reply, user, out_call);
}

static void cancel_call(struct tl_service *self, struct tl_call *call)
{
    tl_service_cancel(channel_service_interface(judge_of(self)->channel), call);
}

/* ---- A namespace ---- */

struct registration {
    bool is_over;
    enum tl_status status;
    char text[200];
};

static void on_registered(void *user, struct tl_reply *reply)
{
    struct registration *registration = user;

    registration->is_over = true;
    registration->status = reply->status;
    (void)snprintf(registration->text, sizeof registration->text, "%s", reply->text);
    tl_reply_unref(reply);
}

static int is_registered(void *user)
{
    return ((struct registration *)user)->is_over;
}

static enum tl_status register_namespace(struct judge *judge, struct tl_driver *driver, struct tl_error *error)
{
    struct registration registration = {.text = ""};
    Pb__Duration retention = PB__DURATION__INIT;
    Pb__RegisterNamespaceRequest message = PB__REGISTER_NAMESPACE_REQUEST__INIT;
    const struct tl_request request = {
        .rpc = tl_rpc_find(REGISTER), .message = &message.base, .deadline = tl_driver_now(driver) + CALL_TIMEOUT};

    retention.seconds = RETENTION;
    message.namespace_ = judge->name_space;
    message.workflow_execution_retention_period = &retention;
    enum tl_status status =
        tl_service_call(channel_service_interface(judge->channel), &request, on_registered, &registration, NULL);
    if (status == TL_OK) {
        status = tl_driver_run(driver, is_registered, &registration, 0);
    }
    status = status == TL_OK ? registration.status : status;
    return status == TL_OK ? TL_OK : tl_error_set(error, status, "namespace", "%s", registration.text);
}

/* ---- Life ---- */

static void end(void *user, struct tl_service *service)
{
    struct judge *judge = judge_of(service);

    (void)user;
    channel_service_free(judge->channel);
    (void)pthread_cond_destroy(&judge->call);
    (void)pthread_mutex_destroy(&judge->mutex);
    free(judge);
}

static struct tl_service *begin(void *user, struct tl_driver *driver, struct tl_error *error)
{
    static const struct tl_service_methods methods = {.call = call_service, .cancel = cancel_call};
    static unsigned made;
    struct judge *judge = calloc(1, sizeof *judge);

    (void)user;
    if (judge == NULL) {
        (void)tl_error_set(error, TL_NO_MEMORY, NULL, "out of memory");
        return NULL;
    }
    judge->service.methods = &methods;
    (void)pthread_mutex_init(&judge->mutex, NULL);
    (void)pthread_cond_init(&judge->call, NULL);
    (void)snprintf(judge->name_space, sizeof judge->name_space, "t-%ld-%u", (long)getpid(), ++made);
    const struct tl_clock clock = {.now = clock_now, .wait = clock_wait, .wake = clock_wake, .user = judge};
    tl_driver_follow(driver, &clock);
    judge->channel = channel_service_new(connection_channel(connection), driver);
    if (judge->channel == NULL || register_namespace(judge, driver, error) != TL_OK) {
        end(NULL, &judge->service);
        return NULL;
    }
    return &judge->service;
}

static void disconnect(void)
{
    tl_connection_free(connection);
}

const struct tl_elsewhere *elsewhere_at(const char *address)
{
    static const struct tl_elsewhere elsewhere = {.begin = begin, .end = end};
    const struct tl_connection_options options = {.address = address};
    struct tl_error error;

    if (connection == NULL) {
        connection = tl_connect(&options, &error);
        if (connection == NULL) {
            (void)fprintf(stderr, "%s: %s\n", address, error.message);
            return NULL;
        }
        (void)atexit(disconnect);
    }
    return &elsewhere;
}
