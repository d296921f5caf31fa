/* SPDX-License-Identifier: MIT */
/*
 * A load that is made to be interrupted: workflows of several shapes, whose activities leave their effects in a file,
 * each under its idempotency key. Whatever happens to worker, server and connections, each effect is there once.
 */
#ifndef TIMELAPSE_TESTS_KILLING_LOAD_H
#define TIMELAPSE_TESTS_KILLING_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <timelapse/registry.h>
#include <timelapse/status.h>

#define KILLING_QUEUE "killing"
#define GO_SIGNAL     "Go"

#define FAN_WIDTH      8
#define ASKED_SIGNALS  3
#define SEQUENCE_STEPS 6
#define ROWS           15
#define CHAIN_RUNS     4

/* What a workflow of each shape has done when it is closed. */
struct shape {
    const char *type;
    enum tl_status outcome; /* of tl_handle_result */
    size_t effects;
    size_t signals; /* sent to it */
    bool is_canceled;
};

extern const struct shape shapes[];
extern const size_t shape_count;

struct ledger;
struct tl_connection;

/*
 * Where TEMPORAL_ADDRESS says. A connection that has fallen silent is found out in 12 s: servers want no pings more
 * often than every 10 s. NULL when there is none to be had.
 */
struct tl_connection *load_connect(struct tl_error *error);

void load_register_workflows(struct tl_registry *registry);
void load_register_activities(struct tl_registry *registry, struct ledger *ledger);

#endif
