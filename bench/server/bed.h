/* SPDX-License-Identifier: MIT */
/* A worker of this process on timelapse-server, and what it runs: "Order", one activity; "Days", as many as are asked.
 */
#ifndef TIMELAPSE_BENCH_SERVER_BED_H
#define TIMELAPSE_BENCH_SERVER_BED_H

#include <timelapse/client.h>
#include <timelapse/connection.h>
#include <timelapse/worker_run.h>

#define BED_QUEUE "bench"
#define BED_DAYS  100

struct bed {
    struct tl_connection *connection;
    struct tl_registry *registry;
    struct tl_worker *worker;
};

/* pollers: of each kind. */
struct bed bed_open(const char *address, size_t pollers);
void bed_close(struct bed *bed);

struct tl_connection *bed_connect(const char *address);
struct tl_client *bed_client(struct tl_connection *connection);

/* Starts one and waits for its result. eager: its first task comes with the answer. */
void bed_run(struct tl_client *client, const char *type, const char *id, int eager);

#endif
