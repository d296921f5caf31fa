/* SPDX-License-Identifier: MIT */
/*
 * The rpc table, generated from the service descriptors: WorkflowService, OperatorService,
 * TestService, then grpc.health.v1 (RPC_HealthCheck).
 */
#ifndef TIMELAPSE_MODEL_RPC_H
#define TIMELAPSE_MODEL_RPC_H

#include <timelapse/service.h>

#include "model/rpc_names.h" /* generated: enum rpc { RPC_StartWorkflowExecution, ..., RPC_COUNT } */

extern const struct tl_rpc rpc_table[];

/* Indexes into rpc_table in the order of their paths. */
extern const unsigned short rpc_by_path[];

#endif
