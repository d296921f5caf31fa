/* SPDX-License-Identifier: MIT */
/*
 * Must not compile: state WAITING and event FIRE have two rows. With -fsyntax-only and
 *     cc -std=c11 -I. -Iinclude -Wall -Wextra -Wpedantic -Woverride-init -Werror
 * both compilers name ROW_WAITING_ON_FIRE as declared twice, which needs no flag, and the cell as
 * initialised twice (gcc: override-init; clang: initializer-overrides).
 */
#define MACHINE      duplicate_row
#define MACHINE_FILE "tests/compile_fail/duplicate_row.def"
#include "base/machine_define.h"

static int fire(void *self, const void *argument)
{
    (void)self;
    (void)argument;
    return STATE_FIRED;
}
