/* SPDX-License-Identifier: MIT */
/* TLS over bytes, by OpenSSL: no socket is seen here. */
#ifndef TIMELAPSE_SIM_SERVER_TLS_H
#define TIMELAPSE_SIM_SERVER_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <timelapse/status.h>

struct tls;
struct tls_stream;

/* Files in PEM. client_ca: clients must show a certificate by it; NULL: none is asked for. NULL with `error` filled. */
struct tls *tls_new(const char *certificate, const char *key, const char *client_ca, struct tl_error *error);
void tls_free(struct tls *tls);

/* One connection; NULL: out of memory. NULL may be freed. */
struct tls_stream *tls_stream_new(const struct tls *tls);
void tls_stream_free(struct tls_stream *stream);

/* Whether the handshake is over. */
bool tls_stream_is_open(const struct tls_stream *stream);

/* Bytes from the client. False: it is no TLS, or its certificate is refused; what is sealed then still goes out. */
bool tls_stream_feed(struct tls_stream *stream, const uint8_t *data, size_t len);

/* The next bytes of what was sealed, valid until the next call; 0: no more. */
size_t tls_stream_read(struct tls_stream *stream, const uint8_t **out_data);

/* Seals *len bytes, which may be none, and gives all that is to be sent, valid until the next call. */
bool tls_stream_seal(struct tls_stream *stream, uint8_t **data, size_t *len);

#endif
