/* SPDX-License-Identifier: MIT */
/*
 * A worker whose every call the test makes itself: for what services make of answers that our worker never gives. Its
 * task queue is "by-hand", its workflow "w", of type "ByHand". Requests are JSON, printf-formatted; a namespace is
 * added.
 */
#ifndef TIMELAPSE_TESTS_SCENARIOS_BY_HAND_H
#define TIMELAPSE_TESTS_SCENARIOS_BY_HAND_H

#include <timelapse/env.h>

#include "model/pb.h"
#include "model/rpc.h"

/* Where it looks for tasks, as a member of requests. */
#define HAND_QUEUE_NAMED "{\"name\": \"by-hand\"}"
#define HAND_QUEUE       "\"taskQueue\": " HAND_QUEUE_NAMED

/* Before anything else of a test; what earlier tests were given is gone. */
void hand_open(struct tl_env *env);

/* The answer, which lives until the next hand_open; it must be TL_OK. Time passes while a poll waits. */
const void *hand_ask(unsigned rpc, const char *format, ...) TL_PRINTF(2, 3);

/* The same of a call that must be refused with `status`. */
void hand_ask_in_vain(enum tl_status status, unsigned rpc, const char *format, ...) TL_PRINTF(3, 4);

/*
 * Starts the workflow; members: more of the request, each with a comma behind it, or "". The handle is the client's.
 */
struct tl_handle *hand_start(const char *members);

/* Takes the next task that comes; its token, for requests. queue: the message, in JSON, of another one. */
const char *hand_workflow_task(void);
const char *hand_workflow_task_of(const char *queue);
const char *hand_activity_task(void);

/* Polls for two seconds where there is no task: the service knows then that somebody is there. */
void hand_show_up(const char *queue);

/* That of the task that came with the start's answer. */
const char *hand_eager_task(void);

/* Answers a workflow task, with the commands of an array; that is accepted, or refused. */
void hand_complete(const char *token, const char *commands);
void hand_complete_in_vain(const char *token, const char *commands);

/* A command, whose attributes are empty but for `members`; and one that has none at all. */
#define HAND_COMMAND(TYPE, attributes, members)                                                                        \
    "{\"commandType\": \"COMMAND_TYPE_" TYPE "\", \"" attributes "CommandAttributes\": {" members "}}"
#define HAND_COMPLETION HAND_COMMAND("COMPLETE_WORKFLOW_EXECUTION", "completeWorkflowExecution", "")

#endif
