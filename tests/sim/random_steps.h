/* SPDX-License-Identifier: MIT */
/* The requests themselves: each step makes one, sends it, and sometimes lets the world go on. */
#ifndef TIMELAPSE_TESTS_RANDOM_STEPS_H
#define TIMELAPSE_TESTS_RANDOM_STEPS_H

#include "tests/sim/random_requests.h"

#define RANDOM_WORKFLOWS 24

/* What requests name. Two namespaces, one of them registered on the way, and sometimes one that is not there. */
char *random_text(struct random_requests *requests, const char *value);
char *random_space(struct random_requests *requests);
char *random_workflow_id(struct random_requests *requests);
Pb__TaskQueue *random_queue(struct random_requests *requests, bool sticky);
Pb__Failure *random_failure(struct random_requests *requests);

/* The newest run, most often. */
Pb__WorkflowExecution *random_execution(struct random_requests *requests);

#define RANDOM_NEW(Type, lower) PB_NEW(&requests->scratch, Pb__##Type, pb__##lower)

#define NEW_REQUEST(Type, lower)                                                                                       \
    Pb__##Type##Request *request = RANDOM_NEW(Type##Request, lower##_request);                                         \
    request->namespace_ = random_space(requests)

/* random_clients.c */
void random_start(struct random_requests *requests);
void random_signal(struct random_requests *requests);
void random_signal_with_start(struct random_requests *requests);
void random_cancel(struct random_requests *requests);
void random_terminate(struct random_requests *requests);
void random_query(struct random_requests *requests);
void random_describe(struct random_requests *requests);
void random_history(struct random_requests *requests);
void random_reverse_history(struct random_requests *requests);
void random_forward(struct random_requests *requests);

/* random_workers.c */
void random_poll(struct random_requests *requests);
void random_activity_poll(struct random_requests *requests);
void random_shutdown(struct random_requests *requests);
void random_reset_sticky(struct random_requests *requests);
void random_work(struct random_requests *requests);
void random_activity_work(struct random_requests *requests);
void random_complete(struct random_requests *requests);
void random_fail_task(struct random_requests *requests);
void random_complete_activity(struct random_requests *requests);
void random_fail_activity(struct random_requests *requests);
void random_cancel_activity(struct random_requests *requests);
void random_heartbeat(struct random_requests *requests);
void random_by_id(struct random_requests *requests);

/* random_system.c */
void random_register(struct random_requests *requests);
void random_system(struct random_requests *requests);

#endif
