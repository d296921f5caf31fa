/* SPDX-License-Identifier: MIT */
/* What the parts of bad-input share. */
#ifndef TIMELAPSE_CONFORMANCE_BAD_INPUT_H
#define TIMELAPSE_CONFORMANCE_BAD_INPUT_H

#include <stdbool.h>

/* Prints the line of a case, and counts it. */
void report(bool good, const char *what, const char *told);

/* Of the environment; ends the program where it is not set. */
const char *variable(const char *name);

/* A file of JUDGE_CERTIFICATES. NULL for no name; else freed by the caller. */
char *read_pem(const char *name, const char *suffix);

/* The server takes this API key alone from now on. */
void accept_key(const char *key);

/* A client and a worker whose key is rotated. */
void try_rotation(void);

/* What is larger than a message may be, there and back. */
void try_sizes(void);

#endif
