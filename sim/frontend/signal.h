/* SPDX-License-Identifier: MIT */
#ifndef TIMELAPSE_SIM_SIGNAL_H
#define TIMELAPSE_SIM_SIGNAL_H

#include "sim/machines/signal.h"

struct tl_call;

void sim_signal_workflow_execution(struct tl_call *call, const void *message);

/* What every signal is checked for; input may be NULL. TL_OK, or an error that names the field. */
TL_MUST_CHECK enum tl_status sim_signal_check(struct tl_error *error, const struct signal *signal);

/* Whether the open run takes the signal now; false after refusing the call. */
bool sim_signal_is_welcome(struct tl_call *call, const struct run *run);

#endif
