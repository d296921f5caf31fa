/* SPDX-License-Identifier: MIT */
/* A namespace: the runs and queues in it, and what was said of it when it was registered. */
#ifndef TIMELAPSE_SIM_NAMESPACE_H
#define TIMELAPSE_SIM_NAMESPACE_H

#include "sim/service/queue.h"
#include "sim/service/sim.h"

struct tl_call;

/* The one cluster that there is. */
#define SIM_CLUSTER "active"

struct name_space {
    struct tl_sim *sim;
    char *name;
    char id[RANDOM_UUID_SIZE];
    int state;             /* enum NamespaceState */
    tl_duration retention; /* said, not done: closed runs stay */
    const char *description;
    const char *owner_email;
    size_t data_count;
    Pb__NamespaceInfo__DataEntry **data;
    struct arena arena;             /* of these texts */
    struct map current;             /* workflow id -> struct run, the newest of that id */
    struct map runs;                /* run id -> struct run */
    struct map queues[QUEUE_KINDS]; /* name -> struct queue */
    struct list gone_workers;       /* sim/service/gone_worker.c */
    struct map search_attributes;   /* name -> struct search_attribute: the registered ones */
};

/* A namespace, added to the simulator's; there is none of that name. */
struct name_space *sim_namespace_new(struct tl_sim *sim, const char *name);
void sim_namespace_free(struct name_space *space);

/* The namespace, or NULL; by its id. */
struct name_space *sim_namespace_find(const struct tl_sim *sim, const char *name);
const struct name_space *sim_namespace_find_id(const struct tl_sim *sim, const char *id);

/* The same for a request; NULL after refusing the call: there is none, or not for such a request. */
struct name_space *sim_namespace_require(struct tl_call *call, const char *name);

/* False after refusing the call: the namespace is deleted, or deprecated and something is to begin in it. */
bool sim_namespace_allows(struct tl_call *call, const struct name_space *space);

/* NotFound with its details. name: the name, or the id that was asked for. */
void sim_namespace_refuse_unknown(struct tl_call *call, const char *name);

/* The run; run_id empty or NULL: the newest of the workflow id. NULL when there is none. */
struct run *sim_namespace_run(const struct name_space *space, const char *workflow_id, const char *run_id);

/* The queue of that name, made when it is not there. */
struct queue *sim_namespace_queue(struct name_space *space, enum queue_kind kind, const char *name);

#endif
