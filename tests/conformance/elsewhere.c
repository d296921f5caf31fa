/* SPDX-License-Identifier: MIT */
/*
 * The service of an environment that stands on a real server, whose time stands until the environment moves it: the
 * namespace "default" is one of its own there, and the time, which an earlier environment may have moved far, is told
 * as if it began where the environment's does.
 */
#include "tests/conformance/elsewhere.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <temporal/api/operatorservice/v1/request_response.pb-c.h>
#include <timelapse/connection.h>
#include <timelapse/search_attribute.h>
#include <unistd.h>

#include "base/list.h"
#include "model/pb.h"
#include "tests/conformance/still_time.h"
#include "tests/conformance/translated.h"
#include "worker/transport/connection_private.h"
#include "worker/transport/service.h"

#define CLOCK           "TIMELAPSE_CLOCK" /* the address of the real server's */
#define CALLER          "judge-test"      /* metadata: who calls */
#define CALL_TIMEOUT    TL_SECONDS(20)
#define REGISTER        "/temporal.api.workflowservice.v1.WorkflowService/RegisterNamespace"
#define ADD_ATTRIBUTES  "/temporal.api.operatorservice.v1.OperatorService/AddSearchAttributes"
#define OWN_NAMESPACE   "default"
#define RETENTION       (36500LL * 86400) /* what time skips is kept */
#define LARGEST_REQUEST 2048
#define MOST_METADATA   8
#define MOST_TRIES      1000 /* on the way to a time, which has deadlines of former environments */
#define MOST_ATTRIBUTES 32

struct judge {
    struct tl_service service; /* first: what the environment calls */
    struct channel_service *channel;
    struct list calls; /* that are open */
    struct caller caller;
    struct translation translation;
    char name_space[64];
};

/* One that is open. All are counted: the server's world rests when it has seen as many. */
struct open_call {
    struct list_node node;
    struct judge *judge;
    tl_reply_fn *on_reply;
    void *user;
};

static struct tl_connection *connection;

static struct judge *judge_of(struct tl_service *service)
{
    return CONTAINER_OF(service, struct judge, service);
}

/* ---- The clock ---- */

static tl_time clock_now(void *user)
{
    const struct judge *judge = user;

    return still_time_now() - judge->translation.ahead;
}

static tl_time theirs(const struct judge *judge, tl_time time)
{
    return time == TL_NEVER ? TL_NEVER : time + judge->translation.ahead;
}

static enum tl_world clock_go_on(void *user, const struct tl_leg *leg)
{
    const struct judge *judge = user;
    const struct tl_leg there = {.to = theirs(judge, leg->to), .stop = theirs(judge, leg->stop), .kinds = leg->kinds};

    return still_time_go_on(&judge->caller, &there);
}

static void clock_wake(void *user)
{
    (void)user; /* an answered call is news that the server's side has first */
}

/* ---- Calls ---- */

static void close_call(struct open_call *call)
{
    list_remove(&call->node);
    call->judge->caller.ended++;
    free(call);
}

static void on_answered(void *user, struct tl_reply *reply)
{
    struct open_call *call = user;
    const struct open_call answered = *call;

    close_call(call);
    if (reply->message != NULL) {
        union {
            const ProtobufCMessage *read;
            ProtobufCMessage *written;
        } message = {reply->message}; /* nobody has seen it yet */

        translate_reply(&answered.judge->translation, message.written);
    }
    answered.on_reply(answered.user, reply);
}

static enum tl_status call_service(
    struct tl_service *self, const struct tl_request *request, tl_reply_fn *on_reply, void *user,
    struct tl_call **out_call)
{
    _Alignas(max_align_t) char copy[LARGEST_REQUEST];
    struct judge *judge = judge_of(self);
    struct tl_metadata metadata[MOST_METADATA];
    struct tl_request changed = *request;
    size_t size = request->message->descriptor->sizeof_message;
    struct open_call *call = malloc(sizeof *call);

    if (call == NULL || size > sizeof copy || request->metadata_count >= MOST_METADATA) {
        free(call);
        return TL_NO_MEMORY;
    }
    memcpy(copy, request->message, size);
    translate_request(&judge->translation, (ProtobufCMessage *)(void *)copy);
    changed.message = (const ProtobufCMessage *)(const void *)copy;
    for (size_t i = 0; i < request->metadata_count; i++) {
        metadata[i] = request->metadata[i];
    }
    metadata[changed.metadata_count++] =
        (struct tl_metadata){.key = CALLER, .value = {(const uint8_t *)judge->name_space, strlen(judge->name_space)}};
    changed.metadata = metadata;
    *call = (struct open_call){.judge = judge, .on_reply = on_reply, .user = user};
    list_append(&judge->calls, &call->node);
    judge->caller.begun++;
    enum tl_status status =
        tl_service_call(channel_service_interface(judge->channel), &changed, on_answered, call, out_call);
    if (status != TL_OK) {
        judge->caller.begun--;
        close_call(call);
        judge->caller.ended--;
    }
    return status;
}

static void cancel_call(struct tl_service *self, struct tl_call *call)
{
    tl_service_cancel(channel_service_interface(judge_of(self)->channel), call);
}

/* ---- A namespace ---- */

struct question {
    bool is_over;
    enum tl_status status;
    char text[200];
};

static void on_reply(void *user, struct tl_reply *reply)
{
    struct question *question = user;

    question->is_over = true;
    question->status = reply->status;
    (void)snprintf(question->text, sizeof question->text, "%s", reply->text);
    tl_reply_unref(reply);
}

static int is_over(void *user)
{
    return ((struct question *)user)->is_over;
}

static enum tl_status
ask(struct judge *judge, struct tl_driver *driver, const char *path, const ProtobufCMessage *message,
    struct tl_error *error)
{
    struct question question = {.text = ""};
    const struct tl_request request = {
        .rpc = tl_rpc_find(path), .message = message, .deadline = tl_driver_now(driver) + CALL_TIMEOUT};
    enum tl_status status = tl_service_call(&judge->service, &request, on_reply, &question, NULL);

    if (status == TL_OK) {
        status = tl_driver_run(driver, is_over, &question, 0);
    }
    status = status == TL_OK ? question.status : status;
    return status == TL_OK ? TL_OK : tl_error_set(error, status, NULL, "%s: %s", path, question.text);
}

static enum tl_status register_namespace(struct judge *judge, struct tl_driver *driver, struct tl_error *error)
{
    Pb__Duration retention = PB__DURATION__INIT;
    Pb__RegisterNamespaceRequest message = PB__REGISTER_NAMESPACE_REQUEST__INIT;

    retention.seconds = RETENTION;
    message.namespace_ = judge->name_space;
    message.workflow_execution_retention_period = &retention;
    return ask(judge, driver, REGISTER, &message.base, error);
}

static enum tl_status add_attributes(
    struct judge *judge, struct tl_driver *driver, const struct tl_search_definition *wanted, struct tl_error *error)
{
    Pb__AddSearchAttributesRequest__SearchAttributesEntry entries[MOST_ATTRIBUTES];
    Pb__AddSearchAttributesRequest__SearchAttributesEntry *pointers[MOST_ATTRIBUTES];
    Pb__AddSearchAttributesRequest message = PB__ADD_SEARCH_ATTRIBUTES_REQUEST__INIT;
    char names[MOST_ATTRIBUTES][64];
    size_t count = 0;

    for (; wanted != NULL && wanted[count].name != NULL && count < MOST_ATTRIBUTES; count++) {
        (void)snprintf(names[count], sizeof names[count], "%s", wanted[count].name);
        pb__add_search_attributes_request__search_attributes_entry__init(&entries[count]);
        entries[count].key = names[count];
        entries[count].value = (Pb__IndexedValueType)wanted[count].type;
        pointers[count] = &entries[count];
    }
    message.namespace_ = judge->name_space;
    message.search_attributes = pointers;
    message.n_search_attributes = count;
    return count == 0 ? TL_OK : ask(judge, driver, ADD_ATTRIBUTES, &message.base, error);
}

/* ---- Life ---- */

/* The server keeps its tasks by the millisecond: an environment's time begins with a whole second of its. */
static void go_to_whole_second(const struct judge *judge)
{
    tl_time to = still_time_now() + TL_SECONDS(1);
    const struct tl_leg leg = {.to = to - to % TL_SECONDS(1), .stop = TL_NEVER};

    for (int tries = 0; tries < MOST_TRIES && still_time_now() < leg.to; tries++) {
        (void)still_time_go_on(&judge->caller, &leg);
    }
}

static void end(void *user, struct tl_service *service)
{
    struct judge *judge = judge_of(service);

    (void)user;
    channel_service_free(judge->channel);
    while (!list_is_empty(&judge->calls)) {
        close_call(LIST_ITEM(judge->calls.head.next, struct open_call, node)); /* NOLINT(clang-analyzer-unix.Malloc) */
    }
    free(judge);
}

static struct tl_service *
begin(void *user, struct tl_driver *driver, const struct tl_search_definition *attributes, struct tl_error *error)
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
    list_init(&judge->calls);
    (void)snprintf(judge->name_space, sizeof judge->name_space, "test-%ld-%u", (long)getpid(), ++made);
    judge->caller.name = judge->name_space;
    go_to_whole_second(judge);
    judge->translation = (struct translation){
        .ours = OWN_NAMESPACE, .theirs = judge->name_space, .ahead = still_time_now() - tl_driver_now(driver)};
    const struct tl_clock clock = {.now = clock_now, .go_on = clock_go_on, .wake = clock_wake, .user = judge};
    tl_driver_follow(driver, &clock);
    judge->channel = channel_service_new(connection_channel(connection), driver);
    if (judge->channel == NULL || register_namespace(judge, driver, error) != TL_OK ||
        add_attributes(judge, driver, attributes, error) != TL_OK) {
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
    const char *clock = getenv(CLOCK);
    struct tl_error error;

    if (connection == NULL) {
        if (clock == NULL || !still_time_connect(clock)) {
            (void)fprintf(stderr, CLOCK " names no clock\n");
            return NULL;
        }
        connection = tl_connect(&options, &error);
        if (connection == NULL) {
            (void)fprintf(stderr, "%s: %s\n", address, error.message);
            return NULL;
        }
        (void)atexit(disconnect);
    }
    return &elsewhere;
}
