/* SPDX-License-Identifier: MIT */
#include "programs/server/log.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/check.h"

#define LINE_SIZE 2048

static const char *const levels[] = {"never", "error", "warn", "info", "debug"};

static enum log_level wanted = LOG_INFO;
static bool is_json;

enum tl_status log_set(const char *level, const char *format, struct tl_error *error)
{
    size_t found = LOG_INFO;

    if (level != NULL) {
        for (found = 0; found < COUNT_OF(levels) && strcmp(level, levels[found]) != 0; found++) {
        }
    }
    if (found == COUNT_OF(levels)) {
        return tl_error_set(error, TL_INVALID_ARGUMENT, "log-level", "--log-level: there is no level %s", level);
    }
    if (format != NULL && strcmp(format, "json") != 0 && strcmp(format, "text") != 0 && strcmp(format, "pretty") != 0) {
        return tl_error_set(error, TL_INVALID_ARGUMENT, "log-format", "--log-format: there is no format %s", format);
    }
    wanted = (enum log_level)found;
    is_json = format != NULL && strcmp(format, "json") == 0;
    return TL_OK;
}

static void print_json_text(const char *text)
{
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\') {
            fprintf(stderr, "\\%c", c);
        } else if (c < ' ') {
            fprintf(stderr, "\\u%04x", c);
        } else {
            fputc(c, stderr);
        }
    }
}

static void print_time(char text[static 40])
{
    struct timespec now;
    struct tm parts;

    (void)clock_gettime(CLOCK_REALTIME, &now);
    (void)gmtime_r(&now.tv_sec, &parts);
    size_t len = strftime(text, 40, "%Y-%m-%dT%H:%M:%S", &parts);
    (void)snprintf(text + len, 40 - len, ".%03ldZ", now.tv_nsec / 1000000);
}

void log_line(enum log_level level, const char *format, ...)
{
    char line[LINE_SIZE];
    char time[40];
    va_list args;

    if (level > wanted) {
        return;
    }
    va_start(args, format);
    (void)vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    print_time(time);
    if (is_json) {
        fprintf(stderr, "{\"time\":\"%s\",\"level\":\"%s\",\"message\":\"", time, levels[level]);
        print_json_text(line);
        fputs("\"}\n", stderr);
    } else {
        fprintf(stderr, "%s %-5s %s\n", time, levels[level], line);
    }
}
