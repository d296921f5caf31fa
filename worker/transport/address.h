/* SPDX-License-Identifier: MIT */
/* "host:port": of a service or a proxy. */
#ifndef TIMELAPSE_TRANSPORT_ADDRESS_H
#define TIMELAPSE_TRANSPORT_ADDRESS_H

#include <stddef.h>
#include <timelapse/status.h>

/* RFC 1035: a name's text without the dot at its end. */
#define ADDRESS_HOST_MAX 253

struct address {
    char host[ADDRESS_HOST_MAX + 1]; /* a name, an IPv4 or an IPv6 address, without brackets */
    int is_ipv6;
    unsigned port; /* 1 to 65,535 */
};

/* "[::1]:65535" and its NUL at most. */
#define ADDRESS_TEXT_SIZE (ADDRESS_HOST_MAX + 2 + 6 + 1)

/*
 * Reads `text`: "name:port", "1.2.3.4:port" or "[::1]:port". No scheme, no path, no user. TL_INVALID_ARGUMENT with
 * `field`: what is wrong with it, quoting nothing.
 */
TL_MUST_CHECK enum tl_status
address_read(struct address *out, const char *text, const char *field, struct tl_error *error);

/* Writes it as it is read; `text` has ADDRESS_TEXT_SIZE bytes. */
void address_write(const struct address *address, char *text);

#endif
