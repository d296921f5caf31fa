/* SPDX-License-Identifier: MIT */
/*
 * Must compile without a warning, so that duplicate_row.c fails for its duplicate alone:
 *     cc -std=c11 -I. -Iinclude -Wall -Wextra -Wpedantic -Woverride-init -Werror -fsyntax-only
 */
#define MACHINE      unique_rows
#define MACHINE_FILE "tests/compile_fail/unique_rows.def"
#include "base/machine_define.h"

static int fire(void *self, const void *argument)
{
    (void)self;
    (void)argument;
    return STATE_FIRED;
}
