/* SPDX-License-Identifier: MIT */
/* Echoes of 100 bytes: what a call costs that does nothing. */
#ifndef TIMELAPSE_BENCH_ECHO_H
#define TIMELAPSE_BENCH_ECHO_H

#include <stddef.h>

struct channel;

/* One call, and its answer. `len`: of the name that is echoed, at most 1,000. */
void echo(struct channel *channel, size_t len);

/* So many, `together` of them at a time. */
void echo_many(struct channel *channel, size_t len, size_t count, size_t together);

#endif
