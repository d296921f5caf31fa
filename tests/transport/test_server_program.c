/* SPDX-License-Identifier: MIT */
/* timelapse-server as a process: its command line, its port, who may connect, how it ends. TIMELAPSE_SERVER_PROGRAM
 * names it. */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <timelapse/client.h>
#include <timelapse/driver.h>
#include <unistd.h>

#include "tests/transport/wire_test.h"

#define WORDS 16

struct process {
    pid_t id;
    FILE *out;
    FILE *err;
};

/* ---- Processes ---- */

static const char *program(void)
{
    const char *path = getenv("TIMELAPSE_SERVER_PROGRAM");

    if (path == NULL) {
        skip();
    }
    return path;
}

static void run_as(const char *path, const char *const *words, const int out[2], const int err[2])
{
    const char *all[WORDS] = {path};

    for (size_t i = 0; words[i] != NULL && i + 2 < WORDS; i++) {
        all[i + 1] = words[i];
    }
    (void)dup2(out[1], STDOUT_FILENO);
    (void)dup2(err[1], STDERR_FILENO);
    (void)execv(path, (char *const *)(uintptr_t)all);
    _exit(127);
}

/* words: up to a NULL. */
static struct process start(const char *const *words)
{
    const char *path = program();
    int out[2];
    int err[2];

    assert_int_equal(pipe2(out, O_CLOEXEC), 0);
    assert_int_equal(pipe2(err, O_CLOEXEC), 0);
    struct process process = {.id = fork()};
    assert_true(process.id >= 0);
    if (process.id == 0) {
        run_as(path, words, out, err);
    }
    (void)close(out[1]);
    (void)close(err[1]);
    process.out = fdopen(out[0], "r");
    process.err = fdopen(err[0], "r");
    return process;
}

/* Its exit code; what it said on standard error goes to `said`. */
static int end(struct process *process, int signal_number, char said[4096])
{
    int status;

    if (signal_number != 0) {
        assert_int_equal(kill(process->id, signal_number), 0);
    }
    assert_int_equal(waitpid(process->id, &status, 0), process->id);
    said[fread(said, 1, 4095, process->err)] = '\0';
    (void)fclose(process->out);
    (void)fclose(process->err);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* The port that it prints. */
static const char *address_of(const struct process *process)
{
    static char address[32];
    char line[16] = "";

    assert_non_null(fgets(line, sizeof(line), process->out));
    (void)snprintf(address, sizeof(address), "127.0.0.1:%ld", strtol(line, NULL, 10));
    return address;
}

/* ---- The command line ---- */

static void assert_says(const char *const *words, int code, const char *what)
{
    char said[4096];
    struct process process = start(words);

    assert_int_equal(end(&process, 0, said), code);
    if (strstr(said, what) == NULL) {
        fail_msg("%s: %s", words[0], said);
    }
}

static void what_is_wrong_is_named(void **state)
{
    (void)state;
    assert_says((const char *const[]){"--port", "65536", NULL}, 2, "--port: 65536 is no number up to 65535");
    assert_says((const char *const[]){"--port", NULL}, 2, "--port needs a value");
    assert_says((const char *const[]){"nonsense", NULL}, 2, "there is no command nonsense");
    assert_says((const char *const[]){"--seed=x", NULL}, 2, "--seed: x is no number");
    assert_says((const char *const[]){"--initial-time", "soon", NULL}, 2, "--initial-time: soon is no time");
    assert_says((const char *const[]){"--search-attribute", "Name=Txt", NULL}, 2, "Name=Txt is no NAME=TYPE");
    assert_says((const char *const[]){"--log-level", "loud", NULL}, 2, "there is no level loud");
    assert_says((const char *const[]){"--log-format", "xml", NULL}, 2, "there is no format xml");
    assert_says((const char *const[]){"--tls-cert", "x.pem", NULL}, 2, "--tls-key are needed together");
    assert_says((const char *const[]){"--tls-cert", "/no", "--tls-key", "/no", NULL}, 2, "/no: ");
    assert_says(
        (const char *const[]){"--port", "0", "--ip", "300.0.0.1", NULL}, 1, "300.0.0.1:0 cannot be listened on");
}

static void help_and_version_are_printed(void **state)
{
    char said[4096];
    char line[128];

    (void)state;
    struct process process = start((const char *const[]){"--version", NULL});
    assert_non_null(fgets(line, sizeof(line), process.out));
    assert_string_equal(line, "timelapse-server " TIMELAPSE_VERSION "\n");
    assert_int_equal(end(&process, 0, said), 0);
    process = start((const char *const[]){"--help", NULL});
    assert_non_null(fgets(line, sizeof(line), process.out));
    assert_string_equal(line, "usage: timelapse-server PORT [--enable-time-skipping] [FLAG...]\n");
    assert_int_equal(end(&process, 0, said), 0);
}

/* ---- Connections ---- */

static enum tl_status connect_to(const struct tl_connection_options *options, struct tl_error *error)
{
    struct tl_connection *connection = tl_connect(options, error);
    enum tl_status status = connection == NULL ? error->status : TL_OK;

    tl_connection_free(connection);
    return status;
}

static void assert_ends_at_once(struct process *process, int signal_number)
{
    char said[4096];

    assert_int_equal(end(process, signal_number, said), 0);
}

static void a_port_is_found_and_served(void **state)
{
    struct process process = start((const char *const[]){"--port", "0", NULL});
    struct tl_error error;

    (void)state;
    assert_int_equal(connect_to(&(struct tl_connection_options){.address = address_of(&process)}, &error), TL_OK);
    assert_ends_at_once(&process, SIGTERM);
}

/* As SDKs start it: one of these words it does not know. */
static void a_dev_server_is_started_with_what_sdks_give_it(void **state)
{
    struct process process = start((const char *const[]){
        "server",
        "start-dev",
        "--port",
        "0",
        "--namespace",
        "shop",
        "--headless",
        "--dynamic-config-value",
        "system.forceSearchAttributesCacheRefreshOnRead=true",
        "--what-is-this",
        "value",
        "--log-format=json",
        NULL});
    const struct tl_connection_options options = {.address = address_of(&process), .name_space = "shop"};
    struct tl_error error;
    char said[4096];

    (void)state;
    assert_int_equal(connect_to(&options, &error), TL_OK);
    assert_int_equal(end(&process, SIGINT, said), 0);
    assert_non_null(strstr(said, "there is no flag --what-is-this: it is passed over"));
    assert_non_null(strstr(said, "\"level\":\"info\",\"message\":\"listening on 127.0.0.1:"));
}

static void a_key_is_asked_for(void **state)
{
    struct process process = start((const char *const[]){"0", "--api-key", "sesame", NULL});
    struct tl_connection_options options = {.address = address_of(&process), .tls = TL_TLS_OFF};
    struct tl_error error;

    (void)state;
    assert_int_equal(connect_to(&options, &error), TL_UNAUTHENTICATED);
    options.api_key = "sesame";
    assert_int_equal(connect_to(&options, &error), TL_OK);
    assert_ends_at_once(&process, SIGTERM);
}

/* ---- TLS ---- */

static char *write_text(const char *text)
{
    static char paths[8][32];
    static size_t count;
    char *path = paths[count++ % 8];

    strcpy(path, "/tmp/timelapse-tls-XXXXXX");
    int file = mkstemp(path);
    assert_true(file >= 0);
    assert_int_equal(write(file, text, strlen(text)), strlen(text));
    (void)close(file);
    return path;
}

static void certificates_are_shown_and_asked_for(void **state)
{
    struct certificate authority = certificate_make(&(struct certificate_options){.name = "authority"});
    struct certificate server = certificate_make(&(struct certificate_options){.ip = "127.0.0.1", .by = &authority});
    struct certificate client = certificate_make(&(struct certificate_options){.name = "client", .by = &authority});
    const char *const files[] = {write_text(server.pem), write_text(server.key), write_text(authority.pem)};
    struct process process = start((const char *const[]){
        "--port", "0", "--tls-cert", files[0], "--tls-key", files[1], "--client-ca", files[2], NULL});
    struct tl_connection_options options = {
        .address = address_of(&process), .tls_server_ca_pem = authority.pem, .connect_timeout = TL_SECONDS(2)};
    struct tl_error error;

    (void)state;
    assert_int_not_equal(connect_to(&options, &error), TL_OK);
    options.tls_client_cert_pem = client.pem;
    options.tls_client_key_pem = client.key;
    assert_int_equal(connect_to(&options, &error), TL_OK);
    const struct tl_connection_options plain = {.address = options.address, .connect_timeout = TL_SECONDS(1)};
    assert_int_not_equal(connect_to(&plain, &error), TL_OK);
    assert_int_equal(connect_to(&options, &error), TL_OK);
    assert_ends_at_once(&process, SIGTERM);
    for (size_t i = 0; i < 3; i++) {
        (void)unlink(files[i]);
    }
    certificate_done(&client);
    certificate_done(&server);
    certificate_done(&authority);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_wrong_is_named),
        cmocka_unit_test(help_and_version_are_printed),
        cmocka_unit_test(a_port_is_found_and_served),
        cmocka_unit_test(a_dev_server_is_started_with_what_sdks_give_it),
        cmocka_unit_test(a_key_is_asked_for),
        cmocka_unit_test(certificates_are_shown_and_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
