/* SPDX-License-Identifier: MIT */
#include "worker/transport/reason.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "worker/transport/options.h"
#include "worker/transport/pem.h"
#include "worker/transport/probe.h"

#define LONGEST_LOOK TL_SECONDS(2)

struct reason {
    char field[64];
    char text[224];
};

static void set(struct reason *reason, const char *field, const char *text)
{
    (void)snprintf(reason->field, sizeof(reason->field), "%s", field);
    (void)snprintf(reason->text, sizeof(reason->text), "%s", text);
}

static bool says(const struct tl_reply *reply, const char *words)
{
    return strstr(reply->text, words) != NULL;
}

/* ---- By gRPC's words ---- */

enum when {
    ANY,
    PROXY,
    TLS
};

static void read_words(struct reason *reason, const struct tl_connection_options *options, const struct tl_reply *reply)
{
    static const struct {
        const char *words;
        enum when when;
        const char *field;
        const char *text;
    } rows[] = {
#define REASON(words, when, field, text) {words, when, field, text},
#include "worker/transport/reasons.def"
#undef REASON
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        bool fits = rows[i].when == ANY || (rows[i].when == PROXY ? options->proxy != NULL : options_tls(options));

        if (fits && says(reply, rows[i].words)) {
            set(reason, rows[i].field, rows[i].text);
            return;
        }
    }
}

/* ---- By a look at the server ---- */

static void tell_untrusted(struct reason *reason, const struct probe *probe)
{
    if (probe->dates[0] != '\0') {
        set(reason, "address", "");
        (void)snprintf(reason->text, sizeof(reason->text), "the server's certificate %s", probe->dates);
    } else if (probe->untrusted[0] != '\0') {
        (void)snprintf(
            reason->text, sizeof(reason->text), "the server's certificate is not trusted: %s", probe->untrusted);
    }
}

/* The server wanted a certificate, and hung up on the one it was shown, or on none. */
static void tell_certificate(struct reason *reason, const struct tl_connection_options *options)
{
    char dates[64];

    if (options->tls_client_cert_pem == NULL) {
        set(reason, "tls_client_cert_pem", "the server asks for a client's certificate, and none is given");
        return;
    }
    pem_describe_dates(options->tls_client_cert_pem, dates, sizeof(dates));
    set(reason, "tls_client_cert_pem", "the server does not accept the client's certificate");
    if (dates[0] != '\0') {
        (void)snprintf(reason->text, sizeof(reason->text), "the client's certificate %s", dates);
    }
}

/* A server that asks for a certificate hangs up on a wrong one; under TLS 1.3 after the handshake, by an alert that
 * gRPC takes for broken data. */
static bool was_closed(const struct tl_reply *reply)
{
    static const char *const words[] = {
        "Socket closed", "Connection reset", "alert", "Broken pipe", "Endpoint read failed"};

    for (size_t i = 0; i < COUNT_OF(words); i++) {
        if (says(reply, words[i])) {
            return true;
        }
    }
    return false;
}

static void look(
    struct reason *reason, const struct tl_connection_options *options, const struct tl_reply *reply, tl_duration limit)
{
    struct probe probe;
    bool untrusted = says(reply, "certificate verify failed");

    if ((!untrusted && !was_closed(reply)) || limit < TL_MILLISECONDS(1)) {
        return;
    }
    probe_look(&probe, options, limit < LONGEST_LOOK ? limit : LONGEST_LOOK);
    if (untrusted) {
        tell_untrusted(reason, &probe);
    } else if (probe.speaks_tls && !options_tls(options)) {
        set(reason, "tls", "the server speaks TLS, which is off");
    } else if (probe.asks_certificate) {
        tell_certificate(reason, options);
    }
}

/* ---- By status ---- */

static void
read_refusal(struct reason *reason, const struct tl_connection_options *options, const struct tl_reply *reply)
{
    switch (reply->status) {
    case TL_UNAUTHENTICATED:
    case TL_PERMISSION_DENIED:
        set(reason,
            "api_key",
            options->api_key != NULL ? "the server does not accept the API key, or not for this namespace"
                                     : "the server wants to know who calls, and no API key is given");
        break;
    case TL_NOT_FOUND:
        set(reason, "name_space", "the server has no such namespace");
        break;
    case TL_DEADLINE_EXCEEDED:
        set(reason, options->proxy != NULL ? "proxy" : "address", "there was no answer within connect_timeout");
        break;
    default:
        break;
    }
}

enum tl_status reason_tell(
    struct tl_error *error, const struct tl_connection_options *options, const char *method,
    const struct tl_reply *reply, tl_duration limit)
{
    struct reason reason = {.field = ""};

    if (reply->status == TL_UNAVAILABLE) {
        read_words(&reason, options, reply);
        look(&reason, options, reply, limit);
    } else {
        read_refusal(&reason, options, reply);
    }
    TL_IGNORE(tl_error_set(
        error,
        reply->status,
        reason.field,
        "%s%s%s: %s%s",
        reason.text,
        reason.text[0] == '\0' ? "" : " (",
        method,
        reply->text,
        reason.text[0] == '\0' ? "" : ")"));
    if (error != NULL) {
        error->grpc_code = reply->grpc_code;
    }
    return reply->status;
}
