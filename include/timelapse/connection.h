/* SPDX-License-Identifier: MIT */
/*
 * A connection to a Temporal service over gRPC, of libtimelapse-grpc: a driver with threads and the real clock, and
 * a service on it. Clients and workers are made of those two as in a test:
 *
 *     struct tl_connection *connection = tl_connect(NULL, &error);
 *     struct tl_client *client = tl_client_new(
 *         tl_connection_driver(connection), tl_connection_service(connection), NULL, &error);
 *
 * A lost connection is made again by itself; until then calls end with TL_UNAVAILABLE and are tried again by the
 * rules of worker and client. API keys, keys and passwords stand in no log, error or trace. gRPC itself writes broken
 * handshakes to standard error, unless the variable GRPC_VERBOSITY is NONE; a proxy_password turns what it writes below
 * errors off, whatever the variable says, for that would show it.
 *
 * A child of fork() has none of its threads: there a connection, and whatever was made on it, may neither be used nor
 * freed. Connect after a fork, or let the child exec.
 *
 * Where the rules come from: sdk-core, crates/client/src/{lib,options_structs,proxy,dns}.rs.
 */
#ifndef TIMELAPSE_CONNECTION_H
#define TIMELAPSE_CONNECTION_H

#include <stddef.h>
#include <timelapse/allocator.h>
#include <timelapse/payload.h>
#include <timelapse/status.h>
#include <timelapse/time.h>

#ifdef __cplusplus
extern "C" {
#endif

struct tl_connection;
struct tl_driver;
struct tl_service;

/* Whether the connection is encrypted. */
enum tl_tls_mode {
    TL_TLS_AUTO = 0, /* when there is an API key, or any tls_ member is given */
    TL_TLS_ON = 1,   /* with the system's certificate authorities where none is given */
    TL_TLS_OFF = 2   /* never; no tls_ member may be given then */
};

/*
 * Zero means default in every member. Everything is copied. A value that is not acceptable is refused with the
 * member's name; values are quoted in no error.
 */
struct tl_connection_options {
    const char *address;    /* "host:port", "[address]:port" for IPv6; NULL: "localhost:7233" */
    const char *name_space; /* asked for at connect, and that of clients and workers; NULL: "default" */
    const char *identity;   /* of clients and workers that bear none of their own; NULL: "<pid>@<host>" */
    const char *api_key;    /* printable ASCII; NULL: none. Sent as "authorization: Bearer ..." */

    enum tl_tls_mode tls;
    const char *tls_server_name;       /* in the server's certificate; NULL: the address's host */
    const char *tls_server_ca_pem;     /* certificates that are trusted; NULL: the system's */
    const char *tls_client_cert_pem;   /* mutual TLS: certificate (chain) and key, both or none */
    const char *tls_client_key_pem;    /* neither encrypted nor of another certificate */
    int tls_disable_host_verification; /* 1: whoever shows any certificate is taken for the server */
    const char *authority;             /* of the requests' :authority; NULL: tls_server_name, else the address */

    /*
     * Sent with every call that does not bring the key itself. Keys: of a-z, 0-9, "-", "_" and "."; not "grpc-...".
     * Values: printable ASCII; any bytes where the key ends in "-bin".
     */
    const struct tl_metadata *metadata;
    size_t metadata_count;

    const char *proxy; /* "host:port" of an HTTP proxy that is asked to CONNECT; NULL: none, nor the environment's */
    const char *proxy_user;     /* basic authentication; no ":" */
    const char *proxy_password; /* only with proxy_user */

    tl_duration keepalive_time;    /* from 1 s to 24 h; a ping after so long without a byte; 0: 30 s; TL_NEVER: none */
    tl_duration keepalive_timeout; /* from 100 ms to 24 h; without an answer the connection is lost; 0: 15 s */
    size_t most_message_bytes;     /* 1 KiB to 2 GiB - 1; larger replies are RESOURCE_EXHAUSTED; 0: 128 MiB */
    tl_duration connect_timeout;   /* from 1 ms to 1 h; of tl_connect as a whole; 0: 10 s */

    const struct tl_allocator *allocator; /* copied; NULL: malloc and mmap. Called by several threads */
};

/*
 * Connects: asks the service what it is (GetSystemInfo) and for the namespace (DescribeNamespace), so that what cannot
 * work is told here; servers that do not know one of these are taken as they are. options: NULL: what the environment
 * and temporal.toml say (timelapse/connection_config.h). Returns owned, free with tl_connection_free. NULL with `error`
 * filled within connect_timeout: TL_INVALID_ARGUMENT names the member (`field`); TL_UNAVAILABLE, TL_DEADLINE_EXCEEDED:
 * the service cannot be reached, with the reason as far as it can be told - name, port, proxy, certificate, TLS spoken
 * to a port without; TL_UNAUTHENTICATED, TL_PERMISSION_DENIED; TL_NOT_FOUND: no such namespace; TL_NO_MEMORY. Any
 * thread; blocks.
 */
TL_API struct tl_connection *tl_connect(const struct tl_connection_options *options, struct tl_error *error);

/* What clients and workers are made on. Borrowed until the connection is freed. NULL gives NULL. Any thread. */
TL_API struct tl_driver *tl_connection_driver(struct tl_connection *connection);
TL_API struct tl_service *tl_connection_service(struct tl_connection *connection);

/*
 * The options' namespace ("default" unless given) and identity. Borrowed until the connection is freed. NULL gives
 * NULL. Any thread.
 */
TL_API const char *tl_connection_namespace(const struct tl_connection *connection);
TL_API const char *tl_connection_identity(const struct tl_connection *connection);

/*
 * Calls made from now on bear this key (copied; NULL: none); the connection stays. TL_INVALID_ARGUMENT: no
 * connection, characters that no header can hold, or a key for a connection without TLS that had none; TL_NO_MEMORY.
 * Any thread.
 */
TL_API TL_MUST_CHECK enum tl_status
tl_connection_set_api_key(struct tl_connection *connection, const char *api_key, struct tl_error *error);

/*
 * Frees it; clients, workers and handles made on it must be freed before, for they lie in its memory: what is done with
 * them afterwards, freeing included, is undefined. NULL is fine. Any thread but its own.
 */
TL_API void tl_connection_free(struct tl_connection *connection);

#ifdef __cplusplus
}
#endif
#endif
