/* SPDX-License-Identifier: MIT */
/* The oracles: what must hold between any two steps. */
#ifndef TIMELAPSE_SIM_CHECK_H
#define TIMELAPSE_SIM_CHECK_H

#include <timelapse/status.h>

struct tl_sim;

/* TL_OK, or TL_INTERNAL with what is broken and where. Looks at each event once in its life. */
TL_MUST_CHECK enum tl_status sim_check(const struct tl_sim *sim, struct tl_error *error);

#endif
