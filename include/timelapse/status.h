/* SPDX-License-Identifier: MIT */
/*
 * Status values and error details.
 *
 * Every fallible function returns `enum tl_status`, which may not be ignored without saying so
 * (TL_IGNORE); only those let go of it that always return the same, as tl_fail does, or have told the
 * test what is wrong, as tl_env_finish has. Outputs are untouched on failure. A status says what the
 * caller does next; `struct tl_error`, where a function takes one, says what happened in words. Nothing
 * is kept in a thread-local.
 */
#ifndef TIMELAPSE_STATUS_H
#define TIMELAPSE_STATUS_H

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define TL_MUST_CHECK          __attribute__((warn_unused_result))
#define TL_PRINTF(text, first) __attribute__((__format__(__printf__, text, first)))
#define TL_API                 __attribute__((visibility("default")))
#define TL_NORETURN            __attribute__((noreturn))
#else
#define TL_MUST_CHECK
#define TL_PRINTF(text, first)
#define TL_API
#define TL_NORETURN
#endif

/* Says that a status does not matter here: for a clean-up that may fail, say. */
#define TL_IGNORE(status) ((void)!(status))

/* X(name, value, grpc_code, sentence) in the order of what the caller does next. */
#define TL_STATUS_MAP(X)                                                                                               \
    /* What workflow code sees: these five and no others, the last one from tl_continue_as_new alone. */               \
    X(OK, 0, 0, "success")                                                                                             \
    X(FAILED, 1, 2, "the operation failed; the failure chain says why")                                                \
    X(CANCELED, 2, 1, "the operation was canceled")                                                                    \
    X(TIMED_OUT, 3, 4, "the wait ended before what it waited for")                                                     \
    X(CONTINUE_AS_NEW, 4, 2, "the workflow goes on as a new run")                                                      \
    /* What an activity may return beside the first three: timelapse/async_activity.h. */                              \
    X(COMPLETES_LATER, 5, 2, "the activity is completed from elsewhere")                                               \
    /* Fix the call. */                                                                                                \
    X(INVALID_ARGUMENT, 10, 3, "an argument or field is not acceptable")                                               \
    X(NOT_FOUND, 11, 5, "there is nothing by that name")                                                               \
    X(ALREADY_EXISTS, 12, 6, "there is already one by that name")                                                      \
    X(FAILED_PRECONDITION, 13, 9, "the state of things does not allow the call")                                       \
    X(PERMISSION_DENIED, 14, 7, "the caller may not do that")                                                          \
    X(UNAUTHENTICATED, 15, 16, "the caller is not known")                                                              \
    X(UNSUPPORTED, 16, 12, "not supported")                                                                            \
    /* Mend the data. */                                                                                               \
    X(MALFORMED, 20, 3, "the data does not have the form it should have")                                              \
    X(TOO_LARGE, 21, 8, "the data is larger or deeper than its limit")                                                 \
    X(IO, 22, 2, "a file could not be read or written")                                                                \
    /* Try again later. */                                                                                             \
    X(UNAVAILABLE, 30, 14, "the service cannot be reached")                                                            \
    X(RESOURCE_EXHAUSTED, 31, 8, "a limit is reached")                                                                 \
    X(DEADLINE_EXCEEDED, 32, 4, "the deadline passed")                                                                 \
    X(ABORTED, 33, 10, "the call lost a race")                                                                         \
    X(INTERNAL, 34, 13, "the service reported an internal error")                                                      \
    /* Stop: a verdict, or a handle that can only be freed. */                                                         \
    X(NO_MEMORY, 40, 8, "out of memory")                                                                               \
    X(NONDETERMINISM, 41, 9, "the workflow code does not match its history")                                           \
    X(VERDICT, 42, 9, "a check failed; the environment has stopped")                                                   \
    X(STOPPED, 43, 1, "the handle has been stopped")

enum tl_status {
#define TL_STATUS_ENUM(name, value, grpc_code, sentence) TL_##name = (value),
    TL_STATUS_MAP(TL_STATUS_ENUM)
#undef TL_STATUS_ENUM
};

/* The status's name in lower case words ("invalid argument"); never NULL. Any thread. */
TL_API const char *tl_status_name(enum tl_status status);

/* One sentence that says what the status means; never NULL. Any thread. */
TL_API const char *tl_status_text(enum tl_status status);

/* The gRPC code that carries this status on the wire (0 to 16), and back. Any thread. */
TL_API int tl_status_to_grpc(enum tl_status status);
TL_API enum tl_status tl_status_from_grpc(int grpc_code);

/*
 * What went wrong, in words. Caller's storage, filled on failure only, untouched on success.
 * Texts are cut at their size, never in the middle of a UTF-8 sequence.
 */
struct tl_error {
    enum tl_status status;
    int grpc_code;     /* 0 to 16, as on the wire */
    int line;          /* of the input, from 1; 0 where there is none */
    int column;        /* of the input in bytes, from 1; 0 where there is none */
    char field[128];   /* path of the offending field ("retry_policy.maximum_attempts"), or "" */
    char message[384]; /* a sentence, no trailing newline */
};

/*
 * Fills `error` (NULL is fine) and returns `status`, so that a function can end with it.
 * field: borrowed, may be NULL. Any thread.
 */
TL_API enum tl_status
tl_error_set(struct tl_error *error, enum tl_status status, const char *field, const char *format, ...) TL_PRINTF(4, 5);

#ifdef __cplusplus
}
#endif
#endif
