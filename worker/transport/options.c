/* SPDX-License-Identifier: MIT */
#include "worker/transport/options.h"

#include <string.h>

#include "base/check.h"
#include "model/base64.h"
#include "worker/registry/option.h"
#include "worker/transport/address.h"
#include "worker/transport/pem.h"

#define DEFAULT_ADDRESS "localhost:7233"

/* sdk-core, crates/client/src/lib.rs (get_decode_max_size) and options_structs.rs (ClientKeepAliveOptions). */
#define DEFAULT_MESSAGE_BYTES     ((size_t)128 << 20)
#define DEFAULT_KEEPALIVE_TIME    TL_SECONDS(30)
#define DEFAULT_KEEPALIVE_TIMEOUT TL_SECONDS(15)
#define DEFAULT_CONNECT_TIMEOUT   TL_SECONDS(10)

static enum tl_status refuse(struct tl_error *error, const char *field, const char *why)
{
    return tl_error_set(error, TL_INVALID_ARGUMENT, field, "%s", why);
}

/* ---- Texts ---- */

static bool is_between(const char *text, size_t len, char lowest, char highest)
{
    for (size_t i = 0; i < len; i++) {
        if (text[i] < lowest || text[i] > highest) {
            return false;
        }
    }
    return true;
}

/* NULL, or something without spaces and control characters. */
static enum tl_status check_word(const char *field, const char *text, struct tl_error *error)
{
    if (text == NULL || (text[0] != '\0' && is_between(text, strlen(text), '!', '~'))) {
        return TL_OK;
    }
    return refuse(error, field, "it is empty, or holds spaces or other than ASCII characters");
}

enum tl_status options_check_api_key(const char *api_key, struct tl_error *error)
{
    return check_word("api_key", api_key, error);
}

static enum tl_status check_names(const struct tl_connection_options *options, struct tl_error *error)
{
    struct address address;
    enum tl_status status = address_read(&address, options_address(options), "address", error);

    if (status == TL_OK && options->name_space != NULL) {
        status = option_check_name("name_space", options->name_space, error);
    }
    if (status == TL_OK && options->identity != NULL) {
        status = option_check_name("identity", options->identity, error);
    }
    if (status == TL_OK) {
        status = check_word("authority", options->authority, error);
    }
    return status == TL_OK ? options_check_api_key(options->api_key, error) : status;
}

/* ---- TLS ---- */

/* The first tls_ member that is given, or NULL. */
static const char *tls_member(const struct tl_connection_options *options)
{
    return options->tls_server_name != NULL         ? "tls_server_name"
           : options->tls_server_ca_pem != NULL     ? "tls_server_ca_pem"
           : options->tls_client_cert_pem != NULL   ? "tls_client_cert_pem"
           : options->tls_client_key_pem != NULL    ? "tls_client_key_pem"
           : options->tls_disable_host_verification ? "tls_disable_host_verification"
                                                    : NULL;
}

static enum tl_status check_certificates(const struct tl_connection_options *options, struct tl_error *error)
{
    enum tl_status status = TL_OK;

    if (options->tls_server_ca_pem != NULL) {
        status = pem_check_certificates(options->tls_server_ca_pem, "tls_server_ca_pem", error);
    }
    if (status != TL_OK || (options->tls_client_cert_pem == NULL && options->tls_client_key_pem == NULL)) {
        return status;
    }
    if (options->tls_client_cert_pem == NULL) {
        return refuse(error, "tls_client_cert_pem", "there is a key, and no certificate that it belongs to");
    }
    if (options->tls_client_key_pem == NULL) {
        return refuse(error, "tls_client_key_pem", "there is a certificate, and no key of it");
    }
    status = pem_check_certificates(options->tls_client_cert_pem, "tls_client_cert_pem", error);
    return status == TL_OK
               ? pem_check_key(options->tls_client_key_pem, options->tls_client_cert_pem, "tls_client_key_pem", error)
               : status;
}

static enum tl_status check_tls(const struct tl_connection_options *options, struct tl_error *error)
{
    const char *member = tls_member(options);

    if (options->tls != TL_TLS_AUTO && options->tls != TL_TLS_ON && options->tls != TL_TLS_OFF) {
        return refuse(error, "tls", "it is no enum tl_tls_mode");
    }
    if (options->tls == TL_TLS_OFF && member != NULL) {
        return refuse(error, member, "it means nothing with TL_TLS_OFF");
    }
    enum tl_status status = check_word("tls_server_name", options->tls_server_name, error);
    return status == TL_OK ? check_certificates(options, error) : status;
}

/* ---- Metadata ---- */

static bool is_key(const char *key)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-_.";

    return key != NULL && key[0] != '\0' && key[strspn(key, letters)] == '\0';
}

static bool is_reserved(const char *key)
{
    static const char *const reserved[] = {"content-type", "te", "user-agent", "host", "connection"};

    for (size_t i = 0; i < COUNT_OF(reserved); i++) {
        if (strcmp(key, reserved[i]) == 0) {
            return true;
        }
    }
    return strncmp(key, "grpc-", 5) == 0;
}

static bool is_binary(const char *key)
{
    size_t len = strlen(key);

    return len > 4 && strcmp(key + len - 4, "-bin") == 0;
}

static enum tl_status check_metadata(const struct tl_connection_options *options, struct tl_error *error)
{
    if (options->metadata_count > 0 && options->metadata == NULL) {
        return refuse(error, "metadata", "it is NULL, and metadata_count is not 0");
    }
    for (size_t i = 0; i < options->metadata_count; i++) {
        const struct tl_metadata *item = &options->metadata[i];

        if (!is_key(item->key)) {
            return refuse(error, "metadata", "a key has other characters than a-z, 0-9, \"-\", \"_\" and \".\"");
        }
        if (is_reserved(item->key)) {
            return tl_error_set(error, TL_INVALID_ARGUMENT, "metadata", "the key %s is gRPC's own", item->key);
        }
        if (!is_binary(item->key) && !is_between((const char *)item->value.data, item->value.len, ' ', '~')) {
            return tl_error_set(
                error, TL_INVALID_ARGUMENT, "metadata", "the value of %s is no printable ASCII text", item->key);
        }
    }
    return TL_OK;
}

/* ---- The proxy ---- */

static enum tl_status check_proxy(const struct tl_connection_options *options, struct tl_error *error)
{
    struct address address;

    if (options->proxy == NULL) {
        return options->proxy_user != NULL       ? refuse(error, "proxy_user", "there is no proxy")
               : options->proxy_password != NULL ? refuse(error, "proxy_password", "there is no proxy")
                                                 : TL_OK;
    }
    if (options->proxy_password != NULL && options->proxy_user == NULL) {
        return refuse(error, "proxy_password", "there is no proxy_user");
    }
    if (options->proxy_user != NULL && (options->proxy_user[0] == '\0' || strchr(options->proxy_user, ':') != NULL)) {
        return refuse(error, "proxy_user", "it is empty, or holds a \":\"");
    }
    return address_read(&address, options->proxy, "proxy", error);
}

/* ---- Numbers ---- */

static enum tl_status check_range(
    const char *field, tl_duration value, tl_duration least, tl_duration most, const char *why, struct tl_error *error)
{
    return value == 0 || (value >= least && value <= most) ? TL_OK : refuse(error, field, why);
}

static enum tl_status check_numbers(const struct tl_connection_options *options, struct tl_error *error)
{
    enum tl_status status = TL_OK;

    if (options->keepalive_time != TL_NEVER) {
        status = check_range(
            "keepalive_time",
            options->keepalive_time,
            TL_SECONDS(1),
            TL_HOURS(24),
            "it is not from 1 s to 24 h",
            error);
    }
    if (status == TL_OK) {
        status = check_range(
            "keepalive_timeout",
            options->keepalive_timeout,
            TL_MILLISECONDS(100),
            TL_HOURS(24),
            "it is not from 100 ms to 24 h",
            error);
    }
    if (status == TL_OK) {
        status = check_range(
            "connect_timeout",
            options->connect_timeout,
            TL_MILLISECONDS(1),
            TL_HOURS(1),
            "it is not from 1 ms to 1 h",
            error);
    }
    if (status == TL_OK && options->most_message_bytes != 0 &&
        (options->most_message_bytes < 1024 || options->most_message_bytes > INT32_MAX)) {
        return refuse(error, "most_message_bytes", "it is not from 1 KiB to 2 GiB - 1");
    }
    return status;
}

enum tl_status options_check(const struct tl_connection_options *options, struct tl_error *error)
{
    static enum tl_status (*const checks[])(const struct tl_connection_options *options, struct tl_error *error) = {
        check_names,
        check_tls,
        check_metadata,
        check_proxy,
        check_numbers,
    };

    for (size_t i = 0; i < COUNT_OF(checks); i++) {
        enum tl_status status = checks[i](options, error);

        if (status != TL_OK) {
            return status;
        }
    }
    return TL_OK;
}

/* ---- With their defaults ---- */

bool options_tls(const struct tl_connection_options *options)
{
    return options->tls == TL_TLS_ON ||
           (options->tls == TL_TLS_AUTO && (options->api_key != NULL || tls_member(options) != NULL));
}

const char *options_address(const struct tl_connection_options *options)
{
    return options->address != NULL ? options->address : DEFAULT_ADDRESS;
}

const char *options_name_space(const struct tl_connection_options *options)
{
    return options->name_space != NULL ? options->name_space : "default";
}

tl_duration options_keepalive_time(const struct tl_connection_options *options)
{
    return options->keepalive_time != 0 ? options->keepalive_time : DEFAULT_KEEPALIVE_TIME;
}

tl_duration options_keepalive_timeout(const struct tl_connection_options *options)
{
    return options->keepalive_timeout != 0 ? options->keepalive_timeout : DEFAULT_KEEPALIVE_TIMEOUT;
}

size_t options_most_message_bytes(const struct tl_connection_options *options)
{
    return options->most_message_bytes != 0 ? options->most_message_bytes : DEFAULT_MESSAGE_BYTES;
}

tl_duration options_connect_timeout(const struct tl_connection_options *options)
{
    return options->connect_timeout != 0 ? options->connect_timeout : DEFAULT_CONNECT_TIMEOUT;
}

/* RFC 7617. */
#define PROXY_HEADER "Proxy-Authorization:Basic "

static size_t credentials_size(const struct tl_connection_options *options)
{
    return strlen(options->proxy_user) + 1 + (options->proxy_password == NULL ? 0 : strlen(options->proxy_password));
}

size_t options_proxy_header_size(const struct tl_connection_options *options)
{
    /* What is encoded stands behind it meanwhile. */
    return sizeof(PROXY_HEADER) + BASE64_ENCODED_SIZE(credentials_size(options)) + credentials_size(options);
}

void options_proxy_header(const struct tl_connection_options *options, char *text)
{
    size_t size = credentials_size(options);
    size_t user = strlen(options->proxy_user);
    char *encoded = text + sizeof(PROXY_HEADER) - 1;
    char *plain = encoded + BASE64_ENCODED_SIZE(size) + 1;

    memcpy(text, PROXY_HEADER, sizeof(PROXY_HEADER) - 1);
    memcpy(plain, options->proxy_user, user);
    plain[user] = ':';
    memcpy(plain + user + 1, options->proxy_password == NULL ? "" : options->proxy_password, size - user - 1);
    encoded[base64_encode((const uint8_t *)plain, size, encoded)] = '\0';
}
