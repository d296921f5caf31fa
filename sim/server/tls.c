/* SPDX-License-Identifier: MIT */
#include "sim/server/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>

#define READ_SIZE 16384

struct tls {
    SSL_CTX *context;
};

struct tls_stream {
    SSL *ssl;
    BIO *in; /* the SSL's, as the next */
    BIO *out;
    uint8_t *sealed;
    size_t capacity;
    uint8_t read[READ_SIZE];
};

/* ---- The server's own ---- */

static const char *reason(void)
{
    const char *text = ERR_reason_error_string(ERR_peek_last_error());

    return text == NULL ? "OpenSSL does not say why" : text;
}

/* gRPC is HTTP/2: who offers protocols and not this one is refused. */
static int choose_protocol(
    SSL *ssl, const unsigned char **out, unsigned char *out_len, const unsigned char *in, unsigned in_len, void *user)
{
    static const unsigned char h2[] = {2, 'h', '2'};
    unsigned char *chosen;

    (void)ssl;
    (void)user;
    if (SSL_select_next_proto(&chosen, out_len, h2, sizeof(h2), in, in_len) != OPENSSL_NPN_NEGOTIATED) {
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    }
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

static enum tl_status
use_files(SSL_CTX *context, const char *certificate, const char *key, const char *client_ca, struct tl_error *error)
{
    if (SSL_CTX_use_certificate_chain_file(context, certificate) != 1) {
        return tl_error_set(error, TL_INVALID_ARGUMENT, "tls-cert", "%s: %s", certificate, reason());
    }
    if (SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1 || SSL_CTX_check_private_key(context) != 1) {
        return tl_error_set(error, TL_INVALID_ARGUMENT, "tls-key", "%s: %s", key, reason());
    }
    if (client_ca == NULL) {
        return TL_OK;
    }
    STACK_OF(X509_NAME) *names = SSL_load_client_CA_file(client_ca);
    if (names == NULL || SSL_CTX_load_verify_locations(context, client_ca, NULL) != 1) {
        return tl_error_set(error, TL_INVALID_ARGUMENT, "client-ca", "%s: %s", client_ca, reason());
    }
    SSL_CTX_set_client_CA_list(context, names);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    return TL_OK;
}

struct tls *tls_new(const char *certificate, const char *key, const char *client_ca, struct tl_error *error)
{
    struct tls *tls = calloc(1, sizeof(*tls));
    SSL_CTX *context = tls == NULL ? NULL : SSL_CTX_new(TLS_server_method());

    if (context == NULL) {
        free(tls);
        (void)tl_error_set(error, TL_NO_MEMORY, NULL, "out of memory");
        return NULL;
    }
    tls->context = context;
    ERR_clear_error();
    (void)SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_alpn_select_cb(context, choose_protocol, NULL);
    if (use_files(context, certificate, key, client_ca, error) != TL_OK) {
        tls_free(tls);
        return NULL;
    }
    return tls;
}

void tls_free(struct tls *tls)
{
    if (tls != NULL) {
        SSL_CTX_free(tls->context);
        free(tls);
    }
}

/* ---- A connection's ---- */

struct tls_stream *tls_stream_new(const struct tls *tls)
{
    struct tls_stream *stream = calloc(1, sizeof(*stream));

    if (stream == NULL) {
        return NULL;
    }
    stream->ssl = SSL_new(tls->context);
    stream->in = BIO_new(BIO_s_mem());
    stream->out = BIO_new(BIO_s_mem());
    if (stream->ssl == NULL || stream->in == NULL || stream->out == NULL) {
        (void)BIO_free(stream->in);
        (void)BIO_free(stream->out);
        SSL_free(stream->ssl);
        free(stream);
        return NULL;
    }
    SSL_set_bio(stream->ssl, stream->in, stream->out);
    SSL_set_accept_state(stream->ssl);
    return stream;
}

void tls_stream_free(struct tls_stream *stream)
{
    if (stream != NULL) {
        SSL_free(stream->ssl);
        free(stream->sealed);
        free(stream);
    }
}

bool tls_stream_is_open(const struct tls_stream *stream)
{
    return SSL_is_init_finished(stream->ssl) == 1;
}

static bool is_fatal(const struct tls_stream *stream, int result)
{
    int error = result > 0 ? SSL_ERROR_NONE : SSL_get_error(stream->ssl, result);

    return error != SSL_ERROR_NONE && error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE;
}

bool tls_stream_feed(struct tls_stream *stream, const uint8_t *data, size_t len)
{
    ERR_clear_error();
    if (BIO_write(stream->in, data, (int)len) != (int)len) {
        return false;
    }
    return tls_stream_is_open(stream) || !is_fatal(stream, SSL_do_handshake(stream->ssl));
}

size_t tls_stream_read(struct tls_stream *stream, const uint8_t **out_data)
{
    ERR_clear_error();
    int len = SSL_read(stream->ssl, stream->read, READ_SIZE);

    *out_data = stream->read;
    return len > 0 ? (size_t)len : 0;
}

static bool make_room(struct tls_stream *stream, size_t size)
{
    if (size <= stream->capacity) {
        return true;
    }
    uint8_t *larger = realloc(stream->sealed, size);
    if (larger != NULL) {
        stream->sealed = larger;
        stream->capacity = size;
    }
    return larger != NULL;
}

bool tls_stream_seal(struct tls_stream *stream, uint8_t **data, size_t *len)
{
    ERR_clear_error();
    if (*len > 0 && SSL_write(stream->ssl, *data, (int)*len) != (int)*len) {
        return false;
    }
    size_t size = BIO_ctrl_pending(stream->out);
    if (!make_room(stream, size)) {
        return false;
    }
    int read = size == 0 ? 0 : BIO_read(stream->out, stream->sealed, (int)size);
    *data = stream->sealed;
    *len = read > 0 ? (size_t)read : 0;
    return true;
}
