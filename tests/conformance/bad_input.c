/* SPDX-License-Identifier: MIT */
/*
 * bad-input: makes every connection of bad_input.def to a real server, changes an API key while connected, and sends
 * and asks for more than a message may hold. It runs beside with_real_server.sh; JUDGE_RIGHT_KEY, JUDGE_NEXT_KEY,
 * JUDGE_WRONG_KEY, JUDGE_PASSWORD and JUDGE_BASIC (user "judge" and that password, as a proxy is shown them) are
 * secrets that whoever runs it looks for in all it prints.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <timelapse/connection.h>

#include "base/check.h"
#include "tests/conformance/bad_input.h"
#include "tests/transport/proxy.h"

#define CONNECT_TIMEOUT TL_SECONDS(5)
#define SILENT_TIMEOUT  TL_SECONDS(1)
#define USER            "judge"

static size_t passed;
static size_t failed;

void report(bool good, const char *what, const char *told)
{
    printf("%s  %s: %s\n", good ? "ok    " : "FAILED", what, told);
    passed += good;
    failed += !good;
}

const char *variable(const char *name)
{
    const char *value = getenv(name);

    if (value == NULL) {
        (void)fprintf(stderr, "bad-input: %s is not set\n", name);
        exit(2);
    }
    return value;
}

/* ---- What there is ---- */

static struct proxy *open_proxy;
static struct proxy *known;
static struct proxy *refusing;
static struct proxy *other;
static struct proxy *silent;

static void open_proxies(void)
{
    static char basic[128]; /* the proxy borrows it */

    (void)snprintf(basic, sizeof(basic), "Basic %s", variable("JUDGE_BASIC"));
    open_proxy = proxy_new(&(struct proxy_options){0});
    known = proxy_new(&(struct proxy_options){.authorization = basic});
    refusing = proxy_new(&(struct proxy_options){.refusal = "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"});
    other = proxy_new(&(struct proxy_options){.refusal = "SSH-2.0-OpenSSH_9.2\r\n"});
    silent = proxy_new(&(struct proxy_options){.silent = 1});
}

static void close_proxies(void)
{
    proxy_free(open_proxy);
    proxy_free(known);
    proxy_free(refusing);
    proxy_free(other);
    proxy_free(silent);
}

char *read_pem(const char *name, const char *suffix)
{
    char path[4096];
    char text[8192];

    if (name == NULL) {
        return NULL;
    }
    (void)snprintf(path, sizeof(path), "%s/%s%s", variable("JUDGE_CERTIFICATES"), name, suffix);
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        perror(path);
        exit(2);
    }
    size_t len = fread(text, 1, sizeof(text), file);
    (void)fclose(file);
    return strndup(text, len);
}

/* ---- One row ---- */

enum place {
    PLACE_plain,
    PLACE_tls,
    PLACE_mtls,
    PLACE_expired,
    PLACE_elsewhere,
    PLACE_stranger,
    PLACE_nobody,
    PLACE_silent
};

enum key {
    KEY_none,
    KEY_right,
    KEY_wrong
};

struct input {
    const char *at_name;
    enum place at;
    const char *trusts;
    const char *name;
    const char *shows;
    enum key key;
    const char *name_space;
    const char *proxy;
    enum tl_status status;
    const char *field;
    const char *words;
    int most_ms;
};

static const struct input inputs[] = {
#define INPUT(at, trusts, name, shows, key, name_space, proxy, status, field, words, ms)                               \
    {#at, PLACE_##at, trusts, name, shows, KEY_##key, name_space, proxy, TL_##status, field, words, ms},
#include "tests/conformance/bad_input.def"
#undef INPUT
};

static const char *address_of(enum place place)
{
    static const char *const variables[] = {
        [PLACE_plain] = "JUDGE_ADDRESS",
        [PLACE_tls] = "JUDGE_TLS_ADDRESS",
        [PLACE_mtls] = "JUDGE_MTLS_ADDRESS",
        [PLACE_expired] = "JUDGE_EXPIRED_ADDRESS",
        [PLACE_elsewhere] = "JUDGE_ELSEWHERE_ADDRESS",
        [PLACE_stranger] = "JUDGE_STRANGER_ADDRESS",
    };

    if (place == PLACE_nobody) {
        return "127.0.0.1:1";
    }
    return place == PLACE_silent ? proxy_address(silent) : variable(variables[place]);
}

static const char *key_of(enum key key)
{
    static const char *const variables[] = {[KEY_right] = "JUDGE_RIGHT_KEY", [KEY_wrong] = "JUDGE_WRONG_KEY"};

    return key == KEY_none ? NULL : variable(variables[key]);
}

static void use_proxy(struct tl_connection_options *options, const char *name)
{
    struct proxy *const named[] = {open_proxy, known, known, known, refusing, NULL, other};
    static const char *const names[] = {"open", "known", "unknown", "unnamed", "refusing", "absent", "other"};

    for (size_t i = 0; name != NULL && i < COUNT_OF(names); i++) {
        if (strcmp(name, names[i]) == 0) {
            options->proxy = named[i] == NULL ? "127.0.0.1:1" : proxy_address(named[i]);
        }
    }
    if (name != NULL && (strcmp(name, "known") == 0 || strcmp(name, "unknown") == 0)) {
        options->proxy_user = USER;
        options->proxy_password = name[0] == 'k' ? variable("JUDGE_PASSWORD") : variable("JUDGE_WRONG_KEY");
    }
}

static tl_time now(void)
{
    struct timespec time;

    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return TL_SECONDS(time.tv_sec) + time.tv_nsec;
}

static void describe(const struct input *input, char *text, size_t size)
{
    (void)snprintf(
        text,
        size,
        "%s%s%s%s%s%s%s%s, namespace %s%s%s",
        input->at_name,
        input->trusts == NULL ? "" : ", trusts ",
        input->trusts == NULL ? "" : input->trusts,
        input->name == NULL ? "" : ", called ",
        input->name == NULL ? "" : input->name,
        input->shows == NULL ? "" : ", shows ",
        input->shows == NULL ? "" : input->shows,
        input->key == KEY_none ? "" : (input->key == KEY_right ? ", right key" : ", wrong key"),
        input->name_space,
        input->proxy == NULL ? "" : ", proxy ",
        input->proxy == NULL ? "" : input->proxy);
}

static void check(const struct input *input, const struct tl_error *error, tl_duration took)
{
    char what[256];
    char told[sizeof(error->message) + sizeof(error->field) + 64];
    bool good = error->status == input->status && strcmp(error->field, input->field) == 0 &&
                strstr(error->message, input->words) != NULL && took < TL_MILLISECONDS(input->most_ms);

    describe(input, what, sizeof(what));
    (void)snprintf(
        told,
        sizeof(told),
        "%s %s: %s (%lld ms)",
        tl_status_name(error->status),
        error->field,
        error->message,
        (long long)(took / TL_MILLISECONDS(1)));
    report(good, what, told);
}

static void try_input(const struct input *input)
{
    char *authority = read_pem(input->trusts, ".pem");
    char *certificate = read_pem(input->shows, ".pem");
    char *key = read_pem(input->shows, ".key");
    struct tl_connection_options options = {
        .address = address_of(input->at),
        .name_space = input->name_space,
        .api_key = key_of(input->key),
        .tls_server_name = input->name,
        .tls_server_ca_pem = authority,
        .tls_client_cert_pem = certificate,
        .tls_client_key_pem = key,
        .connect_timeout = input->at == PLACE_silent ? SILENT_TIMEOUT : CONNECT_TIMEOUT};
    struct tl_error error = {.status = TL_OK};

    use_proxy(&options, input->proxy);
    tl_time from = now();
    struct tl_connection *connection = tl_connect(&options, &error);
    tl_duration took = now() - from;
    tl_connection_free(connection);
    check(input, &error, took);
    free(authority);
    free(certificate);
    free(key);
}

int main(void)
{
    open_proxies();
    accept_key(variable("JUDGE_RIGHT_KEY"));
    for (size_t i = 0; i < COUNT_OF(inputs); i++) {
        try_input(&inputs[i]);
    }
    try_rotation();
    try_sizes();
    close_proxies();
    printf("bad input: %zu passed, %zu failed\n", passed, failed);
    return failed > 0;
}
