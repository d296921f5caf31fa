/* SPDX-License-Identifier: MIT */
/* Mocks that are called one after another. */
#include <string.h>

#include "sim/env/mock.h"

/* ---- Making ---- */

/* What is wrong with an order of these mocks, or NULL; *null: one is missing, and a verdict tells why. */
static const char *order_fault(struct tl_mock *const *mocks, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        for (size_t j = i + 1; j < count; j++) {
            if (mock_is_within(mocks[i], mocks[j]) || mock_is_within(mocks[j], mocks[i])) {
                return "a mock stands twice in the order, or beside one that it was narrowed from: narrow both";
            }
            if (mocks[i]->type->env != mocks[j]->type->env) {
                return "mocks of different environments have no order";
            }
        }
    }
    return count < 2 ? "an order needs two mocks at least" : NULL;
}

static int has_all(struct tl_mock *const *mocks, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (mocks[i] == NULL) {
            return 0; /* tl_mock_activity has told why */
        }
    }
    return count > 0;
}

void tl_mock_in_order_at(struct tl_mock *const *mocks, size_t count, const char *file, int line)
{
    const struct mock_place place = {file, line};

    if (!has_all(mocks, count)) {
        return;
    }
    struct tl_env *env = mocks[0]->type->env;
    const char *fault = order_fault(mocks, count);
    if (fault != NULL) {
        mock_refuse(env, place, "%s", fault);
        return;
    }
    struct mock_order *order = env_alloc(&env->memory, sizeof *order + count * sizeof *mocks);
    if (!mock_has(env, order)) {
        return;
    }
    order->place = place;
    order->count = count;
    memcpy(order->mocks, mocks, count * sizeof *mocks);
    order->next = env->orders;
    env->orders = order;
}

/* ---- Keeping ---- */

/* The one of the order that `mock` is, or was narrowed from; `count` when it is none. */
static size_t place_of(const struct mock_order *order, const struct tl_mock *mock)
{
    size_t place = 0;

    while (place < order->count && !mock_is_within(mock, order->mocks[place])) {
        place++;
    }
    return place;
}

static void add_name(struct report_text *text, const struct tl_mock *mock)
{
    report_text_add(text, mock->type->name);
    if (mock->wider != NULL) {
        report_text_add(text, " with ");
        mock_add_match(text, mock, NULL);
    }
}

static int
fail_order(const struct mock_order *order, const struct tl_mock *mock, const char *why, const struct tl_mock *other)
{
    struct tl_env *env = mock->type->env;
    struct report_text *text = &env->answer;

    report_text_reset(text);
    report_text_add(text, "called out of order: ");
    add_name(text, mock);
    report_text_format(text, " %s ", why);
    add_name(text, other);
    report_text_add(text, "; the order: ");
    mock_add_place(text, order->place);
    mock_fail_call(env, order->place, report_text_get(text));
    return 0;
}

static int order_allows(struct mock_order *order, const struct tl_mock *mock)
{
    size_t place = place_of(order, mock);

    if (place == order->count) {
        return 1;
    }
    if (place < order->reached) {
        return fail_order(order, mock, "after", order->mocks[order->reached]);
    }
    for (size_t i = order->reached; i < place; i++) {
        if (!mock_is_met(order->mocks[i])) {
            return fail_order(order, mock, "before all calls of", order->mocks[i]);
        }
    }
    order->reached = place;
    return 1;
}

int mock_order_allows(const struct tl_mock *mock)
{
    for (struct mock_order *order = mock->type->env->orders; order != NULL; order = order->next) {
        if (!order_allows(order, mock)) {
            return 0;
        }
    }
    return 1;
}
