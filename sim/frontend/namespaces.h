/* SPDX-License-Identifier: MIT */
#ifndef TIMELAPSE_SIM_NAMESPACES_H
#define TIMELAPSE_SIM_NAMESPACES_H

struct tl_call;

/* RegisterNamespace, DescribeNamespace, ListNamespaces, UpdateNamespace, DeprecateNamespace. */
void sim_register_namespace(struct tl_call *call, const void *message);
void sim_describe_namespace(struct tl_call *call, const void *message);
void sim_list_namespaces(struct tl_call *call, const void *message);
void sim_update_namespace(struct tl_call *call, const void *message);
void sim_deprecate_namespace(struct tl_call *call, const void *message);

#endif
