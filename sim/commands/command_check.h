/* SPDX-License-Identifier: MIT */
/*
 * The check of one command against the run and against what the commands before it will have done.
 */
#ifndef TIMELAPSE_SIM_COMMAND_CHECK_H
#define TIMELAPSE_SIM_COMMAND_CHECK_H

#include "base/map.h"
#include "sim/commands/commands.h"

/*
 * The state that earlier commands of the batch will have left, as far as later ones depend on it:
 * ids map to the command that last started or ended them. Command i writes event completed_id + 1
 * + i, which is how a later one names an activity scheduled before it.
 */
struct batch {
    const struct run *run;
    Pb__Command *const *commands;
    size_t place; /* of the command being checked */
    int64_t completed_id;
    size_t buffered;       /* events that will still be buffered */
    struct map timers;     /* timer id -> Pb__Command */
    struct map activities; /* activity id -> Pb__Command */
    struct map canceled;   /* scheduled event id -> Pb__Command */
    struct command_fault *fault;
};

typedef enum verdict command_check_fn(struct batch *batch, Pb__Command *command);

/* The check for a command type, or NULL when the type is not served. */
command_check_fn *sim_command_check(int command_type);

#endif
