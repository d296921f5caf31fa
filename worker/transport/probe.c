/* SPDX-License-Identifier: MIT */
#include "worker/transport/probe.h"

#include <netdb.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/check.h"
#include "worker/transport/address.h"
#include "worker/transport/options.h"
#include "worker/transport/pem.h"

/* ---- The way there ---- */

/* Reads, writes and connects give up after it. */
static void limit_waits(int fd, tl_duration limit)
{
    struct timeval time = {.tv_sec = limit / TL_SECONDS(1), .tv_usec = limit % TL_SECONDS(1) / 1000};

    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof(time));
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof(time));
}

/* -1: it cannot be reached. */
static int connect_one(const struct addrinfo *where, tl_duration limit)
{
    int fd = socket(where->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0) {
        return -1;
    }
    limit_waits(fd, limit);
    if (connect(fd, where->ai_addr, where->ai_addrlen) != 0) {
        (void)close(fd);
        return -1;
    }
    return fd;
}

static int connect_to(const struct address *address, tl_duration limit)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    char port[8];
    int fd = -1;

    (void)snprintf(port, sizeof(port), "%u", address->port);
    if (getaddrinfo(address->host, port, &hints, &found) != 0) {
        return -1;
    }
    for (const struct addrinfo *each = found; each != NULL && fd < 0; each = each->ai_next) {
        fd = connect_one(each, limit);
    }
    freeaddrinfo(found);
    return fd;
}

/* Asks the proxy; what it answers is read up to the empty line. */
static bool ask_proxy(int fd, const struct tl_connection_options *options, const struct address *service)
{
    char where[ADDRESS_TEXT_SIZE];
    char text[4096];
    char header[2048] = "";
    size_t len = 0;

    address_write(service, where);
    if (options->proxy_user != NULL) {
        if (options_proxy_header_size(options) > sizeof(header)) {
            return false;
        }
        options_proxy_header(options, header);
    }
    int size = snprintf(
        text,
        sizeof(text),
        "CONNECT %s HTTP/1.1\r\nHost: %s\r\n%s%s\r\n",
        where,
        where,
        header,
        header[0] == '\0' ? "" : "\r\n");
    bool sent = send(fd, text, (size_t)size, MSG_NOSIGNAL) == size;
    OPENSSL_cleanse(header, sizeof(header));
    OPENSSL_cleanse(text, sizeof(text));
    while (sent && len + 1 < sizeof(text) && recv(fd, text + len, 1, 0) == 1) {
        text[++len] = '\0';
        if (len >= 4 && strcmp(text + len - 4, "\r\n\r\n") == 0) {
            return strncmp(text, "HTTP/1.", 7) == 0 && text[9] == '2';
        }
    }
    return false;
}

static int reach(const struct tl_connection_options *options, const struct address *service, tl_duration limit)
{
    struct address proxy;

    if (options->proxy == NULL) {
        return connect_to(service, limit);
    }
    CHECK(address_read(&proxy, options->proxy, "proxy", NULL) == TL_OK);
    int fd = connect_to(&proxy, limit);
    if (fd >= 0 && !ask_proxy(fd, options, service)) {
        (void)close(fd);
        return -1;
    }
    return fd;
}

/* ---- The handshake ---- */

static int on_asked(SSL *ssl, void *asks)
{
    (void)ssl;
    *(bool *)asks = true;
    return 1;
}

static void add_authorities(SSL_CTX *context, const char *pem)
{
    BIO *bio = pem == NULL ? NULL : BIO_new_mem_buf(pem, -1);
    X509 *certificate;

    if (bio == NULL) {
        (void)SSL_CTX_set_default_verify_paths(context);
        return;
    }
    while ((certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL) {
        (void)X509_STORE_add_cert(SSL_CTX_get_cert_store(context), certificate);
        X509_free(certificate);
    }
    BIO_free(bio);
}

static void describe(struct probe *out, const SSL *ssl)
{
    X509 *certificate = SSL_get0_peer_certificate(ssl);
    long result = SSL_get_verify_result(ssl);

    if (certificate == NULL) {
        return;
    }
    out->speaks_tls = true;
    pem_describe_dates_of(certificate, out->dates, sizeof(out->dates));
    if (result != X509_V_OK) {
        (void)snprintf(out->untrusted, sizeof(out->untrusted), "%s", X509_verify_cert_error_string(result));
    }
}

/* One that ends in an alert spoke TLS, too. */
static bool was_alert(void)
{
    unsigned long code = ERR_peek_error();

    return ERR_GET_LIB(code) == ERR_LIB_SSL && ERR_GET_REASON(code) >= SSL_AD_REASON_OFFSET;
}

/* OpenSSL's own BIO of a socket raises SIGPIPE, which ends the process, when the other side is gone. */
static int on_write(BIO *bio, const char *data, int size)
{
    const int *fd = BIO_get_data(bio);

    return (int)send(*fd, data, (size_t)size, MSG_NOSIGNAL);
}

static int on_read(BIO *bio, char *data, int size)
{
    const int *fd = BIO_get_data(bio);

    return (int)recv(*fd, data, (size_t)size, 0);
}

static long on_control(BIO *bio, int command, long number, void *data)
{
    (void)bio;
    (void)number;
    (void)data;
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

static BIO_METHOD *quiet_socket(void)
{
    BIO_METHOD *method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "socket without SIGPIPE");

    if (method != NULL && BIO_meth_set_write(method, on_write) == 1 && BIO_meth_set_read(method, on_read) == 1 &&
        BIO_meth_set_ctrl(method, on_control) == 1) {
        return method;
    }
    BIO_meth_free(method);
    return NULL;
}

/* The SSL takes the BIO, which borrows fd. */
static bool give_socket(SSL *ssl, const BIO_METHOD *method, int *fd)
{
    BIO *bio = method == NULL ? NULL : BIO_new(method);

    if (bio == NULL) {
        return false;
    }
    BIO_set_data(bio, fd);
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl, bio, bio);
    return true;
}

static void shake(
    struct probe *out, SSL_CTX *context, int fd, const struct tl_connection_options *options,
    const struct address *service)
{
    static const unsigned char http2[] = {2, 'h', '2'};
    char name[ADDRESS_HOST_MAX + 1];
    BIO_METHOD *method = quiet_socket();
    SSL *ssl = SSL_new(context);

    if (ssl == NULL) {
        BIO_meth_free(method);
        return;
    }
    (void)snprintf(
        name, sizeof(name), "%s", options->tls_server_name != NULL ? options->tls_server_name : service->host);
    (void)SSL_set_tlsext_host_name(ssl, name);
    (void)SSL_set_alpn_protos(ssl, http2, sizeof(http2));
    if (give_socket(ssl, method, &fd) && SSL_connect(ssl) != 1) {
        out->speaks_tls = was_alert();
    }
    describe(out, ssl);
    SSL_free(ssl);
    BIO_meth_free(method);
}

void probe_look(struct probe *out, const struct tl_connection_options *options, tl_duration limit)
{
    struct address service;
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());

    memset(out, 0, sizeof(*out));
    CHECK(address_read(&service, options_address(options), "address", NULL) == TL_OK);
    int fd = context == NULL ? -1 : reach(options, &service, limit);
    if (fd >= 0) {
        SSL_CTX_set_verify(context, SSL_VERIFY_NONE, NULL);
        SSL_CTX_set_cert_cb(context, on_asked, &out->asks_certificate);
        add_authorities(context, options->tls_server_ca_pem);
        shake(out, context, fd, options, &service);
        (void)close(fd);
    }
    SSL_CTX_free(context);
    ERR_clear_error();
}
