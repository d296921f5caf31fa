/* SPDX-License-Identifier: MIT */
/* The program timelapse-server: its command line, and from there on sim/server. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/check.h"
#include "model/json_time.h"
#include "programs/server/flags.h"
#include "programs/server/log.h"
#include "sim/server/listener.h"
#include "sim/server/server.h"
#include "sim/server/tls.h"

#define EXIT_USAGE 2

/* What a command line may name, at most. */
#define NAMES_MOST 256

/* What the official test server has from the start. */
static const struct tl_search_definition usual_attributes[] = {
    {"CustomStringField", TL_SEARCH_TEXT},
    {"CustomTextField", TL_SEARCH_TEXT},
    {"CustomKeywordField", TL_SEARCH_KEYWORD},
    {"CustomIntField", TL_SEARCH_INT},
    {"CustomDoubleField", TL_SEARCH_DOUBLE},
    {"CustomBoolField", TL_SEARCH_BOOL},
    {"CustomDatetimeField", TL_SEARCH_DATETIME},
};

struct names {
    const char *namespaces[NAMES_MOST + 1];
    struct tl_search_definition attributes[NAMES_MOST + COUNT_OF(usual_attributes) + 1];
    size_t attribute_count;
};

static struct names names;

static tl_time wall_time(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_REALTIME, &now);
    return TL_SECONDS(now.tv_sec) + now.tv_nsec;
}

static void log_server(void *user, const char *line)
{
    (void)user;
    log_line(LOG_INFO, "%s", line);
}

/* ---- The command line ---- */

static enum tl_status read_number(
    const char *name, const char *text, unsigned long long most, unsigned long long *out, struct tl_error *error)
{
    char *end;

    *out = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || *out > most) {
        return tl_error_set(error, TL_INVALID_ARGUMENT, name, "--%s: %s is no number up to %llu", name, text, most);
    }
    return TL_OK;
}

static enum tl_status read_time(const char *text, tl_time *out, struct tl_error *error)
{
    int64_t seconds;
    int32_t nanos;

    if (!json_time_parse(text, strlen(text), &seconds, &nanos) || seconds > TL_NEVER / TL_SECONDS(2) || seconds < 0) {
        return tl_error_set(
            error,
            TL_INVALID_ARGUMENT,
            "initial-time",
            "--initial-time: %s is no time like 2030-01-01T00:00:00Z",
            text);
    }
    *out = TL_SECONDS(seconds) + nanos;
    return TL_OK;
}

static enum tl_search_type type_of(const char *name)
{
    static const char *const types[] = {"", "Text", "Keyword", "Int", "Double", "Bool", "Datetime", "KeywordList"};

    for (size_t i = 1; i < COUNT_OF(types); i++) {
        if (strcmp(types[i], name) == 0) {
            return (enum tl_search_type)i;
        }
    }
    return TL_SEARCH_UNSET;
}

static enum tl_status read_attribute(const char *text, struct tl_error *error)
{
    const char *equals = strchr(text, '=');
    enum tl_search_type type = equals == NULL ? TL_SEARCH_UNSET : type_of(equals + 1);
    char *name = type == TL_SEARCH_UNSET ? NULL : strndup(text, (size_t)(equals - text)); /* for the process's life */

    if (name == NULL) {
        return tl_error_set(
            error,
            TL_INVALID_ARGUMENT,
            "search-attribute",
            "--search-attribute: %s is no NAME=TYPE with one of the types Text, Keyword, Int, Double, Bool, Datetime, "
            "KeywordList",
            text);
    }
    for (size_t i = 0; i < names.attribute_count; i++) {
        if (strcmp(names.attributes[i].name, name) == 0) {
            names.attributes[i].type = type;
            free(name);
            return TL_OK;
        }
    }
    names.attributes[names.attribute_count++] = (struct tl_search_definition){name, type};
    return TL_OK;
}

static enum tl_status read_names(const struct flags *flags, struct server_options *options, struct tl_error *error)
{
    const char *value;
    size_t count = 0;
    int place = 0;

    while ((value = flags_next(flags, FLAG_namespace, &place)) != NULL && count < NAMES_MOST) {
        names.namespaces[count++] = value;
    }
    if (!flags->is_dev_server) {
        memcpy(names.attributes, usual_attributes, sizeof(usual_attributes));
        names.attribute_count = COUNT_OF(usual_attributes);
    }
    place = 0;
    while ((value = flags_next(flags, FLAG_search_attribute, &place)) != NULL &&
           names.attribute_count + 1 < COUNT_OF(names.attributes)) {
        if (read_attribute(value, error) != TL_OK) {
            return TL_INVALID_ARGUMENT;
        }
    }
    options->sim.namespaces = names.namespaces;
    options->sim.search_attributes = names.attributes;
    return TL_OK;
}

static enum tl_status read_options(
    const struct flags *flags, struct server_options *options, struct listener_options *listener,
    struct tl_error *error)
{
    const char *port = flags->values[FLAG_port];
    const char *seed = flags->values[FLAG_seed];
    unsigned long long number = 7233;

    options->real_time = flags->is_dev_server;
    options->starts_unlocked = flags->values[FLAG_enable_time_skipping] != NULL;
    options->universe_per_namespace = flags->values[FLAG_universe_per_namespace] != NULL;
    options->api_key = flags->values[FLAG_api_key];
    listener->ip = flags->values[FLAG_ip];
    if (port != NULL && read_number("port", port, 65535, &number, error) != TL_OK) {
        return TL_INVALID_ARGUMENT;
    }
    listener->port = (int)number;
    number = (unsigned long long)wall_time();
    if (seed != NULL && read_number("seed", seed, UINT64_MAX, &number, error) != TL_OK) {
        return TL_INVALID_ARGUMENT;
    }
    options->seed = number;
    if (flags->values[FLAG_initial_time] != NULL &&
        read_time(flags->values[FLAG_initial_time], &options->initial_time, error) != TL_OK) {
        return TL_INVALID_ARGUMENT;
    }
    return read_names(flags, options, error);
}

/* NULL without an error: plain. */
static enum tl_status read_tls(const struct flags *flags, struct tls **out_tls, struct tl_error *error)
{
    const char *certificate = flags->values[FLAG_tls_cert];
    const char *key = flags->values[FLAG_tls_key];
    const char *client_ca = flags->values[FLAG_client_ca];

    *out_tls = NULL;
    if (certificate == NULL && key == NULL && client_ca == NULL) {
        return TL_OK;
    }
    if (certificate == NULL || key == NULL) {
        return tl_error_set(error, TL_INVALID_ARGUMENT, "tls-cert", "--tls-cert and --tls-key are needed together");
    }
    *out_tls = tls_new(certificate, key, client_ca, error);
    return *out_tls == NULL ? error->status : TL_OK;
}

/* ---- Running ---- */

static int serve(struct listener *listener, const struct flags *flags, const struct server_options *options)
{
    const char *ip = flags->values[FLAG_ip] == NULL ? "127.0.0.1" : flags->values[FLAG_ip];
    const char *port = flags->values[FLAG_port];

    if (port != NULL && strtoul(port, NULL, 10) == 0) {
        printf("%d\n", listener_port(listener));
        (void)fflush(stdout);
    }
    const char *time = options->real_time         ? "time is real"
                       : options->starts_unlocked ? "time is skipped"
                                                  : "time skipping is locked";
    log_line(LOG_INFO, "listening on %s:%d, %s", ip, listener_port(listener), time);
    int signal = listener_run(listener);
    if (signal < 0) {
        log_line(LOG_ERROR, "out of memory");
        return EXIT_FAILURE;
    }
    log_line(LOG_INFO, "ended by signal %d", signal);
    return EXIT_SUCCESS;
}

static int fail(const struct tl_error *error)
{
    log_line(LOG_ERROR, "%s", error->message);
    return error->status == TL_INVALID_ARGUMENT ? EXIT_USAGE : EXIT_FAILURE;
}

static int run(const struct flags *flags)
{
    struct server_options options = {.wall_time = wall_time, .log = log_server};
    struct listener_options where = {.port = 0};
    struct tls *tls = NULL;
    struct tl_error error;

    if (log_set(flags->values[FLAG_log_level], flags->values[FLAG_log_format], &error) != TL_OK ||
        read_options(flags, &options, &where, &error) != TL_OK || read_tls(flags, &tls, &error) != TL_OK) {
        return fail(&error);
    }
    where.tls = tls;
    struct server *server = server_new(&options, listener_wall(), &error);
    struct listener *listener = server == NULL ? NULL : listener_new(server, &where, &error);
    int result = listener == NULL ? fail(&error) : serve(listener, flags, &options);

    listener_free(listener);
    server_free(server);
    tls_free(tls);
    return result;
}

int main(int argc, char **argv)
{
    struct flags flags;
    struct tl_error error;

    (void)signal(SIGPIPE, SIG_IGN);
    if (flags_read(&flags, argc, argv, stderr, &error) != TL_OK) {
        fprintf(stderr, "timelapse-server: %s\n", error.message);
        flags_print_help(stderr);
        return EXIT_USAGE;
    }
    if (flags.values[FLAG_help] != NULL) {
        flags_print_help(stdout);
        return EXIT_SUCCESS;
    }
    if (flags.values[FLAG_version] != NULL) {
        puts("timelapse-server " TIMELAPSE_VERSION);
        return EXIT_SUCCESS;
    }
    return run(&flags);
}
