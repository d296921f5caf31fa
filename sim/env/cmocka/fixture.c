/* SPDX-License-Identifier: MIT */
/*
 * cmocka's asserts on coroutines. A failed assert ends in cmocka's _fail, which jumps to the stack
 * of the test; from a coroutine that would strand the driver (and glibc's longjmp check may abort).
 * This file defines _fail itself. libcmocka calls it through its PLT, so the program's definition
 * comes first; the real one is found behind it by dlsym. Written to cmocka 1.1.5's behaviour.
 *
 * Everything that must be linked for this to work is in this one file, together with what users
 * call, so that linking an archive cannot leave half of it out; groups of tests (group.c) are named here.
 */
#include <dlfcn.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <timelapse/cmocka.h>

#include <cmocka.h>

#include "sim/env/cmocka/front.h"

#define NO_WORDS "a check failed; what cmocka says of it follows the report"
#define PIECE    500 /* bytes that cmocka prints at once: it formats into 1,024 and cuts what is longer */

/* What cmocka 1.1.5 exports and its header does not declare: the message of the test that fails. */
void cm_print_error(const char *format, ...) TL_PRINTF(1, 2);

typedef void place_fn(const char *file, int line);
typedef void print_fn(const char *format, ...);

/* Of this thread, which runs cmocka: its own state is a thread's too. */
static _Thread_local struct {
    char words[2048];       /* what cmocka printed on a coroutine before it failed */
    const char *leaving_at; /* file of a call on a coroutine that fails without _fail, else NULL */
    int leaving_line;
    const char *last_words; /* part of the last message that it prints before it leaves */
    int skips;              /* the verdict that stands is a skip */
    int test_is_over;       /* cmocka was told of a failure or a skip since the last setup */
    int tearing_down;
} now;

/* ---- The real functions ---- */

/* What the program itself finds by that name: not RTLD_DEFAULT, which begins with this library when it is symbolic. */
static void *found_by_program(const char *name)
{
    void *program = dlopen(NULL, RTLD_LAZY);
    void *symbol = program == NULL ? NULL : dlsym(program, name);

    if (program != NULL) {
        (void)dlclose(program);
    }
    return symbol;
}

/* POSIX lets a function come out of dlsym; ISO C has no cast for it. */
void front_find(void *function, size_t size, const char *name)
{
    void *symbol = dlsym(RTLD_NEXT, name);

    if (symbol == NULL) {
        symbol = found_by_program(name);
    }
    memcpy(function, &symbol, size);
}

static void real_place(const char *name, const char *file, int line)
{
    place_fn *function;

    front_find(&function, sizeof function, name);
    function(file, line);
}

static void real_print(const char *name, const char *text)
{
    print_fn *function;

    front_find(&function, sizeof function, name);
    if (function != NULL) {
        function("%s", text);
    }
}

static void print_message_of_test(const char *text);

/* ---- In front of cmocka ---- */

static void add_words(const char *text)
{
    size_t len = strlen(now.words);

    (void)snprintf(now.words + len, sizeof now.words - len, "%s", text);
}

/* Does not return: the coroutine is left. */
static void fail_on_coroutine(struct tl_driver *driver, const char *file, int line)
{
    char text[sizeof now.words];
    size_t len = strlen(now.words);

    while (len > 0 && now.words[len - 1] == '\n') {
        len -= 1;
    }
    (void)snprintf(text, sizeof text, "%.*s", (int)len, len == 0 ? "" : now.words);
    now.words[0] = '\0';
    now.leaving_at = NULL;
    tl_driver_fail(driver, TL_VERDICT, file, line, text[0] == '\0' ? NO_WORDS : text);
}

TL_API void _fail(const char *const file, const int line)
{
    struct tl_driver *driver = tl_driver_of_coroutine();

    if (driver != NULL) {
        fail_on_coroutine(driver, file, line);
        return;
    }
    now.test_is_over = 1;
    real_place("_fail", file, line);
}

TL_API void _skip(const char *const file, const int line)
{
    struct tl_driver *driver = tl_driver_of_coroutine();

    if (driver != NULL) {
        now.skips = 1;
        tl_driver_fail(driver, TL_VERDICT, file, line, "the test is skipped");
        return;
    }
    now.test_is_over = 1;
    real_place("_skip", file, line);
}

/* The message of an assert. On a coroutine it is kept for the verdict. */
TL_API void cm_print_error(const char *const format, ...)
{
    char text[sizeof now.words];
    struct tl_driver *driver = tl_driver_of_coroutine();
    va_list args;

    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (driver == NULL) {
        print_message_of_test(text);
        return;
    }
    add_words(text);
    if (now.leaving_at != NULL && strstr(text, now.last_words) != NULL) {
        fail_on_coroutine(driver, now.leaving_at, now.leaving_line);
    }
}

/* fail_msg and users print with it: shown at once, and on a coroutine kept as well. */
TL_API void print_error(const char *const format, ...)
{
    char text[sizeof now.words];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (tl_driver_of_coroutine() != NULL) {
        now.words[0] = '\0';
        add_words(text);
    }
    real_print("print_error", text);
}

/*
 * mock() without a value, and an unexpected function_called(), leave the test without _fail. They
 * print why first, and after the last of those messages a coroutine is left.
 */
static void expect_to_leave(const char *file, int line, const char *last_words)
{
    now.leaving_at = tl_driver_of_coroutine() == NULL ? NULL : file;
    now.leaving_line = line;
    now.last_words = last_words;
}

TL_API LargestIntegralType _mock(const char *const function, const char *const file, const int line)
{
    LargestIntegralType (*real)(const char *function, const char *file, int line);

    front_find(&real, sizeof real, "_mock");
    expect_to_leave(file, line, "reviously returned mock value");
    LargestIntegralType value = real(function, file, line);
    now.leaving_at = NULL;
    return value;
}

TL_API void _function_called(const char *const function, const char *const file, const int line)
{
    void (*real)(const char *function, const char *file, int line);

    front_find(&real, sizeof real, "_function_called");
    expect_to_leave(file, line, "");
    real(function, file, line);
    now.leaving_at = NULL;
}

/* ---- The reporter ---- */

/* Prints in pieces that cmocka does not cut. */
static void print_long(const char *name, const char *text)
{
    char piece[PIECE + 1];

    while (*text != '\0') {
        size_t len = strlen(text);

        if (len > PIECE) {
            len = PIECE;
        }
        memcpy(piece, text, len);
        piece[len] = '\0';
        real_print(name, piece);
        text += len;
    }
}

/* Bytes of the character at `text` in UTF-8; 0 when it is none that XML may hold. */
static size_t character(const unsigned char *text)
{
    static const unsigned char leads[] = {0xC2, 0xE0, 0xF0, 0xF5}; /* of two bytes, three, four, and none */
    size_t len = 1;

    if (text[0] < 0x80) {
        return text[0] >= ' ' || text[0] == '\n' || text[0] == '\t';
    }
    while (len < 4 && text[0] >= leads[len - 1]) {
        len += 1;
    }
    if (text[0] < leads[0] || text[0] >= leads[3]) {
        return 0;
    }
    for (size_t i = 1; i < len; i++) {
        if ((text[i] & 0xC0) != 0x80) {
            return 0;
        }
    }
    return len;
}

/* As cmocka's section of characters in XML can hold it: what would end it, or is no character, is not as it was. */
static void print_for_xml(const char *text)
{
    char piece[PIECE + 8];
    size_t len = 0;

    for (const char *at = text; *at != '\0';) {
        size_t bytes = character((const unsigned char *)at);

        if (len >= PIECE) {
            piece[len] = '\0';
            real_print("cm_print_error", piece);
            len = 0;
        }
        if (*at == '>' && at - text >= 2 && at[-1] == ']' && at[-2] == ']') {
            piece[len++] = ' ';
        }
        memcpy(piece + len, bytes == 0 ? "?" : at, bytes == 0 ? 1 : bytes);
        len += bytes == 0 ? 1 : bytes;
        at += bytes == 0 ? 1 : bytes;
    }
    piece[len] = '\0';
    real_print("cm_print_error", piece);
}

static void print_message_of_test(const char *text)
{
    if (front_output() == FRONT_XML) {
        print_for_xml(text);
    } else {
        print_long("cm_print_error", text);
    }
}

/*
 * TAP and XML get the whole as cmocka's own message of the test. As plain text the first line is
 * enough for that: cmocka prints messages when the group is over, and the whole stands where it belongs.
 */
static void print_report(const char *text)
{
    char headline[PIECE];
    int len = (int)strcspn(text, "\n");

    if (front_output() != FRONT_TEXT) {
        print_message_of_test(text);
        return;
    }
    (void)snprintf(headline, sizeof headline, "%.*s\n", len < PIECE - 2 ? len : PIECE - 2, text);
    print_long("print_error", text);
    real_print("cm_print_error", headline);
}

static void report_failure(void *user, const char *file, int line, const char *text)
{
    (void)user;
    if (now.skips) {
        now.skips = 0;
        now.test_is_over = 1;
        real_place("_skip", file, line);
        return;
    }
    print_report(text);
    if (!now.tearing_down) { /* a teardown frees the environment first, and answers -1 */
        now.test_is_over = 1;
        real_place("_fail", file, line);
    }
}

static void report_log(void *user, const char *text)
{
    (void)user;
    print_message("%s\n", text);
}

static void report_skip(void *user, const char *file, int line, const char *text)
{
    (void)user;
    print_message("%s\n", text);
    real_place("_skip", file, line);
}

static const char *report_test(void *user)
{
    (void)user;
    return front_test();
}

const struct tl_reporter *tl_cmocka_reporter(void)
{
    static const struct tl_reporter reporter = {
        .fail = report_failure, .log = report_log, .skip = report_skip, .test = report_test};

    return &reporter;
}

/* ---- Fixtures ---- */

/* Whether libcmocka's calls of _fail come here: they do not when cmocka was linked before this library. */
static int stands_in_front(void)
{
    place_fn *here = _fail;
    void *first = found_by_program("_fail");

    return memcmp(&here, &first, sizeof here) == 0;
}

/* cmocka's handler of these jumps to the test's stack, and the kernel goes on holding the signal back. */
static void let_signals_in(void)
{
    static const int numbers[] = {SIGFPE, SIGILL, SIGSEGV, SIGBUS, SIGSYS};
    sigset_t signals;

    (void)sigemptyset(&signals);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        (void)sigaddset(&signals, numbers[i]);
    }
    (void)pthread_sigmask(SIG_UNBLOCK, &signals, NULL);
}

/*
 * Whether somebody jumped off a coroutine behind our back, as cmocka's handler of a signal does: fixtures run on the
 * test's stack. The environment is lost, with its memory; those of later tests are not concerned.
 */
static int was_left_by_jump(void)
{
    if (!tl_driver_forget_coroutine()) {
        return 0;
    }
    let_signals_in();
    real_print("print_error", now.words); /* what the handler said: it stood on the coroutine */
    now.words[0] = '\0';
    print_error("a signal or a jump led out of a workflow or an activity: its environment is lost\n");
    return 1;
}

int tl_cmocka_setup(void **state, const struct tl_env_options *options)
{
    struct tl_env_options filled = options == NULL ? (struct tl_env_options){0} : *options;
    struct tl_error error;

    *state = NULL;
    (void)was_left_by_jump();
    now.test_is_over = 0;
    now.skips = 0;
    now.words[0] = '\0';
    now.leaving_at = NULL;
    if (!stands_in_front()) {
        print_error("libtimelapse-cmocka must be linked before libcmocka: asserts on coroutines do not reach it\n");
        return -1;
    }
    if (filled.reporter == NULL) {
        filled.reporter = tl_cmocka_reporter();
    }
    *state = tl_env_new(&filled, &error);
    if (*state == NULL) {
        print_error("no environment: %s%s%s\n", error.field, error.field[0] == '\0' ? "" : ": ", error.message);
        return -1;
    }
    return 0;
}

int tl_cmocka_teardown(void **state)
{
    struct tl_env *env = *state;
    enum tl_status status = TL_OK;

    if (env == NULL) {
        return 0;
    }
    if (was_left_by_jump()) { /* the test has failed already */
        *state = NULL;
        return 0;
    }
    if (!now.test_is_over) { /* what a failed test left over says nothing new */
        now.tearing_down = 1;
        status = tl_env_finish(env);
        now.tearing_down = 0;
    }
    tl_env_free(env);
    *state = NULL;
    return status == TL_OK ? 0 : -1;
}
