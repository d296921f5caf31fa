/* SPDX-License-Identifier: MIT */
#include "tests/base/death.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static void __attribute__((noreturn)) child(void (*body)(void *user), void *user, const int *ends)
{
    const struct rlimit no_core = {0};

    (void)setrlimit(RLIMIT_CORE, &no_core);
    (void)dup2(ends[1], STDERR_FILENO);
    (void)close(ends[0]);
    body(user);
    _exit(0);
}

bool dies(void (*body)(void *user), void *user, const char *text)
{
    char said[65536] = "";
    size_t len = 0;
    int ends[2];
    int status = 0;

    if (pipe(ends) != 0) {
        return false;
    }
    (void)fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        child(body, user, ends);
    }
    (void)close(ends[1]);
    for (ssize_t count = 1; count > 0 && len < sizeof(said) - 1;) {
        count = read(ends[0], said + len, sizeof(said) - 1 - len);
        len += count > 0 ? (size_t)count : 0;
    }
    (void)close(ends[0]);
    if (pid < 0 || waitpid(pid, &status, 0) != pid) {
        return false;
    }
    said[len] = '\0';
    return status != 0 && strstr(said, text) != NULL;
}
