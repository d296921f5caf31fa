/* SPDX-License-Identifier: MIT */
/* tl_connect against servers and proxies as they should be, and as they should not. */
#include <grpc/support/log.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "tests/transport/wire_test.h"

#define RIGHT_KEY "right-key-7f3a"
#define WRONG_KEY "wrong-key-91bc"
#define PASSWORD  "pass:word-55d0"
#define LOG_MAX   65536

/* "user:" and the password, as a proxy is shown them; less the end. */
#define PASSWORD_64 "dXNlcjpwYXNzOndvcmQtNTVk"

static struct certificate authority;
static struct certificate other_authority;
static struct certificate server;
static struct certificate client;
static struct peer *plain;
static struct peer *secure; /* with TLS */
static struct peer *mutual; /* that asks for the client's certificate */

static int begin(void **state)
{
    (void)state;
    authority = certificate_make(&(struct certificate_options){.name = "authority"});
    other_authority = certificate_make(&(struct certificate_options){.name = "other authority"});
    server = certificate_make(&(struct certificate_options){.dns = "localhost", .ip = "127.0.0.1", .by = &authority});
    client = certificate_make(&(struct certificate_options){.name = "client", .by = &authority});
    plain = peer_new(&(struct peer_options){0});
    secure = peer_new(&(struct peer_options){.certificate = &server});
    mutual = peer_new(&(struct peer_options){.certificate = &server, .client_ca = authority.pem});
    peer_welcomes(plain);
    peer_welcomes(secure);
    peer_welcomes(mutual);
    return 0;
}

static int end(void **state)
{
    (void)state;
    peer_free(plain);
    peer_free(secure);
    peer_free(mutual);
    certificate_done(&authority);
    certificate_done(&other_authority);
    certificate_done(&server);
    certificate_done(&client);
    return 0;
}

/* ---- What is asserted ---- */

static void assert_connects(const struct tl_connection_options *options)
{
    struct tl_error error = {.message = ""};
    struct tl_connection *connection = tl_connect(options, &error);

    if (connection == NULL) {
        fail_msg("refused: %s: %s", error.field, error.message);
    }
    tl_connection_free(connection);
}

static tl_time now(void)
{
    struct timespec time;

    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return TL_SECONDS(time.tv_sec) + time.tv_nsec;
}

/* Refused by `status`, naming `field`, saying `words`; within the connect deadline, and without any secret. */
static void
assert_refused(const struct tl_connection_options *options, enum tl_status status, const char *field, const char *words)
{
    static const char *const secrets[] = {RIGHT_KEY, WRONG_KEY, PASSWORD, PASSWORD_64, "PRIVATE KEY"};
    struct tl_connection_options limited = *options;
    struct tl_error error = {.message = ""};
    tl_time from = now();

    limited.connect_timeout = options->connect_timeout != 0 ? options->connect_timeout : TL_SECONDS(5);
    assert_null(tl_connect(&limited, &error));
    assert_true(now() - from < limited.connect_timeout + TL_SECONDS(2));
    assert_int_equal(error.status, status);
    if (strcmp(error.field, field) != 0 || strstr(error.message, words) == NULL) {
        fail_msg("%s: %s", error.field, error.message);
    }
    for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++) {
        assert_null(strstr(error.message, secrets[i]));
    }
}

/* ---- As it should be ---- */

static void a_server_without_tls(void **state)
{
    (void)state;
    assert_connects(&(struct tl_connection_options){.address = peer_address(plain)});
}

static void a_server_by_its_name(void **state)
{
    char address[32];

    (void)state;
    (void)snprintf(address, sizeof(address), "localhost:%d", peer_port(secure));
    assert_connects(&(struct tl_connection_options){.address = address, .tls_server_ca_pem = authority.pem});
}

static void a_server_with_tls_and_an_authority_of_its_own(void **state)
{
    (void)state;
    assert_connects(
        &(struct tl_connection_options){.address = peer_address(secure), .tls_server_ca_pem = authority.pem});
}

static void a_server_known_by_another_name(void **state)
{
    (void)state;
    assert_connects(&(struct tl_connection_options){
        .address = peer_address(secure), .tls_server_ca_pem = authority.pem, .tls_server_name = "localhost"});
    assert_string_equal(peer_header(secure, ":authority"), "localhost");
}

static void requests_for_an_authority_that_no_certificate_names(void **state)
{
    (void)state;
    assert_connects(&(struct tl_connection_options){
        .address = peer_address(secure), .tls_server_ca_pem = authority.pem, .authority = "gate.example"});
    assert_string_equal(peer_header(secure, ":authority"), "gate.example");
}

static void a_server_that_wants_a_certificate(void **state)
{
    (void)state;
    assert_connects(&(struct tl_connection_options){
        .address = peer_address(mutual),
        .tls_server_ca_pem = authority.pem,
        .tls_client_cert_pem = client.pem,
        .tls_client_key_pem = client.key});
}

static void any_server_without_verification(void **state)
{
    struct certificate expired = certificate_make(
        &(struct certificate_options){.dns = "elsewhere", .by = &other_authority, .starts = -7200, .ends = -3600});
    struct peer *peer = peer_new(&(struct peer_options){.certificate = &expired});

    (void)state;
    peer_welcomes(peer);
    assert_connects(&(struct tl_connection_options){.address = peer_address(peer), .tls_disable_host_verification = 1});
    peer_free(peer);
    certificate_done(&expired);
}

static void a_server_that_is_too_old_for_the_question(void **state)
{
    struct peer *old = peer_new(&(struct peer_options){0});

    (void)state;
    assert_connects(&(struct tl_connection_options){.address = peer_address(old)});
    assert_int_equal(peer_calls(old), 2);
    peer_free(old);
}

static void a_namespace_and_an_identity(void **state)
{
    struct tl_connection *connection = tl_connect(
        &(struct tl_connection_options){.address = peer_address(plain), .name_space = "orders", .identity = "me"},
        NULL);

    (void)state;
    assert_non_null(connection);
    assert_string_equal(tl_connection_namespace(connection), "orders");
    assert_string_equal(tl_connection_identity(connection), "me");
    assert_string_equal(peer_header(plain, "temporal-namespace"), "orders");
    tl_connection_free(connection);
}

/* ---- Certificates ---- */

static void assert_server_refused(const struct certificate_options *certificate, const char *field, const char *words)
{
    struct certificate shown = certificate_make(certificate);
    struct peer *peer = peer_new(&(struct peer_options){.certificate = &shown});

    peer_welcomes(peer);
    assert_refused(
        &(struct tl_connection_options){.address = peer_address(peer), .tls_server_ca_pem = authority.pem},
        TL_UNAVAILABLE,
        field,
        words);
    assert_int_equal(peer_calls(peer), 0);
    peer_free(peer);
    certificate_done(&shown);
}

static void a_certificate_for_another_name(void **state)
{
    (void)state;
    assert_server_refused(
        &(struct certificate_options){.dns = "elsewhere", .by = &authority}, "tls_server_name", "for another name");
}

static void a_certificate_that_expired(void **state)
{
    (void)state;
    assert_server_refused(
        &(struct certificate_options){.ip = "127.0.0.1", .by = &authority, .starts = -7200, .ends = -3600},
        "address",
        "the server's certificate expired on 2");
}

static void a_certificate_of_tomorrow(void **state)
{
    (void)state;
    assert_server_refused(
        &(struct certificate_options){.ip = "127.0.0.1", .by = &authority, .starts = 86400, .ends = 90000},
        "address",
        "the server's certificate is not valid before 2");
}

static void a_certificate_by_another_authority(void **state)
{
    (void)state;
    assert_server_refused(
        &(struct certificate_options){.ip = "127.0.0.1", .by = &other_authority},
        "tls_server_ca_pem",
        "not trusted: unable to get local issuer");
    assert_refused(
        &(struct tl_connection_options){.address = peer_address(secure), .tls = TL_TLS_ON},
        TL_UNAVAILABLE,
        "tls_server_ca_pem",
        "not trusted");
}

static void assert_client_refused(const struct certificate *shown, const char *words)
{
    assert_refused(
        &(struct tl_connection_options){
            .address = peer_address(mutual),
            .tls_server_ca_pem = authority.pem,
            .tls_client_cert_pem = shown == NULL ? NULL : shown->pem,
            .tls_client_key_pem = shown == NULL ? NULL : shown->key},
        TL_UNAVAILABLE,
        "tls_client_cert_pem",
        words);
}

static void a_missing_client_certificate(void **state)
{
    (void)state;
    assert_client_refused(NULL, "the server asks for a client's certificate, and none is given");
}

static void a_client_certificate_that_expired(void **state)
{
    struct certificate expired =
        certificate_make(&(struct certificate_options){.by = &authority, .starts = -7200, .ends = -3600});

    (void)state;
    assert_client_refused(&expired, "the client's certificate expired on 2");
    certificate_done(&expired);
}

static void a_client_certificate_by_another_authority(void **state)
{
    struct certificate foreign = certificate_make(&(struct certificate_options){.by = &other_authority});

    (void)state;
    assert_client_refused(&foreign, "does not accept the client's certificate");
    certificate_done(&foreign);
}

/* ---- Ports ---- */

static void a_port_where_nothing_listens(void **state)
{
    (void)state;
    assert_refused(
        &(struct tl_connection_options){.address = "127.0.0.1:1"}, TL_UNAVAILABLE, "address", "nothing listens there");
}

static void a_name_that_nobody_has(void **state)
{
    (void)state;
    assert_refused(
        &(struct tl_connection_options){.address = "nowhere.invalid:7233"},
        TL_UNAVAILABLE,
        "address",
        "cannot be looked up");
}

static void tls_to_a_port_without(void **state)
{
    (void)state;
    assert_refused(
        &(struct tl_connection_options){.address = peer_address(plain), .tls = TL_TLS_ON},
        TL_UNAVAILABLE,
        "tls",
        "the server does not speak TLS");
}

static void no_tls_to_a_port_with(void **state)
{
    (void)state;
    assert_refused(
        &(struct tl_connection_options){.address = peer_address(secure)},
        TL_UNAVAILABLE,
        "tls",
        "the server speaks TLS, which is off");
}

static void assert_port_refused(const struct proxy_options *listener, const char *words)
{
    struct proxy *proxy = proxy_new(listener);

    assert_refused(&(struct tl_connection_options){.address = proxy_address(proxy)}, TL_UNAVAILABLE, "address", words);
    proxy_free(proxy);
}

static void a_port_of_something_else(void **state)
{
    (void)state;
    assert_port_refused(
        &(struct proxy_options){.refusal = "HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\n\r\n<html>"},
        "speaks HTTP/1");
    assert_port_refused(
        &(struct proxy_options){.refusal = "SSH-2.0-OpenSSH_9.2\r\n", .speaks_first = 1}, "does not speak gRPC");
    assert_port_refused(&(struct proxy_options){.refusal = ""}, "closes the connection");
}

static void a_port_that_never_answers(void **state)
{
    struct proxy *silent = proxy_new(&(struct proxy_options){.silent = 1});
    struct tl_connection_options options = {.address = proxy_address(silent), .connect_timeout = TL_MILLISECONDS(300)};

    (void)state;
    assert_refused(&options, TL_UNAVAILABLE, "address", "does not answer as gRPC does");
    options.tls = TL_TLS_ON;
    assert_refused(&options, TL_UNAVAILABLE, "address", "does not go through with a TLS handshake");
    proxy_free(silent);
}

static void a_server_that_hangs(void **state)
{
    struct peer *peer = peer_new(&(struct peer_options){0});

    (void)state;
    peer_welcomes(peer);
    peer_answers(peer, "DescribeNamespace", &(struct peer_rule){.manner = PEER_HANGS});
    assert_refused(
        &(struct tl_connection_options){.address = peer_address(peer), .connect_timeout = TL_MILLISECONDS(200)},
        TL_DEADLINE_EXCEEDED,
        "address",
        "no answer within connect_timeout");
    peer_free(peer);
}

/* ---- Keys and namespaces ---- */

static void an_api_key_that_is_wrong_or_missing(void **state)
{
    struct peer *peer = peer_new(&(struct peer_options){.certificate = &server});
    struct tl_connection_options options = {.address = peer_address(peer), .tls_server_ca_pem = authority.pem};

    (void)state;
    peer_welcomes(peer);
    peer_answers(peer, "DescribeNamespace", &(struct peer_rule){.authorization = "Bearer " RIGHT_KEY});
    assert_refused(&options, TL_UNAUTHENTICATED, "api_key", "no API key is given");
    options.api_key = WRONG_KEY;
    assert_refused(&options, TL_UNAUTHENTICATED, "api_key", "does not accept the API key");
    options.api_key = RIGHT_KEY;
    assert_connects(&options);
    peer_free(peer);
}

static void a_namespace_that_is_not_there(void **state)
{
    struct peer *peer = peer_new(&(struct peer_options){0});

    (void)state;
    peer_welcomes(peer);
    peer_answers(peer, "DescribeNamespace", &(struct peer_rule){.code = 5, .text = "Namespace lost is not found."});
    assert_refused(
        &(struct tl_connection_options){.address = peer_address(peer), .name_space = "lost"},
        TL_NOT_FOUND,
        "name_space",
        "no such namespace (DescribeNamespace: Namespace lost is not found.)");
    peer_free(peer);
}

/* ---- Proxies ---- */

static void through_a_proxy(void **state)
{
    struct proxy *proxy = proxy_new(&(struct proxy_options){0});
    char wanted[64];

    (void)state;
    assert_connects(&(struct tl_connection_options){.address = peer_address(plain), .proxy = proxy_address(proxy)});
    assert_int_equal(proxy_connections(proxy), 1);
    (void)snprintf(wanted, sizeof(wanted), "CONNECT %s HTTP/1.", peer_address(plain));
    assert_ptr_equal(strstr(proxy_question(proxy), wanted), proxy_question(proxy));
    assert_null(strstr(proxy_question(proxy), "Proxy-Authorization"));
    assert_string_equal(peer_header(plain, ":authority"), peer_address(plain));
    proxy_free(proxy);
}

static void through_a_proxy_that_knows_its_users(void **state)
{
    struct proxy *proxy = proxy_new(&(struct proxy_options){0});

    (void)state;
    assert_connects(&(struct tl_connection_options){
        .address = peer_address(mutual),
        .tls_server_ca_pem = authority.pem,
        .tls_client_cert_pem = client.pem,
        .tls_client_key_pem = client.key,
        .proxy = proxy_address(proxy),
        .proxy_user = "user@host",
        .proxy_password = "p w%40:x"});
    assert_int_equal(proxy_connections(proxy), 1);
    assert_non_null(strstr(proxy_question(proxy), "Proxy-Authorization: Basic dXNlckBob3N0OnAgdyU0MDp4\r\n"));
    proxy_free(proxy);
}

/* gRPC's own way of using a proxy would go by it here. */
static void through_a_proxy_whatever_the_environment_says(void **state)
{
    (void)state;
    assert_int_equal(setenv("no_proxy", "127.0.0.1,localhost", 1), 0);
    assert_int_equal(setenv("http_proxy", "http://127.0.0.1:1", 1), 0);
    through_a_proxy(state);
    a_server_without_tls(state);
    assert_int_equal(unsetenv("no_proxy"), 0);
    assert_int_equal(unsetenv("http_proxy"), 0);
}

static void assert_proxy_refused(const struct proxy_options *listener, const char *words)
{
    struct proxy *proxy = proxy_new(listener);
    size_t calls = peer_calls(plain);

    assert_refused(
        &(struct tl_connection_options){
            .address = peer_address(plain),
            .proxy = proxy_address(proxy),
            .proxy_user = "user",
            .proxy_password = PASSWORD},
        TL_UNAVAILABLE,
        "proxy",
        words);
    assert_int_equal(peer_calls(plain), calls);
    proxy_free(proxy);
}

static void a_proxy_that_refuses(void **state)
{
    (void)state;
    assert_proxy_refused(
        &(struct proxy_options){.refusal = "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"},
        "response code 407");
    assert_proxy_refused(&(struct proxy_options){.refusal = "SSH-2.0-OpenSSH_9.2\r\n"}, "is no HTTP proxy");
}

static pthread_mutex_t log_lock = PTHREAD_MUTEX_INITIALIZER;
static char *log_text;

/* What gRPC would write, of all its threads. */
static void keep_line(gpr_log_func_args *line)
{
    (void)pthread_mutex_lock(&log_lock);
    if (log_text != NULL) {
        size_t len = strlen(log_text);

        (void)snprintf(log_text + len, LOG_MAX - len, "%s\n", line->message);
    }
    (void)pthread_mutex_unlock(&log_lock);
}

/* text: of LOG_MAX bytes; NULL: no more. */
static void keep_log(char *text)
{
    gpr_set_log_function(text == NULL ? NULL : keep_line);
    (void)pthread_mutex_lock(&log_lock);
    log_text = text;
    (void)pthread_mutex_unlock(&log_lock);
}

static void a_proxys_password_is_in_no_log(void **state)
{
    struct proxy *refusing = proxy_new(&(struct proxy_options){.refusal = "HTTP/1.1 403 Forbidden\r\n\r\n"});
    char text[LOG_MAX] = "";

    (void)state;
    gpr_set_log_verbosity(GPR_LOG_SEVERITY_DEBUG);
    keep_log(text);
    assert_refused(
        &(struct tl_connection_options){.address = peer_address(plain), .proxy = proxy_address(refusing)},
        TL_UNAVAILABLE,
        "proxy",
        "403");
    assert_non_null(strstr(text, "grpc.http_connect_server"));
    assert_refused(
        &(struct tl_connection_options){
            .address = peer_address(plain),
            .proxy = proxy_address(refusing),
            .proxy_user = "user",
            .proxy_password = PASSWORD},
        TL_UNAVAILABLE,
        "proxy",
        "403");
    keep_log(NULL);
    assert_null(strstr(text, "http_connect_headers"));
    assert_null(strstr(text, PASSWORD_64));
    proxy_free(refusing);
}

static void a_proxy_that_is_not_there(void **state)
{
    size_t calls = peer_calls(plain);

    (void)state;
    assert_refused(
        &(struct tl_connection_options){.address = peer_address(plain), .proxy = "127.0.0.1:1"},
        TL_UNAVAILABLE,
        "proxy",
        "nothing listens at its address");
    assert_int_equal(peer_calls(plain), calls);
}

static void a_certificate_is_looked_at_through_the_proxy(void **state)
{
    struct proxy *proxy = proxy_new(&(struct proxy_options){0});

    (void)state;
    assert_refused(
        &(struct tl_connection_options){
            .address = peer_address(mutual),
            .tls_server_ca_pem = authority.pem,
            .proxy = proxy_address(proxy),
            .proxy_user = "user",
            .proxy_password = PASSWORD},
        TL_UNAVAILABLE,
        "tls_client_cert_pem",
        "asks for a client's certificate");
    proxy_free(proxy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_server_without_tls),
        cmocka_unit_test(a_server_by_its_name),
        cmocka_unit_test(a_server_with_tls_and_an_authority_of_its_own),
        cmocka_unit_test(a_server_known_by_another_name),
        cmocka_unit_test(requests_for_an_authority_that_no_certificate_names),
        cmocka_unit_test(a_server_that_wants_a_certificate),
        cmocka_unit_test(any_server_without_verification),
        cmocka_unit_test(a_server_that_is_too_old_for_the_question),
        cmocka_unit_test(a_namespace_and_an_identity),
        cmocka_unit_test(a_certificate_for_another_name),
        cmocka_unit_test(a_certificate_that_expired),
        cmocka_unit_test(a_certificate_of_tomorrow),
        cmocka_unit_test(a_certificate_by_another_authority),
        cmocka_unit_test(a_missing_client_certificate),
        cmocka_unit_test(a_client_certificate_that_expired),
        cmocka_unit_test(a_client_certificate_by_another_authority),
        cmocka_unit_test(a_port_where_nothing_listens),
        cmocka_unit_test(a_name_that_nobody_has),
        cmocka_unit_test(tls_to_a_port_without),
        cmocka_unit_test(no_tls_to_a_port_with),
        cmocka_unit_test(a_port_of_something_else),
        cmocka_unit_test(a_port_that_never_answers),
        cmocka_unit_test(a_server_that_hangs),
        cmocka_unit_test(an_api_key_that_is_wrong_or_missing),
        cmocka_unit_test(a_namespace_that_is_not_there),
        cmocka_unit_test(through_a_proxy),
        cmocka_unit_test(through_a_proxy_that_knows_its_users),
        cmocka_unit_test(through_a_proxy_whatever_the_environment_says),
        cmocka_unit_test(a_proxy_that_refuses),
        cmocka_unit_test(a_proxys_password_is_in_no_log),
        cmocka_unit_test(a_proxy_that_is_not_there),
        cmocka_unit_test(a_certificate_is_looked_at_through_the_proxy),
    };

    return cmocka_run_group_tests(tests, begin, end);
}
