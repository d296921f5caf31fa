/* SPDX-License-Identifier: MIT */
/* What a client and a worker by hand do to a server: requests with the usual in them. */
#ifndef TIMELAPSE_TESTS_SERVER_FLOWS_H
#define TIMELAPSE_TESTS_SERVER_FLOWS_H

#include "tests/server/caller.h"

/* Starts workflow `id` on queue "q". */
void flow_start(struct caller *caller, const char *id);

/* Takes its next workflow task; fails the test when there is none. */
const Pb__PollWorkflowTaskQueueResponse *flow_take(struct caller *worker);

/* Ends a workflow task with commands; a timer "t" of so long; an activity "a" on "q" with start-to-close of so long. */
void flow_complete(
    struct caller *worker, const Pb__PollWorkflowTaskQueueResponse *task, Pb__Command *const *commands, size_t count);
Pb__Command *flow_timer(struct station *station, const char *id, tl_duration duration);
Pb__Command *flow_activity(struct station *station, const char *id, tl_duration start_to_close);
Pb__Command *flow_result(struct station *station);

/* Takes an activity task; completes it, whatever comes of that. */
const Pb__PollActivityTaskQueueResponse *flow_take_activity(struct caller *worker);
int flow_complete_activity(struct caller *worker, const Pb__PollActivityTaskQueueResponse *task);

/* Waits for the run's end, as a client's result() does. */
struct asked_call *flow_await(struct caller *caller, const char *id);

/* TestService. The first three answer grpc's code, or -1 while there is none. */
struct asked_call *time_ask(struct caller *caller, const char *method);
int time_lock(struct caller *caller);
int time_unlock(struct caller *caller);
struct asked_call *time_sleep(struct caller *caller, tl_duration duration);
struct asked_call *time_unlock_with_sleep(struct caller *caller, tl_duration duration);

#endif
