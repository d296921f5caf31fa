/* SPDX-License-Identifier: MIT */
#include "page.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define WIDTH      100
#define INDENT     3
#define NAME_WIDTH 14

/* Columns that a line takes: bytes that begin a character. */
static int columns(const char *text, size_t len)
{
    int count = 0;

    for (size_t i = 0; i < len; i++) {
        count += ((unsigned char)text[i] & 0xC0) != 0x80;
    }
    return count;
}

void page_gap(void)
{
    (void)putchar('\n');
}

void page_title(const char *text)
{
    (void)puts(text);
    for (int i = columns(text, strlen(text)); i > 0; i--) {
        (void)putchar('=');
    }
    page_gap();
}

void page_section(const char *text)
{
    (void)printf("\n%s\n\n", text);
}

/* Words up to the width of the page, each line behind `prefix`. */
static void wrap(const char *text, const char *prefix)
{
    int begin = columns(prefix, strlen(prefix));
    int at = 0;

    while (*text != '\0') {
        size_t len = strcspn(text, " \n");
        int wide = columns(text, len);
        int starts_line = at == 0 || at + 1 + wide > WIDTH;

        if (starts_line && at != 0) {
            page_gap();
        }
        (void)printf("%s%.*s", starts_line ? prefix : " ", (int)len, text);
        at = starts_line ? begin + wide : at + 1 + wide;
        text += len;
        if (*text == '\n') {
            at = WIDTH;
        }
        text += strspn(text, " \n");
    }
    page_gap();
}

void page_text(const char *text)
{
    wrap(text, "   ");
}

void page_quote(const char *text)
{
    wrap(text, "   | ");
}

/* Words up to the width of the page, and a mark where some were left out. The queue, one for all, is no news. */
static void print_details(const char *text, int room)
{
    int at = 0;

    while (*text != '\0') {
        size_t len = strcspn(text, " ");
        int wide = columns(text, len) + (at > 0);
        int last = text[len] == '\0';

        if (strncmp(text, "queue=", 6) != 0) {
            if (at + wide + (last ? 0 : 4) > room) {
                (void)printf(" ...");
                break;
            }
            (void)printf("%s%.*s", at > 0 ? " " : "", (int)len, text);
            at += wide;
        }
        text += len + !last;
    }
    page_gap();
}

/* One event: its id, when it came, what it is, and of what. */
static void print_event(const char *line, size_t len)
{
    char id[8];
    char time[16];
    char name[48];
    int details = 0;
    char copy[512];

    (void)snprintf(copy, sizeof copy, "%.*s", (int)len, line);
    if (sscanf(copy, "%7s %15s %47s %n", id, time, name, &details) < 3) {
        return;
    }
    print_details(copy + details, WIDTH - printf("   %2s  %-9s  %-25s ", id, time, name));
}

void page_timeline(const char *text)
{
    int hidden = 0;

    while (*text != '\0') {
        size_t len = strcspn(text, "\n");
        const char *task = strstr(text, "WorkflowTask");

        if (task != NULL && task < text + len) {
            hidden += 1;
        } else {
            print_event(text, len);
        }
        text += len + (text[len] == '\n');
    }
    (void)printf("       and %d events of workflow tasks between them\n", hidden);
}

void page_fact(const char *name, const char *format, ...)
{
    va_list args;

    (void)printf("%*s%-*s ", INDENT, "", NAME_WIDTH, name);
    va_start(args, format);
    (void)vprintf(format, args);
    va_end(args);
    page_gap();
}
