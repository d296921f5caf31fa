/* SPDX-License-Identifier: MIT */
/* An HTTP proxy on the loopback interface that knows CONNECT alone; or a server that is none. */
#ifndef TIMELAPSE_TESTS_PROXY_H
#define TIMELAPSE_TESTS_PROXY_H

#include <stddef.h>

struct proxy;

struct proxy_options {
    const char
        *refusal; /* what every connection is answered with ("HTTP/1.1 403 Forbidden\r\n\r\n"); NULL: it serves */
    const char *authorization; /* who brings no such "Basic ..." is refused with 407; NULL: all are served */
    int speaks_first;          /* 1: `refusal` is sent before anything was asked */
    int silent;                /* 1: nothing is ever answered */
};

struct proxy *proxy_new(const struct proxy_options *options);
void proxy_free(struct proxy *proxy);

const char *proxy_address(const struct proxy *proxy); /* "127.0.0.1:port" */

/* Connections that came in; the first lines and headers of the latest one's question. Valid until proxy_free. */
size_t proxy_connections(struct proxy *proxy);
const char *proxy_question(struct proxy *proxy);

/* From now on what connections carry is lost on the way; they stay. */
void proxy_freeze(struct proxy *proxy);

/* From now on, of what each new connection brings from the server, the byte at `at` is another one; SIZE_MAX: none. */
void proxy_garble(struct proxy *proxy, size_t at);

/* Cuts all connections; new ones are taken. */
void proxy_cut(struct proxy *proxy);

#endif
