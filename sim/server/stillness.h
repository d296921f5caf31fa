/* SPDX-License-Identifier: MIT */
/* Whether anything is under way in a universe, and what. */
#ifndef TIMELAPSE_SIM_SERVER_STILLNESS_H
#define TIMELAPSE_SIM_SERVER_STILLNESS_H

#include "sim/server/universe.h"

/* The clock is unlocked, and nothing that runs holds it. */
bool stillness_is_complete(const struct universe *universe);

/* When it may be so without anything else happening, by the wall; TL_NEVER: not at all. */
tl_time stillness_next_look(const struct universe *universe);

/* Keeps since when time could move to `target` and does not. */
void stillness_note(struct universe *universe, tl_time target);

#endif
