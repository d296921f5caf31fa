/* SPDX-License-Identifier: MIT */
/* What people see beside a thing: JSON strings in user metadata. */
#ifndef TIMELAPSE_WORKER_REGISTRY_METADATA_H
#define TIMELAPSE_WORKER_REGISTRY_METADATA_H

#include "model/pb.h"

/* Copies in the arena; either may be NULL; NULL for neither. */
Pb__UserMetadata *metadata_message(struct arena *arena, const char *summary, const char *details);

#endif
