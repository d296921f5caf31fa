/* SPDX-License-Identifier: MIT */
/* Temporal's own services, WorkflowService and OperatorService: the simulator of the call's universe answers. */
#ifndef TIMELAPSE_SIM_SERVER_WORKFLOW_SERVICE_H
#define TIMELAPSE_SIM_SERVER_WORKFLOW_SERVICE_H

#include "sim/server/exchange.h"

extern const struct handler workflow_service_handler;

#endif
