/* SPDX-License-Identifier: MIT */
/* What a program of tests prints and returns, seen from outside: it runs in a process of its own. */
#ifndef TIMELAPSE_TESTS_ENV_APART_H
#define TIMELAPSE_TESTS_ENV_APART_H

struct outcome {
    int status; /* the exit code */
    char out[128 * 1024];
    char err[128 * 1024];
};

/*
 * Runs body(user) in a child, which ends with what it returns. Fails the test when it does not end by itself. output:
 * the child's CMOCKA_MESSAGE_OUTPUT, or NULL for none.
 */
void run_apart(struct outcome *outcome, const char *output, int (*body)(void *user), void *user);

#endif
