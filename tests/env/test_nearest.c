/* SPDX-License-Identifier: MIT */
/* Which name was probably meant. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sim/env/nearest.h"

static const char *among(const char *wanted, const char *const *names, size_t count)
{
    struct nearest nearest;

    nearest_init(&nearest, wanted);
    for (size_t i = 0; i < count; i++) {
        nearest_offer(&nearest, names[i]);
    }
    return nearest.name;
}

#define AMONG(wanted, ...)                                                                                             \
    among((wanted), (const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

static void the_fewest_edits_win(void **state)
{
    (void)state;
    assert_string_equal(AMONG("ChargCard", "ChargeCords", "ChargeCard", "RefundCard"), "ChargeCard");
}

static void of_equals_the_first_offered_wins(void **state)
{
    (void)state;
    assert_string_equal(AMONG("Step", "StepA", "StepB"), "StepA");
}

static void nothing_is_near_what_has_little_in_common(void **state)
{
    (void)state;
    assert_null(AMONG("ChargeCard", "SendMail", "Refund"));
    assert_null(AMONG("a", "b"));
}

static void case_counts_for_nothing(void **state)
{
    (void)state;
    assert_string_equal(AMONG("chargecard", "charge_by_card", "CHARGECARD"), "CHARGECARD");
}

static void the_name_itself_is_no_candidate(void **state)
{
    (void)state;
    assert_string_equal(AMONG("Step", "Step", "Steps"), "Steps");
}

static void names_longer_than_what_is_compared_are_fine(void **state)
{
    static const char longer[] = "0123456789012345678901234567890123456789012345678901234567890123456789x";
    static const char other[] = "0123456789012345678901234567890123456789012345678901234567890123456789y";

    (void)state;
    assert_string_equal(AMONG(longer, other), other);
    assert_false(nearest_is_slip(longer, other));
}

static void case_and_separators_are_slips(void **state)
{
    (void)state;
    assert_true(nearest_is_slip("charge_card", "ChargeCard"));
    assert_true(nearest_is_slip("ChargeCard_", "chargecard"));
    assert_true(nearest_is_slip("step-a", "StepA"));
}

static void one_edit_within_a_long_name_is_a_slip(void **state)
{
    (void)state;
    assert_true(nearest_is_slip("ChargCard", "ChargeCard"));
    assert_true(nearest_is_slip("ChargeCard", "ChargCard"));
    assert_true(nearest_is_slip("SendMsil", "SendMail"));
}

static void names_that_tell_things_apart_are_none(void **state)
{
    (void)state;
    assert_false(nearest_is_slip("ChargeCard", "ChargeCard"));
    assert_false(nearest_is_slip("StepOneA", "StepOneB"));
    assert_false(nearest_is_slip("Charge2", "Charge"));
    assert_false(nearest_is_slip("GetIt", "SetIt"));
    assert_false(nearest_is_slip("LockAccount", "UnlockAccount"));
    assert_false(nearest_is_slip("", "ChargeCard"));
    assert_false(nearest_is_slip("step-1-done", "step-2-done"));
    assert_false(nearest_is_slip("step-1-done", "step-12-done"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_fewest_edits_win),
        cmocka_unit_test(of_equals_the_first_offered_wins),
        cmocka_unit_test(nothing_is_near_what_has_little_in_common),
        cmocka_unit_test(case_counts_for_nothing),
        cmocka_unit_test(the_name_itself_is_no_candidate),
        cmocka_unit_test(names_longer_than_what_is_compared_are_fine),
        cmocka_unit_test(case_and_separators_are_slips),
        cmocka_unit_test(one_edit_within_a_long_name_is_a_slip),
        cmocka_unit_test(names_that_tell_things_apart_are_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
