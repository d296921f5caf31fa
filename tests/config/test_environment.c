/* SPDX-License-Identifier: MIT */
/* The TEMPORAL_* variables, each and over a file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdbool.h>
#include <string.h>

#include "tests/config/config_fixture.h"

static void nothing_said_is_all_defaults(void **state)
{
    const struct tl_connection_config *config = config_load(*state);

    assert_null(config->connection.address);
    assert_null(config->connection.name_space);
    assert_null(config->connection.api_key);
    assert_null(config->connection.authority);
    assert_int_equal(config->connection.tls, TL_TLS_AUTO);
    assert_int_equal(config->connection.metadata_count, 0);
    assert_string_equal(config->profile, "default");
    assert_null(config->file);
    assert_null(config->codec_endpoint);
}

static void each_plain_variable_has_its_member(void **state)
{
    config_set(*state, "TEMPORAL_ADDRESS=host:1");
    config_set(*state, "TEMPORAL_NAMESPACE=orders");
    config_set(*state, "TEMPORAL_API_KEY=secret");
    config_set(*state, "TEMPORAL_CLIENT_AUTHORITY=proxy.example");
    config_set(*state, "TEMPORAL_CODEC_ENDPOINT=http://codec");
    config_set(*state, "TEMPORAL_CODEC_AUTH=Bearer x=y");
    config_set(*state, "TEMPORAL=x");
    config_set(*state, "TEMPORAL_ADDRESS=another:2"); /* the first of equals, as getenv */
    const struct tl_connection_config *config = config_load(*state);

    assert_text(config->connection.address, "host:1");
    assert_text(config->connection.name_space, "orders");
    assert_text(config->connection.api_key, "secret");
    assert_text(config->connection.authority, "proxy.example");
    assert_text(config->codec_endpoint, "http://codec");
    assert_text(config->codec_auth, "Bearer x=y");
    assert_int_equal(config->connection.tls, TL_TLS_AUTO); /* on, by the key */
}

static void each_tls_variable_has_its_member(void **state)
{
    config_set(*state, "TEMPORAL_TLS_CLIENT_CERT_DATA=CERT");
    config_set(*state, "TEMPORAL_TLS_CLIENT_KEY_DATA=KEY");
    config_set(*state, "TEMPORAL_TLS_SERVER_CA_CERT_DATA=CA");
    config_set(*state, "TEMPORAL_TLS_SERVER_NAME=name");
    config_set(*state, "TEMPORAL_TLS_DISABLE_HOST_VERIFICATION=TRUE");
    const struct tl_connection_options *connection = &config_load(*state)->connection;

    assert_int_equal(connection->tls, TL_TLS_ON);
    assert_text(connection->tls_client_cert_pem, "CERT");
    assert_text(connection->tls_client_key_pem, "KEY");
    assert_text(connection->tls_server_ca_pem, "CA");
    assert_text(connection->tls_server_name, "name");
    assert_int_equal(connection->tls_disable_host_verification, 1);
}

static void paths_are_read(void **state)
{
    config_put(*state, "/c.pem", "CERT\n");
    config_put(*state, "/k.pem", "KEY\n");
    config_put(*state, "ca.pem", "CA\n");
    config_set(*state, "TEMPORAL_TLS_CLIENT_CERT_PATH=/c.pem");
    config_set(*state, "TEMPORAL_TLS_CLIENT_KEY_PATH=/k.pem");
    config_set(*state, "TEMPORAL_TLS_SERVER_CA_CERT_PATH=ca.pem");
    const struct tl_connection_options *connection = &config_load(*state)->connection;

    assert_text(connection->tls_client_cert_pem, "CERT\n");
    assert_text(connection->tls_client_key_pem, "KEY\n");
    assert_text(connection->tls_server_ca_pem, "CA\n");
}

static void files_that_cannot_be_read_are_named(void **state)
{
    struct config_fixture *fixture = *state;

    config_set(fixture, "TEMPORAL_TLS_SERVER_CA_CERT_PATH=/ca.pem");
    config_refused(fixture, TL_IO, "0:0 server_ca_cert", "there is no /ca.pem");
    fixture->broken = "/ca.pem";
    config_refused(fixture, TL_IO, "0:0 server_ca_cert", "the disk is broken");
}

/* TEMPORAL_TLS=..., or none, and what follows for the connection; key: with an API key. */
static void tls_is(void **state, const char *variable, bool key, enum tl_tls_mode mode)
{
    void *fixture = NULL;

    (void)state;
    config_fixture_setup(&fixture);
    if (variable != NULL) {
        config_set(fixture, variable);
    }
    if (key) {
        config_set(fixture, "TEMPORAL_API_KEY=k");
    }
    assert_int_equal(config_load(fixture)->connection.tls, mode);
    config_fixture_teardown(&fixture);
}

static void tls_is_on_when_said_or_when_there_is_a_key(void **state)
{
    tls_is(state, "TEMPORAL_TLS=true", false, TL_TLS_ON);
    tls_is(state, "TEMPORAL_TLS=1", false, TL_TLS_ON);
    tls_is(state, "TEMPORAL_TLS=True", true, TL_TLS_ON);
    tls_is(state, "TEMPORAL_TLS=false", true, TL_TLS_OFF);
    tls_is(state, "TEMPORAL_TLS=0", false, TL_TLS_OFF);
    tls_is(state, "TEMPORAL_TLS=FALSE", false, TL_TLS_OFF);
    tls_is(state, "TEMPORAL_TLS=", false, TL_TLS_AUTO);
    tls_is(state, "TEMPORAL_TLS_DISABLE_HOST_VERIFICATION=false", false, TL_TLS_ON);
    tls_is(state, "TEMPORAL_TLS_DISABLE_HOST_VERIFICATION=", false, TL_TLS_AUTO);
    tls_is(state, "TEMPORAL_TLS_SERVER_NAME=", false, TL_TLS_ON);
}

static void a_disabled_connection_reads_no_certificates(void **state)
{
    config_set(*state, "TEMPORAL_TLS=false");
    config_set(*state, "TEMPORAL_TLS_CLIENT_CERT_PATH=/missing");
    config_set(*state, "TEMPORAL_TLS_SERVER_NAME=name");
    config_set(*state, "TEMPORAL_TLS_DISABLE_HOST_VERIFICATION=1");
    const struct tl_connection_options *connection = &config_load(*state)->connection;

    assert_int_equal(connection->tls, TL_TLS_OFF);
    assert_null(connection->tls_client_cert_pem);
    assert_null(connection->tls_server_name);
    assert_int_equal(connection->tls_disable_host_verification, 0);
}

static void a_boolean_has_to_be_one(void **state)
{
    config_set(*state, "TEMPORAL_TLS=yes");
    config_refused(*state, TL_INVALID_ARGUMENT, "0:0 TEMPORAL_TLS", "neither true nor false");
}

static void a_boolean_of_tls_has_to_be_one(void **state)
{
    config_set(*state, "TEMPORAL_TLS_DISABLE_HOST_VERIFICATION=2");
    config_refused(*state, TL_INVALID_ARGUMENT, "0:0 TEMPORAL_TLS_DISABLE_HOST_VERIFICATION", "neither");
}

static void path_and_data_exclude_each_other(void **state)
{
    static const char *const names[][3] = {
        {"TEMPORAL_TLS_CLIENT_CERT_PATH=p", "TEMPORAL_TLS_CLIENT_CERT_DATA=d", "0:0 client_cert"},
        {"TEMPORAL_TLS_CLIENT_KEY_PATH=p", "TEMPORAL_TLS_CLIENT_KEY_DATA=d", "0:0 client_key"},
        {"TEMPORAL_TLS_SERVER_CA_CERT_PATH=p", "TEMPORAL_TLS_SERVER_CA_CERT_DATA=d", "0:0 server_ca_cert"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        void *fixture = NULL;

        config_fixture_setup(&fixture);
        config_set(fixture, names[i][0]);
        config_set(fixture, names[i][1]);
        config_refused(fixture, TL_INVALID_ARGUMENT, names[i][2], "as path and as data");
        config_set(fixture, "TEMPORAL_TLS=false"); /* sdk-core refuses it then, too */
        config_refused(fixture, TL_INVALID_ARGUMENT, names[i][2], "as path and as data");
        config_fixture_teardown(&fixture);
    }
}

static void certificate_and_key_go_together(void **state)
{
    struct config_fixture *fixture = *state;

    config_set(fixture, "TEMPORAL_TLS_CLIENT_CERT_DATA=CERT");
    config_refused(fixture, TL_INVALID_ARGUMENT, "0:0 client_key", "client_key is missing");
    fixture->environment[0] = "TEMPORAL_TLS_CLIENT_KEY_DATA=KEY";
    config_refused(fixture, TL_INVALID_ARGUMENT, "0:0 client_cert", "client_cert is missing");
}

static void metadata_names_are_made_plain(void **state)
{
    config_set(*state, "TEMPORAL_GRPC_META_SOME_KEY=a=b");
    config_set(*state, "TEMPORAL_GRPC_META_A-b_C=2");
    config_set(*state, "TEMPORAL_GRPC_META_EMPTY=");
    config_set(*state, "TEMPORAL_GRPC_METADATA=no");
    const struct tl_connection_config *config = config_load(*state);

    assert_int_equal(config->connection.metadata_count, 2);
    assert_text(config_header(config, "some-key"), "a=b");
    assert_text(config_header(config, "a-b-c"), "2");
}

static const char full[] = "[profile.default]\n"
                           "address = 'file:1'\n"
                           "namespace = 'file-space'\n"
                           "api_key = 'file-key'\n"
                           "authority = 'file-authority'\n"
                           "codec = { endpoint = 'file-endpoint', auth = 'file-auth' }\n"
                           "grpc_meta = { One_1 = '1', two = '2', three = '3' }\n"
                           "[profile.default.tls]\n"
                           "disabled = true\n"
                           "client_cert_data = 'FILE CERT'\n"
                           "client_key_data = 'FILE KEY'\n"
                           "server_name = 'file-name'\n"
                           "disable_host_verification = true\n";

static void variables_go_before_the_file(void **state)
{
    config_set(*state, "TEMPORAL_ADDRESS=env:1");
    config_set(*state, "TEMPORAL_NAMESPACE=env-space");
    config_set(*state, "TEMPORAL_API_KEY=env-key");
    config_set(*state, "TEMPORAL_CODEC_AUTH=env-auth");
    config_set(*state, "TEMPORAL_TLS=true");
    config_set(*state, "TEMPORAL_TLS_CLIENT_KEY_DATA=ENV KEY");
    config_set(*state, "TEMPORAL_TLS_DISABLE_HOST_VERIFICATION=0");
    config_set(*state, "TEMPORAL_GRPC_META_ONE_1=env-1");
    config_set(*state, "TEMPORAL_GRPC_META_TWO=");
    config_set(*state, "TEMPORAL_GRPC_META_FOUR=4");
    const struct tl_connection_config *config = config_load_text(*state, full);

    assert_text(config->connection.address, "env:1");
    assert_text(config->connection.name_space, "env-space");
    assert_text(config->connection.api_key, "env-key");
    assert_text(config->connection.authority, "file-authority");
    assert_text(config->codec_endpoint, "file-endpoint");
    assert_text(config->codec_auth, "env-auth");
    assert_int_equal(config->connection.tls, TL_TLS_ON);
    assert_text(config->connection.tls_client_cert_pem, "FILE CERT");
    assert_text(config->connection.tls_client_key_pem, "ENV KEY");
    assert_text(config->connection.tls_server_name, "file-name");
    assert_int_equal(config->connection.tls_disable_host_verification, 0);
    assert_int_equal(config->connection.metadata_count, 3);
    assert_text(config_header(config, "one-1"), "env-1");
    assert_text(config_header(config, "two"), NULL);
    assert_text(config_header(config, "three"), "3");
    assert_text(config_header(config, "four"), "4");
}

static void an_empty_variable_takes_back_what_the_file_says(void **state)
{
    config_set(*state, "TEMPORAL_ADDRESS=");
    config_set(*state, "TEMPORAL_API_KEY=");
    config_set(*state, "TEMPORAL_TLS=1");
    config_set(*state, "TEMPORAL_TLS_CLIENT_CERT_DATA=");
    config_set(*state, "TEMPORAL_TLS_CLIENT_KEY_DATA=");
    const struct tl_connection_config *config = config_load_text(*state, full);

    assert_null(config->connection.address);
    assert_null(config->connection.api_key);
    assert_null(config->connection.tls_client_cert_pem);
    assert_text(config->connection.name_space, "file-space");
}

static void a_path_beside_data_of_the_file_is_refused(void **state)
{
    struct config_fixture *fixture = *state;

    config_set(fixture, "TEMPORAL_TLS_CLIENT_CERT_PATH=/c.pem");
    fixture->options.text = tl_bytes_of(full);
    config_refused(fixture, TL_INVALID_ARGUMENT, "0:0 client_cert", "as path and as data");
}

static void the_environment_may_be_ignored(void **state)
{
    struct config_fixture *fixture = *state;

    config_set(fixture, "TEMPORAL_ADDRESS=env:1");
    config_set(fixture, "TEMPORAL_GRPC_META_X=1");
    config_set(fixture, "TEMPORAL_TLS=nonsense");
    config_set(fixture, "TEMPORAL_CONFIG_FILE=/t.toml");
    config_set(fixture, "TEMPORAL_PROFILE=p");
    config_put(fixture, "/t.toml", "[profile.p]\naddress = 'file:1'");
    fixture->options.ignore_environment = 1;
    const struct tl_connection_config *config = config_load(fixture);

    assert_text(config->connection.address, "file:1");
    assert_int_equal(config->connection.metadata_count, 0);
    assert_string_equal(config->profile, "p");
}

static void no_error_quotes_a_secret(void **state)
{
    struct config_fixture *fixture = *state;

    config_set(fixture, "TEMPORAL_TLS=hunter2");
    config_refused(fixture, TL_INVALID_ARGUMENT, "0:0 TEMPORAL_TLS", "");
    assert_null(strstr(fixture->error.message, "hunter2"));
    config_text_refused(
        fixture, "[profile.default]\napi_key = \"hunter2", "2:11 profile.default.api_key", "not closed");
    assert_null(strstr(fixture->error.message, "hunter2"));
    config_text_refused(fixture, "[profile.default]\napi_key = hunter2", "2:11 profile.default.api_key", "no value");
    assert_null(strstr(fixture->error.message, "hunter2"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CONFIG_TEST(nothing_said_is_all_defaults),
        CONFIG_TEST(each_plain_variable_has_its_member),
        CONFIG_TEST(each_tls_variable_has_its_member),
        CONFIG_TEST(paths_are_read),
        CONFIG_TEST(files_that_cannot_be_read_are_named),
        CONFIG_TEST(tls_is_on_when_said_or_when_there_is_a_key),
        CONFIG_TEST(a_disabled_connection_reads_no_certificates),
        CONFIG_TEST(a_boolean_has_to_be_one),
        CONFIG_TEST(a_boolean_of_tls_has_to_be_one),
        CONFIG_TEST(path_and_data_exclude_each_other),
        CONFIG_TEST(certificate_and_key_go_together),
        CONFIG_TEST(metadata_names_are_made_plain),
        CONFIG_TEST(variables_go_before_the_file),
        CONFIG_TEST(an_empty_variable_takes_back_what_the_file_says),
        CONFIG_TEST(a_path_beside_data_of_the_file_is_refused),
        CONFIG_TEST(the_environment_may_be_ignored),
        CONFIG_TEST(no_error_quotes_a_secret),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
