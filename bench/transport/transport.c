/* SPDX-License-Identifier: MIT */
/*
 * What the wire costs, on the loopback interface with both ends in this process: a channel and its first answer, a
 * whole tl_connect, and an echo of 100 bytes. One JSON object a line; times are medians.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <timelapse/connection.h>

#include "model/pb.h"
#include "model/rpc.h"
#include "tests/transport/certificates.h"
#include "tests/transport/peer.h"
#include "worker/transport/channel.h"
#include "worker/transport/connection_private.h"

#define RUNS  31
#define CALLS 5000

static void require(int condition, const char *what)
{
    if (!condition) {
        (void)fprintf(stderr, "bench: %s\n", what);
        exit(1);
    }
}

static double seconds(clockid_t clock)
{
    struct timespec now;

    (void)clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void print(const char *name, const char *variant, double value, const char *unit)
{
    (void)printf("{\"name\": \"%s_%s\", \"value\": %.6g, \"unit\": \"%s\"}\n", name, variant, value, unit);
    (void)fflush(stdout);
}

/* ---- Calls ---- */

static void echo(struct channel *channel, const Pb__GetWorkflowExecutionHistoryRequest *request)
{
    struct channel_question question = {
        .rpc = &rpc_table[RPC_RequestCancelWorkflowExecution], .message = &request->base, .timeout = TL_SECONDS(10)};
    struct tl_reply *reply = NULL;

    require(connection_ask(channel, &question, &reply, NULL) == TL_OK, "out of memory");
    require(reply->status == TL_OK, reply->text);
    tl_reply_unref(reply);
}

static const Pb__GetWorkflowExecutionHistoryRequest empty = PB__GET_WORKFLOW_EXECUTION_HISTORY_REQUEST__INIT;

/* A channel that is new, and one answer on it. */
static void first_call(const struct tl_connection_options *options)
{
    struct channel *channel = channel_new(options, NULL);

    require(channel != NULL, "no channel");
    echo(channel, &empty);
    channel_free(channel);
}

static void connect_once(const struct tl_connection_options *options)
{
    struct tl_connection *connection = tl_connect(options, NULL);

    require(connection != NULL, "no connection");
    tl_connection_free(connection);
}

static int by_value(const void *left, const void *right)
{
    double a = *(const double *)left;
    double b = *(const double *)right;

    return (a > b) - (a < b);
}

static double median(void (*body)(const struct tl_connection_options *), const struct tl_connection_options *options)
{
    double times[RUNS];

    for (size_t i = 0; i < RUNS; i++) {
        double from = seconds(CLOCK_MONOTONIC);

        body(options);
        times[i] = seconds(CLOCK_MONOTONIC) - from;
    }
    qsort(times, RUNS, sizeof(times[0]), by_value);
    return times[RUNS / 2] * 1e3;
}

/* One call after the other; the reply has 100 bytes that are skipped as unknown, and so is their cost. */
static void bench_echo(const struct tl_connection_options *options, const char *variant)
{
    struct channel *channel = channel_new(options, NULL);
    Pb__GetWorkflowExecutionHistoryRequest request = empty;
    char name[101];

    require(channel != NULL, "no channel");
    memset(name, 'n', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    request.namespace_ = name;
    echo(channel, &request);
    double wall = seconds(CLOCK_MONOTONIC);
    double cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
    for (int i = 0; i < CALLS; i++) {
        echo(channel, &request);
    }
    print("transport_echo_time", variant, (seconds(CLOCK_MONOTONIC) - wall) / CALLS * 1e6, "us");
    print("transport_echo_cpu_both_ends", variant, (seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu) / CALLS * 1e6, "us");
    channel_free(channel);
}

static void bench(const struct peer_options *server, struct tl_connection_options *options, const char *variant)
{
    struct peer *peer = peer_new(server);

    peer_welcomes(peer);
    peer_answers(peer, "RequestCancelWorkflowExecution", &(struct peer_rule){.manner = PEER_ECHOES});
    options->address = peer_address(peer);
    double from = seconds(CLOCK_MONOTONIC);
    first_call(options);
    print("transport_first_call_cold", variant, (seconds(CLOCK_MONOTONIC) - from) * 1e3, "ms");
    print("transport_first_call", variant, median(first_call, options), "ms");
    print("transport_connect", variant, median(connect_once, options), "ms");
    bench_echo(options, variant);
    peer_free(peer);
}

int main(void)
{
    struct certificate authority = certificate_make(&(struct certificate_options){.name = "authority"});
    struct certificate server = certificate_make(&(struct certificate_options){.ip = "127.0.0.1", .by = &authority});
    struct certificate client = certificate_make(&(struct certificate_options){.name = "client", .by = &authority});
    struct tl_connection_options plain = {.address = NULL};
    struct tl_connection_options mutual = {
        .tls_server_ca_pem = authority.pem, .tls_client_cert_pem = client.pem, .tls_client_key_pem = client.key};

    bench(&(struct peer_options){0}, &plain, "plain");
    bench(&(struct peer_options){.certificate = &server, .client_ca = authority.pem}, &mutual, "mtls");
    certificate_done(&authority);
    certificate_done(&server);
    certificate_done(&client);
    return 0;
}
