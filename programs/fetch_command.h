/* SPDX-License-Identifier: MIT */
/* `timelapse history fetch`: its options, and the client that they are carried out with. */
#ifndef TIMELAPSE_PROGRAMS_FETCH_COMMAND_H
#define TIMELAPSE_PROGRAMS_FETCH_COMMAND_H

#include "fetch.h"

/*
 * Makes a client as the environment says, and calls fetch_histories with it and what else is here. Returns an exit
 * code.
 */
typedef int fetch_connected_fn(const struct fetch_request *request, FILE *out, FILE *err);

/* argv[0] is "fetch". Answers go to `out`, complaints to `err`. Returns an exit code (history_command.h). */
int fetch_command(int argc, char **argv, fetch_connected_fn *fetch, FILE *out, FILE *err);

/* The one of the program: connects with tl_connect(NULL), or says that it was built without connections. */
int fetch_connected(const struct fetch_request *request, FILE *out, FILE *err);

#endif
