/* SPDX-License-Identifier: MIT */
/* What the parts of bad-input share. */
#ifndef TIMELAPSE_CONFORMANCE_BAD_INPUT_H
#define TIMELAPSE_CONFORMANCE_BAD_INPUT_H

#include <stdbool.h>

/* Prints the line of a case, and counts it. */
void report(bool good, const char *what, const char *told);

/* Of the environment; ends the program where it is not set. */
const char *variable(const char *name);

/* What is larger than a message may be, there and back. */
void try_sizes(void);

#endif
