/* SPDX-License-Identifier: MIT */
/* Links between what the API knows: those that come with requests, and those that answers bear. */
#ifndef TIMELAPSE_SIM_LINKS_H
#define TIMELAPSE_SIM_LINKS_H

#include <timelapse/status.h>

#include "model/pb.h"

struct run;

/* Not too many, none too large, each with the ids that its kind needs (common/links/validator.go). */
TL_MUST_CHECK enum tl_status sim_check_links(struct tl_error *error, size_t count, Pb__Link *const *links);

/* To the run's first event. */
Pb__Link *sim_link_to_start(struct arena *arena, const struct run *run);

/* To the event of that type which a request wrote, or will once it is no longer buffered. */
Pb__Link *sim_link_to_request(struct arena *arena, const struct run *run, const char *request_id, int event_type);

#endif
