/* SPDX-License-Identifier: MIT */
/* Every row of every machine of the service, machine by machine, for test_machine_rows.c. */
#ifndef TIMELAPSE_TESTS_SIM_MACHINE_ROWS_H
#define TIMELAPSE_TESTS_SIM_MACHINE_ROWS_H

#include "tests/lib/service_client.h"

/* Each ends with NULL; each scenario gets a client of its own. */
extern void (*const run_rows[])(struct service_client *client);
extern void (*const workflow_task_rows[])(struct service_client *client);
extern void (*const activity_rows[])(struct service_client *client);
extern void (*const timer_rows[])(struct service_client *client);
extern void (*const query_rows[])(struct service_client *client);

/* ---- How several begin ---- */

Pb__Command *rows_charge(struct service_client *client);

/* A workflow with one activity, whose ActivityTaskScheduled is event 5; with a timer "1" of five seconds. */
void rows_with_activity(struct service_client *client);
void rows_with_timer(struct service_client *client);

/* A workflow whose runs end after a minute. */
void rows_with_run_timeout(struct service_client *client);

/* The task that a signal brings; and its completion with a command. */
workflow_task rows_next_task(struct service_client *client);
void rows_then(struct service_client *client, Pb__Command *command);

#endif
