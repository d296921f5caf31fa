/* SPDX-License-Identifier: MIT */
/* Lines on standard error, as text or as JSON. */
#ifndef TIMELAPSE_PROGRAMS_SERVER_LOG_H
#define TIMELAPSE_PROGRAMS_SERVER_LOG_H

#include <timelapse/status.h>

enum log_level {
    LOG_NEVER,
    LOG_ERROR,
    LOG_WARN,
    LOG_INFO,
    LOG_DEBUG
};

/* level, format: as on the command line; NULL: the usual. TL_INVALID_ARGUMENT with `error` filled. */
enum tl_status log_set(const char *level, const char *format, struct tl_error *error);

void log_line(enum log_level level, const char *format, ...) TL_PRINTF(2, 3);

#endif
