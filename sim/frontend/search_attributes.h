/* SPDX-License-Identifier: MIT */
/* OperatorService's rpcs about search attributes, and WorkflowService's old one. */
#ifndef TIMELAPSE_SIM_SEARCH_ATTRIBUTES_RPC_H
#define TIMELAPSE_SIM_SEARCH_ATTRIBUTES_RPC_H

struct tl_call;

void sim_add_search_attributes(struct tl_call *call, const void *message);
void sim_remove_search_attributes(struct tl_call *call, const void *message);
void sim_list_search_attributes(struct tl_call *call, const void *message);
void sim_get_search_attributes(struct tl_call *call, const void *message);

#endif
