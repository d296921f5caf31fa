/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <timelapse/connection.h>

#include "bench/server/figures.h"
#include "bench/server/program.h"
#include "bench/transport/report.h"

#define RUNS            21
#define FIRST_ANSWER_MS 20
#define RESIDENT_MIB    15

/* tl_connect has asked for the system's information when it returns, and for the namespace, which is one call more. */
static double first_answer(const char *path, size_t *resident)
{
    double from = wall_seconds();
    struct program program = program_start(path);
    struct tl_connection *connection = tl_connect(&(struct tl_connection_options){.address = program.address}, NULL);
    double took = wall_seconds() - from;

    require(connection != NULL, "no connection");
    *resident = program_resident(&program);
    tl_connection_free(connection);
    program_stop(&program);
    return took * 1e3;
}

void figure_start(const char *path, const char *edition)
{
    char name[64];
    double times[RUNS];
    size_t resident;

    (void)first_answer(path, &resident); /* the client's own first time counts for nothing */
    for (size_t i = 0; i < RUNS; i++) {
        times[i] = first_answer(path, &resident);
    }
    (void)snprintf(name, sizeof(name), "server_first_answer_%s", edition);
    report_limited(name, median(times, RUNS), "ms", FIRST_ANSWER_MS);
    (void)snprintf(name, sizeof(name), "server_resident_idle_%s", edition);
    report_limited(name, (double)resident / (1 << 20), "MiB", RESIDENT_MIB);
}
