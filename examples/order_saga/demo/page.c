/* SPDX-License-Identifier: MIT */
#include "page.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define WIDTH        100
#define INDENT       3
#define BLOCK_INDENT 5
#define NAME_WIDTH   14

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

void page_text(const char *text)
{
    int at = 0;

    while (*text != '\0') {
        size_t len = strcspn(text, " ");
        int wide = columns(text, len);

        if (at != 0 && at + 1 + wide > WIDTH) {
            page_gap();
            at = 0;
        }
        (void)printf("%*s%.*s", at == 0 ? INDENT : 1, "", (int)len, text);
        at += (at == 0 ? INDENT : 1) + wide;
        text += len + strspn(text + len, " ");
    }
    page_gap();
}

void page_block(const char *text)
{
    while (*text != '\0') {
        size_t len = strcspn(text, "\n");
        size_t shown = len;

        while (columns(text, shown) > WIDTH - BLOCK_INDENT) {
            shown -= 1;
        }
        (void)printf("%*s%.*s\n", len == 0 ? 0 : BLOCK_INDENT, "", (int)shown, text);
        text += len + (text[len] == '\n');
    }
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
