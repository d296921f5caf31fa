/* SPDX-License-Identifier: MIT */
#include "sim/server/grpc_text.h"

#include <string.h>

#include "base/arena.h"
#include "base/text.h"
#include "model/base64.h"

char *grpc_text_escape(struct arena *arena, const char *text)
{
    struct text escaped;

    text_init(&escaped, arena);
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        if (c < ' ' || c > '~' || c == '%') {
            text_format(&escaped, "%%%02X", c);
        } else {
            text_add_char(&escaped, *text);
        }
    }
    return escaped.data;
}

char *grpc_text_base64(struct arena *arena, struct tl_bytes bytes)
{
    char *text = arena_alloc(arena, BASE64_ENCODED_SIZE(bytes.len) + 1);
    size_t len = base64_encode(bytes.data, bytes.len, text);

    while (len > 0 && text[len - 1] == '=') {
        len--;
    }
    text[len] = '\0';
    return text;
}
