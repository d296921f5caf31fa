/* SPDX-License-Identifier: MIT */
#include "tests/env/misbehaving.h"

static volatile int *volatile nowhere;
static volatile int endless = 1;

static enum tl_status crashes(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)wf;
    (void)input;
    (void)result;
    *nowhere = 1;
    return TL_OK;
}

/* NOLINTNEXTLINE(misc-no-recursion): it is what is looked at */
static int dig(int depth)
{
    volatile char room[512];

    room[0] = (char)depth;
    return endless ? dig(depth + 1) + room[0] : 0;
}

static enum tl_status overflows(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)wf;
    (void)input;
    (void)result;
    return dig(0) == 1 ? TL_OK : TL_FAILED;
}

static enum tl_status spins(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)wf;
    (void)input;
    (void)result;
    while (endless) {
    }
    return TL_OK;
}

void misbehaving_register(struct tl_registry *registry)
{
    tl_register_workflow(registry, "Crashes", crashes);
    tl_register_workflow(registry, "Overflows", overflows);
    tl_register_workflow(registry, "Spins", spins);
}
