/* SPDX-License-Identifier: MIT */
#include "tests/transport/proxy.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define LINKS_MAX 256

/* A client's connection, and where it leads. */
struct link {
    struct proxy *proxy;
    pthread_t thread;
    int client;
    int server; /* -1: nowhere */
};

struct proxy {
    struct proxy_options options;
    int listener;
    char address[32];
    pthread_t thread;
    pthread_mutex_t lock; /* of what follows */
    struct link links[LINKS_MAX];
    size_t link_count;
    char question[2048];
    bool frozen;
    size_t garbled; /* SIZE_MAX: no byte */
};

/* ---- One connection ---- */

static bool send_all(int to, const char *data, size_t len)
{
    while (len > 0) {
        ssize_t sent = send(to, data, len, MSG_NOSIGNAL);

        if (sent <= 0) {
            return false;
        }
        data += sent;
        len -= (size_t)sent;
    }
    return true;
}

/* garbled: what is left before that byte; less with each that passes. */
static bool relay(struct proxy *proxy, int from, int to, size_t *garbled)
{
    char buffer[4096];
    ssize_t len = recv(from, buffer, sizeof(buffer), 0);

    (void)pthread_mutex_lock(&proxy->lock);
    bool frozen = proxy->frozen;
    (void)pthread_mutex_unlock(&proxy->lock);
    if (len > 0 && *garbled != SIZE_MAX) {
        if (*garbled < (size_t)len) {
            buffer[*garbled] = (char)~buffer[*garbled];
            *garbled = SIZE_MAX;
        } else {
            *garbled -= (size_t)len;
        }
    }
    return len > 0 && (frozen || send_all(to, buffer, (size_t)len));
}

static void relay_both(struct proxy *proxy, int client, int server)
{
    struct pollfd both[2] = {{.fd = client, .events = POLLIN}, {.fd = server, .events = POLLIN}};
    size_t none = SIZE_MAX;

    (void)pthread_mutex_lock(&proxy->lock);
    size_t garbled = proxy->garbled;
    (void)pthread_mutex_unlock(&proxy->lock);
    while (poll(both, 2, -1) > 0) {
        if ((both[0].revents != 0 && !relay(proxy, client, server, &none)) ||
            (both[1].revents != 0 && !relay(proxy, server, client, &garbled))) {
            return;
        }
    }
}

/* Up to the empty line, byte by byte: what follows belongs to the server. */
static bool read_question(int client, char *question, size_t size)
{
    size_t len = 0;

    while (len + 1 < size && recv(client, question + len, 1, 0) == 1) {
        question[++len] = '\0';
        if (len >= 4 && strcmp(question + len - 4, "\r\n\r\n") == 0) {
            return true;
        }
    }
    return false;
}

static int connect_to(const char *question)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    static const char host[] = "CONNECT 127.0.0.1:";
    int server = socket(AF_INET, SOCK_STREAM, 0);

    if (strncmp(question, host, sizeof(host) - 1) == 0) {
        address.sin_port = htons((uint16_t)strtoul(question + sizeof(host) - 1, NULL, 10));
        if (connect(server, (struct sockaddr *)&address, sizeof(address)) == 0) {
            return server;
        }
    }
    (void)close(server);
    return -1;
}

static void refuse(const struct link *link)
{
    const struct proxy_options *options = &link->proxy->options;
    char ignored[256];

    if (options->silent) {
        while (recv(link->client, ignored, sizeof(ignored), 0) > 0) {
        }
        return;
    }
    if (!options->speaks_first) {
        (void)!recv(link->client, ignored, sizeof(ignored), 0);
    }
    (void)send_all(link->client, options->refusal, strlen(options->refusal));
    (void)shutdown(link->client, SHUT_WR);
    while (recv(link->client, ignored, sizeof(ignored), 0) > 0) {
    }
}

static bool is_known(const struct proxy *proxy, const char *question)
{
    static const char name[] = "\r\nProxy-Authorization:";
    const char *wanted = proxy->options.authorization;
    const char *header = strstr(question, name);

    if (wanted == NULL || header == NULL) {
        return wanted == NULL;
    }
    header += sizeof(name) - 1;
    header += strspn(header, " ");
    return strncmp(header, wanted, strlen(wanted)) == 0 && header[strlen(wanted)] == '\r';
}

static void serve_client(struct link *link, const char *question)
{
    static const char accepted[] = "HTTP/1.1 200 Connection established\r\n\r\n";
    static const char unknown[] = "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n";
    struct proxy *proxy = link->proxy;

    if (!is_known(proxy, question)) {
        (void)send_all(link->client, unknown, sizeof(unknown) - 1);
        return;
    }
    int server = connect_to(question);

    (void)pthread_mutex_lock(&proxy->lock);
    (void)snprintf(proxy->question, sizeof(proxy->question), "%s", question);
    link->server = server;
    (void)pthread_mutex_unlock(&proxy->lock);
    if (server >= 0 && send_all(link->client, accepted, sizeof(accepted) - 1)) {
        relay_both(proxy, link->client, server);
        (void)shutdown(server, SHUT_RDWR);
    }
}

static void *serve_link(void *user)
{
    struct link *link = user;
    char question[2048];

    if (link->proxy->options.refusal != NULL || link->proxy->options.silent) {
        refuse(link);
    } else if (read_question(link->client, question, sizeof(question))) {
        serve_client(link, question);
    }
    (void)shutdown(link->client, SHUT_RDWR);
    return NULL;
}

/* ---- Life ---- */

static void *take_connections(void *user)
{
    struct proxy *proxy = user;
    int client;

    while ((client = accept(proxy->listener, NULL, NULL)) >= 0) {
        (void)pthread_mutex_lock(&proxy->lock);
        if (proxy->link_count < LINKS_MAX) {
            struct link *link = &proxy->links[proxy->link_count++];

            *link = (struct link){.proxy = proxy, .client = client, .server = -1};
            (void)pthread_create(&link->thread, NULL, serve_link, link);
        } else {
            (void)close(client);
        }
        (void)pthread_mutex_unlock(&proxy->lock);
    }
    return NULL;
}

struct proxy *proxy_new(const struct proxy_options *options)
{
    struct proxy *proxy = calloc(1, sizeof(*proxy));
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);

    proxy->options = *options;
    proxy->garbled = SIZE_MAX;
    (void)pthread_mutex_init(&proxy->lock, NULL);
    proxy->listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(proxy->listener, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(proxy->listener, 16), 0);
    assert_int_equal(getsockname(proxy->listener, (struct sockaddr *)&address, &size), 0);
    (void)snprintf(proxy->address, sizeof(proxy->address), "127.0.0.1:%u", (unsigned)ntohs(address.sin_port));
    assert_int_equal(pthread_create(&proxy->thread, NULL, take_connections, proxy), 0);
    return proxy;
}

void proxy_freeze(struct proxy *proxy)
{
    (void)pthread_mutex_lock(&proxy->lock);
    proxy->frozen = true;
    (void)pthread_mutex_unlock(&proxy->lock);
}

void proxy_garble(struct proxy *proxy, size_t at)
{
    (void)pthread_mutex_lock(&proxy->lock);
    proxy->garbled = at;
    (void)pthread_mutex_unlock(&proxy->lock);
}

void proxy_cut(struct proxy *proxy)
{
    (void)pthread_mutex_lock(&proxy->lock);
    for (size_t i = 0; i < proxy->link_count; i++) {
        (void)shutdown(proxy->links[i].client, SHUT_RDWR);
        if (proxy->links[i].server >= 0) {
            (void)shutdown(proxy->links[i].server, SHUT_RDWR);
        }
    }
    (void)pthread_mutex_unlock(&proxy->lock);
}

void proxy_free(struct proxy *proxy)
{
    (void)shutdown(proxy->listener, SHUT_RDWR);
    (void)pthread_join(proxy->thread, NULL);
    (void)close(proxy->listener);
    proxy_cut(proxy);
    for (size_t i = 0; i < proxy->link_count; i++) {
        (void)pthread_join(proxy->links[i].thread, NULL);
        (void)close(proxy->links[i].client);
        if (proxy->links[i].server >= 0) {
            (void)close(proxy->links[i].server);
        }
    }
    (void)pthread_mutex_destroy(&proxy->lock);
    free(proxy);
}

const char *proxy_address(const struct proxy *proxy)
{
    return proxy->address;
}

size_t proxy_connections(struct proxy *proxy)
{
    (void)pthread_mutex_lock(&proxy->lock);
    size_t count = proxy->link_count;
    (void)pthread_mutex_unlock(&proxy->lock);
    return count;
}

const char *proxy_question(struct proxy *proxy)
{
    return proxy->question;
}
