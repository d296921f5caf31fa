/* SPDX-License-Identifier: MIT */
/* A signal as it comes to a run. */
#ifndef TIMELAPSE_SIM_SIGNAL_MACHINE_H
#define TIMELAPSE_SIM_SIGNAL_MACHINE_H

#include "sim/service/run.h"

/* Everything is copied. */
struct signal {
    const char *name;
    const Pb__Payloads *input;
    const Pb__Header *header;
    const char *identity;
    const char *request_id; /* empty: it may come again */
    size_t link_count;
    Pb__Link *const *links;
};

/* Why a run takes no signal now. */
enum signal_refusal {
    SIGNAL_WELCOME,
    SIGNAL_TOO_MANY,
    SIGNAL_CLOSING /* its worker tries to close it: whoever signals should try again */
};

/* The run is open. */
enum signal_refusal sim_signal_refusal(const struct run *run);

/* Whether a signal of that request was seen before; an empty id never was. */
bool sim_signal_is_known(const struct run *run, const char *request_id);

/* Writes or buffers WorkflowExecutionSignaled. */
void sim_signal_add(struct run *run, const struct signal *signal);

#endif
