/* SPDX-License-Identifier: MIT */
/* Start, one activity, complete: by as many threads as there are workflows under way, each of which waits for its own.
 */
#include <pthread.h>
#include <stdio.h>

#include "bench/server/bed.h"
#include "bench/server/figures.h"
#include "bench/server/program.h"
#include "bench/transport/report.h"

#define WORKFLOWS 20000U
#define TOGETHER  32U
#define POLLERS   20U
#define LEAST     5000

struct load {
    struct tl_connection *connection;
    int eager;
    unsigned numbers; /* atomic: of workflows so far */
};

static void *run_some(void *user)
{
    struct load *load = user;
    struct tl_client *client = bed_client(load->connection);
    char id[32];
    unsigned number;

    while ((number = __atomic_fetch_add(&load->numbers, 1, __ATOMIC_RELAXED)) < WORKFLOWS) {
        (void)snprintf(id, sizeof(id), "order-%u", number);
        bed_run(client, "Order", id, load->eager);
    }
    tl_client_free(client);
    return NULL;
}

static double run_all(struct load *load)
{
    pthread_t threads[TOGETHER];
    double from = wall_seconds();

    for (unsigned i = 0; i < TOGETHER; i++) {
        require(pthread_create(&threads[i], NULL, run_some, load) == 0, "no thread");
    }
    for (unsigned i = 0; i < TOGETHER; i++) {
        (void)pthread_join(threads[i], NULL);
    }
    return wall_seconds() - from;
}

static void measure(const char *path, const char *how, int eager)
{
    struct program program = program_start(path);
    struct bed bed = bed_open(program.address, POLLERS);
    struct load load = {.connection = eager ? bed.connection : bed_connect(program.address), .eager = eager};
    char name[64];
    double cpu = cpu_seconds();
    double took = run_all(&load);

    (void)snprintf(name, sizeof(name), "server_workflows_%s", how);
    report_at_least(name, WORKFLOWS / took, "1/s", LEAST);
    (void)snprintf(name, sizeof(name), "server_workflow_cpu_client_and_worker_%s", how);
    report(name, (cpu_seconds() - cpu) / WORKFLOWS * 1e6, "us");
    (void)snprintf(name, sizeof(name), "server_workflow_cpu_server_%s", how);
    report(name, program_cpu(&program) / WORKFLOWS * 1e6, "us");
    if (!eager) {
        tl_connection_free(load.connection);
    }
    bed_close(&bed);
    (void)snprintf(name, sizeof(name), "server_resident_after_20000_%s", how);
    report(name, (double)program_resident(&program) / (1 << 20), "MiB");
    program_stop(&program);
}

void figure_throughput(const char *path)
{
    measure(path, "two_connections", 0);
    measure(path, "eager", 1);
}
