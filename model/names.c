/* SPDX-License-Identifier: MIT */
/* Texts of the installed X-macro lists. */
#include <timelapse/choice.h>
#include <timelapse/trace.h>

const char *tl_trace_kind_text(enum tl_trace_kind kind)
{
    switch (kind) {
#define TRACE_TEXT(name, text)                                                                                         \
    case TL_TRACE_##name:                                                                                              \
        return text;
        TL_TRACE_MAP(TRACE_TEXT)
#undef TRACE_TEXT
    case TL_TRACE_KINDS:
        break;
    }
    return "unknown event";
}

const char *tl_choice_kind_text(enum tl_choice_kind kind)
{
    switch (kind) {
#define CHOICE_TEXT(name, text, meaning)                                                                               \
    case TL_CHOICE_##name:                                                                                             \
        return text;
        TL_CHOICE_MAP(CHOICE_TEXT)
#undef CHOICE_TEXT
    case TL_CHOICE_KINDS:
        break;
    }
    return "unknown choice";
}
