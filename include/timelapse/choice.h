/* SPDX-License-Identifier: MIT */
/*
 * Choices: every accident that could have gone another way asks here which way it goes. Option 0
 * is the quiet one, so a chooser that always answers 0 gives the plain first-in, first-out run.
 */
#ifndef TIMELAPSE_CHOICE_H
#define TIMELAPSE_CHOICE_H

#include <stddef.h>
#include <stdint.h>
#include <timelapse/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* X(NAME, "text", what is chosen). */
#define TL_CHOICE_MAP(X)                                                                                               \
    X(READY, "ready", "which ready item runs next")                                                                    \
    X(EVICT, "evict", "whether the run is evicted from the cache before this workflow task")

enum tl_choice_kind {
#define TL_CHOICE_ENUM(name, text, meaning) TL_CHOICE_##name,
    TL_CHOICE_MAP(TL_CHOICE_ENUM)
#undef TL_CHOICE_ENUM
    TL_CHOICE_KINDS
};

/*
 * One decision. `name` writes the lasting name of option `option` into `text` (at most `size`
 * bytes, always NUL-terminated); it is called only by choosers that record or look up names.
 */
struct tl_choice {
    enum tl_choice_kind kind;
    size_t options; /* at least 2 */
    void (*name)(const void *subject, size_t option, char *text, size_t size);
    const void *subject;
};

/* Answers a number below choice->options. Called on the driver's thread; may not call back. */
struct tl_chooser {
    size_t (*choose)(void *user, const struct tl_choice *choice);
    void *user;
};

/* The kind's text; never NULL. Any thread. */
TL_API const char *tl_choice_kind_text(enum tl_choice_kind kind);

#ifdef __cplusplus
}
#endif
#endif
