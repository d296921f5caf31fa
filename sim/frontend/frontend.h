/* SPDX-License-Identifier: MIT */
/* A request's way in: is it served, is it well-formed, what is it about. */
#ifndef TIMELAPSE_SIM_FRONTEND_H
#define TIMELAPSE_SIM_FRONTEND_H

#include "sim/service/call.h"
#include "sim/service/token.h"

/* Handles a call: it is answered, or waits, when this returns. message: borrowed until then. */
void sim_frontend_handle(struct tl_call *call, const void *message);

/* False after refusing the call: it names no execution that there could be. */
bool sim_frontend_check_execution(struct tl_call *call, const Pb__WorkflowExecution *execution);

/* The name of who asks is not too long; false after refusing. */
bool sim_frontend_check_identity(struct tl_call *call, const char *identity);

/* The run that a request names; NULL after refusing the call. The second wants it open. */
struct run *sim_frontend_run(struct tl_call *call, const char *name_space, const Pb__WorkflowExecution *execution);
struct run *sim_frontend_open_run(struct tl_call *call, const char *name_space, const Pb__WorkflowExecution *execution);

/*
 * Reads a task token; false after refusing the call: it is forged, of another kind, of another
 * namespace (which may be empty: the token says it), or of one that is deleted. The second wants an open run.
 */
bool sim_frontend_token(
    struct tl_call *call, const char *name_space, const ProtobufCBinaryData *bytes, enum token_kind kind,
    struct token *out, struct run **out_run);
bool sim_frontend_task(
    struct tl_call *call, const char *name_space, const ProtobufCBinaryData *bytes, enum token_kind kind,
    struct token *out, struct run **out_run);

/* Worker versioning is not served: false after refusing options that ask for it. */
bool sim_frontend_allow_deployment(struct tl_call *call, const Pb__WorkerDeploymentOptions *options);

#endif
