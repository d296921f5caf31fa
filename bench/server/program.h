/* SPDX-License-Identifier: MIT */
/* timelapse-server as a process of its own, so that its memory and its CPU time are its alone. */
#ifndef TIMELAPSE_BENCH_SERVER_PROGRAM_H
#define TIMELAPSE_BENCH_SERVER_PROGRAM_H

#include <stddef.h>
#include <sys/types.h>

#define PROGRAM_ADDRESS_SIZE 32

struct program {
    pid_t pid;
    char address[PROGRAM_ADDRESS_SIZE]; /* "127.0.0.1:PORT" */
};

/* Starts `path` on a free port, and waits until it has told which. Ends this program when it does not. */
struct program program_start(const char *path);

void program_stop(const struct program *program);

/* Resident memory in bytes; CPU time so far, in seconds. */
size_t program_resident(const struct program *program);
double program_cpu(const struct program *program);

#endif
