/* SPDX-License-Identifier: MIT */
/* temporal.toml: where it is, which profile counts, what it may hold; and the process's own files and variables. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/config/config_fixture.h"
#include "tests/lib/failing_allocator.h"

/* ---- Which file ---- */

static void the_file_is_in_the_config_folder(void **state)
{
    config_set(*state, "HOME=/own");
    config_put(*state, "/own/.config/temporalio/temporal.toml", "[profile.default]\naddress = 'home:1'");
    config_put(*state, "/xdg/temporalio/temporal.toml", "[profile.default]\naddress = 'xdg:1'");
    config_put(*state, "/named.toml", "[profile.default]\naddress = 'named:1'");

    assert_text(config_load(*state)->connection.address, "home:1");
    config_set(*state, "XDG_CONFIG_HOME=/xdg");
    assert_text(config_load(*state)->connection.address, "xdg:1");
    assert_text(config_load(*state)->file, "/xdg/temporalio/temporal.toml");
    config_set(*state, "TEMPORAL_CONFIG_FILE=/named.toml");
    assert_text(config_load(*state)->connection.address, "named:1");
    ((struct config_fixture *)*state)->options.file = "/own/.config/temporalio/temporal.toml";
    assert_text(config_load(*state)->connection.address, "home:1");
}

static void a_relative_xdg_folder_is_none(void **state)
{
    config_set(*state, "XDG_CONFIG_HOME=xdg");
    config_set(*state, "HOME=/own");
    config_set(*state, "TEMPORAL_CONFIG_FILE="); /* as not set */
    config_put(*state, "/own/.config/temporalio/temporal.toml", "[profile.default]\naddress = 'home:1'");
    assert_text(config_load(*state)->connection.address, "home:1");
}

static void a_missing_file_says_nothing(void **state)
{
    config_set(*state, "TEMPORAL_CONFIG_FILE=/missing.toml");
    const struct tl_connection_config *config = config_load(*state);

    assert_null(config->file);
    assert_null(config->connection.address);
}

static void a_file_that_cannot_be_read_is_told(void **state)
{
    struct config_fixture *fixture = *state;

    config_set(fixture, "TEMPORAL_CONFIG_FILE=/t.toml");
    fixture->broken = "/t.toml";
    config_refused(fixture, TL_IO, "0:0 ", "the disk is broken");
}

static void the_file_may_be_ignored(void **state)
{
    struct config_fixture *fixture = *state;

    config_set(fixture, "TEMPORAL_CONFIG_FILE=/t.toml");
    config_set(fixture, "TEMPORAL_PROFILE=nobody");
    config_set(fixture, "TEMPORAL_ADDRESS=env:1");
    config_put(fixture, "/t.toml", "nonsense");
    fixture->options.ignore_file = 1;
    assert_text(config_load(fixture)->connection.address, "env:1");
    fixture->options.ignore_environment = 1;
    config_refused(fixture, TL_INVALID_ARGUMENT, "0:0 ignore_environment", "both");
}

static void a_text_stands_for_the_file(void **state)
{
    struct config_fixture *fixture = *state;

    config_set(fixture, "TEMPORAL_CONFIG_FILE=/t.toml");
    config_put(fixture, "/t.toml", "nonsense");
    assert_text(config_load_text(fixture, "[profile.default]\naddress = 'a:1'")->connection.address, "a:1");
    assert_null(fixture->config->file);
    fixture->options.file = "/t.toml";
    config_refused(fixture, TL_INVALID_ARGUMENT, "0:0 file", "in place of a file");
}

/* ---- Which profile ---- */

static const char profiles[] = "[profile.default]\naddress = 'd:1'\n[profile.'my prod']\naddress = 'p:1'\n";

static void the_profile_is_chosen(void **state)
{
    struct config_fixture *fixture = *state;

    assert_text(config_load_text(fixture, profiles)->connection.address, "d:1");
    config_set(fixture, "TEMPORAL_PROFILE=my prod");
    assert_text(config_load(fixture)->connection.address, "p:1");
    assert_text(fixture->config->profile, "my prod");
    fixture->options.profile = "default";
    assert_text(config_load(fixture)->connection.address, "d:1");
    fixture->options.profile = "";
    assert_text(config_load(fixture)->connection.address, "p:1");
}

static void a_profile_asked_for_has_to_be_there(void **state)
{
    struct config_fixture *fixture = *state;

    assert_null(config_load_text(fixture, "[profile.other]")->connection.address);
    config_set(fixture, "TEMPORAL_PROFILE=default");
    config_refused(fixture, TL_NOT_FOUND, "0:0 profile", "no profile default");
    fixture->options.text = tl_bytes_of("");
    fixture->options.profile = "Other";
    config_refused(fixture, TL_NOT_FOUND, "0:0 profile", "no profile Other");
}

/* ---- What it holds ---- */

static void each_key_has_its_member(void **state)
{
    config_put(*state, "/ca.pem", "CA");
    config_put(*state, "/c.pem", "CERT");
    config_put(*state, "/k.pem", "KEY");
    const struct tl_connection_config *config = config_load_text(
        *state,
        "[profile.default]\n"
        "address = 'a:1'\nnamespace = 'n'\napi_key = 'k'\nauthority = 'au'\n"
        "tls.server_ca_cert_path = '/ca.pem'\n"
        "tls.client_cert_path = '/c.pem'\n"
        "tls.client_key_path = '/k.pem'\n"
        "tls.server_name = 's'\n"
        "tls.disable_host_verification = true\n"
        "codec = {endpoint = 'e', auth = 'x'}\n"
        "grpc_meta.'Some_Key' = 'v'\n"
        "grpc_meta.none = ''\n");
    const struct tl_connection_options *connection = &config->connection;

    assert_text(connection->address, "a:1");
    assert_text(connection->name_space, "n");
    assert_text(connection->api_key, "k");
    assert_text(connection->authority, "au");
    assert_int_equal(connection->tls, TL_TLS_ON);
    assert_text(connection->tls_server_ca_pem, "CA");
    assert_text(connection->tls_client_cert_pem, "CERT");
    assert_text(connection->tls_client_key_pem, "KEY");
    assert_text(connection->tls_server_name, "s");
    assert_int_equal(connection->tls_disable_host_verification, 1);
    assert_text(config->codec_endpoint, "e");
    assert_text(config->codec_auth, "x");
    assert_int_equal(connection->metadata_count, 2);
    assert_text(config_header(config, "some-key"), "v");
    assert_text(config_header(config, "none"), "");
}

static void a_pem_text_stands_in_many_lines(void **state)
{
    const struct tl_connection_config *config = config_load_text(
        *state, "[profile.default.tls]\nserver_ca_cert_data = \"\"\"\n-----BEGIN-----\nabc\n-----END-----\n\"\"\"\n");

    assert_text(config->connection.tls_server_ca_pem, "-----BEGIN-----\nabc\n-----END-----\n");
}

static void a_tls_table_turns_tls_on(void **state)
{
    assert_int_equal(config_load_text(*state, "[profile.default.tls]")->connection.tls, TL_TLS_ON);
    assert_int_equal(config_load_text(*state, "[profile.default.tls]\ndisabled = false")->connection.tls, TL_TLS_ON);
    assert_int_equal(config_load_text(*state, "[profile.default.tls]\ndisabled = true")->connection.tls, TL_TLS_OFF);
    assert_int_equal(config_load_text(*state, "[profile.default.codec]")->connection.tls, TL_TLS_AUTO);
}

static void types_are_checked_in_every_profile(void **state)
{
    config_text_refused(*state, "profile = 1", "1:1 profile", "a table is needed here, not an integer");
    config_text_refused(*state, "profile.x = 1", "1:9 profile.x", "a table is needed here, not an integer");
    config_text_refused(*state, "[[profile.x]]", "1:11 profile.x", "not an array of tables");
    config_text_refused(*state, "[profile.x]\naddress = 1", "2:1 profile.x.address", "a string is needed here");
    config_text_refused(*state, "[profile.x]\naddress = ['a']", "2:1 profile.x.address", "not an array");
    config_text_refused(*state, "[profile.x]\ntls = true", "2:1 profile.x.tls", "not a boolean");
    config_text_refused(
        *state, "[profile.x]\ntls.disabled = 'true'", "2:5 profile.x.tls.disabled", "a boolean is needed");
    config_text_refused(*state, "[profile.x]\ncodec = 1.5", "2:1 profile.x.codec", "not a float");
    config_text_refused(*state, "[profile.x.codec]\nauth = 07:00:00", "2:1 profile.x.codec.auth", "not a date or time");
    config_text_refused(
        *state,
        "[profile.'x y'.grpc_meta]\nb = {}",
        "2:1 profile.\"x y\".grpc_meta.b",
        "a string is needed here, not a table");
    config_text_refused(*state, "[profile.x]\naddress = \"a\\u0000b\"", "2:1 profile.x.address", "holds a NUL");
    config_text_refused(
        *state,
        "[profile.x]\ngrpc_meta = {\"a\\u0000b\" = ''}",
        "2:14 profile.x.grpc_meta.\"a\\u0000b\"",
        "the key holds a NUL");
}

static void path_and_data_exclude_each_other_in_the_file(void **state)
{
    config_text_refused(
        *state,
        "[profile.x.tls]\nclient_key_path = 'p'\nclient_key_data = 'd'",
        "3:1 profile.x.tls.client_key_data",
        "as path and as data");
}

static void unknown_keys_matter_to_strict_reading_alone(void **state)
{
    static const struct {
        const char *text;
        const char *place;
    } cases[] = {
        {"[other]\nx = 1", "1:2 other"},
        {"x = 1", "1:1 x"},
        {"[profile.p]\nfuture = [1, 2]", "2:1 profile.p.future"},
        {"[profile.p]\nAddress = 5", "2:1 profile.p.Address"},
        {"[profile.p.tls]\nfuture = {}", "2:1 profile.p.tls.future"},
        {"[profile.p.codec]\n[profile.p.codec.more]", "2:18 profile.p.codec.more"},
    };
    struct config_fixture *fixture = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        fixture->options.strict = 0;
        (void)config_load_text(fixture, cases[i].text);
        fixture->options.strict = 1;
        config_text_refused(fixture, cases[i].text, cases[i].place, "there is no such key");
    }
    (void)config_load_text(fixture, "[profile.p.grpc_meta]\nany = 'thing'\n[profile.p]\nauthority = 'a'");
}

static void errors_name_the_file(void **state)
{
    config_set(*state, "TEMPORAL_CONFIG_FILE=/t.toml");
    config_put(*state, "/t.toml", "[profile.default]\naddress = x");
    config_refused(*state, TL_MALFORMED, "2:11 profile.default.address", "/t.toml: this is no value");
    ((struct config_fixture *)*state)->options.file = "/u.toml";
    config_put(*state, "/u.toml", "[profile.default]\naddress = 1");
    config_refused(*state, TL_MALFORMED, "2:1 profile.default.address", "/u.toml: a string is needed here");
}

static void a_certificate_with_a_nul_is_none(void **state)
{
    char path[] = "/tmp/timelapse-test-XXXXXX";
    char variable[100];
    int fd = mkstemp(path);
    struct config_fixture *fixture = *state;

    assert_int_equal(write(fd, "a\0b", 3), 3);
    close(fd);
    snprintf(variable, sizeof(variable), "TEMPORAL_TLS_SERVER_CA_CERT_PATH=%s", path);
    config_set(fixture, variable);
    fixture->options.source.read_file = NULL;
    config_refused(fixture, TL_INVALID_ARGUMENT, "0:0 server_ca_cert", "holds a NUL");
    unlink(path);
}

/* ---- The process's own ---- */

static void the_process_is_read_by_default(void **state)
{
    char path[] = "/tmp/timelapse-test-XXXXXX";
    static const char text[] = "[profile.default]\naddress = 'file:1'\nnamespace = 'n'\n";
    int fd = mkstemp(path);

    (void)state;
    assert_int_equal(write(fd, text, sizeof(text) - 1), sizeof(text) - 1);
    close(fd);
    setenv("TEMPORAL_CONFIG_FILE", path, 1);
    setenv("TEMPORAL_NAMESPACE", "env", 1);
    struct tl_connection_config *config = tl_connection_config_load(NULL, NULL);
    assert_non_null(config);
    assert_text(config->connection.address, "file:1");
    assert_text(config->connection.name_space, "env");
    assert_text(config->file, path);
    tl_connection_config_free(config);
    unsetenv("TEMPORAL_CONFIG_FILE");
    unsetenv("TEMPORAL_NAMESPACE");
    unlink(path);
}

static void files_of_the_process_that_are_none_are_told(void **state)
{
    struct config_fixture *fixture = *state;

    fixture->options.source.read_file = NULL;
    fixture->options.file = "/no/such/temporal.toml";
    assert_null(config_load(fixture)->file);
    fixture->options.file = "/tmp";
    config_refused(fixture, TL_IO, "0:0 ", "cannot read /tmp: ");
    fixture->options.file = "/dev/zero";
    config_refused(fixture, TL_TOO_LARGE, "0:0 ", "/dev/zero is larger than 1048576 bytes");
}

static void each_allocation_may_fail(void **state)
{
    struct config_fixture *fixture = *state;
    struct failing_allocator memory;
    size_t nth = 0;

    config_put(fixture, "/ca.pem", "CA");
    config_put(
        fixture, "/t.toml", "[profile.default]\naddress = 'a:1'\ntls.server_ca_cert_path = '/ca.pem'\nx = {y = [1]}\n");
    config_set(fixture, "TEMPORAL_CONFIG_FILE=/t.toml");
    config_set(fixture, "TEMPORAL_GRPC_META_A=1");
    fixture->options.allocator = &memory.allocator;
    do {
        failing_allocator_init(&memory);
        failing_allocator_fail(&memory, ++nth, FAIL_ONCE);
        struct tl_error error = {0};
        struct tl_connection_config *config = tl_connection_config_load(&fixture->options, &error);

        assert_int_equal(config == NULL, memory.failed > 0);
        assert_int_equal(error.status, memory.failed > 0 ? TL_NO_MEMORY : TL_OK);
        tl_connection_config_free(config);
        assert_null(failing_allocator_complaint(&memory));
    } while (memory.failed > 0);
    assert_true(nth > 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CONFIG_TEST(the_file_is_in_the_config_folder),
        CONFIG_TEST(a_relative_xdg_folder_is_none),
        CONFIG_TEST(a_missing_file_says_nothing),
        CONFIG_TEST(a_file_that_cannot_be_read_is_told),
        CONFIG_TEST(the_file_may_be_ignored),
        CONFIG_TEST(a_text_stands_for_the_file),
        CONFIG_TEST(the_profile_is_chosen),
        CONFIG_TEST(a_profile_asked_for_has_to_be_there),
        CONFIG_TEST(each_key_has_its_member),
        CONFIG_TEST(a_pem_text_stands_in_many_lines),
        CONFIG_TEST(a_tls_table_turns_tls_on),
        CONFIG_TEST(types_are_checked_in_every_profile),
        CONFIG_TEST(path_and_data_exclude_each_other_in_the_file),
        CONFIG_TEST(unknown_keys_matter_to_strict_reading_alone),
        CONFIG_TEST(errors_name_the_file),
        CONFIG_TEST(a_certificate_with_a_nul_is_none),
        CONFIG_TEST(the_process_is_read_by_default),
        CONFIG_TEST(files_of_the_process_that_are_none_are_told),
        CONFIG_TEST(each_allocation_may_fail),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
