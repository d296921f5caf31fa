/* SPDX-License-Identifier: MIT */
/* What tl_connect refuses before it connects: each member named, no value told. */
#include "worker/transport/options.h"

#include "tests/transport/wire_test.h"

static void assert_taken(const struct tl_connection_options *options)
{
    struct tl_error error = {.message = ""};

    if (options_check(options, &error) != TL_OK) {
        fail_msg("%s: %s", error.field, error.message);
    }
}

/* Values that must not be told begin with SECRET. */
static void assert_refused(const struct tl_connection_options *options, const char *field, const char *words)
{
    struct tl_error error = {.message = ""};

    assert_null(tl_connect(options, &error));
    assert_int_equal(error.status, TL_INVALID_ARGUMENT);
    assert_string_equal(error.field, field);
    if (strstr(error.message, words) == NULL) {
        fail_msg("%s: %s", error.field, error.message);
    }
    assert_null(strstr(error.message, "SECRET"));
}

static void nothing_at_all_has_defaults(void **state)
{
    struct tl_connection_options options = {.address = NULL};

    (void)state;
    assert_taken(&options);
    assert_string_equal(options_address(&options), "localhost:7233");
    assert_string_equal(options_name_space(&options), "default");
    assert_true(options_keepalive_time(&options) == TL_SECONDS(30));
    assert_true(options_keepalive_timeout(&options) == TL_SECONDS(15));
    assert_true(options_connect_timeout(&options) == TL_SECONDS(10));
    assert_int_equal(options_most_message_bytes(&options), 128 << 20);
    assert_false(options_tls(&options));
}

static void tls_is_on_when_anything_needs_it(void **state)
{
    (void)state;
    assert_true(options_tls(&(struct tl_connection_options){.api_key = "key"}));
    assert_true(options_tls(&(struct tl_connection_options){.tls_server_name = "name"}));
    assert_true(options_tls(&(struct tl_connection_options){.tls_server_ca_pem = "pem"}));
    assert_true(options_tls(&(struct tl_connection_options){.tls_disable_host_verification = 1}));
    assert_true(options_tls(&(struct tl_connection_options){.tls = TL_TLS_ON}));
    assert_false(options_tls(&(struct tl_connection_options){.api_key = "key", .tls = TL_TLS_OFF}));
    assert_false(options_tls(&(struct tl_connection_options){.proxy = "proxy:3128"}));
}

static void names_that_are_none(void **state)
{
    (void)state;
    assert_refused(&(struct tl_connection_options){.address = "localhost"}, "address", "port is missing");
    assert_refused(&(struct tl_connection_options){.address = "https://SECRET:1"}, "address", "scheme");
    assert_refused(&(struct tl_connection_options){.name_space = ""}, "name_space", "");
    assert_refused(&(struct tl_connection_options){.identity = "\xff"}, "identity", "");
    assert_refused(&(struct tl_connection_options){.authority = "SECRET x"}, "authority", "spaces");
    assert_refused(&(struct tl_connection_options){.api_key = "SECRET\nx"}, "api_key", "spaces");
    assert_refused(&(struct tl_connection_options){.api_key = ""}, "api_key", "empty");
    assert_refused(&(struct tl_connection_options){.tls_server_name = "SECRET\x7f"}, "tls_server_name", "ASCII");
}

static void tls_that_does_not_fit_together(void **state)
{
    struct certificate one = certificate_make(&(struct certificate_options){.name = "one"});
    struct certificate two = certificate_make(&(struct certificate_options){.name = "two"});
    struct tl_connection_options off = {.tls = TL_TLS_OFF, .tls_server_ca_pem = one.pem};
    struct tl_connection_options no_key = {.tls_client_cert_pem = one.pem};
    struct tl_connection_options no_certificate = {.tls_client_key_pem = one.key};
    struct tl_connection_options mixed = {.tls_client_cert_pem = one.pem, .tls_client_key_pem = two.key};
    struct tl_connection_options good = {.tls_client_cert_pem = one.pem, .tls_client_key_pem = one.key};

    (void)state;
    assert_taken(&good);
    assert_refused(&off, "tls_server_ca_pem", "TL_TLS_OFF");
    assert_refused(&no_key, "tls_client_key_pem", "no key");
    assert_refused(&no_certificate, "tls_client_cert_pem", "no certificate");
    assert_refused(&mixed, "tls_client_key_pem", "does not belong to the certificate");
    assert_refused(&(struct tl_connection_options){.tls = (enum tl_tls_mode)7}, "tls", "tl_tls_mode");
    certificate_done(&one);
    certificate_done(&two);
}

static void pem_texts_that_are_none(void **state)
{
    static const char broken[] = "-----BEGIN CERTIFICATE-----\nSECRET==\n-----END CERTIFICATE-----\n";
    struct certificate one = certificate_make(&(struct certificate_options){.name = "one"});
    char *encrypted = certificate_encrypt_key(&one);
    struct tl_connection_options with_password = {.tls_client_cert_pem = one.pem, .tls_client_key_pem = encrypted};
    struct tl_connection_options no_key = {.tls_client_cert_pem = one.pem, .tls_client_key_pem = "SECRET"};
    struct tl_connection_options swapped = {.tls_client_cert_pem = one.key, .tls_client_key_pem = one.pem};
    char two[8192];

    (void)state;
    assert_refused(&(struct tl_connection_options){.tls_server_ca_pem = ""}, "tls_server_ca_pem", "no PEM text");
    assert_refused(&(struct tl_connection_options){.tls_server_ca_pem = "SECRET"}, "tls_server_ca_pem", "no PEM text");
    assert_refused(&(struct tl_connection_options){.tls_server_ca_pem = broken}, "tls_server_ca_pem", "cannot be read");
    (void)snprintf(two, sizeof(two), "%s%s", one.pem, broken);
    assert_refused(&(struct tl_connection_options){.tls_server_ca_pem = two}, "tls_server_ca_pem", "cannot be read");
    (void)snprintf(two, sizeof(two), "# a comment\n%s\n%s", one.pem, one.pem);
    assert_taken(&(struct tl_connection_options){.tls_server_ca_pem = two});
    assert_refused(&with_password, "tls_client_key_pem", "encrypted");
    assert_refused(&no_key, "tls_client_key_pem", "no PEM text of a private key");
    assert_refused(&swapped, "tls_client_cert_pem", "no PEM text of a certificate");
    certificate_free_text(encrypted);
    certificate_done(&one);
}

static void assert_metadata_refused(const char *key, const char *value, const char *words)
{
    struct tl_metadata metadata[] = {
        {.key = "good", .value = {(const uint8_t *)"SECRET", 6}},
        {.key = key, .value = {(const uint8_t *)value, strlen(value)}},
    };

    assert_refused(&(struct tl_connection_options){.metadata = metadata, .metadata_count = 2}, "metadata", words);
}

static void metadata_that_no_header_can_hold(void **state)
{
    struct tl_metadata binary = {.key = "trace-bin", .value = {(const uint8_t *)"\0\xff\n", 3}};

    (void)state;
    assert_taken(&(struct tl_connection_options){.metadata = &binary, .metadata_count = 1});
    assert_metadata_refused(NULL, "x", "a key has other characters");
    assert_metadata_refused("", "x", "a key has other characters");
    assert_metadata_refused("Upper", "x", "a key has other characters");
    assert_metadata_refused(":path", "x", "a key has other characters");
    assert_metadata_refused("grpc-timeout", "1S", "gRPC's own");
    assert_metadata_refused("content-type", "x", "gRPC's own");
    assert_metadata_refused("key", "SECRET\r\nx: y", "the value of key is no printable ASCII");
    assert_metadata_refused("key", "SECRET\xc3\xa9", "the value of key is no printable ASCII");
    assert_refused(&(struct tl_connection_options){.metadata_count = 1}, "metadata", "NULL");
}

static void proxies_that_are_none(void **state)
{
    (void)state;
    assert_taken(&(struct tl_connection_options){.proxy = "proxy:3128", .proxy_user = "u", .proxy_password = "p"});
    assert_taken(&(struct tl_connection_options){.proxy = "[::1]:3128"});
    assert_refused(&(struct tl_connection_options){.proxy = "http://SECRET@proxy:3128"}, "proxy", "scheme");
    assert_refused(&(struct tl_connection_options){.proxy = "SECRET%40@proxy:3128"}, "proxy", "neither a name");
    assert_refused(&(struct tl_connection_options){.proxy = ""}, "proxy", "port is missing");
    assert_refused(&(struct tl_connection_options){.proxy_user = "SECRET"}, "proxy_user", "no proxy");
    assert_refused(&(struct tl_connection_options){.proxy_password = "SECRET"}, "proxy_password", "no proxy");
    assert_refused(
        &(struct tl_connection_options){.proxy = "proxy:1", .proxy_password = "SECRET"},
        "proxy_password",
        "no proxy_user");
    assert_refused(
        &(struct tl_connection_options){.proxy = "proxy:1", .proxy_user = "SECRET:x"}, "proxy_user", "\":\"");
}

static void the_proxys_header_is_basic_authentication(void **state)
{
    struct tl_connection_options options = {.proxy = "p:1", .proxy_user = "Aladdin", .proxy_password = "open sesame"};
    char text[256];

    (void)state;
    assert_true(options_proxy_header_size(&options) <= sizeof(text));
    options_proxy_header(&options, text);
    assert_string_equal(text, "Proxy-Authorization:Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
}

static void numbers_out_of_range(void **state)
{
    (void)state;
    assert_taken(&(struct tl_connection_options){.keepalive_time = TL_NEVER});
    assert_refused(&(struct tl_connection_options){.keepalive_time = TL_MILLISECONDS(999)}, "keepalive_time", "1 s");
    assert_refused(&(struct tl_connection_options){.keepalive_time = -1}, "keepalive_time", "1 s");
    assert_refused(&(struct tl_connection_options){.keepalive_timeout = TL_HOURS(25)}, "keepalive_timeout", "24 h");
    assert_refused(&(struct tl_connection_options){.connect_timeout = 1}, "connect_timeout", "1 ms");
    assert_refused(&(struct tl_connection_options){.connect_timeout = TL_NEVER}, "connect_timeout", "1 h");
    assert_refused(&(struct tl_connection_options){.most_message_bytes = 1023}, "most_message_bytes", "1 KiB");
    assert_refused(
        &(struct tl_connection_options){.most_message_bytes = (size_t)1 << 31}, "most_message_bytes", "2 GiB");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_at_all_has_defaults),
        cmocka_unit_test(tls_is_on_when_anything_needs_it),
        cmocka_unit_test(names_that_are_none),
        cmocka_unit_test(tls_that_does_not_fit_together),
        cmocka_unit_test(pem_texts_that_are_none),
        cmocka_unit_test(metadata_that_no_header_can_hold),
        cmocka_unit_test(proxies_that_are_none),
        cmocka_unit_test(the_proxys_header_is_basic_authentication),
        cmocka_unit_test(numbers_out_of_range),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
