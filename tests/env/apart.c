/* SPDX-License-Identifier: MIT */
#include "tests/env/apart.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static void read_back(FILE *file, char *text, size_t size)
{
    rewind(file);
    text[fread(text, 1, size - 1, file)] = '\0';
    (void)fclose(file);
}

static void __attribute__((noreturn))
child(FILE *out, FILE *err, const char *output, int (*body)(void *user), void *user)
{
    const struct rlimit no_core = {0};

    (void)setrlimit(RLIMIT_CORE, &no_core);
    (void)dup2(fileno(out), STDOUT_FILENO);
    (void)dup2(fileno(err), STDERR_FILENO);
    (void)unsetenv("CMOCKA_XML_FILE");
    (void)unsetenv("CMOCKA_MESSAGE_OUTPUT");
    if (output != NULL) {
        (void)setenv("CMOCKA_MESSAGE_OUTPUT", output, 1);
    }
    int code = body(user);
    (void)fflush(NULL);
    _exit(code);
}

void run_apart(struct outcome *outcome, const char *output, int (*body)(void *user), void *user)
{
    FILE *out = tmpfile();
    FILE *err = tmpfile();
    int status;

    assert_non_null(out);
    assert_non_null(err);
    (void)fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        child(out, err, output, body, user);
    }
    assert_true(pid > 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    read_back(out, outcome->out, sizeof outcome->out);
    read_back(err, outcome->err, sizeof outcome->err);
    if (!WIFEXITED(status)) {
        fail_msg("the program did not end by itself: %s%s", outcome->out, outcome->err);
    }
    outcome->status = WEXITSTATUS(status);
}
