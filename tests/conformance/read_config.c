/* SPDX-License-Identifier: MIT */
/*
 * Loads configurations that the Go program in envconfig/ asks for (reader.go): fields "NAME LENGTH\n<bytes>\n" on
 * standard input, of which "load" ends a case; each is answered with a line of JSON, as its profile.go reads it.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <timelapse/connection_config.h>

#define MOST_VARIABLES 64

struct asked {
    char *environment[MOST_VARIABLES + 1];
    size_t variables;
    char *text;
    size_t text_len;
    char *profile;
    struct tl_connection_config_options options;
};

/* ---- Asked ---- */

static void clear(struct asked *asked)
{
    for (size_t i = 0; i < asked->variables; i++) {
        free(asked->environment[i]);
    }
    free(asked->text);
    free(asked->profile);
    *asked = (struct asked){0};
}

/* NULL when the input is over or none of this kind. */
static char *read_field(char *name, size_t *out_len)
{
    /* NOLINTNEXTLINE(cert-err34-c): the other program writes the numbers */
    if (scanf("%31s %zu", name, out_len) != 2 || getchar() != '\n') {
        return NULL;
    }
    char *value = malloc(*out_len + 1);

    if (value != NULL && (fread(value, 1, *out_len, stdin) != *out_len || getchar() != '\n')) {
        free(value);
        return NULL;
    }
    if (value != NULL) {
        value[*out_len] = '\0';
    }
    return value;
}

/* Takes the value. */
static void take(struct asked *asked, const char *name, char *value, size_t len)
{
    if (strcmp(name, "env") == 0 && asked->variables < MOST_VARIABLES) {
        asked->environment[asked->variables++] = value;
        return;
    }
    if (strcmp(name, "text") == 0) {
        asked->text = value;
        asked->text_len = len;
        return;
    }
    if (strcmp(name, "profile") == 0) {
        asked->profile = value;
        return;
    }
    asked->options.strict |= strcmp(name, "strict") == 0;
    asked->options.ignore_file |= strcmp(name, "ignore_file") == 0;
    asked->options.ignore_environment |= strcmp(name, "ignore_environment") == 0;
    free(value);
}

static bool read_case(struct asked *asked)
{
    char name[32];
    char *value;
    size_t len;

    while ((value = read_field(name, &len)) != NULL) {
        if (strcmp(name, "load") == 0) {
            free(value);
            return true;
        }
        take(asked, name, value, len);
    }
    return false;
}

/* ---- Answered ---- */

static void print_string(const char *text)
{
    putchar('"');
    for (const unsigned char *at = (const unsigned char *)text; *at != '\0'; at++) {
        if (*at < ' ' || *at == '"' || *at == '\\') {
            printf("\\u%04x", *at);
        } else {
            putchar(*at);
        }
    }
    putchar('"');
}

static void print_member(const char *name, const char *value)
{
    if (value != NULL) {
        printf(",\"%s\":", name);
        print_string(value);
    }
}

static void print_metadata(const struct tl_connection_options *connection)
{
    for (size_t i = 0; i < connection->metadata_count; i++) {
        printf("%s", i == 0 ? ",\"grpc_meta\":{" : ",");
        print_string(connection->metadata[i].key);
        putchar(':');
        print_string((const char *)connection->metadata[i].value.data);
    }
    printf("%s", connection->metadata_count == 0 ? "" : "}");
}

static void print_config(const struct tl_connection_config *config)
{
    const struct tl_connection_options *connection = &config->connection;
    bool tls = connection->tls == TL_TLS_ON || (connection->tls == TL_TLS_AUTO && connection->api_key != NULL);

    printf("{\"tls\":%s", tls ? "true" : "false");
    print_member("address", connection->address);
    print_member("namespace", connection->name_space);
    print_member("api_key", connection->api_key);
    print_member("authority", connection->authority);
    print_member("client_cert", connection->tls_client_cert_pem);
    print_member("client_key", connection->tls_client_key_pem);
    print_member("server_ca_cert", connection->tls_server_ca_pem);
    print_member("server_name", connection->tls_server_name);
    printf("%s", connection->tls_disable_host_verification ? ",\"disable_host_verification\":true" : "");
    print_member("codec_endpoint", config->codec_endpoint);
    print_member("codec_auth", config->codec_auth);
    print_metadata(connection);
    puts("}");
}

static void answer(struct asked *asked)
{
    struct tl_error error = {0};

    asked->options.source.environment = (const char *const *)asked->environment;
    asked->options.profile = asked->profile;
    asked->options.text = (struct tl_bytes){(const uint8_t *)asked->text, asked->text_len};
    struct tl_connection_config *config = tl_connection_config_load(&asked->options, &error);

    if (config == NULL) {
        printf("{\"tls\":false,\"refused\":");
        print_string(error.message);
        puts("}");
    } else {
        print_config(config);
    }
    (void)fflush(stdout);
    tl_connection_config_free(config);
}

int main(void)
{
    struct asked asked = {0};

    while (read_case(&asked)) {
        answer(&asked);
        clear(&asked);
    }
    clear(&asked);
    return feof(stdin) ? EXIT_SUCCESS : EXIT_FAILURE;
}
