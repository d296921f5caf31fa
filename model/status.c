/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <timelapse/status.h>

/* Lower-case words cannot be made from the list's names by the preprocessor; -Wswitch keeps this complete. */
const char *tl_status_name(enum tl_status status)
{
    switch (status) {
    case TL_OK:
        return "ok";
    case TL_FAILED:
        return "failed";
    case TL_CANCELED:
        return "canceled";
    case TL_TIMED_OUT:
        return "timed out";
    case TL_CONTINUE_AS_NEW:
        return "continue as new";
    case TL_COMPLETES_LATER:
        return "completes later";
    case TL_INVALID_ARGUMENT:
        return "invalid argument";
    case TL_NOT_FOUND:
        return "not found";
    case TL_ALREADY_EXISTS:
        return "already exists";
    case TL_FAILED_PRECONDITION:
        return "failed precondition";
    case TL_PERMISSION_DENIED:
        return "permission denied";
    case TL_UNAUTHENTICATED:
        return "unauthenticated";
    case TL_UNSUPPORTED:
        return "unsupported";
    case TL_MALFORMED:
        return "malformed";
    case TL_TOO_LARGE:
        return "too large";
    case TL_IO:
        return "input or output error";
    case TL_UNAVAILABLE:
        return "unavailable";
    case TL_RESOURCE_EXHAUSTED:
        return "resource exhausted";
    case TL_DEADLINE_EXCEEDED:
        return "deadline exceeded";
    case TL_ABORTED:
        return "aborted";
    case TL_INTERNAL:
        return "internal";
    case TL_NO_MEMORY:
        return "no memory";
    case TL_NONDETERMINISM:
        return "nondeterminism";
    case TL_VERDICT:
        return "verdict";
    case TL_STOPPED:
        return "stopped";
    }
    return "unknown status";
}

struct status_row {
    enum tl_status status;
    int grpc_code;
    const char *sentence;
};

/* What the list of timelapse/status.h says of a status; of what is none, as of an unknown error. */
static struct status_row row_of(enum tl_status status)
{
    static const struct status_row rows[] = {
#define STATUS_ROW(name, value, grpc_code, sentence) {TL_##name, grpc_code, sentence},
        TL_STATUS_MAP(STATUS_ROW)
#undef STATUS_ROW
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].status == status) {
            return rows[i];
        }
    }
    return (struct status_row){status, 2, "unknown status"};
}

const char *tl_status_text(enum tl_status status)
{
    return row_of(status).sentence;
}

int tl_status_to_grpc(enum tl_status status)
{
    return row_of(status).grpc_code;
}

/* Indexed by gRPC code. UNKNOWN and DATA_LOSS say that the service broke; OUT_OF_RANGE, that the call was wrong. */
enum tl_status tl_status_from_grpc(int grpc_code)
{
    static const enum tl_status by_code[] = {
        [0] = TL_OK,
        [1] = TL_CANCELED,
        [2] = TL_INTERNAL,
        [3] = TL_INVALID_ARGUMENT,
        [4] = TL_DEADLINE_EXCEEDED,
        [5] = TL_NOT_FOUND,
        [6] = TL_ALREADY_EXISTS,
        [7] = TL_PERMISSION_DENIED,
        [8] = TL_RESOURCE_EXHAUSTED,
        [9] = TL_FAILED_PRECONDITION,
        [10] = TL_ABORTED,
        [11] = TL_INVALID_ARGUMENT,
        [12] = TL_UNSUPPORTED,
        [13] = TL_INTERNAL,
        [14] = TL_UNAVAILABLE,
        [15] = TL_INTERNAL,
        [16] = TL_UNAUTHENTICATED,
    };

    if (grpc_code < 0 || grpc_code >= (int)(sizeof(by_code) / sizeof(by_code[0]))) {
        return TL_INTERNAL;
    }
    return by_code[grpc_code];
}

/* Where to cut `text` of `len` bytes so that no UTF-8 sequence is split by the cut at its end. */
static size_t whole_characters(const char *text, size_t len)
{
    size_t back = 0;

    while (back < 3 && back < len && ((unsigned char)text[len - 1 - back] & 0xC0U) == 0x80U) {
        back++;
    }
    if (back == len) {
        return len;
    }
    unsigned char lead = (unsigned char)text[len - 1 - back];
    size_t wanted = 0;

    if (lead >= 0xF0U) {
        wanted = 3;
    } else if (lead >= 0xE0U) {
        wanted = 2;
    } else if (lead >= 0xC0U) {
        wanted = 1;
    }
    return back < wanted ? len - 1 - back : len;
}

static void copy_cut(char *to, size_t size, const char *from)
{
    size_t len = strlen(from);

    if (len >= size) {
        len = whole_characters(from, size - 1);
    }
    memmove(to, from, len);
    to[len] = '\0';
}

static void format_cut(char *to, size_t size, const char *format, va_list args) TL_PRINTF(3, 0);

static void format_cut(char *to, size_t size, const char *format, va_list args)
{
    int wanted = vsnprintf(to, size, format, args);

    if (wanted < 0) {
        to[0] = '\0';
    } else if ((size_t)wanted >= size) {
        to[whole_characters(to, size - 1)] = '\0';
    }
}

enum tl_status tl_error_set(struct tl_error *error, enum tl_status status, const char *field, const char *format, ...)
{
    char message[sizeof(error->message)];
    va_list args;

    if (error == NULL) {
        return status;
    }
    /* By way of a copy: arguments may point into *error itself. */
    va_start(args, format);
    format_cut(message, sizeof(message), format, args);
    va_end(args);
    copy_cut(error->field, sizeof(error->field), field == NULL ? "" : field);
    memcpy(error->message, message, sizeof(message));
    error->status = status;
    error->grpc_code = tl_status_to_grpc(status);
    error->line = 0;
    error->column = 0;
    return status;
}
