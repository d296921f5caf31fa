/* SPDX-License-Identifier: MIT */
/* A namespace: the runs and queues in it. A1 knows one, "default". */
#ifndef TIMELAPSE_SIM_NAMESPACE_H
#define TIMELAPSE_SIM_NAMESPACE_H

#include "sim/service/queue.h"
#include "sim/service/sim.h"

struct tl_call;

struct name_space {
    struct tl_sim *sim;
    char *name;
    char id[RANDOM_UUID_SIZE];
    struct map current;             /* workflow id -> struct run, the newest of that id */
    struct map runs;                /* run id -> struct run */
    struct map queues[QUEUE_KINDS]; /* name -> struct queue */
    struct list gone_workers;       /* sim/service/gone_worker.c */
    struct map search_attributes;   /* name -> struct search_attribute: the registered ones */
};

/* A namespace, added to the simulator's; there is none of that name. */
struct name_space *sim_namespace_new(struct tl_sim *sim, const char *name);
void sim_namespace_free(struct name_space *space);

/* The namespace, or NULL. */
struct name_space *sim_namespace_find(const struct tl_sim *sim, const char *name);

/* The same for a request; NULL after refusing the call. */
struct name_space *sim_namespace_require(struct tl_call *call, const char *name);

/* The run; run_id empty or NULL: the newest of the workflow id. NULL when there is none. */
struct run *sim_namespace_run(const struct name_space *space, const char *workflow_id, const char *run_id);

/* The queue of that name, made when it is not there. */
struct queue *sim_namespace_queue(struct name_space *space, enum queue_kind kind, const char *name);

/* The rpcs about namespaces and the system. */
void sim_describe_namespace(struct tl_call *call, const void *message);
void sim_list_namespaces(struct tl_call *call, const void *message);
void sim_get_system_info(struct tl_call *call, const void *message);
void sim_get_cluster_info(struct tl_call *call, const void *message);

#endif
