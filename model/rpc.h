/* SPDX-License-Identifier: MIT */
/* The rpc table, generated from the service descriptors. */
#ifndef TIMELAPSE_MODEL_RPC_H
#define TIMELAPSE_MODEL_RPC_H

#include <timelapse/service.h>

#include "model/rpc_names.h" /* generated: enum rpc { RPC_StartWorkflowExecution, ..., RPC_COUNT } */

extern const struct tl_rpc rpc_table[];

#endif
