/* SPDX-License-Identifier: MIT */
#include "tests/conformance/judge.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"

static const struct verb {
    const char *name;
    const char *arguments;
    int least;
    int (*run)(int count, char **arguments);
} verbs[] = {
    {"compare", "SIMULATED REAL [PROGRAM...]", 2, judge_compare},
    {"repeats", "RECORDED RUN", 2, judge_repeats},
    {"accept", "RECORDED RUN...", 2, judge_accept},
    {"listed", "PROGRAM", 1, judge_listed},
    {"coverage", "RECORDED", 1, judge_coverage},
    {"document", "FILE [--check]", 1, judge_document},
};

int main(int count, char **arguments)
{
    for (size_t i = 0; count > 1 && i < COUNT_OF(verbs); i++) {
        if (strcmp(arguments[1], verbs[i].name) == 0 && count - 2 >= verbs[i].least) {
            return verbs[i].run(count - 2, arguments + 2);
        }
    }
    for (size_t i = 0; i < COUNT_OF(verbs); i++) {
        (void)fprintf(stderr, "judge %s %s\n", verbs[i].name, verbs[i].arguments);
    }
    return 2;
}
