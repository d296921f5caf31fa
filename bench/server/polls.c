/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "bench/server/asks.h"
#include "bench/server/bed.h"
#include "bench/server/figures.h"
#include "bench/server/program.h"
#include "bench/transport/report.h"
#include "model/pb.h"
#include "model/rpc.h"

#define POLLS    10000U
#define POLL_KIB 10
#define CHECKS   10

static void send_polls(struct asks *polls)
{
    Pb__TaskQueue queue = PB__TASK_QUEUE__INIT;
    Pb__PollWorkflowTaskQueueRequest poll = PB__POLL_WORKFLOW_TASK_QUEUE_REQUEST__INIT;

    queue.name = (char *)(uintptr_t)BED_QUEUE;
    poll.namespace_ = (char *)(uintptr_t) "default";
    poll.identity = (char *)(uintptr_t) "bench";
    poll.task_queue = &queue;
    for (unsigned i = 0; i < POLLS; i++) {
        asks_send(polls, RPC_PollWorkflowTaskQueue, &poll);
    }
}

/* A call on the same connection is answered after what was sent before it. */
static void come_after(struct tl_connection *connection)
{
    Pb__GetSystemInfoRequest system = PB__GET_SYSTEM_INFO_REQUEST__INIT;
    struct asks *asks = asks_new(connection, 1);

    for (unsigned i = 0; i < CHECKS; i++) {
        asks_send(asks, RPC_GetSystemInfo, &system);
    }
    asks_wait(asks);
    asks_free(asks);
}

void figure_polls(const char *path)
{
    struct program program = program_start(path);
    struct tl_connection *connection = bed_connect(program.address);
    struct asks *polls = asks_new(connection, POLLS);
    size_t before = program_resident(&program);

    send_polls(polls);
    come_after(connection);
    size_t after = program_resident(&program);
    report_limited("server_poll_held", (double)(after - before) / POLLS / 1024, "KiB", POLL_KIB);
    asks_free(polls);
    tl_connection_free(connection);
    program_stop(&program);
}
