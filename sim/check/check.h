/* SPDX-License-Identifier: MIT */
/* The oracles: what must hold between any two steps. */
#ifndef TIMELAPSE_SIM_CHECK_H
#define TIMELAPSE_SIM_CHECK_H

#include <timelapse/status.h>

struct tl_sim;

/*
 * TL_OK, or TL_INTERNAL with what is broken and where. Looks at each event once in its life, at the
 * runs that changed since it was last called, and now and then at everything.
 */
TL_MUST_CHECK enum tl_status sim_check(struct tl_sim *sim, struct tl_error *error);

/*
 * Whether nothing stands on the agenda but what this simulator's runs, queues and calls have pending:
 * what is finished left nothing behind. For universes without a worker.
 */
TL_MUST_CHECK enum tl_status sim_check_agenda(const struct tl_sim *sim, struct tl_error *error);

#endif
