/* SPDX-License-Identifier: MIT */
/*
 * A caller of the simulator's service at its boundary: builds requests, steps the driver, shows
 * histories as text. Everything it returns lives until service_client_close.
 */
#ifndef TIMELAPSE_TESTS_SERVICE_CLIENT_H
#define TIMELAPSE_TESTS_SERVICE_CLIENT_H

#include <stdbool.h>
#include <timelapse/sim.h>

#include "base/arena.h"
#include "base/list.h"
#include "model/pb.h"
#include "model/rpc.h"

#define QUEUE    "orders"
#define WORKFLOW "order-1"

struct service_client {
    struct tl_driver *driver;
    struct tl_sim *sim;
    struct tl_service *service;
    struct arena arena;
    struct list calls; /* struct pending */
    bool checked;      /* run the oracles after every step; on unless switched off */
    bool wire;
};

/* A call that was sent. */
struct pending {
    struct service_client *client;
    struct list_node node;
    struct tl_call *call;   /* valid until the reply is there */
    struct tl_reply *reply; /* NULL until then */
};

/* driver: NULL for one with seed 1; taken over. NULL in *out->driver when memory ran out. */
void service_client_open(struct service_client *client, const struct tl_driver_options *driver, bool wire);
void service_client_close(struct service_client *client);

/* Begins again with an empty service that has these options; over the wire as before. */
void service_client_renew(struct service_client *client, const struct tl_sim_options *options);

/* ---- Calls ---- */

/* Sends without waiting. */
struct pending *client_send(struct service_client *client, unsigned rpc, const void *request);
struct pending *client_send_until(struct service_client *client, unsigned rpc, const void *request, tl_time deadline);

/* Sends, and steps until the answer is there, without moving the clock. Fails the test when none comes. */
const struct tl_reply *client_ask(struct service_client *client, unsigned rpc, const void *request);

/* The message of a reply that must be TL_OK; fails the test with its text otherwise. */
const void *client_message(const struct tl_reply *reply);

/* As client_ask, and the reply must be TL_OK. */
const void *client_must(struct service_client *client, unsigned rpc, const void *request);

/* Steps until nothing is ready. */
void client_run(struct service_client *client);

/* Lets virtual time pass, stopping at every deadline on the way. */
void client_pass(struct service_client *client, tl_duration duration);

/* Jumps to the next waking deadline and runs; false when there is none. */
bool client_skip(struct service_client *client);

/* ---- Requests; the fields can be changed before they are sent ---- */

Pb__StartWorkflowExecutionRequest *client_start_request(struct service_client *client, const char *workflow_id);
Pb__PollWorkflowTaskQueueRequest *client_poll_request(struct service_client *client, const char *sticky);
Pb__PollActivityTaskQueueRequest *client_activity_poll_request(struct service_client *client);
Pb__SignalWorkflowExecutionRequest *
client_signal_request(struct service_client *client, const char *workflow_id, const char *signal);
Pb__RequestCancelWorkflowExecutionRequest *
client_cancel_request(struct service_client *client, const char *workflow_id);
Pb__TerminateWorkflowExecutionRequest *client_terminate_request(struct service_client *client, const char *workflow_id);
Pb__GetWorkflowExecutionHistoryRequest *client_history_request(struct service_client *client, const char *workflow_id);
Pb__RespondWorkflowTaskCompletedRequest *
client_completion(struct service_client *client, const Pb__PollWorkflowTaskQueueResponse *task);
Pb__WorkflowExecution *client_execution(struct service_client *client, const char *workflow_id, const char *run_id);

/* ---- The usual ---- */

typedef const Pb__PollWorkflowTaskQueueResponse *workflow_task;
typedef const Pb__PollActivityTaskQueueResponse *activity_task;

/* Starts a workflow of type "OrderSaga"; returns its run id. */
const char *client_start(struct service_client *client, const char *workflow_id);

/* Polls, and takes the task that is there; NULL when there is none: then the poll is given up. sticky: NULL for none.
 */
workflow_task client_poll(struct service_client *client, const char *sticky);
activity_task client_poll_activity(struct service_client *client);

/* Completes a task with commands; the second with a sticky queue. Both must be accepted. */
const Pb__RespondWorkflowTaskCompletedResponse *
client_complete(struct service_client *client, workflow_task task, size_t count, Pb__Command *const *commands);
const Pb__RespondWorkflowTaskCompletedResponse *client_complete_sticky(
    struct service_client *client, workflow_task task, const char *sticky, size_t count, Pb__Command *const *commands);

#define COMMANDS(...)                                                                                                  \
    (sizeof((Pb__Command *const[]){__VA_ARGS__}) / sizeof(Pb__Command *)), ((Pb__Command *const[]){__VA_ARGS__})
#define NO_COMMANDS 0, NULL

/* Completes with commands that are refused; returns the reply. */
const struct tl_reply *
client_refused(struct service_client *client, workflow_task task, size_t count, Pb__Command *const *commands);

/* Starts a workflow, takes its first task and completes it with commands. */
void client_begin(struct service_client *client, const char *workflow_id, size_t count, Pb__Command *const *commands);

const struct tl_reply *client_fail_task(struct service_client *client, workflow_task task, int cause);
void client_signal(struct service_client *client, const char *workflow_id, const char *signal);
void client_cancel(struct service_client *client, const char *workflow_id);
void client_terminate(struct service_client *client, const char *workflow_id);

const struct tl_reply *client_complete_activity(struct service_client *client, activity_task task);
const struct tl_reply *
client_fail_activity(struct service_client *client, activity_task task, const char *type, bool non_retryable);
const struct tl_reply *client_cancel_activity(struct service_client *client, activity_task task);

/* Returns whether cancellation was requested. details: JSON, or NULL. */
bool client_heartbeat(struct service_client *client, activity_task task, const char *details);

/* ---- Commands ---- */

Pb__Command *command_activity(struct service_client *client, const char *id, const char *type);
Pb__Command *command_cancel_activity(struct service_client *client, int64_t scheduled_event_id);
Pb__Command *command_timer(struct service_client *client, const char *id, tl_duration duration);
Pb__Command *command_cancel_timer(struct service_client *client, const char *id);
Pb__Command *command_marker(struct service_client *client, const char *name);
Pb__Command *command_complete(struct service_client *client);
Pb__Command *command_fail(struct service_client *client, const char *type);
Pb__Command *command_cancel(struct service_client *client);

Pb__Duration *client_duration(struct service_client *client, tl_duration duration);
Pb__Payloads *client_json(struct service_client *client, const char *json);
char *client_text(struct service_client *client, const char *format, ...) TL_PRINTF(2, 3);

/* A string of `length` letters. */
char *client_long_text(struct service_client *client, size_t length);

/* ---- Histories ---- */

/* The newest run's, in memory. */
struct tl_history *client_history(struct service_client *client, const char *workflow_id);
const Pb__HistoryEvent *client_event(struct service_client *client, const char *workflow_id, int64_t id);

/* One line an event: "5 ActivityTaskScheduled ChargeCard#1". */
const char *client_show(struct service_client *client, size_t count, Pb__HistoryEvent *const *events);

/* The newest run's history is `expected`, or its events from `first` on are. */
#define assert_history(client, workflow_id, expected) assert_history_from(client, workflow_id, 1, expected)
#define assert_history_from(client, workflow_id, first, expected)                                                      \
    client_assert_history(client, workflow_id, first, expected, __FILE__, __LINE__)
void client_assert_history(
    struct service_client *client, const char *workflow_id, int64_t first, const char *expected, const char *file,
    int line);

/* The reply was refused with that status and a text that contains `part`. */
#define assert_refused(reply, expected, part) client_assert_refused(reply, expected, part, __FILE__, __LINE__)
void client_assert_refused(
    const struct tl_reply *reply, enum tl_status expected, const char *part, const char *file, int line);

/* The detail of a refusal, of that type; fails the test when it has none. */
const void *
client_details(struct service_client *client, const struct tl_reply *reply, const ProtobufCMessageDescriptor *type);

/* Both messages say the same. */
#define assert_same(left, right) client_assert_same(left, right, __FILE__, __LINE__)
void client_assert_same(const void *left, const void *right, const char *file, int line);

/* ---- As a cmocka fixture: *state is a struct service_client ---- */

int service_client_setup(void **state);
int service_client_setup_wire(void **state);
int service_client_teardown(void **state);

/* One test, run over the service as it is and over the wire. */
#define SERVICE_TEST(test)                                                                                             \
    {#test, test, service_client_setup, service_client_teardown, NULL},                                                \
    {                                                                                                                  \
#test " over the wire", test, service_client_setup_wire, service_client_teardown, NULL                         \
    }

#endif
