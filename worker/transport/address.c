/* SPDX-License-Identifier: MIT */
#include "worker/transport/address.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

static enum tl_status refuse(struct tl_error *error, const char *field, const char *why)
{
    return tl_error_set(error, TL_INVALID_ARGUMENT, field, "%s", why);
}

/* Decimal, 1 to 65,535; 0: it is none. */
static unsigned read_port(const char *text)
{
    unsigned port = 0;

    if (*text == '\0') {
        return 0;
    }
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9' || port > 65535) {
            return 0;
        }
        port = port * 10 + (unsigned)(*text - '0');
    }
    return port <= 65535 ? port : 0;
}

static int is_name(const char *host)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._";

    return host[0] != '\0' && host[0] != '.' && host[strspn(host, letters)] == '\0';
}

/* "[...]:port": the host's length goes to *out_len, what follows the bracket to *out_rest. */
static const char *split_brackets(const char *text, size_t *out_len, const char **out_rest)
{
    const char *end = strchr(text, ']');

    if (end == NULL) {
        return NULL;
    }
    *out_len = (size_t)(end - text) - 1;
    *out_rest = end + 1;
    return text + 1;
}

enum tl_status address_read(struct address *out, const char *text, const char *field, struct tl_error *error)
{
    struct address address = {.is_ipv6 = text[0] == '['};
    struct in6_addr ignored;
    const char *host = text;
    const char *rest = strrchr(text, ':');
    size_t len = rest == NULL ? strlen(text) : (size_t)(rest - text);

    if (strstr(text, "://") != NULL) {
        return refuse(error, field, "an address is \"host:port\", without a scheme such as http://");
    }
    if (address.is_ipv6) {
        host = split_brackets(text, &len, &rest);
    }
    if (host == NULL || rest == NULL || rest[0] != ':') {
        return refuse(error, field, "an address is \"host:port\": the port is missing");
    }
    if (len > ADDRESS_HOST_MAX) {
        return refuse(error, field, "the host's name is longer than 253 bytes");
    }
    memcpy(address.host, host, len);
    if (address.is_ipv6 ? inet_pton(AF_INET6, address.host, &ignored) != 1 : !is_name(address.host)) {
        return refuse(
            error,
            field,
            strchr(address.host, ':') != NULL ? "an IPv6 address stands in brackets: \"[::1]:7233\""
                                              : "the host is neither a name nor an address");
    }
    address.port = read_port(rest + 1);
    if (address.port == 0) {
        return refuse(error, field, "the port is no number from 1 to 65535");
    }
    *out = address;
    return TL_OK;
}

void address_write(const struct address *address, char *text)
{
    (void)snprintf(
        text,
        ADDRESS_TEXT_SIZE,
        "%s%s%s:%u",
        address->is_ipv6 ? "[" : "",
        address->host,
        address->is_ipv6 ? "]" : "",
        address->port);
}
