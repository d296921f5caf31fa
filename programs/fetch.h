/* SPDX-License-Identifier: MIT */
/* `timelapse history fetch`: histories of a service, kept as fixtures. */
#ifndef TIMELAPSE_PROGRAMS_FETCH_H
#define TIMELAPSE_PROGRAMS_FETCH_H

#include <stdio.h>
#include <timelapse/client.h>

struct fetch_request {
    const char *workflow_id; /* one run; NULL: those of the query */
    const char *run_id;      /* NULL: the latest */
    const char *query;
    const char *directory; /* is made when it is not there */
    int strip_payloads;
};

/*
 * Asks the client for the histories, and writes each to DIRECTORY/<workflow id>.<run id>.json, with its sidecar
 * .meta.json: beside, synced, renamed. Characters that file names should not have become _. Names of what was written
 * go to `out`, complaints to `err`. Stops at the first that fails. Returns an exit code (history_command.h).
 */
int fetch_histories(struct tl_client *client, const struct fetch_request *request, FILE *out, FILE *err);

#endif
