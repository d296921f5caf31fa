/* SPDX-License-Identifier: MIT */
/*
 * What the wire costs, on the loopback interface with both ends in this process: a channel and its first answer, a
 * whole tl_connect, and an echo of 100 bytes; and what a worker takes. One JSON object a line; times are medians. What
 * has a limit is above it: the program fails.
 */
#include <stdio.h>
#include <stdlib.h>
#include <timelapse/connection.h>

#include "bench/transport/echo.h"
#include "bench/transport/other.h"
#include "bench/transport/report.h"
#include "bench/transport/worker.h"
#include "tests/transport/certificates.h"
#include "tests/transport/peer.h"
#include "worker/transport/channel.h"

#define RUNS  31
#define CALLS 5000

/* The most that the first call may take. */
#define FIRST_CALL_MS      20
#define FIRST_CALL_MTLS_MS 40

static void print(const char *name, const char *variant, double value, const char *unit, double limit)
{
    char full[128];

    (void)snprintf(full, sizeof(full), "%s_%s", name, variant);
    if (limit > 0) {
        report_limited(full, value, unit, limit);
    } else {
        report(full, value, unit);
    }
}

/* ---- Calls ---- */

/* A channel that is new, and one answer on it. */
static void first_call(const struct tl_connection_options *options)
{
    struct channel *channel = channel_new(options, NULL);

    require(channel != NULL, "no channel");
    echo(channel, 0);
    channel_free(channel);
}

static void connect_once(const struct tl_connection_options *options)
{
    struct tl_connection *connection = tl_connect(options, NULL);

    require(connection != NULL, "no connection");
    tl_connection_free(connection);
}

static double median_ms(void (*body)(const struct tl_connection_options *), const struct tl_connection_options *options)
{
    double times[RUNS];

    for (size_t i = 0; i < RUNS; i++) {
        double from = wall_seconds();

        body(options);
        times[i] = wall_seconds() - from;
    }
    return median(times, RUNS) * 1e3;
}

/* One call after the other; the reply has 100 bytes. */
static void bench_echo(const struct tl_connection_options *options, const char *variant)
{
    struct channel *channel = channel_new(options, NULL);

    require(channel != NULL, "no channel");
    echo(channel, 100);
    double wall = wall_seconds();
    double cpu = cpu_seconds();
    echo_many(channel, 100, CALLS, 1);
    print("transport_echo_time", variant, (wall_seconds() - wall) / CALLS * 1e6, "us", 0);
    print("transport_echo_cpu_both_ends", variant, (cpu_seconds() - cpu) / CALLS * 1e6, "us", 0);
    channel_free(channel);
}

/* limit: milliseconds to the first answer. */
static void
bench(const struct peer_options *server, struct tl_connection_options *options, const char *variant, double limit)
{
    struct peer *peer = peer_new(server);

    peer_welcomes(peer);
    peer_answers(peer, "RequestCancelWorkflowExecution", &(struct peer_rule){.manner = PEER_ECHOES});
    options->address = peer_address(peer);
    double from = wall_seconds();
    first_call(options);
    print("transport_first_call_cold", variant, (wall_seconds() - from) * 1e3, "ms", 0);
    print("transport_first_call", variant, median_ms(first_call, options), "ms", limit);
    print("transport_connect", variant, median_ms(connect_once, options), "ms", 0);
    bench_echo(options, variant);
    peer_free(peer);
}

static void bench_wire(void)
{
    struct certificate authority = certificate_make(&(struct certificate_options){.name = "authority"});
    struct certificate server = certificate_make(&(struct certificate_options){.ip = "127.0.0.1", .by = &authority});
    struct certificate client = certificate_make(&(struct certificate_options){.name = "client", .by = &authority});
    struct tl_connection_options plain = {.address = NULL};
    struct tl_connection_options mutual = {
        .tls_server_ca_pem = authority.pem, .tls_client_cert_pem = client.pem, .tls_client_key_pem = client.key};

    bench(&(struct peer_options){0}, &plain, "plain", FIRST_CALL_MS);
    bench(
        &(struct peer_options){.certificate = &server, .client_ca = authority.pem},
        &mutual,
        "mtls",
        FIRST_CALL_MTLS_MS);
    certificate_done(&authority);
    certificate_done(&server);
    certificate_done(&client);
}

int main(void)
{
    struct other *other = other_new();

    bench_cached(other);
    bench_task(other);
    other_free(other);
    bench_wire();
    return report_failed();
}
