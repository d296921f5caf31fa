/* SPDX-License-Identifier: MIT */
/* What a worker with threads takes, served by another process. */
#ifndef TIMELAPSE_BENCH_TRANSPORT_WORKER_H
#define TIMELAPSE_BENCH_TRANSPORT_WORKER_H

struct other;

/* Resident memory of this process with ten thousand cached workflows; before all else, whose memory would serve it. */
void bench_cached(struct other *other);

/* CPU time of a workflow task, less that of two echoes. */
void bench_task(struct other *other);

#endif
