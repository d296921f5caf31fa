/* SPDX-License-Identifier: MIT */
/* The latency of a start and of a look at what was started, one after the other, while nobody works on what is open. */
#include <stdio.h>

#include "bench/server/asks.h"
#include "bench/server/bed.h"
#include "bench/server/figures.h"
#include "bench/server/program.h"
#include "bench/transport/report.h"
#include "model/pb.h"
#include "model/rpc.h"

#define FEW      1000U
#define MANY     100000U
#define TOGETHER 500U
#define PAIRS    2001U
#define TIMES    1.3

struct open {
    struct asks *many;
    struct asks *one;
    unsigned count; /* ever started */
};

static void start(struct open *open, struct asks *asks)
{
    Pb__WorkflowType type = PB__WORKFLOW_TYPE__INIT;
    Pb__TaskQueue queue = PB__TASK_QUEUE__INIT;
    Pb__StartWorkflowExecutionRequest request = PB__START_WORKFLOW_EXECUTION_REQUEST__INIT;
    char id[32];

    (void)snprintf(id, sizeof(id), "open-%u", open->count++);
    type.name = (char *)(uintptr_t) "Order";
    queue.name = (char *)(uintptr_t)BED_QUEUE;
    request.namespace_ = (char *)(uintptr_t) "default";
    request.workflow_id = id;
    request.request_id = id;
    request.workflow_type = &type;
    request.task_queue = &queue;
    asks_send(asks, RPC_StartWorkflowExecution, &request);
}

/* Of any that is open; the numbers go far and wide. */
static void describe(struct open *open, struct asks *asks)
{
    Pb__WorkflowExecution execution = PB__WORKFLOW_EXECUTION__INIT;
    Pb__DescribeWorkflowExecutionRequest request = PB__DESCRIBE_WORKFLOW_EXECUTION_REQUEST__INIT;
    char id[32];

    (void)snprintf(id, sizeof(id), "open-%u", open->count * 2654435761U % open->count);
    execution.workflow_id = id;
    request.namespace_ = (char *)(uintptr_t) "default";
    request.execution = &execution;
    asks_send(asks, RPC_DescribeWorkflowExecution, &request);
}

/* The median of pairs, in microseconds. */
static double latency(struct open *open)
{
    static double times[PAIRS];

    for (unsigned i = 0; i < PAIRS; i++) {
        double from = wall_seconds();

        start(open, open->one);
        asks_wait(open->one);
        describe(open, open->one);
        asks_wait(open->one);
        times[i] = (wall_seconds() - from) * 1e6;
    }
    return median(times, PAIRS);
}

static double latency_beside(struct open *open, unsigned count)
{
    while (open->count < count) {
        start(open, open->many);
    }
    asks_wait(open->many);
    return latency(open);
}

void figure_open(const char *path)
{
    struct program program = program_start(path);
    struct tl_connection *connection = bed_connect(program.address);
    struct open open = {asks_new(connection, TOGETHER), asks_new(connection, 1), 0};
    double few = latency_beside(&open, FEW);
    double many = latency_beside(&open, MANY);

    report("server_call_pair_1000_open", few, "us");
    report("server_call_pair_100000_open", many, "us");
    report_limited("server_call_100000_open_against_1000", many / few, "times", TIMES);
    report("server_resident_100000_open", (double)program_resident(&program) / (1 << 20), "MiB");
    asks_free(open.many);
    asks_free(open.one);
    tl_connection_free(connection);
    program_stop(&program);
}
