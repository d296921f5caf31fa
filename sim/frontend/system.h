/* SPDX-License-Identifier: MIT */
#ifndef TIMELAPSE_SIM_SYSTEM_H
#define TIMELAPSE_SIM_SYSTEM_H

struct tl_call;

/* What the service says of itself: GetSystemInfo, GetClusterInfo. */
void sim_get_system_info(struct tl_call *call, const void *message);
void sim_get_cluster_info(struct tl_call *call, const void *message);

#endif
