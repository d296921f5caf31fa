/* SPDX-License-Identifier: MIT */
/* Tests of what ends the process: it is done in a child. */
#ifndef TIMELAPSE_TESTS_BASE_DEATH_H
#define TIMELAPSE_TESTS_BASE_DEATH_H

#include <stdbool.h>

/* Whether body(user) ends the process by a signal or a sanitizer, having written `text` to standard error. */
bool dies(void (*body)(void *user), void *user, const char *text);

#endif
