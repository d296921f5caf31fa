/* SPDX-License-Identifier: MIT */
/*
 * Polling with heartbeats and resume: an export runs elsewhere, for hours. An activity asks every ten seconds how
 * far it is and tells the service by its heartbeats, so that an attempt on another worker goes on from there when this
 * one dies, and so that it hears of a cancellation.
 *
 *   input    "export-7"
 *   result   {"rows": 120000}
 */
#ifndef POLLING_H
#define POLLING_H

#include <stdbool.h>
#include <stdint.h>
#include <timelapse/registry.h>
#include <timelapse/time.h>

#define EXPORT        "Export"
#define POLL_INTERVAL TL_SECONDS(10)

/* Who is asked: fetches the rows behind `row`, returns how many there are now; *out_done once there will be no more. */
struct exporter {
    int64_t (*fetch)(struct exporter *exporter, const char *name, int64_t row, bool *out_done);
};

/* The workflow alone; and the activity, with whom it asks. */
tl_register_fn polling_register_workflow;
void polling_register_activity(struct tl_registry *registry, struct exporter *exporter);

#endif
