/* SPDX-License-Identifier: MIT */
/* Claims about histories, judged. */
#ifndef TIMELAPSE_SIM_ENV_EXPECT_H
#define TIMELAPSE_SIM_ENV_EXPECT_H

#include <timelapse/expect.h>

#include "sim/env/report_text.h"
#include "sim/env/view.h"

/* Whether a name of that noun is known beside the view, and which are; may be NULL. */
typedef int expect_known_fn(void *user, enum tl_fact_kind kind, const char *name, struct nearest *nearest);

struct expect {
    struct view view;
    struct report_text text; /* what was found */
    size_t marks[2];         /* events in question, from 1; 0: none */
    expect_known_fn *known;
    void *user;
};

void expect_init(struct expect *expect, const struct tl_allocator *allocator);
void expect_done(struct expect *expect);

/* Whether the claim itself can be. TL_OK, or TL_INVALID_ARGUMENT with the field. */
enum tl_status expect_check(const struct tl_claim *claim, struct tl_error *error);

/* 1: it holds of expect->view; 0: expect->text says why not, or is cut where memory ran out. */
int expect_holds(struct expect *expect, const struct tl_claim *claim);

/* Adds the names of types in a registry that `kind` may mean to `nearest`; whether `name` is one of them. */
int expect_registry_knows(
    const struct tl_registry *registry, enum tl_fact_kind kind, const char *name, struct nearest *nearest);

#endif
