/* SPDX-License-Identifier: MIT */
#include "base/check.h"

#include <execinfo.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define BACKTRACE_DEPTH 32

void check_failed(const char *condition, const char *file, int line)
{
    void *frames[BACKTRACE_DEPTH];
    int depth = backtrace(frames, BACKTRACE_DEPTH);

    (void)fflush(stdout);
    (void)fprintf(stderr, "timelapse: broken invariant: %s at %s:%d\n", condition, file, line);
    (void)fflush(stderr);
    /* The frame of this function says nothing. */
    backtrace_symbols_fd(frames + 1, depth > 0 ? depth - 1 : 0, STDERR_FILENO);
    abort();
}
