/* SPDX-License-Identifier: MIT */
/* What is measured of timelapse-server; each prints its figures. `path`: the program. */
#ifndef TIMELAPSE_BENCH_SERVER_FIGURES_H
#define TIMELAPSE_BENCH_SERVER_FIGURES_H

#include <stddef.h>

/* From exec to the first answered call, and what is resident then. edition: for the figures' names. */
void figure_start(const char *path, const char *edition);

/* Workflows a second: client and worker in this process, each on a connection of its own, or eagerly on one. */
void figure_throughput(const char *path);

/* A day that a workflow sleeps. */
void figure_day(const char *path);

/* A call's latency beside many open workflows. */
void figure_open(const char *path);

/* Long polls that are held. */
void figure_polls(const char *path);

#endif
