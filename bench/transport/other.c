/* SPDX-License-Identifier: MIT */
#include "bench/transport/other.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <timelapse/client.h>
#include <unistd.h>

#include "bench/transport/report.h"
#include "tests/threads/front.h"
#include "tests/transport/peer.h"

struct order {
    char type[32];
    size_t count;
};

struct other {
    pid_t pid;
    int orders; /* ends the process when it is closed */
    char service[32];
    char echo[32];
};

/* ---- In the process ---- */

static void start_all(struct tl_client *client, const struct order *order)
{
    static size_t ids;
    const struct tl_start_options options = {.task_queue = "bench"};

    for (size_t i = 0; i < order->count; i++) {
        struct tl_handle *handle = NULL;
        char id[32];

        (void)snprintf(id, sizeof(id), "bench-%zu", ids++);
        require(
            tl_client_start(client, order->type, id, NULL, &options, &handle, NULL) == TL_OK,
            "a workflow does not start");
        tl_handle_free(handle);
    }
}

static void serve(int orders, int addresses)
{
    struct front *front = front_new();
    struct peer *echo = peer_new(&(struct peer_options){0});
    struct tl_client *client = tl_client_new(front_driver(front), front_service(front), NULL, NULL);
    struct other told = {.pid = 0};
    struct order order;

    require(client != NULL, "no client");
    peer_welcomes(echo);
    peer_answers(echo, "RequestCancelWorkflowExecution", &(struct peer_rule){.manner = PEER_ECHOES});
    (void)snprintf(told.service, sizeof(told.service), "%s", front_address(front));
    (void)snprintf(told.echo, sizeof(told.echo), "%s", peer_address(echo));
    require(write(addresses, &told, sizeof(told)) == (ssize_t)sizeof(told), "nobody wants the addresses");
    while (read(orders, &order, sizeof(order)) == (ssize_t)sizeof(order)) {
        start_all(client, &order);
    }
    tl_client_free(client);
    peer_free(echo);
    front_free(front);
}

/* ---- Here ---- */

struct other *other_new(void)
{
    struct other *other = calloc(1, sizeof(*other));
    int orders[2];
    int addresses[2];

    require(other != NULL && pipe(orders) == 0 && pipe(addresses) == 0, "no pipe");
    pid_t pid = fork();
    require(pid >= 0, "no process");
    if (pid == 0) {
        (void)close(orders[1]);
        (void)close(addresses[0]);
        serve(orders[0], addresses[1]);
        _exit(0);
    }
    (void)close(orders[0]);
    (void)close(addresses[1]);
    require(read(addresses[0], other, sizeof(*other)) == (ssize_t)sizeof(*other), "the other process does not serve");
    (void)close(addresses[0]);
    other->pid = pid;
    other->orders = orders[1];
    return other;
}

void other_free(struct other *other)
{
    int status = 0;

    (void)close(other->orders);
    require(waitpid(other->pid, &status, 0) == other->pid && status == 0, "the other process did not end well");
    free(other);
}

const char *other_service(const struct other *other)
{
    return other->service;
}

const char *other_echo(const struct other *other)
{
    return other->echo;
}

void other_start(struct other *other, const char *type, size_t count)
{
    struct order order = {.count = count};

    (void)snprintf(order.type, sizeof(order.type), "%s", type);
    require(write(other->orders, &order, sizeof(order)) == (ssize_t)sizeof(order), "the other process is gone");
}
