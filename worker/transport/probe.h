/* SPDX-License-Identifier: MIT */
/*
 * A look at a server after gRPC could not connect to it: a TLS handshake that refuses nothing and tells what gRPC's
 * errors leave out. Nothing is sent but the handshake (and the question to the proxy).
 */
#ifndef TIMELAPSE_TRANSPORT_PROBE_H
#define TIMELAPSE_TRANSPORT_PROBE_H

#include <stdbool.h>
#include <timelapse/connection.h>

struct probe {
    bool speaks_tls;       /* it answered as TLS does */
    bool asks_certificate; /* it asked for a client's certificate */
    char untrusted[128];   /* why its certificate is not trusted, as OpenSSL says ("certificate has expired"); "" */
    char dates[64];        /* "expired on 2026-01-01" of its certificate; "": it is valid now */
};

/* Blocks for `limit` at most, a name's look-up not counted. The options have been checked. */
void probe_look(struct probe *out, const struct tl_connection_options *options, tl_duration limit);

#endif
